/* SPDX-License-Identifier: BSD-3-Clause */
#include "bitstreams/card_conf.h"
#include "kernels/abi/registers.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORDS_MAX      (PS_CARD_ARGS_MAX + 2u)
#define LINE_BYTES_MAX 1023u

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

static const char *add_arg(struct ps_card_kernel *kernel, const char *name, bool is_buffer)
{
    struct ps_card_arg *arg = &kernel->args[kernel->arg_count];
    uint32_t offset = PSK_REG_FIRST_BYTE;

    if (kernel->arg_count == PS_CARD_ARGS_MAX)
        return "too many arguments";
    if (!is_name(name))
        return "an argument's name is empty, too long or not of letters, digits, _ and -";
    for (uint32_t i = 0; i < kernel->arg_count; i++)
        offset += kernel->args[i].is_buffer ? PSK_REG_BUFFER_BYTES : PSK_REG_SCALAR_BYTES;
    snprintf(arg->name, sizeof(arg->name), "%s", name);
    arg->is_buffer = is_buffer;
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
static const struct {
    const char *name;
    char kind; /* k: starts a kernel, b: buffer, s: scalar */
} abi_table[] = {
#define PSK_KERNEL(kernel)         { #kernel, 'k' },
#define PSK_BUFFER(arg, direction) { #arg, 'b' },
#define PSK_SCALAR(arg)            { #arg, 's' },
#include "kernels/abi/arguments.def"
};

/* Append the kernel @p name of the abi, if it has one. */
static struct ps_card_kernel *add_abi_kernel(struct ps_card_conf *conf, const char *name)
{
    const size_t count = sizeof(abi_table) / sizeof(abi_table[0]);
    struct ps_card_kernel *kernel = &conf->kernels[conf->kernel_count];
    size_t i = 0;

    while (i < count && (abi_table[i].kind != 'k' || strcmp(abi_table[i].name, name) != 0))
        i++;
    if (i == count || conf->kernel_count == PS_CARD_KERNELS_MAX)
        return NULL;
    snprintf(kernel->name, sizeof(kernel->name), "%s", name);
    for (i++; i < count && abi_table[i].kind != 'k'; i++)
        if (add_arg(kernel, abi_table[i].name, abi_table[i].kind == 'b') != NULL)
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

static const char *parse_kernel(struct ps_card_conf *conf, const struct words *w)
{
    struct ps_card_kernel *kernel = &conf->kernels[conf->kernel_count];
    const char *why = NULL;

    if (w->count < 3 || !is_name(w->at[1]))
        return "expected: kernel NAME ARG...";
    if (conf->kernel_count == PS_CARD_KERNELS_MAX || find_kernel(conf, w->at[1]) != NULL)
        return "too many kernels, or this one twice";
    snprintf(kernel->name, sizeof(kernel->name), "%s", w->at[1]);
    for (uint32_t i = 2; i < w->count && why == NULL; i++) {
        char name[PS_CARD_NAME_MAX + 2];
        const char *colon = strchr(w->at[i], ':');

        if (colon == NULL || (strcmp(colon, ":buffer") != 0 && strcmp(colon, ":u32") != 0))
            return "an argument must be name:buffer or name:u32";
        snprintf(name, sizeof(name), "%.*s", (int)(colon - w->at[i]), w->at[i]);
        why = add_arg(kernel, name, strcmp(colon, ":buffer") == 0);
    }
    conf->kernel_count++;
    return why;
}

static const char *parse_cu(struct ps_card_conf *conf, const struct words *w)
{
    struct ps_card_kernel *kernel;
    uint32_t count = 0;
    const char *why;

    if (w->count != 3)
        return "expected: cu KERNEL COUNT";
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
    return why;
}

static const char *parse_statement(struct ps_card_conf *conf, const struct words *w)
{
    if (strcmp(w->at[0], "kernel") == 0)
        return parse_kernel(conf, w);
    if (strcmp(w->at[0], "cu") == 0)
        return parse_cu(conf, w);
    if (w->count != 2)
        return "expected one word and one value";
    if (strcmp(w->at[0], "name") == 0 && conf->name[0] == '\0' && is_name(w->at[1])) {
        snprintf(conf->name, sizeof(conf->name), "%s", w->at[1]);
        return NULL;
    }
    if (strcmp(w->at[0], "clock_mhz") == 0 && conf->clock_mhz == 0)
        return parse_number(w->at[1], 2000, &conf->clock_mhz);
    if (strcmp(w->at[0], "memory_mib") == 0 && conf->memory_mib == 0)
        return parse_number(w->at[1], PS_CARD_MEMORY_MIB_MAX, &conf->memory_mib);
    return "unknown, repeated or malformed statement";
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

int ps_card_conf_parse(struct ps_card_conf *ret_conf, const char *text, char *ret_why)
{
    struct ps_card_conf conf = { .kernel_count = 0 };
    uint32_t line = 1;

    for (; *text != '\0'; line++) {
        const size_t n = strcspn(text, "\n");
        const char *why = parse_line(&conf, text, n);

        if (why != NULL) {
            snprintf(ret_why, PS_CARD_WHY_MAX, "line %u: %s", line, why);
            return -EINVAL;
        }
        text += n + (text[n] == '\n');
    }
    if (conf.name[0] == '\0' || conf.clock_mhz == 0 || conf.memory_mib == 0 || conf.cu_count == 0) {
        snprintf(ret_why, PS_CARD_WHY_MAX, "line %u: name, clock_mhz, memory_mib or cu is missing",
                 line);
        return -EINVAL;
    }
    *ret_conf = conf;
    return 0;
}
