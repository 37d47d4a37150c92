/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/daemon/test_keep.c - answered when it is on disk, and there in the next life. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/base/mem.h"
#include "host/daemon/keep_priv.h"
#include "tests/support/ps_test.h"

#define SEC UINT64_C(1000000000)
#define NOW (UINT64_C(1700000000) * SEC)

static char dir[] = "/tmp/ps-keep-XXXXXX";

struct life {
    struct ps_keep *keep;
    struct ps_messaging *m;
    int done, failed;
};

static void note(void *arg, int status, uint64_t id)
{
    struct life *life = arg;

    (void)id;
    life->done += status == 0;
    life->failed += status != 0;
}

static struct life begin(uint64_t first)
{
    const struct ps_collection_limits limits = {
        .messages_max = 64, .bytes_max = 65536, .message_bytes_max = 1024, .age_ns = 120 * SEC
    };
    struct ps_messaging_config cfg = { .budget_bytes = 1 << 20,
                                       .collections_max = 16,
                                       .resource = limits,
                                       .peer = limits,
                                       .messages_per_peer = 1,
                                       .puts_per_s = 1e6,
                                       .fetches_per_s = 1e6,
                                       .idle_ns = SEC,
                                       .on_demand = true,
                                       .first = first };
    struct life life = { .keep = NULL };

    PS_REQUIRE(ps_keep_create(&life.keep, dir, 3600) == 0);
    const struct ps_messaging_link link = ps_keep_link(life.keep);
    PS_REQUIRE(ps_messaging_create(&life.m, &cfg, &link) == 0);
    ps_keep_restore(life.keep, life.m, NOW);
    return life;
}

static void end(struct life *life)
{
    ps_messaging_destroy(life->m);
    ps_keep_destroy(life->keep);
}

static const struct ps_collection_id place = { .key = 5, .kind = PS_COLLECTION_RESOURCE };

static uint64_t put(struct life *life, const char *text)
{
    const struct ps_messaging_done done = { note, life };
    uint64_t id = 0;

    CU_ASSERT_EQUAL(ps_messaging_put(life->m, NULL, &place, 0, text, (uint32_t)strlen(text), &done,
                                     NOW, &id, NULL),
                    -EINPROGRESS);
    return id;
}

static void wait_until(struct life *life, int count)
{
    struct pollfd fd = { .fd = ps_keep_fd(life->keep), .events = POLLIN };

    while (life->done + life->failed < count) {
        PS_REQUIRE(poll(&fd, 1, 20000) == 1);
        ps_keep_poll(life->keep, life->m, NOW);
    }
}

static const char *read_all(struct life *life)
{
    static char letters[65];
    struct ps_message messages[64];
    uint64_t cursor;
    uint32_t count = 0;

    CU_ASSERT_EQUAL(ps_messaging_fetch(life->m, NULL, &place, 0, messages, 64, SIZE_MAX, NOW,
                                       &count, &cursor, NULL),
                    0);
    for (uint32_t i = 0; i < count; i++)
        letters[i] = *(const char *)messages[i].body;
    letters[count] = '\0';
    return letters;
}

static void what_was_answered_is_there_in_the_next_life(void)
{
    struct life life = begin(1);
    struct ps_keep_status status;

    const uint64_t a = put(&life, "a");
    put(&life, "b");
    put(&life, "c");
    CU_ASSERT_STRING_EQUAL(read_all(&life), "");
    wait_until(&life, 3);
    CU_ASSERT_TRUE(life.done == 3 && life.failed == 0);
    CU_ASSERT_STRING_EQUAL(read_all(&life), "abc");
    CU_ASSERT_EQUAL(ps_messaging_acknowledge(life.m, NULL, &place, a, NULL, NOW), -EINPROGRESS);
    end(&life); /* writes the acknowledgement */
    life = begin(1000);
    CU_ASSERT_STRING_EQUAL(read_all(&life), "bc");
    ps_keep_status(life.keep, &status);
    CU_ASSERT_EQUAL(status.restored, 4);
    put(&life, "d");
    wait_until(&life, 1);
    CU_ASSERT_STRING_EQUAL(read_all(&life), "bcd");
    end(&life);
    life = begin(2000);
    CU_ASSERT_STRING_EQUAL(read_all(&life), "bcd");
    end(&life);
}

static void a_torn_end_costs_what_is_torn(void)
{
    char path[64];

    struct life life = begin(3000);
    put(&life, "e");
    wait_until(&life, 1);
    put(&life, "f");
    wait_until(&life, 2);
    end(&life);
    snprintf(path, sizeof(path), "%s/collections.%d", dir, 3);
    if (access(path, F_OK) != 0) /* lives that put nothing leave no file */
        snprintf(path, sizeof(path), "%s/collections.%d", dir, 4);
    const int fd = open(path, O_RDWR | O_CLOEXEC);
    PS_REQUIRE(fd >= 0);
    CU_ASSERT_EQUAL(ftruncate(fd, 2 * 73 - 1), 0);
    close(fd);
    life = begin(4000);
    CU_ASSERT_STRING_EQUAL(read_all(&life), "bcde");
    end(&life);
}

static void many_come_while_one_is_written(void)
{
    struct life life = begin(5000);
    struct ps_keep_status status;

    for (int i = 0; i < 40; i++)
        put(&life, "z");
    wait_until(&life, 40);
    CU_ASSERT_EQUAL(life.done, 40);
    ps_keep_status(life.keep, &status);
    CU_ASSERT_TRUE(status.kept >= 40 && status.batches <= 40 && status.error == 0);
    end(&life);
}

static void without_its_directory_a_put_fails_and_is_not_seen(void)
{
    char away[64];

    snprintf(away, sizeof(away), "%s-away", dir);
    struct life life = begin(6000);
    const size_t before = strlen(read_all(&life));
    PS_REQUIRE(rename(dir, away) == 0);
    put(&life, "y");
    wait_until(&life, 1);
    CU_ASSERT_TRUE(life.failed == 1 && strlen(read_all(&life)) == before);
    PS_REQUIRE(rename(away, dir) == 0);
    put(&life, "w");
    wait_until(&life, 2);
    CU_ASSERT_EQUAL(life.done, 1);
    CU_ASSERT_EQUAL(strlen(read_all(&life)), before + 1);
    end(&life);
}

static void creation_survives_each_failed_allocation(void)
{
    struct ps_keep *keep = NULL;
    unsigned failed_at = 0;

    for (;; failed_at++) {
        ps_fail_alloc_after(failed_at);
        const int rc = ps_keep_create(&keep, dir, 3600);
        ps_fail_alloc_never();
        if (rc == 0)
            break;
        CU_ASSERT_EQUAL(rc, -ENOMEM);
        CU_ASSERT_PTR_NULL(keep);
    }
    CU_ASSERT_EQUAL(failed_at, 6); /* itself, its directory's name, two batches of two */
    ps_keep_destroy(keep);
    ps_keep_destroy(NULL);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(what_was_answered_is_there_in_the_next_life),
        PS_TEST(a_torn_end_costs_what_is_torn),
        PS_TEST(many_come_while_one_is_written),
        PS_TEST(without_its_directory_a_put_fails_and_is_not_seen),
        PS_TEST(creation_survives_each_failed_allocation),
    };
    char command[64];

    if (mkdtemp(dir) == NULL)
        return EXIT_FAILURE;
    const int status = ps_test_run("keep", tests, PS_ARRAY_LEN(tests));
    snprintf(command, sizeof(command), "rm -r %s", dir);
    return system(command) == 0 ? status : EXIT_FAILURE;
}
