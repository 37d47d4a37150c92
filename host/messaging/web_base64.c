/* SPDX-License-Identifier: BSD-3-Clause */
/* host/messaging/web_base64.c - bytes as text (RFC 4648, section 4), for JSON. */
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>

#include "host/base/mem.h"
#include "host/messaging/web_priv.h"

char *ps_web_base64(const void *data, size_t size_bytes)
{
    const size_t text_bytes = sodium_base64_encoded_len(size_bytes, sodium_base64_VARIANT_ORIGINAL);
    char *text = ps_zalloc(text_bytes, 1);

    if (text != NULL)
        sodium_bin2base64(text, text_bytes, data, size_bytes, sodium_base64_VARIANT_ORIGINAL);
    return text;
}

/* libsodium 1.0.18 takes some bytes above 0x7f for digits. */
static bool is_ascii(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)text[i] > 0x7f)
            return false;
    return true;
}

int ps_web_base64_read(const char *text, size_t length, void **ret_data, size_t *ret_size_bytes)
{
    const size_t room = length / 4 * 3 + 1;

    if (!is_ascii(text, length))
        return -EBADMSG;
    unsigned char *data = ps_zalloc(room, 1);
    if (data == NULL)
        return -ENOMEM;
    /* Without a place to say where it stopped, it takes the whole text or nothing. */
    if (sodium_base642bin(data, room, text, length, NULL, ret_size_bytes, NULL,
                          sodium_base64_VARIANT_ORIGINAL) != 0) {
        free(data);
        return -EBADMSG;
    }
    *ret_data = data;
    return 0;
}
