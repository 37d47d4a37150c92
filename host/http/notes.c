/* SPDX-License-Identifier: BSD-3-Clause */
/* host/http/notes.c - arguments of the query as they are asked for; headers of the answer. */
#include <stdlib.h>
#include <string.h>

#include "host/base/assert.h"
#include "host/base/mem.h"
#include "host/http/http_priv.h"

static struct ps_http_note *add_note(struct ps_http_note **notes, const char *name, size_t bytes)
{
    struct ps_http_note *note = ps_zalloc(1, sizeof(*note) + bytes + 1);

    if (note == NULL)
        return NULL;
    note->name = name;
    note->next = *notes;
    *notes = note;
    return note;
}

void ps_http_notes_free(struct ps_http_note **notes)
{
    while (*notes != NULL) {
        struct ps_http_note *note = *notes;

        *notes = note->next;
        free(note);
    }
}

/* libmicrohttpd has turned each + into a blank. */
static bool decode(const char *raw, char *ret_value)
{
    while (*raw != '\0') {
        const int byte = ps_http_next_byte(&raw);

        if (byte <= 0)
            return false;
        *ret_value++ = (char)byte;
    }
    *ret_value = '\0';
    return true;
}

const char *ps_http_argument(struct ps_http_request *request, const char *name)
{
    struct ps_http_note *note = request->arguments;

    while (note != NULL && strcmp(note->name, name) != 0)
        note = note->next;
    if (note == NULL) {
        const char *raw =
            MHD_lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND, name);

        note = raw == NULL ? NULL : add_note(&request->arguments, name, strlen(raw));
        if (note == NULL)
            return NULL;
        note->is_there = decode(raw, note->value);
    }
    return note->is_there ? note->value : NULL;
}

void ps_http_add_header(struct ps_http_request *request, const char *name, const char *value)
{
    ps_assert(!request->answered && request->header_count < PS_HTTP_HEADERS_MAX);
    struct ps_http_note *note = add_note(&request->headers, name, strlen(value));

    request->header_count++;
    if (note != NULL)
        memcpy(note->value, value, strlen(value));
    else
        request->headers_lost = true;
}
