/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/base/name.h"

#include <string.h>

#define ALPHABET "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~-"

bool ps_name_is_valid(const char *name, size_t length_max)
{
    if (name == NULL || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return false;
    const size_t length = strnlen(name, length_max + 1);
    return length >= 1 && length <= length_max && strspn(name, ALPHABET) == length;
}
