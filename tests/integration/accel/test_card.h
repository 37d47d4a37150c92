/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/integration/accel/test_card.h - what the test and the test card's kernels agree on. */
#ifndef PS_TESTS_INTEGRATION_ACCEL_TEST_CARD_H
#define PS_TESTS_INTEGRATION_ACCEL_TEST_CARD_H

#define TROUBLE_HANG_NAME "hanging" /* the worker's name once it hangs */

enum trouble {
    TROUBLE_NONE, /* add 1 to the buffer's first byte */
    TROUBLE_CRASH,
    TROUBLE_EXIT,
    TROUBLE_HANG,
};

#endif
