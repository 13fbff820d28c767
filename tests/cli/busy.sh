#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A busy machine: while something is renamed or mounted anywhere, the kernel does not follow a ".." below
# a --root (EAGAIN of openat2(2)), and a mount namespace that is made keeps it from doing so for many tries.
# shellcheck source=tests/pam/setup.bash
. "$(dirname "$0")/../pam/setup.bash"

home=$scratch/trees/A
# check_with [OPTION...]: strace's. The machine that runs this may be busy, too: tries in vain are counted apart.
check_with() {
    run strace -qq -o "$scratch/calls" -e trace=openat2 "$@" "$BUILD/hwfp" --root "$home" --json check --no-rotate
    opened=$(grep -c -v EAGAIN "$scratch/calls") in_vain=$(grep -c EAGAIN "$scratch/calls")
}

"$BUILD/hwfp" --root "$home" enroll >/dev/null || bail "no vault"
check_with
quiet=$out calls=$opened
out="$calls calls, similarity $(jq .similarity <<<"$out")"
check 'the files below a root are opened by openat2(2)' '[ $rc = 0 ] && [ "$calls" -ge 40 ] && says "similarity 100"'

# Wherever it begins, so that each kind of evidence is once what it meets. The first file is the configuration.
wrong=
for ((at = 1; at <= calls; at += 3)); do
    check_with -e inject=openat2:error=EAGAIN:when=$at..$((at + 39))
    [ $rc = 0 ] && [ "$out" = "$quiet" ] && [ "$opened" = "$calls" ] && [ "$in_vain" -ge 40 ] || wrong="$wrong $at"
done
out="wrong where it began at call${wrong:- 0 of all}"
check '40 tries that fail one after the other change nothing' '[ -z "$wrong" ]'

SECONDS=0
check_with -e inject=openat2:error=EAGAIN
check 'where it fails for ever, it ends, and with an error' \
    '[ $rc = 5 ] && says "Resource temporarily unavailable" && [ $SECONDS -lt 60 ]'
finish
