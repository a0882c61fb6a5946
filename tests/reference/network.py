# SPDX-License-Identifier: GPL-3.0-or-later
"""The crossbar's network, solved a second time.

Kirchhoff's current law at each node of the network that the design describes, written
from that description alone: it shares no code, no language and no method with the
program. Nodes that ideal wires join are merged, sources pin nodes, parts without a
source are taken out; what is left is a sparse symmetric system. A voltage is kept as the
sum of two extended numbers and corrected with extended residuals until the corrections
stop falling. So even a micro-ohm wire's current, the difference of two voltages that
agree in 12 digits, comes out to a double's precision, and the answer is better than
anything it judges.

    import network
    c = network.read_crossbar(experiment)            # a dict, as yaml.safe_load gives it
    volts = network.read_volts(experiment, c, v_in)  # the terminals for one input
    answer = network.solve(c, state, volts)
    answer.i_out, answer.v_row, ...
"""
from dataclasses import dataclass, field

import numpy as np
import scipy.sparse
import scipy.sparse.linalg

SIDES = ("left", "right", "top", "bottom")
LINEAR = "linear"
SINH = "sinh"
SINH_LIMIT = 80.0  # |v/v0| beyond which the law goes on along its tangent
OPEN = np.nan

long = np.longdouble


class Short(ValueError):
    """Two different sources are joined by 0 ohm."""


@dataclass
class Crossbar:
    """The array without its cells' states; resistances in ohm."""

    rows: int
    cols: int
    row_ohm: float = 0.0
    col_ohm: float = 0.0
    # side -> [lines of that side], NaN where there is no terminal
    ohm: dict = field(default_factory=dict)
    row_cut: np.ndarray = None  # [rows][cols - 1], True: no segment to (i, j+1)
    col_cut: np.ndarray = None  # [rows - 1][cols], True: no segment to (i+1, j)
    device: str = LINEAR
    v0: float = 0.25
    read_volt: float = 0.0

    def __post_init__(self):
        if self.row_cut is None:
            self.row_cut = np.zeros((self.rows, self.cols - 1), bool)
        if self.col_cut is None:
            self.col_cut = np.zeros((self.rows - 1, self.cols), bool)
        for side in SIDES:
            self.ohm.setdefault(side, np.full(self.lines(side), OPEN))

    def lines(self, side):
        return self.rows if side in ("left", "right") else self.cols

    def outermost(self, side, line):
        """The node that a terminal ends on: ("w" or "b", row, column)."""
        return {
            "left": ("w", line, 0),
            "right": ("w", line, self.cols - 1),
            "top": ("b", 0, line),
            "bottom": ("b", self.rows - 1, line),
        }[side]

    def sinh_slope(self):
        """i/v at read_volt over the conductance at v -> 0."""
        if self.device == LINEAR or self.read_volt == 0:
            return 1.0
        a = abs(self.read_volt) / self.v0
        return np.sinh(a) / a

    def cell_law(self, v, g):
        """i(v) and di/dv of cells with state g."""
        if self.device == LINEAR:
            return g * v, g + 0 * v
        a = v / long(self.v0)
        inside = np.clip(a, -SINH_LIMIT, SINH_LIMIT)
        slope = np.cosh(inside)
        return g * long(self.v0) * (np.sinh(inside) + (a - inside) * slope), g * slope

    def cell_content(self, v, g):
        """The integral of i dv: what a network of such cells makes least."""
        if self.device == LINEAR:
            return g * v * v / 2
        a = v / long(self.v0)
        inside = np.clip(a, -SINH_LIMIT, SINH_LIMIT)
        beyond = a - inside
        return (
            g
            * long(self.v0) ** 2
            * (
                2 * np.sinh(inside / 2) ** 2  # cosh - 1 with all its digits
                + beyond * np.sinh(inside)
                + beyond**2 / 2 * np.cosh(inside)
            )
        )


# ---------------------------------------------------------------- the experiment file


def per_line(value, n):
    """A number for every line, or a list of one per line."""
    return list(value) if isinstance(value, (list, tuple)) else [value] * n


def read_crossbar(experiment):
    spec = experiment["crossbar"]
    wire = spec.get("wire", {})
    cell = spec.get("cell", {"device": LINEAR})
    c = Crossbar(
        rows=spec["rows"],
        cols=spec["cols"],
        row_ohm=float(wire.get("row_ohm", 0)),
        col_ohm=float(wire.get("col_ohm", 0)),
        device=cell.get("device", LINEAR),
        v0=float((cell.get("parameters") or {}).get("v0", 0.25)),
        read_volt=float(cell.get("read_volt", 0)),
    )
    for side, terminal in spec.get("terminals", {}).items():
        ohm = per_line(terminal.get("ohm", 0), c.lines(side))
        volt = per_line(terminal["volt"], c.lines(side))
        c.ohm[side] = np.array(
            [OPEN if v is None else float(r) for r, v in zip(ohm, volt)]
        )
    for cut in spec.get("faults", {}).get("broken", []):
        if cut["line"] == "row":
            c.row_cut[cut["index"], cut["after"]] = True
        else:
            c.col_cut[cut["after"], cut["index"]] = True
    return c


def apply_stuck(experiment, conductance):
    """Conductances with the listed stuck cells in place (shares are the program's own
    draw: read them back from its result)."""
    g = np.array(conductance, float)
    stuck = experiment["crossbar"].get("faults", {}).get("stuck", [])
    for cell in stuck if isinstance(stuck, list) else []:
        g[..., cell["row"], cell["col"]] = cell["siemens"]
    return g


def read_volts(experiment, c, v_in=None, selected=None):
    """The voltage of every terminal for one input: side -> [lines], NaN where open.

    v_in      V, [rows]: what `volt: input` stands for (scheme `read`)
    selected  (i, j) for the other schemes
    """
    bias = experiment.get("bias", {"scheme": "read"})
    scheme = bias.get("scheme", "read")
    terminals = experiment["crossbar"].get("terminals", {})
    if scheme == "read":
        return {
            side: read_side(terminals.get(side), c.lines(side), v_in) for side in SIDES
        }
    volt = float(bias["volt"])
    rest_row, rest_col = {
        "half": (volt / 2, volt / 2),
        "third": (volt / 3, 2 * volt / 3),
        "float": (OPEN, OPEN),
        "ground": (0.0, 0.0),
    }[scheme]
    row = np.full(c.rows, rest_row)
    col = np.full(c.cols, rest_col)
    row[selected[0]] = volt
    col[selected[1]] = 0.0
    return {
        side: np.where(
            np.isnan(c.ohm[side]), OPEN, row if side in ("left", "right") else col
        )
        for side in SIDES
    }


def read_side(terminal, n, v_in):
    if terminal is None:
        return np.full(n, OPEN)
    volts = per_line(terminal["volt"], n)
    return np.array(
        [
            OPEN if v is None else v_in[i] if v == "input" else float(v)
            for i, v in enumerate(volts)
        ]
    )


def selected_cells(experiment):
    """The cells that the scheme selects, one input each."""
    selected = experiment["bias"]["selected"]
    return selected if isinstance(selected[0], (list, tuple)) else [selected]


def row_volts(experiment, volts):
    """/v_in: the `input` side if only one side is input, else left, else right."""
    terminals = experiment["crossbar"].get("terminals", {})
    is_input = {
        s: "input" in per_line(terminals.get(s, {}).get("volt"), 1)
        for s in ("left", "right")
    }
    first, second = ("left", "right")
    if is_input["right"] and not is_input["left"]:
        first, second = second, first
    return np.where(np.isnan(volts[first]), volts[second], volts[first])


def col_volts(volts):
    """/v_col: bottom, else top."""
    return np.where(np.isnan(volts["bottom"]), volts["top"], volts["bottom"])


# ---------------------------------------------------------------- the network


@dataclass
class Answer:
    """What a result file holds for one input, and what proves it."""

    i_out: np.ndarray
    v_row: np.ndarray
    v_col: np.ndarray
    i_cell: np.ndarray
    i_left: np.ndarray
    i_right: np.ndarray
    i_top: np.ndarray
    i_bottom: np.ndarray
    power: float  # W, sum of V i over the terminals
    heat: float  # W, sum of v i over all resistances
    largest_current: float  # A, of all branches and terminals
    kcl_residual: float  # A
    rounding: float  # A, what a voltage's last digit as a double is worth in a wire

    def sides(self):
        return {side: getattr(self, "i_" + side) for side in SIDES}


class Voltages:
    """Node voltages as sums of two extended numbers, so that differences are good."""

    def __init__(self, high):
        self.high = np.array(high, long)
        self.low = np.zeros_like(self.high)

    def drop(self, a, b):
        return (self.high[a] - self.high[b]) + (self.low[a] - self.low[b])

    def below(self, volt, node):
        """A source's voltage minus a node's."""
        return (long(volt) - self.high[node]) - self.low[node]

    def moved(self, unknown, step):
        """These voltages with a step added at some nodes (Knuth's two-sum)."""
        v = Voltages(self.high)
        v.low[:] = self.low
        v.low[unknown] += step
        total = v.high + v.low
        part = total - v.high
        v.low = (v.high - (total - part)) + (v.low - part)
        v.high = total
        return v


class Groups:
    """Nodes that ideal connections make one (disjoint sets)."""

    def __init__(self, n):
        self.parent = list(range(n))

    def root(self, k):
        while self.parent[k] != k:
            self.parent[k] = self.parent[self.parent[k]]
            k = self.parent[k]
        return k

    def join(self, a, b):
        self.parent[self.root(a)] = self.root(b)

    def labels(self):
        roots = [self.root(k) for k in range(len(self.parent))]
        return np.unique(roots, return_inverse=True)[1]


@dataclass
class Branches:
    """Two-terminal elements between merged nodes: ends, conductance, is it a cell?"""

    a: np.ndarray
    b: np.ndarray
    g: np.ndarray
    is_cell: np.ndarray


def solve(c, state, volts):
    """Node voltages and currents of one array at fixed states.

    state  S, [rows][cols], 0 an open cell
    volts  side -> V, [lines], NaN where open
    """
    state = np.asarray(state, float)
    word = np.arange(c.rows * c.cols).reshape(c.rows, c.cols)
    bit = word + c.rows * c.cols
    terminals = list_terminals(c, volts, word, bit)

    label = merged_nodes(c, word, bit)
    word, bit = label[word], label[bit]
    for t in terminals:
        t["node"] = label[t["node"]]
    n = label.max() + 1

    fixed = pinned_voltages(n, terminals)
    branches, n_all, fixed = collect_branches(c, state, word, bit, terminals, n, fixed)
    alive = powered_nodes(branches, n_all, fixed)
    v = solve_nodes(c, branches, fixed, alive)
    return collect_answer(c, state, word, bit, terminals, branches, n, alive, v)


def list_terminals(c, volts, word, bit):
    terminals = []
    for side in SIDES:
        for line in range(c.lines(side)):
            if np.isnan(volts[side][line]) or np.isnan(c.ohm[side][line]):
                continue
            plane, i, j = c.outermost(side, line)
            terminals.append(
                {
                    "side": side,
                    "line": line,
                    "volt": volts[side][line],
                    "ohm": c.ohm[side][line],
                    "node": (word if plane == "w" else bit)[i, j],
                }
            )
    return terminals


def merged_nodes(c, word, bit):
    groups = Groups(2 * c.rows * c.cols)
    if c.row_ohm == 0:
        for i, j in np.argwhere(~c.row_cut):
            groups.join(word[i, j], word[i, j + 1])
    if c.col_ohm == 0:
        for i, j in np.argwhere(~c.col_cut):
            groups.join(bit[i, j], bit[i + 1, j])
    return groups.labels()


def pinned_voltages(n, terminals):
    """Voltages that 0 ohm terminals force, NaN elsewhere."""
    fixed = np.full(n, np.nan)
    for t in terminals:
        if t["ohm"] != 0:
            continue
        if not np.isnan(fixed[t["node"]]) and fixed[t["node"]] != t["volt"]:
            raise Short(f"{t['side']} {t['line']}")
        fixed[t["node"]] = t["volt"]
    return fixed


def collect_branches(c, state, word, bit, terminals, n, fixed):
    """All resistances that are not 0 and not open. A terminal with a series resistance
    gets a node of its own, behind the n of the array, pinned to its source."""
    a, b, g, is_cell = [], [], [], []

    def add(nodes_a, nodes_b, siemens, cell):
        a.extend(nodes_a)
        b.extend(nodes_b)
        g.extend(siemens)
        is_cell.extend([cell] * len(nodes_a))

    cells = state > 0
    add(word[cells], bit[cells], state[cells].astype(long), True)
    if c.row_ohm > 0:
        whole = ~c.row_cut
        ends = word[:, :-1][whole], word[:, 1:][whole]
        add(*ends, [1 / long(c.row_ohm)] * whole.sum(), False)
    if c.col_ohm > 0:
        whole = ~c.col_cut
        ends = bit[:-1, :][whole], bit[1:, :][whole]
        add(*ends, [1 / long(c.col_ohm)] * whole.sum(), False)
    sources = []
    for t in terminals:
        if t["ohm"] > 0:
            t["source"] = n + len(sources)
            sources.append(t["volt"])
            add([t["source"]], [t["node"]], [1 / long(t["ohm"])], False)
    branches = Branches(
        np.array(a, int), np.array(b, int), np.array(g, long), np.array(is_cell, bool)
    )
    return branches, n + len(sources), np.concatenate([fixed, sources])


def powered_nodes(branches, n, fixed):
    """Nodes that have a path to some source."""
    graph = scipy.sparse.coo_matrix(
        (np.ones(len(branches.a)), (branches.a, branches.b)), shape=(n, n)
    )
    _, part = scipy.sparse.csgraph.connected_components(graph, directed=False)
    return np.isin(part, np.unique(part[~np.isnan(fixed)]))


def solve_nodes(c, branches, fixed, alive):
    """Voltages of all merged nodes in extended precision, NaN where not powered.

    Damped Newton steps on the co-content, which is convex, so that steps are halved
    until it falls; for linear cells the first step is the solution and the others are
    iterative refinement."""
    v = Voltages(np.where(alive, np.where(np.isnan(fixed), 0, fixed), np.nan))
    unknown = np.flatnonzero(alive & np.isnan(fixed))
    if unknown.size == 0:
        return v
    index = np.full(fixed.size, -1)
    index[unknown] = np.arange(unknown.size)
    used = alive[branches.a]
    a, b, g = branches.a[used], branches.b[used], branches.g[used]
    is_cell = branches.is_cell[used]

    last = np.inf
    lu = None
    for _ in range(2000):
        residual, didv = kirchhoff(c, v, a, b, g, is_cell)
        if lu is None or c.device != LINEAR:
            lu = factor(index, unknown.size, a, b, didv)
        step = lu.solve(-residual[unknown].astype(float)).astype(long)
        if c.device != LINEAR and np.max(np.abs(step)) > 1e-3 * c.v0:
            step *= damping(c, v, unknown, step, a, b, g, is_cell)
        v = v.moved(unknown, step)
        size = float(np.max(np.abs(step)))
        scale = float(np.max(np.abs(v.high[alive])))
        if size <= 1e-30 * scale or (size >= last and size <= 1e-15 * scale):
            return v
        last = size
    raise ArithmeticError(f"no solution: last correction {size} V at {scale} V")


def kirchhoff(c, v, a, b, g, is_cell):
    """Sum of currents out of each node, and di/dv of each branch."""
    u = v.drop(a, b)
    i, didv = g * u, g.copy()
    i[is_cell], didv[is_cell] = c.cell_law(u[is_cell], g[is_cell])
    total = np.zeros(v.high.size, long)
    np.add.at(total, a, i)
    np.add.at(total, b, -i)
    return total, didv


def factor(index, n, a, b, didv):
    p, q = index[a], index[b]
    d = didv.astype(float)
    rows, cols, values = [], [], []
    for x, y in ((p, q), (q, p)):
        rows += [x[x >= 0], x[(x >= 0) & (y >= 0)]]
        cols += [x[x >= 0], y[(x >= 0) & (y >= 0)]]
        values += [d[x >= 0], -d[(x >= 0) & (y >= 0)]]
    matrix = scipy.sparse.csc_matrix(
        (np.concatenate(values), (np.concatenate(rows), np.concatenate(cols))),
        shape=(n, n),
    )
    return scipy.sparse.linalg.splu(
        matrix,
        permc_spec="MMD_AT_PLUS_A",
        diag_pivot_thresh=0.0,
        options={"SymmetricMode": True},
    )


def damping(c, v, unknown, step, a, b, g, is_cell):
    def content(w):
        u = w.drop(a, b)
        return np.sum(
            np.where(is_cell, c.cell_content(u, g), g * u * u / 2), dtype=long
        )

    before = content(v)
    share = 1.0
    while share > 1e-6:
        # equal to rounding is fine: near the end all that is left is refinement
        if content(v.moved(unknown, share * step)) <= before * (1 + long(1e-17)):
            return share
        share /= 2
    return share


def collect_answer(c, state, word, bit, terminals, branches, n, alive, v):
    v_row, v_col = v.high[word], v.high[bit]
    drop = np.where(np.isnan(v_row) | np.isnan(v_col), 0, v.drop(word, bit))
    i_cell = np.where(state > 0, c.cell_law(drop, state.astype(long))[0], 0)

    leaving, heat, largest = branch_currents(c, branches, alive, v)
    sides = {side: np.zeros(c.lines(side), long) for side in SIDES}
    for t in terminals:
        if t["ohm"] > 0:
            current = v.below(t["volt"], t["node"]) / long(t["ohm"])
            sides[t["side"]][t["line"]] = current
    # What a node with 0 ohm terminals lacks comes through them, shared equally.
    rigid = {}
    for t in terminals:
        if t["ohm"] == 0:
            rigid.setdefault(t["node"], []).append(t)
    for node, sharing in rigid.items():
        for t in sharing:
            sides[t["side"]][t["line"]] = leaving[node] / len(sharing)

    balance = leaving[:n].copy()
    for node in rigid:
        balance[node] = 0
    i_out = np.zeros(c.cols, long)
    for t in sorted(terminals, key=lambda t: t["side"] == "bottom"):
        if t["side"] in ("top", "bottom"):
            i_out[t["line"]] = -sides[t["side"]][t["line"]]
    currents = np.concatenate([np.abs(i) for i in sides.values()])
    power = sum(t["volt"] * sides[t["side"]][t["line"]] for t in terminals)
    return Answer(
        i_out=i_out.astype(float),
        v_row=v_row.astype(float),
        v_col=v_col.astype(float),
        i_cell=i_cell.astype(float),
        **{"i_" + side: i.astype(float) for side, i in sides.items()},
        power=float(power),
        heat=float(heat),
        largest_current=float(max(largest, currents.max(initial=0))),
        kcl_residual=float(np.max(np.abs(balance), initial=0)),
        rounding=rounding(branches, alive, v),
    )


def rounding(branches, alive, v):
    largest_g = np.max(branches.g[alive[branches.a]], initial=0)
    largest_v = np.max(np.abs(v.high[alive]), initial=0)
    return float(np.finfo(float).eps * largest_v * largest_g)


def branch_currents(c, branches, alive, v):
    """Current out of each node through its branches, all heat, the largest current."""
    used = alive[branches.a]
    a, b, g = branches.a[used], branches.b[used], branches.g[used]
    is_cell = branches.is_cell[used]
    u = v.drop(a, b)
    i = g * u
    i[is_cell] = c.cell_law(u[is_cell], g[is_cell])[0]
    leaving = np.zeros(v.high.size, long)
    np.add.at(leaving, a, i)
    np.add.at(leaving, b, -i)
    return leaving, np.sum(u * i), np.max(np.abs(i), initial=0)


def solve_ideal(conductance, v_row, v_col):
    """The yardstick: i_cell = g (v_row - v_col), nothing through open lines."""
    g = np.asarray(conductance, float)
    v_row = np.repeat(np.asarray(v_row, float)[:, None], g.shape[1], axis=1)
    v_col = np.repeat(np.asarray(v_col, float)[None, :], g.shape[0], axis=0)
    i_cell = np.nan_to_num(g * (v_row - v_col), nan=0.0)
    return i_cell.sum(axis=0), v_row, v_col, i_cell
