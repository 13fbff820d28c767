#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What tests/run does with its arguments, before it builds anything.
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/tap.bash
. tests/tap.bash

# A runner that does not look at its arguments runs all of the tests: here its first make ends it.
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
printf '#!/bin/sh\necho make was run\nkill 0\n' >"$scratch/make"
chmod 0755 "$scratch/make"

refuses() {
    run env PATH="$scratch:$PATH" setsid --wait tests/run "$@"
    [ $rc = 2 ] && says "unknown argument" && says "usage: tests/run" && ! says "make was run"
}

for option in --help -h; do
    run env PATH="$scratch:$PATH" setsid --wait tests/run "$option"
    check "tests/run $option prints the usage" '[ $rc = 0 ] && says "usage: tests/run quick" && ! says passed'
done
check 'it refuses an unknown argument' 'refuses fast'
check 'also behind a known one' 'refuses test_vault fast'
check 'and quick beside a suite' 'refuses quick test_vault'
check 'a suite that is a folder or no suite is none' 'refuses tests/cli && refuses tests/cli/none.sh && refuses tests/tap.bash'
finish
