#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The completions, in the real shells, against what hwfp --help prints.
# shellcheck source=tests/pam/setup.bash
. "$(dirname "$0")/../pam/setup.bash"

bin=$scratch/bin
mkdir "$bin"
"$BUILD/tests/mktree" "$scratch/tree" tests/facts/r630.facts
"$BUILD/hwfp" --quiet --root "$scratch/tree" enroll
fingerprint=$("$BUILD/hwfp" --json --root "$scratch/tree" status | jq -r .fingerprint)
# The shells ask hwfp itself; here it looks at a tree.
printf '#!/bin/sh\nexec %q --root %q "$@"\n' "$(realpath "$BUILD/hwfp")" "$scratch/tree" >"$bin/hwfp"
chmod +x "$bin/hwfp"
export PATH=$bin:$PATH

commands=$(hwfp --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' | sort)

# in_bash WORD...: what bash offers for the last word
in_bash() {
    bash --norc -c '. conf/completions/hwfp.bash
        COMP_WORDS=(hwfp "$@") COMP_CWORD=$#
        _hwfp; printf "%s\n" "${COMPREPLY[@]}"' bash "$@"
}

# on_bash LINE: how an interactive bash completes the line, in a folder with folders of every command's name
on_bash() {
    HOME=$scratch TERM=dumb expect -c '
        set timeout 60; log_user 0; match_max 100000
        spawn -noecho bash --norc --noprofile -i
        send "PS1=READY%; . '"$PWD"'/conf/completions/hwfp.bash; cd '"$scratch"'/names; echo d\"\"one\r"
        expect "done" {} timeout { exit 2 }
        expect "READY%" {} timeout { exit 2 }
        send "'"$1"'\t:end\001echo \r"
        expect -re {\nhwfp ([^\r\n]*):end} { puts $expect_out(1,string) } timeout { exit 2 }'
}

# in_fish LINE: what fish offers at the end of the line
in_fish() {
    HOME=$scratch fish --no-config -c 'source conf/completions/hwfp.fish; complete -C "$argv"' "$1" | cut -f 1
}

# in_zsh LINE: how zsh completes the line
in_zsh() {
    HOME=$scratch TERM=dumb expect -c '
        set timeout 60; log_user 0; match_max 100000
        spawn -noecho zsh -f -i
        send "PS1=READY%#; fpath=(conf/completions \$fpath); autoload -Uz compinit; compinit -u -D; echo d\"\"one\r"
        expect "done" {} timeout { exit 2 }
        expect "READY#" {} timeout { exit 2 }
        # The line ends where the cursor is; ^A and a mark show all of it once it is complete.
        send "'"$1"'\t\001: \005 :end\r"
        expect -re {: hwfp ([^\r\n]*) :end} { puts $expect_out(1,string) } timeout { exit 2 }'
}

check_list() { [ "$(sort <<<"$out")" = "$1" ]; }

run in_bash ''
check 'bash: the commands' 'check_list "$commands"'
run in_bash --json sta
check 'bash: a command after an option' '[ "$out" = status ]'
run in_bash --root status che
check "bash: an option's argument is no command" '[ "$out" = check ]'
run in_bash check --no
check "bash: a command's own option" '[ "$out" = --no-rotate ]'
run in_bash diff --
check 'bash: all options at a command' 'says --all && says --json'
run in_bash status --
check 'bash: options with a short form, too' 'says --root && says --help && says --version'
run in_bash help sta
check 'bash: a command behind help' '[ "$out" = status ]'
run in_bash accept ''
check 'bash: fingerprints' '[ "$out" = "$fingerprint" ]'
run in_bash export prom
check 'bash: formats' '[ "$out" = prometheus ]'
run in_bash simulate --change system-u
check 'bash: components' '[ "$out" = system-uuid ]'
run in_bash simulate --change board-serial,system-u
check 'bash: behind another one, too' '[ "$out" = board-serial,system-uuid ]'
mkdir -p "$scratch/names/status" "$scratch/names/folder"
run on_bash 'hwfp stat'
check 'bash: a folder of its name gets no slash behind a command' '[ "$out" = "status " ]'
run on_bash 'hwfp --config fol'
check 'bash: where a file is meant it does' '[ "$out" = "--config folder/" ]'

run in_fish 'hwfp '
check 'fish: the commands' 'check_list "$commands"'
out=$(HOME=$scratch fish --no-config -c 'source conf/completions/hwfp.fish; __hwfp_commands')
check 'fish: with what they do' '
    says $'"'forget\ttake a machine out of the vault'"' && says $'"'doctor\tlook for what is wrong, and how to mend it'"
run in_fish 'hwfp --json sta'
check 'fish: a command after an option' '[ "$out" = status ]'
run in_fish 'hwfp --root status che'
check "fish: an option's argument is no command" '[ "$out" = check ]'
run in_fish 'hwfp check --no'
check "fish: a command's own option" '[ "$out" = --no-rotate ]'
run in_fish 'hwfp status --'
check 'fish: options with a short form, too' 'says --root && says --help && says --version'
run in_fish 'hwfp help sta'
check 'fish: a command behind help' '[ "$out" = status ]'
run in_fish 'hwfp accept '
check 'fish: fingerprints' 'says "$fingerprint"'
run in_fish 'hwfp export prom'
check 'fish: formats' '[ "$out" = prometheus ]'
run in_fish 'hwfp simulate --change system-u'
check 'fish: components' '[ "$out" = system-uuid ]'
run in_fish 'hwfp simulate --change board-serial,system-u'
check 'fish: behind another one, too' '[ "$out" = board-serial,system-uuid ]'

run in_zsh 'hwfp hist'
check 'zsh: a command' '[ "${out%% *}" = history ]'
run in_zsh 'hwfp check --no'
check "zsh: a command's own option" '[ "${out%% }" = "check --no-rotate" ]'
run in_zsh 'hwfp --vers'
check 'zsh: an option with a short form' '[ "${out%% }" = --version ]'
run in_zsh 'hwfp help hist'
check 'zsh: a command behind help' '[ "${out%% }" = "help history" ]'
run in_zsh "hwfp forget ${fingerprint:0:4}"
check 'zsh: fingerprints' '[ "${out%% }" = "forget $fingerprint" ]'
run in_zsh 'hwfp export prom'
check 'zsh: formats' '[ "${out%% }" = "export prometheus" ]'
run in_zsh 'hwfp simulate --change system-u'
check 'zsh: components' '[ "${out%% }" = "simulate --change system-uuid" ]'
run in_zsh 'hwfp simulate --change board-serial,system-u'
check 'zsh: behind another one, too' '[ "${out%% }" = "simulate --change board-serial,system-uuid" ]'
finish
