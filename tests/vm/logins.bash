# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Every way to log in to a guest that is up, for scenarios, after guest.bash. Each prints what its
# user sees and succeeds where it let in; in a session, the verdict and the fingerprint. With a
# command to run, sshd and su keep to themselves what PAM has to say of a session.

# shellcheck disable=SC2016 # for the guest's shell
readonly SHOW='echo "verdict=$HWFP_VERDICT fingerprint=$HWFP_FINGERPRINT"'

by_key() { ssh_by_key "$1" bob "$SHOW"; }
by_terminal() { ssh_to "$1" -tt -i "$vm/id" -o PreferredAuthentications=publickey bob@127.0.0.1 <<<"$SHOW; exit"; }
by_password() { ssh_by_password "$1" alice "$PASSWORD" "$SHOW"; }
by_expired_password() { ssh_by_password "$1" carol "$PASSWORD" "$SHOW"; }
by_su() { in_guest "$1" "su - alice -c '$SHOW'"; }
by_sudo() { ssh_by_password "$1" alice "$PASSWORD" "echo '$PASSWORD' | sudo -S -p '' sh -c 'id -un; $SHOW'"; }
# login(1) of util-linux hangs its terminal up and drops what was typed before; for a moment nobody else has the
# terminal open, which script takes for its end. So it may not hang up, its parent stays there, and the shell reads
# a file.
by_login() {
	in_guest "$1" "echo '$SHOW; exit' >/home/alice/.bash_profile
		script -qec 'bash -mc \"setpriv --bounding-set=-sys_tty_config login -f alice; exit \\\$?\"' /dev/null </dev/null
		status=\$?; rm /home/alice/.bash_profile; exit \$status"
}

# by_console GUEST USER PASSWORD: on the serial line
by_console() {
	await "$1" 'login: $' >/dev/null && type_in "$1" "$2" && await "$1" 'assword: $' >/dev/null &&
		type_in "$1" "$3" && await "$1" '[#$] $|incorrect|original login: $' && screen "$1" | grep -q '[#$] $' &&
		type_in "$1" "$SHOW; exit" && await "$1" 'login: $'
}

# A job that runs when cron starts; it is over when its mark is there, or the log tells of it.
by_cron() {
	in_guest "$1" "rm -f /tmp/ran; since=\$(date +%s); rm -f /run/crond.reboot
		echo '@reboot ($SHOW) >/tmp/ran.new; mv /tmp/ran.new /tmp/ran' | crontab -u alice -
		systemctl restart cron
		for i in \$(seq 1 600); do
			[ ! -e /tmp/ran ] || { cat /tmp/ran; exit 0; }
			! journal -q --since=@\$since -t CRON -t cron | grep 'outcome=refused.*service=cron' >/dev/null || exit 1
			sleep 0.1
		done; exit 2"
}

by_user_manager() { ssh_by_key "$1" bob 'systemctl --user is-system-running --wait; systemctl --user is-active default.target; systemctl --user --failed'; }

let_in() { [ "$rc" = 0 ] && says "verdict=$1 fingerprint=$2"; }
turned_away() { [ "$rc" != 0 ] && ! grep -q 'verdict=[a-z]' <<<"$out" && says "refused by hwfp ($1)"; }
