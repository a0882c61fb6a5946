/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory that runs out at every possible moment of a solution: an error that says so, no
 * number, and afterwards the same bits as if nothing had been. malloc's family is wrapped
 * by the linker (meson.build). */
#include "nodal_plain.h"

#include <stdlib.h>
#include <string.h>

#include "nodal/nodal.h"

/* ---- what runs out ------------------------------------------------------------------- */

/* So many are still to be had; then one fails. */
static size_t n_left = SIZE_MAX;

static bool has_run_out(void)
{
    if (n_left == SIZE_MAX)
        return false;
    n_left = n_left > 0 ? n_left - 1 : SIZE_MAX;
    return n_left == SIZE_MAX;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);

void *__wrap_malloc(size_t size)
{
    return has_run_out() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return has_run_out() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return has_run_out() ? NULL : __real_realloc(old, size);
}

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
    return has_run_out() ? NULL : __real_aligned_alloc(alignment, size);
}

/* ---- solutions ----------------------------------------------------------------------- */

enum { N_STATES = 3 };

/* Too large for direct solutions to be taken first where lines hang. */
static const plain_case cases[] = {
    {"lone cells", 80, 67, 100, 100, 100, OPEN, OPEN, 100, LONE, 0},
    {"lone cells, terminals of 0 ohm", 80, 67, 100, 100, 0, OPEN, OPEN, 0, LONE, 0},
    {"random", 80, 67, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, RANDOM, 0},
};
enum { N_CASES = sizeof cases / sizeof *cases };

typedef struct answers {
    xbar_nodal_answer of[N_STATES];
} answers;

typedef struct job {
    plain_array a;
    xbar_crossbar *c;
    xbar_stimulus in, opens; /* some terminals, that is */
    double *g[N_STATES];
} job;

/* The array's own cells; a few good ones, more than LONE has; and none that stand out. */
static job job_new(const plain_case *what)
{
    job j = {.a = plain_new(what)};
    j.c = crossbar_of(&j.a, &j.in);
    assert_int_equal(xbar_stimulus_init(&j.opens, j.c, NULL), XBAR_OK);
    for (size_t i = 0; i < j.a.n_rows; i++) {
        j.in.volt[XBAR_LEFT][i] = 0.2 * plain_random(&j.a);
        j.opens.volt[XBAR_LEFT][i] = i % 3 == 1 ? (double)NAN : 0.1;
    }
    for (size_t i = 0; i < j.a.n_cols; i++)
        j.opens.volt[XBAR_BOTTOM][i] = 0.0;
    for (size_t state = 0; state < N_STATES; state++) {
        j.g[state] = array_doubles(j.a.n_cells);
        for (size_t k = 0; k < j.a.n_cells; k++)
            j.g[state][k] = state == 1   ? (k % 53 == 3 ? 2e-3 : 1e-9)
                            : state == 2 ? 1e-4
                                         : j.a.g[k];
    }
    return j;
}

static void job_free(job *j)
{
    for (size_t state = 0; state < N_STATES; state++)
        free(j->g[state]);
    xbar_stimulus_clear(&j->opens);
    xbar_stimulus_clear(&j->in);
    xbar_crossbar_free(j->c);
    plain_free(&j->a);
}

static answers answers_new(const xbar_crossbar *c)
{
    answers a = {0};
    for (size_t state = 0; state < N_STATES; state++)
        for (int side = 0; side < XBAR_N_SIDES; side++)
            a.of[state].i_terminal[side] =
                array_doubles(xbar_side_lines(c, (xbar_side)side));
    return a;
}

static void answers_free(answers *a)
{
    for (size_t state = 0; state < N_STATES; state++)
        for (int side = 0; side < XBAR_N_SIDES; side++)
            free(a->of[state].i_terminal[side]);
}

static void solve(xbar_nodal *s, const job *j, size_t state, const xbar_stimulus *in,
                  answers *a)
{
    xbar_nodal_set_state(s, j->g[state]);
    assert_int_equal(xbar_nodal_solve(s, in, 1, &a->of[state], NULL), XBAR_OK);
    assert_int_equal(a->of[state].status, XBAR_OK);
}

static void check_same(const job *j, const answers *got, const answers *want)
{
    for (size_t state = 0; state < N_STATES; state++) {
        assert_true(got->of[state].n_steps == want->of[state].n_steps);
        for (int side = 0; side < XBAR_N_SIDES; side++)
            assert_memory_equal(
                got->of[state].i_terminal[side], want->of[state].i_terminal[side],
                xbar_side_lines(j->c, (xbar_side)side) * sizeof(double));
    }
}

/* One state after the other, and memory that runs out `after` so many times that it was
 * asked for in one of them. @param in  then and afterwards @return false: it never did */
static bool check_failure(const job *j, size_t in_state, size_t after,
                          const xbar_stimulus *in, const answers *want)
{
    xbar_error err = {0};
    answers a = answers_new(j->c);
    xbar_nodal *s = NULL;
    assert_int_equal(xbar_nodal_new(&s, j->c, NULL, NULL), XBAR_OK);
    for (size_t state = 0; state < in_state; state++)
        solve(s, j, state, &j->in, &a);
    xbar_nodal_set_state(s, j->g[in_state]);
    n_left = after;
    xbar_status status = xbar_nodal_solve(s, in, 1, &a.of[in_state], &err);
    const bool has_failed = n_left == SIZE_MAX;
    n_left = SIZE_MAX;
    assert_int_equal(status, has_failed ? XBAR_ERR_MEMORY : XBAR_OK);
    if (has_failed) {
        assert_int_equal(a.of[in_state].status, XBAR_ERR_MEMORY);
        assert_true(isnan(a.of[in_state].i_terminal[XBAR_BOTTOM][0]));
        assert_true(err.text[0] != '\0');
    }
    for (size_t state = N_STATES;
         state-- > 0;) /* the one that failed is not the next */
        solve(s, j, state, in, &a);
    check_same(j, &a, want);
    xbar_nodal_free(s);
    answers_free(&a);
    return has_failed;
}

/* @param in  what is there when memory runs out; the one before is the array's own */
static void check_failures(const job *j, const xbar_stimulus *in, bool is_knotted)
{
    answers want = answers_new(j->c);
    for (size_t state = 0; state < N_STATES; state++) {
        xbar_nodal *s = NULL;
        assert_int_equal(xbar_nodal_new(&s, j->c, NULL, NULL), XBAR_OK);
        solve(s, j, state, in, &want);
        xbar_nodal_free(s);
    }
    for (size_t state = 0; state < N_STATES; state++) {
        size_t after = 0;
        while (check_failure(j, state, after, in, &want))
            after++;
        assert_true(after >
                    (is_knotted && state < 2 ? 10 : 0)); /* the network's, too */
    }
    answers_free(&want);
}

static void test_failures(void **unused)
{
    (void)unused;
    for (size_t k = 0; k < N_CASES; k++) {
        job j = job_new(&cases[k]);
        check_failures(&j, &j.in, cases[k].cells == LONE);
        job_free(&j);
    }
}

/* The arrangement of the terminals before is none of the present ones'. */
static void test_other_terminals(void **unused)
{
    (void)unused;
    for (size_t k = 0; k < N_CASES; k++) {
        job j = job_new(&cases[k]);
        check_failures(&j, &j.opens, false);
        job_free(&j);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_failures),
                                       cmocka_unit_test(test_other_terminals)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
