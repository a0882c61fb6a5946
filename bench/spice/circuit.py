# SPDX-License-Identifier: GPL-3.0-or-later
"""The circuits that the benchmark times: the experiment, what `xbar netlist` writes for
it, the same circuit as it is usually written, and its matrix for CHOLMOD.

All three hold the same numbers, taken as text from the netlist that xbar wrote.
"""

import re

EXPERIMENT = """\
title: SPICE benchmark
seed: {seed}
engines: [spice]
crossbar:
  rows: {n}
  cols: {n}
  wire: {{row_ohm: 2.5, col_ohm: 2.5}}
  terminals:
    left: {{volt: input, ohm: 2.5}}
    bottom: {{volt: 0, ohm: 2.5}}
  cell: {{device: {device}}}
conductance: {{distribution: loguniform, min: 1.0e-5, max: 1.0e-3, samples: {samples}}}
inputs: {{distribution: uniform, min: 0, max: 0.2, count: {inputs}}}
record: [{record}]
"""


def experiment(n, device, samples=1, inputs=1, record="i_out", seed=1):
    return EXPERIMENT.format(
        n=n, device=device, samples=samples, inputs=inputs, record=record, seed=seed
    )


class Circuit:
    """What xbar's netlist of one sample and input says."""

    def __init__(self, text):
        self.text = text
        self.elements = {}  # name -> the words behind it
        self.models = []  # the subcircuit and the options, as they stand
        inside = False
        for line in text.splitlines():
            inside |= line.startswith(".subckt")
            if inside or line.startswith(".options"):
                self.models.append(line)
            elif line.startswith(".control"):
                break
            elif re.match(r"[vrx]", line):
                name, *words = line.split()
                self.elements[name] = words
            inside &= not line.startswith(".ends")
        self.n = sum(1 for name in self.elements if name.startswith("rleft"))
        if self.n == 0 or f"rbottom{self.n - 1}" not in self.elements:
            raise ValueError("a netlist without the terminals left and bottom")

    def _cell(self, i, j):
        linear = f"rc{i}_{j}"
        name = linear if linear in self.elements else f"xc{i}_{j}"
        return name, self.elements[name]

    def ordered(self):
        """xbar's own text up to where it would run."""
        return self.text[: self.text.index("\n.control") + 1]

    def sources(self):
        """The columns' sources, whose currents are the answer, in `ordered`."""
        return [f"vbottom{j}" for j in range(self.n)]

    def row_by_row(self):
        """As netlists of crossbars are written everywhere: row after row the cell, the
        wire to its right and the wire below it; a voltage source for each row; a
        voltage source of 0 V at each column's foot to read its current."""
        lines = ["* the same crossbar, row by row", *self.models]
        for i in range(self.n):
            source = self.elements[f"vleft{i}"]
            lines.append(f"vin{i} in{i} 0 dc {source[-1]}")
            lines.append(f"rin{i} in{i} w{i}_0 {self.elements[f'rleft{i}'][-1]}")
            for j in range(self.n):
                name, words = self._cell(i, j)
                lines.append(" ".join([name, *words]))
                for wire in (f"rw{i}_{j}", f"rb{i}_{j}"):
                    if wire in self.elements:
                        lines.append(" ".join([wire, *self.elements[wire]]))
        for j in range(self.n):
            out = self.elements[f"rbottom{j}"]
            lines.append(f"rout{j} {out[1]} out{j} {out[2]}")
            lines.append(f"vsense{j} out{j} 0 dc 0")
        return "\n".join(lines) + "\n"

    def sensors(self):
        return [f"vsense{j}" for j in range(self.n)]

    def matrix(self):
        """Kirchhoff's equations of linear cells for cholmod_op.c: the nodes between the
        terminals' resistances; lower triangle, right-hand side, and the rows that end in
        a column's terminal. Returns the text and the conductances of those terminals."""
        volt, number, lower, diagonal, right = {}, {}, [], [], []

        def node(name):
            if name not in number:
                number[name] = len(number)
                diagonal.append(0.0)
                right.append(0.0)
            return number[name]

        for name, words in self.elements.items():
            if name[0] == "v":
                volt[words[0]] = float(words[-1])
        for name, (a, b, ohm) in (e for e in self.elements.items() if e[0][0] == "r"):
            g = 1.0 / float(ohm)
            if a in volt:
                diagonal[node(b)] += g
                right[node(b)] += g * volt[a]
                continue
            i, j = node(a), node(b)
            diagonal[i] += g
            diagonal[j] += g
            lower.append((max(i, j), min(i, j), -g))
        lower += [(k, k, d) for k, d in enumerate(diagonal)]
        ends = [self.elements[f"rbottom{j}"] for j in range(self.n)]
        text = [f"{len(number)} {len(lower)} {len(ends)}"]
        text += [f"{i} {j} {g!r}" for i, j, g in lower]
        text += [repr(x) for x in right]
        text += [str(number[end[1]]) for end in ends]
        return "\n".join(text) + "\n", [1.0 / float(end[2]) for end in ends]


CONTROL = """\
.control
set numdgt=16
rusage all
echo ---
op
rusage all
{prints}
quit
.endc
.end
"""


def with_control(netlist, sources):
    """A netlist that ngspice -b solves once, telling its own times and the currents."""
    return netlist + CONTROL.format(prints="\n".join(f"print i({s})" for s in sources))


def read_output(text, sources):
    """ngspice's times in seconds and its iterations, and the currents in A."""

    def figure(what, part):
        found = re.search(rf"{what}\s*=\s*([-+0-9.eE]+)", part)
        if not found:
            raise ValueError(f"ngspice did not tell its {what}:\n{text[-2000:]}")
        return float(found[1])

    before, _, after = text.partition("---")
    times = {
        "parse_s": figure(r"Total elapsed time \(seconds\)", before),
        "op_s": figure(r"Total analysis time \(seconds\)", after),
        "load_s": figure("Matrix load time", after),
        "reorder_s": figure("Matrix reorder time", after),
        "factor_s": figure("Matrix factor time", after),
        "iterations": int(figure("Total iterations", after)),
        "fill_in": int(figure("Circuit fill-in non-zeroes", after)),
    }
    printed = dict(re.findall(r"i\((\w+)\) = (\S+)", after))
    return times, [float(printed[s]) for s in sources]
