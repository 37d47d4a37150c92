/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/feed/test_agents.c - datagrams are taken, or refused and counted by why. */
#include "host/feed/agents.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <unistd.h>

#include "host/base/mem.h"
#include "tests/unit/host/feed/agent_words.h"

#define NOW_MS UINT64_C(1700000000000)
#define NOW_S  (NOW_MS / 1000)

static struct ps_agent_keys keys;
static struct ps_agents *agents;
static uint8_t key[PS_DATAGRAM_KEY_BYTES];
static struct words words;
static struct sockaddr_in from = { .sin_family = AF_INET };

static struct {
    struct ps_datagram last;
    in_addr_t from;
    unsigned count;
    enum ps_agents_outcome answer;
} heard;

static enum ps_agents_outcome said(void *arg, const struct ps_datagram *datagram,
                                   const struct sockaddr *sender)
{
    CU_ASSERT_PTR_EQUAL(arg, &heard);
    heard.last = *datagram;
    heard.from = ((const struct sockaddr_in *)sender)->sin_addr.s_addr;
    heard.count++;
    return heard.answer;
}

static struct ps_agents_config config(const char *listen)
{
    return (struct ps_agents_config){ .listen = listen,
                                      .heard_max = 64,
                                      .rate_per_s = 100,
                                      .keys = &keys,
                                      .said = said,
                                      .arg = &heard };
}

static void begin(const char *listen)
{
    const struct ps_agents_config cfg = config(listen);

    memset(&heard, 0, sizeof(heard));
    PS_REQUIRE(ps_agent_keys_init(&keys) == 0);
    ps_agent_keys_of(&keys, 7, key);
    PS_REQUIRE(ps_agents_create(&agents, &cfg, NOW_MS - 3600000) == 0);
}

static void end(void)
{
    ps_agents_destroy(agents);
    ps_agent_keys_fini(&keys);
}

static enum ps_agents_outcome take(void)
{
    return ps_agents_take(agents, words.bytes, words.size_bytes, (struct sockaddr *)&from, NOW_MS);
}

static uint64_t counted(enum ps_agents_outcome outcome)
{
    struct ps_agents_status status;

    ps_agents_status(agents, &status);
    return status.count[outcome];
}

static void a_genuine_one_is_handed_on(void)
{
    begin(NULL);
    put_look(&words, "clip", NOW_S + 60, 7, NOW_MS, 1, key);
    CU_ASSERT_EQUAL(take(), PS_AGENTS_TAKEN);
    CU_ASSERT_EQUAL(heard.count, 1);
    CU_ASSERT_STRING_EQUAL(heard.last.media, "clip");
    CU_ASSERT_EQUAL(heard.last.from_s, NOW_S + 60);
    heard.answer = PS_AGENTS_OPTED_OUT;
    put_look(&words, "clip", NOW_S + 60, 7, NOW_MS, 2, key);
    CU_ASSERT_EQUAL(take(), PS_AGENTS_OPTED_OUT);
    CU_ASSERT_TRUE(counted(PS_AGENTS_TAKEN) == 1 && counted(PS_AGENTS_OPTED_OUT) == 1);
    end();
}

static void others_words_are_refused(void)
{
    static const uint8_t made_up[PS_DATAGRAM_KEY_BYTES] = { 9 };
    uint8_t others[PS_DATAGRAM_KEY_BYTES];

    begin(NULL);
    put_look(&words, "clip", NOW_S + 60, 7, NOW_MS, 1, made_up);
    CU_ASSERT_EQUAL(take(), PS_AGENTS_FORGED);
    ps_agent_keys_of(&keys, 8, others);
    put_look(&words, "clip", NOW_S + 60, 7, NOW_MS, 1, others); /* 8 says that it is 7 */
    CU_ASSERT_EQUAL(take(), PS_AGENTS_FORGED);
    ps_agent_keys_of(&keys, 0, others);
    put_look(&words, "clip", NOW_S + 60, 0, NOW_MS, 1, others);
    CU_ASSERT_EQUAL(take(), PS_AGENTS_FORGED);
    words.bytes[0] ^= 1;
    CU_ASSERT_EQUAL(take(), PS_AGENTS_FORM);
    CU_ASSERT_EQUAL(heard.count, 0);
    /* What was forged used up no number of the real one. */
    put_look(&words, "clip", NOW_S + 60, 7, NOW_MS, 1, key);
    CU_ASSERT_EQUAL(take(), PS_AGENTS_TAKEN);
    CU_ASSERT_EQUAL(counted(PS_AGENTS_FORGED), 3);
    end();
}

static void what_is_not_of_now_is_refused(void)
{
    static const struct {
        int64_t off_ms;
        enum ps_agents_outcome outcome;
    } cases[] = { { -(int64_t)PPD_SKEW_S * 1000 - 1, PS_AGENTS_TIME },
                  { -(int64_t)PPD_SKEW_S * 1000, PS_AGENTS_TAKEN },
                  { (int64_t)PPD_SKEW_S * 1000, PS_AGENTS_TAKEN },
                  { (int64_t)PPD_SKEW_S * 1000 + 1, PS_AGENTS_TIME } };

    begin(NULL);
    for (size_t i = 0; i < PS_ARRAY_LEN(cases); i++) {
        put_look(&words, "clip", NOW_S, 7, NOW_MS + (uint64_t)cases[i].off_ms, i + 1, key);
        CU_ASSERT_EQUAL(take(), cases[i].outcome);
    }
    put_look(&words, "clip", NOW_S, 7, UINT64_MAX, 9, key);
    CU_ASSERT_EQUAL(take(), PS_AGENTS_TIME);
    put_look(&words, "clip", NOW_S, 7, 0, 9, key);
    CU_ASSERT_EQUAL(take(), PS_AGENTS_TIME);
    CU_ASSERT_EQUAL(counted(PS_AGENTS_TIME), 4);
    end();
}

static void what_was_said_is_not_said_again(void)
{
    begin(NULL);
    put_look(&words, "clip", NOW_S, 7, NOW_MS, 5, key);
    CU_ASSERT_EQUAL(take(), PS_AGENTS_TAKEN);
    CU_ASSERT_EQUAL(take(), PS_AGENTS_SEQUENCE);
    put_look(&words, "clip", NOW_S, 7, NOW_MS + 1, 4, key);
    CU_ASSERT_EQUAL(take(), PS_AGENTS_SEQUENCE);
    CU_ASSERT_EQUAL(heard.count, 1);
    /* A body that is not understood uses its number, too. */
    put_words(&words, "clip", "\xc0", 1, 7, NOW_MS, 6, key);
    CU_ASSERT_EQUAL(take(), PS_AGENTS_BODY);
    CU_ASSERT_EQUAL(take(), PS_AGENTS_SEQUENCE);
    end();
}

static void a_revoked_key_is_refused(void)
{
    begin(NULL);
    put_look(&words, "clip", NOW_S, 7, NOW_MS, 1, key);
    PS_REQUIRE(ps_agent_keys_revoke(&keys, 7) == 0);
    CU_ASSERT_EQUAL(take(), PS_AGENTS_REVOKED);
    CU_ASSERT_EQUAL(heard.count, 0);
    end();
}

static void one_agent_says_so_much_a_second(void)
{
    unsigned refused = 0;

    begin(NULL);
    for (uint64_t i = 1; i <= 500; i++) {
        put_look(&words, "clip", NOW_S, 7, NOW_MS, i, key);
        refused += take() == PS_AGENTS_RATE;
    }
    CU_ASSERT_EQUAL(refused, 100); /* 4 seconds' worth at once */
    CU_ASSERT_EQUAL(counted(PS_AGENTS_RATE), 100);
    end();
}

static void it_listens_on_a_port(void)
{
    static const uint8_t large[2000];
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    begin("127.0.0.1:0");
    to.sin_port = htons(ps_agents_port(agents));
    PS_REQUIRE(fd >= 0 && to.sin_port != 0 && ps_agents_fd(agents) >= 0);
    PS_REQUIRE(connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0);
    for (uint64_t i = 1; i <= 40; i++) { /* more than one batch */
        put_look(&words, "clip", NOW_S, 7, NOW_MS, i, key);
        PS_REQUIRE(send(fd, words.bytes, words.size_bytes, 0) == (ssize_t)words.size_bytes);
    }
    PS_REQUIRE(send(fd, large, sizeof(large), 0) == (ssize_t)sizeof(large));
    PS_REQUIRE(send(fd, large, 0, 0) == 0);
    ps_agents_poll(agents, NOW_MS);
    CU_ASSERT_EQUAL(heard.count, 40);
    CU_ASSERT_EQUAL(heard.from, htonl(INADDR_LOOPBACK));
    CU_ASSERT_EQUAL(counted(PS_AGENTS_FORM), 2);
    ps_agents_poll(agents, NOW_MS); /* nothing: returns */
    CU_ASSERT_EQUAL(counted(PS_AGENTS_TAKEN), 40);
    close(fd);
    end();
}

static void what_cannot_be_is_refused(void)
{
    static const char *const bad[] = { "", "7700", "name:7700", "::1:7700", "127.0.0.1:x" };
    struct ps_agents_config cfg = config(NULL);

    PS_REQUIRE(ps_agent_keys_init(&keys) == 0);
    for (size_t i = 0; i < PS_ARRAY_LEN(bad); i++) {
        cfg.listen = bad[i];
        CU_ASSERT_EQUAL(ps_agents_create(&agents, &cfg, NOW_MS), -EINVAL);
    }
    cfg = config(NULL);
    cfg.heard_max = 0;
    CU_ASSERT_EQUAL(ps_agents_create(&agents, &cfg, NOW_MS), -EINVAL);
    cfg = config(NULL);
    cfg.rate_per_s = 0;
    CU_ASSERT_EQUAL(ps_agents_create(&agents, &cfg, NOW_MS), -EINVAL);
    cfg = config(NULL);
    for (unsigned i = 0; i < 3; i++) {
        ps_fail_alloc_after(i);
        CU_ASSERT_EQUAL(ps_agents_create(&agents, &cfg, NOW_MS), -ENOMEM);
        ps_fail_alloc_never();
    }
    ps_agents_destroy(NULL);
    ps_agent_keys_fini(&keys);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_genuine_one_is_handed_on),    PS_TEST(others_words_are_refused),
        PS_TEST(what_is_not_of_now_is_refused), PS_TEST(what_was_said_is_not_said_again),
        PS_TEST(a_revoked_key_is_refused),      PS_TEST(one_agent_says_so_much_a_second),
        PS_TEST(it_listens_on_a_port),          PS_TEST(what_cannot_be_is_refused),
    };

    return ps_test_run("host/feed/agents", tests, PS_ARRAY_LEN(tests));
}
