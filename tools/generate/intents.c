/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/generate/intents.c - see intents.h. */
#include "tools/generate/intents.h"

#include <errno.h>
#include <stdlib.h>

#include "host/base/assert.h"
#include "host/base/mem.h"

int gen_intents_init(struct gen_intents *intents, uint32_t capacity)
{
    *intents = (struct gen_intents){ .capacity = capacity };
    intents->heap = ps_zalloc(capacity, sizeof(*intents->heap));
    return intents->heap == NULL ? -ENOMEM : 0;
}

void gen_intents_fini(struct gen_intents *intents)
{
    free(intents->heap);
}

/* At one time what is told comes before what is done. */
static bool is_before(const struct gen_intent *a, const struct gen_intent *b)
{
    return a->at_s != b->at_s ? a->at_s < b->at_s : a->is_telling && !b->is_telling;
}

void gen_intents_push(struct gen_intents *intents, const struct gen_intent *intent)
{
    struct gen_intent *heap = intents->heap;
    uint32_t i = intents->count++;

    ps_assert(intents->count <= intents->capacity);
    for (; i > 0 && is_before(intent, &heap[(i - 1) / 2]); i = (i - 1) / 2)
        heap[i] = heap[(i - 1) / 2];
    heap[i] = *intent;
}

bool gen_intents_pop(struct gen_intents *intents, double now_s, struct gen_intent *ret_intent)
{
    struct gen_intent *heap = intents->heap;
    uint32_t i = 0, child;

    if (intents->count == 0 || heap[0].at_s > now_s)
        return false;
    *ret_intent = heap[0];
    const struct gen_intent last = heap[--intents->count];
    while ((child = 2 * i + 1) < intents->count) {
        if (child + 1 < intents->count && is_before(&heap[child + 1], &heap[child]))
            child++;
        if (!is_before(&heap[child], &last))
            break;
        heap[i] = heap[child];
        i = child;
    }
    heap[i] = last;
    return true;
}
