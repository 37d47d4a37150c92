/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/messaging/web_json.c - messages, limits and errors as JSON; the only face of jansson here.
 *
 * Ids and cursors are strings, since numbers of JavaScript end at 2^53.
 */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/clock.h"
#include "host/base/mem.h"
#include "host/messaging/web_priv.h"

static json_t *number_text(uint64_t value)
{
    char text[24];

    snprintf(text, sizeof(text), "%" PRIu64, value);
    return json_string(text);
}

/* Takes the object. */
static int write_object(struct ps_web_text *ret_text, json_t *object, bool is_whole)
{
    char *data = is_whole ? json_dumps(object, JSON_COMPACT) : NULL;

    json_decref(object);
    if (data == NULL)
        return -ENOMEM;
    *ret_text = (struct ps_web_text){ data, strlen(data) };
    return 0;
}

/* ---- reading ---- */

static int read_object(const void *data, size_t size_bytes, json_t **ret_object)
{
    json_t *object = json_loadb(data, size_bytes, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);

    if (!json_is_object(object)) {
        json_decref(object);
        return -EBADMSG;
    }
    *ret_object = object;
    return 0;
}

static int read_number(const json_t *object, const char *key, uint64_t max, uint64_t *value)
{
    const json_t *item = json_object_get(object, key);

    if (item == NULL)
        return 0;
    if (!json_is_integer(item) || json_integer_value(item) < 0 ||
        (uint64_t)json_integer_value(item) > max)
        return -EBADMSG;
    *value = (uint64_t)json_integer_value(item);
    return 0;
}

/* Either `body`, text, or `body64`. */
static int read_body(const json_t *object, void **ret_body, size_t *ret_bytes)
{
    const json_t *text = json_object_get(object, "body");
    const json_t *coded = json_object_get(object, "body64");

    if ((text == NULL) == (coded == NULL) || !json_is_string(text == NULL ? coded : text))
        return -EBADMSG;
    if (coded != NULL)
        return ps_web_base64_read(json_string_value(coded), json_string_length(coded), ret_body,
                                  ret_bytes);
    *ret_bytes = json_string_length(text);
    *ret_body = ps_zalloc(*ret_bytes + 1, 1);
    if (*ret_body == NULL)
        return -ENOMEM;
    memcpy(*ret_body, json_string_value(text), *ret_bytes);
    return 0;
}

static int read_put(const void *data, size_t size_bytes, struct ps_web_put *ret_put)
{
    json_t *object = NULL;
    uint64_t sequence = 0;
    void *body = NULL;
    size_t body_bytes = 0;
    int rc = read_object(data, size_bytes, &object);

    if (rc == 0)
        rc = read_number(object, "sequence", UINT64_MAX, &sequence);
    if (rc == 0)
        rc = read_body(object, &body, &body_bytes);
    json_decref(object);
    if (rc == 0)
        *ret_put = (struct ps_web_put){ body, (uint32_t)body_bytes, sequence, body };
    return rc;
}

static int read_limits(const void *data, size_t size_bytes, struct ps_collection_limits *limits)
{
    json_t *object = NULL;
    int rc = read_object(data, size_bytes, &object);
    uint64_t messages = limits->messages_max, bytes = limits->bytes_max;
    uint64_t message_bytes = limits->message_bytes_max, age_s = limits->age_ns / PS_NS_PER_SEC;

    if (rc == 0)
        rc = read_number(object, "messages", UINT32_MAX, &messages);
    if (rc == 0)
        rc = read_number(object, "bytes", UINT32_MAX, &bytes);
    if (rc == 0)
        rc = read_number(object, "message_bytes", UINT32_MAX, &message_bytes);
    if (rc == 0)
        rc = read_number(object, "age_s", UINT32_MAX, &age_s);
    json_decref(object);
    if (rc == 0)
        *limits = (struct ps_collection_limits){ .messages_max = (uint32_t)messages,
                                                 .bytes_max = (uint32_t)bytes,
                                                 .message_bytes_max = (uint32_t)message_bytes,
                                                 .age_ns = age_s * PS_NS_PER_SEC };
    return rc;
}

/* ---- writing ---- */

/* What would need more room as an escape than as base64 is not sent as text. */
static bool is_plain_text(const char *body, size_t size_bytes)
{
    for (size_t i = 0; i < size_bytes; i++)
        if ((unsigned char)body[i] < 0x20 && strchr("\t\n\r", body[i]) == NULL)
            return false;
    return memchr(body, '\0', size_bytes) == NULL;
}

static int add_body(json_t *object, const struct ps_message *message)
{
    json_t *text = is_plain_text(message->body, message->body_bytes)
                       ? json_stringn(message->body, message->body_bytes)
                       : NULL; /* also of what is not UTF-8 */

    if (text != NULL)
        return json_object_set_new(object, "body", text);
    char *coded = ps_web_base64(message->body, message->body_bytes);
    const int rc = json_object_set_new(object, "body64", json_string(coded));
    free(coded);
    return rc;
}

static json_t *message_object(const struct ps_message *message, uint64_t now_ns)
{
    const uint64_t age_ns = now_ns > message->put_ns ? now_ns - message->put_ns : 0;
    json_t *object = json_object();
    int rc = json_object_set_new(object, "id", number_text(message->id));

    rc |= json_object_set_new(object, "from", json_stringn(message->peer, message->peer_bytes));
    if (message->sequence != 0)
        rc |= json_object_set_new(object, "sequence", json_integer((json_int_t)message->sequence));
    rc |=
        json_object_set_new(object, "age_ms", json_integer((json_int_t)(age_ns / PS_NS_PER_MSEC)));
    rc |= add_body(object, message);
    if (rc == 0)
        return object;
    json_decref(object);
    return NULL;
}

int ps_web_json_event(struct ps_web_text *ret_text, const struct ps_message *message,
                      uint64_t now_ns)
{
    json_t *object = message_object(message, now_ns);

    return write_object(ret_text, object, object != NULL);
}

static int write_batch(struct ps_web_text *ret_text, const struct ps_web_batch *batch)
{
    json_t *object = json_object();
    json_t *list = json_array();
    int rc = 0;

    for (uint32_t i = 0; i < batch->count; i++)
        rc |= json_array_append_new(list, message_object(&batch->messages[i], batch->now_ns));
    rc |= json_object_set_new(object, "messages", list);
    rc |= json_object_set_new(object, "cursor", number_text(batch->cursor));
    return write_object(ret_text, object, rc == 0);
}

static int write_id(struct ps_web_text *ret_text, uint64_t id, bool is_duplicate)
{
    json_t *object = json_object();
    int rc = json_object_set_new(object, "id", number_text(id));

    if (is_duplicate)
        rc |= json_object_set_new(object, "duplicate", json_true());
    return write_object(ret_text, object, rc == 0);
}

static int write_error(struct ps_web_text *ret_text, const struct ps_web_error *error)
{
    json_t *object = json_object();
    int rc = json_object_set_new(object, "error", json_string(error->word));

    if (error->retry_ms > 0)
        rc |= json_object_set_new(object, "retry_ms", json_integer(error->retry_ms));
    if (error->expected > 0)
        rc |= json_object_set_new(object, "expected", json_integer((json_int_t)error->expected));
    return write_object(ret_text, object, rc == 0);
}

const struct ps_web_format ps_web_json = {
    .content_type = "application/json",
    .read_put = read_put,
    .read_limits = read_limits,
    .write_id = write_id,
    .write_batch = write_batch,
    .write_error = write_error,
};
