/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/fuzz/fuzz_kernels.c - runs of kernels with any arguments, as an emulated card is given
 * them: in registers, with addresses into a card's memory. A run is made, or refused; either way
 * nothing but its outputs is written, and nothing but its buffers is read.
 *
 * Input: runs, each of a byte for the kernel (0 scale, 1 and above h264enc, 2 mark, modulo 4), a
 * byte of flags, then for each argument in order a choice and what it takes. The memory is filled
 * by a seed, the input's first byte; an encoder's state goes from run to run unless it is damaged
 * on the way. Under ASan all of the memory is closed but for a run's buffers; without, what is
 * outside of its outputs is compared.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/hash.h"
#include "kernels/emu/kernel_entry.h"
#include "kernels/h264enc/h264enc.h"
#include "kernels/mark/mark.h"
#include "tests/fuzz/fuzz.h"

#if defined(__SANITIZE_ADDRESS__)
#define HAS_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_ASAN 1
#endif
#endif
#ifdef HAS_ASAN
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(at, bytes)   ((void)(at), (void)(bytes))
#define ASAN_UNPOISON_MEMORY_REGION(at, bytes) ((void)(at), (void)(bytes))
#endif

#define MEMORY_BYTES (256u * 1024)
#define SLOT_BYTES                                                                                 \
    (24u * 1024) /* a well-meant buffer's place: its argument's number times this                  \
                  */
#define RUNS_MAX    4
#define BUFFERS_MAX 8

emu_kernel_entry emu_kernel_scale, emu_kernel_h264enc, emu_kernel_mark;

enum direction { IN, OUT };

struct buffer {
    uint64_t address, bytes;
    enum direction direction;
    bool is_unused; /* not looked at, wherever it is */
};

/* One run as it stands in the registers, and what it may touch. */
struct run {
    uint8_t registers[EMU_REGISTERS_BYTES];
    uint32_t at_byte;
    struct buffer buffers[BUFFERS_MAX];
    uint32_t buffer_count;
    bool is_valid; /* the kernel has no reason to refuse it, but for the state */
};

static uint8_t *memory, *before;

/* Mostly where there is room for it; else anywhere, the ends of the memory and beyond included. */
static void put_address(struct run *run, struct fuzz_input *input, enum direction direction)
{
    static const uint64_t edges[] = {
        0, 1, 8, MEMORY_BYTES - 8, MEMORY_BYTES, MEMORY_BYTES + 8, 1ull << 32, UINT64_MAX - 7
    };
    const uint8_t choice = fuzz_take_u8(input);
    uint64_t address = 64 + run->buffer_count * SLOT_BYTES;

    if (choice >= 0xf0)
        address = edges[choice & 7];
    else if (choice >= 0xe0)
        address = fuzz_take_u16(input) * 4ull;
    else
        address += choice * 8ull;
    memcpy(run->registers + run->at_byte, &address, sizeof(address));
    run->at_byte += PSK_REG_BUFFER_BYTES;
    run->buffers[run->buffer_count++] =
        (struct buffer){ .address = address, .direction = direction };
}

static uint32_t put_scalar(struct run *run, uint32_t value)
{
    memcpy(run->registers + run->at_byte, &value, sizeof(value));
    run->at_byte += PSK_REG_SCALAR_BYTES;
    return value;
}

/* Any 32 bits now and then, with a liking for the edges; else what @p usual makes of a byte. */
static uint32_t any_u32(struct fuzz_input *input, uint32_t usual)
{
    const uint8_t choice = fuzz_take_u8(input);

    if (choice < 0xe0)
        return usual;
    if (choice >= 0xf0)
        return UINT32_MAX >> (choice & 15) * 2;
    return fuzz_take_u16(input) | (uint32_t)fuzz_take_u8(input) << (choice & 15);
}

static uint32_t put_size(struct run *run, struct fuzz_input *input)
{
    return put_scalar(run, any_u32(input, 16u + fuzz_take_u8(input) % 32u * 2u));
}

static uint32_t put_count(struct run *run, struct fuzz_input *input)
{
    return put_scalar(run, any_u32(input, 1u + fuzz_take_u8(input) % 2u));
}

static bool is_count(uint32_t frame_count)
{
    return frame_count >= 1 && frame_count <= PSK_BATCH_FRAMES_MAX;
}

static bool is_picture(uint32_t width, uint32_t height, uint32_t width_max, uint32_t height_max)
{
    return width >= 16 && width <= width_max && width % 2 == 0 && height >= 16 &&
           height <= height_max && height % 2 == 0;
}

/* Mostly a little smaller than the source. */
static uint32_t put_rendition(struct run *run, struct fuzz_input *input, uint32_t width,
                              uint32_t height)
{
    const uint32_t less = fuzz_take_u8(input) % 16u * 2u, lower = fuzz_take_u8(input) % 16u * 2u;

    return put_scalar(
        run, any_u32(input, PSK_SCALE_SIZE((width - less) & 0x1fff, (height - lower) & 0x1fff)));
}

static bool is_rendition(uint32_t source, uint32_t wanted)
{
    return wanted >= 16 && wanted % 2 == 0 && wanted <= source &&
           wanted * PSK_SCALE_RATIO_MAX >= source;
}

static void describe_scale(struct run *run, struct fuzz_input *input)
{
    uint32_t width, height, flags, frames, count;

    for (uint32_t i = 0; i <= PSK_SCALE_RENDITIONS_MAX; i++)
        put_address(run, input, i == 0 ? IN : OUT);
    width = put_size(run, input);
    height = put_size(run, input);
    flags = put_scalar(run, any_u32(input, fuzz_take_u8(input) % 2u));
    frames = put_count(run, input);
    count = put_scalar(run, any_u32(input, 1 + fuzz_take_u8(input) % PSK_SCALE_RENDITIONS_MAX));
    run->is_valid = is_count(frames) && flags <= PSK_SCALE_NV12 && count >= 1 &&
                    count <= PSK_SCALE_RENDITIONS_MAX &&
                    is_picture(width, height, PSK_WIDTH_MAX, PSK_HEIGHT_MAX);
    run->buffers[0].bytes = run->is_valid ? PSK_FRAME_BYTES(width, height) * frames : 0;
    for (uint32_t i = 0; i < PSK_SCALE_RENDITIONS_MAX; i++) {
        const uint32_t size = put_rendition(run, input, width, height);

        run->buffers[1 + i].is_unused = i >= count;
        if (run->is_valid && i < count)
            run->buffers[1 + i].bytes = PSK_FRAME_BYTES(size >> 16, size & 0xffff) * frames;
        if (i < count && (!is_rendition(width, size >> 16) || !is_rendition(height, size & 0xffff)))
            run->is_valid = false;
    }
    for (uint32_t i = 0; i <= PSK_SCALE_RENDITIONS_MAX && !run->is_valid; i++)
        run->buffers[i].bytes = 0;
    put_address(run, input, OUT);
}

static void describe_mark(struct run *run, struct fuzz_input *input)
{
    uint32_t width, height, count, strength;

    put_address(run, input, IN);
    put_address(run, input, OUT);
    put_address(run, input, OUT);
    width = put_size(run, input);
    height = put_size(run, input);
    count = put_count(run, input);
    for (int i = 0; i < 4; i++) /* the key's halves, segment, first frame */
        put_scalar(run, any_u32(input, (uint32_t)i));
    strength = put_scalar(run, any_u32(input, 256));
    put_address(run, input, OUT);
    run->is_valid = is_count(count) && strength <= PSK_MARK_STRENGTH_MAX &&
                    is_picture(width, height, PSK_WIDTH_MAX, PSK_HEIGHT_MAX);
    for (uint32_t i = 0; i < 3 && run->is_valid; i++)
        run->buffers[i].bytes = PSK_FRAME_BYTES(width, height) * count;
}

/* Where the buffer lies, when all of it is in the memory at an address that a card would take. */
static uint8_t *place_of(const struct buffer *buffer)
{
    if (buffer->is_unused)
        return memory;
    if (buffer->address == 0 || buffer->address % 8 != 0 || buffer->address > MEMORY_BYTES ||
        buffer->bytes > MEMORY_BYTES - buffer->address)
        return NULL;
    return memory + buffer->address;
}

static struct psk_enc_control any_control(struct fuzz_input *input)
{
    struct psk_enc_control control = { .qp = PSK_ENC_QP_MIN + fuzz_take_u8(input) % 42u };
    const uint32_t swing = fuzz_take_u8(input);

    control.qp = any_u32(input, control.qp);
    control.target_bits = any_u32(input, fuzz_take_u8(input) * 64u);
    control.bits_max = any_u32(input, fuzz_take_u8(input) * 256u);
    control.flags = fuzz_take_u8(input) % 8;
    control.qp_min = any_u32(input, control.qp - swing % 4);
    control.qp_max = any_u32(input, control.qp + swing % 8);
    control.reserved[0] = swing == 0xff;
    return control;
}

static void describe_encode(struct run *run, struct fuzz_input *input)
{
    uint32_t width, height, count, bits_bytes, flags, effort, fps_num, fps_den;

    put_address(run, input, IN);
    put_address(run, input, OUT);
    put_address(run, input, IN);
    put_address(run, input, OUT);
    put_address(run, input, OUT);
    width = put_size(run, input);
    height = put_size(run, input);
    count = put_count(run, input);
    bits_bytes = put_scalar(run, any_u32(input, fuzz_take_u8(input) * 90u));
    flags = put_scalar(run, any_u32(input, fuzz_take_u8(input) % 2u));
    effort = put_scalar(run, any_u32(input, fuzz_take_u8(input) % 3u));
    fps_num = put_scalar(run, any_u32(input, 30));
    fps_den = put_scalar(run, any_u32(input, 1));
    put_address(run, input, OUT);
    run->is_valid = is_count(count) && flags <= PSK_ENC_START && effort <= PSK_ENC_EFFORT_MAX &&
                    fps_num >= 1 && fps_num <= INT32_MAX && fps_den >= 1 &&
                    is_picture(width, height, PSK_ENC_WIDTH_MAX, PSK_ENC_HEIGHT_MAX);
    run->buffers[3].bytes = bits_bytes;
    if (!run->is_valid)
        return;
    run->buffers[0].bytes = PSK_FRAME_BYTES(width, height) * count;
    run->buffers[1].bytes = psk_h264enc_state_bytes(width, height);
    run->buffers[2].bytes = sizeof(struct psk_enc_control) * count;
    run->buffers[4].bytes = sizeof(struct psk_enc_report) * count;
    for (uint32_t i = 0; i < count && place_of(&run->buffers[2]) != NULL; i++) {
        const struct psk_enc_control control = any_control(input);

        memcpy(place_of(&run->buffers[2]) + i * sizeof(control), &control, sizeof(control));
    }
}

/* Change bytes of what may be a state; with @p mend the checksum is right again. */
static void damage_state(const struct run *run, struct fuzz_input *input, bool mend)
{
    const size_t crc_at = offsetof(struct psk_state_header, crc32c);
    uint8_t *state = place_of(&run->buffers[1]);
    uint32_t crc = 0;

    if (state == NULL || run->buffers[1].bytes < sizeof(struct psk_state_header))
        return;
    for (int i = fuzz_take_u8(input) % 4; i > 0; i--) {
        const uint16_t at = fuzz_take_u16(input);

        state[(at & 1 ? at / 2 % 64u : at) % run->buffers[1].bytes] = fuzz_take_u8(input);
    }
    if (mend) {
        memset(state + crc_at, 0, sizeof(crc));
        crc = ps_crc32c(0, state, run->buffers[1].bytes);
        memcpy(state + crc_at, &crc, sizeof(crc));
    }
}

static bool overlap(const struct buffer *a, const struct buffer *b)
{
    return !a->is_unused && !b->is_unused && a->address < b->address + b->bytes &&
           b->address < a->address + a->bytes;
}

/* Whether the card can make the run at all. */
static bool is_mapped(const struct run *run)
{
    for (uint32_t i = 0; i < run->buffer_count; i++) {
        if (place_of(&run->buffers[i]) == NULL)
            return false;
        for (uint32_t k = 0; k < i; k++)
            if (run->buffers[i].direction + run->buffers[k].direction > 0 &&
                overlap(&run->buffers[i], &run->buffers[k]))
                return false;
    }
    return true;
}

/* What was written is within the outputs, and there only with PSK_OK or when they are undefined. */
static void require_untouched(const struct run *run, bool outputs_too)
{
    for (uint32_t i = 0; i < run->buffer_count && !outputs_too; i++) {
        const struct buffer *b = &run->buffers[i];

        if (b->direction == OUT && !b->is_unused)
            memcpy(before + b->address, memory + b->address, b->bytes);
    }
    FUZZ_REQUIRE(memcmp(before, memory, MEMORY_BYTES) == 0);
}

static void require_coded(const struct run *run)
{
    const uint64_t count = run->buffers[2].bytes / sizeof(struct psk_enc_control);
    struct psk_enc_control control;
    struct psk_enc_report report;
    uint64_t used = 0, left = 0;

    for (uint64_t i = 0; i < count; i++) {
        memcpy(&control, memory + run->buffers[2].address + i * sizeof(control), sizeof(control));
        memcpy(&report, memory + run->buffers[4].address + i * sizeof(report), sizeof(report));
        FUZZ_REQUIRE(control.qp >= PSK_ENC_QP_MIN && control.qp <= PSK_ENC_QP_MAX);
        FUZZ_REQUIRE(report.is_idr <= 1);
        left = control.bits_max + (control.flags & PSK_ENC_FRAME_CARRY ? left : 0);
        FUZZ_REQUIRE(control.bits_max == 0 || report.bytes * 8ull <= left);
        left = control.bits_max == 0 ? 0 : left - report.bytes * 8ull;
        FUZZ_REQUIRE(ps_crc32c(0, memory + run->buffers[3].address + used, report.bytes) ==
                     report.bits_crc32c);
        used += report.bytes;
        FUZZ_REQUIRE(used <= run->buffers[3].bytes);
    }
}

static void open_buffers(const struct run *run)
{
    ASAN_POISON_MEMORY_REGION(memory, MEMORY_BYTES);
    for (uint32_t i = 0; i < run->buffer_count; i++)
        if (!run->buffers[i].is_unused)
            ASAN_UNPOISON_MEMORY_REGION(place_of(&run->buffers[i]), run->buffers[i].bytes);
}

static void make(emu_kernel_entry *entry, struct run *run)
{
    const struct emu_memory card = { .base = memory, .size_bytes = MEMORY_BYTES };
    const bool mapped = is_mapped(run);
    struct psk_status status;
    int rc;

    memcpy(before, memory, MEMORY_BYTES);
    if (mapped)
        open_buffers(run);
    rc = entry(run->registers, &card);
    ASAN_UNPOISON_MEMORY_REGION(memory, MEMORY_BYTES);
    /* Sizes that the kernel refuses may be multiplied out before, and not fit. */
    FUZZ_REQUIRE(rc == (mapped ? 0 : -EFAULT) || (rc == -EFAULT && !run->is_valid));
    FUZZ_REQUIRE(rc == 0 || !fuzz_breaks);
    if (rc != 0) {
        require_untouched(run, true);
        return;
    }
    memcpy(&status, memory + run->buffers[run->buffer_count - 1].address, sizeof(status));
    FUZZ_REQUIRE(status.code <= PSK_NO_SPACE);
    FUZZ_REQUIRE(run->is_valid || status.code == PSK_BAD_ARGUMENT);
    if (status.code == PSK_BAD_ARGUMENT || status.code == PSK_BAD_STATE)
        for (uint32_t i = 0; i + 1 < run->buffer_count; i++)
            run->buffers[i].direction = IN;
    require_untouched(run, false);
    if (status.code == PSK_OK && entry == emu_kernel_h264enc)
        require_coded(run);
}

static void one_run(struct fuzz_input *input)
{
    static emu_kernel_entry *const entries[] = { emu_kernel_scale, emu_kernel_h264enc,
                                                 emu_kernel_mark, emu_kernel_h264enc };
    static void (*const describe[])(struct run *,
                                    struct fuzz_input *) = { describe_scale, describe_encode,
                                                             describe_mark, describe_encode };
    struct run run = { .at_byte = PSK_REG_FIRST_BYTE };
    const uint8_t kernel = fuzz_take_u8(input) % 4, flags = fuzz_take_u8(input);

    describe[kernel](&run, input);
    run.buffers[run.buffer_count - 1].bytes = sizeof(struct psk_status);
    if (describe[kernel] == describe_encode && (flags & 3) != 0)
        damage_state(&run, input, (flags & 2) != 0);
    make(entries[kernel], &run);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = { data, size };
    uint32_t seed = fuzz_take_u8(&input) + 1u;

    if (memory == NULL) {
        memory = aligned_alloc(4096, MEMORY_BYTES);
        before = malloc(MEMORY_BYTES);
        FUZZ_REQUIRE(memory != NULL && before != NULL);
    }
    for (size_t i = 0; i < MEMORY_BYTES / 4; i++) {
        const uint32_t word = seed > 128 ? fuzz_random(&seed) : seed * 0x01010101u;

        memcpy(memory + i * 4, &word, sizeof(word));
    }
    for (int i = 0; i < RUNS_MAX && input.left > 0; i++)
        one_run(&input);
    return 0;
}
