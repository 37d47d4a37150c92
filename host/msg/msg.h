/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/msg/msg.h - msgpack in and out, bounded: the only face of the msgpack library.
 *
 * Why: five hostile bytes make the library allocate gigabytes. So bytes are scanned before they are
 * unpacked: size, nesting, count of values, map keys (strings, none twice), UTF-8, no ext types.
 * What passes costs at most about 50 bytes of memory per value.
 *
 * Strings of a read message are not NUL-terminated and live as long as the message.
 * Threads: any, one at a time per object.
 */
#ifndef PS_HOST_MSG_MSG_H
#define PS_HOST_MSG_MSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define PS_MSG_BYTES_MAX  (1u << 20) /* one message */
#define PS_MSG_DEPTH_MAX  16u        /* containers within each other */
#define PS_MSG_VALUES_MAX (1u << 18) /* values in one message, containers included */
#define PS_MSG_KEYS_MAX   128u       /* keys of one map */

/* ---- framing: where the next message of a stream ends ---- */

/* Progress of a scan. Zero it, with bytes_max set, before each message's first byte. */
struct ps_msg_framer {
    size_t bytes_max; /* longest acceptable message, <= PS_MSG_BYTES_MAX; 0 means that */
    size_t scanned;   /* bytes that need not be looked at again */
    uint32_t values;  /* seen so far */
    uint32_t depth;   /* open containers */
    uint32_t left[PS_MSG_DEPTH_MAX]; /* values still missing in each */
    bool is_map[PS_MSG_DEPTH_MAX];
};

/**
 * Scan on. @p data always starts at the message's first byte and may have grown since last time;
 * what was scanned is not scanned again.
 *
 * @return the message's size in bytes, 0 (incomplete), -EMSGSIZE (over a limit) or -EBADMSG (not
 *         msgpack, or what we refuse: ext types, keys that are not strings, bad UTF-8).
 */
ssize_t ps_msg_frame(struct ps_msg_framer *framer, const void *data, size_t size_bytes);

/* ---- reading ---- */

struct ps_msg;       /* one unpacked message; owns its values */
struct ps_msg_value; /* one value in it */

enum ps_msg_type {
    PS_MSG_NIL,
    PS_MSG_BOOL,
    PS_MSG_U64, /* an integer >= 0 */
    PS_MSG_I64, /* an integer < 0 */
    PS_MSG_F64,
    PS_MSG_STR,
    PS_MSG_BIN,
    PS_MSG_ARRAY,
    PS_MSG_MAP,
};

/**
 * Unpack exactly one message of @p size_bytes. The bytes are copied.
 * @return 0, -EMSGSIZE, -EBADMSG (also: truncated, bytes left over, a key twice) or -ENOMEM.
 */
int ps_msg_read(struct ps_msg **ret_msg, const void *data, size_t size_bytes);
/** NULL is allowed. */
void ps_msg_destroy(struct ps_msg *msg);
const struct ps_msg_value *ps_msg_root(const struct ps_msg *msg);

enum ps_msg_type ps_msg_type_of(const struct ps_msg_value *value);
/** Items of an array, pairs of a map; 0 of anything else. */
uint32_t ps_msg_count(const struct ps_msg_value *value);
/** Item @p idx of an array, or the value of pair @p idx of a map; idx < count. */
const struct ps_msg_value *ps_msg_at(const struct ps_msg_value *value, uint32_t idx);
/** Key of pair @p idx of a map; always a string. */
const struct ps_msg_value *ps_msg_key_at(const struct ps_msg_value *map, uint32_t idx);
/** The value under @p key, or NULL. NULL and what is no map hold nothing. */
const struct ps_msg_value *ps_msg_get(const struct ps_msg_value *map, const char *key);

/* Typed access. @return 0, -ENOENT (value is NULL) or -EINVAL (another type, or out of range). */
int ps_msg_as_bool(const struct ps_msg_value *value, bool *ret_bool);
int ps_msg_as_u64(const struct ps_msg_value *value, uint64_t *ret_u64);
int ps_msg_as_i64(const struct ps_msg_value *value, int64_t *ret_i64);
/** Integers are taken too. */
int ps_msg_as_f64(const struct ps_msg_value *value, double *ret_f64);
/** STR or BIN, not NUL-terminated. */
int ps_msg_as_bytes(const struct ps_msg_value *value, const char **ret_data,
                    size_t *ret_size_bytes);
/** STR copied with its NUL; also -EINVAL when it holds a NUL, -ENAMETOOLONG when it does not fit.
 */
int ps_msg_as_name(const struct ps_msg_value *value, char *ret_name, size_t size_bytes);

/** ps_msg_as_u64() of a map's key, or @p otherwise when it is absent or something else. */
uint64_t ps_msg_u64_or(const struct ps_msg_value *map, const char *key, uint64_t otherwise);
/** Whether @p value is @p text, as STR or BIN. */
bool ps_msg_is(const struct ps_msg_value *value, const char *text);

/* ---- writing ---- */

/*
 * A growing buffer. Errors stick: after one, puts do nothing, and `error` says what it was, so a
 * caller checks once at the end.
 */
struct ps_msg_writer {
    char *data; /* size_bytes of msgpack */
    size_t size_bytes;
    size_t capacity;
    size_t bytes_max;
    int error; /* 0, -ENOMEM, -EMSGSIZE (over bytes_max) or -EOVERFLOW (containers too deep) */
    uint32_t depth;
    struct {
        size_t at;         /* of the header to patch when closed */
        uint32_t count;    /* values put since */
        uint32_t expected; /* values of a container whose count was given */
        bool is_map;
        bool given;
    } open[PS_MSG_DEPTH_MAX];
};

/** @param bytes_max  1..PS_MSG_BYTES_MAX; nothing is allocated before the first put. */
void ps_msg_writer_init(struct ps_msg_writer *w, size_t bytes_max);
void ps_msg_writer_fini(struct ps_msg_writer *w);
/** Forget what was written and the error; keep the memory. */
void ps_msg_writer_reset(struct ps_msg_writer *w);

/* Containers whose count is known: exactly count values (map: pairs) must follow. */
void ps_msg_put_map(struct ps_msg_writer *w, uint32_t count);
void ps_msg_put_array(struct ps_msg_writer *w, uint32_t count);
/* Containers whose count is found out: put values (map: key, value, ...), then close. */
void ps_msg_open_map(struct ps_msg_writer *w);
void ps_msg_open_array(struct ps_msg_writer *w);
void ps_msg_close(struct ps_msg_writer *w);

void ps_msg_put_nil(struct ps_msg_writer *w);
void ps_msg_put_bool(struct ps_msg_writer *w, bool value);
void ps_msg_put_u64(struct ps_msg_writer *w, uint64_t value);
void ps_msg_put_i64(struct ps_msg_writer *w, int64_t value);
void ps_msg_put_f64(struct ps_msg_writer *w, double value);
/** NUL-terminated; NULL becomes nil; bytes that are not UTF-8 become U+FFFD. */
void ps_msg_put_str(struct ps_msg_writer *w, const char *text);
/** Bytes as they are: BIN. */
void ps_msg_put_bin(struct ps_msg_writer *w, const void *data, size_t size_bytes);
/** One whole value that is msgpack already. */
void ps_msg_put_raw(struct ps_msg_writer *w, const void *data, size_t size_bytes);

/* Key and value at once, in an open map. */
void ps_msg_pair_bool(struct ps_msg_writer *w, const char *key, bool value);
void ps_msg_pair_u64(struct ps_msg_writer *w, const char *key, uint64_t value);
void ps_msg_pair_i64(struct ps_msg_writer *w, const char *key, int64_t value);
void ps_msg_pair_f64(struct ps_msg_writer *w, const char *key, double value);
void ps_msg_pair_str(struct ps_msg_writer *w, const char *key, const char *text);
void ps_msg_pair_bin(struct ps_msg_writer *w, const char *key, const void *data, size_t size_bytes);
/** The value is a container to be filled and closed. */
void ps_msg_pair_map(struct ps_msg_writer *w, const char *key);
void ps_msg_pair_array(struct ps_msg_writer *w, const char *key);

#endif
