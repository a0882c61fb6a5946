# SPDX-License-Identifier: GPL-3.0-or-later
"""What all figures share: their look, how results are opened, where figures go.

The colours are Okabe and Ito's, which the colour-blind tell apart; maps are viridis, or
PuOr where a quantity has a sign.
"""

import argparse
import math
import pathlib

import matplotlib

matplotlib.use("Agg")  # files only: no window is ever needed

import matplotlib.pyplot as plt  # noqa: E402  (the back end comes first)
import xarray as xr  # noqa: E402
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter  # noqa: E402

ONE_COLUMN, TWO_COLUMNS = 3.5, 7.2  # inch, as journals set them

BLUE, ORANGE, GREEN, RED, SKY, PINK, GREY = (
    "#0072b2",
    "#e69f00",
    "#009e73",
    "#d55e00",
    "#56b4e9",
    "#cc79a7",
    "#6e6e6e",
)

plt.rcParams.update(
    {
        "figure.dpi": 100,
        "savefig.dpi": 200,
        "font.size": 8,
        "axes.titlesize": 8,
        "axes.labelsize": 8,
        "xtick.labelsize": 7,
        "ytick.labelsize": 7,
        "legend.fontsize": 7,
        "legend.frameon": False,
        "axes.linewidth": 0.6,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "xtick.major.width": 0.6,
        "ytick.major.width": 0.6,
        "lines.linewidth": 1.2,
        "lines.markersize": 4,
        "image.interpolation": "nearest",
        "image.cmap": "viridis",
        "pdf.fonttype": 42,  # text stays text
        "svg.hashsalt": "xbar",
    }
)


def open_result(path, group=None):
    """A result file, or one engine's part of it, as an xarray dataset."""
    try:
        return xr.open_dataset(path, group=group, engine="h5netcdf")
    except (OSError, KeyError, ValueError) as reason:
        where = f"{path}, group {group}" if group else path
        raise SystemExit(f"{where}: not a result that can be drawn: {reason}")


def done(path, engine="spice", needs=()):
    """One engine's results, all of them done: figures never draw half a run.

    needs: variables without which there is nothing to draw.
    """
    data = open_result(path, engine)
    for name in needs:
        if name not in data:
            raise SystemExit(f"{path}: no {name} of {engine} in it: not a run of that kind")
    missing = int((data.status != 1).sum())
    if missing:
        raise SystemExit(f"{path}: {missing} results of {engine} are not done")
    return data


def truth(path):
    """The engine that stands for the real array: ngspice where it ran, else the solver."""
    there = open_result(path).attrs.get("engines", "").replace(",", " ").split()
    return next((name for name in ("spice", "nodal") if name in there), "spice")


def scaled(i):
    """Amperes in the unit that suits the largest. @return factor, unit"""
    largest = max((abs(float(x)) for x in i if math.isfinite(x)), default=0)
    for factor, unit in ((1, "A"), (1e3, "mA"), (1e6, "µA"), (1e9, "nA"), (1e12, "pA")):
        if largest * factor >= 1:
            return factor, unit
    return 1e15, "fA"


def log_ticks(axis):
    """Numbers at 1, 2 and 5 of each decade, where an axis has too few decades for 10^n."""
    low, high = sorted(axis.get_view_interval())
    decades = math.log10(high / low)
    if decades > 3:
        return
    subs = (1, 2, 5) if decades < 1.7 else (1, 3) if decades < 2.5 else (1,)
    axis.set_major_locator(LogLocator(subs=subs))
    axis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
    axis.set_minor_formatter(NullFormatter())


def integer_ticks(axis):
    """Rows and columns are counted."""
    axis.get_major_locator().set_params(integer=True)


def arguments(what, several=False):
    """The arguments of every figure script: results in, one folder out."""
    parser = argparse.ArgumentParser(description=what)
    if several:
        parser.add_argument("results", nargs="+", help="result files, HDF5")
    else:
        parser.add_argument("result", help="result file, HDF5")
    parser.add_argument("-o", "--output", default="results", help="folder of figures")
    return parser


def panel(axes, letter, x=0.0, y=1.0):
    """The panel's letter, a fixed distance above its left end."""
    axes.annotate(
        letter,
        (x, y),
        (-4, 5),
        xycoords="axes fraction",
        textcoords="offset points",
        fontweight="bold",
        fontsize=9,
        ha="right",
    )


def frame(axes):
    """Maps have all four sides."""
    for side in axes.spines.values():
        side.set_visible(True)


def save(figure, folder, name):
    """Vector and pixels, with nothing in them that changes from run to run."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for ending, metadata in (("pdf", {"CreationDate": None}), ("png", {})):
        path = folder / f"{name}.{ending}"
        figure.savefig(path, metadata=metadata)
        print(path)
