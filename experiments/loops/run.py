#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs loop.yaml for every line of loops.csv.

    experiments/loops/run.py XBAR FOLDER [DEVICE...]

Leaves FOLDER/DEVICE_SET.h5, whose title says the loop's amplitude and frequency.
"""
import csv
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).parent


def loops():
    lines = (HERE / "loops.csv").read_text().splitlines()
    return list(csv.reader(line for line in lines if not line.startswith("#")))


def main():
    xbar, folder, wanted = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3:]
    folder.mkdir(parents=True, exist_ok=True)
    for device, name, volt, hertz, ohm in loops():
        if wanted and device not in wanted:
            continue
        changes = [
            f"title={device}/{name}, {volt} V, {float(hertz):g} Hz",
            f"crossbar.cell.device={device}",
            f"crossbar.cell.parameters={name}",
            f"crossbar.terminals.left.ohm={ohm}",
            f"analysis.waveform.volt={volt}",
            f"analysis.waveform.hertz={hertz}",
        ]
        command = [xbar, "run", HERE / "loop.yaml", "-o", folder / f"{device}_{name}.h5"]
        for change in changes:
            command += ["--set", change]
        subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
