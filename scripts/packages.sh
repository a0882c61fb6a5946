# SPDX-License-Identifier: GPL-3.0-or-later
# Debian 12's packages that ./demo and ./check need, and how they are installed.
# Sourced by both.
# shellcheck shell=bash

packages_build=(
    gcc libc6-dev meson ninja-build pkg-config
    libgsl-dev libhdf5-dev libngspice0-dev libsuitesparse-dev libyaml-dev nettle-dev
    python3-yaml
)
packages_figures=(
    python3-h5netcdf python3-h5py python3-matplotlib python3-numpy python3-xarray
)
# meson looks for the tests' libraries whenever it configures.
packages_demo=("${packages_build[@]}" "${packages_figures[@]}" libcmocka-dev)
# shellcheck disable=SC2034  # used by ./check
packages_check=(
    "${packages_demo[@]}"
    hdf5-tools locales netcdf-bin ngspice
    python3-netcdf4 python3-pytest python3-scipy python3-sklearn
)

# missing_packages NAME... prints those that are not installed, one a line.
missing_packages() {
    local name state
    for name in "$@"; do
        # shellcheck disable=SC2016  # dpkg-query's own format
        state=$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null) || true
        [[ $state == installed ]] || printf '%s\n' "$name"
    done
}

# apt_get COMMAND... as root, without questions.
apt_get() {
    local as_root=(sudo)
    ((EUID != 0)) || as_root=()
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q "$@"
}

# install_packages NAME... asks apt for those that are missing, and for nothing when
# none is. Returns non-zero, with the reason on stderr, when they cannot be had.
install_packages() {
    local missing said
    missing=$(missing_packages "$@")
    [[ $missing ]] || return 0
    mapfile -t missing <<<"$missing"

    if ! command -v apt-get >/dev/null; then
        printf 'missing, and no apt-get here to install: %s\n' "${missing[*]}" >&2
        return 1
    fi
    if ((EUID != 0)) && ! command -v sudo >/dev/null; then
        printf 'missing; as root: apt-get install %s\n' "${missing[*]}" >&2
        return 1
    fi
    printf 'installing %s\n' "${missing[*]}"
    # A fresh machine has no package lists; where one of several sources is out of
    # reach, the others may do: the install decides.
    if ! said=$({
        apt_get update || true
        apt_get install -y --no-install-recommends "${missing[@]}"
    } 2>&1); then
        printf '%s\n' "$said" | tail -n 20 >&2
        printf 'apt-get could not install: %s\n' "${missing[*]}" >&2
        return 1
    fi
}
