#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""analysis: {kind: program}: write-verify through the program, on both engines: where
cells end, what it cost, what neighbours suffered, and runs that are killed."""

import numpy as np
import pytest
import xarray as xr

from conftest import DONE, NOT_CONVERGED, Result, assert_one_line
from test_resume import Runs, kill_with_parts

ENGINES = ["spice", "nodal"]
EDGES = {"rise_s": 1e-9, "fall_s": 1e-9, "gap_s": 1e-9}
BETWEEN = {"distribution": "loguniform", "min": 5e-6, "max": 5e-5}


def pulse(volt, step, last, width=10e-9, **more):
    return {
        "volt": volt,
        "step_volt": step,
        "max_volt": last,
        "width_s": width,
        **EDGES,
        **more,
    }


def programming(rows, cols, ohm=2.5, **more):
    cell = more.pop("cell", {"device": "vteam", "parameters": "magic"})
    engines = more.pop("engines", ENGINES)
    crossbar = {
        "rows": rows,
        "cols": cols,
        "wire": {"row_ohm": ohm, "col_ohm": ohm},
        "terminals": {
            "left": {"volt": "input", "ohm": ohm},
            "bottom": {"volt": 0, "ohm": ohm},
        },
        "cell": cell,
        **more.pop("crossbar", {}),
    }
    return {
        "seed": more.pop("seed", 1),
        "engines": engines,
        "crossbar": crossbar,
        "conductance": more.pop("conductance", BETWEEN),
        "inputs": {"distribution": "uniform", "min": 0, "max": 0.1, "count": 2},
        "analysis": {
            "kind": "program",
            "target": more.pop("target", BETWEEN),
            "set": pulse(-1.6, -0.05, -2.2),
            "reset": pulse(0.35, 0.02, 0.58),
            "read": {"volt": 0.1, "width_s": 2e-9, **EDGES},
            "verify": {"tolerance": 0.1, "max_pulses": 200, "max_cycles": 20},
            **more,
        },
        "record": ["i_out"],
    }


def assert_programmed(result, engine, names=("measured", "final"), tolerance=0.1):
    """Every cell within its tolerance, by what the controller saw and by what it is."""
    assert (result[f"{engine}/status"] == DONE).all()
    assert (result[f"{engine}/fate"] == 1).all()
    target = result[f"{engine}/target"]
    for name in names:
        error = np.abs(result[f"{engine}/conductance_{name}"] / target - 1)
        assert error.max() <= tolerance * 1.02, f"{engine}/{name}: off by {error.max()}"


def test_engines_agree(bench):
    """8 x 8, row by row: the same pulses, the same conductances, the same heat."""
    r = bench.run(programming(8, 8))
    for engine in ENGINES:
        assert_programmed(r, engine)
    final = [r[f"{engine}/conductance_final"] for engine in ENGINES]
    assert np.max(np.abs(final[0] / final[1] - 1)) <= 0.01
    assert np.mean(r["spice/pulses"] != r["nodal/pulses"]) <= 0.05
    for name in ("energy", "seconds", "cell_energy"):
        assert np.allclose(r[f"spice/{name}"], r[f"nodal/{name}"], rtol=0.02), name


@pytest.mark.parametrize("order", ["row", "cell"])
@pytest.mark.parametrize("scheme", ["half", "third"])
def test_log(bench, order, scheme):
    """The log tells every operation in order, and adds up to the totals."""
    r = bench.run(programming(4, 3, engines=["nodal"], order=order, scheme=scheme))
    # a third of a set pulse, the other way round, is above the reset threshold
    disturbs = scheme == "third"
    assert_programmed(r, "nodal", ["measured"] if disturbs else ["measured", "final"])
    n = int(r["nodal/operations"][0])
    log = {k: r[f"nodal/log_{k}"][0] for k in ("begin", "kind", "volt", "energy", "row")}
    for column in log.values():
        assert np.isfinite(column[:n]).all() and np.isnan(column[n:]).all()
    assert (np.diff(log["begin"][:n]) > 0).all()
    assert np.isclose(np.sum(log["energy"][:n]), r["nodal/energy"][0], rtol=1e-9)
    assert (np.diff(log["row"][:n]) >= 0).all()
    assert log["kind"][0] == 0 and log["kind"][n - 1] == 0  # a verify first and last
    for kind, sign in ((1, -1), (2, 1)):
        assert (np.sign(log["volt"][:n][log["kind"][:n] == kind]) == sign).all()
    written = r["nodal/log_cells"][0][:n]
    assert written.sum() == r["nodal/pulses"].sum()


def test_inputs_see_the_programmed_array(bench):
    """The inputs' currents are those of an ordinary read of the final conductances."""
    r = bench.run(programming(6, 5, engines=["nodal"]))
    spec = {
        "engines": ["nodal"],
        "crossbar": programming(6, 5)["crossbar"],
        "conductance": {"file": "g.csv"},
        "inputs": {"file": "v.csv"},
        "record": ["i_out"],
    }
    read = bench.run(
        spec, g=r["nodal/conductance_final"][0], v=r["v_in"][0], name="read"
    )
    assert np.allclose(r["nodal/i_out"], read["nodal/i_out"], rtol=1e-6)


def test_disturb(bench):
    """Low thresholds: half-selected neighbours move, and the record says by how much."""
    low = {"device": "vteam", "parameters": "default"}
    cells = {"distribution": "uniform", "min": 0.0015, "max": 0.01}
    what = programming(
        4,
        4,
        engines=["nodal"],
        cell=low,
        conductance=cells,
        target=cells,
        set=pulse(-0.22, -0.01, -0.3, 1e-10, rise_s=1e-11, fall_s=1e-11),
        reset=pulse(0.03, 0.002, 0.06, 1e-9),
        read={"volt": 0.01, "width_s": 1e-9, **EDGES},
        verify={"tolerance": 0.2, "max_pulses": 400, "max_cycles": 40},
    )
    r = bench.run(what)
    disturb, final = r["nodal/disturb"][0], r["nodal/conductance_final"][0]
    assert np.abs(disturb[:-1]).max() > 1e-4 * final.max()  # of rows written before
    assert np.abs(disturb[-1]).max() == 0  # nothing came after the last row
    arrived = r["nodal/fate"][0] == 1
    error = np.abs(r["nodal/conductance_measured"][0] / r["nodal/target"][0] - 1)
    assert arrived.any() and error[arrived].max() <= 0.2


@pytest.mark.parametrize("n, engines", [(4, ["nodal"]), (2, ENGINES)])
def test_gates(bench, n, engines):
    """1T1R: the selected row's gates let the pulse through, others keep their cells."""
    what = programming(
        n,
        n,
        cell={"device": "vteam", "parameters": "magic", "access": "access_nmos",
              "read_volt": 0.1, "read_gate": 3.0},
        crossbar={"gate": {"volt": 3.0}},
        conductance={"distribution": "loguniform", "min": 5e-6, "max": 3e-5},
        target={"distribution": "loguniform", "min": 5e-6, "max": 3e-5},
        scheme="gate",
        set=pulse(-1.7, -0.05, -3.0, gate_volt=3.0),
        reset=pulse(0.35, 0.02, 1.2, gate_volt=3.0),
        read={"volt": 0.1, "gate_volt": 3.0, "width_s": 2e-9, **EDGES},
        engines=engines,
    )
    r = bench.run(what)
    final = [r[f"{engine}/conductance_final"] for engine in engines]
    for engine in engines:
        assert_programmed(r, engine)
        assert np.abs(r[f"{engine}/disturb"]).max() <= 1e-6 * final[0].max()
    assert np.max(np.abs(final[0] / final[-1] - 1)) <= 0.01


def test_samples_and_targets_from_files(bench):
    """Targets of a file serve every sample; a NaN-free log of each."""
    target = np.geomspace(6e-6, 4e-5, 6).reshape(2, 3)
    what = programming(2, 3, engines=["nodal"], target={"file": "t.csv"})
    what["conductance"] = {**BETWEEN, "samples": 3}
    bench.matrix("t.csv", target)
    r = bench.run(what)
    assert_programmed(r, "nodal")
    assert (r["nodal/target"] == target).all() and r["nodal/target"].shape[0] == 3


def test_gives_up(bench):
    """Too few pulses: cells are given up, and named; the run is done all the same."""
    what = programming(2, 2, engines=["nodal"], verify={"max_pulses": 1})
    r = bench.run(what)
    assert (r["nodal/fate"] == 2).any()
    assert (r["nodal/pulses"] <= 1).all() and (r["nodal/status"] == DONE).all()


def test_says_what_it_gave_up(bench):
    """Nobody has to look for cells that did not arrive; where none did, a sign is wrong."""
    bench.write("some.yaml", programming(3, 3, engines=["nodal"], verify={"max_pulses": 6}))
    done = bench.xbar("run", "some.yaml", "-o", "some.h5")
    n = int((Result(bench.folder / "some.h5")["nodal/fate"] == 2).sum())
    assert done.status == 0 and 0 < n < 9
    assert f"nodal gave up {n} of 9 cells before they had arrived" in done.err, done
    assert "sign" not in done.err
    wrong = {"set": pulse(1.6, 0.05, 2.2), "reset": pulse(-0.35, -0.02, -0.58)}
    bench.write("none.yaml", programming(2, 2, engines=["nodal"], **wrong))
    done = bench.xbar("run", "none.yaml", "-o", "none.h5")
    assert done.status == 0 and "nodal gave up 4 of 4 cells" in done.err, done
    assert "is the sign of set and reset the one that moves this device" in done.err
    bench.write("all.yaml", programming(2, 2, engines=["nodal"]))
    assert "gave up" not in bench.xbar("run", "all.yaml", "-o", "all.h5").err


def test_readers(bench):
    what = programming(3, 2, engines=["nodal"])
    path = bench.run(what).path
    for reader in ("h5netcdf", "netcdf4"):
        data = xr.open_dataset(path, group="nodal", engine=reader)
        assert data.pulses.dims == ("sample", "row", "col")
        assert data.log_i_out.dims == ("sample", "operation", "col")
        assert data.pulses.attrs["long_name"]


def test_killed_and_resumed(bench):
    what = programming(6, 6, engines=["nodal"])
    what["conductance"] = {**BETWEEN, "samples": 12}
    runs = Runs(bench, what)
    kill_with_parts(runs, "killed.h5", 3)
    again = runs.finish("killed.h5", "--resume")
    again.assert_same_numbers(runs.undisturbed)


@pytest.mark.parametrize(
    "change, says",
    [
        ({"set": pulse(1.6, 0.05, 2.2)}, "opposite"),
        ({"set": pulse(-1.6, 0.05, -2.2)}, "one sign"),
        ({"scheme": "gate"}, "half or third without"),
        ({"scheme": "fourth"}, "half, third or gate"),
        ({"target": {"distribution": "constant", "value": 1.0}}, "analysis.target"),
        ({"waveform": {"shape": "sine", "volt": 1, "hertz": 1}}, "only with iv"),
        ({"read": {"volt": 0, "width_s": 1e-9, **EDGES}}, "one sign"),
        ({"verify": {"max_pulses": 0}}, "1 to 1000000"),
        ({"set": {"volt": -1.6, "width_s": 1e-9}}, "rise_s"),
    ],
)
def test_refusals(bench, change, says):
    bench.write("wrong.yaml", programming(2, 2, engines=["nodal"], **change))
    done = bench.xbar("run", "wrong.yaml", "-o", "wrong.h5")
    assert_one_line(done, 2)
    assert says in done.err, done.err
    assert not (bench.folder / "wrong.h5").exists()


def test_devices_that_do_not_move(bench):
    what = programming(2, 2, engines=["nodal"], cell={"device": "sinh"})
    bench.write("wrong.yaml", what)
    done = bench.xbar("run", "wrong.yaml", "-o", "wrong.h5")
    assert done.status == 2 and "device that does" in done.err, done
