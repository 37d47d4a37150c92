/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/ctl/params.c - see params.h. */
#include "tools/ctl/params.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/ctl/session.h"

static bool has_type(const struct ps_msg_value *method, const char *param, const char *type)
{
    const struct ps_msg_value *params = ctl_rows_of(method, "params");

    for (uint32_t i = 0; params != NULL && i < ps_msg_count(params); i++)
        if (ps_msg_is(ps_msg_get(ps_msg_at(params, i), "name"), param))
            return ps_msg_is(ps_msg_get(ps_msg_at(params, i), "type"), type);
    return false;
}

/* A value is a number only where the method wants one and the text is one to its end; the daemon
 * checks the rest, and says it better. */
static void put_value(struct ps_msg_writer *w, const struct ps_msg_value *method, const char *name,
                      const char *text)
{
    char *end = NULL;

    errno = 0;
    if (has_type(method, name, "u64") && text[0] >= '0' && text[0] <= '9') {
        const unsigned long long value = strtoull(text, &end, 10);
        if (errno == 0 && *end == '\0') {
            ps_msg_put_u64(w, value);
            return;
        }
    } else if (has_type(method, name, "i64") || has_type(method, name, "f64")) {
        const double value = strtod(text, &end);
        if (errno == 0 && end != text && *end == '\0') {
            ps_msg_put_f64(w, value);
            return;
        }
    } else if (has_type(method, name, "bool") &&
               (strcmp(text, "true") == 0 || strcmp(text, "false") == 0)) {
        ps_msg_put_bool(w, text[0] == 't');
        return;
    }
    ps_msg_put_str(w, text);
}

int ctl_put_pairs(struct ps_msg_writer *w, const struct ps_msg_value *method, char **words,
                  bool hold)
{
    for (; *words != NULL; words++) {
        char *equals = strchr(*words, '=');
        if (equals == NULL || equals == *words) {
            fprintf(stderr, "prestagectl: `%s` is not NAME=VALUE; see --help\n", *words);
            return EXIT_USAGE;
        }
        *equals = '\0';
        if (hold && strcmp(*words, "hold") == 0)
            continue; /* once is enough */
        ps_msg_put_str(w, *words);
        put_value(w, method, *words, equals + 1);
    }
    return EXIT_OK;
}

int ctl_put_params(struct ps_msg_writer *w, const struct ps_msg_value *method, char **words,
                   bool hold)
{
    ps_msg_open_map(w);
    if (hold)
        ps_msg_pair_bool(w, "hold", true);
    const int status = ctl_put_pairs(w, method, words, hold);
    ps_msg_close(w);
    return status;
}

uint64_t ctl_ttl_of(char **words)
{
    uint64_t ttl_s = 0;

    for (; *words != NULL; words++)
        if (strcmp(*words, "ttl_s") == 0) /* ctl_put_params() ended it at its `=` */
            ttl_s = strtoull(*words + sizeof("ttl_s"), NULL, 10);
    return ttl_s;
}
