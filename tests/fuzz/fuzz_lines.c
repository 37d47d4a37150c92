/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/fuzz/fuzz_lines.c - logs of earlier requests, line by line, as they are imported.
 *
 * Input: a byte for format and paths, then the text. Each line is read from a copy without a byte
 * to spare. What a line says points into it and is within its bounds, and said again of another
 * copy.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "host/request/device.h"
#include "host/request/logged.h"
#include "tests/fuzz/fuzz.h"

#define TIME_NS_MAX (UINT64_C(10000000001) * 1000000000u)

static void check(const struct ps_logged *said, const char *line, size_t length)
{
    FUZZ_REQUIRE(said->time_ns < TIME_NS_MAX);
    FUZZ_REQUIRE(said->born_ns <= said->time_ns || said->born_ns == 1);
    FUZZ_REQUIRE(isfinite(said->size_bytes) && said->size_bytes >= 0.0);
    FUZZ_REQUIRE(said->resource.media_key != 0);
    FUZZ_REQUIRE(said->who.length <= length);
    FUZZ_REQUIRE(said->who.length == 0 ||
                 (said->who.text >= line && said->who.text + said->who.length <= line + length));
}

static int read_copy(struct ps_logged_reader *reader, const char *text, size_t length,
                     struct ps_logged *ret)
{
    char *line = strndup(text, length);

    FUZZ_REQUIRE(line != NULL);
    const int rc = ps_logged_read(reader, line, ret);
    FUZZ_REQUIRE(rc == 0 || rc == 1 || rc == -EBADMSG || rc == -ENOMSG);
    if (rc == 0) {
        check(ret, line, strlen(line));
        ret->who.text = NULL; /* gone with the copy */
    }
    free(line);
    return rc + fuzz_breaks * 2;
}

static void read_line(struct ps_logged_reader *reader, const char *text, size_t length)
{
    struct ps_logged_reader before = *reader;
    struct ps_logged said = { 0 }, again = { 0 };
    const int rc = read_copy(reader, text, length, &said);

    FUZZ_REQUIRE(rc <= 1);
    FUZZ_REQUIRE(read_copy(&before, text, length, &again) == rc);
    FUZZ_REQUIRE(rc != 0 || (said.time_ns == again.time_ns && said.is_start == again.is_start &&
                             said.resource.media_key == again.resource.media_key &&
                             said.who.length == again.who.length));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = { data, size };
    const uint8_t how = fuzz_take_u8(&input);
    struct ps_logged_reader reader = { .format = (enum ps_logged_format)((how & 7) % 5),
                                       .whole_paths = (how & 8) != 0 };
    const char *at = (const char *)input.at;
    size_t left = input.left;

    do { /* an empty text is a line, too */
        const char *end = left == 0 ? NULL : memchr(at, '\n', left);
        const size_t length = end == NULL ? left : (size_t)(end - at) + 1;

        read_line(&reader, left == 0 ? "" : at, length);
        FUZZ_REQUIRE(ps_device_of_agent(left == 0 ? "" : at, length) <= PS_DEVICE_COMPUTER);
        at += length;
        left -= length;
    } while (left > 0);
    return 0;
}
