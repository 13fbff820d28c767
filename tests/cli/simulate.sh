#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# hwfp simulate: the rows that a machine gets, what each says beside what the gate says of a tree
# that was really changed so, its options, its width, and that it never writes.
# shellcheck source=tests/pam/setup.bash
. "$(dirname "$0")/../pam/setup.bash"

hwfp=$(realpath "$BUILD")/hwfp
trees=$scratch/trees
for kind in r630 kvm pi4 microvm; do
    "$BUILD/tests/mktree" "$trees/$kind" "tests/facts/$kind.facts" || bail "no tree of $kind"
done

simulate() { run "$hwfp" --root "$trees/$1" simulate "${@:2}"; }
json() { simulate "$1" --json "${@:2}"; }
q() { jq -er "$1" <<<"$out" >/dev/null; }
row() { jq -c ".changes[] | select(.name == \"$1\")" <<<"$out"; }
# says_of ROW VERDICT SSM_VERDICT
says_of() { [ "$(row "$1" | jq -r '.hardware.verdict + " " + .ssm.verdict')" = "$2 $3" ]; }
has_row() { [ -n "$(row "$1")" ]; }
files() { find "$1" -printf '%p %y %m %T@ %C@\n' | sort; }
# On a terminal of 80 columns; what it prints goes to $out as well.
terminal() {
    run script -qec "TERM=xterm $* && echo done" /dev/null </dev/null
    out=${out//$'\r'/}
    plain=$(sed 's/\x1b\[[0-9;]*m//g' <<<"$out")
}
widest() { LC_ALL=C.UTF-8 wc -L <<<"$plain"; }

# ---- The rows. ----

json r630
check 'a server, without a vault: 0, compared with itself' \
    '[ $rc = 0 ] && q ".schema == 1 and .strength == \"strong\" and .threshold == 40 and .policy == \"hardware\" and .compared_with == null"'
check 'nothing changes: the same, 100, by both policies' \
    'says_of nothing same same && row nothing | jq -e ".hardware.similarity == 100 and .ssm.similarity == 100 and .components == []" >/dev/null'
check 'each repair of a part is the same' \
    'for r in "one disk" "all disks" "one NIC" "all NICs" "one DIMM" "all DIMMs" "BIOS update" "CPU and memory"; do says_of "$r" same same || break; done && has_row "$r" && says_of "$r" same same'
check 'every part at once is uncertain' 'says_of "every part" uncertain same'
check 'a mainboard: uncertain with its service tag, different without' \
    'says_of "mainboard, same service tag" uncertain same && says_of "mainboard, no service tag" different same'
check 'a reinstallation: the same, which the ssm policy denies' 'says_of reinstalled same different'
check 'each copy is different, which the ssm policy does not see' \
    'says_of "copy, same model" different same && says_of "copy, other model" different same && says_of "disks moved, same model" different same'
check 'a copy that hides its firmware is different' 'says_of "copy, firmware silent" different same'
check 'a server is no virtual machine' '! has_row "clone, new UUID and MAC"'
check 'every row names real components, and what it does to them' \
    'q "[.changes[1:][] | (.components | length > 0) and (.change | split(\",\") | map(split(\"=\")[0])) == .components] | all"'
check 'each row by its own words once more, with the same outcome' '
    jq -r ".changes[1:][].change" <<<"$out" >"$scratch/asked"
    jq -c ".changes[1:][] | [.hardware, .ssm, .components]" <<<"$out" >"$scratch/expected"
    while read -r list; do
        "$hwfp" --root "$trees/r630" --json simulate --change "$list" | jq -c ".changes[] | [.hardware, .ssm, .components]"
    done <"$scratch/asked" >"$scratch/again"
    [ -s "$scratch/asked" ] && cmp "$scratch/expected" "$scratch/again"'

json kvm
check 'a guest: no DIMM, no disk, no mainboard, but a clone' \
    '[ $rc = 0 ] && ! has_row "one DIMM" && ! has_row "one disk" && ! has_row "mainboard, no service tag" && says_of "clone, new UUID and MAC" different same'
check 'of a single NIC one is all' 'has_row "one NIC" && ! has_row "all NICs"'
json pi4
check 'a Pi: no BIOS, no mainboard, no UUID; its card elsewhere is different' \
    '! has_row "BIOS update" && ! has_row "mainboard, no service tag" && ! has_row "new UUID" && says_of "disks moved, same model" different same'
json microvm
check 'a microVM: its one part decides' 'q ".strength == \"strong\"" && says_of "one NIC" different same'

# ---- Beside trees that were really changed. ----

# real TEXT LIST FACT...: the gate's own word on the changed tree, and simulate's on the whole one.
real() {
    local text=$1 list=$2 judged
    shift 2
    "$BUILD/tests/mktree" -f "$trees/real" tests/facts/r630.facts "$@" || bail "no changed tree"
    judged=$("$hwfp" --root "$trees/real" --json status | jq -c '[.verdict, .similarity, .reason]')
    "$BUILD/tests/mktree" -f "$trees/real" tests/facts/r630.facts || bail "no whole tree"
    json real --change "$list"
    out+=$'\n'$judged
    check "as the gate: $text" \
        '[ "$(head -n 1 <<<"$out" | jq -c ".changes[0].hardware | [.verdict, .similarity, .reason]")" = "$judged" ]'
}
"$BUILD/tests/mktree" "$trees/real" tests/facts/r630.facts && run "$hwfp" --root "$trees/real" enroll
check 'enrolled, to be changed' '[ $rc = 0 ]'
json real
check 'with a vault: compared with the record' \
    'q ".compared_with | length == 36" && says_of nothing same same'
real 'another UUID' system-uuid system.uuid=4c4c4544-0051-5810-8032-b7c04f4d9999
real 'another BIOS' bios-version bios.version=2.14.1
real 'no service tags' system-serial=gone,chassis-serial=gone system.serial= chassis.serial=
real 'other disks, but one' disk-serial=one 'disk=sda | scsi | S0M1K9XX | wwid=naa.5000c500a1b2c599' \
    'disk=sdb | scsi | S0M1K8ZA | wwid=naa.5000c500a1b2c4e8' 'disk=nvme0n1 | nvme | PHLF8412005K1P0G'
real 'all NICs' nic-mac 'nic=eno1 | pci | 24:6e:96:77:1a:40' 'nic=eno2 | pci | 24:6e:96:77:1a:42' \
    'nic=eno3 | pci | 24:6e:96:77:1a:44' 'nic=eno4 | pci | 24:6e:96:77:1a:45'
real 'board, UUID and every NIC' system-uuid,board-serial,nic-mac board.serial=.7QX2M52.CN747515400001. \
    system.uuid=4c4c4544-0051-5810-8032-b7c04f4d9999 'nic=eno1 | pci | 24:6e:96:77:1a:40' \
    'nic=eno2 | pci | 24:6e:96:77:1a:42' 'nic=eno3 | pci | 24:6e:96:77:1a:44' 'nic=eno4 | pci | 24:6e:96:77:1a:45'
real 'no SMBIOS at all' \
    "$(jq -r '.changes[] | select(.name == "firmware silent") | .change' < <("$hwfp" --root "$trees/r630" --json simulate))" \
    smbios.version=none

# ---- Options. ----

json r630 --change disk-serial=one,nic-mac,dimm-serial=gone,system-uuid=hidden
check 'one own change, in every way' \
    '[ $rc = 0 ] && q ".changes | length == 1" && q ".changes[0].components | length == 4"'
json kvm --change dimm-serial,nic-mac
check 'what is not there cannot change, and is told' \
    '[ $rc = 0 ] && q ".left_out == [\"dimm-serial\"] and .changes[0].components == [\"nic-mac\"]"'
json r630 --threshold 99
check '--threshold for the table alone' \
    'q ".threshold == 99" && says_of "firmware silent" different same && ! says_of "copy, same model" same same'
json r630 --threshold -1
check '--threshold -1: all is the same' 'q "[.changes[].hardware.verdict] | unique == [\"same\"]"'
for bad in '--threshold 0' '--threshold 101' '--threshold -2' '--threshold 40x' '--threshold=' '--change=' \
    '--change foo' '--change nic-mac=some' '--change nic-mac=' '--change nic-mac,nic-mac' '--change ,' '--change' 'word'; do
    # shellcheck disable=SC2086 # two words
    simulate r630 $bad
    check "$bad: usage, 2" '[ $rc = 2 ] && [ "$(wc -l <<<"$out")" = 1 ]'
done
run "$hwfp" --root "$trees/real" threshold 77
json real
check "the vault's threshold" 'q ".threshold == 77"'
json real --threshold 50
run "$hwfp" --root "$trees/real" threshold
check '--threshold does not set it' '[ "$out" = 77 ]'
run "$hwfp" --root "$trees/none" simulate
check 'no such root: error, 5' '[ $rc = 5 ]'
mkdir -p "$trees/kvm/etc/hwfp"
echo 'colour = blue' >"$trees/kvm/etc/hwfp/hwfp.conf"
simulate kvm
check 'a bad configuration: error, 5' '[ $rc = 5 ] && says hwfp.conf:1'
printf 'policy = ssm\nignore = system-uuid\n' >"$trees/kvm/etc/hwfp/hwfp.conf"
json kvm
check 'the policy in force is named, and what is ignored is no row' 'q ".policy == \"ssm\"" && ! has_row "new UUID"'
rm -r "$trees/kvm/etc/hwfp"
: >"$trees/real/var/lib/hwfp/vault"
: >"$trees/real/var/lib/hwfp/vault.old"
simulate real
check 'a vault that cannot be used: told, and compared with itself' \
    '[ $rc = 0 ] && says "is damaged" && says "the vault cannot be used"'
run "$hwfp" --root "$trees/r630" --quiet simulate
check '--quiet: nothing' '[ $rc = 0 ] && [ -z "$out" ]'

# ---- It never writes. ----

configure 'mode = deny'
run on A "$BUILD/hwfp" enroll
files "$disk/var/lib/hwfp" >"$scratch/before"
run on A "$BUILD/hwfp" --json simulate
check 'at home: the trusted machine' '[ $rc = 0 ] && q ".compared_with != null" && says_of nothing same same'
run on B "$BUILD/hwfp" --json simulate
check 'on a copy: different as it is' '[ $rc = 0 ] && says_of nothing different same'
out=$(files "$disk/var/lib/hwfp" | diff "$scratch/before" -; ls -A "$disk/run/hwfp" 2>&1)
check 'it has written nothing, and published nothing' '[[ $out == *"No such file"* && $out != *$'"'\n'"'* ]]'

# ---- As an ordinary user. ----

user='setpriv --reuid 60991 --regid 60991 --clear-groups'
chmod 0400 "$trees/A"/sys/firmware/dmi/tables/* "$trees/A"/sys/class/dmi/id/*serial "$trees/A"/sys/class/dmi/id/*uuid 2>/dev/null
# shellcheck disable=SC2086 # several words
run on A $user "$BUILD/hwfp" simulate
check 'an ordinary user: what is readable, and what is not' \
    '[ $rc = 0 ] && says "only root may read the vault" && says "Unreadable but for root:" && says system-uuid'
# shellcheck disable=SC2086
run on A $user "$BUILD/hwfp" --json simulate
check 'and for programs' 'q ".unreadable | index(\"system-uuid\")" && has_row "one NIC" && ! has_row "new UUID"'

# ---- What people see. ----

for kind in r630 kvm pi4 microvm; do
    terminal LC_ALL=C.UTF-8 "$hwfp --root $trees/$kind simulate"
    check "$kind: at most 80 columns, with bars, colour and the threshold" \
        '[ $rc = 0 ] && [ "$(widest)" -le 80 ] && says "██│█" && says $'"'\\e[32m'"
done
terminal LC_ALL=C.UTF-8 "$hwfp --root $trees/r630 simulate --change system-uuid"
check 'a reason keeps within 80 columns, too' '[ "$(widest)" -le 80 ] && says "Reason: the evidence on record is here"'
terminal LC_ALL=C NO_COLOR=1 "$hwfp --root $trees/r630 simulate"
check 'in ASCII without colours where the locale and the user want it so' \
    'says "#####|########  +23.2  100 same" && ! says $'"'\\e'"' && ! grep -q "[^ -~]" <<<"$plain"'
simulate r630
check 'no bars in a pipe' '[ $rc = 0 ] && ! says "##" && says "nothing  "'
finish
