/* SPDX-License-Identifier: BSD-3-Clause */
/* host/config/media_file.c - a catalogue as plain lines, for when YAML gets too long:
 * `id url [tenant] [category=WORD] [sequel_of=ID] [born=SECONDS]`. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/mem.h"
#include "host/base/name.h"
#include "host/config/load_priv.h"

#define FILE_BYTES_MAX (512u << 20)
#define URL_BYTES_MAX  2047u
#define BLANKS         " \t\r"

#define CATEGORY_BYTES_MAX 64u

static bool grow(struct ps_config_load *load)
{
    const uint32_t capacity = load->media_capacity == 0 ? 64 : 2 * load->media_capacity;
    struct ps_config_media *media = ps_realloc(load->config->media, capacity, sizeof(*media));

    if (media == NULL)
        return false;
    load->config->media = media;
    uint32_t *lines = ps_realloc(load->media_lines, capacity, sizeof(*lines));
    if (lines == NULL)
        return false;
    load->media_lines = lines;
    load->media_capacity = capacity;
    return true;
}

struct ps_config_media *ps_config_add_media(struct ps_config_load *load, size_t line)
{
    struct ps_config *config = load->config;

    if (config->media_count == load->media_capacity && !grow(load))
        return NULL;
    load->media_lines[config->media_count] = (uint32_t)line;
    struct ps_config_media *added = &config->media[config->media_count++];
    memset(added, 0, sizeof(*added));
    return added;
}

static int take_text(char **field, const char *text, size_t bytes_max)
{
    if (*text == '\0' || strlen(text) > bytes_max || *field != NULL)
        return -EINVAL;
    *field = ps_strdup(text);
    return *field == NULL ? -ENOMEM : 0;
}

static int take_seconds(uint32_t *field, const char *text)
{
    char *end = NULL;

    errno = 0;
    const unsigned long long seconds = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end != '\0' || errno != 0 || seconds > UINT32_MAX)
        return -EINVAL;
    *field = (uint32_t)seconds;
    return 0;
}

/* `key=value` of a title. @return 0, -EINVAL or -ENOMEM. */
static int take_fact(struct ps_config_media *media, char *word)
{
    char *value = strchr(word, '=');

    *value++ = '\0';
    if (strcmp(word, "category") == 0)
        return take_text(&media->category, value, CATEGORY_BYTES_MAX);
    if (strcmp(word, "sequel_of") == 0)
        return take_text(&media->sequel_of, value, PS_MEDIA_ID_MAX);
    return strcmp(word, "born") == 0 ? take_seconds(&media->born_s, value) : -EINVAL;
}

static int take_facts(struct ps_config_load *load, struct ps_config_media *media, char *word,
                      char **rest, size_t number)
{
    for (; word != NULL; word = strtok_r(NULL, BLANKS, rest)) {
        const int rc = strchr(word, '=') == NULL ? -EINVAL : take_fact(media, word);

        if (rc == -EINVAL)
            return ps_config_complain(
                load, number, "url",
                "expected `id url [tenant] [category=WORD] [sequel_of=ID] [born=SECONDS]`");
        if (rc != 0)
            return rc;
    }
    return 0;
}

/* @p line is cut into words in place. */
static int add_media_line(struct ps_config_load *load, char *line, size_t number)
{
    char *rest = NULL;
    const char *id = strtok_r(line, BLANKS, &rest);
    const char *url = strtok_r(NULL, BLANKS, &rest);
    char *word = strtok_r(NULL, BLANKS, &rest);
    const char *tenant = NULL;

    if (id == NULL || id[0] == '#')
        return 0;
    if (!ps_name_is_valid(id, PS_MEDIA_ID_MAX))
        return ps_config_complain(load, number, "id",
                                  "`%.64s` is no name: 1 to %u of A-Z a-z 0-9 . _ ~ -", id,
                                  PS_MEDIA_ID_MAX);
    if (url == NULL || strlen(url) > URL_BYTES_MAX)
        return ps_config_complain(load, number, "url", "expected `id url`");
    if (word != NULL && strchr(word, '=') == NULL) {
        tenant = word;
        word = strtok_r(NULL, BLANKS, &rest);
    }
    const uint32_t owner = tenant == NULL ? 0 : ps_config_find_tenant(load->config, tenant);
    if (owner == load->config->tenant_count)
        return ps_config_complain(load, number, "tenant", "there is no tenant `%.64s`", tenant);
    if (load->config->media_count == PS_CONFIG_MEDIA_MAX)
        return ps_config_complain(load, number, "id", "at most %u titles", PS_CONFIG_MEDIA_MAX);
    struct ps_config_media *media = ps_config_add_media(load, number);
    if (media == NULL)
        return -ENOMEM;
    memcpy(media->id, id, strlen(id));
    media->tenant = owner;
    media->url = ps_strdup(url);
    return media->url == NULL ? -ENOMEM : take_facts(load, media, word, &rest, number);
}

int ps_config_read_lines(struct ps_config_load *load, const char *path, size_t bytes_max,
                         int (*add_line)(struct ps_config_load *load, char *line, size_t number))
{
    const char *config_file = load->file;
    char *text = NULL;
    size_t size = 0, number = 1;

    load->file = path;
    int rc = ps_config_read_file(load, bytes_max, &text, &size);
    if (rc == 0 && strlen(text) != size)
        rc = ps_config_complain(load, 1, "", "is no text: there is a NUL in it");
    for (char *line = text; rc == 0 && line != NULL; number++) {
        char *end = strchr(line, '\n');
        if (end != NULL)
            *end++ = '\0';
        rc = add_line(load, line, number);
        line = end;
    }
    free(text);
    load->file = config_file;
    return rc;
}

int ps_config_load_media_file(struct ps_config_load *load)
{
    const char *path = load->config->media_file;

    return path == NULL ? 0 : ps_config_read_lines(load, path, FILE_BYTES_MAX, add_media_line);
}
