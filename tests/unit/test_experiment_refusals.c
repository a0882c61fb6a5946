/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Each wrong experiment gets one line: where, what, and what is allowed. */
#include "experiment_files.h"

/* Lines of the small experiment, changed, and what the message must hold. */
static const struct refusal {
    const char *name;
    change changes[5];
    const char *want;
} refusals[] = {
    /* numbers */
    {"negative wire",
     {{7, "  wire: {row_ohm: -2.5}"}},
     ":7: crossbar.wire.row_ohm = -2.5: want 0 or 1e-06 to 1e+12 (ohm)"},
    {"number with a tail",
     {{7, "  wire: {col_ohm: 2.5x}"}},
     ":7: crossbar.wire.col_ohm = 2.5x: want 0 or 1e-06"},
    {"NaN",
     {{7, "  wire: {row_ohm: .nan}"}},
     ":7: crossbar.wire.row_ohm = .nan: want 0"},
    {"nan", {{7, "  wire: {row_ohm: nan}"}}, ":7: crossbar.wire.row_ohm = nan: want 0"},
    {"infinity",
     {{7, "  wire: {row_ohm: .inf}"}},
     "crossbar.wire.row_ohm = .inf: want"},
    {"overflow", {{7, "  wire: {row_ohm: 1e999}"}}, "row_ohm = 1e999: want 0 or"},
    {"underflow", {{7, "  wire: {row_ohm: 1e-999}"}}, "row_ohm = 1e-999: want 0 or"},
    {"hexadecimal", {{7, "  wire: {row_ohm: 0x10}"}}, "row_ohm = 0x10: want 0 or"},
    {"quoted number",
     {{7, "  wire: {row_ohm: \"2.5\"}"}},
     "row_ohm = \"2.5\": want 0 or"},
    {"boolean", {{7, "  wire: {row_ohm: true}"}}, "row_ohm = true: want 0 or"},
    {"null number", {{7, "  wire: {row_ohm: }"}}, "row_ohm = nothing: want 0 or"},
    {"list for a number",
     {{7, "  wire: {row_ohm: [1, 2]}"}},
     "row_ohm = a list of 2: want"},
    {"map for a number",
     {{7, "  wire: {row_ohm: {a: 1}}"}},
     "row_ohm = a map: want 0 or"},
    {"tiny wire",
     {{7, "  wire: {row_ohm: 1e-10}"}},
     "row_ohm = 1e-10: want 0 or 1e-06"},
    {"negative capacitance",
     {{7, "  wire: {row_farad: -1e-15}"}},
     "crossbar.wire.row_farad = -1e-15: want 0 to 1 (farad)"},
    {"long value is cut",
     {{7, "  wire: {row_ohm: 11111111112222222222333333333344444444445555555555"
          "6666666666x7777}"}},
     "row_ohm = 111111111122222222223333333333444444444455555555556666666666...: want"},

    /* sizes */
    {"a billion rows",
     {{5, "  rows: 1000000000"}},
     ":5: crossbar.rows = 1000000000: want a "
     "whole number 1 to 65536"},
    {"rows with an exponent",
     {{5, "  rows: 1e9"}},
     ":5: crossbar.rows = 1e9: want a whole"},
    {"rows 1e1", {{5, "  rows: 1e1"}}, "crossbar.rows = 1e1: want a whole number"},
    {"no rows", {{5, "  rows: 0"}}, "crossbar.rows = 0: want a whole number 1"},
    {"negative rows", {{5, "  rows: -3"}}, "crossbar.rows = -3: want a whole number"},
    {"rows 3.0", {{5, "  rows: 3.0"}}, "crossbar.rows = 3.0: want a whole number"},
    {"rows beyond 64 bits",
     {{5, "  rows: 99999999999999999999999"}},
     "crossbar.rows = 99999999999999999999999: want"},
    {"rows missing",
     {{5, ""}},
     ":6: crossbar.rows is missing: want a whole number 1 to"},
    {"too many cells",
     {{5, "  rows: 65536"}, {6, "  cols: 65536"}},
     ":6: crossbar.cols = 65536: want at most 268435456 cells, not 4294967296"},
    {"too many samples",
     {{13, "conductance: {distribution: constant, value: 1e-3, samples: 1000001}"}},
     ":13: conductance.samples = 1000001: want a whole number 1 to 1000000"},
    {"a result of petabytes",
     {{13, "conductance: {distribution: constant, value: 1e-3, samples: 1000000}"},
      {14, "inputs: {distribution: constant, value: 1, count: 1000000}"}},
     "1000000 samples x 1000000 inputs of 2 x 3 cells, 1 engines, would be"},

    /* keys */
    {"unknown key",
     {{7, "  wire: {row_0hm: 1}"}},
     ":7: crossbar.wire.row_0hm: no such key; want row_ohm, col_ohm, row_farad, "
     "col_farad"},
    {"unknown key at the root",
     {{17, "recrod: [i_out]"}},
     ":17: recrod: no such key; want title, seed, engines, crossbar, conductance, "
     "inputs, bias, analysis, analytical, record"},
    {"unknown side",
     {{10, "    under: {volt: 0}"}},
     ":10: crossbar.terminals.under: no such "
     "key; want left, right, top, bottom"},
    {"path as a key", {{17, "crossbar.rows: 3"}}, ":17: crossbar.rows: no such key"},
    {"entry as a key", {{17, "\"engines[]\": ideal"}}, ":17: engines[]: no such key"},
    {"doubled key",
     {{6, "  cols: 3\n  rows: 4"}},
     ":7: crossbar.rows: given twice, first in "
     "line 5"},
    {"doubled block", {{17, "seed: 8"}}, ":17: seed: given twice, first in line 2"},
    {"list as a key", {{17, "[a, b]: 1"}}, ":17: a list of 2 as a key; want title"},
    {"map as a key",
     {{7, "  wire: {{a: b}: 1}"}},
     ":7: crossbar.wire: a map as a key; want"},
    {"null as a key", {{17, "~: 1"}}, ":17: ~: no such key"},
    {"merge key",
     {{7, "  wire: {<<: {row_ohm: 1}}"}},
     ":7: crossbar.wire.<<: no such key"},
    {"conductance missing", {{13, ""}}, ":1: conductance is missing: want a map"},
    {"engines missing",
     {{3, ""}},
     ":1: engines is missing: want a list of engines, or -e"},

    /* plain values */
    {"title of two lines",
     {{1, "title: \"a\\nb\""}},
     ":1: title = \"a?b\": want a text of"},
    {"title with an escape",
     {{1, "title: \"\\e[31m\""}},
     ":1: title = \"?[31m\": want a text"},
    {"title with a NUL", {{1, "title: \"a\\0b\""}}, ":1: title = "},
    {"title with a C1 control", {{1, "title: \"\\x9b31m\""}}, ":1: title = "},
    {"title a list",
     {{1, "title: [a]"}},
     ":1: title = a list of 1: want a text of one line"},
    {"negative seed",
     {{2, "seed: -1"}},
     ":2: seed = -1: want a whole number 0 to "
     "9223372036854775807"},
    {"seed of 64 bits",
     {{2, "seed: 9223372036854775808"}},
     ":2: seed = 922337203685477"},
    {"no engine",
     {{3, "engines: []"}},
     ":3: engines = a list of 0: want a list of at least"},
    {"engine as a word",
     {{3, "engines: ideal"}},
     ":3: engines = ideal: want a list of at"},
    {"unknown engine",
     {{3, "engines: [ideal, hspice]"}},
     ":3: engines.1 = hspice: want "},
    {"engine twice",
     {{3, "engines: [ideal, ideal]"}},
     ":3: engines.1: engine ideal is there "
     "twice"},
    {"unknown plane",
     {{17, "record: [i_out, power]"}},
     ":17: record.1 = power: want i_out, "
     "v_row, v_col, i_cell, i_left, i_right, i_top, i_bottom, state, energy or heat"},
    {"plane twice",
     {{17, "record: [v_row, v_row]"}},
     ":17: record.1 = v_row: want each once"},
    {"transient",
     {{16, "analysis: {kind: transient}"}},
     ":16: analysis.kind = transient: want dc, as engine ideal knows no time; or "},
    {"iv, engine ideal",
     {{16, "analysis: {kind: iv}"}},
     ":16: analysis.kind = iv: want dc, as engine ideal knows no time; or engines: ["},
    {"unknown analysis",
     {{16, "analysis: {kind: ac}"}},
     ":16: analysis.kind = ac: want dc, effective, iv, transient"},
    {"moments at rest",
     {{16, "analysis: {points: 10}"}},
     ":16: analysis.points = 10: want none with analysis.kind dc, only with iv"},
    {"an envelope at rest",
     {{16, "analysis: {kind: dc, envelope: {shape: sine, volt: 1, hertz: 1}}"}},
     ":16: analysis.envelope = a map: want none with analysis.kind dc, only with tran"},
    {"heat at rest",
     {{17, "record: [i_out, heat]"}},
     ":17: record.1 = heat: want none with analysis.kind dc, only with iv"},
    {"a waveform at rest",
     {{9, "    left: {volt: {shape: sine, volt: 1, hertz: 1}}"}, {14, ""}},
     ":9: crossbar.terminals.left.volt = a map: want a number, as a waveform needs "},
    {"a waveform in a list at rest",
     {{9, "    left: {volt: [0, {file: w.csv}]}"}, {14, ""}},
     ":9: crossbar.terminals.left.volt.1 = a map: want a number, as a waveform needs "},
    {"a model and a file",
     {{15, "analytical: {model: modes, file: m.yaml}"}},
     ":15: analytical.file = m.yaml: want either a model or a file"},
    {"no model",
     {{15, "analytical: {}"}},
     ":15: analytical.model is missing: want a mo"},
    {"unknown model",
     {{15, "analytical: {model: best}"}},
     ":15: analytical.model = best: want modes"},
    {"no file of a model",
     {{15, "analytical: {file: nowhere.yaml}"}},
     ":15: analytical.file = nowhere.yaml: want a file to read (No such file"},
    {"a model's file that is none",
     {{15, "analytical: {file: e.yaml}"}},
     ":15: analytical.file = e.yaml: want a calibrated model ("},
    {"no conductance", {{13, ""}}, ": conductance is missing: want a map"},
    {"no terminals",
     {{8, ""}, {9, ""}, {10, ""}},
     ": crossbar.terminals is missing: want a map"},
    {"effective, engine ideal",
     {{16, "analysis: {kind: effective}"}},
     ":16: analysis.kind = effective: want dc, as engine ideal has no effective"},
    {"effective, engine spice beside nodal",
     {{3, "engines: [nodal, spice]"}, {16, "analysis: {kind: effective}"}},
     ":16: analysis.kind = effective: want dc, as engine spice has no effective"},
    {"effective, cells that are not ohmic",
     {{3, "engines: [nodal]"},
      {11, "  cell: {device: sinh}"},
      {16, "analysis: {kind: effective}"}},
     ":16: analysis.kind = effective: want dc, as the cells (sinh) are not ohmic"},
    {"effective, with a bias scheme",
     {{3, "engines: [nodal]"},
      {14, ""},
      {15, "bias: {scheme: half, selected: [0, 0], volt: 1}"},
      {16, "analysis: {kind: effective}"}},
     ":15: bias.scheme = half: want read, or no bias, with analysis.kind effective"},
    {"effective, nothing takes an input",
     {{3, "engines: [nodal]"},
      {9, "    left: {volt: 0.1, ohm: 1}"},
      {14, ""},
      {16, "analysis: {kind: effective}"}},
     "crossbar.terminals = a map: want one of `volt: input` at least"},
    {"effective, an input beside a number",
     {{3, "engines: [nodal]"},
      {7, "  wire: {row_ohm: 0}"},
      {9, "    left: {volt: input}\n    right: {volt: [0.1, null]}"},
      {14, ""},
      {16, "analysis: {kind: effective}"}},
     "left 0 (input) and right 0 (0.1 V) are joined by 0 ohm"},

    /* cells */
    {"unknown device",
     {{11, "  cell: {device: resistor}"}},
     ":11: crossbar.cell.device = resistor: want linear, sinh, "},
    {"conductance that the device cannot hold",
     {{11, "  cell: {device: vteam}"}},
     ":13: conductance.min = 1.0e-5: want 0 or 0.001 to 0.02 (siemens): what the cell "
     "can hold"},
    {"unknown parameter set of several",
     {{11, "  cell: {device: vteam, parameters: fast}"}},
     ":11: crossbar.cell.parameters = fast: want default, atomic, magic, a map or "
     "{file: SET.yaml}"},
    {"neither -1 nor 1",
     {{11, "  cell: {device: vteam, parameters: {pol: 0.5}}"}},
     ":11: crossbar.cell.parameters.pol = 0.5: want -1 or 1"},
    {"parameters that do not go together",
     {{11, "  cell: {device: vteam, parameters: {w_on: 5.0e-9}}"}},
     ":11: crossbar.cell.parameters.w_off = 3e-09: want more than w_on (5e-09)"},
    {"not a whole number",
     {{11, "  cell: {device: vteam, parameters: {law: 0.5}}"}},
     ":11: crossbar.cell.parameters.law = 0.5: want a whole number 0 to 1 (1)"},
    {"unknown parameter set",
     {{11, "  cell: {device: sinh, parameters: fast}"}},
     ":11: crossbar.cell.parameters = fast: want default, a map or {file: SET.yaml}"},
    {"unknown parameter",
     {{11, "  cell: {device: sinh, parameters: {v1: 1}}"}},
     ":11: crossbar.cell.parameters.v1: device sinh has no such parameter; want v0"},
    {"parameter of linear",
     {{11, "  cell: {parameters: {v0: 1}}"}},
     "crossbar.cell.parameters.v0: device linear has no such parameter; want none"},
    {"parameter out of range",
     {{11, "  cell: {device: sinh, parameters: {v0: -1}}"}},
     ":11: crossbar.cell.parameters.v0 = -1: want 0.001 to 1e+06 (V)"},
    {"parameter a list",
     {{11, "  cell: {device: sinh, parameters: {v0: [1]}}"}},
     "crossbar.cell.parameters.v0 = a list of 1: want 0.001"},
    {"parameter twice",
     {{11, "  cell: {device: sinh, parameters: {v0: 1, v0: 1}}"}},
     ":11: crossbar.cell.parameters.v0: given twice, first in line 11"},
    {"unknown selector",
     {{11, "  cell: {selector: diode}"}},
     ":11: crossbar.cell.selector = diode: want selector_sinh, selector_diode"},
    {"a cell's device as selector",
     {{11, "  cell: {selector: {device: vteam}}"}},
     ":11: crossbar.cell.selector.device = vteam: want selector_sinh"},
    {"selector without a name",
     {{11, "  cell: {selector: {parameters: default}}"}},
     ":11: crossbar.cell.selector.device is missing: want selector_sinh"},
    {"selector's parameter",
     {{11, "  cell: {selector: {device: selector_sinh, parameters: {i_s: -1}}}"}},
     ":11: crossbar.cell.selector.parameters.i_s = -1: want"},
    {"selector's set",
     {{11, "  cell: {selector: {device: selector_sinh, parameters: fast}}"}},
     ":11: crossbar.cell.selector.parameters = fast: want default"},
    {"unknown access",
     {{11, "  cell: {access: nmos}"}},
     ":11: crossbar.cell.access = nmos: want access_nmos"},
    {"access without a read gate",
     {{11, "  cell: {access: access_nmos}"}},
     ":11: crossbar.cell.read_gate is missing: want the gate's voltage"},
    {"a read gate alone",
     {{11, "  cell: {read_gate: 1}"}},
     ":11: crossbar.cell.read_gate = 1: want none without crossbar.cell.access"},
    {"access without gates",
     {{11, "  cell: {access: access_nmos, read_gate: 2}"}},
     "crossbar.gate is missing: want {volt: V}, as the cells have access transistors"},
    {"gates alone",
     {{12, "  gate: {volt: 1}"}},
     ":12: crossbar.gate = a map: want none without crossbar.cell.access"},
    {"gates without a volt",
     {{11, "  cell: {access: access_nmos, read_gate: 2}"}, {12, "  gate: {}"}},
     ":12: crossbar.gate.volt is missing: want -1e+06 to 1e+06 (volt)"},
    {"too few gates",
     {{11, "  cell: {access: access_nmos, read_gate: 2}"}, {12, "  gate: {volt: [1]}"}},
     ":12: crossbar.gate.volt = a list of 1: want a list of 2, one for each row"},
    {"gates at rest of a read",
     {{11, "  cell: {access: access_nmos, read_gate: 2}"},
      {12, "  gate: {volt: 1, rest_volt: 0}"}},
     ":12: crossbar.gate.rest_volt = 0: want none with bias.scheme read"},
    {"more than the transistor lets through",
     {{11, "  cell: {access: access_nmos, read_gate: 2}"},
      {12, "  gate: {volt: 1}"},
      {13, "conductance: {distribution: constant, value: 0.1}"}},
     ":13: conductance.value = 0.1: want 0 or 1e-15 to "},

    /* terminals */
    {"input at the bottom",
     {{10, "    bottom: {volt: input}"}},
     ":10: crossbar.terminals.bottom.volt = input: want -1e+06 to 1e+06 (volt) or a "
     "waveform or a list"},
    {"input in the top's list",
     {{10, "    top: {volt: [0, input, 0]}"}},
     ":10: crossbar.terminals.top.volt.1 = input: want -1e+06 to 1e+06 (volt) or null"},
    {"list too short",
     {{10, "    bottom: {volt: [0, 1]}"}},
     ":10: crossbar.terminals.bottom.volt = a list of 2: want a list of 3, one for "
     "each "
     "column"},
    {"ohm list too long",
     {{9, "    left: {volt: input, ohm: [1, 2, 3]}"}},
     ":9: crossbar.terminals.left.ohm = a list of 3: want a list of 2, one for each "
     "row"},
    {"null ohm",
     {{9, "    left: {volt: input, ohm: [1, null]}"}},
     ":9: crossbar.terminals.left.ohm.1 = null: want 0 or 1e-06 to 1e+12 (ohm)"},
    {"negative farad",
     {{10, "    bottom: {volt: 0, farad: -1e-15}"}},
     ":10: crossbar.terminals.bottom.farad = -1e-15: want 0 to 1 (farad) or a list"},
    {"farad list too long",
     {{9, "    left: {volt: input, farad: [0, 0, 0]}"}},
     ":9: crossbar.terminals.left.farad = a list of 3: want a list of 2"},
    {"too high",
     {{10, "    bottom: {volt: 1e7}"}},
     ":10: crossbar.terminals.bottom.volt = 1e7"},
    {"null side",
     {{10, "    bottom: {volt: null}"}},
     ":10: crossbar.terminals.bottom.volt = "
     "null: want"},
    {"no volt",
     {{10, "    bottom: {ohm: 1}"}},
     ":10: crossbar.terminals.bottom.volt is missing"},
    {"terminals missing",
     {{8, ""}, {9, ""}, {10, ""}},
     "crossbar.terminals is missing: want a"},
    {"no inputs for input",
     {{14, ""}},
     ":1: inputs is missing: want what the terminals of"},
    {"inputs for nobody",
     {{9, "    left: {volt: 1}"}},
     ":14: inputs = a map: want none: nothing takes it"},

    /* two sources on one wire */
    {"shorted rows",
     {{7, "  wire: {row_ohm: 0}"},
      {9, "    left: {volt: [0.2, 0.5]}\n    right: {volt: [0.2, 0]}"},
      {14, ""}},
     "crossbar.terminals: left 1 (0.5 V) and right 1 (0 V) are joined by 0 ohm"},
    {"shorted input",
     {{7, "  wire: {row_ohm: 0}"},
      {9, "    left: {volt: input}\n    right: {volt: 0.1}"}},
     "left 0 (input) and right 0 (0.1 V) are joined by 0 ohm"},
    {"shorted columns",
     {{7, "  wire: {col_ohm: 0}"}, {10, "    top: {volt: 1}\n    bottom: {volt: 0}"}},
     "top 0 (1 V) and bottom 0 (0 V) are joined by 0 ohm"},
    {"a row of one cell",
     {{6, "  cols: 1"}, {9, "    left: {volt: 1}\n    right: {volt: 0}"}, {14, ""}},
     "left 0 (1 V) and right 0 (0 V) are joined by 0 ohm"},

    /* faults */
    {"stuck outside",
     {{12, "  faults: {stuck: [{row: 2, col: 0, siemens: 0}]}"}},
     ":12: crossbar.faults.stuck.0.row = 2: want 0 to 1"},
    {"stuck twice",
     {{12, "  faults: {stuck: [{row: 1, col: 2, siemens: 0},\n    {row: 1, col: 2, "
           "siemens: "
           "1e-3}]}"}},
     ":13: crossbar.faults.stuck.1 = a map: want each cell once: (1, 2) is entry 0 as "
     "well"},
    {"stuck negative",
     {{12, "  faults: {stuck: [{row: 0, col: 0, siemens: -1}]}"}},
     ":12: crossbar.faults.stuck.0.siemens = -1: want 0 or 1e-15 to 1e+06 (siemens)"},
    {"stuck without siemens",
     {{12, "  faults: {stuck: [{row: 0, col: 0}]}"}},
     ":12: crossbar.faults.stuck.0.siemens is missing: want 0 or 1e-15"},
    {"stuck as a number",
     {{12, "  faults: {stuck: 0.1}"}},
     ":12: crossbar.faults.stuck = 0.1: "
     "want a map or a list"},
    {"share above 1",
     {{12, "  faults: {stuck: {on: 1.5, on_siemens: 1e-3}}"}},
     ":12: crossbar.faults.stuck.on = 1.5: want 0 to 1"},
    {"shares above 1",
     {{12, "  faults: {stuck: {on: 0.6, off: 0.6, on_siemens: 1e-3, off_siemens: 0}}"}},
     ":12: crossbar.faults.stuck.off = 0.6: want on + off at most 1"},
    {"share of unknown siemens",
     {{12, "  faults: {stuck: {on: 0.5}}"}},
     ":12: crossbar.faults.stuck.on_siemens is missing: want the conductance"},
    {"list keys in the map",
     {{12, "  faults: {stuck: {row: 0}}"}},
     ":12: crossbar.faults.stuck.row: no such key; want on, off, on_siemens, "
     "off_siemens"},
    {"broken line",
     {{12, "  faults: {broken: [{line: diagonal, index: 0, after: 0}]}"}},
     ":12: crossbar.faults.broken.0.line = diagonal: want row, col or column"},
    {"broken outside",
     {{12, "  faults: {broken: [{line: row, index: 2, after: 0}]}"}},
     ":12: crossbar.faults.broken.0.index = 2: want 0 to 1"},
    {"broken behind the last cell",
     {{12, "  faults: {broken: [{line: row, index: 0, after: 2}]}"}},
     ":12: crossbar.faults.broken.0.after = 2: want 0 to 1"},
    {"broken in a line of one cell",
     {{6, "  cols: 1"}, {12, "  faults: {broken: [{line: row, index: 0, after: 0}]}"}},
     ":12: crossbar.faults.broken.0.after = 0: want none: the line has no segments"},

    /* distributions */
    {"unknown distribution",
     {{13, "conductance: {distribution: gauss}"}},
     ":13: conductance.distribution = gauss: want constant, uniform, loguniform, "
     "levels or "
     "lognormal"},
    {"no source",
     {{13, "conductance: {samples: 3}"}},
     ":13: conductance.distribution is "
     "missing: want a distribution or a "
     "file"},
    {"foreign key",
     {{13, "conductance: {distribution: uniform, min: 0, max: 1, sigma: 1}"}},
     ":13: conductance.sigma = 1: want only what distribution uniform has: min, max, "
     "samples"},
    {"key missing",
     {{13, "conductance: {distribution: lognormal, median: 1e-4}"}},
     ":13: conductance.sigma is missing: want"},
    {"max below min",
     {{13, "conductance: {distribution: uniform, min: 1e-3, max: 1e-4}"}},
     ":13: conductance.max = 1e-4: want conductance.min (0.001) or more"},
    {"loguniform from 0",
     {{13, "conductance: {distribution: loguniform, min: 0, max: 1e-4}"}},
     ":13: conductance.min = 0: want more than 0"},
    {"one level of two",
     {{13, "conductance: {distribution: levels, min: 1e-5, max: 1e-4, count: 1}"}},
     ":13: conductance.count = 1: want 2 or more levels"},
    {"negative siemens",
     {{13, "conductance: {distribution: constant, value: -1e-3}"}},
     ":13: conductance.value = -1e-3: want 0 or 1e-15 to 1e+06 (siemens)"},
    {"wide sigma",
     {{13, "conductance: {distribution: lognormal, median: 1e-4, sigma: 11}"}},
     ":13: conductance.sigma = 11: want 0 to 10"},
    {"negative median of inputs",
     {{14, "inputs: {distribution: lognormal, median: -1, sigma: 1}"}},
     ":14: inputs.median = -1: want more than 0"},
    {"loguniform inputs below 0",
     {{14, "inputs: {distribution: loguniform, min: -1, max: 1}"}},
     ":14: inputs.min = -1: want more than 0"},
    {"levels of inputs",
     {{14, "inputs: {distribution: levels, min: 0, max: 1, count: 4}"}},
     ":14: inputs.levels is missing: want"},
    {"inputs beyond the counter",
     {{5, "  rows: 65536"},
      {14, "inputs: {distribution: constant, value: 1, count: 100000}"}},
     ":14: inputs = a map: want at most 4294967295 numbers a sample, not 6553600000"},

    /* bias */
    {"unknown scheme",
     {{15, "bias: {scheme: quarter}"}},
     ":15: bias.scheme = quarter: want "
     "read, half, third, float or ground"},
    {"selected in read",
     {{15, "bias: {scheme: read, selected: [0, 0]}"}},
     ":15: bias.selected = a list of 2: want none with bias.scheme read"},
    {"volt in read", {{15, "bias: {volt: 1}"}}, ":15: bias.volt = 1: want none with"},
    {"inputs in half",
     {{15, "bias: {scheme: half, selected: [0, 0], volt: 1}"}},
     ":14: inputs = a map: want none with bias.scheme half"},
    {"nothing selected",
     {{14, ""}, {15, "bias: {scheme: half, volt: 1}"}},
     ":15: bias.selected is missing: want [row, col]"},
    {"no bias voltage",
     {{14, ""}, {15, "bias: {scheme: half, selected: [0, 0]}"}},
     ":15: bias.volt is missing: want the selected row's voltage"},
    {"selected outside",
     {{14, ""}, {15, "bias: {scheme: half, selected: [[0, 0], [1, 3]], volt: 1}"}},
     ":15: bias.selected.1 = a list of 2: want [row, col] within [0 to 1, 0 to 2], not "
     "[1, "
     "3]"},
    {"selected a triple",
     {{14, ""}, {15, "bias: {scheme: half, selected: [0, 0, 0], volt: 1}"}},
     ":15: bias.selected = a list of 3: want [row, col] or a list of such pairs"},
    {"selected half a pair",
     {{14, ""}, {15, "bias: {scheme: half, selected: [[0], [1, 1]], volt: 1}"}},
     ":15: bias.selected.0 = a list of 1: want a whole number 0 to 65535 or a pair"},
    {"selected mixed",
     {{14, ""}, {15, "bias: {scheme: half, selected: [[0, 0], 1], volt: 1}"}},
     ":15: bias.selected.1 = 1: want a pair [row, col]"},
    {"selected mixed, number first",
     {{14, ""}, {15, "bias: {scheme: half, selected: [1, [0, 0]], volt: 1}"}},
     ":15: bias.selected = a list of 2: want [row, col] within"},
    {"selected nothing",
     {{14, ""}, {15, "bias: {scheme: half, selected: [], volt: 1}"}},
     ":15: bias.selected = a list of 0: want a list of at least one"},

    /* files */
    {"missing file",
     {{13, "conductance: {file: nowhere.csv}"}},
     ":13: conductance.file = nowhere.csv: want a file to read (No such file or "
     "directory)"},
    {"folder as a file",
     {{13, "conductance: {file: sub.csv}"}},
     ":13: conductance.file = sub.csv: want a file to read (not a regular file)"},
    {"pipe as a file",
     {{13, "conductance: {file: pipe.csv}"}},
     ":13: conductance.file = pipe.csv: want a file to read (not a regular file)"},
    {"device as a file",
     {{13, "conductance: {file: /dev/zero}"}},
     ":13: conductance.file = /dev/zero: want a file to read (not a regular file)"},
    {"file and distribution",
     {{13, "conductance: {file: g.csv, distribution: uniform}"}},
     ":13: conductance.file = g.csv: want either a distribution or a file"},
    {"file and samples",
     {{13, "conductance: {file: g.csv, samples: 2}"}},
     ":13: conductance.samples = 2: want none beside file"},
    {"CSV with a data set",
     {{13, "conductance: {file: g.csv, dataset: /g}"}},
     ":13: conductance.dataset = /g: want none: only a file named .h5"},
    {"HDF5 without a data set",
     {{13, "conductance: {file: g.h5}"}},
     ":13: conductance.dataset is missing: want the path of a data set"},
    {"text named .h5",
     {{13, "conductance: {file: g.h5, dataset: /g}"}},
     "g.h5: not a readable HDF5 file"},
    {"CSV of the wrong shape",
     {{13, "conductance: {file: g.csv}"}},
     "g.csv:1: 2 numbers; want 3 "
     "(crossbar.cols)"},

    /* not YAML, not an experiment */
    {"tab", {{5, "\trows: 2"}}, ":5: not YAML: indented by a tab; want blanks"},
    {"open list",
     {{17, "record: [i_out"}},
     ": not YAML: while parsing a flow sequence, did not "
     "find expected ',' or ']'"},
    {"undefined alias",
     {{17, "record: *planes"}},
     ":17: not YAML: found undefined alias"},
    {"invalid UTF-8", {{1, "title: a\xff"}}, ":1: not UTF-8 text: "},
    {"two documents", {{17, "---\ntitle: b"}}, ":17: a second document; want one"},
    {"tag", {{2, "seed: !!int 7"}}, ":2: a ! tag; want plain YAML"},
    {"directive", {{1, "%YAML 1.1\n---\ntitle: a"}}, ":1: a % directive; want none"},
};

static void test_refusals(void **unused)
{
    (void)unused;
    put("g.csv", "1e-3 2e-3\n");
    put("g.h5", "not HDF5");
    mkdir(in_folder("sub.csv"), 0700);
    mkfifo(in_folder("pipe.csv"), 0600);
    int wrong = 0;
    for (size_t k = 0; k < sizeof refusals / sizeof *refusals; k++) {
        const struct refusal *r = &refusals[k];
        xbar_plan *plan = NULL;
        xbar_error err;
        xbar_status status = read_with(&plan, changed(r->changes, 5), NULL, &err);
        bool is_right = status != XBAR_OK && xbar_status_exit(status) == 2 && !plan &&
                        err.status == status && strstr(err.text, r->want) &&
                        !strchr(err.text, '\n');
        if (!is_right)
            print_error("%s: %s\n    want %s\n", r->name,
                        status == XBAR_OK ? "accepted" : err.text, r->want);
        wrong += !is_right;
        xbar_plan_free(plan);
    }
    assert_int_equal(wrong, 0);
}

/* The same with --set and -e: the message says the option. */
static void test_options(void **unused)
{
    (void)unused;
    static const struct {
        const char *name, *set, *engines, *want;
    } cases[] = {
        {"wrong value", "crossbar.wire.row_ohm=-2.5", NULL,
         "--set crossbar.wire.row_ohm=-2.5: crossbar.wire.row_ohm = -2.5: want 0 or "
         "1e-06"},
        {"unknown key", "crossbar.wires.row_ohm=1", NULL,
         "--set crossbar.wires.row_ohm=1: crossbar.wires: no such key; want rows, "
         "cols"},
        {"no value", "crossbar.rows", NULL, "--set crossbar.rows: want KEY=VALUE"},
        {"empty value", "crossbar.rows=", NULL,
         "--set crossbar.rows=: crossbar.rows = nothing: want a whole number"},
        {"empty key", "=3", NULL, "--set =3: an empty name in the key"},
        {"empty name", "crossbar..rows=3", NULL, "an empty name in the key"},
        {"through a scalar", "crossbar.rows.x=3", NULL,
         "--set crossbar.rows.x=3: nothing can stand below crossbar.rows, which is a "
         "single"},
        {"no such entry", "engines.1=ideal", NULL,
         "--set engines.1=ideal: 1 is no entry of a list of 1 (counted from 0)"},
        {"not an entry", "engines.x=ideal", NULL, "x is no entry of a list of 1"},
        {"not YAML", "record=[i_out", NULL, "--set record=[i_out: not YAML: "},
        {"two documents", "seed=1\n--- 2", NULL, "a second document; want one"},
        {"a tag", "seed=!!int 1", NULL, "--set seed=!!int 1: a ! tag"},
        {"invalid UTF-8", "title=\xff", NULL, "not UTF-8 text"},
        {"unknown engine", NULL, "ideal,hspice",
         "-e ideal,hspice: \"hspice\": no such engine; "
         "want spice or "},
        {"engine twice", NULL, "ideal,ideal", "engine ideal is there twice"},
        {"no engine", NULL, "", "-e : \"\": no such engine; want"},
        {"trailing comma", NULL, "ideal,", "-e ideal,: \"\": no such engine; want"},
        {"endless engine", NULL,
         "ideal222222222222222222222222222222222222222222222222222222222222222222222222"
         "22",
         "no such engine; want"},
    };
    int wrong = 0;
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        xbar_plan *plan = NULL;
        xbar_error err;
        const xbar_plan_options options = {.overrides = &cases[k].set,
                                           .n_overrides = cases[k].set ? 1 : 0,
                                           .engines = cases[k].engines};
        xbar_status status = read_with(&plan, changed(NULL, 0), &options, &err);
        bool is_right = status == XBAR_ERR_INPUT && !plan &&
                        strstr(err.text, cases[k].want) && !strchr(err.text, '\n');
        if (!is_right)
            print_error("%s: %s\n    want %s\n", cases[k].name,
                        status == XBAR_OK ? "accepted" : err.text, cases[k].want);
        wrong += !is_right;
        xbar_plan_free(plan);
    }
    assert_int_equal(wrong, 0);
}

/* Files that are no experiment at all. */
static void test_files(void **unused)
{
    (void)unused;
    static const struct {
        const char *name, *bytes;
        size_t n;
        const char *want;
    } cases[] = {
        {"empty", "", 0, "e.yaml:1: an empty file"},
        {"comment", "# nothing\n", 10, "e.yaml:1: an empty file"},
        {"null", "~\n", 2, "e.yaml:1: an empty file"},
        {"a list", "- a\n- b\n", 8, "e.yaml:1: not a map of keys and values"},
        {"a word", "hello\n", 6, "e.yaml:1: not a map of keys and values"},
        {"a tab", "title: x\n\tseed: 1\n", 18,
         "e.yaml:2: not YAML: indented by a tab; want blanks"},
        {"a tab behind blanks", "a:\n  \tb: 1\n\tc: 1\n", 17, "not YAML: "},
        {"a mark and nothing", "\xef\xbb\xbf", 3, "e.yaml:1: an empty file"},
        {"UTF-16, little", "\xff\xfet\0i\0", 6, "e.yaml:1: UTF-16 text; want UTF-8"},
        {"UTF-16, big", "\xfe\xff\0t\0i", 6, "e.yaml:1: UTF-16 text; want UTF-8"},
        {"NUL", "title: a\nseed: 1\0\n", 18, "e.yaml:2: a NUL byte; want UTF-8 text"},
        {"control character", "title: a\nseed: \x01\n", 17,
         "e.yaml:2: not UTF-8 text: "},
        {"binary", "\x7f\x45\x4c\x46\x02\x01\x01\x03", 8, "e.yaml:1: "},
        {"empty map", "{}", 2, "e.yaml:1: crossbar is missing: want a map"},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        put_bytes("e.yaml", cases[k].bytes, cases[k].n);
        xbar_plan *plan = NULL;
        xbar_error err = {0};
        assert_int_equal(xbar_plan_read(&plan, in_folder("e.yaml"), NULL, &err),
                         XBAR_ERR_INPUT);
        assert_null(plan);
        if (!strstr(err.text, cases[k].want))
            fail_msg("%s: %s", cases[k].name, err.text);
    }
    xbar_plan *plan = NULL;
    xbar_error err = {0};
    assert_int_equal(xbar_plan_read(&plan, in_folder("nowhere.yaml"), NULL, &err),
                     XBAR_ERR_INPUT);
    assert_non_null(strstr(err.text, "nowhere.yaml: No such file or directory"));
    assert_int_equal(xbar_plan_read(&plan, folder, NULL, &err), XBAR_ERR_INPUT);
    assert_non_null(strstr(err.text, "not a regular file"));
    assert_int_equal(xbar_plan_read(&plan, "", NULL, NULL), XBAR_ERR_INPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_files),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
