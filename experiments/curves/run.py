#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs curve.yaml for the devices that do not move, at three conductances each.

    experiments/curves/run.py XBAR FOLDER

Leaves FOLDER/NAME_K.h5; a selector and a transistor stand in series with an ohmic cell.
"""
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).parent
SERIES = "crossbar.cell.device=linear"
# what is drawn: changes to curve.yaml, and for each curve its own
CURVES = {
    "linear": ([SERIES], [f"conductance.value={g}" for g in (2e-5, 5e-5, 1e-4)]),
    "sinh": ([], [f"conductance.value={g}" for g in (2e-5, 5e-5, 1e-4)]),
    "flash": (
        ["crossbar.cell.device=flash"],
        [f"conductance.value={g}" for g in (2e-7, 5e-7, 1e-6)],
    ),
    "selector_sinh": (
        [SERIES, "crossbar.cell.selector=selector_sinh"],
        [f"conductance.value={g}" for g in (1e-8, 1e-7, 3.5e-7)],
    ),
    "selector_diode": (
        [SERIES, "crossbar.cell.selector=selector_diode"],
        [f"conductance.value={g}" for g in (1e-6, 1e-5, 1e-4)],
    ),
    "selector_ots": (
        [SERIES, "crossbar.cell.selector=selector_ots"],
        [f"conductance.value={g}" for g in (1e-9, 3e-9, 6e-9)],
    ),
    "access_nmos": (
        [SERIES, "crossbar.cell.access=access_nmos", "crossbar.cell.read_gate=3"],
        [f"crossbar.gate={{volt: {v}}}" for v in (1, 2, 3)],
    ),
}


def main():
    xbar, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    for name, (common, curves) in CURVES.items():
        for k, own in enumerate(curves):
            target = folder / f"{name}_{k}.h5"
            command = [xbar, "run", HERE / "curve.yaml", "-o", target]
            title = own.split("=", 1)[1].strip("{}").replace("volt: ", "gate ")
            for change in (f"title='{title}'", *common, own):
                command += ["--set", change]
            subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
