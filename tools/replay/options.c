/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/replay/options.c - see options.h. */
#include "tools/replay/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "host/base/assert.h"

#define NAME_CHARS 24 /* --name VALUE, before its help */

static void print_option(FILE *file, const struct replay_option *option)
{
    char name[64];

    snprintf(name, sizeof(name), "%s%s%s", option->name, option->value != NULL ? " " : "",
             option->value != NULL ? option->value : "");
    fprintf(file, "  --%-*s", NAME_CHARS, name);
    for (const char *line = option->help; *line != '\0';) {
        const size_t length = strcspn(line, "\n");

        fprintf(file, "%*s%.*s\n", line == option->help ? 0 : NAME_CHARS + 4, "", (int)length,
                line);
        line += length + (line[length] == '\n');
    }
}

static void print_usage(FILE *file, const struct replay_usage *usage)
{
    fputs(usage->head, file);
    for (uint32_t o = 0; o < usage->count; o++)
        print_option(file, &usage->options[o]);
    print_option(file, &(struct replay_option){ .name = "help", .help = "this text" });
    fputs(usage->foot, file);
}

static int take_all(const struct replay_usage *usage, void *options, int argc, char **argv)
{
    struct option longs[REPLAY_OPTIONS_MAX + 2] = { 0 };
    int which = 0;

    ps_assert(usage->count <= REPLAY_OPTIONS_MAX);
    for (uint32_t o = 0; o < usage->count; o++)
        longs[o] =
            (struct option){ usage->options[o].name,
                             usage->options[o].value != NULL ? required_argument : no_argument,
                             NULL, 0 };
    longs[usage->count] = (struct option){ "help", no_argument, NULL, 0 };
    optind = 0; /* start anew, whatever an earlier scan left */
    for (int rc; (rc = getopt_long(argc, argv, "", longs, &which)) != -1;) {
        if (rc != 0)
            return -EINVAL;
        if ((uint32_t)which == usage->count)
            return -ECANCELED;
        if (!usage->options[which].take(options, optarg)) {
            fprintf(stderr, "prestage-replay: --%s %s is wrong\n", usage->options[which].name,
                    optarg != NULL ? optarg : "");
            return -EINVAL;
        }
    }
    return optind == argc ? 0 : -EINVAL;
}

int replay_options_take(const struct replay_usage *usage, void *options, int argc, char **argv)
{
    const int rc = take_all(usage, options, argc, argv);

    if (rc != 0)
        print_usage(rc == -ECANCELED ? stdout : stderr, usage);
    return rc;
}

void replay_options_complain(const struct replay_usage *usage, const char *what)
{
    fprintf(stderr, "prestage-replay: %s\n", what);
    print_usage(stderr, usage);
}
