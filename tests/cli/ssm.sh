#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# `hwfp ssm` beside vaults in amazon-ssm-agent's exact format: each of its rules, each fault of its
# files, programs that hang, and --adopt. The agent's values are made here as it makes them, with
# the real dmidecode and ls, in a scratch system on machine A.
# shellcheck source=tests/pam/setup.bash
. "$(dirname "$0")/../pam/setup.bash"

# Sometimes under valgrind; it is a few words.
# shellcheck disable=SC2206
hwfp=(${HWFP_WRAP:-} "$BUILD/hwfp")
vault=$disk/var/lib/amazon/ssm/Vault
manifest=$vault/Manifest
store=$vault/Store/InstanceFingerprint
readonly AGENTS=6f1c9d04-52d1-4a6e-8a3b-0d9a6f2f7c11 OTHER=0b9e55b4-1f0e-4b58-9d7e-3a2d5c8e9f10

configure 'mode = flag'
printf 'LANG="C.UTF-8"\n' >"$disk/etc/locale.conf"
echo sample >"$disk/etc/hostname"

# What every start of the machine brings: file systems, an address and an interface.
cat >"$disk/opt/start" <<'END'
#!/bin/bash
mkdir -p /dev/disk/by-uuid
ln -s ../../sda1 /dev/disk/by-uuid/1c2f5a5e-0d3b-4c56-9d53-7a0a6e4f1b22
touch -h -d '2020-02-03 04:05' /dev/disk/by-uuid/*
ip address add 192.0.2.7/32 dev lo
ip link add hwfp0 address 02:00:5e:10:20:30 type dummy 2>/dev/null ||
    ip link add hwfp0 address 02:00:5e:10:20:30 type veth peer address 02:00:5e:10:20:31 2>/dev/null
exec "$@"
END
# The agent's registration: its nine values, and its two files.
cat >"$disk/opt/register" <<'END'
#!/bin/bash
hashed() {
    local digest
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 "$@" </dev/null >/tmp/output 2>/dev/null || return 0
    digest=$(md5sum </tmp/output)
    printf '%b' "$(sed 's/../\\x&/g' <<<"${digest%% *}")" | base64
}
umask 077
mkdir -p /var/lib/amazon/ssm/Vault/Store
jq -cn --arg fingerprint "$1" --rawfile id /etc/machine-id \
    --arg processor "$(hashed /usr/sbin/dmidecode -t processor)" \
    --arg memory "$(hashed /usr/sbin/dmidecode -t memory)" \
    --arg bios "$(hashed /usr/sbin/dmidecode -t bios)" \
    --arg system "$(hashed /usr/sbin/dmidecode -t system)" \
    --arg disk "$(hashed ls -l /dev/disk/by-uuid)" --arg host "$(uname -n)" --arg ip 192.0.2.7 \
    --arg mac "$(ip -o link | sed -n 's,.*link/ether \([0-9a-f:]*\).*,\1,p' | head -n 1)" \
    '{fingerprint: $fingerprint, hardwareHash: {"bios-hash": $bios, "disk-info": $disk,
      "hostname-info": $host, "ipaddress-info": $ip, "macaddr-info": $mac, "machine-id": $id,
      "memory-hash": $memory, "processor-hash": $processor, "system-hash": $system},
      similarityThreshold: 40}' | tr -d '\n' >/var/lib/amazon/ssm/Vault/Store/InstanceFingerprint
printf '{"InstanceFingerprint":"/var/lib/amazon/ssm/Vault/Store/InstanceFingerprint","RegistrationKey":"/x"}' \
    >/var/lib/amazon/ssm/Vault/Manifest
END
chmod 0755 "$disk/opt/start" "$disk/opt/register"

started() { on A /opt/start "$@"; }
ssm() { run started "${hwfp[@]}" "$@" ssm; }
ssm_json() { out=$(started "${hwfp[@]}" --json ssm 2>/dev/null); rc=$?; }
field() { jq -r ".$1" <<<"$out"; }
match() { jq -r ".values[] | select(.name == \"$1\") | .match" <<<"$out"; }
one_line() { [ "$(wc -l <<<"$out")" = 1 ]; }
restore() { rm -rf "$vault"; cp -a "$scratch/kept" "$vault"; }
# agent EXPRESSION...: another thing in the agent's store, by jq.
agent() {
    restore
    jq -c "$*" "$scratch/kept/Store/InstanceFingerprint" | tr -d '\n' >"$store"
}
judged() { [ $rc = "$1" ] && [ "$(field decision)" = "$2" ] && [ "$(field rule)" = "$3" ]; }

ssm
check 'no agent: refused, 1, in one line' '[ $rc = 1 ] && one_line && says "not installed or not registered"'
started /opt/register "$AGENTS"
cp -a "$vault" "$scratch/kept"

# ---- The values, against real dmidecode and ls. ----

ssm
check 'unchanged: kept, 0' '[ $rc = 0 ] && says "9 of 9 equal: 100.0 %" && says "keeps its fingerprint $AGENTS"'
check 'without a vault of its own hwfp has no verdict' '! says "own verdict"'
ssm_json
for name in machine-id processor-hash memory-hash bios-hash system-hash hostname-info ipaddress-info \
    disk-info; do
    check "$name is what the agent has" '[ "$(match $name)" = matches ]'
done
check 'macaddr-info is what the agent has' \
    '[ "$(match macaddr-info)" = "$(jq -r "if .hardwareHash[\"macaddr-info\"] == \"\" then \"empty on both sides\"
        else \"matches\" end" "$store")" ]'
check 'JSON tells the rule and the count' \
    'judged 0 keep ip-address && [ "$(field equal) $(field of) $(field unknown) $(field percent)" = "9 9 0 100" ]'
check 'and the fingerprint, the threshold, and no problem' \
    '[ "$(field fingerprint) $(field threshold) $(field problem) $(field hwfp)" = "$AGENTS 40 null null" ]'
agent '.hardwareHash["machine-id"] |= rtrimstr("\n")'
ssm_json
check 'the machine-id is compared with its newline' '[ "$(match machine-id)" = differs ] && judged 1 rotate machine-id'

# ---- Its rules. ----

agent '.hardwareHash |= map_values("x") | .similarityThreshold = -1'
ssm_json
check 'threshold -1: kept, whatever differs' 'judged 0 keep threshold-off && [ "$(field equal)" = 0 ]'
agent '.hardwareHash = {}'
ssm_json
check 'no values on record: rotated, 1' 'judged 1 rotate nothing-saved'
agent 'del(.hardwareHash)'
ssm
check 'hardwareHash missing: rotated, and it is said' \
    '[ $rc = 1 ] && says "no hardwareHash" && says "registration is lost: it has no values on record"'
agent '.hardwareHash["machine-id"] = "0123456789abcdef0123456789abcdef\n"'
ssm
check 'another machine-id: rotated, though the other 8 are equal' \
    '[ $rc = 1 ] && says "8 of 9 equal" && says "the machine-id differs, and it looks at nothing else"'
agent '.hardwareHash |= with_entries(if .key == "machine-id" or .key == "ipaddress-info" then . else .value = "x" end)'
ssm_json
check 'the same IP address: kept, though the other 7 differ' 'judged 0 keep ip-address && [ "$(field equal)" = 2 ]'
some='.hardwareHash |= with_entries(if (.key | IN("machine-id", "bios-hash", "disk-info", "system-hash")) then .
      else .value = "x" end)'
agent "$some | .similarityThreshold = 44"
ssm
check '4 of 9 are at least 44: kept' '[ $rc = 0 ] && says "4 of 9 values are equal, 44.4 %, at least its threshold of 44"'
agent "$some | .similarityThreshold = 45"
ssm
check '4 of 9 are below 45: rotated' '[ $rc = 1 ] && says "4 of 9 values are equal, 44.4 %, below its threshold of 45"'
agent "$some"
run on A "${hwfp[@]}" --json ssm
check 'an address that is not there differs from one that is' '[ "$(match ipaddress-info)" = differs ]'
agent "$some | .hardwareHash[\"ipaddress-info\"] = \"\""
run on A "${hwfp[@]}" --json ssm
check 'two addresses that are not there are equal: kept' \
    'judged 0 keep ip-address && [ "$(match ipaddress-info)" = "empty on both sides" ]'

# ---- Programs. ----

# in_place_of_dmidecode LINE...: a script that the chamber's dmidecode is replaced by.
in_place_of_dmidecode() {
    { echo '#!/bin/bash'; printf '%s\n' "$@"; } >"$disk/opt/dmidecode"
    chmod 0755 "$disk/opt/dmidecode"
}
replaced() {
    run started sh -c 'mount --bind /opt/dmidecode /usr/sbin/dmidecode && exec "$@"' sh \
        "${hwfp[@]}" --json ssm --timeout "$1" 2>/dev/null
}
# Whoever holds the lock is alive: the script, or what it started.
none_left() { flock -w 20 "$disk/tmp/held" true; }
json_only() { out=$(grep '^{' <<<"$out"); }

agent '.hardwareHash["ipaddress-info"] = "192.0.2.8"'
in_place_of_dmidecode 'echo "SMBIOS cannot be read"; exit 1'
replaced 5
check 'a dmidecode that fails gives empty values' '[ "$(match bios-hash) $(match system-hash)" = "differs differs" ]'
agent '.hardwareHash["ipaddress-info"] = "192.0.2.8" | .hardwareHash["bios-hash", "system-hash",
    "memory-hash", "processor-hash"] = ""'
replaced 5
check 'which are equal to empty ones' 'judged 0 keep count && [ "$(match bios-hash)" = "empty on both sides" ]'
in_place_of_dmidecode 'exec 9>/tmp/held; flock 9; [ "$2" != memory ] || { sleep 1000 & wait; }; exit 1'
replaced 1
check 'a dmidecode that hangs is said by name' 'says "dmidecode -t memory did not end within 1 s"'
json_only
check 'and then it cannot be told what the agent does, 3' \
    '[ $rc = 3 ] && [ "$(field decision) $(field rule) $(match memory-hash)" = "unknown null unknown" ]'
check 'nothing that it started is left' none_left
in_place_of_dmidecode 'exec 9>/tmp/held; flock 9; [ "$2" != bios ] || { exec >&-; sleep 1000; }; exit 1'
replaced 1
check 'one that closes its output and lives on is not waited for' \
    '[ $rc = 3 ] && says "dmidecode -t bios did not end within 1 s" && none_left'
in_place_of_dmidecode '[ "$2" != system ] || exec cat /dev/zero; exit 1'
replaced 60
check 'one that prints without end is stopped' '[ $rc = 0 ] && says "dmidecode -t system printed too much"'
json_only
check 'which changes nothing where the others decide' '[ "$(match system-hash) $(field rule)" = "unknown count" ]'
restore
run started env --ignore-signal=CHLD "${hwfp[@]}" ssm
check 'a caller that ignores SIGCHLD changes nothing' '[ $rc = 0 ] && says "9 of 9 equal"'
printf '#!/bin/sh\nenv >/tmp/environment\n' >"$disk/opt/ls"
chmod 0755 "$disk/opt/ls"
printf '# a comment\nLANG="de_DE.UTF-8"\nLC_TIME=C\nTZ=UTC\n' >"$disk/etc/locale.conf"
run started sh -c 'mount -t tmpfs -o mode=0755 tmpfs /usr/local/bin && cp -p /opt/ls /usr/local/bin/ && exec "$@"' \
    sh env SECRET=1 PATH=/usr/bin LC_ALL=tlh "${hwfp[@]}" ssm
out=$(grep -v '^\(PWD\|SHLVL\|_\)=' "$disk/tmp/environment" | sort | tr '\n' ' ')
check 'ls is found, and runs, by the PATH and the locale that systemd gives the agent' \
    '[ "$out" = "LANG=de_DE.UTF-8 LC_TIME=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin " ]'
printf 'LANG="C.UTF-8"\n' >"$disk/etc/locale.conf"

# ---- Below --root. ----

# Without the wrapper: valgrind complains of openat2(2), which it does not know.
below_root() { run "$BUILD/hwfp" --root "$disk" ssm "$@"; }

agent '.hardwareHash["hostname-info"] = "sample"'
below_root
check 'below --root: cannot be told, 3, and it is said why' \
    '[ $rc = 3 ] && says "2 of 9 equal, 7 unknown" && says "below --root only" && says "cannot be told"'
below_root --json
json_only
check 'the files are compared' \
    '[ "$(match machine-id) $(match hostname-info) $(match bios-hash)" = "matches matches unknown" ]'
agent '.hardwareHash["machine-id"] = "x"'
below_root
check 'where a file decides, that is told' '[ $rc = 1 ] && says "the machine-id differs"'
agent '.similarityThreshold = 22 | .hardwareHash["hostname-info"] = "sample"'
below_root
check 'and where the known ones are enough' '[ $rc = 0 ] && says "at least its threshold of 22"'
mkdir "$scratch/outside" && cp -a "$store" "$scratch/outside/"
jq -c ".InstanceFingerprint = \"/../../$scratch/outside/InstanceFingerprint\"" "$scratch/kept/Manifest" >"$manifest"
below_root
check 'no path of the manifest leads out of the tree' '[ $rc = 5 ] && says "which /var/lib/amazon/ssm/Vault/Manifest names, is missing"'
restore

# ---- Faults of the agent's vault: one clear line each. ----

# Files are read in the same way below --root, and without a scratch system that is quicker.
fault() { below_root --quiet; }
expected() { [ $rc = "$1" ] && one_line && says "$2"; }

rm "$manifest"
fault
check 'manifest missing: 5' 'expected 5 "/Vault/Manifest is missing" && says "will make a new fingerprint"'
rm "$store"
fault
check 'an empty vault, as on a machine that is not registered: 1' 'expected 1 "not registered"'
restore
truncate -s 40 "$manifest"
fault
check 'manifest truncated: 5' 'expected 5 "Manifest is not one JSON object" && says "fails at every start"'
: >"$manifest"
fault
check 'manifest empty: 5' 'expected 5 "Manifest is empty"'
printf '{"RegistrationKey":"/x"}' >"$manifest"
fault
check 'manifest without the key: 5' 'expected 5 "has no path for the key InstanceFingerprint"'
printf '{"InstanceFingerprint":"Store/InstanceFingerprint"}' >"$manifest"
fault
check 'manifest with a relative path: 5' 'expected 5 "expected an absolute path"'
printf '{"InstanceFingerprint":{}}' >"$manifest"
fault
check 'manifest with something else than a path: 5' 'expected 5 "has no path for the key"'
restore
rm "$store"
fault
check 'store missing: 5' 'expected 5 "/Store/InstanceFingerprint, which" && says "is missing"'
: >"$store"
fault
check 'store empty: 5, and the fault of the agent that follows' 'expected 5 "InstanceFingerprint is empty" && says "threshold as 0"'
head -c 100 "$scratch/kept/Store/InstanceFingerprint" >"$store"
fault
check 'store truncated: 5' 'expected 5 "InstanceFingerprint is not one JSON object" && says "threshold as 0"'
head -c 1000 /dev/urandom >"$store"
fault
check 'store no JSON: 5' 'expected 5 "is not one JSON object"'
echo '[1]' >"$store"
fault
check 'store no object: 5' 'expected 5 "is not one JSON object"'
{ cat "$scratch/kept/Store/InstanceFingerprint"; echo x; } >"$store"
fault
check 'store with something behind the object: 5' 'expected 5 "is not one JSON object"'
head -c 2000000 /dev/zero >"$store"
fault
check 'store of 2 MB: 5' 'expected 5 "cannot be read: File too large"'
agent '.hardwareHash["bios-hash"] = 7'
fault
check 'a value that is no text: 5' 'expected 5 "a value of hardwareHash is not a string"'
agent '.hardwareHash = "x"'
fault
check 'hardwareHash that is no object: 5' 'expected 5 "hardwareHash is not an object"'
agent '.similarityThreshold = "40"'
fault
check 'a threshold that is text: 5' 'expected 5 "similarityThreshold is not a whole number"'
agent '.similarityThreshold = 40.5'
fault
check 'a threshold that is not whole: 5' 'expected 5 "similarityThreshold is not a whole number"'
agent '.fingerprint = 1'
fault
check 'a fingerprint that is no text: 5' 'expected 5 "fingerprint is not a string"'
for file in "$manifest" "$store"; do
    name=$(basename "$file")
    restore
    mv "$file" "$file.real" && ln -s "$name.real" "$file"
    fault
    check "$name a symbolic link: 5" 'expected 5 "$name is a symbolic link"'
    rm "$file" && mkfifo "$file"
    fault
    check "$name a FIFO: 5, and no hang" 'expected 5 "$name is not a regular file"'
    rm "$file" && mkdir "$file"
    fault
    check "$name a folder: 5" 'expected 5 "$name is not a regular file"'
    restore
    chmod 0620 "$file"
    fault
    check "$name writable by the group: 5" 'expected 5 "mode 0620"'
    chmod 0600 "$file" && chown 60991 "$file"
    fault
    check "$name of another owner's: 5" 'expected 5 "owned by user 60991; expected root"'
done
restore
run started setpriv --reuid 60991 --regid 60991 --clear-groups "${hwfp[@]}" --quiet ssm
check 'an ordinary user may not: 5' 'expected 5 "Permission denied"'
agent '{fingerprint: "", hardwareHash: null, similarityThreshold: 0}'
fault
check 'registration cleared: 1' 'expected 1 "registration was cleared"'
agent '.fingerprint |= sub("a"; "q")'
ssm --quiet
check 'a fingerprint that is no UUID is said; the agent keeps it' 'expected 0 "is not a UUID"'
agent '.similarityThreshold = 0'
ssm --quiet
check "threshold 0: the agent's fault is named; it keeps" 'expected 0 "threshold is 0, which it refuses to set"'
agent '.similarityThreshold = 101 | .hardwareHash["ipaddress-info"] = ""'
ssm --quiet
check 'threshold 101 is said, and rotates' 'expected 1 "threshold is 101; expected 1 to 100, or -1"'
restore
below_root --timeout 0
check '--timeout 0: usage, 2' 'expected 2 "no number of seconds"'
below_root --timeout 5x
check '--timeout 5x: usage, 2' 'expected 2 "no number of seconds"'
below_root --json --adopt --timeout 601
check '--timeout 601: usage, 2, in JSON too' '[ $rc = 2 ] && says "\"error\":"'
: >"$store"
ssm_json
check 'a fault is told in JSON' '[ $rc = 5 ] && [[ "$(field error)" == *"is empty"* ]]'

# ---- --adopt. ----

adopt() { run on "$1" "${hwfp[@]}" ssm --adopt; }
status_json() { out=$(on A "${hwfp[@]}" --json status 2>/dev/null); rc=$?; }
events() { on A "${hwfp[@]}" --json history | jq -r '.events[] | "\(.what) \(.fingerprint) \(.detail)"'; }

agent '.similarityThreshold = 0'
adopt A
check 'threshold 0 is not adopted: 1' 'expected 1 "saves it by a fault of its own"'
check 'and leaves no vault' '[ ! -e "$disk/var/lib/hwfp/vault" ]'
agent '.similarityThreshold = -2'
adopt A
check 'nor is -2' 'expected 1 "not -1 or 1 to 100"'
agent '.fingerprint = "i-0123"'
adopt A
check 'nor what is no UUID' 'expected 1 "expected a UUID"'
agent '.fingerprint = "00000000-0000-0000-0000-000000000000"'
adopt A
check 'nor the UUID of zeros' 'expected 1 "expected a UUID"'
agent '.similarityThreshold = 55 | .fingerprint |= ascii_upcase'
configure 'mode = flag' 'colour = blue'
adopt A
check 'a mistake in the configuration: 5' 'expected 5 hwfp.conf:2'
ssm
check 'which does not hinder the rest' '[ $rc = 0 ] && says "own verdict is left out" && says "9 of 9 equal"'
configure 'mode = flag'
adopt A
check 'without a vault: enrolled with the fingerprint of the agent' '[ $rc = 0 ] && says "${AGENTS^^}" && says "threshold is 55"'
run on A "${hwfp[@]}" --json check
check 'and checked as the same machine' \
    '[ $rc = 0 ] && [ "$(field fingerprint) $(field threshold) $(field rotated)" = "$AGENTS 55 false" ]'
out=$(events)
check 'the history tells it' 'says "enroll $AGENTS null" && says "adopt $AGENTS from amazon-ssm-agent" && says "from 40 to 55"'
adopt A
out=$(events)
check 'once is enough' '[ "$(grep -c ^adopt <<<"$out")" = 1 ]'
ssm
check "hwfp's own verdict stands beside the agent's" '[ $rc = 0 ] && says "own verdict: same, similarity 100 of 100"'
agent ".fingerprint = \"$OTHER\""
run on A "${hwfp[@]}" --json ssm --adopt
check 'with a vault: a new fingerprint and threshold' '[ $rc = 0 ] && [ "$(field fingerprint) $(field threshold)" = "$OTHER 40" ]'
status_json
check 'the one before is kept on record' '[ "$(field verdict) $(field fingerprint) $(field previous_fingerprint)" = "same $OTHER $AGENTS" ]'
check 'and published' 'grep -q "$OTHER" "$disk/run/hwfp/verdict"'

# A copy of the disk, on another machine.
adopt B
check 'a machine that is not on record does not adopt: 1' 'expected 1 "only a trusted machine can adopt"'
run on B "${hwfp[@]}" --json check
copy=$(field fingerprint)
check 'the copy has a fingerprint of its own' '[ $rc = 1 ] && [ "$copy" != "$OTHER" ]'
adopt B
check 'a quarantined machine does not adopt: 1' 'expected 1 "the verdict is different"'
agent ".fingerprint = \"$copy\""
adopt A
check 'a fingerprint that another machine has is refused: 1' 'expected 1 "another machine in the vault, a quarantined one"'
status_json
check 'and nothing has changed' '[ "$(field verdict) $(field fingerprint)" = "same $OTHER" ]'
run on U "${hwfp[@]}" ssm --adopt
check 'an uncertain machine does not adopt: 1' 'expected 1 "the verdict is uncertain"'
agent '.similarityThreshold = -1'
adopt A
check 'threshold -1 is adopted, and it is said what that means' '[ $rc = 0 ] && says "any hardware passes"'

finish
