#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The ways back in on a copy that refuses everybody: the kernel command line, a recovery code, and
# hwfp accept; with hwfp doctor before and after.
# shellcheck source=tests/vm/guest.bash
. "$(dirname "$0")/../guest.bash"
# shellcheck source=tests/vm/logins.bash
. tests/vm/logins.bash
# shellcheck source=tests/vm/audit.bash
. tests/vm/audit.bash

# ssh asks for the password, and then for the code.
by_asking() {
	CODE=$1 ANSWER=$PASSWORD SSH_ASKPASS=$PWD/tests/vm/askpass SSH_ASKPASS_REQUIRE=force ssh_to C \
		-o PreferredAuthentications=keyboard-interactive -o NumberOfPasswordPrompts=1 alice@127.0.0.1 "$2"
}
by_code() { by_asking "$1" "$SHOW" </dev/null; }
# accepted_by CODE CODE-FOR-SUDO: in one session; sudo asks for both on its standard input.
accepted_by() { printf '%s\n' "$PASSWORD" "$2" | by_asking "$1" "$SHOW; sudo -S hwfp accept"; }
machines() { jq '.machines | length' <<<"$out"; }

# ---- The copy refuses. ----

disk copy enrolled.qcow2
boot B copy
codes=$(in_guest B 'echo mode = deny >/etc/hwfp/hwfp.conf.d/50-deny.conf
	echo KbdInteractiveAuthentication yes >/etc/ssh/sshd_config.d/hwfp.conf; hwfp recovery' | grep -oE '[0-9]-[0-9A-Z]{4}(-[0-9A-Z]{4}){3}')
check 'hwfp recovery shows ten codes' '[ "$(wc -l <<<"$codes")" = 10 ]'
run by_key B
check 'deny: the copy refuses' 'turned_away different'
run in_guest B 'hwfp --json history'
check 'two machines are on record: the original and this one' '[ "$(machines)" = 2 ]'
original=$(jq -r '.machines[] | select(.trust == "trusted").fingerprint' <<<"$out")
power_off B

# ---- The kernel command line. ----

identity C 4c4c4544-0036-4b10-8052-b7c04f4c5032 3HV62R5 52:54:00:77:88:99 S4EVNF0M733221
boot C copy --append hwfp.mode=off
run in_guest C 'cat /etc/hwfp/hwfp.conf.d/50-deny.conf; journal -b -q --no-pager | grep -E "hwfp-boot.*(off|override)"'
check 'hwfp.mode=off on a third one, over mode = deny: it is in the log' '[ $rc = 0 ] && says "mode = deny"'
for way in key password; do
	run by_$way C
	check "a login by $way works, and nothing is said" '[ $rc = 0 ] && says "verdict= fingerprint=" && ! says hwfp:'
done
run by_console C root "$ROOT_PASSWORD"
check 'so does one of root on the console' '[ $rc = 0 ] && says "verdict= fingerprint=" && ! says hwfp:'
run in_guest C 'ls /run/hwfp/verdict'
check 'nothing is published' '[ $rc = 2 ]'
run in_guest C 'hwfp --json history'
check 'and nothing was rotated' '[ "$(machines)" = 2 ]'
power_off C

# ---- A recovery code. ----

boot C copy
run by_password C
check 'without it this one refuses, too' 'turned_away different'
fingerprint=$(in_guest C 'hwfp --json status' | jq -r .fingerprint)
run in_guest C 'hwfp doctor'
check 'hwfp doctor tells what is wrong, and that a code lets in' '[ $rc = 1 ] && says different && says "a recovery code lets root in"'
code=$(sed -n 3p <<<"$codes")
run by_code "$(tr 0-9A-Z 1-9A-Z0 <<<"${code#*-}" | sed "s/^/${code%%-*}-/")"
check 'a wrong code is refused' '[ $rc != 0 ] && ! says verdict='
run by_code "$code"
check 'the right one lets in, flagged' 'let_in different $fingerprint'
run by_code "$code"
check 'used again it is refused' '[ $rc != 0 ] && ! says verdict='
run in_guest C 'hwfp recovery --status --json'
check 'nine are left' '[ "$(jq .left <<<"$out")" = 9 ]'
records C '-m ANOM_LOGIN_LOCATION'
of_this=('ANOM_LOGIN_LOCATION' verdict=different "fingerprint=$fingerprint" acct=alice "exe=$SSHD")
check 'the audit log has the right code' 'found "${of_this[@]}" op=PAM:hwfp-recovery res=success'
check 'both wrong ones' '[ "$(matching "${of_this[@]}" op=PAM:hwfp-recovery res=failed)" = 2 ]'
# Once, though sshd asks for the account in another process than that which opens the session.
check 'and, once, the login that was let in by it' \
	'found "${of_this[@]}" op=PAM:hwfp-login outcome=recovered hwfp-mode=deny res=success'

# ---- Accept. ----

run accepted_by "$(sed -n 4p <<<"$codes")" ''
check 'sudo takes no session of alice'\''s for a code' '[ $rc != 0 ] && says verdict=different && ! says trusted'
run accepted_by "$(sed -n 5p <<<"$codes")" "$(sed -n 6p <<<"$codes")"
check 'alice, let in by a code, becomes root by another: hwfp accept trusts the copy' \
	'let_in different $fingerprint && says "is trusted"'
records C '-m ANOM_LOGIN_LOCATION,USYS_CONFIG'
check 'sudo'\''s code is in the audit log' \
	'found ANOM_LOGIN_LOCATION op=PAM:hwfp-recovery verdict=different "fingerprint=$fingerprint" acct=alice exe=/usr/bin/sudo res=success'
check 'and who has accepted' 'found USYS_CONFIG op=hwfp-accept "fingerprint=$fingerprint" auid=alice uid=root res=success'
for way in key password; do
	run by_$way C
	check "$way lets in" 'let_in same $fingerprint && ! says hwfp:'
done
run by_sudo C
check 'sudo lets in, and asks for no code' '[ $rc = 0 ] && grep -qx root <<<"$out" && ! says hwfp'
run in_guest C 'hwfp doctor'
check 'hwfp doctor finds no problem any more' '[ $rc = 0 ]'
run in_guest C 'systemctl restart hwfp-boot && systemctl start hwfp-verified.target && hwfp --json history'
check 'and the machine is verified, beside the original' \
	'[ $rc = 0 ] && [ "$(jq "[.machines[] | select(.trust == \"trusted\")] | length" <<<"$out")" = 2 ] && says $original'
power_off C
finish
