#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What there is stands in a manual page: each command, each option of each, each configuration key.
# shellcheck source=tests/tap.bash
. "$(dirname "$0")/../tap.bash"
cd "$(dirname "$0")/../.." || exit 1

hwfp=${BUILD:-build}/hwfp
# page NAME: its source, with hyphens as they are printed.
page() { sed 's/\\-/-/g' "man/$1"; }
words() { grep -qwF -e "$1"; }

mapfile -t commands < <("$hwfp" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p')
mapfile -t keys < <(sed -n 's/^    {"\([a-z_]*\)", \(true\|false\), .*/\1/p' libhwfp/config_parse.c)
out="${#commands[@]} commands, ${#keys[@]} keys"
check 'commands and keys are found' '[ ${#commands[@]} -ge 19 ] && [ ${#keys[@]} -ge 14 ]'

# options [COMMAND]: those that its help lists
options() { "$hwfp" "$@" --help | sed -nE 's/^  (    |-[a-zA-Z], )?(--[a-z-]+).*/\2/p'; }
# described COMMAND: what hwfp(8) says of it, from its name to the next command; and pages of its own
described() {
    page hwfp.8 | awk -v name="$1" '
        /^\.SH COMMANDS/ { inside = 1 } /^\.SH/ && !/COMMANDS/ { inside = 0 }
        /^\.TP/ { heading = 1; next }
        heading { mine = inside && $0 ~ "^\\.(B|BR|BI) " name "( |$)"; heading = 0 }
        mine'
}
for command in "${commands[@]}"; do
    out=$(described "$command")
    check "hwfp(8) describes $command" '[ "$(wc -l <<<"$out")" -ge 2 ]'
    for option in $(options "$command"); do
        check "and its $option" 'words "$option" <<<"$out"'
    done
done
for option in $(options); do
    check "hwfp(8), OPTIONS, has $option" 'page hwfp.8 | sed -n "/^\.SH OPTIONS/,/^\.SH \"EXIT/p" | words "$option"'
done
for key in "${keys[@]}"; do
    check "hwfp.conf(5) has $key" 'page hwfp.conf.5 | grep -q "^\.BR $key \" = "'
    check 'and so has conf/hwfp.conf' 'grep -qE "^[#;]? ?$key *=" conf/hwfp.conf'
done
# ---- What is said. ----

# texts FILE: its string literals, those that stand side by side as one
texts() {
    perl -0777 -ne 's{/\*.*?\*/}{}gs; s/\x27"\x27//g; while (/((?:"(?:[^"\\]|\\.)*"\s*)+)/g) {
        my $text = $1; $text =~ s/"\s*"//g; $text =~ s/^"|"\s*$//g; print "$text\n" }' "$1"
}
# printed PAGE: as one line
printed() { MANWIDTH=2000 man -E ascii -l "man/$1" 2>/dev/null | col -b | tr -s '[:space:]' ' '; }
# stands PAGE TEXT: up to what is filled in
stands() { [[ $(printed "$1") == *"$2"* ]]; }

mapfile -t sentences < <(texts pam_say.c | grep -E 'refused by hwfp \(|this session is on record' | grep -E '\(')
mapfile -t messages < <(
    texts hwfp_boot.c | sed -n 's/^hwfp-boot: \([a-z ;]\{7,\}\).*/\1/p'
    texts boot_record.c | grep -E '^(the|nothing|auditd) .* ')
out="${#sentences[@]} sentences, ${#messages[@]} messages"
check 'sentences and messages are found' '[ ${#sentences[@]} = 9 ] && [ ${#messages[@]} -ge 9 ]'
for text in "${sentences[@]}"; do
    check "pam_hwfp(8): $text" 'stands pam_hwfp.8 "$text"'
done
for text in "${messages[@]}"; do
    check "hwfp-boot.service(8): $text" 'stands hwfp-boot.service.8 "$text"'
done
check 'what is not said would be missed' '! stands pam_hwfp.8 "nonsense is refused"'
# ---- What the README counts. ----

out=$(tests/scenarios/run --table | sed -n 's/^| \*\*all\*\* //p')
check 'the table of scenarios has three verdicts' '[ "$(wc -l <<<"$out")" = 3 ]'
while read -r row; do
    check "README: $row" 'grep -qxF "$row" README.md'
done <<<"$out"

out=$(described nonsense)
check 'what is not there would be missed' '[ -z "$out" ]'
finish
