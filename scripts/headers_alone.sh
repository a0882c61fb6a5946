#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Each header compiles alone: headers_alone.sh SOURCE_FOLDER
set -uo pipefail
cd -- "$1" || exit 99
mapfile -t flags < <(pkg-config --cflags hdf5 yaml-0.1 | tr ' ' '\n' | sed '/^$/d')
failed=0 n=0
for header in src/xbar.h src/*/*.h; do
    n=$((n + 1))
    if cc -std=c17 -D_POSIX_C_SOURCE=200809L -D_DEFAULT_SOURCE -Wall -Wextra -Werror \
        -Isrc "${flags[@]}" -fsyntax-only -x c "$header"; then
        printf 'ok %d - %s\n' "$n" "$header"
    else
        printf 'not ok %d - %s\n' "$n" "$header"
        failed=1
    fi
done
printf '1..%d\n' "$n"
exit $failed
