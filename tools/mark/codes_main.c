/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/mark/codes_main.c - prestage-mark codes: makes a code book (host/watermark/book.h). */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/base/mem.h"
#include "host/watermark/book.h"
#include "tools/mark/command.h"

#define SEGMENTS_DEFAULT  1800u
#define COLLUDERS_DEFAULT 4u

struct options {
    struct mark_key_options key;
    uint64_t viewers, segments, colluders, first;
    const char *out;
    bool is_quiet;
};

static void print_usage(FILE *file)
{
    fputs("usage: prestage-mark codes --viewers N --key HEX [options]\n"
          "Make a code book: which viewer gets variant A or B of which segment. Keep it secret.\n",
          file);
    fputs(mark_key_help, file);
    fputs("  --viewers N            viewers, whose ids are 1 to N\n"
          "  --segments N           segments, at most 16384; 1800, an hour at 2 s\n"
          "  --first N              number of the first segment; 0\n"
          "  --colluders N          who may work together, at most 32; 4. 1: nobody, the shortest\n"
          "  --out FILE             a new file, for its owner alone; standard output\n"
          "  --quiet                no progress on stderr\n"
          "  --help                 this text\n",
          file);
}

enum { KEY, SECRET_FILE, MEDIA, VIEWERS, SEGMENTS, FIRST, COLLUDERS, OUT, QUIET, HELP };

static const struct option long_options[] = {
    { "key", required_argument, NULL, KEY },
    { "secret-file", required_argument, NULL, SECRET_FILE },
    { "media", required_argument, NULL, MEDIA },
    { "viewers", required_argument, NULL, VIEWERS },
    { "segments", required_argument, NULL, SEGMENTS },
    { "first", required_argument, NULL, FIRST },
    { "colluders", required_argument, NULL, COLLUDERS },
    { "out", required_argument, NULL, OUT },
    { "quiet", no_argument, NULL, QUIET },
    { "help", no_argument, NULL, HELP },
    { 0 },
};

static bool set_option(void *arg, int option)
{
    struct options *options = arg;
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
    case VIEWERS:
        return mark_number("--viewers", optarg, 1, PS_CODES_VIEWERS_MAX, &options->viewers);
    case SEGMENTS:
        return mark_number("--segments", optarg, 1, PS_CODES_SEGMENTS_MAX, &options->segments);
    case FIRST:
        return mark_number("--first", optarg, 0, PS_BOOK_FIRST_MAX, &options->first);
    case COLLUDERS:
        return mark_number("--colluders", optarg, 1, PS_CODES_COLLUDERS_MAX, &options->colluders);
    case OUT:
        options->out = optarg;
        return true;
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
    if (optind != argc || options->viewers == 0) {
        mark_say("codes: give --viewers and a key; --help says more");
        return -EINVAL;
    }
    return 0;
}

static void write_head(FILE *file, const struct options *options, const struct ps_codes *codes)
{
    fprintf(file, "prestage-codes 1\ncolluders %u\nfirst %u\nsegments %u\nviewers %u\nbiases ",
            (unsigned)options->colluders, (unsigned)options->first, codes->segment_count,
            (unsigned)options->viewers);
    for (uint32_t i = 0; i < codes->segment_count; i++)
        fprintf(file, "%04x", codes->bias[i]);
    fputc('\n', file);
}

static void write_viewers(FILE *file, const struct options *options, const struct ps_codes *codes)
{
    static uint8_t bits[PS_CODES_BYTES_MAX];
    static char text[2 * PS_CODES_BYTES_MAX + 1];
    const uint32_t digits = (codes->segment_count + 3) / 4;
    struct mark_progress progress = { .is_quiet = options->is_quiet };

    for (uint64_t viewer = 1; viewer <= options->viewers && !ferror(file); viewer++) {
        ps_codes_word(codes, viewer, bits);
        ps_book_hex(bits, PS_CODES_BYTES(codes->segment_count), text);
        fprintf(file, "%llu %.*s\n", (unsigned long long)viewer, (int)digits, text);
        if (viewer % 4096 == 0)
            mark_tell(&progress, "writing", (double)viewer, (double)options->viewers, "viewers");
    }
}

/* A book is secret, and one that was given out must not be overwritten. */
static FILE *open_out(const char *path)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;

    if (file == NULL) {
        mark_say("%s: %s", path, strerror(errno));
        if (fd >= 0)
            close(fd);
    }
    return file;
}

static int write_book(const struct options *options, const struct ps_codes *codes)
{
    FILE *file = options->out != NULL ? open_out(options->out) : stdout;
    bool is_written;

    if (file == NULL)
        return MARK_FAILED;
    write_head(file, options, codes);
    write_viewers(file, options, codes);
    is_written = fflush(file) == 0 && !ferror(file);
    if (!is_written)
        mark_say("%s: %s", options->out != NULL ? options->out : "standard output",
                 strerror(errno));
    if (file != stdout)
        fclose(file);
    return is_written ? EXIT_SUCCESS : MARK_FAILED;
}

int mark_codes_main(int argc, char **argv)
{
    struct options options = { .segments = SEGMENTS_DEFAULT, .colluders = COLLUDERS_DEFAULT };
    static struct ps_codes codes;
    uint64_t key;
    int rc = parse(&options, argc, argv);

    if (rc > 0)
        return EXIT_SUCCESS;
    if (rc < 0 || mark_key_of(&options.key, &key) != 0)
        return MARK_WRONG_USAGE;
    rc = ps_codes_draw(&codes, key, (uint32_t)options.colluders, (uint32_t)options.segments);
    if (rc != 0) {
        mark_say("codes: %s", strerror(-rc));
        return MARK_FAILED;
    }
    return write_book(&options, &codes);
}
