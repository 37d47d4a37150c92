/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

static const char *const level_name[] = { "ERROR", "WARN", "INFO", "DEBUG" };
static enum ps_log_level level_max = PS_LOG_INFO;

void ps_log_set_level(enum ps_log_level level)
{
    level_max = level;
}

void ps_log(enum ps_log_level level, const char *area, const char *event, const char *fmt, ...)
{
    struct timespec now;
    struct tm utc;
    char stamp[32];
    va_list ap;

    if (level > level_max)
        return;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", &utc);
    va_start(ap, fmt);
    flockfile(stderr);
    fprintf(stderr, "%s.%06ldZ %s %s %s ", stamp, now.tv_nsec / 1000, level_name[level], area,
            event);
    vfprintf(stderr, fmt, ap);
    fputc('\n', stderr);
    funlockfile(stderr);
    va_end(ap);
}
