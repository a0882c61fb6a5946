# SPDX-License-Identifier: GPL-3.0-or-later
"""Wrong input: exit status 2, one line that names file, line, key, value and what is
allowed, and nothing written."""
import os
import resource
import stat
import subprocess
import time

import h5py
import numpy as np
import pytest

from conftest import assert_one_line, assert_quiet

# A right experiment; each case below replaces one of its lines.
RIGHT = """\
title: A right one
seed: 1
engines: [spice, ideal]
crossbar:
  rows: 3
  cols: 4
  wire: {row_ohm: 2.5, col_ohm: 2.5}
  terminals:
    left: {volt: input, ohm: 2.5}
    bottom: {volt: 0, ohm: 2.5}
  cell: {device: linear}
  faults:
    stuck: [{row: 1, col: 2, siemens: 1.0e-3}]
    broken: [{line: row, index: 1, after: 2}]
conductance: {distribution: loguniform, min: 1.0e-5, max: 1.0e-3, samples: 2}
inputs: {distribution: uniform, min: 0, max: 0.2, count: 2}
bias: {scheme: read}
analysis: {kind: dc}
record: [i_out, v_row, v_col, i_cell]
"""

DATA = {
    "three.csv": "1e-4,1e-4,1e-4,1e-4\n" * 3,
    "comments.csv": "# a comment\n1e-4 1e-4\t1e-4 1e-4 # more\n\n"
    + "1e-4, 1e-4 ,1e-4,1e-4\n" * 2,
    "wide.csv": "1e-4,1e-4,1e-4,1e-4,1e-4\n" * 3,
    "short.csv": "1e-4,1e-4,1e-4,1e-4\n" * 2,
    "long.csv": "1e-4,1e-4,1e-4,1e-4\n" * 4,
    "ragged.csv": "1e-4,1e-4,1e-4,1e-4\n1e-4,1e-4,1e-4\n1e-4,1e-4,1e-4,1e-4\n",
    "text.csv": "1e-4,1e-4,1e-4,1e-4\n1e-4,x,1e-4,1e-4\n1e-4,1e-4,1e-4,1e-4\n",
    "tail.csv": "1e-4,1e-4,1e-4,1e-4\n1e-4,1e-4,1e-4,1e-4\n1e-4,1e-4,2.5x,1e-4\n",
    "nan.csv": "1e-4,1e-4,1e-4,1e-4\n1e-4,nan,1e-4,1e-4\n1e-4,1e-4,1e-4,1e-4\n",
    "inf.csv": "1e-4,1e-4,1e-4,1e-4\n1e-4,inf,1e-4,1e-4\n1e-4,1e-4,1e-4,1e-4\n",
    "negative.csv": "1e-4,1e-4,1e-4,1e-4\n1e-4,1e-4,1e-4,-1e-4\n1e-4,1e-4,1e-4,1e-4\n",
    "hex.csv": "1e-4,1e-4,1e-4,1e-4\n1e-4,0x10,1e-4,1e-4\n1e-4,1e-4,1e-4,1e-4\n",
    "hole.csv": "1e-4,1e-4,1e-4,1e-4\n1e-4,,1e-4,1e-4\n1e-4,1e-4,1e-4,1e-4\n",
    "semicolon.csv": "1e-4;1e-4;1e-4;1e-4\n" * 3,
    "header.csv": "a,b,c,d\n" + "1e-4,1e-4,1e-4,1e-4\n" * 3,
    "nul.csv": "1e-4,1e-4,1e-4,1e-4\n1e-4,1e-4\0,1e-4,1e-4\n1e-4,1e-4,1e-4,1e-4\n",
    "empty.csv": "",
    "blank.csv": "# nothing\n\n",
    "noise.csv": bytes(range(256)) * 8,
    "volts.csv": "0.1,0.2,0.3\n0.1,0.2,0.3\n",
    "volts2.csv": "0.1,0.2\n",
    "ohm.csv": "1\n",
}

REPLACED = {
    "title": "title: A right one",
    "seed": "seed: 1",
    "engines": "engines: [spice, ideal]",
    "rows": "  rows: 3",
    "cols": "  cols: 4",
    "wire": "  wire: {row_ohm: 2.5, col_ohm: 2.5}",
    "left": "    left: {volt: input, ohm: 2.5}",
    "bottom": "    bottom: {volt: 0, ohm: 2.5}",
    "cell": "  cell: {device: linear}",
    "stuck": "    stuck: [{row: 1, col: 2, siemens: 1.0e-3}]",
    "broken": "    broken: [{line: row, index: 1, after: 2}]",
    "conductance": "conductance: {distribution: loguniform, min: 1.0e-5, max: 1.0e-3, samples: 2}",
    "inputs": "inputs: {distribution: uniform, min: 0, max: 0.2, count: 2}",
    "bias": "bias: {scheme: read}",
    "analysis": "analysis: {kind: dc}",
    "record": "record: [i_out, v_row, v_col, i_cell]",
}


def wire(text):
    return f"  wire: {text}"


def left(text):
    return f"    left: {text}"


def bottom(text):
    return f"    bottom: {text}"


def distribution(text):
    return f"conductance: {{{text}}}"


def csv(name):
    return f"conductance: {{file: {name}}}"


# name, the line that is replaced, by what, key that must be named, value that must be
# quoted ("" where there is none), and optionally on which of the new lines the fault is
CASES = [
    # keys
    ("unknown key", "title", "titel: x", "titel", ""),
    ("unknown key inside", "wire", wire("{row_ohm: 1, rowohm: 1}"), "rowohm", ""),
    ("unknown key in a list", "stuck", "    stuck: [{row: 1, col: 2, siemens: 1, ohm: 2}]", "ohm", ""),
    ("unknown side", "left", "    west: {volt: input}", "west", ""),
    ("a key in the wrong block", "seed", "rows: 3", "rows", ""),
    ("doubled key", "seed", "seed: 1\nseed: 2", "seed", "", 1),
    ("doubled key inside", "wire", wire("{row_ohm: 1, row_ohm: 2}"), "row_ohm", ""),
    ("doubled key, quoted otherwise", "seed", 'seed: 1\n"seed": 2', "seed", "", 1),
    ("a key that is no text", "seed", "[1]: 2", "", ""),
    ("merge key", "seed", "<<: {seed: 1}", "<<", ""),
    ("wrong case", "seed", "Seed: 1", "Seed", ""),
    # numbers
    ("number with a tail", "wire", wire("{row_ohm: 2.5x, col_ohm: 1}"), "row_ohm", "2.5x"),
    ("number with a unit", "wire", wire("{row_ohm: 2.5 ohm, col_ohm: 1}"), "row_ohm", "2.5 ohm"),
    ("number with a SPICE suffix", "wire", wire("{row_ohm: 2.5k, col_ohm: 1}"), "row_ohm", "2.5k"),
    ("hexadecimal", "wire", wire("{row_ohm: 0x10, col_ohm: 1}"), "row_ohm", "0x10"),
    ("decimal comma", "wire", wire('{row_ohm: "2,5", col_ohm: 1}'), "row_ohm", "2,5"),
    ("NaN", "wire", wire("{row_ohm: .nan, col_ohm: 1}"), "row_ohm", ".nan"),
    ("nan", "wire", wire("{row_ohm: nan, col_ohm: 1}"), "row_ohm", "nan"),
    ("infinity", "wire", wire("{row_ohm: .inf, col_ohm: 1}"), "row_ohm", ".inf"),
    ("overflow", "wire", wire("{row_ohm: 1e999, col_ohm: 1}"), "row_ohm", "1e999"),
    ("underflow", "wire", wire("{row_ohm: 1e-999, col_ohm: 1}"), "row_ohm", "1e-999"),
    ("negative resistance", "wire", wire("{row_ohm: -1, col_ohm: 1}"), "row_ohm", "-1"),
    ("negative column resistance", "wire", wire("{row_ohm: 1, col_ohm: -1e-3}"), "col_ohm", "-1e-3"),
    ("negative capacitance", "wire", wire("{row_ohm: 1, row_farad: -1e-15}"), "row_farad", "-1e-15"),
    ("negative terminal", "left", left("{volt: input, ohm: -2}"), "ohm", "-2"),
    ("absurdly small resistance", "wire", wire("{row_ohm: 1e-300, col_ohm: 1}"), "row_ohm", "1e-300"),
    ("absurdly large resistance", "wire", wire("{row_ohm: 1e300, col_ohm: 1}"), "row_ohm", "1e300"),
    ("absurdly large voltage", "bottom", bottom("{volt: 1e300}"), "volt", "1e300"),
    ("empty number", "wire", wire("{row_ohm: , col_ohm: 1}"), "row_ohm", ""),
    ("a word for a number", "wire", wire("{row_ohm: small, col_ohm: 1}"), "row_ohm", "small"),
    ("a truth for a number", "wire", wire("{row_ohm: true, col_ohm: 1}"), "row_ohm", "true"),
    ("a list for a number", "wire", wire("{row_ohm: [1], col_ohm: 1}"), "row_ohm", ""),
    ("a map for a number", "wire", wire("{row_ohm: {a: 1}, col_ohm: 1}"), "row_ohm", ""),
    ("a number for a map", "wire", wire("2.5"), "wire", "2.5"),
    ("a list for a map", "wire", wire("[1, 2]"), "wire", ""),
    # sizes
    ("no rows", "rows", "  rows: 0", "rows", "0"),
    ("negative columns", "cols", "  cols: -4", "cols", "-4"),
    ("half a row", "rows", "  rows: 3.5", "rows", "3.5"),
    ("rows as a text with a tail", "rows", "  rows: 3 rows", "rows", "3 rows"),
    ("absurd rows", "rows", "  rows: 1000000000", "rows", "1000000000"),
    ("absurd rows, as a real", "rows", "  rows: 1e9", "rows", "1e9"),
    ("rows beyond 64 bits", "rows", "  rows: 99999999999999999999999", "rows", "99999999999999999999999"),
    ("absurd samples", "conductance", distribution("distribution: constant, value: 1e-4, samples: 1000000000000"), "samples", "1000000000000"),
    ("absurd count", "inputs", "inputs: {distribution: constant, value: 1, count: 1000000000000}", "count", "1000000000000"),
    ("no samples", "conductance", distribution("distribution: constant, value: 1e-4, samples: 0"), "samples", "0"),
    ("no inputs", "inputs", "inputs: {distribution: constant, value: 1, count: 0}", "count", "0"),
    ("negative seed", "seed", "seed: -1", "seed", "-1"),
    ("a title of two lines", "title", 'title: "a\\nb"', "title", "a"),
    ("seed beyond 64 bits", "seed", "seed: 18446744073709551616", "seed", "18446744073709551616"),
    # engines, record, analysis
    ("unknown engine", "engines", "engines: [spice, hspice]", "engines", "hspice"),
    ("engine twice", "engines", "engines: [spice, spice]", "engines", "spice"),
    ("no engine", "engines", "engines: []", "engines", ""),
    ("engines as a map", "engines", "engines: {spice: 1}", "engines", ""),
    ("unknown record", "record", "record: [i_out, i_gate]", "record", "i_gate"),
    ("unknown analysis", "analysis", "analysis: {kind: ac}", "kind", "ac"),
    # terminals
    ("input at the bottom", "bottom", bottom("{volt: input}"), "volt", "input"),
    ("input at the top", "bottom", "    top: {volt: input}", "volt", "input"),
    ("terminal without volt", "bottom", bottom("{ohm: 2}"), "volt", ""),
    ("volt list too short", "bottom", bottom("{volt: [0, 0, 0]}"), "volt", ""),
    ("volt list too long", "bottom", bottom("{volt: [0, 0, 0, 0, 0]}"), "volt", ""),
    ("ohm list too short", "left", left("{volt: input, ohm: [1, 2]}"), "ohm", ""),
    ("a wrong number in a volt list", "bottom", bottom("{volt: [0, 0, x, 0]}"), "volt", "x"),
    ("null for an ohm", "left", left("{volt: input, ohm: [1, null, 2]}"), "ohm", ""),
    ("a nested volt list", "bottom", bottom("{volt: [[0, 0, 0, 0]]}"), "volt", ""),
    # cells
    ("unknown device", "cell", "  cell: {device: magic}", "device", "magic"),
    ("unknown parameter", "cell", "  cell: {device: sinh, parameters: {v1: 0.2}}", "v1", ""),
    ("parameter of another device", "cell", "  cell: {device: linear, parameters: {v0: 0.2}}", "v0", ""),
    ("parameter below its range", "cell", "  cell: {device: sinh, parameters: {v0: 0}}", "v0", "0"),
    ("negative parameter", "cell", "  cell: {device: sinh, parameters: {v0: -0.25}}", "v0", "-0.25"),
    # faults
    ("stuck outside the array", "stuck", "    stuck: [{row: 3, col: 2, siemens: 1}]", "row", "3"),
    ("stuck at a negative row", "stuck", "    stuck: [{row: -1, col: 2, siemens: 1}]", "row", "-1"),
    ("stuck column outside", "stuck", "    stuck: [{row: 0, col: 4, siemens: 1}]", "col", "4"),
    ("stuck at a negative conductance", "stuck", "    stuck: [{row: 0, col: 0, siemens: -1}]", "siemens", "-1"),
    ("stuck without siemens", "stuck", "    stuck: [{row: 0, col: 0}]", "siemens", ""),
    ("a share beyond 1", "stuck", "    stuck: {on: 1.5, off: 0, on_siemens: 1e-3, off_siemens: 0}", "on", "1.5"),
    ("shares beyond 1 together", "stuck", "    stuck: {on: 0.6, off: 0.6, on_siemens: 1e-3, off_siemens: 0}", "o", "0.6"),
    ("a share without its conductance", "stuck", "    stuck: {on: 0.1}", "on_siemens", ""),
    ("cut of an unknown kind of line", "broken", "    broken: [{line: diagonal, index: 0, after: 0}]", "line", "diagonal"),
    ("cut outside the array", "broken", "    broken: [{line: row, index: 3, after: 0}]", "index", "3"),
    ("cut behind the last cell", "broken", "    broken: [{line: row, index: 0, after: 3}]", "after", "3"),
    ("cut behind the last cell of a column", "broken", "    broken: [{line: col, index: 0, after: 2}]", "after", "2"),
    # conductances
    ("no such distribution", "conductance", distribution("distribution: gauss, min: 1, max: 2"), "distribution", "gauss"),
    ("min above max", "conductance", distribution("distribution: uniform, min: 2e-3, max: 1e-3"), "m", "e-3"),
    ("negative conductance", "conductance", distribution("distribution: uniform, min: -1e-3, max: 1e-3"), "min", "-1e-3"),
    ("loguniform from 0", "conductance", distribution("distribution: loguniform, min: 0, max: 1e-3"), "min", "0"),
    ("loguniform without max", "conductance", distribution("distribution: loguniform, min: 1e-5"), "max", ""),
    ("constant without value", "conductance", distribution("distribution: constant"), "value", ""),
    ("constant with a key of another", "conductance", distribution("distribution: constant, value: 1e-3, sigma: 2"), "sigma", ""),
    ("levels without count", "conductance", distribution("distribution: levels, min: 1e-5, max: 1e-3"), "count", ""),
    ("lognormal with a negative sigma", "conductance", distribution("distribution: lognormal, median: 1e-4, sigma: -1"), "sigma", "-1"),
    ("lognormal with median 0", "conductance", distribution("distribution: lognormal, median: 0, sigma: 1"), "median", "0"),
    ("neither file nor distribution", "conductance", "conductance: {}", "conductance", ""),
    ("file and distribution", "conductance", "conductance: {file: three.csv, distribution: constant, value: 1e-3}", "", ""),
    # data files
    ("missing file", "conductance", csv("nowhere.csv"), "file", "nowhere.csv"),
    ("a folder for a file", "conductance", csv("folder"), "file", "folder"),
    ("CSV too wide", "conductance", csv("wide.csv"), "", "wide.csv"),
    ("CSV too short", "conductance", csv("short.csv"), "", "short.csv"),
    ("CSV too long", "conductance", csv("long.csv"), "", "long.csv"),
    ("ragged CSV", "conductance", csv("ragged.csv"), "", "ragged.csv:2"),
    ("CSV with text in it", "conductance", csv("text.csv"), "", "text.csv:2"),
    ("CSV number with a tail", "conductance", csv("tail.csv"), "", "tail.csv:3"),
    ("CSV with NaN", "conductance", csv("nan.csv"), "", "nan.csv:2"),
    ("CSV with infinity", "conductance", csv("inf.csv"), "", "inf.csv:2"),
    ("CSV with a negative conductance", "conductance", csv("negative.csv"), "", "negative.csv:2"),
    ("CSV with hexadecimal", "conductance", csv("hex.csv"), "", "hex.csv:2"),
    ("CSV with a hole", "conductance", csv("hole.csv"), "", "hole.csv:2"),
    ("CSV with semicolons", "conductance", csv("semicolon.csv"), "", "semicolon.csv:1"),
    ("CSV with a header", "conductance", csv("header.csv"), "", "header.csv:1"),
    ("CSV with a NUL", "conductance", csv("nul.csv"), "", "nul.csv:2"),
    ("empty CSV", "conductance", csv("empty.csv"), "", "empty.csv"),
    ("CSV of comments alone", "conductance", csv("blank.csv"), "", "blank.csv"),
    ("noise for a CSV", "conductance", csv("noise.csv"), "", "noise.csv"),
    ("inputs CSV of the wrong width", "inputs", "inputs: {file: volts2.csv}", "", "volts2.csv"),
    ("dataset of a CSV", "conductance", "conductance: {file: three.csv, dataset: /g}", "dataset", ""),
    ("HDF5 without a dataset", "conductance", "conductance: {file: right.h5}", "dataset", ""),
    ("no such dataset", "conductance", "conductance: {file: right.h5, dataset: /nowhere}", "dataset", "/nowhere"),
    ("dataset of the wrong shape", "conductance", "conductance: {file: right.h5, dataset: /turned}", "", "/turned"),
    ("dataset of texts", "conductance", "conductance: {file: right.h5, dataset: /text}", "", "/text"),
    ("dataset with NaN", "conductance", "conductance: {file: right.h5, dataset: /nan}", "", "/nan"),
    ("dataset with a negative value", "conductance", "conductance: {file: right.h5, dataset: /negative}", "", "/negative"),
    ("dataset is a group", "conductance", "conductance: {file: right.h5, dataset: /group}", "", "/group"),
    ("dataset with four axes", "conductance", "conductance: {file: right.h5, dataset: /deep}", "", "/deep"),
    ("a text named .h5", "conductance", "conductance: {file: fake.h5, dataset: /g}", "", "fake.h5"),
    ("a cut-off .h5", "conductance", "conductance: {file: half.h5, dataset: /g}", "", "half.h5"),
    ("inputs for other samples", "inputs", "inputs: {file: right.h5, dataset: /v5}", "", "/v5"),
    # bias
    ("unknown scheme", "bias", "bias: {scheme: quarter}", "scheme", "quarter"),
    ("half without selected", "bias", "bias: {scheme: half, volt: 1}", "selected", ""),
    ("half without volt", "bias", "bias: {scheme: half, selected: [0, 0]}", "volt", ""),
    ("half with inputs", "bias", "bias: {scheme: half, selected: [0, 0], volt: 1}", "inputs", "", 0),
    ("read with selected", "bias", "bias: {scheme: read, selected: [0, 0]}", "selected", ""),
    ("selected outside", "bias", "bias: {scheme: half, selected: [3, 0], volt: 1}", "selected", "3"),
    ("selected of three numbers", "bias", "bias: {scheme: half, selected: [0, 0, 0], volt: 1}", "selected", ""),
    ("nothing selected", "bias", "bias: {scheme: half, selected: [], volt: 1}", "selected", ""),
]


def without_inputs(text):
    return text.replace(REPLACED["inputs"] + "\n", "")


@pytest.fixture
def place(bench):
    """The bench with all data files in it."""
    for name, content in DATA.items():
        bench.write(name, content)
    (bench.folder / "folder").mkdir()
    bench.write("right.dat", DATA["three.csv"])
    with h5py.File(bench.folder / "right.h5", "w") as f:
        f["g"] = np.full((3, 4), 1e-4)
        f["turned"] = np.full((4, 3), 1e-4)
        f["text"] = ["a", "b"]
        f["nan"] = np.full((3, 4), np.nan)
        f["negative"] = np.full((3, 4), -1e-4)
        f["deep"] = np.full((1, 1, 3, 4), 1e-4)
        f["v5"] = np.full((5, 2, 3), 0.1)
        f.create_group("group")
    bench.write("fake.h5", "this is no HDF5 file\n" * 100)
    bench.write("half.h5", (bench.folder / "right.h5").read_bytes()[:1500])
    return bench


def refused(place, text, name="experiment.yaml", command="run"):
    """Runs a wrong experiment; nothing may be written. @return the line on stderr"""
    place.write(name, text)
    before = place.files()
    done = place.xbar(command, name)
    assert_one_line(done, 2)
    assert place.files() == before, "a refused run wrote something"
    return done.err


def test_the_right_one_runs(place):
    place.write("experiment.yaml", RIGHT)
    done = place.xbar("run", "experiment.yaml")
    assert_quiet(done)
    assert (place.folder / "results" / "experiment.h5").is_file()


@pytest.mark.parametrize(
    "line, new",
    [
        ("conductance", csv("three.csv")),
        ("conductance", csv("comments.csv")),
        ("conductance", "conductance: {file: right.h5, dataset: /g}"),
        ("conductance", "conductance: {file: right.h5, dataset: g}"),
        ("conductance", csv("right.dat")),
        ("inputs", "inputs: {file: volts.csv}"),
        ("analysis", "analysis: {}"),
        ("cell", "  cell: {}"),
        ("conductance", distribution("distribution: levels, min: 1e-5, max: 1e-3, count: 4")),
        ("conductance", distribution("distribution: lognormal, median: 1e-4, sigma: 0.5")),
        ("conductance", distribution("distribution: constant, value: 0")),
        ("stuck", "    stuck: {on: 0.25, off: 0.5, on_siemens: 1e-3, off_siemens: 0}"),
        ("cell", "  cell: {device: sinh, parameters: {v0: 0.3}}"),
        ("seed", "seed: 9223372036854775807"),
        ("wire", wire("{row_ohm: +2.5e+0, col_ohm: .5}")),
        ("wire", wire("{row_ohm: 0, col_ohm: 0, row_farad: 1e-15}")),
        ("title", 'title: "2.5x: [not a number]"'),
        ("left", left("{volt: [input, null, input], ohm: [1, 2, 0]}")),
    ],
)
def test_neighbours_of_the_refused_run(place, line, new):
    """So that no refusal below is for a reason of its own."""
    place.write("experiment.yaml", RIGHT.replace(REPLACED[line], new))
    done = place.xbar("run", "experiment.yaml")
    assert done.status == 0, done


@pytest.mark.parametrize("case", CASES, ids=lambda c: c[0])
def test_wrong_value(place, case):
    name, replaced, new, key, value, *offset = case
    old = REPLACED[replaced]
    text = RIGHT
    if replaced == "bias" and key != "inputs":
        text = without_inputs(text) if "half" in new else text
    assert text.count(old) == 1
    text = text.replace(old, new)
    number = text[: text.index(new)].count("\n") + 1 + (offset[0] if offset else 0)
    if key == "inputs":
        number = text[: text.index("inputs:")].count("\n") + 1
    line = refused(place, text)
    assert f"experiment.yaml:{number}:" in line, (number, line)
    assert key in line and value in line, (key, value, line)


@pytest.mark.parametrize("command", ["run", "netlist"])
def test_commands_refuse_alike(place, command):
    text = RIGHT.replace("rows: 3", "rows: 0")
    line = refused(place, text, command=command)
    assert "experiment.yaml:5: crossbar.rows = 0" in line


@pytest.mark.parametrize("key", ["rows", "cols", "conductance", "inputs"])
def test_missing_key(place, key):
    line = refused(place, RIGHT.replace(REPLACED[key] + "\n", ""))
    assert "experiment.yaml" in line and key in line


# ------------------------------------------------------------------ files that are no experiment

BOMB = (
    "a: &a [x, x, x, x, x, x, x, x, x]\n"
    + "".join(
        f"{b}: &{b} [*{a}, *{a}, *{a}, *{a}, *{a}, *{a}, *{a}, *{a}, *{a}]\n"
        for a, b in zip("abcdefgh", "bcdefghi")
    )
    + RIGHT
)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("", id="empty"),
        pytest.param("\n\n# nothing\n", id="blank"),
        pytest.param("hello\n", id="a word"),
        pytest.param("- 1\n- 2\n", id="a list"),
        pytest.param("crossbar: {rows: 3\n", id="not closed"),
        pytest.param("crossbar:\n\trows: 3\n", id="a tab"),
        pytest.param(RIGHT + "---\n" + RIGHT, id="two documents"),
        pytest.param(bytes(range(256)) * 20, id="noise"),
        pytest.param(RIGHT.replace("seed: 1", "seed: 1\0"), id="NULs"),
        pytest.param(RIGHT.encode() + b"title2: \xff\xfe\n", id="not UTF-8"),
        pytest.param(BOMB, id="a bomb of aliases"),
        pytest.param("crossbar: &a [*a]\n" + RIGHT.replace("crossbar:", "x:"), id="an alias to itself"),
        pytest.param("title: " + "[" * 20000 + "]" * 20000 + "\n", id="deep nesting"),
        pytest.param("".join(" " * k + "a:\n" for k in range(3000)), id="deep maps"),
        pytest.param("a" * 200000 + ": 1\n", id="a long key"),
        pytest.param(RIGHT.replace("seed: 1", "seed: " + "9" * 200000), id="a long value"),
        pytest.param(RIGHT.replace("seed: 1", 'seed: "\\e[31m\\n\\a"'), id="control characters"),
        pytest.param('"a\\nxbar: done": 1\n', id="a line break in a key"),
        pytest.param(RIGHT.replace("seed: 1", "seed: !!binary MQ=="), id="binary tag"),
        pytest.param(RIGHT.replace("seed: 1", "seed: !python/object 1"), id="an unknown tag"),
    ],
)
def test_file_that_is_no_experiment(place, content):
    place.write("experiment.yaml", content)
    began = time.monotonic()
    line = refused(place, content)
    assert "experiment.yaml" in line
    assert time.monotonic() - began < 5
    assert "\x1b" not in line


def test_bomb_takes_no_memory(place):
    """Refused within 256 MB of address space beyond what the program needs to start."""
    place.write("experiment.yaml", BOMB)

    def limit():
        resource.setrlimit(resource.RLIMIT_DATA, (1 << 28, 1 << 28))

    if "ASAN_OPTIONS" in os.environ:
        limit = None  # the sanitizer reserves terabytes
    done = subprocess.run(
        place.command("run", "experiment.yaml"),
        cwd=place.folder,
        env=place.env,
        capture_output=True,
        preexec_fn=limit,
        timeout=20,
    )
    assert done.returncode == 2 and done.stderr.count(b"\n") == 1, done


@pytest.mark.parametrize("name", ["nowhere.yaml", "folder", "folder/nowhere.yaml", ""])
def test_experiment_that_is_not_there(place, name):
    before = place.files()
    done = place.xbar("run", name)
    assert_one_line(done, 2)
    assert name in done.err
    assert place.files() == before


def test_a_device_or_a_pipe_is_no_experiment(place):
    """Reading must end: neither an endless file nor a pipe without a writer hangs."""
    os.mkfifo(place.folder / "pipe.yaml")
    for name in ("/dev/zero", "pipe.yaml"):
        done = place.xbar("run", name, timeout=20)
        assert_one_line(done, 2)


def test_pipe_as_a_data_file(place):
    os.mkfifo(place.folder / "pipe.csv")
    text = RIGHT.replace(REPLACED["conductance"], csv("pipe.csv"))
    place.write("experiment.yaml", text)
    done = place.xbar("run", "experiment.yaml", timeout=20)
    assert_one_line(done, 2)
    assert "pipe.csv" in done.err


def test_unreadable_file(place):
    if os.geteuid() == 0:
        pytest.skip("root reads everything")
    (place.folder / "three.csv").chmod(0)
    text = RIGHT.replace(REPLACED["conductance"], csv("three.csv"))
    assert "three.csv" in refused(place, text)


# ------------------------------------------------------------------ --set and -e


@pytest.mark.parametrize(
    "args, words",
    [
        (["--set", "crossbar.rows=0"], ["crossbar.rows", "0"]),
        (["--set", "crossbar.rows=2.5x"], ["crossbar.rows", "2.5x"]),
        (["--set", "crossbar.colour=1"], ["colour"]),
        (["--set", "nothing"], ["nothing"]),
        (["--set", "=1"], ["=1"]),
        (["--set", "crossbar.wire.row_ohm="], ["row_ohm"]),
        (["--set", "crossbar.wire.row_ohm=[1"], ["row_ohm"]),
        (["--set", "crossbar.rows.x=1"], ["rows"]),
        (["--set", "title=a\nseed: 7"], ["title"]),
        (["-e", "magic"], ["magic"]),
        (["-e", "spice,,ideal"], ["spice,,ideal"]),
        (["-e", ""], []),
        (["-e", "spice,spice"], ["spice"]),
    ],
)
def test_wrong_override(place, args, words):
    place.write("experiment.yaml", RIGHT)
    before = place.files()
    done = place.xbar("run", "experiment.yaml", *args)
    assert_one_line(done, 2)
    assert all(word in done.err for word in words), done
    assert place.files() == before


def test_output_that_cannot_be_written(place):
    """A folder or a file in the way: wrong before anything runs."""
    place.write("experiment.yaml", RIGHT)
    before = place.files()
    done = place.xbar("run", "experiment.yaml", "-o", "folder")
    assert done.status in (2, 3) and done.err.count("\n") == 1, done
    assert "folder" in done.err
    done = place.xbar("run", "experiment.yaml", "-o", "three.csv/x.h5")
    assert done.status == 2 and done.err.count("\n") == 1, done
    assert "three.csv" in done.err
    done = place.xbar("run", "experiment.yaml", "-o", "x" * 300 + ".h5")
    assert done.status == 2 and done.err.count("\n") == 1, done
    done = place.xbar("run", "experiment.yaml", "-o", "/proc/nowhere/x.h5")
    assert done.status in (2, 3) and done.err.count("\n") == 1, done
    assert place.files() == before


def test_a_device_is_not_replaced(place):
    """-o /dev/null: a netlist goes into it, results and fits want a file."""
    place.write("experiment.yaml", RIGHT)
    null = place.folder / "null"
    try:
        os.mknod(null, 0o666 | stat.S_IFCHR, os.makedev(1, 3))
        null.open("w").close()
    except OSError as why:
        pytest.skip(f"no device can be made here: {why}")
    place.write("iv.csv", "v_V,i_A\n0.1,1e-5\n0.2,2.1e-5\n0.3,2.9e-5\n0.4,4.2e-5\n")
    done = place.xbar("netlist", "experiment.yaml", "-o", "null")
    assert done.status == 0 and done.err == "", done
    for args in (
        ("run", "experiment.yaml", "-o", "null"),
        ("calibrate", "iv.csv", "--model", "linear", "-o", "null"),
    ):
        done = place.xbar(*args)
        assert done.status == 2 and done.err.count("\n") == 1, done
        assert "null" in done.err
    assert stat.S_ISCHR(null.stat().st_mode)
