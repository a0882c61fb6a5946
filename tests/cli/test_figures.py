# SPDX-License-Identifier: GPL-3.0-or-later
"""The digits experiment with a few images, from the program to figures and table."""
import os
import pathlib
import shutil
import subprocess
import sys

import h5py
import numpy as np
import pytest

from conftest import Bench

ROOT = pathlib.Path(__file__).parents[2]
DIGITS = ROOT / "experiments" / "digits"
PLOTTING = ROOT / "plotting"
N_IMAGES = 6
SEGMENTS = ("0", "2.5", "10")
WIRES = ("wire.row_ohm", "wire.col_ohm", "terminals.left.ohm", "terminals.bottom.ohm")

sys.path.insert(0, str(PLOTTING))

import digits  # noqa: E402


def script(path, *args):
    return subprocess.run(
        ["/usr/bin/python3", path, *map(str, args)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "LC_ALL": "C.UTF-8"},
        timeout=120,
    )


def first_images(name):
    rows = [x for x in (DIGITS / name).read_text().split("\n") if not x.startswith("#")]
    return "\n".join(rows[:N_IMAGES]) + "\n"


@pytest.fixture(scope="module")
def short(tmp_path_factory):
    """The experiment's folder with few images, and its results for some segments; tests
    leave it as it is."""
    bench = Bench(tmp_path_factory.mktemp("digits"))
    for path in DIGITS.iterdir():
        if path.suffix in (".yaml", ".csv"):
            bench.write(path.name, path.read_text())
    bench.write("inputs.csv", first_images("inputs.csv"))
    bench.write("labels.csv", first_images("labels.csv"))
    for ohm in SEGMENTS:
        sets = []
        for key in WIRES:
            sets += ["--set", f"crossbar.{key}={ohm}"]
        done = bench.xbar("run", "digits.yaml", "-o", f"digits_r{ohm}.h5", *sets)
        assert done.status == 0, done
    for name in ("digits_map", "digits_sneak"):
        done = bench.xbar("run", f"{name}.yaml", "-o", f"{name}.h5")
        assert done.status == 0, done
    return bench


def by_segment(bench):
    return [bench.folder / f"digits_r{ohm}.h5" for ohm in SEGMENTS]


def test_figures_and_table(short):
    labels = short.folder / "labels.csv"
    figures = {
        "fig_ir_drop": [short.folder / "digits_map.h5"],
        "fig_currents": [short.folder / "digits_r2.5.h5"],
        "fig_accuracy": ["--labels", labels, *by_segment(short)],
        "fig_sneak": [short.folder / "digits_sneak.h5"],
    }
    for name, args in figures.items():
        out = short.folder / "figures"
        done = script(PLOTTING / f"{name}.py", *args, "-o", out)
        assert done.returncode == 0, done.stderr
        assert done.stdout.split() == [f"{out}/{name}.pdf", f"{out}/{name}.png"]
        assert (out / f"{name}.pdf").read_bytes().startswith(b"%PDF")
        assert (out / f"{name}.png").read_bytes().startswith(b"\x89PNG")

    paths = by_segment(short)
    done = script(PLOTTING / "table.py", "--labels", labels, *reversed(paths))
    assert done.returncode == 0, done.stderr
    rows = [line for line in done.stdout.split("\n") if line.startswith("|")]
    cells = [[c.strip() for c in row.strip("|").split("|")] for row in rows[3:]]
    assert [row[0] for row in cells] == list(SEGMENTS)
    for row, path in zip(cells, paths):
        with h5py.File(path) as f:
            real, ideal = f["spice/i_out"][0], f["ideal/i_out"][0]
            wall_time = f["spice/wall_time"][0]
        told = (real[:, 0::2] - real[:, 1::2]).argmax(axis=1)
        share = 100 * np.mean(told == np.loadtxt(labels, dtype=int))
        assert row[1] == f"{share:.1f}"
        assert row[3] == f"{100 * np.mean(1 - real / ideal):.1f}"
        assert row[5] == f"{1e3 * np.median(wall_time):.1f}"


def test_losses_grow_with_the_wires(short):
    losses = []
    for path in by_segment(short):
        with h5py.File(path) as f:
            losses.append(1 - (f["spice/i_out"][0] / f["ideal/i_out"][0]))
    # Without wires only the cells' law is left: at most what i/v at 0.2 V and at 0 V
    # differ by, sinh(a)/a with a = 0.2/0.25.
    assert losses[0].min() >= 0
    assert losses[0].max() <= 1 - 0.8 / np.sinh(0.8)
    for less, more in zip(losses, losses[1:]):
        assert (less < more).all()


def test_half_a_run_is_not_drawn(short, tmp_path):
    path = tmp_path / "digits_r2.5.h5"
    shutil.copy(short.folder / path.name, path)
    with h5py.File(path, "r+") as f:
        f["spice/status"][0, 2] = 2
    done = script(PLOTTING / "fig_currents.py", path, "-o", tmp_path / "figures")
    assert done.returncode != 0
    assert "1 results of spice are not done" in done.stderr
    assert not (tmp_path / "figures").exists()


@pytest.mark.parametrize(
    "name, want",
    [
        ("no_such_file_r1.h5", "not a result"),
        ("labels.csv", "not a result"),
    ],
)
def test_other_files_are_refused(short, name, want):
    done = script(PLOTTING / "fig_currents.py", short.folder / name)
    assert done.returncode != 0 and want in done.stderr
    assert "Traceback" not in done.stderr


def test_labels_of_another_set_are_refused(short):
    done = script(
        PLOTTING / "table.py", "--labels", DIGITS / "labels.csv", *by_segment(short)
    )
    assert done.returncode != 0
    assert f"360 labels for {N_IMAGES} images" in done.stderr


@pytest.mark.parametrize("n_right, n", [(8, 10), (0, 360), (360, 360), (346, 360)])
def test_wilson_interval(n_right, n):
    """Its ends are the shares from which what was seen is just z deviations away."""
    z = 1.959964
    for end in digits.wilson(n_right, n):
        deviation = np.sqrt(max(end * (1 - end), 0) / n)
        assert abs(n_right / n - end) == pytest.approx(z * deviation, abs=1e-9)
    low, high = digits.wilson(8, 10)
    assert (round(low, 4), round(high, 4)) == (0.4902, 0.9433)


def test_segment_from_the_file(short):
    for ohm, path in zip(SEGMENTS, by_segment(short)):
        assert digits.segment_ohm(path) == float(ohm)


def test_segments_that_differ_are_refused(short, tmp_path):
    other = tmp_path / "other.h5"
    other.write_bytes(by_segment(short)[0].read_bytes())
    with h5py.File(other, "r+") as file:
        file.attrs["row_ohm"] = 7.0
    with pytest.raises(SystemExit):
        digits.segment_ohm(other)


def test_classes_are_told_by_the_larger_difference():
    i_out = np.array([[3, 1, 5, 4], [3, 3, 5, 4]])  # differences 2, 1 and 0, 1
    np.testing.assert_array_equal(digits.right(i_out, [0, 0]), [True, False])


def test_training_gives_the_tracked_bytes():
    done = script(DIGITS / "train.py", "--check")
    assert done.returncode == 0, done.stderr
