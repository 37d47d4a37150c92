/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/fuzz/fuzz.h - what the fuzz targets share: an input taken apart, and promises that abort.
 *
 * A target is LLVMFuzzerTestOneInput(): with clang it is linked to libFuzzer, which searches; with
 * any compiler to replay.c, which runs what was found before. Threads: one.
 */
#ifndef PS_TESTS_FUZZ_FUZZ_H
#define PS_TESTS_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Set by a replay that wants to see a finding: each target then breaks one promise of its own. */
extern bool fuzz_breaks;

/* The part of an input that has not been used yet. */
struct fuzz_input {
    const uint8_t *at;
    size_t left;
};

/** 0 at the end. */
uint8_t fuzz_take_u8(struct fuzz_input *input);

/** Little endian; 0 at the end. */
uint16_t fuzz_take_u16(struct fuzz_input *input);

/** Up to @p bytes, as many as there are; @p ret_bytes says how many. */
const uint8_t *fuzz_take(struct fuzz_input *input, size_t bytes, size_t *ret_bytes);

/** A copy without a byte to spare, so that a read beyond it is seen. Free with free(). */
uint8_t *fuzz_copy(const uint8_t *bytes, size_t count);

/** The next number of a seeded sequence; @p state is never 0. */
uint32_t fuzz_random(uint32_t *state);

/** A file that holds @p bytes and has no name, open under the name that is returned until the next
 * call. */
const char *fuzz_file(const uint8_t *bytes, size_t count);

/* Says what does not hold, and aborts: libFuzzer and replay.c take that for a finding. */
#define FUZZ_REQUIRE(x) fuzz_require((x), #x, __FILE__, __LINE__)
void fuzz_require(bool holds, const char *what, const char *file, int line);

#endif
