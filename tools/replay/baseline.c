/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/replay/baseline.c - see baseline.h. */
#include "tools/replay/baseline.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "host/base/mem.h"

const struct replay_baseline *const replay_baselines[] = {
    &replay_baseline_base,
    &replay_baseline_ewma,
    &replay_baseline_ewma_isotonic,
    &replay_baseline_hawkes,
    &replay_baseline_ftrl,
    &replay_baseline_xgboost,
    NULL,
};

_Static_assert(PS_ARRAY_LEN(replay_baselines) - 1 <= REPLAY_BASELINES_MAX, "has a bit each");

static int bit_of(const char *name, size_t length, uint32_t *ret_bit)
{
    for (uint32_t b = 0; replay_baselines[b] != NULL; b++)
        if (strlen(replay_baselines[b]->name) == length &&
            memcmp(replay_baselines[b]->name, name, length) == 0) {
            *ret_bit = 1u << b;
            return 0;
        }
    return -EINVAL;
}

int replay_baselines_parse(const char *text, uint32_t *ret_mask)
{
    uint32_t mask = 0;

    if (strcmp(text, "all") == 0 || strcmp(text, "none") == 0) {
        *ret_mask = text[0] == 'a' ? REPLAY_BASELINES_ALL : 0;
        return 0;
    }
    for (;;) {
        const size_t length = strcspn(text, ",");
        uint32_t bit;

        if (bit_of(text, length, &bit) != 0)
            return -EINVAL;
        mask |= bit;
        if (text[length] == '\0')
            break;
        text += length + 1;
    }
    *ret_mask = mask;
    return 0;
}
