#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""analysis: {kind: retention}: phase change cells long after they were programmed, by the
published statistics, and reads of them on every engine."""

import numpy as np
import pytest

from conftest import DONE, assert_one_line

TIMES = [0, 20, 1e3, 1e6, 1e8]
G_MAX = 25e-6


def retention(rows=6, cols=5, engines=("nodal",), samples=2, **more):
    return {
        "seed": 7,
        "engines": list(engines),
        "crossbar": {
            "rows": rows,
            "cols": cols,
            "wire": {"row_ohm": 2.5, "col_ohm": 2.5},
            "terminals": {
                "left": {"volt": "input", "ohm": 2.5},
                "bottom": {"volt": 0, "ohm": 2.5},
            },
        },
        "conductance": more.pop(
            "conductance",
            {"distribution": "uniform", "min": 1e-6, "max": 2.4e-5, "samples": samples},
        ),
        "inputs": {"distribution": "uniform", "min": 0, "max": 0.2, "count": 3},
        "analysis": {"kind": "retention", "times_s": TIMES, **more},
        "record": ["i_out"],
    }


def test_drift(bench):
    """g (1 + t/20 s)^-nu, each cell with its own nu, distributed as published."""
    share = 0.5
    what = retention(
        64,
        64,
        conductance={"distribution": "constant", "value": share * G_MAX},
        misses="no",
        fluctuates="no",
    )
    g = bench.run(what)["conductance_time"][0]
    assert np.allclose(g[0], share * G_MAX, rtol=1e-12)
    nu = -np.log(g[-1] / g[0]) / np.log1p(1e8 / 20)
    for k, t in enumerate(TIMES[1:], 1):
        assert np.allclose(g[k], g[0] * (1 + t / 20) ** -nu, rtol=1e-9)
    mean = np.clip(-0.0155 * np.log(share) + 0.0244, 0.049, 0.1)
    sigma = np.clip(-0.0125 * np.log(share) - 0.0059, 0.008, 0.045)
    assert abs(nu.mean() - mean) < 4 * sigma / 64
    assert abs(nu.std() - sigma) < 0.05 * sigma
    assert (nu >= 0).all()


def test_programming_misses_and_reads_fluctuate(bench):
    share = 0.4
    cells = {"distribution": "constant", "value": share * G_MAX}
    off = {"misses": "no", "drifts": "no", "fluctuates": "no"}
    spread = {}
    for what in off:
        on = {**off, what: "yes"}
        r = bench.run(retention(64, 64, conductance=cells, **on))
        spread[what] = np.std(r["conductance_time"][0], axis=(1, 2))
    missed = (0.26348 + 1.9650 * share - 1.1731 * share**2) * 1e-6
    assert np.allclose(spread["misses"], missed, rtol=0.05)
    assert spread["drifts"][0] < 1e-15 and (np.diff(spread["drifts"][1:]) > 0).all()
    q = min(0.0088 / share**0.65, 0.2)
    for k, t in enumerate(TIMES):
        want = share * G_MAX * q * np.sqrt(np.log((t + 250e-9) / 500e-9)) if t else 0
        assert np.isclose(spread["fluctuates"][k], want, rtol=0.05, atol=1e-12)


def test_engines_agree_and_currents_are_those_of_the_cells(bench):
    engines = ["spice", "nodal", "ideal"]
    r = bench.run(retention(engines=engines))
    for engine in engines:
        assert (r[f"{engine}/status"] == DONE).all()
        assert r[f"{engine}/i_out"].shape == (2, 3, len(TIMES), 5)
    assert np.allclose(r["spice/i_out"], r["nodal/i_out"], rtol=1e-9)
    v = r["v_in"][:, :, 0]
    ideal = np.einsum("sli,stij->sltj", v, r["conductance_time"])
    assert np.allclose(r["ideal/i_out"], ideal, rtol=1e-12)


def test_a_sample_does_not_depend_on_others(bench):
    few, many = (bench.run(retention(samples=n), name=f"n{n}") for n in (1, 3))
    for name in ("conductance_time", "nodal/i_out"):
        assert few[name][0].tobytes() == many[name][0].tobytes()


@pytest.mark.parametrize(
    "change, says",
    [
        ({"noise": "toadstool"}, "mushroom"),
        ({"misses": "maybe"}, "yes or no"),
        ({"times_s": [1, 1]}, "more than the moment before"),
        ({"times_s": []}, "times_s"),
        ({"points": 3}, "only with"),
    ],
)
def test_refusals(bench, change, says):
    bench.write("wrong.yaml", retention(**change))
    done = bench.xbar("run", "wrong.yaml", "-o", "wrong.h5")
    assert_one_line(done, 2)
    assert says in done.err, done.err
