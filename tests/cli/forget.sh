#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A machine that is forgotten stays so: whatever file of the vault is damaged afterwards, and
# wherever the change was interrupted. Below --root, which is quicker.
# shellcheck source=tests/pam/setup.bash
. "$(dirname "$0")/../pam/setup.bash"

home=$scratch/trees/A
away=$scratch/trees/B
hwfp() { run "$BUILD/hwfp" --root "$@"; }
put() { rm -rf "$2/var/lib/hwfp" && mkdir -p "$2/var/lib" && cp -a "$1" "$2/var/lib/hwfp"; }
field() { out=$(jq -r ".$2" < <("$BUILD/hwfp" --root "$1" --json status 2>/dev/null)); }
# verdict_of TREE FOLDER: what the tree's machine is to a vault.
verdict_of() { put "$2" "$1" && field "$1" verdict; }

hwfp "$home" enroll
field "$home" fingerprint
original=$out
put "$home/var/lib/hwfp" "$away"
hwfp "$away" accept
field "$away" fingerprint
copy=$out
put "$away/var/lib/hwfp" "$home"
cp -a "$home/var/lib/hwfp" "$scratch/both"
verdict_of "$away" "$scratch/both"
check 'two machines are trusted' '[ "$out" = same ] && [ ${#copy} = 36 ] && [ "$copy" != "$original" ]'

# The folder as it was left: $scratch/left. Forgotten or not, but nothing between: without either
# generation the vault can be read, and no fingerprint is lost.
trusts() { verdict_of "$away" "$scratch/left" && [ "$out" = same ]; }
all_on_record() {
    hwfp "$away" --json history && [[ $out == *$original* && $out == *$copy* ]] &&
        verdict_of "$home" "$1" && [ "$out" = same ]
}
left_safely() {
    local before=no missing
    rm -rf "$scratch/left" && cp -a "$home/var/lib/hwfp" "$scratch/left"
    trusts && before=yes
    all_on_record "$scratch/left" || return 1
    for missing in vault vault.old; do
        rm -rf "$scratch/without" && cp -a "$scratch/left" "$scratch/without"
        rm "$scratch/without/$missing" && verdict_of "$away" "$scratch/without" || return 1
        [ $before = yes ] || [ "$out" = different ] || return 1
        all_on_record "$scratch/without" || return 1
    done
    forgotten=$([ $before = yes ] && echo no || echo yes)
}

hwfp "$home" forget "$copy"
check 'one is forgotten' '[ $rc = 0 ]'
check 'and is different, without the vault or its previous generation, too' 'left_safely && [ $forgotten = yes ]'

killed=0 forgotten=no unsafe='' stuck='' made=0
for call in openat write fchmod fsync unlinkat linkat renameat renameat2; do
    for ((n = 1; n < 200; n++)); do
        put "$scratch/both" "$home"
        run strace -o /dev/null -e trace="$call" -e inject="$call:signal=KILL:when=$n" \
            "$BUILD/hwfp" --root "$home" forget "$copy"
        [ $rc = 137 ] || break
        killed=$((killed + 1))
        # Before the first write nothing can go wrong.
        cmp -s "$home/var/lib/hwfp/vault" "$scratch/both/vault" &&
            cmp -s "$home/var/lib/hwfp/vault.old" "$scratch/both/vault.old" && continue
        left_safely || unsafe+=" $call:$n"
        [ $forgotten = no ] || made=$((made + 1))
        [ $forgotten = yes ] || { put "$scratch/left" "$home" && hwfp "$home" forget "$copy" && [ $rc = 0 ]; } ||
            stuck+=" $call:$n"
    done
done
out="killed $killed times, $made times after it was made; unsafe:$unsafe; stuck:$stuck"
check "killed at $killed points: forgotten or not, and no fingerprint lost" '[ $killed -ge 15 ] && [ $made -ge 1 ] && [ -z "$unsafe" ]'
check 'it can be forgotten again' '[ -z "$stuck" ]'
finish
