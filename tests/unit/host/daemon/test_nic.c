/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/daemon/test_nic.c - what nic.show says of one that is in trouble. */
#include "host/daemon/nic.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"

static struct ps_daemon d;
static struct ps_msg *shown;
static char folder[] = "/tmp/ps-nic-XXXXXX";
static struct sockaddr_un address = { .sun_family = AF_UNIX };
static int fd;

static void say(uint16_t type, const void *head, size_t head_bytes, const void *body,
                size_t body_bytes)
{
    const struct psd_frame_header header = { .type = type,
                                             .body_bytes = (uint32_t)(head_bytes + body_bytes) };

    PS_REQUIRE(write(fd, &header, sizeof(header)) == sizeof(header));
    PS_REQUIRE(write(fd, head, head_bytes) == (ssize_t)head_bytes);
    PS_REQUIRE(write(fd, body, body_bytes) == (ssize_t)body_bytes);
}

/* One whole epoch, which came @p age_ns ago. */
static void begin(const struct psd_port *port, const struct psd_rule *rule, uint64_t age_ns)
{
    const struct ps_feed_config cfg = { .nic_socket = address.sun_path,
                                        .own_server = PS_DEMAND_NIC,
                                        .nic_connections_max = 1 };
    const struct psd_hello hello = { .magic = PSD_MAGIC, .version = PSD_VERSION, .boot_id = 1 };
    const struct psd_epoch epoch = { .epoch = 1, .start_ns = 1, .end_ns = 2 };
    const struct psd_list one = { .epoch = 1, .count = 1 };
    const struct psd_counter counter = { .name = "media_requests" };

    PS_REQUIRE(ps_feed_create(&d.feed, &cfg) == 0);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    PS_REQUIRE(connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
    say(PSD_HELLO, &hello, sizeof(hello), NULL, 0);
    say(PSD_EPOCH, &epoch, sizeof(epoch), NULL, 0);
    say(PSD_PORTS, &one, sizeof(one), port, sizeof(*port));
    say(PSD_RULES, &one, sizeof(one), rule, sizeof(*rule));
    say(PSD_COUNTERS, &one, sizeof(one), &counter, sizeof(counter));
    for (int i = 0; i < 3; i++)
        ps_feed_poll(d.feed, ps_clock_now_ns(&d.clock) - age_ns);
}

/* What is shown of it. */
static const struct ps_msg_value *show(void)
{
    struct ps_msg_writer w;

    ps_msg_writer_init(&w, PS_MSG_BYTES_MAX);
    PS_REQUIRE(ps_nic_show(&d, NULL, &w) == 0 && w.error == 0);
    PS_REQUIRE(ps_msg_read(&shown, w.data, w.size_bytes) == 0);
    ps_msg_writer_fini(&w);
    PS_REQUIRE(ps_msg_count(ps_msg_root(shown)) == 1);
    return ps_msg_at(ps_msg_root(shown), 0);
}

static void end(void)
{
    ps_msg_destroy(shown);
    close(fd);
    ps_feed_destroy(d.feed);
}

/* Whether a warning begins so. */
static bool warns(const struct ps_msg_value *nic, const char *begin_of_it)
{
    const struct ps_msg_value *warnings = ps_msg_get(nic, "warnings");
    char text[256];

    for (uint32_t i = 0; i < ps_msg_count(warnings); i++)
        if (ps_msg_as_name(ps_msg_at(warnings, i), text, sizeof(text)) == 0 &&
            strncmp(text, begin_of_it, strlen(begin_of_it)) == 0)
            return true;
    return false;
}

static void all_is_well(void)
{
    const struct psd_port port = { .name = "eth0", .is_up = 1 };
    const struct psd_rule rule = { .name = "0 stun", .place = PSD_RULE_HARDWARE };

    begin(&port, &rule, PS_NS_PER_SEC);
    const struct ps_msg_value *nic = show();
    CU_ASSERT_EQUAL(ps_msg_count(ps_msg_get(nic, "warnings")), 0);
    CU_ASSERT_EQUAL(ps_msg_type_of(ps_msg_get(nic, "unwatched_s")), PS_MSG_NIL);
    const struct ps_msg_value *first = ps_msg_at(ps_msg_get(nic, "rules"), 0);
    CU_ASSERT_EQUAL(ps_msg_type_of(ps_msg_get(first, "why")), PS_MSG_NIL);
    end();
}

static void a_port_without_a_link_and_silence_are_warned_of(void)
{
    const struct psd_port port = { .name = "eth0" };
    const struct psd_rule rule = { .name = "0 stun", .error = -ENOSYS };

    begin(&port, &rule, 60 * PS_NS_PER_SEC);
    const struct ps_msg_value *nic = show();
    CU_ASSERT_TRUE(warns(nic, "port eth0 has no link"));
    CU_ASSERT_TRUE(warns(nic, "nothing came for 60 s"));
    const struct ps_msg_value *first = ps_msg_at(ps_msg_get(nic, "rules"), 0);
    CU_ASSERT_TRUE(ps_msg_is(ps_msg_get(first, "why"), "the driver takes no rules"));
    end();
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(all_is_well),
        PS_TEST(a_port_without_a_link_and_silence_are_warned_of),
    };

    if (mkdtemp(folder) == NULL)
        return EXIT_FAILURE;
    snprintf(address.sun_path, sizeof(address.sun_path), "%s/nic", folder);
    ps_clock_init(&d.clock, 1);
    const int failed = ps_test_run("host/daemon/nic", tests, PS_ARRAY_LEN(tests));
    rmdir(folder);
    return failed;
}
