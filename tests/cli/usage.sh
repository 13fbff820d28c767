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

wrong nonsense -- 'unknown command "nonsense", see hwfp --help'
wrong --nonsense -- 'unknown option "--nonsense", see hwfp --help'
wrong check --nonsense -- 'unknown option "--nonsense", see hwfp check --help'
wrong -x -- 'unknown option "-x", see hwfp --help'
# A near miss is told; a short word, of which anything could be meant, is not.
wrong statsu -- 'unknown command "statsu" (did you mean "status"?)'
wrong enrol -- 'unknown command "enrol" (did you mean "enroll"?)'
wrong Check -- 'unknown command "Check" (did you mean "check"?)'
wrong thresold 5 -- 'unknown command "thresold" (did you mean "threshold"?)'
wrong fo -- 'unknown command "fo", see hwfp --help'
wrong '' -- 'unknown command "", see hwfp --help'
wrong "$(printf '%0100d' 0)" -- "unknown command \"$(printf '%0100d' 0)\", see hwfp --help"
wrong --qiuet -- 'unknown option "--qiuet" (did you mean "--quiet"?)'
wrong --rot=/ status -- 'unknown option "--rot=/" (did you mean "--root"?)'
wrong check --no-rotat3 -- 'unknown option "--no-rotat3" (did you mean "--no-rotate"?)'
wrong diff --no-rotat3 -- 'unknown option "--no-rotat3", see hwfp diff --help'
wrong help statsu -- 'unknown command "statsu" (did you mean "status"?)'
wrong help one two -- "help takes one COMMAND, and no 'two' behind it, see hwfp help --help"
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

# same_as COMMAND-LINE COMMAND-LINE: both print the same, and neither is an error
same_as() {
    # shellcheck disable=SC2086 # words
    out=$("$hwfp" $1 2>&1) && [ "$out" = "$("$hwfp" $2 2>&1)" ]
    rc=$?
    check "hwfp $1 is hwfp $2" '[ $rc = 0 ] && [ -n "$out" ]'
}
same_as -h --help
same_as help --help
same_as 'help diff' 'diff --help'
same_as 'diff -h' 'diff --help'
same_as 'diff -h' '-h diff'
same_as 'help help' 'help --help'
same_as -V --version
run "$hwfp" --version
check 'the version stands alone on the first line' '[[ ${out%%$'"'\n'"'*} =~ ^hwfp\ [0-9]+\.[0-9]+\.[0-9]+$ ]]'
check 'then the libraries, as built' 'says "Built for " && says " with OpenSSL 3." && says "cJSON 1." && says "libxcrypt 4."'
check 'and as run' '[[ $out =~ Runs\ with\ OpenSSL\ 3\.[0-9.]+,\ cJSON\ 1\.[0-9.]+\.$ ]] && [ "$(wc -l <<<"$out")" = 3 ]'

out=$(for command in '' $("$hwfp" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p'); do
    # shellcheck disable=SC2086 # none is a word
    "$hwfp" $command --help
done)
check 'all of the help fits into 80 columns' '[ "$(grep -c ^Usage: <<<"$out")" -gt 15 ] && ! grep -qE "^.{81}" <<<"$out"'
finish
