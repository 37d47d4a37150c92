/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/mark/read_main.c - prestage-mark read: bits out of a recording. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/mem.h"
#include "host/media/watch.h"
#include "tools/mark/report.h"

#define SEGMENT_NS_DEFAULT 2000000000ull
#define STARTS_DEFAULT     1800u

struct options {
    const char *file;
    const char *codes;
    struct mark_key_options key;
    uint64_t segment_ns;
    uint32_t fps_num, fps_den; /* of the marked title; 0 when not given */
    bool has_first;
    uint32_t first, starts;
    enum ps_mark_effort effort;
    bool is_json, is_quiet;
};

static void print_usage(FILE *file)
{
    fputs("usage: prestage-mark read FILE|URL --key HEX [options]\n"
          "Read the watermark's bits out of whatever libavformat opens; A+ and B- by segment.\n",
          file);
    fputs(mark_key_help, file);
    fputs("  --segment SECONDS      length of the title's segments; 2. Rounded up to whole frames\n"
          "  --fps NUM[/DEN]        frames a second of the marked title; as in FILE\n"
          "  --first N              segment that FILE begins with, if known\n"
          "  --starts N             first segments tried below N, when not as expected; 1800\n"
          "  --search EFFORT        none, normal (crops up to 12 %) or wide (crops and bars up to "
          "30 %)\n"
          "  --codes FILE           code book: which viewers have these bits?\n"
          "  --json                 one JSON object\n"
          "  --quiet                no progress on stderr\n"
          "  --help                 this text\n",
          file);
}

static bool set_effort(struct options *options, const char *text)
{
    static const char *const names[] = { "none", "normal", "wide" };

    for (size_t i = 0; i < PS_ARRAY_LEN(names); i++)
        if (strcmp(text, names[i]) == 0) {
            options->effort = (enum ps_mark_effort)i;
            return true;
        }
    mark_say("--search %s: give none, normal or wide", text);
    return false;
}

enum { KEY, SECRET_FILE, MEDIA, SEGMENT, FPS, FIRST, STARTS, SEARCH, CODES, JSON, QUIET, HELP };

static const struct option long_options[] = {
    { "key", required_argument, NULL, KEY },
    { "secret-file", required_argument, NULL, SECRET_FILE },
    { "media", required_argument, NULL, MEDIA },
    { "segment", required_argument, NULL, SEGMENT },
    { "fps", required_argument, NULL, FPS },
    { "first", required_argument, NULL, FIRST },
    { "starts", required_argument, NULL, STARTS },
    { "search", required_argument, NULL, SEARCH },
    { "codes", required_argument, NULL, CODES },
    { "json", no_argument, NULL, JSON },
    { "quiet", no_argument, NULL, QUIET },
    { "help", no_argument, NULL, HELP },
    { 0 },
};

static bool set_option(void *arg, int option)
{
    struct options *options = arg;
    uint64_t number;

    switch (option) {
    case KEY:
        options->key.key = optarg;
        return true;
    case SECRET_FILE:
        options->key.secret_file = optarg;
        return true;
    case MEDIA:
        options->key.media = optarg;
        return true;
    case SEGMENT:
        return mark_seconds("--segment", optarg, &options->segment_ns);
    case FPS:
        return mark_rate("--fps", optarg, &options->fps_num, &options->fps_den);
    case FIRST:
        if (!mark_number("--first", optarg, 0, UINT32_MAX / 2, &number))
            return false;
        options->has_first = true;
        options->first = (uint32_t)number;
        return true;
    case STARTS:
        if (!mark_number("--starts", optarg, 0, PS_MARK_STARTS_MAX, &number))
            return false;
        options->starts = (uint32_t)number;
        return true;
    case SEARCH:
        return set_effort(options, optarg);
    case CODES:
        options->codes = optarg;
        return true;
    case JSON:
        options->is_json = true;
        return true;
    case QUIET:
        options->is_quiet = true;
        return true;
    default:
        return false;
    }
}

/* @return 0, 1 when help was printed, or -EINVAL after having said what is wrong. */
static int parse(struct options *options, int argc, char **argv)
{
    const struct mark_command_line line = { long_options, HELP, set_option, print_usage };
    const int rc = mark_parse(&line, options, argc, argv);

    if (rc != 0)
        return rc;
    if (optind != argc - 1) {
        mark_say("read: give one file or URL; --help says more");
        return -EINVAL;
    }
    options->file = argv[optind];
    return 0;
}

static void tell_search(void *arg, const char *what, double share)
{
    char text[64];

    snprintf(text, sizeof(text), "searching %s", what);
    mark_tell(arg, text, 100 * share, 100, "%");
}

static int watch_all(struct ps_watch *watch, struct ps_mark_reader *reader,
                     struct mark_progress *progress)
{
    const double all_s = (double)ps_watch_info(watch)->duration_ns / 1e9;
    struct ps_watch_picture picture;
    uint32_t count = 0;
    int rc;

    while ((rc = ps_watch_next(watch, &picture)) == 1) {
        count++;
        rc = ps_mark_reader_add(reader, picture.time_ns, picture.luma, picture.stride_bytes,
                                picture.width, picture.height);
        if (rc != 0)
            return rc;
        mark_tell(progress, "reading", (double)picture.time_ns / 1e9, all_s, "s");
    }
    if (rc == 0 && count == 0)
        return -ENODATA;
    return rc == 0 ? ps_mark_reader_finish(reader) : rc;
}

static const char *why_not(int rc)
{
    switch (rc) {
    case -ENOTSUP:
        return "no video that can be decoded";
    case -ENODATA:
        return "no picture in it";
    case -E2BIG:
        return "too long: more segments than can be read";
    default:
        return strerror(-rc);
    }
}

static int create_reader(const struct options *options, const struct ps_watch_info *info,
                         uint64_t key, struct mark_progress *progress, uint64_t *ret_segment_ns,
                         struct ps_mark_reader **ret_reader)
{
    const uint32_t fps_num = options->fps_num > 0 ? options->fps_num : info->fps_num;
    const uint32_t fps_den = options->fps_num > 0 ? options->fps_den : info->fps_den;
    struct ps_mark_reader_config cfg = { .key = key,
                                         .start_end = options->starts,
                                         .effort = options->effort,
                                         .progress = tell_search,
                                         .progress_arg = progress };

    cfg.segment_ns = fps_num > 0 ? mark_whole_frames(options->segment_ns, fps_num, fps_den)
                                 : options->segment_ns;
    cfg.start_expected = options->has_first
                             ? options->first
                             : (uint32_t)((info->start_ns + cfg.segment_ns / 2) / cfg.segment_ns);
    *ret_segment_ns = cfg.segment_ns;
    return ps_mark_reader_create(ret_reader, &cfg);
}

static int print(const struct options *options, struct ps_watch *watch,
                 const struct ps_mark_reader *reader, uint64_t segment_ns,
                 struct mark_progress *progress)
{
    struct suspects suspects;
    struct report report = { .file = options->file,
                             .segment_ns = segment_ns,
                             .damaged = ps_watch_damaged(watch),
                             .found = ps_mark_reader_found(reader) };

    report.bits = ps_mark_reader_bits(reader, &report.bit_count);
    if (options->codes != NULL) {
        if (suspects_find(options->codes, report.bits, report.bit_count, progress, &suspects) != 0)
            return MARK_FAILED;
        report.suspects = &suspects;
    }
    if (!options->is_json)
        report_print(stdout, &report);
    else if (report_print_json(stdout, &report) != 0)
        return MARK_FAILED;
    return fflush(stdout) == 0 ? EXIT_SUCCESS : MARK_FAILED;
}

static int read_file(const struct options *options, uint64_t key)
{
    struct mark_progress progress = { .is_quiet = options->is_quiet };
    struct ps_mark_reader *reader = NULL;
    struct ps_watch *watch = NULL;
    uint64_t segment_ns = 0;
    int status = MARK_FAILED;
    int rc = ps_watch_open(&watch, options->file);

    if (rc == 0)
        rc = create_reader(options, ps_watch_info(watch), key, &progress, &segment_ns, &reader);
    if (rc == 0)
        rc = watch_all(watch, reader, &progress);
    if (rc == 0)
        status = print(options, watch, reader, segment_ns, &progress);
    else
        mark_say("%s: %s", options->file, why_not(rc));
    ps_mark_reader_destroy(reader);
    ps_watch_close(watch);
    return status;
}

int mark_read_main(int argc, char **argv)
{
    struct options options = { .segment_ns = SEGMENT_NS_DEFAULT,
                               .starts = STARTS_DEFAULT,
                               .effort = PS_MARK_EFFORT_NORMAL };
    uint64_t key;
    const int rc = parse(&options, argc, argv);

    if (rc > 0)
        return EXIT_SUCCESS;
    if (rc < 0)
        return MARK_WRONG_USAGE;
    if (mark_key_of(&options.key, &key) != 0)
        return MARK_WRONG_USAGE;
    return read_file(&options, key);
}
