/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/replay/csv.c - see csv.h. */
#include "tools/replay/csv.h"

#include <float.h>
#include <math.h>

#include "host/base/mem.h"

enum column { T, OBJ, USER, SIZE, DEVICE, GEO, CTIME, CAT };

static const char *const names[] = {
    [T] = "t",           [OBJ] = "obj", [USER] = "user",   [SIZE] = "size",
    [DEVICE] = "device", [GEO] = "geo", [CTIME] = "ctime", [CAT] = "cat",
};

int replay_csv_header(struct replay_columns *ret, const char *line)
{
    *ret = (struct replay_columns){ .names = names,
                                    .name_count = PS_ARRAY_LEN(names),
                                    .required = OBJ + 1 };
    return replay_columns_find(ret, line);
}

static uint64_t born(double ctime_s, uint64_t time_ns)
{
    if (ctime_s == 0.0 || ctime_s > (double)time_ns / 1e9)
        return 0;
    return ctime_s < 0.0 ? 1 : (uint64_t)llround(ctime_s * 1e3) * 1000000ull;
}

bool replay_csv_parse(const struct replay_columns *columns, const char *line,
                      struct replay_request *ret)
{
    struct replay_field fields[REPLAY_NAMED_MAX];
    double device, geo, size, ctime_s;

    *ret = (struct replay_request){ 0 };
    if (!replay_fields_split(columns, line, fields) ||
        !replay_field_time(fields[T], &ret->time_ns) ||
        !replay_field_object(fields[OBJ], &ret->resource) ||
        !replay_field_user(fields[USER], &ret->peer_key) ||
        !replay_field_number(fields[SIZE], 0.0, DBL_MAX, &size) ||
        !replay_field_whole(fields[DEVICE], 0.0, UINT8_MAX, &device) ||
        !replay_field_whole(fields[GEO], 0.0, UINT16_MAX, &geo) ||
        !replay_field_number(fields[CTIME], -REPLAY_TIME_S_MAX, REPLAY_TIME_S_MAX, &ctime_s) ||
        !replay_field_category(fields[CAT], &ret->category))
        return false;
    ret->peer = (struct ps_peer_class){ .region = (uint16_t)geo, .device = (uint8_t)device };
    ret->born_ns = born(ctime_s, ret->time_ns);
    return true;
}
