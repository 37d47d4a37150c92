/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/replay/drive.c - see drive.h. */
#include "tools/replay/drive.h"

#include "host/base/assert.h"

static uint32_t room(uint32_t wanted, const struct replay_drive *drive)
{
    const uint64_t all =
        (uint64_t)drive->trace->resource_count + (drive->hints != NULL ? drive->hints->count : 0);

    if (wanted != 0)
        return wanted;
    return all < PS_PREDICT_RESOURCES_MAX ? (uint32_t)all : PS_PREDICT_RESOURCES_MAX;
}

int replay_drive_init(struct replay_drive *drive, const struct replay_trace *trace,
                      const struct replay_hints *hints, const struct ps_predict_config *cfg)
{
    struct ps_predict_config config = *cfg;

    *drive = (struct replay_drive){ .trace = trace, .hints = hints };
    config.resources_max = room(cfg->resources_max, drive);
    config.media_max = room(cfg->media_max, drive);
    return ps_predict_create(&drive->predict, &config);
}

void replay_drive_fini(struct replay_drive *drive)
{
    ps_predict_destroy(drive->predict);
}

static void look(struct replay_drive *drive, const struct replay_hint *hint)
{
    struct ps_forward_look look = { .source_key = hint->source_key,
                                    .due_ns = hint->due_ns,
                                    .until_ns = hint->until_ns,
                                    .resource = hint->resource,
                                    .peer = { .region = hint->region, .device = hint->device },
                                    .probability = 1.0f };

    if (!hint->has_profile && drive->trace->has_profiles)
        look.resource.profile_key = 0;
    if (ps_predict_look(drive->predict, &look, hint->emit_ns) == 0)
        drive->looks_taken++;
    else
        drive->looks_refused++;
}

void replay_drive_hints(struct replay_drive *drive, uint64_t now_ns)
{
    const struct replay_hints *hints = drive->hints;

    while (hints != NULL && drive->next_hint < hints->count &&
           hints->items[drive->next_hint].emit_ns <= now_ns)
        look(drive, &hints->items[drive->next_hint++]);
}

static void describe(struct replay_drive *drive, const struct replay_request *request)
{
    const struct ps_media_facts facts = { .born_ns = request->born_ns,
                                          .category = request->category };

    if (facts.born_ns != 0 || facts.category != 0)
        ps_predict_describe(drive->predict, request->resource.media_key, &facts);
}

void replay_drive_request(struct replay_drive *drive)
{
    ps_assert(drive->next_request < drive->trace->request_count);
    const struct replay_request *request = &drive->trace->requests[drive->next_request++];
    struct ps_demand_sample sample = { .start_ns = request->time_ns,
                                       .end_ns = request->time_ns,
                                       .resource = request->resource,
                                       .peer = request->peer,
                                       .peer_key = request->peer_key,
                                       .starts = 1,
                                       .source = PS_DEMAND_HISTORY };
    const struct ps_demand demand = { .samples = &sample, .capacity = 1, .count = 1 };

    replay_drive_hints(drive, request->time_ns);
    ps_predict_learn(drive->predict, &demand, request->time_ns);
    describe(drive, request);
}

void replay_drive_until(struct replay_drive *drive, uint64_t now_ns)
{
    const struct replay_trace *trace = drive->trace;
    const struct ps_demand nothing = { 0 };

    while (drive->next_request < trace->request_count &&
           trace->requests[drive->next_request].time_ns <= now_ns)
        replay_drive_request(drive);
    replay_drive_hints(drive, now_ns);
    ps_predict_learn(drive->predict, &nothing, now_ns);
}
