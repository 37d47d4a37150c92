/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/dpdk/test_link.c - a link opens to who has the key, and to nobody else. */
#include "dpdk/link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <gnutls/gnutls.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dpdk/mem.h"
#include "tests/support/ps_test.h"

#define TURNS_MAX 200
#define NORMAL    "NORMAL:-VERS-ALL:+VERS-TLS1.3:-KX-ALL:+ECDHE-PSK"

/* A reader on the loopback, with a key for anybody. */
static int listen_fd, fd;
static uint8_t server_key[32];
static gnutls_session_t session;
static gnutls_psk_server_credentials_t credentials;

static const struct nic_psk psk = { .identity = "edge-1", .key_bytes = 32 };
static struct nic_link *nic_link;

static int give_key(gnutls_session_t theirs, const char *identity, gnutls_datum_t *ret_key)
{
    (void)theirs;
    CU_ASSERT_STRING_EQUAL(identity, "edge-1");
    ret_key->data = gnutls_malloc(sizeof(server_key));
    memcpy(ret_key->data, server_key, sizeof(server_key));
    ret_key->size = sizeof(server_key);
    return 0;
}

static void open_link(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET };
    struct nic_link_config cfg = { .psk = &psk };
    socklen_t bytes = sizeof(address);
    char text[32];

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    listen_fd = socket(AF_INET, SOCK_STREAM, 0);
    PS_REQUIRE(bind(listen_fd, (struct sockaddr *)&address, sizeof(address)) == 0);
    PS_REQUIRE(listen(listen_fd, 1) == 0);
    PS_REQUIRE(getsockname(listen_fd, (struct sockaddr *)&address, &bytes) == 0);
    snprintf(text, sizeof(text), "127.0.0.1:%u", ntohs(address.sin_port));
    PS_REQUIRE(nic_endpoint_parse(text, &cfg.server) == 0);
    PS_REQUIRE(nic_link_create(&nic_link, &cfg) == 0);
    CU_ASSERT_EQUAL(nic_link_fd(nic_link), -1);
    PS_REQUIRE(nic_link_open(nic_link) == 0);
    CU_ASSERT_TRUE(nic_link_wants_write(nic_link)); /* poll() tells when it is connected */
    fd = accept4(listen_fd, NULL, NULL, SOCK_NONBLOCK);
    PS_REQUIRE(fd >= 0);
}

static void begin(const char *priority, uint8_t first_key_byte)
{
    server_key[0] = first_key_byte;
    PS_REQUIRE(gnutls_init(&session, GNUTLS_SERVER | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL) == 0);
    PS_REQUIRE(gnutls_priority_set_direct(session, priority, NULL) == 0);
    PS_REQUIRE(gnutls_psk_allocate_server_credentials(&credentials) == 0);
    gnutls_psk_set_server_credentials_function(credentials, give_key);
    gnutls_credentials_set(session, GNUTLS_CRD_PSK, credentials);
    open_link();
    gnutls_transport_set_int(session, fd);
}

static void close_all(void)
{
    nic_link_destroy(nic_link);
    close(fd);
    close(listen_fd);
}

static void end(void)
{
    close_all();
    gnutls_deinit(session);
    gnutls_psk_free_server_credentials(credentials);
}

/* Both sides in turn. @return The link's result. */
static int shake_hands(void)
{
    int mine = -EAGAIN, other = GNUTLS_E_AGAIN;

    for (int i = 0; i < TURNS_MAX && mine == -EAGAIN; i++) {
        struct pollfd pfds[] = { { .fd = fd, .events = POLLIN },
                                 { .fd = nic_link_fd(nic_link), .events = POLLIN } };

        mine = nic_link_ready(nic_link);
        if (other == GNUTLS_E_AGAIN)
            other = gnutls_handshake(session);
        if (other != GNUTLS_E_AGAIN && other != 0)
            gnutls_alert_send_appropriate(session, other);
        if (mine == -EAGAIN)
            poll(pfds, 2, 100);
    }
    if (mine == 0 && other == GNUTLS_E_AGAIN) /* our last words */
        CU_ASSERT_EQUAL(gnutls_handshake(session), 0);
    return mine;
}

static ssize_t receive(void *ret_bytes, size_t count)
{
    struct pollfd pfd = { .fd = nic_link_fd(nic_link), .events = POLLIN };

    poll(&pfd, 1, 1000);
    return nic_link_receive(nic_link, ret_bytes, count);
}

static void a_reader_with_the_key_is_talked_to(void)
{
    char text[8] = "";

    begin(NORMAL, 0);
    CU_ASSERT_EQUAL(shake_hands(), 0);
    CU_ASSERT_FALSE(nic_link_wants_write(nic_link));
    CU_ASSERT_EQUAL(nic_link_ready(nic_link), 0);
    CU_ASSERT_EQUAL(nic_link_send(nic_link, "hello", 5), 5);
    for (int i = 0; i < TURNS_MAX && text[0] == '\0'; i++)
        gnutls_record_recv(session, text, sizeof(text));
    CU_ASSERT_STRING_EQUAL(text, "hello");
    CU_ASSERT_EQUAL(nic_link_receive(nic_link, text, sizeof(text)), -EAGAIN);
    CU_ASSERT_EQUAL(gnutls_record_send(session, "ack", 3), 3);
    CU_ASSERT_EQUAL(receive(text, sizeof(text)), 3);
    shutdown(fd, SHUT_RDWR);
    CU_ASSERT_EQUAL(receive(text, sizeof(text)), -ECONNRESET);
    end();
}

static void a_reader_without_the_key_gets_nothing(void)
{
    begin(NORMAL, 1);
    CU_ASSERT_EQUAL(shake_hands(), -EACCES);
    end();
    begin("NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+ECDHE-PSK", 0); /* too old */
    CU_ASSERT_TRUE(shake_hands() < 0);
    end();
    begin("NORMAL:-VERS-ALL:+VERS-TLS1.3:-KX-ALL:+PSK", 0); /* no secrecy for later */
    CU_ASSERT_TRUE(shake_hands() < 0);
    end();
}

static void a_reader_that_speaks_no_tls_is_left(void)
{
    int rc = -EAGAIN;

    open_link();
    PS_REQUIRE(write(fd, "HTTP/1.1 400 Bad Request\r\n\r\n", 28) == 28);
    for (int i = 0; i < TURNS_MAX && rc == -EAGAIN; i++) {
        struct pollfd pfd = { .fd = nic_link_fd(nic_link), .events = POLLIN };

        poll(&pfd, 1, 100);
        rc = nic_link_ready(nic_link);
    }
    CU_ASSERT_EQUAL(rc, -EPROTO);
    nic_link_close(nic_link);
    CU_ASSERT_EQUAL(nic_link_fd(nic_link), -1);
    close(fd);
    close(listen_fd);
    rc = nic_link_open(nic_link); /* and now nobody is there */
    for (int i = 0; i < TURNS_MAX && (rc == 0 || rc == -EAGAIN); i++)
        rc = nic_link_ready(nic_link);
    CU_ASSERT_EQUAL(rc, -ECONNREFUSED);
    nic_link_destroy(nic_link);
}

static void creation_checks_the_path_and_survives_failed_allocations(void)
{
    char path[200];
    struct nic_link_config cfg = { .path = path };
    unsigned failed_at = 0;

    memset(path, 'a', sizeof(path));
    path[sizeof(path) - 1] = '\0';
    nic_link = NULL;
    CU_ASSERT_EQUAL(nic_link_create(&nic_link, &cfg), -ENAMETOOLONG);
    cfg = (struct nic_link_config){ .psk = &psk };
    for (;; failed_at++) {
        nic_fail_alloc_after(failed_at);
        const int rc = nic_link_create(&nic_link, &cfg);
        nic_fail_alloc_never();
        if (rc == 0)
            break;
        CU_ASSERT_EQUAL(rc, -ENOMEM);
        CU_ASSERT_PTR_NULL(nic_link);
    }
    CU_ASSERT_EQUAL(failed_at, 2); /* itself, and what its sessions have in common */
    nic_link_destroy(nic_link);
    nic_link_destroy(NULL);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_reader_with_the_key_is_talked_to),
        PS_TEST(a_reader_without_the_key_gets_nothing),
        PS_TEST(a_reader_that_speaks_no_tls_is_left),
        PS_TEST(creation_checks_the_path_and_survives_failed_allocations),
    };

    return ps_test_run("dpdk/link", tests, NIC_ARRAY_LEN(tests));
}
