/* SPDX-License-Identifier: BSD-3-Clause */
/* host/cluster/peers.c - peers that come by NATS: ps.peer.NODE.KEY in, _INBOX.KEY.rpc out. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/cluster/cluster_priv.h"

#define KEY_DIGITS 16u

void ps_peers_message(struct ps_cluster *c, natsMsg *msg)
{
    const char *digits = strrchr(natsMsg_GetSubject(msg), '.') + 1; /* there is one: ps.peer. */

    if (c->cfg.peer == NULL || strlen(digits) != KEY_DIGITS ||
        strspn(digits, "0123456789abcdef") != KEY_DIGITS)
        return;
    c->cfg.peer(c->cfg.arg, strtoull(digits, NULL, 16), natsMsg_GetData(msg),
                (uint32_t)natsMsg_GetDataLength(msg));
}

int ps_cluster_to_peer(struct ps_cluster *c, uint64_t peer_key, const void *data,
                       uint32_t size_bytes)
{
    char subject[PS_SUBJECT_MAX];

    snprintf(subject, sizeof(subject), "_INBOX.%016" PRIx64 ".rpc", peer_key);
    return ps_cluster_send(c, subject, data, size_bytes);
}
