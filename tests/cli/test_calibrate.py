# SPDX-License-Identifier: GPL-3.0-or-later
"""xbar calibrate: learning from SPICE and from a laboratory's files, and its refusals."""
import hashlib
import re

import h5py
import numpy as np
import pytest
import xarray
import yaml
from conftest import assert_one_line, assert_quiet

SIZE = 16


def experiment(**changes):
    spec = {
        "title": "Runs to learn from",
        "seed": 3,
        "engines": ["spice"],
        "crossbar": {
            "rows": SIZE,
            "cols": SIZE,
            "wire": {"row_ohm": 2.5, "col_ohm": 1.5},
            "terminals": {
                "left": {"volt": "input", "ohm": 20},
                "bottom": {"volt": 0, "ohm": 10},
            },
        },
        "conductance": {
            "distribution": "loguniform",
            "min": 1.0e-5,
            "max": 1.0e-3,
            "samples": 6,
        },
        "inputs": {"distribution": "uniform", "min": 0, "max": 0.2, "count": 4},
    }
    spec.update(changes)
    return spec


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A result of ngspice, made once."""
    from conftest import Bench

    bench = Bench(tmp_path_factory.mktemp("calibrate"))
    bench.write("runs.yaml", experiment())
    # an override and a data file of another folder: what was run counts, not the file
    done = bench.xbar("run", "runs.yaml", "-o", "runs.h5", "--set", "crossbar.wire.row_ohm=2")
    assert_quiet(done)
    (bench.folder / "runs.yaml").unlink()
    return bench


def estimates(text):
    """parameter -> (estimate, standard error) of the report."""
    rows = re.findall(r"^(\w+) +([-+.\de]+) +([-+.\de]+|unknown) +\S+", text, re.MULTILINE)
    return {
        name: (float(value), float(error) if error != "unknown" else np.inf)
        for name, value, error in rows
        if name not in ("fit", "discrepancy", "held")
    }


def test_array_comes_back(runs):
    """The wires that SPICE was given, from its currents alone."""
    done = runs.xbar("calibrate", "runs.h5", "--model", "array", "-o", "array.yaml")
    assert done.status == 0 and done.err == "", done
    got = estimates(done.out)
    for name, truth in {"row_ohm": 2, "col_ohm": 1.5, "left_ohm": 20, "bottom_ohm": 10}.items():
        assert abs(got[name][0] / truth - 1) < 1e-6, name
    written = yaml.safe_load((runs.folder / "array.yaml").read_text())
    assert abs(written["estimates"]["row_ohm"]["value"] / 2 - 1) < 1e-6


def believe(path, changes, noise):
    """What somebody has who measured such an array: currents with noise, and an experiment
    whose resistances are a guess."""
    with h5py.File(path, "r+") as f:
        text = f["provenance/experiment"][()].decode()
        spec = yaml.safe_load(text)
        changes(spec["crossbar"])
        text = yaml.safe_dump(spec)
        attributes = dict(f["provenance/experiment"].attrs)
        del f["provenance/experiment"]
        f["provenance/experiment"] = text
        f["provenance/experiment"].attrs.update(attributes)
        i = f["spice/i_out"]
        i[...] = i[...] * (1 + noise * np.random.default_rng(5).standard_normal(i.shape))


def test_measured_array(bench):
    """Segments, drivers, sense resistors and a device's parameter, each begun elsewhere,
    come back from noisy currents of ngspice within their error bars."""
    spec = experiment()
    spec["crossbar"].update(rows=12, cols=10, cell={"device": "sinh"})
    spec["inputs"]["max"] = 0.6
    spec["conductance"]["samples"] = 12
    truth = {"row_ohm": 2.5, "col_ohm": 1.5, "left_ohm": 20, "bottom_ohm": 10, "v0": 0.25}
    bench.run(spec, name="lab")

    def guess(crossbar):
        crossbar["wire"] = {"row_ohm": 8, "col_ohm": 0.4}
        crossbar["terminals"]["left"]["ohm"] = 5
        crossbar["terminals"]["bottom"]["ohm"] = 40
        crossbar["cell"]["parameters"] = {"v0": 0.5}

    believe(bench.folder / "lab.h5", guess, 2e-3)
    done = bench.xbar("calibrate", "lab.h5", "--model", "array", "--free", ",".join(truth))
    assert done.status == 0, done
    for name, (value, error) in estimates(done.out).items():
        assert abs(value - truth[name]) < 4 * error, name
        assert error < 0.2 * truth[name], name


def test_only_together(bench):
    """A single cell: driver, contact and sense resistance are one resistance."""
    spec = experiment()
    spec["crossbar"].update(rows=1, cols=1)
    spec["conductance"]["samples"] = 12
    bench.run(spec, name="cell")
    done = bench.xbar(
        "calibrate", "cell.h5", "--model", "array", "--free", "left_ohm,bottom_ohm,contact_ohm"
    )
    assert done.status == 0, done
    assert "not each by itself: left_ohm, bottom_ohm, contact_ohm; the data hold 1 " in done.out
    assert all(error == np.inf for _, error in estimates(done.out).values())
    # wires without an end to them are not in a single cell at all
    done = bench.xbar("calibrate", "cell.h5", "--model", "array")
    assert re.search(r"^row_ohm +2.5 +unknown .*kept where it began", done.out, re.M), done


def test_closed_form(runs):
    """Its file, its numbers, and an experiment that uses it."""
    done = runs.xbar("calibrate", "runs.h5", "--model", "alpha_beta", "-o", "model.yaml")
    assert done.status == 0 and done.err == "", done
    assert "held out" in done.out
    model = yaml.safe_load((runs.folder / "model.yaml").read_text())
    assert model["model"] == "alpha_beta"
    got = estimates(done.out)
    for name, (value, error) in got.items():
        entry = model["constants"][name]
        assert entry["value"] == pytest.approx(value, rel=1e-6)
        assert entry["standard_error"] == pytest.approx(error, rel=1e-2)
    names = model["covariance"]["names"]
    covariance = np.array(model["covariance"]["values"])
    for k, name in enumerate(names):
        error = model["constants"][name]["standard_error"]
        assert covariance[k, k] ** 0.5 == pytest.approx(error, rel=1e-9)
    assert model["region"]["rows"] == [SIZE, SIZE]
    data = model["report"]["data"]
    digest = hashlib.sha256((runs.folder / "runs.h5").read_bytes()).hexdigest()
    assert data == [{"file": "runs.h5", "engine": "spice", "sha256": digest}]
    errors = {e["of"]: e for e in model["report"]["errors"]}
    assert errors["held out"]["mean"] < 0.01
    assert 0.75 <= errors["held out"]["covered"] <= 1.0

    spec = experiment(engines=["analytical", "nodal"], seed=77)
    spec["crossbar"]["wire"]["row_ohm"] = 2
    spec["analytical"] = {"file": "model.yaml"}
    result = runs.run(spec, name="predict")
    i, reference = result["analytical/i_out"], result["nodal/i_out"]
    assert np.nanmean(np.abs(i / reference - 1)) < 0.01


def test_numbers(runs):
    """MODEL.h5 by h5py, and as netCDF by xarray."""
    runs.xbar("calibrate", "runs.h5", "--model", "alpha_beta", "-o", "numbers.yaml")
    path = runs.folder / "numbers.h5"
    with h5py.File(path) as f:
        group = f["calibration/alpha_beta"]
        n_param, n_datum = len(group["estimate"]), len(group["measured"])
        assert n_datum == 6 * 4 * SIZE
        assert group["covariance"].shape == (n_param, n_param)
        names = [n.decode() for n in group["parameter"][()]]
        assert names[:2] == ["row_scale", "col_scale"] and len(names) == n_param
        residual = group["predicted"][()] - group["measured"][()]
        np.testing.assert_allclose(group["residual"][()], residual, rtol=0, atol=1e-18)
        role, deviation = group["role"][()], group["deviation"][()]
        assert set(role) == {0, 1, 2} and (deviation > 0).all()
        held = role == 2
        covered = np.mean(np.abs(residual[held]) <= 1.6448536 * deviation[held])
        assert covered == pytest.approx(group["covered"][2])
        error = np.abs(residual[held] / group["measured"][held])
        assert error.mean() == pytest.approx(group["error_mean"][2])
        assert error.max() == pytest.approx(group["error_worst"][2])
        for name, item in group.items():
            if item.attrs.get("CLASS") != b"DIMENSION_SCALE":
                assert "units" in item.attrs and "long_name" in item.attrs, name
                assert all(len(d) == 1 for d in item.dims), name
        assert runs.folder.joinpath("runs.h5").name in group["data_sha256"][()].decode()
    for engine in ("h5netcdf", "netcdf4"):
        with xarray.open_dataset(path, group="calibration/alpha_beta", engine=engine) as d:
            assert d["estimate"].dims == ("param",)
            assert set(d["run_row_ohm"].values) == {2.0}
            assert d["features"].dims == ("run_of_data", "feature")
            assert list(d["feature_name"].values)[0] == "rows"


def test_split_is_seeded(runs):
    first = runs.xbar("calibrate", "runs.h5", "--model", "dmr", "--seed", 5)
    again = runs.xbar("calibrate", "runs.h5", "--model", "dmr", "--seed", 5)
    other = runs.xbar("calibrate", "runs.h5", "--model", "dmr", "--seed", 6)
    strip = lambda done: re.sub(r"[\d.]+ s$", "", done.out, flags=re.MULTILINE)
    assert strip(first) == strip(again) != strip(other)


def test_suggestions(runs):
    done = runs.xbar("calibrate", "runs.h5", "--model", "alpha_beta", "--suggest", 4)
    assert done.status == 0, done
    rows = re.findall(r"^(\d+) +(\d+) x (\d+) ", done.out, re.MULTILINE)
    assert [row[0] for row in rows] == ["1", "2", "3", "4"]
    assert all(4 <= int(row[1]) <= 2 * SIZE for row in rows)


# ------------------------------------------------------------------ laboratory files


def drift_loop(bench, name="loop.csv", noise=0.0):
    """Linear drift, by its closed form: R^2 = R0^2 - 2 k (r_off - r_on) phi."""
    r_on, r_off, d, mu, x0 = 100.0, 16e3, 10e-9, 1e-14, 0.1
    t = np.linspace(0, 1, 201)
    v = np.sin(2 * np.pi * t)
    phi = (1 - np.cos(2 * np.pi * t)) / (2 * np.pi)
    r0 = r_on * x0 + r_off * (1 - x0)
    r = np.sqrt(r0**2 - 2 * mu * r_on / d**2 * (r_off - r_on) * phi)
    i = v / r * (1 + noise * np.random.default_rng(1).standard_normal(len(t)))
    lines = ["# a drift", "time_s,v_V,i_A"]
    lines += [f"{a!r},{b!r},{c!r}" for a, b, c in zip(t.tolist(), v.tolist(), i.tolist())]
    return bench.write(name, "\n".join(lines) + "\n")


def test_device(bench):
    drift_loop(bench)
    done = bench.xbar(
        "calibrate", "loop.csv", "--model", "drift", "--free", "r_off,x0", "--from", "default",
        "--multistart", 0, "-o", "drift.yaml",
    )  # fmt: skip
    assert done.status == 0 and done.err == "", done
    got = estimates(done.out)
    assert got["r_off"][0] == pytest.approx(16e3, rel=5e-3)
    assert got["x0"][0] == pytest.approx(0.1, rel=5e-2)
    parameters = yaml.safe_load((bench.folder / "drift.yaml").read_text())["parameters"]
    assert parameters["r_off"]["value"] == pytest.approx(got["r_off"][0], rel=1e-6)
    assert parameters["mu"]["value"] == 1e-14
    with h5py.File(bench.folder / "drift.h5") as f:
        assert len(f["calibration/drift/volt"]) == 201


def test_fitted_device_in_an_experiment(bench):
    """What was measured is what an experiment with the fitted set then draws."""
    drift_loop(bench)
    done = bench.xbar(
        "calibrate", "loop.csv", "--model", "drift", "--free", "r_off,x0", "--from", "default",
        "--multistart", 0, "-o", "mine.yaml",
    )  # fmt: skip
    assert done.status == 0, done
    spec = {
        "engines": ["nodal"],
        "crossbar": {"cell": {"device": "drift", "parameters": {"file": "mine.yaml"}}},
        "analysis": {
            "kind": "iv",
            "waveform": {"shape": "sine", "volt": 1, "hertz": 1},
            "points": 201,
        },
    }
    result = bench.run(spec, name="again")
    measured = np.loadtxt(bench.folder / "loop.csv", delimiter=",", skiprows=2)
    i = result["nodal/i_out"].ravel()
    assert np.abs(i - measured[:, 2]).max() < 5e-3 * np.abs(i).max()
    digest = hashlib.sha256((bench.folder / "mine.yaml").read_bytes()).hexdigest()
    with h5py.File(bench.folder / "again.h5") as f:
        assert f"{digest}  mine.yaml" in f["provenance/data_sha256"][()].decode()


def test_several_models(bench):
    """The one that made the data comes first."""
    drift_loop(bench)
    done = bench.xbar("calibrate", "loop.csv", "--model", "linear,drift", "--time-limit", 2)
    assert done.status in (0, 1), done
    table = done.out.split("\n\n")[0].splitlines()[2:]
    assert [line.split()[0] for line in table] == ["drift", "linear"]
    assert "device drift" in done.out


def test_pulses(bench):
    """Windows by pulses, and trains of them, in the form that laboratories publish."""
    width, volt = np.meshgrid([5e-8, 1e-7, 5e-7, 1e-6, 5e-6, 1e-5], [2, 2.5, 3, 3.5, 4])
    width, volt = width.ravel(), volt.ravel()
    window = 1.4 * -np.expm1(-width / (2e-8 * np.exp((6 / volt) ** 2)))
    rows = [f"{a:.3g},{b:.3g},{c:.6f}" for a, b, c in zip(width, volt, window)]
    bench.write("w.csv", "pulse_width_s,amplitude_V,memory_window_V\n" + "\n".join(rows) + "\n")
    done = bench.xbar(
        "calibrate", "w.csv", "--model", "fefet", "--free", "mw,tau0,e_a,alpha", "-o", "w.yaml"
    )
    assert done.status == 0, done
    got = estimates(done.out)
    assert got["mw"][0] == pytest.approx(1.4, rel=0.02)
    assert got["alpha"][0] == pytest.approx(2, rel=0.05)
    with h5py.File(bench.folder / "w.h5") as f:
        assert f["calibration/fefet/measured"].attrs["units"] in (b"V", "V")

    k = np.arange(1, 61)
    up, down = 1 - 2 * np.exp(-k / 20), 2 * np.exp(-k / 20) - 1
    rows = [f"{a:.5f},{b:.5f}" for a, b in zip(up, down)]
    bench.write("g.csv", "g_up_norm,g_down_norm\n" + "\n".join(rows) + "\n")
    done = bench.xbar("calibrate", "g.csv", "--model", "linear,drift,pershin", "--time-limit", 2)
    assert done.status in (0, 1), done
    assert "linear      no answer: g.csv: pulses" in done.out
    assert re.search(r"^device (drift|pershin)", done.out, re.MULTILINE)


# ------------------------------------------------------------------ refusals


REFUSALS = {
    "no file": ([], "no file given"),
    "no model": (["r.h5"], "r.h5: "),
    "not there": (["none.csv", "--model", "drift"], "none.csv: "),
    "not HDF5": (["x.h5", "--model", "array"], "x.h5: "),
    "both kinds": (["x.h5", "l.csv", "--model", "drift"], "want result files alone, or CSV"),
    "no numbers": (["bad.csv", "--model", "drift"], "bad.csv:1: want"),
    "no such device": (["l.csv", "--model", "nonsense"], "no model nonsense"),
    "a device twice": (["l.csv", "--model", "drift,drift"], "drift is there twice"),
    "no such parameter": (["l.csv", "--model", "linear", "--free", "nonsense"], "\"nonsense\""),
    "no such set": (["l.csv", "--model", "drift", "--from", "nonsense"], "\"nonsense\""),
    "no such loss": (["l.csv", "--model", "linear", "--robust", "x"], "want squares, huber"),
    "suggest of a device": (["l.csv", "--model", "linear", "--suggest", "3"], "not CSV"),
    "suggest nothing": (["l.csv", "--model", "linear", "--suggest", "0"], "--suggest = 0"),
    "series ohm": (["l.csv", "--model", "linear", "--series-ohm", "-1"], "--series-ohm = -1"),
    "one of two unknown": (["l.csv", "--model", "drift,nonsense"], "no model nonsense of a cell"),
    "several, suggest": (["x.h5", "--model", "lean,dmr", "--suggest", "2"], "x.h5: "),
    "reference of CSV": (["l.csv", "--model", "drift", "--reference", "spice"], "--reference: want"),
    "nothing flows": (["zero.csv", "--model", "linear", "-o", "m.yaml"], "no current in it but 0"),
    "nothing flows, two": (["zero.csv", "--model", "linear,sinh", "-o", "m.yaml"], "zero.csv: no"),
    "no voltage": (["nan.csv", "--model", "linear"], "nan.csv:2: want a number, not \"nan\""),
    "more than amperes": (["huge.csv", "--model", "linear"], "huge.csv:1: want at most 1e6 A"),
    "no such set of any": (
        ["l.csv", "--model", "linear,drift", "--from", "nonsense"],
        "none of these models has that parameter set \"nonsense\"",
    ),
    "free in none of them": (
        ["l.csv", "--model", "linear,sinh", "--free", "v0,nonsense"],
        "none of these models has a parameter \"nonsense\"",
    ),
    "free in none of all": (["l.csv", "--model", "auto", "--free", "nonsense"], "none of these"),
    "milliamperes": (["ma.csv", "--model", "linear"], "ma.csv:1: want a column in A, not \"i_mA\""),
    "semicolons": (["semi.csv", "--model", "linear"], "semi.csv:1: want commas or blanks"),
    "a folder": (["l.csv", "--model", "linear", "-o", "."], "-o .: is a folder"),
    "no pulses of ohms": (["w.csv", "--model", "linear"], "linear has no state that moves"),
    "no windows of a drift": (["w.csv", "--model", "drift"], "drift has no threshold"),
    "h5 as output": (["l.csv", "--model", "linear", "-o", "m.h5"], "want a name in .yaml"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_refusals(bench, name):
    arguments, says = REFUSALS[name]
    bench.write("x.h5", "no HDF5")
    bench.write("bad.csv", "1,2,3,4\n")
    bench.write("zero.csv", "".join(f"{k},0\n" for k in range(12)))
    bench.write("nan.csv", "1,2\nnan,3\n4,5\n")
    bench.write("ma.csv", "v,i_mA\n1,2\n3,4\n")
    bench.write("semi.csv", "0,1;2\n0,2;4\n")
    bench.write("huge.csv", "".join(f"{k},{k}e290\n" for k in range(1, 12)))
    bench.write("w.csv", "pulse_width_s,amplitude_V,memory_window_V\n1e-6,1,0.1\n1e-6,2,1\n")
    bench.write("l.csv", "".join(f"{k},{k / 1000}\n" for k in range(1, 13)))
    done = bench.xbar("calibrate", *arguments)
    assert done.status == 2, done
    assert done.err.startswith("xbar: ") and says in done.err, done
    assert done.out == "", "something was fitted"
    assert not list(bench.folder.glob("m.*")), "something was written"


def test_models_of_runs(runs):
    for arguments, says in (
        (["--model", "nonsense"], "no model nonsense: want "),
        (["--model", "array", "--free", "row_ohm,nonsense"], "want row_ohm, col_ohm"),
        (["--model", "array", "--reference", "nodal"], "no results of nodal in it"),
        ([], "no --model given"),
    ):
        assert_one_line(runs.xbar("calibrate", "runs.h5", *arguments), 2)
        assert says in runs.xbar("calibrate", "runs.h5", *arguments).err




def test_run_in_time(bench):
    """Nothing stands still in it."""
    spec = experiment(engines=["nodal"])
    spec["crossbar"]["rows"] = spec["crossbar"]["cols"] = 3
    spec["analysis"] = {"kind": "transient", "end_s": 1.0e-6, "points": 4}
    bench.run(spec, name="time")
    done = bench.xbar("calibrate", "time.h5", "--model", "array")
    assert_one_line(done, 2)
    assert "a run in time; want runs at rest" in done.err


def test_programmed_array(bench):
    """Results of a controller are not reads of given cells."""
    spec = experiment(engines=["nodal"])
    spec["crossbar"].update(rows=2, cols=2, cell={"device": "vteam", "parameters": "magic"})
    shape = {"rise_s": 1e-9, "width_s": 5e-9, "fall_s": 1e-9}
    spec["conductance"] = {"distribution": "constant", "value": 1e-5}
    spec["analysis"] = {
        "kind": "program",
        "target": {"distribution": "constant", "value": 1.2e-5},
        "set": {"volt": -1.7, **shape},
        "reset": {"volt": 0.5, **shape},
        "read": {"volt": 0.1, **shape},
    }
    bench.run(spec, name="programmed")
    done = bench.xbar("calibrate", "programmed.h5", "--model", "array")
    assert_one_line(done, 2)
    assert "not a run at rest" in done.err


def test_cells_that_hold_little(bench):
    """A device whose conductances begin above what most can have."""
    spec = experiment(engines=["nodal"])
    spec["crossbar"].update(rows=6, cols=5, cell={"device": "vteam", "parameters": "magic"})
    spec["conductance"] = {"distribution": "uniform", "min": 1e-5, "max": 1e-4, "samples": 4}
    bench.run(spec, name="vteam")
    done = bench.xbar("calibrate", "vteam.h5", "--model", "array")
    assert done.status in (0, 1) and "row_ohm" in done.out, done


def test_files_that_are_not_to_be_lost(runs):
    """What would be written over an input, over a run's result, or given twice."""
    before = (runs.folder / "runs.h5").read_bytes()
    (runs.folder / "other.h5").write_bytes(before)
    for args, says in (
        (["runs.h5", "-o", "runs.yaml"], "is read"),
        (["runs.h5", "-o", "other.yaml"], "result of a run"),
        (["runs.h5", "runs.h5"], "given twice"),
        (["runs.h5", "./runs.h5"], "given twice"),
    ):
        done = runs.xbar("calibrate", *args, "--model", "alpha_beta")
        assert_one_line(done, 2)
        assert says in done.err, done
    assert (runs.folder / "runs.h5").read_bytes() == before


def test_model_file_refusals(runs):
    """What the key analytical.file says of files that are wrong."""
    runs.xbar("calibrate", "runs.h5", "--model", "alpha_beta", "-o", "good.yaml")
    good = (runs.folder / "good.yaml").read_text()
    spec = experiment(engines=["analytical"], analytical={"file": "bad.yaml"})
    runs.write("bad_experiment.yaml", spec)
    first = re.search(r"^  (\w+): \{value: (\S+),", good, re.MULTILINE)
    bad_swell = re.sub(r"(drop: .*)from: [^,]*, to: [^,}]*", r"\1from: 2, to: 1", good, count=1)
    cases = {
        "no such file": (None, "bad.yaml"),
        "not YAML": ("a: [1", "bad.yaml"),
        "no model": (good.replace("model: alpha_beta\n", "", 1), "model is missing"),
        "unknown model": (good.replace("alpha_beta", "nonsense", 1), "want "),
        "unknown key": (good + "more: 1\n", "only model, constants"),
        "a constant less": (good.replace(first[0], "  nonsense: {value: 1,", 1), "want only"),
        "no number": (good.replace(first[2], "1x", 1), "a number"),
        "out of range": (good.replace(first[2], "1e300", 1), "a number"),
        "half a covariance": (re.sub(r"    - \[.*\]\n", "", good, count=1), "a list of"),
        "a swell from 2 to 1": (bad_swell, "swell.drop.to = 1: want a number, 2 to"),
        "no region": (re.sub("^region:.*$", "region: 3", good, flags=re.M), "bad.yaml"),
    }
    for name, (text, says) in cases.items():
        (runs.folder / "bad.yaml").unlink(missing_ok=True)
        if text is not None:
            runs.write("bad.yaml", text)
        done = runs.xbar("run", "bad_experiment.yaml", "-o", "bad.h5")
        assert done.status == 2 and says in done.err, (name, done)
        assert_one_line(done, 2)


def test_no_folder(runs):
    """Said before anything is fitted: the machine's failure."""
    done = runs.xbar("calibrate", "runs.h5", "--model", "dmr", "-o", "none/model.yaml")
    assert done.status == 3 and "none/model.yaml: No such file" in done.err, done
    assert done.out == ""


def test_options_of_the_other_kind(runs):
    for option in (["--relative"], ["--series-ohm", 5], ["--from", "default"], ["--step", 1]):
        done = runs.xbar("calibrate", "runs.h5", "--model", "dmr", *option)
        assert_one_line(done, 2)
        assert f"{option[0]}: want CSV" in done.err
    done = runs.xbar("calibrate", "runs.h5", "--model", "lean,dmr", "--suggest", 2)
    assert_one_line(done, 2)
    assert "--suggest: want one model, not 2" in done.err


def test_nothing_flows(bench):
    """No current anywhere: nothing to learn from, and nothing is written."""
    spec = experiment(engines=["nodal"])
    spec["inputs"] = {"distribution": "constant", "value": 0, "count": 2}
    bench.run(spec, name="dark")
    done = bench.xbar("calibrate", "dark.h5", "--model", "alpha_beta", "-o", "m.yaml")
    assert_one_line(done, 2)
    assert "dark.h5: /nodal/i_out is 0 throughout" in done.err
    assert not list(bench.folder.glob("m.*"))


def test_left_out(bench):
    """Lines without a current are counted and named in the report."""
    drift_loop(bench)
    lines = (bench.folder / "loop.csv").read_text().splitlines()
    for k in (20, 30, 31):
        lines[k] = ",".join(lines[k].split(",")[:2]) + ",nan"
    bench.write("gaps.csv", "\n".join(lines) + "\n")
    done = bench.xbar(
        "calibrate", "gaps.csv", "--model", "drift", "--free", "r_off", "--from", "default",
        "--multistart", 0, "-o", "gaps.yaml",
    )  # fmt: skip
    says = "gaps.csv: 3 of 201 lines have no current (21, 31-32): "
    assert done.status == 0 and says in done.out, done
    data = yaml.safe_load((bench.folder / "gaps.yaml").read_text())["report"]["data"]
    assert (data[0]["numbers"], data[0]["missing"]) == (201, 3)


def test_many_left_out(bench):
    """The first of many are named, the rest counted."""
    bench.write("odd.csv", "".join(f"{k},{k if k % 2 else 'nan'}\n" for k in range(1, 41)))
    done = bench.xbar("calibrate", "odd.csv", "--model", "linear")
    says = "20 of 40 lines have no current (2, 4, 6, 8, 10, 12, 14, 16 and 12 more): "
    assert done.status == 0 and says in done.out, done


def test_at_its_limit(bench):
    """Ohm's law fitted by a sinh: the voltage of its bend runs to its limit, and has no
    error bar there."""
    bench.write("ohm.csv", "".join(f"{k / 10},{k / 1e4}\n" for k in range(-20, 21)))
    done = bench.xbar("calibrate", "ohm.csv", "--model", "sinh", "-o", "ohm.yaml")
    row = r"^v0 +\d+ +unknown +V +at its upper limit, \d+: it has no error bar$"
    assert done.status in (0, 1) and re.search(row, done.out, re.M), done
    model = yaml.safe_load((bench.folder / "ohm.yaml").read_text())
    assert model["report"]["at_limit"] == {"v0": "upper"}
    assert model["parameters"]["v0"]["source"] == "fit, at its upper limit"


def test_what_the_data_do_not_tell(runs):
    """Ohmic cells know nothing of a voltage: kept where it began, and said so."""
    done = runs.xbar("calibrate", "runs.h5", "--model", "modes", "-o", "modes.yaml")
    assert done.status in (0, 1), done
    assert re.search(r"^drive_volt +0.13 +unknown .*kept where it began", done.out, re.M)
    constants = yaml.safe_load((runs.folder / "modes.yaml").read_text())["constants"]
    assert constants["drive_volt"]["value"] == 0.13
    assert constants["drive_volt"]["standard_error"] == np.inf
    spec = experiment(engines=["analytical"], analytical={"file": "modes.yaml"})
    assert np.isfinite(runs.run(spec, name="by_modes")["analytical/i_out"]).all()


def test_coverage_is_measured(runs):
    """By turns, over all the data; outside 85 to 95 % a warning."""
    out = runs.xbar("calibrate", "runs.h5", "--model", "alpha_beta").out
    covered = float(re.search(r"held out in its turn: ([\d.]+) %", out)[1])
    assert 80 < covered < 100
    assert ("WARNING" in out) == (not 85 <= covered <= 95)


def test_model_is_no_result(runs):
    runs.xbar("calibrate", "runs.h5", "--model", "dmr", "-o", "fitted.yaml")
    for args in (["info", "fitted.h5"], ["calibrate", "fitted.h5", "--model", "dmr"]):
        done = runs.xbar(*args)
        assert done.status == 2 and "fitted.h5: a calibrated model, not a result" in done.err


