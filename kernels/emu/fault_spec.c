/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernels/emu/fault_spec.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FAULT_BYTES_MAX 255u
#define CARDS_MAX       16u
#define FACTOR_MAX      1000.0
#define FACTOR_DEFAULT  10.0

static const char *const names[EMU_FAULT_KINDS] = {
    [EMU_FAULT_HANG] = "hang",           [EMU_FAULT_CRASH] = "crash",
    [EMU_FAULT_ERROR] = "error",         [EMU_FAULT_SLOW] = "slow",
    [EMU_FAULT_FLIP] = "flip",           [EMU_FAULT_DDR_FULL] = "ddr-full",
    [EMU_FAULT_CARD_LOST] = "card-lost", [EMU_FAULT_XCLBIN_REFUSED] = "xclbin-refused",
};

const char *emu_fault_name(enum emu_fault_kind kind)
{
    return names[kind];
}

static bool copy_word(char *to, size_t room, const char *from, size_t n)
{
    if (n == 0 || n >= room)
        return false;
    memcpy(to, from, n);
    to[n] = '\0';
    return true;
}

/* KIND[@WHERE][/CARD] */
static const char *parse_head(struct emu_fault *fault, const char *word)
{
    const size_t n = strcspn(word, "@/");
    const char *card;
    uint32_t kind = 0;

    while (kind < EMU_FAULT_KINDS &&
           (strlen(names[kind]) != n || memcmp(names[kind], word, n) != 0))
        kind++;
    if (kind == EMU_FAULT_KINDS)
        return "no such kind of fault";
    fault->kind = kind;
    word += n;
    card = strchr(word, '/');
    if (word[0] == '@') {
        if (kind > EMU_FAULT_FLIP)
            return "this kind strikes a card, not a kernel";
        if (!copy_word(fault->where, sizeof(fault->where), word + 1,
                       card != NULL ? (size_t)(card - word - 1) : strlen(word + 1)))
            return "the kernel's name is empty or too long";
    }
    if (card == NULL)
        return NULL;
    if (!isdigit((unsigned char)card[1]) || strlen(card) > 3 ||
        strtoul(card + 1, NULL, 10) >= CARDS_MAX ||
        card[1 + strspn(card + 1, "0123456789")] != '\0')
        return "a card is a number below 16";
    fault->card_idx = (uint32_t)strtoul(card + 1, NULL, 10);
    return NULL;
}

static bool parse_decimal(const char *word, double min, double max, double *ret)
{
    char *end;
    const double value = strtod(word, &end);

    if (!isdigit((unsigned char)word[0]) || *end != '\0' || !(value >= min && value <= max))
        return false;
    *ret = value;
    return true;
}

static bool parse_count(const char *word, uint64_t *ret)
{
    char *end;
    unsigned long long value;

    if (!isdigit((unsigned char)word[0]))
        return false;
    errno = 0;
    value = strtoull(word, &end, 10);
    *ret = value;
    return *end == '\0' && errno == 0 && value > 0;
}

static const char *parse_parameter(struct emu_fault *fault, const char *word)
{
    if (fault->kind == EMU_FAULT_CARD_LOST)
        return "it stands as long as it is said, and takes no parameters";
    if (word[0] == 'x')
        return parse_count(word + 1, &fault->left) ? NULL : "expected xCOUNT";
    if (fault->kind == EMU_FAULT_SLOW && strncmp(word, "factor=", 7) == 0)
        return parse_decimal(word + 7, 1, FACTOR_MAX, &fault->factor)
                   ? NULL
                   : "factor is a number from 1 to 1000";
    if (fault->kind == EMU_FAULT_FLIP && strncmp(word, "arg=", 4) == 0)
        return copy_word(fault->arg, sizeof(fault->arg), word + 4, strlen(word + 4))
                   ? NULL
                   : "arg is the name of a buffer argument";
    return parse_decimal(word, 0, 1, &fault->probability)
               ? NULL
               : "expected a probability from 0 to 1, xCOUNT or a parameter of this kind";
}

/* Cuts @p text in place; an empty one is no fault. */
static const char *parse_fault(struct emu_fault_spec *spec, char *text)
{
    struct emu_fault fault = { .card_idx = EMU_FAULT_ANY_CARD,
                               .probability = 1,
                               .left = UINT64_MAX,
                               .factor = FACTOR_DEFAULT };
    char *rest = NULL;
    const char *word = strtok_r(text, " \t\r", &rest), *why;

    if (word == NULL)
        return NULL;
    if (spec->count == EMU_FAULTS_MAX)
        return "too many faults";
    why = parse_head(&fault, word);
    while (why == NULL && (word = strtok_r(NULL, " \t\r", &rest)) != NULL)
        why = parse_parameter(&fault, word);
    if (why == NULL)
        spec->faults[spec->count++] = fault;
    return why;
}

int emu_fault_spec_parse(struct emu_fault_spec *ret_spec, const char *text, char *ret_why)
{
    struct emu_fault_spec spec = { .count = 0 };
    char fault[FAULT_BYTES_MAX + 1];

    while (*text != '\0') {
        const size_t n = strcspn(text, ";\n#");
        const char *why = "it is too long";

        if (n <= FAULT_BYTES_MAX) {
            memcpy(fault, text, n);
            fault[n] = '\0';
            why = parse_fault(&spec, fault);
        }
        if (why != NULL) {
            snprintf(ret_why, EMU_FAULT_WHY_MAX, "\"%.*s\": %s", (int)(n < 60 ? n : 60), text, why);
            return -EINVAL;
        }
        text += n;
        if (*text == '#')
            text += strcspn(text, "\n");
        text += *text != '\0';
    }
    *ret_spec = spec;
    return 0;
}
