/* SPDX-License-Identifier: BSD-3-Clause */
/* agent/options.c - see options_priv.h. */
#include "agent/options_priv.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/text_priv.h"

#define CONFIG_BYTES_MAX 65536u
#define JITTER_S         20u

enum kind { TEXT, NUMBER, COUNT, CONSENT, DEVICE };

static const struct {
    const char *name, *argument;
    enum kind kind;
    size_t at, bytes;
    const char *help;
} options[] = {
#define PSA_OPTION(name, argument, field, kind, help)                                              \
    { name,                                                                                        \
      argument,                                                                                    \
      kind,                                                                                        \
      offsetof(struct psa_options, field),                                                         \
      sizeof(((struct psa_options *)0)->field),                                                    \
      help },
#include "agent/options.def"
};
#define OPTION_COUNT (sizeof(options) / sizeof(options[0]))

static int refuse(struct psa_problem *problem, const char *what, const char *name)
{
    snprintf(problem->text, sizeof(problem->text), "%s: %.100s", name, what);
    return -EINVAL;
}

static bool set_consent(void *field, struct psa_text value)
{
    *(bool *)field = psa_text_is(value, "yes");
    return *(bool *)field || psa_text_is(value, "no");
}

static bool set_device(void *field, struct psa_text value)
{
    static const char *const names[] = { "unknown", "phone", "tablet", "television", "computer" };

    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (psa_text_is(value, names[i])) {
            *(enum prestage_agent_device *)field = (enum prestage_agent_device)i;
            return true;
        }
    return false;
}

static bool set_text(char *field, size_t room, struct psa_text value)
{
    if (value.bytes == 0 || value.bytes >= room || memchr(value.at, '\0', value.bytes) != NULL)
        return false;
    memcpy(field, value.at, value.bytes);
    field[value.bytes] = '\0';
    return true;
}

static bool set_count(unsigned *field, struct psa_text value)
{
    uint64_t number = 0;

    if (!psa_text_u64(value, &number) || number > 65535)
        return false;
    *field = (unsigned)number;
    return true;
}

static bool set(struct psa_options *o, size_t idx, struct psa_text value)
{
    void *field = (char *)o + options[idx].at;

    switch (options[idx].kind) {
    case CONSENT:
        return set_consent(field, value);
    case DEVICE:
        return set_device(field, value);
    case NUMBER:
        return psa_text_f64(value, field);
    case COUNT:
        return set_count(field, value);
    case TEXT:
        return set_text(field, options[idx].bytes, value);
    }
    return false;
}

static int set_named(struct psa_options *o, struct psa_text name, struct psa_text value,
                     struct psa_problem *problem)
{
    char spelled[32];

    snprintf(spelled, sizeof(spelled), "%.*s", name.bytes > 31 ? 31 : (int)name.bytes, name.at);
    for (size_t i = 0; i < OPTION_COUNT; i++)
        if (psa_text_is(name, options[i].name))
            return set(o, i, value) ? 0 : refuse(problem, "not a value that it can have", spelled);
    return refuse(problem, "there is no such option", spelled);
}

int psa_options_read_text(struct psa_options *o, const char *text, size_t bytes,
                          struct psa_problem *ret_problem)
{
    struct psa_text rest = { text, bytes }, line, name;
    int rc = 0;

    while (rc == 0 && psa_text_line(&rest, &line))
        if (psa_text_word(&line, &name) && name.at[0] != '#')
            rc = set_named(o, name, psa_text_trim(line), ret_problem);
    return rc;
}

static int read_config(struct psa_options *o, const char *path, struct psa_problem *problem)
{
    char *text = NULL;
    size_t bytes = 0;
    int rc = psa_file_read(path, CONFIG_BYTES_MAX, &text, &bytes);

    if (rc != 0)
        return refuse(problem, strerror(-rc), path);
    rc = psa_options_read_text(o, text, bytes, problem);
    free(text);
    return rc;
}

/* `--name value` or `--name=value`; a switch has no value. @return How many words it took, or
 * -EINVAL. */
static int read_option(struct psa_options *o, char **words, struct psa_problem *problem)
{
    struct psa_text name = { words[0] + 2, strlen(words[0] + 2) };
    const char *equals = memchr(name.at, '=', name.bytes);
    const char *value = equals == NULL ? words[1] : equals + 1;

    if (equals != NULL)
        name.bytes = (size_t)(equals - name.at);
    if (psa_text_is(name, "dry-run") || psa_text_is(name, "show") || psa_text_is(name, "help")) {
        o->dry_run |= psa_text_is(name, "dry-run");
        o->show |= psa_text_is(name, "show");
        o->help |= psa_text_is(name, "help");
        return 1;
    }
    if (value == NULL)
        return refuse(problem, "needs a value", words[0]);
    const struct psa_text text = { value, strlen(value) };
    const int rc = psa_text_is(name, "config") ? 0 /* read before */
                                               : set_named(o, name, text, problem);
    return rc != 0 ? rc : equals == NULL ? 2 : 1;
}

/* The file first: what is said on the line goes before it. */
static int read_config_of(struct psa_options *o, int argc, char **argv, struct psa_problem *problem)
{
    int rc = 0;

    for (int i = 1; i < argc && rc == 0; i++) {
        if (strcmp(argv[i], "--config") == 0 && argv[i + 1] != NULL)
            rc = read_config(o, argv[++i], problem);
        else if (strncmp(argv[i], "--config=", 9) == 0)
            rc = read_config(o, argv[i] + 9, problem);
    }
    return rc;
}

int psa_options_read(struct psa_options *ret_options, int argc, char **argv,
                     struct psa_problem *ret_problem)
{
    struct psa_options o = { .jitter = JITTER_S, .rate = 1.0, .least = 0.1 };
    int rc = read_config_of(&o, argc, argv, ret_problem);

    for (int i = 1; i < argc && rc == 0;) {
        if (strncmp(argv[i], "--", 2) != 0 || argv[i][2] == '\0')
            return refuse(ret_problem, "not an option", argv[i]);
        const int took = read_option(&o, argv + i, ret_problem);
        rc = took < 0 ? took : 0;
        i += took;
    }
    if (rc == 0)
        *ret_options = o;
    return rc;
}

void psa_options_help(void)
{
    fputs("usage: prestage-agent [--config FILE] [OPTION...]\n"
          "Tells a prestage edge what this peer will want, before it asks.\n\n",
          stdout);
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        char spelled[48];

        snprintf(spelled, sizeof(spelled), "--%s %s", options[i].name, options[i].argument);
        printf("  %-22s %s\n", spelled, options[i].help);
    }
    fputs("  --config FILE          lines `key value` of the above, without their --\n"
          "  --dry-run              send nothing, print what would be sent\n"
          "  --show                 print what is known and foreseen, and end\n"
          "  --help                 this\n",
          stdout);
}
