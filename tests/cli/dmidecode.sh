#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Field by field, the SMBIOS table as hwfp reads it is what dmidecode prints of it: on tables made
# for the purpose, and on the dumps (dmidecode --dump-bin) in the folder that HWFP_CORPUS names.
set -u
build=${BUILD:-build}
print=$build/tests/smbios_print
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
number=0
failures=0

ok() { number=$((number + 1)); echo "ok $number - $1"; }
not_ok() { number=$((number + 1)); failures=$((failures + 1)); echo "not ok $number - $1"; }
skip() { number=$((number + 1)); echo "ok $number # SKIP $1"; }

# The fields of smbios_print out of dmidecode's text, in its form. What it does not decode is left
# out: a structure is known by its type, of types 0, 1, 3 and 16 the first is taken, of type 2 the
# first motherboard, or the first of all.
from_dmidecode() {
    dmidecode --from-dump "$1" 2>/dev/null | awk '
        function wanted(type, field) { return index(fields[type], "|" field "|") > 0 }
        function finish(    i) {
            if (type == 2 && (!boards++ || (motherboard && !chosen))) {
                chosen = motherboard
                kept = ""
                for (i = 0; i < n; i++)
                    kept = kept line[i] "\n"
            } else if (type != 2 && (type == 4 || type == 17 || !(type in seen)) && \
                       (type != 16 || use == "System Memory")) {
                for (i = 0; i < n; i++)
                    print line[i]
                seen[type]++
            }
            n = 0
        }
        BEGIN {
            fields[0] = "|Vendor|Version|Release Date|BIOS Revision|"
            fields[1] = "|Manufacturer|Product Name|Version|Serial Number|UUID|SKU Number|Family|"
            fields[2] = "|Manufacturer|Product Name|Version|Serial Number|Asset Tag|"
            fields[3] = "|Manufacturer|Type|Version|Serial Number|Asset Tag|"
            fields[4] = "|Socket Designation|Manufacturer|ID|Version|Status|Serial Number" \
                        "|Asset Tag|Part Number|Core Count|"
            fields[16] = "|Maximum Capacity|Number Of Devices|"
            fields[17] = "|Size|Locator|Bank Locator|Manufacturer|Serial Number|Asset Tag" \
                         "|Part Number|"
            type = -1
        }
        /^Handle 0x/ {
            finish()
            type = $5 + 0
            motherboard = 0
            use = ""
            next
        }
        # A structure that is cut has a header, but none of its fields.
        /^\t[^\t]/ {
            field = substr($0, 2)
            colon = index(field, ":")
            if (!colon)
                next
            value = substr(field, colon + 2)
            field = substr(field, 1, colon - 1)
            if (type == 2 && field == "Type")
                motherboard = value == "Motherboard"
            if (type == 16 && field == "Use")
                use = value
            if (type == 4 && field == "Status")
                sub(/,.*/, "", value)
            if (wanted(type, field))
                line[n++] = (type in seen ? seen[type] : 0) "|" type "|" field "|" value
        }
        END {
            finish()
            printf "%s", kept
        }'
}

# Index 0, an index out of range and the very words are one to hwfp: a serial that identifies
# nothing. A string is kept up to 255 bytes.
normalised() { grep -av -e '|Not Specified$' -e '|<BAD INDEX>$' -e '|$' | cut -b 1-300 | LC_ALL=C sort; }

compare() {
    from_dmidecode "$1" | normalised >"$scratch/theirs"
    "$print" --dump "$1" | normalised >"$scratch/ours"
    if [ -s "$scratch/theirs" ] && cmp -s "$scratch/theirs" "$scratch/ours"; then
        ok "$2: $(wc -l <"$scratch/ours") fields"
    else
        not_ok "$2"
        diff "$scratch/theirs" "$scratch/ours" | sed 's/^/# /'
    fi
}

if ! command -v dmidecode >/dev/null; then
    skip "dmidecode is not installed"
    echo "1..$number"
    exit 0
fi

mkdir "$scratch/samples"
"$build/tests/smbios_samples" "$scratch/samples" || not_ok "the samples are written"
for dump in "$scratch"/samples/*; do
    compare "$dump" "${dump##*/}"
done

# The comparison itself must be able to fail.
sed 's/9D8H382/9D8H383/' "$scratch/samples/server-3.2" >"$scratch/other"
from_dmidecode "$scratch/other" | normalised >"$scratch/theirs"
"$print" --dump "$scratch/samples/server-3.2" | normalised >"$scratch/ours"
if cmp -s "$scratch/theirs" "$scratch/ours"; then
    not_ok "another serial number is seen"
else
    ok "another serial number is seen"
fi

if [ -z "${HWFP_CORPUS:-}" ]; then
    skip "HWFP_CORPUS names no folder of dumps"
else
    for dump in "$HWFP_CORPUS"/*; do
        if [ -f "$dump" ]; then
            compare "$dump" "corpus: ${dump##*/}"
        fi
    done
fi
echo "1..$number"
[ "$failures" = 0 ]
