/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/agent/test_agent.c - the library as an application uses it, over loopback. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/agent_priv.h"
#include "tests/unit/agent/agent_texts.h"

#define NOW_MS UINT64_C(1700000000000)
#define KEY    "1122334455667788:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

static struct prestage_agent *agent;
static int edge = -1;
static char edge_text[32];

static struct {
    unsigned count;
    struct prestage_agent_look last;
} heard;

static void said(void *arg, const struct prestage_agent_look *look)
{
    CU_ASSERT_PTR_EQUAL(arg, &heard);
    heard.count++;
    heard.last = *look;
}

static void open_edge(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t bytes = sizeof(address);

    edge = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    PS_REQUIRE(edge >= 0 && bind(edge, (struct sockaddr *)&address, bytes) == 0);
    PS_REQUIRE(getsockname(edge, (struct sockaddr *)&address, &bytes) == 0);
    snprintf(edge_text, sizeof(edge_text), "127.0.0.1:%u", ntohs(address.sin_port));
}

static struct prestage_agent_config config(void)
{
    return (struct prestage_agent_config){
        .edge = edge_text, .key = KEY, .consent = 1, .said = said, .arg = &heard
    };
}

static void begin(const struct prestage_agent_config *cfg)
{
    memset(&heard, 0, sizeof(heard));
    PS_REQUIRE(prestage_agent_create(&agent, cfg) == 0);
}

static unsigned received(void)
{
    uint8_t bytes[2048];
    unsigned count = 0;

    while (recv(edge, bytes, sizeof(bytes), 0) > 0)
        count++;
    return count;
}

static void what_is_told_is_sent(void)
{
    const struct prestage_agent_config cfg = config();

    open_edge();
    begin(&cfg);
    CU_ASSERT_EQUAL(prestage_agent_tell(agent, "clip", 300, 0.5, NOW_MS), 0);
    CU_ASSERT_TRUE(prestage_agent_work(agent, NOW_MS) > 0);
    CU_ASSERT_EQUAL(received(), 1);
    CU_ASSERT_STRING_EQUAL(heard.last.media, "clip");
    CU_ASSERT_TRUE(heard.last.from_s == 1700000300 && heard.last.kind == PRESTAGE_AGENT_TOLD);
    CU_ASSERT_EQUAL(heard.last.probability, 0.5);
    CU_ASSERT_EQUAL(prestage_agent_tell(agent, "clip", 310, 0.5, NOW_MS), 0); /* known */
    prestage_agent_work(agent, NOW_MS + 10000);
    CU_ASSERT_EQUAL(received(), 0);
    prestage_agent_destroy(agent);
    close(edge);
}

static void without_consent_nothing_leaves(void)
{
    struct prestage_agent_config cfg = config();

    open_edge();
    cfg.consent = 0;
    begin(&cfg);
    prestage_agent_tell(agent, "clip", 300, 0.5, NOW_MS);
    prestage_agent_work(agent, NOW_MS);
    CU_ASSERT_TRUE(received() == 0 && heard.count == 0);
    prestage_agent_destroy(agent);
    cfg = config();
    cfg.dry_run = 1;
    begin(&cfg);
    prestage_agent_tell(agent, "clip", 300, 0.5, NOW_MS);
    prestage_agent_work(agent, NOW_MS);
    CU_ASSERT_TRUE(received() == 0 && heard.count == 1);
    prestage_agent_destroy(agent);
    close(edge);
}

static void so_many_a_second_are_sent(void)
{
    struct prestage_agent_config cfg = config();
    char media[16];
    uint64_t now_ms = NOW_MS;

    open_edge();
    cfg.rate_per_s = 2;
    begin(&cfg);
    for (unsigned i = 0; i < 20; i++) {
        snprintf(media, sizeof(media), "m%u", i);
        PS_REQUIRE(prestage_agent_tell(agent, media, 600, 1, NOW_MS) == 0);
    }
    while (now_ms < NOW_MS + 3000) /* as it asks to be called */
        now_ms += (uint64_t)prestage_agent_work(agent, now_ms);
    CU_ASSERT_EQUAL(heard.count, 6);
    CU_ASSERT_EQUAL(received(), 6);
    prestage_agent_destroy(agent);
    close(edge);
}

static void what_is_not_likely_is_not_sent(void)
{
    struct prestage_agent_config cfg = config();

    open_edge();
    cfg.least = 0.3;
    begin(&cfg);
    prestage_agent_tell(agent, "doubtful", 600, 0.2, NOW_MS);
    prestage_agent_tell(agent, "likely", 600, 0.4, NOW_MS);
    CU_ASSERT_TRUE(prestage_agent_work(agent, NOW_MS) > 1);
    prestage_agent_work(agent, NOW_MS + 2000);
    CU_ASSERT_TRUE(heard.count == 1 && strcmp(heard.last.media, "likely") == 0);
    prestage_agent_destroy(agent);
    close(edge);
}

/* Whatever was told, learnt or listed before. */
static void what_was_taken_off_the_names_is_not_sent(void)
{
    const struct prestage_agent_config cfg = { .dry_run = 1, .said = said, .arg = &heard };

    begin(&cfg);
    prestage_agent_tell(agent, "told", 60, 1, NOW_MS);
    prestage_agent_queue(agent, "queued\n", 7, NOW_MS);
    prestage_agent_names(agent, "other\n", 6);
    for (unsigned s = 0; s < 10; s++)
        prestage_agent_work(agent, NOW_MS + s * 1000);
    CU_ASSERT_EQUAL(heard.count, 0);
    prestage_agent_destroy(agent);
}

static void an_edge_that_is_away_is_no_end(void)
{
    const struct prestage_agent_config cfg = config();
    struct prestage_agent_status status;

    open_edge();
    close(edge); /* nobody listens there */
    begin(&cfg);
    prestage_agent_tell(agent, "one", 600, 1, NOW_MS);
    prestage_agent_tell(agent, "two", 600, 1, NOW_MS);
    for (unsigned s = 0; s < 30; s++)
        prestage_agent_work(agent, NOW_MS + s * 1000);
    prestage_agent_status(agent, &status);
    CU_ASSERT_TRUE(status.said == 2 || status.send_errors > 0);
    prestage_agent_destroy(agent);
}

static void what_comes_true_is_noted(void)
{
    struct prestage_agent_config cfg = { .dry_run = 1 };
    struct prestage_agent_status status;

    begin(&cfg);
    prestage_agent_tell(agent, "one", 60, 1, NOW_MS);
    prestage_agent_tell(agent, "two", 60, 1, NOW_MS);
    prestage_agent_work(agent, NOW_MS);
    prestage_agent_work(agent, NOW_MS + 1000);
    prestage_agent_played(agent, "one", NOW_MS + 60000);
    prestage_agent_work(agent, NOW_MS + 3600000);
    prestage_agent_status(agent, &status);
    CU_ASSERT_TRUE(status.came == 1 && status.missed == 1 && status.plays == 1);
    CU_ASSERT_TRUE(status.trust[PRESTAGE_AGENT_TOLD] < 1.0);
    prestage_agent_destroy(agent);
}

static void the_clock_may_be_set(void)
{
    const struct prestage_agent_config cfg = { .dry_run = 1 };

    begin(&cfg);
    prestage_agent_work(agent, NOW_MS);
    prestage_agent_tell(agent, "clip", 60, 1, NOW_MS - 86400000);
    const int wait_ms = prestage_agent_work(agent, NOW_MS - 86400000);
    CU_ASSERT_TRUE(wait_ms > 0 && wait_ms <= 60000);
    CU_ASSERT_EQUAL(heard.count, 0); /* the callback was not configured */
    prestage_agent_destroy(agent);
}

static void what_cannot_be_is_refused(void)
{
    static const char *const edges[] = { "",
                                         "7700",
                                         "name:7700",
                                         "::1:7700",
                                         "[::1]",
                                         "127.0.0.1:0",
                                         "127.0.0.1:65536",
                                         "127.0.0.1:x",
                                         "[127.0.0.1]:1" };
    struct prestage_agent_config cfg = config();

    snprintf(edge_text, sizeof(edge_text), "127.0.0.1:7700");
    for (size_t i = 0; i < COUNT_OF(edges); i++) {
        cfg.edge = edges[i];
        CU_ASSERT_EQUAL(prestage_agent_create(&agent, &cfg), -EINVAL);
    }
    cfg = config();
    cfg.key = "1:2";
    CU_ASSERT_EQUAL(prestage_agent_create(&agent, &cfg), -EINVAL);
    cfg = config();
    cfg.rate_per_s = -1;
    CU_ASSERT_EQUAL(prestage_agent_create(&agent, &cfg), -EINVAL);
    cfg = config();
    cfg.least = 1.5;
    CU_ASSERT_EQUAL(prestage_agent_create(&agent, &cfg), -EINVAL);
    cfg = config();
    cfg.region = 65536;
    CU_ASSERT_EQUAL(prestage_agent_create(&agent, &cfg), -EINVAL);
    cfg = config();
    cfg.device = (enum prestage_agent_device)9;
    CU_ASSERT_EQUAL(prestage_agent_create(&agent, &cfg), -EINVAL);
    cfg = config();
    cfg.edge = "[::1]:7700"; /* loopback may have no IPv6 */
    const int rc = prestage_agent_create(&agent, &cfg);
    CU_ASSERT_TRUE(rc == 0 || rc == -EADDRNOTAVAIL || rc == -EAFNOSUPPORT || rc == -ENETUNREACH);
    prestage_agent_destroy(rc == 0 ? agent : NULL);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(what_is_told_is_sent),
        PS_TEST(without_consent_nothing_leaves),
        PS_TEST(so_many_a_second_are_sent),
        PS_TEST(what_is_not_likely_is_not_sent),
        PS_TEST(what_was_taken_off_the_names_is_not_sent),
        PS_TEST(an_edge_that_is_away_is_no_end),
        PS_TEST(what_comes_true_is_noted),
        PS_TEST(the_clock_may_be_set),
        PS_TEST(what_cannot_be_is_refused),
    };

    return ps_test_run("agent/agent", tests, COUNT_OF(tests));
}
