/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/dpdk/test_tls_names.c - flows are counted by their server's name, and bounded. */
#include "dpdk/tls_names.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "dpdk/mem.h"
#include "tests/support/ps_test.h"

static struct nic_tls_names *names;
static struct nic_name_queue *queue;
static struct psd_tls_name last;
static uint32_t seen_count;
static uint64_t seen_flows;

static void begin(void)
{
    PS_REQUIRE(nic_tls_names_create(&names, 7) == 0);
    PS_REQUIRE(nic_name_queue_create(&queue) == 0);
}

static void end(void)
{
    nic_name_queue_destroy(queue);
    nic_tls_names_destroy(names);
}

static int add(const char *text, uint64_t epoch)
{
    struct nic_tls_name name = { .bytes = (uint32_t)strlen(text) };

    memcpy(name.text, text, name.bytes);
    return nic_tls_names_add(names, &name, epoch, queue);
}

static void note(void *arg, const struct psd_tls_name *name)
{
    (void)arg;
    last = *name;
    seen_count++;
    seen_flows += name->flows;
}

static uint64_t drain(uint64_t epoch)
{
    seen_count = 0;
    seen_flows = 0;
    return nic_tls_names_drain(names, epoch, note, NULL);
}

static void a_name_goes_along_once(void)
{
    struct nic_name name;

    begin();
    CU_ASSERT_EQUAL(add("a.example", 1), 0);
    CU_ASSERT_EQUAL(add("a.example", 1), 0);
    CU_ASSERT_EQUAL(add("a.example", 2), 0);
    CU_ASSERT_EQUAL(drain(1), 0);
    CU_ASSERT_EQUAL(seen_count, 1);
    CU_ASSERT_EQUAL(last.flows, 2);
    CU_ASSERT_EQUAL(last.name_key, nic_name_key("a.example", 9));
    PS_REQUIRE(nic_name_queue_take(queue, &name) == 0);
    CU_ASSERT_EQUAL(name.kind, PSD_NAME_TLS_SERVER);
    CU_ASSERT_EQUAL(name.key, last.name_key);
    CU_ASSERT_EQUAL(memcmp(name.text, "a.example", 9), 0);
    CU_ASSERT_EQUAL(nic_name_queue_take(queue, &name), -ENOENT);
    CU_ASSERT_EQUAL(drain(2), 0);
    CU_ASSERT_EQUAL(last.flows, 1);
    end();
}

static void a_name_without_room_in_the_queue_is_tried_again(void)
{
    const struct nic_name other = nic_name_make(PSD_NAME_MEDIA, "x", 1);
    struct nic_name name;

    begin();
    while (nic_name_queue_put(queue, &other) == 0)
        ;
    CU_ASSERT_EQUAL(add("a.example", 1), -ENOSPC);
    PS_REQUIRE(nic_name_queue_take(queue, &name) == 0);
    CU_ASSERT_EQUAL(add("a.example", 1), 0);
    CU_ASSERT_EQUAL(drain(1), 0);
    CU_ASSERT_EQUAL(seen_flows, 2);
    end();
}

static void names_without_room_are_shed_and_counted(void)
{
    char text[32];
    uint64_t shed;

    begin();
    for (unsigned i = 0; i < 4 * NIC_TLS_NAMES_MAX; i++) {
        snprintf(text, sizeof(text), "n%u.example", i);
        add(text, 1);
    }
    shed = drain(1);
    CU_ASSERT_TRUE(shed > 0);
    CU_ASSERT_EQUAL(seen_flows + shed, 4 * NIC_TLS_NAMES_MAX);
    CU_ASSERT_TRUE(seen_count >= NIC_TLS_NAMES_MAX / 2 && seen_count <= NIC_TLS_NAMES_MAX + 256);
    end();
}

static void creation_survives_each_failed_allocation(void)
{
    unsigned failed_at = 0;

    for (;; failed_at++) {
        nic_fail_alloc_after(failed_at);
        const int rc = nic_tls_names_create(&names, 7);
        nic_fail_alloc_never();
        if (rc == 0)
            break;
        CU_ASSERT_EQUAL(rc, -ENOMEM);
    }
    CU_ASSERT_TRUE(failed_at > 2);
    nic_tls_names_destroy(names);
    nic_tls_names_destroy(NULL);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_name_goes_along_once),
        PS_TEST(a_name_without_room_in_the_queue_is_tried_again),
        PS_TEST(names_without_room_are_shed_and_counted),
        PS_TEST(creation_survives_each_failed_allocation),
    };

    return ps_test_run("dpdk/tls_names", tests, NIC_ARRAY_LEN(tests));
}
