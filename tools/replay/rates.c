/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/replay/rates.c - see rates.h. */
#include "tools/replay/rates.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/hash.h"
#include "host/base/mem.h"

#define RATES_MAX  (1u << 28)
#define INTERVAL_S 300.0
#define LINE_CHARS 512

/* `media` or `media/profile`. */
static struct ps_resource resource_of(const char *text, size_t length)
{
    const char *slash = memchr(text, '/', length);
    const size_t media = slash == NULL ? length : (size_t)(slash - text);
    const char *profile = slash == NULL ? text + length : slash + 1;

    return (struct ps_resource){ ps_hash64(text, media),
                                 ps_hash64(profile, (size_t)(text + length - profile)) };
}

/* @return false when the line is no rate. */
static bool parse(const char *line, const struct replay_trace *trace, struct replay_rate *ret)
{
    char *at;
    const double time_s = strtod(line, &at);
    const char *object = at + 1;
    size_t length;
    double expected;

    if (at == line || *at != ',' || !(time_s >= 0.0 && time_s < 1e10))
        return false;
    length = strcspn(object, ",");
    if (length == 0 || object[length] != ',')
        return false;
    expected = strtod(object + length + 1, &at);
    if (at == object + length + 1 || (*at != '\n' && *at != '\r' && *at != '\0') ||
        !(expected >= 0.0 && expected < 1e9))
        return false;
    const struct ps_resource resource = resource_of(object, length);
    *ret = (struct replay_rate){ .interval = (uint64_t)(time_s / INTERVAL_S),
                                 .idx = replay_trace_find(trace, &resource),
                                 .expected = (float)expected };
    return true;
}

static int add(struct replay_rates *rates, uint32_t *capacity, const struct replay_rate *rate)
{
    struct replay_rate *more;

    if (rate->idx == UINT32_MAX)
        return 0;
    if (rates->count > 0 && rates->rates[rates->count - 1].interval > rate->interval)
        return -EINVAL;
    if (rates->count == *capacity) {
        if (*capacity >= RATES_MAX)
            return -EFBIG;
        *capacity = *capacity == 0 ? 65536 : *capacity * 2;
        more = ps_realloc(rates->rates, *capacity, sizeof(*more));
        if (more == NULL)
            return -ENOMEM;
        rates->rates = more;
    }
    rates->rates[rates->count++] = *rate;
    return 0;
}

static int read_all(struct replay_rates *rates, FILE *file, const struct replay_trace *trace)
{
    uint32_t capacity = 0;
    char line[LINE_CHARS];
    struct replay_rate rate;
    int rc = 0;

    while (rc == 0 && fgets(line, sizeof(line), file) != NULL) {
        rates->line_count++;
        if (rates->line_count == 1 && strncmp(line, "t,obj,rate", 10) == 0)
            continue;
        rc = parse(line, trace, &rate) ? add(rates, &capacity, &rate) : -EINVAL;
    }
    return rc == 0 && ferror(file) ? -EIO : rc;
}

int replay_rates_open(struct replay_rates *ret_rates, const char *path,
                      const struct replay_trace *trace)
{
    FILE *file = fopen(path, "re");
    int rc;

    *ret_rates = (struct replay_rates){ 0 };
    if (file == NULL)
        return -errno;
    rc = read_all(ret_rates, file, trace);
    fclose(file);
    return rc;
}

void replay_rates_fini(struct replay_rates *rates)
{
    free(rates->rates);
}

/* The first rate of this interval or a later one. */
static uint32_t first_of(const struct replay_rates *rates, uint64_t interval)
{
    uint32_t low = 0, high = rates->count;

    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;

        if (rates->rates[middle].interval < interval)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void replay_rates_at(const struct replay_rates *rates, uint64_t interval, uint32_t resource_count,
                     float *ret)
{
    memset(ret, 0, resource_count * sizeof(*ret));
    for (uint32_t i = first_of(rates, interval);
         i < rates->count && rates->rates[i].interval == interval; i++)
        ret[rates->rates[i].idx] = rates->rates[i].expected;
}
