/* SPDX-License-Identifier: BSD-3-Clause */
/* host/daemon/feedback_save.c - what bets taught, as bytes for a state file. */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "host/base/hash.h"
#include "host/daemon/feedback.h"

#define MAGIC   0x46425350u /* PSBF */
#define VERSION 1u

struct saved {
    uint32_t magic;
    uint32_t version;
    uint32_t model;
    uint32_t crc32c; /* of what follows */
    struct ps_feedback feedback;
};
_Static_assert(sizeof(struct saved) == PS_FEEDBACK_SAVED_BYTES, "raise VERSION when it changes");

void ps_feedback_save(const struct ps_feedback *feedback, uint32_t model, void *ret_data)
{
    struct saved saved = { .magic = MAGIC, .version = VERSION, .model = model };

    saved.feedback = *feedback;
    saved.crc32c = ps_crc32c(0, &saved.feedback, sizeof(saved.feedback));
    memcpy(ret_data, &saved, sizeof(saved));
}

static bool cells_are_sound(const struct ps_feedback_cell *cells, size_t count)
{
    bool sound = true;

    for (size_t i = 0; i < count; i++)
        sound = sound && isfinite(cells[i].bets) && cells[i].bets >= 0.0 && cells[i].said >= 0.0 &&
                cells[i].said <= cells[i].bets && cells[i].useful >= 0.0 &&
                cells[i].useful <= cells[i].bets;
    return sound;
}

int ps_feedback_load(struct ps_feedback *feedback, uint32_t model, const void *data,
                     size_t size_bytes)
{
    struct saved saved;

    if (size_bytes != sizeof(saved))
        return -EINVAL;
    memcpy(&saved, data, sizeof(saved));
    const struct ps_feedback *f = &saved.feedback;
    if (saved.magic != MAGIC || saved.version != VERSION ||
        saved.crc32c != ps_crc32c(0, f, sizeof(*f)))
        return -EINVAL;
    if (!cells_are_sound(f->by[0], (size_t)PS_REASON_COUNT * PS_HORIZON_COUNT) ||
        !cells_are_sound(f->bins, PS_FEEDBACK_BINS) || !cells_are_sound(&f->recent, 1) ||
        !cells_are_sound(&f->marginal, 1))
        return -EINVAL;
    if (saved.model != model)
        return -ESTALE;
    *feedback = *f;
    return 0;
}
