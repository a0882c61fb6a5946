#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The digits experiment as a table: accuracy, current lost, median time per image, and
how far apart the exact solver's currents and ngspice's are, of the largest.

    plotting/table.py --labels LABELS.csv results/digits_r*.h5
"""

import argparse

import numpy as np

import digits
import style


HEAD = """\
| segment | accuracy |  95 % range | mean loss | worst loss |    ngspice |      nodal | apart |
|     (Ω) |      (%) |         (%) |       (%) |        (%) | (ms/image) | (ms/image) |       |
|--------:|---------:|------------:|----------:|-----------:|-----------:|-----------:|------:|"""


def line(path, labels_path):
    ideal, real, exact = (
        digits.outputs(path, engine) for engine in ("ideal", "spice", "nodal")
    )
    labels = digits.read_labels(labels_path, len(real))
    n_right = int(digits.right(real, labels).sum())
    low, high = digits.wilson(n_right, len(labels))
    lost = digits.loss(ideal, real)
    milliseconds = {
        engine: 1e3 * np.median(style.done(path, engine).wall_time.values)
        for engine in ("spice", "nodal")
    }
    apart = np.abs(exact - real).max() / np.abs(real).max()
    return (
        f"| {digits.segment_ohm(path):7g} "
        f"| {100 * n_right / len(labels):8.1f} | {100 * low:4.1f} – {100 * high:4.1f} "
        f"| {100 * lost.mean():9.1f} | {100 * lost.flat[np.abs(lost).argmax()]:10.1f} "
        f"| {milliseconds['spice']:10.1f} | {milliseconds['nodal']:10.2f} "
        f"| {apart:5.0e} |"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--labels", required=True, help="CSV: the images' digits")
    parser.add_argument("results", nargs="+", help="results/digits_r<ohm>.h5")
    given = parser.parse_args()

    paths = sorted(given.results, key=digits.segment_ohm)
    ideal = digits.outputs(paths[0], "ideal")
    labels = digits.read_labels(given.labels, len(ideal))
    print(
        f"{len(labels)} images; an ideal array tells "
        f"{100 * digits.right(ideal, labels).mean():.1f} % of them.\n"
    )
    print(HEAD)
    for path in paths:
        print(line(path, given.labels))


if __name__ == "__main__":
    main()
