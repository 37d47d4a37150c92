/* SPDX-License-Identifier: BSD-3-Clause */
/* host/request/csv.c - a line of comma-separated fields; see logged.h. */
#include <errno.h>
#include <float.h>
#include <math.h>
#include <string.h>

#include "host/base/mem.h"
#include "host/request/logged.h"

enum column { T, OBJ, USER, SIZE, DEVICE, GEO, CTIME, CAT };

static const char *const names[] = {
    [T] = "t",           [OBJ] = "obj", [USER] = "user",   [SIZE] = "size",
    [DEVICE] = "device", [GEO] = "geo", [CTIME] = "ctime", [CAT] = "cat",
};

int ps_logged_csv_header(struct ps_columns *ret_columns, const char *line)
{
    *ret_columns = (struct ps_columns){ .names = names,
                                        .name_count = PS_ARRAY_LEN(names),
                                        .required = OBJ + 1 };
    return ps_columns_find(ret_columns, line);
}

static uint64_t born(double ctime_s, uint64_t time_ns)
{
    if (ctime_s == 0.0 || ctime_s > (double)time_ns / 1e9)
        return 0;
    return ctime_s < 0.0 ? 1 : (uint64_t)llround(ctime_s * 1e3) * 1000000ull;
}

int ps_logged_read_csv(const struct ps_columns *columns, const char *line,
                       struct ps_logged *ret_logged)
{
    struct ps_field fields[PS_FIELDS_NAMED_MAX];
    double device, geo, ctime_s;

    if (strchr(line, '"') != NULL || !ps_fields_split(columns, line, fields) ||
        !ps_field_time(fields[T], &ret_logged->time_ns) ||
        !ps_field_object(fields[OBJ], &ret_logged->resource) ||
        !ps_field_user(fields[USER], &ret_logged->who) ||
        !ps_field_number(fields[SIZE], 0.0, DBL_MAX, &ret_logged->size_bytes) ||
        !ps_field_whole(fields[DEVICE], 0.0, UINT8_MAX, &device) ||
        !ps_field_whole(fields[GEO], 0.0, UINT16_MAX, &geo) ||
        !ps_field_number(fields[CTIME], -PS_FIELDS_TIME_S_MAX, PS_FIELDS_TIME_S_MAX, &ctime_s) ||
        !ps_field_category(fields[CAT], &ret_logged->category))
        return -EBADMSG;
    ret_logged->peer = (struct ps_peer_class){ .region = (uint16_t)geo, .device = (uint8_t)device };
    ret_logged->born_ns = born(ctime_s, ret_logged->time_ns);
    return 0;
}
