/* SPDX-License-Identifier: BSD-3-Clause */
/* host/cluster/lease_record.c - records of the bucket ps_segments, written and read. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "host/base/assert.h"
#include "host/base/bytes.h"
#include "host/cluster/cluster_priv.h"
#include "host/cluster/json_priv.h"

#define RECORD_BYTES 16u
#define LEASE_MAX_NS (600 * PS_NS) /* longer than anybody means */

int ps_lease_write(struct ps_cluster *c, const struct ps_segment_key *key,
                   const struct ps_lease *says, uint64_t expected_seq, uint64_t timeout_ns,
                   const struct ps_call *call)
{
    char subject[PS_SUBJECT_MAX], text[PS_CLUSTER_KEY_TEXT], sequence[24];
    uint8_t data[RECORD_BYTES];
    struct ps_bytes b = ps_bytes_of(data, sizeof(data));
    const bool is_free = says->state == PS_LEASE_FREE;

    ps_cluster_key_text(key, text);
    snprintf(subject, sizeof(subject), "%s" PS_LEASE_SUBJECT "%s", c->kv_prefix, text);
    snprintf(sequence, sizeof(sequence), "%" PRIu64, expected_seq);
    ps_bytes_put(&b, PS_BYTES_VERSION, 1);
    ps_bytes_put(&b, says->state, 1);
    ps_bytes_put(&b, c->status.node, 2);
    ps_bytes_put(&b, c->cfg.lease_ms, 4);
    ps_bytes_put(&b, says->size_bytes, 4);
    ps_bytes_put(&b, says->crc32c, 4);
    ps_assert(b.ok);
    const struct ps_request request = {
        .subject = subject,
        .header = { "Nats-Expected-Last-Subject-Sequence", is_free ? "KV-Operation" : NULL },
        .value = { sequence, "DEL" },
        .data = data,
        .size_bytes = is_free ? 0 : sizeof(data),
        .timeout_ns = timeout_ns,
        .call = *call,
    };
    return ps_call(c, &request);
}

bool ps_lease_read(natsMsg *msg, struct ps_lease *ret_says)
{
    struct ps_reader b = ps_reader_of(natsMsg_GetData(msg), (size_t)natsMsg_GetDataLength(msg));

    *ret_says = (struct ps_lease){ .state = PS_LEASE_FREE };
    if (natsMsg_GetDataLength(msg) == 0)
        return true;
    if (ps_reader_get(&b, 1) != PS_BYTES_VERSION)
        return false;
    ret_says->state = (uint8_t)ps_reader_get(&b, 1);
    ret_says->node = (uint16_t)ps_reader_get(&b, 2);
    ret_says->lease_ns = ps_reader_get(&b, 4) * 1000000;
    ret_says->size_bytes = (uint32_t)ps_reader_get(&b, 4);
    ret_says->crc32c = (uint32_t)ps_reader_get(&b, 4);
    if (ret_says->lease_ns > LEASE_MAX_NS)
        ret_says->lease_ns = LEASE_MAX_NS;
    return b.ok && ret_says->state <= PS_LEASE_MADE;
}

uint32_t ps_lease_ack(int status, natsMsg *answer, uint64_t *ret_seq)
{
    if (status != 0)
        return UINT32_MAX;
    const char *text = natsMsg_GetData(answer);
    const size_t bytes = (size_t)natsMsg_GetDataLength(answer);
    const uint32_t error = ps_json_error(text, bytes);

    return error != 0 ? error : ps_json_u64(text, bytes, "seq", ret_seq) != 0 ? 1 : 0;
}
