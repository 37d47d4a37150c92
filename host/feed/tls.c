/* SPDX-License-Identifier: BSD-3-Clause */
/* host/feed/tls.c - see tls.h. */
#include "host/feed/tls.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/mem.h"

/* An external key is bound with SHA-256, so only suites of that hash can be agreed on. */
#define PRIORITY                                                                                   \
    "NONE:+VERS-TLS1.3:+AES-128-GCM:+CHACHA20-POLY1305:+AEAD:+ECDHE-PSK:+GROUP-X25519:"            \
    "+GROUP-SECP256R1:+SIGN-ALL:+COMP-NULL"
#define SESSION_FLAGS (GNUTLS_SERVER | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL | GNUTLS_NO_TICKETS)

struct ps_feed_tls {
    struct ps_feed_keys keys;
    gnutls_psk_server_credentials_t credentials;
    gnutls_priority_t priority;
};

/* The library frees what it is given. @return 0, or -1: no such identity. */
static int find_key(gnutls_session_t session, const char *identity, gnutls_datum_t *ret_key)
{
    const struct ps_feed_tls *tls = gnutls_session_get_ptr(session);
    const struct ps_feed_key *key = ps_feed_keys_find(&tls->keys, identity);

    if (key == NULL)
        return -1;
    ret_key->data = gnutls_malloc(key->byte_count);
    if (ret_key->data == NULL)
        return -1;
    memcpy(ret_key->data, key->bytes, key->byte_count);
    ret_key->size = key->byte_count;
    return 0;
}

int ps_feed_tls_create(struct ps_feed_tls **ret_tls, const struct ps_feed_keys *keys)
{
    struct ps_feed_tls *tls = ps_zalloc(1, sizeof(*tls));

    if (tls == NULL)
        return -ENOMEM;
    tls->keys = *keys;
    if (gnutls_psk_allocate_server_credentials(&tls->credentials) != 0 ||
        gnutls_priority_init(&tls->priority, PRIORITY, NULL) != 0) {
        ps_feed_tls_destroy(tls);
        return -ENOMEM;
    }
    gnutls_psk_set_server_credentials_function(tls->credentials, find_key);
    *ret_tls = tls;
    return 0;
}

void ps_feed_tls_destroy(struct ps_feed_tls *tls)
{
    if (tls == NULL)
        return;
    if (tls->priority != NULL)
        gnutls_priority_deinit(tls->priority);
    if (tls->credentials != NULL)
        gnutls_psk_free_server_credentials(tls->credentials);
    ps_feed_keys_clear(&tls->keys);
    free(tls);
}

int ps_feed_tls_accept(struct ps_feed_tls *tls, int fd, gnutls_session_t *ret_session)
{
    gnutls_session_t session;

    if (gnutls_init(&session, SESSION_FLAGS) != 0)
        return -ENOMEM;
    if (gnutls_priority_set(session, tls->priority) != 0 ||
        gnutls_credentials_set(session, GNUTLS_CRD_PSK, tls->credentials) != 0) {
        gnutls_deinit(session);
        return -ENOMEM;
    }
    gnutls_session_set_ptr(session, tls);
    gnutls_transport_set_int(session, fd);
    *ret_session = session;
    return 0;
}

void ps_feed_tls_close(gnutls_session_t session)
{
    if (session != NULL)
        gnutls_deinit(session);
}

static int errno_of(ssize_t rc)
{
    switch (rc) {
    case GNUTLS_E_AGAIN:
    case GNUTLS_E_INTERRUPTED:
        return -EAGAIN;
    case GNUTLS_E_PREMATURE_TERMINATION:
    case GNUTLS_E_PULL_ERROR:
    case GNUTLS_E_PUSH_ERROR:
    case GNUTLS_E_SESSION_EOF:
        return -ENOTCONN;
    default:
        return -EPROTO;
    }
}

/* What goes wrong with a peer's key: a wrong one fails the check of the binder, an unknown identity
 * has no entry in the library's "password file", and none leaves nothing to authenticate with. */
static bool is_about_the_key(int rc)
{
    return rc == GNUTLS_E_RECEIVED_ILLEGAL_PARAMETER || rc == GNUTLS_E_SRP_PWD_ERROR ||
           rc == GNUTLS_E_DECRYPTION_FAILED || rc == GNUTLS_E_INSUFFICIENT_CREDENTIALS ||
           rc == GNUTLS_E_NO_CIPHER_SUITES || rc == GNUTLS_E_FATAL_ALERT_RECEIVED ||
           rc == GNUTLS_E_MISSING_EXTENSION;
}

int ps_feed_tls_handshake(gnutls_session_t session)
{
    const int rc = gnutls_handshake(session);

    if (rc == GNUTLS_E_WARNING_ALERT_RECEIVED)
        return -EAGAIN;
    if (rc != 0) {
        if (gnutls_error_is_fatal(rc))
            gnutls_alert_send_appropriate(session, rc); /* so that the peer can say why */
        return is_about_the_key(rc) ? -EACCES : errno_of(rc);
    }
    /* The priorities allow nothing else; this would be the place to notice if they did. */
    return gnutls_kx_get(session) == GNUTLS_KX_ECDHE_PSK &&
                   gnutls_protocol_get_version(session) == GNUTLS_TLS1_3 &&
                   ps_feed_tls_identity(session) != NULL
               ? 0
               : -EACCES;
}

const char *ps_feed_tls_identity(gnutls_session_t session)
{
    return gnutls_psk_server_get_username(session);
}

bool ps_feed_tls_wants_write(gnutls_session_t session)
{
    return gnutls_record_get_direction(session) == 1;
}

bool ps_feed_tls_has_more(gnutls_session_t session)
{
    return gnutls_record_check_pending(session) > 0;
}

ssize_t ps_feed_tls_send(gnutls_session_t session, const void *bytes, size_t count)
{
    const ssize_t sent = gnutls_record_send(session, bytes, count);

    return sent < 0 ? errno_of(sent) : sent;
}

ssize_t ps_feed_tls_receive(gnutls_session_t session, void *ret_bytes, size_t count)
{
    const ssize_t got = gnutls_record_recv(session, ret_bytes, count);

    return got < 0 ? errno_of(got) : got;
}
