/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check.h"

#include <string.h>

#include "core/memory.h"
#include "core/status.h"

static void test_message(void **unused)
{
    (void)unused;
    xbar_error err = {0};
    assert_int_equal(xbar_fail(&err, XBAR_ERR_INPUT, "rows = %d", -3), XBAR_ERR_INPUT);
    assert_int_equal(err.status, XBAR_ERR_INPUT);
    assert_string_equal(err.text, "rows = -3");
    assert_int_equal(xbar_fail(NULL, XBAR_ERR_ENGINE, "nobody listens"),
                     XBAR_ERR_ENGINE);
    /* an error may quote itself */
    xbar_fail(&err, XBAR_ERR_INPUT, "x.yaml: %s", err.text);
    assert_string_equal(err.text, "x.yaml: rows = -3");
}

/* What a hostile file puts into a message stays on its line. */
static void test_control_characters(void **unused)
{
    (void)unused;
    xbar_error err = {0};
    xbar_fail(&err, XBAR_ERR_INPUT, "a\nb\033[2Jc\x7f");
    assert_string_equal(err.text, "a?b?[2Jc?");
    char lot[4000];
    memset(lot, 'x', sizeof lot - 1);
    lot[sizeof lot - 1] = '\0';
    xbar_fail(&err, XBAR_ERR_INPUT, "%s", lot);
    assert_int_equal(strlen(err.text), sizeof err.text - 1);
}

static void test_exit_statuses(void **unused)
{
    (void)unused;
    assert_int_equal(xbar_status_exit(XBAR_OK), 0);
    assert_int_equal(xbar_status_exit(XBAR_ERR_INPUT), 2);
    assert_int_equal(xbar_status_exit(XBAR_ERR_SHORT), 2);
    assert_int_equal(xbar_status_exit(XBAR_ERR_MACHINE), 3);
    assert_int_equal(xbar_status_exit(XBAR_ERR_MEMORY), 3);
    assert_int_equal(xbar_status_exit(XBAR_ERR_CONVERGENCE), 1);
    assert_string_equal(xbar_status_text(XBAR_ERR_MEMORY), "out of memory");
}

static void test_absurd_sizes(void **unused)
{
    (void)unused;
    void *array = NULL;
    xbar_error err = {0};
    assert_int_equal(xbar_array_new(&array, SIZE_MAX / 4, 8, "cells", &err),
                     XBAR_ERR_MEMORY);
    assert_null(array);
    assert_non_null(strstr(err.text, "cells"));
    assert_int_equal(xbar_array_new(&array, 0, 8, "nothing", &err), XBAR_OK);
    assert_non_null(array);
    free(array);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_message),
        cmocka_unit_test(test_control_characters),
        cmocka_unit_test(test_exit_statuses),
        cmocka_unit_test(test_absurd_sizes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
