/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/fuzz/fuzz_capture.c - a file that calls itself a capture: accepted, or refused in words. */
#include "dpdk/capture.h"

#include <errno.h>

#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct nic_problem problem = { "" };
    const int rc = nic_capture_check(fuzz_file(data, size), &problem);

    FUZZ_REQUIRE(rc == 0 || rc == -EINVAL);
    FUZZ_REQUIRE((rc == 0) == (problem.text[0] == '\0'));
    FUZZ_REQUIRE(!fuzz_breaks || rc != 0);
    return 0;
}
