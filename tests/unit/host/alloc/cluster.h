/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/alloc/cluster.h - a few CUs, and a virtual time in which batches run on them. */
#ifndef PS_TESTS_UNIT_HOST_ALLOC_CLUSTER_H
#define PS_TESTS_UNIT_HOST_ALLOC_CLUSTER_H

#include "host/alloc/alloc.h"
#include "tests/support/ps_test.h"

#define CLUSTER_CUS_MAX 16u
#define KERNEL          2u
#define MS              1000000ull
#define SECOND          1000000000ull

struct cluster {
    struct ps_alloc *alloc;
    uint32_t cu_count;
    uint64_t now_ns;
    uint64_t job[CLUSTER_CUS_MAX];
    uint64_t end_ns[CLUSTER_CUS_MAX]; /* of the batch on each CU */
};

/* CUs of one kernel, two on each card. */
static inline void cluster_begin(struct cluster *c, uint32_t cu_count, struct ps_alloc_config cfg)
{
    struct ps_alloc_cu cus[CLUSTER_CUS_MAX];

    *c = (struct cluster){ .cu_count = cu_count, .now_ns = 1 };
    for (uint32_t i = 0; i < cu_count; i++)
        cus[i] = (struct ps_alloc_cu){ .kernel = KERNEL, .card = i / 2 };
    cfg.cus = cus;
    cfg.cu_count = cu_count;
    cfg.jobs_max = cfg.jobs_max == 0 ? 1000 : cfg.jobs_max;
    PS_REQUIRE(ps_alloc_create(&c->alloc, &cfg) == 0);
}

static inline uint64_t cluster_add(struct cluster *c, enum ps_queue queue, uint32_t tenant)
{
    const struct ps_job job = {
        .kernel = KERNEL, .queue = queue, .deadline_ns = c->now_ns + SECOND, .tenant = tenant
    };
    uint64_t id = 0;

    PS_REQUIRE(ps_alloc_add(c->alloc, &job, c->now_ns, &id) == 0);
    ps_alloc_set_ready(c->alloc, id, true, c->now_ns);
    return id;
}

/* One decision at most; the CU in @p ret_cu. @return the job, 0 none. */
static inline uint64_t cluster_start(struct cluster *c, uint32_t *ret_cu)
{
    struct ps_assignment a;

    if (ps_alloc_dispatch(c->alloc, c->now_ns, &a, 1) == 0)
        return 0;
    *ret_cu = a.cu;
    return a.job_id;
}

static inline struct ps_alloc_cu_info cluster_cu(const struct cluster *c, uint32_t cu)
{
    struct ps_alloc_cu_info info;

    ps_alloc_cu_info(c->alloc, cu, &info);
    return info;
}

static inline void cluster_end_batch(struct cluster *c, uint32_t cu, uint64_t batch_ns)
{
    const uint64_t id = c->job[cu];

    c->job[cu] = 0;
    ps_alloc_run_ended(c->alloc, cu, 0, batch_ns, c->now_ns);
    ps_alloc_set_ready(c->alloc, id, true, c->now_ns);
}

/* Let every job go on for ever, in batches of @p batch_ns, for @p time_ns. */
static inline void cluster_run(struct cluster *c, uint64_t batch_ns, uint64_t time_ns)
{
    const uint64_t until_ns = c->now_ns + time_ns;
    struct ps_assignment a[CLUSTER_CUS_MAX];

    while (c->now_ns < until_ns) {
        const uint32_t count = ps_alloc_dispatch(c->alloc, c->now_ns, a, CLUSTER_CUS_MAX);
        uint64_t next_ns = ps_alloc_next_ns(c->alloc, c->now_ns + 1);

        for (uint32_t i = 0; i < count; i++) {
            c->job[a[i].cu] = a[i].job_id;
            c->end_ns[a[i].cu] = c->now_ns + batch_ns;
        }
        for (uint32_t cu = 0; cu < c->cu_count; cu++)
            if (c->job[cu] != 0 && c->end_ns[cu] < next_ns)
                next_ns = c->end_ns[cu];
        c->now_ns = next_ns < until_ns ? next_ns : until_ns;
        for (uint32_t cu = 0; cu < c->cu_count; cu++)
            if (c->job[cu] != 0 && c->end_ns[cu] <= c->now_ns)
                cluster_end_batch(c, cu, batch_ns);
    }
}

#endif
