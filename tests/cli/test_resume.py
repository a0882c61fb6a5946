# SPDX-License-Identifier: GPL-3.0-or-later
"""Interrupted runs: killed at any moment, out of disk, out of order. What was finished is
kept and not computed again, and the final numbers are those of an undisturbed run."""
import os
import random
import resource
import signal
import subprocess
import time

import h5py
import numpy as np
import pytest

from conftest import DONE, Result, assert_one_line, assert_quiet, experiment

SEED = 20
KILLS = 14


def campaign(engines=("spice", "ideal"), samples=160, device="linear", rows=10, **more):
    """Long enough (a second or so) to be killed in the middle of."""
    return experiment(
        rows,
        rows,
        *(2.5, 2.5),
        device,
        left=("input", 2.5),
        bottom=(0, 2.5),
        engines=list(engines),
        seed=3,
        conductance={
            "distribution": "loguniform",
            "min": 1e-5,
            "max": 1e-3,
            "samples": samples,
        },
        inputs={"distribution": "uniform", "min": 0, "max": 0.2, "count": 6},
        **more,
    )


# experiment's text -> numbers and seconds of its undisturbed run
UNDISTURBED = {}


class Runs:
    """Runs of one experiment into files of different names."""

    def __init__(self, bench, spec):
        self.bench = bench
        text = bench.write("long.yaml", spec).read_text()
        if text not in UNDISTURBED:
            began = time.monotonic()
            result = self.finish("undisturbed.h5")
            UNDISTURBED[text] = (result, time.monotonic() - began)
            result.path.unlink()
        self.undisturbed, self.seconds = UNDISTURBED[text]

    def start(self, target, *args):
        return subprocess.Popen(
            self.bench.command("run", "long.yaml", "-o", target, *args),
            cwd=self.bench.folder,
            env=self.bench.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    def finish(self, target, *args):
        done = self.bench.xbar("run", "long.yaml", "-o", target, *args)
        assert_quiet(done)
        return Result(self.bench.folder / target)

    def kill(self, target, after, *args, group=True):
        """Starts a run and kills it. @return was it killed before its end?"""
        process = self.start(target, *args)
        time.sleep(after)
        try:
            if group:
                os.killpg(process.pid, signal.SIGKILL)
            else:
                process.kill()
        except ProcessLookupError:
            pass
        out, _ = process.communicate(timeout=60)
        assert out == b""
        return process.returncode == -signal.SIGKILL

    def parts(self, target):
        """Without the lock, and without half-written parts under temporary names."""
        folder = self.bench.folder / f"{target}.parts"
        return sorted(folder.glob("*.h5"))


def wall_times(paths):
    """All wall times that stand in some part files: unique enough to know a part by."""
    found = set()

    def collect(name, item):
        if name.endswith("wall_time") and isinstance(item, h5py.Dataset):
            found.update(float(x) for x in item[()].ravel())

    for path in paths:
        with h5py.File(path, "r") as f:
            f.visititems(collect)
    return {x for x in found if x > 0}


def wait_for_parts(runs, target, process, count):
    """Until some parts are there; the run is still on."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        if len(runs.parts(target)) >= count:
            return
        assert process.poll() is None, "the run ended before it could be disturbed"
        time.sleep(0.002)
    pytest.fail("no parts appear while the run is on")


def kill_with_parts(runs, target, count, *args):
    """Starts a run and kills it when it has so many parts."""
    process = runs.start(target, *args)
    wait_for_parts(runs, target, process, count)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL, "the run was over before it was killed"
    assert len(wall_times(runs.parts(target))) >= count


def test_killed_at_random_moments(bench):
    """Again and again, with and without --resume, until a run gets through."""
    runs = Runs(bench, campaign())
    draw = random.Random(SEED)
    killed = 0
    for trial in range(KILLS):
        target = f"killed{trial}.h5"
        args = ["--resume"] if trial % 2 else []
        group = trial % 3 != 0
        if runs.kill(target, draw.uniform(0, runs.seconds), group=group):
            killed += 1
            assert not (bench.folder / target).exists() or Result(bench.folder / target)
        if trial % 4 == 0:  # a second time, before the third gets through
            runs.kill(target, draw.uniform(0, runs.seconds), *args, group=group)
        result = runs.finish(target, *args)
        runs.undisturbed.assert_same_numbers(result)
        assert not (bench.folder / f"{target}.parts").exists()
    assert killed >= KILLS // 2, f"only {killed} of {KILLS} runs were killed in time"
    left = {n for n in bench.files() if not n.endswith((".h5", "long.yaml"))}
    assert not left, left


def test_finished_parts_are_not_computed_again(bench):
    runs = Runs(bench, campaign())
    kill_with_parts(runs, "a.h5", 3)
    kept = wall_times(runs.parts("a.h5"))
    result = runs.finish("a.h5", "--resume")
    final = {
        float(x)
        for name in result.data
        if name.endswith("/wall_time")
        for x in result[name].ravel()
    }
    assert kept <= final, f"{len(kept - final)} of {len(kept)} were computed again"
    runs.undisturbed.assert_same_numbers(result)


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_stopped_politely(bench, stop):
    """A signal: no result file, parts kept, no child left, no wild output."""
    if signal.getsignal(stop) == signal.SIG_IGN:  # under nohup, which a run respects
        signal.signal(stop, signal.SIG_DFL)
    runs = Runs(bench, campaign())
    process = runs.start("a.h5")
    wait_for_parts(runs, "a.h5", process, 2)
    process.send_signal(stop)
    out, err = process.communicate(timeout=20)
    assert process.returncode != 0 and out == b""
    assert err.count(b"\n") <= 1
    assert not (bench.folder / "a.h5").exists()
    time.sleep(0.2)
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)
    runs.undisturbed.assert_same_numbers(runs.finish("a.h5"))


def test_number_of_jobs_changes_nothing(bench):
    runs = Runs(bench, campaign(samples=12))
    for jobs in ("1", "2", "5"):
        result = runs.finish(f"jobs{jobs}.h5", "-j", jobs)
        runs.undisturbed.assert_same_numbers(result)


def free():
    """A sample a block. None has the circuit of the one before it: other cells are open."""
    cells = {"on": 0.01, "off": 0.1, "on_siemens": 1e-2, "off_siemens": 0}
    return campaign(("spice", "nodal"), 40, rows=24, faults={"stuck": cells})


def test_number_of_jobs_changes_nothing_where_circuits_differ(bench):
    runs = Runs(bench, free())
    for jobs in ("1", "2", "5"):
        result = runs.finish(f"jobs{jobs}.h5", "-j", jobs)
        runs.undisturbed.assert_same_numbers(result)


def test_no_circuit_that_a_block_has_left_tells_on_the_next(bench):
    """Inputs of growing range, the first as in all samples, and open cells that all samples
    but the first have in common: circuits that could serve others as well."""
    n = 20
    draw = np.random.default_rng(SEED)
    g = 10 ** draw.uniform(-6, -3, (8, n, n))
    g[0, draw.random((n, n)) < 0.2] = 0
    g[1:, draw.random((n, n)) < 0.2] = 0
    with h5py.File(bench.folder / "g.h5", "w") as f:
        f["g"] = g
    volts = draw.normal(size=(60, n)) * np.geomspace(1e-3, 10, 60)[:, None]
    np.savetxt(bench.folder / "v.csv", volts, fmt="%.17g")
    for ohm in (2.5, 0):
        spec = experiment(
            n,
            n,
            *(2.5, 2.5),
            left=("input", ohm),
            bottom=(0, ohm),
            engines=["spice"],
            conductance={"file": "g.h5", "dataset": "/g"},
            inputs={"file": "v.csv"},
        )
        runs = Runs(bench, spec)
        for jobs in ("1", "3"):
            result = runs.finish(f"jobs{jobs}_{ohm}.h5", "-j", jobs)
            runs.undisturbed.assert_same_numbers(result)


def test_workers_shot_again_and_again(bench):
    """Each time another does what they have left; who is shot twice at one block may be
    blamed for it."""
    runs = Runs(bench, free())
    draw = random.Random(SEED)
    process = runs.start("a.h5", "-j", "2")
    wait_for_parts(runs, "a.h5", process, 1)
    shot = 0
    while process.poll() is None:
        for chief in children(process.pid):
            for worker in children(chief):
                try:
                    os.kill(worker, signal.SIGKILL)
                    shot += 1
                except ProcessLookupError:
                    pass
        time.sleep(draw.uniform(0.1, 0.3))
    out, err = process.communicate(timeout=60)
    assert process.returncode in (0, 1) and out == b"", err
    assert shot >= 2
    result = Result(bench.folder / "a.h5")
    assert (process.returncode == 1) == bool((result["spice/status"] != DONE).any())
    if process.returncode == 1:
        result = runs.finish("a.h5")
    runs.undisturbed.assert_same_numbers(result)


def test_sinh_is_resumed_too(bench):
    """Newton's iteration starts from the same state whatever ran before."""
    runs = Runs(bench, campaign(device="sinh", samples=16, rows=8))
    draw = random.Random(SEED)
    for trial in range(3):
        target = f"killed{trial}.h5"
        runs.kill(target, draw.uniform(0.1, 0.9) * runs.seconds, "-j", str(trial + 1))
        runs.undisturbed.assert_same_numbers(runs.finish(target))


def team():
    """Cells and size of which one worker does two samples after one another, the second
    from where Newton's iteration left the first, and each is a part of its own."""
    return campaign(engines=["spice"], device="sinh", samples=10, rows=44)


def test_number_of_jobs_changes_no_team(bench):
    runs = Runs(bench, team())
    for jobs in ("1", "2", "5"):
        result = runs.finish(f"jobs{jobs}.h5", "-j", jobs)
        runs.undisturbed.assert_same_numbers(result)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_worker_cut_short_keeps_its_finished_samples(bench, count):
    runs = Runs(bench, team())
    kill_with_parts(runs, "a.h5", count)
    kept = wall_times(runs.parts("a.h5"))
    result = runs.finish("a.h5", "--resume")
    assert kept <= set(result["spice/wall_time"].ravel()), "computed again"
    runs.undisturbed.assert_same_numbers(result)


def test_what_follows_a_lost_sample_is_computed_again(bench):
    """It would not begin where it began."""
    runs = Runs(bench, team())
    kill_with_parts(runs, "a.h5", 4, "-j", "1")  # the first four
    first = runs.parts("a.h5")[0]
    kept = wall_times(runs.parts("a.h5")[2:4])
    again = wall_times(runs.parts("a.h5")[:2])
    first.unlink()
    result = runs.finish("a.h5", "--resume")
    final = set(result["spice/wall_time"].ravel())
    assert kept <= final and not again & final
    runs.undisturbed.assert_same_numbers(result)


@pytest.mark.parametrize("count", [1, 3])
def test_a_worker_shot_between_its_samples(bench, count):
    runs = Runs(bench, team())
    process = runs.start("a.h5", "-j", "1")
    wait_for_parts(runs, "a.h5", process, count)
    time.sleep(0.03)  # until it has noted that the part stands
    kept = wall_times(runs.parts("a.h5")[:count])
    (chief,) = children(process.pid)
    for worker in children(chief):
        os.kill(worker, signal.SIGKILL)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err.count(b"\n")) == (0, b"", 1), err
    result = Result(bench.folder / "a.h5")
    assert kept <= set(result["spice/wall_time"].ravel()), "computed again"
    runs.undisturbed.assert_same_numbers(result)


def test_only_the_selected_sample_depends_on_the_seed(bench):
    """Sample k depends on (seed, k) alone: fewer samples, the same first ones."""
    cases = (("linear", 3, 7), ("linear", 3, 90), ("sinh", 3, 40), ("sinh", 1, 2))
    for device, n, more in cases:
        few = campaign(samples=n, device=device)
        many = campaign(samples=more, device=device)
        a = bench.run(few, name="few")
        b = bench.run(many, name="many")
        for name in ("conductance", "v_in", "spice/i_out", "spice/v_row"):
            assert a[name].tobytes() == b[name][:n].tobytes(), (device, n, more, name)
    few = campaign(samples=3)
    a = bench.run(few, name="few")
    few["seed"] = 4
    c = bench.run(few, name="other")
    assert (c["conductance"] != a["conductance"]).all()
    assert (c["v_in"] != a["v_in"]).all()


# ------------------------------------------------------------------ what resume refuses


def interrupted(bench, spec=None, parts=2):
    """A run killed when at least some parts were there."""
    runs = Runs(bench, spec or campaign())
    kill_with_parts(runs, "a.h5", parts)
    return runs


def contents(parts):
    return {p.name: p.read_bytes() for p in parts}


def test_resume_refuses_parts_of_another_experiment(bench):
    runs = interrupted(bench)
    before = contents(runs.parts("a.h5"))
    done = bench.xbar("run", "long.yaml", "-o", "a.h5", "--resume", "--set", "seed=4")
    assert_one_line(done, 2)
    assert "a.h5" in done.err
    assert contents(runs.parts("a.h5")) == before
    assert not (bench.folder / "a.h5").exists()
    runs.undisturbed.assert_same_numbers(runs.finish("a.h5", "--resume"))


def test_another_experiment_without_resume_starts_anew(bench):
    interrupted(bench)
    args = ["run", "long.yaml", "--set", "seed=4"]
    assert bench.xbar(*args, "-o", "a.h5").status == 0
    assert bench.xbar(*args, "-o", "b.h5").status == 0
    a = Result(bench.folder / "a.h5")
    a.assert_same_numbers(Result(bench.folder / "b.h5"))


def test_resume_refuses_changed_data(bench):
    """The experiment's text is the same, but its data file is not."""
    import numpy as np

    spec = campaign()
    g = np.random.default_rng(1).uniform(1e-5, 1e-3, (160, 10, 10))
    spec["conductance"] = {"file": "g.h5", "dataset": "/g"}
    with h5py.File(bench.folder / "g.h5", "w") as f:
        f["g"] = g
    interrupted(bench, spec)
    with h5py.File(bench.folder / "g.h5", "r+") as f:
        f["g"][159, 9, 9] *= 1.01
    done = bench.xbar("run", "long.yaml", "-o", "a.h5", "--resume")
    assert_one_line(done, 2)


def test_damaged_parts_are_computed_again(bench):
    """A part that is cut short, emptied or overwritten counts as missing."""
    runs = interrupted(bench, parts=10)
    damaged = 0
    for k, part in enumerate(runs.parts("a.h5")):
        content = part.read_bytes()
        if k % 4 == 0:
            part.write_bytes(content[: len(content) // 2])
        elif k % 4 == 1:
            part.write_bytes(b"")
        elif k % 4 == 2:
            middle = len(content) // 2
            part.write_bytes(content[:middle] + b"\xff" * 64 + content[middle + 64 :])
        else:
            continue
        damaged += 1
    assert damaged >= 3
    runs.undisturbed.assert_same_numbers(runs.finish("a.h5"))


def test_two_runs_into_one_file(bench):
    """The second is refused while the first is on; the first is not disturbed."""
    runs = Runs(bench, campaign())
    process = runs.start("a.h5")
    wait_for_parts(runs, "a.h5", process, 2)
    done = bench.xbar("run", "long.yaml", "-o", "a.h5")
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0 and err.count(b"\n") <= 1, err
    assert_one_line(done, 2)
    assert "a.h5" in done.err
    runs.undisturbed.assert_same_numbers(Result(bench.folder / "a.h5"))


def test_an_old_result_stands_until_the_new_one_is_whole(bench):
    runs = Runs(bench, campaign())
    old = bench.folder / "a.h5"
    runs.finish("a.h5", "--set", "seed=99", "--set", "conductance.samples=1")
    content = old.read_bytes()
    kill_with_parts(runs, "a.h5", 2)
    assert old.read_bytes() == content
    runs.undisturbed.assert_same_numbers(runs.finish("a.h5"))


@pytest.mark.parametrize("args", [[], ["--resume"]])
def test_what_is_no_result_is_not_replaced(bench, args):
    """A lab's HDF5 file, and with --resume the result of another experiment."""
    bench.write("short.yaml", campaign(samples=1, rows=2, engines=("ideal",)))
    target = bench.folder / "lab.h5"
    with h5py.File(target, "w") as f:
        f["precious"] = [1.0]
    content = target.read_bytes()
    done = bench.xbar("run", "short.yaml", "-o", "lab.h5", *args)
    assert_one_line(done, 2)
    assert "no result of xbar" in done.err and target.read_bytes() == content
    assert bench.xbar("run", "short.yaml", "-o", "b.h5").status == 0
    other = ["run", "short.yaml", "--set", "seed=7", "-o", "b.h5", *args]
    assert bench.xbar(*other).status == (2 if args else 0)


def test_resume_of_a_finished_run_computes_nothing(bench):
    runs = Runs(bench, campaign(samples=4))
    before = runs.finish("a.h5")
    again = runs.finish("a.h5", "--resume")
    before.assert_same_numbers(again)
    for name in before.volatile():
        if name.endswith("/wall_time"):
            assert before[name].tobytes() == again[name].tobytes(), "computed again"


# ------------------------------------------------------------------ a worker dies


def children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as f:
            return [int(x) for x in f.read().split()]
    except OSError:
        return []


def test_a_killed_worker_costs_its_block_alone(bench):
    """Processes of a run are shot one after another; in the end every sample is done or
    named as failed, and the next run heals it."""
    runs = Runs(bench, campaign(samples=60))
    process = runs.start("a.h5")
    shot = 0
    until = time.monotonic() + 30
    while process.poll() is None and shot < 3 and time.monotonic() < until:
        workers = [w for chief in children(process.pid) for w in children(chief)]
        if workers:
            try:
                os.kill(workers[-1], signal.SIGKILL)
                shot += 1
            except ProcessLookupError:
                pass
        time.sleep(0.03)
    out, err = process.communicate(timeout=60)
    assert out == b""
    lines = err.decode().splitlines()
    assert all(line.startswith("xbar: ") for line in lines), lines
    assert process.returncode in (0, 1), (process.returncode, lines)
    result = Result(bench.folder / "a.h5")
    failed = (result["spice/status"] != DONE).sum()
    assert (process.returncode == 1) == (failed > 0)
    if failed:
        assert any("sample" in line for line in lines), lines
    runs.undisturbed.assert_same_numbers(runs.finish("a.h5"))


# ------------------------------------------------------------------ the disk is full


@pytest.fixture
def small_disk(bench):
    """A file system of 640 kB; only root can make one."""
    disk = bench.folder / "disk"
    disk.mkdir()
    if os.geteuid() != 0:
        pytest.skip("a full disk needs a small tmpfs, and mounting one needs root")
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=640k", "tmpfs", str(disk)],
        capture_output=True,
    )
    if made.returncode != 0:
        pytest.skip(f"no tmpfs can be mounted here: {made.stderr.decode().strip()}")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


def free_bytes(folder):
    s = os.statvfs(folder)
    return s.f_bavail * s.f_frsize


@pytest.mark.parametrize("room", [0, 60_000, 250_000])
def test_disk_full(bench, small_disk, room):
    """Exit 3, one line, no half file; what was finished is kept, and goes on when there
    is room again."""
    runs = Runs(bench, campaign(samples=24))
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(max(free_bytes(small_disk) - room, 0)))
    # one worker: two that write at once may both be in want of what one would have had
    done = bench.xbar("run", "long.yaml", "-o", "disk/a.h5", "-j", "1")
    assert_one_line(done, 3)
    assert "disk" in done.err and "space" in done.err.lower()
    assert not (small_disk / "a.h5").exists()
    kept = wall_times(runs.parts("disk/a.h5"))
    if room >= 250_000:
        assert kept
    ballast.unlink()
    if free_bytes(small_disk) < 400_000:
        pytest.skip("the parts alone fill the disk")
    subprocess.run(
        ["mount", "-o", "remount,size=16m", str(small_disk)], check=True
    )
    result = runs.finish("disk/a.h5")
    runs.undisturbed.assert_same_numbers(result)
    final = {float(x) for x in result["spice/wall_time"].ravel()}
    final |= {float(x) for x in result["ideal/wall_time"].ravel()}
    assert kept <= final


def test_file_size_limit(bench):
    """`ulimit -f` is a disk that is full for one file: a line and exit 3, no SIGXFSZ."""
    runs = Runs(bench, campaign(samples=24))
    done = subprocess.run(
        ["sh", "-c", 'ulimit -f 4; exec "$@"', "sh"]
        + bench.command("run", "long.yaml", "-o", "a.h5"),
        cwd=bench.folder,
        env=bench.env,
        capture_output=True,
        timeout=60,
    )
    assert done.returncode == 3, done
    assert done.stdout == b"" and done.stderr.count(b"\n") == 1, done
    assert not (bench.folder / "a.h5").exists()
    runs.undisturbed.assert_same_numbers(runs.finish("a.h5"))


def test_what_only_had_to_be_joined(bench):
    """All parts were finished when the disk was full: nothing is computed again, and the
    file still says how its numbers were made."""
    runs = Runs(bench, campaign(samples=24))
    size = runs.finish("a.h5").path.stat().st_size
    (bench.folder / "a.h5").unlink()
    done = subprocess.run(
        bench.command("run", "long.yaml", "-o", "a.h5"),
        cwd=bench.folder,
        env=bench.env,
        capture_output=True,
        timeout=60,
        preexec_fn=lambda: resource.setrlimit(
            resource.RLIMIT_FSIZE, (size * 3 // 4, size * 3 // 4)
        ),
    )
    assert done.returncode == 3, done
    kept = wall_times(runs.parts("a.h5"))
    result = runs.finish("a.h5", "--resume")
    runs.undisturbed.assert_same_numbers(result)
    final = {float(x) for x in result["spice/wall_time"].ravel()}
    final |= {float(x) for x in result["ideal/wall_time"].ravel()}
    assert kept == {x for x in final if x > 0}
    assert "spice: libngspice" in result.text("provenance/methods")
