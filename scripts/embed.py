#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes a text file as a C string: embed.py INPUT OUTPUT.c SYMBOL"""

import sys

source, target, symbol = sys.argv[1:]
with open(source, encoding="ascii") as text:
    lines = text.read().splitlines()
with open(target, "w", encoding="ascii") as out:
    out.write('#include "device/models.h"\n\n')
    out.write(f"const char {symbol}[] =\n")
    for line in lines:
        escaped = line.replace("\\", "\\\\").replace('"', '\\"')
        out.write(f'    "{escaped}\\n"\n')
    out.write("    ;\n")
