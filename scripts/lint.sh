#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Layout (clang-format), static analysis (clang-tidy, cppcheck), shell scripts
# (shellcheck), the man page (mandoc): all must have nothing to say.
set -euo pipefail
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
build=$here/build-lint
cd -- "$here"
source scripts/packages.sh
install_packages "${packages_check[@]}" clang-format clang-tidy cppcheck mandoc shellcheck

mapfile -t sources < <(git ls-files 'src/*.c' 'tests/*.c' 'bench/*.c')
mapfile -t headers < <(git ls-files 'src/*.h' 'tests/*.h')

printf 'lint: clang-format\n'
clang-format --dry-run -Werror "${sources[@]}" "${headers[@]}"

printf 'lint: shellcheck, mandoc\n'
shellcheck -x demo check .ci/run scripts/*.sh
mandoc -Tlint -W warning docs/xbar.1

printf 'lint: cppcheck\n'
[[ -f $build/build.ninja ]] || meson setup "$build" "$here" >"$build.log" 2>&1 ||
    { cat "$build.log"; exit 1; }
rm -f "$build.log"
cppcheck --quiet --error-exitcode=1 --std=c11 --enable=warning,performance,portability \
    --inline-suppr -I src src

printf 'lint: clang-tidy\n'
# generated sources must exist before clang-tidy reads the files that include them
ninja -C "$build" >"$build/lint.log" 2>&1 || { tail -n 40 "$build/lint.log"; exit 1; }
# options that gcc alone knows
sed -i 's/ -mmove-max=[0-9]*//g; s/ -mstore-max=[0-9]*//g' "$build/compile_commands.json"
printf '%s\n' "${sources[@]}" | grep '^src/' |
    xargs -P "$(nproc)" -n 4 clang-tidy --quiet -p "$build" 2>&1 |
    { grep -v 'warnings generated\|Suppressed\|Use -header-filter' || true; } \
        >"$build/tidy.log"
if grep -E 'warning:|error:' "$build/tidy.log"; then
    exit 1
fi
printf 'lint: clean\n'
