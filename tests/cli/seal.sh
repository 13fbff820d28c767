#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A template: sealed, its copies enrol on their own; not sealed, a copy is caught; interrupted at
# any point, it lets no copy in and can be sealed again.
# shellcheck source=tests/pam/setup.bash
. "$(dirname "$0")/../pam/setup.bash"

vault=$disk/var/lib/hwfp
boot() { run on "$1" "$BUILD/hwfp-boot"; }
seal() { run on A "$BUILD/hwfp" seal --yes; }
published() { sed -n "s/^$1=//p" "$disk/run/hwfp/verdict" 2>/dev/null; }
files() { find "${1:-$vault}" -mindepth 1 -printf '%f\n' | LC_ALL=C sort | xargs; }
keep() { rm -rf "${scratch:?}/$1" && cp -a "$vault" "$scratch/$1"; }
restore() { rm -rf "$vault" && cp -a "$scratch/$1" "$vault"; }

configure 'mode = deny' 'settle = 2'

# Not sealed.
run on A "$BUILD/hwfp" enroll
boot A
home=$(published fingerprint)
boot B
check 'a copy of a template that was not sealed is caught' \
    '[ $rc = 1 ] && [ "$(published verdict)" = different ]'

# Whatever may lie in the folder: here the previous generation trusts B, as an older hwfp would have
# left it, and the vault no more.
run on B "$BUILD/hwfp" accept
copy=$(published fingerprint)
cp -a "$vault/vault" "$scratch/trusting"
run on A "$BUILD/hwfp" forget "$copy"
check 'the machine on which it was tried out is forgotten' '[ $rc = 0 ]'
mv "$scratch/trusting" "$vault/vault.old"
for name in vault.damaged-17 vault.old.damaged-17 key.damaged-17 vault.new key.new recovery \
    recovery.new ticket; do
    echo something >"$vault/$name"
done
echo mine >"$vault/notes"
chmod 0600 "$vault"/*
keep full
boot A

# Sealed.
restore full
for answer in n y ''; do
    run on A sh -c "echo $answer | $BUILD/hwfp seal"
    check "without a terminal it is not asked, and does nothing: ${answer:-an empty line}" '[ $rc = 2 ] &&
        [ "$out" = "hwfp: standard input is no terminal: --yes seals without asking" ] && [ -e "$vault/vault" ]'
done
seal
check 'with --yes it is sealed' '[ $rc = 0 ] && says "The vault is empty"'
check 'it says that the ticket is for the next boot' 'says "Power this system off now"'
check 'only the ticket is left, the lock, and what is not hwfp'\''s' '[ "$(files)" = "lock notes ticket" ]'
check 'the ticket is root'\''s alone, in a folder that is' \
    '[ "$(stat -c %a:%u "$vault/ticket")" = 600:0 ] && [ "$(stat -c %a "$vault")" = 700 ]'
check 'the published verdict is taken back' '[ ! -e "$disk/run/hwfp/verdict" ]'
run on A "$BUILD/hwfp" check
check 'until the next boot the template is unenrolled: a login does not use the ticket' \
    '[ $rc = 4 ] && [ -e "$vault/ticket" ]'
seal
check 'sealing twice is no error' '[ $rc = 0 ] && [ "$(files)" = "lock notes ticket" ]'

# Two clones.
keep sealed
boot A
first=$(published fingerprint)
check 'the first clone enrols' '[ $rc = 0 ] && [ "$(published verdict)" = same ]'
check 'under a fingerprint of its own' '[ ${#first} = 36 ] && [ "$first" != "$home" ]'
check 'its ticket is used up' '[ ! -e "$vault/ticket" ]'
keep first
restore sealed
boot B
second=$(published fingerprint)
check 'so does the second, separately' \
    '[ $rc = 0 ] && [ "$(published verdict)" = same ] && [ ${#second} = 36 ] && [ "$second" != "$first" ]'
check 'with a key of its own' '! cmp -s "$vault/key" "$scratch/first/key"'
boot A
check 'each knows the other'\''s machine as different' '[ $rc = 1 ]'
restore first
boot B
check 'and the other way round' '[ $rc = 1 ]'

# One use.
restore first
echo >"$vault/ticket"
boot A
check 'a ticket that an interrupted enrolment left beside the vault is used up at the next boot' \
    '[ $rc = 0 ] && [ ! -e "$vault/ticket" ] && [ "$(published fingerprint)" = "$first" ]'

# Killed at any point: at each call that changes something. Below --root, which is quicker.
home_tree=$scratch/trees/A
away_tree=$scratch/trees/B
mkdir -p "$home_tree/var/lib" "$away_tree/var/lib"
put() { rm -rf "$2/var/lib/hwfp" && cp -a "$1" "$2/var/lib/hwfp"; }
sealed() { [ "$(files "$home_tree/var/lib/hwfp")" = 'lock notes ticket' ]; }
kill_at() {
    put "$scratch/full" "$home_tree"
    run strace -o /dev/null -e trace="$1" -e inject="$1:signal=KILL:when=$2" \
        "$BUILD/hwfp" --root "$home_tree" seal --yes
}

# Sealed as a whole, or else no copy is let in.
left_safely() {
    local left=$home_tree/var/lib/hwfp
    if [ -e "$left/ticket" ] && [ ! -e "$left/vault" ] && [ ! -e "$left/vault.old" ]; then
        sealed
    else
        put "$left" "$away_tree"
        run "$BUILD/hwfp" --root "$away_tree" check
        [ $rc = 1 ] || [ $rc = 4 ]
    fi
}

put "$scratch/full" "$away_tree"
rm "$away_tree/var/lib/hwfp/vault"
run "$BUILD/hwfp" --root "$away_tree" check
check 'without the vault, its previous generation would let the copy in' '[ $rc = 0 ]'
killed=0 unsafe='' stuck=''
for call in unlinkat fsync renameat renameat2 fchmod; do
    for ((n = 1; n < 100; n++)); do
        kill_at $call $n
        [ $rc = 137 ] || break
        killed=$((killed + 1))
        left_safely || unsafe+=" $call:$n"
        run "$BUILD/hwfp" --root "$home_tree" seal --yes
        [ $rc = 0 ] && sealed || stuck+=" $call:$n"
    done
done
check "killed at $killed points: at none a copy is let in" '[ $killed -ge 15 ] && [ -z "$unsafe" ]'
[ -z "$unsafe" ] || echo "#$unsafe"
check 'each can be sealed again' '[ -z "$stuck" ]'
[ -z "$stuck" ] || echo "#$stuck"

# On a terminal.
restore full
on_terminal() { out=$(printf '%s\n' "$1" | on A script -qec "$BUILD/hwfp seal $2" /dev/null 2>&1); rc=$?; }
on_terminal n ''
check 'on a terminal it asks, and takes no for an answer' \
    '[ $rc = 1 ] && says "[y/N]" && says "nothing was sealed" && [ -e "$vault/vault" ]'
on_terminal '' ''
check 'an empty line is a no' '[ $rc = 1 ] && [ -e "$vault/vault" ]'
on_terminal yesterday ''
check 'nor is another word a yes' '[ $rc = 1 ] && [ -e "$vault/vault" ]'
for answer in y Y yes; do
    on_terminal $answer ''
    check "$answer seals" '[ $rc = 0 ] && says "[y/N]" && [ "$(files)" = "lock notes ticket" ]'
    restore full
done
on_terminal n --yes
check '--yes is not asked' '[ $rc = 0 ] && ! says "[y/N]" && [ "$(files)" = "lock notes ticket" ]'

# An image that is mounted elsewhere, enrolled or not, whole or not.
tree=$scratch/trees/U
run "$BUILD/hwfp" --root "$tree" seal --yes
check 'an image that never was enrolled gets a ticket' '[ $rc = 0 ] && [ -f "$tree/var/lib/hwfp/ticket" ]'
check 'nothing is said of powering off' '! says Power'
run "$BUILD/hwfp" --root "$tree" enroll
echo damage >"$tree/var/lib/hwfp/vault"
rm "$tree/var/lib/hwfp/key"
run "$BUILD/hwfp" --root "$tree" --json seal --yes
check 'an image with a damaged vault is sealed, too' \
    '[ $rc = 0 ] && says "\"sealed\":true" && [ "$(files "$tree/var/lib/hwfp")" = "lock ticket" ]'
exec 4>>"$tree/var/lib/hwfp/lock"
flock 4
run "$BUILD/hwfp" --root "$tree" seal --yes
check 'it waits for another change, but not for long' '[ $rc = 5 ] && says "holds /var/lib/hwfp/lock"'
exec 4>&-
finish
