/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/fuzz/fuzz_options.c - a configuration file and arguments: taken whole, or refused in words.
 *
 * Input: arguments, each ended by a NUL, up to an empty one; then the file, which comes first.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dpdk/mem.h"
#include "dpdk/options.h"
#include "tests/fuzz/fuzz.h"

#define ARGUMENTS_MAX 16u

/* Splits off the arguments; what is left is the file. @return How many. */
static int split(char *text, size_t bytes, char **ret_arguments, size_t *ret_used)
{
    size_t at = 0;
    int count = 0;

    while (count < (int)ARGUMENTS_MAX) {
        const char *end = memchr(text + at, '\0', bytes - at);

        if (end == NULL || end == text + at)
            break;
        ret_arguments[count++] = text + at;
        at = (size_t)(end - text) + 1;
    }
    *ret_used = at < bytes && text[at] == '\0' ? at + 1 : at;
    return count;
}

/* The file that is named would be a real one, perhaps one without an end. */
static bool names_a_file(char **arguments, int count)
{
    for (int i = 0; i < count; i++)
        if (strstr(arguments[i], "config") != NULL || strstr(arguments[i], "key") != NULL)
            return true;
    return false;
}

static bool is_text(const char *text, size_t size_bytes)
{
    return memchr(text, '\0', size_bytes) != NULL;
}

static void require_sense(const struct nic_options *o)
{
    FUZZ_REQUIRE(o->device_count <= NIC_ARRAY_LEN(o->devices));
    for (uint32_t i = 0; i < o->device_count; i++) {
        FUZZ_REQUIRE(is_text(o->devices[i].text, sizeof(o->devices[i].text)));
        FUZZ_REQUIRE(is_text(o->devices[i].name, sizeof(o->devices[i].name)));
        FUZZ_REQUIRE(is_text(o->devices[i].args, sizeof(o->devices[i].args)));
    }
    FUZZ_REQUIRE(is_text(o->capture, sizeof(o->capture)));
    FUZZ_REQUIRE(is_text(o->stats_file, sizeof(o->stats_file)));
    FUZZ_REQUIRE(o->cpu_count <= NIC_WORKERS_MAX);
    if (o->action != NIC_ACTION_RUN)
        return;
    FUZZ_REQUIRE(o->mode != NIC_MODE_NONE);
    FUZZ_REQUIRE(o->servers.count > 0 && o->servers.count <= NIC_SERVERS_MAX);
    FUZZ_REQUIRE(o->regions.count <= NIC_REGIONS_MAX);
    FUZZ_REQUIRE(o->epoch_ms >= 10 && o->epoch_ms <= 60000);
    FUZZ_REQUIRE(o->keys >= 1024 && (o->keys & (o->keys - 1)) == 0);
    FUZZ_REQUIRE(o->media_template.bytes > 0);
}

static void parse(int argc, char **argv)
{
    struct nic_problem problem = { "" };
    struct nic_options *options = NULL;
    const int rc = nic_options_parse(&options, argc, argv, &problem);

    if (rc == 0) {
        FUZZ_REQUIRE(!fuzz_breaks && options != NULL);
        require_sense(options);
        nic_options_destroy(options);
        return;
    }
    FUZZ_REQUIRE(options == NULL && problem.text[0] != '\0');
    FUZZ_REQUIRE(is_text(problem.text, sizeof(problem.text)));
    FUZZ_REQUIRE(rc == -EINVAL || rc == -EIO);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *argv[3 + ARGUMENTS_MAX + 1] = { (char[]){ "prestage-nic" }, (char[]){ "--config" } };
    char name[64];
    size_t used;
    char *text = (char *)fuzz_copy(data, size);
    const int count = split(text, size, argv + 3, &used);

    strcpy(name, fuzz_file(data + used, size - used));
    argv[2] = name;
    argv[3 + count] = NULL;
    if (!names_a_file(argv + 3, count))
        parse(3 + count, argv);
    free(text);
    return 0;
}
