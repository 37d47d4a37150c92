/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/ctl/top.h - the status page, refreshed on a terminal. Threads: the main thread. */
#ifndef PS_TOOLS_CTL_TOP_H
#define PS_TOOLS_CTL_TOP_H

#include <stdio.h>

/**
 * Draw again and again, a second apart, until `q`, Ctrl-C or @p count pages (0: no end).
 *
 * @param draw  Writes one page; what it returns ends the run when it is the first page's failure.
 * @return draw's failure, or 0.
 */
int ctl_top(int (*draw)(void *arg, FILE *out), void *arg, unsigned count);

#endif
