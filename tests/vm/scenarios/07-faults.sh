#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What goes wrong around hwfp: /var read-only or full, a damaged vault, no SMBIOS, a NIC that comes
# late, a UUID that is new at each boot. Each time the documented verdict, in mode deny, and no hang.
# The machines are such as have no serial numbers but those of their disks.
# shellcheck source=tests/vm/guest.bash
. "$(dirname "$0")/../guest.bash"

readonly NO_SMBIOS='--append initcall_blacklist=dmi_init,dmi_id_init'
readonly LATE_NIC=user,id=late,restrict=on,hostfwd=tcp:127.0.0.1:0-:22
readonly NEW_UUID=4c4c4544-0077-4e10-8031-c2c04f4a5132 NEWER_UUID=4c4c4544-0034-4a10-8058-b9c04f475a33

# start GUEST DISK [OPTION]...: with another UUID where $uuid is set.
start() {
	local as
	read -r as _ <<<"${identities[$1]}"
	boot "$@" -- -smbios "type=1,serial=,uuid=${uuid:-$as}" -smbios type=2,serial= -smbios type=3,serial= \
		${late_nic:+-netdev "$late_nic"}
}

# look GUEST: the verdict is in $verdict, all of it in $json; $out has what was said at boot, too.
look() {
	run in_guest "$1" 'hwfp --json status | tr -d "\n"; echo
		journal -b -o cat -u hwfp-boot.service -u hwfp-enroll.service'
	json=$(grep -m1 '^{' <<<"$out")
	verdict=$(jq -r .verdict <<<"$json")
}
fact() { jq -r ".$1" <<<"$json"; }
waited() { says 'waiting at most'; }

# refused GUEST VERDICT TEXT, let_in GUEST VERDICT TEXT
refused() {
	expected=$2
	run ssh_by_key "$1" bob true
	check "$3" '[ $rc != 0 ] && says "refused by hwfp ($expected)"'
}
let_in() {
	expected=$2
	run ssh_by_key "$1" bob 'echo "is=$HWFP_VERDICT=$HWFP_FINGERPRINT="'
	check "$3" '[ $rc = 0 ] && says "is=$expected=$home="'
}

# damage GUEST FILE
damage() { in_guest "$1" "printf XXXXXXXXXXXXXXXX | dd of=/var/lib/hwfp/$2 bs=1 seek=300 conv=notrunc"; }
# Until the disk has not a byte left, for root.
fill='fallocate -l 2G /var/full.1; cat /dev/zero >/var/full.2; sync; cat /dev/zero >/var/full.3; true'

# ---- At home, before anything happens. ----

disk home installed.qcow2
start A home
in_guest A 'mkdir -p /etc/systemd/journald.conf.d'
put A /etc/hwfp/hwfp.conf.d/faults.conf <<<'mode = deny'
put A /etc/hwfp/hwfp.conf.d/settle.conf <<<'settle = 1'
# Or else journald makes room where there is none.
put A /etc/systemd/journald.conf.d/volatile.conf <<<$'[Journal]\nStorage=volatile'
# Faults are chosen by the kernel's command line, and made before hwfp looks.
put A /etc/systemd/system/faults.service <<'END'
[Unit]
DefaultDependencies=no
ConditionKernelCommandLine=fault
After=systemd-remount-fs.service
Before=local-fs.target hwfp-boot.service hwfp-enroll.service systemd-journal-flush.service
[Service]
Type=oneshot
ExecStart=/bin/sh /etc/faults
[Install]
WantedBy=local-fs.target
END
put A /etc/faults <<<'for word in $(cat /proc/cmdline); do case $word in fault=*) . /etc/fault-${word#fault=} ;; esac; done'
put A /etc/fault-full <<<"$fill"
put A /etc/fault-read-only <<<'mount -o bind,ro /var /var'
put A /etc/fault-patient <<<'echo "settle = 600" >/etc/hwfp/hwfp.conf.d/settle.conf'
# A first boot: an empty vault, and the ticket.
put A /etc/fault-sealed <<<'hwfp seal --yes'
# The second generation makes the first the previous one.
run in_guest A 'systemctl enable faults && hwfp threshold 41'
look A
home=$(fact fingerprint)
check 'the machine is enrolled, without serial numbers' \
	'[ $verdict = same ] && [ ${#home} = 36 ] &&
	[ "$(jq -r "[.components[] | select(.class == \"chassis\" and .status == \"usable\").name] | join(\" \")" <<<"$json")" = system-uuid ]'
power_off A
for name in first damaged late hidden copy; do clone home $name; done

# ---- /var is read-only, or full. ----

start A home --append fault=read-only
run in_guest A 'touch /var/lib/hwfp/file'
check 'with /var read-only' '[ $rc != 0 ] && says "Read-only"'
look A
check 'at home: the verdict is same, and nothing was waited for' '[ $verdict = same ] && ! waited'
let_in A same 'logins work'
power_off A

start A home --append fault=full
run in_guest A 'echo something >/var/lib/hwfp/file && sync -d /var/lib/hwfp/file'
check 'with /var full' '[ $rc != 0 ] && says "No space"'
look A
check 'at home: the verdict is same, and nothing was waited for' '[ $verdict = same ] && ! waited'
let_in A same 'logins work'
power_off A

start B copy --append fault=read-only
look B
mine=$(fact fingerprint)
check 'on a copy with /var read-only the verdict is different' '[ $verdict = different ]'
check 'its fingerprint is its own, and said not to be saved' \
	'[ ${#mine} = 36 ] && [ $mine != $home ] && [ "$(fact unsaved)" = true ]'
check 'the journal says why' 'says "Read-only file system"'
refused B different 'logins are refused'
look B
check 'and the fingerprint stays this boot'\''s' '[ $mine = "$(fact fingerprint)" ]'
power_off B

start B copy --append fault=full
look B
mine=$(fact fingerprint)
check 'on a copy with /var full the verdict is different' '[ $verdict = different ]'
check 'its fingerprint is its own, and said not to be saved' \
	'[ ${#mine} = 36 ] && [ $mine != $home ] && [ "$(fact unsaved)" = true ]'
check 'the journal says why' 'says "No space left on device"'
refused B different 'logins are refused'
run in_guest B 'rm /var/full.*'
refused B different 'so they are when there is space again'
look B
check 'with which the same fingerprint is saved' \
	'[ $mine = "$(fact fingerprint)" ] && [ "$(fact unsaved)" = false ]'
power_off B

# ---- A new UUID. ----

uuid=$NEW_UUID start B copy
look B
check 'a clone on record that gets a new UUID is still different' '[ $verdict = different ]'
refused B different 'and refused'
power_off B

# The record would fit if the NIC were there: that is what is waited for.
nic() { read -r _ _ mac _ <<<"${identities[A]}"
	qmp A '"device_add"' '{"driver":"virtio-net-pci","netdev":"late","mac":"'"$mac"'","romfile":""}'; }
# From within the guest, as it has no NIC for anybody else.
inside='ssh -i /root/id -o BatchMode=yes -o StrictHostKeyChecking=no -o IdentitiesOnly=yes bob@127.0.0.1 "echo is=\$HWFP_VERDICT="'
# The disk tells no serial number this time, or it would leave a doubt by itself.
whole=${identities[A]}
identities[A]=${whole% *}
late_nic=$LATE_NIC uuid=$NEW_UUID start A late --no-nic --no-wait --append fault=patient
run in_guest A 'until journal -b -o cat -u hwfp-boot | grep -m1 "waiting"; do sleep 0.2; done; hwfp --json status'
check 'at home with a new UUID and no NIC the verdict would be different' 'says "\"verdict\":\"different\""'
check 'so the boot waits for the NIC, and says so' 'grep -q "waiting at most 600 s for .*nic-mac (0 of 1 there)" <<<"$out"'
put A /root/id <"$vm/id"
run in_guest A "chmod 0600 /root/id; $inside"
check 'nobody gets in until then' '[ $rc = 255 ] && ! says is='
run in_guest A 'systemctl is-active hwfp-boot systemd-user-sessions ssh; cat /run/hwfp/verdict'
check 'as neither users nor sshd are let go on, and nothing is published' \
	'[ "$(sed -n 1,3p <<<"$out" | xargs)" = "activating inactive inactive" ] && ! says verdict='
run in_guest A 'said=$(journal -b -o json -u hwfp-boot -g "waiting at most" | head -n 1 | sed "s/.*__REALTIME_TIMESTAMP\":\"\([0-9]*\).*/\1/")
	until [ ${EPOCHREALTIME/./} -ge $((said + 20000000)) ]; do sleep 0.1; done; systemctl is-active hwfp-boot'
check '20 s later it waits still' '[ "$out" = activating ]'
run nic
wait_up A
look A
check 'then the NIC comes, and the verdict is uncertain' '[ $verdict = uncertain ] && [ "$(fact rotated)" = false ]'
check 'no machine was made of it' '[ "$(fact fingerprint)" = $home ]'
let_in A uncertain 'logins are let in, flagged'
run in_guest A "$inside"
check 'from within, too' '[ $rc = 0 ] && says is=uncertain='
run in_guest A 'journal -b -o cat -t sshd -t sshd-session'
check 'and put on record' 'says "outcome=flagged user=bob service=sshd" && says verdict=uncertain'
power_off A
identities[A]=$whole

uuid=$NEWER_UUID start A late
look A
check 'at home with yet another UUID the verdict is uncertain again, and the fingerprint the same' \
	'[ $verdict = uncertain ] && [ "$(fact fingerprint)" = $home ] && [ "$(fact rotated)" = false ]'
run in_guest A 'hwfp --json history'
check 'one machine is on record' '[ "$(jq ".machines | length" <<<"$out")" = 1 ]'
let_in A uncertain 'logins are let in, flagged'
run in_guest A 'echo "uncertain = deny" >>/etc/hwfp/hwfp.conf.d/faults.conf'
refused A uncertain 'where uncertain = deny they are refused'
power_off A

# ---- A first boot with /var read-only, or full. ----

# unenrolled REASON: in mode deny, and then in mode flag.
unenrolled() {
	expected=$1
	look A
	check 'nothing is enrolled: the verdict is unenrolled' '[ $verdict = unenrolled ] && [ "$(fact fingerprint)" = null ]'
	check 'the journal says why' 'says "$expected"'
	check 'the ticket is kept' 'in_guest A "ls /var/lib/hwfp/ticket" >/dev/null'
	refused A unenrolled 'logins are refused'
	run in_guest A 'rm /etc/hwfp/hwfp.conf.d/faults.conf'
	home='' let_in A unenrolled 'in mode flag they work'
}
start A first --append 'fault=sealed fault=read-only'
unenrolled 'Read-only file system'
put A /etc/hwfp/hwfp.conf.d/faults.conf <<<'mode = deny'
power_off A
start A first --append fault=full
unenrolled 'No space left on device'
in_guest A 'rm /var/full.*'
power_off A
start A first
look A
check 'at the next boot that has space it is enrolled, anew' \
	'[ $verdict = same ] && [ "$(fact fingerprint)" != $home ] && [ "$(fact fingerprint | wc -c)" = 37 ]'
power_off A

# ---- A damaged vault. ----

late_nic=$LATE_NIC start A damaged --no-nic
look A
check 'where only a NIC is missing the verdict is same, and nothing is waited for' '[ $verdict = same ] && ! waited'
run nic
damage A vault >/dev/null
look A
check 'of a damaged vault the previous generation is used' \
	'[ $verdict = same ] && [ "$(fact fingerprint)" = $home ] && [[ $(fact problem) == *"is damaged"*"previous generation is used"* ]]'
run in_guest A 'systemctl restart hwfp-boot.service; journal -b -o cat -u hwfp-boot'
check 'as hwfp-boot says' 'says "previous generation is used"'
let_in A same 'logins work'
damage A vault.old >/dev/null
refused A error 'when that is damaged, too, they are refused'
power_off A
start A damaged
look A
check 'without a whole vault the verdict of the next boot is error' '[ $verdict = error ] && says "is damaged"'
run in_guest A 'ls -x /var/lib/hwfp'
check 'nothing was made in its place' '[ "$(xargs <<<"$out")" = "key lock vault vault.old" ]'
run in_guest A 'systemctl is-active hwfp-verified.target'
check 'hwfp-verified.target is not reached' 'says inactive'
refused A error 'logins are refused'
power_off A

# ---- No SMBIOS. ----

# shellcheck disable=SC2086 # words
start A hidden $NO_SMBIOS
run in_guest A 'ls -d /sys/firmware/dmi /sys/class/dmi/id'
check 'without SMBIOS' '[ $rc = 2 ]'
look A
check 'at home an address and a disk are all that agrees: uncertain, after a bounded wait for SMBIOS' \
	'[ $verdict = uncertain ] && says "waiting at most 1 s for system-uuid (0 of 1 there)"'
let_in A uncertain 'which is flagged, unless uncertain = deny'
power_off A
# shellcheck disable=SC2086 # words
start B hidden $NO_SMBIOS
look B
check 'a copy without SMBIOS is different: nothing that can be compared agrees' '[ $verdict = different ]'
refused B different 'and refused'
power_off B
finish
