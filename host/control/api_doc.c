/* SPDX-License-Identifier: BSD-3-Clause */
/* host/control/api_doc.c - prints docs/api.md; part of the build, not installed. */
#include <stdlib.h>

#include "host/control/control.h"

int main(void)
{
    ps_control_write_markdown(stdout);
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
