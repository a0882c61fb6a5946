#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Figures of loops, programming runs, gates, margins and calibrated models are drawn from
what the program writes, by the experiments that come with it."""
import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest
from conftest import experiment

ROOT = pathlib.Path(__file__).parents[2]
EXPERIMENTS, PLOTTING = ROOT / "experiments", ROOT / "plotting"

sys.path.insert(0, str(PLOTTING))

import fig_loops  # noqa: E402
import style  # noqa: E402


def script(path, *args):
    done = subprocess.run(
        ["/usr/bin/python3", path, *map(str, args)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "LC_ALL": "C.UTF-8"},
        timeout=200,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def draw(bench, figure, *args):
    """@return the files that a figure script says it has written"""
    out = script(PLOTTING / f"{figure}.py", *args, "-o", bench.folder / "figures")
    written = [pathlib.Path(line) for line in out.split("\n") if line]
    assert written and all(path.stat().st_size > 2000 for path in written)
    return {path.stem for path in written}


def run(bench, path, target, *sets):
    args = [x for change in sets for x in ("--set", change)]
    done = bench.xbar("run", EXPERIMENTS / path, "-o", target, *args)
    assert done.status == 0, done
    return bench.folder / target


def test_program(bench):
    small = ["crossbar.rows=3", "crossbar.cols=3", "engines=[nodal]"]
    path = run(bench, "program/program.yaml", "program.h5", *small)
    third = run(bench, "program/program.yaml", "third.h5", *small,
                "analysis.scheme=third")
    assert draw(bench, "fig_program", path) == {"program"}
    assert draw(bench, "fig_program", path, "--disturb", third) == {"program"}


def test_logic(bench):
    path = run(bench, "logic/nor.yaml", "nor.h5", "crossbar.rows=4",
               "analysis.rows=[3, 0]", "analysis.points=10")
    assert draw(bench, "fig_logic", path, "--rows", 3, 0) == {"logic"}


def test_adder_is_right(bench):
    run(bench, "logic/adder.yaml", "adder.h5", "engines=[nodal]", "analysis.points=2")


def test_large_program_in_small(bench):
    run(bench, "program/large.yaml", "large.h5", "crossbar.rows=4", "crossbar.cols=4")


def test_retention(bench):
    run(bench, "retention/pcm.yaml", "pcm.h5", "crossbar.rows=8", "crossbar.cols=8")


def test_loops(bench):
    folder = bench.folder / "loops"
    script(EXPERIMENTS / "loops" / "run.py", bench.program, folder, "drift")
    assert "loop_drift_biolek" in draw(bench, "fig_loops", folder, "--each")


def test_curves(bench):
    folder = bench.folder / "curves"
    script(EXPERIMENTS / "curves" / "run.py", bench.program, folder)
    assert "curve_sinh" in draw(bench, "fig_curves", folder)


def test_margin(bench):
    """Two sizes of one scheme and one selector: the rest is more of the same."""
    folder = bench.folder / "margin"
    folder.mkdir()
    for n in (2, 4):
        for state, siemens in (("on", 1e-5), ("off", 1e-7)):
            run(
                bench,
                "margin/margin.yaml",
                f"margin/none_half_{n}_{state}.h5",
                f"crossbar.rows={n}",
                f"crossbar.cols={n}",
                f"bias.selected=[0, {n - 1}]",
                f"crossbar.faults.stuck=[{{row: 0, col: {n - 1}, siemens: {siemens}}}]",
            )
    assert draw(bench, "fig_margin", folder) == {"margin"}


def test_calibrated_model(bench):
    digits = "digits/digits.yaml"
    few = [
        run(bench, digits, f"few_r{ohm}.h5", "inputs.file=few.csv", "engines=[nodal]",
            f"crossbar.wire.row_ohm={ohm}", f"crossbar.wire.col_ohm={ohm}")
        for ohm in (1, 5)
    ]
    done = bench.xbar("calibrate", *few, "--model", "modes", "-o", "model.yaml")
    assert done.status == 0, done
    assert draw(bench, "fig_calibration", bench.folder / "model.h5") == {"calibration"}
    truth = run(bench, digits, "digits.h5", "engines=[spice]", "inputs.file=few.csv")
    model = run(bench, digits, "model_r.h5", "engines=[analytical]",
                "inputs.file=few.csv", f"analytical.file={bench.folder}/model.yaml")
    table = script(PLOTTING / "model_table.py", truth, model).strip().split("\n")
    cells = [cell.strip() for cell in table[-1].strip("|").split("|")]
    assert float(cells[1]) < 1.0 and float(cells[3]) > 60


@pytest.mark.parametrize("figure", ["fig_loops", "fig_margin", "fig_curves"])
def test_nothing_there(bench, figure):
    done = subprocess.run(
        ["/usr/bin/python3", PLOTTING / f"{figure}.py", bench.folder],
        cwd=bench.folder,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1 and "no results" in done.stderr, done.stderr
    assert "Traceback" not in done.stderr


# ------------------------------------------------------------------ anybody's results


def anybody(bench, **changes):
    """A result that is no digits: two samples, two inputs, not square, no ngspice."""
    spec = experiment(
        5, 3, 2.5, 2.5, left=("input", 5), bottom=(0, 5), engines=["nodal", "ideal"],
        conductance={"distribution": "uniform", "min": 1e-5, "max": 1e-3, "samples": 2},
        inputs={"distribution": "uniform", "min": -0.1, "max": 0.2, "count": 2},
    )  # fmt: skip
    spec.update(changes)
    bench.run(spec, name="mine")
    return bench.folder / "mine.h5"


def refused(bench, figure, *args):
    done = subprocess.run(
        ["/usr/bin/python3", PLOTTING / f"{figure}.py", *map(str, args)],
        cwd=bench.folder, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 1 and "Traceback" not in done.stderr, done.stderr
    assert not (bench.folder / "results").exists()
    return done.stderr


def test_anybodys_result(bench):
    path = anybody(bench)
    assert draw(bench, "fig_currents", path) == {"fig_currents"}
    assert draw(bench, "fig_ir_drop", path, "--sample", 1, "--input", 1) == {"fig_ir_drop"}
    assert "--sample 2: want 0 to 1" in refused(bench, "fig_ir_drop", path, "--sample", 2)
    assert "--input -1: want 0 to 1" in refused(bench, "fig_ir_drop", path, "--input", -1)


@pytest.mark.parametrize(
    "figure, says",
    [
        ("fig_ir_drop", "no v_row of ideal in it"),
        ("fig_sneak", "want a read with one line driven"),
        ("fig_program", "no fate of nodal in it"),
        ("fig_logic", "no margin of nodal in it"),
        ("fig_calibration", "not a calibrated model"),
    ],
)
def test_results_of_another_kind(bench, figure, says):
    assert says in refused(bench, figure, anybody(bench, record=["i_out"]))


def test_no_calibrated_model(bench):
    bench.write("x.h5", "no HDF5")
    assert "x.h5: not a calibrated model" in refused(bench, "fig_calibration", "x.h5")


def test_row_that_was_not_written(bench):
    small = ["crossbar.rows=2", "crossbar.cols=2", "engines=[nodal]"]
    path = run(bench, "program/program.yaml", "program.h5", *small)
    says = refused(bench, "fig_program", path, "--row", 7)
    assert "no operation on row 7 in the log: it has rows [0, 1]" in says


@pytest.mark.parametrize(
    "low, high, ticks",
    [
        (5, 50, [5, 10, 20, 50]),
        (2, 60, [2, 5, 10, 20, 50]),
        (4, 500, [10, 30, 100, 300]),
        (1e-5, 10, [1e-4, 1e-2, 1]),
    ],
)
def test_ticks_of_few_decades(low, high, ticks):
    """At least three numbers stand at a logarithmic axis, and they are plain ones."""
    figure, axes = style.plt.subplots()
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    style.log_ticks(axes.xaxis)
    shown = [x for x in axes.xaxis.get_ticklocs() if low <= x <= high]
    assert set(np.round(ticks, 8)) <= set(np.round(shown, 8)) and len(shown) < 8
    style.plt.close(figure)


@pytest.mark.parametrize(
    "largest, want",
    [(2.0, (1, "A")), (-3e-3, (1e3, "mA")), (4e-11, (1e12, "pA")), (0.0, (1e15, "fA"))],
)
def test_amperes_in_their_unit(largest, want):
    assert style.scaled(np.array([0.0, largest / 2, np.nan, largest])) == want


def test_hertz():
    assert fig_loops.hertz("fefet, 2 V, 1e+06 Hz") == "fefet, 2 V, 1 MHz"
    assert fig_loops.hertz("pcm, 2 V, 0.1 Hz") == "pcm, 2 V, 0.1 Hz"
    assert fig_loops.hertz("no frequency") == "no frequency"
