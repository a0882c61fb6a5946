#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Times xbar's SPICE engine against the ways in which ngspice is used otherwise.

    bench/spice/bench.py [--quick] [--size N]... [-o FOLDER] [CASE ...]

Cases: order, sweeps, recording, workers; all of them where none is named. Each figure is
a ratio against a named alternative in the same run, and each answer is checked against
the alternative's before its time counts. A table (Markdown) goes to stdout, everything
measured to FOLDER/bench_spice.json. The environment variable XBAR names the program;
without it it is build/src/xbar.

README.md beside this file says what each figure is.
"""

import argparse
import json
import os
import pathlib
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import h5py
import numpy as np

sys.dont_write_bytecode = True

import circuit  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
AGREE = 1e-9  # relative, of a column's current


class Wrong(Exception):
    """An answer is not the alternative's: there is no time to tell then."""


# ---------------------------------------------------------------- programs and figures


def bytes_of(field, pid):
    try:
        with open(f"/proc/{pid}/status") as status:
            found = re.search(rf"{field}:\s+(\d+) kB", status.read())
    except OSError:
        return 0
    return int(found[1]) * 1024 if found else 0


class Runner:
    """Programs in a folder of their own, with their time, processor time and memory."""

    def __init__(self, folder, sizes=()):
        self.folder = folder
        self.sizes = sizes  # of arrays; none: all
        self.xbar_path = os.environ.get("XBAR", str(ROOT / "build/src/xbar"))
        if not shutil.which(self.xbar_path):
            raise SystemExit(f"{self.xbar_path}: no such program; name it by XBAR")
        self.xbar_path = str(pathlib.Path(shutil.which(self.xbar_path)).resolve())
        if not shutil.which("ngspice"):
            raise SystemExit("ngspice: not found; the package of that name has it")
        keep = {k: v for k, v in os.environ.items() if k in ("PATH", "LD_LIBRARY_PATH")}
        self.env = {**keep, "HOME": str(folder), "LC_ALL": "C"}

    def wants(self, n):
        return not self.sizes or n in self.sizes

    def run(self, *command, stdin=None):
        """Output and {"wall_s", "cpu_s", "peak_bytes"}; the processor time is that of
        all its processes, the peak that of the one that is started. Fails loudly."""
        with tempfile.TemporaryFile() as out:
            start = time.monotonic()
            process = subprocess.Popen(
                command,
                cwd=self.folder,
                env=self.env,
                stdin=stdin or subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
            )
            peak, done = 0, 0
            while done == 0:
                peak = max(peak, bytes_of("VmHWM", process.pid))
                time.sleep(0.003 if time.monotonic() < start + 1 else 0.03)
                done, status, usage = os.wait4(process.pid, os.WNOHANG)
            wall = time.monotonic() - start
            process.returncode = os.waitstatus_to_exitcode(status)
            out.seek(0)
            text = out.read().decode("utf-8", "replace")
        if process.returncode != 0:
            raise Wrong(f"{' '.join(map(str, command))}: {text[-2000:]}")
        cpu = usage.ru_utime + usage.ru_stime
        return text, {"wall_s": wall, "cpu_s": cpu, "peak_bytes": peak}

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path

    def netlist(self, experiment, sample=0, inp=0):
        path = self.write("bench.yaml", experiment)
        place = ("--sample", str(sample), "--input", str(inp))
        out = self.folder / "bench.cir"
        _, cost = self.run(self.xbar_path, "netlist", path, "-o", out, *place)
        return circuit.Circuit(out.read_text()), cost

    def ngspice(self, netlist, sources):
        """Currents out of the columns, and what ngspice says of its times."""
        path = self.write("replay.cir", circuit.with_control(netlist, sources))
        text, cost = self.run("ngspice", "-n", "-b", path)
        times, currents = circuit.read_output(text, sources)
        return np.array(currents), {**cost, **times}

    def xbar_run(self, experiment, *options):
        """The open result file and the command's cost."""
        path = self.write("bench.yaml", experiment)
        out = self.folder / "bench.h5"
        out.unlink(missing_ok=True)
        _, cost = self.run(self.xbar_path, "run", path, "-o", out, *options)
        cost["bytes"] = out.stat().st_size
        return h5py.File(out, "r"), cost


def check(found, wanted, what, tolerance=AGREE):
    """The largest relative difference; more than the tolerance ends the case."""
    found, wanted = np.asarray(found), np.asarray(wanted)
    if found.shape != wanted.shape or not np.all(np.isfinite(found)):
        raise Wrong(f"{what}: the answers cannot be compared")
    worst = float(np.max(np.abs(found - wanted) / np.abs(wanted)))
    if not worst <= tolerance:
        raise Wrong(f"{what}: the answers are {worst:.1e} apart; want {tolerance:g}")
    return worst


def spread(values):
    values = [float(v) for v in values]
    return {
        "median": statistics.median(values),
        "min": min(values),
        "max": max(values),
        "runs": len(values),
    }


def column(rows, key):
    """Median and range of one figure over a case's runs."""
    return spread([row[key] for row in rows])


def alternate(*actions):
    """Pairs of an action and how often: in turn, each once more than that, and its first
    result dropped. What is to be run only once lasts minutes and is not dropped."""
    rounds = [n + 1 if n > 1 else n for _, n in actions]
    results = [[] for _ in actions]
    for k in range(max(rounds)):
        for (action, _), most, kept in zip(actions, rounds, results):
            if k < most:
                kept.append(action())
    return [kept[len(kept) > 1 :] for kept in results]


class Others:
    """The share of all cores that processes other than ours took meanwhile."""

    def __enter__(self):
        self.start = self._busy(), self._ours(), time.monotonic()
        return self

    def __exit__(self, *_):
        busy, ours = self._busy() - self.start[0], self._ours() - self.start[1]
        whole = (time.monotonic() - self.start[2]) * os.cpu_count()
        self.share = max(0.0, busy - ours) / whole if whole > 0 else 0.0

    def _busy(self):
        with open("/proc/stat") as stat:
            user, nice, system, _, _, irq, soft, *_ = map(
                int, stat.readline().split()[1:]
            )
        return (user + nice + system + irq + soft) / os.sysconf("SC_CLK_TCK")

    def _ours(self):
        t = os.times()
        return t.user + t.system + t.children_user + t.children_system


# ---------------------------------------------------------------------------- tables


def seconds(value):
    for unit, scale in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if value >= scale:
            return f"{value / scale:.3g} {unit}"
    return f"{value / 1e-6:.2g} µs"


def timed(s):
    """Median and, behind it, the range of several runs."""
    text = seconds(s["median"])
    if s["runs"] > 1:
        unit = {"s": 1.0, "ms": 1e-3, "µs": 1e-6}[text.split()[-1]]
        text += f" ({s['min'] / unit:.3g}–{s['max'] / unit:.3g})"
    return text


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(map(str, row)) + " |" for row in rows]
    return "\n".join(lines)


def mega(n_bytes):
    return f"{n_bytes / 1e6:.3g} MB"


def target(what, value, wanted, at_least=True):
    met = value >= wanted if at_least else value <= wanted
    return {
        "what": what,
        "value": value,
        "wanted": wanted,
        "at_least": at_least,
        "met": bool(met),
    }


# -------------------------------------------------------------------------- 1: order


class Cholmod:
    """cholmod_op.c, compiled where libsuitesparse-dev is."""

    def __init__(self, runner):
        self.runner = runner
        self.path = runner.folder / "cholmod_op"
        built = subprocess.run(
            ["cc", "-O2", "-o", self.path, HERE / "cholmod_op.c", "-lcholmod"],
            capture_output=True,
            check=False,
        )
        self.missing = built.returncode != 0
        self.version = None

    def solve(self, c):
        """Currents, and the seconds of analysis, factorisation and solution."""
        text, g = c.matrix()
        with open(self.runner.write("matrix.txt", text)) as matrix:
            out, _ = self.runner.run(self.path, stdin=matrix)
        lines = out.split("\n")
        self.version = lines[0].split()[1]
        runs = [[float(x) for x in q.split()[1:]] for q in lines if q.startswith("run")]
        volts = [float(q) for q in lines[1 + len(runs) : 1 + len(runs) + c.n]]
        return np.array(volts) * g, spread([sum(run) for run in runs[1:]])


def order_case(runner, cholmod, device, n, n_ordered, n_usual):
    c, wrote = runner.netlist(circuit.experiment(n, device))
    actions = [(lambda: runner.ngspice(c.ordered(), c.sources()), n_ordered)]
    if n_usual:
        actions.append((lambda: runner.ngspice(c.row_by_row(), c.sensors()), n_usual))
    results = alternate(*actions)
    what = f"order, {device}, {n} x {n}"
    case = {"device": device, "n": n, "netlist_s": wrote["wall_s"]}
    ours = results[0][0][0]
    apart = []
    for name, runs in zip(("ordered", "usual"), results):
        apart += [check(i, ours, f"{what}: {name}") for i, _ in runs]
        keys = [k for k in runs[0][1] if k not in ("iterations", "fill_in")]
        case[name] = {k: column([r for _, r in runs], k) for k in keys}
        case[name] |= {k: runs[0][1][k] for k in ("iterations", "fill_in")}
    if device == "linear" and not cholmod.missing:
        currents, case["cholmod_s"] = cholmod.solve(c)
        apart.append(check(currents, ours, f"{what}: CHOLMOD"))
    compared = n_usual > 0 or "cholmod_s" in case
    case["apart"] = max(apart) if compared else None
    if n_usual:
        usual, ordered = (case[k]["op_s"]["median"] for k in ("usual", "ordered"))
        case["ratio"] = usual / ordered
    return case


def order(runner, quick, say):
    """The first `op` of one circuit in plain ngspice -b."""
    # N, runs of the ordered netlist, runs of the usual one
    sizes = {
        "linear": [(16, 5, 5), (32, 5, 5), (64, 3, 3), (128, 3, 1), (256, 1, 0)],
        "sinh": [(16, 5, 5), (32, 5, 5), (64, 3, 3), (128, 2, 0)],
    }
    cholmod = Cholmod(runner)
    cases = []
    for device, runs in sizes.items():
        for n, n_ordered, n_usual in runs[: 2 if quick else None]:
            if not runner.wants(n):
                continue
            say(f"order, {device}, {n} x {n}")
            cases.append(order_case(runner, cholmod, device, n, n_ordered, n_usual))
    rows = []
    for q in cases:
        usual, ours = q.get("usual"), q["ordered"]
        rows.append(
            [
                q["device"],
                q["n"],
                timed(usual["op_s"]) if usual else "not run",
                timed(ours["op_s"]),
                f"**{q['ratio']:.3g}**" if usual else "–",
                f"{usual['fill_in']} / {ours['fill_in']}" if usual else ours["fill_in"],
                " / ".join(seconds(x["parse_s"]["median"]) for x in (usual, ours) if x),
                seconds(q["netlist_s"]),
                " / ".join(mega(x["peak_bytes"]["max"]) for x in (usual, ours) if x),
                timed(q["cholmod_s"]) if "cholmod_s" in q else "–",
                f"{q['apart']:.0e}" if q["apart"] is not None else "–",
            ]
        )
    head = ["cells", "N", "`op`, row by row", "`op`, ordered", "times", "fill-in"]
    head += ["start and parse", "`xbar netlist`", "peak memory", "CHOLMOD", "apart"]
    targets = [
        target(f"first op, linear, {q['n']} x {q['n']}, times", q["ratio"], wanted)
        for q in cases
        for n, wanted in ((64, 12), (128, 25))
        if q["device"] == "linear" and q["n"] == n
    ]
    notes = [
        f"CHOLMOD {cholmod.version}: analysis, factorisation and solution of the same "
        "equations by a solver made for such matrices."
        if not cholmod.missing
        else "CHOLMOD: not measured, libsuitesparse-dev or a C compiler is missing."
    ]
    return cases, table(head, rows), targets, notes


# ------------------------------------------------------------------------- 2: sweeps


def wall_times(f):
    if np.any(f["spice/status"][()] != 1):
        raise Wrong("a sample is not done")
    return f["spice/wall_time"][()]


def sweep_case(runner, device, n, n_more):
    """One sample with 1 + n_more inputs; 1 + n_more samples with one input."""
    inputs = circuit.experiment(n, device, inputs=1 + n_more)
    states = circuit.experiment(n, device, samples=1 + n_more)
    case = {"device": device, "n": n, "apart": 0.0}
    first, anew, more = [], [], {"input": [], "state": []}
    for k in range(3):
        for kind, text in (("input", inputs), ("state", states)):
            where = {"inp" if kind == "input" else "sample": n_more}
            c, _ = runner.netlist(text, **where)
            currents, op = runner.ngspice(c.ordered(), c.sources())
            f, _ = runner.xbar_run(text, "-j", "1")
            with f:
                wall = wall_times(f).ravel()
                i_out = f["spice/i_out"][-1, -1]
            what = f"sweeps, {device}, {n} x {n}, another {kind}"
            case["apart"] = max(case["apart"], check(i_out, currents, what))
            if k > 0:
                first.append(op["op_s"])
                anew.append(op["parse_s"] + op["op_s"])
                more[kind] += list(wall[1:])
    case["first_op_s"] = spread(first)
    case["anew_s"] = spread(anew)
    for kind, walls in more.items():
        case[kind] = spread(walls)
        case[f"{kind}_ratio"] = case[kind]["median"] / case["first_op_s"]["median"]
    return case


def sweeps(runner, quick, say):
    """What each further input and each further state costs in a living circuit."""
    cases = []
    for device in ("linear", "sinh"):
        for n in filter(runner.wants, (16, 32) if quick else (16, 32, 64)):
            say(f"sweeps, {device}, {n} x {n}")
            cases.append(sweep_case(runner, device, n, 12))
    rows = [
        [
            q["device"],
            q["n"],
            timed(q["anew_s"]),
            timed(q["first_op_s"]),
            timed(q["input"]),
            f"**{q['input_ratio']:.2f}**",
            timed(q["state"]),
            f"**{q['state_ratio']:.2f}**",
            f"{q['apart']:.0e}",
        ]
        for q in cases
    ]
    head = ["cells", "N", "started anew", "its `op`", "a further input", "share"]
    head += ["a further state", "share", "apart"]
    targets = [
        target(
            f"a further {kind}, {q['device']}, 64 x 64, share of the first op",
            q[f"{kind}_ratio"],
            1 / 3,
            at_least=False,
        )
        for q in cases
        if q["n"] == 64
        for kind in ("input", "state")
    ]
    return cases, table(head, rows), targets, []


# ---------------------------------------------------------------------- 3: recording


def recording(runner, quick, say):
    """What it costs to record every node and cell."""
    n, n_inputs = (32, 8) if quick else (128, 8)
    say(f"recording, {n} x {n}")
    planes = ("v_row", "v_col", "i_cell")
    answers = {}

    def one(record):
        text = circuit.experiment(n, "linear", inputs=n_inputs, record=record)
        f, cost = runner.xbar_run(text, "-j", "1")
        with f:
            cost["engine_s"] = float(np.sum(wall_times(f)))
            present = all(p in f["spice"] for p in planes)
            if present != ("v_row" in record):
                raise Wrong(f"recording: the file of [{record}] holds something else")
            answers.setdefault(record, f["spice/i_out"][()])
            if not np.array_equal(f["spice/i_out"][()], answers[record]):
                raise Wrong("recording: two runs, two answers")
        return cost

    few, every = "i_out", "i_out, v_row, v_col, i_cell"
    costs = alternate((lambda: one(few), 3), (lambda: one(every), 3))
    apart = check(answers[every], answers[few], f"recording, {n} x {n}")
    keys = ("wall_s", "cpu_s", "engine_s", "bytes")
    cases = [
        {"record": r, "n": n, "inputs": n_inputs, **{k: column(c, k) for k in keys}}
        for r, c in zip((few, every), costs)
    ]
    ratios = {k: cases[1][k]["median"] / cases[0][k]["median"] for k in keys}
    cases.append({"ratio": ratios, "apart": apart})
    rows = [
        [
            f"`[{q['record']}]`",
            timed(q["wall_s"]),
            timed(q["cpu_s"]),
            timed(q["engine_s"]),
            mega(q["bytes"]["median"]),
        ]
        for q in cases[:2]
    ]
    rows.append(["times", *(f"**{ratios[k]:.3f}**" for k in keys)])
    head = [f"{n} × {n}, {n_inputs} inputs", "whole command", "its processor time"]
    head += ["engine", "file"]
    targets = [
        target(f"recording everything, {what}, times", ratios[k], 1.05, at_least=False)
        for k, what in (("wall_s", "whole command"), ("cpu_s", "processor time"))
        if not quick
    ]
    return cases, table(head, rows), targets, []


# ------------------------------------------------------------------------ 4: workers


def contents(f):
    """Every dataset but those that tell of the run itself."""
    found = {}

    def visit(name, item):
        if isinstance(item, h5py.Dataset):
            if not name.startswith("provenance") and not name.endswith("wall_time"):
                found[name] = item[()].tobytes()

    f.visititems(visit)
    return found


def spin(n):
    """Seconds that n processes need, each for the same pure arithmetic."""
    loop = [sys.executable, "-c", "sum(i & 7 for i in range(10**7))"]
    start = time.monotonic()
    for process in [subprocess.Popen(loop) for _ in range(n)]:
        process.wait()
    return time.monotonic() - start


def worker_case(runner, device, n, samples, inputs):
    text = circuit.experiment(n, device, samples=samples, inputs=inputs)
    answers = []

    def one(jobs):
        f, cost = runner.xbar_run(text, "-j", str(jobs))
        with f:
            wall_times(f)
            answers.append(contents(f))
        if answers[-1] != answers[0]:
            raise Wrong(f"workers, {device}: results are not bit for bit the same")
        return cost

    one_worker, two, room = alternate(
        (lambda: one(1), 2), (lambda: one(2), 2), (lambda: 2 * spin(1) / spin(2), 2)
    )
    case = {"device": device, "n": n, "samples": samples, "inputs": inputs}
    for name, costs in (("one", one_worker), ("two", two)):
        case[name] = {k: column(costs, k) for k in ("wall_s", "cpu_s")}
    case["room"] = spread(room)
    case["datasets"] = len(answers[0])
    case["ratio"] = case["one"]["wall_s"]["median"] / case["two"]["wall_s"]["median"]
    case["cpu_ratio"] = case["two"]["cpu_s"]["median"] / case["one"]["cpu_s"]["median"]
    return case


def workers(runner, quick, say):
    """Two worker processes against one."""
    plan = [("linear", 64, 60, 12), ("sinh", 48, 72, 6)]
    if quick:
        plan = [("linear", 32, 8, 12), ("sinh", 24, 8, 6)]
    cases = []
    for device, n, samples, inputs in plan:
        say(f"workers, {device}, {n} x {n}")
        cases.append(worker_case(runner, device, n, samples, inputs))
    rows = [
        [
            q["device"],
            q["n"],
            f"{q['samples']} × {q['inputs']}",
            timed(q["one"]["wall_s"]),
            timed(q["two"]["wall_s"]),
            f"**{q['ratio']:.2f}**",
            f"{q['room']['median']:.2f}",
            f"{q['cpu_ratio']:.2f}",
            f"{q['datasets']} datasets the same",
        ]
        for q in cases
    ]
    head = ["cells", "N", "samples × inputs", "`-j 1`", "`-j 2`", "times"]
    head += ["room", "processor time, times", "bit for bit"]
    targets = [
        target(f"two workers, {q['device']}, {q['n']} x {q['n']}, times", q["ratio"], 1.8)
        for q in cases
        if not quick
    ]
    return cases, table(head, rows), targets, []


# ------------------------------------------------------------------------- the whole


def processor():
    with open("/proc/cpuinfo") as info:
        found = re.search(r"model name\s*:\s*(.*)", info.read())
    return found[1] if found else platform.machine()


def has_klu(runner):
    """Asks ngspice: newer releases say which solver they take."""
    probe = "* probe\nv1 a 0 1\nr1 a 0 1\n.options klu\n.control\nop\nquit\n.endc\n.end\n"
    text, _ = runner.run("ngspice", "-n", "-b", runner.write("probe.cir", probe))
    return "KLU as" in text


def describe(runner):
    text = circuit.experiment(2, "linear")
    f, _ = runner.xbar_run(text, "-j", "1")
    with f:
        provenance = {
            k: f["provenance"][k][()].decode() for k in ("version", "commit", "versions")
        }
    banner, _ = runner.run("ngspice", "--version")
    found = re.search(r"ngspice-\S+", banner)
    return {
        "cores": os.cpu_count(),
        "processor": processor(),
        "system": platform.platform(),
        "xbar": f"{provenance['version']}, commit {provenance['commit']}",
        "libraries": " ".join(provenance["versions"].split()),
        "ngspice": found[0] if found else "unknown",
        "ngspice_has_klu": has_klu(runner),
    }


CASES = {f.__name__: f for f in (order, sweeps, recording, workers)}


def arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("cases", nargs="*", metavar="CASE")
    parser.add_argument("--quick", action="store_true", help="small arrays only")
    parser.add_argument(
        "--size", type=int, action="append", default=[], metavar="N",
        help="in the cases order and sweeps only N x N; may be given several times",
    )
    parser.add_argument("-o", "--output", default=ROOT / "results", type=pathlib.Path)
    a = parser.parse_args()
    unknown = set(a.cases) - set(CASES)
    if unknown:
        parser.error(f"no case {', '.join(sorted(unknown))}; {', '.join(CASES)}")
    a.cases = [c for c in CASES if c in a.cases or not a.cases]
    return a


def main():
    a = arguments()
    wrong, targets = [], []

    def say(what):
        print(f"bench: {what}", file=sys.stderr, flush=True)

    with tempfile.TemporaryDirectory(prefix="xbar-bench-") as folder:
        runner = Runner(pathlib.Path(folder), a.size)
        try:
            machine = describe(runner)
        except Wrong as reason:
            raise SystemExit(f"bench: {reason}")
        report = {"machine": machine, "quick": a.quick, "cases": {}}
        klu = "has KLU" if machine["ngspice_has_klu"] else "has no KLU (Sparse 1.3)"
        print(f"xbar {machine['xbar']}; {machine['ngspice']}, which {klu};")
        print(f"{machine['libraries']}; {machine['cores']} × {machine['processor']}")
        for name in a.cases:
            try:
                with Others() as others:
                    cases, text, wanted, notes = CASES[name](runner, a.quick, say)
            except Wrong as reason:
                print(f"\n## {name}\n\nFAILED: {reason}", flush=True)
                wrong.append(name)
                report["cases"][name] = {"failed": str(reason)}
                continue
            notes.append(
                f"Other processes took {100 * others.share:.0f} % of the "
                f"{os.cpu_count()} cores meanwhile."
            )
            print(f"\n## {name}\n\n{CASES[name].__doc__}\n\n{text}\n")
            print("\n".join(notes), flush=True)
            targets += wanted
            report["cases"][name] = {"figures": cases, "others": others.share}
    if targets:
        rows = [
            [
                t["what"],
                f"{'>=' if t['at_least'] else '<='} {t['wanted']:.3g}",
                f"{t['value']:.3g}",
                "yes" if t["met"] else "**no**",
            ]
            for t in targets
        ]
        print("\n## wanted\n\n" + table(["what", "wanted", "is", "met"], rows))
    report["targets"] = targets
    a.output.mkdir(parents=True, exist_ok=True)
    path = a.output / "bench_spice.json"
    path.write_text(json.dumps(report, indent=2) + "\n")
    say(f"wrote {path}")
    if wrong:
        say(f"FAILED: {', '.join(wrong)}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
