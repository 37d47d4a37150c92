/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/replay/hints.c - see hints.h. */
#include "tools/replay/hints.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/mem.h"
#include "host/request/fields.h"
#include "tools/replay/trace.h"

enum column { EMIT, DUE, OBJ, DEVICE, USER };

static const char *const names[] = {
    [EMIT] = "emit_t", [DUE] = "due_t", [OBJ] = "obj", [DEVICE] = "device", [USER] = "user"
};

static int by_time(const void *a, const void *b)
{
    const struct replay_hint *x = a, *y = b;

    if (x->emit_ns != y->emit_ns)
        return (x->emit_ns > y->emit_ns) - (x->emit_ns < y->emit_ns);
    return (x->line > y->line) - (x->line < y->line);
}

static bool parse(const struct ps_columns *columns, const char *line, struct replay_hint *ret)
{
    struct ps_field fields[PS_FIELDS_NAMED_MAX], user;
    double device;

    *ret = (struct replay_hint){ 0 };
    if (!ps_fields_split(columns, line, fields) || !ps_field_time(fields[EMIT], &ret->emit_ns) ||
        !ps_field_time(fields[DUE], &ret->due_ns) ||
        !ps_field_object(fields[OBJ], &ret->resource) ||
        !ps_field_whole(fields[DEVICE], -1.0, UINT8_MAX, &device) ||
        !ps_field_user(fields[USER], &user))
        return false;
    ret->source_key = replay_user_key(user);
    ret->device = device < 0.0 ? 0 : (uint8_t)device;
    ret->has_profile = memchr(fields[OBJ].text, '/', fields[OBJ].length) != NULL;
    return true;
}

int replay_hints_room(struct replay_hints *hints, uint32_t *capacity)
{
    struct replay_hint *more;

    if (hints->count < *capacity)
        return 0;
    if (*capacity >= REPLAY_HINTS_MAX)
        return -EFBIG;
    *capacity = *capacity == 0 ? 1024 : *capacity * 2;
    more = ps_realloc(hints->items, *capacity, sizeof(*more));
    if (more == NULL)
        return -ENOMEM;
    hints->items = more;
    return 0;
}

void replay_hints_sort(struct replay_hints *hints)
{
    if (hints->count > 0)
        qsort(hints->items, hints->count, sizeof(*hints->items), by_time);
}

/* @return 0, -ENOMSG or -EBADMSG. */
static int take(struct replay_hints *hints, struct ps_columns *columns, struct replay_text *text)
{
    struct replay_hint *hint = &hints->items[hints->count];

    if (strchr(text->line, '"') != NULL)
        return -EBADMSG;
    if (columns->column_count == 0)
        return text->is_whole && ps_columns_find(columns, text->line) == 0 ? 0 : -ENOMSG;
    if (text->is_whole && parse(columns, text->line, hint))
        hint->line = hints->count++;
    else
        replay_text_bad(text);
    return 0;
}

int replay_hints_read(struct replay_hints *ret_hints, struct replay_text *text)
{
    struct ps_columns columns = { .names = names,
                                  .name_count = PS_ARRAY_LEN(names),
                                  .required = OBJ + 1 };
    uint32_t capacity = 0;
    int rc = 0;

    *ret_hints = (struct replay_hints){ 0 };
    while (rc == 0 && replay_text_next(text)) {
        rc = replay_hints_room(ret_hints, &capacity);
        if (rc == 0)
            rc = take(ret_hints, &columns, text);
    }
    ret_hints->line_count = text->line_count;
    ret_hints->bad_lines = text->bad_lines;
    ret_hints->first_bad_line = text->first_bad_line;
    if (rc != 0)
        return rc;
    if (ferror(text->file))
        return -EIO;
    if (columns.column_count == 0)
        return -ENOMSG;
    replay_hints_sort(ret_hints);
    return 0;
}

int replay_hints_open(struct replay_hints *ret_hints, const char *path,
                      struct replay_progress *progress)
{
    struct replay_text text;
    int rc = replay_text_open(&text, path, progress);

    *ret_hints = (struct replay_hints){ 0 };
    if (rc == 0)
        rc = replay_hints_read(ret_hints, &text);
    replay_text_close(&text);
    return rc;
}

void replay_hints_fini(struct replay_hints *hints)
{
    free(hints->items);
}

void replay_hints_complain(const struct replay_hints *hints, const char *path, int rc)
{
    if (rc == -EBADMSG)
        fprintf(stderr, "prestage-replay: %s:%" PRIu64 ": quoted fields are not understood\n", path,
                hints->line_count);
    else if (rc == -ENOMSG)
        fprintf(stderr,
                "prestage-replay: %s:%" PRIu64
                ": no header with emit_t, due_t and obj, no column twice\n",
                path, hints->line_count);
    else if (rc != 0)
        fprintf(stderr, "prestage-replay: %s: %s\n", path, strerror(-rc));
    if (hints->bad_lines > 0)
        fprintf(stderr, "prestage-replay: %s:%" PRIu64 ": the first of %" PRIu64 " bad lines\n",
                path, hints->first_bad_line, hints->bad_lines);
}
