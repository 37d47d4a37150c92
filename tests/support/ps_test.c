/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/ps_test.h"

int ps_test_run(const char *source, const struct ps_test *tests, size_t count)
{
    CU_pSuite suite;
    unsigned failed = 1;

    if (CU_initialize_registry() != CUE_SUCCESS)
        return EXIT_FAILURE;
    suite = CU_add_suite(source, NULL, NULL);
    if (suite == NULL)
        goto out;
    for (size_t i = 0; i < count; i++)
        if (CU_add_test(suite, tests[i].name, tests[i].run) == NULL)
            goto out;
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    failed = CU_get_number_of_failures();
out:
    CU_cleanup_registry();
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
