# SPDX-License-Identifier: GPL-3.0-or-later
"""Where numbers come from stands beside them: text, command, versions, seed, digest, and
a netlist that replays."""
import hashlib
import re

import numpy as np
import pytest

from conftest import experiment

G = np.array([[1, 2, 3], [4, 5, 6]]) * 1e-3
V = [[1, 0.5], [0.3, 0.7]]


def spec(**more):
    return experiment(
        *(2, 3, 1, 2),
        left=("input", 10),
        bottom=(0, 20),
        engines=["spice", "ideal"],
        seed=1234567890123456789,
        title="Where numbers come from: äöü",
        inputs={"file": "v.csv"},
        **more,
    )


def provenance(result):
    return {
        name.removeprefix("provenance/"): result.text(name)
        for name in result.data
        if name.startswith("provenance/")
    }


def test_the_experiment_as_it_was(bench):
    result = bench.run(spec(), "--set", "crossbar.wire.row_ohm=3", g=G, v=V)
    kept = provenance(result)
    assert kept["experiment"] == (bench.folder / "experiment.yaml").read_text()
    assert "--set" in kept["command_line"]
    assert "crossbar.wire.row_ohm=3" in kept["command_line"]
    assert "experiment.yaml" in kept["command_line"]


def test_versions_and_seed(bench):
    kept = provenance(bench.run(spec(), g=G, v=V))
    everything = "\n".join(kept.values())
    version = bench.xbar("--version").out.split()[1]
    assert version in kept["version"]
    assert "1234567890123456789" in kept["seed"]
    assert re.search(r"ngspice\D{0,20}\d\d", everything, re.IGNORECASE)
    assert re.search(r"HDF5\D{0,20}\d+\.\d+", everything, re.IGNORECASE)
    assert "commit" in kept


def test_digest_follows_what_the_numbers_depend_on(bench):
    def digest(*args, g=G, v=V, what=None, name="experiment"):
        return provenance(bench.run(what or spec(), *args, g=g, v=v, name=name))["sha256"]

    first = digest()
    assert re.fullmatch(r"[0-9a-f]{64}", first)
    assert digest() == first
    assert digest(name="renamed") == first
    assert digest("-j", "2") == first
    others = [
        digest("--set", "seed=2"),
        digest("-e", "ideal"),
        digest(g=G * 1.0001),
        digest(v=[[1, 0.5], [0.3, 0.70001]]),
        digest(what=spec(bias={"scheme": "read"})),
    ]
    assert first not in others and len(set(others)) == len(others)


def test_digests_of_data_files(bench):
    """Lines as sha256sum prints them."""
    kept = provenance(bench.run(spec(), g=G, v=V))
    everything = "\n".join(kept.values())
    for name in ("g.csv", "v.csv"):
        digest = hashlib.sha256((bench.folder / name).read_bytes()).hexdigest()
        assert f"{digest}  {name}" in everything


@pytest.mark.parametrize("device", ["linear", "sinh"])
def test_the_kept_netlist_replays(bench, device):
    what = spec()
    what["crossbar"]["cell"]["device"] = device
    result = bench.run(what, g=G, v=V)
    netlist = provenance(result)["netlist"]
    assert netlist == bench.xbar("netlist", "experiment.yaml").out
    bench.write("kept.cir", netlist)
    currents = bench.terminal_currents(bench.folder / "kept.cir")
    for side in ("left", "bottom"):
        values = result[f"spice/i_{side}"][0, 0]
        got = [currents[side][k] for k in range(values.size)]
        np.testing.assert_allclose(got, values, rtol=1e-9)


def test_root_says_what_the_file_is(bench):
    result = bench.run(spec(), g=G, v=V)
    texts = {
        k: v.decode() if isinstance(v, bytes) else str(v)
        for k, v in result.attributes.items()
    }
    assert any("Where numbers come from: äöü" in text for text in texts.values()), texts


def test_provenance_of_an_experiment_of_one_megabyte(bench):
    """Long texts are kept whole."""
    bench.matrix("g.csv", G)
    bench.matrix("v.csv", V)
    bench.write("experiment.yaml", spec())
    text = (bench.folder / "experiment.yaml").read_text() + "# padding\n" * 100_000
    bench.write("long.yaml", text)
    done = bench.xbar("run", "long.yaml", "-o", "long.h5")
    assert done.status == 0, done
    from conftest import Result

    assert provenance(Result(bench.folder / "long.h5"))["experiment"] == text
