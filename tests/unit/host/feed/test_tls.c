/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/feed/test_tls.c - who has the key gets in, over TLS 1.3, and nobody else. */
#include "host/feed/tls.h"

#include <errno.h>
#include <fcntl.h>
#include <gnutls/gnutls.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"

#define NORMAL "NORMAL:-VERS-ALL:+VERS-TLS1.3:-KX-ALL:+ECDHE-PSK"

static struct ps_feed_keys keys = { .list = { { .identity = "edge-1", .byte_count = 32 } },
                                    .count = 1 };
static struct ps_feed_tls *tls;
static int fds[2];
static gnutls_session_t ours, theirs;
static gnutls_psk_client_credentials_t credentials;

static void begin(const char *priority, const char *identity, uint8_t first_key_byte)
{
    uint8_t bytes[32] = { first_key_byte };
    const gnutls_datum_t key = { bytes, sizeof(bytes) };

    PS_REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) == 0);
    PS_REQUIRE(ps_feed_tls_create(&tls, &keys) == 0);
    PS_REQUIRE(ps_feed_tls_accept(tls, fds[0], &ours) == 0);
    PS_REQUIRE(gnutls_init(&theirs, GNUTLS_CLIENT | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL) == 0);
    PS_REQUIRE(gnutls_priority_set_direct(theirs, priority, NULL) == 0);
    PS_REQUIRE(gnutls_psk_allocate_client_credentials(&credentials) == 0);
    gnutls_psk_set_client_credentials(credentials, identity, &key, GNUTLS_PSK_KEY_RAW);
    gnutls_credentials_set(theirs, GNUTLS_CRD_PSK, credentials);
    gnutls_transport_set_int(theirs, fds[1]);
}

static void end(void)
{
    gnutls_deinit(theirs);
    gnutls_psk_free_client_credentials(credentials);
    ps_feed_tls_close(ours);
    ps_feed_tls_destroy(tls);
    close(fds[0]);
    close(fds[1]);
}

/* Both sides in turn. @return Our result. */
static int shake_hands(void)
{
    int mine = -EAGAIN, other = GNUTLS_E_AGAIN;

    for (int i = 0; i < 20 && mine == -EAGAIN; i++) {
        if (other == GNUTLS_E_AGAIN)
            other = gnutls_handshake(theirs);
        mine = ps_feed_tls_handshake(ours);
    }
    return mine;
}

static void a_peer_with_the_key_gets_in_and_is_known(void)
{
    char text[8] = "";

    begin(NORMAL, "edge-1", 0);
    CU_ASSERT_EQUAL(shake_hands(), 0);
    CU_ASSERT_STRING_EQUAL(ps_feed_tls_identity(ours), "edge-1");
    CU_ASSERT_EQUAL(gnutls_record_send(theirs, "hello", 5), 5);
    CU_ASSERT_EQUAL(ps_feed_tls_receive(ours, text, 2), 2);
    CU_ASSERT_TRUE(ps_feed_tls_has_more(ours)); /* and no readable socket tells */
    CU_ASSERT_EQUAL(ps_feed_tls_receive(ours, text + 2, 6), 3);
    CU_ASSERT_STRING_EQUAL(text, "hello");
    CU_ASSERT_FALSE(ps_feed_tls_has_more(ours));
    CU_ASSERT_EQUAL(ps_feed_tls_receive(ours, text, 8), -EAGAIN);
    CU_ASSERT_EQUAL(ps_feed_tls_send(ours, "ack", 3), 3);
    CU_ASSERT_EQUAL(gnutls_record_recv(theirs, text, 8), 3);
    close(fds[1]);
    fds[1] = dup(fds[0]);
    CU_ASSERT_EQUAL(ps_feed_tls_receive(ours, text, 8), -ENOTCONN);
    end();
}

static void nobody_else_gets_in(void)
{
    static const struct {
        const char *priority, *identity;
        uint8_t first_key_byte;
    } strangers[] = {
        { NORMAL, "edge-1", 1 }, /* the key is wrong */
        { NORMAL, "edge-2", 0 }, /* nobody we know */
        { NORMAL, "", 0 },
        { "NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+ECDHE-PSK", "edge-1", 0 }, /* too old */
        { "NORMAL:-VERS-ALL:+VERS-TLS1.3:-KX-ALL:+PSK", "edge-1", 0 }, /* no secrecy for later */
        { "NORMAL:-VERS-ALL:+VERS-TLS1.3", "edge-1", 0 },              /* wants a certificate */
    };

    for (size_t i = 0; i < PS_ARRAY_LEN(strangers); i++) {
        begin(strangers[i].priority, strangers[i].identity, strangers[i].first_key_byte);
        const int rc = shake_hands();
        CU_ASSERT_TRUE(rc == -EACCES || (i >= 3 && rc == -EPROTO));
        end();
    }
}

static void what_is_not_tls_is_refused(void)
{
    static const char *const noise[] = { "GET / HTTP/1.1\r\n\r\n", "PSSD and so on, and so on" };

    for (size_t i = 0; i < PS_ARRAY_LEN(noise); i++) {
        begin(NORMAL, "edge-1", 0);
        PS_REQUIRE(write(fds[1], noise[i], strlen(noise[i])) == (ssize_t)strlen(noise[i]));
        CU_ASSERT_EQUAL(ps_feed_tls_handshake(ours), -EPROTO);
        end();
    }
    begin(NORMAL, "edge-1", 0);
    CU_ASSERT_EQUAL(ps_feed_tls_handshake(ours), -EAGAIN);
    CU_ASSERT_FALSE(ps_feed_tls_wants_write(ours));
    shutdown(fds[1], SHUT_RDWR);
    CU_ASSERT_EQUAL(ps_feed_tls_handshake(ours), -ENOTCONN);
    end();
}

static void creation_survives_a_failed_allocation(void)
{
    ps_fail_alloc_after(0);
    CU_ASSERT_EQUAL(ps_feed_tls_create(&tls, &keys), -ENOMEM);
    ps_fail_alloc_never();
    ps_feed_tls_destroy(NULL);
    ps_feed_tls_close(NULL);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_peer_with_the_key_gets_in_and_is_known),
        PS_TEST(nobody_else_gets_in),
        PS_TEST(what_is_not_tls_is_refused),
        PS_TEST(creation_survives_a_failed_allocation),
    };

    return ps_test_run("host/feed/tls", tests, PS_ARRAY_LEN(tests));
}
