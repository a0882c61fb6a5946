#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ideal against real column currents, and what each column loses, over all samples and
inputs.

    plotting/fig_currents.py results/digits_r2.5.h5 [-o FOLDER]
"""

import numpy as np

import digits
import style
from style import plt


def legend(right):
    """What the bars are, above them."""
    right.plot([], [], "_", color="black", ms=6, label="median")
    right.plot([], [], color=style.SKY, lw=4, label="middle half of inputs")
    right.plot([], [], color=style.GREY, lw=0.8, label="all inputs")
    right.legend(
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

    factor, unit = style.scaled(ideal.ravel())
    low = 1.04 * min(ideal.min(), real.min(), 0) * factor
    top = 1.04 * max(ideal.max(), real.max(), 0) * factor
    left.plot([low, top], [low, top], color=style.GREY, lw=0.8, ls="--")
    left.annotate(
        "no loss",
        (low + 0.62 * (top - low),) * 2,
        (-3, 3),
        textcoords="offset points",
        color=style.GREY,
        fontsize=7,
        rotation=45,
        rotation_mode="anchor",
        ha="center",
    )
    left.scatter(
        ideal * factor,
        real * factor,
        s=2.5,
        lw=0,
        alpha=0.6,
        color=style.BLUE,
        rasterized=True,
    )
    left.set(xlim=(low, top), ylim=(low, top), aspect="equal")
    left.set_xlabel(f"ideal column current ({unit})")
    left.set_ylabel(f"real column current ({unit})")
    lost = 100 * digits.loss(ideal, real)
    columns = np.arange(lost.shape[1])
    right.vlines(columns, lost.min(axis=0), lost.max(axis=0), color=style.GREY, lw=0.8)
    low, high = np.percentile(lost, (25, 75), axis=0)
    right.vlines(columns, low, high, color=style.SKY, lw=4)
    right.plot(columns, np.median(lost, axis=0), "_", color="black", ms=6)
    style.integer_ticks(right.xaxis)
    right.set_xlabel("column $j$")
    right.set_ylabel("lost share of the ideal current (%)")
    right.set_ylim(min(0, 1.05 * lost.min()), None)
    legend(right)

    style.panel(left, "a")
    style.panel(right, "b")
    return figure


if __name__ == "__main__":
    given = style.arguments(__doc__.split("\n")[0]).parse_args()
    engines = ("ideal", style.truth(given.result))
    currents = [digits.outputs(given.result, engine) for engine in engines]
    style.save(draw(*currents), given.output, "fig_currents")
