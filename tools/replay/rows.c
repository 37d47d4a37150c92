/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/replay/rows.c - see rows.h. */
#include "tools/replay/rows.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "host/base/assert.h"
#include "host/base/mem.h"

#define DECAYS     (REPLAY_KERNELS + 1) /* and the moving average's */
#define HOUR       2u                   /* among the kernels */
#define DAY        4u
#define DAY_NS     (86400 * 1000000000ull)
#define HOUR_OF_NS (3600 * 1000000000ull)

const double replay_kernel_s[REPLAY_KERNELS] = { 60.0, 600.0, 3600.0, 21600.0, 86400.0, 604800.0 };

struct object {
    float decayed[DECAYS]; /* as of history's now_ns; what came after counts more than 1 */
    uint32_t media, category, total;
    uint64_t first_ns, last_ns, born_ns;
    uint64_t gap_ns;
};

struct media {
    float hour, day;
};

struct replay_history {
    struct object *objects;
    struct media *media;
    uint32_t object_count, media_count; /* seen so far; media: all there are */
    uint64_t now_ns;
    double minutes, hour; /* decayed counts of all requests */
};

struct keyed {
    uint64_t media_key;
    uint32_t idx;
};

static int by_key(const void *a, const void *b)
{
    const struct keyed *x = a, *y = b;

    return (x->media_key > y->media_key) - (x->media_key < y->media_key);
}

/* Which objects are profiles of one media. */
static int number_media(struct replay_history *history, const struct replay_trace *trace)
{
    struct keyed *keyed = ps_zalloc(trace->resource_count, sizeof(*keyed));

    if (keyed == NULL)
        return -ENOMEM;
    for (uint32_t i = 0; i < trace->request_count; i++) {
        const struct replay_request *request = &trace->requests[i];

        keyed[request->idx] = (struct keyed){ request->resource.media_key, request->idx };
    }
    qsort(keyed, trace->resource_count, sizeof(*keyed), by_key);
    for (uint32_t i = 0; i < trace->resource_count; i++) {
        history->media_count += i == 0 || keyed[i].media_key != keyed[i - 1].media_key;
        history->objects[keyed[i].idx].media = history->media_count - 1;
    }
    free(keyed);
    history->media = ps_zalloc(history->media_count, sizeof(*history->media));
    return history->media != NULL ? 0 : -ENOMEM;
}

int replay_history_create(struct replay_history **ret, const struct replay_trace *trace)
{
    struct replay_history *history = ps_zalloc(1, sizeof(*history));
    int rc = -ENOMEM;

    if (history != NULL)
        history->objects = ps_zalloc(trace->resource_count, sizeof(*history->objects));
    if (history != NULL && history->objects != NULL)
        rc = number_media(history, trace);
    if (rc != 0) {
        replay_history_destroy(history);
        return rc;
    }
    *ret = history;
    return 0;
}

void replay_history_destroy(struct replay_history *history)
{
    if (history == NULL)
        return;
    free(history->media);
    free(history->objects);
    free(history);
}

static double time_s(unsigned decay)
{
    return decay < REPLAY_KERNELS ? replay_kernel_s[decay] : 3600.0 / M_LN2;
}

static void advance(struct replay_history *history, uint64_t now_ns)
{
    const double age_s = (double)(now_ns - history->now_ns) / 1e9;
    float factor[DECAYS];

    for (unsigned d = 0; d < DECAYS; d++)
        factor[d] = (float)exp(-age_s / time_s(d));
    for (uint32_t i = 0; i < history->object_count; i++)
        for (unsigned d = 0; d < DECAYS; d++)
            history->objects[i].decayed[d] *= factor[d];
    for (uint32_t m = 0; m < history->media_count; m++) {
        history->media[m].hour *= factor[HOUR];
        history->media[m].day *= factor[DAY];
    }
    history->minutes *= exp(-age_s / 300.0);
    history->hour *= factor[HOUR];
    history->now_ns = now_ns;
}

void replay_history_request(struct replay_history *history, const struct replay_request *request)
{
    struct object *object = &history->objects[request->idx];
    double age_s;

    ps_assert(request->time_ns >= history->now_ns);
    if (request->time_ns - history->now_ns > REPLAY_TICK_NS)
        advance(history, request->time_ns);
    age_s = (double)(request->time_ns - history->now_ns) / 1e9;
    if (object->total++ == 0) {
        ps_assert(request->idx == history->object_count);
        history->object_count++;
        object->first_ns = request->time_ns;
        object->category = request->category;
    } else {
        object->gap_ns = request->time_ns - object->last_ns;
    }
    if (request->born_ns != 0)
        object->born_ns = request->born_ns;
    object->last_ns = request->time_ns;
    for (unsigned d = 0; d < DECAYS; d++)
        object->decayed[d] += (float)exp(age_s / time_s(d));
    history->media[object->media].hour += (float)exp(age_s / time_s(HOUR));
    history->media[object->media].day += (float)exp(age_s / time_s(DAY));
    history->minutes += exp(age_s / 300.0);
    history->hour += exp(age_s / time_s(HOUR));
}

static float seconds(uint64_t from_ns, uint64_t to_ns)
{
    return (float)(to_ns - from_ns) / 1e9f;
}

static void fill(const struct replay_history *history, const struct object *object, float *x)
{
    const uint64_t now_ns = history->now_ns;

    for (unsigned d = 0; d < DECAYS; d++) /* the moving average's follows the kernels' */
        x[REPLAY_X_COUNTS + d] = object->decayed[d];
    x[REPLAY_X_SINCE_LAST] = seconds(object->last_ns, now_ns);
    x[REPLAY_X_SINCE_FIRST] = seconds(object->first_ns, now_ns);
    x[REPLAY_X_AGE] = seconds(object->born_ns != 0 ? object->born_ns : object->first_ns, now_ns);
    x[REPLAY_X_GAP] = seconds(0, object->gap_ns);
    x[REPLAY_X_TOTAL] = (float)object->total;
    x[REPLAY_X_MEDIA_HOUR] = history->media[object->media].hour;
    x[REPLAY_X_MEDIA_DAY] = history->media[object->media].day;
    x[REPLAY_X_LEVEL] = (float)(history->minutes / (history->hour + 1e-3));
    x[REPLAY_X_HOUR] = (float)(now_ns % DAY_NS / HOUR_OF_NS);
    x[REPLAY_X_CATEGORY] = (float)(object->category & 0xffff);
}

void replay_history_rows(struct replay_history *history, uint64_t now_ns,
                         struct replay_rows *ret_rows)
{
    advance(history, now_ns);
    ret_rows->count = history->object_count;
    ret_rows->now_ns = now_ns;
    for (uint32_t i = 0; i < history->object_count; i++)
        fill(history, &history->objects[i], ret_rows->x[i]);
}
