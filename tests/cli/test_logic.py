#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""analysis: {kind: logic}: truth tables, an adder, margins and energies, on both engines;
where IR drop breaks a gate."""

import numpy as np
import pytest

from conftest import DONE, assert_one_line

ENGINES = ["spice", "nodal"]
PULSE = {"rise_s": 1e-11, "width_s": 5e-9, "fall_s": 1e-11, "gap_s": 1e-10}


def logic(cols, ohm=1.0, rows=1, engines=ENGINES, parameters="magic", **more):
    terminals = {"bottom": {"volt": 0, "ohm": ohm}, **more.pop("terminals", {})}
    low, high = more.pop("siemens", (1 / 3e5, 1e-3))
    if "at" in more:
        more["rows"] = more.pop("at")
    return {
        "engines": engines,
        "crossbar": {
            "rows": rows,
            "cols": cols,
            "wire": {"row_ohm": ohm, "col_ohm": ohm},
            "terminals": terminals,
            "cell": {"device": "vteam", "parameters": parameters},
        },
        "conductance": {"distribution": "constant", "value": low},
        "analysis": {
            "kind": "logic",
            "volt": 1.0,
            "zero_siemens": low,
            "one_siemens": high,
            "pulse": PULSE,
            **more,
        },
        "record": ["i_out", "state"],
    }


def nor(inputs, output):
    return {"gate": "nor", "inputs": list(inputs), "output": output}


def test_nor(bench):
    """Truth table, delays of 0.855 and 0.635 ns, both engines alike."""
    what = logic(3, steps=[nor((0, 1), 2)], operands=[0, 1], points=50)
    r = bench.run(what)
    for engine in ENGINES:
        assert (r[f"{engine}/status"] == DONE).all()
        assert r[f"{engine}/bit"][0, :, 0].tolist() == [1, 0, 0, 0]
        assert (r[f"{engine}/margin"] > 0.9).all()
        delay = r[f"{engine}/latency"][0, :, 0] - 5e-12  # from the middle of the rise
        assert np.isnan(delay[0])
        assert np.allclose(delay[1:], [0.855e-9, 0.855e-9, 0.635e-9], rtol=0.015)
    for name in ("level", "step_energy", "latency"):
        a, b = r[f"spice/{name}"], r[f"nodal/{name}"]
        assert np.allclose(a, b, rtol=2e-3, atol=1e-3 * np.nanmax(b), equal_nan=True)


def test_not(bench):
    what = logic(2, steps=[{"gate": "not", "inputs": [0], "output": 1}], operands=[0])
    r = bench.run(what)
    for engine in ENGINES:
        assert r[f"{engine}/bit"][0, :, 0].tolist() == [1, 0]


def test_imply(bench):
    """States of q from another program (0.8726 where p and q are 0)."""
    what = logic(
        2,
        ohm=0,
        parameters="atomic",
        siemens=(1e-6, 1e-4),
        terminals={"left": {"volt": 0, "ohm": 40e3}},
        steps=[{"gate": "imply", "inputs": [0], "output": 1}],
        operands=[0, 1],
        cond_volt=-0.9,
        set_volt=-1.0,
        pulse={"rise_s": 1e-9, "width_s": 30e-6, "fall_s": 1e-9},
    )
    r = bench.run(what)
    for engine in ENGINES:
        assert r[f"{engine}/bit"][0, :, 0].tolist() == [1, 0, 1, 1]
        assert np.allclose(r[f"{engine}/level"][0, :, 0], [0.8726, 0, 1, 1], atol=2e-3)
        assert np.allclose(r[f"{engine}/input_moved"][0, 0], 0.096, atol=1e-3)


def test_adder(bench):
    """Nine NORs, all eight operands: sum and carry, and every step on the way."""
    r = bench.run(logic(12, program="adder", points=4))
    words = np.arange(8)
    total = (words & 1) + (words >> 1 & 1) + (words >> 2)
    for engine in ENGINES:
        assert (r[f"{engine}/bit"] == r[f"{engine}/expected"]).all()
        assert (r[f"{engine}/bit"][0, :, 7] == total % 2).all()
        assert (r[f"{engine}/bit"][0, :, 8] == total // 2).all()
        assert (r[f"{engine}/margin"] > 0.9).all()
        assert (r[f"{engine}/step_energy"] > 0).all()
    assert np.allclose(r["spice/level"], r["nodal/level"], atol=1e-3)


def test_where_wires_break_it(bench):
    """The further a row is from its drivers the slower its gates; at last none works."""
    what = logic(
        3,
        ohm=20.0,
        rows=24,
        engines=["nodal"],
        terminals={"left": {"volt": 0, "ohm": 20.0}},
        steps=[nor((0, 1), 2)],
        operands=[0, 1],
        at=[23, 18, 12, 6, 0],
    )
    r = bench.run(what)
    bit = r["nodal/bit"][0, :, 0].reshape(5, 4)
    level = r["nodal/level"][0, :, 0].reshape(5, 4)
    assert bit[0].tolist() == [1, 0, 0, 0]  # beside the drivers
    delay = r["nodal/latency"][0, :, 0].reshape(5, 4)[:, 1]
    works = np.isfinite(delay)
    assert (np.diff(delay[works]) > 0).all() and works.sum() >= 2
    assert (np.diff(level[:, 1]) >= -1e-9).all()  # further away less of it turns
    assert (bit[-1] != [1, 0, 0, 0]).any()


def test_time_axis(bench):
    """Moments of all steps stand one behind the other, with the lines' voltages."""
    what = logic(3, steps=[nor((0, 1), 2)], operands=[0], points=9, engines=["nodal"])
    r = bench.run(what)
    time = r["time"]
    assert (np.diff(time) > 0).all() and np.isclose(time[-1], 5.12e-9)
    assert r["nodal/state"].shape == (1, 2, len(time), 1, 3)
    top = r["v_col"][0, 0, len(time) // 2]
    assert np.allclose(top, [1, 1, 0])


@pytest.mark.parametrize(
    "change, says",
    [
        ({"steps": [nor((0, 1), 3)]}, "below 3"),
        ({"steps": [nor((0, 0), 2)]}, "has not used"),
        ({"steps": [{"gate": "nand", "inputs": [0], "output": 1}]}, "nor, not or imply"),
        ({"steps": [{"gate": "not", "inputs": [0, 1], "output": 2}]}, "one, with gate"),
        ({"program": "adder", "steps": [nor((0, 1), 2)]}, "one of steps and program"),
        ({}, "one of steps and program"),
        ({"program": "adder"}, "below 3"),
        ({"steps": [nor((0, 1), 2)], "operands": [3]}, "0 to 2"),
        ({"steps": [nor((0, 1), 2)], "at": [1]}, "0 to 0"),
        ({"steps": [nor((0, 1), 2)], "one_siemens": 1.0}, "one_siemens"),
        ({"steps": [nor((0, 1), 2)], "points": 1000000}, "moments"),
        (
            {"steps": [{"gate": "imply", "inputs": [0], "output": 1}], "cond_volt": -0.9,
             "set_volt": -1.0},
            "terminal of that row",
        ),
        ({"steps": [{"gate": "imply", "inputs": [0], "output": 1}]}, "cond_volt"),
    ],
)
def test_refusals(bench, change, says):
    bench.write("wrong.yaml", logic(3, engines=["nodal"], **change))
    done = bench.xbar("run", "wrong.yaml", "-o", "wrong.h5")
    assert_one_line(done, 2)
    assert says in done.err, done.err
    assert not (bench.folder / "wrong.h5").exists()
