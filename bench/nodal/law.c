/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "law.h"

#include "device/device.h"

/* Inputs to 1 V, and cells of the law that is meant. */
static xbar_status make(bench_array *a, size_t n, bench_cells cells, bool is_sinh,
                        xbar_error *err)
{
    static const double volt = 1.0, v0 = 0.25;
    XBAR_TRY(bench_array_init(a, n, cells, bench_wires_of[USUAL_WIRES], 1, err));
    for (size_t i = 0; i < n; i++)
        a->input[0].volt[XBAR_LEFT][i] *= volt / bench_volt;
    if (is_sinh) {
        a->c->cell = xbar_cell_default(xbar_device_find("sinh"));
        a->c->cell.parameters[0] = v0;
    }
    return XBAR_OK;
}

/* The same by direct solutions of the linear systems. */
static xbar_status check(double *apart, const bench_solver *s, double tolerance,
                         xbar_error *err)
{
    const bench_way direct = {.threads = 1, .n_inputs = 1, .is_plain = true};
    bench_solver plain = {0};
    xbar_status status = bench_solver_init(&plain, s->a, tolerance, direct, err);
    if (status == XBAR_OK)
        *apart = bench_solver_apart(s, &plain);
    bench_solver_clear(&plain);
    if (status == XBAR_OK && !(*apart <= 1e-10))
        return xbar_fail(err, XBAR_ERR_CONVERGENCE,
                         "sinh cells: outputs are %.2g of the largest off", *apart);
    return status;
}

xbar_status bench_law_time(bench_law *t, size_t n, bench_cells cells, double tolerance,
                           double enough_s, xbar_error *err)
{
    bench_array linear = {0}, sinh = {0};
    bench_solver s[2] = {{0}, {0}}, *const both[] = {&s[0], &s[1]};
    bench_timing timing[2];
    *t = (bench_law){.apart = 0.0};
    xbar_status status = make(&linear, n, cells, false, err);
    if (status == XBAR_OK)
        status = make(&sinh, n, cells, true, err);
    if (status == XBAR_OK)
        status = bench_solver_init(&s[0], &linear, tolerance, bench_one, err);
    if (status == XBAR_OK)
        status = bench_solver_init(&s[1], &sinh, tolerance, bench_one, err);
    if (status == XBAR_OK)
        status = check(&t->apart, &s[1], tolerance, err);
    if (status == XBAR_OK)
        status = bench_time(timing, both, 2, enough_s, err);
    if (status == XBAR_OK) {
        const xbar_nodal_answer *a = &s[1].out[0];
        t->linear = timing[0];
        t->sinh = timing[1];
        t->residual = a->kcl_residual / a->largest_current;
        t->n_newton = a->n_newton;
        t->n_corrections = a->n_corrections;
    }
    for (int k = 0; k < 2; k++)
        bench_solver_clear(&s[k]);
    bench_array_clear(&linear);
    bench_array_clear(&sinh);
    return status;
}
