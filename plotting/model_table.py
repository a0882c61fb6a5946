#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a calibrated model predicts for the digits, beside ngspice, as a table.

    plotting/model_table.py results/digits_r1.h5 results/model_r1.h5 ...

Pairs of results for one segment each: ngspice's, and those of the engine `analytical`.
"""

import argparse

import numpy as np

import digits
import style

HEAD = """\
| segment | mean error | worst error | within 90 % bar | outside region |    ngspice |      model |
|     (Ω) |        (%) |         (%) |             (%) |       (images) | (ms/image) | (ms/image) |
|--------:|-----------:|------------:|----------------:|---------------:|-----------:|-----------:|"""

OUTSIDE = 4


def line(truth_path, model_path):
    truth = style.done(truth_path, "spice").isel(sample=0)
    model = style.open_result(model_path, "analytical").isel(sample=0)
    off = (model.i_out - truth.i_out).values
    error = 100 * np.abs(off) / np.abs(truth.i_out.values)
    inside = np.abs(off) <= 1.645 * model.i_out_std.values
    times = [1e3 * float(np.median(x.wall_time)) for x in (truth, model)]
    return (
        f"| {digits.segment_ohm(truth_path):7g} | {error.mean():10.2f} "
        f"| {error.max():11.2f} | {100 * inside.mean():15.1f} "
        f"| {int((model.status == OUTSIDE).sum()):14d} "
        f"| {times[0]:10.1f} | {times[1]:10.4f} |"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("results", nargs="+", help="pairs: ngspice's, the model's")
    given = parser.parse_args().results
    if len(given) % 2:
        raise SystemExit("want pairs of results: ngspice's, then the model's")
    print(HEAD)
    for truth, model in zip(given[::2], given[1::2]):
        print(line(truth, model))


if __name__ == "__main__":
    main()
