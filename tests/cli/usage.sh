#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The command line: what is wrong with one is told in one sentence, and with --json as one object; what
# --help prints fits on a terminal.
# shellcheck source=tests/tap.bash
. "$(dirname "$0")/../tap.bash"
cd "$(dirname "$0")/../.." || exit 1

hwfp=${BUILD:-build}/hwfp
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT

# wrong ARGUMENT... -- SENTENCE
wrong() {
    local arguments=() said
    while [ "$1" != -- ]; do arguments+=("$1"); shift; done
    said=$2
    run "$hwfp" --root "$tree" "${arguments[@]}"
    check "${arguments[*]}: $said" '[ $rc = 2 ] && [ "$out" = "hwfp: $said" ]'
    out=$("$hwfp" --root "$tree" "${arguments[@]}" --json 2>/dev/null)
    rc=$?
    check 'and with --json one object' \
        '[ $rc = 2 ] && [ "$(wc -l <<<"$out")" = 1 ] && [ "$(jq -r "\"\(.schema) \(.error)\"" <<<"$out")" = "1 $said" ]'
}

wrong nonsense -- 'there is no command nonsense, see hwfp --help'
wrong --nonsense -- 'there is no option --nonsense, see hwfp --help'
wrong check --nonsense -- 'there is no option --nonsense, see hwfp check --help'
wrong -x -- 'there is no option -x, see hwfp --help'
wrong --quiet=yes -- '--quiet takes no value, see hwfp --help'
wrong check --no-rotate=1 -- '--no-rotate takes no value, see hwfp check --help'
wrong status extra -- "status takes no argument 'extra', see hwfp status --help"
wrong diff one two -- "diff takes one FINGERPRINT, and no 'two' behind it, see hwfp diff --help"
wrong forget -- 'forget needs FINGERPRINT, see hwfp forget --help'
wrong gate -- 'gate needs UNIT, see hwfp gate --help'
wrong export -- 'export needs FORMAT, see hwfp export --help'
# needs OPTION ARGUMENT HELP [COMMAND]: at the end there is nothing that it could take.
needs() {
    local arguments=("${@:4}" "$1") wanted="hwfp: $1 needs $2, see hwfp $3--help"
    run "$hwfp" "${arguments[@]}"
    check "${arguments[*]}: $1 needs $2" '[ $rc = 2 ] && [ "$out" = "$wanted" ]'
}
needs --root DIR '' status
needs --config FILE ''
needs --change LIST 'simulate ' simulate
run "$hwfp"
check 'without a command the usage is printed, as an error' '[ $rc = 2 ] && says "Usage: hwfp " && says "Commands:"'
run "$hwfp" --json
check 'with --json it is an object' \
    '[ $rc = 2 ] && [ "$(grep -c "^hwfp: a command must follow, see hwfp --help$" <<<"$out")" = 1 ] &&
     [ "$(tail -n 1 <<<"$out" | jq -r .error)" = "a command must follow, see hwfp --help" ]'
out=$("$hwfp" nonsense --js 2>/dev/null)
check '--json may be shortened, behind what is wrong, too' 'jq -e .error <<<"$out" >/dev/null'

usage() {
    local line=$1
    run "$hwfp" "${line%% *}" --help
    check "usage: $line" '[ $rc = 0 ] && [ "${out%%$'"'\n'"'*}" = "Usage: hwfp [OPTIONS] $line" ]'
}
usage status
usage 'diff [--all] [FINGERPRINT]'
usage 'simulate [--change LIST] [--threshold N]'
usage 'ssm [--adopt] [--timeout SECONDS]'
usage 'recovery [--again | --status | --remove]'
usage 'export [--output FILE] FORMAT'
usage 'duplicates [FILE...]'

out=$(for command in '' $("$hwfp" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p'); do
    # shellcheck disable=SC2086 # none is a word
    "$hwfp" $command --help
done)
check 'all of the help fits into 80 columns' '[ "$(grep -c ^Usage: <<<"$out")" -gt 15 ] && ! grep -qE "^.{81}" <<<"$out"'
finish
