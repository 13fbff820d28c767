#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The second unit of `make try` (tests/tools/second_unit.c): whatever the model has is the same there,
# whatever belongs to the unit is another one, and hwfp tells the two apart.
# shellcheck source=tests/tap.bash
. "$(dirname "$0")/../tap.bash"
cd "$(dirname "$0")/../.." || exit 1

BUILD=${BUILD:-build}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# of CONDITION: the components of `diff` for which it holds, as a list
of() { jq -r "[.components[] | select($1) | .name] | join(\" \")" <<<"$out"; }

for facts in tests/facts/*.facts; do
    name=$(basename "$facts" .facts)
    first=$scratch/$name.1 second=$scratch/$name.2
    "$BUILD/tests/mktree" "$first" "$facts" && "$BUILD/hwfp" --root "$first" --quiet enroll &&
        "$BUILD/tests/second_unit" "$first" "$second" && mkdir -p "$second/var/lib" &&
        cp -a "$first/var/lib/hwfp" "$second/var/lib/" || bail "no two units of $name"
    run "$BUILD/hwfp" --root "$second" --json diff --all
    check "$name: the model is the same, and there is one" \
        '[ -n "$(of ".class == \"model\" and .match == \"all\"")" ] &&
         [ -z "$(of ".class == \"model\" and .recorded > 0 and .match != \"all\"")" ]'
    unit='(.class == "chassis" or .class == "part")'
    check "$name: nothing of the unit is the same, and nothing is missing" \
        '[ -n "$(of "$unit and .recorded > 0")" ] && [ -z "$(of "$unit and .common > 0")" ] &&
         [ -z "$(of "$unit and .recorded != .current")" ]'
    run "$BUILD/hwfp" --root "$second" check --no-rotate
    check "$name: they are told apart" '[ $rc = 1 ]'
done
finish
