# SPDX-License-Identifier: GPL-3.0-or-later
"""xbar models: the list, one model, one set; and that each cell it lists runs in an array."""
import pathlib
import re
import subprocess
import sys

import numpy as np
import pytest
import yaml

from conftest import Result, assert_one_line, assert_quiet, experiment

MODELS = pathlib.Path(__file__).parents[2] / "models"
NAMES = sorted(path.name for path in MODELS.iterdir() if path.is_dir())
SETS = [
    f"{path.parent.name}/{path.stem}"
    for path in sorted(MODELS.glob("*/*.yaml"))
]


def listed(bench):
    """@return name -> kind, as the list has them"""
    done = bench.xbar("models")
    assert_quiet_table(done)
    rows = [line.split() for line in done.out.splitlines()[1:] if not line.startswith(" ")]
    return {row[0]: row[1] for row in rows}


def assert_quiet_table(done):
    assert done.status == 0 and done.err == "", done
    assert all(len(line) <= 96 for line in done.out.splitlines()), done
    assert all(line == line.rstrip() for line in done.out.splitlines()), done


def test_list_is_the_folders(bench):
    kinds = listed(bench)
    assert sorted(kinds) == NAMES
    order = ["cell", "selector", "access"]
    assert [order.index(k) for k in kinds.values()] == sorted(
        order.index(k) for k in kinds.values()
    )


@pytest.mark.parametrize("name", NAMES)
def test_model(bench, name):
    done = bench.xbar("models", name)
    assert_quiet_table(done)
    assert done.out.startswith(f"{name}, ")
    for path in (MODELS / name).glob("*.yaml"):
        assert re.search(rf"^  {path.stem} ", done.out, re.MULTILINE), path
    assert bench.xbar("models", f"{name}/default").out == done.out


@pytest.mark.parametrize("operand", SETS)
def test_set(bench, operand):
    """Every value of the file, with its unit and its source."""
    name, which = operand.split("/")
    text = (MODELS / name / f"{which}.yaml").read_text(encoding="ascii")
    done = bench.xbar("models", operand)
    assert_quiet_table(done)
    flat = " ".join(done.out.split())
    for key, entry in yaml.safe_load(text)["parameters"].items():
        row = re.search(rf"^  {key} +(\S+) +(.+)$", done.out, re.MULTILINE)
        assert row, key
        assert float(row[1]) == float(entry["value"]), key
        assert row[2].startswith(entry["unit"]), key
        assert entry["source"] in flat, key
    about = " ".join(yaml.safe_load(text)["about"].split())
    assert about in flat


@pytest.mark.parametrize(
    "args, words",
    [
        (["nonsense"], ["nonsense", "want linear, sinh, "]),
        (["vteam/nonsense"], ["nonsense", "want default, atomic, magic"]),
        (["/default"], ["no model"]),
        (["vteam/"], ["vteam", "want default"]),
        (["vteam", "drift"], ["drift"]),
        (["x" * 5000], ["no model"]),
        (["\x1b[31m"], ["[31m"]),
        (["-o", "x.h5"], ["-o"]),
    ],
)
def test_refusals(bench, args, words):
    done = bench.xbar("models", *args)
    assert_one_line(done, 2)
    assert all(word in done.err for word in words), done.err
    assert "\x1b" not in done.err


def held(bench, name):
    """The conductances that a cell can hold, S."""
    found = re.search(r"^  (\S+) to (\S+) S at small", bench.xbar("models", name).out, re.MULTILINE)
    return (float(found[1]), float(found[2])) if found else (1e-6, 1e-3)


def array(name, low, high, **cell):
    return experiment(
        *(3, 4, 2.5, 2.5),
        left=("input", 2.5),
        bottom=(0, 2.5),
        device=name,
        cell=cell,
        engines=["spice", "nodal"],
        conductance={"distribution": "loguniform", "min": low, "max": high, "samples": 2},
        inputs={"distribution": "uniform", "min": -0.3, "max": 0.4, "count": 2},
    )


CELLS = [
    name
    for name in NAMES
    if not name.startswith(("selector_", "access_"))
]


@pytest.mark.parametrize("name", CELLS)
def test_array(bench, name):
    """An array of each cell, with another line in the experiment and nothing else: ngspice
    with the model's subcircuit and the nodal engine with its equations agree."""
    low, high = held(bench, name)
    high *= 0.999
    low = max(1.001 * low, 1e-3 * high)
    result = bench.run(array(name, low, high))
    for variable in ("i_out", "v_row", "i_cell"):
        spice, nodal = result[f"spice/{variable}"], result[f"nodal/{variable}"]
        assert np.abs(spice - nodal).max() <= 1e-9 * np.abs(spice).max(), variable
    g = result["conductance"]
    assert (g >= 0.999 * low).all() and (g <= 1.001 * high).all()


def test_set_in_an_experiment(bench):
    """A set's name instead of a map."""
    by_name = bench.run(array("vteam", 2e-6, 9e-5, parameters="atomic"), name="name")
    by_map = bench.run(
        array("vteam", 2e-6, 9e-5, parameters={"r_on": 1e6, "r_off": 1e4}), name="map"
    )
    assert (by_name["spice/i_out"] == by_map["spice/i_out"]).all()
    assert (by_name["state"] == by_map["state"]).all()


def test_what_a_cell_cannot_hold(bench):
    for low, high, word in [(1e-4, 9e-3, "min"), (2e-3, 0.5, "max")]:
        bench.write("e.yaml", array("vteam", low, high))
        done = bench.xbar("run", "e.yaml")
        assert_one_line(done, 2)
        assert f"conductance.{word}" in done.err and "0.001 to 0.02" in done.err
    spec = array("vteam", 2e-3, 9e-3)
    spec["crossbar"]["faults"] = {"stuck": [{"row": 0, "col": 1, "siemens": 1e-6}]}
    bench.write("e.yaml", spec)
    done = bench.xbar("run", "e.yaml")
    assert_one_line(done, 2)
    assert "stuck.0.siemens" in done.err and "0.001 to 0.02" in done.err
    spec["crossbar"]["faults"] = {"stuck": [{"row": 0, "col": 1, "siemens": 0}]}
    bench.write("e.yaml", spec)
    assert_quiet(bench.xbar("run", "e.yaml", "-o", "open.h5"))
    result = Result(bench.folder / "open.h5")
    assert (result["nodal/i_cell"][..., 0, 1] == 0).all()


@pytest.mark.parametrize("name", ["selector_ots", "access_nmos"])
def test_only_cells_are_cells(bench, name):
    bench.write("e.yaml", array(name, 1e-6, 1e-4))
    done = bench.xbar("run", "e.yaml")
    assert_one_line(done, 2)
    assert "crossbar.cell.device" in done.err and name in done.err


# ------------------------------------------------------------------ putting models in

EMBED = MODELS.parent / "scripts" / "embed.py"
GOOD = "about: a set\nparameters:\n  v_0: {value: 1.0e-3, unit: V, source: here}\n"


def embed(folder, target):
    return subprocess.run(
        [sys.executable, EMBED, "model", folder, target, f"{target}.d"],
        capture_output=True,
        text=True,
    )


@pytest.fixture
def model(tmp_path):
    folder = tmp_path / "toy"
    folder.mkdir()
    (folder / "default.yaml").write_text(GOOD)
    (folder / "toy.cir").write_text('.subckt toy p n\n* a "quoted" \\ line\n.ends\n')
    return folder


def test_embed(model, tmp_path):
    (model / "other.yaml").write_text(GOOD.replace("1.0e-3", "-2"))
    done = embed(model, tmp_path / "toy.c")
    assert done.returncode == 0 and done.stderr == "", done
    (tmp_path / "main.c").write_text(
        '#include "device/device.h"\n#include <stdio.h>\n'
        "extern const char xbar_model_toy[];\n"
        "extern const xbar_parameter_set xbar_sets_toy[];\n"
        "int main(void)\n{\n"
        "    fputs(xbar_model_toy, stdout);\n"
        "    for (const xbar_parameter_set *s = xbar_sets_toy; s->name; s++)\n"
        '        printf("%s %s %zu %s %g %s %s\\n", s->name, s->about, s->n_values,\n'
        "               s->values->name, s->values->value, s->values->unit,\n"
        "               s->values->source);\n}\n"
    )
    subprocess.run(
        ["cc", "-std=c17", "-Wall", "-Wextra", "-Wpedantic", "-Werror", f"-I{MODELS.parent / 'src'}", "-o", "show", "toy.c", "main.c"],
        cwd=tmp_path,
        check=True,
    )
    out = subprocess.run([tmp_path / "show"], capture_output=True, text=True, check=True).stdout
    assert out == (model / "toy.cir").read_text() + (
        "default a set 1 v_0 0.001 V here\nother a set 1 v_0 -2 V here\n"
    )
    depends = (tmp_path / "toy.c.d").read_text()
    assert "other.yaml" in depends and "toy.cir" in depends


@pytest.mark.parametrize(
    "old, new, word",
    [
        ("about: a set\n", "", "about"),
        ("about: a set", "abut: a set", "about"),
        ("a set", "", "about"),
        ("1.0e-3", "1e-3", "1e-3"),  # a text to YAML
        ("1.0e-3", ".nan", "nan"),
        ("1.0e-3", ".inf", "inf"),
        ("1.0e-3", "true", "number"),
        ("1.0e-3", "'1'", "number"),
        ("unit: V, ", "", "unit"),
        ("unit: V", "unit: ''", "unit"),
        ("source: here", "source: 5", "source"),
        ("source: here", "source: here, sauce: there", "want value, unit and source"),
        ("v_0", "V_0", "V_0"),
        ("source: here}", "source: here}\n  v_0: {value: 1, unit: V, source: here}", "given twice"),
        ("parameters:", "parameters: []\nx:", "keys"),
        (GOOD, "", "want a map"),
        (GOOD, "a: [", "default.yaml"),
        ("here", "h\u00e9re", "default.yaml"),
    ],
)
def test_embed_refuses(model, tmp_path, old, new, word):
    assert old in GOOD
    (model / "default.yaml").write_text(GOOD.replace(old, new))
    done = embed(model, tmp_path / "toy.c")
    assert done.returncode == 1, done
    assert word in done.stderr and "Traceback" not in done.stderr, done.stderr


def test_embed_wants_a_default(model, tmp_path):
    (model / "default.yaml").rename(model / "other.yaml")
    done = embed(model, tmp_path / "toy.c")
    assert done.returncode == 1 and "default.yaml" in done.stderr
