/* SPDX-License-Identifier: BSD-3-Clause */
#include "tools/ctl/table.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/mem.h"

#define PATH_BYTES_MAX 128u
#define CELL_BYTES_MAX 512u /* longer text is cut */
#define COLUMNS_MAX    32u
#define INDENT         "  "

struct field {
    char path[PATH_BYTES_MAX];
    char unit[16];
    char type[8];
};

static void field_at(const struct ps_msg_value *fields, uint32_t idx, struct field *ret_field)
{
    const struct ps_msg_value *map = ps_msg_at(fields, idx);

    memset(ret_field, 0, sizeof(*ret_field));
    ps_msg_as_name(ps_msg_get(map, "path"), ret_field->path, sizeof(ret_field->path));
    ps_msg_as_name(ps_msg_get(map, "unit"), ret_field->unit, sizeof(ret_field->unit));
    ps_msg_as_name(ps_msg_get(map, "type"), ret_field->type, sizeof(ret_field->type));
}

const struct ps_msg_value *ctl_find_method(const struct ps_msg_value *description, const char *name)
{
    const struct ps_msg_value *methods = ps_msg_get(description, "methods");

    for (uint32_t i = 0; methods != NULL && i < ps_msg_count(methods); i++)
        if (ps_msg_is(ps_msg_get(ps_msg_at(methods, i), "name"), name))
            return ps_msg_at(methods, i);
    return NULL;
}

/* Follow `a.b`; an empty path is the value itself. */
static const struct ps_msg_value *follow(const struct ps_msg_value *value, const char *path)
{
    char step[PATH_BYTES_MAX];

    while (value != NULL && *path != '\0') {
        const size_t length = strcspn(path, ".");
        snprintf(step, sizeof(step), "%.*s", (int)length, path);
        value = ps_msg_get(value, step);
        path += length + (path[length] == '.');
    }
    return value;
}

/* ---- one value as text ---- */

static void format_bytes(char *cell, double bytes)
{
    static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
    size_t u = 0;

    for (; bytes >= 1024 && u + 1 < PS_ARRAY_LEN(units); u++)
        bytes /= 1024;
    snprintf(cell, CELL_BYTES_MAX, u == 0 ? "%.0f %s" : "%.1f %s", bytes, units[u]);
}

static void format_seconds(char *cell, double seconds)
{
    if (seconds >= 2 * 3600)
        snprintf(cell, CELL_BYTES_MAX, "%.1f h", seconds / 3600);
    else if (seconds >= 120)
        snprintf(cell, CELL_BYTES_MAX, "%.1f min", seconds / 60);
    else
        snprintf(cell, CELL_BYTES_MAX, "%.2f s", seconds);
}

static void format_text(char *cell, const struct ps_msg_value *value)
{
    const char *text = "";
    size_t length = 0;

    ps_msg_as_bytes(value, &text, &length);
    if (length >= CELL_BYTES_MAX)
        length = CELL_BYTES_MAX - 1;
    for (size_t i = 0; i < length; i++) {
        const bool control = (text[i] >= 0 && text[i] < ' ') || text[i] == 0x7f;
        cell[i] = control ? '?' : text[i];
    }
    cell[length] = '\0';
}

static void format_number(char *cell, const struct ps_msg_value *value, const struct field *field)
{
    double number = 0;
    int64_t whole = 0;

    ps_msg_as_f64(value, &number);
    if (strcmp(field->unit, "bytes") == 0)
        format_bytes(cell, number);
    else if (strcmp(field->unit, "s") == 0)
        format_seconds(cell, number);
    else if (strcmp(field->unit, "share") == 0)
        snprintf(cell, CELL_BYTES_MAX, "%.1f %%", number * 100);
    else if (ps_msg_as_i64(value, &whole) == 0)
        snprintf(cell, CELL_BYTES_MAX, "%" PRId64 "%s%s", whole, field->unit[0] ? " " : "",
                 field->unit);
    else
        snprintf(cell, CELL_BYTES_MAX, "%.3f%s%s", number, field->unit[0] ? " " : "", field->unit);
}

static void format(char *cell, const struct ps_msg_value *value, const struct field *field)
{
    bool flag = false;

    snprintf(cell, CELL_BYTES_MAX, "-");
    if (value == NULL)
        return;
    switch (ps_msg_type_of(value)) {
    case PS_MSG_BOOL:
        ps_msg_as_bool(value, &flag);
        snprintf(cell, CELL_BYTES_MAX, "%s", flag ? "yes" : "no");
        break;
    case PS_MSG_U64:
    case PS_MSG_I64:
    case PS_MSG_F64:
        format_number(cell, value, field);
        break;
    case PS_MSG_STR:
        format_text(cell, value);
        break;
    default:
        break;
    }
}

void ctl_put_text(FILE *out, const struct ps_msg_value *text)
{
    char cell[CELL_BYTES_MAX];

    format_text(cell, text);
    fputs(cell, out);
}

/* ---- names and widths ---- */

/* The last step of a path in words; a unit that the value shows anyway is left out. */
static void label_of(const struct field *field, char *label)
{
    const char *dot = strrchr(field->path, '.');

    snprintf(label, PATH_BYTES_MAX, "%s", dot == NULL ? field->path : dot + 1);
    const size_t length = strlen(label), unit = strlen(field->unit);
    const bool shown = unit > 0 && strcmp(field->unit, "share") != 0;
    if (shown && length > unit + 1 && label[length - unit - 1] == '_' &&
        strcmp(label + length - unit, field->unit) == 0)
        label[length - unit - 1] = '\0';
    for (char *at = label; *at != '\0'; at++)
        if (*at == '_')
            *at = ' ';
}

/* Characters, not bytes: those that continue one do not count. */
static int width_of(const char *text)
{
    int width = 0;

    for (; *text != '\0'; text++)
        width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

static void put_padded(FILE *out, const char *text, int width, bool right)
{
    const int blanks = width > width_of(text) ? width - width_of(text) : 0;

    fprintf(out, "%*s%s%*s", right ? blanks : 0, "", text, right ? 0 : blanks, "");
}

/* ---- arrays ---- */

struct columns {
    struct field fields[COLUMNS_MAX];
    int widths[COLUMNS_MAX];
    uint32_t count;
};

static const struct ps_msg_value *cell_value(const struct ps_msg_value *row,
                                             const struct field *field)
{
    const char *inside = strstr(field->path, "[]");

    return follow(row, inside[2] == '.' ? inside + 3 : "");
}

/* The fields of array @p prefix; arrays within its items are not shown. */
static void find_columns(const struct ps_msg_value *fields, const char *prefix, size_t length,
                         struct columns *ret_columns)
{
    ret_columns->count = 0;
    for (uint32_t i = 0; i < ps_msg_count(fields) && ret_columns->count < COLUMNS_MAX; i++) {
        struct field *field = &ret_columns->fields[ret_columns->count];
        field_at(fields, i, field);
        if (strncmp(field->path, prefix, length) == 0 &&
            strncmp(field->path + length, "[]", 2) == 0 &&
            strstr(field->path + length + 2, "[]") == NULL)
            ret_columns->count++;
    }
}

static void measure(const struct ps_msg_value *rows, struct columns *columns)
{
    char text[CELL_BYTES_MAX];

    for (uint32_t c = 0; c < columns->count; c++) {
        char label[PATH_BYTES_MAX];
        label_of(&columns->fields[c], label);
        columns->widths[c] = width_of(label);
        for (uint32_t r = 0; r < ps_msg_count(rows); r++) {
            format(text, cell_value(ps_msg_at(rows, r), &columns->fields[c]), &columns->fields[c]);
            if (width_of(text) > columns->widths[c])
                columns->widths[c] = width_of(text);
        }
    }
}

/* @param row  NULL: the line of names. */
static void write_row(FILE *out, const struct columns *columns, const struct ps_msg_value *row)
{
    char text[CELL_BYTES_MAX];

    for (uint32_t c = 0; c < columns->count; c++) {
        const struct field *field = &columns->fields[c];
        const bool right = strcmp(field->type, "str") != 0 && strcmp(field->type, "bool") != 0;
        if (row == NULL)
            label_of(field, text);
        else
            format(text, cell_value(row, field), field);
        if (c > 0)
            fputs(INDENT, out);
        put_padded(out, text, c + 1 == columns->count && !right ? 0 : columns->widths[c], right);
    }
    fputc('\n', out);
}

static void write_plain_items(FILE *out, const struct ps_msg_value *rows, const struct field *field)
{
    char text[CELL_BYTES_MAX];

    for (uint32_t r = 0; r < ps_msg_count(rows); r++) {
        format(text, ps_msg_at(rows, r), field);
        fprintf(out, INDENT "%s\n", text);
    }
}

static void write_array(FILE *out, const struct ps_msg_value *result,
                        const struct ps_msg_value *fields, const char *path)
{
    const size_t length = (size_t)(strstr(path, "[]") - path);
    char prefix[PATH_BYTES_MAX];
    struct columns columns;

    snprintf(prefix, sizeof(prefix), "%.*s", (int)length, path);
    const struct ps_msg_value *rows = follow(result, prefix);
    if (length > 0)
        fprintf(out, "%s:", prefix);
    if (rows == NULL || ps_msg_count(rows) == 0) {
        fputs(length > 0 ? " none\n" : "none\n", out);
        return;
    }
    if (length > 0)
        fputc('\n', out);
    find_columns(fields, prefix, length, &columns);
    if (columns.count == 1 && columns.fields[0].path[length + 2] == '\0') {
        write_plain_items(out, rows, &columns.fields[0]);
        return;
    }
    measure(rows, &columns);
    write_row(out, &columns, NULL);
    for (uint32_t r = 0; r < ps_msg_count(rows); r++)
        write_row(out, &columns, ps_msg_at(rows, r));
}

/* ---- the whole ---- */

static size_t group_length(const char *path)
{
    const char *dot = strrchr(path, '.');

    return dot == NULL ? 0 : (size_t)(dot - path);
}

static bool same_group(const char *a, const char *b)
{
    return group_length(a) == group_length(b) && strncmp(a, b, group_length(a)) == 0;
}

static int widest_label(const struct ps_msg_value *fields)
{
    int widest = 0;

    for (uint32_t i = 0; i < ps_msg_count(fields); i++) {
        struct field field;
        char label[PATH_BYTES_MAX];
        field_at(fields, i, &field);
        label_of(&field, label);
        if (strstr(field.path, "[]") == NULL && width_of(label) > widest)
            widest = width_of(label);
    }
    return widest;
}

static void write_single(FILE *out, const struct ps_msg_value *result, const struct field *field,
                         int width)
{
    char label[PATH_BYTES_MAX], text[CELL_BYTES_MAX];

    label_of(field, label);
    format(text, follow(result, field->path), field);
    fputs(group_length(field->path) > 0 ? INDENT : "", out);
    put_padded(out, label, width + 2, false);
    fprintf(out, "%s\n", text);
}

/* Whether an earlier field has shown the array that this one is in. */
static bool is_shown(const struct ps_msg_value *fields, uint32_t idx, const char *path)
{
    const size_t length = (size_t)(strstr(path, "[]") - path) + 2;

    for (uint32_t i = 0; i < idx; i++) {
        struct field earlier;
        field_at(fields, i, &earlier);
        if (strncmp(earlier.path, path, length) == 0)
            return true;
    }
    return false;
}

static bool is_wanted(const char *path, const char *const *only)
{
    for (const char *const *prefix = only; prefix != NULL && *prefix != NULL; prefix++)
        if (strncmp(path, *prefix, strlen(*prefix)) == 0)
            return true;
    return only == NULL;
}

void ctl_table_write(FILE *out, const struct ps_msg_value *result,
                     const struct ps_msg_value *fields, const char *const *only)
{
    const int width = widest_label(fields);
    struct field previous = { 0 };

    for (uint32_t i = 0; i < ps_msg_count(fields); i++) {
        struct field field;
        field_at(fields, i, &field);
        if (!is_wanted(field.path, only))
            continue;
        if (strstr(field.path, "[]") != NULL) {
            if (!is_shown(fields, i, field.path))
                write_array(out, result, fields, field.path);
            continue;
        }
        if (group_length(field.path) > 0 && !same_group(field.path, previous.path))
            fprintf(out, "%.*s:\n", (int)group_length(field.path), field.path);
        write_single(out, result, &field, width);
        previous = field;
    }
}
