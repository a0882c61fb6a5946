# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/completions/xbar.bash in a real bash: what TAB offers at the end of a line."""
import pathlib
import re
import subprocess

import pytest

SCRIPT = pathlib.Path(__file__).parents[2] / "docs/completions/xbar.bash"

# Fills bash's completion variables as readline does and calls the function that the
# script registered, with nothing else of bash-completion loaded.
DRIVER = r"""
set -u
source "$1"
registered=$(complete -p xbar) || exit 3
[[ $registered =~ -F\ ([^ ]+) ]] || exit 4
shift
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
"${BASH_REMATCH[1]}" xbar "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
((${#COMPREPLY[@]})) && printf '%s\n' "${COMPREPLY[@]}"
exit 0
"""


@pytest.fixture
def folder(tmp_path):
    for name in ("read.yaml", "two words.yml", "notes.txt", "read.h5", "old.cir"):
        (tmp_path / name).touch()
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "deep.yaml").touch()
    (tmp_path / "sub" / "deep.h5").touch()
    (tmp_path / "folder.h5").mkdir()  # a folder, whatever it is called
    return tmp_path


def options(text):
    """The options that a help text lists, one a line: "  -o, --output FILE.h5  ..."."""
    found = re.findall(r"^ +(?:(-\w), )?(--[a-z-]+)", text, re.MULTILINE)
    return {name for pair in found for name in pair if name}


def offers(folder, *words):
    process = subprocess.run(
        ["bash", "--norc", "--noprofile", "-c", DRIVER, "bash", SCRIPT, "xbar", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=10,
    )
    assert process.returncode == 0, process.stderr
    assert process.stderr == ""
    offered = process.stdout.splitlines()
    assert len(offered) == len(set(offered)), f"offered twice: {offered}"
    return set(offered)


HELP = {"-h", "--help"}
COMMANDS = ["run", "netlist", "calibrate", "compare", "info", "models"]
ENGINES = {"spice", "nodal", "analytical", "ideal"}
FOLDERS = {"sub", "folder.h5"}

CASES = {
    "commands": ([""], {*COMMANDS, "-V", "--version"} | HELP),
    "commands that begin with n": (["n"], {"netlist"}),
    "program options": (["--"], {"--help", "--version"}),
    "no such command": (["fly", ""], set()),
    "run: experiments": (["run", ""], {"read.yaml", "two words.yml"} | FOLDERS),
    "run: begun name": (["run", "re"], {"read.yaml"}),
    "run: in a folder": (["run", "sub/"], {"sub/deep.yaml"}),
    "run: options behind the file": (["run", "read.yaml", "--r"], {"--resume"}),
    "run: result": (["run", "read.yaml", "-o", ""], {"read.h5"} | FOLDERS),
    "run: result, long": (["run", "--output", "sub/"], {"sub/deep.h5"}),
    "run: engines": (["run", "-e", ""], ENGINES),
    "run: engines, long": (["run", "--engines", "i"], {"ideal"}),
    "run: begun engine": (["run", "-e", "sp"], {"spice"}),
    "run: no engine twice": (
        ["run", "-e", "spice,"],
        {f"spice,{engine}" for engine in ENGINES - {"spice"}},
    ),
    "run: begun second engine": (["run", "-e", "ideal,s"], {"ideal,spice"}),
    "run: third engine": (
        ["run", "-e", "ideal,spice,"],
        {"ideal,spice,nodal", "ideal,spice,analytical"},
    ),
    "run: no fifth engine": (["run", "-e", "ideal,spice,nodal,analytical,"], set()),
    "run: key": (["run", "read.yaml", "--set", "cross"], set()),
    "run: equals sign": (["run", "read.yaml", "--set", "seed", "="], set()),
    "run: value": (["run", "read.yaml", "--set", "seed", "=", "1"], set()),
    "netlist: experiments": (["netlist", "r"], {"read.yaml"}),
    "netlist: circuit": (["netlist", "read.yaml", "-o", "o"], {"old.cir"}),
    "netlist: sample": (["netlist", "read.yaml", "--sample", ""], set()),
    "calibrate: data": (["calibrate", ""], {"read.h5", "notes.txt"} | FOLDERS),
    "calibrate: loss": (["calibrate", "--robust", "c"], {"cauchy"}),
    "calibrate: model's file": (["calibrate", "-o", "r"], {"read.yaml"}),
    "compare: results": (["compare", ""], {"read.h5"} | FOLDERS),
    "compare: reference": (["compare", "--reference", ""], ENGINES),
    "info: results": (["info", "r"], {"read.h5"}),
    "info: options": (["info", "-"], HELP),
}


@pytest.mark.parametrize("words, want", CASES.values(), ids=CASES)
def test_offers(folder, words, want):
    assert offers(folder, *words) == want


@pytest.mark.parametrize("command", COMMANDS)
def test_options_are_those_of_the_program(bench, folder, command):
    done = bench.xbar(command, "--help")
    assert done.status == 0, done
    assert offers(folder, command, "-") == options(done.out) | HELP


def test_engines_are_those_of_the_program(bench):
    bench.write("any.yaml", "crossbar: {}\n")
    done = bench.xbar("run", "any.yaml", "-e", "none-of-them")
    known = re.search(r"no such engine; want (.*)$", done.err, re.MULTILINE)[1]
    assert set(known.split(" or ")) == ENGINES


def test_jobs_are_numbers(folder):
    offered = offers(folder, "run", "-j", "")
    assert "1" in offered and all(text.isdigit() for text in offered)


@pytest.mark.parametrize(
    "word, want",
    [
        ("vt", {"vteam"}),
        ("yak", {"yakopcic", "yakopcic2"}),
        ("vteam/", {"vteam/default", "vteam/atomic", "vteam/magic"}),
        ("vteam/m", {"vteam/magic"}),
        ("nonsense", set()),
        ("nonsense/", set()),
        ("-", HELP),
    ],
)
def test_models(bench, folder, word, want):
    """Asked of the program itself, which is the first word of the line."""
    process = subprocess.run(
        ["bash", "--norc", "--noprofile", "-c", DRIVER, "bash", SCRIPT, bench.program, "models", word],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=10,
    )
    assert process.returncode == 0 and process.stderr == "", process.stderr
    assert set(process.stdout.splitlines()) == want
