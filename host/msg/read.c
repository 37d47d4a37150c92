/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <msgpack.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/assert.h"
#include "host/base/mem.h"
#include "host/msg/msg.h"

struct ps_msg {
    msgpack_unpacked unpacked;
    char bytes[]; /* strings point in here */
};

/* A value is the library's object; the name only keeps its header out of ours. */
static const msgpack_object *object_of(const struct ps_msg_value *value)
{
    return (const msgpack_object *)value;
}

static const struct ps_msg_value *value_of(const msgpack_object *object)
{
    return (const struct ps_msg_value *)object;
}

/* The library leaves an empty string nowhere, and libc wants even that somewhere. */
static const char *text_of(const msgpack_object *object)
{
    return object->via.str.size == 0 ? "" : object->via.str.ptr;
}

static bool same_text(const msgpack_object *a, const msgpack_object *b)
{
    return a->via.str.size == b->via.str.size &&
           memcmp(text_of(a), text_of(b), a->via.str.size) == 0;
}

/* Recursion is bounded by PS_MSG_DEPTH_MAX, the comparisons by PS_MSG_KEYS_MAX. */
static bool has_key_twice(const msgpack_object *object)
{
    if (object->type == MSGPACK_OBJECT_ARRAY) {
        for (uint32_t i = 0; i < object->via.array.size; i++)
            if (has_key_twice(&object->via.array.ptr[i]))
                return true;
        return false;
    }
    if (object->type != MSGPACK_OBJECT_MAP)
        return false;
    const msgpack_object_kv *pair = object->via.map.ptr;
    for (uint32_t i = 0; i < object->via.map.size; i++) {
        for (uint32_t j = 0; j < i; j++)
            if (same_text(&pair[i].key, &pair[j].key))
                return true;
        if (has_key_twice(&pair[i].val))
            return true;
    }
    return false;
}

static int unpack(struct ps_msg *msg, size_t size_bytes)
{
    size_t end = 0;

    switch (msgpack_unpack_next(&msg->unpacked, msg->bytes, size_bytes, &end)) {
    case MSGPACK_UNPACK_SUCCESS:
        break;
    case MSGPACK_UNPACK_NOMEM_ERROR:
        return -ENOMEM;
    default:
        return -EBADMSG;
    }
    return end == size_bytes && !has_key_twice(&msg->unpacked.data) ? 0 : -EBADMSG;
}

int ps_msg_read(struct ps_msg **ret_msg, const void *data, size_t size_bytes)
{
    struct ps_msg_framer framer = { .bytes_max = PS_MSG_BYTES_MAX };
    const ssize_t framed = ps_msg_frame(&framer, data, size_bytes);

    if (framed < 0)
        return (int)framed;
    if (framed == 0 || (size_t)framed != size_bytes)
        return -EBADMSG;
    struct ps_msg *msg = ps_zalloc(1, sizeof(*msg) + size_bytes);
    if (msg == NULL)
        return -ENOMEM;
    memcpy(msg->bytes, data, size_bytes);
    msgpack_unpacked_init(&msg->unpacked);
    const int rc = unpack(msg, size_bytes);
    if (rc != 0) {
        ps_msg_destroy(msg);
        return rc;
    }
    *ret_msg = msg;
    return 0;
}

void ps_msg_destroy(struct ps_msg *msg)
{
    if (msg == NULL)
        return;
    msgpack_unpacked_destroy(&msg->unpacked);
    free(msg);
}

const struct ps_msg_value *ps_msg_root(const struct ps_msg *msg)
{
    return value_of(&msg->unpacked.data);
}

enum ps_msg_type ps_msg_type_of(const struct ps_msg_value *value)
{
    switch (object_of(value)->type) {
    case MSGPACK_OBJECT_BOOLEAN:
        return PS_MSG_BOOL;
    case MSGPACK_OBJECT_POSITIVE_INTEGER:
        return PS_MSG_U64;
    case MSGPACK_OBJECT_NEGATIVE_INTEGER:
        return PS_MSG_I64;
    case MSGPACK_OBJECT_FLOAT32:
    case MSGPACK_OBJECT_FLOAT64:
        return PS_MSG_F64;
    case MSGPACK_OBJECT_STR:
        return PS_MSG_STR;
    case MSGPACK_OBJECT_BIN:
        return PS_MSG_BIN;
    case MSGPACK_OBJECT_ARRAY:
        return PS_MSG_ARRAY;
    case MSGPACK_OBJECT_MAP:
        return PS_MSG_MAP;
    case MSGPACK_OBJECT_NIL:
    case MSGPACK_OBJECT_EXT: /* refused before unpacking */
        break;
    }
    return PS_MSG_NIL;
}

uint32_t ps_msg_count(const struct ps_msg_value *value)
{
    const msgpack_object *object = object_of(value);

    if (object->type == MSGPACK_OBJECT_ARRAY)
        return object->via.array.size;
    return object->type == MSGPACK_OBJECT_MAP ? object->via.map.size : 0;
}

const struct ps_msg_value *ps_msg_at(const struct ps_msg_value *value, uint32_t idx)
{
    const msgpack_object *object = object_of(value);

    ps_assert(idx < ps_msg_count(value));
    if (object->type == MSGPACK_OBJECT_ARRAY)
        return value_of(&object->via.array.ptr[idx]);
    return value_of(&object->via.map.ptr[idx].val);
}

const struct ps_msg_value *ps_msg_key_at(const struct ps_msg_value *map, uint32_t idx)
{
    const msgpack_object *object = object_of(map);

    ps_assert(object->type == MSGPACK_OBJECT_MAP);
    ps_assert(idx < object->via.map.size);
    return value_of(&object->via.map.ptr[idx].key);
}

const struct ps_msg_value *ps_msg_get(const struct ps_msg_value *map, const char *key)
{
    const msgpack_object *object = object_of(map);

    if (object == NULL || object->type != MSGPACK_OBJECT_MAP)
        return NULL;
    for (uint32_t i = 0; i < object->via.map.size; i++)
        if (ps_msg_is(value_of(&object->via.map.ptr[i].key), key))
            return value_of(&object->via.map.ptr[i].val);
    return NULL;
}

int ps_msg_as_bool(const struct ps_msg_value *value, bool *ret_bool)
{
    const msgpack_object *object = object_of(value);

    if (object == NULL)
        return -ENOENT;
    if (object->type != MSGPACK_OBJECT_BOOLEAN)
        return -EINVAL;
    *ret_bool = object->via.boolean;
    return 0;
}

int ps_msg_as_u64(const struct ps_msg_value *value, uint64_t *ret_u64)
{
    const msgpack_object *object = object_of(value);

    if (object == NULL)
        return -ENOENT;
    if (object->type != MSGPACK_OBJECT_POSITIVE_INTEGER)
        return -EINVAL;
    *ret_u64 = object->via.u64;
    return 0;
}

int ps_msg_as_i64(const struct ps_msg_value *value, int64_t *ret_i64)
{
    const msgpack_object *object = object_of(value);

    if (object == NULL)
        return -ENOENT;
    if (object->type == MSGPACK_OBJECT_NEGATIVE_INTEGER) {
        *ret_i64 = object->via.i64;
        return 0;
    }
    if (object->type != MSGPACK_OBJECT_POSITIVE_INTEGER || object->via.u64 > INT64_MAX)
        return -EINVAL;
    *ret_i64 = (int64_t)object->via.u64;
    return 0;
}

int ps_msg_as_f64(const struct ps_msg_value *value, double *ret_f64)
{
    const msgpack_object *object = object_of(value);

    if (object == NULL)
        return -ENOENT;
    switch (ps_msg_type_of(value)) {
    case PS_MSG_F64:
        *ret_f64 = object->via.f64;
        return 0;
    case PS_MSG_U64:
        *ret_f64 = (double)object->via.u64;
        return 0;
    case PS_MSG_I64:
        *ret_f64 = (double)object->via.i64;
        return 0;
    default:
        return -EINVAL;
    }
}

int ps_msg_as_bytes(const struct ps_msg_value *value, const char **ret_data, size_t *ret_size_bytes)
{
    const msgpack_object *object = object_of(value);

    if (object == NULL)
        return -ENOENT;
    if (object->type == MSGPACK_OBJECT_STR) {
        *ret_data = text_of(object);
        *ret_size_bytes = object->via.str.size;
        return 0;
    }
    if (object->type != MSGPACK_OBJECT_BIN)
        return -EINVAL;
    *ret_data = object->via.bin.size == 0 ? "" : object->via.bin.ptr;
    *ret_size_bytes = object->via.bin.size;
    return 0;
}

int ps_msg_as_name(const struct ps_msg_value *value, char *ret_name, size_t size_bytes)
{
    const msgpack_object *object = object_of(value);

    if (object == NULL)
        return -ENOENT;
    if (object->type != MSGPACK_OBJECT_STR)
        return -EINVAL;
    if (memchr(text_of(object), '\0', object->via.str.size) != NULL)
        return -EINVAL;
    if (object->via.str.size >= size_bytes)
        return -ENAMETOOLONG;
    memcpy(ret_name, text_of(object), object->via.str.size);
    ret_name[object->via.str.size] = '\0';
    return 0;
}

uint64_t ps_msg_u64_or(const struct ps_msg_value *map, const char *key, uint64_t otherwise)
{
    uint64_t value = otherwise;

    return ps_msg_as_u64(ps_msg_get(map, key), &value) == 0 ? value : otherwise;
}

bool ps_msg_is(const struct ps_msg_value *value, const char *text)
{
    const char *data = "";
    size_t size = 0;

    return ps_msg_as_bytes(value, &data, &size) == 0 && size == strlen(text) &&
           memcmp(data, text, size) == 0;
}
