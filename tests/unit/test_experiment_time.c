/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Experiments in time: waveforms, moments, schedules, and what is refused. */
#include <math.h>

#include "experiment_files.h"

/* One cell under a waveform. */
static const char *iv(const char *waveform, const char *more)
{
    static char text[2048];
    snprintf(text, sizeof text,
             "engines: [nodal]\n"
             "crossbar: {cell: {device: vteam}}\n"
             "analysis: {kind: iv, waveform: %s%s%s}\n",
             waveform, *more ? ", " : "", more);
    return text;
}

static double volts_of(const xbar_plan_course *course, xbar_stimulus *s, xbar_side side,
                       size_t line, double t_s)
{
    course->schedule.volts(s, t_s, course->schedule.with);
    return s->volt[side][line];
}

/* What a waveform is at some moments; NaN ends a list. */
static const struct waveform_case {
    const char *name, *map;
    double end;
    double t_s[8], volt[8];
    double corners[8]; /* from before 0 on; INFINITY is the last */
} waveforms[] = {
    {"sine",
     "{shape: sine, volt: 2, hertz: 10, cycles: 3}",
     0.3,
     {0, 0.025, 0.05, 0.075, 0.3, 1, NAN},
     {0, 2, 0, -2, 0, 0},
     {0, 0.3, INFINITY}},
    {"sine on a base",
     "{shape: sine, volt: 2, hertz: 10, base_volt: -1}",
     0.1,
     {0, 0.025, 0.05, 0.075, 0.1, NAN},
     {-1, 1, -1, -3, -1},
     {0, 0.1, INFINITY}},
    {"triangle",
     "{shape: triangle, volt: 1, hertz: 1, cycles: 2}",
     2,
     {0, 0.125, 0.25, 0.5, 0.75, 1, 1.25, NAN},
     {0, 0.5, 1, 0, -1, 0, 1},
     {0, 0.25, 0.75, 1.25, 1.75, 2, INFINITY}},
    {"one pulse",
     "{shape: pulse, volt: 3, base_volt: 1, start_s: 1, rise_s: 1, width_s: 2, "
     "fall_s: 4}",
     8,
     {0, 1, 1.5, 2, 3, 4, 6, NAN},
     {1, 1, 2, 3, 3, 3, 2},
     {1, 2, 4, 8, INFINITY}},
    {"two pulses",
     "{shape: pulse, volt: 1, rise_s: 1, width_s: 1, fall_s: 1, period_s: 5, count: 2}",
     8,
     {0, 1, 2, 3, 4, 5.5, 6.5, NAN},
     {0, 1, 1, 0, 0, 0.5, 1},
     {0, 1, 2, 3, 5, 6, 7, 8}},
    {"pulses of no width, one behind the other",
     "{shape: pulse, volt: 1, rise_s: 1, width_s: 0, fall_s: 1, period_s: 2, count: 2}",
     4,
     {0, 1, 2, 3, 4, NAN},
     {0, 1, 0, 1, 0},
     {0, 1, 2, 3, 4, INFINITY}},
    {"straight lines",
     "{shape: linear, time_s: [-1, 1, 2], volt: [-4, 4, 1]}",
     2,
     {0, 0.5, 1, 1.5, 5, NAN},
     {0, 2, 4, 2.5, 1},
     {-1, 1, 2, INFINITY}},
    {"a file",
     "{file: w.csv}",
     3,
     {0, 0.5, 1, 3, 4, NAN},
     {1, 0.5, 0, -2, -2},
     {0, 1, 3, INFINITY}},
};

static void test_waveforms(void **unused)
{
    (void)unused;
    put("w.csv", "# s, V\n0 1\n1, 0\n3 -2\n");
    for (size_t k = 0; k < sizeof waveforms / sizeof *waveforms; k++) {
        const struct waveform_case *w = &waveforms[k];
        xbar_plan *p = NULL;
        xbar_error err;
        if (read_with(&p, iv(w->map, "points: 11"), NULL, &err) != XBAR_OK)
            fail_msg("%s: %s", w->name, err.text);
        xbar_plan_course course;
        xbar_stimulus s;
        assert_int_equal(xbar_stimulus_init(&s, p->crossbar, NULL), XBAR_OK);
        assert_int_equal(xbar_plan_schedule(&course, p, 0, 0, NULL), XBAR_OK);
        for (size_t n = 0; !isnan(w->t_s[n]); n++) {
            double volt = volts_of(&course, &s, XBAR_LEFT, 0, w->t_s[n]);
            if (fabs(volt - w->volt[n]) > 1e-12)
                fail_msg("%s: %g V at %g s, want %g", w->name, volt, w->t_s[n],
                         w->volt[n]);
            assert_true(s.volt[XBAR_BOTTOM][0] == 0.0 && isnan(s.volt[XBAR_TOP][0]));
        }
        double t = -10.0;
        for (size_t n = 0; n < 8; n++) {
            t = course.schedule.corner(t, course.schedule.with);
            if (!(fabs(t - w->corners[n]) < 1e-12) && t != w->corners[n])
                fail_msg("%s: corner %zu at %g s, want %g", w->name, n, t,
                         w->corners[n]);
            if (isinf(t))
                break;
        }
        assert_int_equal(p->n_times, 11);
        assert_true(p->times_s[0] == 0.0 && fabs(p->times_s[10] - w->end) < 1e-15);
        xbar_stimulus_clear(&s);
        xbar_plan_course_clear(&course);
        xbar_plan_free(p);
    }
}

static void test_iv(void **unused)
{
    (void)unused;
    xbar_plan *p =
        accept(iv("{shape: sine, volt: 1, hertz: 2}", "tolerance: 1e-6, end_s: 3"));
    assert_int_equal(p->analysis, XBAR_ANALYSIS_IV);
    assert_true(p->crossbar->n_rows == 1 && p->crossbar->n_cols == 1);
    assert_int_equal(p->n_inputs, 1);
    assert_int_equal(p->n_samples, 1);
    assert_int_equal(p->n_times, 1000);
    assert_true(p->times_s[999] == 3.0);
    assert_true(p->tolerance == 1e-6 && p->max_step_s == 0.0);
    /* no conductance: the device's initial state, and the conductance it has there */
    double g = 0.0;
    double x = 0.0;
    xbar_state_range r[XBAR_MAX_STATES];
    xbar_cell_ranges(&p->crossbar->cell, r);
    assert_int_equal(xbar_plan_state(p, 0, &g, &x, NULL), XBAR_OK);
    assert_true(x == fmax(r[0].initial, XBAR_LEAST_STATE));
    assert_true(g == xbar_cell_conductance(&p->crossbar->cell, x));
    xbar_plan_free(p);

    p = accept(
        "engines: [nodal]\n"
        "crossbar: {rows: 1, cols: 1, cell: {device: vteam},\n"
        "  terminals: {right: {volt: input, ohm: 5}, top: {volt: 0.5}}}\n"
        "conductance: {distribution: uniform, min: 2e-3, max: 4e-3, samples: 3}\n"
        "analysis: {kind: iv, waveform: {shape: triangle, volt: 1, hertz: 2}}\n"
        "record: [state, energy, heat]\n");
    assert_int_equal(p->n_samples, 3);
    assert_int_equal(p->record,
                     XBAR_RECORD_STATE | XBAR_RECORD_ENERGY | XBAR_RECORD_HEAT);
    assert_int_equal(p->crossbar->row_source[0], XBAR_RIGHT);
    xbar_plan_free(p);
}

static const char transient[] = "engines: [nodal]\n"
                                "crossbar:\n"
                                "  rows: 2\n"
                                "  cols: 3\n"
                                "  terminals:\n"
                                "    left: {volt: [input, null]}\n"
                                "    right: {volt: [null, &w {shape: triangle, volt: "
                                "2, hertz: 1}], ohm: 1}\n"
                                "    bottom: {volt: [0, *w, 0.25]}\n"
                                "  faults: {stuck: [{row: 1, col: 0, siemens: 1e-3}]}\n"
                                "conductance: {distribution: constant, value: 1e-4}\n"
                                "inputs: {distribution: levels, min: 1, max: 2, "
                                "levels: 2, count: 9}\n"
                                "analysis:\n"
                                "  kind: transient\n"
                                "  times_s: [0, 0.25, 3]\n"
                                "  max_step_s: 0.125\n"
                                "  envelope: {shape: pulse, volt: 0.5, rise_s: 1, "
                                "width_s: 1, fall_s: 1}\n";

static void test_transient(void **unused)
{
    (void)unused;
    xbar_plan *p = accept(transient);
    assert_int_equal(p->n_times, 3);
    assert_true(p->times_s[1] == 0.25 && p->max_step_s == 0.125 &&
                p->tolerance == 1e-4);
    uint8_t stuck[6];
    assert_int_equal(xbar_plan_stuck(p, 0, stuck, NULL), XBAR_OK);
    assert_memory_equal(stuck, ((const uint8_t[]){0, 0, 0, 1, 0, 0}), 6);
    xbar_stimulus s;
    xbar_stimulus rest;
    assert_int_equal(xbar_stimulus_init(&s, p->crossbar, NULL), XBAR_OK);
    assert_int_equal(xbar_stimulus_init(&rest, p->crossbar, NULL), XBAR_OK);
    for (size_t input = 0; input < 9; input++) {
        xbar_plan_course course;
        assert_int_equal(xbar_plan_stimulus(p, 0, input, &rest, NULL), XBAR_OK);
        assert_int_equal(xbar_plan_schedule(&course, p, 0, input, NULL), XBAR_OK);
        assert_true(volts_of(&course, &s, XBAR_LEFT, 0, 0.0) == 0.0);
        assert_true(volts_of(&course, &s, XBAR_LEFT, 0, 0.5) ==
                    0.25 * rest.volt[XBAR_LEFT][0]);
        assert_true(volts_of(&course, &s, XBAR_LEFT, 0, 1.5) ==
                    0.5 * rest.volt[XBAR_LEFT][0]);
        assert_true(volts_of(&course, &s, XBAR_RIGHT, 1, 0.25) == 2.0);
        assert_true(s.volt[XBAR_BOTTOM][1] == 2.0 && s.volt[XBAR_BOTTOM][2] == 0.25);
        assert_true(isnan(s.volt[XBAR_LEFT][1]) && isnan(s.volt[XBAR_RIGHT][0]));
        /* corners of the envelope and of the triangle */
        static const double corners[] = {0, 0.25, 0.75, 1, 2, 3};
        double t = -1.0;
        for (size_t k = 0; k < sizeof corners / sizeof *corners; k++) {
            t = course.schedule.corner(t, course.schedule.with);
            assert_true(t == corners[k]);
        }
        assert_true(isinf(course.schedule.corner(t, course.schedule.with)));
        xbar_plan_course_clear(&course);
    }
    xbar_stimulus_clear(&rest);
    xbar_stimulus_clear(&s);
    xbar_plan_free(p);
    xbar_plan_course none = {.own = NULL};
    xbar_plan_course_clear(&none);
}

/* The envelope of a write pulse under V/2. */
static void test_scheme(void **unused)
{
    (void)unused;
    xbar_plan *p =
        accept("engines: [nodal]\n"
               "crossbar:\n"
               "  rows: 2\n"
               "  cols: 2\n"
               "  terminals: {left: {volt: input}, bottom: {volt: [0, null]}}\n"
               "conductance: {distribution: constant, value: 1e-4}\n"
               "bias: {scheme: half, selected: [1, 0], volt: 2}\n"
               "analysis: {kind: transient, end_s: 4, points: 5, envelope:\n"
               "  {shape: pulse, volt: 1, rise_s: 1, width_s: 1, fall_s: 1}}\n");
    xbar_stimulus s;
    xbar_plan_course course;
    assert_int_equal(xbar_stimulus_init(&s, p->crossbar, NULL), XBAR_OK);
    assert_int_equal(xbar_plan_schedule(&course, p, 0, 0, NULL), XBAR_OK);
    static const double share[] = {0, 1, 1, 0, 0};
    for (size_t k = 0; k < 5; k++) {
        assert_true(p->times_s[k] == (double)k);
        assert_true(volts_of(&course, &s, XBAR_LEFT, 1, p->times_s[k]) == 2 * share[k]);
        assert_true(s.volt[XBAR_LEFT][0] == share[k]);
        assert_true(s.volt[XBAR_BOTTOM][0] == 0.0 && isnan(s.volt[XBAR_BOTTOM][1]));
    }
    xbar_plan_course_clear(&course);
    xbar_stimulus_clear(&s);
    xbar_plan_free(p);
}

/* A waveform's file is a file that the numbers depend on. */
static void test_digest(void **unused)
{
    (void)unused;
    char digests[2][65];
    for (int k = 0; k < 2; k++) {
        put("w.csv", k == 0 ? "0 0\n1 1\n" : "0 0\n1 2\n");
        xbar_plan *p = accept(iv("{file: w.csv}", ""));
        assert_int_equal(p->n_files, 1);
        memcpy(digests[k], p->digest, 65);
        xbar_plan_free(p);
    }
    assert_string_not_equal(digests[0], digests[1]);
}

/* The waveform of an iv run, what else its analysis says, and the message. */
static const struct wave_refusal {
    const char *name, *map, *more, *want;
} wave_refusals[] = {
    {"no shape", "{volt: 1}", "",
     "analysis.waveform.shape is missing: want a shape or a file"},
    {"unknown shape", "{shape: square}", "",
     "e.yaml:3: analysis.waveform.shape = square: want sine, triangle, pulse or "
     "linear"},
    {"a number", "1", "", "e.yaml:3: analysis.waveform = 1: want a waveform"},
    {"unknown key", "{shape: sine, volts: 1}", "",
     "analysis.waveform.volts: no such key; want shape, file, volt, base_volt"},
    {"a key twice", "{shape: sine, volt: 1, volt: 1}", "", "volt: given twice"},
    {"shape and file", "{shape: sine, file: w.csv}", "",
     "analysis.waveform.file = w.csv: want either a shape or a file"},
    {"sine without hertz", "{shape: sine, volt: 1}", "",
     "e.yaml:3: analysis.waveform.hertz is missing: want it, shape sine has volt, "
     "hertz, cycles, base_volt"},
    {"sine with a width", "{shape: sine, volt: 1, hertz: 1, width_s: 1}", "",
     "analysis.waveform.width_s = 1: want only what shape sine has: volt, hertz"},
    {"base of a triangle", "{shape: triangle, volt: 1, hertz: 1, base_volt: 1}", "",
     "base_volt = 1: want only what shape triangle has: volt, hertz, cycles"},
    {"no frequency", "{shape: sine, volt: 1, hertz: 0}", "",
     "analysis.waveform.hertz = 0: want 1e-10 to 1e+15 (hertz)"},
    {"negative frequency", "{shape: sine, volt: 1, hertz: -1}", "", "hertz = -1: want"},
    {"half a triangle", "{shape: triangle, volt: 1, hertz: 1, cycles: 0.5}", "",
     "analysis.waveform.cycles = 0.5: want a whole number up to 499999"},
    {"too many triangles", "{shape: triangle, volt: 1, hertz: 1, cycles: 1e6}", "",
     "analysis.waveform.cycles = 1e6: want a whole number up to 499999"},
    {"too many cycles", "{shape: sine, volt: 1, hertz: 1, cycles: 1e7}", "",
     "analysis.waveform.cycles = 1e7: want 0.001 to 1e+06"},
    {"volts that overflow", "{shape: sine, volt: 1e400, hertz: 1}", "",
     "volt = 1e400: want -1e+06 to 1e+06 (volt)"},
    {"a list of volts", "{shape: sine, volt: [1], hertz: 1}", "",
     "analysis.waveform.volt = a list of 1: want a number with shape sine"},
    {"one volt of lines", "{shape: linear, volt: 1, time_s: [1]}", "",
     "analysis.waveform.volt = 1: want a list with shape linear"},
    {"lists of two lengths", "{shape: linear, volt: [0, 1], time_s: [0, 1, 2]}", "",
     "analysis.waveform.volt = a list of 2: want a list of 3, as time_s has"},
    {"times that fall", "{shape: linear, volt: [0, 1, 2], time_s: [0, 2, 1]}", "",
     "analysis.waveform = a map: want times that rise (knot 2 of a waveform, 2 V at 1 "
     "s"},
    {"a time twice", "{shape: linear, volt: [0, 1], time_s: [1, 1]}", "",
     "want times that rise (knot 1"},
    {"no knots", "{shape: linear, volt: [], time_s: []}", "",
     "analysis.waveform.volt = a list of 0: want"},
    {"a jump", "{shape: pulse, volt: 1, rise_s: 0, width_s: 1, fall_s: 1}", "",
     "analysis.waveform.rise_s = 0: want 1e-18 to 1e+10 (second)"},
    {"no fall", "{shape: pulse, volt: 1, rise_s: 1, width_s: 1}", "",
     "analysis.waveform.fall_s is missing: want it, shape pulse has volt, rise_s"},
    {"pulses without a period",
     "{shape: pulse, volt: 1, rise_s: 1, width_s: 1, fall_s: 1, count: 2}", "",
     "analysis.waveform.count = 2: want 1, or a period_s as well"},
    {"pulses that overlap",
     "{shape: pulse, volt: 1, rise_s: 1, width_s: 1, fall_s: 1, count: 2, period_s: 2}",
     "", "period_s = 2: want at least rise_s + width_s + fall_s, 3 (second)"},
    {"too many pulses",
     "{shape: pulse, volt: 1, rise_s: 1, width_s: 1, fall_s: 1, count: 250001}", "",
     "count = 250001: want a whole number 1 to 250000"},
    {"an edge that doubles cannot tell from none",
     "{shape: pulse, volt: 1, start_s: 1e10, rise_s: 1e-18, width_s: 1, fall_s: 1}", "",
     "analysis.waveform = a map: want times that rise (knot 1 of a waveform"},
    {"no file", "{file: nowhere.csv}", "",
     "e.yaml:3: analysis.waveform.file = nowhere.csv: want a file to read (No such"},
    {"a file of one column", "{file: v.csv}", "",
     "analysis.waveform.file = v.csv: want numbers that fit (v.csv:1: 1 numbers; want "
     "2 "
     "(time in s and volts))"},
    {"a file with a word", "{file: g.csv}", "",
     "(g.csv:2: column 2 = x: want -1e+10 to 1e+10 (second, volt))"},
    {"a file of high voltage", "{file: w.csv}", "",
     "analysis.waveform.file = w.csv: want volts from -1e+06 to 1e+06, not 2e+06 in "
     "pair 2"},
    {"a waveform before 0", "{shape: linear, volt: [0], time_s: [-1]}", "",
     "analysis.end_s is missing: want seconds, as the waveform ends before 0"},
    {"an envelope beside the waveform", "{shape: sine, volt: 1, hertz: 1}",
     "envelope: {shape: sine, volt: 1, hertz: 1}",
     "analysis.envelope = a map: want none with analysis.kind iv, only with transient"},
    {"listed moments", "{shape: sine, volt: 1, hertz: 1}", "times_s: [0, 1]",
     "analysis.times_s = a list of 2: want none with analysis.kind iv, only with tran"},
    {"one point", "{shape: sine, volt: 1, hertz: 1}", "points: 1",
     "analysis.points = 1: want a whole number 2 to 1000000"},
    {"no end", "{shape: sine, volt: 1, hertz: 1}", "end_s: 0",
     "analysis.end_s = 0: want 1e-18 to 1e+10 (second)"},
    {"no tolerance", "{shape: sine, volt: 1, hertz: 1}", "tolerance: 0",
     "analysis.tolerance = 0: want 1e-09 to 0.1"},
    {"loose tolerance", "{shape: sine, volt: 1, hertz: 1}", "tolerance: 0.2",
     "analysis.tolerance = 0.2: want 1e-09 to 0.1"},
    {"negative step", "{shape: sine, volt: 1, hertz: 1}", "max_step_s: -1",
     "analysis.max_step_s = -1: want 1e-18 to 1e+10 (second)"},
};

static void check_refused(const char *name, const char *text, const char *want)
{
    xbar_plan *p = NULL;
    xbar_error err;
    xbar_status status = read_with(&p, text, NULL, &err);
    if (status == XBAR_OK || p || !strstr(err.text, want) || strchr(err.text, '\n'))
        fail_msg("%s: %s\n    want %s", name, status == XBAR_OK ? "accepted" : err.text,
                 want);
}

static void test_refused_waveforms(void **unused)
{
    (void)unused;
    put("v.csv", "1\n2\n");
    put("g.csv", "1 2\n2 x\n");
    put("w.csv", "1 2\n2 2e6\n");
    for (size_t k = 0; k < sizeof wave_refusals / sizeof *wave_refusals; k++)
        check_refused(wave_refusals[k].name,
                      iv(wave_refusals[k].map, wave_refusals[k].more),
                      wave_refusals[k].want);
}

#define SINE "{shape: sine, volt: 1, hertz: 1}"

/* Overrides of the transient above, and the message. */
static const struct {
    const char *name, *set[4], *want;
} refusals[] = {
    {"moments that fall",
     {"analysis.times_s=[0, 1, 0.5]"},
     "analysis.times_s.2 = 0.5: want more than the moment before, 1 (second)"},
    {"a moment twice",
     {"analysis.times_s=[1, 1]"},
     "analysis.times_s.1 = 1: want more"},
    {"a moment before 0", {"analysis.times_s=[-1]"}, "analysis.times_s.0 = -1: want 0"},
    {"no moments", {"analysis.times_s=[]"}, "want a list of at least one"},
    {"points beside moments",
     {"analysis.points=9"},
     "analysis.points = 9: want none beside analysis.times_s"},
    {"an end before the last moment",
     {"analysis.end_s=2"},
     "analysis.end_s = 2: want at least the last of analysis.times_s, 3 (second)"},
    {"no end",
     {"analysis={kind: transient}"},
     "analysis.end_s is missing: want seconds, or analysis.times_s"},
    {"a waveform of an array",
     {"analysis.waveform=" SINE},
     "analysis.waveform = a map: want none with analysis.kind transient, only with iv"},
    {"an array under iv",
     {"analysis={kind: iv, waveform: " SINE "}"},
     "crossbar.rows = 2: want 1, or none, with analysis.kind iv"},
    {"a row under iv",
     {"crossbar.rows=1", "crossbar.faults={}",
      "analysis={kind: iv, waveform: " SINE "}"},
     "crossbar.cols = 3: want 1, or none, with analysis.kind iv"},
    {"iv without a waveform",
     {"crossbar.rows=1", "crossbar.cols=1", "crossbar.faults={}",
      "analysis={kind: iv}"},
     "analysis.waveform is missing: want a waveform"},
    {"an envelope of nothing",
     {"crossbar.terminals.left.volt=1"},
     "analysis.envelope = a map: want none: nothing takes an input"},
    {"an array without conductances",
     {"conductance=null"},
     "conductance = null: want a map"},
    {"a state of nothing",
     {"record=[state]"},
     "record.0 = state: want none, as the cells (linear) have no state that moves"},
    {"an engine without time",
     {"engines=[nodal, ideal]"},
     "analysis.kind = transient: want dc, as engine ideal knows no time; or engines: "},
    {"two waveforms on one wire",
     {"crossbar.terminals.top.volt=[null, " SINE ", null]"},
     "top 1 (a waveform) and bottom 1 (a waveform) are joined by 0 ohm"},
    {"a waveform and a number on one wire",
     {"crossbar.terminals.top.volt=[" SINE ", null, null]"},
     "top 0 (a waveform) and bottom 0 (0 V) are joined by 0 ohm"},
    {"an input and a waveform on one wire",
     {"crossbar.terminals.right={volt: [" SINE ", null]}"},
     "left 0 (input) and right 0 (a waveform) are joined by 0 ohm"},
    {"more than memory holds",
     {"crossbar.terminals={left: {volt: input}}", "crossbar.rows=1000",
      "analysis={kind: transient, end_s: 1, points: 1000000}"},
     "1000000 moments of one input of 1000 x 3 cells, 1 engines, would be 24.1 GB: "
     "want "
     "at most 1.07 GB, so fewer analysis.points, or less in record"},
};

static void test_refusals(void **unused)
{
    (void)unused;
    int wrong = 0;
    for (size_t k = 0; k < sizeof refusals / sizeof *refusals; k++) {
        size_t n = 0;
        while (n < 4 && refusals[k].set[n])
            n++;
        xbar_plan *p = NULL;
        xbar_error err;
        const xbar_plan_options options = {.overrides = refusals[k].set,
                                           .n_overrides = n};
        xbar_status status = read_with(&p, transient, &options, &err);
        bool right = status != XBAR_OK && !p && strstr(err.text, refusals[k].want);
        if (!right)
            print_error("%s: %s\n    want %s\n", refusals[k].name,
                        status == XBAR_OK ? "accepted" : err.text, refusals[k].want);
        wrong += !right;
        xbar_plan_free(p);
    }
    assert_int_equal(wrong, 0);
    check_refused("an iv run of a device that has no initial state",
                  "engines: [nodal]\n"
                  "crossbar: {cell: {device: linear}}\n"
                  "analysis: {kind: iv, waveform: " SINE "}\n",
                  "conductance is missing: want a map, as the device has no initial");
    check_refused("inputs of an iv run",
                  "engines: [nodal]\n"
                  "crossbar: {cell: {device: vteam}}\n"
                  "inputs: {distribution: constant, value: 1}\n"
                  "analysis: {kind: iv, waveform: " SINE "}\n",
                  "inputs = a map: want none with analysis.kind iv, whose waveform is");
    check_refused("an iv run that nothing drives",
                  "engines: [nodal]\n"
                  "crossbar: {cell: {device: vteam}, terminals: {left: {volt: 0}}}\n"
                  "analysis: {kind: iv, waveform: " SINE "}\n",
                  "crossbar.terminals = a map: want one of `volt: input`, which");
    check_refused("a scheme of an iv run",
                  "engines: [nodal]\n"
                  "crossbar: {cell: {device: vteam}}\n"
                  "bias: {scheme: half, selected: [0, 0], volt: 1}\n"
                  "analysis: {kind: iv, waveform: " SINE "}\n",
                  "bias.scheme = half: want read, or no bias, with analysis.kind iv");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_waveforms), cmocka_unit_test(test_iv),
        cmocka_unit_test(test_transient), cmocka_unit_test(test_scheme),
        cmocka_unit_test(test_digest),    cmocka_unit_test(test_refused_waveforms),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
