# SPDX-License-Identifier: GPL-3.0-or-later
"""What README.md tells the reader to write and type does what it says."""
import pathlib
import re
import subprocess

import h5py
import pytest
from conftest import experiment

ROOT = pathlib.Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


def block(language, having):
    """The one code block of a language that holds some text."""
    blocks = re.findall(rf"(?ms)^```{language}\n(.*?)^```$", README)
    found = [text for text in blocks if having in text]
    assert len(found) == 1, f"{len(found)} {language} blocks hold {having!r}"
    return found[0]


def test_experiment_commands_and_python(bench):
    bench.write("read.yaml", block("yaml", "title:"))
    program = bench.folder / "build" / "src" / "xbar"
    program.parent.mkdir(parents=True)
    program.symlink_to(bench.program)
    done = subprocess.run(
        ["bash", "-euc", block("sh", "xbar run")],
        cwd=bench.folder,
        env=bench.env,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    for name in ("results/read.h5", "results/read_r10.h5", "read.cir"):
        assert (bench.folder / name).stat().st_size > 0
    assert "ideal" in done.stdout  # the table of `compare`
    assert bench.ngspice(bench.folder / "read.cir")

    done = subprocess.run(
        ["/usr/bin/python3", "-W", "error", "-c", block("python", "xr.open_dataset")],
        cwd=bench.folder,
        env={**bench.env, "MPLBACKEND": "Agg", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("('sample', 'row', 'col') S\ncurrent lost: ")
    assert (bench.folder / "cells.png").stat().st_size > 0


def test_links_lead_somewhere():
    targets = re.findall(r"\]\(([^)#]+)\)", README)
    assert targets
    for target in targets:
        assert target.startswith("https://") or (ROOT / target).exists(), target


def test_man_page_names_every_option(bench):
    """Those of all commands' help, and no other."""
    told = set()
    for command in ("run", "netlist", "calibrate", "compare", "info"):
        done = bench.xbar(command, "--help")
        assert done.status == 0, done
        told |= set(re.findall(r"^ +(?:-\w, )?(--[a-z-]+)", done.out, re.MULTILINE))
    page = (ROOT / "docs" / "xbar.1").read_text()
    items = re.findall(r"^\.It Fl (?:\w , )?(-[a-z-]+)", page, re.MULTILINE)
    assert {f"-{name}" for name in items} == told | {"--help", "--version"}


MAN_PAGE = (ROOT / "docs" / "xbar.1").read_text()
MAN_SECTION = MAN_PAGE[MAN_PAGE.index(".Sh EXPERIMENT FILE") : MAN_PAGE.index(".Sh FILES")]


def test_man_page_example(bench):
    """The experiment of the man page runs as it stands there."""
    text = re.search(r"\.Bd -literal.*\n(title:[^\0]*?)\.Ed", MAN_SECTION)[1]
    bench.write("man.yaml", text)
    done = bench.xbar("run", "man.yaml", "-o", "man.h5")
    assert done.status == 0, done
    with h5py.File(bench.folder / "man.h5") as f:
        assert f["conductance"].shape == (2, 8, 6) and (f["conductance"][:, 3, 5] == 0).all()
        assert abs(f["spice/i_out"][()] - f["nodal/i_out"][()]).max() < 1e-12


@pytest.mark.parametrize(
    "path",
    [
        "", "crossbar.", "crossbar.wire.", "crossbar.terminals.", "crossbar.terminals.left.",
        "crossbar.cell.", "crossbar.gate.", "crossbar.faults.", "conductance.", "inputs.",
        "bias.", "analysis.", "analysis.verify.", "analysis.set.", "analysis.waveform.",
        "analytical.",
    ],
)  # fmt: skip
def test_man_page_names_every_key(bench, path):
    """What the program says it knows, where it refuses a key that it does not know."""
    bench.write("e.yaml", experiment(2, 2, left=("input", 1), bottom=(0, 1)))
    done = bench.xbar("run", "e.yaml", "--set", f"{path}nonsense=1")
    assert done.status == 2, done
    names = re.search(r"no such key; want (.*)", done.err)[1].split(", ")
    assert names
    for name in names:
        assert re.search(rf"\b{name}\b", MAN_SECTION), f"{path}{name}"
