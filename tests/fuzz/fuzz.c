/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

bool fuzz_breaks;

void fuzz_require(bool holds, const char *what, const char *file, int line)
{
    if (holds)
        return;
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
    abort();
}

const uint8_t *fuzz_take(struct fuzz_input *input, size_t bytes, size_t *ret_bytes)
{
    const uint8_t *at = input->at;

    *ret_bytes = bytes < input->left ? bytes : input->left;
    input->at += *ret_bytes;
    input->left -= *ret_bytes;
    return at;
}

uint8_t fuzz_take_u8(struct fuzz_input *input)
{
    size_t got;
    const uint8_t *at = fuzz_take(input, 1, &got);

    return got == 1 ? *at : 0;
}

uint16_t fuzz_take_u16(struct fuzz_input *input)
{
    const uint8_t low = fuzz_take_u8(input);

    return (uint16_t)(low | fuzz_take_u8(input) << 8);
}

uint8_t *fuzz_copy(const uint8_t *bytes, size_t count)
{
    uint8_t *copy = malloc(count > 0 ? count : 1);

    FUZZ_REQUIRE(copy != NULL);
    if (count > 0)
        memcpy(copy, bytes, count);
    return copy;
}

uint32_t fuzz_random(uint32_t *state) /* xorshift32 (Marsaglia, 2003) */
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

const char *fuzz_file(const uint8_t *bytes, size_t count)
{
    static int fd = -1;
    static char name[32];

    if (fd >= 0)
        close(fd);
    fd = memfd_create("fuzz", MFD_CLOEXEC);
    FUZZ_REQUIRE(fd >= 0);
    FUZZ_REQUIRE(write(fd, bytes, count) == (ssize_t)count);
    snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
    return name;
}
