#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A programming run: where cells went, what the controller did, what neighbours suffered.

    plotting/fig_program.py results/program.h5 [-o FOLDER] [--engine nodal] [--row 0]
        [--disturb results/program_third.h5]

From runs of experiments/program/program.yaml; with --disturb the map of what neighbours
suffered is that of another run of it.
"""

import numpy as np

import style
from style import plt

READ, SET, RESET = 0, 1, 2


def log_of(data, row):
    """The log of one row: operation numbers, kinds, word line V, columns' currents A."""
    n = min(int(data.operations), data.log_row.size)
    mine = np.flatnonzero((data.log_row.values == row) & (np.arange(data.log_row.size) < n))
    if not mine.size:
        raise SystemExit(f"no operation on row {row} in the log: it has rows "
                         f"{sorted(set(data.log_row.values[:n].astype(int)))}")
    return (
        mine - mine[0],
        data.log_kind.values[mine],
        data.log_volt.values[mine],
        data.log_i_out.values[mine],
    )


def draw_run(axes, data, row):
    """Verified conductances of a row's cells after each pulse, and the pulses."""
    top, below = axes
    k, kind, volt, i_out = log_of(data, row)
    reads = kind == READ
    colours = plt.cm.viridis(np.linspace(0, 0.92, data.sizes["col"]))
    for j, colour in enumerate(colours):
        g = 1e6 * i_out[reads, j] / volt[reads]
        top.plot(k[reads], g, "-o", ms=1.6, lw=0.8, color=colour)
        target = 1e6 * float(data.target[row, j])
        top.axhline(target, color=colour, lw=0.5, ls=":")
    top.set_yscale("log")
    style.log_ticks(top.yaxis)
    top.set_ylabel("verified (µS)")
    top.set_title(f"row {row}: columns by colour, targets dotted")
    for which, name, colour in ((SET, "set", style.BLUE), (RESET, "reset", style.ORANGE)):
        mine = kind == which
        below.bar(k[mine], volt[mine], 0.9, color=colour)
        below.plot([], [], lw=4, color=colour, label=name)
    below.axhline(0, color="black", lw=0.5)
    below.set_ylabel("word line (V)")
    below.set_xlabel("operation")
    below.legend(loc="lower right", bbox_to_anchor=(1, 0.98), ncol=2, borderaxespad=0)


def draw_targets(axes, path, engines):
    for engine, marker in engines:
        data = style.done(path, engine).isel(sample=0)
        axes.plot(
            1e6 * data.target.values.ravel(),
            1e6 * data.conductance_final.values.ravel(),
            marker,
            ms=4 if marker == "o" else 3,
            mfc="none",
            color=style.BLUE if marker == "o" else style.RED,
            label=engine,
        )
    ends = np.array(axes.get_xlim())
    axes.plot(ends, ends, color=style.GREY, lw=0.6)
    axes.set_xscale("log")
    axes.set_yscale("log")
    style.log_ticks(axes.xaxis)
    style.log_ticks(axes.yaxis)
    axes.set_xlabel("target (µS)")
    axes.set_ylabel("final (µS)")
    axes.legend(loc="upper left")


def draw_map(figure, axes, values, label, cmap, symmetric=False):
    largest = np.nanmax(np.abs(values))
    limits = {"vmin": -largest, "vmax": largest} if symmetric and largest > 0 else {}
    image = axes.imshow(values, cmap=cmap, **limits)
    style.frame(axes)
    axes.set_xlabel("column $j$")
    axes.set_ylabel("row $i$")
    style.integer_ticks(axes.xaxis)
    style.integer_ticks(axes.yaxis)
    figure.colorbar(image, ax=axes, pad=0.03, fraction=0.046).set_label(label)


def main():
    parser = style.arguments(__doc__.splitlines()[0])
    parser.add_argument("--engine", default="nodal")
    parser.add_argument("--row", type=int, default=0)
    parser.add_argument("--disturb", metavar="FILE", help="take the last map from there")
    args = parser.parse_args()
    data = style.done(args.result, args.engine, ["fate", "log_row"]).isel(sample=0)
    there = style.open_result(args.result).attrs["engines"].replace(",", " ").split()
    figure = plt.figure(figsize=(style.TWO_COLUMNS, 5.2))
    grid = figure.add_gridspec(3, 3, height_ratios=(2, 1, 2.4), hspace=0.55, wspace=0.6)
    top = figure.add_subplot(grid[0, :2])
    below = figure.add_subplot(grid[1, :2], sharex=top)
    draw_run((top, below), data, args.row)
    target = figure.add_subplot(grid[:2, 2])
    engines = [e for e in (("spice", "o"), ("nodal", "x")) if e[0] in there]
    draw_targets(target, args.result, engines)
    maps = [figure.add_subplot(grid[2, k]) for k in range(3)]
    draw_map(figure, maps[0], data.pulses.values, "pulses", "viridis")
    draw_map(figure, maps[1], 1e12 * data.cell_energy.values, "heat (pJ)", "magma")
    other = data
    if args.disturb:
        other = style.done(args.disturb, args.engine, ["disturb"]).isel(sample=0)
    disturb = 100 * other.disturb.values / other.target.values
    draw_map(figure, maps[2], disturb, "disturb (% of target)", "PuOr", symmetric=True)
    for axes, letter in zip([top, target, *maps], "abcde"):
        style.panel(axes, letter, -0.02, 1.02)
    figure.subplots_adjust(left=0.08, right=0.9, top=0.94, bottom=0.07)
    style.save(figure, args.output, "program")


if __name__ == "__main__":
    main()
