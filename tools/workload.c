/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/workload.c - prestage-workload: writes a made-up evening and the log of those before it.
 *
 * The history is what an operator could import; the session is what viewers then do; the truth is
 * for judging only and must never reach the predictor. The same options write the same bytes.
 */
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/mem.h"
#include "host/plan/resource.h"
#include "tools/evening.h"

struct options {
    struct evening_config evening;
    uint64_t t0_s;
    const char *titles_path, *history_path, *session_path, *truth_path;
    char (*titles)[PS_MEDIA_ID_MAX + 1];
};

static const char usage[] =
    "usage: prestage-workload [options]\n"
    "Write a made-up evening, the log of earlier ones, and the truth to judge by.\n"
    "  --history FILE       earlier starts: `unix_time media profile region device access`\n"
    "  --session FILE       the evening: `offset_seconds viewer media profile region device\n"
    "                       segments_to_watch`\n"
    "  --truth FILE         expected starts: `media offset_seconds starts_in_5_min`; for judging\n"
    "  --titles FILE        ids of the titles, one a line; # starts a comment\n"
    "  --title-count N      or so many, named title-00001 and so on; 100\n"
    "  --never-seen N       of these, the last N have no past; 5\n"
    "  --flash WHICH        index of the title that everybody suddenly wants, auto or none; auto\n"
    "  --profiles LIST      name:device:share,... with device 1 phone, 2 tablet, 3 television,\n"
    "                       4 computer; mobile-360p:1:0.4,tablet-480p:2:0.2,tv-720p:3:0.4\n"
    "  --starts N           viewers' sessions expected in the evening; 300\n"
    "  --minutes N          length of the evening, a multiple of 5, 5 to 240; 30\n"
    "  --history-days N     whole days before t0, 0 to 60; 7\n"
    "  --segments N         in a title; a quarter of the viewers leave after one or two; 15\n"
    "  --skew PERCENT       popularity falls with rank to this power (Zipf-Mandelbrot); 100,\n"
    "                       at most 300; video on demand is measured at 50 to 100\n"
    "  --t0 UNIX            when the evening begins; it is 20:00 then; 1700000000\n"
    "  --seed N             1\n"
    "  --help               this text\n"
    "FILE may be - for standard output.\n";

static bool parse_number(const char *text, uint64_t limit, uint64_t *ret)
{
    char *end;
    unsigned long long value;

    if (!isdigit((unsigned char)*text))
        return false;
    errno = 0;
    value = strtoull(text, &end, 10);
    if (errno != 0 || *end != '\0' || value > limit)
        return false;
    *ret = value;
    return true;
}

static bool parse_u32(const char *text, uint32_t *ret)
{
    uint64_t value;

    if (!parse_number(text, UINT32_MAX, &value))
        return false;
    *ret = (uint32_t)value;
    return true;
}

static bool parse_profiles(const char *text, struct evening_config *evening)
{
    evening->profile_count = 0;
    while (evening->profile_count < EVENING_PROFILES_MAX) {
        struct evening_profile *profile = &evening->profiles[evening->profile_count++];
        unsigned device;
        int length = 0;

        if (sscanf(text, "%64[^:,]:%1u:%lf%n", profile->name, &device, &profile->share, &length) !=
                3 ||
            length == 0 || device > 4 || !(profile->share >= 0.0 && profile->share <= 1e6))
            return false;
        profile->device = (uint8_t)device;
        if (text[length] == '\0')
            return true;
        if (text[length] != ',')
            return false;
        text += length + 1;
    }
    return false;
}

static bool parse_flash(const char *text, int64_t *ret)
{
    uint32_t title;

    if (strcmp(text, "auto") == 0)
        *ret = EVENING_FLASH_AUTO;
    else if (strcmp(text, "none") == 0)
        *ret = EVENING_FLASH_NONE;
    else if (parse_u32(text, &title))
        *ret = title;
    else
        return false;
    return true;
}

static bool parse_option(struct options *options, int option)
{
    struct evening_config *evening = &options->evening;
    uint32_t starts;

    switch (option) {
    case 'H':
        options->history_path = optarg;
        return true;
    case 'S':
        options->session_path = optarg;
        return true;
    case 'T':
        options->truth_path = optarg;
        return true;
    case 't':
        options->titles_path = optarg;
        return true;
    case 'c':
        return parse_u32(optarg, &evening->title_count);
    case 'n':
        return parse_u32(optarg, &evening->never_seen);
    case 'f':
        return parse_flash(optarg, &evening->flash);
    case 'p':
        return parse_profiles(optarg, evening);
    case 's':
        if (!parse_u32(optarg, &starts))
            return false;
        evening->starts = starts;
        return true;
    case 'm':
        return parse_u32(optarg, &evening->minutes);
    case 'd':
        return parse_u32(optarg, &evening->history_days);
    case 'g':
        return parse_u32(optarg, &evening->segments);
    case 'k':
        return parse_u32(optarg, &evening->skew_percent);
    case '0':
        return parse_number(optarg, 9999999999ull, &options->t0_s);
    case 'r':
        return parse_number(optarg, UINT64_MAX, &evening->seed);
    default:
        return false;
    }
}

/* @return false when the command line is not understood. */
static bool parse(struct options *options, int argc, char **argv)
{
    static const struct option longs[] = {
        { "history", required_argument, NULL, 'H' },
        { "session", required_argument, NULL, 'S' },
        { "truth", required_argument, NULL, 'T' },
        { "titles", required_argument, NULL, 't' },
        { "title-count", required_argument, NULL, 'c' },
        { "never-seen", required_argument, NULL, 'n' },
        { "flash", required_argument, NULL, 'f' },
        { "profiles", required_argument, NULL, 'p' },
        { "starts", required_argument, NULL, 's' },
        { "minutes", required_argument, NULL, 'm' },
        { "history-days", required_argument, NULL, 'd' },
        { "segments", required_argument, NULL, 'g' },
        { "skew", required_argument, NULL, 'k' },
        { "t0", required_argument, NULL, '0' },
        { "seed", required_argument, NULL, 'r' },
        { "help", no_argument, NULL, 'h' },
        { 0 },
    };
    int option;

    while ((option = getopt_long(argc, argv, "", longs, NULL)) != -1) {
        if (option == 'h') {
            fputs(usage, stdout);
            exit(EXIT_SUCCESS);
        }
        if (!parse_option(options, option)) {
            fprintf(stderr, "prestage-workload: bad %s\n", optarg == NULL ? "option" : optarg);
            return false;
        }
    }
    return optind == argc;
}

/* Ids from a file: the first word of each line. The number of titles becomes the file's. */
static int read_titles(struct options *options)
{
    FILE *file = fopen(options->titles_path, "re");
    char line[512], id[PS_MEDIA_ID_MAX + 2];
    uint32_t count = 0;

    if (file == NULL)
        return -errno;
    while (count < EVENING_TITLES_MAX && fgets(line, sizeof(line), file) != NULL) {
        if (line[0] == '#' || sscanf(line, "%129s", id) != 1 || strlen(id) > PS_MEDIA_ID_MAX)
            continue;
        memcpy(options->titles[count++], id, strlen(id) + 1);
    }
    fclose(file);
    options->evening.title_count = count;
    return count > 0 ? 0 : -EINVAL;
}

static int name_titles(struct options *options)
{
    options->titles = ps_zalloc(EVENING_TITLES_MAX, sizeof(*options->titles));
    if (options->titles == NULL)
        return -ENOMEM;
    if (options->titles_path != NULL)
        return read_titles(options);
    if (options->evening.title_count > EVENING_TITLES_MAX)
        return -EINVAL;
    for (uint32_t i = 0; i < options->evening.title_count; i++)
        snprintf(options->titles[i], sizeof(options->titles[i]), "title-%05" PRIu32, i + 1);
    return 0;
}

/* One kind of file: opened, written by @p write, closed; a full disk is an error. */
static int write_file(const struct options *options, const char *path,
                      const struct evening *evening,
                      int (*write)(const struct options *, const struct evening *, FILE *))
{
    const bool is_stdout = path != NULL && strcmp(path, "-") == 0;
    FILE *file;
    int rc;

    if (path == NULL)
        return 0;
    file = is_stdout ? stdout : fopen(path, "we");
    if (file == NULL)
        return -errno;
    rc = write(options, evening, file);
    if (fflush(file) != 0 && rc == 0)
        rc = -errno;
    if (!is_stdout && fclose(file) != 0 && rc == 0)
        rc = -errno;
    return rc;
}

static int write_history(const struct options *options, const struct evening *evening, FILE *file)
{
    const struct evening_config *cfg = &options->evening;
    struct evening_start *starts;
    uint32_t count;
    int rc = evening_draw(evening, -(int64_t)cfg->history_days * 86400, 0, &starts, &count);

    if (rc != 0)
        return rc;
    fputs("# unix_time media profile region device access\n", file);
    for (uint32_t i = 0; i < count; i++)
        fprintf(file, "%.0f %s %s %u %u %u\n", (double)options->t0_s + starts[i].offset_s - 0.5,
                options->titles[starts[i].title], cfg->profiles[starts[i].profile].name,
                starts[i].region, starts[i].device, starts[i].access);
    free(starts);
    return 0;
}

static int write_session(const struct options *options, const struct evening *evening, FILE *file)
{
    const struct evening_config *cfg = &options->evening;
    struct evening_start *starts;
    uint32_t count;
    int rc = evening_draw(evening, 0, cfg->minutes * 60, &starts, &count);

    if (rc != 0)
        return rc;
    fputs("# offset_seconds viewer media profile region device segments_to_watch\n", file);
    for (uint32_t i = 0; i < count; i++)
        fprintf(file, "%.3f v%05" PRIu32 " %s %s %u %u %" PRIu32 "\n", starts[i].offset_s,
                starts[i].viewer, options->titles[starts[i].title],
                cfg->profiles[starts[i].profile].name, starts[i].region, starts[i].device,
                starts[i].segments);
    free(starts);
    return 0;
}

static int write_truth(const struct options *options, const struct evening *evening, FILE *file)
{
    double flash_s;
    const uint32_t flash = evening_flash(evening, &flash_s);

    if (flash != UINT32_MAX)
        fprintf(file, "# flash media=%s offset_seconds=%.0f\n", options->titles[flash], flash_s);
    fputs("# media offset_seconds starts_in_5_min\n", file);
    for (uint32_t i = 0; i < options->evening.title_count; i++)
        for (int64_t at = 0; at < options->evening.minutes * 60; at += EVENING_STEP_S)
            fprintf(file, "%s %" PRId64 " %.6f\n", options->titles[i], at,
                    evening_rate(evening, i, at));
    return 0;
}

static int run(struct options *options)
{
    struct evening *evening = NULL;
    int rc = name_titles(options);

    if (rc == 0)
        rc = evening_create(&evening, &options->evening);
    if (rc == 0)
        rc = write_file(options, options->history_path, evening, write_history);
    if (rc == 0)
        rc = write_file(options, options->session_path, evening, write_session);
    if (rc == 0)
        rc = write_file(options, options->truth_path, evening, write_truth);
    evening_destroy(evening);
    free(options->titles);
    return rc;
}

int main(int argc, char **argv)
{
    struct options options = {
        .t0_s = 1700000000,
        .evening = { .seed = 1,
                     .title_count = 100,
                     .never_seen = 5,
                     .minutes = 30,
                     .starts = 300.0,
                     .history_days = 7,
                     .flash = EVENING_FLASH_AUTO,
                     .segments = 15,
                     .skew_percent = 100,
                     .profile_count = 3,
                     .profiles = { { "mobile-360p", 1, 0.4 },
                                   { "tablet-480p", 2, 0.2 },
                                   { "tv-720p", 3, 0.4 } } },
    };
    int rc;

    if (!parse(&options, argc, argv)) {
        fputs(usage, stderr);
        return EXIT_FAILURE;
    }
    rc = run(&options);
    if (rc != 0)
        fprintf(stderr, "prestage-workload: %s\n", strerror(-rc));
    return rc == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
