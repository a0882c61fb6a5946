#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The IR-drop map: the voltage that each cell of the array loses to the wires.

    plotting/fig_ir_drop.py results/digits_map.h5 [-o FOLDER] [--sample K] [--input L]

A cell should see its row's source less its column's. The word line loses part of it on
the way to the cell, and the bit line another part on the way out.
"""

import numpy as np

import style
from style import plt


def drops(path, sample, number):
    """V: the inputs [row]; drops along word lines, bit lines, and of cells [row][col]."""
    first = {"sample": sample, "input": number}
    engines = ("ideal", style.truth(path))
    ideal, real = (style.done(path, engine, ["v_row", "v_col"]) for engine in engines)
    if ideal.v_row.ndim != 4:
        raise SystemExit(f"{path}: a run in time; want one at rest")
    for axis, k in first.items():
        if not 0 <= k < ideal.sizes[axis]:
            raise SystemExit(f"{path}: --{axis} {k}: want 0 to {ideal.sizes[axis] - 1}")
    ideal, real = ideal.isel(first), real.isel(first)
    word = (ideal.v_row - real.v_row).values
    bit = (real.v_col - ideal.v_col).values
    return style.open_result(path).v_in.isel(first).values, word, bit, word + bit


def draw(v_in, word, bit, cell, where):
    figure, axes = plt.subplots(
        1,
        4,
        figsize=(style.TWO_COLUMNS, 4.6),
        sharey=True,
        gridspec_kw={"width_ratios": [0.8, 1, 1, 1], "wspace": 0.18},
    )
    figure.subplots_adjust(left=0.075, right=0.985, top=0.92, bottom=0.2)
    n_rows = len(cell)

    axes[0].barh(np.arange(n_rows), v_in * 1e3, height=0.8, color=style.BLUE)
    axes[0].set_xlabel("word-line input (mV)")
    axes[0].set_ylabel("row $i$")
    axes[0].set_title(f"inputs:\n{where}")
    axes[0].set_xlim(min(0, 1.05e3 * np.nanmin(v_in)), None)

    low = min(0.0, *(np.nanmin(x) for x in (word, bit, cell))) * 1e3
    high = max(np.nanmax(x) for x in (word, bit, cell)) * 1e3
    for k, (drop, title) in enumerate(
        (
            (word, "word line:\nsource $-$ word node"),
            (bit, "bit line:\nbit node $-$ sink"),
            (cell, "cell:\nboth together"),
        ),
        start=1,
    ):
        image = axes[k].imshow(
            drop * 1e3, vmin=low, vmax=high, aspect="auto", cmap="viridis"
        )
        axes[k].set_title(title)
        style.integer_ticks(axes[k].xaxis)
        axes[k].set_xlabel("column $j$")
        style.frame(axes[k])
    step = 8 * -(-n_rows // 64)
    axes[0].set_yticks(range(0, n_rows, step if n_rows > 8 else 1))
    axes[0].set_ylim(n_rows - 0.5, -0.5)
    for letter, ax in zip("abcd", axes):
        style.panel(ax, letter)

    left, right = axes[1].get_position().x0, axes[3].get_position().x1
    bar = figure.add_axes([left, 0.08, right - left, 0.02])
    figure.colorbar(image, cax=bar, orientation="horizontal", label="voltage lost (mV)")
    return figure


if __name__ == "__main__":
    parser = style.arguments(__doc__.split("\n")[0])
    parser.add_argument("--sample", type=int, default=0, metavar="K")
    parser.add_argument("--input", type=int, default=0, metavar="L")
    given = parser.parse_args()
    where = f"sample {given.sample}, input {given.input}"
    found = drops(given.result, given.sample, given.input)
    style.save(draw(*found, where), given.output, "fig_ir_drop")
