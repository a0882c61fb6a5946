#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The circuits of netlists/: written anew they are the tracked ones; ngspice -b replays
them to the currents of `xbar run`; and they show what they say they show."""

import os
import re
import subprocess
from pathlib import Path

import h5py
import numpy as np
import pytest

XBAR = os.environ["XBAR"]
GALLERY = Path(__file__).resolve().parents[2] / "netlists"
NAMES = sorted(path.stem for path in GALLERY.glob("*.cir"))


def replay(path):
    """{"vbottom3": current that leaves through it, A} as ngspice -b prints it."""
    done = subprocess.run(
        ["ngspice", "-b", path], capture_output=True, text=True, check=True, timeout=60
    )
    found = re.findall(r"^i\((v[a-z]+\d+)\) = (\S+)$", done.stdout, re.MULTILINE)
    return {name: float(value) for name, value in found}


def run(name, tmp_path, *extra):
    out = tmp_path / "out.h5"
    command = [XBAR, "run", GALLERY / f"{name}.yaml", "-o", out, *extra]
    subprocess.run(command, check=True)
    return h5py.File(out)


def test_gallery_is_there():
    assert {"read_ir_drop", "sneak_path", "half_write"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_written_anew(name, tmp_path):
    out = tmp_path / "out.cir"
    subprocess.run([XBAR, "netlist", GALLERY / f"{name}.yaml", "-o", out], check=True)
    assert out.read_text() == (GALLERY / f"{name}.cir").read_text()


@pytest.mark.parametrize("name", NAMES)
def test_replayed(name, tmp_path):
    currents = replay(GALLERY / f"{name}.cir")
    with run(name, tmp_path) as result:
        for side in ("left", "right", "top", "bottom"):
            told = result[f"spice/i_{side}"][0, 0]
            for line, current in enumerate(told):
                replayed = -currents.get(f"v{side}{line}", 0.0)
                scale = np.abs(result["spice/i_left"][0, 0]).max()
                assert replayed == pytest.approx(current, rel=1e-9, abs=1e-12 * scale)


def test_ir_drop_shows(tmp_path):
    with run("read_ir_drop", tmp_path) as result:
        out = result["spice/i_out"][0, 0]
        assert np.all(np.diff(out) < 0)  # farther from the drivers, less current
        np.testing.assert_allclose(result["ideal/i_out"][0, 0], 8 * 0.2 * 1e-4)


def test_sneak_path_shows(tmp_path):
    """R_sneak = R (1/(M-1) + 1/(N-1) + 1/((M-1)(N-1)))"""
    with run("sneak_path", tmp_path) as result:
        resistance = 1 / result["spice/i_out"][0, 0, 0]
        assert resistance == pytest.approx(1e4 * (1 / 7 + 1 / 7 + 1 / 49), rel=1e-9)


def test_half_write_shows(tmp_path):
    """The target takes most of V, its neighbours at V/2 far less than half its current."""
    extra = ["--set", "record=[i_cell, v_row, v_col]"]
    with run("half_write", tmp_path, *extra) as result:
        i_cell = result["spice/i_cell"][0, 0]
        v_cell = result["spice/v_row"][0, 0] - result["spice/v_col"][0, 0]
        assert v_cell.argmax() == 7 and 1.3 < v_cell[0, 7] < 1.5
        half_selected = np.concatenate([i_cell[0, :7], i_cell[1:, 7]])
        assert half_selected.max() < 0.1 * i_cell[0, 7]
        unselected = i_cell[1:, :7]
        assert np.abs(unselected).max() < 0.01 * i_cell[0, 7]
