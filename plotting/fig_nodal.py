#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Time of an exact solution against the size of the array.

    plotting/fig_nodal.py results/bench_nodal.csv [more.csv ...] [-o FOLDER]

The tables are what bench/nodal writes.
"""

import argparse
import csv

import style
from style import plt

PLAIN = {  # name in the table: label, colour
    "random": ("1 k–100 kΩ, random", style.BLUE),
    "on": ("all 1 kΩ", style.SKY),
    "on_off": ("on/off $10^6$, random", style.GREEN),
}

# Seconds of processor time for one input, 2.5 ohm, random cells, measured once on one core
# of such a machine with each program's own code unchanged: not in the run that is drawn.
OTHERS = {
    "ngspice 39": ({64: 8.5, 128: 156}, style.RED),
    "CrossSim 3.2": ({64: 0.26, 128: 4.3, 256: 38}, style.ORANGE),
    "badcrossbar 1.1": ({64: 0.063, 128: 0.30, 256: 1.65, 512: 12.1, 1024: 96}, style.GREY),
    "MemTorch": ({64: 0.022, 128: 0.15, 256: 1.05, 512: 9.2}, style.GREY),
}


def read(paths):
    """All rows, numbers as such."""
    rows = []
    for path in paths:
        with open(path, encoding="ascii") as table:
            for row in csv.DictReader(table):
                for key in row.keys() - {"what", "cells"}:
                    row[key] = float(row[key])
                rows.append(row)
    strict = min(row["tolerance"] for row in rows if row["what"] == "nodal")
    return [r for r in rows if r["what"] != "nodal" or r["tolerance"] == strict]


def curve(rows, what, cells):
    """Sizes and best times at 2.5 ohm."""
    found = {
        row["n"]: row["best_s"]
        for row in rows
        if row["what"] == what
        and row["cells"] == cells
        and row["row_ohm"] == row["col_ohm"] == 2.5
    }
    return sorted(found), [found[n] for n in sorted(found)]


def slowest(rows, usual_wires):
    """Sizes and the longest of the best times over all cells (and wires)."""
    found = {}
    for row in rows:
        if row["what"] != "nodal":
            continue
        if usual_wires and not row["row_ohm"] == row["col_ohm"] == 2.5:
            continue
        found[row["n"]] = max(found.get(row["n"], 0.0), row["best_s"])
    return sorted(found), [found[n] for n in sorted(found)]


def size_axis(axes, least, most):
    sizes = [n for n in (64, 128, 256, 512, 1024, 2048, 4096) if least <= n <= most]
    axes.set_xscale("log")
    axes.set_xlim(0.85 * least, 1.2 * most)
    axes.set_xticks(sizes)
    axes.set_xticklabels([f"{n}" for n in sizes])
    axes.minorticks_off()
    axes.set_xlabel("N, of N × N cells")


def draw_times(axes, rows):
    for name, (times, colour) in OTHERS.items():
        sizes = sorted(times)
        axes.plot(
            sizes, [times[n] for n in sizes], "o--", lw=0.8, mfc="white", color=colour
        )
        axes.annotate(
            name,
            (sizes[-1], times[sizes[-1]]),
            (5, 0),
            textcoords="offset points",
            fontsize=6.5,
            color=colour,
            va="center",
        )
    sizes, times = curve(rows, "cholmod", "random")
    axes.plot(sizes, times, "s-", color="black")
    axes.annotate(
        "CHOLMOD",
        (sizes[-1], times[-1]),
        (5, -4),
        textcoords="offset points",
        fontsize=6.5,
        va="center",
    )
    sizes, times = curve(rows, "nodal", "random")
    axes.plot(sizes, times, "o-", color=style.BLUE)
    axes.annotate(
        "xbar, nodal",
        (sizes[len(sizes) // 2], times[len(sizes) // 2]),
        (5, -7),
        textcoords="offset points",
        fontsize=6.5,
        color=style.BLUE,
    )
    axes.plot([], [], "o-", color=style.GREY, label="this run")
    axes.plot(
        [], [], "o--", lw=0.8, mfc="white", color=style.GREY, label="measured earlier"
    )
    axes.set_yscale("log")
    axes.set_ylabel("time of a state and an input (s)")
    axes.legend(loc="lower right", handlelength=2.4)
    size_axis(axes, 64, max(sizes[-1], 1024))


def draw_per_cell(axes, rows):
    for usual, label, shade in (
        (False, "slowest cells and wires", 0.55),
        (True, "slowest cells, 2.5 Ω", 0.0),
    ):
        sizes, times = slowest(rows, usual)
        axes.plot(
            sizes,
            [1e9 * t / n**2 for n, t in zip(sizes, times)],
            "v-",
            lw=0.8,
            ms=3,
            color=str(0.35 + 0.5 * shade),
            label=label,
        )
    for name, (label, colour) in PLAIN.items():
        sizes, times = curve(rows, "nodal", name)
        axes.plot(
            sizes,
            [1e9 * t / n**2 for n, t in zip(sizes, times)],
            "o-",
            color=colour,
            label=label,
        )
    axes.set_yscale("log")
    axes.set_ylabel("the same, for each cell (ns)")
    low, high = axes.get_ylim()
    ticks = [t for t in (5, 10, 20, 50, 100, 200, 500, 1000) if low <= t <= high]
    axes.set_ylim(low, 2.2 * high)
    axes.set_yticks(ticks)
    axes.set_yticklabels([f"{t}" for t in ticks])
    axes.legend(loc="upper right", ncol=2, columnspacing=1.2, handlelength=1.6)
    size_axis(axes, min(sizes), max(sizes))


def draw(rows):
    figure, panels = plt.subplots(1, 2, figsize=(style.TWO_COLUMNS, 3.1))
    figure.subplots_adjust(left=0.085, right=0.985, top=0.93, bottom=0.14, wspace=0.24)
    draw_times(panels[0], rows)
    draw_per_cell(panels[1], rows)
    for axes, letter in zip(panels, "ab"):
        style.panel(axes, letter)
    return figure


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("tables", nargs="+", help="what bench/nodal wrote, CSV")
    parser.add_argument("-o", "--output", default="results", help="folder of figures")
    given = parser.parse_args()
    style.save(draw(read(given.tables)), given.output, "nodal")
