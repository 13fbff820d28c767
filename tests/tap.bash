# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# To be sourced by tests:
#   run COMMAND    keeps what COMMAND prints in $out, and its exit status in $rc
#   check TEXT CONDITION   one line of TAP; the CONDITION is evaluated here
#   says TEXT      whether $out has TEXT in it
#   finish         the plan, and the exit status
tests_run=0 tests_failed=0 out='' rc=0

bail() { echo "Bail out! $*"; exit 1; }

run() { out=$("$@" 2>&1); rc=$?; }

check() {
    tests_run=$((tests_run + 1))
    if eval "$2"; then
        echo "ok $tests_run - $1"
    else
        echo "not ok $tests_run - $1"
        tests_failed=$((tests_failed + 1))
        printf '# expected: %s\n# exit status %s, output:\n' "$2" "$rc"
        printf '%s\n' "$out" | sed 's/^/#   /'
    fi
}

finish() {
    echo "1..$tests_run"
    [ "$tests_failed" = 0 ]
    exit
}

says() { [[ $out == *"$1"* ]]; }
