/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/daemon/cu_list.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "host/daemon/daemon_priv.h"
#include "kernels/abi/kernels.h"

#define DIGITS_MAX 9u /* of a number; none that is in range has more */

/* @return how many digits were read; 0 when there is no number, or one that is too long. */
static size_t read_number(const char *text, uint32_t *ret_number)
{
    const size_t length = strspn(text, "0123456789");
    uint32_t number = 0;

    if (length > DIGITS_MAX)
        return 0;
    for (size_t i = 0; i < length; i++)
        number = number * 10 + (uint32_t)(text[i] - '0');
    *ret_number = number;
    return length;
}

static uint32_t find_kernel(const char *name, size_t length)
{
    uint32_t kernel = 1; /* 0 is none */

    while (kernel < PSK_KERNEL_COUNT && (strlen(ps_daemon_kernel_name(kernel)) != length ||
                                         strncmp(ps_daemon_kernel_name(kernel), name, length) != 0))
        kernel++;
    return kernel;
}

/* @return what follows the item, or NULL. */
static const char *read_item(const char *text, struct ps_lease_item *ret_item)
{
    const size_t length = strcspn(text, ":,");

    *ret_item = (struct ps_lease_item){ .kernel = find_kernel(text, length),
                                        .share = PS_LEASE_WHOLE_CU,
                                        .count = 1 };
    if (ret_item->kernel == PSK_KERNEL_COUNT)
        return NULL;
    text += length;
    if (*text != ':')
        return text;
    size_t digits = read_number(++text, &ret_item->share);
    text += digits;
    if (digits > 0 && *text == 'x') {
        digits = read_number(++text, &ret_item->count);
        text += digits;
    }
    return digits > 0 ? text : NULL;
}

int ps_cu_list_parse(struct ps_lease_request *request, const char *text)
{
    struct ps_lease_item items[PS_LEASE_ITEMS_MAX];
    uint32_t count = 0;

    while (count < PS_LEASE_ITEMS_MAX) {
        text = read_item(text, &items[count++]);
        if (text == NULL)
            return -EINVAL;
        if (*text == '\0') {
            memcpy(request->items, items, count * sizeof(*items));
            request->item_count = count;
            return 0;
        }
        if (*text++ != ',')
            return -EINVAL;
    }
    return -EINVAL;
}

void ps_cu_list_print(const struct ps_lease_request *request, char ret_text[PS_CU_LIST_BYTES_MAX])
{
    size_t at = 0;

    ret_text[0] = '\0';
    for (uint32_t i = 0; i < request->item_count && at < PS_CU_LIST_BYTES_MAX; i++) {
        const struct ps_lease_item *item = &request->items[i];

        at += (size_t)snprintf(ret_text + at, PS_CU_LIST_BYTES_MAX - at, "%s%s:%u",
                               i == 0 ? "" : ",", ps_daemon_kernel_name(item->kernel), item->share);
        if (item->count > 1 && at < PS_CU_LIST_BYTES_MAX)
            at += (size_t)snprintf(ret_text + at, PS_CU_LIST_BYTES_MAX - at, "x%u", item->count);
    }
}
