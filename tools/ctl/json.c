/* SPDX-License-Identifier: BSD-3-Clause */
#include "tools/ctl/json.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>

static json_t *json_of(const struct ps_msg_value *value);

static json_t *json_of_array(const struct ps_msg_value *value)
{
    json_t *array = json_array();

    for (uint32_t i = 0; array != NULL && i < ps_msg_count(value); i++) {
        if (json_array_append_new(array, json_of(ps_msg_at(value, i))) != 0) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

static json_t *json_of_map(const struct ps_msg_value *value)
{
    json_t *object = json_object();

    for (uint32_t i = 0; object != NULL && i < ps_msg_count(value); i++) {
        const char *key = "";
        size_t length = 0;
        ps_msg_as_bytes(ps_msg_key_at(value, i), &key, &length);
        const int rc = json_object_setn_new(object, key, length, json_of(ps_msg_at(value, i)));
        if (rc != 0) {
            json_decref(object);
            return NULL;
        }
    }
    return object;
}

static json_t *json_of_integer(const struct ps_msg_value *value)
{
    char digits[24];
    uint64_t wide = 0;
    int64_t number = 0;

    if (ps_msg_as_i64(value, &number) == 0)
        return json_integer(number);
    ps_msg_as_u64(value, &wide);
    snprintf(digits, sizeof(digits), "%" PRIu64, wide);
    return json_string(digits);
}

static json_t *json_of_bytes(const struct ps_msg_value *value)
{
    const char *data = "";
    size_t size = 0;

    ps_msg_as_bytes(value, &data, &size);
    json_t *text = json_stringn(data, size);
    return text != NULL ? text : json_string("(bytes)"); /* no UTF-8 */
}

/* Recursion is bounded: a message that was read is at most PS_MSG_DEPTH_MAX deep. */
static json_t *json_of(const struct ps_msg_value *value)
{
    double real = 0;
    bool flag = false;

    switch (ps_msg_type_of(value)) {
    case PS_MSG_BOOL:
        ps_msg_as_bool(value, &flag);
        return json_boolean(flag);
    case PS_MSG_U64:
    case PS_MSG_I64:
        return json_of_integer(value);
    case PS_MSG_F64:
        ps_msg_as_f64(value, &real);
        return isfinite(real) ? json_real(real) : json_null();
    case PS_MSG_STR:
    case PS_MSG_BIN:
        return json_of_bytes(value);
    case PS_MSG_ARRAY:
        return json_of_array(value);
    case PS_MSG_MAP:
        return json_of_map(value);
    case PS_MSG_NIL:
        break;
    }
    return json_null();
}

int ctl_json_write(FILE *out, const struct ps_msg_value *value)
{
    json_t *json = json_of(value);

    if (json == NULL)
        return -ENOMEM;
    const int rc =
        json_dumpf(json, out, JSON_INDENT(2) | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
    json_decref(json);
    fputc('\n', out);
    return rc == 0 ? 0 : -ENOMEM;
}

static void put_json(struct ps_msg_writer *w, json_t *json)
{
    const char *key;
    json_t *item;
    size_t idx;

    switch (json_typeof(json)) {
    case JSON_OBJECT:
        ps_msg_open_map(w);
        json_object_foreach(json, key, item)
        {
            ps_msg_put_str(w, key);
            put_json(w, item);
        }
        ps_msg_close(w);
        break;
    case JSON_ARRAY:
        ps_msg_open_array(w);
        json_array_foreach(json, idx, item) put_json(w, item);
        ps_msg_close(w);
        break;
    case JSON_STRING:
        ps_msg_put_str(w, json_string_value(json));
        break;
    case JSON_INTEGER:
        ps_msg_put_i64(w, json_integer_value(json));
        break;
    case JSON_REAL:
        ps_msg_put_f64(w, json_real_value(json));
        break;
    case JSON_TRUE:
    case JSON_FALSE:
        ps_msg_put_bool(w, json_is_true(json));
        break;
    case JSON_NULL:
        ps_msg_put_nil(w);
        break;
    }
}

int ctl_json_read(struct ps_msg_writer *w, const char *text, char *ret_why, size_t why_bytes)
{
    json_error_t error;
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, &error);

    if (json == NULL) {
        snprintf(ret_why, why_bytes, "%s (at character %d)", error.text, error.position);
        return -EINVAL;
    }
    if (json_is_object(json))
        put_json(w, json);
    else
        snprintf(ret_why, why_bytes, "expected an object, {\"name\": value}");
    const int rc = json_is_object(json) ? w->error : -EINVAL;
    json_decref(json);
    return rc;
}
