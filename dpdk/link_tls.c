/* SPDX-License-Identifier: BSD-3-Clause */
#include "dpdk/link_tls.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <stdlib.h>

#include "dpdk/mem.h"

/* An external key is bound with SHA-256, so only suites of that hash can be agreed on. */
#define PRIORITY                                                                                   \
    "NONE:+VERS-TLS1.3:+AES-128-GCM:+CHACHA20-POLY1305:+AEAD:+ECDHE-PSK:+GROUP-X25519:"            \
    "+GROUP-SECP256R1:+SIGN-ALL:+COMP-NULL"
#define SESSION_FLAGS (GNUTLS_CLIENT | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL | GNUTLS_NO_TICKETS)

struct nic_link_tls {
    gnutls_psk_client_credentials_t credentials;
    gnutls_session_t session; /* NULL: none */
};

int nic_link_tls_create(struct nic_link_tls **ret_tls, const struct nic_psk *psk)
{
    struct nic_link_tls *tls = nic_zalloc(1, sizeof(*tls));
    struct nic_psk copy = *psk; /* the library's interface lacks const */
    const gnutls_datum_t key = { .data = copy.key, .size = copy.key_bytes };
    int rc = -ENOMEM;

    if (tls != NULL && gnutls_psk_allocate_client_credentials(&tls->credentials) == 0 &&
        gnutls_psk_set_client_credentials(tls->credentials, psk->identity, &key,
                                          GNUTLS_PSK_KEY_RAW) == 0)
        rc = 0;
    nic_psk_clear(&copy);
    if (rc == 0)
        *ret_tls = tls;
    else
        nic_link_tls_destroy(tls);
    return rc;
}

void nic_link_tls_destroy(struct nic_link_tls *tls)
{
    if (tls == NULL)
        return;
    nic_link_tls_stop(tls);
    if (tls->credentials != NULL)
        gnutls_psk_free_client_credentials(tls->credentials);
    free(tls);
}

int nic_link_tls_start(struct nic_link_tls *tls, int fd)
{
    nic_link_tls_stop(tls);
    if (gnutls_init(&tls->session, SESSION_FLAGS) != 0) {
        tls->session = NULL;
        return -ENOMEM;
    }
    if (gnutls_priority_set_direct(tls->session, PRIORITY, NULL) != 0 ||
        gnutls_credentials_set(tls->session, GNUTLS_CRD_PSK, tls->credentials) != 0) {
        nic_link_tls_stop(tls);
        return -ENOMEM;
    }
    gnutls_transport_set_int(tls->session, fd);
    return 0;
}

void nic_link_tls_stop(struct nic_link_tls *tls)
{
    if (tls->session != NULL)
        gnutls_deinit(tls->session);
    tls->session = NULL;
}

/* What a result below zero means to our callers. */
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
        return -ECONNRESET;
    case GNUTLS_E_FATAL_ALERT_RECEIVED:
    case GNUTLS_E_DECRYPTION_FAILED:
    case GNUTLS_E_INSUFFICIENT_CREDENTIALS:
        return -EACCES;
    case GNUTLS_E_MEMORY_ERROR:
        return -ENOMEM;
    default:
        return -EPROTO;
    }
}

int nic_link_tls_handshake(struct nic_link_tls *tls)
{
    const int rc = gnutls_handshake(tls->session);

    if (rc == GNUTLS_E_WARNING_ALERT_RECEIVED)
        return -EAGAIN;
    if (rc != 0)
        return errno_of(rc);
    /* The priorities allow nothing else; this would be the place to notice if they did. */
    return gnutls_kx_get(tls->session) == GNUTLS_KX_ECDHE_PSK &&
                   gnutls_protocol_get_version(tls->session) == GNUTLS_TLS1_3
               ? 0
               : -EACCES;
}

bool nic_link_tls_wants_write(const struct nic_link_tls *tls)
{
    return tls->session != NULL && gnutls_record_get_direction(tls->session) == 1;
}

ssize_t nic_link_tls_send(struct nic_link_tls *tls, const void *bytes, size_t count)
{
    const ssize_t sent = gnutls_record_send(tls->session, bytes, count);

    return sent < 0 ? errno_of(sent) : sent;
}

ssize_t nic_link_tls_receive(struct nic_link_tls *tls, void *ret_bytes, size_t count)
{
    const ssize_t got = gnutls_record_recv(tls->session, ret_bytes, count);

    return got < 0 ? errno_of(got) : got;
}
