#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A copy as its audit log and its journal tell of it, under systemd and auditd: the boot, logins, what
# an administrator does; and the fingerprint on the records of other programs.
# shellcheck source=tests/vm/guest.bash
. "$(dirname "$0")/../guest.bash"
# shellcheck source=tests/vm/audit.bash
. tests/vm/audit.bash

published() { in_guest B "sed -n 's/^$1=//p' /run/hwfp/verdict"; }
fingerprint_of_B() { in_guest B 'hwfp --json status' | jq -r .fingerprint; }
nodes() { grep -o '^node=[^ ]*' <<<"$out" | sort -u; }

disk server enrolled.qcow2
boot B server -- -device vmgenid,guid=8f2c1a52-6d0b-4f3e-9a77-0c5d1e2f3a4b
# Its hourly job would be a login, too.
in_guest B 'systemctl stop cron'
original=$(published previous_fingerprint)
copy=$(published fingerprint)

# ---- The boot. ----

run in_guest B 'systemctl show -P Result -P ActiveState hwfp-record.service
	began() { systemctl show -P ExecMainStartTimestampMonotonic $1; }
	[ $(began hwfp-record.service) -gt $(began auditd.service) ] && echo later
	journal -b -u hwfp-record.service -o cat'
check 'hwfp-record.service succeeds, after auditd, and has nothing to complain of' \
	'says success && says active && says later && ! says hwfp-boot:'
records B '-m USER_DEVICE,USYS_CONFIG'
check 'the verdict of the boot is on record' \
	'found USER_DEVICE op=hwfp-boot verdict=different "fingerprint=$copy" "old-fingerprint=$original" \
		rotated=yes hwfp-mode=flag override=none policy=hardware "changed=.*system-uuid.*" \
		exe=/usr/libexec/hwfp/hwfp-boot res=failed'
check 'and the fingerprint that it gave to the copy' \
	'found USYS_CONFIG op=hwfp-rotate "old-fingerprint=$original" "fingerprint=$copy" res=success'
run in_guest B 'lsmod | grep qemu_fw_cfg; cat /run/hwfp/verdict'
known=$(published boot_generation_id)
check 'the generation id of this boot is known' 'says qemu_fw_cfg && [ -n "$known" ]'
in_guest B "sed -i 's/^boot_generation_id=.*/boot_generation_id=/' /run/hwfp/verdict"
run in_guest B 'systemctl restart hwfp-record.service; systemctl show -P Result hwfp-record.service; cat /run/hwfp/verdict
	journal -b -u hwfp-record.service -o cat'
check 'what was not known at the gate hwfp-record.service adds, in its sandbox' \
	'says success && [ "$(published boot_generation_id)" = "$known" ]'

# ---- Logins. ----

run ssh_by_key B bob 'echo in $HWFP_VERDICT'
check 'a login is flagged' '[ $rc = 0 ] && says "in different"'
in_guest B 'sed -i "s/^#mode = flag/mode = deny/" /etc/hwfp/hwfp.conf'
run ssh_by_key B bob 'echo in'
check 'and refused in mode deny' '[ $rc = 255 ]'
records B '-m ANOM_LOGIN_LOCATION'
check 'the flagged one is found by its fingerprint' \
	'found ANOM_LOGIN_LOCATION op=PAM:hwfp-login outcome=flagged verdict=different "fingerprint=$copy" \
		"old-fingerprint=$original" hwfp-mode=flag acct=bob "exe=$SSHD" res=success'
check 'and the refused one' \
	'found ANOM_LOGIN_LOCATION op=PAM:hwfp-login outcome=refused verdict=different "fingerprint=$copy" \
		hwfp-mode=deny acct=bob "exe=$SSHD" res=failed'
logins=$(grep -c op=PAM:hwfp-login <<<"$out")
run in_guest B 'aureport --input-logs'
check 'aureport counts them as anomalies' '[ "$logins" -ge 2 ] && says "Number of anomaly events: $logins"'
run in_guest B 'journal -b -o cat | grep -o "event=.*"'
common='override=none verdict=different similarity=[0-9]+ threshold=40'
identity="policy=hardware strength=[a-z]+ fingerprint=$copy previous=$original rotated=(yes|no) changed=[a-z,-]+"
logged() { [ "$(grep -Ec "$1" <<<"$out")" = 1 ]; }
from='user=bob service=sshd rhost=10\.0\.2\.2'
check 'the boot and both logins are lines of the journal, with the fields of hwfp(8)' \
	'logged "^event=boot verdict=different similarity=[0-9]+ threshold=40 mode=flag $identity .*reason=\"" &&
	 logged "^event=login outcome=flagged $from $common mode=flag $identity .*reason=\"" &&
	 logged "^event=login outcome=refused $from $common mode=deny $identity .*reason=\""'

# ---- The administrator. ----

run in_guest B 'hwfp threshold 55; hwfp accept; hwfp rotate'
rotated=$(fingerprint_of_B)
run in_guest B "hwfp forget $original; hwfp enroll; hwfp enroll --again"
again=$(fingerprint_of_B)
records B '-m USYS_CONFIG'
check 'threshold is on record, with the old one' \
	'found USYS_CONFIG op=hwfp-threshold old-threshold=40 threshold=55 res=success'
check 'accept' 'found USYS_CONFIG op=hwfp-accept "fingerprint=$copy" res=success'
check 'rotate, with the old fingerprint' \
	'found USYS_CONFIG op=hwfp-rotate "old-fingerprint=$copy" "fingerprint=$rotated" exe=/usr/sbin/hwfp res=success'
check 'forget' 'found USYS_CONFIG op=hwfp-forget "fingerprint=$original" res=success'
check 'an enrolment that is refused' 'found USYS_CONFIG op=hwfp-enroll "old-fingerprint=$rotated" res=failed'
check 'and enroll --again' \
	'found USYS_CONFIG op=hwfp-enroll "old-fingerprint=$rotated" "fingerprint=$again" res=success'
run ssh_by_key B bob 'echo in $HWFP_VERDICT'
check 'the machine is the same now' 'says "in same"'
records B '-m ANOM_LOGIN_LOCATION'
check 'whose logins are not on record' '[ "$(grep -c op=PAM:hwfp-login <<<"$out")" = "$logins" ]'

# ---- What is exported keeps up. ----

readonly PROM=/var/lib/prometheus/node-exporter/hwfp.prom
# exported THRESHOLD: it is there before the path unit has failed. watching: the last export has ended, whoever began
# it, as what changes while one ends waits for the next.
functions="exported() { until grep -qx \"hwfp_similarity_threshold \$1\" $PROM 2>/dev/null; do path_active || return; sleep 0.1; done; }
	path_active() { systemctl -q is-active hwfp-export.path; }
	watching() {
		while [ \$(systemctl show -P SubState hwfp-export.path) = running ] ||
			systemctl show -P ActiveState hwfp-export.service | grep -q 'ing\$'; do sleep 0.1; done
		path_active
	}"
run in_guest B "mkdir -p ${PROM%/*}; systemctl --quiet enable --now hwfp-export.path hwfp-export.timer hwfp-export.service
	systemctl is-active hwfp-export.path hwfp-export.timer; $functions; exported 55 && cat $PROM"
check 'the export is there as soon as its units are' \
	'[ $rc = 0 ] && [ "$(sed -n 1,2p <<<"$out" | xargs)" = "active active" ] && says "fingerprint=\"$again\""'
# The timer would begin one at some moment of the hour.
run in_guest B "$functions; systemctl stop hwfp-export.timer; watching && hwfp threshold 56 && exported 56"
check 'it follows a change' '[ $rc = 0 ]'
run in_guest B "$functions; for n in \$(seq 60 69); do watching && hwfp threshold \$n && exported \$n || exit; done"
check 'and each of ten in a row' '[ $rc = 0 ]'
run in_guest B "$functions; for n in \$(seq 70 79); do hwfp threshold \$n || exit; done; watching && hwfp threshold 80 && exported 80"
check 'and one after ten that waited for nothing' '[ $rc = 0 ]'

# ---- The fingerprint as the name of the node. ----

# jq is what the page uses; the guests have none.
# shellcheck disable=SC2046 # words
tar -chf - -C / usr/bin/jq $(ldd /usr/bin/jq | grep -oE '/[^ ]*(libjq|libonig)[^ ]*' | sed 's|^/||') |
	put B /root/jq.tar
in_guest B 'tar -C / --keep-directory-symlink -xf /root/jq.tar'
printf '%s\n' '-w /etc/hwfp -p wa -k hwfp-test' | put B /etc/audit/rules.d/test.rules
printf '%s\n' '#!/bin/sh' 'exec cat >>/root/plugin.log' | put B /usr/local/sbin/plugin
printf '%s\n' 'active = yes' 'direction = out' 'path = /usr/local/sbin/plugin' 'type = always' 'format = string' |
	put B /etc/audit/plugins.d/test.conf
readonly ETC='find /etc/audit -type f -exec sha256sum {} + | sort'
run in_guest B 'chmod 0750 /usr/local/sbin/plugin; chmod 0640 /etc/audit/plugins.d/test.conf; augenrules --load'
before=$(in_guest B "$ETC")
node=$(published fingerprint)

printed=$(tests/vm/printed man/hwfp-boot.service.8 | sed -n '/^cd /,/^ausearch /p')
run in_guest B "set -e; ${printed%ausearch*}"
check 'the commands of hwfp-boot.service(8) put the drop-in into place' '[ $rc = 0 ] && [[ $printed = *restart* ]]'
in_guest B 'useradd node-test; touch /etc/hwfp/touched; systemctl restart cron' >/dev/null
run in_guest B "$MARK; ${printed##*$'\n'} --input-logs -i"
out=$(grep type= <<<"$out")
check 'useradd, a unit and the rules have the fingerprint of this machine on their records' \
	'[ "$(nodes)" = "node=$node" ] && [[ $out = *type=ADD_GROUP*node-test* ]] && [[ $out = *type=SERVICE_START*unit=cron* ]] &&
	 [[ $out = *key=hwfp-test* ]]'
run in_guest B 'auditctl -l; tail -n 3 /root/plugin.log; tr "\0" " " </proc/$(pidof auditd)/cmdline'
check 'rules and plugins are loaded as before' \
	'says "-w /etc/hwfp -p wa -k hwfp-test" && says "node=$node type=" && says "-c /run/hwfp/audit"'
check '/etc/audit is as it was' '[ "$(in_guest B "$ETC")" = "$before" ]'

run in_guest B 'rm -r /run/hwfp/audit && touch /run/hwfp/audit && systemctl restart auditd; systemctl is-active auditd
	journal -b -u auditd -o cat; useradd blocked-test'
check 'auditd starts where its configuration cannot be made, and this is said' \
	'says active && says "hwfp-boot: auditd keeps its own configuration: /run/hwfp/audit cannot be made"'
records B '-m ADD_GROUP'
check 'with its own one' '[[ $out = *blocked-test* ]] && ! grep blocked-test <<<"$out" | grep node='
run in_guest B 'rm /run/hwfp/audit /etc/systemd/system/auditd.service.d/50-hwfp-node.conf
	systemctl daemon-reload; systemctl restart auditd; systemctl is-active auditd; useradd undone-test
	tr "\0" " " </proc/$(pidof auditd)/cmdline'
check 'without the drop-in auditd is as it was' 'says active && ! says /run/hwfp'
records B '-m ADD_GROUP'
check 'and so are its records' '[[ $out = *undone-test* ]] && ! grep undone-test <<<"$out" | grep node='
check '/etc/audit was not touched' '[ "$(in_guest B "$ETC")" = "$before" ]'

# ---- Nothing of this tells what it was made from. ----

# forms UUID SERIAL MAC DISK-SERIAL: as anybody may write them: with separators or without, and the UUID in the
# order of bytes of SMBIOS, too.
forms() {
	local u=${1//-/}
	printf '%s\n' "$u" "${u:6:2}${u:4:2}${u:2:2}${u:0:2}${u:10:2}${u:8:2}${u:14:2}${u:12:2}${u:16}" "${3//:/}" |
		sed 's/../&[-:. ]?/g; s/\[-:. \]?$//'
	printf '%s\n' "$2" "$4"
}
# leaks MACHINE: which forms of its identity are in $out.
leaks() {
	local form
	# shellcheck disable=SC2086 # words
	forms ${identities[$1]} | while read -r form; do ! grep -qiE -- "$form" <<<"$out" || echo "$form"; done
}
run in_guest B 'cd /sys/class/dmi/id; cat product_uuid product_serial board_serial chassis_serial /sys/class/net/e*/address
	cat /sys/block/vda/serial; od -A n -t x1 -w99999 /sys/firmware/dmi/tables/DMI'
check 'what must not be told is found where it comes from, in each form' '[ "$(leaks B | wc -l)" = 5 ] && [ -z "$(leaks A)" ]'
out=$(tr -d ':-' <<<"$out")
check 'without separators, too' '[ "$(leaks B | wc -l)" = 5 ]'
run in_guest B "cat /var/log/audit/audit.log; journal -b -o cat | grep -i hwfp; cat /run/hwfp/verdict $PROM"
check 'no serial number, address or UUID is on record, in the journal, published or exported' \
	'[ -z "$(leaks A)$(leaks B)" ] && says op=hwfp-boot && says "hwfp-boot: event=boot" && says "event=login" &&
	 says "boot_id=" && says hwfp_similarity_threshold'
power_off B
finish
