# SPDX-License-Identifier: GPL-3.0-or-later
"""analysis: {kind: effective}: one matrix a state that gives every input's currents,
i_out = i_offset + V G_eff, against the currents that nodal and spice find one by one."""
import copy

import h5py
import numpy as np
import pytest
import xarray as xr

from conftest import DONE, assert_one_line, experiment
from test_random_networks import random_case
from test_resume import Runs, kill_with_parts

IN = "input"
MATRIX, OFFSET = "nodal/conductance_effective", "nodal/i_offset"


def effective(spec):
    """The same network, asked for its matrix."""
    spec = copy.deepcopy(spec)
    spec.update(engines=["nodal"], analysis={"kind": "effective"})
    return spec


def cells(rows, cols, samples=2, seed=1):
    random = np.random.default_rng(seed)
    return np.exp(random.uniform(np.log(1e-5), np.log(1e-3), (samples, rows, cols)))


def volts(rows, count=3, seed=2):
    return np.random.default_rng(seed).uniform(-1, 1, (count, rows))


def drive(*shape, row_ohm=2.5, col_ohm=1.5, **sides):
    return experiment(
        *shape,
        row_ohm,
        col_ohm,
        conductance={"file": "g.h5", "dataset": "/g"},
        inputs={"file": "v.csv"},
        **sides,
    )


def write_cells(bench, g):
    with h5py.File(bench.folder / "g.h5", "w") as f:
        f["g"] = g


def outputs(result, v):
    """[sample][input][col]; what no input drives has no part."""
    return result[OFFSET][:, None, :] + np.einsum("sij,li->slj", result[MATRIX], v)


def assert_same_outputs(got, want, what):
    """To 1e-10 of the largest of a sample and input."""
    largest = np.max(np.abs(want), axis=-1, keepdims=True)
    error = np.max(np.abs(got - want) / np.maximum(largest, 1e-20))
    assert error <= 1e-10, f"{what}: off by {error:.2e} of the largest"


def takes_input(spec):
    """Which rows: either end."""
    rows = spec["crossbar"]["rows"]
    takes = np.zeros(rows, bool)
    for side in ("left", "right"):
        volt = spec["crossbar"]["terminals"].get(side, {"volt": None})["volt"]
        one_by_one = volt if isinstance(volt, list) else [volt] * rows
        takes |= [x == IN for x in one_by_one]
    return takes


def assert_right(bench, spec, v):
    """Against both exact engines, and against the file's own i_out."""
    exact = bench.run(spec, v=v, name="exact")
    result = bench.run(effective(spec), v=v, name="effective")
    rows, cols = spec["crossbar"]["rows"], spec["crossbar"]["cols"]
    samples = exact["conductance"].shape[0]
    assert result[MATRIX].shape == (samples, rows, cols)
    assert result[OFFSET].shape == (samples, cols)
    assert not result[MATRIX][:, ~takes_input(spec), :].any()
    for engine in ("spice", "nodal"):
        assert_same_outputs(outputs(result, v), exact[engine + "/i_out"], engine)
    # all else is as it is without the matrix
    np.testing.assert_array_equal(result["nodal/i_out"], exact["nodal/i_out"])
    np.testing.assert_array_equal(result["nodal/v_row"], exact["nodal/v_row"])
    return result


# ------------------------------------------------------------------ networks

CASES = [
    ("usual", drive(5, 4, left=(IN, 2.5), bottom=(0, 2.5))),
    ("wide", drive(2, 9, left=(IN, 2.5), bottom=(0, 2.5))),
    ("tall", drive(9, 2, left=(IN, 2.5), bottom=(0, 2.5))),
    ("1 x N", drive(1, 7, left=(IN, 2.5), bottom=(0, 2.5))),
    ("N x 1", drive(7, 1, left=(IN, 2.5), bottom=(0, 2.5))),
    ("ideal", drive(4, 5, row_ohm=0.0, col_ohm=0.0, left=(IN, 0), bottom=(0, 0))),
    ("both ends", drive(4, 6, left=(IN, 3), right=(IN, 7), bottom=(0, 5))),
    (
        "both ends without resistance, ideal rows",
        drive(4, 6, row_ohm=0.0, left=(IN, 0), right=(IN, 0), bottom=(0, 5)),
    ),
    (
        "both ends of ideal columns: i_out is the bottom's half",
        drive(3, 4, col_ohm=0.0, left=(IN, 1), top=(0, 0), bottom=(0, 0)),
    ),
    (
        "fixed voltages on all sides",
        drive(5, 4, left=(IN, 3), right=(0.3, 30), top=(0.1, 4), bottom=(-0.1, 8)),
    ),
    (
        "lists with null",
        drive(
            *(4, 4),
            left=([IN, None, 0.2, IN], 3),
            right=([None, IN, None, IN], 5),
            top=([0.1, None, None, 0], 4),
            bottom=([0, None, 0.3, 0], [1, 2, 0, 300]),
        ),
    ),
    ("input on the right", drive(3, 4, right=(IN, 3), top=(0, 5))),
]


@pytest.mark.parametrize("spec", [pytest.param(s, id=n) for n, s in CASES])
def test_network(bench, spec):
    rows, cols = spec["crossbar"]["rows"], spec["crossbar"]["cols"]
    write_cells(bench, cells(rows, cols))
    result = assert_right(bench, spec, volts(rows))
    is_still = all(
        x in (0, IN, None)
        for t in spec["crossbar"]["terminals"].values()
        for x in (t["volt"] if isinstance(t["volt"], list) else [t["volt"]])
    )
    assert (not result[OFFSET].any()) == is_still


SEEDS = [seed for seed in range(30) if random_case(seed)[2] is not None]


@pytest.mark.parametrize("seed", SEEDS)
def test_random_network(bench, seed):
    spec, g, v = random_case(seed)
    spec["crossbar"]["cell"] = {"device": "linear"}
    bench.matrix("g.csv", g)
    assert_right(bench, spec, v)


def test_ideal_wires_give_the_cells(bench):
    g = cells(3, 5)
    write_cells(bench, g)
    spec = drive(3, 5, row_ohm=0.0, col_ohm=0.0, left=(IN, 0), bottom=(0, 0))
    result = bench.run(effective(spec), v=volts(3))
    np.testing.assert_allclose(result[MATRIX], g, rtol=1e-15)


def test_reciprocity(bench):
    """The array on its side: the transposed matrix."""
    write_cells(bench, cells(4, 6))
    spec = drive(4, 6, left=(IN, 3), bottom=(0, 7))
    a = bench.run(effective(spec), v=volts(4))
    write_cells(bench, np.swapaxes(cells(4, 6), 1, 2)[:, ::-1, ::-1])
    spec = drive(6, 4, row_ohm=1.5, col_ohm=2.5, left=(IN, 7), bottom=(0, 3))
    b = bench.run(effective(spec), v=volts(6))
    turned = np.swapaxes(b[MATRIX], 1, 2)[:, ::-1, ::-1]
    np.testing.assert_allclose(a[MATRIX], turned, rtol=1e-10)


def test_a_larger_array(bench):
    """More columns than are solved at a time; held against nodal alone."""
    write_cells(bench, cells(90, 70))
    spec = drive(90, 70, left=(IN, 2.5), bottom=(0.05, 1.5))
    spec["engines"] = ["nodal"]
    v = volts(90)
    exact = bench.run(spec, v=v, name="exact")
    result = bench.run(effective(spec), v=v)
    assert_same_outputs(outputs(result, v), exact["nodal/i_out"], "nodal")


# ------------------------------------------------------------------ the file


def at_rest():
    """Without inputs."""
    spec = drive(4, 3, left=(IN, 2.5), right=([None, 0.2, None, 0.1], 9), bottom=(0, 2))
    del spec["inputs"]
    return effective(spec)


def test_without_inputs(bench):
    """One input of 0 V: the offset is what flows."""
    write_cells(bench, cells(4, 3))
    result = bench.run(at_rest())
    assert result["nodal/status"].tolist() == [[DONE]] * 2
    assert not result["v_in"].any() and result["v_in"].shape == (2, 1, 4)
    assert result[OFFSET].all()
    np.testing.assert_array_equal(result["nodal/i_out"][:, 0, :], result[OFFSET])


@pytest.mark.parametrize("engine", ["h5netcdf", "netcdf4"])
def test_xarray(bench, engine):
    write_cells(bench, cells(4, 3))
    result = bench.run(at_rest())
    what = xr.open_dataset(result.path, group="nodal", engine=engine)
    root = xr.open_dataset(result.path, engine=engine)
    matrix, offset = what.conductance_effective, what.i_offset
    assert matrix.dims == root.conductance.dims == ("sample", "row", "col")
    assert offset.dims == ("sample", "col")
    assert matrix.attrs["units"] == "S" and offset.attrs["units"] == "A"
    assert matrix.attrs["long_name"] and offset.attrs["long_name"]
    out = offset + (root.v_in * matrix).sum("row")
    np.testing.assert_allclose(
        out.transpose("sample", "input", "col"), what.i_out, rtol=1e-10
    )


def test_info_and_compare(bench):
    write_cells(bench, cells(4, 3))
    bench.run(at_rest())
    info = bench.xbar("info", "experiment.h5")
    assert info.status == 0 and not info.err, info
    assert "/" + MATRIX in info.out and "/" + OFFSET in info.out
    assert "[sample 2, row 4, col 3]" in info.out
    compare = bench.xbar("compare", "experiment.h5")
    assert compare.status == 0 and not compare.err, compare
    assert "nodal" in compare.out


def test_dc_has_no_matrix(bench):
    write_cells(bench, cells(4, 3))
    spec = at_rest()
    spec.update(analysis={"kind": "dc"}, inputs={"file": "v.csv"})
    result = bench.run(spec, v=volts(4))
    assert MATRIX not in result and OFFSET not in result


def test_by_an_override(bench):
    write_cells(bench, cells(4, 3))
    spec = at_rest()
    del spec["analysis"]
    result = bench.run(spec, "--set", "analysis.kind=effective")
    assert result[MATRIX].all()


# ------------------------------------------------------------------ refusals

REFUSALS = [
    ("spice", {"engines": ["nodal", "spice"]}, [], ["analysis.kind", "spice"]),
    ("-e ideal", {}, ["-e", "ideal"], ["analysis.kind", "ideal"]),
    ("cells", {}, ["--set", "crossbar.cell.device=sinh"], ["analysis.kind", "sinh"]),
    (
        "bias",
        {"bias": {"scheme": "half", "selected": [0, 0], "volt": 1}},
        [],
        ["bias.scheme", "half", "effective"],
    ),
    (
        "no input",
        {},
        ["--set", "crossbar.terminals.left.volt=0.1"],
        ["crossbar.terminals", "volt: input"],
    ),
    (
        "a short",
        {},
        [
            *("--set", "crossbar.wire.row_ohm=0"),
            *("--set", "crossbar.terminals.left.ohm=0"),
            *("--set", "crossbar.terminals.right.ohm=0"),
        ],
        ["left 1 (input)", "right 1 (0.2 V)"],
    ),
]


@pytest.mark.parametrize(
    "more, args, words", [pytest.param(*r[1:], id=r[0]) for r in REFUSALS]
)
def test_refused(bench, more, args, words):
    write_cells(bench, cells(4, 3))
    bench.write("experiment.yaml", {**at_rest(), **more})
    before = bench.files()
    done = bench.xbar("run", "experiment.yaml", *args)
    assert_one_line(done, 2)
    assert all(word in done.err for word in words), done
    assert bench.files() == before


# ------------------------------------------------------------------ interrupted


def test_resumed(bench):
    spec = effective(
        experiment(
            12,
            12,
            *(2.5, 2.5),
            left=(IN, 2.5),
            bottom=(0.1, 2.5),
            seed=3,
            conductance={
                "distribution": "loguniform",
                "min": 1e-5,
                "max": 1e-3,
                "samples": 1500,
            },
        )
    )
    del spec["record"]
    runs = Runs(bench, spec)
    kill_with_parts(runs, "a.h5", 2)
    result = runs.finish("a.h5", "--resume")
    runs.undisturbed.assert_same_numbers(result)
    assert result[MATRIX].all() and np.isfinite(result[MATRIX]).all()


def test_inputs_of_a_sample_in_several_blocks(bench):
    """The matrix is there once, whichever block the first input is in."""
    spec = drive(200, 2, left=(IN, 2.5), bottom=(0.1, 1.5))
    spec["record"] = ["i_out"]
    # 3 numbers a line, input and engine: more than the 64 MiB of a block
    spec["inputs"] = {"distribution": "levels", "min": 0, "max": 1, "levels": 2}
    spec["inputs"]["count"] = 13800
    write_cells(bench, cells(200, 2, samples=1))
    result = bench.run(effective(spec))
    out = outputs(result, result["v_in"][0])
    assert_same_outputs(out, result["nodal/i_out"], "nodal")
