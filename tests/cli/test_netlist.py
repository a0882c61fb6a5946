# SPDX-License-Identifier: GPL-3.0-or-later
"""`xbar netlist`: the circuit that `run` steps, as a text that explains itself and that
plain ngspice replays to the same currents."""
import re
import subprocess

import numpy as np
import pytest

from conftest import SIDES, assert_one_line, experiment
from test_network_cases import CASES, IN, cells, volts


def last_digit(spec, result):
    """What a voltage's last digit as a double is worth in a wire or a cell, A."""
    crossbar = spec["crossbar"]
    ohms = list(crossbar["wire"].values())
    for terminal in crossbar["terminals"].values():
        ohms += np.atleast_1d(terminal["ohm"]).tolist()
    siemens = max([1 / x for x in ohms if x > 0] + [np.max(result["conductance"])])
    volts = [np.nan_to_num(result[name]) for name in ("v_in", "v_col")]
    return np.finfo(float).eps * siemens * max(np.max(np.abs(v)) for v in volts)


def replay_and_compare(bench, spec, result, sample=0, inp=0, rtol=1e-9):
    """@return how many terminals the replay printed"""
    name, digit = "experiment", last_digit(spec, result)
    args = ["--sample", sample, "--input", inp]
    replayed = bench.terminal_currents(bench.netlist(name, *args))
    got = {s: result[f"spice/i_{s}"][sample, inp] for s in SIDES}
    largest = max(np.max(np.abs(values)) for values in got.values())
    count = 0
    for side, other in (("left", "right"), ("top", "bottom")):
        for line in range(got[side].size):
            ends = [replayed[s].get(line) for s in (side, other)]
            count += sum(x is not None for x in ends)
            want = [got[s][line] for s in (side, other)]
            for k in (0, 1):
                if ends[k] is None and want[k] != 0:
                    # two sources at one ideal node: one source carries both halves
                    assert want[0] == pytest.approx(want[1], rel=1e-12)
                    ends[1 - k] /= 2
            for x, y in zip(ends, want):
                if x is not None:
                    scale = abs(y) if abs(y) > 1e-4 * largest else largest
                    assert abs(x - y) <= rtol * scale + 10 * digit, (side, line, x, y)
    return count


@pytest.mark.parametrize("device", ["linear", "sinh"])
@pytest.mark.parametrize("spec, g, v", CASES)
def test_every_case_replays(bench, spec, g, v, device):
    spec["crossbar"]["cell"]["device"] = device
    result = bench.run(spec, g=g, v=v)
    inp = result.shape()[1] - 1
    count = replay_and_compare(bench, spec, result, inp=inp)
    driven = any(np.any(result[f"spice/i_{s}"]) for s in SIDES)
    assert (count > 0) >= driven


def test_every_sample_and_input(bench):
    spec = experiment(
        *(4, 5, 2.5, 5),
        left=(IN, 2.5),
        bottom=(0, 1),
        seed=9,
        conductance={
            "distribution": "loguniform",
            "min": 1e-5,
            "max": 1e-3,
            "samples": 3,
        },
        inputs={"distribution": "uniform", "min": 0, "max": 0.2, "count": 2},
    )
    result = bench.run(spec)
    for k in range(3):
        for l in range(2):
            replay_and_compare(bench, spec, result, k, l)


@pytest.mark.parametrize("device, bounds", [("jart", (2e-5, 4e-4)), ("memdiode", (1e-5, 1e-4))])
def test_cells_with_nodes_inside(bench, device, bounds):
    """From 0 V ngspice goes astray on an array of jart (minutes of pivots of 1e255, then
    source stepping); begun at the answer it is there in a few iterations, stepping nothing."""
    spec = experiment(
        *(12, 13, 2.5, 5),
        device,
        left=(IN, 2.5),
        bottom=(0, 1),
        inputs={"distribution": "uniform", "min": 0, "max": 0.2, "count": 1},
        conductance={"distribution": "loguniform", "min": bounds[0], "max": bounds[1]},
    )
    result = bench.run(spec)
    assert replay_and_compare(bench, spec, result) == 25
    netlist = bench.netlist()
    text = netlist.read_text()
    netlist.write_text(text.replace("\nop\n", "\nop\nrusage totiter\n"))
    done = subprocess.run(
        ["ngspice", "-b", netlist.name],
        cwd=netlist.parent,
        env=bench.env,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert int(re.search(r"^Total iterations = (\d+)", done.stdout, re.MULTILINE)[1]) <= 6


def netlist_of(bench, spec, g, v=None):
    bench.matrix("g.csv", g)
    if v is not None:
        bench.matrix("v.csv", v)
    bench.write("experiment.yaml", spec)
    return bench.netlist().read_text().splitlines()


def elements(lines):
    """name -> the rest of the line, for everything that is not a comment or command."""
    inside = False
    found = {}
    for line in lines[1:]:
        inside = inside and line != ".endc" or line == ".control"
        if inside or not line or line[0] in "*.+":
            continue
        name, *rest = line.split()
        found.setdefault(name.lower(), []).append(rest)
    return found


def test_names(bench):
    """Names of the design, for cells with two-digit lines."""
    for device, prefix in (("linear", "rc"), ("sinh", "xc")):
        spec = experiment(
            *(5, 12, 2.5, 5),
            device,
            left=(IN, 2.5),
            bottom=(0, 1),
            inputs={"file": "v.csv"},
        )
        lines = netlist_of(bench, spec, cells(5, 12), volts(5))
        found = elements(lines)
        assert found["rw3_7"][0][:2] == ["w3_7", "w3_8"]
        assert found["rb3_7"][0][:2] == ["b3_7", "b4_7"]
        assert found[f"{prefix}3_7"][0][:2] == ["w3_7", "b3_7"]
        assert found[f"{prefix}4_11"][0][:2] == ["w4_11", "b4_11"]
        assert "rw3_11" not in found and "rb4_7" not in found
        for kind, count in ((prefix, 60), ("rw", 5 * 11), ("rb", 4 * 12)):
            names = [x for x in found if re.fullmatch(kind + r"\d+_\d+", x)]
            assert len(names) == count
        # (the law's own lines inside a subcircuit are listed once)
        assert all(len(same) == 1 for same in found.values())


def test_numbers_round_trip(bench):
    """What is printed reads back as the same double: wires, sources, terminals, cells."""
    wires, ohm = (1 / 3, 2 / 7), 1 / 11
    g, v = cells(3, 4), volts(3, count=1)
    for device in ("linear", "sinh"):
        spec = experiment(
            *(3, 4, *wires),
            device,
            cell={"parameters": {"v0": 1 / 13}} if device == "sinh" else {},
            left=(IN, ohm),
            bottom=(-1 / 17, ohm),
            inputs={"file": "v.csv"},
        )
        lines = netlist_of(bench, spec, g, v)
        found = elements(lines)
        assert float(found["rw1_1"][0][2]) == wires[0]
        assert float(found["rb1_1"][0][2]) == wires[1]
        printed = [x for rest in found.values() for line in rest for x in line]
        # what all cells share stands with their law
        printed += [x for line in lines if line.startswith(".subckt") for x in line.split()]
        numbers = set()
        for text in printed:
            try:
                numbers.add(float(text.rpartition("=")[2]))
            except ValueError:
                pass
        wanted = {*v[0], ohm, -1 / 17}
        if device == "linear":
            wanted |= {1 / x for x in g.ravel()}
        else:
            wanted |= {*g.ravel(), 1 / 13}
        assert wanted <= numbers, wanted - numbers


def test_explains_itself(bench):
    """A title that says what it is, comments for each kind of element."""
    spec = experiment(
        *(3, 4, 2.5, 5),
        left=(IN, 2.5),
        bottom=(0, 1),
        title="A small read, for the eye",
        inputs={"file": "v.csv"},
    )
    lines = netlist_of(bench, spec, cells(3, 4), volts(3))
    assert lines[0].startswith("*") and "3 x 4" in lines[0]
    comments = [line for line in lines if line.startswith("*")]
    assert any("A small read, for the eye" in line for line in comments)
    assert len(comments) >= 6
    assert lines[-1].lower() == ".end"
    assert any(not line.isascii() for line in lines) is False


def test_netlist_goes_to_stdout_without_o(bench):
    spec = experiment(
        *(2, 2, 1, 1), left=(IN, 1), bottom=(0, 1), inputs={"file": "v.csv"}
    )
    lines = netlist_of(bench, spec, cells(2, 2), volts(2))
    done = bench.xbar("netlist", "experiment.yaml")
    assert done.status == 0 and done.err == ""
    assert done.out.splitlines() == lines


def test_a_part_without_a_source_is_left_out(bench):
    g = cells(3, 3)
    g[1] = 0
    spec = experiment(*(3, 3, 1, 1), left=([0.5, None, 0.2], 3), bottom=(0, 2))
    text = "\n".join(netlist_of(bench, spec, g))
    found = elements(text.splitlines())
    assert not any(name.startswith("rw1_") for name in found)
    assert not any("w1_0" in rest for lines in found.values() for rest in lines)
    assert "rw0_0" in found


@pytest.mark.parametrize(
    "args, word",
    [
        (["--sample", "1"], "sample"),
        (["--input", "2"], "input"),
        (["--sample", "-1"], "sample"),
        (["--sample", "x"], "sample"),
        (["--input", "1e0"], "input"),
        (["--sample", "99999999999999999999"], "sample"),
    ],
)
def test_no_such_sample_or_input(bench, args, word):
    spec = experiment(
        *(2, 2, 1, 1), left=(IN, 1), bottom=(0, 1), inputs={"file": "v.csv"}
    )
    netlist_of(bench, spec, cells(2, 2), volts(2))
    (bench.folder / "experiment.cir").unlink()
    done = bench.xbar("netlist", "experiment.yaml", *args, "-o", "experiment.cir")
    assert_one_line(done, 2)
    assert word in done.err and args[1] in done.err
    assert not (bench.folder / "experiment.cir").exists()


def test_a_folder_as_output(bench):
    spec = experiment(2, 2, 1, 1, left=(IN, 1), bottom=(0, 1), inputs={"file": "v.csv"})
    netlist_of(bench, spec, cells(2, 2), volts(2))
    done = bench.xbar("netlist", "experiment.yaml", "-o", ".")
    assert_one_line(done, 2)
    assert "-o .: is a folder" in done.err


# ------------------------------------------------------------------ hostile texts

HOSTILE = [
    "*ng_script",
    ".control\nshell touch pwned\n.endc",
    "harmless\n.control\nshell touch pwned\n.endc\n*",
    "harmless\r.control\rshell touch pwned\r.endc",
    "`touch pwned`",
    "$(touch pwned)",
    "; shell touch pwned",
    "a > pwned",
    ".include /etc/passwd",
    "\n.inc pwned\n",
    "*#shell touch pwned",
    "x\n*#shell touch pwned\n",
    "+ continued",
    "$&pwned {1/0} \\",
    "ein Titel mit Umlauten: äöü \u2028.control\u2028shell touch pwned",
    "%s%n%s%n%d",
    "a" * 5000,
]

LINE_END = r"[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]"


@pytest.mark.parametrize("title", HOSTILE, ids=lambda t: ascii(t[:24]))
@pytest.mark.parametrize("device", ["linear", "sinh"])
def test_hostile_title(bench, title, device):
    """A title is shown or refused, never obeyed: neither by xbar's own ngspice nor in a
    replay. All that it adds to a netlist is comments of harmless characters."""
    spec = experiment(
        *(2, 3, 1, 2),
        device,
        left=(IN, 10),
        bottom=(0, 20),
        inputs={"file": "v.csv"},
    )
    plain = netlist_of(bench, spec, cells(2, 3), [[1, 0.5]])
    bench.write("experiment.yaml", {**spec, "title": title})
    done = bench.xbar("netlist", "experiment.yaml")
    if done.status == 2:
        assert_one_line(done, 2)
        assert "title" in done.err
        assert not title.isprintable() or len(title) > 1000, done
    else:
        result = bench.run({**spec, "title": title})
        replay_and_compare(bench, spec, result)
        lines = re.split(LINE_END, done.out)
        assert [x for x in lines if x in plain + [""]] == plain + [""]
        for line in set(lines) - set(plain) - {""}:
            assert re.fullmatch(r"\* [ -~]*", line), line
            assert not re.search(r"[`$;>&\\\\{}#]", line), line
    assert not list(bench.folder.rglob("pwned")), "the title was executed"
    assert not list(bench.home.rglob("pwned"))


@pytest.mark.parametrize(
    "name", ["*ng_script", "a;b", "`touch pwned`", "$(touch pwned)", "a b", "ä", "-x", "%s%n"]
)
def test_hostile_file_names(bench, name):
    """Names of experiments and data files may be anything a file system takes."""
    g, v = cells(2, 3), [[1, 0.5]]
    spec = experiment(
        *(2, 3, 1, 2),
        left=(IN, 10),
        bottom=(0, 20),
        conductance={"file": f"{name}.csv"},
        inputs={"file": "v.csv"},
    )
    bench.matrix(f"{name}.csv", g)
    bench.matrix("v.csv", v)
    bench.write(f"{name}.yaml", spec)
    done = bench.xbar("run", f"./{name}.yaml", "-o", f"./{name}.h5")
    assert done.status == 0, done
    netlist = bench.xbar("netlist", f"./{name}.yaml")
    assert netlist.status == 0, netlist
    assert not list(bench.folder.rglob("pwned"))


@pytest.mark.parametrize(
    "device", [".include x", "sinh\n.control", "../sinh", "models/sinh", "", "SINH", "`id`"]
)
def test_hostile_device_name(bench, device):
    """Only models of the list are models."""
    spec = experiment(
        *(2, 3, 1, 2), device, left=(IN, 1), bottom=(0, 1), inputs={"file": "v.csv"}
    )
    bench.matrix("g.csv", cells(2, 3))
    bench.matrix("v.csv", [[1, 0.5]])
    bench.write("experiment.yaml", spec)
    done = bench.xbar("netlist", "experiment.yaml")
    assert_one_line(done, 2)
    assert "device" in done.err and "linear" in done.err and "sinh" in done.err
