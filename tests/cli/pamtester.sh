#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Logins by pamtester: on the machine of the enrolment, on another one with a copy of its disk, and
# at home again; and what pam_hwfp.so exports.
# shellcheck source=tests/pam/setup.bash
. "$(dirname "$0")/../pam/setup.bash"

login() { # MACHINE OPERATION...
    local machine=$1
    shift
    run on "$machine" sh -c 'echo hwfptest | exec pamtester -v login hwfptest "$@"' sh "$@"
}
variable() { sed -n "0,/^HWFP_$1=/s/^HWFP_$1=//p" <<<"$out"; }

pam_service login
configure 'mode = deny'
run on A "$BUILD/hwfp" enroll
check 'machine A is enrolled' '[ $rc = 0 ]'

login A authenticate acct_mgmt open_session close_session
home=$(variable FINGERPRINT)
check 'deny: A goes through every phase' '[ $rc = 0 ]'
check 'deny: the session on A is told that it is the same' \
    '[ "$(variable VERDICT)" = same ] && [ "$(variable SIMILARITY)" = 100 ] && [ ${#home} = 36 ]'

for operation in authenticate acct_mgmt open_session; do
    login B "$operation"
    check "deny: the copy is refused in $operation, with the sentence" \
        '[ $rc != 0 ] && says "login refused by hwfp (different)"'
done

configure 'mode = flag'
login B authenticate acct_mgmt open_session
copy=$(variable FINGERPRINT)
check 'flag: the copy is let in, flagged' \
    '[ $rc = 0 ] && [ "$(variable VERDICT)" = different ] && says "hwfp: this system is not on"'
check 'flag: the copy has a fingerprint of its own' '[ ${#copy} = 36 ] && [ "$copy" != "$home" ]'

configure 'mode = off'
login B acct_mgmt
check 'off: beside pam_unix the module has no opinion' '[ $rc = 0 ]'
login B open_session
check 'off: the session has no variables' '[ $rc = 0 ] && [ -z "$(variable VERDICT)" ]'

configure 'mode = deny'
login A acct_mgmt open_session
check 'the disk at home again is itself again' \
    '[ $rc = 0 ] && [ "$(variable FINGERPRINT)" = "$home" ] && [ "$(variable VERDICT)" = same ]'

configure 'mode = flag # only watch'
login A acct_mgmt open_session
check 'a comment behind a value is no error' '[ $rc = 0 ] && [ "$(variable VERDICT)" = same ]'
configure 'mode = dney'
login A acct_mgmt open_session
check 'an invalid mode locks nobody out where deny was never set' \
    '[ $rc = 0 ] && [ "$(variable VERDICT)" = error ]'
configure 'mode = deny' 'mode = flga'
login A acct_mgmt
check 'and lets nobody in where deny was set' '[ $rc != 0 ]'

run nm -D --defined-only "$BUILD/pam_hwfp.so"
check 'the module exports the five functions of its phases, and nothing else' \
    '[ "$(awk "\$3 !~ /^pam_sm_(authenticate|setcred|acct_mgmt|open_session|close_session)\$/" \
        <<<"$out")" = "" ] && [ "$(wc -l <<<"$out")" = 5 ]'
run nm -D --undefined-only "$BUILD/pam_hwfp.so"
check 'it cannot fork, log by itself, or set a signal' \
    '! grep -Eqw "v?fork|clone|system|popen|posix_spawnp?|exec[vl]p?e?|pthread_create|openlog|sigaction|signal|stderr|stdout" <<<"$(sed "s/@.*//" <<<"$out")"'
finish
