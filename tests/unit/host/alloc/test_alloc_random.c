/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/unit/host/alloc/test_alloc_random.c - whatever happens in whatever order, the promises
 * hold.
 *
 * Seeded random operations of every kind on a small machine; a model that knows only the public
 * face checks after each of them. The first broken promise is named, with its seed and step.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "host/alloc/alloc.h"
#include "host/base/mem.h"
#include "tests/support/ps_test.h"

#define SEEDS   24u
#define STEPS   3000u
#define KERNELS 3u
#define CUS     12u
#define TENANTS 3u
#define JOBS    96u
#define NONE    UINT32_MAX

static const uint64_t ms_ns = 1000000;

struct model_job {
    uint64_t id; /* 0: free */
    uint64_t used_ns;
    uint32_t failed_cu;
    bool promoted;
};

struct world {
    struct ps_alloc *alloc;
    struct model_job jobs[JOBS];
    uint64_t on_cu[CUS]; /* job the model believes runs there */
    uint32_t shares[CUS][TENANTS];
    uint64_t now_ns, state, seed;
    uint64_t busy_ns, starts;
    unsigned step;
    const char *broken;
};

static uint64_t draw(struct world *w, uint64_t below)
{
    w->state ^= w->state << 13;
    w->state ^= w->state >> 7;
    w->state ^= w->state << 17;
    return (w->state >> 11) % below;
}

static void expect(struct world *w, bool ok, const char *promise)
{
    if (ok || w->broken != NULL)
        return;
    w->broken = promise;
    fprintf(stderr, "seed=%u step=%u broken=\"%s\"\n", (unsigned)w->seed, w->step, promise);
}

static struct model_job *model_of(struct world *w, uint64_t id)
{
    for (uint32_t i = 0; i < JOBS; i++)
        if (w->jobs[i].id == id)
            return &w->jobs[i];
    return NULL;
}

static struct model_job *any_job(struct world *w)
{
    struct model_job *job = &w->jobs[draw(w, JOBS)];

    return job->id == 0 ? NULL : job;
}

static uint32_t reserved_on(const struct world *w, uint32_t cu)
{
    uint32_t sum = 0;

    for (uint32_t t = 0; t < TENANTS; t++)
        sum += w->shares[cu][t];
    return sum;
}

/* ---- operations ---- */

static void add(struct world *w)
{
    struct model_job *free_job = model_of(w, 0);
    const struct ps_job job = { .kernel = (uint32_t)draw(w, KERNELS),
                                .queue = draw(w, 2) ? PS_QUEUE_REAL_TIME : PS_QUEUE_SPECULATIVE,
                                .deadline_ns = w->now_ns + draw(w, 5000) * ms_ns,
                                .benefit = (double)draw(w, 100),
                                .cost_ns = draw(w, 4) * 300 * ms_ns,
                                .tenant = (uint32_t)draw(w, TENANTS) };
    uint64_t id = 0;

    if (free_job == NULL)
        return;
    const int rc = ps_alloc_add(w->alloc, &job, w->now_ns, &id);
    expect(w, rc == 0 || (rc == -EINVAL && !ps_alloc_has_cu(w->alloc, job.kernel)),
           "a job is refused only when its kernel has no CU");
    if (rc == 0)
        *free_job = (struct model_job){ .id = id, .failed_cu = NONE };
}

static void toggle_ready(struct world *w)
{
    const struct model_job *job = any_job(w);

    if (job != NULL)
        ps_alloc_set_ready(w->alloc, job->id, draw(w, 5) != 0, w->now_ns);
}

static void promote(struct world *w)
{
    struct model_job *job = any_job(w);

    if (job == NULL)
        return;
    ps_alloc_promote(w->alloc, job->id, w->now_ns + draw(w, 3000) * ms_ns, w->now_ns);
    job->promoted = true;
}

static void drop(struct world *w)
{
    struct model_job *job = any_job(w);

    if (job == NULL || ps_alloc_job(w->alloc, job->id)->state == PS_JOB_RUNNING)
        return;
    ps_alloc_remove(w->alloc, job->id);
    expect(w, ps_alloc_job(w->alloc, job->id) == NULL, "the id of a removed job is dead");
    job->id = 0;
}

static void end_run(struct world *w)
{
    static const int statuses[] = { 0, 0, 0, 0, 0, -EIO, -EIO, -ESTALE, -ENODEV, -ECANCELED };
    const uint32_t cu = (uint32_t)draw(w, CUS);
    const uint64_t busy_ns = draw(w, 250) * ms_ns, id = w->on_cu[cu];
    int status = statuses[draw(w, PS_ARRAY_LEN(statuses))];

    if (id == 0)
        return;
    if (status == -ENODEV && draw(w, 4) != 0)
        status = 0;
    expect(w, ps_alloc_run_ended(w->alloc, cu, status, busy_ns, w->now_ns) == id,
           "a run's end names its job");
    w->on_cu[cu] = 0;
    w->busy_ns += busy_ns;
    model_of(w, id)->failed_cu = status == 0 ? NONE : cu;
    if (draw(w, 4) != 0)
        ps_alloc_set_ready(w->alloc, id, true, w->now_ns);
}

static void lose_or_return(struct world *w)
{
    const uint32_t cu = (uint32_t)draw(w, CUS);

    if (draw(w, 3) == 0)
        ps_alloc_cu_lost(w->alloc, cu, w->now_ns);
    else
        ps_alloc_cu_back(w->alloc, cu, w->now_ns);
}

static void reserve(struct world *w)
{
    const uint32_t cu = (uint32_t)draw(w, CUS), tenant = (uint32_t)draw(w, TENANTS);
    const uint32_t share = draw(w, 3) == 0 ? (uint32_t)draw(w, 5) * 250000 : 0;
    const bool fits = reserved_on(w, cu) - w->shares[cu][tenant] + share <= PS_ALLOC_WHOLE_CU;

    expect(w, ps_alloc_reserve(w->alloc, cu, tenant, share) == (fits ? 0 : -ENOSPC),
           "a reservation is refused exactly when the CU would be over-full");
    if (fits)
        w->shares[cu][tenant] = share;
}

/* ---- what a decision promises ---- */

static bool avoids(struct world *w, uint64_t id, uint32_t cu)
{
    return model_of(w, id)->failed_cu == cu;
}

static void check_left_waiting(struct world *w, const struct ps_job *started, uint32_t cu,
                               const struct ps_alloc_cu_info *info, enum ps_alloc_cu_state state)
{
    struct ps_job waiting[JOBS];
    const uint32_t count = ps_alloc_list(w->alloc, waiting, JOBS);

    for (uint32_t i = 0; i < count; i++) {
        const struct ps_job *job = &waiting[i];

        if (!job->ready || job->kernel != info->kernel || job->queue != PS_QUEUE_REAL_TIME ||
            avoids(w, job->id, cu))
            continue;
        if (started->queue == PS_QUEUE_SPECULATIVE)
            expect(w, state != PS_ALLOC_CU_IN_SERVICE,
                   "no bet starts where a waiting viewer's job could");
        else if (job->tenant == started->tenant)
            expect(w, job->deadline_ns >= started->deadline_ns,
                   "the earliest deadline of a tenant goes first");
    }
}

static void check_start(struct world *w, const struct ps_assignment *a,
                        const enum ps_alloc_cu_state *states)
{
    const struct ps_job *job = ps_alloc_job(w->alloc, a->job_id);
    struct ps_alloc_cu_info info;

    ps_alloc_cu_info(w->alloc, a->cu, &info);
    expect(w, job != NULL && job->state == PS_JOB_RUNNING && !job->ready, "what is started runs");
    expect(w, w->on_cu[a->cu] == 0, "no CU has two jobs");
    for (uint32_t cu = 0; cu < CUS; cu++)
        expect(w, w->on_cu[cu] != a->job_id, "no job is on two CUs");
    expect(w, states[a->cu] != PS_ALLOC_CU_LOST && info.state != PS_ALLOC_CU_LOST,
           "nothing starts on a lost CU");
    expect(w, info.state != PS_ALLOC_CU_QUARANTINED, "nothing starts on a quarantined CU");
    expect(w, job->kernel == info.kernel && job->card == info.card, "a CU runs its own kernel");
    if (reserved_on(w, a->cu) == PS_ALLOC_WHOLE_CU)
        expect(w, job->queue == PS_QUEUE_REAL_TIME && w->shares[a->cu][job->tenant] != 0,
               "a CU that is reserved whole runs its tenants' jobs only");
    w->on_cu[a->cu] = a->job_id;
}

/* No viewer's job waits while a CU idles that is neither reserved nor the one that failed it. */
static void check_nothing_idles(struct world *w)
{
    struct ps_job jobs[JOBS];
    const uint32_t count = ps_alloc_list(w->alloc, jobs, JOBS);

    for (uint32_t cu = 0; cu < CUS; cu++) {
        struct ps_alloc_cu_info info;

        ps_alloc_cu_info(w->alloc, cu, &info);
        if (info.state != PS_ALLOC_CU_IN_SERVICE || info.job_id != 0 || reserved_on(w, cu) != 0)
            continue;
        for (uint32_t i = 0; i < count; i++)
            expect(w,
                   !jobs[i].ready || jobs[i].kernel != info.kernel ||
                       jobs[i].queue != PS_QUEUE_REAL_TIME || avoids(w, jobs[i].id, cu),
                   "no CU idles while a viewer's job waits for one");
    }
}

static void dispatch(struct world *w)
{
    struct ps_assignment a[CUS];
    enum ps_alloc_cu_state states[CUS];
    const uint32_t max = draw(w, 4) == 0 ? (uint32_t)draw(w, CUS) : CUS;

    for (uint32_t cu = 0; cu < CUS; cu++) {
        struct ps_alloc_cu_info info;

        ps_alloc_cu_info(w->alloc, cu, &info);
        states[cu] = info.state;
    }
    const uint64_t next_ns = ps_alloc_next_ns(w->alloc, w->now_ns);
    expect(w, next_ns >= w->now_ns, "the next time to look is not past");
    const uint32_t count = ps_alloc_dispatch(w->alloc, w->now_ns, a, max);
    expect(w, count <= max, "no more decisions than asked for");
    for (uint32_t i = 0; i < count && w->broken == NULL; i++)
        check_start(w, &a[i], states);
    w->starts += count;
    for (uint32_t i = 0; i < count && w->broken == NULL; i++) {
        struct ps_alloc_cu_info info;

        ps_alloc_cu_info(w->alloc, a[i].cu, &info);
        check_left_waiting(w, ps_alloc_job(w->alloc, a[i].job_id), a[i].cu, &info, info.state);
    }
    if (max == CUS && w->broken == NULL)
        check_nothing_idles(w);
}

/* ---- what always holds ---- */

static void check_jobs(struct world *w, const struct ps_alloc_status *s)
{
    struct ps_job jobs[JOBS];
    uint64_t live[PS_QUEUE_COUNT] = { 0 }, ready[PS_QUEUE_COUNT] = { 0 };
    const uint32_t count = ps_alloc_list(w->alloc, jobs, JOBS);

    for (uint32_t i = 0; i < count; i++) {
        struct model_job *model = model_of(w, jobs[i].id);

        expect(w, model != NULL, "a job keeps its id");
        if (model == NULL)
            return;
        expect(w, jobs[i].used_ns >= model->used_ns, "the time a job used only grows");
        expect(w, !model->promoted || jobs[i].queue == PS_QUEUE_REAL_TIME,
               "what was promoted stays so");
        model->used_ns = jobs[i].used_ns;
        live[jobs[i].queue]++;
        ready[jobs[i].queue] += jobs[i].ready;
    }
    for (uint32_t q = 0; q < PS_QUEUE_COUNT; q++)
        expect(w, s->jobs[q] == live[q] && s->ready[q] == ready[q], "jobs are counted right");
}

static void check_all(struct world *w)
{
    struct ps_alloc_status s;
    uint64_t running[PS_QUEUE_COUNT] = { 0 }, busy_ns = 0, in[PS_ALLOC_CU_LOST + 1] = { 0 };

    ps_alloc_status(w->alloc, &s);
    check_jobs(w, &s);
    for (uint32_t cu = 0; cu < CUS; cu++) {
        struct ps_alloc_cu_info info;

        ps_alloc_cu_info(w->alloc, cu, &info);
        expect(w, info.job_id == w->on_cu[cu], "a CU has the job it was given");
        expect(w, info.reserved == reserved_on(w, cu), "reservations add up");
        running[info.queue] += info.job_id != 0;
        in[info.state]++;
        busy_ns += info.busy_ns[0] + info.busy_ns[1];
    }
    expect(w, s.running[0] == running[0] && s.running[1] == running[1], "runs are counted right");
    expect(w, s.runs[0] + s.runs[1] == w->starts, "starts are counted right");
    expect(w, busy_ns == w->busy_ns && s.busy_ns[0] + s.busy_ns[1] == busy_ns,
           "CU time is counted right");
    expect(w, s.cus_lost == in[PS_ALLOC_CU_LOST], "lost CUs are counted right");
    expect(w, s.cus_quarantined == in[PS_ALLOC_CU_QUARANTINED],
           "quarantined CUs are counted right");
    for (uint32_t k = 0; k < KERNELS; k++)
        expect(w, ps_alloc_forecast_ns(w->alloc, k, 0, ms_ns, w->now_ns) >= w->now_ns,
               "no forecast of the past");
}

static void cap(struct world *w)
{
    ps_alloc_cap_speculation(w->alloc, (double)draw(w, 5) / 4.0);
}

static void step(struct world *w)
{
    static void (*const deeds[])(struct world *) = {
        /* the frequent ones more than once */
        add,      add,     add,     toggle_ready,   toggle_ready, toggle_ready, end_run,
        end_run,  end_run, end_run, end_run,        dispatch,     dispatch,     dispatch,
        dispatch, promote, drop,    lose_or_return, reserve,      cap,
    };

    w->now_ns += draw(w, 40) * ms_ns;
    if (draw(w, 200) == 0)
        w->now_ns += 15000 * ms_ns;
    deeds[draw(w, PS_ARRAY_LEN(deeds))](w);
    check_all(w);
}

static void run_seed(uint64_t seed)
{
    static const uint32_t weights[TENANTS] = { 1, 3, 10 };
    static struct world w;
    struct ps_alloc_cu cus[CUS];
    const struct ps_alloc_config cfg = { .cus = cus,
                                         .cu_count = CUS,
                                         .jobs_max = JOBS,
                                         .tenant_weights = weights,
                                         .tenant_count = TENANTS,
                                         .share_host = seed % 4 == 3 };

    memset(&w, 0, sizeof(w));
    w.seed = seed;
    w.now_ns = 1;
    w.state = (seed + 1) * 0x9e3779b97f4a7c15ull;
    for (uint32_t i = 0; i < CUS; i++)
        cus[i] = (struct ps_alloc_cu){ .kernel = i % KERNELS, .card = i / 4 };
    PS_REQUIRE(ps_alloc_create(&w.alloc, &cfg) == 0);
    for (w.step = 0; w.step < STEPS && w.broken == NULL; w.step++)
        step(&w);
    CU_ASSERT_PTR_NULL(w.broken);
    CU_ASSERT_TRUE(w.starts > STEPS / 20); /* something has happened */
    ps_alloc_destroy(w.alloc);
}

static void promises_hold_whatever_happens(void)
{
    for (uint64_t seed = 0; seed < SEEDS; seed++)
        run_seed(seed);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(promises_hold_whatever_happens),
    };

    return ps_test_run("host/alloc/alloc.c", tests, PS_ARRAY_LEN(tests));
}
