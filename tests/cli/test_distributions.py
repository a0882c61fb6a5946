# SPDX-License-Identifier: GPL-3.0-or-later
"""What is drawn: the right law, the right range, independent between samples and between
purposes, a function of the seed alone. Limits lie at probabilities of 1e-6 and below, and
the seeds are fixed, so that a failure is a fault."""
import numpy as np
import pytest
import scipy.stats

from conftest import experiment

ROWS, COLS, SAMPLES = 24, 20, 30


def drawn(bench, conductance, inputs=None, faults=None, **more):
    """@return /conductance, /v_in of an ideal run"""
    spec = experiment(
        *(ROWS, COLS),
        left=("input", 0),
        bottom=(0, 0),
        engines=["ideal"],
        conductance={"samples": SAMPLES, **conductance},
        inputs=inputs or {"distribution": "constant", "value": 0.1, "count": 1},
        **({"faults": faults} if faults else {}),
        **more,
    )
    spec["record"] = ["i_out"]
    result = bench.run(spec)
    return result["conductance"], result["v_in"]


def assert_law(values, distribution):
    """Kolmogorov and Smirnov's test, and no value twice."""
    assert scipy.stats.kstest(values.ravel(), distribution.cdf).pvalue > 1e-6
    assert np.unique(values).size == values.size


LAWS = [
    (
        {"distribution": "uniform", "min": 2e-5, "max": 9e-4},
        scipy.stats.uniform(2e-5, 9e-4 - 2e-5),
    ),
    (
        {"distribution": "loguniform", "min": 1e-6, "max": 1e-3},
        scipy.stats.loguniform(1e-6, 1e-3),
    ),
    (
        {"distribution": "lognormal", "median": 1e-4, "sigma": 0.7},
        scipy.stats.lognorm(0.7, scale=1e-4),
    ),
]


@pytest.mark.parametrize("spec, law", LAWS, ids=lambda x: x.get("distribution") if isinstance(x, dict) else "")
def test_law_of_conductances(bench, spec, law):
    g, _ = drawn(bench, spec)
    assert g.shape == (SAMPLES, ROWS, COLS)
    assert_law(g, law)
    if "min" in spec:
        assert g.min() >= spec["min"] and g.max() <= spec["max"]
    # neighbours in a row, in a column, in the next sample know nothing of each other
    z = scipy.stats.norm.ppf(law.cdf(g))
    for a, b in ((z[..., 1:], z[..., :-1]), (z[:, 1:], z[:, :-1]), (z[1:], z[:-1])):
        assert abs(np.corrcoef(a.ravel(), b.ravel())[0, 1]) < 5 / np.sqrt(a.size)


def test_constant(bench):
    g, _ = drawn(bench, {"distribution": "constant", "value": 3.3e-5})
    assert (g == 3.3e-5).all()


def test_levels(bench):
    """Evenly spaced, both ends included, all equally likely."""
    g, _ = drawn(
        bench, {"distribution": "levels", "min": 1e-5, "max": 1e-3, "count": 8}
    )
    values, counts = np.unique(g, return_counts=True)
    np.testing.assert_allclose(values, np.linspace(1e-5, 1e-3, 8), rtol=1e-14)
    assert scipy.stats.chisquare(counts).pvalue > 1e-6


@pytest.mark.parametrize("count", [1, 3])
def test_inputs_are_drawn_anew_for_each_sample(bench, count):
    inputs = {"distribution": "uniform", "min": -0.2, "max": 0.3, "count": count}
    conductance = {"distribution": "constant", "value": 1e-4}
    _, v = drawn(bench, conductance, inputs)
    assert v.shape == (SAMPLES, count, ROWS)
    assert_law(v, scipy.stats.uniform(-0.2, 0.5))
    assert v.min() >= -0.2 and v.max() <= 0.3


def test_inputs_know_nothing_of_conductances(bench):
    """Streams of their own: more inputs, other conductances, the same numbers."""
    law = {"distribution": "uniform", "min": 0.0, "max": 1.0}
    g, v = drawn(bench, law, {**law, "count": 2})
    g_again, v_again = drawn(bench, {**law, "max": 2.0}, {**law, "count": 2})
    np.testing.assert_array_equal(v, v_again)
    np.testing.assert_allclose(2 * g, g_again, rtol=1e-14)
    g_more, _ = drawn(bench, law, {**law, "count": 7})
    np.testing.assert_array_equal(g, g_more)
    a, b = g[:, :, 0], v[:, 0, :]
    assert abs(np.corrcoef(a.ravel(), b.ravel())[0, 1]) < 5 / np.sqrt(a.size)


def test_seeds_that_differ_in_one_bit(bench):
    law = {"distribution": "uniform", "min": 0.0, "max": 1.0}
    draws = [
        drawn(bench, law, seed=seed)[0] for seed in (0, 1, 2, 2**32, 2**32 + 1, 2**62)
    ]
    for k, a in enumerate(draws):
        for b in draws[:k]:
            assert (a != b).all()
            assert abs(np.corrcoef(a.ravel(), b.ravel())[0, 1]) < 5 / np.sqrt(a.size)


@pytest.mark.parametrize(
    "on, off", [(0.1, 0.25), (0, 0.5), (0.3, 0), (0.01, 0.02), (1, 0), (0.5, 0.5)]
)
def test_stuck_shares_are_exact(bench, on, off):
    """round(share * cells) cells in every sample, other ones in each."""
    faults = {
        "stuck": {"on": on, "off": off, "on_siemens": 2e-3, "off_siemens": 1e-7}
    }
    law = {"distribution": "uniform", "min": 1e-5, "max": 1e-3}
    g, _ = drawn(bench, law, faults=faults)
    free, _ = drawn(bench, law)
    cells = ROWS * COLS
    stuck_on, stuck_off = g == 2e-3, g == 1e-7
    assert (stuck_on.sum(axis=(1, 2)) == round(on * cells)).all()
    assert (stuck_off.sum(axis=(1, 2)) == round(off * cells)).all()
    # all others are what they would have been
    others = ~(stuck_on | stuck_off)
    np.testing.assert_array_equal(g[others], free[others])
    if 0 < on + off < 1:
        hits = (stuck_on | stuck_off).sum(axis=0)
        expected = SAMPLES * (round(on * cells) + round(off * cells)) / cells
        assert hits.min() < expected < hits.max()
        # every cell is as likely as any other
        rows = hits.sum(axis=1) / (COLS * SAMPLES)
        share = expected / SAMPLES
        assert np.abs(rows - share).max() < 6 * np.sqrt(
            share * (1 - share) / (COLS * SAMPLES)
        )
