/* SPDX-License-Identifier: BSD-3-Clause */
/* What is refused: xclbins that are damaged, too much memory, arguments that do not fit. */
#include "tests/integration/accel/accel_test.h"
#include "tests/support/ps_test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MIB (1024u * 1024u)

static struct ps_accel *accel;

static void full_memory_is_said_and_heals(void)
{
    enum { BLOCKS = 16 };
    struct ps_accel_buf *bufs[BLOCKS], *more;
    unsigned count = 0;
    int rc = 0;

    while (count < BLOCKS && (rc = ps_accel_buf_take(accel, 8 * MIB, &bufs[count])) == 0)
        count++;
    CU_ASSERT_EQUAL(rc, -ENOSPC);
    CU_ASSERT_EQUAL(count, 7); /* of 64 MiB, whose first page is never given */
    CU_ASSERT_EQUAL(ps_accel_buf_take(accel, 8 * MIB, &more), -ENOSPC);
    while (count > 0)
        ps_accel_buf_give(accel, bufs[--count]);
    /* the pool gives up what it keeps in another size */
    CU_ASSERT_EQUAL(ps_accel_buf_take(accel, 48 * MIB, &more), 0);
    ps_accel_buf_give(accel, more);
    CU_ASSERT_EQUAL(ps_accel_buf_take(accel, (size_t)1 << 40, &more), -ENOSPC);
}

static void a_buffer_given_back_is_taken_again(void)
{
    struct ps_accel_buf *first, *second;

    PS_REQUIRE(ps_accel_buf_take(accel, 100000, &first) == 0);
    ps_accel_buf_give(accel, first);
    PS_REQUIRE(ps_accel_buf_take(accel, 100001, &second) == 0);
    CU_ASSERT_PTR_EQUAL(first, second);
    ps_accel_buf_give(accel, second);
    ps_accel_buf_give(accel, NULL);
}

static void arguments_that_do_not_fit_are_refused(void)
{
    struct ps_accel_run run = { .arg_count = 1 };
    struct ps_accel_buf *buf;

    PS_REQUIRE(ps_accel_buf_take(accel, 4096, &buf) == 0);
    run.args[0].buf = buf;
    run.cu = ps_accel_cu_count(accel);
    CU_ASSERT_EQUAL(ps_accel_submit(accel, &run), -EINVAL);
    run.cu = 0;
    run.args[0].in_bytes = (uint32_t)ps_accel_buf_size(buf) + 1;
    CU_ASSERT_EQUAL(ps_accel_submit(accel, &run), -EINVAL);
    run.args[0].in_bytes = 0;
    run.args[0].out_bytes = (uint32_t)ps_accel_buf_size(buf) + 1;
    CU_ASSERT_EQUAL(ps_accel_submit(accel, &run), -EINVAL);
    run.args[0].out_bytes = 0;
    run.args[1].out_bytes = 1; /* of a scalar */
    run.arg_count = 2;
    CU_ASSERT_EQUAL(ps_accel_submit(accel, &run), -EINVAL);
    run.arg_count = PS_ACCEL_ARGS_MAX + 1;
    CU_ASSERT_EQUAL(ps_accel_submit(accel, &run), -EINVAL);
    ps_accel_buf_give(accel, buf);
}

static int create_from(const char *xclbin)
{
    const struct ps_accel_config cfg = { .cards = { { .xclbin = xclbin } },
                                         .card_count = 1,
                                         .emulation_dir = getenv("PS_TEST_DRIVER"),
                                         .run_timeout_ms = 1000 };
    struct ps_accel *other = NULL;
    const char *why = NULL;
    const int rc = ps_accel_create(&other, &cfg, &why);

    CU_ASSERT((rc == 0) == (why == NULL));
    ps_accel_destroy(other);
    return rc;
}

static void a_kernel_that_the_card_lacks_is_refused(void)
{
    CU_ASSERT_EQUAL(create_from(getenv("PS_TEST_MISSING_KERNEL_CARD")), -ENOEXEC);
}

/* The test card with every @p from changed to @p to, of the same length; or cut to @p size. */
static int create_damaged(const char *from, const char *to, size_t size_max)
{
    static char bytes[4u * MIB];
    char path[] = "/tmp/prestage-test-XXXXXX";
    const size_t n = from != NULL ? strlen(from) : 0;
    FILE *file = fopen(getenv("PS_TEST_CARD"), "rb");
    size_t size;
    int rc, fd;

    PS_REQUIRE(file != NULL);
    size = fread(bytes, 1, sizeof(bytes), file);
    fclose(file);
    if (size > size_max)
        size = size_max;
    for (size_t i = 0; n > 0 && i + n <= size; i++)
        if (memcmp(bytes + i, from, n) == 0)
            memcpy(bytes + i, to, n);
    fd = mkstemp(path);
    PS_REQUIRE(fd >= 0 && write(fd, bytes, size) == (ssize_t)size);
    close(fd);
    rc = create_from(path);
    unlink(path);
    return rc;
}

static void an_undamaged_copy_loads(void)
{
    CU_ASSERT_EQUAL(create_damaged(NULL, NULL, SIZE_MAX), 0);
}

static void a_cut_off_xclbin_is_refused(void)
{
    CU_ASSERT_EQUAL(create_damaged(NULL, NULL, 0), -ENOEXEC);
    CU_ASSERT_EQUAL(create_damaged(NULL, NULL, 100), -ENOEXEC);
    CU_ASSERT_EQUAL(create_damaged(NULL, NULL, 600), -ENOEXEC);
    CU_ASSERT_EQUAL(create_damaged(NULL, NULL, 5000), -ENOEXEC);
}

static void malformed_metadata_fails_the_load(void)
{
    CU_ASSERT_EQUAL(create_damaged("</kernel>", "</kernal>", SIZE_MAX), -ENOEXEC);
    CU_ASSERT_EQUAL(create_damaged("</project>", "          ", SIZE_MAX), -ENOEXEC);
    CU_ASSERT_EQUAL(create_damaged("\"vadd_1\"", "\"vadd_7\"", SIZE_MAX), -ENOEXEC);
}

static void broken_kernels_fail_the_load(void)
{
    CU_ASSERT_EQUAL(create_damaged("\x7f"
                                   "ELF",
                                   "\x7f"
                                   "BAD",
                                   SIZE_MAX),
                    -ENOEXEC);
}

static void good_loads_work_after_bad_ones(void)
{
    CU_ASSERT_EQUAL(create_from(getenv("PS_TEST_CARD")), 0);
}

static void another_driver_in_the_same_process_is_refused(void)
{
    const struct ps_accel_config cfg = { .cards = { { .xclbin = getenv("PS_TEST_CARD") } },
                                         .card_count = 1,
                                         .emulation_dir = "/elsewhere",
                                         .run_timeout_ms = 1000 };
    struct ps_accel *other = NULL;
    const char *why = NULL;

    CU_ASSERT_EQUAL(ps_accel_create(&other, &cfg, &why), -EINVAL);
    CU_ASSERT_PTR_NOT_NULL(why);
    CU_ASSERT_PTR_NULL(other);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(full_memory_is_said_and_heals),
        PS_TEST(a_buffer_given_back_is_taken_again),
        PS_TEST(arguments_that_do_not_fit_are_refused),
        PS_TEST(a_kernel_that_the_card_lacks_is_refused),
        PS_TEST(an_undamaged_copy_loads),
        PS_TEST(a_cut_off_xclbin_is_refused),
        PS_TEST(malformed_metadata_fails_the_load),
        PS_TEST(broken_kernels_fail_the_load),
        PS_TEST(good_loads_work_after_bad_ones),
        PS_TEST(another_driver_in_the_same_process_is_refused),
    };
    int rc;

    accel = open_test_card(1000);
    if (accel == NULL)
        return EXIT_FAILURE;
    rc = ps_test_run("accel/limits", tests, sizeof(tests) / sizeof(tests[0]));
    ps_accel_destroy(accel);
    return rc;
}
