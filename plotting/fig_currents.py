#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ideal against real column currents, and what each column loses.

    plotting/fig_currents.py results/digits_r2.5.h5 [-o FOLDER]
"""

import numpy as np

import digits
import style
from style import plt


def legend(left, right):
    """Both panels' signs, above them."""
    for colour, name in ((style.BLUE, "positive"), (style.ORANGE, "negative")):
        left.plot([], [], "o", ms=4, color=colour, label=f"{name} columns")
    right.plot([], [], "_", color="black", ms=6, label="median")
    right.plot([], [], color=style.GREY, lw=4, label="middle half of images")
    right.plot([], [], color=style.GREY, lw=0.8, label="all images")
    for axes in (left, right):
        axes.legend(
            loc="lower right",
            bbox_to_anchor=(1.02, 0.99),
            ncol=3,
            columnspacing=1.2,
            handlelength=1.2,
            handletextpad=0.7,
            borderaxespad=0,
        )


def draw(ideal, real):
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(style.TWO_COLUMNS, 2.9), gridspec_kw={"width_ratios": (1, 1.45)}
    )
    figure.subplots_adjust(left=0.075, right=0.985, top=0.9, bottom=0.15, wspace=0.22)

    top = 1.04 * max(ideal.max(), real.max()) * 1e6
    left.plot([0, top], [0, top], color=style.GREY, lw=0.8, ls="--")
    left.annotate(
        "no loss",
        (0.62 * top, 0.62 * top),
        (-3, 3),
        textcoords="offset points",
        color=style.GREY,
        fontsize=7,
        rotation=45,
        rotation_mode="anchor",
        ha="center",
    )
    # One scatter in the order of the file: neither kind of column hides the other.
    pair = np.array([style.BLUE, style.ORANGE])
    colours = np.broadcast_to(pair[np.arange(ideal.shape[1]) % 2], ideal.shape)
    left.scatter(
        ideal * 1e6,
        real * 1e6,
        s=2.5,
        lw=0,
        alpha=0.6,
        color=colours.ravel(),
        rasterized=True,
    )
    left.set(xlim=(0, top), ylim=(0, top), aspect="equal")
    left.set_xlabel("ideal column current (µA)")
    left.set_ylabel("real column current (µA)")
    lost = 100 * digits.loss(ideal, real)
    columns = np.arange(lost.shape[1])
    right.vlines(columns, lost.min(axis=0), lost.max(axis=0), color=style.GREY, lw=0.8)
    low, high = np.percentile(lost, (25, 75), axis=0)
    right.vlines(columns, low, high, color=pair[columns % 2], lw=4)
    right.plot(columns, np.median(lost, axis=0), "_", color="black", ms=6)
    right.set_xticks([0, 5, 10, 15, columns[-1]])
    right.set_xlabel("column $j$")
    right.set_ylabel("lost share of the ideal current (%)")
    right.set_ylim(min(0, 1.05 * lost.min()), None)
    legend(left, right)

    style.panel(left, "a")
    style.panel(right, "b")
    return figure


if __name__ == "__main__":
    given = style.arguments(__doc__.split("\n")[0]).parse_args()
    currents = [digits.outputs(given.result, engine) for engine in ("ideal", "spice")]
    style.save(draw(*currents), given.output, "fig_currents")
