#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# hwfp export: every format, as its own reader reads it; for whom, where to, and what is in none of
# them: serial numbers, addresses, and whatever a firmware or a hostname may hold.
# shellcheck source=tests/pam/setup.bash
. "$(dirname "$0")/../pam/setup.bash"

hwfp=$(realpath "$BUILD")/hwfp
trees=$scratch/trees
formats=(prometheus inventory ansible facter otel ecs)
"$BUILD/tests/mktree" "$trees/r630" tests/facts/r630.facts || bail "no tree"
"$hwfp" --quiet --root "$trees/r630" enroll || bail "not enrolled"
fingerprint=$("$hwfp" --root "$trees/r630" --json status | jq -r .fingerprint)

export_of() { run "$hwfp" --root "$trees/$1" export "${@:2}"; }
q() { jq -er "$1" <<<"$out" >/dev/null; }
metric() { sed -n "s/^$1 //p" <<<"$out"; }
files() { find "$1" -printf '%p %y %m %T@ %C@\n' | sort; }
one_line() { [ "$(wc -l <<<"$out")" = 1 ]; }

# ---- Each format. ----

export_of r630 prometheus
check 'prometheus: promtool finds nothing to complain of' \
    '[ $rc = 0 ] && promtool check metrics <<<"$out" >"$scratch/lint" 2>&1 && [ ! -s "$scratch/lint" ]'
check 'the fingerprint is the only label of hwfp_info' \
    '[ "$(grep "^hwfp_info" <<<"$out")" = "hwfp_info{fingerprint=\"$fingerprint\"} 1" ]'
check 'verdict, strength and mode: one of each is 1' \
    '[ "$(metric "hwfp_verdict{verdict=\"same\"}")" = 1 ] && [ "$(metric "hwfp_strength{strength=\"strong\"}")" = 1 ] &&
     [ "$(metric "hwfp_mode{mode=\"flag\"}")" = 1 ] && [ "$(grep -c "^hwfp_verdict{.* 1$" <<<"$out")" = 1 ] &&
     [ "$(grep -c "^hwfp_strength{.* 1$" <<<"$out")" = 1 ] && [ "$(grep -c "^hwfp_mode{.* 1$" <<<"$out")" = 1 ]'
check 'similarity, threshold, changes, version' \
    '[ "$(metric hwfp_similarity)" = 100 ] && [ "$(metric hwfp_similarity_threshold)" = 40 ] &&
     [ "$(metric hwfp_changed_components)" = 0 ] &&
     [ "$(metric "hwfp_build_info{version=\"$("$hwfp" --version | sed -n "s/^hwfp //p")\"}")" = 1 ]'
check 'the last check is now, and the record no younger' \
    'now=$(date +%s) && [ "$(metric hwfp_last_check_timestamp_seconds)" -le "$now" ] &&
     [ "$(metric hwfp_last_check_timestamp_seconds)" -gt $((now - 600)) ] &&
     [ "$(metric hwfp_last_drift_timestamp_seconds)" -le "$(metric hwfp_last_check_timestamp_seconds)" ]'
check 'no sample has a timestamp' '! grep -vE "^#|^[a-z_]+({[^}]*})? -?[0-9]+$" <<<"$out"'

export_of r630 ansible
check 'ansible: one object' '[ $rc = 0 ] && one_line && q ".fingerprint == \"$fingerprint\" and .verdict == \"same\""'
export_of r630 facter
check 'facter: one structured fact' '[ $rc = 0 ] && one_line && q ".hwfp.fingerprint == \"$fingerprint\" and (keys == [\"hwfp\"])"'
export_of r630 ecs
check 'ecs: an event of today, about this host' \
    '[ $rc = 0 ] && one_line && q ".\"@timestamp\" | fromdate > now - 600" && q ".ecs.version" &&
     q ".event.kind == \"state\" and .event.category == [\"host\"] and .event.outcome == \"success\"" &&
     q ".host.id == \"$fingerprint\" and .host.name == \"db1\" and .hwfp.verdict == \"same\""'
export_of r630 otel
check 'otel: the variable, to be sourced' \
    '[ $rc = 0 ] && one_line && (. /dev/stdin <<<"$out" && [[ ,$OTEL_RESOURCE_ATTRIBUTES, == *,hwfp.fingerprint=$fingerprint,* ]])'
check 'without host.id, which is others'\''' '! says host.id'
export_of r630 otel --json
check 'otel --json: the same as an object' \
    'q ".\"hwfp.fingerprint\" == \"$fingerprint\" and .\"host.name\" == \"db1\" and .\"hwfp.similarity\" == 100"'
export_of r630 inventory
check 'inventory: one line, without digests where there is no fleet key' \
    '[ $rc = 0 ] && one_line && q ".schema == 1 and .type == \"hwfp-inventory\" and .fingerprint == \"$fingerprint\" and .hostname == \"db1\" and .boot_id == \"5b1f6d0e-2c8a-4f37-9e41-c6a8d3b70215\" and .evidence == null"'
export_of r630 nonsense
check 'another format: usage, 2' '[ $rc = 2 ] && says nonsense'
export_of r630
check 'no format: usage, 2' '[ $rc = 2 ]'

# ---- What there is to tell. ----

export_of A prometheus
check 'unenrolled: no fingerprint, and still well-formed' \
    '[ $rc = 0 ] && ! grep -q "^hwfp_info{" <<<"$out" && [ "$(metric "hwfp_verdict{verdict=\"unenrolled\"}")" = 1 ] && promtool check metrics <<<"$out" >/dev/null 2>&1'
"$BUILD/tests/mktree" "$trees/gone" tests/facts/r630.facts && cp -a "$trees/r630/var" "$trees/gone/" &&
    "$BUILD/tests/mktree" -f "$trees/gone" tests/facts/r630.facts bios.version=9 chassis.serial= 'disk=sda | scsi | NEW1'
export_of gone prometheus
check 'two components changed, and one is gone: two differ' '[ "$(metric hwfp_changed_components)" = 2 ]'
cp -a "$trees/r630/var" "$trees/B/"
files "$trees/B" >"$scratch/before"
export_of B prometheus
check 'on a copy: different, with a low similarity' \
    '[ $rc = 0 ] && [ "$(metric "hwfp_verdict{verdict=\"different\"}")" = 1 ] && [ "$(metric hwfp_similarity)" -lt 40 ]'
for format in "${formats[@]}"; do export_of B "$format"; done
check 'which no export rotates: nothing is written' 'files "$trees/B" | cmp - "$scratch/before"'
mkdir -p "$trees/B/etc/hwfp"
echo 'mode = purple' >"$trees/B/etc/hwfp/hwfp.conf"
run "$hwfp" --root "$trees/B" export prometheus 2>/dev/null
check 'a mistake in the configuration is exported as error' \
    '[ $rc = 0 ] && says "verdict=\"error\"} 1" && says hwfp.conf:1 && ! says hwfp_similarity_threshold'
run "$hwfp" --root "$trees/B" --json status
check 'and by status, without a threshold' '[ "$(tail -n 1 <<<"$out" | jq -r "\"\(.verdict) \(.threshold)\"")" = "error null" ]'
rm -r "$trees/B/etc/hwfp" "$trees/B/var"

# ---- The fleet key. ----

conf=$trees/r630/etc/hwfp
key=$conf/fleet.key
mkdir -p "$conf"
echo 'fleet_key_file = /etc/hwfp/fleet.key' >"$conf/hwfp.conf"
refused() { # TEXT WORD
    local word=$2
    export_of r630 inventory
    check "$1" '[ $rc = 5 ] && says "$word" && says fleet.key'
}
set_key() { printf '%s\n' "$1" >"$key" && chmod 0600 "$key"; }
refused 'a fleet key that is missing: error' 'No such file'
set_key 'too short'
refused 'one that is too short' 'too short'
set_key "$(printf 'k%.0s' {1..5000})"
refused 'one that is too long' 'larger'
set_key 'a secret that all machines of the fleet have'
chmod 0640 "$key"
refused 'one that others may read' 'expected 0600'
chmod 0600 "$key"
chown 60991 "$key"
refused 'one that is not root'\''s' 'owned by user 60991'
mv "$key" "$key.real" && ln -s fleet.key.real "$key"
refused 'a symbolic link' 'symbolic link'
rm "$key" && mv "$key.real" "$key"
export_of r630 prometheus
check 'no other format reads it' '[ $rc = 0 ]'
chown 0 "$key"
export_of r630 inventory
check 'with a key there are digests of chassis and parts, and of nothing else' \
    '[ $rc = 0 ] && q "(.evidence | keys) == ([\"system-uuid\",\"board-serial\",\"disk-serial\",\"nic-mac\",\"dimm-serial\"] | sort)" &&
     q "[.evidence[][]] | length == 14 and all(test(\"^[0-9a-f]{32}$\"))"'
keyed=$out
mkdir -p "$trees/gone/etc" && cp -a "$conf" "$trees/gone/etc/"
export_of gone inventory
check 'on another machine what is the same has the same digest' \
    '[ "$(jq -c ".evidence[\"nic-mac\"], .key" <<<"$out")" = "$(jq -c ".evidence[\"nic-mac\"], .key" <<<"$keyed")" ] &&
     [ "$(jq .instance <<<"$out")" != "$(jq .instance <<<"$keyed")" ]'
set_key 'another secret that all machines of it have'
export_of r630 inventory
check 'under another key nothing is the same' \
    '[ "$(jq -c ".evidence[][]" <<<"$out$keyed" | sort | uniq -d | wc -l)" = 0 ] && [ "$(jq .key <<<"$out")" != "$(jq .key <<<"$keyed")" ]'
echo 'fleet_key_file = fleet.key' >"$conf/hwfp.conf"
export_of r630 inventory
check 'a path that is not absolute is a mistake in the configuration' 'says "expected an absolute path"'
echo 'fleet_key_file = /etc/hwfp/fleet.key' >"$conf/hwfp.conf"

# ---- What is in none of them. ----

secrets() { # of the facts: UUIDs, serials, WWIDs and MACs, as they are, without separators, and in base64
    grep -hoE '([0-9a-f]{2}:){5}[0-9a-f]{2}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|naa\.[0-9a-f]+' tests/facts/r630.facts |
        grep -vE '5b1f6d0e|00:00:00:00:00:00'
    printf '%s\n' 7QX2M52 CN7475153I0731 03A2F1C7 03A2F1D4 03A2F20B 03A2F219 S0M1K7PQ S0M1K8ZA PHLF8412005K1P0G \
        8f0c2a6be1c94d53a5a2f3bd07c8e914
}
secrets | sort -u | tee >(tr -d ':-' >"$scratch/plain") >"$scratch/asis"
while read -r secret; do printf '%s' "$secret" | base64; done <"$scratch/asis" >"$scratch/coded"
sort -u "$scratch/asis" "$scratch/plain" "$scratch/coded" >"$scratch/secrets"
for format in "${formats[@]}"; do export_of r630 "$format" && echo "$out"; done >"$scratch/exported"
cat "$trees/r630"/var/lib/hwfp/vault* >>"$scratch/exported"
out=$(grep -nwiF -f "$scratch/secrets" "$scratch/exported")
check "no serial number, UUID or address of $(wc -l <"$scratch/secrets") is in an export or in the vault" '[ -z "$out" ]'
out=$(grep -cwiF -f "$scratch/secrets" tests/facts/r630.facts)
check 'such a search would find them' '[ "$out" -gt 15 ]'

# A firmware and a hostname that want to be something else.
evil=$'x"} 1\nhwfp_info{fingerprint="forged"} 1\n{"verdict":"same"},res=success \e[31m\xff\x07'
mapfile -d '' facts < <(hostile_facts "$evil")
"$BUILD/tests/mktree" "$trees/evil" tests/facts/r630.facts "${facts[@]}" 2>"$scratch/log" || bail "$(cat "$scratch/log")"
mkdir -p "$trees/evil/etc" && cp -a "$conf" "$trees/evil/etc/"
printf 'db"1\\,a=b\e[31m\xc3\xa4\xff\n' >"$trees/evil/etc/hostname"
"$hwfp" --quiet --root "$trees/evil" enroll || bail "not enrolled"
for format in "${formats[@]}"; do
    export_of evil "$format"
    check "hostile strings: $format is plain text" '[ $rc = 0 ] && ! LC_ALL=C grep -q "[^ -~]" <<<"${out//ä/}" && ! says forged'
    case $format in
    prometheus) check 'and promtool reads it' 'promtool check metrics <<<"$out" >/dev/null 2>&1' ;;
    otel) check 'and each pair is one' '[ "$(tr , "\n" <<<"${out#*=}" | grep -cE "^[a-z._]+=([A-Za-z0-9._~-]|%[0-9A-F]{2})*$")" = "$(tr , "\n" <<<"$out" | wc -l)" ] && says "host.name=db%221%5C%2Ca%3Db%3F%5B31m%C3%A4%3F,"' ;;
    *) check 'and jq reads it' 'one_line && jq -e . <<<"$out" >/dev/null' ;;
    esac
done
check 'every string of the table is hostile' 'all_hostile "$trees/evil" "$evil"'
# Without the table the kernel's copies of single strings are read.
cp -a "$trees/evil" "$trees/copies" && rm -r "$trees/copies/sys/firmware/dmi"
mkdir -p "$trees/copies/sys/class/dmi/id"
for name in sys_vendor product_name product_serial board_serial chassis_serial chassis_asset_tag bios_version; do
    printf '%s%s\n' "$name" "$evil" >"$trees/copies/sys/class/dmi/id/$name" || bail "no $name"
done
run "$hwfp" --json --root "$trees/copies" status
check 'the copies are read, too' 'jq -e ".components[] | select(.name == \"system-serial\" and .current > 0)" <<<"$out" >/dev/null'
for machine in evil copies; do
    for command in status check diff history simulate threshold doctor; do
        run "$hwfp" --root "$trees/$machine" $command
        check "$machine: $command is plain text on a terminal" \
            '[ -n "$out" ] && ! LC_ALL=C grep -q "[^ -~]" <<<"${out//ä/}" && ! says forged'
        out=$("$hwfp" --json --root "$trees/$machine" $command 2>/dev/null)
        check "$machine: $command, JSON: jq reads one object" \
            '[ "$(jq -s "map(type) | join(\" \")" <<<"$out")" = "\"object\"" ] && ! says forged'
    done
done

# ---- Where it goes. ----

mkdir "$scratch/out"
echo old >"$scratch/out/hwfp.prom"
(umask 077 && "$hwfp" --root "$trees/r630" export prometheus --output "$scratch/out/hwfp.prom") || bail "no file"
check 'a file is replaced' 'grep -q "$fingerprint" "$scratch/out/hwfp.prom" && ! grep -qx old "$scratch/out/hwfp.prom"'
check 'whatever the umask, everybody may read it; and there is nothing beside it' \
    '[ "$(stat -c %a "$scratch/out/hwfp.prom")" = 644 ] && [ "$(ls -A "$scratch/out")" = hwfp.prom ]'
cp "$scratch/out/hwfp.prom" "$scratch/whole"
for call in write fchmod fsync rename; do
    run strace -o "$scratch/trace" -e trace=$call -e inject=$call:error=ENOSPC:when=1 \
        "$hwfp" --root "$trees/r630" export facter --output "$scratch/out/hwfp.prom"
    check "$call fails: told, and the file is as it was" \
        '[ $rc = 5 ] && says "No space left" && cmp "$scratch/whole" "$scratch/out/hwfp.prom" && [ "$(ls -A "$scratch/out")" = hwfp.prom ]'
done
for bad in "$scratch/none/file" "$scratch/out/" "$scratch/out"; do
    export_of r630 ecs --output "$bad"
    check "--output ${bad#"$scratch"}: an error, 5" '[ $rc = 5 ]'
done
# A path unit does not see what changes while its service runs. The file's name comes late, so that the
# threshold is another one by then.
strace -qq -o "$scratch/trace" -e trace=rename -e inject=rename:delay_enter=3000000:when=1 \
    "$hwfp" --root "$trees/r630" export prometheus --output "$scratch/out/late" 2>/dev/null &
until compgen -G "$scratch/out/.late.*" >/dev/null; do sleep 0.02; done
run "$hwfp" --root "$trees/r630" threshold 77
wait $!
check 'what changes while it is written is in the file at the end' \
    '[ $rc = 0 ] && grep -qx "hwfp_similarity_threshold 77" "$scratch/out/late"'
rm "$scratch/out/late"
"$hwfp" --root "$trees/r630" --quiet threshold 40
# Root could replace /dev/null for everybody.
mkdir "$scratch/other"
echo old >"$scratch/other/file"
mknod "$scratch/other/device" c 1 3
mkfifo "$scratch/other/fifo"
mkdir "$scratch/other/folder"
ln -s file "$scratch/other/link"
ln -s none "$scratch/other/dangling"
ls -lA --time-style=full-iso "$scratch/other" >"$scratch/listed"
for bad in device fifo folder link dangling; do
    export_of r630 ecs --output "$scratch/other/$bad"
    check "--output to a $bad: refused, and all is as it was" \
        '[ $rc = 5 ] && [ "$out" = "hwfp: $scratch/other/$bad is not a regular file" ] &&
         ls -lA --time-style=full-iso "$scratch/other" | cmp - "$scratch/listed"'
done
(cd "$scratch/out" && "$hwfp" --root "$trees/r630" export ecs --output here)
check 'a name without a folder is in the current one' '[ -s "$scratch/out/here" ]'
run "$hwfp" --root "$trees/r630" --quiet export ecs
check '--quiet: nothing' '[ $rc = 0 ] && [ -z "$out" ]'

# ---- For an ordinary user. ----

configure 'mode = flag' 'fleet_key_file = /etc/hwfp/fleet.key'
install -m 0600 "$key" "$disk/etc/hwfp/fleet.key"
run on A "$BUILD/hwfp" --quiet enroll
run on A "$BUILD/hwfp-boot"
user='setpriv --reuid 60991 --regid 60991 --clear-groups'
published=$(sed -n 's/^fingerprint=//p' "$disk/run/hwfp/verdict")
for format in "${formats[@]}"; do
    # shellcheck disable=SC2086 # several words
    run on A $user "$BUILD/hwfp" export "$format"
    check "an ordinary user exports what was published: $format" '[ $rc = 0 ] && says "$published"'
done
# shellcheck disable=SC2086
run on A $user "$BUILD/hwfp" export prometheus
check 'whose last check is that of the published verdict' \
    '[ "$(metric hwfp_last_check_timestamp_seconds)" = "$(stat -c %Y "$disk/run/hwfp/verdict")" ] && ! says hwfp_changed_components'
# shellcheck disable=SC2086
run on A $user "$BUILD/hwfp" export inventory
check 'without evidence, which half of would be another machine'\''s' 'q ".evidence == null and .key == null"'
run on A "$BUILD/hwfp" export inventory
check 'root exports it, and when this boot began' \
    'q "(.evidence | length) > 3 and .key != null and (.booted | fromdate) <= (.time | fromdate)" &&
     q ".boot_id == \"$(cat /proc/sys/kernel/random/boot_id)\""'

# ---- As a unit. ----

run make --no-print-directory install DESTDIR="$scratch/image" BUILD="$BUILD"
units=$scratch/image/usr/lib/systemd/system
mkdir -p "$scratch/image/usr/bin" # other units of hwfp's name programs that are not its own
for unit in hwfp-export.service hwfp-export.path hwfp-export.timer; do
    run systemd-analyze verify --man=no --root="$scratch/image" --recursive-errors=no "$unit"
    check "systemd-analyze verify finds nothing in $unit" '[ $rc = 0 ] && [ -z "$out" ]'
done
run systemd-analyze security --offline=yes --threshold=15 "$units/hwfp-export.service"
check 'its exposure is 1.5 or lower' '[ $rc = 0 ]'
run systemctl --root="$scratch/image" enable hwfp-export.service
check 'enabling the service enables path and timer' \
    '[ $rc = 0 ] && [ "$(find "$scratch/image/etc/systemd" -name "hwfp-export.*" | wc -l)" = 3 ]'
check 'starting it often does not make the path unit fail' \
    '[ "$(sed -n "/^\[Unit\]/,/^\[Service\]/s/^StartLimitIntervalSec=//p" "$units/hwfp-export.service")" = 0 ]'
# What it runs, as root without capabilities, as the unit has it.
mkdir -p "$disk/var/lib/prometheus/node-exporter"
command=$(sed -n 's/^ExecStart=//p' "$units/hwfp-export.service")
# shellcheck disable=SC2086
run on A setpriv --bounding-set=-all --inh-caps=-all strace -f -qq -o /tmp/calls "$BUILD/hwfp" ${command#* }
check 'the command of the unit, without capabilities' \
    '[ $rc = 0 ] && grep -q "verdict=\"same\"} 1" "$disk/var/lib/prometheus/node-exporter/hwfp.prom"'
allowed() {
    local name
    while read -r name; do
        case $name in
        @*) allowed "$name" ;;
        [a-z_]*) echo "$name" ;;
        esac
    done < <(systemd-analyze syscall-filter "$1" | sed 1d)
}
{ allowed @system-service; allowed @default; } | sort -u >"$scratch/allowed"
{ allowed @privileged; allowed @resources; } | sort -u >"$scratch/denied"
sed -nE 's/^[0-9]+ +([a-z_0-9]+)\(.*/\1/p' "$disk/tmp/calls" | sort -u >"$scratch/made"
out=$(comm -23 "$scratch/made" <(comm -23 "$scratch/allowed" "$scratch/denied"))
check 'and it makes no system call that the unit forbids' '[ -z "$out" ] && grep -qx openat "$scratch/made"'
finish
