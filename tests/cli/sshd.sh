#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A real sshd on loopback, and logins by key, which skip PAM's auth phase: the gate must stand in
# account and session.

readonly PORT=2222

# shellcheck source=tests/pam/sshd.bash
. "$(dirname "$0")/../pam/sshd.bash"

if [ "${1:-}" = --inside ]; then
    by_ssh -o BatchMode=yes
    exit
fi

# shellcheck source=tests/pam/setup.bash
. "$(dirname "$0")/../pam/setup.bash"

make_sshd() {
    sshd_files 'PasswordAuthentication no' || return
    cat >"$disk/etc/pam.d/sshd" <<END
auth     requisite $module
auth     required  pam_unix.so
account  requisite $module
account  required  pam_unix.so
session  required  $module
session  required  pam_unix.so
END
}

login() {
    rm -f "$disk/tmp/log" "$disk/tmp/sshd.log"
    run on "$1" "$BUILD/tests/with_log" /tmp/log tests/cli/sshd.sh --inside
}
logged() { grep -q "pam_hwfp(sshd:$1): event=login outcome=$2 user=hwfptest service=sshd rhost=127.0.0.1 " "$disk/tmp/log"; }

make_sshd || bail 'the scratch sshd cannot be set up'
configure 'mode = deny'
run on A "$BUILD/hwfp" enroll
check 'machine A is enrolled' '[ $rc = 0 ]'

login A
check 'deny: a login by key works on the machine of the enrolment' \
    '[ $rc = 0 ] && says HWFP_VERDICT=same && says HWFP_SIMILARITY=100 && says HWFP_FINGERPRINT='
check 'deny: all is well, and hwfp logs nothing' '! grep -q pam_hwfp "$disk/tmp/log"'

login B
check 'deny: on another machine the login is refused' '[ $rc = 255 ] && ! says HWFP_VERDICT'
check 'deny: and the client is told why' 'says "login refused by hwfp (different)"'
check 'deny: and the log says so, in the account phase' 'logged account refused'

sed -i '/^account.*hwfp/d' "$disk/etc/pam.d/sshd"
login B
check 'deny: without the account line the session is refused' \
    '[ $rc != 0 ] && ! says HWFP_VERDICT && logged session refused'
sed -i "s|^account|account requisite $module\n&|" "$disk/etc/pam.d/sshd"

configure 'mode = flag'
login B
check 'flag: on another machine the session is marked' \
    '[ $rc = 0 ] && says HWFP_VERDICT=different && says HWFP_FINGERPRINT='
check 'flag: and the log says so, once' 'logged account flagged && ! logged session flagged'
finish
