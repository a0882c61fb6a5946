# SPDX-License-Identifier: GPL-3.0-or-later
"""Networks that nobody thought of: features mixed by a seeded draw, against the
independent solver; and the symmetries that hold whatever the numbers are."""
import numpy as np
import pytest

from conftest import EXACT, assert_right, experiment

SEEDS = range(40)


def random_line_list(random, n, value, open_share):
    """One value for all lines, or a list with some lines open."""
    if random.random() < 0.6:
        return value()
    return [None if random.random() < open_share else value() for _ in range(n)]


def random_wire(random):
    return float(random.choice([0, 0.01, 1, 2.5, 50, 1e3]))


def random_case(seed):
    """@return experiment, conductances [sample][row][col], inputs [input][row]"""
    random = np.random.default_rng(seed)
    rows, cols = (int(n) for n in random.integers(1, 11, 2))
    device = str(random.choice(["linear", "sinh"]))
    # 0 ohm everywhere could join two sources; in this draw sources of fixed voltages
    # have a resistance, so that only inputs, equal at both ends, can meet
    sides = {}
    inputs = random.permutation(["left", "right"])[: random.integers(0, 3)]
    for side in ("left", "right", "top", "bottom"):
        n = rows if side in ("left", "right") else cols
        ohm = float(random.choice([0, 1, 2.5, 300]))
        if side in inputs:
            sides[side] = ("input", ohm)
        elif random.random() < 0.7 or side == "bottom":
            volt = random_line_list(
                random, n, lambda: round(float(random.uniform(-1, 1)), 3), 0.3
            )
            sides[side] = (volt, ohm if ohm > 0 else 7.0)
    broken = [
        {"line": "row", "index": int(i), "after": int(j)}
        for i, j in zip(*np.where(random.random((rows, max(cols - 1, 0))) < 0.05))
    ] + [
        {"line": "col", "index": int(j), "after": int(i)}
        for i, j in zip(*np.where(random.random((max(rows - 1, 0), cols)) < 0.05))
    ]
    spec = experiment(
        rows,
        cols,
        random_wire(random),
        random_wire(random),
        device=device,
        cell={"parameters": {"v0": float(random.uniform(0.2, 1))}}
        if device == "sinh"
        else {},
        **({"faults": {"broken": broken}} if broken else {}),
        **({"inputs": {"file": "v.csv"}} if len(inputs) else {}),
        **sides,
    )
    g = np.exp(random.uniform(np.log(1e-6), np.log(1e-2), (rows, cols)))
    g[random.random((rows, cols)) < random.choice([0, 0.2, 0.7])] = 0
    v = random.uniform(-1, 1, (3, rows)) if len(inputs) else None
    return spec, g, v


@pytest.mark.parametrize("seed", SEEDS)
def test_random_network(bench, seed):
    spec, g, v = random_case(seed)
    assert_right(bench.run(spec, g=g, v=v), spec, g, v)


@pytest.mark.parametrize("device", ["linear", "sinh"])
def test_states_of_different_shapes_in_one_run(bench, device):
    """Open cells come and go between samples, so that the circuit's shape changes."""
    import h5py

    random = np.random.default_rng(5)
    g = np.exp(random.uniform(np.log(1e-5), np.log(1e-3), (6, 4, 5)))
    g[1, 2, :] = 0
    g[2, :, 3] = 0
    g[4] = 0
    v = random.uniform(-1, 1, (3, 4))
    with h5py.File(bench.folder / "g.h5", "w") as f:
        f["states"] = g
    spec = experiment(
        4,
        5,
        *(2.5, 5),
        device=device,
        left=("input", 2.5),
        bottom=([0, 0, 0, None, 0], 1),
        conductance={"file": "g.h5", "dataset": "/states"},
        inputs={"file": "v.csv"},
    )
    assert_right(bench.run(spec, v=v), spec, g, v)


@pytest.mark.parametrize("engine", [*EXACT, "ideal"])
def test_inputs_of_each_sample(bench, engine):
    """[sample][input][row]: each sample has inputs of its own."""
    import h5py

    random = np.random.default_rng(6)
    g = random.uniform(1e-5, 1e-3, (3, 4, 5))
    v = random.uniform(0, 1, (3, 2, 4))
    with h5py.File(bench.folder / "data.h5", "w") as f:
        f["g"], f["v"] = g, v
    spec = experiment(
        4,
        5,
        *(2.5, 5),
        left=("input", 2.5),
        bottom=(0, 1),
        engines=[engine],
        conductance={"file": "data.h5", "dataset": "/g"},
        inputs={"file": "data.h5", "dataset": "/v"},
    )
    result = bench.run(spec)
    np.testing.assert_array_equal(result["v_in"], v)
    if engine == "ideal":
        expected = np.einsum("sij,ski->skj", g, v)
        np.testing.assert_allclose(result["ideal/i_out"], expected, rtol=1e-14)
        return
    alone = {**spec, "conductance": {"file": "g.csv"}, "inputs": {"file": "v.csv"}}
    for k in range(3):
        one = bench.run(alone, g=g[k], v=v[k], name=f"alone{k}")
        assert_right(one, alone, g[k], v[k])
        np.testing.assert_allclose(
            result[f"{engine}/i_out"][k], one[f"{engine}/i_out"][0], rtol=1e-11
        )


# ------------------------------------------------------------------ symmetries


class Symmetry:
    """A seeded 4 x 6 array with open cells, and runs of its relatives: one engine's
    answers."""

    def __init__(self, bench, engine, device="linear"):
        self.bench, self.device, self.count = bench, device, 0
        self.engine = engine
        random = np.random.default_rng(11)
        self.g = np.exp(random.uniform(np.log(1e-5), np.log(1e-3), (4, 6)))
        self.g[random.random((4, 6)) < 0.15] = 0
        self.v = random.uniform(-1, 1, (1, 4))

    def run(self, g, row_ohm=3, col_ohm=5, v=None, **sides):
        self.count += 1
        more = {} if v is None else {"inputs": {"file": "v.csv"}}
        spec = experiment(*g.shape, row_ohm, col_ohm, self.device, **more, **sides)
        spec["engines"] = [self.engine]
        result = self.bench.run(spec, g=g, v=v, name=f"run{self.count}")
        return {
            name.removeprefix(self.engine + "/"): values
            for name, values in result.data.items()
            if name.startswith(self.engine + "/")
        }


def volts_of(row):
    return [float(x) for x in row]


def close(a, b):
    scale = np.max(np.abs(b))
    np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-10 * scale)


@pytest.mark.parametrize("engine", EXACT)
@pytest.mark.parametrize("device", ["linear", "sinh"])
def test_transpose(bench, engine, device):
    s = Symmetry(bench, engine, device)
    v = volts_of(s.v[0])
    a = s.run(s.g, left=(v, 7), bottom=(0, 11))
    b = s.run(s.g.T, 5, 3, top=(v, 7), right=(0, 11))
    close(b["v_col"][0, 0].T, a["v_row"][0, 0])
    close(b["v_row"][0, 0].T, a["v_col"][0, 0])
    close(-b["i_cell"][0, 0].T, a["i_cell"][0, 0])
    close(b["i_right"], a["i_bottom"])
    close(b["i_top"], a["i_left"])


@pytest.mark.parametrize("engine", EXACT)
@pytest.mark.parametrize("device", ["linear", "sinh"])
def test_reversal(bench, engine, device):
    s = Symmetry(bench, engine, device)
    a = s.run(s.g, v=s.v, left=("input", 7), bottom=(0, 11))
    b = s.run(s.g[::-1, ::-1], v=s.v[:, ::-1], right=("input", 7), top=(0, 11))
    close(b["i_cell"][0, 0, ::-1, ::-1], a["i_cell"][0, 0])
    close(b["i_out"][0, 0, ::-1], a["i_out"][0, 0])


@pytest.mark.parametrize("engine", EXACT)
def test_reciprocity(bench, engine):
    s = Symmetry(bench, engine)
    there = s.run(s.g, v=np.eye(4), left=("input", 7), bottom=(0, 11))
    # the array on its side: its bottom, now at the right, driven; its left, now on top,
    # read
    back = s.run(s.g.T, 5, 3, v=np.eye(6), right=("input", 11), top=(0, 7))
    close(there["i_out"][0], back["i_out"][0].T)


@pytest.mark.parametrize("engine", EXACT)
def test_superposition_and_sign(bench, engine):
    s = Symmetry(bench, engine)
    v = np.vstack([np.eye(4), s.v, -s.v])
    out = s.run(s.g, v=v, left=("input", 7), bottom=(0, 11))["i_out"][0]
    close(s.v[0] @ out[:4], out[4])
    close(-out[5], out[4])


@pytest.mark.parametrize("engine", EXACT)
def test_sinh_is_odd(bench, engine):
    s = Symmetry(bench, engine, "sinh")
    v = np.vstack([s.v, -s.v])
    out = s.run(s.g, v=v, left=("input", 7), bottom=(0, 11))["i_out"][0]
    close(-out[1], out[0])


@pytest.mark.parametrize("engine", EXACT)
@pytest.mark.parametrize("device", ["linear", "sinh"])
@pytest.mark.parametrize("factor", [1e-3, 7.0, 1e4])
def test_scaling(bench, engine, device, factor):
    s = Symmetry(bench, engine, device)
    a = s.run(s.g, v=s.v, left=("input", 7), bottom=(0, 11))
    b = s.run(
        s.g / factor,
        3 * factor,
        5 * factor,
        v=s.v,
        left=("input", 7 * factor),
        bottom=(0, 11 * factor),
    )
    close(b["i_out"] * factor, a["i_out"])
    close(b["v_row"], a["v_row"])
