# SPDX-License-Identifier: GPL-3.0-or-later
"""What README.md tells the reader to write and type does what it says."""
import pathlib
import re
import subprocess

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
