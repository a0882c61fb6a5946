#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a calibrated model predicts, beside what it was held against.

    plotting/fig_calibration.py MODEL.h5 [-o FOLDER]

From what `xbar calibrate ... -o MODEL.yaml` leaves beside its model: predictions against
the reference, errors by the place of a column, how often intervals hold, and the error
over the wires' resistance and the array's size. All of data that the fit has not seen.
Of a device: what was measured and the fit over the voltage and line by line, what is left,
and how often intervals hold.
"""

import h5py
import numpy as np
from scipy.special import ndtri

import style
from style import plt

HELD_OUT = 2


def read(path):
    try:
        file = h5py.File(path, "r")
    except OSError as reason:
        raise SystemExit(f"{path}: not a calibrated model: {reason}")
    with file as f:
        groups = list(f["calibration"].values()) if "calibration" in f else []
        if len(groups) != 1:
            raise SystemExit(f"{path}: not a calibrated model")
        data = {k: v[()] for k, v in groups[0].items() if v.dtype.kind == "f"}
        names = []
        if "feature_name" in groups[0]:
            names = [n.decode() for n in groups[0]["feature_name"][()]]
        unit = groups[0]["measured"].attrs["units"]
        model = groups[0]["model"][()]
    model = model.decode() if isinstance(model, bytes) else str(model)
    unit = unit.decode() if isinstance(unit, bytes) else str(unit)
    return model, names, data, unit


def draw_predictions(axes, i, predicted, deviation):
    factor, unit = style.scaled(i)
    axes.errorbar(
        factor * i,
        factor * predicted,
        factor * 1.645 * deviation,
        fmt=".",
        ms=2,
        lw=0.4,
        color=style.BLUE,
        ecolor=style.SKY,
    )
    ends = factor * np.array([i.min(), i.max()])
    axes.plot(ends, ends, color=style.GREY, lw=0.6, zorder=0)
    axes.set_xlabel(f"reference ({unit})")
    axes.set_ylabel(f"predicted ({unit}), 90 % bars")


def draw_columns(axes, col, error):
    cols = np.unique(col)
    spread = [np.percentile(100 * error[col == j], (5, 50, 95)) for j in cols]
    low, middle, high = np.transpose(spread)
    axes.fill_between(cols, low, high, color=style.SKY, alpha=0.5, lw=0)
    axes.plot(cols, middle, color=style.BLUE)
    axes.axhline(0, color=style.GREY, lw=0.6)
    axes.set_xlabel("column $j$")
    axes.set_ylabel("error (%), 90 % within")
    style.integer_ticks(axes.xaxis)


def draw_coverage(axes, score):
    wanted = np.linspace(0.02, 0.98, 49)
    found = [np.mean(np.abs(score) <= ndtri(0.5 + p / 2)) for p in wanted]
    axes.plot(100 * wanted, 100 * np.array(found), color=style.BLUE)
    axes.plot([0, 100], [0, 100], color=style.GREY, lw=0.6)
    at = float(np.mean(np.abs(score) <= ndtri(0.95)))
    axes.plot(90, 100 * at, "o", color=style.RED)
    axes.annotate(
        f"90 % interval: {100 * at:.1f} %", (0.98, 0.04), xycoords="axes fraction",
        ha="right", color=style.RED, fontsize=7,
    )
    axes.set_xlabel("interval (%)")
    axes.set_ylabel("reference inside (%)")


def draw_region(axes, ohm, cells, error):
    """Mean error of the runs of each segment and size; where there is one there are
    runs, so all of it is inside the calibrated region."""
    sizes = np.unique(cells)
    for n, colour in zip(sizes, (style.BLUE, style.ORANGE, style.GREEN, style.RED)):
        mine = cells == n
        ohms = np.unique(ohm[mine])
        mean = [100 * np.mean(np.abs(error[mine & (ohm == r)])) for r in ohms]
        worst = [100 * np.max(np.abs(error[mine & (ohm == r)])) for r in ohms]
        axes.plot(ohms, mean, "-o", ms=3, color=colour, label=f"mean, {n:.0f} cells")
        axes.plot(ohms, worst, ":", color=colour)
        axes.axvspan(ohms.min(), ohms.max(), color=colour, alpha=0.06, lw=0)
    axes.plot([], [], ":", color=style.GREY, label="worst")
    axes.set_yscale("log")
    style.log_ticks(axes.yaxis)
    axes.set_xlabel("segment (Ω), calibrated where shaded")
    axes.set_ylabel("error (%)")
    axes.legend()


def draw_device(figure, axes, model, data, unit):
    """Measured and fitted: a current over its voltage, pulses one by one."""
    is_current, is_train = unit == "A", unit == "1"
    factor, unit = style.scaled(data["measured"]) if is_current else (1, unit)
    unit = "in its own scale" if is_train else unit
    there = np.isfinite(data["measured"])
    unseen = there & (data["role"] == HELD_OUT)
    line = np.arange(len(there))
    measured, predicted = factor * data["measured"], factor * data["predicted"]
    first = (data["volt"], "voltage (V)")
    if is_train:  # ups and downs, each counted from its first pulse
        up = data["volt"] > 0
        first = (np.where(up, np.cumsum(up), np.cumsum(~up)), "pulse, up and down")
    mark = {"ls": "-", "lw": 0.8} if is_current else {"ls": "", "marker": "x", "ms": 2}
    for axis, (x, label) in ((axes[0], first), (axes[1], (line, "line of the data"))):
        axis.plot(x[there], measured[there], ".", ms=2, color=style.GREY, label="measured")
        axis.plot(x, predicted, color=style.BLUE, label=model, **mark)
        axis.set_xlabel(label)
        axis.set_ylabel(f"current ({unit})" if is_current else f"response ({unit})")
    axes[0].legend()
    peak = np.nanmax(np.abs(measured))
    error = 100 * (predicted - measured)[there] / peak
    axes[2].plot(line[there], error, ".", ms=2, color=style.BLUE)
    axes[2].axhline(0, color=style.GREY, lw=0.6)
    axes[2].set_xlabel("line of the data")
    axes[2].set_ylabel("error (% of the peak)")
    draw_coverage(axes[3], data["residual"][unseen] / data["deviation"][unseen])
    for axis, letter in zip(axes, "abcd"):
        style.panel(axis, letter)
    figure.tight_layout(w_pad=1.5)


def main():
    args = style.arguments(__doc__.splitlines()[0]).parse_args()
    model, names, data, unit = read(args.result)
    if "volt" in data:
        figure, axes = plt.subplots(2, 2, figsize=(style.TWO_COLUMNS, 4.4))
        draw_device(figure, axes.ravel(), model, data, unit)
        style.save(figure, args.output, "calibration")
        return
    unseen = data["role"] == HELD_OUT
    i, predicted = data["measured"][unseen], data["predicted"][unseen]
    deviation, residual = data["deviation"][unseen], data["residual"][unseen]
    run = data["run"][unseen].astype(int)
    some = np.abs(i) > 1e-3 * np.abs(i).max()
    error = np.where(some, residual / np.where(some, i, 1), 0)
    features = data["features"][run]
    cells = features[:, names.index("rows")] * features[:, names.index("cols")]
    figure, axes = plt.subplots(2, 2, figsize=(style.TWO_COLUMNS, 4.4))
    axes = axes.ravel()
    draw_predictions(axes[0], i, predicted, deviation)
    draw_columns(axes[1], data["col"][unseen][some], error[some])
    draw_coverage(axes[2], residual / deviation)
    draw_region(axes[3], data["run_row_ohm"][run][some], cells[some], error[some])
    axes[0].set_title(f"{model}, {unseen.sum()} outputs", fontsize=7)
    for axis, letter in zip(axes, "abcd"):
        style.panel(axis, letter)
    figure.tight_layout(w_pad=1.5)
    style.save(figure, args.output, "calibration")


if __name__ == "__main__":
    main()
