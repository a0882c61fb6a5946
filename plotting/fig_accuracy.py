#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Accuracy and current lost as the wire segments' resistance grows.

    plotting/fig_accuracy.py --labels LABELS.csv results/digits_r*.h5 [-o FOLDER]

Bars on the accuracy are its 95 % confidence interval for a test set of this size.
"""

import numpy as np

import digits
import style
from style import plt


def read(paths, labels_path):
    """Rows of (ohm, images right, mean loss, least, most); images right if ideal; n."""
    rows = []
    for path in sorted(paths, key=digits.segment_ohm):
        ideal, real = (digits.outputs(path, engine) for engine in ("ideal", "spice"))
        labels = digits.read_labels(labels_path, len(real))
        lost = digits.loss(ideal, real)
        rows.append(
            (
                digits.segment_ohm(path),
                digits.right(real, labels).sum(),
                lost.mean(),
                *np.percentile(lost, (0, 100)),
            )
        )
    return np.array(rows), digits.right(ideal, labels).sum(), len(labels)


def draw(rows, n_ideal, n):
    ohm, n_right, mean, least, most = rows.T
    figure, (left, right) = plt.subplots(1, 2, figsize=(style.TWO_COLUMNS, 2.6))
    figure.subplots_adjust(left=0.08, right=0.985, top=0.9, bottom=0.18, wspace=0.28)

    low, high = digits.wilson(n_right, n)
    share = n_right / n
    left.axhline(100 * n_ideal / n, color=style.GREY, lw=0.8, ls="--")
    left.annotate(
        f"ideal array: {100 * n_ideal / n:.1f} %",
        (ohm[-1], 100 * n_ideal / n),
        (0, 3),
        textcoords="offset points",
        ha="right",
        fontsize=7,
        color=style.GREY,
    )
    left.errorbar(
        ohm,
        100 * share,
        100 * np.array([share - low, high - share]),
        fmt="o-",
        color=style.BLUE,
        capsize=2,
        elinewidth=0.8,
        label=f"through ngspice, {n} images",
    )
    left.set_ylabel("accuracy (%)")
    left.set_ylim(None, 100)
    left.legend(loc="lower left")

    right.axhline(0, color=style.GREY, lw=0.8, ls="--")
    right.fill_between(
        ohm,
        100 * least,
        100 * most,
        color=style.SKY,
        alpha=0.35,
        lw=0,
        label="all columns and images",
    )
    right.plot(ohm, 100 * mean, "o-", color=style.BLUE, label="mean")
    right.set_ylabel("lost share of the ideal current (%)")
    right.legend(loc="upper left")

    for axes, letter in ((left, "a"), (right, "b")):
        axes.set_xlabel("resistance of a wire segment ($\\Omega$)")
        axes.set_xticks(ohm[(ohm == 0) | (ohm >= 0.08 * ohm[-1])])
        axes.xaxis.set_major_formatter("{x:g}")
        axes.set_xlim(-0.02 * ohm[-1], 1.02 * ohm[-1])
        style.panel(axes, letter)
    return figure


if __name__ == "__main__":
    parser = style.arguments(__doc__.split("\n")[0], several=True)
    parser.add_argument("--labels", required=True, help="CSV: the images' digits")
    given = parser.parse_args()
    style.save(draw(*read(given.results, given.labels)), given.output, "fig_accuracy")
