/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/daemon/facts.h"

#include <errno.h>
#include <string.h>

#include "host/base/hash.h"
#include "host/base/name.h"

#define CATEGORY_BYTES_MAX 64u

uint32_t ps_facts_category(const char *word)
{
    if (word == NULL || *word == '\0')
        return 0;
    return (uint32_t)ps_hash64_name(word) | 1u; /* as in logs: host/request/fields.h */
}

/* An episode may be announced before the one before it: the id need not be in the catalogue. */
static int take_sequel(struct ps_media_facts *facts, const struct ps_media *media, const char *id)
{
    if (!ps_name_is_valid(id, PS_MEDIA_ID_MAX) || strcmp(id, media->id) == 0)
        return -EINVAL;
    facts->sequel_of = ps_hash64_name(id);
    return 0;
}

int ps_facts_from_config(struct ps_media *media, const struct ps_config_media *said)
{
    if (said->sequel_of != NULL && take_sequel(&media->facts, media, said->sequel_of) != 0)
        return -EINVAL;
    media->facts.category = ps_facts_category(said->category);
    media->facts.born_ns = said->born_s * PS_NS_PER_SEC;
    return 0;
}

int ps_facts_from_params(struct ps_media *media, const struct ps_msg_value *params)
{
    struct ps_media_facts facts = media->facts;
    char id[PS_MEDIA_ID_MAX + 1], category[CATEGORY_BYTES_MAX + 1];

    if (ps_msg_get(params, "sequel_of") != NULL &&
        (ps_msg_as_name(ps_msg_get(params, "sequel_of"), id, sizeof(id)) != 0 ||
         take_sequel(&facts, media, id) != 0))
        return -EINVAL;
    if (ps_msg_get(params, "category") != NULL) {
        if (ps_msg_as_name(ps_msg_get(params, "category"), category, sizeof(category)) != 0)
            return -EINVAL;
        facts.category = ps_facts_category(category);
    }
    facts.born_ns = ps_msg_u64_or(params, "born_s", facts.born_ns / PS_NS_PER_SEC) * PS_NS_PER_SEC;
    facts.length_s = (uint32_t)ps_msg_u64_or(params, "length_s", facts.length_s);
    media->facts = facts;
    return 0;
}

bool ps_facts_from_log(struct ps_media *media, const struct ps_media_facts *said)
{
    const bool has_category = media->facts.category == 0 && said->category != 0;
    const bool has_birth = media->facts.born_ns == 0 && said->born_ns != 0;

    if (has_category)
        media->facts.category = said->category;
    if (has_birth)
        media->facts.born_ns = said->born_ns;
    return has_category || has_birth;
}

void ps_facts_from_probe(struct ps_media *media)
{
    if (media->facts.length_s == 0)
        media->facts.length_s = (uint32_t)(media->info.duration_ns / PS_NS_PER_SEC);
}

void ps_facts_of(void *arg, uint64_t media_key, struct ps_media_facts *ret_facts)
{
    const struct ps_daemon *d = arg;
    const struct ps_media *media = ps_catalogue_by_key(d->catalogue, media_key);

    *ret_facts = media == NULL ? (struct ps_media_facts){ .tenant = 0 } : media->facts;
    ret_facts->tenant = media == NULL ? 0 : media->tenant;
}

void ps_facts_tell(struct ps_daemon *d, const struct ps_media *media)
{
    struct ps_media_facts facts;

    ps_facts_of(d, media->key, &facts);
    ps_predict_describe(d->predict, media->key, &facts);
}

static void put_known(struct ps_msg_writer *w, const char *name, uint64_t value)
{
    ps_msg_put_str(w, name);
    if (value == 0)
        ps_msg_put_nil(w);
    else
        ps_msg_put_u64(w, value);
}

void ps_facts_put(struct ps_msg_writer *w, const struct ps_daemon *d, const struct ps_media *media)
{
    const struct ps_media *before = media->facts.sequel_of == 0
                                        ? NULL
                                        : ps_catalogue_by_key(d->catalogue, media->facts.sequel_of);

    put_known(w, "born_s", media->facts.born_ns / PS_NS_PER_SEC);
    put_known(w, "length_s", media->facts.length_s);
    ps_msg_pair_str(w, "sequel_of", before == NULL ? NULL : before->id);
}
