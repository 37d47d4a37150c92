/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/token/token.h - capability tokens: JWTs (RFC 7519) that say who may do what, with which
 * resource, until when. The only place that makes or checks them; the only face of libjwt.
 *
 * Claims: `sub` peer name, `act` list of put fetch create view node, `med` media id and `prf`
 * profile name (absent: any), `reg` region (absent: any), `ten` tenant (absent: default), `iat`,
 * `nbf`, `exp` (needed), `jti` (needed with `use`), `use` "once": worth one check, ever; `cnf.ip`:
 * only from this address; `aud` this deployment's name. Header: `kid` names the key, `alg` must be
 * the key's own - never the token's choice, never `none`.
 *
 * Keys: a file of lines KID:ALG:BASE64URL-SECRET (HS256, 32 bytes or more) or KID:ALG:PEM-FILE
 * (ES256, EdDSA: public halves of issuers that are not us); mode 0600 or 0640. The first HS256 key
 * signs what we issue. Without a file a key is drawn and kept in the state directory.
 *
 * Every check costs the same few microseconds however wrong the token is; checked tokens are
 * remembered (bounded), so that a peer's next request costs a comparison. A refusal says one word
 * of enum ps_token_refusal to counters, and nothing more than "refused" to the bearer.
 *
 * Threads: one at a time per object. No I/O after creation, no clock: time comes in, wall clock.
 */
#ifndef PS_HOST_TOKEN_TOKEN_H
#define PS_HOST_TOKEN_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "host/plan/grant.h"

#define PS_TOKEN_BYTES_MAX   2048u /* the text, without its NUL */
#define PS_TOKEN_KEYS_MAX    16u
#define PS_TOKEN_ONCE_MAX    65536u        /* used `once` tokens remembered until they expire */
#define PS_TOKEN_CACHE_MAX   16384u        /* checked tokens remembered */
#define PS_TOKEN_LEEWAY_NS   5000000000ull /* clocks of issuers differ by so much */
#define PS_TOKEN_LIFE_NS_MAX (24ull * 3600 * 1000000000) /* a longer one is refused, ours too */

enum ps_token_refusal {
    PS_TOKEN_MALFORMED, /* no JWT, too long, claims missing or of another type, unknown key */
    PS_TOKEN_FORGED,    /* the signature is not the key's, or the algorithm is not */
    PS_TOKEN_EXPIRED,   /* or lives too long */
    PS_TOKEN_EARLY,     /* before `nbf` or `iat` */
    PS_TOKEN_REPLAYED,  /* `once` and used before, or not from its address */
    PS_TOKEN_REVOKED,
    PS_TOKEN_ELSEWHERE,   /* for another deployment (`aud`) */
    PS_TOKEN_WRONG_ROLE,  /* the action is not granted */
    PS_TOKEN_WRONG_PLACE, /* another resource, region or tenant */
    PS_TOKEN_REFUSAL_COUNT,
};

struct ps_tokens;

struct ps_tokens_config {
    const char *key_file;  /* NULL: draw one, or that of the state directory */
    const char *state_dir; /* NULL: keep nothing; keys drawn die with the process */
    const char *audience;  /* this deployment's name, 1..64 */
    uint32_t (*tenant_of)(void *arg, const char *name); /* position, or UINT32_MAX; NULL: 0 */
    void *arg;
};

/* What a guard wants to be allowed. */
struct ps_token_want {
    enum ps_action action;
    uint64_t media_key;   /* 0: not about a resource (hello, own answers) */
    uint64_t profile_key; /* 0 with a media: any of its profiles would do */
    uint32_t region;      /* or PS_GRANT_ANY_REGION: not about one */
};

struct ps_token_status {
    uint64_t issued, accepted, cached; /* cached: of those accepted, by comparison alone */
    uint64_t refused[PS_TOKEN_REFUSAL_COUNT];
    uint32_t keys, once_remembered, revoked;
};

/** @return 0, -EINVAL (a key; see the log line in ret_why), -ENOENT, -EACCES (mode) or -ENOMEM. */
int ps_tokens_create(struct ps_tokens **ret_tokens, const struct ps_tokens_config *cfg,
                     char *ret_why, size_t why_bytes);
/** Keys are overwritten. NULL is allowed. */
void ps_tokens_destroy(struct ps_tokens *tokens);

/**
 * Sign a grant; names must be given since keys cannot be turned back.
 * @param ret_text  free() it.
 * @return 0, -EINVAL, -ENOKEY (no key of ours) or -ENOMEM.
 */
struct ps_token_issue {
    const char *peer;
    uint32_t actions;
    const char *media, *profile, *tenant; /* NULL: any; tenant NULL: default */
    uint32_t region;                      /* or PS_GRANT_ANY_REGION */
    uint64_t life_ns;                     /* up to PS_TOKEN_LIFE_NS_MAX */
    bool once;
    const char *address; /* numeric; NULL: from anywhere */
};
int ps_tokens_issue(struct ps_tokens *tokens, const struct ps_token_issue *issue, uint64_t wall_ns,
                    char **ret_text);

/**
 * Is this token good, now and from there? What it allows is in the grant: ps_grant_allows() judges
 * each use. `once` is used up by this.
 *
 * @param text    Not NUL-terminated, @p length bytes from outside.
 * @param from    NULL: not over a network.
 * @return 0 or -EACCES; @p ret_refusal (may be NULL) says why, for counters and logs.
 */
int ps_tokens_check(struct ps_tokens *tokens, const char *text, size_t length,
                    const struct sockaddr *from, uint64_t wall_ns, struct ps_grant *ret_grant,
                    enum ps_token_refusal *ret_refusal);

/** @return 0, or -EACCES with the refusal counted: expired, wrong role or wrong place. */
int ps_tokens_allow(struct ps_tokens *tokens, const struct ps_grant *grant,
                    const struct ps_token_want *want, uint64_t wall_ns);

/** Tokens of this `jti` are refused from now on, until @p until_ns. @return 0 or -ENOSPC. */
int ps_tokens_revoke(struct ps_tokens *tokens, const char *jti, uint64_t until_ns);

void ps_tokens_status(const struct ps_tokens *tokens, struct ps_token_status *ret_status);
/** In words: malformed, forged, ...; never NULL. */
const char *ps_token_refusal_name(enum ps_token_refusal refusal);

#endif
