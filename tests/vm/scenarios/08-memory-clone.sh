#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A guest that is saved with its memory and resumed elsewhere: what its kernel read is still the original's.
# shellcheck source=tests/vm/guest.bash
. "$(dirname "$0")/../guest.bash"

# That of A, but for the disk.
identity D "${identities[A]% *}" S4EVNF0M7D1D1D1
generation() { printf 'vmgenid,guid=%s' "$1"; }
first=$(generation 324e6eaf-d1d1-4bf6-bf41-b9bb6c91fb87)
second=$(generation 12345678-9abc-4def-8123-456789abcdef)

fact() { in_guest "$1" "sed -n 's/^boot_$2=//p' /run/hwfp/verdict"; }
verdict() { jq -r .verdict <<<"$out"; }
reason_says() { [[ $(jq -r .reason <<<"$out") == *"$1"* ]]; }
log_in() { ssh_by_key "$1" bob 'printenv HWFP_VERDICT HWFP_FINGERPRINT'; }
conf() { put "$1" /etc/hwfp/hwfp.conf.d/test.conf; }
# What the guest itself takes for its firmware's serial number, its MAC address, its boot, its disk.
seen='cat /sys/class/dmi/id/product_serial /sys/class/net/e*/address /proc/sys/kernel/random/boot_id'

# ---- On the original. ----

disk server enrolled.qcow2
boot A server -- -device "$first"
for name in generation_id smbios disk; do
	run fact A $name
	check "the $name of this boot is on record without anybody asking" '[ ${#out} = 32 ]'
done
run in_guest A 'hwfp --json status'
fingerprint=$(jq -r .fingerprint <<<"$out")
check 'the original is the same' '[ "$(verdict)" = same ]'
run log_in A
check 'and so is its login' 'says "same
$fingerprint"'
original=$(in_guest A "$seen")
run monitor A 'savevm memory'
check 'its memory is saved' '[ -z "$out" ]'

qemu-img create -q -f raw "$scratch/hot.raw" 1M
run monitor A "drive_add 0 if=none,id=hot,format=raw,file=$scratch/hot.raw"
run monitor A 'device_add virtio-blk-pci,drive=hot,serial=S4EVNF0M7H0H0H0'
run in_guest A 'until [ -e /sys/block/vdb/serial ]; do :; done; udevadm settle; cat /sys/block/vdb/serial; hwfp check'
check 'a disk that is put in within a boot: the same' '[ $rc = 0 ] && says S4EVNF0M7H0H0H0'

# Unloaded, the module's facts are not there when the verdict is published: hwfp-record adds them.
facts='grep -cE "^boot_(generation_id|smbios)=.+" /run/hwfp/verdict'
run in_guest A "modprobe -r qemu_fw_cfg && rm /run/hwfp/verdict && systemctl restart hwfp-boot && $facts"
check 'a verdict published before the module qemu_fw_cfg is there: without its facts' '[ "$out" = 0 ]'
run in_guest A "modprobe qemu_fw_cfg && systemctl restart hwfp-record && $facts"
check 'which are added later' '[ "$out" = 2 ]'
cut_power A

# ---- Resumed where it was saved. ----

clone server copy
boot A server -- -device "$first" -loadvm memory
run in_guest A 'hwfp check'
check 'resumed on the machine where it was saved: the same' '[ $rc = 0 ]'
run log_in A
check 'and so is its login' 'says "same
$fingerprint"'
cut_power A

# ---- Another machine. ----

clone copy elsewhere
boot B elsewhere -- -device "$second" -loadvm memory
run in_guest B "$seen"
check 'resumed elsewhere: SMBIOS in sysfs, MAC and boot id are the old ones' '[ "$out" = "$original" ]'
run in_guest B 'cat /sys/block/vda/serial'
check 'and the disk is another one' 'says S4EVNF0M798765'
run log_in B
check 'the login goes on, uncertain' '[ $rc = 0 ] && says "uncertain
$fingerprint"'
run in_guest B 'journal -b --no-pager -g "verdict=uncertain" -t sshd -t sshd-session'
check 'and the log says why' 'says "a memory snapshot was restored"'
run in_guest B 'hwfp --json status'
check 'and so does hwfp status' '[ $rc = 3 ] && reason_says "the firmware describes another machine than earlier in this boot"'
run in_guest B 'hwfp check'
check 'and hwfp check, which gives no other fingerprint' '[ $rc = 3 ] && says "snapshot was restored"'
conf B <<<$'mode = deny\nuncertain = deny'
run log_in B
check 'denied where the configuration says so' '[ $rc != 0 ] && ! says "$fingerprint"'
run in_guest B 'hwfp accept && hwfp check'
check 'accepted: the same' '[ $rc = 0 ]'
run log_in B
check 'and in again' '[ $rc = 0 ] && says "same
$fingerprint"'
cut_power B

# ---- One trace alone. ----

clone copy other-id
boot A other-id -- -device "$second" -loadvm memory
run in_guest A 'hwfp --json status'
check 'another generation id alone: uncertain' '[ $rc = 3 ] && reason_says "the VM generation id is another one"'
run log_in A
check 'and so is the login' '[ $rc = 0 ] && says "uncertain
$fingerprint"'
cut_power A

boot D copy -- -device "$first" -loadvm memory
run in_guest D 'hwfp --json status'
check 'another disk alone: uncertain' '[ $rc = 3 ] && reason_says "all disks are others"'
power_off D

# ---- What is no memory snapshot. ----

boot D copy -- -device "$second"
run in_guest D 'hwfp --json status'
check 'a disk that was replaced while the machine was off: the same' \
	'[ $rc = 0 ] && [ "$(verdict)" = same ] && [ "$(jq -r .fingerprint <<<"$out")" = "$fingerprint" ]'
run log_in D
check 'and so is the login' '[ $rc = 0 ] && says "same
$fingerprint"'
power_off D
finish
