/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/config/yaml.c - walks the YAML document along the table of keys.
 *
 * The nodes of libyaml carry the line they began on, so a complaint names the exact line.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "host/base/assert.h"
#include "host/base/mem.h"
#include "host/config/load_priv.h"

#define KEY_BYTES_MAX 128u

struct walk {
    struct ps_config_load *load;
    yaml_document_t *doc;
};

static size_t line_of(const yaml_node_t *node)
{
    return node->start_mark.line + 1;
}

static const char *text_of(const yaml_node_t *scalar)
{
    return (const char *)scalar->data.scalar.value;
}

/* Text without a NUL in the middle, which C would take for its end. */
static bool is_text(const yaml_node_t *node)
{
    return node != NULL && node->type == YAML_SCALAR_NODE &&
           strlen(text_of(node)) == node->data.scalar.length;
}

static int set_defaults(unsigned section, void *owner)
{
    for (size_t i = 0; i < PS_CONFIG_KEY_COUNT; i++) {
        char why[PS_CONFIG_WHY_MAX];
        const struct ps_config_key *key = &ps_config_keys[i];
        if (key->section != section || key->fallback == NULL)
            continue;
        const int rc = ps_config_set(key, owner, key->fallback, why);
        if (rc != 0)
            return rc;
    }
    return 0;
}

int ps_config_set_defaults(struct ps_config *config)
{
    int rc = 0;

    for (unsigned s = 0; rc == 0 && s < PS_CONFIG_SECTION_COUNT; s++)
        if (!ps_config_sections[s].is_list)
            rc = set_defaults(s, config);
    return rc;
}

static size_t pair_count(const yaml_node_t *mapping)
{
    return (size_t)(mapping->data.mapping.pairs.top - mapping->data.mapping.pairs.start);
}

static const yaml_node_t *name_at(const struct walk *walk, const yaml_node_t *mapping, size_t idx)
{
    return yaml_document_get_node(walk->doc, mapping->data.mapping.pairs.start[idx].key);
}

static const yaml_node_t *value_at(const struct walk *walk, const yaml_node_t *mapping, size_t idx)
{
    return yaml_document_get_node(walk->doc, mapping->data.mapping.pairs.start[idx].value);
}

/* Key @p idx is plain and none of those before it; few are, because an unknown one ends the load.
 */
static int check_name(const struct walk *walk, const yaml_node_t *mapping, size_t idx)
{
    const yaml_node_t *name = name_at(walk, mapping, idx);

    if (!is_text(name))
        return ps_config_complain(walk->load, line_of(mapping), "", "a key is not text");
    for (size_t i = 0; i < idx; i++) {
        const yaml_node_t *other = name_at(walk, mapping, i);
        if (strcmp(text_of(name), text_of(other)) == 0)
            return ps_config_complain(walk->load, line_of(name), text_of(name),
                                      "is there already, in line %zu", line_of(other));
    }
    return 0;
}

static int load_value(const struct walk *walk, unsigned section, void *owner,
                      const yaml_node_t *name, const yaml_node_t *value, const char *where)
{
    const struct ps_config_key *key = ps_config_find_key(section, text_of(name));
    char path[KEY_BYTES_MAX];
    char why[PS_CONFIG_WHY_MAX];

    snprintf(path, sizeof(path), "%s%s%s", where, where[0] == '\0' ? "" : ".", text_of(name));
    if (key == NULL)
        return ps_config_complain(walk->load, line_of(name), path, "there is no such key");
    if (!is_text(value))
        return ps_config_complain(walk->load, line_of(value), path, "expected one value");
    walk->load->key_lines[key - ps_config_keys] = (uint32_t)line_of(value);
    const int rc = ps_config_set(key, owner, text_of(value), why);
    return rc == -EINVAL ? ps_config_complain(walk->load, line_of(value), path, "%s", why) : rc;
}

/* A section, or an item of a list: @p owner holds its fields. */
static int load_mapping(const struct walk *walk, unsigned section, void *owner,
                        const yaml_node_t *mapping, const char *where)
{
    int rc = 0;

    if (mapping->type != YAML_MAPPING_NODE)
        return ps_config_complain(walk->load, line_of(mapping), where, "expected `key: value`");
    for (size_t i = 0; rc == 0 && i < pair_count(mapping); i++) {
        rc = check_name(walk, mapping, i);
        if (rc == 0)
            rc = load_value(walk, section, owner, name_at(walk, mapping, i),
                            value_at(walk, mapping, i), where);
    }
    return rc;
}

/* What has no default must be there. */
static int check_given(const struct walk *walk, unsigned section, const yaml_node_t *mapping,
                       const char *where)
{
    for (size_t k = 0; k < PS_CONFIG_KEY_COUNT; k++) {
        const struct ps_config_key *key = &ps_config_keys[k];
        bool given = key->section != section || key->fallback != NULL;
        for (size_t i = 0; !given && i < pair_count(mapping); i++)
            given = strcmp(text_of(name_at(walk, mapping, i)), key->name) == 0;
        if (!given)
            return ps_config_complain(walk->load, line_of(mapping), where, "`%s` is missing",
                                      key->name);
    }
    return 0;
}

static void *add_item(struct ps_config_load *load, unsigned section, size_t line)
{
    struct ps_config *config = load->config;

    switch (section) {
    case PS_CONFIG_PROFILES:
        return &config->profiles[config->profile_count++];
    case PS_CONFIG_REGIONS:
        return &config->regions[config->region_count++];
    case PS_CONFIG_CARDS:
        return &config->cards[config->card_count++];
    default:
        load->media_in_yaml++;
        return ps_config_add_media(load, line);
    }
}

static int load_item(const struct walk *walk, unsigned section, const yaml_node_t *mapping,
                     size_t idx)
{
    char where[KEY_BYTES_MAX], path[KEY_BYTES_MAX], why[PS_CONFIG_WHY_MAX];
    const char *culprit = "";
    void *item = add_item(walk->load, section, line_of(mapping));

    if (item == NULL)
        return -ENOMEM;
    snprintf(where, sizeof(where), "%s[%zu]", ps_config_sections[section].name, idx);
    int rc = set_defaults(section, item);
    if (rc == 0)
        rc = load_mapping(walk, section, item, mapping, where);
    if (rc == 0)
        rc = check_given(walk, section, mapping, where);
    if (rc != 0 || section != PS_CONFIG_PROFILES)
        return rc;
    if (ps_config_finish_profile(walk->load->config, item, &culprit, why) == 0)
        return 0;
    snprintf(path, sizeof(path), "%.100s.%s", where, culprit);
    return ps_config_complain(walk->load, line_of(mapping), path, "%s", why);
}

/* Room for all items of the list at once, media apart: media_file adds to them later. */
static int make_room(struct ps_config *config, unsigned section, size_t count)
{
    switch (section) {
    case PS_CONFIG_PROFILES:
        config->profiles = ps_zalloc(count, sizeof(*config->profiles));
        return config->profiles == NULL ? -ENOMEM : 0;
    case PS_CONFIG_REGIONS:
        config->regions = ps_zalloc(count, sizeof(*config->regions));
        return config->regions == NULL ? -ENOMEM : 0;
    case PS_CONFIG_CARDS:
        config->cards = ps_zalloc(count, sizeof(*config->cards));
        return config->cards == NULL ? -ENOMEM : 0;
    default:
        return 0;
    }
}

static size_t items_max(unsigned section)
{
    switch (section) {
    case PS_CONFIG_PROFILES:
        return PS_PROFILES_MAX;
    case PS_CONFIG_REGIONS:
        return PS_CONFIG_REGIONS_MAX;
    case PS_CONFIG_CARDS:
        return PS_CONFIG_CARDS_MAX;
    default:
        return PS_CONFIG_MEDIA_MAX;
    }
}

static int load_list(const struct walk *walk, unsigned section, const yaml_node_t *list)
{
    const char *name = ps_config_sections[section].name;

    if (list->type != YAML_SEQUENCE_NODE)
        return ps_config_complain(walk->load, line_of(list), name, "expected a list (`- ...`)");
    const yaml_node_item_t *items = list->data.sequence.items.start;
    const size_t count = (size_t)(list->data.sequence.items.top - items);
    if (count > items_max(section))
        return ps_config_complain(walk->load, line_of(list), name, "at most %zu, not %zu",
                                  items_max(section), count);
    if (count == 0)
        return 0;
    int rc = make_room(walk->load->config, section, count);
    for (size_t i = 0; rc == 0 && i < count; i++)
        rc = load_item(walk, section, yaml_document_get_node(walk->doc, items[i]), i);
    return rc;
}

static int load_section(const struct walk *walk, const yaml_node_t *name, const yaml_node_t *value)
{
    for (unsigned s = PS_CONFIG_TOP + 1; s < PS_CONFIG_SECTION_COUNT; s++) {
        if (strcmp(ps_config_sections[s].name, text_of(name)) != 0)
            continue;
        if (ps_config_sections[s].is_list)
            return load_list(walk, s, value);
        return load_mapping(walk, s, walk->load->config, value, text_of(name));
    }
    return load_value(walk, PS_CONFIG_TOP, walk->load->config, name, value, "");
}

static int load_root(const struct walk *walk)
{
    const yaml_node_t *root = yaml_document_get_root_node(walk->doc);
    int rc = 0;

    if (root == NULL)
        return 0; /* an empty file: all defaults */
    if (root->type != YAML_MAPPING_NODE)
        return ps_config_complain(walk->load, line_of(root), "", "expected `section:` lines");
    for (size_t i = 0; rc == 0 && i < pair_count(root); i++) {
        rc = check_name(walk, root, i);
        if (rc == 0)
            rc = load_section(walk, name_at(walk, root, i), value_at(walk, root, i));
    }
    return rc;
}

static int fail_parser(struct ps_config_load *load, const yaml_parser_t *parser)
{
    const bool unreadable = parser->error == YAML_READER_ERROR; /* has no problem_mark */
    const size_t line = unreadable ? parser->mark.line : parser->problem_mark.line;

    if (parser->error == YAML_MEMORY_ERROR)
        return -ENOMEM;
    return ps_config_complain(load, line + 1, "", "%s",
                              parser->problem != NULL ? parser->problem : "is no YAML");
}

/* A second document would be silently ignored, and with it what the operator wrote there. */
static int check_no_more(struct ps_config_load *load, yaml_parser_t *parser)
{
    yaml_document_t doc;

    if (!yaml_parser_load(parser, &doc))
        return fail_parser(load, parser);
    const bool more = yaml_document_get_root_node(&doc) != NULL;
    const size_t line = doc.start_mark.line + 1;
    yaml_document_delete(&doc);
    return more ? ps_config_complain(load, line, "", "only one document can be in the file") : 0;
}

static int load_document(struct ps_config_load *load, yaml_parser_t *parser)
{
    yaml_document_t doc;

    if (!yaml_parser_load(parser, &doc))
        return fail_parser(load, parser);
    const struct walk walk = { .load = load, .doc = &doc };
    const int rc = load_root(&walk);
    const bool has_root = yaml_document_get_root_node(&doc) != NULL;
    yaml_document_delete(&doc);
    return rc == 0 && has_root ? check_no_more(load, parser) : rc;
}

int ps_config_load_yaml(struct ps_config_load *load, const char *text, size_t size_bytes)
{
    yaml_parser_t parser;

    if (!yaml_parser_initialize(&parser))
        return -ENOMEM;
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, size_bytes);
    const int rc = load_document(load, &parser);
    yaml_parser_delete(&parser);
    return rc;
}
