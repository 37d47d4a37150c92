/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/replay/groups.c - see groups.h. */
#include "tools/replay/groups.h"

#include <errno.h>
#include <string.h>

#include "host/predict/predict.h"

static const struct {
    const char *name;
    uint32_t group;
} groups[] = {
    { "counts-long", PS_PREDICT_COUNTS_LONG },
    { "sequels", PS_PREDICT_SEQUELS },
    { "looks", PS_PREDICT_LOOKS },
    { "category", PS_PREDICT_CATEGORY },
    { "hours", PS_PREDICT_HOURS },
    { "age", PS_PREDICT_AGE },
    { "siblings", PS_PREDICT_SIBLINGS },
    { "trend", PS_PREDICT_TREND },
    { "trust", PS_PREDICT_TRUST },
};

int replay_groups_parse(const char *text, uint32_t *ret_groups)
{
    uint32_t sum = 0;

    for (;;) {
        const size_t length = strcspn(text, ",");
        uint32_t found = 0;

        for (unsigned g = 0; g < sizeof(groups) / sizeof(groups[0]); g++)
            if (strlen(groups[g].name) == length && strncmp(groups[g].name, text, length) == 0)
                found = groups[g].group;
        if (found == 0)
            return -EINVAL;
        sum |= found;
        if (text[length] == '\0')
            break;
        text += length + 1;
    }
    *ret_groups = sum;
    return 0;
}
