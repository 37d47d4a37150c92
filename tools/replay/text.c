/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/replay/text.c - see text.h. */
#include "tools/replay/text.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "tools/replay/progress.h"

/* @return false when the line went on; then the rest of it was skipped. */
static bool skip_rest(const char *line, FILE *file)
{
    int c;

    if (strchr(line, '\n') != NULL || strlen(line) < REPLAY_LINE_CHARS - 1)
        return true;
    c = getc(file);
    if (c == EOF || c == '\n')
        return true;
    while (c != EOF && c != '\n')
        c = getc(file);
    return false;
}

bool replay_text_next(struct replay_text *text)
{
    while (fgets(text->line, sizeof(text->line), text->file) != NULL) {
        text->is_whole = skip_rest(text->line, text->file);
        text->line_count++;
        if (replay_progress_is_due(text->progress))
            fprintf(stderr, "prestage-replay: reading lines=%" PRIu64 "\n", text->line_count);
        if (text->line[0] != '#' && text->line[strspn(text->line, " \t\r\n")] != '\0')
            return true;
    }
    return false;
}

void replay_text_bad(struct replay_text *text)
{
    if (text->bad_lines++ == 0)
        text->first_bad_line = text->line_count;
}

int replay_text_open(struct replay_text *ret_text, const char *path,
                     struct replay_progress *progress)
{
    *ret_text = (struct replay_text){ .progress = progress };
    ret_text->file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    return ret_text->file == NULL ? -errno : 0;
}

void replay_text_close(struct replay_text *text)
{
    if (text->file != NULL && text->file != stdin)
        fclose(text->file);
    text->file = NULL;
}
