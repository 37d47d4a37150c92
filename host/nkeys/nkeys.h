/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/nkeys/nkeys.h - credentials for nats-server: keys of Ed25519 in NATS' base32, and the tokens
 * by which an operator vouches for an account, and an account for its users.
 *
 * Why: with them a server checks who may do what by itself: no list of users to keep on every
 * server, no password on a line, and what a peer is given ends by itself. A user's token names the
 * subjects that it may publish and subscribe to; the server refuses all others at once.
 *
 * Texts that go into tokens are names and subjects of ours: without quotes or backslashes, see
 * -EINVAL. Threads: any; no state. Secrets are overwritten by whoever holds them.
 */
#ifndef PS_HOST_NKEYS_NKEYS_H
#define PS_HOST_NKEYS_NKEYS_H

#include <stdbool.h>
#include <stdint.h>

#define PS_NKEY_BYTES       32u
#define PS_NKEY_PUBLIC_TEXT 57u /* with its NUL */
#define PS_NKEY_SEED_TEXT   59u
#define PS_NKEY_LISTS_MAX   64u /* subjects of one list of a user */

/* The first letter of a public key says what it is of. */
enum ps_nkey_kind { PS_NKEY_OPERATOR = 'O', PS_NKEY_ACCOUNT = 'A', PS_NKEY_USER = 'U' };

struct ps_nkey {
    enum ps_nkey_kind kind;
    uint8_t seed[PS_NKEY_BYTES]; /* secret */
    uint8_t public_key[PS_NKEY_BYTES];
};

/** A key of our own, unguessable. */
void ps_nkey_draw(enum ps_nkey_kind kind, struct ps_nkey *ret_key);
/** The text of a seed, white space behind it allowed. @return 0 or -EINVAL. */
int ps_nkey_parse(const char *seed_text, struct ps_nkey *ret_key);
void ps_nkey_seed_text(const struct ps_nkey *key, char ret_text[PS_NKEY_SEED_TEXT]);
void ps_nkey_public_text(const struct ps_nkey *key, char ret_text[PS_NKEY_PUBLIC_TEXT]);

/** @param system_account  Its public text. @param ret_text  free() it. @return 0, -EINVAL or
 * -ENOMEM; so do all below. */
int ps_nkey_operator_token(const struct ps_nkey *operator_key, const char *name,
                           const char *system_account, uint64_t wall_s, char **ret_text);
/** An account without limits of its own. @param account  Its public text. */
int ps_nkey_account_token(const struct ps_nkey *operator_key, const char *account, const char *name,
                          bool has_jetstream, uint64_t wall_s, char **ret_text);

struct ps_nkey_user {
    const char *name;
    const char *const *publish, *const *subscribe; /* ending in NULL; NULL: everything */
    const char *const *refuse;                     /* of what may be published, not this */
    uint64_t until_s;                              /* wall clock; 0: for ever */
    uint32_t payload_bytes_max;                    /* of a message; 0: the server's */
    uint32_t subscriptions_max;                    /* 0: any */
};
/** A new user's credentials file: its token and its seed. */
int ps_nkey_user_credentials(const struct ps_nkey *account_key, const struct ps_nkey_user *user,
                             uint64_t wall_s, char **ret_text);

#endif
