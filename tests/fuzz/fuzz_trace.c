/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/fuzz/fuzz_trace.c - text that people hand to prestage-replay: traces, hints, figures to
 * draw.
 *
 * Input: a byte that says as what it is read, then the text. What is read is in order and adds up;
 * the same text with other ends of lines reads the same; what is refused is refused with a reason.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/pool.h"
#include "tools/replay/hints.h"
#include "tools/replay/plot_table.h"
#include "tools/replay/trace.h"

#define TIME_MOST_NS (10000000000ull * 1000000000ull)

static FILE *open_text(const uint8_t *text, size_t count)
{
    FILE *file = fopen(fuzz_file(text, count), "re");

    FUZZ_REQUIRE(file != NULL);
    return file;
}

static void require_whole(const struct replay_trace *trace)
{
    uint32_t in_all = 0;

    FUZZ_REQUIRE(trace->request_count > 0 && trace->resource_count > 0);
    for (uint32_t i = 0; i < trace->request_count; i++) {
        const struct replay_request *request = &trace->requests[i];

        FUZZ_REQUIRE(request->time_ns <= TIME_MOST_NS);
        FUZZ_REQUIRE(i == 0 || request[-1].time_ns <= request->time_ns);
        FUZZ_REQUIRE(request->idx < trace->resource_count);
        FUZZ_REQUIRE(replay_trace_find(trace, &request->resource) == request->idx);
    }
    for (uint32_t r = 0; r < trace->resource_count; r++) {
        const uint32_t starts = replay_trace_starts(trace, r, 0, UINT64_MAX);

        FUZZ_REQUIRE(trace->first[r] < trace->first[r + 1]);
        FUZZ_REQUIRE(starts <= trace->first[r + 1] - trace->first[r]); /* less those at time 0 */
        in_all += trace->first[r + 1] - trace->first[r];
    }
    FUZZ_REQUIRE(in_all == trace->request_count + fuzz_breaks);
}

static int read_trace(const uint8_t *text, size_t count, enum replay_format format,
                      struct replay_trace *ret)
{
    FILE *file = open_text(text, count);
    const int rc = replay_trace_read(ret, file, format, NULL);

    fclose(file);
    FUZZ_REQUIRE(rc == 0 || rc == -EINVAL || rc == -ENOMSG || rc == -EBADMSG);
    FUZZ_REQUIRE(ret->bad_lines <= ret->line_count && ret->first_bad_line <= ret->line_count);
    FUZZ_REQUIRE((ret->bad_lines > 0) == (ret->first_bad_line > 0));
    if (rc == 0)
        require_whole(ret);
    return rc;
}

/* @return The text with a CR before each LF; lines may become too long for it by that. */
static uint8_t *with_returns(const uint8_t *text, size_t count, size_t *ret_count)
{
    uint8_t *longer = malloc(2 * count + 1);

    FUZZ_REQUIRE(longer != NULL);
    *ret_count = 0;
    for (size_t i = 0; i < count; i++) {
        if (text[i] == '\n')
            longer[(*ret_count)++] = '\r';
        longer[(*ret_count)++] = text[i];
    }
    return longer;
}

static bool has_long_line(const uint8_t *text, size_t count)
{
    size_t length = 0;

    for (size_t i = 0; i < count; i++) {
        length = text[i] == '\n' ? 0 : length + 1;
        if (length > 1000)
            return true;
    }
    return false;
}

static void fuzz_trace(const uint8_t *text, size_t count, enum replay_format format)
{
    struct replay_trace once, again;
    const int rc = read_trace(text, count, format, &once);

    if (!has_long_line(text, count)) {
        size_t longer_count;
        uint8_t *longer = with_returns(text, count, &longer_count);

        FUZZ_REQUIRE(read_trace(longer, longer_count, format, &again) == rc);
        FUZZ_REQUIRE(again.line_count == once.line_count && again.bad_lines == once.bad_lines);
        FUZZ_REQUIRE(again.request_count == once.request_count);
        for (uint32_t i = 0; rc == 0 && i < once.request_count; i++)
            FUZZ_REQUIRE(again.requests[i].time_ns == once.requests[i].time_ns &&
                         again.requests[i].idx == once.requests[i].idx);
        replay_trace_fini(&again);
        free(longer);
    }
    replay_trace_fini(&once);
}

static void fuzz_hints(const uint8_t *text, size_t count)
{
    struct replay_text lines = { .file = open_text(text, count) };
    struct replay_hints hints;
    const int rc = replay_hints_read(&hints, &lines);

    fclose(lines.file);
    FUZZ_REQUIRE(rc == 0 || rc == -ENOMSG || rc == -EBADMSG);
    FUZZ_REQUIRE(hints.count + hints.bad_lines <= hints.line_count);
    FUZZ_REQUIRE((hints.bad_lines > 0) == (hints.first_bad_line > 0));
    for (uint32_t i = 0; rc == 0 && i < hints.count; i++) {
        const struct replay_hint *hint = &hints.items[i];

        FUZZ_REQUIRE(hint->emit_ns <= TIME_MOST_NS && hint->due_ns <= TIME_MOST_NS);
        FUZZ_REQUIRE(i == 0 || hint[-1].emit_ns <= hint->emit_ns);
        FUZZ_REQUIRE(hint->line < hints.count);
    }
    replay_hints_fini(&hints);
}

static void fuzz_table(const uint8_t *text, size_t count, const struct plot_form *form)
{
    FILE *file = open_text(text, count);
    struct plot_table table;
    const int rc =
        form != NULL ? plot_table_read_csv(&table, file, form) : plot_table_read_hits(&table, file);

    fclose(file);
    FUZZ_REQUIRE(rc == 0 || rc == -EINVAL);
    FUZZ_REQUIRE((rc == 0) == (table.why[0] == '\0'));
    FUZZ_REQUIRE(rc != 0 || table.row_count > 0);
    for (uint32_t r = 0; r < table.row_count; r++) {
        const struct plot_row *row = &table.rows[r];

        FUZZ_REQUIRE(memchr(row->word, '\0', sizeof(row->word)) != NULL);
        FUZZ_REQUIRE((row->word[0] == '\0') == (form != NULL && form->word == NULL));
        for (unsigned c = 0; form != NULL && form->columns[c].name != NULL; c++)
            FUZZ_REQUIRE(row->values[c] >= form->columns[c].least &&
                         row->values[c] <= form->columns[c].most);
        FUZZ_REQUIRE(form != NULL || (row->values[0] > 0.0 && row->values[1] <= 1.0));
    }
    plot_table_fini(&table);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const enum replay_format formats[] = { REPLAY_HISTORY, REPLAY_TRACE, REPLAY_CSV,
                                                  REPLAY_AUTO };
    struct fuzz_input input = { data, size };
    const uint8_t as = fuzz_take_u8(&input) % 8;

    if (as < 4)
        fuzz_trace(input.at, input.left, formats[as]);
    else if (as == 7)
        fuzz_hints(input.at, input.left);
    else
        fuzz_table(input.at, input.left,
                   as == 4   ? &plot_form_calibration
                   : as == 5 ? &plot_form_curves
                             : NULL);
    fuzz_pool_require_free();
    return 0;
}
