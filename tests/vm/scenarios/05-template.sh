#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Templates: a sealed one is enrolled by each of its copies, one that someone forgot to seal is caught;
# a vault that is gone lets nobody in. And what hwfp-boot.service(8) shows that a copy should do.
# shellcheck source=tests/vm/guest.bash
. "$(dirname "$0")/../guest.bash"

identity C 4c4c4544-0036-4b10-8052-b7c04f4c5032 3HV62R5 52:54:00:77:88:99 S4EVNF0M733221
template=(mode=deny console_lines=ttyS0)

# The example of the manual page, as printed.
example() {
	sed -n "/^\.IR .*\/${1//-/\\\\-}\.service/,/^\.fi/p" man/hwfp-boot.service.8 |
		sed -e '1,/^\.nf/d' -e '/^\.fi/d' -e 's/\\-/-/g' -e 's/\\e$/\\/'
}
fact() { in_guest "$1" "hwfp --json status" | jq -r ".$2"; }
state() { in_guest "$1" "systemctl show -P ActiveState $2"; }
host_keys() { in_guest "$1" 'cat /etc/ssh/ssh_host_*_key.pub'; }
# A host's keys as those who connect see them.
offered() { ssh-keyscan -T "$PATIENCE" -p "$(ssh_port "$1")" -t ed25519 127.0.0.1 2>/dev/null |
	sed -n '/^#/!s/^[^ ]* //p'; }

# ---- The template. ----

disk golden enrolled.qcow2
boot A golden
put A /etc/hwfp/hwfp.conf.d/template.conf < <(printf '%s\n' "${template[@]}")
example renew-identity | put A /etc/systemd/system/renew-identity.service
put A /etc/systemd/system/payroll.service <<'EOT'
[Service]
ExecStart=/bin/sleep infinity
[Install]
WantedBy=multi-user.target
EOT
run in_guest A 'systemctl enable renew-identity payroll && hwfp gate payroll && systemctl daemon-reload &&
	systemctl start payroll'
check 'on the original, a gated service starts' '[ $rc = 0 ] && [ "$(state A payroll)" = active ]'
original=$(fact A fingerprint)
keys=$(host_keys A)
machine_id=$(in_guest A 'cat /etc/machine-id')
power_off A
clone golden forgotten

# ---- Someone forgot to seal it. ----

boot B forgotten
run in_guest B 'hwfp --json status'
check 'a copy of a template that was not sealed is caught' \
	'[ $rc = 1 ] && [ "$(jq -r .verdict <<<"$out")" = different ]'
first=$(jq -r .fingerprint <<<"$out")
check 'it has a fingerprint of its own' '[ ${#first} = 36 ] && [ "$first" != "$original" ]'
check 'there, the gated service has not started' '[ "$(state B payroll)" = inactive ]'
check 'hwfp-different.target is reached' '[ "$(state B hwfp-different.target)" = active ]'
run in_guest B 'systemctl status renew-identity; journal -b -u renew-identity'
check 'by which the manual'\''s renew-identity.service runs' '[ "$(state B renew-identity)" = active ]'
renewed=$(host_keys B)
run diff <(echo "$keys") <(echo "$renewed")
check 'it has made new ssh host keys, of every type' \
	'[ "$(wc -l <<<"$renewed")" = "$(wc -l <<<"$keys")" ] && ! grep -qxFf <(echo "$keys") <<<"$renewed"'
run offered B
check 'sshd shows them to the first who connects' '[ -n "$out" ] && [[ $renewed == *"$out"* ]]'
new_id=$(in_guest B 'cat /etc/machine-id')
check 'and a new machine-id' '[[ $new_id =~ ^[0-9a-f]{32}$ ]] && [ "$new_id" != "$machine_id" ]'
run ssh_by_key B bob true
check 'a login is refused, with a sentence' '[ $rc != 0 ] && says "refused by hwfp (different)"'
power_off B
boot B forgotten
run in_guest B 'systemctl status renew-identity; journal -b -u renew-identity'
check 'at the next boot it is not run again' \
	'[ "$(state B renew-identity)" = inactive ] && [ "$(host_keys B)" = "$renewed" ]'
check 'the new machine-id is in force' \
	'[ "$(in_guest B "journal -b -n 1 -o verbose | sed -n s,^.*_MACHINE_ID=,,p")" = "$new_id" ]'
run in_guest B 'hwfp --json status'
check 'the verdict and the fingerprint are those of the first time' \
	'[ "$(jq -r "[.verdict, .fingerprint] | join(\" \")" <<<"$out")" = "different $first" ]'
power_off B

# ---- Sealed. ----

# A disk more, for this boot alone, has cloud-init, unpacked; what it leaves when it has run is made by hand.
boot A golden --drive "$vm/cloud-init.ext4 S4EVNF0M7C1C1C1"
check 'at home, nothing was renewed, and the gated service runs' \
	'[ "$(host_keys A)" = "$keys" ] && [ "$(state A renew-identity)" = inactive ] && [ "$(state A payroll)" = active ]'
run in_guest A 'mount -o ro /dev/vdb /mnt && mount -t overlay -o lowerdir=/mnt/usr:/usr overlay /usr && cp -r /mnt/etc/cloud /mnt/etc/ssl /etc/ &&
	mkdir /var/lib/cloud && echo i-1234 >/var/lib/cloud/instance &&
	PYTHONDONTWRITEBYTECODE=1 cloud-init clean; echo "status $?"; ls -A /var/lib/hwfp; hwfp --json status'
check 'cloud-init clean seals the template' \
	'says "status 0" && says "a ticket is left" && grep -qx ticket <<<"$out" && ! grep -qx vault <<<"$out" && [ $rc = 4 ]'
run in_guest A 'rm -r /var/lib/hwfp; : >/var/lib/hwfp; PYTHONDONTWRITEBYTECODE=1 cloud-init clean; echo "status $?"; rm /var/lib/hwfp'
check 'where it cannot be sealed cloud-init clean fails, and this is said' 'says "status 1" && says hwfp:'
run in_guest A '/etc/cloud/clean.d/90-hwfp && ls -A /var/lib/hwfp'
check 'a system that has no vault is sealed as well' '[ $rc = 0 ] && grep -qx ticket <<<"$out"'
run in_guest A 'umount -l /usr; umount -l /mnt; chmod a-x /usr/sbin/hwfp; /etc/cloud/clean.d/90-hwfp; echo "status $?"; chmod a+x /usr/sbin/hwfp'
check 'where hwfp was removed nothing is done, and nothing fails' '[ "$out" = "status 0" ]'
power_off A
clone golden left
clone golden right

# enrols GUEST DISK: by itself; its fingerprint is in $fingerprint.
enrols() {
	guest=$1
	boot "$1" "$2"
	run in_guest "$1" 'ls -A /var/lib/hwfp; hwfp --json status | tr -d "\n"'
	fingerprint=$(tail -1 <<<"$out" | jq -r .fingerprint)
	check "a copy of it on $1 enrols: the verdict is same, and the ticket is gone" \
		'[ "$(tail -1 <<<"$out" | jq -r .verdict)" = same ] && says vault && ! says ticket'
	check "the gated service runs on $1, and nothing is renewed" \
		'[ "$(state $guest payroll)" = active ] && [ "$(state $guest hwfp-different.target)" = inactive ]'
	run ssh_by_key "$1" bob 'echo "is=$HWFP_VERDICT $HWFP_FINGERPRINT="'
	check "a login works on $1, and has the fingerprint" '[ $rc = 0 ] && says "is=same $fingerprint="'
}
enrols B left
left=$fingerprint
enrols C right
check 'each has a fingerprint of its own' \
	'[ ${#left} = 36 ] && [ ${#fingerprint} = 36 ] && [ "$(sort -u <<<"$left
$fingerprint
$original" | wc -l)" = 3 ]'

# ---- The vault is deleted. ----

refused_without_vault() {
	run ssh_by_key "$1" bob true
	check "$2: a login by key is refused, with a sentence" '[ $rc != 0 ] && says "refused by hwfp (unenrolled)"'
	run ssh_by_password "$1" alice "$PASSWORD" true
	check "$2: so is one by password" '[ $rc != 0 ] && says "refused by hwfp (unenrolled)"'
}
power_off C
run in_guest B 'rm /var/lib/hwfp/*; hwfp status'
check 'where its files are deleted the machine is unenrolled' '[ $rc = 4 ]'
refused_without_vault B 'in the running system'
run in_guest B 'rm -r /var/lib/hwfp'
power_off B
boot B left
run in_guest B 'ls -d /var/lib/hwfp; hwfp --json status | jq -r .verdict; journal -b -u hwfp-boot -u hwfp-enroll'
check 'without the folder the next boot does not enrol' 'says unenrolled'
check 'it says what is missing' 'says "there is no vault"'
check 'the gated service has not started, and this is no copy' \
	'[ "$(state B payroll)" = inactive ] && [ "$(state B hwfp-different.target)" = inactive ]'
refused_without_vault B 'after the boot'
await B 'login: $' >/dev/null
type_in B root
await B 'Password: ' >/dev/null
type_in B "$ROOT_PASSWORD"
await B '# $' >/dev/null
type_in B 'echo "is=$HWFP_VERDICT="'
run await B 'is=unenrolled='
check 'root gets in at the console that is listed' '[ $rc = 0 ]'
type_in B 'hwfp enroll && exit'
await B 'login: $' >/dev/null
run ssh_by_key B bob 'echo "is=$HWFP_VERDICT="'
check 'and can enrol the machine: logins work' '[ $rc = 0 ] && says is=same='
power_off B
finish
