/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Why a scanner of our own: libxrt reads the metadata lazily, long after the load has succeeded,
 * and reads malformed text as a card without kernels. A load must fail at the load.
 */
#include "kernels/emu/card.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define DEPTH_MAX 16u
#define TOKEN_MAX 63u

struct text {
    const char *p;
    size_t size_bytes;
};

struct scan {
    const char *at;
    const char *end;
    struct text open[DEPTH_MAX]; /* names of the elements we are inside of */
    uint32_t depth;
    uint32_t root_count;
    struct text kernel; /* its name attribute; empty outside */
    struct emu_card *card;
};

static bool starts(const struct scan *s, const char *word)
{
    const size_t n = strlen(word);

    return (size_t)(s->end - s->at) >= n && memcmp(s->at, word, n) == 0;
}

static bool equals(struct text t, const char *word)
{
    return t.size_bytes == strlen(word) && memcmp(t.p, word, t.size_bytes) == 0;
}

/* Go behind the next @p word; false when there is none. */
static bool skip_past(struct scan *s, const char *word)
{
    for (; s->at < s->end; s->at++)
        if (starts(s, word)) {
            s->at += strlen(word);
            return true;
        }
    return false;
}

static void skip_space(struct scan *s)
{
    while (s->at < s->end && isspace((unsigned char)*s->at))
        s->at++;
}

static struct text take_name(struct scan *s)
{
    struct text name = { s->at, 0 };

    while (s->at < s->end && (isalnum((unsigned char)*s->at) || strchr("_-.:", *s->at) != NULL) &&
           *s->at != '\0')
        s->at++;
    name.size_bytes = (size_t)(s->at - name.p);
    return name;
}

/* name="value"; quotes of either kind. */
static bool take_attribute(struct scan *s, struct text *ret_name, struct text *ret_value)
{
    const char *close;

    *ret_name = take_name(s);
    skip_space(s);
    if (ret_name->size_bytes == 0 || s->at == s->end || *s->at++ != '=')
        return false;
    skip_space(s);
    if (s->at == s->end || (*s->at != '"' && *s->at != '\''))
        return false;
    close = memchr(s->at + 1, *s->at, (size_t)(s->end - s->at) - 1);
    if (close == NULL || memchr(s->at, '<', (size_t)(close - s->at)) != NULL)
        return false;
    *ret_value = (struct text){ s->at + 1, (size_t)(close - s->at) - 1 };
    s->at = close + 1;
    return true;
}

static void mark_described(struct emu_card *card, struct text kernel, struct text instance)
{
    char name[2 * TOKEN_MAX + 2];

    if (kernel.size_bytes > TOKEN_MAX || instance.size_bytes > TOKEN_MAX)
        return;
    snprintf(name, sizeof(name), "%.*s:%.*s", (int)kernel.size_bytes, kernel.p,
             (int)instance.size_bytes, instance.p);
    for (uint32_t i = 0; i < card->cu_count; i++)
        if (strcmp(card->cus[i].name, name) == 0)
            card->cus[i].described = true;
}

/* After "<": an element's start, with its attributes, to behind its ">". */
static bool take_start(struct scan *s)
{
    struct text element = take_name(s), key, value, name = { "", 0 };

    if (element.size_bytes == 0 || s->depth == DEPTH_MAX)
        return false;
    for (;;) {
        skip_space(s);
        if (starts(s, ">") || starts(s, "/>"))
            break;
        if (!take_attribute(s, &key, &value))
            return false;
        if (equals(key, "name"))
            name = value;
    }
    if (equals(element, "kernel"))
        s->kernel = name;
    if (equals(element, "instance"))
        mark_described(s->card, s->kernel, name);
    s->root_count += s->depth == 0;
    if (!starts(s, "/>"))
        s->open[s->depth++] = element;
    return skip_past(s, ">");
}

/* After "</": must close the innermost element. */
static bool take_end(struct scan *s)
{
    const struct text element = take_name(s);

    skip_space(s);
    if (s->depth == 0 || !starts(s, ">"))
        return false;
    s->at++;
    s->depth--;
    return element.size_bytes == s->open[s->depth].size_bytes &&
           memcmp(element.p, s->open[s->depth].p, element.size_bytes) == 0;
}

static bool take_markup(struct scan *s)
{
    if (starts(s, "<!--"))
        return skip_past(s, "-->");
    if (starts(s, "<?"))
        return skip_past(s, "?>");
    s->at++;
    if (starts(s, "/")) {
        s->at++;
        return take_end(s);
    }
    return take_start(s);
}

int emu_metadata_check(struct emu_card *card, const char *xml, size_t size_bytes)
{
    struct scan s = { .at = xml, .end = xml + size_bytes, .card = card };

    while (s.at < s.end) {
        if (*s.at == '<') {
            if (!take_markup(&s))
                return -EINVAL;
        } else if (s.depth == 0 && *s.at != '\0' && !isspace((unsigned char)*s.at)) {
            return -EINVAL; /* text outside of the root; padding zeros are allowed */
        } else {
            s.at++;
        }
    }
    return s.depth == 0 && s.root_count == 1 ? 0 : -EINVAL;
}
