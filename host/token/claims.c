/* SPDX-License-Identifier: BSD-3-Clause */
/* host/token/claims.c - a token taken apart, and what its claims say. */
#include <jansson.h>
#include <string.h>

#include "host/base/hash.h"
#include "host/base/name.h"
#include "host/base/prefix.h"
#include "host/token/token_priv.h"

#define DEPTH_MAX     4
#define ITEMS_MAX     64
#define SECONDS_MAX   9e9 /* of the year 2255: its nanoseconds fit 64 bits */
#define NS_PER_SECOND 1000000000.0
#define REGION_MAX    65535

/* ---- JSON ---- */

/* Counted before a parser sees it: what is nested and how many items there can be. */
static bool is_small(const char *json, size_t size_bytes)
{
    int depth = 0, items = 0;
    bool quoted = false;

    for (size_t i = 0; i < size_bytes; i++) {
        const char c = json[i];

        if (quoted && c == '\\')
            i++;
        else if (c == '"')
            quoted = !quoted;
        else if (!quoted && (c == '[' || c == '{'))
            depth++, items++;
        else if (!quoted && (c == ']' || c == '}'))
            depth--;
        else if (!quoted && c == ',')
            items++;
        if (depth > DEPTH_MAX || items > ITEMS_MAX)
            return false;
    }
    return true;
}

/* @return An object to json_decref(), or NULL. */
static json_t *parse(const char *json, size_t size_bytes)
{
    json_t *object;

    if (!is_small(json, size_bytes))
        return NULL;
    object = json_loadb(json, size_bytes, JSON_REJECT_DUPLICATES, NULL);
    if (json_is_object(object))
        return object;
    json_decref(object);
    return NULL;
}

/* Absent is allowed and leaves "". @return false: no string, or not of 1..max printable bytes. */
static bool take_text(const json_t *object, const char *name, char *ret_text, size_t max)
{
    const json_t *value = json_object_get(object, name);
    const char *text = json_string_value(value);
    const size_t length = text == NULL ? 0 : strlen(text);

    ret_text[0] = '\0';
    if (value == NULL)
        return true;
    if (length == 0 || length > max)
        return false;
    for (size_t i = 0; i < length; i++)
        if (text[i] < ' ' || text[i] == 0x7f)
            return false;
    memcpy(ret_text, text, length + 1);
    return true;
}

static bool take_name(const json_t *object, const char *name, char *ret_text, size_t max)
{
    return take_text(object, name, ret_text, max) &&
           (ret_text[0] == '\0' || ps_name_is_valid(ret_text, max));
}

/* Seconds since the epoch, fractions allowed (RFC 7519, NumericDate). Absent leaves 0. */
static bool take_time(const json_t *object, const char *name, uint64_t *ret_ns)
{
    const json_t *value = json_object_get(object, name);
    const double seconds = json_number_value(value);

    *ret_ns = 0;
    if (value == NULL)
        return true;
    if (!json_is_number(value) || !(seconds >= 1 && seconds <= SECONDS_MAX))
        return false;
    *ret_ns = json_is_integer(value) ? (uint64_t)json_integer_value(value) * 1000000000u
                                     : (uint64_t)(seconds * NS_PER_SECOND);
    return true;
}

/* Absent leaves what is there. */
static bool take_number(const json_t *object, const char *name, json_int_t max, uint32_t *number)
{
    const json_t *value = json_object_get(object, name);
    const json_int_t said = json_integer_value(value);

    if (value == NULL)
        return true;
    if (!json_is_integer(value) || said < 0 || said > max)
        return false;
    *number = (uint32_t)said;
    return true;
}

/* ---- header ---- */

/* What the header has to say is little; a `crit` that we do not know forbids to go on (RFC 7515).
 */
static bool read_header(const char *json, size_t size_bytes, const struct ps_token_keys *keys,
                        const struct ps_token_key **ret_key, enum ps_token_refusal *ret_refusal)
{
    char algorithm[16], kid[PS_TOKEN_KID_MAX + 1], type[8];
    json_t *header = parse(json, size_bytes);
    const bool well_formed =
        header != NULL && take_text(header, "alg", algorithm, sizeof(algorithm) - 1) &&
        algorithm[0] != '\0' && take_name(header, "kid", kid, PS_TOKEN_KID_MAX) &&
        take_text(header, "typ", type, sizeof(type) - 1) &&
        (type[0] == '\0' || strcmp(type, "JWT") == 0) && json_object_get(header, "crit") == NULL;

    json_decref(header);
    *ret_refusal = PS_TOKEN_MALFORMED;
    if (!well_formed)
        return false;
    *ret_key = ps_token_keys_find(keys, kid);
    if (*ret_key == NULL)
        return false;
    *ret_refusal = PS_TOKEN_FORGED;
    return strcmp(algorithm, ps_token_algorithm_name((*ret_key)->algorithm)) == 0;
}

static bool decode(const char *from, const char *to, char *ret_bytes, size_t room_bytes,
                   size_t *ret_size_bytes)
{
    return sodium_base642bin((unsigned char *)ret_bytes, room_bytes, from, (size_t)(to - from),
                             NULL, ret_size_bytes, NULL, PS_TOKEN_BASE64) == 0;
}

bool ps_token_take_apart(struct ps_token_parts *parts, const struct ps_token_keys *keys,
                         const char *text, size_t length, enum ps_token_refusal *ret_refusal)
{
    char header[PS_TOKEN_BYTES_MAX], signature[PS_TOKEN_BYTES_MAX];
    size_t header_bytes, signature_bytes;
    const char *dot, *last;

    *ret_refusal = PS_TOKEN_MALFORMED;
    if (length > PS_TOKEN_BYTES_MAX)
        return false;
    memcpy(parts->text, text, length);
    parts->text[length] = '\0';
    text = parts->text;
    if (strspn(text, PS_TOKEN_DIGITS ".") != length || (dot = strchr(text, '.')) == NULL ||
        (last = strchr(dot + 1, '.')) == NULL)
        return false;
    if (!decode(text, dot, header, sizeof(header), &header_bytes) ||
        !decode(dot + 1, last, parts->claims, sizeof(parts->claims), &parts->claims_bytes) ||
        !decode(last + 1, text + length, signature, sizeof(signature), &signature_bytes))
        return false;
    return is_small(parts->claims, parts->claims_bytes) &&
           read_header(header, header_bytes, keys, &parts->key, ret_refusal);
}

/* ---- claims ---- */

static bool read_actions(const json_t *claims, uint32_t *ret_actions)
{
    const json_t *list = json_object_get(claims, "act");
    const json_t *item;
    size_t i;

    *ret_actions = 0;
    json_array_foreach(list, i, item)
    {
        if (!json_is_string(item))
            return false;
        *ret_actions |= ps_token_action(json_string_value(item));
    }
    return json_is_array(list);
}

static bool read_audience(const json_t *claims, const char *audience, bool *ret_is_ours)
{
    const json_t *said = json_object_get(claims, "aud");
    const json_t *item;
    size_t i;

    *ret_is_ours = json_is_string(said) && strcmp(json_string_value(said), audience) == 0;
    if (said == NULL || json_is_string(said))
        return true;
    json_array_foreach(said, i, item)
    {
        if (!json_is_string(item))
            return false;
        *ret_is_ours |= strcmp(json_string_value(item), audience) == 0;
    }
    return json_is_array(said);
}

/* A proof of another kind than the address cannot be asked for: the token is not for us. */
static bool read_binding(const json_t *claims, struct ps_token_facts *facts)
{
    const json_t *binding = json_object_get(claims, "cnf");
    const char *address = json_string_value(json_object_get(binding, "ip"));

    facts->bound = binding != NULL;
    if (binding == NULL)
        return true;
    return json_object_size(binding) == 1 && address != NULL &&
           ps_address_parse(facts->address, address) == 0;
}

static bool read_use(const json_t *claims, struct ps_token_facts *facts)
{
    char use[8];

    if (!take_text(claims, "use", use, sizeof(use) - 1))
        return false;
    facts->once = strcmp(use, "once") == 0;
    return use[0] == '\0' || (facts->once && facts->id[0] != '\0' && facts->issued_ns != 0);
}

static bool read_times(const json_t *claims, struct ps_token_facts *facts)
{
    return take_time(claims, "iat", &facts->issued_ns) &&
           take_time(claims, "nbf", &facts->from_ns) &&
           take_time(claims, "exp", &facts->grant.until_ns) && facts->grant.until_ns != 0;
}

static bool read_place(const json_t *claims, const struct ps_tokens_config *cfg,
                       struct ps_token_claims *ret)
{
    struct ps_grant *grant = &ret->facts.grant;
    char tenant[PS_TOKEN_ID_MAX + 1];

    grant->region = PS_GRANT_ANY_REGION;
    if (!take_name(claims, "med", ret->facts.media, PS_MEDIA_ID_MAX) ||
        !take_name(claims, "prf", ret->facts.profile, PS_PROFILE_NAME_MAX) ||
        !take_number(claims, "reg", REGION_MAX, &grant->region) ||
        !take_text(claims, "ten", tenant, PS_TOKEN_ID_MAX))
        return false;
    if (ret->facts.media[0] != '\0')
        grant->media_key = ps_hash64_name(ret->facts.media);
    if (ret->facts.profile[0] != '\0')
        grant->profile_key = ps_hash64_name(ret->facts.profile);
    if (cfg->tenant_of != NULL)
        grant->tenant = cfg->tenant_of(cfg->arg, tenant[0] == '\0' ? "default" : tenant);
    ret->tenant_is_ours = grant->tenant != UINT32_MAX;
    return true;
}

static uint64_t once_id(const char *kid, const char *id)
{
    char text[PS_TOKEN_KID_MAX + 1 + PS_TOKEN_ID_MAX + 1];
    const size_t kid_bytes = strlen(kid) + 1, id_bytes = strlen(id);

    memcpy(text, kid, kid_bytes); /* with its NUL: two issuers may count alike */
    memcpy(text + kid_bytes, id, id_bytes);
    return ps_hash64(text, kid_bytes + id_bytes);
}

bool ps_token_read_claims(struct ps_token_claims *ret_claims, const struct ps_token_parts *parts,
                          const struct ps_tokens_config *cfg)
{
    struct ps_token_claims read = { .is_ours = false };
    struct ps_token_facts *facts = &read.facts;
    json_t *claims = parse(parts->claims, parts->claims_bytes);
    const bool well_formed =
        claims != NULL && take_name(claims, "sub", facts->grant.peer, PS_PEER_NAME_MAX) &&
        facts->grant.peer[0] != '\0' && read_actions(claims, &facts->grant.actions) &&
        take_text(claims, "jti", facts->id, PS_TOKEN_ID_MAX) && read_times(claims, facts) &&
        read_use(claims, facts) && read_binding(claims, facts) &&
        take_number(claims, "wm", UINT32_MAX, &facts->grant.mark) &&
        read_audience(claims, cfg->audience, &read.is_ours) && read_place(claims, cfg, &read);

    json_decref(claims);
    if (!well_formed)
        return false;
    memcpy(facts->kid, parts->key->kid, sizeof(facts->kid));
    facts->grant.peer_key = ps_hash64_name(facts->grant.peer);
    if (facts->id[0] != '\0') {
        facts->grant.token_id = ps_hash64_name(facts->id);
        read.once_id = once_id(facts->kid, facts->id);
    }
    *ret_claims = read;
    return true;
}
