#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# hwfp duplicates: what is a copy and what only tells of itself again, by hardware and by time; what
# shares hardware; lines that are none; 100,000 lines, with the memory that they take.
# shellcheck source=tests/pam/setup.bash
. "$(dirname "$0")/../pam/setup.bash"

hwfp=$(realpath "$BUILD")/hwfp
lines=$scratch/lines
f1=11111111-1111-4111-8111-111111111111 f2=22222222-2222-4222-8222-222222222222
f3=33333333-3333-4333-8333-333333333333
boot() { printf '%08d-0000-4000-8000-000000000000' "$1"; }
digest() { printf '%032x' "$1"; }
# line HOST FINGERPRINT BOOT BOOTED TOLD [COMPONENT=NUMBER...]: hours of one day; a number is a
# piece of hardware, and is in the digests under $key.
key=00000000000000aa
line() {
    local host=$1 fingerprint=$2 boot=$3 booted=$4 told=$5 evidence='' digests=null instance
    shift 5
    for item; do evidence+="${evidence:+,}\"${item%=*}\":[\"$(digest "${item#*=}")\"]"; done
    [ $# = 0 ] || digests="\"$(md5sum <<<"$*" | cut -c1-32)\""
    instance=$digests
    printf '{"schema":1,"type":"hwfp-inventory","time":"2026-11-20T%s:00Z","hostname":"%s",' "$told" "$host"
    printf '"boot_id":"%s","booted":"2026-11-20T%s:00Z","fingerprint":"%s","verdict":"same",' \
        "$(boot "$boot")" "$booted" "$fingerprint"
    if [ $# = 0 ]; then
        printf '"key":null,"instance":null,"evidence":null}\n'
    else
        printf '"key":"%s","instance":%s,"evidence":{%s}}\n' "$key" "$instance" "$evidence"
    fi
}
duplicates() { run "$hwfp" duplicates "$@"; }
json() { run "$hwfp" --json duplicates "$@"; }
q() { jq -er "$1" <<<"$out" >/dev/null; }
# found FINGERPRINTS HARDWARE: how many groups of each, and the exit status that follows.
found() {
    q "(.fingerprints | length) == $1 and (.hardware | length) == $2" &&
        [ "$rc" = $(($1 + $2 > 0)) ]
}

# ---- By time, where there is no fleet key. ----

line a $f1 1 08:00 09:00 >"$lines"
line a $f1 1 08:00 12:00 >>"$lines"
line b $f2 2 08:00 12:00 >>"$lines"
json "$lines"
check 'a machine that tells of itself twice, and another one: nothing is shared' \
    'found 0 0 && q ".lines == 3 and .machines == 2 and .restarts == 0"'
line a $f1 3 12:10 14:00 >>"$lines"
json "$lines"
check 'it was restarted: no duplicate, but counted' 'found 0 0 && q ".restarts == 1 and .machines == 2"'
line a $f1 4 12:30 12:40 >>"$lines"
json "$lines"
check 'a boot while another one was up: two machines' \
    'found 1 0 && q ".fingerprints[0] | .fingerprint == \"$f1\" and .told_apart_by == \"time\" and (.machines | length) == 2"'
check 'and which lines say so' '[ "$(jq -c "[.fingerprints[0].machines[].line] | sort" <<<"$out")" = "[4,5]" ]'
duplicates "$lines"
check 'for people, too' \
    '[ $rc = 1 ] && says "2 machines have the fingerprint $f1: they were up at the same time" && says "$lines:5" && says "2026-11-20T12:30:00Z"'
{ line a $f1 1 08:00 12:00; line a $f1 2 11:59 13:00; } >"$lines"
json "$lines"
check 'a minute that two clocks may differ by is no overlap' 'found 0 0 && q ".restarts == 1"'
{ line a $f1 1 08:00 12:00; line a $f1 2 08:00 12:00; line a $f1 3 11:00 13:00; line a $f1 4 15:00 16:00; } >"$lines"
json "$lines"
check 'the most that were up at once are counted' 'found 1 0 && q ".fingerprints[0].machines | length == 3"'
# The clock was wrong at first: what the longer uptime says holds.
{ line a $f1 1 06:00 09:00; line a $f1 2 12:00 12:01; line a $f1 2 09:05 17:00; line a $f1 3 17:10 18:00; } >"$lines"
json "$lines"
check 'a clock that was set while the machine was up makes no copy of it' 'found 0 0 && q ".restarts == 1"'
sed 's/2026-11-20/1970-01-01/g' <(line a $f1 1 00:01 00:09; line a $f1 2 00:01 00:09) >"$lines"
json "$lines"
check 'nor does one that was never set' 'found 0 0'
sed 's/"boot_id":"[^"]*"/"boot_id":null/; s/"booted":"[^"]*"/"booted":null/' \
    <(line a $f1 1 08:00 12:00; line b $f1 2 09:00 12:00) >"$lines"
json "$lines"
check 'captured trees have no boots: nothing can be told' 'found 0 0'
{ line a $f1 1 08:00 12:00; line a "${f1^^}" 2 08:00 12:00; } >"$lines"
json "$lines"
check 'a fingerprint is the same in capitals' 'found 1 0'

# ---- By hardware, under a common fleet key. ----

{ line a $f1 1 08:00 09:00 system-uuid=1 nic-mac=2; line a $f1 2 10:00 11:00 system-uuid=3 nic-mac=4; } >"$lines"
json "$lines"
check 'other hardware, though never up at once: a copy' \
    'found 1 0 && q ".fingerprints[0] | .told_apart_by == \"hardware\" and (.machines | length) == 2" && q ".machines == 2"'
{ line a $f1 1 08:00 09:00 system-uuid=1 nic-mac=2; line a $f1 2 10:00 11:00 system-uuid=1 nic-mac=4
    line a $f1 3 12:00 13:00 system-uuid=5 nic-mac=4; } >"$lines"
json "$lines"
check 'a new NIC, then a new mainboard: one machine' 'found 0 0 && q ".machines == 1 and .restarts == 1"'
{ line a $f1 1 08:00 09:00 system-uuid=1; line a $f1 2 10:00 11:00 nic-mac=4; } >"$lines"
json "$lines"
check 'what has no component in common cannot be told apart' 'found 0 0'
{ line a $f1 1 08:00 09:00 nic-mac=1; line a $f1 1 08:00 09:00 nic-mac=2; } >"$lines"
json "$lines"
check 'two containers of one image on one host have one boot id, and are two' 'found 1 0'
{ line a $f1 1 08:00 09:00 nic-mac=1; line a $f1 1 08:00 09:30; } >"$lines"
json "$lines"
check 'an ordinary user told it without digests: the same machine' 'found 0 0 && q ".machines == 1"'
{ line a $f1 1 08:00 09:00 nic-mac=1; key=00000000000000bb; line a $f1 1 08:00 09:30 nic-mac=2; key=00000000000000aa; } >"$lines"
json "$lines"
check 'the fleet key was changed: digests under two keys cannot be compared' 'found 0 0'
{ line a $f1 1 08:00 12:00 system-uuid=1; line a $f1 2 09:00 12:00 system-uuid=1; } >"$lines"
json "$lines"
check 'boards with one UUID that are up at once are two, whatever the digests say' \
    'found 1 0 && q ".fingerprints[0].told_apart_by == \"time\""'

# ---- Who shares hardware. ----

{ line a $f1 1 08:00 12:00 system-uuid=1 board-serial=2 nic-mac=3
    line b $f2 2 09:00 12:00 system-uuid=1 board-serial=2 nic-mac=4
    line c $f3 3 09:00 12:00 system-uuid=5 nic-mac=4; } >"$lines"
json "$lines"
check 'who shares which component, each set of machines once' \
    'found 0 2 && [ "$(jq -c "[.hardware[] | [.components, [.machines[].hostname]]] | sort" <<<"$out")" = \
       "[[[\"nic-mac\"],[\"b\",\"c\"]],[[\"system-uuid\",\"board-serial\"],[\"a\",\"b\"]]]" ]'
duplicates "$lines"
check 'for people, too' '[ $rc = 1 ] && says "2 machines share system-uuid, board-serial:" && says "$f2"'
{ line a $f1 1 08:00 09:00 disk-serial=1 nic-mac=2; line b $f2 2 10:00 11:00 disk-serial=1 nic-mac=3; } >"$lines"
json "$lines"
check 'a disk that was never in two machines at once has moved' 'found 0 0 && q ".moved == 1"'
{ line a $f1 1 08:00 09:00 disk-serial=1 nic-mac=9; line a $f1 1 08:00 10:00 disk-serial=2 nic-mac=9; line b $f2 2 08:00 11:00 disk-serial=1; } >"$lines"
json "$lines"
check 'what a machine had once, and has no more, is not shared' 'found 0 0'
{ line a $f1 1 08:00 09:00 system-uuid=1 nic-mac=2; line a $f2 1 08:00 10:00 system-uuid=1 nic-mac=2; } >"$lines"
json "$lines"
check 'a machine that got another fingerprint is not two' 'found 0 0'
{ line a $f1 1 08:00 10:00 system-uuid=1 nic-mac=2; line a $f2 2 08:00 10:00 system-uuid=1 nic-mac=2; } >"$lines"
json "$lines"
check 'two machines with all identities in common, as a hypervisor may copy them, are' \
    'found 0 1 && q ".hardware[0].components == [\"system-uuid\",\"nic-mac\"]"'
{ line a $f1 1 08:00 10:00 system-uuid=1 nic-mac=2; line a $f2 2 08:00 10:00 system-uuid=1 nic-mac=3; } |
    sed 's/"fingerprint":"[^"]*"/"fingerprint":null/' >"$lines"
json "$lines"
check 'machines without a fingerprint share hardware, too' 'found 0 1 && q ".machines == 2"'
{ line a $f1 1 08:00 10:00 system-uuid=1; line b $f2 2 08:00 10:00 board-serial=1; } >"$lines"
json "$lines"
check 'one digest in two components is no match' 'found 0 0'

# ---- Real exports, on machines of which one is a copy. ----

for name in home twin other; do
    "$BUILD/tests/mktree" "$scratch/trees/$name" tests/facts/r630.facts || bail "no tree"
    mkdir -p "$scratch/trees/$name/etc/hwfp"
    echo 'fleet_key_file = /etc/hwfp/fleet.key' >"$scratch/trees/$name/etc/hwfp/hwfp.conf"
    (umask 077 && echo 'the secret that all machines of this fleet have' >"$scratch/trees/$name/etc/hwfp/fleet.key")
done
"$hwfp" --quiet --root "$scratch/trees/home" enroll
# A clone that the hypervisor gave a UUID and a MAC of its own, in a vault that trusts everything.
"$BUILD/tests/mktree" -f "$scratch/trees/twin" tests/facts/r630.facts system.uuid=4c4c4544-0051-5810-8032-b7c04f4d9999 \
    system.serial=X7QX2M99 board.serial=.X7QX2M99. chassis.serial=X7QX2M99 dimm= 'disk=sda | scsi | S0M1K9XX' 'nic=eno1 | pci | 24:6e:96:77:1a:40'
"$hwfp" --quiet --root "$scratch/trees/home" threshold -1
cp -a "$scratch/trees/home/var" "$scratch/trees/twin/"
"$BUILD/tests/mktree" -f "$scratch/trees/other" tests/facts/r630.facts system.uuid=4c4c4544-0051-5810-8032-b7c04f4d1111 \
    system.serial=Y7QX2M99 board.serial=.Y7QX2M99. chassis.serial=Y7QX2M99 dimm= 'disk=sda | scsi | S0M1K9YY' 'nic=eno1 | pci | 24:6e:96:0c:1a:44'
"$hwfp" --quiet --root "$scratch/trees/other" enroll
for name in home twin other; do "$hwfp" --root "$scratch/trees/$name" export inventory; done >"$lines"
json "$lines"
check 'of real lines: the copy by its hardware, and the MAC address that two have' \
    'found 1 1 && q ".fingerprints[0].told_apart_by == \"hardware\"" && q ".hardware[0].components == [\"nic-mac\"]"'
run "$hwfp" --json duplicates <"$lines"
check 'from standard input as well, which is "-" to programs' 'found 1 1 && q ".hardware[0].machines[0].file == \"-\""'
run "$hwfp" duplicates <"$lines"
check 'and is called by its name for people; of one thing no plural is told' \
    'says "  standard input:2" && says "3 lines, 0 of them bad; 3 machines; 1 fingerprint is shared, and hardware in 1 group."'
run "$hwfp" duplicates < <(head -n 1 "$lines"; echo bad)
check 'as in what is said of bad lines' 'says "standard input:2: " && says "2 lines, 1 of them bad; 1 machine; 0 fingerprints are shared"'
for i in 1 2 3; do sed -n ${i}p "$lines" >"$lines.$i"; done
json "$lines.1" "$lines.2" - <"$lines.3"
check 'and from several files' 'found 1 1 && q ".lines == 3"'
mapfile -t many < <(for i in {1..1000}; do printf '%s\n' "$lines".{1,2,3}; done)
json "${many[@]}"
check 'and from thousands' 'found 1 1 && q ".lines == 3000 and .machines == 3"'

# ---- Bad lines. ----

good=$(line a $f1 1 08:00 12:00 nic-mac=1)
bad() { # TEXT WORDS LINE
    local words=$2
    printf '%s\n\n%s\n' "$good" "$3" >"$lines"
    json "$lines"
    check "$1" '[ $rc = 3 ] && says "hwfp: $lines:3: " && says "$words" && tail -n 1 <<<"$out" | jq -e ".lines == 2 and .bad_lines == 1" >/dev/null'
}
bad 'not JSON' 'not JSON' 'Nov 20 12:00:00 host hwfp[1]: verdict=same'
bad 'JSON with something behind it' 'not JSON' "$good $good"
bad 'half a line' 'not JSON' "${good:0:100}"
bad 'an object of another type' 'type hwfp-inventory' '{"schema":1,"verdict":"same"}'
bad 'an array' 'type hwfp-inventory' '[]'
bad 'a later schema' 'schema' "${good/\"schema\":1/\"schema\":2}"
bad 'a fingerprint that is none' 'fingerprint' "${good/$f1/x}"
bad 'a fingerprint that is a number' 'fingerprint' "${good/\"$f1\"/7}"
bad 'a boot id that is none' 'boot_id' "${good/00000001-/}"
bad 'no time' 'time is not' "${good/\"time\"/\"tome\"}"
bad 'a day that no month has' 'time is not' "${good/11-20T12/02-30T12}"
bad 'a key that is too short' 'key' "${good/00000000000000aa/aa}"
bad 'digests without a key' 'without a key' "${good/\"00000000000000aa\"/null}"
bad 'a digest that is none' 'evidence' "${good/\"$(digest 1)\"/\"1\"}"
bad 'evidence that is no object' 'evidence' "$(sed 's/"evidence":{.*}}/"evidence":7}/' <<<"$good")"
bad 'evidence that is an array' 'evidence' "$(sed 's/"evidence":{.*}}/"evidence":["x"]}/' <<<"$good")"
bad 'a line that is too long' 'longer than 128 KiB' "$(printf 'x%.0s' {1..140000})"
bad 'one of brackets' 'not JSON' "$(printf '[%.0s' {1..100000})"
printf '%s\n\0{}\n' "$good" >"$lines"
json "$lines"
check 'a NUL byte' '[ $rc = 3 ] && says "NUL byte"'
{ echo "$good"; yes '{}' | head -n 500; line b $f1 2 08:00 12:00 nic-mac=2; } >"$lines"
run "$hwfp" duplicates "$lines"
check 'many of them: twenty are told, all are counted, and what is found is found' \
    '[ $rc = 1 ] && [ "$(grep -c "type hwfp-inventory" <<<"$out")" = 20 ] && says "502 lines, 500 of them bad" && says "their hardware differs"'
: >"$lines"
json "$lines"
check 'nothing at all is no error' 'found 0 0 && q ".lines == 0"'
printf '%s' "$good" >"$lines"
json "$lines"
check 'nor is a last line without its end' 'found 0 0 && q ".lines == 1 and .bad_lines == 0"'
for name in "$scratch/none" "$scratch"; do
    json "$name"
    check "a file that cannot be read: ${name##*/}" '[ $rc = 5 ] && says "$name: "'
done
sed 's/"hostname":"a"/"hostname":"\\u001b[31m\\n{\\u00e4\\"x"/' <<<"$good" >"$lines"
line b $f1 2 08:00 12:00 nic-mac=2 >>"$lines"
duplicates "$lines"
check 'a hostname cannot steer the terminal' '[ $rc = 1 ] && ! LC_ALL=C grep -q "[^ -~]" <<<"$out" && says "?[31m?{"'
json "$lines"
check 'nor end its JSON' 'found 1 0 && [ "$(wc -l <<<"$out")" = 1 ]'
run "$hwfp" --quiet duplicates "$lines"
check '--quiet: nothing but the status' '[ $rc = 1 ] && [ -z "$out" ]'

# ---- A fleet. ----

# 100,000 lines, shuffled: 60,000 machines of ten digests, of which 40,000 tell of themselves twice, 10,000
# of these after a restart. Every 1000th has its fingerprint from the machine before it (60), by hardware;
# every 1500th its UUID (40, of which 20 are among the 60, and are one machine with it then).
fleet() {
    awk -v n=60000 'function d(kind, i) { return sprintf("\"%08x%08x%016x\"", kind, i, i * 7919) }
    function put(i, told, boot, booted, f, u) {
        printf "{\"schema\":1,\"type\":\"hwfp-inventory\",\"time\":\"2026-11-20T%02d:00:00Z\",\"hostname\":\"host%d\",", told, i
        printf "\"boot_id\":\"%08x-0000-4000-8000-%012x\",\"booted\":\"2026-11-20T%02d:00:00Z\",", boot, i, booted
        printf "\"fingerprint\":\"%08x-0000-4000-8000-000000000000\",\"verdict\":\"same\",\"key\":\"00000000000000aa\",", f
        printf "\"instance\":%s,\"evidence\":{\"system-uuid\":[%s],\"system-serial\":[%s],", d(9, i), d(1, u), d(2, i)
        printf "\"disk-serial\":[%s,%s,%s,%s],\"nic-mac\":[%s,%s,%s,%s]}}\n", d(3, i), d(4, i), d(5, i), d(6, i), d(7, i), d(8, i), d(10, i), d(11, i)
    }
    BEGIN {
        for (i = 1; i <= n; i++) {
            f = i % 1000 == 0 ? i - 1 : i
            u = i % 1500 == 750 ? i - 1 : i
            put(i, 10, 1, 8, f, u)
            if (i <= 30000) put(i, 12, 1, 8, f, u)
            else if (i <= 40000) put(i, 14, 2, 11, f, u)
        }
    }' | shuf --random-source=<(yes)
}
fleet >"$lines"
run "$BUILD/tests/max_rss" "$scratch/rss" "$hwfp" --json duplicates "$lines"
check '100,000 lines: all that share a fingerprint are found, and none that does not' \
    '[ $rc = 1 ] && q ".lines == 100000 and .bad_lines == 0 and .machines == 60000 and .restarts == 9980" &&
     [ "$(jq -r ".fingerprints[] | select(.told_apart_by == \"hardware\") | [.machines[].hostname[4:] | tonumber] | sort | join(\" \")" <<<"$out" | sort)" = \
       "$(for i in {1..60}; do echo $((i * 1000 - 1)) $((i * 1000)); done | sort)" ] && q ".fingerprints | length == 60"'
check 'and so are those that share a UUID' \
    '[ "$(jq -r ".hardware[] | select(.components == [\"system-uuid\"]) | [.machines[].hostname[4:] | tonumber] | sort | join(\" \")" <<<"$out" | sort)" = \
       "$(for i in {0..39}; do echo $((i * 1500 + 749)) $((i * 1500 + 750)); done | sort)" ] && q ".hardware | length == 40"'
# hwfp-duplicates(8), MEMORY: 16 MiB, 512 bytes for each boot of a machine, 72 for each of its digests.
peak=$(cat "$scratch/rss") bound=$((16 * 1024 + 70000 * 512 / 1024 + 70000 * 10 * 72 / 1024))
echo "# peak memory: $peak KiB of the $bound KiB that the manual allows 70,000 boots of ten digests"
if nm "$hwfp" 2>/dev/null | grep -c __asan >/dev/null; then
    check 'memory: not measured under ASan # SKIP' true
else
    check 'within the memory that the manual states' '[ "$peak" -lt "$bound" ]'
    for _ in 1 2 3 4; do cat "$lines"; done | "$BUILD/tests/max_rss" "$scratch/again" "$hwfp" --quiet duplicates
    again=$(cat "$scratch/again")
    echo "# the same lines four times over: $again KiB"
    check 'lines that tell nothing new take no more of it' '[ "$again" -lt "$bound" ]'
fi

# It says nothing before two seconds have passed: here they pass while it waits for lines.
head -n 3000 "$lines" >"$lines.few"
run script -qec "(cat $lines.few; sleep 2.2; cat $lines.few) | $hwfp duplicates | tail -n 1" /dev/null </dev/null
check 'on a terminal it says what it reads, and for how long' \
    'says "hwfp: reading standard input: " && says " lines, " && says " MB, " && says " s" && says "hwfp: comparing"'
run script -qec "(cat $lines.few; sleep 2.2; cat $lines.few) | $hwfp --quiet duplicates" /dev/null </dev/null
check 'with --quiet it does not' '[ -z "$out" ]'
line c $f3 3 08:00 12:00 >"$scratch/"$'\e[31msmall'
run script -qec "(head -n 1 $lines; sleep 2.2) | $hwfp duplicates - $lines.1 $scratch/*small" /dev/null </dev/null
check 'of many small files it tells which one of how many, and the lines of all' \
    'says "hwfp: reading $lines.1, file 2 of 3: 1 line, 0 MB, "'
run script -qec "(head -n 1 $lines; sleep 2.2) | $hwfp duplicates - $scratch/*small" /dev/null </dev/null
check 'and a name cannot steer the terminal' \
    'says "reading $scratch/?[31msmall, file 2 of 2: " && ! says $'"'\\e[31m'"
finish
