#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Trains the linear classifier of the digits experiment and writes it as an array.

    experiments/digits/train.py [--check]

Ten classes, no bias: class k's score is the dot product of an image's 64 pixels with
the weights W[:, k]. Each weight becomes a pair of cells in one word line, whose bit
lines 2k and 2k + 1 are read and subtracted:

    g[i, 2k]     = g_min + s max( W[i, k], 0)
    g[i, 2k + 1] = g_min + s max(-W[i, k], 0),   s = (g_max - g_min) / max |W|

so that I[2k] - I[2k + 1] is the score times a constant, as long as the cells see the
voltages they were meant to see. Every step is seeded; the same libraries write the same
bytes. With --check nothing is written: exit status 1 says that a file would change.
"""

import argparse
import pathlib
import sys

import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

SEED = 1
N_TEST = 360
N_FEW = 24  # to calibrate a model on
V_MAX = 0.2  # V, a pixel of full ink
G_MIN, G_MAX = 1e-5, 1e-3  # S: 100 kohm and 1 kohm
# Inverse weight penalty. Strong penalties spread a weight over many pixels, so that no
# single cell takes the whole range and the others sit at its bottom.
C = 0.1

HERE = pathlib.Path(__file__).resolve().parent

ORIGIN = """\
Handwritten digits, 8 x 8 pixels of 0..16: "Optical Recognition of Handwritten Digits",
E. Alpaydin and C. Kaynak, UCI Machine Learning Repository, 1998, doi:10.24432/C50P49,
licence CC BY 4.0, as scikit-learn's load_digits() ships it.
Made by experiments/digits/train.py, seed {seed}.
"""


def split():
    """Images as fractions of full ink and their digits: training set, test set."""
    digits = load_digits()
    return train_test_split(
        digits.data / 16.0,
        digits.target,
        test_size=N_TEST,
        random_state=SEED,
        stratify=digits.target,
    )


def train(images, labels):
    """W[64][10]. Newton's method, run to the end, leaves nothing to chance: the optimum
    of the penalised problem is unique."""
    model = LogisticRegression(
        C=C,
        fit_intercept=False,
        multi_class="multinomial",
        solver="newton-cg",
        tol=1e-8,
        max_iter=1000,
    )
    return model.fit(images, labels).coef_.T


def to_conductance(weights):
    """Differential pairs: g[64][20], S."""
    scale = (G_MAX - G_MIN) / np.abs(weights).max()
    g = np.empty((weights.shape[0], 2 * weights.shape[1]))
    g[:, 0::2] = G_MIN + scale * np.maximum(weights, 0.0)
    g[:, 1::2] = G_MIN + scale * np.maximum(-weights, 0.0)
    return g


def accuracy(scores, labels):
    return float(np.mean(scores.argmax(axis=1) == labels))


def csv(what, rows, number):
    head = (ORIGIN.format(seed=SEED) + what).rstrip("\n").split("\n")
    lines = ["# " + line for line in head]
    lines += [",".join(number % value for value in row) for row in rows]
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing, compare")
    arguments = parser.parse_args()

    train_x, test_x, train_y, test_y = split()
    weights = train(train_x, train_y)
    # Five digits: more than any cell can be set to, and fewer than a library's rounding
    # can disturb.
    g = np.array([[float("%.5g" % x) for x in row] for row in to_conductance(weights)])
    scores = test_x @ (g[:, 0::2] - g[:, 1::2])
    # The map's input: the training image that lies closest to the mean of all of them.
    typical = train_x[np.argmin(((train_x - train_x.mean(axis=0)) ** 2).sum(axis=1))]

    # Some training images to calibrate a model on: none of them is in the test set.
    few = train_x[np.random.default_rng(SEED).choice(len(train_x), N_FEW, replace=False)]

    files = {
        "conductance.csv": csv(
            "Weights of a linear classifier as differential pairs of cells.\n"
            "Siemens; 64 word lines (pixels, row by row) x 20 bit lines (2k: positive\n"
            "part of class k's weights, 2k + 1: negative part).\n",
            g,
            "%.5g",
        ),
        "inputs.csv": csv(
            f"The {N_TEST} test images as word-line voltages: pixel / 16 x {V_MAX} V.\n"
            "Volts; image x 64 word lines.\n",
            test_x * V_MAX,
            "%.6g",
        ),
        "labels.csv": csv(
            f"The digits that the {N_TEST} images of inputs.csv show.\n",
            test_y[:, None],
            "%d",
        ),
        "few.csv": csv(
            f"{N_FEW} training images, drawn by lot, as word-line voltages.\n"
            "Volts; image x 64 word lines.\n",
            few * V_MAX,
            "%.6g",
        ),
        "typical.csv": csv(
            "The training image nearest to the mean image, as word-line voltages.\n"
            "Volts; 1 x 64 word lines.\n",
            typical[None, :] * V_MAX,
            "%.6g",
        ),
    }
    print(f"training accuracy {accuracy(train_x @ weights, train_y):.4f}")
    print(f"test accuracy     {accuracy(test_x @ weights, test_y):.4f} (float weights)")
    print(f"                  {accuracy(scores, test_y):.4f} (as conductances)")
    print(f"conductance       {g.min():g}..{g.max():g} S, mean {g.mean():.3g} S")

    changed = 0
    for name, text in files.items():
        path = HERE / name
        if path.exists() and path.read_text() == text:
            continue
        changed += 1
        if arguments.check:
            print(f"{path} would change", file=sys.stderr)
        else:
            path.write_text(text)
            print(f"wrote {path} ({len(text)} bytes)")
    return 1 if arguments.check and changed else 0


if __name__ == "__main__":
    sys.exit(main())
