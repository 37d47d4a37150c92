/* SPDX-License-Identifier: BSD-3-Clause */
#include "bitstreams/fit.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_BYTES_MAX 1023u

struct sums {
    double modelled_measured; /* sum of products */
    double modelled_squared;
};

struct fit {
    const struct ps_card_conf *conf;
    ps_fit_find *find;
    void *arg;
    struct sums sums[PS_CARD_KERNELS_MAX];
    struct ps_fit_kernel *fits;
};

struct run {
    uint32_t kernel_idx;
    double modelled_us;
    double measured_us;
};

static const char *take_scalars(const struct ps_card_kernel *kernel, char **rest,
                                uint8_t *registers)
{
    for (uint32_t a = 0; a < kernel->arg_count; a++) {
        const struct ps_card_arg *arg = &kernel->args[a];
        char *end, *word;
        uint32_t value;

        if (arg->kind != PSK_MODEL_SCALAR)
            continue;
        word = strtok_r(NULL, " \t\r", rest);
        if (word == NULL || !isdigit((unsigned char)word[0]))
            return "fewer scalars than the kernel has, or one is no number";
        value = (uint32_t)strtoul(word, &end, 0);
        if (*end != '\0')
            return "a scalar is no number";
        memcpy(registers + arg->offset_bytes, &value, sizeof(value));
    }
    return NULL;
}

static const char *take_measured(char **rest, double *ret_us)
{
    const char *word = strtok_r(NULL, " \t\r", rest);
    char *end;

    if (word == NULL || strtok_r(NULL, " \t\r", rest) != NULL)
        return "expected: KERNEL SCALAR... MICROSECONDS";
    *ret_us = strtod(word, &end);
    return *end == '\0' && isfinite(*ret_us) && *ret_us > 0 ? NULL
                                                            : "the time is no number above 0";
}

/* NULL with modelled_us 0 for an empty line. */
static const char *read_run(const struct fit *fit, char *line, struct run *ret)
{
    uint8_t registers[PSK_REGISTERS_BYTES] = { 0 };
    const struct ps_card_conf *conf = fit->conf;
    psk_cycles_entry *cycles;
    uint64_t bytes = 0;
    const char *name, *why;
    char *rest = NULL;

    line[strcspn(line, "#")] = '\0';
    name = strtok_r(line, " \t\r", &rest);
    ret->modelled_us = 0;
    if (name == NULL)
        return NULL;
    for (ret->kernel_idx = 0; ret->kernel_idx < conf->kernel_count; ret->kernel_idx++)
        if (strcmp(conf->kernels[ret->kernel_idx].name, name) == 0)
            break;
    if (ret->kernel_idx == conf->kernel_count)
        return "the card has no such kernel";
    cycles = fit->find(fit->arg, name);
    if (cycles == NULL)
        return "the kernel has no cycle model";
    why = take_scalars(&conf->kernels[ret->kernel_idx], &rest, registers);
    if (why == NULL)
        why = take_measured(&rest, &ret->measured_us);
    ret->modelled_us = (double)cycles(registers, &bytes) / conf->clock_mhz;
    return why != NULL || ret->modelled_us > 0 ? why : "the model gives no cycles";
}

/* Once to sum up, once more to judge: the error needs the factor. */
static void add_run(struct fit *fit, const struct run *run)
{
    struct sums *sums = &fit->sums[run->kernel_idx];
    struct ps_fit_kernel *k = &fit->fits[run->kernel_idx];

    sums->modelled_measured += run->modelled_us * run->measured_us;
    sums->modelled_squared += run->modelled_us * run->modelled_us;
    k->run_count++;
    k->factor = sums->modelled_measured / sums->modelled_squared;
}

static void judge_run(struct fit *fit, const struct run *run)
{
    struct ps_fit_kernel *k = &fit->fits[run->kernel_idx];

    k->error_max = fmax(k->error_max, fabs(k->factor * run->modelled_us / run->measured_us - 1));
}

static int each_run(struct fit *fit, const char *text,
                    void (*look)(struct fit *, const struct run *), char *ret_why)
{
    char line[LINE_BYTES_MAX + 1];
    struct run run;

    for (uint32_t number = 1; *text != '\0'; number++) {
        const size_t n = strcspn(text, "\n");
        const char *why = "the line is too long";

        if (n <= LINE_BYTES_MAX) {
            memcpy(line, text, n);
            line[n] = '\0';
            why = read_run(fit, line, &run);
        }
        if (why != NULL) {
            snprintf(ret_why, PS_CARD_WHY_MAX, "line %u: %s", number, why);
            return -EINVAL;
        }
        if (run.modelled_us > 0)
            look(fit, &run);
        text += n + (text[n] == '\n');
    }
    return 0;
}

int ps_fit_runs(const struct ps_card_conf *conf, const char *text, ps_fit_find *find, void *arg,
                struct ps_fit_kernel *ret_fits, char *ret_why)
{
    struct fit fit = { .conf = conf, .find = find, .arg = arg, .fits = ret_fits };
    int rc;

    memset(ret_fits, 0, PS_CARD_KERNELS_MAX * sizeof(*ret_fits));
    rc = each_run(&fit, text, add_run, ret_why);
    return rc != 0 ? rc : each_run(&fit, text, judge_run, ret_why);
}
