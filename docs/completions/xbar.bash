# SPDX-License-Identifier: GPL-3.0-or-later
# bash completion for xbar. Source it, or copy it as "xbar" into
# ~/.local/share/bash-completion/completions/.
# shellcheck shell=bash

# _xbar_files ENDING... adds folders and the files of these endings that fit the word.
_xbar_files() {
    local ending file
    mapfile -t COMPREPLY < <(compgen -d -- "$word")
    for ending in "$@"; do
        while IFS= read -r file; do
            [[ -d $file ]] || COMPREPLY+=("$file")
        done < <(compgen -f -X "!*.$ending" -- "$word")
    done
    compopt -o filenames 2>/dev/null # readline quotes, and ends folders with a slash
}

xbar_engine_names='spice nodal analytical ideal'

# _xbar_engines completes a list: spice,ide<TAB> -> spice,ideal; no engine twice.
_xbar_engines() {
    local chosen='' engine
    [[ $word == *,* ]] && chosen=${word%,*},
    for engine in $xbar_engine_names; do
        [[ ,$chosen == *,$engine,* ]] && continue
        [[ $chosen$engine == "$word"* ]] && COMPREPLY+=("$chosen$engine")
    done
}

# _xbar_models completes a model's name, and a set's behind a slash: vteam/ma<TAB>.
_xbar_models() {
    local program=${COMP_WORDS[0]} names
    if [[ $word == */* ]]; then
        names=$("$program" models "${word%%/*}" 2>/dev/null |
            sed -n '/^sets$/,$ s|^  \([^ ][^ ]*\) .*|\1|p' | sed "s|^|${word%%/*}/|")
    else
        names=$("$program" models 2>/dev/null | sed -n '2,$ s|^\([^ ]*\) .*|\1|p')
    fi
    mapfile -t COMPREPLY < <(compgen -W "$names" -- "$word")
}

# _xbar_calibrated completes what can be calibrated: closed forms, the array, the cells.
_xbar_calibrated() {
    local program=${COMP_WORDS[0]} names
    names=$("$program" models 2>/dev/null | sed -n '2,$ s|^\([^ ]*\) .*|\1|p')
    mapfile -t COMPREPLY < \
        <(compgen -W "modes lean alpha_beta dmr jeong array auto $names" -- "$word")
}

_xbar() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
    local command=${COMP_WORDS[1]} options endings
    COMPREPLY=()

    if ((COMP_CWORD == 1)); then
        mapfile -t COMPREPLY < \
            <(compgen -W 'run netlist calibrate compare info models -h --help -V --version' -- "$word")
        return
    fi
    case $command in
    run)
        options='-o --output -e --engines -j --jobs --set --resume --time-limit -h --help'
        endings='yaml yml'
        ;;
    netlist)
        options='--sample --input -o --output --set -h --help'
        endings='yaml yml'
        ;;
    calibrate)
        options='--model --free -o --output --reference --seed --robust --multistart
            --suggest --series-ohm --compliance --step --relative --from --time-limit
            -h --help'
        endings='h5 csv txt dat'
        ;;
    compare) options='--reference -h --help' endings='h5' ;;
    info) options='-h --help' endings='h5' ;;
    models) options='-h --help' endings='' ;;
    *) return ;;
    esac
    # bash takes --set KEY=VALUE apart at the "=".
    [[ $word == '=' || $before == '=' ]] && return
    case $command$before in
    run-o | run--output) _xbar_files h5 ;;
    netlist-o | netlist--output) _xbar_files cir ;;
    run-e | run--engines) _xbar_engines ;;
    calibrate-o | calibrate--output) _xbar_files yaml yml ;;
    calibrate--model) _xbar_calibrated ;;
    calibrate--robust)
        mapfile -t COMPREPLY < <(compgen -W 'squares huber cauchy' -- "$word")
        ;;
    calibrate--free | calibrate--seed | calibrate--multistart | calibrate--suggest | \
        calibrate--series-ohm | calibrate--compliance | calibrate--step | \
        calibrate--from | calibrate--time-limit) ;;
    compare--reference | calibrate--reference) mapfile -t COMPREPLY < <(compgen -W "$xbar_engine_names" -- "$word") ;;
    run-j | run--jobs)
        mapfile -t COMPREPLY < <(compgen -W "$(seq "$(nproc)")" -- "$word")
        ;;
    run--set | netlist--set | netlist--sample | netlist--input) ;;
    *)
        if [[ $word == -* ]]; then
            mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
        elif [[ $command == models ]]; then
            _xbar_models
        else
            # shellcheck disable=SC2086  # a list of endings
            _xbar_files $endings
        fi
        ;;
    esac
}

complete -F _xbar xbar
