#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# hwfp-similarity(7) is what the code does: its table is the code's, its numbers come out of its
# formula, and each of its examples is what hwfp prints of that machine.
# shellcheck source=tests/pam/setup.bash
. "$(dirname "$0")/../pam/setup.bash"

hwfp=$(realpath "$BUILD")/hwfp
page=man/hwfp-similarity.7
trees=$scratch/examples
mkdir -p "$trees"

# ---- The table. ----

# The rows between the head of the table and the end of it.
rows() { sed -n '/^component  *agrees  *disagrees/,/^\.fi/{/^[a-z-]* /{/^component/!p}}' "$page" | tr -s ' '; }
run diff <(rows) <("$BUILD/tests/bits" | grep -v '^hidden\|^kind')
check 'the table of bits is that of the code' '[ $rc = 0 ] && [ "$(rows | wc -l)" -ge 19 ]'
entry() { sed -n "s/^$1 *\\([-+][0-9.]*\\)\$/\\1/p" "$page"; }
run "$BUILD/tests/bits"
check 'and so are the entries of no component' \
    'says "hidden $(entry "chassis evidence is on record, and none is to be seen")" && says "kind $(entry "bare metal became virtual, or the other way round")"'

# ---- The numbers. ----

numbers() { sed -n "s/^$1  *//p" "$page" | tr -s ' ' '\n'; }
run paste <(numbers sum) <(numbers similarity)
wrong=$(awk '{ n = 100 * 2 ^ $1 / (1 + 2 ^ $1); if (int(n + 0.5) != $2) print }' <<<"$out")
check 'each similarity is the chance of its sum' '[ -z "$wrong" ] && [ "$(wc -l <<<"$out")" -ge 10 ]'

# ---- The examples. ----

# example NAME FACTS NAME=VALUE...: $out is what diff says of the machine after the changes.
example() {
    local tree=$trees/$1 facts=tests/facts/$2.facts
    "$BUILD/tests/mktree" "$tree" "$facts" && "$hwfp" --root "$tree" --quiet enroll >/dev/null &&
        "$BUILD/tests/mktree" -f "$tree" "$facts" "${@:3}" || bail "no tree of $1"
    run "$hwfp" --root "$tree" diff
    # The sum, on one line.
    sum=$(sed -n '/^Bits /,/^[^ B]/{s/^Bits //;/^ *[a-z+-]/p}' <<<"$out" | tr -s ' \n' ' ')
    sum=${sum# } sum=${sum% }
    number=$(sed -n 's/^Compared with .*: similarity \([0-9]*\) of 100\.$/\1/p' <<<"$out")
}
page_has() { [ -n "$1" ] && [[ $(tr -s ' \n' ' ' <$page) == *"$1"* ]]; }

two_nics='nic=eno1|pci|24:6e:96:5f:10:20'
two_dimms='dimm=A1|16384|00CE00B300CE|0BADCAFE|M393A2K40BB1-CRC'
example board r630 board.serial=.7QX2M52.CN7475159J0822. "$two_nics" 'nic=eno2|pci|24:6e:96:5f:10:21'
check 'a mainboard that got the old tag' 'page_has "$sum" && page_has "Similarity $number: 2^1.2" && [ "$number" = 70 ]'
example moved r630 system.serial=B4QXM2X system.uuid=4c4c4544-0034-5110-8058-c2c04f4d3258 \
    chassis.serial=B4QXM2X board.serial=.B4QXM2X.CN7475153I0999. "$two_nics" \
    'nic=eno2|pci|24:6e:96:5f:10:21' "$two_dimms" 'dimm=A2|16384|00CE00B300CE|0BADCAFF|M393A2K40BB1-CRC' \
    'dimm=B1|16384|00CE00B300CE|0BADCB00|M393A2K40BB1-CRC' 'dimm=B2|16384|00CE00B300CE|0BADCB01|M393A2K40BB1-CRC' \
    'dimm=A3|0|||' 'dimm=B3|0|||'
check 'disks in another server of the model' 'page_has "$sum" && [ "$number" = 0 ]'
example enclosure r630 chassis.serial=9ZZ1234
check 'another enclosure' 'page_has "$sum" && [ "$number" = 100 ]'
example card pi4 devicetree.serial=10000000b7d20f11 cpu.serial=10000000b7d20f11 \
    'nic=eth0|platform|dc:a6:32:77:01:10' 'nic=wlan0|platform|dc:a6:32:77:01:11'
check 'a card in another Pi' 'page_has "$sum" && [ "$number" = 0 ]'
example clone kvm system.uuid=5b0c8e1e-0c43-4f0e-9d3c-7d0b7c1f2a10 'nic=enp1s0|virtio|52:54:00:11:7a:90'
check 'a cloned guest' 'page_has "$sum" && [ "$number" = 0 ]'
example card-of-a-guest kvm 'nic=enp1s0|virtio|52:54:00:11:7a:90'
check 'a guest with another network card' 'page_has "$sum" && [ "$number" = 84 ]'

# ---- What is printed is what was counted. ----

for tree in "$trees"/*; do
    run "$hwfp" --root "$tree" --json status
    check "$(basename "$tree"): the bits of the components make the sum, and the sum the verdict" \
        'jq -e "(([.components[].bits] | add) + .chassis_hidden + .kind_changed - .sum | fabs) < 0.01 and
            (.verdict == \"same\") == (.bits >= 2.5) and (.verdict == \"different\") == (.bits <= -5) and
            (.verdict == \"same\") == (.similarity >= 85)" <<<"$out" >/dev/null'
done
finish
