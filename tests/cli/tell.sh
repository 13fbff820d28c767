#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What people are told beside that it is done: what it means, what comes next, who may.
# shellcheck source=tests/pam/setup.bash
. "$(dirname "$0")/../pam/setup.bash"

hwfp=$(realpath "$BUILD")/hwfp
tree=$scratch/trees/A
hwfp() { run "$hwfp" --root "$tree" "$@"; }

# ---- A threshold of -1. ----

hwfp enroll
hwfp threshold -1
check 'a threshold of -1 is warned of' '[ $rc = 0 ] && says "With the threshold -1 any hardware passes as the same."'
hwfp status
check 'and status does not promise to tell copies apart' \
    '[ $rc = 0 ] && says "the comparison is off" && ! says "copied image"'
hwfp --json threshold -1
check 'for programs there is the number' '[ "$out" = "{\"schema\":1,\"threshold\":-1}" ]'
hwfp threshold 40
check 'of another one nothing is said' '[ "$out" = 40 ]'
hwfp status
check 'and status promises again' 'says "strong: a copied image and a moved disk are different"'

# ---- No vault, no right, nothing to be known by. ----

rm -r "$tree/var/lib/hwfp"
for command in accept rotate "forget 11111111-1111-4111-8111-111111111111" threshold 'threshold 50' history recovery diff; do
    # shellcheck disable=SC2086 # several words
    hwfp $command
    check "$command without a vault says what makes one" \
        '[ $rc != 0 ] && [[ $out == "hwfp: there is no vault: /var/lib/hwfp"*" is missing; hwfp enroll makes one" ]]'
done
hwfp recovery --status
check 'other things that are missing are not for enroll to make' '[ $rc = 1 ] && ! says enroll'
hwfp enroll
unknown=11111111-1111-4111-8111-111111111111
for command in accept diff forget; do
    hwfp "$command" $unknown
    check "$command: nor is a machine, which is one sentence and a mistake in the command line" \
        '[ $rc = 2 ] && [ "$out" = "hwfp: unknown fingerprint \"$unknown\": no machine on record has it (see hwfp history)" ]'
done
run on A "$BUILD/hwfp" --quiet enroll
user='setpriv --reuid 60991 --regid 60991 --clear-groups'
for command in history threshold rotate 'gate nginx'; do
    # shellcheck disable=SC2086 # several words
    run on A $user "$BUILD/hwfp" $command
    check "$command by an ordinary user: only root may" \
        '[ $rc = 5 ] && [[ $out == "hwfp: "*": Permission denied; only root may" ]]'
done
echo 'cpu.count = 1' >"$scratch/nothing.facts"
"$BUILD/tests/mktree" "$scratch/trees/nothing" "$scratch/nothing.facts" || bail 'no tree'
run "$hwfp" --root "$scratch/trees/nothing" enroll
check 'of a machine that nothing tells from others it is said what that means' \
    '[ $rc = 0 ] && says "The strength of its identity is none: this machine can never be same."'
finish
