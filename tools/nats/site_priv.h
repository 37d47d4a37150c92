/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/nats/site_priv.h - parts of a site: its files, who may do what, and configurations.
 *
 * Threads: one.
 */
#ifndef PS_TOOLS_NATS_SITE_PRIV_H
#define PS_TOOLS_NATS_SITE_PRIV_H

#include <stdio.h>

#include "tools/nats/site.h"

/** Replace a file of the folder; mode 0600. @return 0 or a negative errno. */
int site_replace(const struct site *site, const char *name, const char *text);

/** prestaged's own, at an edge. @param ret_text  free() it. */
int site_node_credentials(const struct site *site, const char *edge, uint64_t wall_s,
                          char **ret_text);
/** What the leaf node of an edge may pass to the hub and take from it. */
int site_leaf_credentials(const struct site *site, const char *edge, uint64_t wall_s,
                          char **ret_text);

void site_hub_conf(const struct site *site, const struct site_server *server, FILE *out);
void site_edge_conf(const struct site *site, const struct site_server *server, FILE *out);

#endif
