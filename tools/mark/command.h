/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/mark/command.h - the subcommands of prestage-mark and what they share: the key, messages,
 * progress. Threads: one.
 */
#ifndef PS_TOOLS_MARK_COMMAND_H
#define PS_TOOLS_MARK_COMMAND_H

#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Exit statuses beside EXIT_SUCCESS. */
#define MARK_FAILED      1
#define MARK_WRONG_USAGE 2

/* Each takes its own name as argv[0]. @return the exit status. */
int mark_read_main(int argc, char **argv);
int mark_embed_main(int argc, char **argv);
int mark_codes_main(int argc, char **argv);

/* "prestage-mark: ..." on stderr. */
void mark_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* How a subcommand reads its options. */
struct mark_command_line {
    const struct option *options; /* as getopt_long() takes them */
    int help;                     /* its value among them */
    /** Take one, its argument in optarg. @return false after having said what is wrong. */
    bool (*set)(void *options, int option);
    void (*print_usage)(FILE *file);
};

/** @return 0 with optind behind the options, 1 when help was printed, or -EINVAL when what is wrong
 * was said. */
int mark_parse(const struct mark_command_line *line, void *options, int argc, char **argv);

/* What is given of a key: one of key, or secret_file and media. */
struct mark_key_options {
    const char *key;
    const char *secret_file;
    const char *media;
};
extern const char mark_key_help[];

/** @return 0, or -EINVAL or open's errno after having said what is wrong. */
int mark_key_of(const struct mark_key_options *options, uint64_t *ret_key);

/** A whole number from @p min to @p max. @return false after having said what is wrong. */
bool mark_number(const char *option, const char *text, uint64_t min, uint64_t max,
                 uint64_t *ret_number);
/** Seconds with a fraction, in nanoseconds. @return false after having said what is wrong. */
bool mark_seconds(const char *option, const char *text, uint64_t *ret_ns);
/** NUM or NUM/DEN. @return false after having said what is wrong. */
bool mark_rate(const char *option, const char *text, uint32_t *ret_num, uint32_t *ret_den);

/* A line on stderr that says how far it got, every few seconds; silent with is_quiet. */
struct mark_progress {
    bool is_quiet;
    uint64_t told_ns;
};
void mark_tell(struct mark_progress *progress, const char *what, double done, double all,
               const char *unit);

/** Nanoseconds of a segment: @p asked_ns rounded up to whole frames, as prestaged cuts. */
uint64_t mark_whole_frames(uint64_t asked_ns, uint32_t fps_num, uint32_t fps_den);

#endif
