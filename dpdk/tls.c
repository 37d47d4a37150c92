/* SPDX-License-Identifier: BSD-3-Clause */
#include "dpdk/tls.h"

#include <stdbool.h>
#include <stddef.h>

#define RECORD_HEADER_BYTES 5u
#define RECORD_HANDSHAKE    22u
#define RECORD_BYTES_MAX    16384u /* of a plaintext */
#define VERSION_MAJOR       3u
#define VERSION_MINOR_MAX   4u
#define CLIENT_HELLO        1u
#define RANDOM_BYTES        32u
#define SESSION_BYTES_MAX   32u
#define EXTENSIONS_MAX      64u /* looked at; clients send about twenty */
#define EXTENSION_NAME      0u  /* server_name */
#define NAME_HOST           0u  /* host_name, the only type there is */
#define LABEL_BYTES_MAX     63u

/* Bytes yet to read. Some of them may be in another packet or record. */
struct part {
    const uint8_t *at;
    uint32_t seen; /* at most left */
    uint32_t left;
    bool is_cut; /* a read went beyond what is seen */
    bool is_bad; /* a read went beyond the end */
};

static bool stands(const struct part *p)
{
    return !p->is_cut && !p->is_bad;
}

/* Once a read failed, all later ones give zeros and no bytes. */
static const uint8_t *take(struct part *p, uint32_t bytes)
{
    static const uint8_t zeros[RANDOM_BYTES] = { 0 };
    const uint8_t *at = p->at;

    p->is_bad = p->is_bad || (!p->is_cut && bytes > p->left);
    p->is_cut = p->is_cut || (!p->is_bad && bytes > p->seen);
    if (!stands(p))
        return zeros;
    p->at += bytes;
    p->seen -= bytes;
    p->left -= bytes;
    return at;
}

static uint32_t take_number(struct part *p, uint32_t bytes)
{
    const uint8_t *at = take(p, bytes);
    uint32_t number = 0;

    for (uint32_t i = 0; i < bytes; i++)
        number = number << 8 | at[i];
    return number;
}

/* The next bytes as a part of their own, of which the packet may show some only. */
static struct part take_part(struct part *p, uint32_t bytes)
{
    struct part inner = *p;

    if (bytes > p->left)
        p->is_bad = true;
    if (!stands(p))
        return (struct part){ .is_cut = p->is_cut, .is_bad = p->is_bad };
    inner.left = bytes;
    inner.seen = p->seen < bytes ? p->seen : bytes;
    p->at += inner.seen;
    p->seen -= inner.seen;
    p->left -= bytes;
    return inner;
}

/* To the end of what this packet and this record have of the hello. */
static struct part open_hello(const struct nic_payload *payload)
{
    struct part p = { .at = payload->at, .seen = payload->bytes, .left = payload->bytes };
    struct part none = { .is_bad = true };
    uint32_t type, major, minor, record_bytes;

    type = take_number(&p, 1);
    major = take_number(&p, 1);
    minor = take_number(&p, 1);
    record_bytes = take_number(&p, 2);
    if (type != RECORD_HANDSHAKE || major != VERSION_MAJOR || minor > VERSION_MINOR_MAX ||
        record_bytes == 0 || record_bytes > RECORD_BYTES_MAX ||
        take_number(&p, 1) != CLIENT_HELLO) /* as a zero is that could not be taken */
        return none;
    if (p.seen > record_bytes - 1)
        p.seen = record_bytes - 1;
    p.left = UINT32_MAX;
    p.left = take_number(&p, 3);
    if (p.seen > p.left)
        p.seen = p.left;
    return p;
}

/* Skip what stands before the extensions. @return Whether that is as it must be. */
static bool skip_to_extensions(struct part *p)
{
    const uint32_t major = take_number(p, 1);
    const uint32_t minor = take_number(p, 1);
    uint32_t session_bytes, suites_bytes, methods_bytes;

    if (stands(p) && (major != VERSION_MAJOR || minor > VERSION_MINOR_MAX))
        return false;
    take(p, RANDOM_BYTES);
    session_bytes = take_number(p, 1);
    take(p, session_bytes);
    suites_bytes = take_number(p, 2);
    if (stands(p) && (suites_bytes < 2 || suites_bytes % 2 != 0))
        return false;
    take_part(p, suites_bytes);
    methods_bytes = take_number(p, 1);
    take_part(p, methods_bytes);
    return session_bytes <= SESSION_BYTES_MAX && !(stands(p) && methods_bytes == 0);
}

static bool is_ldh(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

/* Labels of one character and more, dots between; in lower case. Up to PSD_NAME_BYTES_MAX. */
static bool copy_name(const uint8_t *at, uint32_t bytes, struct nic_tls_name *ret_name)
{
    uint32_t label_bytes = 0;

    for (uint32_t i = 0; i < bytes; i++) {
        const char c = (char)(at[i] >= 'A' && at[i] <= 'Z' ? at[i] | 0x20 : at[i]);

        label_bytes = c == '.' ? 0 : label_bytes + 1;
        if (c == '.' ? i == 0 || at[i - 1] == '.' : !is_ldh(c) || label_bytes > LABEL_BYTES_MAX)
            return false;
        ret_name->text[i] = c;
    }
    ret_name->bytes = bytes;
    return label_bytes > 0;
}

/* Of the server_name extension. */
static enum nic_hello read_names(struct part *p, struct nic_tls_name *ret_name)
{
    const uint32_t list_bytes = take_number(p, 2);
    struct part list = take_part(p, list_bytes);
    const uint32_t type = take_number(&list, 1);
    const uint32_t bytes = take_number(&list, 2);
    const uint8_t *name = stands(&list) && bytes <= PSD_NAME_BYTES_MAX ? take(&list, bytes) : NULL;

    if (list.is_bad)
        return NIC_HELLO_NONE;
    if (list.is_cut)
        return NIC_HELLO_CUT;
    if (name == NULL || type != NAME_HOST || !copy_name(name, bytes, ret_name))
        return NIC_HELLO_UNNAMED;
    return NIC_HELLO_NAMED;
}

enum nic_hello nic_tls_hello(const struct nic_payload *payload, struct nic_tls_name *ret_name)
{
    struct part hello = open_hello(payload);
    struct part extensions;
    uint32_t extensions_bytes;

    if (!skip_to_extensions(&hello))
        return NIC_HELLO_NONE;
    if (stands(&hello) && hello.left == 0) /* TLS before there were any */
        return NIC_HELLO_UNNAMED;
    extensions_bytes = take_number(&hello, 2);
    extensions = take_part(&hello, extensions_bytes);
    for (uint32_t i = 0; i < EXTENSIONS_MAX && stands(&extensions) && extensions.left > 0; i++) {
        const uint32_t type = take_number(&extensions, 2);
        const uint32_t bytes = take_number(&extensions, 2);
        struct part body = take_part(&extensions, bytes);

        if (type == EXTENSION_NAME && stands(&extensions))
            return read_names(&body, ret_name);
    }
    if (extensions.is_bad)
        return NIC_HELLO_NONE;
    return extensions.is_cut ? NIC_HELLO_CUT : NIC_HELLO_UNNAMED;
}
