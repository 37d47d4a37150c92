/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/generate/generate_main.c - see generate_main.h. */
#include "tools/generate/generate_main.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/mem.h"
#include "tools/generate/csv.h"

#define PROGRESS_PERCENT 10u

/* In the order of options.def; an option's value for getopt is its place here + FIRST_NUMBER. */
static const struct number {
    const char *field;
    uint64_t standard, least, most;
    const char *help;
} numbers[] = {
#define GEN_OPTION(field, standard, least, most, help) { #field, standard, least, most, help },
#include "tools/generate/options.def"
#undef GEN_OPTION
};

#define NUMBERS         PS_ARRAY_LEN(numbers)
#define OPTION_NAME_MAX 24u
#define FIRST_NUMBER    256

struct arguments {
    struct gen_config cfg;
    const char *trace, *hints, *rates;
    bool is_quiet, wants_help;
};

static void name_option(const struct number *number, char name[OPTION_NAME_MAX])
{
    snprintf(name, OPTION_NAME_MAX, "%s", number->field);
    for (char *c = name; *c != '\0'; c++)
        if (*c == '_')
            *c = '-';
}

static void print_usage(FILE *to)
{
    fputs("usage: prestage-replay generate --trace FILE [options]\n"
          "Write a made-up workload: requests, forward looks, and the true rates to judge by.\n"
          "  --trace FILE           t,obj,user,size,device,geo,ctime,cat\n"
          "  --hints FILE           emit_t,due_t,obj,device,user; -1 is any\n"
          "  --rates FILE           t,obj,rate: expected requests in the 5 minutes from t on;\n"
          "                         for judging only, a predictor must never see it\n"
          "  --pairs                obj is medium/profile\n"
          "  --quiet                no progress on standard error\n"
          "  --help                 this text\n"
          "Numbers (default; limits):\n",
          to);
    for (size_t i = 0; i < NUMBERS; i++) {
        const struct number *n = &numbers[i];
        char name[OPTION_NAME_MAX];

        name_option(n, name);
        fprintf(to, "  --%-20s %s (%" PRIu64 "; %" PRIu64 " to %" PRIu64 ")\n", name, n->help,
                n->standard, n->least, n->most);
    }
}

static uint64_t *number_in(struct gen_config *cfg, size_t which)
{
    uint64_t *const places[] = {
#define GEN_OPTION(field, standard, least, most, help) &cfg->field,
#include "tools/generate/options.def"
#undef GEN_OPTION
    };

    return places[which];
}

static bool parse_number(const char *text, const struct number *number, uint64_t *ret)
{
    char *end;
    unsigned long long value;

    if (!isdigit((unsigned char)*text))
        return false;
    errno = 0;
    value = strtoull(text, &end, 10);
    if (errno != 0 || *end != '\0' || value < number->least || value > number->most)
        return false;
    *ret = value;
    return true;
}

static bool take(struct arguments *arguments, int option)
{
    switch (option) {
    case 't':
        arguments->trace = optarg;
        return true;
    case 'h':
        arguments->hints = optarg;
        return true;
    case 'r':
        arguments->rates = optarg;
        return true;
    case 'p':
        arguments->cfg.pairs = true;
        return true;
    case 'q':
        arguments->is_quiet = true;
        return true;
    case '?':
        return false;
    default:
        return parse_number(optarg, &numbers[option - FIRST_NUMBER],
                            number_in(&arguments->cfg, (size_t)(option - FIRST_NUMBER)));
    }
}

/* @return false when the command line is not understood. */
static bool parse(struct arguments *arguments, int argc, char **argv)
{
    struct option longs[NUMBERS + 7] = {
        { "trace", required_argument, NULL, 't' }, { "hints", required_argument, NULL, 'h' },
        { "rates", required_argument, NULL, 'r' }, { "pairs", no_argument, NULL, 'p' },
        { "quiet", no_argument, NULL, 'q' },       { "help", no_argument, NULL, 'H' },
    };
    char names[NUMBERS][OPTION_NAME_MAX];
    int option;

    for (size_t i = 0; i < NUMBERS; i++) {
        name_option(&numbers[i], names[i]);
        longs[6 + i] = (struct option){ names[i], required_argument, NULL, FIRST_NUMBER + (int)i };
    }
    optind = 1;
    while ((option = getopt_long(argc, argv, "", longs, NULL)) != -1) {
        arguments->wants_help = option == 'H';
        if (arguments->wants_help)
            return true;
        if (!take(arguments, option)) {
            if (option != '?')
                fprintf(stderr, "generate: bad number %s\n", optarg);
            return false;
        }
    }
    return optind == argc && arguments->trace != NULL;
}

static void report(void *ctx, uint32_t done, uint32_t all)
{
    const struct gen_csv *csv = ctx;
    const uint32_t percent = (uint32_t)((uint64_t)done * 100 / all);

    if (percent / PROGRESS_PERCENT != (uint64_t)(done - 1) * 100 / all / PROGRESS_PERCENT)
        fprintf(stderr, "generate percent=%" PRIu32 " requests=%" PRIu64 "\n", percent,
                csv->requests);
}

static int run(const struct arguments *arguments, struct gen_csv *csv)
{
    struct gen_sink sink = gen_csv_sink(csv);
    struct gen *gen = NULL;
    int rc = gen_create(&gen, &arguments->cfg);

    if (!arguments->is_quiet)
        sink.progress = report;
    if (rc == 0)
        rc = gen_csv_begin(csv);
    if (rc == 0)
        rc = gen_run(gen, &sink);
    gen_destroy(gen);
    return rc;
}

static int open_file(const char *path, FILE **ret_file)
{
    *ret_file = path == NULL ? NULL : fopen(path, "we");
    return path == NULL || *ret_file != NULL ? 0 : -errno;
}

/* A full disk shows here at the latest. */
static int close_file(FILE *file, int rc)
{
    const bool had_error = file != NULL && ferror(file) != 0;

    if (file != NULL && (fclose(file) != 0 || had_error) && rc == 0)
        return -EIO;
    return rc;
}

static int run_with_files(const struct arguments *arguments)
{
    struct gen_csv csv = { .pairs = arguments->cfg.pairs };
    int rc = open_file(arguments->trace, &csv.trace);

    if (rc == 0)
        rc = open_file(arguments->hints, &csv.hints);
    if (rc == 0)
        rc = open_file(arguments->rates, &csv.rates);
    if (rc == 0)
        rc = run(arguments, &csv);
    rc = close_file(csv.rates, rc);
    rc = close_file(csv.hints, rc);
    rc = close_file(csv.trace, rc);
    if (rc == 0)
        printf("requests=%" PRIu64 "\nhints=%" PRIu64 "\nhints_true=%" PRIu64 "\nrates=%" PRIu64
               "\n",
               csv.requests, csv.hint_count, csv.true_hints, csv.rate_count);
    return rc;
}

int generate_main(int argc, char **argv)
{
    struct arguments arguments = { 0 };
    int rc;

    gen_config_defaults(&arguments.cfg);
    if (!parse(&arguments, argc, argv)) {
        print_usage(stderr);
        return EXIT_FAILURE;
    }
    if (arguments.wants_help) {
        print_usage(stdout);
        return EXIT_SUCCESS;
    }
    rc = run_with_files(&arguments);
    if (rc != 0)
        fprintf(stderr, "generate: %s\n", strerror(-rc));
    return rc == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
