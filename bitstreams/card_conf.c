/* SPDX-License-Identifier: BSD-3-Clause */
#include "bitstreams/card_conf.h"
#include "kernels/abi/registers.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORDS_MAX        (PS_CARD_ARGS_MAX + 3u)
#define LINE_BYTES_MAX   1023u
#define GBPS_MAX         100000u
#define WATTS_MAX        1000u
#define FACTOR_MILLI_MAX 1000000u

struct words {
    uint32_t count;
    const char *at[WORDS_MAX];
};

static bool is_name(const char *word)
{
    size_t n = 0;

    for (; word[n] != '\0'; n++)
        if (!isalnum((unsigned char)word[n]) && word[n] != '_' && word[n] != '-')
            return false;
    return n >= 1 && n <= PS_CARD_NAME_MAX;
}

/* Its index; bank_count when there is none. */
static uint32_t find_bank(const struct ps_card_conf *conf, const char *name)
{
    uint32_t i = 0;

    while (i < conf->bank_count && strcmp(conf->banks[i].name, name) != 0)
        i++;
    return i;
}

static const char *add_arg(struct ps_card_kernel *kernel, const char *name, uint32_t kind)
{
    struct ps_card_arg *arg = &kernel->args[kernel->arg_count];
    uint32_t offset = PSK_REG_FIRST_BYTE;

    if (kernel->arg_count == PS_CARD_ARGS_MAX)
        return "too many arguments";
    if (!is_name(name))
        return "an argument's name is empty, too long or not of letters, digits, _ and -";
    for (uint32_t i = 0; i < kernel->arg_count; i++)
        offset +=
            kernel->args[i].kind != PSK_MODEL_SCALAR ? PSK_REG_BUFFER_BYTES : PSK_REG_SCALAR_BYTES;
    snprintf(arg->name, sizeof(arg->name), "%s", name);
    arg->kind = kind;
    arg->offset_bytes = offset;
    kernel->arg_count++;
    return NULL;
}

static struct ps_card_kernel *find_kernel(struct ps_card_conf *conf, const char *name)
{
    for (uint32_t i = 0; i < conf->kernel_count; i++)
        if (strcmp(conf->kernels[i].name, name) == 0)
            return &conf->kernels[i];
    return NULL;
}

/* The table in kernels/abi as statements of this file's own kind. */
#define KERNEL_STARTS UINT32_MAX
static const struct {
    const char *name;
    uint32_t kind; /* of an argument, or KERNEL_STARTS */
} abi_table[] = {
#define PSK_KERNEL(kernel) { #kernel, KERNEL_STARTS },
#define PSK_IN(arg)        { #arg, PSK_MODEL_IN },
#define PSK_OUT(arg)       { #arg, PSK_MODEL_OUT },
#define PSK_INOUT(arg)     { #arg, PSK_MODEL_INOUT },
#define PSK_SCALAR(arg)    { #arg, PSK_MODEL_SCALAR },
#include "kernels/abi/arguments.def"
};

/* Append the kernel @p name of the abi, if it has one. */
static struct ps_card_kernel *add_abi_kernel(struct ps_card_conf *conf, const char *name)
{
    const size_t count = sizeof(abi_table) / sizeof(abi_table[0]);
    struct ps_card_kernel *kernel = &conf->kernels[conf->kernel_count];
    size_t i = 0;

    while (i < count &&
           (abi_table[i].kind != KERNEL_STARTS || strcmp(abi_table[i].name, name) != 0))
        i++;
    if (i == count || conf->kernel_count == PS_CARD_KERNELS_MAX)
        return NULL;
    snprintf(kernel->name, sizeof(kernel->name), "%s", name);
    for (i++; i < count && abi_table[i].kind != KERNEL_STARTS; i++)
        if (add_arg(kernel, abi_table[i].name, abi_table[i].kind) != NULL)
            return NULL;
    conf->kernel_count++;
    return kernel;
}

static const char *parse_number(const char *word, uint32_t max, uint32_t *ret)
{
    char *end;
    unsigned long value;

    if (!isdigit((unsigned char)word[0]))
        return "not a number";
    errno = 0;
    value = strtoul(word, &end, 10);
    if (*end != '\0')
        return "not a number";
    if (errno != 0 || value < 1 || value > max)
        return "the number is out of range";
    *ret = (uint32_t)value;
    return NULL;
}

/* A decimal with up to three places, in thousandths. */
static const char *parse_milli(const char *word, uint32_t max, uint32_t *ret)
{
    const size_t whole = strcspn(word, ".");
    const size_t places = word[whole] == '.' ? strlen(word + whole + 1) : 0;
    char digits[16];
    uint32_t milli = 0;
    const char *why;

    if (whole == 0 || whole > 6 || places > 3 || (word[whole] == '.' && places == 0))
        return "not a number of at most six digits and three decimals";
    snprintf(digits, sizeof(digits), "%.*s%.*s%.*s", (int)whole, word, (int)places,
             word + whole + 1, (int)(3 - places), "000");
    why = parse_number(digits, max, &milli);
    if (why == NULL)
        *ret = milli;
    return why;
}

static const struct {
    const char *word;
    uint32_t kind;
} arg_kinds[] = { { ":u32", PSK_MODEL_SCALAR },
                  { ":in", PSK_MODEL_IN },
                  { ":out", PSK_MODEL_OUT },
                  { ":inout", PSK_MODEL_INOUT },
                  { ":buffer", PSK_MODEL_INOUT } };

static const char *parse_arg(struct ps_card_kernel *kernel, const char *word)
{
    const size_t n = strcspn(word, ":");
    char name[PS_CARD_NAME_MAX + 2];

    snprintf(name, sizeof(name), "%.*s", (int)n, word);
    for (size_t i = 0; i < sizeof(arg_kinds) / sizeof(arg_kinds[0]); i++)
        if (strcmp(word + n, arg_kinds[i].word) == 0)
            return add_arg(kernel, name, arg_kinds[i].kind);
    return "an argument must be name:in, name:out, name:inout, name:buffer or name:u32";
}

static const char *parse_kernel(struct ps_card_conf *conf, const struct words *w)
{
    struct ps_card_kernel *kernel = &conf->kernels[conf->kernel_count];
    const char *why = NULL;

    if (w->count < 3 || !is_name(w->at[1]))
        return "expected: kernel NAME ARG...";
    if (conf->kernel_count == PS_CARD_KERNELS_MAX || find_kernel(conf, w->at[1]) != NULL)
        return "too many kernels, or this one twice";
    snprintf(kernel->name, sizeof(kernel->name), "%s", w->at[1]);
    for (uint32_t i = 2; i < w->count && why == NULL; i++)
        why = parse_arg(kernel, w->at[i]);
    conf->kernel_count++;
    return why;
}

static const char *parse_bank(struct ps_card_conf *conf, const struct words *w)
{
    struct ps_card_bank bank = { .size_mib = 0 };
    const char *why;

    if (w->count != 4 || !is_name(w->at[1]))
        return "expected: bank NAME MIB GBPS";
    if (conf->bank_count == PS_CARD_BANKS_MAX || find_bank(conf, w->at[1]) < conf->bank_count)
        return "too many banks, or this one twice";
    snprintf(bank.name, sizeof(bank.name), "%s", w->at[1]);
    why = parse_number(w->at[2], PS_CARD_MEMORY_MIB_MAX, &bank.size_mib);
    if (why == NULL)
        why = parse_number(w->at[3], GBPS_MAX, &bank.gbps);
    if (why == NULL)
        conf->banks[conf->bank_count++] = bank;
    return why;
}

static const char *name_banks(const struct ps_card_conf *conf, struct ps_card_kernel *kernel,
                              const struct words *w)
{
    for (uint32_t i = 3; i < w->count; i++) {
        const uint32_t bank = find_bank(conf, w->at[i]);

        if (bank == conf->bank_count || kernel->bank_count == PS_CARD_BANKS_MAX)
            return "no such bank, or too many";
        kernel->banks[kernel->bank_count++] = bank;
    }
    return NULL;
}

static const char *parse_cu(struct ps_card_conf *conf, const struct words *w)
{
    struct ps_card_kernel *kernel;
    uint32_t count = 0;
    const char *why;

    if (w->count < 3)
        return "expected: cu KERNEL COUNT [BANK...]";
    kernel = find_kernel(conf, w->at[1]);
    if (kernel == NULL)
        kernel = add_abi_kernel(conf, w->at[1]);
    if (kernel == NULL)
        return "no such kernel";
    if (kernel->cu_count != 0)
        return "the kernel has its compute units already";
    why = parse_number(w->at[2], PS_CARD_CUS_MAX - conf->cu_count, &count);
    kernel->cu_count = count;
    conf->cu_count += count;
    return why != NULL ? why : name_banks(conf, kernel, w);
}

static const char *parse_calibrate(struct ps_card_conf *conf, const struct words *w)
{
    struct ps_card_kernel *kernel;
    uint32_t milli = 0;
    const char *why;

    if (w->count != 3)
        return "expected: calibrate KERNEL FACTOR";
    kernel = find_kernel(conf, w->at[1]);
    if (kernel == NULL || kernel->factor_ppm != 0)
        return "the kernel has no compute units yet, or is calibrated already";
    why = parse_milli(w->at[2], FACTOR_MILLI_MAX, &milli);
    kernel->factor_ppm = milli * 1000u;
    return why;
}

/* Statements of one number. */
static const char *parse_value(struct ps_card_conf *conf, const char *word, const char *value)
{
    const struct {
        const char *word;
        uint32_t *to;
        uint32_t max;
        const char *(*parse)(const char *word, uint32_t max, uint32_t *ret);
    } values[] = {
        { "clock_mhz", &conf->clock_mhz, 2000, parse_number },
        { "memory_mib", &conf->memory_mib, PS_CARD_MEMORY_MIB_MAX, parse_number },
        { "pcie_gbps", &conf->pcie_gbps, GBPS_MAX, parse_number },
        { "watts_idle", &conf->heat.idle_mw, WATTS_MAX * 1000, parse_milli },
        { "watts_cu", &conf->heat.cu_mw, WATTS_MAX * 1000, parse_milli },
        { "ambient_c", &conf->heat.ambient_mc, 100000, parse_milli },
        { "kelvin_per_watt", &conf->heat.mk_per_w, 100000, parse_milli },
        { "thermal_s", &conf->heat.thermal_ms, 3600000, parse_milli },
    };

    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
        if (strcmp(word, values[i].word) == 0 && *values[i].to == 0)
            return values[i].parse(value, values[i].max, values[i].to);
    return "unknown, repeated or malformed statement";
}

static const char *parse_statement(struct ps_card_conf *conf, const struct words *w)
{
    if (strcmp(w->at[0], "kernel") == 0)
        return parse_kernel(conf, w);
    if (strcmp(w->at[0], "cu") == 0)
        return parse_cu(conf, w);
    if (strcmp(w->at[0], "bank") == 0)
        return parse_bank(conf, w);
    if (strcmp(w->at[0], "calibrate") == 0)
        return parse_calibrate(conf, w);
    if (w->count != 2)
        return "expected one word and one value";
    if (strcmp(w->at[0], "name") == 0 && conf->name[0] == '\0' && is_name(w->at[1])) {
        snprintf(conf->name, sizeof(conf->name), "%s", w->at[1]);
        return NULL;
    }
    return parse_value(conf, w->at[0], w->at[1]);
}

/* Cuts @p line in place. */
static const char *split(char *line, struct words *ret)
{
    char *rest = NULL;

    line[strcspn(line, "#")] = '\0';
    ret->count = 0;
    for (char *w = strtok_r(line, " \t\r", &rest); w != NULL; w = strtok_r(NULL, " \t\r", &rest)) {
        if (ret->count == WORDS_MAX)
            return "too many words";
        ret->at[ret->count++] = w;
    }
    return NULL;
}

static const char *parse_line(struct ps_card_conf *conf, const char *text, size_t size_bytes)
{
    char line[LINE_BYTES_MAX + 1];
    struct words w;
    const char *why;

    if (size_bytes > LINE_BYTES_MAX)
        return "the line is too long";
    memcpy(line, text, size_bytes);
    line[size_bytes] = '\0';
    why = split(line, &w);
    return why != NULL || w.count == 0 ? why : parse_statement(conf, &w);
}

/* The memory is the banks' sum, if there are any. */
static const char *settle_memory(struct ps_card_conf *conf)
{
    uint64_t sum_mib = 0;

    if (conf->bank_count == 0)
        return conf->memory_mib != 0 ? NULL : "memory_mib or bank is missing";
    if (conf->memory_mib != 0)
        return "memory_mib and bank exclude each other";
    for (uint32_t i = 0; i < conf->bank_count; i++)
        sum_mib += conf->banks[i].size_mib;
    if (sum_mib > PS_CARD_MEMORY_MIB_MAX)
        return "the banks are too large together";
    conf->memory_mib = (uint32_t)sum_mib;
    return NULL;
}

int ps_card_conf_parse(struct ps_card_conf *ret_conf, const char *text, char *ret_why)
{
    struct ps_card_conf conf = { .kernel_count = 0 };
    uint32_t line = 1;
    const char *why;

    for (; *text != '\0'; line++) {
        const size_t n = strcspn(text, "\n");

        why = parse_line(&conf, text, n);
        if (why != NULL) {
            snprintf(ret_why, PS_CARD_WHY_MAX, "line %u: %s", line, why);
            return -EINVAL;
        }
        text += n + (text[n] == '\n');
    }
    why = settle_memory(&conf);
    if (why == NULL && (conf.name[0] == '\0' || conf.clock_mhz == 0 || conf.cu_count == 0))
        why = "name, clock_mhz or cu is missing";
    if (why != NULL) {
        snprintf(ret_why, PS_CARD_WHY_MAX, "line %u: %s", line, why);
        return -EINVAL;
    }
    *ret_conf = conf;
    return 0;
}
