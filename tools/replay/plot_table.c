/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/replay/plot_table.c - see plot_table.h. */
#include "tools/replay/plot_table.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/mem.h"

#define LINE_CHARS     1024
#define CSV_FIELDS_MAX 64u
#define HIT            "hit_"
#define HITS_MAX       1024u
#define COUNT_MOST     1e15

const struct plot_form plot_form_calibration = {
    .word = "horizon",
    .columns = { { "said", 0, 1 }, { "happened", 0, 1 }, { "rows", 1, COUNT_MOST } },
};

const struct plot_form plot_form_curves = {
    .columns = { { "start_s", 0, 1e10 },
                 { "actual", 0, COUNT_MOST },
                 { "expected", 0, COUNT_MOST },
                 { "q10", 0, COUNT_MOST },
                 { "q25", 0, COUNT_MOST },
                 { "q75", 0, COUNT_MOST },
                 { "q90", 0, COUNT_MOST } },
};

struct csv {
    const struct plot_form *form;
    uint32_t field_count; /* 0: no header yet */
    uint32_t word_at;     /* which field */
    uint32_t value_at[PLOT_COLUMNS_MAX];
};

__attribute__((format(printf, 2, 3))) static int refuse(struct plot_table *table,
                                                        const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(table->why, sizeof(table->why), format, args);
    va_end(args);
    return -EINVAL;
}

/* The next row to fill, NULL when there is no room. */
static struct plot_row *new_row(struct plot_table *table)
{
    const uint32_t count = table->row_count;

    if (count >= 64 ? (count & (count - 1)) == 0 : count == 0) {
        const uint32_t capacity = count == 0 ? 64 : 2 * count;
        struct plot_row *rows = ps_realloc(table->rows, capacity, sizeof(*rows));

        if (rows == NULL)
            return NULL;
        table->rows = rows;
    }
    table->rows[count] = (struct plot_row){ .word = "" };
    return &table->rows[count];
}

static char *trimmed(char *text)
{
    size_t length;

    text += strspn(text, " \t\r\n");
    length = strlen(text);
    while (length > 0 && isspace((unsigned char)text[length - 1]))
        text[--length] = '\0';
    return text;
}

/* Takes @p line apart. @return How many fields, at most one more than there is room for. */
static uint32_t split(char *line, char *fields[static CSV_FIELDS_MAX])
{
    uint32_t count = 0;

    for (char *rest = line, *field; (field = strsep(&rest, ",")) != NULL;) {
        if (count == CSV_FIELDS_MAX)
            return count + 1;
        fields[count++] = trimmed(field);
    }
    return count;
}

static int find_field(struct plot_table *table, char *fields[], uint32_t count, const char *name,
                      uint32_t *ret_at)
{
    bool found = false;

    for (uint32_t f = 0; f < count; f++) {
        if (strcmp(fields[f], name) != 0)
            continue;
        if (found)
            return refuse(table, "the header names %s twice", name);
        found = true;
        *ret_at = f;
    }
    return found ? 0 : refuse(table, "the header names no column %s", name);
}

static int take_header(struct plot_table *table, struct csv *csv, char *fields[], uint32_t count)
{
    const struct plot_form *form = csv->form;
    int rc = 0;

    if (form->word != NULL)
        rc = find_field(table, fields, count, form->word, &csv->word_at);
    for (uint32_t c = 0; rc == 0 && c < PLOT_COLUMNS_MAX && form->columns[c].name != NULL; c++)
        rc = find_field(table, fields, count, form->columns[c].name, &csv->value_at[c]);
    csv->field_count = count;
    return rc;
}

static int take_word(struct plot_table *table, const char *word, struct plot_row *row)
{
    const size_t length = strlen(word);

    if (length == 0 || length > PLOT_WORD_MAX)
        return refuse(table, "a name has 1 to %u characters", PLOT_WORD_MAX);
    for (size_t i = 0; i < length; i++)
        if (!isgraph((unsigned char)word[i]))
            return refuse(table, "a name has a character that is not ASCII's");
    memcpy(row->word, word, length + 1);
    return 0;
}

static int take_number(struct plot_table *table, const char *text, const struct plot_column *column,
                       double *ret)
{
    char *end;

    *ret = strtod(text, &end);
    if (end == text || *end != '\0')
        return refuse(table, "%s is not a number: %.32s", column->name, text);
    if (!(*ret >= column->least && *ret <= column->most))
        return refuse(table, "%s is not from %g to %g: %.32s", column->name, column->least,
                      column->most, text);
    return 0;
}

static int take_csv(struct plot_table *table, void *arg, char *line)
{
    struct csv *csv = arg;
    const struct plot_form *form = csv->form;
    char *fields[CSV_FIELDS_MAX];
    const uint32_t count = split(line, fields);
    struct plot_row *row;
    int rc = 0;

    if (count > CSV_FIELDS_MAX)
        return refuse(table, "more than %u fields", CSV_FIELDS_MAX);
    if (csv->field_count == 0)
        return take_header(table, csv, fields, count);
    if (count != csv->field_count)
        return refuse(table, "%u fields, the header has %u", count, csv->field_count);
    row = new_row(table);
    if (row == NULL)
        return -ENOMEM;
    if (form->word != NULL)
        rc = take_word(table, fields[csv->word_at], row);
    for (uint32_t c = 0; rc == 0 && c < PLOT_COLUMNS_MAX && form->columns[c].name != NULL; c++)
        rc = take_number(table, fields[csv->value_at[c]], &form->columns[c], &row->values[c]);
    if (rc == 0 && form == &plot_form_curves && table->row_count > 0 &&
        row->values[0] <= row[-1].values[0])
        rc = refuse(table, "start_s does not rise");
    if (rc == 0)
        table->row_count++;
    return rc;
}

/* hit_POLICY_SIZE=RATIO; a policy may have a _ of its own. */
static int take_hit(struct plot_table *table, void *arg, char *line)
{
    static const struct plot_column size_column = { "the size", 1e-9, 100 },
                                    ratio_column = { "the ratio", 0, 1 };
    char *name = trimmed(line), *ratio = strchr(name, '='), *size;
    struct plot_row *row;
    int rc;

    (void)arg;
    if (strncmp(name, HIT, strlen(HIT)) != 0)
        return 0;
    name += strlen(HIT);
    if (ratio == NULL)
        return refuse(table, "no =");
    *ratio++ = '\0';
    size = strrchr(name, '_');
    if (size == NULL)
        return refuse(table, "no size after the policy's name");
    *size++ = '\0';
    if (table->row_count == HITS_MAX)
        return refuse(table, "more than %u ratios", HITS_MAX);
    row = new_row(table);
    if (row == NULL)
        return -ENOMEM;
    rc = take_word(table, name, row);
    if (rc == 0)
        rc = take_number(table, size, &size_column, &row->values[0]);
    if (rc == 0)
        rc = take_number(table, ratio, &ratio_column, &row->values[1]);
    for (uint32_t r = 0; rc == 0 && r < table->row_count; r++)
        if (strcmp(table->rows[r].word, row->word) == 0 &&
            table->rows[r].values[0] == row->values[0])
            rc = refuse(table, "%s_%s was there before", name, size);
    if (rc == 0)
        table->row_count++;
    return rc;
}

static int read_lines(struct plot_table *table, FILE *file,
                      int (*take)(struct plot_table *table, void *arg, char *line), void *arg)
{
    char line[LINE_CHARS];

    while (fgets(line, sizeof(line), file) != NULL) {
        int rc = 0;

        table->line++;
        if (strlen(line) == LINE_CHARS - 1 && line[LINE_CHARS - 2] != '\n')
            return refuse(table, "longer than %d characters", LINE_CHARS - 2);
        if (table->row_count == PLOT_ROWS_MAX)
            return refuse(table, "more than %u lines", PLOT_ROWS_MAX);
        if (line[0] != '#' && line[strspn(line, " \t\r\n")] != '\0')
            rc = take(table, arg, line);
        if (rc != 0)
            return rc;
    }
    if (ferror(file))
        return -EIO;
    return table->row_count > 0 ? 0 : refuse(table, "it ends before any figure");
}

int plot_table_read_csv(struct plot_table *ret, FILE *file, const struct plot_form *form)
{
    struct csv csv = { .form = form };

    *ret = (struct plot_table){ .rows = NULL };
    return read_lines(ret, file, take_csv, &csv);
}

int plot_table_read_hits(struct plot_table *ret, FILE *file)
{
    *ret = (struct plot_table){ .rows = NULL };
    return read_lines(ret, file, take_hit, NULL);
}

void plot_table_fini(struct plot_table *table)
{
    free(table->rows);
    *table = (struct plot_table){ .rows = NULL };
}
