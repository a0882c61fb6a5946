#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What happens to a worker is one sample's fate: killed, out of time, it is recorded as
failed and named, and the others are right."""

import os
import re
import signal
import subprocess
import time
from pathlib import Path

import h5py
import numpy as np
import pytest

XBAR = os.environ.get("XBAR", "")

EXPERIMENT = """
title: Slow enough to be caught
engines: [spice, ideal]
crossbar:
  rows: 48
  cols: 48
  wire: {row_ohm: 2.5, col_ohm: 2.5}
  terminals:
    left: {volt: input, ohm: 2.5}
    bottom: {volt: 0, ohm: 2.5}
  cell: {device: sinh}
conductance: {distribution: loguniform, min: 1.0e-5, max: 1.0e-3, samples: 3}
inputs: {distribution: uniform, min: 0, max: 1, count: 8}
"""


def children(pid):
    """Processes whose parent is pid, by /proc."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            found.append(int(entry.parent.name))
    return found


def wait_for(condition, seconds=60.0):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.002)
    pytest.fail("nothing came of waiting")


def start(folder, *extra):
    (folder / "slow.yaml").write_text(EXPERIMENT)
    return subprocess.Popen(
        [XBAR, "run", "slow.yaml", "-o", "out.h5", "-j", "1", *extra],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("undisturbed")
    run = start(folder)
    assert run.communicate(timeout=120) and run.returncode == 0
    with h5py.File(folder / "out.h5") as result:
        return result["spice/i_out"][:]


def shoot_workers(run, times):
    """Kills the worker that is at work, and the one that takes its place."""
    (chief,) = wait_for(lambda: children(run.pid))
    shot = set()
    while len(shot) < times:
        (worker,) = wait_for(lambda: [w for w in children(chief) if w not in shot])
        time.sleep(0.02)  # until it is at the solver
        os.kill(worker, signal.SIGKILL)
        shot.add(worker)


def test_killed_worker(tmp_path, undisturbed):
    """Shot once, from outside: another does its work, and nobody notices."""
    run = start(tmp_path)
    shoot_workers(run, 1)
    out, err = run.communicate(timeout=120)
    assert run.returncode == 0, err
    with h5py.File(tmp_path / "out.h5") as result:
        assert np.array_equal(result["spice/i_out"][:], undisturbed)


def test_killed_again(tmp_path, undisturbed):
    """Shot twice over one input: that input has failed, and only that. A shot that comes
    before the solver is at work blames no input, so it may take more than one try."""
    for attempt in range(8):
        run = start(tmp_path)
        shoot_workers(run, 2)
        out, err = run.communicate(timeout=120)
        assert out == ""
        if run.returncode == 1:
            break
        assert run.returncode == 0, err
        (tmp_path / "out.h5").unlink()
    (at,) = re.findall(r"sample 0, input (\d): spice: its process was ended by signal 9", err)
    at = int(at)
    with h5py.File(tmp_path / "out.h5") as result:
        status = result["spice/status"][:]
        assert status[0, at] == 3 and (status == 1).sum() == status.size - 1
        assert np.all(result["ideal/status"][:] == 1)
        i_out = result["spice/i_out"][:]
        assert np.all(np.isnan(i_out[0, at]))
        assert np.array_equal(i_out[1:], undisturbed[1:])
        others = [k for k in range(4) if k != at]
        np.testing.assert_allclose(i_out[0, others], undisturbed[0, others], rtol=1e-9)


def test_killed_chief(tmp_path, undisturbed):
    """A crew that dies is replaced: nothing is lost, and nobody notices."""
    run = start(tmp_path)
    (chief,) = wait_for(lambda: children(run.pid))
    wait_for(lambda: children(chief))
    os.kill(chief, signal.SIGKILL)
    out, err = run.communicate(timeout=120)
    assert run.returncode == 0, err
    with h5py.File(tmp_path / "out.h5") as result:
        assert np.array_equal(result["spice/i_out"][:], undisturbed)


def test_killed_supervisor_takes_all_along(tmp_path):
    run = start(tmp_path)
    (chief,) = wait_for(lambda: children(run.pid))
    workers = wait_for(lambda: children(chief))
    run.kill()
    run.communicate(timeout=60)
    gone = lambda: not any(Path(f"/proc/{pid}").exists() for pid in (chief, *workers))
    wait_for(gone, 10.0)


def test_out_of_time(tmp_path):
    run = start(tmp_path, "--time-limit", "0.001")
    out, err = run.communicate(timeout=120)
    assert run.returncode == 1
    lines = err.splitlines()
    assert len(lines) == 4
    for k in range(3):
        assert f"sample {k}, 8 inputs" in lines[k]
        assert "ran past the time limit of 0.001 s" in lines[k]
    with h5py.File(tmp_path / "out.h5") as result:
        assert np.all(result["spice/status"][:] == 3)
        assert np.all(result["ideal/status"][:] == 1)


@pytest.mark.parametrize("limit", ["0", "-1", "soon", "nan", "1e99", ""])
def test_impossible_limits(tmp_path, limit):
    run = start(tmp_path, "--time-limit", limit)
    out, err = run.communicate(timeout=60)
    assert run.returncode == 2
    assert len(err.splitlines()) == 1 and "--time-limit" in err


def test_interrupted(tmp_path, undisturbed):
    """^C: one line, the finished samples kept, and the next run goes on from them."""
    run = start(tmp_path)
    parts = tmp_path / "out.h5.parts"
    wait_for(lambda: list(parts.glob("*.h5")))
    run.send_signal(signal.SIGINT)
    out, err = run.communicate(timeout=60)
    assert run.returncode == -signal.SIGINT
    assert len(err.splitlines()) == 1 and "out.h5.parts" in err
    assert not (tmp_path / "out.h5").exists()
    again = start(tmp_path)
    out, err = again.communicate(timeout=120)
    assert again.returncode == 0 and "found finished" in err
    with h5py.File(tmp_path / "out.h5") as result:
        assert np.array_equal(result["spice/i_out"][:], undisturbed)
