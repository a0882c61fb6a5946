#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Error against time of every way to an array's currents, from ideal wires to ngspice.

    plotting/fig_pareto.py results/bench_accuracy.csv [-o FOLDER]

The table is what bench/accuracy writes. A bar goes from the mean to the worst error.
"""

import argparse
import csv

import style
from style import plt

SIZES = (64, 256)
OHM = 2.5
EXACT = 1e-9  # relative errors below are rounding: in the strip at the bottom
FLOOR, STRIP = 3e-5, 2e-4  # of the axis and of the strip, %

# name in the table: label, colour, offset of the label in points, and where it differs
FORMS = {
    "ideal": ("ideal wires", style.GREY, (6, 2), {}),
    "jeong": ("Jeong", style.SKY, (6, 2), {256: (-3, -8)}),
    "dmr": ("DMR", style.SKY, (0, -8), {256: (-3, 10)}),
    "alpha_beta": ("$\\alpha\\beta$", style.SKY, (6, -1), {256: (4, 7)}),
    "sweep_1": ("sweep 1", style.ORANGE, (6, 2), {256: (4, 7)}),
    "sweep_2": ("2", style.ORANGE, (6, 2), {256: (0, 8)}),
    "sweep_3": ("3", style.ORANGE, (6, 2), {256: (6, 0)}),
    "lean": ("lean", style.PINK, (-5, 7), {}),
    "modes": ("modes", style.PINK, (7, 0), {}),
    "smooth_1": ("smooth 1", style.BLUE, (-5, 6), {}),
    "smooth_2": ("2", style.BLUE, (6, 2), {}),
    "smooth_3": ("3", style.BLUE, (6, 0), {}),
    "nodal": ("nodal", style.GREEN, (0, 7), {}),
    "cholmod": ("CHOLMOD", style.GREEN, (0, -7), {}),
    "spice": ("ngspice", style.RED, (0, 7), {}),
}


def read(path):
    """Rows of the dense random cases at OHM: {size: {form: row}}."""
    with open(path, encoding="ascii") as table:
        lines = [line.lstrip("# ") for line in table]
    found = {n: {} for n in SIZES}
    for row in csv.DictReader(lines):
        wanted = (row["cells"], row["drive"]) == ("random", "dense")
        if wanted and float(row["ohm"]) == OHM and int(row["n"]) in found:
            found[int(row["n"])][row["form"]] = row
    return {n: rows for n, rows in found.items() if rows}


def place(row):
    """Seconds for the first and for a further input; mean and worst error in %."""
    further = float(row["input_s"])
    first = float(row["state_s"]) + float(row["single_s"])
    mean, worst = (100 * float(row[k]) for k in ("mean", "worst"))
    if worst < 100 * EXACT:
        mean = worst = (FLOOR * STRIP) ** 0.5
    return first, further, mean, worst


def draw_form(axes, row, label, colour, offset):
    first, further, mean, worst = place(row)
    axes.plot([first, further], [mean, mean], lw=0.6, color=colour, alpha=0.5)
    axes.plot([first, first], [mean, worst], lw=0.8, color=colour)
    axes.plot(first, mean, "o", color=colour)
    axes.plot(further, mean, "o", mfc="white", mec=colour, mew=0.9)
    axes.annotate(
        label,
        (first, mean),
        offset,
        textcoords="offset points",
        fontsize=6.5,
        color=colour,
        ha="center" if offset[0] == 0 else "left" if offset[0] > 0 else "right",
        va="center",
    )


def draw_panel(axes, n, rows):
    for name in ("sweep", "smooth"):
        chain = [place(rows[f"{name}_{k}"]) for k in (1, 2, 3)]
        colour = FORMS[f"{name}_1"][1]
        axes.plot(
            [q[0] for q in chain], [q[2] for q in chain], lw=0.8, ls=":", color=colour
        )
    for name, (label, colour, offset, elsewhere) in FORMS.items():
        if name in rows:
            offset = elsewhere.get(n, offset)
            draw_form(axes, rows[name], label, colour, offset)
    axes.axhspan(FLOOR, STRIP, color=style.GREY, alpha=0.12, lw=0)
    axes.set_title(f"{n} × {n}, mean loss {100 * float(rows['ideal']['drop']):.0f} %")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.minorticks_off()
    axes.set_ylim(FLOOR, 1e4)
    axes.set_xlim(4e-7, 3)
    axes.set_xlabel("time (s)")


def draw(found):
    figure, panels = plt.subplots(
        1, len(found), figsize=(style.TWO_COLUMNS, 3.6), sharey=True, squeeze=False
    )
    figure.subplots_adjust(left=0.085, right=0.985, top=0.92, bottom=0.12, wspace=0.08)
    for axes, (n, rows), letter in zip(panels[0], found.items(), "ab"):
        draw_panel(axes, n, rows)
        style.panel(axes, letter)
    left = panels[0][0]
    ticks = [10.0**k for k in range(-3, 5)]
    left.set_yticks([(FLOOR * STRIP) ** 0.5, *ticks])
    left.set_yticklabels(["exact", *(f"{t:g}" for t in ticks[:7]), "$10^4$"])
    left.set_ylabel("relative error of a column's current (%)")
    left.plot([], [], "o", color=style.GREY, label="a new state and its first input")
    left.plot(
        [], [], "o", mfc="white", mec=style.GREY, mew=0.9, label="a further input, 8 together"
    )
    left.legend(loc="upper right", handletextpad=0.2)
    return figure


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("table", help="what bench/accuracy wrote, CSV")
    parser.add_argument("-o", "--output", default="results", help="folder of figures")
    given = parser.parse_args()
    style.save(draw(read(given.table)), given.output, "pareto")
