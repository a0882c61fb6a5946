#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Current against voltage of what does not move: one figure a device.

    plotting/fig_curves.py results/curves [-o FOLDER]

From the runs of experiments/curves/run.py: lines are C, circles ngspice.
"""

import pathlib

import numpy as np

import style
from style import plt

COLOURS = [style.BLUE, style.GREEN, style.ORANGE]


def read(path):
    """What the curve is of, voltage V, currents A of spice and nodal."""
    root = style.open_result(path)
    v = root.v_in.isel(sample=0, row=0).values
    i = [
        style.done(path, engine).i_out.isel(sample=0, col=0).values
        for engine in ("spice", "nodal")
    ]
    return root.attrs["title"], v, *i


def label_of(title):
    if title.startswith("gate"):
        return f"{title} V"
    return f"{float(title) * 1e6:g} µS at 1 V"


def main():
    args = style.arguments(__doc__.splitlines()[0]).parse_args()
    folder = pathlib.Path(args.result)
    names = sorted({path.stem.rsplit("_", 1)[0] for path in folder.glob("*.h5")})
    if not names:
        raise SystemExit(f"{folder}: no results: experiments/curves/run.py first")
    for name in names:
        figure, (left, right) = plt.subplots(1, 2, figsize=(style.TWO_COLUMNS, 2.2))
        for k, path in enumerate(sorted(folder.glob(f"{name}_?.h5"))):
            title, v, spice, nodal = read(path)
            label = label_of(title)
            left.plot(v, 1e6 * nodal, color=COLOURS[k], label=label)
            left.plot(v[::10], 1e6 * spice[::10], "o", mfc="none", color=COLOURS[k])
            some = np.abs(nodal) > 0
            right.semilogy(v[some], np.abs(nodal[some]), color=COLOURS[k])
            right.semilogy(v[::10], np.abs(spice[::10]), "o", mfc="none", color=COLOURS[k])
        left.set_ylabel("current (µA)")
        right.set_ylabel("its magnitude (A)")
        for axes in (left, right):
            axes.set_xlabel("voltage (V)")
        left.legend(loc="upper left")
        figure.tight_layout()
        style.save(figure, args.output, f"curve_{name}")
        plt.close()


if __name__ == "__main__":
    main()
