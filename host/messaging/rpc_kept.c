/* SPDX-License-Identifier: BSD-3-Clause */
/* host/messaging/rpc_kept.c - bytes of a client between two times that its socket was ready. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/mem.h"
#include "host/messaging/rpc_priv.h"

#define FIRST_BYTES 512u
#define IDLE_BYTES  2048u /* a buffer of up to this size is kept for next time */

/* All clients together are bounded: many that stop in the middle must not eat the machine. */
static int grow(struct ps_messaging_rpc *rpc, struct ps_rpc_kept *kept, uint32_t wanted)
{
    uint32_t capacity = kept->capacity == 0 ? FIRST_BYTES : kept->capacity;

    while (capacity < wanted)
        capacity *= 2;
    if (rpc->kept_bytes + (capacity - kept->capacity) > PS_RPC_KEPT_BYTES_MAX)
        return -ENOMEM;
    uint8_t *data = ps_realloc(kept->data, capacity, 1);
    if (data == NULL)
        return -ENOMEM;
    rpc->kept_bytes += capacity - kept->capacity;
    kept->data = data;
    kept->capacity = capacity;
    return 0;
}

uint8_t *ps_rpc_keep_room(struct ps_messaging_rpc *rpc, struct ps_rpc_kept *kept, uint32_t more)
{
    if (kept->start > 0 && kept->capacity - kept->end < more) {
        memmove(kept->data, kept->data + kept->start, kept->end - kept->start);
        kept->end -= kept->start;
        kept->start = 0;
    }
    if (kept->capacity - kept->end < more && grow(rpc, kept, kept->end + more) != 0)
        return NULL;
    return kept->data + kept->end;
}

int ps_rpc_keep(struct ps_messaging_rpc *rpc, struct ps_rpc_kept *kept, const uint8_t *data,
                size_t bytes)
{
    if (kept->data != NULL && data >= kept->data && data < kept->data + kept->capacity) {
        kept->start = (uint32_t)(data - kept->data);
        kept->end = kept->start + (uint32_t)bytes;
        return 0;
    }
    kept->start = kept->end = 0;
    uint8_t *room = ps_rpc_keep_room(rpc, kept, (uint32_t)bytes);
    if (room == NULL)
        return -ENOMEM;
    memcpy(room, data, bytes);
    kept->end = (uint32_t)bytes;
    return 0;
}

void ps_rpc_keep_none(struct ps_messaging_rpc *rpc, struct ps_rpc_kept *kept)
{
    kept->start = kept->end = 0;
    if (kept->capacity > IDLE_BYTES)
        ps_rpc_kept_fini(rpc, kept);
}

void ps_rpc_kept_fini(struct ps_messaging_rpc *rpc, struct ps_rpc_kept *kept)
{
    rpc->kept_bytes -= kept->capacity;
    free(kept->data);
    *kept = (struct ps_rpc_kept){ 0 };
}
