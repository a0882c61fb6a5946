#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs margin.yaml for sizes, schemes and what stands in series with a cell.

    experiments/margin/run.py XBAR FOLDER [--quick]

Leaves FOLDER/SERIES_SCHEME_N_on.h5 and ..._off.h5.
"""
import pathlib
import subprocess
import sys

SIZES = [2, 4, 8, 16, 32, 64, 128]
SCHEMES = ["float", "half", "third", "ground"]
SERIES = {
    "none": [],
    "sinh": ["crossbar.cell.selector=selector_sinh"],
    "diode": ["crossbar.cell.selector=selector_diode"],
    "nmos": [
        "crossbar.cell.access=access_nmos",
        "crossbar.cell.read_gate=3",
        "crossbar.gate={volt: 3}",
    ],
}
ON, OFF = 1e-5, 1e-7


def main():
    xbar, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    sizes = SIZES[:4] if "--quick" in sys.argv[3:] else SIZES
    folder.mkdir(parents=True, exist_ok=True)
    plan = pathlib.Path(__file__).parent / "margin.yaml"
    for series, keys in SERIES.items():
        for scheme in SCHEMES:
            if series == "nmos" and scheme == "float":
                continue  # closed transistors leave lines without any potential
            for n in sizes:
                for state, siemens in (("on", ON), ("off", OFF)):
                    cell = f"{{row: 0, col: {n - 1}, siemens: {siemens}}}"
                    changes = [
                        f"crossbar.rows={n}",
                        f"crossbar.cols={n}",
                        f"crossbar.faults.stuck=[{cell}]",
                        f"bias.selected=[0, {n - 1}]",
                        f"bias.scheme={scheme}",
                        # spice is asked as well where it is quick
                        f"engines={'[spice, nodal]' if n <= 16 else '[nodal]'}",
                        *keys,
                    ]
                    target = folder / f"{series}_{scheme}_{n}_{state}.h5"
                    command = [xbar, "run", plan, "-o", target]
                    for change in changes:
                        command += ["--set", change]
                    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    print(f"{folder}: {len(list(folder.glob('*.h5')))} results")


if __name__ == "__main__":
    main()
