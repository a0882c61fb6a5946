# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands as a user meets them: help, versions, tables, streams, where files go."""
import os
import pty
import re
import select
import subprocess
import time

import numpy as np
import pytest

from conftest import Result, assert_one_line, assert_quiet, dump, experiment

COMMANDS = ["run", "netlist", "compare", "info", "models"]


def small(**more):
    return experiment(
        *(3, 4, 2.5, 2.5),
        left=("input", 2.5),
        bottom=(0, 2.5),
        engines=["spice", "ideal"],
        conductance={
            "distribution": "loguniform",
            "min": 1e-5,
            "max": 1e-3,
            "samples": 2,
        },
        inputs={"distribution": "uniform", "min": 0.1, "max": 0.2, "count": 3},
        **more,
    )


# ------------------------------------------------------------------ help and version


@pytest.mark.parametrize("args", [["--help"], ["-h"], ["help"], *[[c, "--help"] for c in COMMANDS]])
def test_help(bench, args):
    done = bench.xbar(*args)
    assert done.status == 0 and done.err == "", done
    assert "xbar" in done.out.lower()
    assert all(len(line) <= 100 for line in done.out.splitlines())
    if len(args) == 1:
        assert all(re.search(rf"\b{command}\b", done.out) for command in COMMANDS)
    else:
        assert args[0] in done.out


def test_help_names_every_option_of_run(bench):
    out = bench.xbar("run", "--help").out
    for option in ("-o", "-e", "-j", "--set", "--resume"):
        assert option in out


def test_version(bench):
    done = bench.xbar("--version")
    assert done.status == 0 and done.err == ""
    assert re.match(r"xbar \d+\.\d+\.\d+", done.out)


@pytest.mark.parametrize(
    "args, word",
    [
        ([], ""),
        (["frobnicate"], "frobnicate"),
        (["--frobnicate"], "--frobnicate"),
        (["-x"], "x"),
        (["run"], ""),
        (["run", "--frobnicate", "a.yaml"], "frobnicate"),
        (["run", "a.yaml", "b.yaml"], "b.yaml"),
        (["run", "a.yaml", "-o"], "-o"),
        (["run", "a.yaml", "-o", ""], "-o"),
        (["run", "a.yaml", "-j", "0"], "0"),
        (["run", "a.yaml", "-j", "-1"], "-1"),
        (["run", "a.yaml", "-j", "two"], "two"),
        (["run", "a.yaml", "-j", "2x"], "2x"),
        (["run", "a.yaml", "-j", "99999999999999999999"], "99999999999999999999"),
        (["run", "a.yaml", "--set"], "--set"),
        (["netlist"], ""),
        (["compare"], ""),
        (["compare", "nowhere.h5"], "nowhere.h5"),
        (["compare", "a.yaml"], "a.yaml"),
        (["info"], ""),
        (["info", "nowhere.h5"], "nowhere.h5"),
        (["info", "a.yaml"], "a.yaml"),
        (["run", "\x1b[31m"], "[31m"),
    ],
)
def test_wrong_command_line(bench, args, word):
    bench.write("a.yaml", small())
    before = bench.files()
    done = bench.xbar(*args)
    assert_one_line(done, 2)
    assert word in done.err
    assert bench.files() == before


def test_full_stdout(bench):
    """A table that could not be written was not written: exit 3."""
    bench.run(small())
    for args in (["--help"], ["--version"], ["info", "experiment.h5"], ["compare", "experiment.h5"], ["netlist", "experiment.yaml"]):
        with open("/dev/full", "wb") as full:
            done = subprocess.run(
                bench.command(*args),
                cwd=bench.folder,
                env=bench.env,
                stdout=full,
                stderr=subprocess.PIPE,
            )
        assert done.returncode == 3, args
        assert done.stderr.count(b"\n") == 1, args


# ------------------------------------------------------------------ run: where files go


def test_default_output(bench):
    """results/ under the current folder, named after the experiment."""
    bench.write("deep/er/digits.yaml", small())
    here = bench.folder / "here"
    here.mkdir()
    done = bench.xbar("run", "../deep/er/digits.yaml", cwd=here)
    assert_quiet(done)
    assert sorted(p.name for p in bench.folder.rglob("*.h5")) == ["digits.h5"]
    assert (here / "results" / "digits.h5").is_file()


@pytest.mark.parametrize(
    "name, expected",
    [("a.b.yaml", "a.b.h5"), ("x.yml", "x.h5"), ("plain", "plain.h5"), (".yaml", None)],
)
def test_default_name(bench, name, expected):
    bench.write(name, small())
    done = bench.xbar("run", name)
    assert done.status == 0, done
    made = [p.name for p in (bench.folder / "results").iterdir()]
    assert len(made) == 1 and (expected is None or made == [expected])


def test_o_makes_folders(bench):
    bench.write("e.yaml", small())
    done = bench.xbar("run", "e.yaml", "-o", "new/folder/out.h5")
    assert done.status == 0, done
    assert (bench.folder / "new/folder/out.h5").is_file()
    assert not (bench.folder / "results").exists()


def test_data_files_are_relative_to_the_experiment(bench):
    spec = {**small(), "conductance": {"file": "../data/g.csv"}}
    bench.write("inner/e.yaml", spec)
    bench.matrix("data/g.csv", np.full((3, 4), 1e-4))
    bench.matrix("inner/../g.csv", np.full((3, 4), 9e-4))
    done = bench.xbar("run", bench.folder / "inner" / "e.yaml", "-o", "e.h5")
    assert done.status == 0, done
    assert (Result(bench.folder / "e.h5")["conductance"] == 1e-4).all()


def test_read_only_folder(bench):
    if os.geteuid() == 0:
        pytest.skip("root writes everywhere")
    bench.write("e.yaml", small())
    bench.folder.chmod(0o555)
    done = bench.xbar("run", "e.yaml")
    bench.folder.chmod(0o755)
    assert done.status == 3 and done.err.count("\n") == 1, done


# ------------------------------------------------------------------ run: --set and -e


def test_set(bench):
    bench.write("e.yaml", small())
    args = [
        *("--set", "seed=9"),
        *("--set", "crossbar.wire.row_ohm=7"),
        *("--set", "crossbar.wire={row_ohm: 5, col_ohm: 6}"),
        *("--set", "conductance.samples=1"),
        *("--set", "inputs={distribution: constant, value: 0.5, count: 1}"),
        *("--set", "crossbar.terminals.right={volt: input, ohm: 4}"),
    ]
    done = bench.xbar("run", "e.yaml", "-o", "set.h5", *args)
    assert_quiet(done)
    spec = small(seed=9)
    spec["crossbar"]["wire"] = {"row_ohm": 5, "col_ohm": 6}
    spec["crossbar"]["terminals"]["right"] = {"volt": "input", "ohm": 4}
    spec["conductance"]["samples"] = 1
    spec["inputs"] = {"distribution": "constant", "value": 0.5, "count": 1}
    written = bench.run(spec, name="written")
    written.assert_same_numbers(Result(bench.folder / "set.h5"))


def test_set_changes_no_file(bench):
    path = bench.write("e.yaml", small())
    before = path.read_bytes()
    assert bench.xbar("run", "e.yaml", "--set", "seed=2").status == 0
    assert path.read_bytes() == before


def test_later_set_wins(bench):
    bench.write("e.yaml", small())
    done = bench.xbar("run", "e.yaml", "-o", "a.h5", "--set", "seed=2", "--set", "seed=3")
    assert done.status == 0
    bench.run(small(seed=3), name="b").assert_same_numbers(
        Result(bench.folder / "a.h5")
    )


@pytest.mark.parametrize("engines", ["ideal", "spice", "ideal,spice"])
def test_e(bench, engines):
    bench.write("e.yaml", small())
    done = bench.xbar("run", "e.yaml", "-o", "e.h5", "-e", engines)
    assert done.status == 0, done
    result = Result(bench.folder / "e.h5")
    for engine in ("spice", "ideal"):
        assert (f"{engine}/i_out" in result) == (engine in engines.split(","))


@pytest.mark.parametrize(
    "args",
    [
        ["run", "-o", "a.h5", "e.yaml"],
        ["run", "e.yaml", "-oa.h5"],
        ["run", "--", "e.yaml"],
        ["run", "-j2", "e.yaml"],
        ["run", "e.yaml", "--set=seed=4"],
        ["run", "-j", "1", "--resume", "e.yaml"],
    ],
)
def test_order_and_form_of_options(bench, args):
    bench.write("e.yaml", small())
    done = bench.xbar(*args)
    assert_quiet(done)


# ------------------------------------------------------------------ streams


def read_terminal(bench, *args):
    """Runs with stderr on a terminal. @return exit status, stdout, what was drawn"""
    main, side = pty.openpty()
    process = subprocess.Popen(
        bench.command(*args),
        cwd=bench.folder,
        env={**bench.env, "TERM": "xterm"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=side,
    )
    os.close(side)
    drawn = b""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        ready, _, _ = select.select([main], [], [], 0.1)
        if ready:
            try:
                drawn += os.read(main, 65536)
            except OSError:
                break
        elif process.poll() is not None:
            break
    out, _ = process.communicate(timeout=60)
    os.close(main)
    return process.returncode, out, drawn


def long_run():
    spec = small()
    spec["crossbar"] |= {"rows": 16, "cols": 16}
    spec["conductance"]["samples"] = 20
    spec["inputs"]["count"] = 10
    return spec


def test_a_bar_on_a_terminal(bench):
    bench.write("e.yaml", long_run())
    status, out, drawn = read_terminal(bench, "run", "e.yaml", "-o", "bar.h5")
    assert status == 0 and out == b""
    assert b"\r" in drawn and (b"%" in drawn or b"200" in drawn), drawn
    plain = bench.xbar("run", "e.yaml", "-o", "plain.h5")
    assert_quiet(plain)
    Result(bench.folder / "bar.h5").assert_same_numbers(
        Result(bench.folder / "plain.h5")
    )


@pytest.mark.parametrize("model, steps", [("sinh,linear", b"1/3"), ("sinh", b"1/3")])
def test_a_calibration_on_a_terminal(bench, model, steps):
    """A bar while it fits; what stays on the screen is the table alone."""
    v = np.arange(1, 30)
    i = 1e-4 * np.sinh(v / 4) * (1 + 1e-3 * (-1.0) ** v)
    lines = [f"{a},{b}" for a, b in zip(v / 10, i)]
    (bench.folder / "iv.csv").write_text("\n".join(["v_V,i_A", *lines]) + "\n")
    args = ("calibrate", "iv.csv", "--model", model)
    status, out, drawn = read_terminal(bench, *args)
    assert status == 0 and steps in drawn, drawn
    assert drawn.endswith(b"\r\x1b[K"), drawn
    assert out.count(b"\n") == bench.xbar(*args).out.count("\n")


def test_a_refusal_on_a_terminal_is_one_line(bench):
    bench.write("e.yaml", dump(small()).replace("rows: 3", "rows: 0"))
    status, out, drawn = read_terminal(bench, "run", "e.yaml")
    assert status == 2 and out == b""
    assert drawn.strip().count(b"\n") == 0 and drawn.startswith(b"xbar: ")


def test_tables_only_on_stdout(bench):
    bench.run(small())
    for args in (["info", "experiment.h5"], ["compare", "experiment.h5"]):
        status, out, drawn = read_terminal(bench, *args)
        assert status == 0 and drawn == b"" and out.endswith(b"\n"), args


# ------------------------------------------------------------------ compare and info


def test_compare(bench):
    result = bench.run(small())
    done = bench.xbar("compare", "experiment.h5")
    assert done.status == 0 and done.err == "", done
    assert "spice" in done.out and "ideal" in done.out
    assert done.out.isascii() or done.out.encode()
    i, ref = result["ideal/i_out"], result["spice/i_out"]
    error = np.abs(i - ref) / np.abs(ref)
    line = next(x for x in done.out.splitlines() if x.lstrip().startswith("ideal"))
    numbers = [
        float(x.rstrip("%")) for x in re.findall(r"[-+]?\d+\.?\d*(?:[eE][-+]?\d+)?%?", line)
    ]
    for wanted in (error.mean(), error.max()):
        assert any(
            abs(x - wanted) <= 0.02 * wanted or abs(x / 100 - wanted) <= 0.02 * wanted
            for x in numbers
        ), (wanted, line)


def test_compare_with_a_reference_that_is_chosen(bench):
    bench.run(small())
    one = bench.xbar("compare", "experiment.h5", "--reference", "spice")
    two = bench.xbar("compare", "experiment.h5", "--reference", "ideal")
    assert one.status == two.status == 0
    assert one.out != two.out
    assert one.out == bench.xbar("compare", "experiment.h5").out
    for wrong in ("magic", "nodal", ""):
        done = bench.xbar("compare", "experiment.h5", "--reference", wrong)
        assert_one_line(done, 2)


def test_info(bench):
    result = bench.run(small(title="What stands in here"))
    done = bench.xbar("info", "experiment.h5")
    assert done.status == 0 and done.err == "", done
    assert "What stands in here" in done.out
    for name in result.data:
        if name.startswith(("spice/", "ideal/")) or name in ("conductance", "v_in"):
            assert name in done.out, name
    for word in ("sample", "input", "row", "col", "A", "V", "S"):
        assert re.search(rf"\b{word}\b", done.out), word


@pytest.mark.parametrize("command", ["info", "compare"])
def test_damaged_and_foreign_files(bench, command):
    import h5py

    bench.run(small())
    content = (bench.folder / "experiment.h5").read_bytes()
    for name, damaged in {
        "half.h5": content[: len(content) // 2],
        "empty.h5": b"",
        "text.h5": b"not HDF5\n" * 1000,
    }.items():
        bench.write(name, damaged)
        assert_one_line(bench.xbar(command, name), 2)
    with h5py.File(bench.folder / "foreign.h5", "w") as f:
        f["data"] = [1, 2, 3]
    assert_one_line(bench.xbar(command, "foreign.h5"), 2)


@pytest.mark.parametrize("command", ["info", "compare"])
def test_a_file_with_one_flipped_byte_never_crashes(bench, command):
    """Seeded noise: an answer, a refusal or a machine's failure, but no signal."""
    bench.run(small())
    content = (bench.folder / "experiment.h5").read_bytes()
    random = np.random.default_rng(5)
    for _ in range(25):
        at = int(random.integers(0, min(len(content), 20000)))
        damaged = bytearray(content)
        damaged[at] ^= int(random.integers(1, 256))
        bench.write("noise.h5", bytes(damaged))
        # HDF5 itself leaks where it finds its own structures damaged
        done = bench.xbar(command, "noise.h5", env=bench.leaks_allowed(), timeout=20)
        assert done.status in (0, 2, 3), (at, done)
        assert done.err.count("\n") <= 1, (at, done)


def test_hostile_title_in_info(bench):
    """What stands in a file may be shown, but steers no terminal."""
    import h5py

    bench.run(small(title="A harmless title"))
    with h5py.File(bench.folder / "experiment.h5", "r+") as f:
        names = [k for k, v in f.attrs.items() if v in ("A harmless title", b"A harmless title")]
        assert names
        for name in names:
            f.attrs[name] = "\x1b[31mred\x07\r\nxbar: done"
    done = bench.xbar("info", "experiment.h5")
    assert done.status in (0, 2)
    assert not any(c in done.out for c in "\x1b\x07\r")
    assert not any(c in done.err for c in "\x1b\x07\r")
