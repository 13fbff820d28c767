#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The lines that pam_hwfp(8) gives for /etc/pam.d, as printed there, each in its service's own file
# and tried by the program it is for: sshd, login, sudo, cron, vlock; on the machine and on a copy.
# systemd-user needs a booted system: tests/vm. And doas, with the lines of sshd.

readonly PORT=2223
# shellcheck source=tests/pam/sshd.bash
. "$(dirname "$0")/../pam/sshd.bash"

# ---- Inside the chamber: one program each, which prints what its user sees. ----

by_sshd() { by_ssh -o BatchMode=yes; }

# login(1) of util-linux hangs the terminal up and opens it again. For the moment between the two a
# terminal that nobody has open has ended, to expect: it must not hang up, and its parent has the terminal open.
# It makes a process group of its own: that must be the one in the foreground (-m).
readonly LOGIN='sh -mc {setpriv --bounding-set=-sys_tty_config login "$@"; exit $?} login'

# Types the password where it is asked for, and ends where the login is refused.
by_login() {
    expect -c 'set timeout 60; spawn -noecho '"$LOGIN"' hwfptest
        expect "assword: " { send "hwfptest\r" } "incorrect" { exit 1 } timeout { exit 2 } eof { exit 3 }
        expect "\\$ " { send "env; exit\r" } "incorrect" { exit 1 } timeout { exit 2 } eof { exit 3 }
        expect eof'
}

# By getty, which leaves the name to login and its stack.
by_nameless_login() {
    expect -c 'set timeout 60; spawn -noecho '"$LOGIN"'
        expect "login: " { send "hwfptest\r" } "incorrect" { exit 1 } timeout { exit 2 } eof { exit 3 }
        expect "assword: " { send "hwfptest\r" } "incorrect" { exit 1 } timeout { exit 2 } eof { exit 3 }
        expect "\\$ " { send "env; exit\r" } "incorrect" { exit 1 } timeout { exit 2 } eof { exit 3 }
        expect eof'
}

# doas(1) ends where the session cannot be opened; sudo(8) goes on.
by_doas() { setpriv --reuid=60991 --regid=60991 --init-groups doas -n id -un; }
by_sudo() { setpriv --reuid=60991 --regid=60991 --init-groups sudo -n id -un; }

# A job that runs when cron starts. Cron tells nobody whether it ran: what ends the wait is the job's own mark, or
# the refusal in the log.
by_cron() {
    local pid i
    rm -f /run/crond.reboot /run/crond.pid /tmp/ran
    cron -f &
    pid=$!
    for ((i = 0; i < 600; i++)); do
        [ ! -e /tmp/ran ] || break
        ! grep -qs 'service=cron.*verdict=different' /tmp/log || break
        sleep 0.1
    done
    kill "$pid"
    wait "$pid"
    [ -e /tmp/ran ] && cat /tmp/ran
}

# Not setuid, as most lockers are: it may not read the hardware, and uses what the boot has published.
by_vlock() {
    "$BUILD/hwfp-boot" >/dev/null 2>&1
    install -m 0755 /usr/sbin/vlock-main /opt/hwfp/vlock
    expect -c 'set timeout 60
        spawn -noecho setpriv --reuid=60991 --regid=60991 --init-groups env USER=hwfptest \
            VLOCK_MESSAGE=locked /opt/hwfp/vlock
        expect locked { send "\r" } timeout { exit 2 } eof { exit 3 }
        expect "assword: " { send "hwfptest\r" } "failure" { exit 1 } timeout { exit 2 } eof { exit 3 }
        # It throws away what was typed before it had switched the echo off.
        set timeout 2; set again 0
        expect eof { exit [lindex [wait] 3] } "failure" { exit 1 } timeout {
            if {[incr again] > 30} { exit 2 }
            send "hwfptest\r"
            exp_continue
        }'
}

if [ "${1:-}" = --inside ]; then
    "by_$2"
    exit
fi

# shellcheck source=tests/pam/setup.bash
. "$(dirname "$0")/../pam/setup.bash"
# shellcheck source=tests/pam/printed.bash
. tests/pam/printed.bash

# Into the service's own file, before the first line of their kind.
install_lines() {
    local type lines
    for type in auth account session; do
        lines=$(printed "$1" | awk -v type=$type '$1 == type' |
            sed "s|pam_hwfp.so|$module|")
        [ -n "$lines" ] || continue
        awk -v type=$type -v lines="$lines" '
            !done && ($1 == type || $0 ~ "^@include common-" type) { print lines; done = 1 }
            { print }
            END { if (!done) print lines }' "$disk/etc/pam.d/$1" >"$scratch/pam" &&
            cp "$scratch/pam" "$disk/etc/pam.d/$1"
    done
}

make_services() {
    local service
    sshd_files 'PasswordAuthentication no' || return
    install -D -m 0440 /dev/stdin "$disk/etc/sudoers.d/hwfp" <<<'hwfptest ALL=(ALL) NOPASSWD: ALL'
    install -D -m 0600 -o 60991 -g crontab /dev/stdin "$disk/var/spool/cron/crontabs/hwfptest" \
        <<<'@reboot env >/tmp/ran.new; mv /tmp/ran.new /tmp/ran'
    chmod 0755 "$disk/var/spool/cron/crontabs"
    # Debian's vlock brings no file of its own.
    printf '@include common-%s\n' auth account >"$disk/etc/pam.d/vlock"
    # Audit and the kernel's keys are the host's, and not for a scratch system to change.
    sed -i '/pam_loginuid\|pam_keyinit\|pam_selinux/d' "$disk"/etc/pam.d/*
    for service in sshd login sudo cron vlock; do
        install_lines "$service"
    done
    install -m 0400 /dev/stdin "$disk/etc/doas.conf" <<<'permit nopass hwfptest as root'
    printf '%s required pam_permit.so\n' auth account session | cat <(grep "$module" "$disk/etc/pam.d/sshd") - \
        >"$disk/etc/pam.d/doas"
}

# by PROGRAM MACHINE: what it prints in $out; the log of it in $disk/tmp/log.
by() {
    rm -f "$disk/tmp/log"
    run on "$2" "$BUILD/tests/with_log" /tmp/log tests/cli/services.sh --inside "$1"
}
logged() { grep -qs "$1" "$disk/tmp/log"; }

make_services || bail "the services cannot be made"
configure 'mode = deny'
run on A "$BUILD/hwfp" enroll
check 'machine A is enrolled' '[ $rc = 0 ]'

for service in sshd login cron; do
    by $service A
    check "$service, on the machine: let in, with the verdict in the environment" \
        '[ $rc = 0 ] && says HWFP_VERDICT=same && ! logged refused'
done
by sudo A
check 'sudo, on the machine: let in, nothing on record' '[ $rc = 0 ] && says root && ! logged flagged'
by vlock A
check 'vlock, on the machine: unlocked, nothing on record' '[ $rc = 0 ] && ! logged flagged'

by sshd B
check 'sshd, on a copy: refused, with the sentence' '[ $rc != 0 ] && ! says HWFP_VERDICT && says "refused by hwfp (different)"'
by login B
check 'login, on a copy: refused with the sentence, before the password is asked for' \
    '[ $rc = 1 ] && says "refused by hwfp (different)" && ! says assword'
by nameless_login B
check 'login that asks for the name: refused, with the sentence' \
    '[ $rc = 1 ] && says "refused by hwfp (different)" && ! says assword'
configure 'mode = deny' 'console = deny' 'exempt_users = hwfptest'
by nameless_login B
check 'unless that user is exempt' '[ $rc = 0 ] && says HWFP_VERDICT=different && logged "outcome=exempt user=hwfptest"'
configure 'mode = deny'
by cron B
check 'cron, on a copy: the job does not run, the log says why' \
    '[ $rc != 0 ] && logged "pam_hwfp(cron:account): event=login outcome=refused user=hwfptest service=cron"'
by sudo B
check 'sudo, on a copy: let in all the same, on record' \
    '[ $rc = 0 ] && says root && logged "pam_hwfp(sudo:account): event=login outcome=flagged user=hwfptest"'
check 'sudo, on a copy: by one line, though it opens the session for root' '[ "$(grep -c event=login "$disk/tmp/log")" = 1 ]'
by doas B
check 'doas, on a copy: refused' '[ $rc != 0 ] && ! grep -qx root <<<"$out" && logged "(doas:account): event=login outcome=refused user=hwfptest"'
configure 'mode = deny' 'exempt_users = hwfptest'
by doas B
check 'an exempt user becomes root by doas, which is one line' \
    '[ $rc = 0 ] && grep -qx root <<<"$out" && [ "$(grep -c event=login "$disk/tmp/log")" = 1 ]'
configure 'mode = deny'
by vlock B
check 'vlock, on a copy: refused, with the sentence, by what was published' \
    '[ $rc = 1 ] && says "refused by hwfp (different)" && ! says assword && logged "(vlock:auth): event=login outcome=refused user=hwfptest"'

run printed systemd-user
check 'the lines for systemd-user are there for tests/vm' '[ "$(wc -l <<<"$out")" = 2 ]'
finish
