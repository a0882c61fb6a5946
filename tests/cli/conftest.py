# SPDX-License-Identifier: GPL-3.0-or-later
"""What every test of the built program shares: a folder of its own to run in, files
written into it, results read back by h5py, and the independent solver beside it.

The environment variable XBAR names the program; without it every test fails.
"""
import os
import pathlib
import re
import subprocess
import sys

import h5py
import numpy as np
import pytest
import yaml

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "reference"))

import network  # noqa: E402

SIDES = network.SIDES
PLANES = ("v_row", "v_col", "i_cell")
ALL = ["i_out", *PLANES]
DONE, NOT_CONVERGED, FAILED = 1, 2, 3

# Engines that solve the whole network, and what they are held to: the error of a number
# as a share of the largest of its kind, and of itself unless it is tiny (a ten-thousandth
# of the largest); Kirchhoff's residual over the largest current; and whether a wire's
# current may be as far off as the last digit of its voltages.
EXACT = {
    "spice": {"share": 1e-9, "itself": 1e-9, "kcl": 1e-9, "rounds": True},
    "nodal": {"share": 1e-11, "itself": 1e-8, "kcl": 1e-12, "rounds": False},
}


# ------------------------------------------------------------------ experiments as dicts


class PlainDumper(yaml.SafeDumper):
    """No anchors: each list stands where it is used."""

    def ignore_aliases(self, data):
        return True


def dump(experiment):
    return yaml.dump(experiment, Dumper=PlainDumper, sort_keys=False)


def terminal(volt, ohm=0):
    return {"volt": volt, "ohm": ohm}


def experiment(rows, cols, row_ohm=0.0, col_ohm=0.0, device="linear", **more):
    """left, right, top, bottom: (volt, ohm); other keys go where they belong."""
    crossbar = {
        "rows": rows,
        "cols": cols,
        "wire": {"row_ohm": row_ohm, "col_ohm": col_ohm},
        "terminals": {s: terminal(*more.pop(s)) for s in SIDES if s in more},
        "cell": {"device": device, **more.pop("cell", {})},
    }
    if "faults" in more:
        crossbar["faults"] = more.pop("faults")
    return {
        "engines": more.pop("engines", list(EXACT)),
        "crossbar": crossbar,
        "conductance": more.pop("conductance", {"file": "g.csv"}),
        **more,
        "record": ALL,
    }


# ------------------------------------------------------------------ running the program


class Done:
    """What a finished program left: exit status, both streams, and what they may hold."""

    def __init__(self, process):
        self.status = process.returncode
        self.out = process.stdout.decode("utf-8", "replace")
        self.err = process.stderr.decode("utf-8", "replace")

    def __repr__(self):
        return f"exit {self.status}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"


class Bench:
    """A folder to work in, a home, and the program."""

    def __init__(self, folder):
        self.program = os.environ.get("XBAR")
        if not self.program:
            pytest.fail("the environment variable XBAR does not name the program")
        self.folder = folder / "work"
        self.home = folder / "home"
        self.folder.mkdir()
        self.home.mkdir()
        self.env = {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
            "HOME": str(self.home),
            "LC_ALL": "C.UTF-8",
            "TMPDIR": str(folder),
        }
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"):
            if name in os.environ:
                self.env[name] = os.environ[name]

    def leaks_allowed(self):
        """For a sanitized build: what follows makes a library leak, not the program."""
        options = self.env.get("ASAN_OPTIONS", "")
        return {"ASAN_OPTIONS": f"{options}:detect_leaks=0".lstrip(":")}

    def write(self, name, content):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, dict):
            content = dump(content)
        if isinstance(content, str):
            content = content.encode()
        path.write_bytes(content)
        return path

    def matrix(self, name, values):
        """A CSV whose numbers read back as the same doubles."""
        rows = [",".join(repr(float(x)) for x in row) for row in np.atleast_2d(values)]
        return self.write(name, "\n".join(rows) + "\n")

    def files(self):
        """Everything in the working folder, by name."""
        return {
            str(p.relative_to(self.folder)): (
                p.read_bytes() if p.is_file() and os.access(p, os.R_OK) else None
            )
            for p in sorted(self.folder.rglob("*"))
        }

    def command(self, *args):
        return [self.program, *map(str, args)]

    def xbar(self, *args, env=None, cwd=None, timeout=120):
        process = subprocess.run(
            self.command(*args),
            cwd=cwd or self.folder,
            env={**self.env, **(env or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout,
        )
        return Done(process)

    def run(self, what, *args, g=None, v=None, name="experiment", env=None):
        """Writes the experiment (and its g.csv and v.csv), runs it, reads the result."""
        if g is not None:
            self.matrix("g.csv", g)
        if v is not None:
            self.matrix("v.csv", v)
        path = self.write(f"{name}.yaml", what)
        target = self.folder / f"{name}.h5"
        done = self.xbar("run", path.name, "-o", target.name, *args, env=env)
        assert_quiet(done)
        return Result(target)

    def netlist(self, name="experiment", *args, env=None):
        target = self.folder / f"{name}.cir"
        done = self.xbar("netlist", f"{name}.yaml", "-o", target.name, *args, env=env)
        assert done.status == 0 and done.out == "", done
        return target

    def ngspice(self, netlist):
        """Replays a netlist in plain ngspice.  @return what it printed: name -> number"""
        process = subprocess.run(
            ["ngspice", "-b", netlist.name],
            cwd=netlist.parent,
            env=self.env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=60,
        )
        out = process.stdout.decode("utf-8", "replace")
        assert process.returncode == 0, out + process.stderr.decode()
        return {
            m[1].lower(): float(m[2])
            for m in re.finditer(r"^(\S+) = (\S+)\s*$", out, re.MULTILINE)
        }

    def terminal_currents(self, netlist):
        """The replayed currents as the result file has them: side -> {line: A}."""
        sides = {side: {} for side in SIDES}
        for name, value in self.ngspice(netlist).items():
            m = re.fullmatch(r"i\(v(left|right|top|bottom)(\d+)\)", name)
            if m:  # positive current of a source flows from + through it: out of the array
                sides[m[1]][int(m[2])] = -value
        return sides


class Result:
    """A result file in memory: result["spice/i_out"][sample, input]."""

    def __init__(self, path):
        self.path = path
        self.data = {}
        self.attributes = {}
        with h5py.File(path, "r") as f:
            self.attributes.update(f.attrs)
            f.visititems(self.keep)

    def keep(self, name, item):
        if isinstance(item, h5py.Dataset):
            self.data[name] = item[()]

    def __getitem__(self, name):
        return self.data[name]

    def __contains__(self, name):
        return name in self.data

    def text(self, name):
        value = self.data[name]
        if isinstance(value, np.ndarray):
            value = value.item() if value.ndim == 0 else value[0]
        return value.decode() if isinstance(value, bytes) else str(value)

    def volatile(self):
        """Names of what may differ between two runs of one experiment."""
        return {n for n in self.data if n.endswith("/wall_time") or "provenance" in n}

    def assert_same_numbers(self, other):
        assert self.data.keys() == other.data.keys()
        for name in self.data.keys() - self.volatile():
            a, b = self.data[name], other.data[name]
            assert a.shape == b.shape and a.dtype == b.dtype, name
            assert a.tobytes() == b.tobytes(), f"{name} differs"

    def shape(self):
        return self["conductance"].shape[0], self["v_in"].shape[1]


# ------------------------------------------------------------------ agreement and physics


def assert_close(got, want, what, share, itself, rounding=0.0):
    """Same NaNs; within a share of the largest, and each value that is not tiny within
    one of itself, or of rounding where doubles have no more digits to give."""
    got, want = np.asarray(got), np.asarray(want)
    assert got.shape == want.shape, what
    assert np.array_equal(np.isnan(got), np.isnan(want)), f"{what}: NaN\n{got}\n{want}"
    largest = np.nanmax(np.abs(want), initial=0) if want.size else 0
    allowed = share * largest * np.ones(want.shape)
    is_tiny = ~(np.abs(want) > 1e-4 * largest)
    allowed = np.where(is_tiny, allowed, np.minimum(allowed, itself * np.abs(want)))
    allowed = allowed + rounding
    error = np.nan_to_num(np.abs(got - want))
    worst = np.unravel_index(np.argmax(error - np.nan_to_num(allowed)), want.shape)
    assert (error <= np.nan_to_num(allowed)).all(), (
        f"{what}{[int(k) for k in worst]}: {got[worst]!r} for {want[worst]!r}, "
        f"off by {error[worst] / max(abs(want[worst]), 1e-300):.2e} of itself, "
        f"{error[worst] / max(largest, 1e-300):.2e} of the largest"
    )


def assert_agrees(got, answer, held_to, what=""):
    """One input of one sample (name -> array) against the independent solver."""
    # Lines' and cells' currents are judged against the largest current of their kind,
    # except where all of a kind is nothing but rounding.
    noise = 1e-12 * answer.largest_current + 100 * answer.rounding
    for name in ("i_out", *(f"i_{side}" for side in SIDES), *PLANES):
        if name not in got:
            continue
        want = np.asarray(getattr(answer, name))
        if name.startswith("i_") and np.max(np.abs(want), initial=0) < noise:
            assert np.max(np.abs(got[name]), initial=0) <= noise, f"{what}{name}"
            continue
        is_rounded = name.startswith("i_") and held_to["rounds"]
        rounding = 10 * answer.rounding if is_rounded else 0.0
        assert_close(
            got[name],
            want,
            f"{what}{name}",
            held_to["share"],
            held_to["itself"],
            rounding,
        )


def assert_physical(c, volts, state, got, rounding, kcl=1e-9, rounds=True):
    """What the program's own numbers must satisfy, whatever they are: open cells and
    open terminals carry nothing, Kirchhoff's law holds, power in = heat."""
    assert not got["i_cell"][state == 0].any()
    power = 0.0
    heat = np.nansum(got["i_cell"] * (got["v_row"] - got["v_col"]))
    largest = np.max(np.abs(got["i_cell"]), initial=0)
    for side in SIDES:
        is_open = np.isnan(volts[side])
        current = got[f"i_{side}"]
        assert not current[is_open].any(), f"open terminals at {side} carry current"
        power += np.sum(current[~is_open] * volts[side][~is_open])
        heat += np.nansum(current**2 * c.ohm[side])
        largest = max(largest, np.max(np.abs(current), initial=0))
    for v, axis, ohm, cut in (
        (got["v_row"], 1, c.row_ohm, c.row_cut),
        (got["v_col"], 0, c.col_ohm, c.col_cut),
    ):
        drop = np.where(cut, 0, np.diff(v, axis=axis))
        if ohm == 0:
            assert not np.nan_to_num(drop).any(), "an ideal wire with two voltages"
        else:
            heat += np.nansum(drop**2) / ohm
            largest = max(largest, np.nanmax(np.abs(drop), initial=0) / ohm)
    allowed = kcl * largest + 100 * rounding * (1 if rounds else 1e-16)
    assert got["kcl_residual"] <= allowed, (got["kcl_residual"], largest)
    # heat in wires is computed here, from voltages as they are written
    allowed = 1e-9 * largest + 100 * rounding
    # power can be the small difference of large terms: judged against the largest
    highest = max(np.nanmax(np.abs(volts[s]), initial=0) for s in SIDES)
    assert abs(power - heat) <= allowed * highest, (power, heat)


def one(result, engine, sample, inp):
    """One input of one sample of one engine: name -> array."""
    prefix = engine + "/"
    return {
        name.removeprefix(prefix): values[sample, inp]
        for name, values in result.data.items()
        if name.startswith(prefix)
    }


def assert_right(result, spec, conductance, v_in):
    """All samples and inputs of all exact engines of a result against the independent
    solver: the numbers, their physics, and what the file says went in.

    conductance  S, [sample][row][col], as the file should hold it
    v_in         V, [input][row] for `volt: input`; None: there is no such terminal
    """
    c = network.read_crossbar(spec)
    conductance = np.asarray(conductance, float).reshape(-1, c.rows, c.cols)
    np.testing.assert_array_equal(result["conductance"], conductance)
    state = conductance / c.sinh_slope()
    if c.device == network.SINH:
        np.testing.assert_allclose(result["state"], state, rtol=1e-15)
    else:
        assert "state" not in result
    samples, inputs = result.shape()
    assert samples == len(conductance)
    is_read = spec.get("bias", {"scheme": "read"})["scheme"] == "read"
    selected = None if is_read else network.selected_cells(spec)
    assert inputs == (len(v_in) if v_in is not None else len(selected or [1]))
    for k in range(samples):
        for l in range(inputs):
            volts = network.read_volts(
                spec,
                c,
                None if v_in is None else v_in[l],
                None if selected is None else selected[l],
            )
            np.testing.assert_array_equal(
                result["v_in"][k, l], network.row_volts(spec, volts)
            )
            np.testing.assert_array_equal(result["v_col"][k, l], network.col_volts(volts))
            answer = network.solve(c, state[k], volts)
            for engine in EXACT.keys() & set(spec["engines"]):
                got = one(result, engine, k, l)
                assert_exact(engine, got, c, volts, state[k], answer, (k, l))


def assert_exact(engine, got, c, volts, state, answer, which):
    """One engine's answer to one input of one sample against the independent solver's."""
    what = "{} sample {} input {}: ".format(engine, *which)
    held_to = EXACT[engine]
    assert got["status"] == DONE, what
    assert got["wall_time"] >= 0
    assert_agrees(got, answer, held_to, what)
    if set(PLANES) <= got.keys():
        assert_physical(
            c, volts, state, got, answer.rounding, held_to["kcl"], held_to["rounds"]
        )


def assert_one_line(done, status):
    """A refusal: the exit status, nothing on stdout, one line on stderr."""
    assert done.status == status, done
    assert done.out == "", done
    assert done.err.startswith("xbar: ") and done.err.endswith("\n"), done
    assert done.err.count("\n") == 1, done
    assert len(done.err) < 1100, done
    assert all(c >= " " for c in done.err[:-1]), done


def assert_quiet(done, status=0):
    """A run that told its user what it did: lines of xbar's own on stderr and nothing
    else, no bar, no word of ngspice."""
    assert done.status == status and done.out == "", done
    assert all(line.startswith("xbar: ") for line in done.err.splitlines()), done
    assert "\r" not in done.err and "\x1b" not in done.err, done
    assert not done.err or done.err.endswith("\n"), done


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path)
