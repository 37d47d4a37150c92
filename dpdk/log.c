/* SPDX-License-Identifier: BSD-3-Clause */
#include "dpdk/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

void nic_log(enum nic_log_level level, const char *event, const char *fmt, ...)
{
    static const char *const level_names[] = { "ERROR", "WARN", "INFO" };
    char text[NIC_PROBLEM_BYTES_MAX];
    char when[sizeof("2026-01-31T12:00:00")];
    struct timespec now;
    struct tm utc;
    va_list args;

    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S", &utc);
    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    fprintf(stderr, "%s.%06ldZ %s nic %s %s\n", when, now.tv_nsec / 1000, level_names[level], event,
            text);
}

int nic_problem_set(struct nic_problem *problem, int error, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    vsnprintf(problem->text, sizeof(problem->text), fmt, args);
    va_end(args);
    return error;
}
