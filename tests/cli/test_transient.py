#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Arrays in time: charging against its closed form, both engines against each other,
energy against heat, waveforms as they were written, and runs that are interrupted."""

import os
import random
import signal
import subprocess
import time

import numpy as np
import pytest
import xarray as xr

from conftest import Result, assert_one_line, assert_quiet

ENGINES = ["spice", "nodal"]
SIDES = ["left", "right", "top", "bottom"]


def array(rows, cols, device="vteam", parameters="magic", **more):
    """A transient: wires of 2.5 ohm, drivers of 100 ohm left and bottom."""
    crossbar = {
        "rows": rows,
        "cols": cols,
        "wire": {"row_ohm": 2.5, "col_ohm": 2.5, **more.pop("wire", {})},
        "terminals": more.pop(
            "terminals",
            {"left": {"volt": "input", "ohm": 100}, "bottom": {"volt": 0, "ohm": 100}},
        ),
        "cell": {"device": device, "parameters": parameters},
    }
    if "faults" in more:
        crossbar["faults"] = more.pop("faults")
    return {
        "engines": more.pop("engines", ENGINES),
        "crossbar": crossbar,
        **more,
        "analysis": {"kind": "transient", **more["analysis"]},
    }


def pulse(volt, start, width, edge, **more):
    return {
        "shape": "pulse",
        "volt": volt,
        "start_s": start,
        "rise_s": edge,
        "width_s": width,
        "fall_s": edge,
        **more,
    }


# ------------------------------------------------------------------ closed forms


def charged(t, volt, rise, ohm, siemens, farad):
    """The voltage of a node with a capacitance and a resistor to ground, behind a
    resistance, when the source ramps up and stays: R C dv/dt = u - (1 + g R) v."""
    tau = ohm * farad / (1 + siemens * ohm)
    gain = 1 / (1 + siemens * ohm)

    def ramp(t):
        t = np.maximum(t, 0)
        return volt * gain / rise * (t - tau * (1 - np.exp(-t / tau)))

    return ramp(t) - ramp(t - rise)


@pytest.mark.parametrize("where", ["terminal", "wire"])
@pytest.mark.parametrize("tolerance, held", [(1e-4, 1e-3), (1e-6, 2e-5)])
def test_charging(bench, where, tolerance, held):
    """One cell's word node, with the capacitance at the terminal or of the wire."""
    ohm, siemens, farad = 1e3, 5e-4, 1e-12
    left = {"volt": "input", "ohm": ohm}
    if where == "terminal":
        left["farad"] = farad
    what = array(
        1,
        1,
        "linear",
        "default",
        wire={"row_farad": farad if where == "wire" else 0},
        terminals={"left": left, "bottom": {"volt": 0}},
        conductance={"distribution": "constant", "value": siemens},
        inputs={"distribution": "constant", "value": 2},
        analysis={
            "envelope": {"shape": "linear", "time_s": [0, 2e-10], "volt": [0, 1]},
            "end_s": 5e-9,
            "points": 501,
            "tolerance": tolerance,
        },
        record=["v_row"],
    )
    result = bench.run(what)
    want = charged(result["time"], 2, 2e-10, ohm, siemens, farad)
    for engine in ENGINES:
        v = result[f"{engine}/v_row"].ravel()
        assert v[0] == pytest.approx(0, abs=1e-9)
        error = np.max(np.abs(v - want)) / 2
        assert error < held, f"{engine}: {error:.2e}"
        source = (result["v_in"].ravel() - want) / ohm
        off = np.abs(result[f"{engine}/i_left"].ravel() - source) * ohm / 2
        assert np.max(off) < held, f"{engine}: {np.max(off):.2e}"


# ------------------------------------------------------------------ what goes in


def test_voltages_are_what_was_written(bench):
    triangle = {"shape": "triangle", "volt": 0.3, "hertz": 1e6}
    what = array(
        2,
        3,
        "linear",
        "default",
        terminals={
            "left": {"volt": ["input", triangle], "ohm": 1},
            "right": {"volt": [None, None]},
            "bottom": {"volt": [0, {"file": "w.csv"}, None], "ohm": 1},
            "top": {"volt": [None, None, 0.125], "ohm": 1},
        },
        conductance={"distribution": "uniform", "min": 1e-4, "max": 1e-3, "samples": 2},
        inputs={"file": "v.csv"},
        analysis={
            "times_s": [0, 1e-7, 2.5e-7, 1e-6],
            "envelope": {"shape": "sine", "volt": 1, "hertz": 1e6, "base_volt": 0.5},
        },
    )
    bench.write("w.csv", "0 1\n1e-6 3\n")
    result = bench.run(what, v=[[0.1, 9], [0.2, 9], [-0.4, 9]])
    t = np.array([0, 1e-7, 2.5e-7, 1e-6])
    np.testing.assert_array_equal(result["time"], t)
    assert result["v_in"].shape == (2, 3, 4, 2) and result["v_col"].shape == (2, 3, 4, 3)
    envelope = 0.5 + np.sin(2 * np.pi * 1e6 * t)
    for k in range(2):
        for l, v in enumerate((0.1, 0.2, -0.4)):
            got = result["v_in"][k, l]
            np.testing.assert_allclose(got[:, 0], v * envelope, atol=1e-15)
            np.testing.assert_allclose(got[:, 1], [0, 0.12, 0.3, 0], atol=1e-15)
            got = result["v_col"][k, l]
            np.testing.assert_allclose(got[:, 1], 1 + 2e6 * t, rtol=1e-15)
            assert np.all(got[:, 0] == 0) and np.all(got[:, 2] == 0.125)
    # an ohmic array without capacitances is at rest in every moment
    for k in range(4):
        at_rest = {**what, "analysis": {"kind": "dc"}}
        terminals = {**what["crossbar"]["terminals"]}
        v_in, v_col = result["v_in"][1, 2, k], result["v_col"][1, 2, k]
        terminals["left"] = {"volt": [float(x) for x in v_in], "ohm": 1}
        terminals["bottom"] = {"volt": [0, float(v_col[1]), None], "ohm": 1}
        at_rest["crossbar"] = {**what["crossbar"], "terminals": terminals}
        del at_rest["inputs"]
        dc = bench.run(at_rest, "-e", "nodal", name="rest")
        for engine in ENGINES:
            for name in ("i_out", "i_left", "i_bottom", "i_top"):
                np.testing.assert_allclose(
                    result[f"{engine}/{name}"][1, 2, k],
                    dc[f"nodal/{name}"][1, 0],
                    rtol=1e-6,
                    atol=1e-12,
                )


def test_bias_scheme_under_an_envelope(bench):
    what = array(
        3,
        2,
        bias={"scheme": "third", "selected": [[2, 0], [0, 1]], "volt": 0.9},
        terminals={"left": {"ohm": 100}, "bottom": {"ohm": 100}},
        conductance={"distribution": "constant", "value": 1e-5},
        analysis={"envelope": pulse(1, 1e-9, 1e-9, 1e-9), "end_s": 4e-9, "points": 9},
        engines=["nodal"],
    )
    result = bench.run(what)
    share = np.interp(result["time"], [1e-9, 2e-9, 3e-9, 4e-9], [0, 1, 1, 0])
    for l, (row, col) in enumerate(((2, 0), (0, 1))):
        rows, cols = np.full(3, 0.3), np.full(2, 0.6)
        rows[row], cols[col] = 0.9, 0
        np.testing.assert_allclose(result["v_in"][0, l], np.outer(share, rows), atol=1e-15)
        np.testing.assert_allclose(result["v_col"][0, l], np.outer(share, cols), atol=1e-15)


# ------------------------------------------------------------------ engine against engine


@pytest.mark.parametrize("size", [1, 2, 8])
@pytest.mark.parametrize("farad", [0, 2e-15], ids=["no farads", "farads"])
def test_engines_agree_on_a_write(bench, size, farad):
    """One cell of an array is written under V/2: currents to 1 %, states to 0.1 %."""
    what = array(
        size,
        size,
        wire={"row_farad": farad, "col_farad": farad},
        bias={"scheme": "half", "selected": [size // 2, size - 1], "volt": 1},
        terminals={"left": {"ohm": 100, "farad": farad}, "bottom": {"ohm": 100}},
        conductance={
            "distribution": "loguniform",
            "min": 5e-6,
            "max": 2e-4,
            "samples": 1,
        },
        analysis={
            "envelope": pulse(1, 1e-9, 1e-8, 1e-9),
            "end_s": 1.5e-8,
            "points": 151,
        },
        record=["state", "energy", "heat", "i_cell", "v_row", "v_col"],
    )
    if size == 1:
        what["bias"]["selected"] = [0, 0]
    result = bench.run(what)
    for name in ("i_out", "i_left", "i_cell", "state", "heat", "energy_left"):
        a, b = result[f"nodal/{name}"], result[f"spice/{name}"]
        assert np.all(np.isfinite(a)) and np.all(np.isfinite(b))
        error = np.max(np.abs(a - b)) / np.max(np.abs(b))
        held = 1e-3 if name == "state" else 1e-2
        assert error < held, f"{name}: {error:.2e}"
    x = result["spice/state"][0, 0]
    np.testing.assert_allclose(x[0], result["state"][0], rtol=1e-9)
    moved = np.abs(x[-1] - x[0])
    assert moved.max() == moved[size // 2 if size > 1 else 0, size - 1] > 0.1
    if farad == 0:  # all that sources give is heat: in cells, wires and drivers
        for engine in ENGINES:
            given = sum(result[f"{engine}/energy_{s}"][0, 0, -1].sum() for s in SIDES)
            heat = result[f"{engine}/heat"][0, 0, -1].sum()
            assert 0.5 < heat / given < 1, engine


def test_stuck_and_open_cells_stand_still(bench):
    what = array(
        2,
        2,
        faults={
            "stuck": [
                {"row": 0, "col": 0, "siemens": 5e-5},
                {"row": 1, "col": 1, "siemens": 0},
            ]
        },
        conductance={"distribution": "constant", "value": 5e-5},
        inputs={"distribution": "constant", "value": 1},
        analysis={"envelope": pulse(1, 0, 1e-8, 1e-9), "end_s": 1.2e-8, "points": 25},
        record=["state", "i_cell", "heat"],
    )
    result = bench.run(what)
    for engine in ENGINES:
        x = result[f"{engine}/state"][0, 0]
        assert np.ptp(x[:, 0, 0]) == 0, engine
        assert np.ptp(x[:, 0, 1]) > 0.05 and np.ptp(x[:, 1, 0]) > 0.05
        assert np.all(np.isnan(x[:, 1, 1]))
        assert np.all(result[f"{engine}/i_cell"][0, 0, :, 1, 1] == 0)


# ------------------------------------------------------------------ files and interruptions


def campaign(samples=24, engines=("nodal",), points=401):
    return array(
        6,
        6,
        wire={"row_farad": 1e-15, "col_farad": 1e-15},
        engines=list(engines),
        conductance={
            "distribution": "loguniform",
            "min": 5e-6,
            "max": 2e-4,
            "samples": samples,
        },
        inputs={"distribution": "uniform", "min": 0, "max": 1, "count": 3},
        analysis={
            "envelope": pulse(1, 1e-9, 5e-9, 1e-9),
            "end_s": 1e-8,
            "points": points,
        },
        record=["state", "heat"],
        seed=11,
    )


@pytest.mark.parametrize("engine", ["h5netcdf", "netcdf4"])
def test_xarray_plots_against_time(bench, engine):
    what = campaign(samples=2)
    bench.run(what)
    path = bench.folder / "experiment.h5"
    with xr.open_dataset(path, engine=engine) as root:
        with xr.open_dataset(path, engine=engine, group="nodal") as nodal:
            data = nodal.assign_coords(time=root["time"])
            assert data["state"].dims == ("sample", "input", "time", "row", "col")
            late = data["i_out"].sel(time=5e-9, method="nearest")
            assert late.dims == ("sample", "input", "col") and (late > 0).all()
            assert data["status"].dims == ("sample", "input")


def test_jobs_and_order_do_not_matter(bench):
    one = bench.run(campaign(samples=4), "-j", 1, name="one")
    two = bench.run(campaign(samples=4), "-j", 2, name="two")
    two.assert_same_numbers(one)


@pytest.mark.parametrize("engines", [("nodal",), ("spice", "nodal")], ids="+".join)
def test_killed_and_resumed(bench, engines):
    """Killed at random moments, the run that gets through gives the undisturbed file."""
    what = campaign(16 if len(engines) == 1 else 2, engines, points=101)
    began = time.monotonic()
    undisturbed = bench.run(what, name="undisturbed")
    seconds = time.monotonic() - began
    draw = random.Random(5)
    killed = 0
    bench.write("long.yaml", what)
    for _ in range(20):
        process = subprocess.Popen(
            bench.command("run", "long.yaml", "-o", "long.h5"),
            cwd=bench.folder,
            env=bench.env,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        time.sleep(draw.uniform(0.2, 0.9) * seconds)
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait(timeout=60)
        killed += process.returncode == -signal.SIGKILL
        if process.returncode == 0:  # quicker than the first one was
            (bench.folder / "long.h5").unlink()
            seconds *= 0.7
        if killed == 3:
            break
    assert killed == 3
    assert_quiet(bench.xbar("run", "long.yaml", "-o", "long.h5"))
    Result(bench.folder / "long.h5").assert_same_numbers(undisturbed)
    assert not (bench.folder / "long.h5.parts").exists()


def test_time_limit(bench):
    """What takes too long has failed, alone, and leaves NaN."""
    what = campaign(samples=1, engines=("spice",), points=100001)
    what["inputs"]["count"] = 1
    bench.write("slow.yaml", what)
    done = bench.xbar("run", "slow.yaml", "-o", "slow.h5", "--time-limit", "0.2")
    assert done.status == 1, done
    assert "spice: it ran past the time limit of 0.2 s" in done.err, done
    result = Result(bench.folder / "slow.h5")
    assert np.all(result["spice/status"] == 3) and np.all(np.isnan(result["spice/i_out"]))


@pytest.mark.parametrize(
    "change, message",
    [
        (
            {"points": 1000000},
            "1000000 moments of one input of 6 x 6 cells, 1 engines, would be 1.2 GB: "
            "want at most 1.07 GB, so fewer analysis.points, or less in record",
        ),
        ({"end_s": 0}, "analysis.end_s = 0: want 1e-18 to 1e+10 (second)"),
        ({"envelope": {"shape": "step"}}, "analysis.envelope.shape = step: want sine"),
        ({"kind": "dc"}, "analysis.envelope = a map: want none with analysis.kind dc"),
    ],
)
def test_refusals(bench, change, message):
    what = campaign()
    what["record"] = ["state", "heat", "v_row"]
    what["analysis"].update(change)
    bench.write("wrong.yaml", what)
    done = bench.xbar("run", "wrong.yaml", "-o", "wrong.h5")
    assert_one_line(done, 2)
    assert message in done.err, done
    assert not list(bench.folder.glob("wrong.h5*"))
