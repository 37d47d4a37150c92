/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/dpdk/test_control.c - what an interval's end makes of what ports tell. */
#include "dpdk/control.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dpdk/mem.h"
#include "tests/support/ps_test.h"

static char stats_file[] = "/tmp/prestage-control-XXXXXX";
static uint64_t missed; /* what the ports tell */

static uint64_t tell_missed(void *arg)
{
    (void)arg;
    return missed;
}

static void add_nothing(void *arg, struct nic_batch *batch)
{
    (void)arg;
    (void)batch;
}

/* As the statistics file has it after one more interval. */
static uint64_t missed_after(struct nic_control *control, uint64_t told)
{
    char line[4096] = "";
    const char *at;
    FILE *file;

    missed = told;
    PS_REQUIRE(nic_control_finish(control) == 0);
    file = fopen(stats_file, "re");
    PS_REQUIRE(file != NULL);
    PS_REQUIRE(fgets(line, sizeof(line), file) != NULL);
    fclose(file);
    at = strstr(line, " port_missed=");
    PS_REQUIRE(at != NULL);
    return strtoull(at + strlen(" port_missed="), NULL, 10);
}

static void a_port_that_tells_nothing_takes_nothing_back(void)
{
    struct nic_epoch *epoch;
    struct nic_control *control;

    PS_REQUIRE(nic_epoch_create(&epoch, 1) == 0);
    PS_REQUIRE(nic_control_create(&control, &(struct nic_control_config){
                                                .epoch_ms = 1000,
                                                .stats_file = stats_file,
                                                .keys = 1024,
                                                .epoch = epoch,
                                                .port_missed = tell_missed,
                                                .closed = add_nothing,
                                            }) == 0);
    CU_ASSERT_EQUAL(missed_after(control, 10), 10);
    CU_ASSERT_EQUAL(missed_after(control, 0), 10);
    CU_ASSERT_EQUAL(missed_after(control, 10), 10);
    CU_ASSERT_EQUAL(missed_after(control, 12), 12);
    nic_control_destroy(control);
    nic_epoch_destroy(epoch);
}

static void creation_survives_each_failed_allocation(void)
{
    struct nic_epoch *epoch;
    struct nic_control *control = NULL;
    unsigned failed_at = 0;
    int rc;

    PS_REQUIRE(nic_epoch_create(&epoch, 1) == 0);
    for (;; failed_at++) {
        const struct nic_control_config cfg = {
            .epoch_ms = 1000, .keys = 1024, .epoch = epoch, .telemetry = true
        };

        nic_fail_alloc_after(failed_at);
        rc = nic_control_create(&control, &cfg);
        nic_fail_alloc_never();
        if (rc == 0)
            break;
        PS_REQUIRE(rc == -ENOMEM);
    }
    CU_ASSERT_TRUE(failed_at >= 4); /* itself, names, batch and top, each with its parts */
    nic_control_destroy(control);
    nic_epoch_destroy(epoch);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_port_that_tells_nothing_takes_nothing_back),
        PS_TEST(creation_survives_each_failed_allocation),
    };
    const int fd = mkstemp(stats_file);
    int status;

    if (fd < 0)
        return EXIT_FAILURE;
    close(fd);
    status = ps_test_run("dpdk/control", tests, NIC_ARRAY_LEN(tests));
    unlink(stats_file);
    return status;
}
