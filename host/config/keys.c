/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/config/keys_priv.h"

#include <string.h>

#include "host/base/mem.h"

/* CHOICE writes 32 bits or a bool, whatever the enum is called. */
_Static_assert(sizeof(enum ps_profile_kind) == 4, "see ps_config_set()");
_Static_assert(sizeof(enum ps_profile_rate) == 4, "see ps_config_set()");

const struct ps_config_section_info ps_config_sections[PS_CONFIG_SECTION_COUNT] = {
#define PS_SECTION(id, name, is_list, help) { name, is_list, help },
#include "host/config/keys.def"
};

const struct ps_config_key ps_config_keys[PS_CONFIG_KEY_COUNT] = {
#define PS_KEY(section, owner, field, name, kind, fallback, low, high, help)                       \
    { PS_CONFIG_##section,                                                                         \
      name,                                                                                        \
      PS_CONFIG_##kind,                                                                            \
      offsetof(struct owner, field),                                                               \
      sizeof(((struct owner *)NULL)->field),                                                       \
      fallback,                                                                                    \
      low,                                                                                         \
      high,                                                                                        \
      help },
#include "host/config/keys.def"
};

const struct ps_config_key *ps_config_find_key(unsigned section, const char *name)
{
    for (size_t i = 0; i < PS_CONFIG_KEY_COUNT; i++)
        if (ps_config_keys[i].section == section && strcmp(ps_config_keys[i].name, name) == 0)
            return &ps_config_keys[i];
    return NULL;
}

static const char *const kind_names[] = {
    [PS_CONFIG_TEXT] = "text",
    [PS_CONFIG_NAME] = "name",
    [PS_CONFIG_COUNT] = "count",
    [PS_CONFIG_NUMBER] = "number",
    [PS_CONFIG_BYTES] = "size",
    [PS_CONFIG_TIME] = "duration",
    [PS_CONFIG_TIME_MS] = "duration",
    [PS_CONFIG_RATE] = "rate",
    [PS_CONFIG_SWITCH] = "true or false",
    [PS_CONFIG_CHOICE] = "choice",
    [PS_CONFIG_PREFIX] = "address prefix",
};

static void write_limits(FILE *out, const struct ps_config_key *key)
{
    if (key->kind == PS_CONFIG_CHOICE)
        fprintf(out, "%s", key->low);
    else if (key->kind == PS_CONFIG_TEXT || key->kind == PS_CONFIG_NAME || key->low[0] == '\0')
        fprintf(out, "%s", kind_names[key->kind]);
    else
        fprintf(out, "%s %s..%s", kind_names[key->kind], key->low, key->high);
    if (key->fallback == NULL)
        fprintf(out, "; must be given");
    else if (key->fallback[0] != '\0')
        fprintf(out, "; default %s", key->fallback);
}

/* A leading dot or quote would be a request to roff, and a hyphen a typographic one. */
static void write_roff(FILE *out, const char *text)
{
    if (text[0] == '.' || text[0] == '\'')
        fputs("\\&", out);
    for (; *text != '\0'; text++) {
        if (*text == '-' || *text == '\\')
            fputc('\\', out);
        fputc(*text, out);
    }
}

static void write_key(FILE *out, const struct ps_config_key *key, bool roff)
{
    if (!roff) {
        fprintf(out, "  %-22s ", key->name);
        write_limits(out, key);
        fprintf(out, "\n  %-22s   %s\n", "", key->help);
        return;
    }
    fprintf(out, ".TP\n.BR %s \" (", key->name);
    write_limits(out, key);
    fputs(")\"\n", out);
    write_roff(out, key->help);
    fputs(".\n", out);
}

void ps_config_write_help(FILE *out, bool roff)
{
    for (unsigned s = 0; s < PS_CONFIG_SECTION_COUNT; s++) {
        const struct ps_config_section_info *section = &ps_config_sections[s];
        const char *name = section->name[0] == '\0' ? "(top)" : section->name;

        fprintf(out, roff ? ".SS %s%s\n%s\n" : "%s%s: %s\n", name, section->is_list ? "[]" : "",
                section->help);
        for (size_t k = 0; k < PS_CONFIG_KEY_COUNT; k++)
            if (ps_config_keys[k].section == s)
                write_key(out, &ps_config_keys[k], roff);
        if (!roff)
            fputc('\n', out);
    }
}
