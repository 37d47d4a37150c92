/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/generate/csv.c - see csv.h. */
#include "tools/generate/csv.h"

#include <errno.h>
#include <inttypes.h>

#include "tools/generate/audience.h"

static int put_name(FILE *file, const char *columns)
{
    return file == NULL || fputs(columns, file) != EOF ? 0 : -EIO;
}

int gen_csv_begin(struct gen_csv *csv)
{
    int rc = put_name(csv->trace, "t,obj,user,size,device,geo,ctime,cat\n");

    if (rc == 0)
        rc = put_name(csv->hints, "emit_t,due_t,obj,device,user\n");
    if (rc == 0)
        rc = put_name(csv->rates, "t,obj,rate\n");
    return rc;
}

static void put_object(FILE *file, const struct gen_csv *csv, uint32_t medium, uint32_t profile)
{
    fprintf(file, "%" PRIu32, medium);
    if (csv->pairs && profile < GEN_PROFILES)
        fprintf(file, "/%s", gen_profile_name(profile));
}

static int put_request(void *ctx, const struct gen_request *request)
{
    struct gen_csv *csv = ctx;

    csv->requests++;
    if (csv->trace == NULL)
        return 0;
    fprintf(csv->trace, "%" PRId64 ",", request->t_s);
    put_object(csv->trace, csv, request->medium, request->profile);
    return fprintf(csv->trace, ",%" PRIu32 ",%" PRIu64 ",%u,%u,%" PRId64 ",%u\n", request->user,
                   request->size_bytes, request->device + 1u, request->zone + 1u, request->ctime_s,
                   request->category + 1u) < 0
               ? -EIO
               : 0;
}

static int put_hint(void *ctx, const struct gen_hint *hint)
{
    struct gen_csv *csv = ctx;
    const int device = hint->device == GEN_DEVICES ? -1 : hint->device + 1;
    const int64_t user = hint->user == GEN_NONE ? -1 : (int64_t)hint->user;

    csv->hint_count++;
    csv->true_hints += hint->is_true;
    if (csv->hints == NULL)
        return 0;
    fprintf(csv->hints, "%" PRId64 ",%" PRId64 ",", hint->emit_s, hint->due_s);
    put_object(csv->hints, csv, hint->medium, hint->profile);
    return fprintf(csv->hints, ",%d,%" PRId64 "\n", device, user) < 0 ? -EIO : 0;
}

static int put_rate(void *ctx, const struct gen_rate *rate)
{
    struct gen_csv *csv = ctx;

    csv->rate_count++;
    fprintf(csv->rates, "%" PRId64 ",", rate->t_s);
    put_object(csv->rates, csv, rate->medium, rate->profile);
    return fprintf(csv->rates, ",%.4g\n", rate->expected) < 0 ? -EIO : 0;
}

struct gen_sink gen_csv_sink(struct gen_csv *csv)
{
    return (struct gen_sink){ .ctx = csv,
                              .request = put_request,
                              .hint = put_hint,
                              .rate = csv->rates == NULL ? NULL : put_rate };
}
