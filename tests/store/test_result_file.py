#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The result file as the programs of its readers see it."""

import os
import subprocess

import h5py
import netCDF4
import numpy as np
import pytest
import xarray as xr

CHUNK_LIMIT = 4 << 20
SIZES = {"sample": 3, "input": 4, "row": 5, "col": 6}
ENGINES = ["spice", "ideal"]
XARRAY_ENGINES = ["h5netcdf", "netcdf4"]
DIGEST = "0123456789abcdef" * 4

# path below the root or an engine: kind (store_sample.h), axes, unit
ROOT = {
    "conductance": (1, ("sample", "row", "col"), "S"),
    "state": (2, ("sample", "row", "col"), "1"),
    "v_in": (3, ("sample", "input", "row"), "V"),
    "v_col": (4, ("sample", "input", "col"), "V"),
}
ENGINE = {
    "i_out": (5, ("sample", "input", "col"), "A"),
    "v_row": (6, ("sample", "input", "row", "col"), "V"),
    "v_col": (7, ("sample", "input", "row", "col"), "V"),
    "i_cell": (8, ("sample", "input", "row", "col"), "A"),
    "i_left": (9, ("sample", "input", "row"), "A"),
    "i_right": (10, ("sample", "input", "row"), "A"),
    "i_top": (11, ("sample", "input", "col"), "A"),
    "i_bottom": (12, ("sample", "input", "col"), "A"),
    "kcl_residual": (13, ("sample", "input"), "A"),
    "wall_time": (14, ("sample", "input"), "s"),
    "status": (0, ("sample", "input"), "1"),
}
# what a run in time has besides, and where: behind i_cell, behind i_bottom
MOVING = {
    "state": (19, ("sample", "input", "row", "col"), "1"),
    "state_t": (20, ("sample", "input", "row", "col"), "1"),
    "heat": (18, ("sample", "input", "row", "col"), "J"),
}
ENERGY = {
    "energy_left": (23, ("sample", "input", "row"), "J"),
    "energy_right": (24, ("sample", "input", "row"), "J"),
    "energy_top": (25, ("sample", "input", "col"), "J"),
    "energy_bottom": (26, ("sample", "input", "col"), "J"),
}
TIMES = 1e-6 * np.arange(7)
PROVENANCE = {
    "experiment": "title: Größe\nseed: 1\n",
    "netlist": "* R = 1 kΩ\n.end\n",
    "command_line": "xbar run \ufffd.yaml",
    "commit": "",
}


def table():
    """All variables: path, kind, engine's index, axes, unit."""
    rows = [(name, kind, 0, axes, unit) for name, (kind, axes, unit) in ROOT.items()]
    for e, engine in enumerate(ENGINES):
        for name, (kind, axes, unit) in ENGINE.items():
            rows.append((f"{engine}/{name}", kind, e, axes, unit))
    return rows


def in_time(variables):
    """The same with the axis of time behind that of inputs."""
    return {
        name: (kind, (*axes[:2], "time", *axes[2:]) if axes[1:2] == ("input",) and
               len(axes) > 2 else axes, unit)
        for name, (kind, axes, unit) in variables.items()
    }


TIME_SIZES = {"sample": 3, "input": 4, "time": 7, "row": 5, "col": 6}
TIME_ROOT = in_time(ROOT)
names = list(ENGINE)
TIME_ENGINE = in_time({**{n: ENGINE[n] for n in names[:4]}, **MOVING,
                       **{n: ENGINE[n] for n in names[4:8]}, **ENERGY,
                       **{n: ENGINE[n] for n in names[8:]}})

TABLE = table()
PATHS = [row[0] for row in TABLE]


def expected(kind, e, axes):
    """What the C side wrote, NaN where nothing was done."""
    grids = dict(zip(axes, np.meshgrid(*[np.arange(TIME_SIZES[a]) for a in axes],
                                       indexing="ij")))
    at = {axis: grids.get(axis, 0) for axis in TIME_SIZES}
    value = (kind + 100 * at["time"] + 0.1 * e + 1e-2 * at["sample"] + 1e-4 * at["input"]
             + 1e-7 * at["row"] + 1e-10 * at["col"])
    lost = at["sample"] == 2
    if e == 0 and kind >= 5:
        lost = lost | ((at["sample"] == 1) & (at["input"] == 2))
    return np.where(lost, np.nan, value)


def expected_status(e):
    status = np.ones((3, 4), np.uint8)
    status[2] = 0
    if e == 0:
        status[1, 2] = 2
    return status


def make(tmp, *arguments):
    # a name with a blank and a letter outside ASCII: paths are bytes to us
    path = tmp / "größer 1.h5"
    subprocess.run([os.environ["XBAR_MAKE_RESULT"], path, *arguments], check=True)
    return path


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    return make(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    return make(tmp_path_factory.mktemp("large"), "large")


@pytest.fixture
def file(result):
    with h5py.File(result, "r") as f:
        yield f


def test_nothing_is_left_beside_it(result):
    assert [p.name for p in result.parent.iterdir()] == [result.name]


def test_root_attributes(file):
    attributes = dict(file.attrs)
    created = attributes.pop("created")
    assert len(created) == 20 and created[10] == "T" and created[-1] == "Z"
    assert attributes.pop("xbar_version")
    assert attributes == {"title": "A known result", "source": "xbar", "digest": DIGEST,
                          "engines": "spice ideal",
                          "row_ohm": 2.5, "col_ohm": 0.75}


def test_the_tree_in_order_of_creation(file):
    # as group: h5py takes the names of a File itself in alphabetical order
    assert list(file["/"]) == [*SIZES, *ENGINES, *ROOT, "provenance"]
    for engine in ENGINES:
        assert list(file[engine]) == list(ENGINE)
    assert list(file["provenance"]) == list(PROVENANCE)


def test_creation_order_is_tracked_and_indexed_everywhere(file):
    both = h5py.h5p.CRT_ORDER_TRACKED | h5py.h5p.CRT_ORDER_INDEXED
    objects = [file["/"]]
    file.visititems(lambda _, o: objects.append(o))
    assert len(objects) == 1 + 4 + 4 + 2 * (1 + 11) + 1 + 4
    for o in objects:
        plist = o.id.get_create_plist()
        assert plist.get_attr_creation_order() == both, o.name
        if isinstance(o, h5py.Group):
            assert plist.get_link_creation_order() == both, o.name


def test_dimensions_have_no_coordinates(file):
    for name, size in SIZES.items():
        scale = file[name]
        assert h5py.h5ds.is_scale(scale.id) and scale.shape == (size,)
        want = f"This is a netCDF dimension but not a netCDF variable. {size:9d}"
        assert scale.attrs["NAME"].decode() == want
        assert scale.id.get_storage_size() == 0


@pytest.mark.parametrize("path, kind, e, axes, unit", TABLE, ids=PATHS)
def test_variable(file, path, kind, e, axes, unit):
    v = file[path]
    assert v.shape == tuple(SIZES[axis] for axis in axes)
    assert v.attrs["units"] == unit
    assert isinstance(v.attrs["long_name"], str) and v.attrs["long_name"]
    for k, axis in enumerate(axes):
        assert [scale.name for scale in v.dims[k].values()] == ["/" + axis]
    assert v.shuffle and v.compression == "gzip" and v.fletcher32
    assert np.prod(v.chunks) * v.dtype.itemsize <= CHUNK_LIMIT
    if axes[-2:] == ("row", "col"):
        assert v.chunks == (1,) * (len(axes) - 2) + (5, 6)
    if path.endswith("status"):
        assert v.dtype == np.uint8
        assert list(v.attrs["flag_values"]) == [0, 1, 2, 3, 4]
        assert v.attrs["flag_values"].dtype == np.uint8
        assert len(v.attrs["flag_meanings"].split()) == 5
        np.testing.assert_array_equal(v[...], expected_status(e))
    else:
        assert v.dtype == np.dtype("<f8")
        assert np.isnan(v.fillvalue) and np.isnan(v.attrs["_FillValue"]).all()
        np.testing.assert_allclose(v[...], expected(kind, e, axes), rtol=1e-15)


def test_state_is_called_what_the_device_calls_it(file):
    assert file["state"].attrs["long_name"] == "filament length"


def test_there_are_no_references_but_those_of_scales(file):
    def check(name, o):
        for key in o.attrs:
            if key not in ("DIMENSION_LIST", "REFERENCE_LIST"):
                kind = o.attrs.get_id(key).get_type().get_class()
                assert kind in (h5py.h5t.STRING, h5py.h5t.FLOAT, h5py.h5t.INTEGER), name

    file.visititems(check)


def test_provenance_with_h5py(file):
    for name, text in PROVENANCE.items():
        entry = file["provenance"][name]
        assert entry.shape == () and entry.asstr()[()] == text
        assert entry.attrs["units"] == "1" and entry.attrs["long_name"]


@pytest.mark.parametrize("engine", XARRAY_ENGINES)
def test_xarray_opens_the_root(result, engine):
    with xr.open_dataset(result, engine=engine) as data:
        assert dict(data.sizes) == SIZES
        assert list(data.data_vars) == list(ROOT) and not data.coords
        assert data.attrs["engines"] == "spice ideal"
        for name, (kind, axes, unit) in ROOT.items():
            assert data[name].dims == axes and data[name].attrs["units"] == unit
            np.testing.assert_allclose(data[name], expected(kind, 0, axes), rtol=1e-15)


@pytest.mark.parametrize("e, group", list(enumerate(ENGINES)))
@pytest.mark.parametrize("engine", XARRAY_ENGINES)
def test_xarray_opens_an_engine(result, engine, e, group):
    with xr.open_dataset(result, engine=engine, group=group) as data:
        assert list(data.data_vars) == list(ENGINE)
        for name, (kind, axes, unit) in ENGINE.items():
            assert data[name].dims == axes and data[name].attrs["units"] == unit
            if name == "status":
                assert data[name].dtype == np.uint8
                np.testing.assert_array_equal(data[name], expected_status(e))
            else:
                np.testing.assert_allclose(data[name], expected(kind, e, axes), rtol=1e-15)


@pytest.mark.parametrize("engine", XARRAY_ENGINES)
def test_xarray_opens_the_provenance(result, engine):
    with xr.open_dataset(result, engine=engine, group="provenance") as data:
        for name, text in PROVENANCE.items():
            value = data[name].values[()]
            assert (value.decode() if isinstance(value, bytes) else value) == text


def test_netcdf4_sees_the_dimensions(result):
    with netCDF4.Dataset(result) as data:
        assert {name: d.size for name, d in data.dimensions.items()} == SIZES
        assert data["spice/i_out"].dimensions == ("sample", "input", "col")
        for name, text in PROVENANCE.items():
            assert data["provenance"][name][...] == text


def test_ncdump(result):
    run = subprocess.run(["ncdump", "-h", result], check=True, capture_output=True, text=True)
    assert run.stderr == ""
    for line in ("sample = 3 ;", "ubyte status(sample, input) ;", "group: spice {",
                 "double conductance(sample, row, col) ;", "string netlist ;"):
        assert line in run.stdout
    assert "phony" not in run.stdout and "anonymous" not in run.stdout
    subprocess.run(["ncdump", result], check=True, stdout=subprocess.DEVNULL)


def test_h5dump(result):
    run = subprocess.run(["h5dump", "-H", result], check=True, capture_output=True, text=True)
    assert run.stderr == "" and 'GROUP "provenance"' in run.stdout


def test_a_large_plane_is_cut_into_chunks(large):
    with h5py.File(large, "r") as file:
        for path in ("conductance", "spice/v_row"):
            v = file[path]
            size = np.prod(v.chunks) * 8
            assert v.chunks[-1] == 1100 and CHUNK_LIMIT / 2 < size <= CHUNK_LIMIT
            rows = np.arange(1000)[:, None]
            want = {"conductance": 1, "spice/v_row": 6}[path] + 1e-7 * rows
            np.testing.assert_allclose(v[...].reshape(1000, 1100),
                                       want + 1e-10 * np.arange(1100), rtol=1e-15)


# ------------------------------------------------------------------ runs in time


@pytest.fixture(scope="module")
def timed(tmp_path_factory):
    return make(tmp_path_factory.mktemp("timed"), "time")


def test_time_is_a_coordinate(timed):
    with h5py.File(timed, "r") as f:
        assert list(f["/"]) == [*TIME_SIZES, *ENGINES, *TIME_ROOT, "provenance"]
        assert list(f["spice"]) == list(TIME_ENGINE)
        assert h5py.h5ds.is_scale(f["time"].id) and f["time"].dtype == np.dtype("<f8")
        assert f["time"].attrs["units"] == "s" and f["time"].attrs["long_name"]
        np.testing.assert_array_equal(f["time"], TIMES)
        assert f["spice/state"].attrs["long_name"] == "width of the doped region / D"
        assert f["spice/state_t"].attrs["long_name"] == "temperature / 1 K"
        assert f["state"].attrs["long_name"] == "filament length"


def test_variables_in_time_with_h5py(timed):
    with h5py.File(timed, "r") as f:
        for path, (kind, axes, unit) in [
            *TIME_ROOT.items(), *((f"ideal/{n}", v) for n, v in TIME_ENGINE.items())
        ]:
            v = f[path]
            assert [v.dims[k][0].name for k in range(v.ndim)] == ["/" + a for a in axes]
            assert v.attrs["units"] == unit and v.attrs["long_name"]
            assert v.shuffle and v.compression == "gzip" and v.fletcher32
            assert np.prod(v.chunks) * v.dtype.itemsize <= CHUNK_LIMIT
            if path.endswith("status"):
                np.testing.assert_array_equal(v[...], expected_status(1))
            else:
                e = 1 if "/" in path else 0
                np.testing.assert_allclose(v[...], expected(kind, e, axes), rtol=1e-14)


@pytest.mark.parametrize("engine", XARRAY_ENGINES)
def test_xarray_reads_time(timed, engine):
    with xr.open_dataset(timed, engine=engine) as data:
        assert dict(data.sizes) == TIME_SIZES
        assert list(data.data_vars) == list(TIME_ROOT) and list(data.coords) == ["time"]
        np.testing.assert_array_equal(data["time"], TIMES)
        assert data["time"].attrs["units"] == "s"
        assert data["v_in"].dims == ("sample", "input", "time", "row")
    # a group's variables have the dimension; its coordinate stands at the root
    with xr.open_dataset(timed, engine=engine, group="spice") as data:
        assert list(data.data_vars) == list(TIME_ENGINE)
        for name, (kind, axes, unit) in TIME_ENGINE.items():
            assert data[name].dims == axes and data[name].attrs["units"] == unit
            if name != "status":
                np.testing.assert_allclose(data[name], expected(kind, 0, axes),
                                           rtol=1e-14)


def test_netcdf4_and_ncdump_see_time(timed):
    with netCDF4.Dataset(timed) as data:
        assert {name: d.size for name, d in data.dimensions.items()} == TIME_SIZES
        np.testing.assert_array_equal(data["time"][:], TIMES)
        assert data["spice/heat"].dimensions == ("sample", "input", "time", "row", "col")
    run = subprocess.run(["ncdump", "-h", timed], check=True, capture_output=True, text=True)
    assert run.stderr == ""
    for line in ("time = 7 ;", "double time(time) ;", 'time:units = "s" ;',
                 "double state_t(sample, input, time, row, col) ;"):
        assert line in run.stdout
    assert "phony" not in run.stdout and "anonymous" not in run.stdout
    subprocess.run(["h5dump", "-H", timed], check=True, stdout=subprocess.DEVNULL)


def test_small_planes_of_several_moments_share_a_chunk(tmp_path):
    with h5py.File(make(tmp_path, "long"), "r") as f:
        v = f["spice/v_row"]
        plane = 20 * 30 * 8
        assert v.chunks == (1, 1, (64 << 10) // plane, 20, 30)
        assert f["spice/i_out"].chunks == (1, 1, (64 << 10) // (8 * 30), 30)
        moments = 100.0 * np.arange(1000)
        np.testing.assert_allclose(v[0, 0, :, 0, 0], 6 + moments, rtol=1e-14)


def test_only_analytical_has_a_standard_deviation(tmp_path):
    with h5py.File(make(tmp_path, "std"), "r") as f:
        assert list(f["analytical"])[:2] == ["i_out", "i_out_std"]
        assert "i_out_std" not in f["spice"]
        v = f["analytical/i_out_std"]
        axes = ("sample", "input", "col")
        assert v.attrs["units"] == "A" and v.shape == (3, 4, 6)
        want = expected(17, 1, axes)
        np.testing.assert_allclose(v[:2], want[:2], rtol=1e-15)
