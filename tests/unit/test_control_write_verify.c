/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Write-verify on arrays of thresholded cells: every cell ends where it should, schemes
 * and orders differ only in what they disturb, limits are kept, and what the controller
 * measures is what the cells are, as long as wires are good. */
#include "control_arrays.h"

#include <math.h>
#include <string.h>

#include "control/write_verify.h"

enum { N = 4, CELLS = N * N };

static const xbar_pulse read_pulse = {1e-9, 2e-9, 1e-9, 1e-9};

/* VTEAM of the MAGIC kind: sets below -1.5 V, resets above 0.3 V; linear in its state. */
static xbar_write_options usual(void)
{
    const xbar_pulse pulse = {1e-9, 10e-9, 1e-9, 1e-9};
    return (xbar_write_options){
        .scheme = XBAR_WRITE_HALF,
        .order = XBAR_WRITE_ROW,
        .set = {-1.6, -0.02, -2.2, 0.0, pulse},
        .reset = {0.35, 0.01, 0.58, 0.0, pulse},
        .read_volt = 0.1,
        .read_pulse = read_pulse,
        .tolerance = 0.05,
        .max_pulses = 200,
        .max_cycles = 20,
    };
}

/* All that one run needs and leaves behind. */
typedef struct bench {
    xbar_crossbar *c;
    double state[CELLS], target[CELLS];
    double pulses[CELLS], cycles[CELLS], measured[CELLS], final[CELLS], disturb[CELLS],
        energy[CELLS];
    uint8_t fate[CELLS];
    xbar_write_record record;
    xbar_control_report report;
    size_t n_events[3];
    double event_energy, last_end;
    double largest_volt;
} bench;

static void note(const xbar_write_event *e, void *with)
{
    bench *b = with;
    b->n_events[e->tag]++;
    b->event_energy += e->energy_j;
    assert_true(e->begin_s >= b->last_end * (1.0 - 1e-12) && e->end_s > e->begin_s);
    assert_true(e->tag == XBAR_TAG_READ ? e->n_written == 0 : e->n_written > 0);
    b->last_end = e->end_s;
    b->largest_volt = fmax(b->largest_volt, fabs(e->volt));
}

static void bench_init(bench *b, double ohm)
{
    *b = (bench){0};
    b->c = array_new(N, N, ohm, ohm);
    b->c->cell = control_cell("vteam", "magic");
    array_terminals(b->c, XBAR_LEFT, ohm);
    array_terminals(b->c, XBAR_BOTTOM, ohm);
    for (size_t k = 0; k < CELLS; k++) {
        b->state[k] = 0.2 + 0.04 * (double)((7 * k) % CELLS);
        /* 1/300k to 1/1k S; aims between 5 and 60 uS */
        b->target[k] = 5e-6 * pow(12.0, (double)((5 * k + 3) % CELLS) / (CELLS - 1));
    }
    b->record = (xbar_write_record){b->pulses,  b->cycles, b->measured, b->final,
                                    b->disturb, b->energy, b->fate};
}

static void run(bench *b, const xbar_write_options *o)
{
    const xbar_engine *engine = NULL;
    void *self = control_engine(&engine, "nodal", b->c, b->state);
    const xbar_start start = {.tolerance = 1e-5};
    const xbar_write_log log = {.event = note, .with = b};
    assert_int_equal(xbar_write_verify(&b->report, &b->record, engine, self, b->c,
                                       b->target, o, &start, &log, NULL),
                     XBAR_OK);
    if (b->report.outcome != XBAR_DONE)
        fail_msg("%s", b->report.error.text);
    engine->close(self);
}

static void test_arrives(void **unused)
{
    (void)unused;
    static const struct {
        const char *what;
        xbar_write_scheme scheme;
        xbar_write_order order;
        double ohm;
    } cases[] = {
        {"half, by rows", XBAR_WRITE_HALF, XBAR_WRITE_ROW, 1.0},
        {"half, cell by cell", XBAR_WRITE_HALF, XBAR_WRITE_CELL, 1.0},
        {"third, by rows", XBAR_WRITE_THIRD, XBAR_WRITE_ROW, 1.0},
        {"half, ideal wires", XBAR_WRITE_HALF, XBAR_WRITE_ROW, 0.0},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        bench b;
        xbar_write_options o = usual();
        o.scheme = cases[k].scheme;
        o.order = cases[k].order;
        bench_init(&b, cases[k].ohm);
        run(&b, &o);
        double heat = 0.0;
        for (size_t cell = 0; cell < CELLS; cell++) {
            heat += b.energy[cell];
            if (b.fate[cell] != XBAR_WRITE_ARRIVED)
                fail_msg("%s: cell %zu is at %g S, wanted %g", cases[k].what, cell,
                         b.measured[cell], b.target[cell]);
            assert_true(fabs(b.measured[cell] - b.target[cell]) <=
                        o.tolerance * b.target[cell]);
            /* a few ohm of wire beside 16 kohm and more */
            assert_true(fabs(b.final[cell] - b.disturb[cell] - b.measured[cell]) <=
                        0.005 * b.measured[cell]);
            assert_true(b.energy[cell] >= 0.0 && b.pulses[cell] >= 0.0);
        }
        /* what the sources gave is heat in cells and wires */
        assert_true(heat <= b.report.energy_j * (1.0 + 1e-3));
        assert_true(heat >= b.report.energy_j * (cases[k].ohm == 0.0 ? 0.999 : 0.98));
        assert_true(fabs(b.event_energy - b.report.energy_j) <=
                    1e-9 * b.report.energy_j);
        assert_int_equal(b.n_events[0] + b.n_events[1] + b.n_events[2],
                         b.report.n_operations);
        assert_true(b.n_events[XBAR_TAG_SET] > 0 && b.n_events[XBAR_TAG_RESET] > 0);
        xbar_crossbar_free(b.c);
    }
}

/* A cell that is where it should be gets no pulse, one without a target neither. */
static void test_leaves_alone(void **unused)
{
    (void)unused;
    bench b;
    const xbar_write_options o = usual();
    bench_init(&b, 0.0);
    for (size_t k = 0; k < CELLS; k++)
        b.target[k] = xbar_cell_conductance(&b.c->cell, b.state[k]);
    b.target[5] = (double)NAN;
    run(&b, &o);
    assert_int_equal(b.report.n_operations, N); /* a read of each row */
    for (size_t k = 0; k < CELLS; k++) {
        assert_true(b.pulses[k] == 0.0);
        assert_int_equal(b.fate[k], k == 5 ? XBAR_WRITE_SKIPPED : XBAR_WRITE_ARRIVED);
        assert_true(fabs(b.final[k] - xbar_cell_conductance(&b.c->cell, b.state[k])) <=
                    1e-12 * b.final[k]);
    }
    assert_true(isnan(b.measured[5]));
    xbar_crossbar_free(b.c);

    bench_init(&b, 0.0);
    for (size_t k = 0; k < CELLS; k++)
        b.target[k] = (double)NAN;
    run(&b, &o);
    assert_int_equal(b.report.n_operations, 0);
    xbar_crossbar_free(b.c);
}

static void test_gives_up(void **unused)
{
    (void)unused;
    bench b;
    xbar_write_options o = usual();
    o.max_pulses = 3;
    bench_init(&b, 0.0);
    for (size_t k = 0; k < CELLS; k++)
        b.target[k] = xbar_cell_conductance(&b.c->cell, b.state[k]);
    b.target[6] = 9e-4; /* too far for three pulses */
    run(&b, &o);
    assert_int_equal(b.fate[6], XBAR_WRITE_GIVEN_UP);
    assert_true(b.pulses[6] == 3.0);
    for (size_t k = 0; k < CELLS; k++)
        assert_true(k == 6 || b.fate[k] == XBAR_WRITE_ARRIVED);
    xbar_crossbar_free(b.c);

    /* a step that is too coarse for the tolerance turns round and round */
    o = usual();
    o.set.volt = o.set.max_volt = -2.2;
    o.set.step_volt = 0.0;
    o.reset.volt = o.reset.max_volt = 0.58;
    o.reset.step_volt = 0.0;
    o.tolerance = 1e-6;
    o.max_cycles = 4;
    bench_init(&b, 0.0);
    run(&b, &o);
    for (size_t k = 0; k < CELLS; k++)
        assert_true(b.cycles[k] <= 4.0);
    assert_int_equal(b.fate[3], XBAR_WRITE_GIVEN_UP);
    xbar_crossbar_free(b.c);
}

/* The same run twice is the same run. */
static void test_repeats(void **unused)
{
    (void)unused;
    bench one;
    bench two;
    const xbar_write_options o = usual();
    bench_init(&one, 2.0);
    bench_init(&two, 2.0);
    run(&one, &o);
    run(&two, &o);
    assert_int_equal(one.report.n_operations, two.report.n_operations);
    assert_memory_equal(one.final, two.final, sizeof one.final);
    assert_memory_equal(one.energy, two.energy, sizeof one.energy);
    xbar_crossbar_free(one.c);
    xbar_crossbar_free(two.c);
}

static void test_refusals(void **unused)
{
    (void)unused;
    static const struct {
        const char *what, *says;
    } cases[] = {
        {"set pulses that change sign", "want one sign"},
        {"a last amplitude below the first", "want one sign"},
        {"no rise", "rise and fall"},
        {"set and reset of one sign", "opposite"},
        {"no read", "want one sign"},
        {"cells that do not move", "device that does"},
        {"gates without transistors", "half or third without"},
    };
    bench b;
    bench_init(&b, 1.0);
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        xbar_write_options o = usual();
        b.c->cell = control_cell("vteam", "magic");
        switch (k) {
        case 0:
            o.set.max_volt = 2.0;
            break;
        case 1:
            o.reset.max_volt = 0.1;
            break;
        case 2:
            o.set.pulse.rise_s = 0.0;
            break;
        case 3:
            o.reset = o.set;
            break;
        case 4:
            o.read_volt = 0.0;
            break;
        case 5:
            b.c->cell = control_cell("sinh", "default");
            break;
        default:
            o.scheme = XBAR_WRITE_GATE;
            break;
        }
        xbar_error err = {0};
        assert_int_equal(xbar_write_check(&o, b.c, &err), XBAR_ERR_INPUT);
        if (!strstr(err.text, cases[k].says))
            fail_msg("%s: \"%s\"", cases[k].what, err.text);
    }
    xbar_crossbar_free(b.c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arrives),  cmocka_unit_test(test_leaves_alone),
        cmocka_unit_test(test_gives_up), cmocka_unit_test(test_repeats),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
