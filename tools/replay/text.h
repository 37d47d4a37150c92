/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/replay/text.h - a text file line by line: comments and empty lines left out, lines and bad
 * ones counted. Threads: none.
 */
#ifndef PS_TOOLS_REPLAY_TEXT_H
#define PS_TOOLS_REPLAY_TEXT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define REPLAY_LINE_CHARS 8192

struct replay_progress;

struct replay_text {
    FILE *file;
    struct replay_progress *progress; /* or NULL */
    char line[REPLAY_LINE_CHARS];
    bool is_whole; /* false: the line was longer; the rest of it was skipped */
    uint64_t line_count;
    uint64_t bad_lines;
    uint64_t first_bad_line; /* from 1; 0: none */
};

/** The next line that says something. @return false at the end, or when ferror(). */
bool replay_text_next(struct replay_text *text);

/** The line makes no sense. */
void replay_text_bad(struct replay_text *text);

/** A file by name, - for standard input. @return 0 or -errno. */
int replay_text_open(struct replay_text *ret_text, const char *path,
                     struct replay_progress *progress);
void replay_text_close(struct replay_text *text);

#endif
