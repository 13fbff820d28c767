#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What goes wrong with real disks, files and signals: each has one clear line and a documented exit
# status, and nothing is lost. The byte-by-byte damage is in tests/unit/test_vault.c.
# shellcheck source=tests/pam/setup.bash
. "$(dirname "$0")/../pam/setup.bash"

vault=$disk/var/lib/hwfp
hwfp=$BUILD/hwfp
field() { jq -r ".$1" <<<"$out"; }
one_line() { [ "$(wc -l <<<"$out")" = 1 ]; }
whole() { on A "$hwfp" --json status | jq -e '.problem == null and .verdict != "error"' >/dev/null; }

configure 'mode = flag'
pam_service login
run on A "$hwfp" enroll
check 'machine A is enrolled' '[ $rc = 0 ]'
for number in +5 05 ' 5' 5x '' 0 101; do
    run on A "$hwfp" threshold "$number"
    check "a threshold of '$number' is a mistake" '[ $rc = 2 ] && says "no similarity threshold"'
done
run on A "$hwfp" threshold 50
cp -a "$vault" "$scratch/kept"
restore() { rm -rf "$vault"; cp -a "$scratch/kept" "$vault"; }
home=$(on A "$hwfp" --json status | jq -r .fingerprint)

# ---- The vault's files. ----

quiet_status() { run on A "$hwfp" --quiet status; }

rm "$vault/vault" "$vault/vault.old"
quiet_status
check 'vault missing: unenrolled, 4' '[ $rc = 4 ]'
restore
: >"$vault/vault"
quiet_status
check 'vault empty: the previous generation, and a line that says so' \
    '[ $rc = 0 ] && one_line && says "/var/lib/hwfp/vault" && says "previous generation"'
for command in status check diff threshold history simulate 'export prometheus' 'export inventory' \
    "accept $home" rotate 'threshold 56'; do
    restore
    : >"$vault/vault"
    # shellcheck disable=SC2086 # several words
    run on A "$hwfp" $command
    check "$command: likewise" '[ $rc = 0 ] && [ "$(grep -c "^hwfp: .*previous generation" <<<"$out")" = 1 ]'
done
restore
: >"$vault/vault"
run on A "$hwfp" threshold 55
check 'the next change makes it whole, and keeps the damaged one' 'whole && ls "$vault" | grep -q damaged'
restore
: >"$vault/vault"
: >"$vault/vault.old"
quiet_status
check 'both generations empty: error, 5' '[ $rc = 5 ] && one_line && says "/var/lib/hwfp/vault is damaged"'
check 'and no threshold is made up' \
    '[ "$(on A "$hwfp" --json status 2>/dev/null | jq .threshold)" = null ] &&
     ! on A "$hwfp" export prometheus 2>/dev/null | grep -q hwfp_similarity_threshold'
restore
chmod 0620 "$vault/vault"
quiet_status
check 'vault writable by the group: error, 5' '[ $rc = 5 ] && one_line && says "mode 0620"'
restore
chown 60991 "$vault/vault"
quiet_status
check "vault of another owner's: error, 5" '[ $rc = 5 ] && one_line && says "owned by user 60991; expected root"'
restore
ln -sf vault.old "$vault/vault"
quiet_status
check 'vault a symbolic link: error, 5' '[ $rc = 5 ] && one_line && says "symbolic link"'
restore
rm "$vault/vault"
mkfifo "$vault/vault"
quiet_status
check 'vault a FIFO: error, 5, and no hang' '[ $rc = 5 ] && one_line && says "not a regular file"'
restore
rm "$vault/key"
quiet_status
check 'key missing: error, 5' '[ $rc = 5 ] && one_line && says "/var/lib/hwfp/key"'
restore
sed -i 's/[0-9a-f]$/x/' "$vault/key"
quiet_status
check 'key damaged: error, 5' '[ $rc = 5 ] && one_line && says "/var/lib/hwfp/key is damaged"'
run on A "$hwfp" enroll --again
check 'enroll --again starts over, and puts what it cannot use aside' \
    '[ $rc = 0 ] && whole && ls "$vault" | grep -q "^key.damaged" && ls "$vault" | grep -q "^vault.damaged"'
restore
sed -i '1s/^hwfp-vault [0-9]*/hwfp-vault 99/' "$vault/vault"
quiet_status
check 'a version that was not written so is damage' '[ $rc = 0 ] && says "previous generation"'
restore

# ---- The configuration. ----

configure 'mode = flag' 'colour = blue'
quiet_status
check 'unknown key: file and line, 5' '[ $rc = 5 ] && one_line && says "/etc/hwfp/hwfp.conf:2" && says colour'
configure 'settle = soon'
quiet_status
check 'bad number: file, line and what was expected, 5' \
    '[ $rc = 5 ] && one_line && says "/etc/hwfp/hwfp.conf:1" && says settle && says 600'
{ echo 'mode = flag'; printf 'exempt_users = '; head -c 1048576 /dev/zero | tr '\0' a; echo; } \
    >"$disk/etc/hwfp/hwfp.conf"
quiet_status
check 'a line of 1 MiB: one short line, 5' '[ $rc = 5 ] && one_line && [ ${#out} -lt 300 ] && says "/etc/hwfp/hwfp.conf"'
{ echo 'mode = flag'; printf 'exempt_users = '; head -c 20000 /dev/zero | tr '\0' a; echo; } \
    >"$disk/etc/hwfp/hwfp.conf"
quiet_status
check 'a line too long for the parser: file and line, 5' \
    '[ $rc = 5 ] && one_line && [ ${#out} -lt 300 ] && says "/etc/hwfp/hwfp.conf:2"'
configure 'mode = flag'
chmod 0666 "$disk/etc/hwfp/hwfp.conf"
quiet_status
check 'a configuration that others may write: 5' '[ $rc = 5 ] && one_line && says "/etc/hwfp/hwfp.conf"'
rm "$disk/etc/hwfp/hwfp.conf"
configure 'mode = flag'

# ---- The lock. ----

# shellcheck disable=SC2016 # expanded inside
run on A sh -c 'flock -F /var/lib/hwfp/lock sleep 600 & echo holder $!
    until flock -n -E 9 /var/lib/hwfp/lock true; [ $? = 9 ]; do :; done
    "$0" threshold 41; rc=$?; kill $!; exit $rc' "$hwfp"
check 'a lock that is held: a bounded wait, and the holder is named' \
    '[ $rc = 5 ] && says "another process, $(sed -n "s/^holder //p" <<<"$out"), holds /var/lib/hwfp/lock"'

# ---- Disks that take nothing. Inside the chamber's own mount namespace. ----

# Two checks, and the vault byte for byte as it was.
twice='sha256sum /var/lib/hwfp/vault >/tmp/before; "$0" --json check; a=$?; "$0" --json check
       echo "$a $?"; sha256sum -c --quiet /tmp/before'
fingerprints() { grep '^{' <<<"$out" | jq -r '.fingerprint // "none"' | sort -u; }

run on B sh -c "mount --bind /var/lib/hwfp /var/lib/hwfp && mount -o remount,bind,ro /var/lib/hwfp &&
    { $twice; }" "$hwfp"
unsaved=$(fingerprints)
check '/var read-only: different, with one unsaved fingerprint for this boot' \
    '[ $rc = 0 ] && says "1 1" && says "\"unsaved\":true" && [ ${#unsaved} = 36 ] && [ "$unsaved" != "$home" ]'
check 'and a line that says that it was not recorded' 'says "could not be recorded" && says "Read-only"'
run on B "$hwfp" --json check
check 'writable again: that fingerprint is saved' \
    '[ $rc = 1 ] && [ "$(field fingerprint)" = "$unsaved" ] && [ "$(field rotated)" = true ]'
restore

full='mount -t tmpfs -o size=64k,mode=0700 tmpfs /mnt && cp -a /var/lib/hwfp/. /mnt &&
      mount --move /mnt /var/lib/hwfp && { dd if=/dev/zero of=/var/lib/hwfp/fill bs=1k 2>/dev/null; true; }'
mkdir -p "$disk/mnt"
run on B sh -c "$full && { $twice; }" "$hwfp"
check '/var full: different, one unsaved fingerprint, the vault as it was' \
    '[ $rc = 0 ] && says "1 1" && says "\"unsaved\":true" && [ "$(fingerprints | wc -w)" = 1 ] && says "No space"'
run on B sh -c "$full; rm -rf /run/hwfp; mount -t tmpfs -o size=4k,ro tmpfs /run && { $twice; }" "$hwfp"
check '/var full and /run read-only: different, and no fingerprint that would not last' \
    '[ $rc = 0 ] && says "1 1" && [ "$(fingerprints)" = none ]'
run on A sh -c "$full && exec \"\$0\" --json check" "$hwfp"
check '/var full at home: the same, whatever it cannot write' '[ $rc = 0 ] && [ "$(field verdict)" = same ]'
if can_login; then
    run on B sh -c "$full && echo hwfptest | pamtester login hwfptest authenticate acct_mgmt open_session"
    check '/var full in flag: the login is let in, and flagged' '[ $rc = 0 ] && says HWFP_VERDICT=different'
    configure 'mode = deny'
    run on B sh -c "$full && pamtester login hwfptest acct_mgmt"
    check '/var full in deny: the copy is refused all the same' '[ $rc != 0 ] && says "refused"'
    run on A sh -c "$full && pamtester login hwfptest acct_mgmt"
    check '/var full in deny: the right machine is let in' '[ $rc = 0 ]'
fi
configure 'mode = flag'

# ---- Killed at any moment. ----

killed=0
for i in $(seq 40); do
    # From before it starts until after it is done: about 0 to 20 ms.
    timeout -s KILL "0.0$(printf '%02d' $((i / 2)))1" tests/chamber "$disk" --tree "$scratch/trees/A" -- \
        "$hwfp" --quiet threshold $((i + 1)) >/dev/null 2>&1
    [ $? = 137 ] && killed=$((killed + 1))
    whole || break
done
out="$killed of $i were killed"
check 'killed at any moment of a change, the vault is whole' '[ "$i" = 40 ] && whole'
for i in $(seq 20); do
    run on A sh -c "\"\$0\" --quiet threshold $((i + 1)) & \"\$0\" --quiet threshold $((i + 50)) &
        sleep 0.00$((i % 10)); kill -KILL %1 %2 2>/dev/null; wait; exec \"\$0\" --json status" "$hwfp"
    [ "$(field problem)" = null ] && [ "$(field fingerprint)" = "$home" ] || break
done
check 'killed while two change it at once, the vault is whole' '[ "$i" = 20 ] && [ "$(field verdict)" = same ]'
finish
