/* SPDX-License-Identifier: BSD-3-Clause */
/* agent/names.c - see names_priv.h. */
#include "agent/names_priv.h"

#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

uint64_t psa_hash(const void *bytes, size_t count)
{
    return XXH3_64bits(bytes, count);
}

static bool is_of_ids(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '~' || c == '-';
}

bool psa_id_of(struct psa_id *ret_id, struct psa_text text)
{
    if (text.bytes == 0 || text.bytes > PRESTAGE_AGENT_MEDIA_MAX)
        return false;
    for (size_t i = 0; i < text.bytes; i++)
        if (!is_of_ids(text.at[i]))
            return false;
    if (psa_text_is(text, ".") || psa_text_is(text, ".."))
        return false;
    memset(ret_id, 0, sizeof(*ret_id));
    memcpy(ret_id->text, text.at, text.bytes);
    return true;
}

uint32_t psa_names_read(struct psa_names *names, struct psa_text text)
{
    struct psa_text line, word;
    uint32_t left_out = 0;

    names->count = 0;
    names->is_set = true;
    while (psa_text_line(&text, &line)) {
        struct psa_name *name = &names->list[names->count];

        if (!psa_text_word(&line, &word) || word.at[0] == '#')
            continue;
        if (names->count == PSA_NAMES_MAX || !psa_id_of(&name->id, word)) {
            left_out++;
            continue;
        }
        line = psa_text_trim(line);
        name->hash = line.bytes == 0 ? 0 : psa_hash(line.at, line.bytes);
        names->count++;
    }
    return left_out;
}

bool psa_names_find(const struct psa_names *names, struct psa_text local, struct psa_id *ret_id)
{
    local = psa_text_trim(local);
    const uint64_t hash = local.bytes == 0 ? 0 : psa_hash(local.at, local.bytes);

    for (uint32_t i = 0; hash != 0 && i < names->count; i++)
        if (names->list[i].hash == hash) {
            *ret_id = names->list[i].id;
            return true;
        }
    return false;
}

bool psa_names_allow(const struct psa_names *names, const struct psa_id *id)
{
    for (uint32_t i = 0; names->is_set && i < names->count; i++)
        if (strcmp(names->list[i].id.text, id->text) == 0)
            return true;
    return !names->is_set;
}

bool psa_names_take(const struct psa_names *names, struct psa_text text, struct psa_id *ret_id)
{
    text = psa_text_trim(text);
    if (psa_names_find(names, text, ret_id))
        return true;
    return psa_id_of(ret_id, text) && psa_names_allow(names, ret_id);
}
