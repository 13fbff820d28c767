#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Recovery codes: a real sshd's keyboard-interactive logins on a copy, through auth, account and
# session in its several processes; pamtester's, where auth, account and session are one; and a disk
# that is full or read-only, which lets nobody in.

readonly PORT=2222

# shellcheck source=tests/pam/sshd.bash
. "$(dirname "$0")/../pam/sshd.bash"

# Inside the chamber: what ssh is asked is answered by /tmp/answer, a line of /tmp/answers each.
# METHODS is what sshd demands.
if [ "${1:-}" = --inside ]; then
    shift
    export DISPLAY=none SSH_ASKPASS=/tmp/answer SSH_ASKPASS_REQUIRE=force
    sshd_options=(-o AuthenticationMethods="${METHODS:-any}")
    by_ssh -o NumberOfPasswordPrompts=1 "$@"
    exit
fi

# shellcheck source=tests/pam/setup.bash
. "$(dirname "$0")/../pam/setup.bash"

hwfp=$BUILD/hwfp
codes=()

make_sshd() {
    sshd_files 'PasswordAuthentication yes' 'KbdInteractiveAuthentication yes' || return
    # As Debian's common-auth is with hwfp's profile: the question comes after the password, and only
    # to those who know it.
    cat >"$disk/etc/pam.d/sshd" <<END
auth     [success=1 default=ignore] pam_unix.so
auth     requisite pam_deny.so
auth     required  pam_permit.so
auth     [success=ok ignore=ignore default=die] $module recovery
account  [success=ok ignore=ignore default=die] $module
account  required  pam_unix.so
session  [success=ok ignore=ignore default=die] $module
session  required  pam_unix.so
END
    # Here the line of auth is a gate, too.
    cat >"$disk/etc/pam.d/tester" <<END
auth     requisite pam_unix.so
auth     required  $module
auth     required  pam_permit.so
account  requisite $module
account  required  pam_unix.so
session  required  $module
session  required  pam_unix.so
END
    # Takes its answer from the top of the list, and keeps the question.
    cat >"$disk/tmp/answer" <<'END'
#!/bin/sh
echo "$1" >>/tmp/questions
head -n 1 /tmp/answers
sed -i 1d /tmp/answers
END
    chmod 0755 "$disk/tmp/answer"
}

# [METHODS=...] ssh_login MACHINE METHODS-TO-TRY ANSWER...
ssh_login() {
    local machine=$1 method=$2
    shift 2
    printf '%s\n' "$@" >"$disk/tmp/answers"
    rm -f "$disk/tmp/log" "$disk/tmp/sshd.log" "$disk/tmp/questions"
    run on "$machine" "$BUILD/tests/with_log" /tmp/log tests/cli/recovery.sh --inside \
        -o PreferredAuthentications="$method"
}
asked() { grep -q 'hwfp recovery code: ' "$disk/tmp/questions" 2>/dev/null; }
logged() { grep -q "pam_hwfp(sshd:$1): $2" "$disk/tmp/log"; }
status() { on A "$hwfp" --json recovery --status | jq -r ".$1"; }

new_codes() {
    mapfile -t codes < <(on A "$hwfp" recovery --again | sed -nE 's/^ +([0-9](-[0-9A-Z]{4}){4})$/\1/p')
}

# ---- The command. ----

make_sshd || bail 'the scratch sshd cannot be set up'
configure 'mode = deny'
run on A "$hwfp" recovery
check 'without a vault there are no codes: refused' '[ $rc = 1 ] && ! [ -e "$disk/var/lib/hwfp/recovery" ]'
run on A "$hwfp" enroll
check 'machine A is enrolled' '[ $rc = 0 ]'
ssh_login B keyboard-interactive hwfptest
check 'a copy without codes refuses, and asks for none' '[ $rc = 255 ] && ! asked && logged account "event=login outcome=refused"'
check 'and says so once' '[ "$(grep -c "login refused by hwfp (different)" <<<"$out")" = 1 ]'
run on A "$hwfp" recovery
mapfile -t codes < <(sed -nE 's/^ +([0-9](-[0-9A-Z]{4}){4})$/\1/p' <<<"$out")
check 'ten codes are shown' '[ $rc = 0 ] && [ ${#codes[@]} = 10 ]'
check 'and none of them is on the disk' '! grep -rqF -e "${codes[0]}" -e "${codes[0]//-/}" "$disk/var"'
check 'their file is root'\''s alone' '[ "$(stat -c %a%u "$disk/var/lib/hwfp/recovery")" = 6000 ]'
run on A "$hwfp" recovery
check 'a second set only with --again' '[ $rc = 1 ] && says --again'
run on A "$hwfp" --quiet recovery --again
check 'codes that nobody would see are not made' '[ $rc = 2 ]'
tree=$scratch/trees/U
"$hwfp" --root "$tree" --quiet enroll
for again in '' --again; do
    run sh -c "$hwfp --root $tree recovery $again >/dev/full"
    check "codes that could not be shown are void: recovery $again" \
        '[ $rc = 5 ] && says "the codes could not be shown: No space left on device; there are no recovery codes now" &&
         ! [ -e "$tree/var/lib/hwfp/recovery" ]'
    "$hwfp" --root "$tree" recovery >/dev/null
done
mkfifo "$scratch/closed"
run bash -c "set -o pipefail
    { read -r _ <$scratch/closed; $hwfp --root $tree --json recovery --again; } | { exec <&-; echo >$scratch/closed; }"
check 'a pipe that nobody reads shows none, too' \
    '[ $rc = 5 ] && says "Broken pipe; there are no recovery codes now" && ! [ -e "$tree/var/lib/hwfp/recovery" ]'
check 'status: ten are left' '[ "$(status left)" = 10 ]'

# ---- sshd. ----

ssh_login A keyboard-interactive hwfptest
check 'at home nothing is asked but the password' '[ $rc = 0 ] && ! asked && says HWFP_VERDICT=same'

ssh_login B keyboard-interactive hwfptest "${codes[0],,}"
check 'on a copy the right code lets in' '[ $rc = 0 ] && asked && says HWFP_VERDICT=different'
check 'and the log says so, in each phase' 'logged auth "event=recovery user=hwfptest service=sshd rhost=.* codes_left=9" &&
    logged account "event=login outcome=recovered "'
check 'the log does not hold the code' '! grep -qiF -e "${codes[0]}" "$disk/tmp/log"'
check 'it is spent' '[ "$(status left)" = 9 ]'

ssh_login B keyboard-interactive hwfptest "${codes[0]}"
check 'used twice it is refused' '[ $rc = 255 ] && asked && ! says HWFP_VERDICT'
check 'counted, and logged' '[ "$(status failures)" = 1 ] && logged auth "recovery code refused: a wrong recovery code, 1 in a row"'
ssh_login B keyboard-interactive hwfptest 1-0000-0000-0000-0000
check 'a wrong one is refused' '[ $rc = 255 ] && [ "$(status failures)" = 2 ]'
check 'and the user is told the verdict' 'says "login refused by hwfp (different)"'
ssh_login B keyboard-interactive hwfptest ''
check 'an empty answer is refused, in account, and not counted' \
    '[ $rc = 255 ] && asked && logged account "event=login outcome=refused" && [ "$(status failures)" = 2 ]'
ssh_login B keyboard-interactive wrong "${codes[1]}"
check 'without the password no code is asked for' '[ $rc = 255 ] && ! asked && [ "$(status left)" = 9 ]'
ssh_login B password hwfptest
check 'sshd cannot ask where it has only a password: refused, with the sentence, not counted' '
    [ $rc = 255 ] && says "login refused by hwfp (different)" &&
    [ "$(status failures) $(status left)" = "2 9" ]'
ssh_login B publickey
check 'a login by key, which skips auth, is refused' '[ $rc = 255 ] && logged account "event=login outcome=refused"'
ssh_login B keyboard-interactive hwfptest "${codes[1]}"
check 'the next code lets in, and ends the count' '[ $rc = 0 ] && [ "$(status left) $(status failures)" = "8 0" ]'
ssh_login B publickey
check 'and lets in nobody else: a login by key is refused still' '[ $rc = 255 ] && logged account "event=login outcome=refused"'
METHODS=publickey,keyboard-interactive ssh_login B publickey,keyboard-interactive hwfptest "${codes[2]}"
check 'sshd that demands key and question: the code lets in' '[ $rc = 0 ] && [ "$(status left)" = 7 ]'
METHODS=publickey,keyboard-interactive ssh_login B publickey,keyboard-interactive hwfptest "${codes[2]}"
check 'used twice it is refused there, too' '[ $rc = 255 ] && [ "$(status left) $(status failures)" = "7 1" ]'

# The code was right, but auth fails after it: within the same connection it stands.
cp "$disk/etc/pam.d/sshd" "$disk/tmp/sshd.pam"
sed -i '/^account/{i auth required pam_deny.so
:rest;n;b rest}' "$disk/etc/pam.d/sshd"
ssh_login B keyboard-interactive hwfptest "${codes[3]}"
check 'auth fails behind the right code: refused, the code is spent' '[ $rc = 255 ] && [ "$(status left)" = 6 ]'
ssh_login B publickey
check 'and lets in no other connection' '[ $rc = 255 ] && logged account "event=login outcome=refused"'
ssh_login B keyboard-interactive,publickey hwfptest "${codes[4]}"
check 'but the same one, by key' '[ $rc = 0 ] && says HWFP_VERDICT=different && [ "$(status left)" = 5 ]'
cp "$disk/tmp/sshd.pam" "$disk/etc/pam.d/sshd"

# ---- In flag mode: sshd asks for the account in the process that it asks its questions in. ----

configure 'mode = flag'
for method in keyboard-interactive password publickey keyboard-interactive; do
    ssh_login B $method hwfptest
    check "flag: a login by $method is one line" \
        '[ $rc = 0 ] && [ "$(grep -c "event=login outcome=flagged" "$disk/tmp/log")" = 1 ]'
done
check 'and nothing of it is left' '[ -z "$(ls "$disk/run/hwfp/said")" ]'
configure 'mode = deny'

# ---- sudo, which sets PAM_SILENT: whoever is in has to become root to accept the machine. ----

make_sudo() {
    grep -v '^auth' "$disk/etc/pam.d/sshd" | cat <(grep '^auth' "$disk/etc/pam.d/sshd") - >"$disk/etc/pam.d/sudo"
    install -D -m 0440 /dev/stdin "$disk/etc/sudoers.d/hwfp" <<<'hwfptest ALL=(ALL) ALL'
}
# sudo_with ANSWER...: once; then, in the same session, with the password alone.
sudo_with() {
    rm -f "$disk/tmp/log"
    # shellcheck disable=SC2016 # expanded inside
    run on B "$BUILD/tests/with_log" /tmp/log sh -c '
        become_root() { printf "%s\n" "$@" | setpriv --reuid=60991 --regid=60991 --init-groups sudo -S id -un; }
        become_root "$@"
        rc=$?
        become_root "$1" ""
        exit "$rc"' sh "$@"
}
roots() { grep -c 'root$' <<<"$out"; }
make_sudo
sudo_with hwfptest
check 'sudo: without a code refused' '[ $rc != 0 ] && [ "$(roots)" = 0 ]'
sudo_with hwfptest "${codes[5]}"
check 'sudo: a code lets in' '[ $rc = 0 ] && says "hwfp recovery code: " && [ "$(status left)" = 4 ]'
check 'sudo: once' '[ "$(roots)" = 1 ]'
check 'sudo: each time it is one line in the log, of who asked' '[ "$(
    grep event=login "$disk/tmp/log" | grep -o "outcome=[a-z]* user=[a-z]*" | paste -sd,
)" = "outcome=recovered user=hwfptest,outcome=refused user=hwfptest" ]'

# ---- One process; a disk that takes nothing. ----

# tester ANSWERS OPERATION...: in pamtester, after it a second session by the same code.
tester() {
    local answers=$1
    shift
    run on B sh -c 'printf "$0" | exec pamtester -v tester hwfptest "$@"' "$answers" "$@"
}
tester "hwfptest\n${codes[6]}\n" authenticate acct_mgmt 'setcred(PAM_ESTABLISH_CRED)' open_session 'setcred(PAM_REINITIALIZE_CRED)'
check 'in one process: auth, account, credentials, session, credentials again' '[ $rc = 0 ]'
tester "hwfptest\n${codes[7]}\n" authenticate open_session open_session
check 'one code is one session' '[ $rc != 0 ] && says "successfully opened a session" && says "login refused by hwfp"'
began=${EPOCHREALTIME/./}
tester "hwfptest\n1-0000-0000-0000-0000\n" 'authenticate(PAM_SILENT)'
check 'silent: the code is asked for, and of the refusal nothing is said' \
    '[ $rc != 0 ] && says "hwfp recovery code: " && ! says "refused by hwfp" && [ "$(status failures)" = 1 ]'
check 'a wrong code is slowed' '[ $((${EPOCHREALTIME/./} - began)) -ge 1000000 ]'
sed -i "s|^auth .*$module|& quiet|" "$disk/etc/pam.d/tester"
tester "hwfptest\n${codes[8]}\n" authenticate
check 'quiet, nothing is asked: refused, not counted' \
    '[ $rc != 0 ] && ! says "recovery code" && [ "$(status left) $(status failures)" = "2 1" ]'
sed -i "s| quiet$||" "$disk/etc/pam.d/tester"
run on B unshare --pid --fork sh -c 'printf "$0" | pamtester -v tester hwfptest authenticate' "hwfptest\n${codes[8]}\n"
check 'a session that cannot be told from others: refused, the code is not spent' \
    '[ $rc != 0 ] && says "login refused by hwfp" && [ "$(status left)" = 2 ]'
tester '' acct_mgmt
check 'account by itself is refused' '[ $rc != 0 ]'

full() {
    # shellcheck disable=SC2016 # expanded inside
    run on B sh -c 'cp -a /var/lib/hwfp /tmp/kept && mount -t tmpfs -o mode=0755,size=64k tmpfs /var/lib &&
        cp -a /tmp/kept /var/lib/hwfp && rm -rf /tmp/kept; '"$1"'
        printf "hwfptest\n$0\n" | pamtester -v tester hwfptest authenticate; rc=$?
        cat /var/lib/hwfp/recovery | grep -c ^code; exit $rc' "${codes[8]}"
}
full 'dd if=/dev/zero of=/var/lib/fill bs=4k 2>/dev/null;'
check 'disk full: the right code is refused' '[ $rc != 0 ] && says "login refused by hwfp" && [ "${out##*$'"'\n'"'}" = 2 ]'
full 'mount -o remount,ro /var/lib;'
check 'disk read-only: the right code is refused' '[ $rc != 0 ] && says "login refused by hwfp" && [ "${out##*$'"'\n'"'}" = 2 ]'
tester "hwfptest\n${codes[8]}\n" authenticate
check 'the same code lets in once it can be spent' '[ $rc = 0 ] && [ "$(status left)" = 1 ]'

echo damaged >"$disk/var/lib/hwfp/recovery"
tester "hwfptest\n${codes[9]}\n" authenticate
check 'a damaged file: refused, and not asked' '[ $rc != 0 ] && ! says "recovery code"'
new_codes
check 'new codes are made all the same' '[ ${#codes[@]} = 10 ] && [ "$(status left)" = 10 ]'
run on A "$hwfp" recovery --remove
check 'removed they are gone' '[ $rc = 0 ] && ! [ -e "$disk/var/lib/hwfp/recovery" ]'
finish
