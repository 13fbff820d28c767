#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What pam_hwfp.so asks of the kernel during a login, with and without a recovery code: no process, nothing written but in its own two
# folders, nothing written at all when nothing changed, every descriptor closed on exec.
# shellcheck source=tests/pam/setup.bash
. "$(dirname "$0")/../pam/setup.bash"

# login MACHINE [OPERATION...]: leaves the system calls from the module's being loaded on, in $trace.
# A recovery code comes from /tmp/code.
login() {
    local machine=$1
    shift
    trace=$scratch/trace
    rm -f "$disk/tmp/trace"
    # shellcheck disable=SC2016 # expanded inside
    run on "$machine" sh -c 'exec strace -f -y -s 256 -o /tmp/trace \
        -e trace=file,process,desc,socket,fsync pamtester login hwfptest "$@" </tmp/code' \
        login "${@:-acct_mgmt}" open_session
    sed -n '/openat(.*pam_hwfp\.so/,$p' "$disk/tmp/trace" >"$trace"
}

# Every file that was opened, one a line: whole path, a tab, the flags.
opened() {
    sed -nE 's/^[0-9]+ +openat2?\((AT_FDCWD)?[0-9]*(<([^>]*)>)?, "([^"]*)", (\{flags=)?([A-Z_|0-9]+).*/\3\t\4\t\6/p' \
        "$trace" | awk -F '\t' -v OFS='\t' '
            { path = $2 ~ /^\// ? $2 : $1 "/" $2; gsub(/\/+/, "/", path); print path, $3 }'
}
of_hwfp() { opened | grep -E '^/(sys|proc|etc/hwfp|var/lib/hwfp|run/hwfp)(/|	)'; }
for_writing() { opened | grep -E 'O_(WRONLY|RDWR|CREAT|TRUNC|APPEND|TMPFILE)' | grep -Ev '^/dev/(tty|null)	'; }
changes() { grep -E '^[0-9]+ +(rename|unlink|mkdir|rmdir|link|symlink|mknod|chmod|fchmod|chown|fchown|truncate|ftruncate|utime|fsync)[a-z0-9]*\(' "$trace"; }
processes() { grep -E '^[0-9]+ +(fork|vfork|clone|clone3|execve|execveat)\(' "$trace"; }
left_inheritable() { of_hwfp | grep -v O_CLOEXEC; }
# libpam itself keeps a socket for the audit daemon for a moment.
pipes_or_sockets_inheritable() { grep -E '^[0-9]+ +(socket|pipe2?|dup|eventfd2?)\(' "$trace" | grep -Ev 'CLOEXEC|NETLINK_AUDIT'; }

cat >"$disk/etc/pam.d/login" <<END
auth    required $module
auth    required pam_permit.so
account required $module
session required $module
END
: >"$disk/tmp/code"
configure 'mode = flag'
run on A "$BUILD/hwfp" enroll
check 'machine A is enrolled' '[ $rc = 0 ]'

login A
seen=$(of_hwfp)
check 'the trace shows the module reading the hardware' \
    '[ $rc = 0 ] && grep -q "^/sys/" <<<"$seen" && grep -q "^/var/lib/hwfp/" <<<"$seen"'
login A
out=$(for_writing; changes)
check 'nothing has changed: nothing is opened for writing, or changed' '[ -z "$out" ]'
out=$(processes)
check 'no process is made, no program run' '[ -z "$out" ]'
out=$(left_inheritable; pipes_or_sockets_inheritable)
check 'every descriptor is closed on exec' '[ -z "$out" ]'

login B
check 'the copy is let in, and rotates' '[ $rc = 0 ]'
out=$(for_writing)
check 'the rotation is written' 'grep -q "^/var/lib/hwfp/" <<<"$out"'
out=$(for_writing | grep -Ev '^/(var/lib|run)/hwfp(/|	)')
check 'nothing is opened for writing outside /var/lib/hwfp and /run/hwfp' '[ -z "$out" ]'
out=$(processes; left_inheritable; pipes_or_sockets_inheritable)
check 'no process is made then either, and every descriptor closed on exec' '[ -z "$out" ]'
login B
out=$(for_writing; changes)
check 'the second login on the copy writes that the log has it' 'says "/run/hwfp/said/"'
out=$(grep -vE '/run/hwfp/said|/run>, "hwfp"|/run/hwfp>, "said"' <<<"$out")
check 'and nothing else' '[ -z "$out" ]'

configure 'mode = deny'
on A "$BUILD/hwfp" --json recovery | jq -r '.codes[4]' >"$disk/tmp/code"
login B authenticate acct_mgmt
check 'a recovery code lets the copy in' '[ $rc = 0 ] && says "hwfp recovery code: "'
out=$(for_writing)
check 'it is spent, and vouched for' \
    'grep -q "^/var/lib/hwfp/recovery" <<<"$out" && grep -q "^/run/hwfp/recovered/" <<<"$out"'
out=$(for_writing | grep -Ev '^/(var/lib|run)/hwfp(/|	)')
check 'and nothing else is opened for writing' '[ -z "$out" ]'
out=$(opened | grep -E 'openssl|/etc/(libaudit|login.defs)')
check 'nor is a configuration of OpenSSL or of crypt(3) read' '[ -z "$out" ]'
out=$(processes; left_inheritable; pipes_or_sockets_inheritable)
check 'no process is made, and every descriptor closed on exec' '[ -z "$out" ]'
finish
