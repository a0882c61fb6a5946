# SPDX-License-Identifier: GPL-3.0-or-later
"""The worked example of the design, through the whole program, to the digits printed."""
import numpy as np
import pytest

from conftest import DONE, EXACT, assert_right, experiment

G = np.array([[1, 2, 3], [4, 5, 6]]) * 1e-3
V = [[1, 0.5]]
PRINTED = {
    "i_out": ["0.00247837758", "0.00358432611", "0.0046125929"],
    "i_bottom": ["-0.00247837758", "-0.00358432611", "-0.0046125929"],
    "i_left": ["0.0051673709", "0.00550792569"],
    "i_right": ["0", "0"],
    "i_top": ["0", "0", "0"],
    "v_row": ["0.948326291", "0.944055885", "0.941523266"]
    + ["0.444920743", "0.44099423", "0.438914256"],
    "v_col": ["0.0513614811", "0.0751620974", "0.097317095"]
    + ["0.0495675515", "0.0716865223", "0.092251858"],
}


def worked_example(engines):
    return experiment(
        2,
        3,
        row_ohm=1,
        col_ohm=2,
        left=("input", 10),
        bottom=(0, 20),
        engines=engines,
        inputs={"file": "v.csv"},
    )


@pytest.mark.parametrize("engine", EXACT)
def test_digits_printed(bench, engine):
    result = bench.run(worked_example([engine]), g=G, v=V)
    assert result[f"{engine}/status"].tolist() == [[DONE]]
    for name, texts in PRINTED.items():
        values = result[f"{engine}/{name}"].ravel()
        for value, text in zip(values, texts, strict=True):
            digits = len(text.partition(".")[2])
            assert round(float(value), digits) == float(text), name
    assert_right(result, worked_example([engine]), G, V)


def test_ideal_is_the_plain_product(bench):
    result = bench.run(worked_example(["ideal"]), g=G, v=V)
    assert result["ideal/status"].tolist() == [[DONE]]
    np.testing.assert_allclose(result["ideal/i_out"][0, 0], V[0] @ G, rtol=1e-15)
    np.testing.assert_array_equal(result["ideal/v_row"][0, 0], [[1] * 3, [0.5] * 3])
    assert not result["ideal/v_col"].any()
    np.testing.assert_allclose(
        result["ideal/i_cell"][0, 0], G * [[1], [0.5]], rtol=1e-15
    )


def test_engines_share_one_file(bench):
    result = bench.run(worked_example(["spice", "ideal"]), g=G, v=V)
    alone = bench.run(worked_example(["spice"]), g=G, v=V, name="alone")
    np.testing.assert_array_equal(result["spice/i_out"], alone["spice/i_out"])
    assert "ideal/i_out" in result and "ideal/i_out" not in alone


def test_planes_are_written_only_when_recorded(bench):
    spec = worked_example(["spice", "ideal"])
    spec["record"] = ["i_out", "v_col"]
    result = bench.run(spec, g=G, v=V)
    for engine in ("spice", "ideal"):
        names = {n.split("/")[1] for n in result.data if n.startswith(engine + "/")}
        assert names == {
            "i_out",
            "i_left",
            "i_right",
            "i_top",
            "i_bottom",
            "v_col",
            "status",
            "kcl_residual",
            "wall_time",
        }


def test_axes_of_every_variable(bench):
    """[sample][input][row][col], sizes that tell the axes apart."""
    spec = worked_example(["spice"])
    v = np.linspace(0.1, 1, 8).reshape(4, 2)
    result = bench.run(spec, g=G, v=v)
    for name, shape in {
        "conductance": (1, 2, 3),
        "v_in": (1, 4, 2),
        "v_col": (1, 4, 3),
        "spice/i_out": (1, 4, 3),
        "spice/v_row": (1, 4, 2, 3),
        "spice/v_col": (1, 4, 2, 3),
        "spice/i_cell": (1, 4, 2, 3),
        "spice/i_left": (1, 4, 2),
        "spice/i_right": (1, 4, 2),
        "spice/i_top": (1, 4, 3),
        "spice/i_bottom": (1, 4, 3),
        "spice/status": (1, 4),
        "spice/kcl_residual": (1, 4),
        "spice/wall_time": (1, 4),
    }.items():
        assert result[name].shape == shape, name
    assert_right(result, spec, G, v)
