#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sneak currents: what every cell carries while one is read with all other lines open.

    plotting/fig_sneak.py results/digits_sneak.h5 [-o FOLDER]

The current that leaves the selected column is the selected cell's and the sneak
current, which goes out along the selected word line, back through the rest of the array
from bit to word lines, and in along the selected bit line: the three sums are equal.
"""

import numpy as np
from matplotlib.colors import SymLogNorm
from matplotlib.patches import Rectangle

import style
from style import plt


def read(path):
    """Cell currents [row][col], A; the selected cell, of the first input."""
    first = {"sample": 0, "input": 0}
    data = style.open_result(path).isel(first)
    driven = [np.flatnonzero(np.isfinite(data[name])) for name in ("v_in", "v_col")]
    if [len(lines) for lines in driven] != [1, 1]:
        raise SystemExit(f"{path}: want a read with one line driven on each side")
    selected = tuple(int(lines[0]) for lines in driven)
    cell = style.done(path, style.truth(path), ["i_cell"]).i_cell.isel(first).values
    ideal = style.done(path, "ideal", ["i_cell"]).i_cell.isel(first).values[selected]
    return cell, selected, ideal


def draw_map(axes, figure, cell, selected):
    largest = 10 ** np.ceil(np.log10(np.abs(cell).max() * 1e6))
    norm = SymLogNorm(linthresh=1e-3 * largest, vmin=-largest, vmax=largest, base=10)
    image = axes.imshow(cell * 1e6, norm=norm, cmap="PuOr_r", aspect="auto")
    row, col = selected
    axes.add_patch(
        Rectangle((col - 0.5, row - 0.5), 1, 1, fill=False, ec=style.GREEN, lw=2)
    )
    style.integer_ticks(axes.xaxis)
    style.integer_ticks(axes.yaxis)
    axes.set_xlabel("column $j$")
    axes.set_ylabel("row $i$")
    style.frame(axes)
    bar = figure.colorbar(image, ax=axes, pad=0.03, fraction=0.08)
    bar.set_label("cell current (µA), positive from word to bit line")
    bar.ax.minorticks_off()
    axes.set_title(f"read of cell ({row}, {col}), framed; all other lines open")


def draw_paths(axes, cell, selected, ideal):
    row, col = selected
    rest = np.ones(cell.shape, bool)
    rest[row, :] = rest[:, col] = False
    in_row = cell[row].sum() - cell[selected]
    in_col = cell[:, col].sum() - cell[selected]
    bars = (
        ("selected cell, as it was meant to be", ideal, style.GREY),
        ("selected cell", cell[selected], style.GREEN),
        (f"sneak, out of the other cells of row {row} ...", in_row, style.ORANGE),
        ("... back through the rest of the array ...", -cell[rest].sum(), style.BLUE),
        (f"... and into column {col} by its other cells", in_col, style.ORANGE),
    )
    widths = np.array([1e6 * amount for _, amount, _ in bars])
    places = np.arange(len(bars))
    axes.barh(places, widths, color=[colour for *_, colour in bars], height=0.42)
    for place, width, (name, *_) in zip(places, widths, bars):
        axes.text(0, place - 0.3, name, va="bottom", fontsize=7)
        axes.annotate(
            f"{width:.3g}",
            (max(width, 0), place),
            (3, 0),
            textcoords="offset points",
            va="center",
            fontsize=7,
        )
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_ylim(len(bars) - 0.6, -0.7)
    axes.set_xlim(min(0, 1.1 * widths.min()), 1.12 * widths.max())
    axes.set_xlabel("current (µA)")


def draw(cell, selected, ideal):
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(style.TWO_COLUMNS, 4.2), gridspec_kw={"width_ratios": (1.3, 1)}
    )
    figure.subplots_adjust(left=0.065, right=0.985, top=0.94, bottom=0.1, wspace=0.28)
    draw_map(left, figure, cell, selected)
    draw_paths(right, cell, selected, ideal)
    style.panel(left, "a")
    style.panel(right, "b")
    return figure


if __name__ == "__main__":
    given = style.arguments(__doc__.split("\n")[0]).parse_args()
    style.save(draw(*read(given.result)), given.output, "fig_sneak")
