/* SPDX-License-Identifier: BSD-3-Clause */
/* agent/text.c - see text_priv.h. */
#include "agent/text_priv.h"

#include <string.h>
#include <strings.h>

#define NUMBER_MAX (UINT64_C(1) << 53)

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

bool psa_text_line(struct psa_text *rest, struct psa_text *ret_line)
{
    if (rest->bytes == 0)
        return false;
    const char *end = memchr(rest->at, '\n', rest->bytes);
    const size_t bytes = end == NULL ? rest->bytes : (size_t)(end - rest->at);
    const size_t passed = end == NULL ? bytes : bytes + 1;

    *ret_line = (struct psa_text){ rest->at, bytes };
    rest->at += passed;
    rest->bytes -= passed;
    if (bytes > 0 && ret_line->at[bytes - 1] == '\r')
        ret_line->bytes--;
    return true;
}

struct psa_text psa_text_trim(struct psa_text text)
{
    while (text.bytes > 0 && is_blank(text.at[0])) {
        text.at++;
        text.bytes--;
    }
    while (text.bytes > 0 && is_blank(text.at[text.bytes - 1]))
        text.bytes--;
    return text;
}

bool psa_text_word(struct psa_text *rest, struct psa_text *ret_word)
{
    size_t bytes = 0;

    *rest = psa_text_trim(*rest);
    while (bytes < rest->bytes && !is_blank(rest->at[bytes]))
        bytes++;
    *ret_word = (struct psa_text){ rest->at, bytes };
    rest->at += bytes;
    rest->bytes -= bytes;
    return bytes > 0;
}

bool psa_text_skip(struct psa_text *text, const char *prefix)
{
    const size_t bytes = strlen(prefix);

    if (text->bytes < bytes || strncasecmp(text->at, prefix, bytes) != 0)
        return false;
    text->at += bytes;
    text->bytes -= bytes;
    return true;
}

bool psa_text_is(struct psa_text text, const char *word)
{
    return psa_text_skip(&text, word) && text.bytes == 0;
}

bool psa_text_u64(struct psa_text text, uint64_t *ret_number)
{
    uint64_t number = 0;

    for (size_t i = 0; i < text.bytes; i++) {
        if (text.at[i] < '0' || text.at[i] > '9' || number > NUMBER_MAX / 10 - 1)
            return false;
        number = number * 10 + (uint64_t)(text.at[i] - '0');
    }
    *ret_number = number;
    return text.bytes > 0;
}

bool psa_text_f64(struct psa_text text, double *ret_number)
{
    const char *point = text.bytes == 0 ? NULL : memchr(text.at, '.', text.bytes);
    struct psa_text whole = text, part = { .bytes = 0 };
    uint64_t before = 0, after = 0;
    double scale = 1.0;

    if (point != NULL) {
        whole.bytes = (size_t)(point - text.at);
        part = (struct psa_text){ point + 1, text.bytes - whole.bytes - 1 };
    }
    if (whole.bytes + part.bytes == 0 || (whole.bytes > 0 && !psa_text_u64(whole, &before)) ||
        (part.bytes > 0 && !psa_text_u64(part, &after)))
        return false;
    for (size_t i = 0; i < part.bytes; i++)
        scale *= 10.0;
    *ret_number = (double)before + (double)after / scale;
    return true;
}
