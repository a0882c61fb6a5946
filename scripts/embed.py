#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts the models into the program, as C.

embed.py model FOLDER OUTPUT.c DEPFILE    models/NAME: NAME.cir as xbar_model_NAME[] (if
                                          there is one), SET.yaml as xbar_sets_NAME[]
embed.py library OUTPUT.c NAME...         xbar_library[], the devices in this order

A parameter set is

    about: one line, whose device
    parameters:
      v_off: {value: 0.02, unit: V, source: "where the value comes from"}

and anything else in it stops the build with the file and what is wrong.
"""

import math
import pathlib
import re
import sys

import yaml

HEAD = "/* Written by scripts/embed.py */\n"


class Loader(yaml.SafeLoader):
    """Refuses a key that stands twice, which YAML forbids and PyYAML overlooks."""

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key) for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise Wrong(f"line {node.start_mark.line + 1}: {key}: given twice")
        return super().construct_mapping(node, deep)


class Wrong(Exception):
    pass


def check(condition, message):
    if not condition:
        raise Wrong(message)


def is_line(text):
    return isinstance(text, str) and text != "" and text.isascii() and text.isprintable()


def read_set(path):
    """@return (about, [(name, value, unit, source)])"""
    data = yaml.load(path.read_text(encoding="ascii"), Loader)
    check(isinstance(data, dict), "want a map")
    check(set(data) == {"about", "parameters"}, "want the keys about and parameters")
    check(is_line(data["about"]), "about: want a text of one line")
    entries = data["parameters"] or {}
    check(isinstance(entries, dict), "parameters: want a map")
    values = []
    for name, entry in entries.items():
        check(isinstance(name, str) and re.fullmatch("[a-z][a-z0-9_]*", name),
              f"parameters.{name}: want a name of small letters, digits and _")
        check(isinstance(entry, dict) and set(entry) == {"value", "unit", "source"},
              f"parameters.{name}: want value, unit and source")
        value = entry["value"]
        check(isinstance(value, (int, float)) and not isinstance(value, bool)
              and math.isfinite(value),
              f"parameters.{name}.value = {value}: want a number (YAML wants 1.0e-9 "
              "for 1e-9)")
        for key in ("unit", "source"):
            check(is_line(entry[key]), f"parameters.{name}.{key}: want a text")
        values.append((name, float(value), entry["unit"], entry["source"]))
    return data["about"], values


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def write_text(out, symbol, text):
    """As numbers: ISO C limits a string literal to 4095 bytes."""
    out.write(f"\nextern const char {symbol}[];\nconst char {symbol}[] = {{\n")
    for line in text.splitlines(keepends=True):
        out.write("    " + " ".join(f"{byte}," for byte in line.encode("ascii")) + "\n")
    out.write("    0,\n};\n")


def write_set(out, k, values):
    out.write(f"\nstatic const struct xbar_set_value set_{k}[] = {{\n")
    for name, value, unit, source in values:
        out.write(f"    {{{quoted(name)}, {value!r}, {quoted(unit)}, {quoted(source)}}},\n")
    out.write("    {0},\n};\n")


def write_model(folder, out):
    """@return the files read"""
    name = folder.name
    circuit = folder / f"{name}.cir"
    files = sorted(folder.glob("*.yaml"), key=lambda path: (path.stem != "default", path.stem))
    check(files and files[0].stem == "default", "want a default.yaml")
    out.write(HEAD + '#include "device/device.h"\n')
    if circuit.exists():
        write_text(out, f"xbar_model_{name}", circuit.read_text(encoding="ascii"))
    rows = []
    for k, path in enumerate(files):
        try:
            about, values = read_set(path)
        except (Wrong, yaml.YAMLError, UnicodeError) as why:
            raise Wrong(f"{path.name}: {why}") from None
        write_set(out, k, values)
        rows.append(f"    {{{quoted(path.stem)}, {quoted(about)}, set_{k}, {len(values)}}},\n")
    out.write(f"\nextern const xbar_parameter_set xbar_sets_{name}[];\n"
              f"const xbar_parameter_set xbar_sets_{name}[] = {{\n")
    out.write("".join(rows) + "    {0},\n};\n")
    return [folder, *files, *([circuit] if circuit.exists() else [])]


def write_library(names, out):
    out.write(HEAD + '#include "device/models.h"\n\n')
    for name in names:
        out.write(f"extern const xbar_device xbar_device_{name};\n")
    out.write("\nconst xbar_device *const xbar_library[] = {\n")
    for name in names:
        out.write(f"    &xbar_device_{name},\n")
    out.write("    NULL,\n};\n")


def main(kind, *arguments):
    if kind == "library":
        with open(arguments[0], "w", encoding="ascii") as out:
            write_library(arguments[1:], out)
        return
    folder, target, depfile = arguments
    try:
        with open(target, "w", encoding="ascii") as out:
            files = write_model(pathlib.Path(folder), out)
    except Wrong as why:
        sys.exit(f"embed.py: {folder}: {why}")
    with open(depfile, "w", encoding="utf-8") as out:
        escaped = [str(path).replace(" ", "\\ ") for path in files]
        out.write(f"{target}: {' '.join(escaped)}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
