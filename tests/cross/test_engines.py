#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""One experiment on every engine: `spice` and `nodal` share nothing but the array, the
cells' equations and the result file, so that where they agree both are right; where a
formula is exact, it is the third."""
import os
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
import yaml

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "reference"))

import uniform  # noqa: E402

XBAR = os.environ["XBAR"]
SIDES = ("left", "right", "top", "bottom")
EXACT = {"spice": 1e-9, "nodal": 1e-11}  # share of the largest current

# The contract's example, as it stands there.
EXAMPLE = """\
title: Read of a 32 x 32 array
seed: 1                     # sample k depends on (seed, k) alone: any order, any shard, same numbers
engines: [spice, nodal, ideal]
crossbar:
  rows: 32
  cols: 32
  wire: {row_ohm: 2.5, col_ohm: 2.5, row_farad: 0, col_farad: 0}   # farad: per segment, node to ground
  terminals:                # per side; a side left out is open. volt: input | number | list, one per line, null = floating line; ohm: number | list
    left:   {volt: input, ohm: 2.5}
    bottom: {volt: 0, ohm: 2.5}
  cell: {device: linear}    # a model of models/, with parameters: NAME or a map; selector: NAME; access: NAME
  faults:                   # optional
    stuck: [{row: 3, col: 7, siemens: 1.0e-3}]        # or {on: 0.01, off: 0.02, on_siemens: …, off_siemens: …}: shares of all cells
    broken: [{line: row, index: 3, after: 5}]         # the segment behind cell 5 of word line 3 is cut
conductance:                # siemens, [sample][row][col]; one of:
  {distribution: loguniform, min: 1.0e-5, max: 1.0e-3, samples: 4}   # uniform; constant {value}; levels {min, max, count}: evenly spaced; lognormal {median, sigma}
  # {file: g.csv}           # rows x cols numbers; or {file: g.h5, dataset: /conductance}
inputs:                     # volts, [input][row]; one of:
  {distribution: uniform, min: 0, max: 0.2, count: 8}
  # {file: v.csv}           # count x rows numbers; or {file: v.h5, dataset: /v_in}, [input][row] or [sample][input][row]. Without a sample axis it serves every sample; a distribution is drawn anew for each
bias: {scheme: read}        # or half | third | float | ground with selected: [i, j] and volt: V
analysis: {kind: dc}        # or transient, program, logic …: each with its own keys
record: [i_out, v_row, v_col, i_cell]
"""


def run(folder, what):
    """@return the result file, open"""
    text = what if isinstance(what, str) else yaml.safe_dump(what)
    (folder / "experiment.yaml").write_text(text)
    done = subprocess.run(
        [XBAR, "run", "experiment.yaml", "-o", "result.h5"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert done.returncode == 0, done.stderr
    return h5py.File(folder / "result.h5")


def array(rows, cols, row_ohm, col_ohm, g, device="linear", engines=EXACT, **more):
    """Driven from the left and sensed at the bottom through one segment each."""
    return {
        "seed": 3,
        "engines": list(engines),
        "crossbar": {
            "rows": rows,
            "cols": cols,
            "wire": {"row_ohm": row_ohm, "col_ohm": col_ohm},
            "terminals": {
                "left": {"volt": "input", "ohm": row_ohm},
                "bottom": {"volt": 0, "ohm": col_ohm},
            },
            "cell": {"device": device},
        },
        "conductance": g,
        "record": ["i_out", "v_row", "v_col", "i_cell"],
        **more,
    }


def assert_apart(result, share):
    """Every current within a share of the largest terminal current, every node within
    one of the largest voltage."""
    a, b = result["spice"], result["nodal"]
    assert (a["status"][()] == 1).all() and (b["status"][()] == 1).all()
    largest = max(np.max(np.abs(a[f"i_{side}"])) for side in SIDES)
    for name in ("i_out", *(f"i_{side}" for side in SIDES), "i_cell"):
        assert np.max(np.abs(a[name][()] - b[name][()])) <= share * largest, name
    volt = np.nanmax(np.abs(a["v_row"]))
    for name in ("v_row", "v_col"):
        assert np.nanmax(np.abs(a[name][()] - b[name][()])) <= share * volt, name
        assert np.array_equal(np.isnan(a[name][()]), np.isnan(b[name][()]))
    assert np.max(b["kcl_residual"]) <= 1e-12 * largest


def test_the_example_of_the_contract(tmp_path):
    result = run(tmp_path, EXAMPLE)
    assert result["spice/i_out"].shape == result["nodal/i_out"].shape == (4, 8, 32)
    assert (result["ideal/status"][()] == 1).all()
    assert_apart(result, 1e-10)


@pytest.mark.parametrize("volt", [0.2, 1.0])
def test_sinh_cells(tmp_path, volt):
    """With the options that the spice engine has of itself."""
    spec = array(
        *(32, 32, 2.5, 2.5),
        {"distribution": "loguniform", "min": 1e-5, "max": 1e-3, "samples": 1},
        "sinh",
        inputs={"distribution": "uniform", "min": 0, "max": volt, "count": 3},
    )
    assert_apart(run(tmp_path, spec), 1e-9)


@pytest.mark.parametrize("device", ["linear", "sinh"])
def test_everything_at_once(tmp_path, device):
    """Terminals on all sides, lists, open lines, 0 ohm, cuts, stuck and open cells."""
    spec = array(
        *(9, 7, 3.0, 1.5),
        {"distribution": "loguniform", "min": 1e-6, "max": 1e-3, "samples": 3},
        device,
        inputs={"distribution": "uniform", "min": -1, "max": 1, "count": 2},
    )
    spec["crossbar"]["terminals"].update(
        right={"volt": [0.3, None, None, 0.1, None, 0, None, 0.2, None], "ohm": 4},
        top={"volt": [None, 0, None, 0.2, None, None, 0], "ohm": 0},
        bottom={"volt": [0, 0, None, 0.1, 0, 0, None], "ohm": [0, 2, 0, 5, 0, 1, 9]},
    )
    spec["crossbar"]["faults"] = {
        "stuck": {"on": 0.05, "off": 0.2, "on_siemens": 2e-2, "off_siemens": 0},
        "broken": [
            {"line": "row", "index": 2, "after": 3},
            {"line": "col", "index": 4, "after": 0},
            {"line": "col", "index": 4, "after": 6},
        ],
    }
    assert_apart(run(tmp_path, spec), 1e-9)


# rows, cols, row_ohm, col_ohm, cell's conductance, engines
UNIFORM = [
    (16, 16, 1.0, 1.0, 1e-4, EXACT),
    (12, 20, 0.3, 40.0, 2e-3, EXACT),
    (20, 5, 100.0, 2.0, 1e-3, EXACT),
    (150, 200, 2.5, 2.5, 1e-4, ["nodal"]),
    (256, 256, 2.5, 2.5, 1e-3, ["nodal"]),
]


@pytest.mark.parametrize("rows, cols, row_ohm, col_ohm, g, engines", UNIFORM)
def test_uniform_array(tmp_path, rows, cols, row_ohm, col_ohm, g, engines):
    """Against the double sine series."""
    v = np.random.default_rng(5).uniform(0, 1, (2, rows))
    np.savetxt(tmp_path / "v.csv", v, fmt="%.17g", delimiter=",")
    spec = array(
        *(rows, cols, row_ohm, col_ohm),
        {"distribution": "constant", "value": g},
        engines=engines,
        inputs={"file": "v.csv"},
    )
    result = run(tmp_path, spec)
    for k in range(2):
        i_out, v_row, v_col = uniform.solve(g, row_ohm, col_ohm, v[k], cols)
        for engine in engines:
            got = result[engine]
            largest = np.max(np.abs(i_out))
            np.testing.assert_allclose(
                got["i_out"][0, k], i_out, rtol=0, atol=EXACT[engine] * largest
            )
            np.testing.assert_allclose(got["v_row"][0, k], v_row, rtol=0, atol=1e-11)
            np.testing.assert_allclose(got["v_col"][0, k], v_col, rtol=0, atol=1e-11)
