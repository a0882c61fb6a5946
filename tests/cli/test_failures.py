# SPDX-License-Identifier: GPL-3.0-or-later
"""A sample that ngspice cannot solve is a status on that sample: the others go on, exit
status 1, and stderr names it."""
import re

import h5py
import numpy as np
import pytest

from conftest import DONE, FAILED, NOT_CONVERGED, Result, experiment, one

SIDES = ("left", "right", "top", "bottom")


def run_with_failures(bench, spec):
    bench.write("experiment.yaml", spec)
    done = bench.xbar("run", "experiment.yaml", "-o", "experiment.h5")
    assert done.status == 1, done
    assert done.out == "", done
    lines = done.err.splitlines()
    assert all(line.startswith("xbar: ") for line in lines), done
    return lines, Result(bench.folder / "experiment.h5")


def hard_inputs(count=5, bad=(1, 3)):
    """sinh cells at voltages where Newton's iteration cannot arrive: 1e6 V over
    v0 = 1 mV, between inputs that are easy."""
    v = np.full((count, 3), 1e-3)
    for k in bad:
        v[k] = 1e6
    return v


def hard_experiment():
    return experiment(
        3,
        3,
        *(2.5, 2.5),
        device="sinh",
        cell={"parameters": {"v0": 1e-3}},
        left=("input", 2.5),
        bottom=(0, 2.5),
        inputs={"file": "v.csv"},
    )


def test_failed_inputs_among_good_ones(bench):
    bad = (1, 3)
    bench.matrix("g.csv", np.full((3, 3), 1e-4))
    bench.matrix("v.csv", hard_inputs(bad=bad))
    lines, result = run_with_failures(bench, hard_experiment())
    status = result["spice/status"][0]
    for l in range(5):
        got = one(result, "spice", 0, l)
        if l in bad:
            assert status[l] == NOT_CONVERGED
            for name in ("i_out", "v_row", "v_col", "i_cell", "i_left", "i_bottom"):
                assert np.isnan(got[name]).all(), name
        else:
            assert status[l] == DONE
            assert np.isfinite(got["i_out"]).all()
    assert any(re.search(r"sample 0\b.*\b2 inputs.*\b1\b", x) for x in lines), lines
    good = [l for l in range(5) if l not in bad]
    # the good ones are what they are without their neighbours
    bench.matrix("v.csv", hard_inputs()[good])
    alone = bench.run(hard_experiment(), name="alone")
    np.testing.assert_allclose(
        result["spice/i_out"][0, good], alone["spice/i_out"][0], rtol=1e-9
    )


def test_failed_samples_among_good_ones(bench):
    spec = hard_experiment()
    spec["engines"] = ["spice", "ideal"]
    spec["conductance"] = {"file": "d.h5", "dataset": "/g"}
    spec["inputs"] = {"file": "d.h5", "dataset": "/v"}
    v = np.full((4, 2, 3), 1e-3)
    v[2] = 1e6
    with h5py.File(bench.folder / "d.h5", "w") as f:
        f["g"] = np.full((4, 3, 3), 1e-4)
        f["v"] = v
    lines, result = run_with_failures(bench, spec)
    status = result["spice/status"]
    assert (status[[0, 1, 3]] == DONE).all()
    assert np.isin(status[2], (NOT_CONVERGED, FAILED)).all()
    assert (result["ideal/status"] == DONE).all()
    assert any("sample 2" in line for line in lines)
    assert not any(f"sample {k}" in line for line in lines for k in (0, 1, 3))
    # the next run does not mistake the failed ones for finished
    again = bench.xbar("run", "experiment.yaml", "-o", "experiment.h5")
    assert again.status == 1 and again.err.splitlines() == lines


def test_compare_and_info_of_a_file_with_failures(bench):
    spec = hard_experiment()
    spec["engines"] = ["spice", "ideal"]
    bench.matrix("g.csv", np.full((3, 3), 1e-4))
    bench.matrix("v.csv", hard_inputs())
    run_with_failures(bench, spec)
    done = bench.xbar("compare", "experiment.h5")
    assert done.status == 0 and "nan" not in done.out.lower(), done
    assert bench.xbar("info", "experiment.h5").status == 0


@pytest.mark.parametrize(
    "name, g, row_ohm, v, device",
    [
        ("conductances at both limits", [[1e-15, 1e6], [1e6, 1e-15]], 1e-6, 1, "linear"),
        ("resistances at the upper limit", [[1e-15, 1e-15], [1, 1]], 1e12, 1e6, "linear"),
        ("voltages at the limit", [[1e-4, 1e-4], [1e-4, 1e-4]], 2.5, 1e6, "linear"),
        ("sinh at the limits", [[1e-15, 1e6], [1e6, 1e-15]], 1e-6, 1e6, "sinh"),
    ],
)
def test_limits_end_in_an_answer_or_a_status(bench, name, g, row_ohm, v, device):
    """No crash, no chatter, no hang: numbers that hold, or a named failure."""
    spec = experiment(
        2,
        2,
        *(row_ohm, row_ohm),
        device,
        left=("input", row_ohm),
        bottom=(0, row_ohm),
        inputs={"file": "v.csv"},
    )
    bench.matrix("g.csv", g)
    bench.matrix("v.csv", [[v, -v]])
    bench.write("experiment.yaml", spec)
    done = bench.xbar("run", "experiment.yaml", "-o", "experiment.h5")
    assert done.status in (0, 1) and done.out == "", done
    assert all(line.startswith("xbar: ") for line in done.err.splitlines())
    result = Result(bench.folder / "experiment.h5")
    assert (result["spice/status"][0, 0] == DONE) == (done.status == 0)


@pytest.mark.parametrize("seed", range(6))
def test_stiff_circuits_converge(bench, seed):
    """Wires of 1 mohm between sinh cells: the least current that rounding lets stand
    still is 2e-13 A there, and Newton has to know."""
    draw = np.random.default_rng(seed)
    rows, cols = (int(n) for n in draw.integers(2, 14, 2))
    bench.matrix("g.csv", np.exp(draw.uniform(np.log(1e-6), np.log(1e-3), (rows, cols))))
    bench.matrix("v.csv", draw.uniform(-1, 1, (8, rows)))
    spec = experiment(
        rows,
        cols,
        *(1e-3, 1e-3),
        device="sinh",
        left=("input", 2.5),
        bottom=(0, 2.5),
        inputs={"file": "v.csv"},
    )
    bench.write("experiment.yaml", spec)
    done = bench.xbar("run", "experiment.yaml", "-o", "experiment.h5")
    assert done.status == 0, done
    result = Result(bench.folder / "experiment.h5")
    largest = np.abs(result["spice/i_out"]).max()
    assert result["spice/kcl_residual"].max() < 1e-9 * largest


@pytest.mark.parametrize("limit", ["0.05", "1"])
def test_time_limit_is_an_inputs(bench, limit):
    """An input that takes too long costs neither its neighbours nor its sample."""
    bad = (1, 3)
    bench.matrix("g.csv", np.full((3, 3), 1e-4))
    bench.matrix("v.csv", hard_inputs(bad=bad))
    bench.write("experiment.yaml", hard_experiment())
    done = bench.xbar("run", "experiment.yaml", "-o", "e.h5", "--time-limit", limit)
    assert done.status == 1, done
    status = Result(bench.folder / "e.h5")["spice/status"][0]
    assert [k for k in range(5) if status[k] != DONE] == list(bad)


def test_output_never_replaces_what_is_no_result(bench):
    """A mistyped -o costs nobody an experiment or a data file."""
    bench.matrix("g.csv", np.full((3, 3), 1e-4))
    bench.matrix("v.csv", np.full((2, 3), 0.1))
    bench.write("experiment.yaml", hard_experiment())
    for command, name in [
        ("run", "experiment.yaml"),
        ("run", "g.csv"),
        ("netlist", "experiment.yaml"),
        ("netlist", "v.csv"),
    ]:
        before = (bench.folder / name).read_bytes()
        done = bench.xbar(command, "experiment.yaml", "-o", name)
        assert done.status == 2 and len(done.err.splitlines()) == 1, done
        assert name in done.err
        assert (bench.folder / name).read_bytes() == before
