# SPDX-License-Identifier: BSD-2-Clause
# bash completion for hwfp(8). Commands and options are those that its --help prints.

_hwfp_commands() { hwfp --help 2>/dev/null | sed -n '/^Commands:/,/^$/s/^  \([a-z]\{1,\}\) .*/\1/p'; }

# _hwfp_options [COMMAND]
_hwfp_options() { hwfp "$@" --help 2>/dev/null | sed -nE 's/^  (    |-[a-zA-Z], )?(--[a-z-]+).*/\2/p'; }

_hwfp_fingerprints() {
    hwfp history --json 2>/dev/null | tr '{,' '\n\n' | sed -n 's/^"fingerprint":"\([0-9a-f-]*\)".*/\1/p' | sort -u
}

_hwfp_components() { hwfp status --json 2>/dev/null | tr '{,' '\n\n' | sed -n 's/^"name":"\([a-z-]*\)".*/\1/p'; }

_hwfp_formats() { hwfp export --help 2>/dev/null | sed -n '/^Formats:/,/^$/s/^  \([a-z]\{1,\}\) .*/\1/p'; }

# The command among the words before the cursor, which an option's own argument is not.
_hwfp_command() {
    local i
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
        --root | --config) i=$((i + 1)) ;;
        -*) ;;
        *) echo "${COMP_WORDS[i]}"; return ;;
        esac
    done
}

# Only of files: a folder of a command's name would get a slash behind it.
_hwfp_files() {
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen "$1" -- "$2")
}

_hwfp() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command words='' list=''
    command=$(_hwfp_command)
    case $before in
    --root) _hwfp_files -d "$word"; return ;;
    --config | --output) _hwfp_files -f "$word"; return ;;
    --change) # a list
        list=${word%"${word##*,}"}
        word=${word##*,} words=$(_hwfp_components)
        ;;
    --threshold | --timeout) return ;;
    *)
        case $command:$word in
        *:-*) words="$(_hwfp_options) ${command:+$(_hwfp_options "$command")}" ;;
        :* | help:*) words=$(_hwfp_commands) ;;
        accept:* | diff:* | forget:*) words=$(_hwfp_fingerprints) ;;
        gate:* | ungate:*) words=$(systemctl list-unit-files --no-legend --no-pager 2>/dev/null | sed 's/ .*//') ;;
        export:*) words=$(_hwfp_formats) ;;
        duplicates:*) _hwfp_files -f "$word"; return ;;
        esac
        ;;
    esac
    mapfile -t COMPREPLY < <(compgen -P "$list" -W "$words" -- "$word" | sort -u)
}
complete -F _hwfp hwfp
