/* SPDX-License-Identifier: BSD-3-Clause */
/* host/control/metrics_doc.c - prints docs/metrics.md; part of the build, not installed. */
#include <stdlib.h>

#include "host/control/metrics.h"

int main(void)
{
    ps_metrics_write_markdown(stdout);
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
