#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A hundred logins at once on a machine that the disk has just been copied to: one of them makes the
# new fingerprint, and all of them carry it.

readonly LOGINS=100

# Inside the chamber: all at once, what each printed in a file of its own.
inside() {
    local i pids=() failed=0
    mkdir -p /tmp/logins
    for ((i = 0; i < LOGINS; i++)); do
        pamtester login hwfptest acct_mgmt open_session >"/tmp/logins/$i" 2>&1 &
        pids+=($!)
    done
    for i in "${pids[@]}"; do
        wait "$i" || failed=$((failed + 1))
    done
    return $((failed > 0))
}
if [ "${1:-}" = --inside ]; then
    inside
    exit
fi

# shellcheck source=tests/pam/setup.bash
. "$(dirname "$0")/../pam/setup.bash"

pam_service login
configure 'mode = flag'
run on A "$BUILD/hwfp" enroll
check 'machine A is enrolled' '[ $rc = 0 ]'

run on B "$BUILD/tests/with_log" /tmp/log tests/cli/logins.sh --inside
check "all of $LOGINS logins are let in" '[ $rc = 0 ]'

out=$(sed -n 's/^HWFP_FINGERPRINT=//p' "$disk"/tmp/logins/* | sort | uniq -c)
copy=$(awk '{ print $2 }' <<<"$out")
check 'all sessions carry one fingerprint' \
    '[ "$(wc -l <<<"$out")" = 1 ] && [ ${#copy} = 36 ] && grep -q "^ *$LOGINS " <<<"$out"'
out=$(grep -o ' fingerprint=[^ ]*' "$disk/tmp/log" | sort | uniq -c)
check 'all lines of the log carry it, one for each login' \
    '[ "$(wc -l <<<"$out")" = 1 ] && grep -q "^ *$LOGINS  fingerprint=$copy" <<<"$out"'
out=$(grep -c ' rotated=yes' "$disk/tmp/log")
check 'one login rotated' '[ "$out" = 1 ]'
run on B "$BUILD/hwfp" history
check 'the history knows of one rotation, to that fingerprint' \
    '[ "$(grep -cw rotate <<<"$out")" = 1 ] && grep -w rotate <<<"$out" | grep -q "$copy"'
run on B "$BUILD/hwfp" --json status
check 'the vault is whole, and names it' '[ "$(jq -r .fingerprint <<<"$out")" = "$copy" ]'
out=$(ls -A "$disk/var/lib/hwfp")
check 'no temporary file is left behind' '! grep -Eqi "tmp|temp|new" <<<"$out"'
finish
