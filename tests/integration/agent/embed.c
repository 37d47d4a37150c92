/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/integration/agent/embed.c - an application with an agent in it: strict C99, and the shared
 * library's face only.
 *
 * Usage: embed EDGE KEYID:KEY MEDIA SECONDS. Sends one look, and ends.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "agent/prestage-agent.h"

static void said(void *arg, const struct prestage_agent_look *look)
{
    *(int *)arg += 1;
    printf("said %s by %s\n", look->media, prestage_agent_kind_name(look->kind));
}

int main(int argc, char **argv)
{
    struct prestage_agent_config config = { 0 };
    struct prestage_agent *agent = NULL;
    const uint64_t now_ms = (uint64_t)time(NULL) * 1000;
    int count = 0;

    if (argc != 5)
        return 2;
    config.edge = argv[1];
    config.key = argv[2];
    config.consent = 1;
    config.said = said;
    config.arg = &count;
    if (prestage_agent_create(&agent, &config) != 0)
        return 1;
    if (prestage_agent_tell(agent, argv[3], atof(argv[4]), 0.9, now_ms) == 0)
        (void)prestage_agent_work(agent, now_ms);
    prestage_agent_destroy(agent);
    return count == 1 ? 0 : 1;
}
