#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gallery of loops: one panel a device, ngspice and C on top of each other, what they
differ by below.

    plotting/fig_loops.py results/loops [-o FOLDER] [--each]

From the runs of experiments/loops/run.py. With --each a figure of each loop besides, for
models/NAME/.
"""

import pathlib
import re

import numpy as np
from matplotlib.gridspec import GridSpec, GridSpecFromSubplotSpec

import style
from style import plt

ACROSS = 4


def read(path):
    """Title, time s, voltage V, current A of spice and nodal."""
    root = style.open_result(path)
    first = {"sample": 0, "input": 0, "row": 0}
    v = root.v_in.isel(first).values
    i = [
        style.done(path, engine).i_out.isel(sample=0, input=0, col=0).values
        for engine in ("spice", "nodal")
    ]
    title = hertz(root.attrs["title"].replace("/default", ""))
    return title, root.time.values, v, *i


def hertz(title):
    """ "1e+06 Hz" is "1 MHz"."""
    found = re.fullmatch(r"(.*) (\S+) Hz", title)
    if not found:
        return title
    value = float(found[2])
    for factor, prefix in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= factor:
            return f"{found[1]} {value / factor:g} {prefix}Hz"
    return title


def draw_loop(top, below, loop):
    title, time, v, spice, nodal = loop
    factor, unit = style.scaled(spice)
    top.plot(v, factor * spice, color=style.SKY, lw=2.4, label="ngspice")
    top.plot(v, factor * nodal, color="black", lw=0.7, ls="--", label="C")
    top.set_title(title, fontsize=6.5)
    top.set_ylabel(f"i ({unit})", fontsize=7, labelpad=1)
    top.set_xlabel("v (V)", fontsize=7, labelpad=1)
    below.plot(
        time / time[-1],
        1e6 * (nodal - spice) / np.max(np.abs(spice)),
        color=style.RED,
        lw=0.6,
    )
    below.axhline(0, color=style.GREY, lw=0.4)
    below.set_ylabel("Δ (ppm)", fontsize=6, labelpad=1)
    below.set_xlabel("t / period", fontsize=6, labelpad=1)
    for axes in (top, below):
        axes.tick_params(labelsize=6, pad=1)
        axes.ticklabel_format(axis="y", style="plain", useOffset=False)


def draw_all(loops):
    rows = -(-len(loops) // ACROSS)
    figure = plt.figure(figsize=(style.TWO_COLUMNS, 2.15 * rows))
    grid = GridSpec(rows, ACROSS, hspace=0.55, wspace=0.55)
    for k, loop in enumerate(loops):
        pair = GridSpecFromSubplotSpec(
            2, 1, grid[k], height_ratios=(3, 1), hspace=0.65
        )
        top, below = figure.add_subplot(pair[0]), figure.add_subplot(pair[1])
        draw_loop(top, below, loop)
        if k == 0:
            top.legend(loc="upper left", fontsize=5.5, handlelength=1.4)
    figure.subplots_adjust(left=0.07, right=0.98, top=0.97, bottom=0.05)
    return figure


def draw_one(loop):
    figure, axes = plt.subplots(
        2, 1, figsize=(style.ONE_COLUMN, 3.0), gridspec_kw={"height_ratios": (3, 1)}
    )
    draw_loop(*axes, loop)
    axes[0].legend(loc="upper left")
    figure.tight_layout()
    return figure


def main():
    parser = style.arguments(__doc__.splitlines()[0])
    parser.add_argument("--each", action="store_true", help="a figure of each besides")
    args = parser.parse_args()
    paths = sorted(pathlib.Path(args.result).glob("*.h5"))
    if not paths:
        raise SystemExit(f"{args.result}: no results: experiments/loops/run.py first")
    found = {path.stem: read(path) for path in paths}
    shown = [loop for name, loop in found.items() if name.endswith("_default")]
    style.save(draw_all(shown), args.output, "loops")
    for name, loop in found.items():
        if args.each:
            style.save(draw_one(loop), args.output, f"loop_{name}")
            plt.close()


if __name__ == "__main__":
    main()
