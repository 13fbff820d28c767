#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A copy of the disk on another machine: flagged, refused in deny mode; and at home again.
# shellcheck source=tests/vm/guest.bash
. "$(dirname "$0")/../guest.bash"
# shellcheck source=tests/vm/logins.bash
. tests/vm/logins.bash
# shellcheck source=tests/vm/audit.bash
. tests/vm/audit.bash
# shellcheck source=tests/pam/printed.bash
. tests/pam/printed.bash

fact() { in_guest "$1" 'hwfp --json status' | jq -r ".$2"; }

disk copy enrolled.qcow2
boot B copy
# Of the disk before it was started anywhere.
of_original=$(for file in machine-id hostname; do debugfs -R "cat /etc/$file" "$vm/bare.ext4" 2>/dev/null; done)
run in_guest B 'cat /etc/machine-id /etc/hostname; hostname'
check 'machine-id and host name are the original'\''s' \
	'[[ $of_original =~ ^[0-9a-f]{32}$'"'\n'"'original$ ]] && [ "$out" = "$of_original"$'"'\noriginal'"' ]'
fingerprint=$(fact B fingerprint) original=$(fact B previous_fingerprint)
check 'the verdict is different, with a fingerprint of its own' \
	'[ "$(fact B verdict)" = different ] && [ ${#fingerprint} = 36 ] && [ ${#original} = 36 ] && [ $fingerprint != $original ]'
for way in key password su cron; do
	run by_$way B
	check "flag: $way lets in, and the environment tells" 'let_in different $fingerprint'
done
for way in terminal login; do
	run by_$way B
	check "flag: $way lets in, and the environment and a line to the user tell" \
		'let_in different $fingerprint && says "hwfp: this system is not on the machine it was enrolled on"'
done
run by_sudo B
check 'flag: sudo lets in' '[ $rc = 0 ] && grep -qx root <<<"$out"'
run by_user_manager B
check 'flag: a user manager starts' 'grep -qx active <<<"$out"'
run by_console B alice "$PASSWORD"
check 'flag: the console lets in, and the environment and a line to the user tell' \
	'let_in different $fingerprint && says "hwfp: this system is not on the machine it was enrolled on"'
records B '-m ANOM_LOGIN_LOCATION'
# on_record COUNT USER PROGRAM: so many logins, of which every record has verdict and fingerprint.
on_record() {
	[ "$(matching ANOM_LOGIN_LOCATION op=PAM:hwfp-login "acct=$2" "exe=$3")" = "$1" ] &&
		[ "$(matching ANOM_LOGIN_LOCATION op=PAM:hwfp-login outcome=flagged verdict=different "fingerprint=$fingerprint" \
			"old-fingerprint=$original" "acct=$2" "exe=$3" res=success)" = "$1" ]
}
check 'the audit log carries verdict and new fingerprint: three logins of bob by ssh' 'on_record 3 bob "$SSHD"'
check 'two of alice by ssh' 'on_record 2 alice "$SSHD"'
check 'one by su' 'on_record 1 alice /usr/bin/su'
check 'one by sudo' 'on_record 1 alice /usr/bin/sudo'
check 'two by login' 'on_record 2 alice /usr/bin/login'
check 'one by cron' 'on_record 1 alice /usr/sbin/cron'
check 'and those of user managers' '[ "$(matching ANOM_LOGIN_LOCATION op=PAM:hwfp-login outcome=flagged "fingerprint=$fingerprint" \
	acct=bob "exe=/usr/lib/systemd/systemd(-executor)?" res=success)" -ge 1 ]'
run in_guest B 'systemctl is-active hwfp-different.target; systemctl start hwfp-verified.target && echo verified'
check 'hwfp-different.target is reached, and hwfp-verified.target, too' '[ "$(paste -sd " " <<<"$out")" = "active verified" ]'
run in_guest B 'cat >/etc/systemd/system/demo.service <<END
[Service]
ExecStart=/bin/sleep infinity
[Install]
WantedBy=multi-user.target
END
	systemctl enable demo; hwfp gate demo.service
	printf "mode = deny\nconsole_lines = ttyS0\n" >/etc/hwfp/hwfp.conf.d/50-deny.conf; hwfp status --json | jq .mode 2>/dev/null; hwfp --json status'
check 'deny is set, and a service gated' 'says "\"mode\":\"deny\""'
power_off B

boot B copy
check 'deny: the same copy has the same fingerprint' '[ "$(fact B fingerprint)" = $fingerprint ]'
for way in key password expired_password su login; do
	run by_$way B
	check "$way is refused, with a sentence" 'turned_away different'
done
run by_cron B
check 'cron runs no job' '[ $rc = 1 ] && ! says verdict='
# The lines of the manual, before the first of their kind.
printed systemd-user | put B /root/lines
run in_guest B 'cat /root/lines /usr/lib/pam.d/systemd-user >/etc/pam.d/systemd-user
	grep -c pam_hwfp /etc/pam.d/systemd-user; systemctl start "user@$(id -u bob)" || journal -b -q -o cat'
check 'so is a user manager, by the lines that are printed for it' \
	'[ "${out%%$'"'\n'"'*}" = 2 ] && says "pam_hwfp(systemd-user:account): event=login outcome=refused user=bob"'
run in_guest B 'systemctl is-active demo hwfp-verified.target hwfp-different.target hwfp-boot; systemctl is-failed hwfp-boot'
check 'the gated service does not run, the copy'\''s target is reached' \
	'[ "$(paste -sd " " <<<"$out")" = "inactive inactive active failed failed" ]'
run in_guest B 'systemctl start demo; systemctl is-active demo
	hwfp ungate demo && systemctl daemon-reload && systemctl start demo; systemctl is-active demo'
check 'it cannot be started either, until hwfp ungate: then it runs on the copy, too' \
	'[ "$(grep -cx inactive <<<"$out")" = 1 ] && [ "${out##*$'"'\n'"'}" = active ]'
run in_guest B 'systemctl stop demo && hwfp gate demo'
check 'it can be gated again' '[ $rc = 0 ]'
run in_guest B 'echo console = deny >/etc/hwfp/hwfp.conf.d/60-console.conf'
run by_console B root "$ROOT_PASSWORD"
check 'where console = deny even root is refused on the console, with a sentence' 'turned_away different'
run in_guest B 'rm /etc/hwfp/hwfp.conf.d/60-console.conf'
run by_console B root "$ROOT_PASSWORD"
check 'root gets in on the console that is configured, flagged' 'let_in different $fingerprint && says "hwfp: this system is not"'
run in_guest B 'hwfp doctor'
check 'hwfp doctor tells that this is a copy' '[ $rc = 1 ] && says different'
power_off B

boot A copy
check 'at home it is itself again' '[ "$(fact A verdict)" = same ] && [ "$(fact A fingerprint)" = $original ]'
for way in key password su login cron; do
	run by_$way A
	check "$way lets in" 'let_in same $original && ! says hwfp:'
done
run by_sudo A
check 'sudo lets in' '[ $rc = 0 ] && grep -qx root <<<"$out" && ! says hwfp:'
run by_console A alice "$PASSWORD"
check 'the console lets in' 'let_in same $original && ! says hwfp:'
run by_user_manager A
check 'a user manager starts' 'grep -qx active <<<"$out"'
run in_guest A 'systemctl is-active demo hwfp-verified.target hwfp-boot; systemctl list-units --failed --plain --no-legend'
check 'the gated service runs, nothing has failed' '[ "$(paste -sd " " <<<"$out")" = "active active active" ]'
power_off A
finish
