/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/mark/embed_main.c - prestage-mark embed: marks a file by hand. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/mem.h"
#include "kernels/mark/mark.h"
#include "tools/mark/command.h"
#include "tools/mark/embed.h"

struct options {
    const char *in, *out;
    struct mark_key_options key;
    struct embed_config cfg;
    bool is_quiet;
};

static void print_usage(FILE *file)
{
    fputs("usage: prestage-mark embed IN OUT --key HEX --pattern ABAB [options]\n"
          "Mark IN (MP4 or Matroska) and encode it by the kernels as C into OUT, an MP4 without "
          "audio.\n",
          file);
    fputs(mark_key_help, file);
    fputs("  --pattern AB...        variants of the segments, over and over\n"
          "  --segment SECONDS      length of segments; 2. Rounded up to whole frames\n"
          "  --size WxH             even, not above IN's; IN's\n"
          "  --qp N                 constant quantiser, 10 to 51; 26\n"
          "  --effort N             of the encoder, 0 to 2; 1\n"
          "  --strength N           of the mark, 0 to 1024; 256 is nominal\n"
          "  --quiet                no progress on stderr\n"
          "  --help                 this text\n",
          file);
}

static bool set_pattern(struct options *options, const char *text)
{
    const size_t length = strlen(text);

    if (length < 1 || length > EMBED_PATTERN_MAX || strspn(text, "AB") != length) {
        mark_say("--pattern: give As and Bs, 1 to %u of them", EMBED_PATTERN_MAX);
        return false;
    }
    options->cfg.pattern = text;
    return true;
}

static bool set_size(struct options *options, const char *text)
{
    char *end;
    const unsigned long width = strtoul(text, &end, 10);
    const unsigned long height = *end == 'x' ? strtoul(end + 1, &end, 10) : 0;

    if (*end != '\0' || width < 16 || height < 16 || width % 2 != 0 || height % 2 != 0 ||
        width > PSK_ENC_WIDTH_MAX || height > PSK_ENC_HEIGHT_MAX) {
        mark_say("--size %s: give even sides as 640x360, from 16x16 to %ux%u", text,
                 PSK_ENC_WIDTH_MAX, PSK_ENC_HEIGHT_MAX);
        return false;
    }
    options->cfg.width = (uint32_t)width;
    options->cfg.height = (uint32_t)height;
    return true;
}

enum { KEY, SECRET_FILE, MEDIA, PATTERN, SEGMENT, SIZE, QP, EFFORT, STRENGTH, QUIET, HELP };

static const struct option long_options[] = {
    { "key", required_argument, NULL, KEY },
    { "secret-file", required_argument, NULL, SECRET_FILE },
    { "media", required_argument, NULL, MEDIA },
    { "pattern", required_argument, NULL, PATTERN },
    { "segment", required_argument, NULL, SEGMENT },
    { "size", required_argument, NULL, SIZE },
    { "qp", required_argument, NULL, QP },
    { "effort", required_argument, NULL, EFFORT },
    { "strength", required_argument, NULL, STRENGTH },
    { "quiet", no_argument, NULL, QUIET },
    { "help", no_argument, NULL, HELP },
    { 0 },
};

static bool set_number(const char *name, uint64_t min, uint64_t max, uint32_t *ret_number)
{
    uint64_t number;

    if (!mark_number(name, optarg, min, max, &number))
        return false;
    *ret_number = (uint32_t)number;
    return true;
}

static bool set_option(void *arg, int option)
{
    struct options *options = arg;
    uint64_t segment_ns;

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
    case PATTERN:
        return set_pattern(options, optarg);
    case SEGMENT:
        if (!mark_seconds("--segment", optarg, &segment_ns))
            return false;
        options->cfg.segment_ms = (uint32_t)(segment_ns / 1000000);
        return true;
    case SIZE:
        return set_size(options, optarg);
    case QP:
        return set_number("--qp", 10, 51, &options->cfg.qp);
    case EFFORT:
        return set_number("--effort", 0, PSK_ENC_EFFORT_MAX, &options->cfg.effort);
    case STRENGTH:
        return set_number("--strength", 0, PSK_MARK_STRENGTH_MAX, &options->cfg.strength);
    case QUIET:
        options->is_quiet = true;
        return true;
    default:
        return false;
    }
}

static int parse(struct options *options, int argc, char **argv)
{
    const struct mark_command_line line = { long_options, HELP, set_option, print_usage };
    const int rc = mark_parse(&line, options, argc, argv);

    if (rc != 0)
        return rc;
    if (optind != argc - 2 || options->cfg.pattern == NULL) {
        mark_say("embed: give IN, OUT, a key and --pattern; --help says more");
        return -EINVAL;
    }
    options->in = argv[optind];
    options->out = argv[optind + 1];
    return 0;
}

/* @return 0 or a negative errno; @p bytes are freed. */
static int put(FILE *file, struct ps_segment_bytes *bytes)
{
    const size_t put_bytes = fwrite(bytes->data, 1, bytes->size_bytes, file);

    free(bytes->data);
    return put_bytes == bytes->size_bytes ? 0 : -errno;
}

static int write_all(struct embed *embed, FILE *file, bool is_quiet)
{
    struct mark_progress progress = { .is_quiet = is_quiet };
    const uint32_t count = embed_segment_count(embed);
    struct ps_segment_bytes bytes;
    int rc = embed_init_segment(embed, &bytes);

    if (rc == 0)
        rc = put(file, &bytes);
    for (uint32_t i = 0; i < count && rc == 0; i++) {
        rc = embed_segment(embed, i, &bytes);
        if (rc == 0)
            rc = put(file, &bytes);
        mark_tell(&progress, "marking", i + 1.0, count, "segments");
    }
    return rc;
}

static int write_file(struct embed *embed, const struct options *options)
{
    FILE *file = fopen(options->out, "we");
    int rc;

    if (file == NULL) {
        mark_say("%s: %s", options->out, strerror(errno));
        return MARK_FAILED;
    }
    rc = write_all(embed, file, options->is_quiet);
    if (fclose(file) != 0 && rc == 0)
        rc = -errno;
    if (rc == 0)
        return EXIT_SUCCESS;
    mark_say("%s to %s: %s", options->in, options->out, strerror(-rc));
    remove(options->out); /* half a file is none */
    return MARK_FAILED;
}

static int embed_file(struct options *options)
{
    const struct ps_source_options how = { 0 };
    struct ps_source *source = NULL;
    struct embed *embed = NULL;
    int status = MARK_FAILED;
    int rc = ps_source_open(&source, options->in, &how);

    if (rc == 0 && !ps_source_info(source)->has_video)
        rc = -ENOTSUP;
    if (rc == 0 && options->cfg.width == 0) {
        options->cfg.width = ps_source_info(source)->width;
        options->cfg.height = ps_source_info(source)->height;
    }
    if (rc == 0)
        rc = embed_create(&embed, &options->cfg, source);
    if (rc == 0)
        status = write_file(embed, options);
    else
        mark_say("%s: %s", options->in,
                 rc == -EINVAL ? "a size or frame rate that the encoder does not take; try --size"
                 : rc == -ENOTSUP ? "not an MP4 or Matroska file with video that can be decoded"
                                  : strerror(-rc));
    embed_destroy(embed);
    ps_source_close(source);
    return status;
}

int mark_embed_main(int argc, char **argv)
{
    struct options options = {
        .cfg = { .segment_ms = 2000, .qp = 26, .effort = 1, .strength = 256 },
    };
    const int rc = parse(&options, argc, argv);

    if (rc > 0)
        return EXIT_SUCCESS;
    if (rc < 0 || mark_key_of(&options.key, &options.cfg.key) != 0)
        return MARK_WRONG_USAGE;
    return embed_file(&options);
}
