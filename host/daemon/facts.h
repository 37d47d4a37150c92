/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/daemon/facts.h - what is said of a title apart from who asks for it, on its way to the
 * predictor: from the configuration, from the API, and from the probe.
 *
 * Threads: the loop thread.
 */
#ifndef PS_HOST_DAEMON_FACTS_H
#define PS_HOST_DAEMON_FACTS_H

#include "host/daemon/daemon_priv.h"

/** A category as the predictor knows it: the same word is the same number, none is 0. */
uint32_t ps_facts_category(const char *word);

/** Take over what the configuration says of @p media. @return 0 or -EINVAL (no id). */
int ps_facts_from_config(struct ps_media *media, const struct ps_config_media *said);

/**
 * Take over the parameters `category`, `sequel_of`, `born_s` and `length_s`; what is not given
 * stays. @return 0, or -EINVAL, with nothing changed.
 */
int ps_facts_from_params(struct ps_media *media, const struct ps_msg_value *params);

/** Take over what a log says of @p media where nothing is known. @return whether it was news. */
bool ps_facts_from_log(struct ps_media *media, const struct ps_media_facts *said);

/** The media was probed: its length is known now. */
void ps_facts_from_probe(struct ps_media *media);

/** What the catalogue knows of a media, for whom @p daemon is the daemon; its tenant included. */
void ps_facts_of(void *daemon, uint64_t media_key, struct ps_media_facts *ret_facts);

/** Tell the predictor what is known of @p media; it forgets that of what it does not track. */
void ps_facts_tell(struct ps_daemon *daemon, const struct ps_media *media);

/** `born_s`, `sequel_of` and `length_s` into an open map; nil where they are not known. */
void ps_facts_put(struct ps_msg_writer *w, const struct ps_daemon *daemon,
                  const struct ps_media *media);

#endif
