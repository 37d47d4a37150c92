/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/sim/sim.c - see sim.h. */
#include "tools/sim/sim.h"

#include <errno.h>
#include <stdlib.h>

#include "host/base/assert.h"
#include "host/base/mem.h"
#include "tools/sim/events.h"
#include "tools/sim/jobs.h"

struct cu {
    uint32_t slot;  /* SIM_NO_SLOT: idle or lost */
    uint32_t batch; /* of that job, as its state said when the run began */
    uint64_t start_ns;
    uint64_t lost_ns; /* since when; UINT64_MAX: in service */
};

struct sim {
    struct sim_config cfg;
    struct sim_workload workload;
    struct sim_faults faults;
    struct sim_events events;
    struct sim_jobs jobs;
    struct sim_metrics metrics;
    struct sim_policy *policy;
    struct ps_alloc_cu *cu_cfg;
    struct cu *cus;
    struct sim_decision *decisions;
    uint32_t cu_count;
    uint32_t bets_missing[PS_ALLOC_KERNELS_MAX];
    struct sim_work arriving; /* the next viewer's job */
    uint64_t tick_ns;         /* when the policy wants to be asked again */
    uint64_t until_ns;        /* the last arrival; UINT64_MAX before */
    bool is_settled;          /* the metrics are complete */
};

static bool is_valid(const struct sim_config *cfg)
{
    return cfg->cards > 0 && cfg->cus > 0 && cfg->cus <= PS_ALLOC_CUS_MAX &&
           cfg->cards <= PS_ALLOC_CUS_MAX / cfg->cus && cfg->kernels > 0 &&
           cfg->kernels <= cfg->cus && cfg->kernels < PS_ALLOC_KERNELS_MAX && cfg->jobs > 0 &&
           cfg->jobs <= SIM_JOBS_MAX && cfg->bets <= SIM_LIVE_MAX / 2 && cfg->deadline_ns > 0 &&
           cfg->policy <= SIM_FCFS && (cfg->tenant_weights == NULL) == (cfg->tenant_count == 0);
}

static uint32_t live_max(const struct sim_config *cfg)
{
    return cfg->jobs < SIM_LIVE_MAX - cfg->bets ? cfg->jobs + cfg->bets : SIM_LIVE_MAX;
}

static int create_parts(struct sim *sim)
{
    struct sim_config *cfg = &sim->cfg;
    int rc;

    cfg->workload.cu_count = sim->cu_count;
    cfg->workload.card_cus = cfg->cus;
    cfg->workload.kernel_count = cfg->kernels;
    cfg->workload.tenant_count = cfg->tenant_count > 0 ? cfg->tenant_count : 1;
    rc = sim_workload_init(&sim->workload, &cfg->workload);
    if (rc == 0)
        rc = sim_faults_init(&sim->faults, &cfg->faults, cfg->workload.seed);
    if (rc == 0)
        rc = sim_jobs_init(&sim->jobs, live_max(cfg));
    if (rc == 0) /* of each job and each CU at most one, and the next arrival */
        rc = sim_events_init(&sim->events, sim->jobs.capacity + sim->cu_count + 1);
    if (rc == 0)
        rc = sim_metrics_init(&sim->metrics, cfg->jobs);
    return rc;
}

static int create_cus(struct sim *sim)
{
    const struct sim_config *cfg = &sim->cfg;

    sim->cu_cfg = ps_zalloc(sim->cu_count, sizeof(*sim->cu_cfg));
    sim->cus = ps_zalloc(sim->cu_count, sizeof(*sim->cus));
    sim->decisions = ps_zalloc(sim->cu_count, sizeof(*sim->decisions));
    if (sim->cu_cfg == NULL || sim->cus == NULL || sim->decisions == NULL)
        return -ENOMEM;
    for (uint32_t i = 0; i < sim->cu_count; i++) {
        sim->cu_cfg[i] = (struct ps_alloc_cu){ .kernel = sim_workload_kernel(&cfg->workload, i),
                                               .card = i / cfg->cus };
        sim->cus[i] = (struct cu){ .slot = SIM_NO_SLOT, .lost_ns = UINT64_MAX };
    }
    for (uint32_t i = 0; i < cfg->bets; i++)
        sim->bets_missing[sim_workload_kernel(&cfg->workload, i)]++;
    return sim_policy_create(&sim->policy, &(struct sim_policy_config){
                                               .kind = cfg->policy,
                                               .cus = sim->cu_cfg,
                                               .cu_count = sim->cu_count,
                                               .jobs_max = sim->jobs.capacity,
                                               .tenant_weights = cfg->tenant_weights,
                                               .tenant_count = cfg->tenant_count,
                                               .clock_ns = cfg->clock_ns,
                                           });
}

int sim_create(struct sim **ret_sim, const struct sim_config *cfg)
{
    struct sim *sim;
    int rc;

    ps_assert(ret_sim != NULL && cfg != NULL);
    if (!is_valid(cfg))
        return -EINVAL;
    sim = ps_zalloc(1, sizeof(*sim));
    if (sim == NULL)
        return -ENOMEM;
    sim->cfg = *cfg;
    sim->cu_count = cfg->cards * cfg->cus;
    sim->tick_ns = UINT64_MAX;
    sim->until_ns = UINT64_MAX;
    rc = create_parts(sim);
    if (rc == 0)
        rc = create_cus(sim);
    if (rc != 0) {
        sim_destroy(sim);
        return rc;
    }
    sim->arriving = sim_workload_arrival(&sim->workload);
    sim_events_put(&sim->events, SIM_EVENT_ARRIVAL, 0, sim->arriving.at_ns);
    *ret_sim = sim;
    return 0;
}

void sim_destroy(struct sim *sim)
{
    if (sim == NULL)
        return;
    sim_policy_destroy(sim->policy);
    free(sim->decisions);
    free(sim->cus);
    free(sim->cu_cfg);
    sim_metrics_fini(&sim->metrics);
    sim_events_fini(&sim->events);
    sim_jobs_fini(&sim->jobs);
    free(sim);
}

/* Of a stretch of CU time, what lies before the end of the load. */
static uint64_t counted(const struct sim *sim, uint64_t start_ns, uint64_t end_ns)
{
    const uint64_t stop_ns = end_ns < sim->until_ns ? end_ns : sim->until_ns;

    return stop_ns > start_ns ? stop_ns - start_ns : 0;
}

/* What the job waits counts from @p ready_ns; on a lent machine we may learn of it later. */
static void set_ready(struct sim *sim, uint32_t slot, uint64_t ready_ns, uint64_t now_ns)
{
    sim->jobs.slots[slot].ready_ns = ready_ns;
    sim_policy_set_ready(sim->policy, slot, now_ns);
}

/* @return whether there was room for it. */
static bool add(struct sim *sim, const struct sim_work *work, enum ps_queue queue, uint64_t now_ns)
{
    const uint32_t slot = sim_jobs_take(&sim->jobs, work, queue);
    const struct ps_job job = {
        .kernel = work->kernel,
        .queue = queue,
        .deadline_ns = queue == PS_QUEUE_REAL_TIME ? work->at_ns + sim->cfg.deadline_ns : 0,
        .benefit = work->probability, /* what it saves is what it costs: a job's CU time */
        .tenant = work->tenant,
        .cost_ns = work->batches * work->batch_ns,
    };

    if (slot == SIM_NO_SLOT)
        return false;
    if (sim_policy_add(sim->policy, slot, &job, now_ns) != 0) {
        sim_jobs_give(&sim->jobs, slot);
        return false;
    }
    sim->jobs.slots[slot].arrival = sim->metrics.arrived;
    set_ready(sim, slot, queue == PS_QUEUE_REAL_TIME ? work->at_ns : now_ns, now_ns);
    return true;
}

static void arrive(struct sim *sim, uint64_t now_ns)
{
    struct sim_metrics *metrics = &sim->metrics;

    metrics->outcomes[metrics->arrived] =
        (struct sim_outcome){ .latency_ns = SIM_UNFINISHED, .tenant = sim->arriving.tenant };
    if (!add(sim, &sim->arriving, PS_QUEUE_REAL_TIME, now_ns)) {
        metrics->failed++;
        metrics->late++;
    }
    if (++metrics->arrived == sim->cfg.jobs) {
        sim->until_ns = now_ns;
        return;
    }
    sim->arriving = sim_workload_arrival(&sim->workload);
    sim_events_put(&sim->events, SIM_EVENT_ARRIVAL, 0, sim->arriving.at_ns);
}

static void add_bets(struct sim *sim, uint64_t now_ns)
{
    for (uint32_t kernel = 1; kernel <= sim->cfg.kernels; kernel++)
        while (sim->bets_missing[kernel] > 0) {
            const struct sim_work bet = sim_workload_bet(&sim->workload, kernel);

            if (!add(sim, &bet, PS_QUEUE_SPECULATIVE, now_ns))
                break;
            sim->bets_missing[kernel]--;
        }
}

static void end_viewers_job(struct sim *sim, const struct sim_job *job, bool is_done,
                            uint64_t now_ns)
{
    struct sim_metrics *metrics = &sim->metrics;
    struct sim_outcome *outcome = &metrics->outcomes[job->arrival];

    outcome->wait_ns = job->wait_ns;
    if (is_done) {
        outcome->latency_ns = now_ns - job->work.at_ns;
        metrics->done++;
    } else {
        metrics->failed++;
    }
    metrics->late += sim_outcome_is_late(outcome, sim->cfg.deadline_ns);
}

static void end_bet(struct sim *sim, const struct sim_job *job, bool is_done)
{
    sim->bets_missing[job->work.kernel]++;
    if (!is_done) {
        sim->metrics.bets_failed++;
        return;
    }
    sim->metrics.bets_done++;
    if (job->work.wanted)
        sim->metrics.bets_wanted++;
    else
        sim->metrics.unwanted_ns += job->used_ns;
}

static void end_job(struct sim *sim, uint32_t slot, bool is_done, uint64_t now_ns)
{
    const struct sim_job *job = &sim->jobs.slots[slot];

    if (job->queue == PS_QUEUE_REAL_TIME)
        end_viewers_job(sim, job, is_done, now_ns);
    else
        end_bet(sim, job, is_done);
    sim_policy_remove(sim->policy, slot);
    sim_jobs_give(&sim->jobs, slot);
}

/* What the CU did for the job: the batch that the job's state named when the run began. */
static void keep(struct sim *sim, const struct cu *cu, struct sim_job *job, int status,
                 uint64_t now_ns)
{
    struct sim_metrics *metrics = &sim->metrics;

    if (status != 0) {
        metrics->failed_runs++;
        metrics->failed_ns += now_ns - cu->start_ns;
        return;
    }
    metrics->frames += SIM_BATCH_FRAMES;
    if (cu->batch < job->batches_made)
        metrics->frames_redone += SIM_BATCH_FRAMES;
    else
        job->batches_made = cu->batch + 1;
    job->batches_done = cu->batch + 1;
    job->used_ns += now_ns - cu->start_ns;
}

static void lose(struct sim *sim, uint32_t cu_idx, uint64_t now_ns)
{
    sim->cus[cu_idx].lost_ns = now_ns;
    if (sim->cfg.start == NULL)
        sim_events_put(&sim->events, SIM_EVENT_CU_BACK, cu_idx,
                       now_ns + sim_faults_away_ns(&sim->faults));
}

void sim_run_ended(struct sim *sim, uint32_t cu_idx, int status, uint64_t now_ns)
{
    struct cu *cu = &sim->cus[cu_idx];
    const uint32_t slot = cu->slot;

    ps_assert(cu_idx < sim->cu_count && slot != SIM_NO_SLOT);
    struct sim_job *job = &sim->jobs.slots[slot];
    const bool is_kept =
        sim_policy_run_ended(sim->policy, cu_idx, status, now_ns - cu->start_ns, now_ns);

    sim->metrics.runs[job->queue]++;
    sim->metrics.busy_ns[job->queue] += counted(sim, cu->start_ns, now_ns);
    keep(sim, cu, job, status, now_ns);
    cu->slot = SIM_NO_SLOT;
    if (status == -ENODEV)
        lose(sim, cu_idx, now_ns);
    if (!is_kept || job->batches_done == job->work.batches)
        end_job(sim, slot, is_kept, now_ns);
    else if (job->queue == PS_QUEUE_REAL_TIME && status == 0 && sim->cfg.gap_ns > 0)
        sim_events_put(&sim->events, SIM_EVENT_READY, slot, now_ns + sim->cfg.gap_ns);
    else
        set_ready(sim, slot, now_ns, now_ns);
}

static void return_cu(struct sim *sim, uint32_t cu, uint64_t now_ns)
{
    sim->metrics.service_ns -= counted(sim, sim->cus[cu].lost_ns, now_ns);
    sim->cus[cu].lost_ns = UINT64_MAX;
    sim_policy_cu_back(sim->policy, cu, now_ns);
}

static void happen(struct sim *sim, const struct sim_event *event, uint64_t now_ns)
{
    switch (event->kind) {
    case SIM_EVENT_ARRIVAL:
        arrive(sim, now_ns);
        break;
    case SIM_EVENT_READY:
        set_ready(sim, event->subject, event->at_ns, now_ns);
        break;
    case SIM_EVENT_RUN_END:
        sim_run_ended(sim, event->subject, sim_faults_run(&sim->faults), now_ns);
        break;
    case SIM_EVENT_CU_BACK:
        return_cu(sim, event->subject, now_ns);
        break;
    }
}

static void start(struct sim *sim, const struct sim_decision *decision, uint64_t now_ns)
{
    struct sim_job *job = &sim->jobs.slots[decision->slot];
    struct cu *cu = &sim->cus[decision->cu];

    ps_assert(cu->slot == SIM_NO_SLOT);
    ps_assert(sim->cu_cfg[decision->cu].kernel == job->work.kernel);
    job->wait_ns += now_ns - job->ready_ns;
    if (job->queue == PS_QUEUE_SPECULATIVE && job->batches_done > 0 && now_ns > job->ready_ns) {
        sim->metrics.suspensions++;
        if (sim->cfg.forget_suspended)
            job->batches_done = 0;
    }
    sim->metrics.moves += job->last_cu != UINT32_MAX && job->last_cu != decision->cu;
    job->last_cu = decision->cu;
    cu->slot = decision->slot;
    cu->batch = job->batches_done;
    cu->start_ns = now_ns;
    if (sim->cfg.start != NULL)
        sim->cfg.start(sim->cfg.context, decision->cu, job->work.batch_ns);
    else
        sim_events_put(&sim->events, SIM_EVENT_RUN_END, decision->cu, now_ns + job->work.batch_ns);
}

/* All CU time there was, and what still runs or is lost, up to the end of the load. */
static void settle(struct sim *sim, uint64_t now_ns)
{
    struct sim_metrics *metrics = &sim->metrics;

    metrics->service_ns += sim->cu_count * counted(sim, 0, now_ns);
    for (uint32_t i = 0; i < sim->cu_count; i++) {
        const struct cu *cu = &sim->cus[i];

        if (cu->lost_ns != UINT64_MAX)
            metrics->service_ns -= counted(sim, cu->lost_ns, now_ns);
        if (cu->slot != SIM_NO_SLOT)
            metrics->busy_ns[sim->jobs.slots[cu->slot].queue] += counted(sim, cu->start_ns, now_ns);
    }
    metrics->end_ns = now_ns;
    sim->is_settled = true;
}

void sim_advance(struct sim *sim, uint64_t now_ns)
{
    uint32_t count;

    if (sim->is_settled)
        return;
    while (sim_events_next_ns(&sim->events) <= now_ns) {
        const struct sim_event event = sim_events_take(&sim->events);

        happen(sim, &event, now_ns);
    }
    if (sim_is_done(sim)) {
        settle(sim, now_ns);
        return;
    }
    add_bets(sim, now_ns);
    count = sim_policy_dispatch(sim->policy, now_ns, sim->decisions, sim->cu_count);
    for (uint32_t i = 0; i < count; i++)
        start(sim, &sim->decisions[i], now_ns);
    sim->tick_ns = sim_policy_next_ns(sim->policy, now_ns);
}

uint64_t sim_next_ns(const struct sim *sim)
{
    const uint64_t event_ns = sim_events_next_ns(&sim->events);

    if (sim->is_settled)
        return UINT64_MAX;
    return event_ns < sim->tick_ns ? event_ns : sim->tick_ns;
}

bool sim_is_done(const struct sim *sim)
{
    return sim->metrics.arrived == sim->cfg.jobs && sim_viewers_live(sim) == 0;
}

uint32_t sim_viewers_live(const struct sim *sim)
{
    return sim->metrics.arrived - sim->metrics.done - sim->metrics.failed;
}

const struct sim_metrics *sim_metrics(const struct sim *sim)
{
    return &sim->metrics;
}

uint64_t sim_decisions(const struct sim *sim, uint64_t *ret_cost_ns)
{
    *ret_cost_ns = sim->policy->cost_ns;
    return sim->policy->decisions;
}
