/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/evening_priv.h - what evening.c and evening_draw.c share. */
#ifndef PS_TOOLS_EVENING_PRIV_H
#define PS_TOOLS_EVENING_PRIV_H

#include <stdbool.h>

#include "tools/evening.h"

enum evening_kind { EVENING_NEWS, EVENING_SERIES, EVENING_FILM, EVENING_SPORT, EVENING_KINDS };

struct evening_title {
    enum evening_kind kind;
    uint16_t home; /* region that likes it most */
    double born_s; /* from t0 */
    double weight;
};

struct evening {
    struct evening_config cfg;
    struct evening_title *titles;
    double *drift; /* factor of each title on each day, counted back from t0 */
    double scale;  /* starts in a step for a title factor of 1 */
    uint32_t flash;
    double flash_s;
};

#endif
