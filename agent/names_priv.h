/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * agent/names_priv.h - which id a local name has; what has none is never sent.
 *
 * Local names (paths, titles of appointments) are kept as hashes only. With a list of names, an id
 * that is not in it is none. Threads: one at a time.
 */
#ifndef PS_AGENT_NAMES_PRIV_H
#define PS_AGENT_NAMES_PRIV_H

#include "agent/prestage-agent.h"
#include "agent/text_priv.h"

#define PSA_NAMES_MAX 1024u

struct psa_id {
    char text[PRESTAGE_AGENT_MEDIA_MAX + 1];
};

struct psa_name {
    uint64_t hash; /* of the local name; 0: there is none, but the id may be sent */
    struct psa_id id;
};

struct psa_names {
    struct psa_name list[PSA_NAMES_MAX];
    uint32_t count;
    bool is_set;
};

/** xxh3-64. */
uint64_t psa_hash(const void *bytes, size_t count);
/** Whether it has the alphabet of ids; then it is copied. */
bool psa_id_of(struct psa_id *ret_id, struct psa_text text);

/** @return How many lines were not understood, or did not fit. */
uint32_t psa_names_read(struct psa_names *names, struct psa_text text);
/** The id of a local name. @return false: none. */
bool psa_names_find(const struct psa_names *names, struct psa_text local, struct psa_id *ret_id);
/** Whether an id may be sent: it is in the list, or there is none. */
bool psa_names_allow(const struct psa_names *names, const struct psa_id *id);
/** The id that the text is itself, or that its local name has. @return false: none. */
bool psa_names_take(const struct psa_names *names, struct psa_text text, struct psa_id *ret_id);

#endif
