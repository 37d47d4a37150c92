/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/dpdk/test_names.c - names are kept once, collisions refused, the oldest forgotten. */
#include "dpdk/names.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <xxhash.h>

#include "dpdk/mem.h"
#include "tests/support/ps_test.h"

static struct nic_name make(enum psd_name_kind kind, const char *text)
{
    return nic_name_make(kind, text, (uint32_t)strlen(text));
}

static void the_key_is_the_names_xxh3(void)
{
    CU_ASSERT_EQUAL(make(PSD_NAME_MEDIA, "clip-1").key, XXH3_64bits("clip-1", 6));
}

static void a_name_is_due_once_and_again_for_a_new_reader(void)
{
    const struct nic_name clip = make(PSD_NAME_MEDIA, "clip-1");
    const struct nic_name same = make(PSD_NAME_PROFILE, "clip-1");
    struct nic_names *names;

    PS_REQUIRE(nic_names_create(&names, 64) == 0);
    CU_ASSERT_EQUAL(nic_names_add(names, &clip), 0);
    CU_ASSERT_EQUAL(nic_names_add(names, &clip), 0);
    CU_ASSERT_EQUAL(nic_names_add(names, &same), 0); /* a profile may be called as a title is */
    CU_ASSERT_EQUAL(nic_names_next_due(names)->kind, PSD_NAME_MEDIA);
    CU_ASSERT_EQUAL(nic_names_next_due(names)->kind, PSD_NAME_PROFILE);
    CU_ASSERT_PTR_NULL(nic_names_next_due(names));
    nic_names_all_due(names);
    nic_names_all_due(names);
    CU_ASSERT_PTR_NOT_NULL(nic_names_next_due(names));
    CU_ASSERT_PTR_NOT_NULL(nic_names_next_due(names));
    CU_ASSERT_PTR_NULL(nic_names_next_due(names));
    nic_names_destroy(names);
}

static void a_second_name_of_a_key_is_refused(void)
{
    const struct nic_name first = make(PSD_NAME_MEDIA, "clip-1");
    struct nic_name second = make(PSD_NAME_MEDIA, "clip-2");
    struct nic_name longer = make(PSD_NAME_MEDIA, "clip-11");
    const struct nic_name *kept;
    struct nic_names *names;

    second.key = first.key;
    longer.key = first.key;
    PS_REQUIRE(nic_names_create(&names, 64) == 0);
    CU_ASSERT_EQUAL(nic_names_add(names, &first), 0);
    CU_ASSERT_EQUAL(nic_names_add(names, &second), -EEXIST);
    CU_ASSERT_EQUAL(nic_names_add(names, &longer), -EEXIST);
    kept = nic_names_find(names, first.key, PSD_NAME_MEDIA);
    CU_ASSERT_EQUAL(kept->bytes, 6);
    CU_ASSERT_NSTRING_EQUAL(kept->text, "clip-1", 6);
    nic_names_destroy(names);
}

static void a_flood_forgets_the_oldest_names(void)
{
    struct nic_names *names;
    struct nic_name name;
    unsigned due = 0;
    char text[32];

    PS_REQUIRE(nic_names_create(&names, 64) == 0);
    for (unsigned i = 0; i < 10000; i++) {
        snprintf(text, sizeof(text), "clip-%u", i);
        name = make(PSD_NAME_MEDIA, text);
        CU_ASSERT_EQUAL(nic_names_add(names, &name), 0);
    }
    CU_ASSERT_PTR_NOT_NULL(nic_names_find(names, name.key, PSD_NAME_MEDIA));
    name = make(PSD_NAME_MEDIA, "clip-0");
    CU_ASSERT_PTR_NULL(nic_names_find(names, name.key, PSD_NAME_MEDIA));
    while (nic_names_next_due(names) != NULL)
        due++;
    CU_ASSERT_EQUAL(due, 64);
    nic_names_destroy(names);
}

static void the_queue_keeps_order_and_has_a_limit(void)
{
    struct nic_name_queue *queue;
    struct nic_name name = make(PSD_NAME_MEDIA, "a");
    unsigned put = 0;

    PS_REQUIRE(nic_name_queue_create(&queue) == 0);
    CU_ASSERT_EQUAL(nic_name_queue_take(queue, &name), -ENOENT);
    for (name.key = 0; nic_name_queue_put(queue, &name) == 0; name.key++)
        put++;
    CU_ASSERT_EQUAL(put, NIC_NAME_QUEUE_NAMES - 1);
    for (unsigned i = 0; i < put; i++) {
        CU_ASSERT_EQUAL(nic_name_queue_take(queue, &name), 0);
        CU_ASSERT_EQUAL(name.key, i);
    }
    CU_ASSERT_EQUAL(nic_name_queue_take(queue, &name), -ENOENT);
    nic_name_queue_destroy(queue);
}

static void creation_checks_sizes_and_survives_failed_allocations(void)
{
    static const uint32_t bad[] = { 0, 8, 48, NIC_NAMES_MAX * 2 };
    struct nic_name_queue *queue;
    struct nic_names *names;

    for (size_t i = 0; i < NIC_ARRAY_LEN(bad); i++)
        CU_ASSERT_EQUAL(nic_names_create(&names, bad[i]), -EINVAL);
    for (unsigned i = 0; i < 3; i++) {
        nic_fail_alloc_after(i);
        CU_ASSERT_EQUAL(nic_names_create(&names, 64), -ENOMEM);
    }
    for (unsigned i = 0; i < 2; i++) {
        nic_fail_alloc_after(i);
        CU_ASSERT_EQUAL(nic_name_queue_create(&queue), -ENOMEM);
    }
    nic_fail_alloc_never();
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(the_key_is_the_names_xxh3),
        PS_TEST(a_name_is_due_once_and_again_for_a_new_reader),
        PS_TEST(a_second_name_of_a_key_is_refused),
        PS_TEST(a_flood_forgets_the_oldest_names),
        PS_TEST(the_queue_keeps_order_and_has_a_limit),
        PS_TEST(creation_checks_sizes_and_survives_failed_allocations),
    };

    return ps_test_run("dpdk/names", tests, NIC_ARRAY_LEN(tests));
}
