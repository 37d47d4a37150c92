/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/ctl/commands.c - see commands.h. */
#include "tools/ctl/commands.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "host/base/mem.h"
#include "tools/ctl/agents.h"
#include "tools/ctl/curves.h"
#include "tools/ctl/hold.h"
#include "tools/ctl/json.h"
#include "tools/ctl/nic.h"
#include "tools/ctl/params.h"
#include "tools/ctl/table.h"
#include "tools/ctl/token.h"
#include "tools/ctl/top.h"
#include "tools/ctl/why.h"

#define PEER_BYTES_MAX  256 /* the daemon says the same */
#define TOKEN_BYTES_MAX 2048

static void show(const struct ctl_session *session, FILE *out, const struct ps_msg_value *method,
                 const struct ps_msg_value *result, const char *const *only)
{
    const struct ps_msg_value *fields = ctl_rows_of(method, "fields");

    if (session->json || fields == NULL)
        ctl_json_write(out, result);
    else
        ctl_table_write(out, result, fields, only);
}

/* Wait with the lease; its result is shown already. */
static int hold_lease(struct ctl_session *session, const struct ps_msg_writer *params, char **words,
                      const struct ps_msg_value *granted)
{
    const struct ctl_hold hold = {
        .socket = session->socket, .params = params, .ttl_s = ctl_ttl_of(words), .fd = &session->fd
    };

    fflush(stdout);
    const int rc = ctl_hold(&hold, granted);
    if (rc == 0)
        return EXIT_OK;
    return rc == -ESTALE ? EXIT_REFUSED : ctl_fail_connection(session, rc);
}

static int run_method(struct ctl_session *session, const char *name, char **words)
{
    struct ps_msg_writer params;
    struct ctl_answer answer = { 0 };

    int status = ctl_learn_api(session);
    if (status != EXIT_OK)
        return status;
    const struct ps_msg_value *method = ctl_session_method(session, name);
    if (method == NULL)
        return EXIT_USAGE;
    ps_msg_writer_init(&params, PS_MSG_BYTES_MAX);
    status = ctl_put_params(&params, method, words, session->hold);
    if (status == EXIT_OK)
        status = ctl_session_call(session, name, &params, &answer);
    if (status == EXIT_OK)
        show(session, stdout, method, answer.result, NULL);
    if (status == EXIT_OK && session->hold)
        status = hold_lease(session, &params, words, answer.result);
    ctl_answer_fini(&answer);
    ps_msg_writer_fini(&params);
    return status;
}

/* The cards first; --json stays what the method gives. */
static int run_devices(struct ctl_session *session, char **words)
{
    char *none = NULL;
    int status = ctl_learn_api(session);

    if (status == EXIT_OK && !session->json &&
        ctl_find_method(session->api.result, "cards") != NULL) {
        fputs("cards:\n", stdout);
        status = run_method(session, "cards", &none);
        fputs("\ncompute units:\n", stdout);
    }
    return status == EXIT_OK ? run_method(session, "devices", words) : status;
}

/* `peers opt-out PEER` is peers.opt_out peer=PEER. */
static int run_peers(struct ctl_session *session, char **words)
{
    static const struct {
        const char *word, *method;
    } verbs[] = { { "export", "peers.export" },
                  { "erase", "peers.erase" },
                  { "opt-out", "peers.opt_out" },
                  { "opt-in", "peers.opt_in" } };
    char param[sizeof("peer=") + PEER_BYTES_MAX];
    char *params[] = { param, NULL };

    for (size_t v = 0; words[0] != NULL && v < PS_ARRAY_LEN(verbs); v++) {
        if (strcmp(words[0], verbs[v].word) != 0 || words[1] == NULL || words[2] != NULL ||
            strlen(words[1]) > PEER_BYTES_MAX)
            continue;
        snprintf(param, sizeof(param), "peer=%s", words[1]);
        return run_method(session, verbs[v].method, params);
    }
    fputs("prestagectl: peers export|erase|opt-out|opt-in PEER\n", stderr);
    return EXIT_USAGE;
}

/* What `enrol` says is the agent's key file; the rest is agents.revoke and agents.status. */
static int run_agents(struct ctl_session *session, char **words)
{
    char param[sizeof("key_id=") + PEER_BYTES_MAX];
    char *params[] = { param, NULL };

    if (words[0] != NULL && strcmp(words[0], "enrol") == 0 && words[1] == NULL)
        return ctl_agents_enrol(session);
    if (words[0] != NULL && strcmp(words[0], "status") == 0 && words[1] == NULL)
        return run_method(session, "agents.status", words + 1);
    if (words[0] != NULL && strcmp(words[0], "revoke") == 0 && words[1] != NULL &&
        words[2] == NULL && strlen(words[1]) <= PEER_BYTES_MAX) {
        snprintf(param, sizeof(param), "key_id=%s", words[1]);
        return run_method(session, "agents.revoke", params);
    }
    fputs("prestagectl: agents enrol|revoke KEYID|status\n", stderr);
    return EXIT_USAGE;
}

/* token issue PEER MAY [NAME=VALUE ...] */
static int run_token_issue(struct ctl_session *session, char **words)
{
    struct ps_msg_writer params;
    int status = ctl_learn_api(session);

    if (status != EXIT_OK)
        return status;
    const struct ps_msg_value *method = ctl_session_method(session, "token.issue");
    if (method == NULL)
        return EXIT_USAGE;
    ps_msg_writer_init(&params, PS_MSG_BYTES_MAX);
    ps_msg_open_map(&params);
    ps_msg_pair_str(&params, "peer", words[0]);
    ps_msg_pair_str(&params, "may", words[1]);
    status = ctl_put_pairs(&params, method, words + 2, false);
    ps_msg_close(&params);
    if (status == EXIT_OK)
        status = ctl_token_issue(session, &params);
    ps_msg_writer_fini(&params);
    return status;
}

/* One word, as parameter @p name of @p method; `-` is a line of standard input. */
static int run_token_word(struct ctl_session *session, const char *method, const char *name,
                          const char *word)
{
    char text[TOKEN_BYTES_MAX + 3], param[TOKEN_BYTES_MAX + 16];
    char *params[] = { param, NULL };

    if (strcmp(word, "-") == 0 && ctl_token_read(text, sizeof(text)))
        word = text;
    if (strlen(word) > TOKEN_BYTES_MAX) {
        fputs("prestagectl: no token is that long\n", stderr);
        return EXIT_USAGE;
    }
    snprintf(param, sizeof(param), "%s=%s", name, word);
    return run_method(session, method, params);
}

static int run_token(struct ctl_session *session, char **words)
{
    const char *verb = words[0] == NULL ? "" : words[0];
    const bool alone = words[0] != NULL && words[1] == NULL;
    const bool one = words[0] != NULL && !alone && words[2] == NULL;

    if (strcmp(verb, "issue") == 0 && !alone && !one)
        return run_token_issue(session, words + 1);
    if (strcmp(verb, "check") == 0 && one)
        return run_token_word(session, "token.check", "token", words[1]);
    if (strcmp(verb, "revoke") == 0 && one)
        return run_token_word(session, "token.revoke", "id", words[1]);
    if (strcmp(verb, "keys") == 0 && alone)
        return run_method(session, "token.keys", words + 1);
    if (strcmp(verb, "reload") == 0 && alone)
        return run_method(session, "token.reload", words + 1);
    fputs("prestagectl: token issue PEER MAY [NAME=VALUE ...]|check TOKEN|revoke ID|keys|reload\n",
          stderr);
    return EXIT_USAGE;
}

static int run_cluster(struct ctl_session *session, char **words)
{
    return run_method(session, "cluster.status", words);
}

static int run_nic(struct ctl_session *session, char **words)
{
    struct ctl_answer answer = { 0 };

    if (words[0] != NULL) {
        fputs("prestagectl: nic takes no parameters\n", stderr);
        return EXIT_USAGE;
    }
    const int status = ctl_session_call(session, "nic.show", NULL, &answer);

    if (status == EXIT_OK && session->json)
        ctl_json_write(stdout, answer.result);
    else if (status == EXIT_OK)
        ctl_nic_write(stdout, answer.result);
    ctl_answer_fini(&answer);
    return status;
}

/* MEDIA and PROFILE may go without their names; --json stays what the method gives. */
static int run_curves(struct ctl_session *session, char **words)
{
    static const char *const bare[] = { "media", "profile" };
    struct ps_msg_writer params;
    struct ctl_answer answer = { 0 };
    size_t named = 0;
    int status = ctl_learn_api(session);

    if (status != EXIT_OK)
        return status;
    const struct ps_msg_value *method = ctl_session_method(session, "demand.curves");
    if (method == NULL)
        return EXIT_USAGE;
    ps_msg_writer_init(&params, PS_MSG_BYTES_MAX);
    ps_msg_open_map(&params);
    for (; *words != NULL && named < PS_ARRAY_LEN(bare) && strchr(*words, '=') == NULL; words++)
        ps_msg_pair_str(&params, bare[named++], *words);
    status = ctl_put_pairs(&params, method, words, false);
    ps_msg_close(&params);
    if (status == EXIT_OK)
        status = ctl_session_call(session, "demand.curves", &params, &answer);
    if (status == EXIT_OK && session->json)
        ctl_json_write(stdout, answer.result);
    else if (status == EXIT_OK)
        ctl_curves_write(stdout, answer.result);
    ctl_answer_fini(&answer);
    ps_msg_writer_fini(&params);
    return status;
}

/* predictions --why [MEDIA [PROFILE]] */
static int run_why(struct ctl_session *session, char **words)
{
    const uint32_t count = words[0] == NULL ? 0 : words[1] == NULL ? 1 : 2;
    struct ps_msg_writer params;
    struct ctl_answer answer = { 0 };

    if (count == 2 && words[2] != NULL) {
        fputs("prestagectl: predictions --why [MEDIA [PROFILE]]\n", stderr);
        return EXIT_USAGE;
    }
    ps_msg_writer_init(&params, PS_MSG_BYTES_MAX);
    ps_msg_put_map(&params, count);
    if (count > 0)
        ps_msg_pair_str(&params, "media", words[0]);
    if (count > 1)
        ps_msg_pair_str(&params, "profile", words[1]);
    const int status = ctl_session_call(session, "predictions.why", &params, &answer);
    if (status == EXIT_OK && session->json)
        ctl_json_write(stdout, answer.result);
    else if (status == EXIT_OK)
        ctl_why_write(stdout, answer.result);
    ctl_answer_fini(&answer);
    ps_msg_writer_fini(&params);
    return status;
}

static int run_call(struct ctl_session *session, char **words)
{
    struct ps_msg_writer params;
    struct ctl_answer answer = { 0 };
    char why[160] = "too long";
    int status = EXIT_USAGE;

    if (words[0] == NULL || (words[1] != NULL && words[2] != NULL)) {
        fputs("prestagectl: call METHOD [JSON]\n", stderr);
        return EXIT_USAGE;
    }
    ps_msg_writer_init(&params, PS_MSG_BYTES_MAX);
    if (words[1] != NULL && ctl_json_read(&params, words[1], why, sizeof(why)) != 0)
        fprintf(stderr, "prestagectl: parameters: %s\n", why);
    else
        status = ctl_session_call(session, words[0], words[1] == NULL ? NULL : &params, &answer);
    if (status == EXIT_OK)
        ctl_json_write(stdout, answer.result);
    ctl_answer_fini(&answer);
    ps_msg_writer_fini(&params);
    return status;
}

static int run_api(struct ctl_session *session, char **words)
{
    const int status = ctl_learn_api(session);

    (void)words;
    if (status != EXIT_OK)
        return status;
    if (session->json) {
        ctl_json_write(stdout, session->api.result);
        return EXIT_OK;
    }
    const struct ps_msg_value *method = ctl_find_method(session->api.result, "api.describe");
    show(session, stdout, method, session->api.result, NULL);
    return EXIT_OK;
}

static int draw_top(void *arg, FILE *out)
{
    /* What fits on one screen; `status` tells the rest. */
    static const char *const vital[] = {
        "emulated",     "uptime_s",        "degraded",     "demand.nic_connected",
        "cus.",         "queues.",         "tier.",        "deliver.segments",
        "deliver.hits", "deliver.waiting", "speculation.", NULL,
    };
    static const struct {
        const char *method;
        const char *const *only;
    } pages[] = { { "status", vital }, { "devices", NULL } };
    struct ctl_session *session = arg;
    int status = ctl_learn_api(session);

    fprintf(out, "prestage at %s (q quits)\n\n", session->socket);
    for (size_t p = 0; status == EXIT_OK && p < PS_ARRAY_LEN(pages); p++) {
        struct ctl_answer answer = { 0 };
        const struct ps_msg_value *method = ctl_find_method(session->api.result, pages[p].method);
        if (p > 0)
            fprintf(out, "\n%s:\n", pages[p].method);
        status = ctl_session_call(session, pages[p].method, NULL, &answer);
        if (status == EXIT_OK)
            show(session, out, method, answer.result, pages[p].only);
        ctl_answer_fini(&answer);
    }
    if (status != EXIT_OK)
        fputs("the daemon does not answer; waiting for it\n", out);
    return status;
}

static int run_top(struct ctl_session *session, char **words)
{
    (void)words;
    return ctl_top(draw_top, session, session->count);
}

/* The rows of one part: a line each. */
static void put_rows(const struct ps_msg_value *rows, const char *label_key)
{
    for (uint32_t i = 0; i < ps_msg_count(rows); i++) {
        const struct ps_msg_value *row = ps_msg_at(rows, i);
        const struct ps_msg_value *label = ps_msg_get(row, label_key);

        fputs("  ", stdout);
        ctl_put_text(stdout, label);
        fputs("  ", stdout);
        ctl_put_text(stdout, ps_msg_get(row, "help"));
        fputs("\n", stdout);
    }
}

static void explain(const struct ps_msg_value *method, const char *name)
{
    static const struct {
        const char *part, *label_key;
    } parts[] = { { "params", "name" }, { "errors", "code" }, { "fields", "path" } };

    fprintf(stdout, "\n%s: ", name);
    ctl_put_text(stdout, ps_msg_get(method, "help"));
    fputs("\n", stdout);
    for (size_t p = 0; p < PS_ARRAY_LEN(parts); p++) {
        const struct ps_msg_value *rows = ctl_rows_of(method, parts[p].part);

        if (rows == NULL || ps_msg_count(rows) == 0)
            continue;
        fprintf(stdout, "\n%s:\n", parts[p].part);
        put_rows(rows, parts[p].label_key);
    }
}

/* Commands that are more than their method. */
static const struct {
    const char *name;
    const char *method; /* that --help tells of */
    int (*run)(struct ctl_session *session, char **words);
} commands[] = {
    { "api", "api.describe", run_api },    { "call", NULL, run_call },
    { "devices", "devices", run_devices }, { "curves", "demand.curves", run_curves },
    { "peers", NULL, run_peers },          { "agents", NULL, run_agents },
    { "token", NULL, run_token },          { "cluster", "cluster.status", run_cluster },
    { "nic", "nic.show", run_nic },        { "top", NULL, run_top },
};

int ctl_run(struct ctl_session *session, char **words)
{
    if (session->why)
        return run_why(session, words + 1);
    for (size_t c = 0; c < PS_ARRAY_LEN(commands); c++)
        if (strcmp(words[0], commands[c].name) == 0)
            return commands[c].run(session, words + 1);
    return run_method(session, words[0], words + 1);
}

void ctl_explain(struct ctl_session *session, const char *command)
{
    const char *name = command;
    const struct ps_msg_value *method;

    for (size_t c = 0; c < PS_ARRAY_LEN(commands); c++)
        if (strcmp(command, commands[c].name) == 0 && commands[c].method != NULL)
            name = commands[c].method;
    session->fd = ctl_connect(session->socket);
    if (session->fd < 0 || ctl_learn_api(session) != EXIT_OK)
        return;
    method = ctl_find_method(session->api.result, name);
    if (method != NULL)
        explain(method, name);
}
