#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cells of two and three devices at rest: a selector, a transistor with its gate, both.
The engines agree, a conductance is that of the whole cell, and the gate decides."""

import pathlib
import re

import h5py
import numpy as np
import pytest

from conftest import assert_one_line

ENGINES = ["spice", "nodal"]


def cell(**parts):
    return {"device": "sinh", "parameters": {"v0": 0.3}, **parts}


SELECTOR = {"device": "selector_sinh", "parameters": {"i_s": 1e-5, "v0": 0.2}}
ONE_S = cell(selector=SELECTOR, read_volt=0.4)
ONE_T = cell(access="access_nmos", read_volt=0.2, read_gate=1.8)
BOTH = cell(selector=SELECTOR, access="access_nmos", read_volt=0.4, read_gate=1.8)
KINDS = {"1S1R": ONE_S, "1T1R": ONE_T, "1S1T1R": BOTH}


def array(rows, cols, of, gate=1.8, **more):
    crossbar = {
        "rows": rows,
        "cols": cols,
        "wire": {"row_ohm": 5, "col_ohm": 5},
        "terminals": {"left": {"volt": "input", "ohm": 20}, "bottom": {"volt": 0, "ohm": 20}},
        "cell": of,
    }
    if "access" in of:
        crossbar["gate"] = gate if isinstance(gate, dict) else {"volt": gate}
    return {
        "engines": ENGINES,
        "crossbar": crossbar,
        "conductance": {
            "distribution": "loguniform",
            "min": 1e-7,
            "max": 1e-5,
            "samples": 2,
        },
        "inputs": {"distribution": "uniform", "min": 0.1, "max": 0.4, "count": 2},
        "record": ["i_out", "v_row", "v_col", "i_cell"],
        **more,
    }


def assert_engines_agree(result, share=1e-9):
    for name in ("i_out", "i_left", "i_bottom", "v_row", "v_col", "i_cell"):
        a, b = result[f"nodal/{name}"], result[f"spice/{name}"]
        assert np.array_equal(np.isnan(a), np.isnan(b)), name
        error = np.nanmax(np.abs(a - b)) / np.nanmax(np.abs(b))
        assert error < share, f"{name}: {error:.1e}"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rows, cols", [(1, 1), (3, 2), (12, 9)])
def test_engines_agree(bench, kind, rows, cols):
    result = bench.run(array(rows, cols, KINDS[kind]))
    assert_engines_agree(result)
    assert np.all(result["spice/i_cell"] > 0)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("engine", ENGINES)
def test_a_conductance_is_the_whole_cell(bench, kind, engine):
    """One cell between ideal lines, at its read voltage and gate."""
    of = KINDS[kind]
    what = array(1, 1, of, engines=[engine])
    what["crossbar"]["wire"] = {}
    what["crossbar"]["terminals"] = {"left": {"volt": of["read_volt"]}, "bottom": {"volt": 0}}
    del what["inputs"]
    result = bench.run(what)
    g = result["conductance"].ravel()
    i = result[f"{engine}/i_out"].ravel()
    np.testing.assert_allclose(i / of["read_volt"], g, rtol=1e-8)
    # and the device's own state is more than that
    alone = result["state"].ravel()
    slope = np.sinh(of["read_volt"] / 0.3) / (of["read_volt"] / 0.3)
    assert np.all(alone * slope > (1 + 1e-6) * g)


def channel(v_d, v_g, v_s):
    """SPICE level 1 with models/access_nmos' default set, drain above source."""
    vto, kp, lam, gamma, phi, w, l = 0.5, 1.7e-4, 0.05, 0.4, 0.7, 1e-6, 0.18e-6
    v_gs, v_ds = v_g - v_s, v_d - v_s
    over = v_gs - (vto + gamma * (np.sqrt(phi + v_s) - np.sqrt(phi)))
    beta = kp * w / l * (1 + lam * v_ds)
    triode = beta * v_ds * (over - v_ds / 2)
    return np.where(over <= 0, 0, np.where(v_ds < over, triode, beta * over**2 / 2))


def test_the_gate_decides(bench):
    """A closed gate cuts its row off; an open one lets the transistor's own law show."""
    what = array(3, 2, ONE_T, gate=[0, 1.0, 1.8])
    result = bench.run(what)
    assert_engines_agree(result)
    i = result["spice/i_cell"]
    assert np.max(np.abs(i[:, :, 0])) < 1e-6 * np.max(i)
    assert np.all(i[:, :, 1] > 0) and np.all(i[:, :, 2] > 0)
    # with next to no resistance above it, the cell is its transistor
    what = array(1, 1, {**ONE_T, "read_volt": 0.05}, gate=1.2, engines=ENGINES)
    what["crossbar"]["terminals"] = {"left": {"volt": 0.05}, "bottom": {"volt": 0}}
    what["conductance"] = {"distribution": "constant", "value": 1.05e-3}
    del what["inputs"]
    result = bench.run(what)
    state = result["state"].ravel()[0]
    for engine in ENGINES:
        i = result[f"{engine}/i_cell"].ravel()[0]

        drop = 0.3 * np.arcsinh(i / (0.3 * state))
        assert i == pytest.approx(float(channel(0.05 - drop, 1.2, 0.0)), rel=1e-6)


def test_gates_follow_the_selected_row(bench):
    what = array(4, 3, ONE_T, gate={"volt": 1.8, "rest_volt": 0.0})
    what["crossbar"]["terminals"] = {"left": {"ohm": 20}, "bottom": {"ohm": 20}}
    what["bias"] = {"scheme": "half", "selected": [[2, 1], [0, 0]], "volt": 0.3}
    del what["inputs"]
    result = bench.run(what)
    assert_engines_agree(result)
    for l, row in enumerate((2, 0)):
        i = np.abs(result["spice/i_cell"][0, l])
        others = np.delete(i, row, axis=0)
        assert np.max(others) < 1e-6 * np.max(i[row])


def test_a_selector_cuts_sneak_currents(bench):
    """The half-selected cells' share of the selected row's current."""
    sharp = {"device": "selector_sinh", "parameters": {"i_s": 1e-9, "v0": 0.05}}
    shares = {}
    for name, of in (
        ("alone", cell(read_volt=0.4)),
        ("1S1R", cell(selector=sharp, read_volt=0.4)),
    ):
        what = array(8, 8, of, bias={"scheme": "half", "selected": [3, 3], "volt": 0.4})
        what["crossbar"]["terminals"] = {"left": {}, "bottom": {}}
        what["conductance"] = {"distribution": "constant", "value": 1e-6}
        del what["inputs"]
        result = bench.run(what)
        assert_engines_agree(result)
        i = result["spice/i_cell"][0, 0]
        shares[name] = (i[3].sum() - i[3, 3]) / i[3, 3]
    assert shares["1S1R"] < 0.2 * shares["alone"]


def test_the_netlist_replays(bench):
    result = bench.run(array(3, 2, BOTH))
    currents = bench.terminal_currents(bench.netlist())
    for side in ("left", "bottom"):
        want = result[f"spice/i_{side}"][0, 0]
        for line, current in currents[side].items():
            assert current == pytest.approx(want[line], rel=1e-6, abs=1e-15)
    text = (bench.folder / "experiment.cir").read_text()
    assert re.search(r"^vgate0 ", text, re.MULTILINE)


@pytest.mark.parametrize("device", ["vteam", "stanford", "yakopcic", "mtj"])
def test_other_devices_behind_a_selector(bench, device):
    of = {"device": device, "selector": SELECTOR, "read_volt": 0.1}
    what = array(2, 2, of, conductance={"distribution": "constant", "value": 0})
    bench.write("experiment.yaml", what)
    # the reachable range is in the message that refuses one beyond it
    done = bench.xbar("run", "experiment.yaml", "--set", "conductance.value=1000")
    low, high = re.search(r"want 0 or (\S+) to (\S+) \(siemens\)", done.err).groups()
    middle = float(np.sqrt(max(float(low), 1e-3 * float(high)) * float(high)))
    what["conductance"]["value"] = float(f"{middle:.12g}")
    assert_engines_agree(bench.run(what), 1e-8)


@pytest.mark.parametrize(
    "change, message",
    [
        ({"crossbar.cell.selector": "vteam"}, "crossbar.cell.selector = vteam: want sel"),
        ({"crossbar.cell.access": "mosfet"}, "crossbar.cell.access = mosfet: want access"),
        ({"crossbar.gate": "null"}, "crossbar.gate = null: want a map"),
        (
            {"crossbar.gate.volt": "[1, 2]"},
            "crossbar.gate.volt = a list of 2: want a list of 3, one for each row",
        ),
        (
            {"crossbar.cell.selector.parameters.v0": "0"},
            "crossbar.cell.selector.parameters.v0 = 0: want",
        ),
        (
            {"conductance.max": "1"},
            "conductance.max = 1: want 0 or 1e-15 to",
        ),
        ({"analysis.kind": "effective", "engines": "[nodal]"}, "are not ohmic"),
    ],
)
def test_refusals(bench, change, message):
    bench.write("wrong.yaml", array(3, 2, BOTH))
    sets = [x for key, value in change.items() for x in ("--set", f"{key}={value}")]
    done = bench.xbar("run", "wrong.yaml", "-o", "wrong.h5", *sets)
    assert_one_line(done, 2)
    assert message in done.err, done


DIGITS = pathlib.Path(__file__).parents[2] / "experiments/digits/digits.yaml"


@pytest.mark.parametrize(
    "cell",
    [
        "{device: yakopcic, read_volt: 0.2}",
        "{device: stanford, read_volt: 0.2}",
        "{device: memdiode, read_volt: 0.2}",
        "{device: vteam, parameters: {r_on: 1000, r_off: 1.0e+5}, read_volt: 0.2}",
        "{device: drift, parameters: {r_on: 1000, r_off: 1.0e+5}, read_volt: 0.2}",
        "{device: team, parameters: {r_on: 1000, r_off: 1.0e+5}, read_volt: 0.2}",
        "{device: pershin, parameters: {r_min: 1000, r_max: 1.0e+5}, read_volt: 0.2}",
        "{device: mss, parameters: {phi: 1, r_on: 1.0e3, r_off: 1.0e5}, read_volt: 0.2}",
        "{device: yakopcic2, parameters: {g_max_p: 1.8e-4, g_min_p: 1.0e-6}, read_volt: 0.2}",
        "{device: messaris, parameters: {r_min: 700, r_max: 7.5e4}, read_volt: 0.2}",
        "{device: jart, parameters: {r_tiox: 100, r_0: 200, radius: 7.0e-8, n_min: 0.002},"
        " read_volt: 0.2}",
    ],
)
def test_digits_in_another_memory(bench, cell):
    """The main job's array with other cells, by changing one line: the same conductances
    at 0.2 V, so the same currents within what bends their laws at other voltages."""
    text = DIGITS.read_text().splitlines()
    line = next(k for k, x in enumerate(text) if x.startswith("  cell:"))
    text[line] = f"  cell: {cell}"
    for name, content in (("conductance", "conductance"), ("inputs", "few")):
        bench.write(f"{name}.csv", (DIGITS.parent / f"{content}.csv").read_bytes())
    bench.write("digits.yaml", "\n".join(text) + "\n")
    done = bench.xbar("run", "digits.yaml", "-e", "nodal,ideal", "-o", "d.h5", "--set",
                      "record=[i_out, v_row, v_col, i_cell]")
    assert done.status == 0, done
    with h5py.File(bench.folder / "d.h5") as f:
        i, ideal = f["nodal/i_out"][0], f["ideal/i_out"][0]
        drop = f["v_in"][0][:, :, None] - f["nodal/v_row"][0]
        assert np.all(f["nodal/status"][0] == 1)
        # wires take their share
        assert 0.05 < np.max(drop) / np.max(f["v_in"][0]) < 1
        share = i.sum() / ideal.sum()
        assert 0.3 < share < 1, share


@pytest.mark.parametrize("cell", ["{device: vteam}", "{device: jart, read_volt: 0.2}"])
def test_digits_that_a_memory_cannot_hold(bench, cell):
    for name in ("conductance.csv", "inputs.csv", "digits.yaml"):
        bench.write(name, (DIGITS.parent / name).read_bytes())
    done = bench.xbar("run", "digits.yaml", "--set", f"crossbar.cell={cell}")
    assert_one_line(done, 2)
    assert re.search(
        r"conductance.csv:8: column 1 = 1e-05: want 0 or \S+ to \S+ \(siemens\)", done.err
    ), done
