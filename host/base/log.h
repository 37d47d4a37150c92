/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/base/log.h - one line per event: time, level, area, event, then key=value with units.
 *
 * Threads: any. Never call it per packet or per completion; count instead.
 */
#ifndef PS_HOST_BASE_LOG_H
#define PS_HOST_BASE_LOG_H

enum ps_log_level { PS_LOG_ERROR, PS_LOG_WARN, PS_LOG_INFO, PS_LOG_DEBUG };

/** Drop what is less severe than @p level; PS_LOG_INFO unless told. Call before threads start. */
void ps_log_set_level(enum ps_log_level level);

__attribute__((format(printf, 4, 5))) void ps_log(enum ps_log_level level, const char *area,
                                                  const char *event, const char *fmt, ...);

#define ps_error(area, event, ...) ps_log(PS_LOG_ERROR, area, event, __VA_ARGS__)
#define ps_warn(area, event, ...)  ps_log(PS_LOG_WARN, area, event, __VA_ARGS__)
#define ps_info(area, event, ...)  ps_log(PS_LOG_INFO, area, event, __VA_ARGS__)
#define ps_debug(area, event, ...) ps_log(PS_LOG_DEBUG, area, event, __VA_ARGS__)

#endif
