#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Is `xbar calibrate --suggest` worth its advice? With ngspice, in ngspice's seconds.

    bench/calibrate/suggest.py XBAR [--model modes] [--device sinh] [--seeds 6]

From the same few runs a model is calibrated again and again, each time with three runs more:
those that --suggest names, or three drawn by lot from the same list. After each the model
predicts a test set of ngspice runs, of all kinds in that list, that no fit ever sees.
Printed: the error that the lot ended with (the mean of its last third of rounds), the
seconds of ngspice that either choice had taken when it first came as low (>: not yet when
it was stopped), and the errors on the way there. README.md says what came out.
"""

import argparse
import itertools
import re
import subprocess
import tempfile
from pathlib import Path

import h5py
import numpy as np
import yaml

SIZE, OHM, LOW, HIGH, VOLT = 16, 2.5, 1e-5, 1e-3, 0.5
N_INPUTS = 4
BATCH = 3  # runs made between two calibrations
MOST = 16  # rounds of the choice by --suggest
SIZES = (SIZE // 4, SIZE // 2, SIZE, 2 * SIZE)
WIRES = (OHM, OHM / 2, 2 * OHM)
KINDS = ("every row", "one row in ten", "one row")
TEST = 10**6  # added to a seed: draws of the test set


class Xbar:
    """The program, in a folder of its own."""

    def __init__(self, program, folder, device):
        self.program, self.folder = Path(program).resolve(), Path(folder)
        self.device = device

    def __call__(self, *arguments):
        done = subprocess.run(
            [self.program, *map(str, arguments)],
            cwd=self.folder, capture_output=True, text=True, check=False,
        )
        if done.returncode not in (0, 1):
            raise SystemExit(f"xbar {' '.join(map(str, arguments))}: {done.stderr}")
        return done.stdout

    def run(self, name, spec, *arguments):
        (self.folder / f"{name}.yaml").write_text(yaml.safe_dump(spec))
        self("run", f"{name}.yaml", "-j", 1, "-o", f"{name}.h5", *arguments)
        return f"{name}.h5"

    def read(self, name, dataset):
        with h5py.File(self.folder / name, "r") as f:
            return f[dataset][()]


def volts(size, kind, rng):
    """Which rows are driven: all, one in ten, one; as the candidates are meant."""
    v = VOLT * rng.random((N_INPUTS, size))
    step = {"every row": 1, "one row in ten": 10 if size > 10 else size, "one row": size}[kind]
    first = np.arange(N_INPUTS)[:, None] * size // N_INPUTS % step
    return np.where(np.arange(size) % step == first, v, 0)


def spec_of(xbar, name, size, ohm, lows, kinds, seed):
    """One sample for each of `lows`, the cells' least conductance; inputs of all kinds."""
    rng = np.random.default_rng([seed, size])
    with h5py.File(xbar.folder / f"{name}.g.h5", "w") as f:
        shape = (len(lows), size, size)
        low = np.array(lows)[:, None, None]
        f["g"] = np.exp(rng.uniform(np.log(low), np.log(HIGH), shape))
    np.savetxt(xbar.folder / f"{name}.v.csv", np.vstack([volts(size, k, rng) for k in kinds]))
    return {
        "engines": ["spice"],
        "crossbar": {
            "rows": size, "cols": size, "cell": {"device": xbar.device},
            "wire": {"row_ohm": ohm, "col_ohm": ohm},
            "terminals": {
                "left": {"volt": "input", "ohm": 2 * OHM}, "bottom": {"volt": 0, "ohm": 2 * OHM},
            },
        },
        "conductance": {"file": f"{name}.g.h5", "dataset": "/g"},
        "inputs": {"file": f"{name}.v.csv"},
    }


def candidates():
    """What --suggest chooses from: sizes, wires, spread of the cells, kinds of inputs."""
    return list(itertools.product(SIZES, WIRES, (LOW, HIGH), KINDS))


LINE = re.compile(
    r"^\d+ +(\d+) x \d+ +(\S+) +\S+ +(\S+) to (\S+) +(every row|one row in ten|one row) ", re.M
)


def suggested(report):
    return [
        (int(size), float(ohm), HIGH if low == high else LOW, kind)
        for size, ohm, low, high, kind in LINE.findall(report.partition("next runs")[2])
    ]


class Tests:
    """ngspice's answers to runs of all candidates' kinds, and a model's error on them."""

    def __init__(self, xbar, seed):
        self.xbar, self.specs, self.truth, self.times = xbar, [], [], {}
        for size, ohm in itertools.product(SIZES, WIRES):
            name = f"test_{size}_{ohm:g}"
            spec = spec_of(xbar, name, size, ohm, (LOW, HIGH), KINDS, TEST + seed)
            result = xbar.run(name, spec)
            self.specs.append((name, spec))
            self.truth.append(xbar.read(result, "spice/i_out"))
            self.times.setdefault(size, []).append(xbar.read(result, "spice/wall_time"))

    def seconds(self, size):
        """Of ngspice, for a run of that size: its first input and the others, each the
        least of many, so that what else the machine does counts little."""
        times = np.concatenate(self.times[size])
        return times[:, 0].min() + (N_INPUTS - 1) * times[:, 1:].min()

    def error(self, model):
        """Mean relative error of an output, all kinds of runs counting alike."""
        errors = []
        for (name, spec), truth in zip(self.specs, self.truth):
            spec = dict(spec, engines=["analytical"], analytical={"file": model})
            i = self.xbar.read(self.xbar.run(f"{name}_model", spec), "analytical/i_out")
            errors.append(np.abs(i - truth).mean(axis=2) / np.abs(truth).mean(axis=2))
        return float(np.mean([np.mean(e) for e in errors]))


def course(xbar, tests, model, start, seed, by_lot, until):
    """(seconds of ngspice, test error) after each round, until(points)."""
    rng = np.random.default_rng([seed, 7])
    files, seconds, points = [start], 0.0, []
    everything = candidates()
    while True:
        report = xbar(
            "calibrate", *files, "--model", model, "-o", "m.yaml", "--suggest", BATCH,
            "--seed", seed,
        )
        points.append((seconds, tests.error("m.yaml")))
        picks = suggested(report)
        if by_lot:
            picks = [everything[k] for k in rng.integers(len(everything), size=BATCH)]
        if not picks or until(np.array(points)):
            return np.array(points)
        for size, ohm, low, kind in picks:
            k = len(files)
            name = f"{'lot' if by_lot else 'pick'}_{k}"
            spec = spec_of(xbar, name, size, ohm, (low,), (kind,), 1000 * seed + k)
            files.append(xbar.run(name, spec))
            seconds += tests.seconds(size)


def seconds_until(points, aim):
    """Until the error is as low for the first time; NaN: never."""
    there = np.flatnonzero(points[:, 1] <= aim)
    return points[there[0], 0] if len(there) else np.nan


def compare(args, seed):
    """By lot for so many rounds, then by --suggest until that is as good, or has taken as
    long."""
    with tempfile.TemporaryDirectory() as folder:
        xbar = Xbar(args.xbar, folder, args.device)
        tests = Tests(xbar, seed)
        start = xbar.run("start", spec_of(xbar, "start", SIZE, OHM, (LOW, LOW), KINDS[:1], seed))
        lot = course(
            xbar, tests, args.model, start, seed, True, lambda p: len(p) > args.rounds
        )
        aim = float(np.mean(lot[-max(1, args.rounds // 3) :, 1]))
        chosen = course(
            xbar, tests, args.model, start, seed, False,
            lambda p: p[-1, 1] <= aim or p[-1, 0] > lot[-1, 0] or len(p) > MOST,
        )
        return lot, chosen, aim


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("xbar")
    parser.add_argument("--model", default="modes")
    parser.add_argument("--device", default="sinh")
    parser.add_argument("--seeds", type=int, default=6)
    parser.add_argument("--rounds", type=int, default=6)
    args = parser.parse_args()
    spent = []
    print(f"{args.model}, cells {args.device}, {BATCH} runs a round, {args.rounds} rounds by lot")
    print("seed  begins  aim, %    ms by lot    ms chosen   ratio")
    for seed in range(1, args.seeds + 1):
        lot, chosen, aim = compare(args, seed)
        needed = [seconds_until(lot, aim), seconds_until(chosen, aim)]
        mark = " " if needed[1] == needed[1] else ">"
        needed[1] = needed[1] if needed[1] == needed[1] else chosen[-1, 0]
        spent.append(needed)
        print(
            f"{seed:4d} {100 * lot[0, 1]:7.3g} {100 * aim:7.3g} {1e3 * needed[0]:12.3g}"
            f" {mark}{1e3 * needed[1]:11.3g} {needed[0] / max(needed[1], 1e-9):7.3g}"
            f"   {' '.join(format(100 * e, '.3g') for e in chosen[:, 1])}",
            flush=True,
        )
    lot, chosen = 1e3 * np.sum(spent, axis=0)
    print(f" all {'':15} {lot:12.3g} {chosen:12.3g} {lot / chosen:7.3g}")


if __name__ == "__main__":
    main()
