#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The C tests under AddressSanitizer (with leaks) and UndefinedBehaviorSanitizer.
set -euo pipefail
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
build=$here/build-sanitize
cd -- "$here"
source scripts/packages.sh
install_packages "${packages_check[@]}"

printf 'sanitize: building\n'
mkdir -p "$build"
{
    [[ -f $build/build.ninja ]] ||
        meson setup --buildtype=debug -Dwerror=true -Db_lundef=false \
            -Db_sanitize=address,undefined "$build" "$here"
    ninja -C "$build" all meson-test-prereq
} >"$build/sanitize.log" 2>&1 || { tail -n 60 "$build/sanitize.log"; exit 1; }

printf 'sanitize: running the C tests\n'
export ASAN_OPTIONS=detect_stack_use_after_return=1
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
export LSAN_OPTIONS=suppressions=$here/tests/lsan.supp:print_suppressions=0
meson test -C "$build" --no-rebuild --print-errorlogs --timeout-multiplier 4 \
    --suite core --suite device --suite crossbar --suite analytical --suite netlist \
    --suite spice --suite nodal --suite engine --suite control --suite store \
    --suite experiment --suite calibrate --suite campaign
