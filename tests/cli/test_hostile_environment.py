# SPDX-License-Identifier: GPL-3.0-or-later
"""ngspice reads initialisation files and variables, and a locale can change how numbers
look. None of it may reach a run: same numbers, nothing executed, no file left behind."""
import subprocess

import pytest

from conftest import Result, assert_one_line, experiment
from test_network_cases import IN, cells, volts

SPICEINIT = """* a hostile .spiceinit
shell touch {0}/pwned
set ngbehavior=ps
set num_threads=1
set numdgt=3
set temp=400
option gmin=1e-3
option reltol=0.5
echo I was here
"""


def spec_and_data(device):
    spec = experiment(
        *(6, 5, 2.5, 5),
        device,
        left=(IN, 2.5),
        bottom=(0, 1),
        engines=["spice", "ideal"],
        inputs={"file": "v.csv"},
    )
    return spec, cells(6, 5), volts(6)


def init_file(folder):
    def prepare(bench, tmp_path):
        target = {"home": bench.home, "work": bench.folder, "tmp": tmp_path}[folder]
        for name in (".spiceinit", "spice.rc", "spinit", "spinitr"):
            (target / name).write_text(SPICEINIT.format(tmp_path))
        return {}

    return prepare


def spice_scripts(bench, tmp_path):
    folder = tmp_path / "scripts"
    folder.mkdir()
    for name in ("spinit", "spinitr", ".spiceinit"):
        (folder / name).write_text(SPICEINIT.format(tmp_path))
    return {
        "SPICE_SCRIPTS": str(folder),
        "SPICE_LIB_DIR": str(tmp_path),
        "SPICE_USERINIT_DIR": str(folder),
        "SPICE_ASCIIRAWFILE": "1",
        "SPICE_NEWS": "/etc/passwd",
        "SPICE_OPTS": "gmin=1e-3",
        "SPICE_EDITOR": f"touch {tmp_path}/pwned",
        "SPICE_HOST": "nowhere",
        "SPICE_PATH": "/bin/false",
        "SPICE_NUMDGT": "3",
    }


def german(bench, tmp_path):
    """A decimal comma. The locale is made here where the system has none."""
    made = subprocess.run(
        ["localedef", "-i", "de_DE", "-f", "UTF-8", str(tmp_path / "de_DE.UTF-8")],
        capture_output=True,
    )
    if made.returncode > 1 or not (tmp_path / "de_DE.UTF-8").is_dir():
        pytest.skip("no locale with a decimal comma can be made here (localedef)")
    env = {"LOCPATH": str(tmp_path), "LC_ALL": "de_DE.UTF-8", "LANG": "de_DE.UTF-8"}
    env |= bench.leaks_allowed()  # glibc keeps what it reads of a locale
    shown = subprocess.run(
        ["/usr/bin/printf", "%.1f", "0,5"], env=env, capture_output=True
    )
    if shown.stdout != b"0,5":
        pytest.skip("the locale with a decimal comma that localedef made does not work")
    return env


def no_home(bench, tmp_path):
    return {"HOME": "", "TMPDIR": "", "TERM": "", "COLUMNS": "-7"}


def hdf5_and_threads(bench, tmp_path):
    return {
        "HDF5_USE_FILE_LOCKING": "FALSE",
        "HDF5_DISABLE_VERSION_CHECK": "2",
        "OMP_NUM_THREADS": "999",
        "MALLOC_PERTURB_": "165",
        "GSL_RNG_TYPE": "taus",
        "GSL_RNG_SEED": "3",
    }


@pytest.mark.parametrize("device", ["linear", "sinh"])
@pytest.mark.parametrize(
    "prepare",
    [
        pytest.param(init_file("home"), id="init files in the home folder"),
        pytest.param(init_file("work"), id="init files in the current folder"),
        pytest.param(init_file("tmp"), id="init files in TMPDIR"),
        pytest.param(spice_scripts, id="SPICE_ variables"),
        pytest.param(german, id="decimal comma"),
        pytest.param(no_home, id="empty variables"),
        pytest.param(hdf5_and_threads, id="library variables"),
    ],
)
def test_environment_changes_nothing(bench, tmp_path, prepare, device):
    spec, g, v = spec_and_data(device)
    plain = bench.run(spec, g=g, v=v, name="plain")
    netlist = bench.xbar("netlist", "plain.yaml")
    env = prepare(bench, tmp_path)
    before = set(bench.files()) | {"hostile.yaml", "hostile.h5"}
    hostile = bench.run(spec, name="hostile", env=env)
    plain.assert_same_numbers(hostile)
    again = bench.xbar("netlist", "plain.yaml", env=env)
    assert again.status == 0 and again.out == netlist.out and again.err == ""
    assert set(bench.files()) == before
    assert not list(tmp_path.rglob("pwned")), "an initialisation file was executed"


def test_private_folders_are_removed(bench, tmp_path):
    """Whatever a run needs under TMPDIR is gone when it ends."""
    spec, g, v = spec_and_data("linear")
    private = tmp_path / "private"
    private.mkdir()
    bench.run(spec, g=g, v=v, env={"TMPDIR": str(private)})
    assert list(private.iterdir()) == []


def test_a_folder_for_temporary_files_that_is_not_there(bench):
    """The machine's fault, told in one line."""
    spec, g, v = spec_and_data("linear")
    bench.matrix("g.csv", g)
    bench.matrix("v.csv", v)
    bench.write("experiment.yaml", spec)
    done = bench.xbar("run", "experiment.yaml", env={"TMPDIR": "/nonexistent"})
    assert_one_line(done, 3)
    assert "/nonexistent" in done.err
    assert not list(bench.folder.rglob("*.h5"))


def test_closed_streams(bench):
    """Without stdin, stdout and stderr a run still ends well, and its result is whole:
    no file of its own may land on a descriptor that messages go to."""
    spec, g, v = spec_and_data("linear")
    plain = bench.run(spec, g=g, v=v)
    command = bench.command("run", "experiment.yaml", "-o", "closed.h5")
    status = subprocess.run(
        ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", *command],
        cwd=bench.folder,
        env=bench.env,
        timeout=60,
    ).returncode
    assert status == 0
    plain.assert_same_numbers(Result(bench.folder / "closed.h5"))
