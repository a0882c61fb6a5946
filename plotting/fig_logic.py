#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A gate's waveforms, and its margin in every row of the array.

    plotting/fig_logic.py results/nor.h5 [-o FOLDER] [--engine nodal]

From a run of experiments/logic/nor.yaml: one step, two operands, several rows.
"""

import style
from style import plt

DASHES = ["-", "-", "--", "-"]  # 1, 0 and 0, 1 lie on each other
NAMES = ["0, 0", "1, 0", "0, 1", "1, 1"]
COLOURS = [style.BLUE, style.ORANGE, style.GREEN, style.RED]


def main():
    parser = style.arguments(__doc__.splitlines()[0])
    parser.add_argument("--engine", default="nodal")
    parser.add_argument("--output-column", type=int, default=2)
    parser.add_argument("--rows", type=int, nargs="+", help="as in the experiment")
    args = parser.parse_args()
    root = style.open_result(args.result).isel(sample=0)
    data = style.done(args.result, args.engine, ["margin", "state"]).isel(sample=0)
    time = 1e9 * root.time.values
    n_rows = data.sizes["input"] // 4
    rows = args.rows or list(range(n_rows))
    figure, axes = plt.subplots(1, 3, figsize=(style.TWO_COLUMNS, 2.3))
    axes[0].plot(time, root.v_col.isel(input=1, col=0), color=style.GREY, label="inputs")
    axes[0].plot(
        time, root.v_col.isel(input=1, col=args.output_column), "--", color="black",
        label="output",
    )
    axes[0].set_ylabel("bit line (V)")
    for k, (name, colour) in enumerate(zip(NAMES, COLOURS)):
        row = rows[0]
        state = data.state.isel(input=k, row=row, col=args.output_column).values
        axes[1].plot(time, state, DASHES[k], color=colour, label=name)
    axes[1].axhline(0.5, color=style.GREY, lw=0.5, ls=":")
    axes[1].set_ylabel("output cell's state $x$")
    axes[1].set_title(f"row {rows[0]}", fontsize=7)
    for axis in axes[:2]:
        axis.set_xlabel("time (ns)")
    axes[0].legend(loc="center left")
    axes[1].legend(
        loc="lower right", bbox_to_anchor=(1, 0.04), title="operands", labelspacing=0.15
    )
    margin = data.margin.values[:, 0].reshape(n_rows, 4)
    for k, (name, colour) in enumerate(zip(NAMES, COLOURS)):
        axes[2].plot(rows, margin[:, k], f"{DASHES[k]}o", ms=2.5, color=colour, label=name)
    axes[2].axhspan(-1.05, 0, color=style.GREY, alpha=0.15, lw=0)
    axes[2].set_ylim(-1.05, 1.05)
    axes[2].set_xlabel("row (drivers below the last)")
    axes[2].set_ylabel("margin; wrong below 0")
    for axis, letter in zip(axes, "abc"):
        style.panel(axis, letter)
    figure.tight_layout()
    style.save(figure, args.output, "logic")


if __name__ == "__main__":
    main()
