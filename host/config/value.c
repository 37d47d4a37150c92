/* SPDX-License-Identifier: BSD-3-Clause */
/* host/config/value.c - a value's text becomes a value, or a sentence that says why not. */
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/assert.h"
#include "host/base/mem.h"
#include "host/base/name.h"
#include "host/config/keys_priv.h"

#define KIB 1024.0

static const struct unit {
    enum ps_config_kind kind;
    const char *suffix;
    double factor;
} units[] = {
    { PS_CONFIG_COUNT, "", 1 },
    { PS_CONFIG_NUMBER, "", 1 },
    { PS_CONFIG_BYTES, "", 1 },
    { PS_CONFIG_BYTES, "KiB", KIB },
    { PS_CONFIG_BYTES, "MiB", KIB *KIB },
    { PS_CONFIG_BYTES, "GiB", KIB *KIB *KIB },
    { PS_CONFIG_BYTES, "TiB", KIB *KIB *KIB *KIB },
    { PS_CONFIG_TIME, "ms", 1e6 },
    { PS_CONFIG_TIME, "s", 1e9 },
    { PS_CONFIG_TIME, "min", 60e9 },
    { PS_CONFIG_TIME, "h", 3600e9 },
    { PS_CONFIG_TIME_MS, "ms", 1 },
    { PS_CONFIG_TIME_MS, "s", 1e3 },
    { PS_CONFIG_RATE, "", 1 },
    { PS_CONFIG_RATE, "k", 1e3 },
    { PS_CONFIG_RATE, "M", 1e6 },
};

static const char *const expected[] = {
    [PS_CONFIG_COUNT] = "a whole number",
    [PS_CONFIG_NUMBER] = "a number",
    [PS_CONFIG_BYTES] = "a size such as 64MiB (KiB, MiB, GiB, TiB)",
    [PS_CONFIG_TIME] = "a duration such as 250ms, 1s or 5min (ms, s, min, h)",
    [PS_CONFIG_TIME_MS] = "a duration such as 2s or 1500ms",
    [PS_CONFIG_RATE] = "a rate such as 600k or 2M (bits a second)",
};

__attribute__((format(printf, 2, 3))) static int refuse(char *ret_why, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    vsnprintf(ret_why, PS_CONFIG_WHY_MAX, fmt, args);
    va_end(args);
    return -EINVAL;
}

/*
 * Digits, perhaps a dot and digits, then a unit of this kind and nothing else. strtod() would also
 * take signs, blanks, hexadecimal, infinity and whatever the locale's point is.
 */
static bool measure(enum ps_config_kind kind, const char *text, double *ret_value)
{
    double value = 0, divisor = 1;
    const char *at = text;

    for (; *at >= '0' && *at <= '9'; at++)
        value = value * 10 + (*at - '0');
    if (at == text)
        return false;
    if (*at == '.' && kind != PS_CONFIG_COUNT) {
        const char *point = at++;
        for (; *at >= '0' && *at <= '9'; at++, divisor *= 10)
            value = value * 10 + (*at - '0');
        if (at == point + 1)
            return false;
    }
    for (size_t i = 0; i < PS_ARRAY_LEN(units); i++) {
        if (units[i].kind == kind && strcmp(units[i].suffix, at) == 0) {
            *ret_value = value / divisor * units[i].factor; /* one rounding: 0.3 is 0.3 */
            return true;
        }
    }
    return false;
}

static void store_number(const struct ps_config_key *key, void *field, double value)
{
    const uint64_t wide = (uint64_t)llround(value);
    const uint32_t narrow = (uint32_t)wide;

    switch (key->kind) {
    case PS_CONFIG_NUMBER:
        memcpy(field, &value, sizeof(value));
        break;
    case PS_CONFIG_BYTES:
    case PS_CONFIG_TIME:
        ps_assert(key->size_bytes == sizeof(wide));
        memcpy(field, &wide, sizeof(wide));
        break;
    default:
        ps_assert(key->size_bytes == sizeof(narrow) && wide == narrow);
        memcpy(field, &narrow, sizeof(narrow));
        break;
    }
}

static int set_number(const struct ps_config_key *key, void *field, const char *text, char *ret_why)
{
    double value, low, high;
    const bool has_limits =
        measure(key->kind, key->low, &low) && measure(key->kind, key->high, &high);

    ps_assert(has_limits);
    if (strcmp(text, "0") == 0)
        value = 0; /* nothing is nothing in any unit */
    else if (!measure(key->kind, text, &value))
        return refuse(ret_why, "expected %s, not `%.64s`", expected[key->kind], text);
    if (value < low || value > high)
        return refuse(ret_why, "`%.64s` is not within %s..%s", text, key->low, key->high);
    store_number(key, field, value);
    return 0;
}

static int set_text(const struct ps_config_key *key, void *field, const char *text, char *ret_why)
{
    const size_t length = strlen(text);
    char *copy = NULL;
    char *old;

    if (length < strtoul(key->low, NULL, 10))
        return refuse(ret_why, "must not be empty or this short");
    if (length > strtoul(key->high, NULL, 10))
        return refuse(ret_why, "is longer than %s bytes", key->high);
    if (length > 0 && (copy = ps_strdup(text)) == NULL)
        return -ENOMEM;
    memcpy(&old, field, sizeof(old));
    free(old);
    memcpy(field, &copy, sizeof(copy));
    return 0;
}

static int set_name(const struct ps_config_key *key, void *field, const char *text, char *ret_why)
{
    if (!ps_name_is_valid(text, key->size_bytes - 1))
        return refuse(ret_why, "`%.64s` is no name: 1 to %s of A-Z a-z 0-9 . _ ~ -", text,
                      key->high);
    memset(field, 0, key->size_bytes);
    memcpy(field, text, strlen(text));
    return 0;
}

static int set_choice(const struct ps_config_key *key, void *field, const char *text, char *ret_why)
{
    const size_t length = strlen(text);
    uint32_t position = 0;

    for (const char *at = key->low; *at != '\0'; position++) {
        const size_t word = strcspn(at, "|");
        if (word == length && strncmp(at, text, word) == 0) {
            const bool flag = position != 0;
            if (key->size_bytes == sizeof(flag))
                memcpy(field, &flag, sizeof(flag));
            else
                memcpy(field, &position, sizeof(position));
            return 0;
        }
        at += word + (at[word] == '|');
    }
    return refuse(ret_why, "expected one of %s, not `%.64s`", key->low, text);
}

static int set_switch(void *field, const char *text, char *ret_why)
{
    const bool on = strcmp(text, "true") == 0;

    if (!on && strcmp(text, "false") != 0)
        return refuse(ret_why, "expected true or false, not `%.64s`", text);
    memcpy(field, &on, sizeof(on));
    return 0;
}

int ps_config_set(const struct ps_config_key *key, void *owner, const char *text, char *ret_why)
{
    void *field = (char *)owner + key->offset;

    switch (key->kind) {
    case PS_CONFIG_TEXT:
        return set_text(key, field, text, ret_why);
    case PS_CONFIG_NAME:
        return set_name(key, field, text, ret_why);
    case PS_CONFIG_SWITCH:
        return set_switch(field, text, ret_why);
    case PS_CONFIG_CHOICE:
        return set_choice(key, field, text, ret_why);
    case PS_CONFIG_PREFIX:
        if (ps_prefix_parse(field, text) != 0)
            return refuse(
                ret_why, "`%.64s` is no prefix such as 10.77.1.0/24 (no bits set behind it)", text);
        return 0;
    default:
        return set_number(key, field, text, ret_why);
    }
}
