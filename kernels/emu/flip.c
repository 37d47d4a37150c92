/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The fault "flip": one bit of a run's output is wrong. A buffer is often larger than what a run
 * writes, so the bytes that differ from before the run are the ones to choose from; when none does,
 * the same run has been here before, and an output's first byte is taken.
 */
#include "kernels/emu/chance.h"
#include "kernels/emu/device.h"

#include <stdlib.h>

#define FLIP_DRAW 2000u /* apart from the faults' own draws */

struct output {
    uint8_t *at; /* on the card */
    uint8_t *before;
    size_t size_bytes;
};

struct emu_flip {
    uint32_t count;
    struct output outputs[PSK_MODEL_ARGS_MAX];
};

/* From @p address to the end of the buffer it is in; 0 when it is in none. */
static size_t bytes_behind(struct emu_device *device, uint64_t address)
{
    size_t size = 0;

    pthread_mutex_lock(&device->lock);
    for (uint32_t i = 0; i < device->bo_count && size == 0; i++) {
        const struct emu_bo *bo = device->bos[i];

        if (bo != NULL && bo->address != 0 && address >= bo->address &&
            address - bo->address < bo->size_bytes)
            size = bo->size_bytes - (address - bo->address);
    }
    pthread_mutex_unlock(&device->lock);
    return size;
}

static bool is_wanted(const struct emu_cu *cu, const struct psk_model_arg *arg)
{
    if (cu->fault.arg[0] != '\0')
        return arg->kind != PSK_MODEL_SCALAR && strcmp(arg->name, cu->fault.arg) == 0;
    return arg->kind == PSK_MODEL_OUT || arg->kind == PSK_MODEL_INOUT;
}

static void add_output(struct emu_flip *flip, struct emu_device *device, uint64_t address)
{
    const size_t size = bytes_behind(device, address);
    struct output *output = &flip->outputs[flip->count];

    if (size == 0)
        return;
    output->before = malloc(size);
    if (output->before == NULL)
        return;
    output->at = device->memory.base + address;
    output->size_bytes = size;
    memcpy(output->before, output->at, size);
    flip->count++;
}

struct emu_flip *emu_flip_begin(struct emu_cu *cu, const uint8_t *registers)
{
    const struct psk_card_model *model = &cu->device->card.model;
    const struct psk_model_kernel *kernel = &model->kernels[model->cus[cu->idx].kernel_idx];
    struct emu_flip *flip = calloc(1, sizeof(*flip));

    for (uint32_t i = 0; flip != NULL && i < kernel->arg_count; i++) {
        uint64_t address;

        if (!is_wanted(cu, &kernel->args[i]))
            continue;
        memcpy(&address, registers + kernel->args[i].offset_bytes, sizeof(address));
        add_output(flip, cu->device, address);
    }
    return flip;
}

/* How many bytes differ; writes where the one numbered @p wanted is, when there are so many. */
static uint64_t find_changed(const struct emu_flip *flip, uint64_t wanted, uint8_t **ret_at)
{
    uint64_t count = 0;

    for (uint32_t i = 0; i < flip->count; i++)
        for (size_t b = 0; b < flip->outputs[i].size_bytes; b++)
            if (flip->outputs[i].at[b] != flip->outputs[i].before[b] && count++ == wanted)
                *ret_at = &flip->outputs[i].at[b];
    return count;
}

static void flip_bit(const struct emu_cu *cu, const struct emu_flip *flip)
{
    const struct emu_chance chance = { .seed = cu->device->timing.seed,
                                       .what = FLIP_DRAW,
                                       .card_idx = cu->device->idx,
                                       .cu_idx = cu->idx,
                                       .nth = cu->run_count };
    const uint64_t dice = emu_chance_draw(&chance);
    uint8_t *at = flip->outputs[0].at;
    const uint64_t count = find_changed(flip, UINT64_MAX, &at);

    if (count > 0)
        find_changed(flip, (dice >> 3) % count, &at);
    *at ^= (uint8_t)(1u << (dice & 7u));
}

void emu_flip_end(struct emu_cu *cu, struct emu_flip *flip, bool ended_well)
{
    if (flip == NULL)
        return;
    if (ended_well && flip->count > 0)
        flip_bit(cu, flip);
    for (uint32_t i = 0; i < flip->count; i++)
        free(flip->outputs[i].before);
    free(flip);
}
