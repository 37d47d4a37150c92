/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/token/token.h - capability tokens: JWTs (RFC 7519) that say who may do what, with which
 * resource, until when. The only place that makes or checks them; the only face of libjwt.
 *
 * Claims: `sub` peer name, `act` list of put fetch create view node, `med` media id and `prf`
 * profile name (absent: any), `reg` region (absent: any), `ten` tenant (absent: default), `iat`,
 * `nbf`, `exp` (needed), `jti` (needed with `use`), `use` "once": worth one check, ever (needs
 * `iat`); `cnf.ip`: only from this address; `aud` this deployment's name (needed); `wm` the
 * viewer's number in the book of the watermark. Others are passed over. Header: `kid` names the
 * key, `alg` must be the key's own - never the token's choice, never `none`.
 *
 * Keys: a file of lines KID:HS256:BASE64URL-SECRET (32 bytes or more) or KID:ES256:PEM-FILE (public
 * halves of issuers that are not us; beside the file unless absolute); mode 0600 or 0640. The first
 * HS256 key signs what we issue. Without a file a key is drawn that dies with the object.
 *
 * A signature is looked at before anything that the token says; all signatures of one algorithm
 * cost the same however wrong. Checked tokens are remembered (bounded), so that a peer's next
 * request costs a comparison. A refusal says one word of enum ps_token_refusal to counters, and
 * nothing more than "refused" to the bearer.
 *
 * Used `once` tokens are remembered by this object alone: those issued before it was are refused,
 * since they may have been used up in an earlier life.
 *
 * Threads: one at a time per object. No I/O but at creation and new keys, no clock: time comes in,
 * wall clock, unscaled.
 */
#ifndef PS_HOST_TOKEN_TOKEN_H
#define PS_HOST_TOKEN_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "host/plan/grant.h"

#define PS_TOKEN_BYTES_MAX    2048u /* the text, without its NUL */
#define PS_TOKEN_KEYS_MAX     16u
#define PS_TOKEN_KID_MAX      64u           /* 1..64 of A-Z a-z 0-9 . _ ~ - */
#define PS_TOKEN_ID_MAX       128u          /* bytes of a `jti` */
#define PS_TOKEN_ONCE_MAX     65536u        /* used `once` tokens remembered until they expire */
#define PS_TOKEN_REVOKED_MAX  65536u        /* likewise */
#define PS_TOKEN_CACHE_MAX    16384u        /* checked tokens remembered, ... */
#define PS_TOKEN_CACHED_BYTES 1024u         /* ... if no longer than this */
#define PS_TOKEN_LEEWAY_NS    5000000000ull /* clocks of issuers differ by so much */
#define PS_TOKEN_LIFE_NS_MAX  (24ull * 3600 * 1000000000) /* a longer one is refused, ours too */

enum ps_token_refusal {
    PS_TOKEN_MALFORMED, /* no JWT, too long, claims missing or of another type, unknown key */
    PS_TOKEN_FORGED,    /* the signature is not the key's, or the algorithm is not */
    PS_TOKEN_EXPIRED,   /* or lives too long */
    PS_TOKEN_EARLY,     /* before `nbf` or `iat` */
    PS_TOKEN_REPLAYED,  /* `once` and used before, or not from its address */
    PS_TOKEN_REVOKED,
    PS_TOKEN_ELSEWHERE,   /* for another deployment (`aud`) */
    PS_TOKEN_WRONG_ROLE,  /* the action is not granted */
    PS_TOKEN_WRONG_PLACE, /* another resource, region or tenant; or no tenant of ours */
    PS_TOKEN_FULL,        /* `once`, and as many as can be remembered are */
    PS_TOKEN_REFUSAL_COUNT,
};

struct ps_tokens;

struct ps_tokens_config {
    const char *key_file; /* NULL: draw one */
    const char *audience; /* this deployment's name, 1..64 */
    uint64_t wall_ns;     /* now: `once` tokens of before are refused */
    uint32_t (*tenant_of)(void *arg, const char *name); /* position, or UINT32_MAX; NULL: 0 */
    void *arg;
};

/* What a guard wants to be allowed. */
struct ps_token_want {
    enum ps_action action;
    uint64_t media_key;   /* 0: not about a resource (hello, own answers) */
    uint64_t profile_key; /* 0 with a media: any of its profiles would do */
    uint32_t region;      /* or PS_GRANT_ANY_REGION: not about one */
    uint32_t tenant;      /* whose the media is; or PS_GRANT_ANY_TENANT: not about one's */
};

struct ps_token_status {
    uint64_t issued, accepted, cached; /* cached: of those accepted, by comparison alone */
    uint64_t refused[PS_TOKEN_REFUSAL_COUNT];
    uint32_t keys, once_remembered, revoked;
};

/**
 * @param ret_why  Room for what is wrong with a key, in words with file and line; "" when nothing
 *                 is.
 * @return 0, -EINVAL (a key, or the audience), -ENOENT, -EPERM (others can reach a file), -ENOMEM,
 *         or another negative errno of reading files.
 */
int ps_tokens_create(struct ps_tokens **ret_tokens, const struct ps_tokens_config *cfg,
                     char *ret_why, size_t why_bytes);
/** Keys are overwritten. NULL is allowed. */
void ps_tokens_destroy(struct ps_tokens *tokens);

/**
 * Take the keys of the file as it is now instead of those there are. Tokens of keys that went are
 * refused from now on. @return as ps_tokens_create(); when not 0, nothing changed.
 */
int ps_tokens_read_keys(struct ps_tokens *tokens, const char *key_file, char *ret_why,
                        size_t why_bytes);

/* A line for a key file, with its NUL. */
#define PS_TOKEN_KEY_LINE_BYTES 80u
/** Draw an HS256 key with a kid of its own. Overwrite the line after use. */
void ps_token_draw_key(char ret_line[static PS_TOKEN_KEY_LINE_BYTES]);

/* Names must be given since keys cannot be turned back. */
struct ps_token_issue {
    const char *peer;
    uint32_t actions;                     /* set of enum ps_action, not empty */
    const char *media, *profile, *tenant; /* NULL: any; tenant NULL: default */
    uint32_t region;                      /* 0..65535 or PS_GRANT_ANY_REGION */
    uint64_t life_ns;                     /* 1 s to PS_TOKEN_LIFE_NS_MAX; whole seconds count */
    bool once;
    const char *address; /* numeric; NULL: from anywhere */
    uint32_t mark;       /* the viewer's number in the watermark's book; 0: none */
};
/**
 * Sign a grant, with a `jti` drawn for it.
 * @param ret_text  free() it.
 * @return 0, -EINVAL (a name, number or address), -ENOKEY (no key of ours) or -ENOMEM.
 */
int ps_tokens_issue(struct ps_tokens *tokens, const struct ps_token_issue *issue, uint64_t wall_ns,
                    char **ret_text);

/**
 * Is this token good, now and from there? What it allows is in the grant: ps_tokens_allow() judges
 * each use. `once` is used up by this.
 *
 * @param text    Not NUL-terminated, @p length bytes from outside.
 * @param from    NULL: not over a network.
 * @return 0 or -EACCES; @p ret_refusal (may be NULL) says why, for counters and logs.
 */
int ps_tokens_check(struct ps_tokens *tokens, const char *text, size_t length,
                    const struct sockaddr *from, uint64_t wall_ns, struct ps_grant *ret_grant,
                    enum ps_token_refusal *ret_refusal);

/* A token as its issuer's operator sees it. */
struct ps_token_facts {
    struct ps_grant grant;
    char kid[PS_TOKEN_KID_MAX + 1];
    char id[PS_TOKEN_ID_MAX + 1];          /* `jti`, or "" */
    char media[PS_MEDIA_ID_MAX + 1];       /* or "" */
    char profile[PS_PROFILE_NAME_MAX + 1]; /* or "" */
    uint64_t issued_ns;                    /* 0: not said */
    uint64_t from_ns;                      /* 0: not said */
    bool once, bound;                      /* bound: to an address */
    uint8_t address[16];                   /* IPv4 as ::ffff:a.b.c.d */
};
/**
 * As ps_tokens_check() from the right address, but nothing is counted, used up or remembered.
 * @return 0 or -EACCES.
 */
int ps_tokens_look(struct ps_tokens *tokens, const char *text, size_t length, uint64_t wall_ns,
                   struct ps_token_facts *ret_facts, enum ps_token_refusal *ret_refusal);

/** @return 0, or -EACCES with the refusal counted: expired, revoked, wrong role or wrong place.
 * @param ret_refusal  May be NULL. */
int ps_tokens_allow(struct ps_tokens *tokens, const struct ps_grant *grant,
                    const struct ps_token_want *want, uint64_t wall_ns,
                    enum ps_token_refusal *ret_refusal);

/** Tokens of this `jti`, of all issuers, are refused from now on, until @p until_ns.
 * @return 0, -EINVAL (no `jti`) or -ENOSPC. */
int ps_tokens_revoke(struct ps_tokens *tokens, const char *id, uint64_t wall_ns, uint64_t until_ns);
/** Revocations as bytes (version, crc32c). @param ret_data  free() it. @return 0 or -ENOMEM. */
int ps_tokens_save_revoked(const struct ps_tokens *tokens, void **ret_data, size_t *ret_size_bytes);
/** Before anything is revoked. @return 0, or -EINVAL (damaged, or another version): none taken. */
int ps_tokens_load_revoked(struct ps_tokens *tokens, const void *data, size_t size_bytes,
                           uint64_t wall_ns);

void ps_tokens_status(const struct ps_tokens *tokens, struct ps_token_status *ret_status);
/** The keys by place, 0..status.keys-1: kid and algorithm, valid until keys are read anew.
 * @param ret_signs  whether it signs what we issue. */
void ps_tokens_key(const struct ps_tokens *tokens, uint32_t place, const char **ret_kid,
                   const char **ret_algorithm, bool *ret_signs);
/** In words: malformed, forged, ...; never NULL. */
const char *ps_token_refusal_name(enum ps_token_refusal refusal);
/** `put`, `fetch`, ...; NULL: no one action of ours. */
const char *ps_token_action_name(uint32_t action);
/** The action of that name; 0: none. */
uint32_t ps_token_action(const char *name);

#endif
