# SPDX-License-Identifier: GPL-3.0-or-later
"""The judge is judged first: the independent solver against closed forms and figures
that were printed before it was written, to every digit printed.

Where a printed figure leaves its circuit open, the reading that gives its digits stands
in the comment above it.
"""
from fractions import Fraction

import numpy as np
import pytest

import network
import uniform


def printed(value, text):
    """Does the value round to the digits that were printed?"""
    digits = len(text.split(".")[1])
    return round(float(value), digits) == round(float(text), digits)


def array(rows, cols, row_ohm=0.0, col_ohm=0.0, device="linear", bias=None, **sides):
    """An experiment's dict: sides by name, each (volt, ohm)."""
    experiment = {
        "crossbar": {
            "rows": rows,
            "cols": cols,
            "wire": {"row_ohm": row_ohm, "col_ohm": col_ohm},
            "terminals": {s: {"volt": v, "ohm": r} for s, (v, r) in sides.items()},
            "cell": {"device": device},
        }
    }
    if bias:
        experiment["bias"] = bias
    return experiment


def solve(experiment, g, v_in=None, selected=None):
    c = network.read_crossbar(experiment)
    volts = network.read_volts(experiment, c, v_in, selected)
    return network.solve(c, np.broadcast_to(g, (c.rows, c.cols)), volts)


def assert_sound(answer):
    """What no right answer can lack."""
    assert answer.kcl_residual <= 1e-17 * max(answer.largest_current, 1e-300) * 100
    assert answer.power == pytest.approx(answer.heat, rel=1e-13, abs=1e-300)


# ------------------------------------------------------------------ the worked example

EXAMPLE = array(2, 3, 1, 2, left=("input", 10), bottom=(0, 20))
EXAMPLE_G = np.array([[1, 2, 3], [4, 5, 6]]) * 1e-3


def test_worked_example_to_the_digits_printed():
    a = solve(EXAMPLE, EXAMPLE_G, [1, 0.5])
    for got, want in (
        (a.i_out, ["0.00247837758", "0.00358432611", "0.0046125929"]),
        (a.v_row[0], ["0.948326291", "0.944055885", "0.941523266"]),
        (a.v_row[1], ["0.444920743", "0.44099423", "0.438914256"]),
        (a.v_col[0], ["0.0513614811", "0.0751620974", "0.097317095"]),
        (a.v_col[1], ["0.0495675515", "0.0716865223", "0.092251858"]),
        (a.i_left, ["0.0051673709", "0.00550792569"]),
        (-a.i_bottom, ["0.00247837758", "0.00358432611", "0.0046125929"]),
    ):
        assert all(printed(x, text) for x, text in zip(got, want, strict=True))
    assert not a.i_right.any() and not a.i_top.any()
    assert_sound(a)


def test_worked_example_in_exact_fractions():
    """Gauss's elimination over the rationals: nothing is rounded but the last step."""
    g = [[Fraction(k, 1000) for k in row] for row in ((1, 2, 3), (4, 5, 6))]
    volt = [Fraction(1), Fraction(1, 2)]
    nodes = [(p, i, j) for p in "wb" for i in range(2) for j in range(3)]
    at = {node: k for k, node in enumerate(nodes)}
    a = [[Fraction(0)] * 13 for _ in nodes]

    def join(x, y, siemens):
        for p, q in ((x, y), (y, x)):
            a[at[p]][at[p]] += siemens
            a[at[p]][at[q]] -= siemens

    for i in range(2):
        for j in range(3):
            join(("w", i, j), ("b", i, j), g[i][j])
            if j < 2:
                join(("w", i, j), ("w", i, j + 1), Fraction(1))
            if i < 1:
                join(("b", i, j), ("b", i + 1, j), Fraction(1, 2))
        a[at["w", i, 0]][at["w", i, 0]] += Fraction(1, 10)
        a[at["w", i, 0]][12] += volt[i] / 10
    for j in range(3):
        a[at["b", 1, j]][at["b", 1, j]] += Fraction(1, 20)
    for k in range(12):
        a[k] = [x / a[k][k] for x in a[k]]
        for other in range(12):
            if other != k:
                a[other] = [x - a[other][k] * y for x, y in zip(a[other], a[k])]
    exact = np.array([float(row[12]) for row in a])

    answer = solve(EXAMPLE, EXAMPLE_G, [1, 0.5])
    got = np.concatenate([answer.v_row.ravel(), answer.v_col.ravel()])
    # 2e-16: the doubles 1e-3 k are not the fractions k/1000
    np.testing.assert_allclose(got, exact, rtol=5e-16)


# ------------------------------------------------------------------ the uniform array

# N, r/R, mean column current over the ideal one, last column over the ideal one
UNIFORM = [
    (16, 1e-5, ".998133779", None),
    (16, 1e-4, ".981670877", ".977549518"),
    (16, 1e-3, ".844308686", None),
    (32, 1e-5, ".992905328", None),
    (32, 1e-4, ".933659216", ".918458662"),
    (32, 1e-3, ".594486638", None),
    (64, 1e-5, ".972879277", None),
    (64, 1e-4, ".785460461", ".740062898"),
    (64, 1e-3, ".287415664", None),
    (128, 1e-5, ".901392390", None),
    (128, 1e-4, ".492293845", ".411156884"),
    (128, 1e-3, ".103344096", None),
    (256, 1e-5, ".702059588", None),
    (256, 1e-4, ".210642675", ".138181016"),
    (256, 1e-3, ".032840864", None),
    (1024, 1e-5, ".148913993", None),
    (1024, 1e-4, ".022167943", ".008047936"),
    (1024, 1e-3, ".002898776", None),
]


@pytest.mark.parametrize("n, ratio, mean, last", UNIFORM)
def test_uniform_series_gives_the_printed_table(n, ratio, mean, last):
    i_out = uniform.currents(1.0, ratio, ratio, np.ones(n), n)
    assert printed(i_out.mean() / n, mean)
    assert last is None or printed(i_out[-1] / n, last)


@pytest.mark.parametrize(
    "n, ratio, mean, last", [row for row in UNIFORM if row[0] <= 128]
)
def test_uniform_array_solved_gives_the_printed_table(n, ratio, mean, last):
    wire = ratio * 1e4
    e = array(n, n, wire, wire, left=("input", wire), bottom=(0, wire))
    a = solve(e, 1e-4, np.ones(n))
    assert printed(a.i_out.mean() / (n * 1e-4), mean)
    assert last is None or printed(a.i_out[-1] / (n * 1e-4), last)
    assert_sound(a)


@pytest.mark.parametrize(
    "rows, cols, row_ohm, col_ohm",
    [(5, 9, 1, 3), (9, 5, 20, 0.5), (1, 12, 7, 2), (12, 1, 7, 2), (24, 17, 2.5, 2.5)],
)
def test_uniform_series_at_every_node(rows, cols, row_ohm, col_ohm):
    v_in = np.linspace(-0.3, 1, rows)
    i_out, v_row, v_col = uniform.solve(2e-3, row_ohm, col_ohm, v_in, cols)
    e = array(rows, cols, row_ohm, col_ohm, left=("input", row_ohm), bottom=(0, col_ohm))
    a = solve(e, 2e-3, v_in)
    i_short = uniform.currents(2e-3, row_ohm, col_ohm, v_in, cols)
    np.testing.assert_allclose(i_short, i_out, rtol=1e-12)
    np.testing.assert_allclose(a.v_row, v_row, rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(a.v_col, v_col, rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(a.i_out, i_out, rtol=1e-10)


def test_small_drops_tend_to_the_printed_limit():
    """(r/R)(N+1)(2N+1)/3: the next term falls with r/R."""
    for n in (4, 16):
        loss = [
            1 - uniform.currents(1.0, x, x, np.ones(n), n).mean() / n
            for x in (1e-6, 1e-7)
        ]
        limit = (n + 1) * (2 * n + 1) / 3
        error = [abs(loss[0] / 1e-6 / limit - 1), abs(loss[1] / 1e-7 / limit - 1)]
        assert error[1] < 1e-4 and error[1] < error[0] / 8


@pytest.mark.parametrize(
    "n, ratio, corner", [(256, 1e-4, True), (512, 1e-4, False), (128, 1e-3, False)]
)
def test_least_voltage_leaves_the_far_corner(n, ratio, corner):
    _, v_row, v_col = uniform.solve(1.0, ratio, ratio, np.ones(n), n)
    least = np.unravel_index(np.argmin(v_row - v_col), (n, n))
    assert (least == (0, n - 1)) == corner


# ------------------------------------------------------------------ one row


def test_one_row_ladder_at_every_node():
    n, r, cell = 8, 1.0, 100.0
    # one segment in front of the first cell, bit lines at 0 V without resistance
    a = solve(array(1, n, r, 0, left=("input", r), bottom=(0, 0)), 1 / cell, [1])
    lam = np.arccosh(1 + r / (2 * cell))
    k = np.arange(1, n + 1)
    ladder = np.cosh(lam * (n - k + 0.5)) / np.cosh(lam * (n + 0.5))
    np.testing.assert_allclose(a.v_row[0], ladder, rtol=1e-13)
    assert printed(a.v_row[0, 0], "0.93582523")
    assert printed(a.v_row[0, 7], "0.72386819")
    assert printed(a.i_left[0], "0.0641747674")


def test_one_long_row():
    a = solve(array(1, 128, 1, 0, left=("input", 1), bottom=(0, 0)), 1e-4, [1])
    assert printed(a.v_row[0, 127], "0.513973391")


# ------------------------------------------------------------------ sneak paths


def biased(rows, cols, scheme, selected, wire=0.0, volt=1.0):
    bias = {"scheme": scheme, "volt": volt, "selected": list(selected)}
    return array(rows, cols, wire, wire, bias=bias, left=(0, wire), bottom=(0, wire))


@pytest.mark.parametrize(
    "rows, cols, text", [(8, 8, "0.306122449"), (2, 2, "3.000"), (16, 8, "0.219047619")]
)
def test_sneak_resistance_of_floating_lines(rows, cols, text):
    cell, special = 1e4, 3e3
    g = np.full((rows, cols), 1 / cell)
    g[1, 1] = 1 / special
    a = solve(biased(rows, cols, "float", (1, 1)), g, selected=(1, 1))
    m, n = rows - 1, cols - 1
    sneak = 1 / (a.i_out[1] - 1 / special)
    assert sneak == pytest.approx(cell * (1 / m + 1 / n + 1 / (m * n)), rel=1e-12)
    assert printed(sneak / cell, text)
    assert_sound(a)


@pytest.mark.parametrize("rows, cols", [(2, 2), (8, 8), (16, 8), (5, 11)])
def test_bias_schemes_without_wire_resistance(rows, cols):
    """All cells R. Current: into the selected column, selected cell included. Power: of
    all sources together."""
    R, V, m, n = 5e3, 0.8, rows, cols

    def run(scheme):
        e = biased(rows, cols, scheme, (1, 0), volt=V)
        a = solve(e, 1 / R, selected=(1, 0))
        assert_sound(a)
        return a

    ground, half, third = run("ground"), run("half"), run("third")
    assert ground.i_out[0] == pytest.approx(V / R, rel=1e-14)
    assert half.i_out[0] == pytest.approx(V / R * (1 + (m - 1) / 2), rel=1e-13)
    assert half.power == pytest.approx(V * V / R * (1 + (m + n - 2) / 4), rel=1e-13)
    assert third.i_out[0] == pytest.approx(V / R * (1 + (m - 1) / 3), rel=1e-13)
    assert third.power == pytest.approx(
        V * V / R * (1 + (m + n - 2 + (m - 1) * (n - 1)) / 9), rel=1e-13
    )


@pytest.mark.parametrize(
    "n, margin",
    [(2, ".315845"), (4, ".131246"), (8, ".043954"), (16, ".012933"), (64, ".000923")],
)
def test_read_margin_of_floating_lines(n, margin):
    """(V_off - V_on)/V at the pull-up R_pu = R_on, the selected cell read off and on,
    all others on: the worst neighbourhood."""
    on, off = 1e3, 1e5
    out = {}
    for name, cell in (("on", on), ("off", off)):
        bias = {"scheme": "float", "volt": 1.0, "selected": [0, 0]}
        e = array(n, n, bias=bias, left=(0, on), bottom=(0, 0))
        g = np.full((n, n), 1 / on)
        g[0, 0] = 1 / cell
        out[name] = solve(e, g, selected=(0, 0)).v_row[0, 0]
    assert printed(out["off"] - out["on"], margin)


# N, scheme, selected cell's voltage over V, worst half-selected cell's, current R/V.
# The far cell is that farthest from the left and the bottom: (0, N-1); one segment
# in front of every terminal.
WIRED = [
    (16, "half", ".86651872", None, None),
    (64, "half", ".25395807", None, None),
    (16, "ground", ".86651872", None, None),
    (64, "ground", ".25395807", None, None),
    (16, "third", ".89441152", ".35809991", None),
    (64, "third", ".27750528", ".54271120", None),
    (16, "float", None, None, "7.46979334"),
    (64, "float", None, None, "14.77108824"),
]


@pytest.mark.parametrize("n, scheme, selected, worst, current", WIRED)
def test_bias_schemes_with_wire_resistance(n, scheme, selected, worst, current):
    far = (0, n - 1)
    a = solve(biased(n, n, scheme, far, wire=1e-3), 1.0, selected=far)
    v = np.abs(a.v_row - a.v_col)
    half_selected = max(np.max(v[0, :-1]), np.max(v[1:, -1]))
    assert selected is None or printed(v[far], selected)
    assert worst is None or printed(half_selected, worst)
    assert current is None or printed(a.i_out[n - 1], current)
    assert_sound(a)


def test_half_and_ground_select_alike():
    for n in (4, 9):
        v = []
        for scheme in ("half", "ground"):
            e = biased(n, n, scheme, (0, n - 1), wire=20)
            a = solve(e, 1e-3, selected=(0, n - 1))
            v.append(a.v_row[0, n - 1] - a.v_col[0, n - 1])
        assert v[0] == pytest.approx(v[1], rel=1e-13)


# ------------------------------------------------------------------ symmetries

CELLS = np.random.default_rng(7)


def random_cells(rows, cols):
    g = np.exp(CELLS.uniform(np.log(1e-5), np.log(1e-3), (rows, cols)))
    g[CELLS.random((rows, cols)) < 0.1] = 0
    return g


@pytest.mark.parametrize("device", ["linear", "sinh"])
def test_transpose(device):
    """Rows and columns, left and top, bottom and right change places; i_cell's sign
    turns with the direction."""
    g, v = random_cells(4, 6), [0.3, -0.1, 0.9, 0.5]
    a = solve(array(4, 6, 3, 5, device, left=(v, 7), bottom=(0, 11)), g)
    b = solve(array(6, 4, 5, 3, device, top=(v, 7), right=(0, 11)), g.T)
    np.testing.assert_allclose(b.v_col.T, a.v_row, rtol=1e-13)
    np.testing.assert_allclose(b.v_row.T, a.v_col, rtol=1e-13)
    np.testing.assert_allclose(b.i_cell.T, -a.i_cell, rtol=1e-12)
    np.testing.assert_allclose(b.i_right, a.i_bottom, rtol=1e-12)
    np.testing.assert_allclose(b.i_top, a.i_left, rtol=1e-12)


@pytest.mark.parametrize("device", ["linear", "sinh"])
def test_reversal(device):
    """The array seen in a mirror: left and right, top and bottom change places."""
    g, v = random_cells(4, 6), [0.3, -0.1, 0.9, 0.5]
    a = solve(array(4, 6, 3, 5, device, left=(v, 7), bottom=(0, 11)), g)
    b = solve(array(4, 6, 3, 5, device, right=(v[::-1], 7), top=(0, 11)), g[::-1, ::-1])
    np.testing.assert_allclose(b.i_cell[::-1, ::-1], a.i_cell, rtol=1e-12)
    np.testing.assert_allclose(b.i_out[::-1], a.i_out, rtol=1e-12)


def test_reciprocity():
    """A volt at row i gives at column j what a volt at column j gives at row i."""
    g = random_cells(5, 7)

    def run(left, bottom):
        return solve(array(5, 7, 20, 30, left=(left, 10), bottom=(bottom, 5)), g)

    for i in range(5):
        for j in range(7):
            there = run(list(np.eye(5)[i]), 0).i_bottom[j]
            back = run(0, list(np.eye(7)[j])).i_left[i]
            assert there == pytest.approx(back, rel=1e-12)


def test_superposition():
    g, e = random_cells(5, 7), array(5, 7, 20, 30, left=("input", 10), bottom=(0, 5))
    v = np.array([0.2, -0.7, 0.1, 0.5, 1.1])
    parts = sum(v[i] * solve(e, g, np.eye(5)[i]).i_out for i in range(5))
    np.testing.assert_allclose(solve(e, g, v).i_out, parts, rtol=1e-12)


@pytest.mark.parametrize("device", ["linear", "sinh"])
def test_scaling(device):
    g, v, s = random_cells(5, 7), [0.2, -0.7, 0.1, 0.5, 1.1], 37.0
    a = solve(array(5, 7, 2, 3, device, left=("input", 10), bottom=(0, 5)), g, v)
    e = array(5, 7, 2 * s, 3 * s, device, left=("input", 10 * s), bottom=(0, 5 * s))
    np.testing.assert_allclose(solve(e, g / s, v).i_out, a.i_out / s, rtol=1e-12)


# ------------------------------------------------------------------ cases of the network


def test_ideal_wires_are_one_node():
    g = random_cells(3, 4)
    a = solve(array(3, 4, left=("input", 0), bottom=(0, 0)), g, [1, 2, 3])
    assert np.array_equal(a.v_row, np.repeat([[1.0], [2.0], [3.0]], 4, axis=1))
    assert not a.v_col.any()
    np.testing.assert_allclose(a.i_out, np.array([1, 2, 3]) @ g, rtol=1e-14)
    assert_sound(a)


def test_two_rigid_ends_share_equally():
    g = random_cells(2, 3)
    e = array(2, 3, left=(1.5, 0), right=(1.5, 0), bottom=(0, 0), top=(0, 0))
    a = solve(e, g)
    assert np.array_equal(a.i_left, a.i_right) and np.array_equal(a.i_top, a.i_bottom)
    np.testing.assert_allclose(a.i_left, 0.75 * g.sum(axis=1), rtol=1e-14)
    # i_out is the bottom terminal's alone
    np.testing.assert_allclose(a.i_out, 0.75 * g.sum(axis=0), rtol=1e-14)


def test_two_different_rigid_ends_are_refused():
    with pytest.raises(network.Short):
        solve(array(2, 3, left=(1, 0), right=(2, 0), bottom=(0, 1)), 1e-3)


def test_floating_part_has_no_voltage_and_no_current():
    e = array(3, 3, 1, 1, left=([1, None, 1], 1), bottom=(0, 1))
    g = np.full((3, 3), 1e-3)
    g[1] = 0
    a = solve(e, g)
    assert np.isnan(a.v_row[1]).all() and not np.isnan(a.v_row[[0, 2]]).any()
    assert not a.i_cell[1].any() and a.i_left[1] == 0
    assert_sound(a)


def test_nothing_drives_anything():
    a = solve(array(2, 2, 1, 1), 1e-3)
    assert np.isnan(a.v_row).all() and np.isnan(a.v_col).all()
    assert not a.i_cell.any() and not a.i_out.any() and a.kcl_residual == 0


def test_cut_segment():
    """A cut in a one-row array takes the cells behind it away."""
    e = array(1, 4, 1, 1, left=(1, 1), bottom=(0, 1))
    e["crossbar"]["faults"] = {"broken": [{"line": "row", "index": 0, "after": 1}]}
    cut = solve(e, 1e-2)
    short = solve(array(1, 2, 1, 1, left=(1, 1), bottom=(0, 1)), 1e-2)
    np.testing.assert_allclose(cut.i_out, [*short.i_out, 0, 0], rtol=1e-14)
    assert (cut.v_row[0, 2:] == 0).all()  # held by the bit lines through their cells


def test_output_is_the_top_where_the_bottom_is_open():
    e = array(2, 3, 1, 1, left=(1, 1), top=(0, 1), bottom=([0, None, 0], 1))
    a = solve(e, 1e-3)
    assert a.i_out[1] == -a.i_top[1] != 0
    assert a.i_out[0] == -a.i_bottom[0] and a.i_out[0] != -a.i_top[0]


@pytest.mark.parametrize("ratio", [1e-9, 1e-12, 1e-15])
def test_stiff_network_stays_exact(ratio):
    """Micro-ohm wires against giga-ohm cells, where plain doubles keep nothing of a
    wire's current: the first-order loss is all there is."""
    wire, cell = 1e-6, 1e-6 / ratio
    e = array(6, 6, wire, wire, left=("input", wire), bottom=(0, wire))
    a = solve(e, 1 / cell, np.ones(6))
    expected = 6 / cell * (1 - ratio * 7 * 13 / 3)
    assert a.i_out.mean() == pytest.approx(expected, rel=3e-16 + 1e3 * ratio**2)
    np.testing.assert_allclose(a.i_left[::-1], a.i_out, rtol=1e-15)
    assert_sound(a)


# ------------------------------------------------------------------ sinh cells


def test_one_sinh_cell_in_series_with_a_resistor():
    """Against bisection of one scalar equation."""
    g, v0, ohm, volt = 1e-3, 0.25, 100.0, 2.0
    low, high = 0.0, volt
    for _ in range(200):
        v = (low + high) / 2
        low, high = (v, high) if g * v0 * np.sinh(v / v0) * ohm < volt - v else (low, v)
    a = solve(array(1, 1, device="sinh", left=(volt, ohm), bottom=(0, 0)), g)
    assert a.v_row[0, 0] == pytest.approx(v, rel=1e-14)
    assert_sound(a)


def test_sinh_goes_on_along_its_tangent():
    """100 v0 across a cell: beyond 80 v0 value and slope go on straight."""
    e = array(1, 1, device="sinh", left=(25.0, 0), bottom=(0, 0))
    i = solve(e, 1e-30).i_out[0]
    assert i == pytest.approx(1e-30 * 0.25 * np.sinh(80) * (1 + 20 / np.tanh(80)))


def test_sinh_array_at_high_drive_converges_to_kirchhoff():
    e = array(8, 8, 2.5, 2.5, device="sinh", left=("input", 2.5), bottom=(0, 2.5))
    for volt in (0.01, 0.5, 3.0, 12.0):
        assert_sound(solve(e, random_cells(8, 8), np.full(8, volt)))


def test_sinh_tends_to_linear_at_small_voltages():
    g = random_cells(6, 6)
    out = [
        solve(array(6, 6, 5, 5, device, left=(1e-6, 5), bottom=(0, 5)), g).i_out
        for device in ("linear", "sinh")
    ]
    np.testing.assert_allclose(out[1], out[0], rtol=1e-10)
