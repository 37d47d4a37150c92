/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/fuzz/fuzz_agent.c - what an agent on a peer reads: lists, lines, its record and its file.
 *
 * Input: steps. Each begins with a byte: the low three bits say what is read, the others how much
 * time passes; then a length (u16) and a text. Whatever stands in the texts, what is said is an id,
 * of now, with a probability, at the rate; with names nothing is said whose id is not among them;
 * and what was saved can be loaded.
 */
#include <stdlib.h>
#include <string.h>

#include "agent/options_priv.h"
#include "agent/prestage-agent.h"
#include "host/base/name.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/pool.h"

#define BEGIN_MS  UINT64_C(1700000000000)
#define STEPS_MAX 32u

enum step { NAMES, QUEUE, CALENDAR, EPG, HISTORY, LINE, RECORD, OPTIONS };

static struct prestage_agent *agent;
static uint64_t now_ms, said_count, last_ms;
static bool only_x; /* names were set, and x is the only one */

static void said(void *arg, const struct prestage_agent_look *look)
{
    const int64_t now_s = (int64_t)(now_ms / 1000);

    (void)arg;
    FUZZ_REQUIRE(ps_name_is_valid(look->media, PRESTAGE_AGENT_MEDIA_MAX));
    FUZZ_REQUIRE(!only_x || strcmp(look->media, "x") == 0);
    FUZZ_REQUIRE(look->probability >= 0.1 && look->probability <= 1.0);
    FUZZ_REQUIRE(look->from_s <= look->to_s && look->from_s <= now_s + PRESTAGE_AGENT_AHEAD_S);
    FUZZ_REQUIRE(said_count == 0 || now_ms >= last_ms + 1000);
    last_ms = now_ms;
    said_count++;
}

static void check_record(void)
{
    char text[512];
    const int bytes = prestage_agent_save(agent, text, sizeof(text));

    FUZZ_REQUIRE(bytes > 0 && prestage_agent_load(agent, text, (size_t)bytes) == 0);
}

static void read_options(const char *text, size_t bytes)
{
    struct psa_problem problem = { .text = "" };
    struct psa_options options;

    memset(&options, 0, sizeof(options));
    if (psa_options_read_text(&options, text, bytes, &problem) != 0)
        FUZZ_REQUIRE(problem.text[0] != '\0');
    FUZZ_REQUIRE(memchr(options.queue, '\0', sizeof(options.queue)) != NULL);
    FUZZ_REQUIRE(memchr(options.edge, '\0', sizeof(options.edge)) != NULL);
}

static void take_text(enum step step, const char *text, size_t bytes)
{
    switch (step) {
    case NAMES:
        only_x = true;
        prestage_agent_names(agent, "x The title\n", 12);
        break;
    case QUEUE:
        prestage_agent_queue(agent, text, bytes, now_ms);
        break;
    case CALENDAR:
        prestage_agent_calendar(agent, text, bytes, now_ms);
        break;
    case EPG:
        prestage_agent_epg(agent, text, bytes, now_ms);
        break;
    case HISTORY:
        prestage_agent_history(agent, text, bytes);
        break;
    case LINE:
        prestage_agent_tell_line(agent, text, bytes, now_ms);
        break;
    case RECORD:
        prestage_agent_load(agent, text, bytes);
        check_record();
        break;
    case OPTIONS:
        read_options(text, bytes);
        break;
    }
}

static void take_step(struct fuzz_input *input)
{
    const uint8_t what = fuzz_take_u8(input);
    size_t count;
    const uint8_t *bytes = fuzz_take(input, fuzz_take_u16(input) % 2048u, &count);
    uint8_t *exact = fuzz_copy(bytes, count);

    take_text((enum step)(what & 7), (const char *)exact, count);
    free(exact);
    for (unsigned i = 0; i < 4; i++) {
        const int wait_ms = prestage_agent_work(agent, now_ms);

        FUZZ_REQUIRE(wait_ms >= 1 && wait_ms <= 60000);
        now_ms += (uint64_t)wait_ms;
    }
    now_ms += (uint64_t)(what >> 3) * 60000;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = { data, size };
    const struct prestage_agent_config cfg = { .dry_run = 1, .said = said };
    struct prestage_agent_status status;

    setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
    now_ms = BEGIN_MS;
    said_count = 0;
    only_x = false;
    FUZZ_REQUIRE(prestage_agent_create(&agent, &cfg) == 0);
    for (unsigned i = 0; i < STEPS_MAX && input.left > 0; i++)
        take_step(&input);
    prestage_agent_status(agent, &status);
    FUZZ_REQUIRE(status.said == said_count + fuzz_breaks);
    FUZZ_REQUIRE(status.came + status.missed <= said_count);
    prestage_agent_destroy(agent);
    fuzz_pool_require_free();
    return 0;
}
