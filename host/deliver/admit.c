/* SPDX-License-Identifier: BSD-3-Clause */
/* host/deliver/admit.c - the token of a request, and whether it lets its bearer in. */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "host/base/hash.h"
#include "host/deliver/deliver_priv.h"

static const char bearer[] = "Bearer ";

/* The header goes first: who can set it need not show the token in URLs. */
static const char *token_of(struct ps_http_request *request, bool *ret_is_of_url)
{
    const char *header = ps_http_header(request, "Authorization");

    *ret_is_of_url = false;
    if (header != NULL && strncasecmp(header, bearer, strlen(bearer)) == 0)
        return header + strlen(bearer);
    const char *argument = ps_http_argument(request, "t");
    *ret_is_of_url = argument != NULL;
    return argument;
}

int ps_exchange_admit(struct ps_exchange *exchange, const struct ps_request_path *path)
{
    const struct ps_deliver_config *cfg = &exchange->deliver->cfg;
    bool is_of_url;

    if (cfg->admit == NULL)
        return 0;
    const char *token = token_of(exchange->request, &is_of_url);
    if (is_of_url && strlen(token) > PS_DELIVER_TOKEN_BYTES_MAX)
        return -EACCES;
    const struct ps_deliver_asker asker = {
        .token = token,
        .from = ps_http_peer(exchange->request),
        .media_key = ps_hash64_name(path->media),
        .profile_key = path->profile[0] == '\0' ? 0 : ps_hash64_name(path->profile),
        .tenant = exchange->media == NULL ? PS_GRANT_ANY_TENANT : exchange->media->tenant,
    };
    const int rc = cfg->admit(cfg->arg, &asker, &exchange->viewer);
    if (rc != 0)
        return rc;
    exchange->has_token = token != NULL;
    exchange->carried = is_of_url ? token : NULL;
    return 0;
}
