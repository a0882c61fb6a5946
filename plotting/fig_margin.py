#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read margin and half-select of growing arrays, by scheme and by what is in series.

    plotting/fig_margin.py results/margin [-o FOLDER]

From the runs of experiments/margin/run.py. The margin is what the selected column's
current loses when the selected cell turns from on to off, as a share of the on current;
the half-select is the largest voltage over a cell that is not selected, as a share of
that over the selected one.
"""

import pathlib

import numpy as np

import style
from style import plt

SCHEMES = {
    "float": ("others open", style.ORANGE),
    "half": ("V/2", style.BLUE),
    "third": ("V/3", style.GREEN),
    "ground": ("others at 0 V", style.RED),
}
SERIES = {
    "none": "ohmic cell alone",
    "diode": "opposed diodes in series",
    "sinh": "sinh selector in series",
    "nmos": "transistor in series",
}


def read(path, engine):
    """Current of the selected column, voltages over all cells [row][col]."""
    first = {"sample": 0, "input": 0}
    data = style.done(path, engine).isel(first)
    n = data.sizes["col"]
    return float(data.i_out[n - 1]), (data.v_row - data.v_col).values


def study(folder, series, scheme, engine):
    """Sizes, margins and half-selects, of the sizes that the engine was asked for."""
    found = []
    for on in sorted(folder.glob(f"{series}_{scheme}_*_on.h5")):
        off = on.with_name(on.name.replace("_on", "_off"))
        n = int(on.stem.split("_")[2])
        engines = style.open_result(on).attrs["engines"].replace(",", " ").split()
        if engine not in engines:
            continue
        (i_on, v), (i_off, _) = read(on, engine), read(off, engine)
        selected = abs(v[0, n - 1])
        v[0, n - 1] = 0
        found.append((n, (i_on - i_off) / i_on, np.nanmax(np.abs(v)) / selected))
    return np.array(sorted(found)).T


def draw_panel(axes, folder, series, which):
    for scheme, (name, colour) in SCHEMES.items():
        nodal = study(folder, series, scheme, "nodal")
        if not len(nodal):
            continue
        axes.plot(nodal[0], nodal[which], color=colour, label=name)
        spice = study(folder, series, scheme, "spice")
        if len(spice):
            axes.plot(spice[0], spice[which], "o", mfc="none", color=colour)
    axes.set_xscale("log", base=2)
    axes.set_xticks([2, 8, 32, 128], ["2", "8", "32", "128"])
    axes.minorticks_off()


def main():
    args = style.arguments(__doc__.splitlines()[0]).parse_args()
    folder = pathlib.Path(args.result)
    if not any(folder.glob("*_on.h5")):
        raise SystemExit(f"{folder}: no results: experiments/margin/run.py first")
    figure, axes = plt.subplots(
        2, len(SERIES), figsize=(style.TWO_COLUMNS, 3.6), sharex=True, sharey="row"
    )
    for k, (series, name) in enumerate(SERIES.items()):
        draw_panel(axes[0, k], folder, series, 1)
        draw_panel(axes[1, k], folder, series, 2)
        axes[0, k].set_title(name)
        axes[1, k].set_xlabel("rows = columns")
        axes[0, k].set_yscale("log")
        style.panel(axes[0, k], "abcd"[k])
        style.panel(axes[1, k], "efgh"[k])
    axes[0, 0].set_ylabel("read margin $\\Delta I / I_{on}$")
    axes[1, 0].set_ylabel("largest other cell's\nvoltage / selected cell's")
    low = min(axis.dataLim.ymin for axis in axes[0])
    axes[0, 0].set_ylim(10 ** np.floor(np.log10(max(low, 1e-9))), 2)
    axes[1, 0].set_ylim(0, None)
    lines, names = axes[0, 0].get_legend_handles_labels()
    lines += axes[0, 0].plot([], [], "o", mfc="none", color=style.GREY)
    axes[0, -1].legend(lines, [*names, "ngspice"], loc="lower left")
    figure.tight_layout()
    style.save(figure, args.output, "margin")


if __name__ == "__main__":
    main()
