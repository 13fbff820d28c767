#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# hwfp-boot for real, before and after a change of hardware.
# shellcheck source=tests/pam/setup.bash
. "$(dirname "$0")/../pam/setup.bash"

boot() { run on "$1" "$BUILD/hwfp-boot"; }
published() { sed -n "s/^$1=//p" "$disk/run/hwfp/verdict" 2>/dev/null; }
ticket() { install -d -m 0700 "$disk/var/lib/hwfp" && : >"$disk/var/lib/hwfp/ticket"; }

configure 'mode = deny'
boot A
check 'no vault and no ticket: unenrolled, refused in deny' '[ $rc = 4 ]'
check 'it is published so' '[ "$(published verdict)" = unenrolled ]'
check 'and nothing was enrolled' '[ ! -e "$disk/var/lib/hwfp/vault" ]'
configure 'mode = deny' 'unenrolled = flag'
boot A
check 'unenrolled = flag lets it pass' '[ $rc = 0 ] && [ "$(published verdict)" = unenrolled ]'

configure 'mode = deny' 'settle = 3'
ticket
boot A
home=$(published fingerprint)
check 'a ticket enrols' '[ $rc = 0 ] && [ "$(published verdict)" = same ] && [ ${#home} = 36 ]'
check 'it says that it waits for devices, and how long at most' 'says "waiting at most 3 s"'
check 'the ticket is used up' '[ ! -e "$disk/var/lib/hwfp/ticket" ]'
check 'everyone may read the verdict, root alone may write it' \
    '[ "$(stat -c %a "$disk/run/hwfp/verdict")" = 644 ] && [ "$(stat -c %a "$disk/run/hwfp")" = 755 ]'
check 'it carries the boot id' \
    '[ "$(published boot_id)" = "$(cat /proc/sys/kernel/random/boot_id)" ]'

boot A
check 'the next boot is the same, and waits for nothing' '[ $rc = 0 ] && ! says waiting'
ticket
boot A
check 'a second ticket changes nothing where there is a vault' \
    '[ $rc = 0 ] && [ "$(published fingerprint)" = "$home" ]'

boot B
copy=$(published fingerprint)
check 'the copy is refused, and rotated' \
    '[ $rc = 1 ] && says "verdict=different" && says "rotated=yes" && [ "$copy" != "$home" ]'
check 'its verdict is published, with the fingerprint it had before' \
    '[ "$(published verdict)" = different ] && [ "$(published previous_fingerprint)" = "$home" ]'
run on B setpriv --reuid 60991 --regid 60991 --clear-groups "$BUILD/hwfp" status
check 'an ordinary user is told the published verdict' '[ $rc = 1 ] && says "$copy"'
configure 'mode = flag'
boot B
check 'flag lets the copy pass, under the same new fingerprint' \
    '[ $rc = 0 ] && [ "$(published fingerprint)" = "$copy" ] && says "verdict=different"'
configure 'mode = deny'
boot A
check 'the disk at home again is itself again' '[ $rc = 0 ] && [ "$(published fingerprint)" = "$home" ]'

boot U
check 'another mainboard is uncertain: passes, and keeps the fingerprint' \
    '[ $rc = 0 ] && [ "$(published verdict)" = uncertain ] && [ "$(published fingerprint)" = "$home" ]'
configure 'mode = deny' 'uncertain = deny'
boot U
check 'uncertain = deny refuses it' '[ $rc = 3 ]'

# The kernel command line.
configure 'mode = deny'
"$BUILD/tests/mktree" "$scratch/trees/off" "$scratch/B.facts" cmdline='quiet hwfp.mode=off'
"$BUILD/tests/mktree" "$scratch/trees/flag" "$scratch/B.facts" cmdline='hwfp.mode=flag quiet'
"$BUILD/tests/mktree" "$scratch/trees/what" "$scratch/B.facts" cmdline='hwfp.mode=what'
before=$(sha256sum "$disk/var/lib/hwfp/vault")
boot off
check 'hwfp.mode=off: nothing is checked, and the override is logged' \
    '[ $rc = 0 ] && says "kernel command line" && [ -z "$(published verdict)" ]'
check 'off rotates nothing' '[ "$(sha256sum "$disk/var/lib/hwfp/vault")" = "$before" ]'
boot flag
check 'hwfp.mode=flag: the copy passes, and the override is logged' \
    '[ $rc = 0 ] && says "kernel command line" && [ "$(published verdict)" = different ]'
boot what
check 'an unknown hwfp.mode= is named, and overrides nothing' '[ $rc = 1 ] && says "hwfp.mode" && says what'

# A device that is late.
"$BUILD/tests/mktree" "$scratch/trees/late" - 'nic=eth7 | virtio | 24:6e:96:6b:9d:17' \
    'disk=vda | virtio | DISK0001'
rm -rf "$disk/var/lib/hwfp"
run on late "$BUILD/hwfp" enroll
late=$scratch/trees/late/sys/class/net
mv "$late/eth7" "$scratch/eth7"
mv "$scratch/trees/late/sys/block/vda" "$scratch/vda"
configure 'mode = deny' 'uncertain = deny' 'settle = 1'
boot late
check 'what never comes is waited for no longer than settle, by name' \
    '[ $rc = 3 ] && says "waiting at most 1 s for" && says "nic-mac (0 of 1 there)"'
configure 'mode = deny' 'uncertain = deny' 'settle = 60'
exec 3< <(on late "$BUILD/hwfp-boot" 2>&1; echo "exit status $?")
IFS= read -r out <&3
check 'it says what it waits for' 'says "waiting at most 60 s for disk-serial (0 of 1 there) nic-mac"'
mv "$scratch/eth7" "$late/eth7"
mv "$scratch/vda" "$scratch/trees/late/sys/block/vda"
out=$(cat <&3)
check 'what comes late is the same machine' 'says "verdict=same" && says "exit status 0"'

# A copy that has less than the original.
"$BUILD/tests/mktree" "$scratch/trees/whole" "$scratch/A.facts" 'nic=eth7 | pci | 24:6e:96:12:34:56' \
    'nic=eth8 | pci | 24:6e:96:12:34:57'
"$BUILD/tests/mktree" "$scratch/trees/part" "$scratch/B.facts" 'nic=eth7 | pci | 24:6e:96:65:43:21'
rm -rf "$disk/var/lib/hwfp"
run on whole "$BUILD/hwfp" enroll
configure 'mode = deny' 'settle = 1'
boot part
check 'before it gets a record, what may be late is waited for' \
    '[ $rc = 1 ] && says "waiting at most 1 s for nic-mac (1 of 2 there)"'
boot part
check 'then no more, as it would not make it the original' '[ $rc = 1 ] && ! says waiting'

# Errors.
configure 'mode = deny' 'colour = blue'
rm -rf "$disk/run/hwfp"
vault=$(sha256sum "$disk/var/lib/hwfp/vault")
boot B
check 'under a bad configuration nothing is published, and no copy is recorded' \
    '[ $rc = 5 ] && says verdict=error && ! [ -e "$disk/run/hwfp/verdict" ] && [ "$(sha256sum "$disk/var/lib/hwfp/vault")" = "$vault" ]'
mv "$disk/var/lib/hwfp" "$scratch/kept"
ticket
boot A
check 'nor is the ticket used' '[ $rc = 5 ] && [ -e "$disk/var/lib/hwfp/ticket" ] && ! [ -e "$disk/var/lib/hwfp/vault" ]'
rm -rf "$disk/var/lib/hwfp"
mv "$scratch/kept" "$disk/var/lib/hwfp"
boot A
check 'a bad configuration is named by file and line, and fails closed' \
    '[ $rc = 5 ] && says "/etc/hwfp/hwfp.conf:2"'
configure 'mode = flag' 'colour = blue'
boot A
check 'in flag mode it lets the system pass' '[ $rc = 0 ] && says "/etc/hwfp/hwfp.conf:2"'
run on A "$BUILD/hwfp-boot" --root /
check 'it takes no root and no other arguments' '[ $rc = 2 ]'
run on A "$BUILD/hwfp-boot" now
check 'and no argument: what is wrong, then the usage' '[ $rc = 2 ] && says "unexpected argument \"now\"" && says usage'
run on A "$BUILD/hwfp-boot" --help
check '--help tells the exit statuses' '[ $rc = 0 ] && says "Exit status"'
finish
