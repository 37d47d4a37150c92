/* SPDX-License-Identifier: BSD-3-Clause */
/* host/messaging/web_format.c - which of the two forms a client speaks. */
#include <string.h>
#include <strings.h>

#include "host/messaging/web_priv.h"

/* Whether a list of media types names this one; parameters are passed over. */
static bool names(const char *list, const char *type)
{
    const size_t length = strlen(type);

    while (*list != '\0') {
        list += strspn(list, " \t,");
        if (strncasecmp(list, type, length) == 0 && strchr(" \t,;", list[length]) != NULL)
            return true; /* strchr finds the NUL, too */
        list += strcspn(list, ",");
    }
    return false;
}

static bool names_msgpack(const char *list)
{
    return names(list, "application/msgpack") || names(list, "application/x-msgpack") ||
           names(list, "application/vnd.msgpack");
}

const struct ps_web_format *ps_web_format_of(const char *content_type)
{
    if (content_type == NULL)
        return NULL;
    if (names_msgpack(content_type))
        return &ps_web_msgpack;
    return names(content_type, "application/json") ? &ps_web_json : NULL;
}

const struct ps_web_format *ps_web_format_for(const char *accept, const char *content_type)
{
    if (accept != NULL && names_msgpack(accept))
        return &ps_web_msgpack;
    if (accept != NULL && names(accept, "application/json"))
        return &ps_web_json;
    return content_type != NULL && names_msgpack(content_type) ? &ps_web_msgpack : &ps_web_json;
}
