# SPDX-License-Identifier: GPL-3.0-or-later
"""Every bias scheme, through `xbar run`, against closed forms and printed figures, on
each engine that solves the whole network; the netlists of the same experiments replayed
by plain ngspice."""
import numpy as np
import pytest

from conftest import EXACT, SIDES, assert_right, experiment


def biased(rows, cols, scheme, selected, wire=0.0, volt=1.0, **more):
    return experiment(
        rows,
        cols,
        wire,
        wire,
        **{"left": (0, wire), "bottom": (0, wire), **more},
        bias={"scheme": scheme, "selected": selected, "volt": volt},
    )


def printed(value, text):
    digits = len(text.split(".")[1])
    return round(float(value), digits) == round(float(text), digits)


def run(bench, engine, spec, **more):
    return bench.run({**spec, "engines": [engine]}, **more)


def solve(bench, engine, spec, g, name="experiment"):
    """Runs, checks everything against the independent solver, replays the netlist.
    @return the result and the power of all sources, W, of the first input"""
    result = run(bench, engine, spec, g=g, name=name)
    assert_right(result, {**spec, "engines": [engine]}, g, None)
    replayed = bench.terminal_currents(bench.netlist(name))
    largest = max(np.max(np.abs(result[f"{engine}/i_{s}"][0, 0])) for s in SIDES)
    lines = 0
    for side in SIDES:
        for line, value in replayed[side].items():
            lines += 1
            assert abs(value - result[f"{engine}/i_{side}"][0, 0, line]) <= 1e-9 * largest
    assert lines == np.sum(~np.isnan(result["v_in"][0, 0])) + np.sum(
        ~np.isnan(result["v_col"][0, 0])
    )
    power = sum(
        np.nansum(result[f"{engine}/i_{side}"][0, 0] * result[volts][0, 0])
        for side, volts in (("left", "v_in"), ("bottom", "v_col"))
    )
    return result, power


def uniform(rows, cols, siemens):
    return np.full((rows, cols), siemens)


@pytest.mark.parametrize("engine", EXACT)
@pytest.mark.parametrize(
    "rows, cols, ratio", [(8, 8, "0.306122449"), (2, 2, "3.000"), (16, 8, "0.219047619")]
)
def test_sneak_resistance_of_floating_lines(bench, engine, rows, cols, ratio):
    R, R_s = 1e4, 3e3
    g = uniform(rows, cols, 1 / R)
    g[1, 1] = 1 / R_s
    result, _ = solve(bench, engine, biased(rows, cols, "float", [1, 1]), g)
    i = result[f"{engine}/i_out"][0, 0, 1]
    assert printed(1 / (i - 1 / R_s) / R, ratio)
    # the selected row's current is the selected column's: there is no other terminal
    assert result[f"{engine}/i_left"][0, 0, 1] == pytest.approx(i, rel=1e-11)
    assert np.count_nonzero(result[f"{engine}/i_out"]) == 1
    assert np.isnan(result["v_in"][0, 0]).sum() == rows - 1
    assert np.isnan(result["v_col"][0, 0]).sum() == cols - 1


@pytest.mark.parametrize("engine", EXACT)
@pytest.mark.parametrize("m, n", [(2, 2), (8, 8), (16, 8), (5, 11)])
def test_schemes_without_wire_resistance(bench, engine, m, n):
    R, V, where = 5e3, 0.8, [1, 0]
    g = uniform(m, n, 1 / R)
    current, power = {}, {}
    for scheme in ("ground", "half", "third"):
        spec = biased(m, n, scheme, where, volt=V)
        result, power[scheme] = solve(bench, engine, spec, g, scheme)
        current[scheme] = result[f"{engine}/i_out"][0, 0, 0]
    assert current["ground"] == pytest.approx(V / R, rel=1e-11)
    assert current["half"] == pytest.approx(V / R * (1 + (m - 1) / 2), rel=1e-11)
    assert current["third"] == pytest.approx(V / R * (1 + (m - 1) / 3), rel=1e-11)
    cells = m + n - 2
    assert power["half"] == pytest.approx(V * V / R * (1 + cells / 4), rel=1e-11)
    cells += (m - 1) * (n - 1)
    assert power["third"] == pytest.approx(V * V / R * (1 + cells / 9), rel=1e-11)


@pytest.mark.parametrize("engine", EXACT)
@pytest.mark.parametrize(
    "n, margin",
    [(2, ".315845"), (4, ".131246"), (8, ".043954"), (16, ".012933"), (64, ".000923")],
)
def test_read_margin_of_floating_lines(bench, engine, n, margin):
    """The pull-up is the left terminals' resistance; all other cells are on."""
    on, off = 1e3, 1e5
    out = []
    for name, cell in (("off", off), ("on", on)):
        g = uniform(n, n, 1 / on)
        g[0, 0] = 1 / cell
        spec = biased(n, n, "float", [0, 0], left=(0, on))
        if n == 64:  # only the numbers: the replay of 4096 cells belongs to no test
            result = run(bench, engine, spec, g=g, name=name)
        else:
            result, _ = solve(bench, engine, spec, g, name)
        out.append(result[f"{engine}/v_row"][0, 0, 0, 0])
    assert printed(out[0] - out[1], margin)


WIRED = [
    (16, "half", ".86651872", None, None),
    (16, "ground", ".86651872", None, None),
    (16, "third", ".89441152", ".35809991", None),
    (16, "float", None, None, "7.46979334"),
]


@pytest.mark.parametrize("engine", EXACT)
@pytest.mark.parametrize("n, scheme, selected, worst, current", WIRED)
def test_schemes_with_wire_resistance(bench, engine, n, scheme, selected, worst, current):
    R, V = 1e3, 1.0
    spec = biased(n, n, scheme, [0, n - 1], wire=1e-3 * R, volt=V)
    result, _ = solve(bench, engine, spec, uniform(n, n, 1 / R))
    v = np.abs(result[f"{engine}/v_row"][0, 0] - result[f"{engine}/v_col"][0, 0]) / V
    half_selected = max(np.max(v[0, :-1]), np.max(v[1:, -1]))
    assert selected is None or printed(v[0, n - 1], selected)
    assert worst is None or printed(half_selected, worst)
    out = result[f"{engine}/i_out"][0, 0, n - 1]
    assert current is None or printed(out * R / V, current)


@pytest.mark.parametrize("engine", EXACT)
@pytest.mark.parametrize(
    "scheme, selected, worst, current",
    [
        ("half", ".25395807", None, None),
        ("third", ".27750528", ".54271120", None),
        ("float", None, None, "14.77108824"),
    ],
)
def test_schemes_with_wire_resistance_at_64(bench, engine, scheme, selected, worst, current):
    R, n = 1e3, 64
    spec = biased(n, n, scheme, [0, n - 1], wire=1e-3 * R)
    result = run(bench, engine, spec, g=uniform(n, n, 1 / R))
    v = np.abs(result[f"{engine}/v_row"][0, 0] - result[f"{engine}/v_col"][0, 0])
    half_selected = max(np.max(v[0, :-1]), np.max(v[1:, -1]))
    assert selected is None or printed(v[0, n - 1], selected)
    assert worst is None or printed(half_selected, worst)
    out = result[f"{engine}/i_out"][0, 0, n - 1]
    assert current is None or printed(out * R, current)


@pytest.mark.parametrize("engine", EXACT)
def test_uniform_read(bench, engine):
    """The uniform array's table, through the program."""
    n, R = 16, 1e4
    for ratio, mean, last in (
        (1e-4, ".981670877", ".977549518"),
        (1e-3, ".844308686", None),
    ):
        r = ratio * R
        spec = experiment(
            *(n, n, r, r),
            left=("input", r),
            bottom=(0, r),
            inputs={"file": "v.csv"},
        )
        result = run(bench, engine, spec, g=uniform(n, n, 1 / R), v=[[1.0] * n])
        out = result[f"{engine}/i_out"][0, 0] * R / n
        assert printed(out.mean(), mean)
        assert last is None or printed(out[-1], last)


@pytest.mark.parametrize("engine", EXACT)
def test_one_row_ladder(bench, engine):
    spec = experiment(
        *(1, 8, 1, 0), left=("input", 1), bottom=(0, 0), inputs={"file": "v.csv"}
    )
    result = run(bench, engine, spec, g=uniform(1, 8, 0.01), v=[[1.0]])
    assert printed(result[f"{engine}/v_row"][0, 0, 0, 0], "0.93582523")
    assert printed(result[f"{engine}/v_row"][0, 0, 0, 7], "0.72386819")
    assert printed(result[f"{engine}/i_left"][0, 0, 0], "0.0641747674")


# ------------------------------------------------------------------ one input per cell


@pytest.mark.parametrize("scheme", ["half", "third", "float", "ground"])
@pytest.mark.parametrize("device", ["linear", "sinh"])
def test_list_of_selected_cells(bench, scheme, device):
    """Every scheme on every kind of cell: terminals on both ends, lists of ohms, a line
    that stays open, one input per selected cell."""
    random = np.random.default_rng(3)
    g = np.exp(random.uniform(np.log(1e-5), np.log(1e-3), (4, 5)))
    spec = biased(
        *(4, 5),
        scheme,
        [[0, 0], [3, 4], [1, 2], [2, 1]],
        wire=3.0,
        volt=0.9,
        left=([0, 0, None, 0], [1, 2, 3, 4]),
        right=(0, 20),
        top=([None, 0, 0, 0, 0], 30),
        bottom=([0, 0, 0, None, 0], 2),
    )
    spec["crossbar"]["cell"]["device"] = device
    assert_right(bench.run(spec, g=g), spec, g, None)


@pytest.mark.parametrize("engine", EXACT)
def test_negative_volt(bench, engine):
    """A reset pulse: the signs of all currents turn."""
    g = np.random.default_rng(4).uniform(1e-5, 1e-3, (4, 4))
    out = [
        run(bench, engine, biased(4, 4, "half", [1, 1], 2.0, volt), g=g, name=name)
        for name, volt in (("set", 1.2), ("reset", -1.2))
    ]
    np.testing.assert_allclose(
        out[1][f"{engine}/i_out"], -out[0][f"{engine}/i_out"], rtol=1e-10
    )


def test_ideal_engine_under_every_scheme(bench):
    g = np.random.default_rng(4).uniform(1e-5, 1e-3, (3, 4))
    lines = {
        "half": ([0.6, 1.2, 0.6], [0.6, 0, 0.6, 0.6]),
        "third": ([0.4, 1.2, 0.4], [0.8, 0, 0.8, 0.8]),
        "ground": ([0, 1.2, 0], [0, 0, 0, 0]),
        "float": ([np.nan, 1.2, np.nan], [np.nan, 0, np.nan, np.nan]),
    }
    for scheme, (v_row, v_col) in lines.items():
        spec = biased(3, 4, scheme, [1, 1], 2.0, volt=1.2)
        spec["engines"] = ["ideal"]
        result = bench.run(spec, g=g, name=scheme)
        v_row, v_col = np.array(v_row), np.array(v_col)
        np.testing.assert_allclose(result["v_in"][0, 0], v_row, rtol=1e-15)
        np.testing.assert_allclose(result["v_col"][0, 0], v_col, rtol=1e-15)
        i_cell = np.nan_to_num(g * (v_row[:, None] - v_col))
        np.testing.assert_allclose(
            result["ideal/i_cell"][0, 0], i_cell, rtol=1e-13, atol=1e-19
        )
        np.testing.assert_allclose(
            result["ideal/i_out"][0, 0], i_cell.sum(axis=0), rtol=1e-13, atol=1e-18
        )
        wanted = np.broadcast_to(v_row[:, None], (3, 4))
        np.testing.assert_array_equal(
            np.isnan(result["ideal/v_row"][0, 0]), np.isnan(wanted)
        )
