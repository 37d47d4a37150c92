/* SPDX-License-Identifier: BSD-3-Clause */
/* host/messaging/web_call.c - one request: who asks, and for which collection. */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "host/base/hash.h"
#include "host/messaging/web_priv.h"

static void refuse(const struct ps_web_call *call, const struct ps_web_error *error)
{
    call->web->status.errors++;
    ps_web_answer_error(call->request, call->format, error);
}

void ps_web_call_fail(const struct ps_web_call *call, int rc, enum ps_web_verb verb,
                      const struct ps_messaging_why *why)
{
    const struct ps_web_error error = ps_web_error_of(rc, verb, why);

    refuse(call, &error);
}

int ps_web_call_number(const struct ps_web_call *call, const char *name, uint64_t max,
                       uint64_t *value)
{
    const char *text = ps_http_argument(call->request, name);

    return text == NULL ? 0 : ps_web_number(text, max, value);
}

/* One of two places (RFC 6750, 2): EventSource cannot set headers. NULL: none, or both. */
static const char *token_of(struct ps_http_request *request)
{
    const char *header = ps_http_header(request, "Authorization");
    const char *argument_text = ps_http_argument(request, "access_token");

    if (header == NULL)
        return argument_text;
    if (argument_text != NULL || strncasecmp(header, "Bearer ", 7) != 0)
        return NULL;
    return header + 7 + strspn(header + 7, " ");
}

bool ps_web_call_admit(struct ps_web_call *call)
{
    static const struct ps_web_error no_token = { 401, "token", 0, 0 };
    struct ps_messaging_web *web = call->web;
    const char *token = token_of(call->request);

    if (token != NULL && web->cfg.gate.check(web->cfg.gate.arg, token, strlen(token),
                                             ps_http_peer(call->request), &call->grant) == 0)
        return true;
    web->status.refused_tokens++;
    refuse(call, &no_token);
    return false;
}

/* The region that is asked for, else the token's, else that of the address. */
static int find_region(const struct ps_web_call *call, uint32_t *ret_region)
{
    const struct ps_messaging_web_config *cfg = &call->web->cfg;
    uint64_t region = call->grant.region;
    const int rc = ps_web_call_number(call, "region", UINT16_MAX, &region);

    if (rc == 0 && region == PS_GRANT_ANY_REGION)
        region = cfg->region_of == NULL ? 0 : cfg->region_of(cfg->arg, ps_http_peer(call->request));
    *ret_region = (uint32_t)region;
    return rc;
}

int ps_web_call_find(struct ps_web_call *call)
{
    struct ps_web_place *place = &call->place;
    uint32_t region = 0;
    int rc = ps_web_place_read(ps_http_path(call->request), place);

    if (rc != 0)
        return rc;
    if (place->kind == PS_COLLECTION_PEER) {
        call->id = ps_messaging_peer_id(place->first, strlen(place->first));
        return 0;
    }
    rc = find_region(call, &region);
    const struct ps_resource resource = { .media_key = ps_hash64_name(place->first),
                                          .profile_key = ps_hash64_name(place->second) };
    if (rc == 0)
        call->id = ps_messaging_resource_id(call->web->messaging, &resource, region);
    return rc;
}
