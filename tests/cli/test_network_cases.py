# SPDX-License-Identifier: GPL-3.0-or-later
"""Every case of the design's table of the network, with linear and with sinh cells,
against the independent solver: numbers, NaNs, exact zeros, Kirchhoff, power = heat."""
import numpy as np
import pytest

from conftest import assert_one_line, assert_right, experiment

IN = "input"


def cells(rows, cols, seed=1, low=1e-5, high=1e-3):
    random = np.random.default_rng(seed)
    return np.exp(random.uniform(np.log(low), np.log(high), (rows, cols)))


def volts(rows, seed=2, count=2):
    return np.random.default_rng(seed).uniform(-0.5, 1, (count, rows))


def without(g, *holes):
    """Open cells: (i, j), or (i, None) a whole row, (None, j) a whole column."""
    g = g.copy()
    for i, j in holes:
        g[slice(None) if i is None else i, slice(None) if j is None else j] = 0
    return g


def cut(line, index, after):
    return {"line": line, "index": index, "after": after}


def case(name, rows, cols, row_ohm=2.5, col_ohm=2.5, g=None, v=None, **more):
    g = cells(rows, cols) if g is None else g
    v = volts(rows) if v is None else v
    spec = experiment(rows, cols, row_ohm, col_ohm, **more)
    # `inputs` serve `volt: input`; an experiment without it has a single input
    if any(
        IN == t["volt"] or (isinstance(t["volt"], list) and IN in t["volt"])
        for t in spec["crossbar"]["terminals"].values()
    ):
        spec["inputs"] = {"file": "v.csv"}
    else:
        v = None
    return pytest.param(spec, g, v, id=name)


LB = {"left": (IN, 2.5), "bottom": (0, 2.5)}  # the usual drive
RIGID = {"left": (IN, 0), "bottom": (0, 0)}

CASES = [
    # sizes
    case("one cell", 1, 1, **LB),
    case("one cell, nothing but ideal wire around it", 1, 1, 0, 0, **RIGID),
    case("one row", 1, 9, **LB),
    case("one column", 9, 1, **LB),
    case("wide", 3, 11, **LB),
    case("tall", 11, 3, **LB),
    case("24 x 24", 24, 24, **LB),
    # wires
    case("row and column wires differ", 5, 4, 0.3, 40, **LB),
    case("ideal row wires", 4, 5, 0, 3, **LB),
    case("ideal column wires", 4, 5, 3, 0, **LB),
    case("ideal wires, terminals with resistance", 4, 5, 0, 0, **LB),
    case("ideal wires and terminals", 4, 5, 0, 0, **RIGID),
    case("0 ohm terminals on real wires", 4, 5, 3, 2, **RIGID),
    case("milliohm wires", 6, 6, 1e-3, 1e-3, **LB),
    case("kiloohm wires: most of the voltage is lost", 8, 8, 1e3, 1e3, **LB),
    # sides
    case("right and top", 4, 6, right=(IN, 3), top=(0, 5)),
    case("right and bottom", 4, 6, right=(IN, 3), bottom=(0, 5)),
    case("left and top", 4, 6, left=(IN, 3), top=(0, 5)),
    case("input at both ends", 4, 6, left=(IN, 3), right=(IN, 7), bottom=(0, 5)),
    case("0 ohm input at both ends", 4, 6, left=(IN, 0), right=(IN, 0), bottom=(0, 5)),
    case(
        "0 ohm input at both ends of an ideal line: shared equally",
        *(3, 4, 0, 2),
        left=(IN, 0),
        right=(IN, 0),
        bottom=(0, 5),
    ),
    case(
        "0 ohm and 5 ohm at the ends of an ideal line: the first carries it all",
        *(3, 4, 0, 2),
        left=(IN, 0),
        right=(IN, 5),
        bottom=(0, 5),
    ),
    case(
        "0 V at both ends of ideal columns: shared, i_out is the bottom's half",
        *(3, 4, 2, 0),
        left=(IN, 1),
        top=(0, 0),
        bottom=(0, 0),
    ),
    case(
        "all four sides",
        *(5, 4),
        left=(IN, 3),
        right=(IN, 30),
        top=(0.1, 4),
        bottom=(-0.1, 8),
    ),
    case("columns held at other voltages", 3, 4, left=(IN, 3), bottom=(0.35, 2)),
    case(
        "a resistance for each line, 0 among them",
        *(3, 4),
        left=(IN, [0, 10, 1e4]),
        bottom=(0, [1, 0, 300, 2]),
    ),
    case("a voltage for each line", 3, 3, left=([0.4, -0.2, 0.9], 3), bottom=(0, 2)),
    case("input left, fixed voltages right", 2, 3, left=(IN, 3), right=(0.2, 9), bottom=(0, 2)),
    case("fixed voltages left, input right", 2, 3, left=(0.2, 9), right=(IN, 3), bottom=(0, 2)),
    # open lines
    case("a floating row", 4, 4, left=([0.5, None, 0.2, 0.7], 3), bottom=(0, 2)),
    case("a floating column", 4, 4, left=(IN, 3), bottom=([0, 0, None, 0], 2)),
    case(
        "floating rows are sources on the other side",
        *(4, 4),
        left=([0.5, None, 0.3, None], 3),
        right=([None, 0.8, 0.4, None], 5),
        bottom=(0, 2),
    ),
    case(
        "i_out through the top where the bottom is open, 0 where both are",
        *(4, 4),
        left=(IN, 3),
        top=([None, 0, None, 0], 4),
        bottom=([0, None, None, 0], 2),
    ),
    case("no way out: every node at its row's voltage", 1, 5, left=(IN, 3)),
    case("rows joined through the columns alone", 3, 3, left=(IN, 3)),
    case("only columns are driven", 3, 3, bottom=([0.3, 0, 0.6], 4)),
    case("all columns at the same voltage, rows open", 3, 3, bottom=(0.3, 4)),
    # open cells and parts without a source
    case("open cells", 4, 4, g=without(cells(4, 4), (0, 0), (2, 3), (3, 1)), **LB),
    case("all cells open", 3, 3, g=np.zeros((3, 3)), **LB),
    case(
        "a row that nothing reaches",
        *(4, 4),
        left=([0.5, None, 0.2, 0.7], 3),
        bottom=(0, 2),
        g=without(cells(4, 4), (1, None)),
    ),
    case(
        "a column that nothing reaches",
        *(4, 4),
        left=(IN, 3),
        bottom=([0, 0, None, 0], 2),
        g=without(cells(4, 4), (None, 2)),
    ),
    case(
        "a row and a column that have only each other",
        *(4, 4),
        left=([0.5, None, 0.2, 0.7], 3),
        bottom=([0, 0, None, 0], 2),
        g=np.where(
            (np.arange(4)[:, None] == 1) ^ (np.arange(4) == 2), 0, cells(4, 4)
        ),
    ),
    case("no terminals at all", 2, 3),
    case("no terminals at all, ideal wires", 2, 3, 0, 0),
    # faults
    case("a cut word line", 4, 5, faults={"broken": [cut("row", 2, 1)]}, **LB),
    case("a cut bit line", 4, 5, faults={"broken": [cut("col", 3, 0)]}, **LB),
    case(
        "a cut ideal word line is two nodes",
        *(4, 5, 0, 2),
        faults={"broken": [cut("row", 2, 1)]},
        **LB,
    ),
    case(
        "a cut ideal bit line is two nodes",
        *(4, 5, 2, 0),
        faults={"broken": [cut("col", 2, 1), cut("col", 2, 2)]},
        **LB,
    ),
    case(
        "cuts at every kind of place",
        *(4, 5),
        faults={"broken": [cut("row", 0, 0), cut("row", 3, 3), cut("col", 4, 2)]},
        **LB,
    ),
    case(
        "a cut that lets two 0 ohm voltages stand on one ideal line",
        *(2, 4, 0, 2),
        left=(IN, 0),
        right=(0.3, 0),
        bottom=(0, 1),
        faults={"broken": [cut("row", 0, 1), cut("row", 1, 2)]},
    ),
    case(
        "a cut that leaves a piece without a source",
        *(3, 4),
        faults={"broken": [cut("row", 1, 1)]},
        g=without(cells(3, 4), (1, 2), (1, 3)),
        **LB,
    ),
    case(
        "stuck cells",
        *(3, 4),
        faults={
            "stuck": [
                {"row": 0, "col": 0, "siemens": 1e-3},
                {"row": 2, "col": 3, "siemens": 0},
            ]
        },
        **LB,
    ),
    # values
    case("cells over eight decades", 5, 5, g=cells(5, 5, 9, 1e-10, 1e-2), **LB),
    case("all inputs 0", 3, 3, v=np.zeros((1, 3)), **LB),
    case("numbers that need all 17 digits", 3, 3, 1 / 3, 2 / 3, left=(IN, 1 / 7), bottom=(1 / 9, 1 / 11)),
]


@pytest.mark.parametrize("device", ["linear", "sinh"])
@pytest.mark.parametrize("spec, g, v", CASES)
def test_against_the_independent_solver(bench, spec, g, v, device):
    spec["crossbar"]["cell"]["device"] = device
    result = bench.run(spec, g=g, v=v)
    for cell in spec["crossbar"].get("faults", {}).get("stuck", []):
        g = g.copy()
        g[cell["row"], cell["col"]] = cell["siemens"]
    assert_right(result, spec, g, v)


# ------------------------------------------------------------------ sinh cells further


@pytest.mark.parametrize("v0", [0.01, 0.1234567890123, 0.25, 3, 1e3])
def test_sinh_voltage_scale(bench, v0):
    spec = experiment(
        5,
        5,
        *(2.5, 2.5),
        device="sinh",
        cell={"parameters": {"v0": v0}},
        left=(IN, 2.5),
        bottom=(0, 2.5),
        inputs={"file": "v.csv"},
    )
    g, v = cells(5, 5), volts(5)
    assert_right(bench.run(spec, g=g, v=v), spec, g, v)


@pytest.mark.parametrize("volt", [1e-6, 0.25, 2.5, 8.0])
def test_sinh_drive(bench, volt):
    """From the ohmic range to where the wires take all of the voltage."""
    spec = experiment(
        6,
        6,
        *(2.5, 2.5),
        device="sinh",
        left=(IN, 2.5),
        bottom=(0, 2.5),
        inputs={"file": "v.csv"},
    )
    g, v = cells(6, 6), volt * volts(6)
    assert_right(bench.run(spec, g=g, v=v), spec, g, v)


def test_sinh_read_volt(bench):
    """/conductance is i/v at read_volt, /state the conductance at v -> 0."""
    spec = experiment(
        3,
        4,
        *(2.5, 2.5),
        device="sinh",
        cell={"parameters": {"v0": 0.3}, "read_volt": 0.2},
        left=(IN, 2.5),
        bottom=(0, 2.5),
        faults={"stuck": [{"row": 1, "col": 2, "siemens": 5e-4}]},
        inputs={"file": "v.csv"},
    )
    g, v = cells(3, 4), volts(3)
    result = bench.run(spec, g=g, v=v)
    g[1, 2] = 5e-4
    a = 0.2 / 0.3
    np.testing.assert_allclose(result["state"][0], g * a / np.sinh(a), rtol=1e-14)
    assert_right(result, spec, g, v)


# ------------------------------------------------------------------ what is no network


@pytest.mark.parametrize(
    "name, where, first, second",
    [
        ("rows", {"left": (IN, 0), "right": (0.7, 0)}, "left", "right"),
        ("columns", {"top": (0.1, 0), "bottom": (0.2, 0)}, "top", "bottom"),
    ],
)
def test_two_sources_joined_by_0_ohm_are_refused(bench, name, where, first, second):
    sides = {"left": (IN, 1), "bottom": (0, 1), **where}
    spec = experiment(3, 3, 0, 0, inputs={"file": "v.csv"}, **sides)
    bench.matrix("g.csv", cells(3, 3))
    bench.matrix("v.csv", [[0.1, 0.2, 0.3]])
    bench.write("short.yaml", spec)
    before = bench.files()
    done = bench.xbar("run", "short.yaml")
    assert_one_line(done, 2)
    assert "short.yaml" in done.err and first in done.err and second in done.err
    assert bench.files() == before


def test_a_short_may_hide_in_one_input(bench):
    """Equal at the first input, different at the second: refused before anything runs."""
    spec = experiment(
        2,
        2,
        *(0, 1),
        left=(IN, 0),
        right=([0.5, 0.5], 0),
        bottom=(0, 1),
        inputs={"file": "v.csv"},
    )
    bench.matrix("g.csv", cells(2, 2))
    bench.matrix("v.csv", [[0.5, 0.5], [0.5, 0.4]])
    bench.write("short.yaml", spec)
    before = bench.files()
    done = bench.xbar("run", "short.yaml")
    assert_one_line(done, 2)
    assert "left" in done.err and "right" in done.err
    assert bench.files() == before
