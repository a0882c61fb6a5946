# SPDX-License-Identifier: GPL-3.0-or-later
"""What the figures and the table of the digits experiment read out of its results."""

import numpy as np

import style


def segment_ohm(path):
    """The resistance of a wire segment, the same in rows and columns."""
    told = style.open_result(path).attrs
    if "row_ohm" not in told or told["row_ohm"] != told["col_ohm"]:
        raise SystemExit(f"{path}: want a result with row_ohm equal to col_ohm")
    return float(told["row_ohm"])


def read_labels(path, n_images):
    labels = np.loadtxt(path, dtype=int, ndmin=1)
    if labels.shape != (n_images,):
        raise SystemExit(f"{path}: {labels.size} labels for {n_images} images")
    return labels


def outputs(path, engine):
    """Column currents of one engine, A, [image][column]; of all samples, one behind the
    other, where there are several."""
    i_out = style.done(path, engine, ["i_out"]).i_out
    if i_out.dims != ("sample", "input", "col"):
        raise SystemExit(f"{path}: a run in time; want one at rest")
    return i_out.values.reshape(-1, i_out.shape[-1])


def loss(ideal, real):
    """The share of each ideal column current that the array lost; negative: gained."""
    return (ideal - real) / np.abs(ideal)


def right(i_out, labels):
    """Which images are told: the class whose pair of columns differs most."""
    return (i_out[:, 0::2] - i_out[:, 1::2]).argmax(axis=1) == labels


def wilson(n_right, n, z=1.959964):
    """The share's 95 % confidence interval: E. B. Wilson, J. Am. Stat. Assoc. 22, 1927,
    doi:10.1080/01621459.1927.10502953."""
    share = n_right / n
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return centre - half, centre + half
