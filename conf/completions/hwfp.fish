# SPDX-License-Identifier: BSD-2-Clause
# fish completion for hwfp(8). Commands and options are those that its --help prints.

function __hwfp_commands
    hwfp --help 2>/dev/null | sed -n '/^Commands:/,/^$/s/^  \([a-z]\{1,\}\) \([^ ]\{1,\} \)\{0,1\}  *\([a-z].*\)/\1\t\3/p'
end

function __hwfp_command
    set -l words (commandline -opc)
    set -e words[1]
    while set -q words[1]
        switch $words[1]
            case --root --config
                set -e words[1]
            case '-*'
            case '*'
                echo $words[1]
                return 0
        end
        set -e words[1]
    end
    return 1
end

function __hwfp_options
    begin
        hwfp --help
        set -l command (__hwfp_command); and hwfp $command --help
    end 2>/dev/null | sed -nE 's/^  (    |-[a-zA-Z], )?(--[a-z-]+)( [A-Z]+)?  *(.*)/\2\t\4/p' | sort -u
end

function __hwfp_is
    contains -- (__hwfp_command; or echo none) $argv
end

function __hwfp_follows
    contains -- (commandline -opc)[-1] $argv
end

function __hwfp_fingerprints
    hwfp history --json 2>/dev/null | string match -arg '"fingerprint":"([0-9a-f-]*)"' | sort -u
end

function __hwfp_components
    hwfp status --json 2>/dev/null | string match -arg '"name":"([a-z-]*)"'
end

complete -c hwfp -f
complete -c hwfp -n 'not __hwfp_command; and not __hwfp_follows --root --config' -a '(__hwfp_commands)'
complete -c hwfp -n 'string match -q -- "-*" (commandline -ct)' -a '(__hwfp_options)'
complete -c hwfp -n '__hwfp_is help' -a '(__hwfp_commands)'
complete -c hwfp -n '__hwfp_is accept diff forget' -a '(__hwfp_fingerprints)'
complete -c hwfp -n '__hwfp_is gate ungate' -a '(systemctl list-unit-files --no-legend --no-pager 2>/dev/null | string replace -r " .*" "")'
complete -c hwfp -n '__hwfp_is export' -a '(hwfp export --help 2>/dev/null | sed -n "/^Formats:/,/^\$/s/^  \([a-z]\{1,\}\) .*/\1/p")'
complete -c hwfp -n '__hwfp_follows --change' -a '(__fish_complete_list , __hwfp_components)'
complete -c hwfp -n '__hwfp_follows --root' -a '(__fish_complete_directories)'
complete -c hwfp -n '__hwfp_follows --config --output; or __hwfp_is duplicates' -F
