#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A file system without hard links: the previous generation is a copy then, and as safe.
# shellcheck source=tests/pam/setup.bash
. "$(dirname "$0")/../pam/setup.bash"

home=$scratch/trees/A
vault=$home/var/lib/hwfp
# threshold N [INJECTION]: a change, where link(2) fails.
threshold() {
    run strace -qq -o "$scratch/calls" -e trace=linkat"${2:+,${2%%:*}}" -e inject=linkat:error="$error" \
        ${2:+-e "inject=$2"} "$BUILD/hwfp" --root "$home" threshold "$1"
}
# reads FILE N: this generation alone is whole, and has that threshold.
reads() {
    rm -rf "$scratch/alone" && mkdir -p "$scratch/alone/var/lib" && cp -a "$vault" "$scratch/alone/var/lib/" &&
        find "$scratch/alone/var/lib/hwfp" -name 'vault*' ! -name "$1" -delete &&
        [ "$("$BUILD/hwfp" --root "$scratch/alone" --json threshold 2>/dev/null | jq .threshold)" = "$2" ]
}

"$BUILD/hwfp" --root "$home" enroll >/dev/null && "$BUILD/hwfp" --root "$home" threshold 41 >/dev/null || bail "no vault"
threshold=41
for error in EPERM EOPNOTSUPP ENOSYS EMLINK; do
    before=$threshold
    threshold=$((threshold + 1))
    threshold $threshold
    check "$error: the change is made, the previous generation kept" \
        '[ $rc = 0 ] && grep -q INJECTED "$scratch/calls" && reads vault $threshold && reads vault.old $before'
    check "$error: with nothing beside them" '[ "$(ls "$vault" | xargs)" = "key lock vault vault.old" ]'
done
error=EIO
threshold 60
check 'any other error is told, and changes nothing' '[ $rc = 5 ] && says "Input/output error" && reads vault $threshold'
check 'nor does it leave anything' '[ "$(ls "$vault" | xargs)" = "key lock vault vault.old" ]'

# ---- Killed amid it. ----

error=EPERM killed=0 unsafe=''
cp -a "$vault" "$scratch/kept"
for call in openat write fchmod fsync unlinkat renameat renameat2; do
    for ((n = 1; n < 200; n++)); do
        rm -rf "$vault" && cp -a "$scratch/kept" "$vault"
        threshold 70 "$call:signal=KILL:when=$n"
        [ $rc = 137 ] || break
        killed=$((killed + 1))
        { reads vault 70 && reads vault.old $threshold; } ||
            { reads vault $threshold && { reads vault.old $threshold || reads vault.old $before; }; } ||
            unsafe+=" $call:$n"
    done
done
out="killed $killed times; unsafe:$unsafe"
check "killed at $killed points: two whole generations each time" '[ $killed -ge 15 ] && [ -z "$unsafe" ]'
finish
