/* SPDX-License-Identifier: BSD-3-Clause */
/* The checks before the first XRT call, on directories that only look like drivers. */
#include "host/accel/driver_priv.h"
#include "tests/support/ps_test.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[] = "/tmp/prestage-test-XXXXXX";
static const char *why;

static int prepare(const char *emulation_dir)
{
    const struct ps_accel_config cfg = { .cards = { { .xclbin = "x", .device_idx = 3 } },
                                         .card_count = 1,
                                         .emulation_dir = emulation_dir,
                                         .run_timeout_ms = 1000 };

    return accel_driver_prepare(&cfg, &why);
}

static void write_file(const char *name, const char *text)
{
    char path[PATH_MAX];
    FILE *out;

    snprintf(path, sizeof(path), "%s/lib/%s", dir, name);
    out = fopen(path, "w");
    PS_REQUIRE(out != NULL);
    fputs(text, out);
    fclose(out);
}

static void a_missing_driver_is_told(void)
{
    CU_ASSERT_EQUAL(prepare("/nonexistent"), -ENOENT);
    CU_ASSERT_PTR_NOT_NULL(strstr(why, "libxrt_core.so.2"));
    CU_ASSERT_EQUAL(prepare(dir), -ENOENT);
}

static void a_real_card_without_its_environment_is_told(void)
{
    unsetenv("XILINX_XRT");
    CU_ASSERT_EQUAL(prepare(NULL), -ENOENT);
    CU_ASSERT_PTR_NOT_NULL(strstr(why, "XILINX_XRT is not set"));
    setenv("XILINX_XRT", "/nonexistent", 1);
    CU_ASSERT_EQUAL(prepare(NULL), -ENOENT);
    unsetenv("XILINX_XRT");
}

static void a_driver_that_does_not_say_its_libxrt_is_refused(void)
{
    write_file("libxrt_core.so.2", "");
    CU_ASSERT_EQUAL(prepare(dir), -ENOENT);
    write_file("libxrt.version", "2.13.0\n");
    CU_ASSERT_EQUAL(prepare(dir), -ENOENT);
    CU_ASSERT_PTR_NOT_NULL(strstr(why, "libxrt.version"));
}

static void an_emulation_driver_does_not_pass_for_a_real_card(void)
{
    write_file("libxrt_core.so.2", "");
    write_file("libxrt.version", "2.13.0 0123\n");
    setenv("XILINX_XRT", dir, 1);
    CU_ASSERT_EQUAL(prepare(NULL), -EINVAL);
    CU_ASSERT_PTR_NOT_NULL(strstr(why, "emulation"));
    unsetenv("XILINX_XRT");
}

static void a_driver_for_another_libxrt_is_refused_and_both_are_named(void)
{
    /* this test calls nothing of libxrt, so the linker leaves it out */
    PS_REQUIRE(dlopen("libxrt_coreutil.so.2", RTLD_NOW) != NULL);
    write_file("libxrt.version", "2.99.1 0123456789abcdef0123\n");
    CU_ASSERT_EQUAL(prepare(dir), -EPROTO);
    CU_ASSERT_PTR_NOT_NULL(strstr(why, "against libxrt 2.99.1 (build id 0123456789ab)"));
    CU_ASSERT_PTR_NOT_NULL(strstr(why, " is loaded"));
    CU_ASSERT_PTR_NULL(strstr(why, "libxrt  (")); /* the loaded one was found */
    CU_ASSERT_PTR_NULL(getenv("XILINX_XRT"));     /* nothing is set up for it */
}

static void a_name_that_is_too_long_is_refused(void)
{
    static char name[PATH_MAX + 10];

    memset(name, 'x', sizeof(name) - 1);
    CU_ASSERT_EQUAL(prepare(name), -ENOENT);
}

static void a_real_card_keeps_its_own_time(void)
{
    const struct ps_accel_config cfg = { .cards = { { .xclbin = "x" } },
                                         .card_count = 1,
                                         .timing = PS_ACCEL_TIMING_TIMED,
                                         .run_timeout_ms = 1000 };

    CU_ASSERT_EQUAL(accel_driver_prepare(&cfg, &why), -EINVAL);
    CU_ASSERT_PTR_NOT_NULL(strstr(why, "its own time"));
}

static void the_environment_says_whose_time_it_is(void)
{
    unsetenv("PS_EMU_TIMING");
    CU_ASSERT_EQUAL(accel_driver_timing(), PS_ACCEL_TIMING_FUNCTIONAL);
    setenv("PS_EMU_TIMING", "timed", 1);
    CU_ASSERT_EQUAL(accel_driver_timing(), PS_ACCEL_TIMING_TIMED);
    setenv("PS_EMU_TIMING", "dry", 1);
    CU_ASSERT_EQUAL(accel_driver_timing(), PS_ACCEL_TIMING_DRY);
    unsetenv("PS_EMU_TIMING");
}

static void remove_dir(void)
{
    char path[PATH_MAX];
    static const char *const names[] = { "lib/libxrt_core.so.2", "lib/libxrt.version", "lib" };

    for (size_t i = 0; i < 3; i++) {
        snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
        remove(path);
    }
    rmdir(dir);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_missing_driver_is_told),
        PS_TEST(a_real_card_without_its_environment_is_told),
        PS_TEST(a_driver_that_does_not_say_its_libxrt_is_refused),
        PS_TEST(an_emulation_driver_does_not_pass_for_a_real_card),
        PS_TEST(a_driver_for_another_libxrt_is_refused_and_both_are_named),
        PS_TEST(a_name_that_is_too_long_is_refused),
        PS_TEST(a_real_card_keeps_its_own_time),
        PS_TEST(the_environment_says_whose_time_it_is),
    };
    char lib[sizeof(dir) + 4];
    int rc;

    if (mkdtemp(dir) == NULL)
        return EXIT_FAILURE;
    snprintf(lib, sizeof(lib), "%s/lib", dir);
    mkdir(lib, 0700);
    rc = ps_test_run("host/accel/driver", tests, sizeof(tests) / sizeof(tests[0]));
    remove_dir();
    return rc;
}
