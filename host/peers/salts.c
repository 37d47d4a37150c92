/* SPDX-License-Identifier: BSD-3-Clause */
/* host/peers/salts.c - what keys are made with, for as long as something is kept under it. */
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/mem.h"
#include "host/peers/peers_priv.h"

_Static_assert(crypto_shorthash_KEYBYTES == PS_PEERS_SALT_BYTES, "SipHash-2-4's key");
_Static_assert(crypto_shorthash_BYTES == sizeof(uint64_t), "and its result");

int ps_peers_salts_init(struct ps_peers *peers)
{
    struct ps_peers_salts *salts = &peers->salts;

    salts->outs = ps_zalloc(PS_PEERS_OPT_OUTS_MAX, sizeof(*salts->outs));
    if (salts->outs == NULL)
        return -ENOMEM;
    peers->cfg.random(peers->cfg.arg, &salts->set_id, sizeof(salts->set_id));
    peers->cfg.random(peers->cfg.arg, salts->out_secret, sizeof(salts->out_secret));
    salts->version = 1;
    return 0;
}

void ps_peers_salts_fini(struct ps_peers_salts *salts)
{
    free(salts->outs);
    explicit_bzero(salts, sizeof(*salts));
}

uint64_t ps_peers_hash(const uint8_t salt[static PS_PEERS_SALT_BYTES], const struct ps_peer_id *id)
{
    uint8_t bytes[crypto_shorthash_BYTES];
    uint64_t hash = 0;

    crypto_shorthash(bytes, id->bytes, id->size_bytes, salt);
    for (size_t i = sizeof(bytes); i-- > 0;)
        hash = hash << 8 | bytes[i];
    return hash == 0 ? 1 : hash;
}

static void drop_oldest(struct ps_peers_salts *salts, uint32_t count)
{
    salts->count -= count;
    memmove(salts->list, salts->list + count, salts->count * sizeof(*salts->list));
    explicit_bzero(salts->list + salts->count, count * sizeof(*salts->list));
    salts->version++;
}

/* Before its time: whatever may be of it goes, too. */
static void retire_oldest(struct ps_peers *peers)
{
    ps_peers_forget_until(peers, peers->salts.list[0].until_ns, UINT32_MAX);
    drop_oldest(&peers->salts, 1);
}

/* A salt is used up to its end even if the clock was set back to before its beginning. */
const struct ps_peers_salt *ps_peers_salt_now(struct ps_peers *peers, uint64_t now_ns)
{
    struct ps_peers_salts *salts = &peers->salts;
    struct ps_peers_salt *newest = salts->count == 0 ? NULL : &salts->list[salts->count - 1];

    if (newest != NULL && now_ns < newest->until_ns)
        return newest;
    if (salts->count == PS_PEERS_SALTS_MAX) /* many were drawn before rotation was made slower */
        retire_oldest(peers);
    newest = &salts->list[salts->count++];
    newest->from_ns = now_ns;
    newest->until_ns = now_ns + peers->cfg.salt_rotate_ns;
    peers->cfg.random(peers->cfg.arg, newest->bytes, sizeof(newest->bytes));
    salts->version++;
    return newest;
}

uint64_t ps_peers_salt_gone_ns(const struct ps_peers *peers, const struct ps_peers_salt *salt)
{
    return salt->until_ns + peers->cfg.retain_ns + PS_PEERS_SALT_SLACK_NS;
}

void ps_peers_salts_retire(struct ps_peers *peers, uint64_t now_ns)
{
    struct ps_peers_salts *salts = &peers->salts;
    uint32_t gone = 0;

    while (gone < salts->count && ps_peers_salt_gone_ns(peers, &salts->list[gone]) <= now_ns)
        gone++;
    if (gone == 0)
        return;
    drop_oldest(salts, gone);
}
