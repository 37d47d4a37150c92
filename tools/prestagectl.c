/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/prestagectl.c - the daemon's API from the command line.
 *
 * Every method is a command: its parameters, and how its result is shown, come from the daemon's
 * own description of itself (api.describe), so old clients show new methods.
 */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/base/mem.h"
#include "tools/ctl/curves.h"
#include "tools/ctl/hold.h"
#include "tools/ctl/json.h"
#include "tools/ctl/nic.h"
#include "tools/ctl/rpc.h"
#include "tools/ctl/table.h"
#include "tools/ctl/top.h"
#include "tools/ctl/why.h"

#define SOCKET_DEFAULT "/run/prestage/control.sock"
#define PEER_BYTES_MAX 256 /* the daemon says the same */

enum exit_status {
    EXIT_OK = 0,
    EXIT_REFUSED = 1, /* the daemon answered with an error */
    EXIT_USAGE = 2,
    EXIT_NO_DAEMON = 3, /* none there, or it does not speak with us */
};

struct session {
    const char *socket;
    bool json;
    bool hold;      /* pool.reserve: as long as we live */
    bool why;       /* predictions: what makes them so */
    unsigned count; /* pages of top; 0: no end */
    int fd;
    struct ctl_answer api; /* of api.describe */
};

static const char usage[] =
    "usage: prestagectl [--socket PATH] [--json] COMMAND [NAME=VALUE ...]\n"
    "\n"
    "  status                 how the node is\n"
    "  predictions [limit=N]  what will be asked for next\n"
    "  predictions --why [MEDIA [PROFILE]]\n"
    "                         what makes them so; the best ones unless MEDIA is given\n"
    "  curves [MEDIA [PROFILE]] [region=N] [device=N] [limit=N]\n"
    "                         how much will be asked for in the next hour\n"
    "  queues [limit=N]       jobs, and what CU time went to\n"
    "  tier                   what the buffer holds and did\n"
    "  devices                cards and their compute units\n"
    "  nic                    each connected prestage-nic, and what it counts\n"
    "  media [limit=N] [prefix=TEXT]\n"
    "                         titles\n"
    "  ledger [limit=N]       what was made by prediction, and what became of it\n"
    "  media.add id=ID url=URL [tenant=NAME]\n"
    "                         add a title; also category=WORD sequel_of=ID born_s=N length_s=N\n"
    "  media.describe id=ID [category=WORD] [sequel_of=ID] [born_s=N] [length_s=N]\n"
    "                         say what is known of a title\n"
    "  looks.put media=ID due_in_s=N source=NAME [profile=NAME] [probability=P]\n"
    "                         say that a title will be wanted\n"
    "  cu.check cus=LIST [tenant=NAME] [card=N] [same_card=true]\n"
    "                         how often that could be reserved; LIST: KERNEL[:SHARE[xCOUNT]],...\n"
    "  pool.reserve cus=LIST [tenant=NAME] [card=N] [same_card=true] [ttl_s=N] [key=KEY]\n"
    "                         reserve it, all or nothing; a SHARE is of 1000000\n"
    "  pool.renew id=N [ttl_s=N]\n"
    "  pool.relinquish id=N   give it back\n"
    "  pool.list [limit=N] [id=N]\n"
    "                         what is reserved\n"
    "  peers export PEER      everything held of one peer: its address, or token or user name\n"
    "  peers erase PEER       forget it, in memory and on disk\n"
    "  peers opt-out PEER     forget it, and keep nothing of it from now on\n"
    "  peers opt-in PEER      take that back\n"
    "  fault.show             faults in force on emulated cards, and those that fired\n"
    "  fault.set spec=FAULTS  break an emulated card on purpose; empty: no more\n"
    "  log.level level=error|warn|info|debug\n"
    "  shutdown               end the daemon\n"
    "  api                    every method of this daemon; --json: with types, roles and results\n"
    "  call METHOD [JSON]     any method, parameters and result as JSON\n"
    "  top                    status and queues, refreshed; q quits\n"
    "\n"
    "  --socket PATH  the daemon's control socket (" SOCKET_DEFAULT ")\n"
    "  --json         print JSON\n"
    "  --count N      pages of top before it ends\n"
    "  --hold         with pool.reserve: renew it, and give it back at Ctrl-C or when this ends\n"
    "  --why          with predictions: the factors of each, in words\n"
    "  --help         this; behind a command: its parameters and results, asked of the daemon\n"
    "\n"
    "exit status: 0 done, 1 the daemon refused, 2 wrong usage, 3 no daemon to talk to\n";

static int fail_connection(const struct session *session, int error)
{
    const char *hint = "is prestaged running, and does it say the same control.socket?";

    if (error == -EACCES)
        hint = "run as root or the daemon's user, or join its group";
    if (error == -ETIMEDOUT)
        hint = "it is there and does not answer; see its log";
    if (error == -EPROTO || error == -EBADMSG || error == -EMSGSIZE)
        hint = "what listens there is no prestaged, or of another version";
    fprintf(stderr, "prestagectl: cannot talk to the daemon at %s: %s\n  %s (--socket PATH)\n",
            session->socket, strerror(-error), hint);
    return EXIT_NO_DAEMON;
}

static int refuse(const char *method, const struct ps_msg_value *error)
{
    const bool is_pair = ps_msg_type_of(error) == PS_MSG_ARRAY && ps_msg_count(error) == 2;

    fprintf(stderr, "prestagectl: %s: ", method);
    if (is_pair) {
        ctl_put_text(stderr, ps_msg_at(error, 1));
        fputs(" (", stderr);
        ctl_put_text(stderr, ps_msg_at(error, 0));
        fputs(")\n", stderr);
    } else {
        fputs("refused\n", stderr);
    }
    return EXIT_REFUSED;
}

/* @return EXIT_OK, with ret_answer to be finished, or what was said to stderr. */
static int call(struct session *session, const char *method, const struct ps_msg_writer *params,
                struct ctl_answer *ret_answer)
{
    if (session->fd < 0)
        session->fd = ctl_connect(session->socket);
    const int rc =
        session->fd < 0 ? session->fd : ctl_call(session->fd, method, params, ret_answer);
    if (rc != 0) {
        if (session->fd >= 0)
            close(session->fd);
        session->fd = -1;
        return fail_connection(session, rc);
    }
    if (ret_answer->error == NULL)
        return EXIT_OK;
    refuse(method, ret_answer->error);
    ctl_answer_fini(ret_answer);
    return EXIT_REFUSED;
}

static int learn_api(struct session *session)
{
    return session->api.msg != NULL ? EXIT_OK : call(session, "api.describe", NULL, &session->api);
}

static const struct ps_msg_value *rows_of(const struct ps_msg_value *method, const char *what)
{
    const struct ps_msg_value *rows = ps_msg_get(method, what);

    return rows != NULL && ps_msg_type_of(rows) == PS_MSG_ARRAY ? rows : NULL;
}

static bool has_type(const struct ps_msg_value *method, const char *param, const char *type)
{
    const struct ps_msg_value *params = rows_of(method, "params");

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

/* NAME=VALUE words into an open map. */
static int put_pairs(struct ps_msg_writer *w, const struct ps_msg_value *method, char **words,
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

static int put_params(struct ps_msg_writer *w, const struct ps_msg_value *method, char **words,
                      bool hold)
{
    ps_msg_open_map(w);
    if (hold)
        ps_msg_pair_bool(w, "hold", true);
    const int status = put_pairs(w, method, words, hold);
    ps_msg_close(w);
    return status;
}

static void show(const struct session *session, FILE *out, const struct ps_msg_value *method,
                 const struct ps_msg_value *result, const char *const *only)
{
    const struct ps_msg_value *fields = rows_of(method, "fields");

    if (session->json || fields == NULL)
        ctl_json_write(out, result);
    else
        ctl_table_write(out, result, fields, only);
}

static const struct ps_msg_value *find_method(const struct session *session, const char *name)
{
    const struct ps_msg_value *method = ctl_find_method(session->api.result, name);

    if (method == NULL)
        fprintf(stderr,
                "prestagectl: no command `%s`, and the daemon has no such method; see --help\n",
                name);
    return method;
}

static uint64_t ttl_of(char **words)
{
    uint64_t ttl_s = 0;

    for (; *words != NULL; words++)
        if (strcmp(*words, "ttl_s") == 0) /* put_params() ended it at its `=` */
            ttl_s = strtoull(*words + sizeof("ttl_s"), NULL, 10);
    return ttl_s;
}

/* Wait with the lease; its result is shown already. */
static int hold_lease(struct session *session, const struct ps_msg_writer *params, char **words,
                      const struct ps_msg_value *granted)
{
    const struct ctl_hold hold = {
        .socket = session->socket, .params = params, .ttl_s = ttl_of(words), .fd = &session->fd
    };

    fflush(stdout);
    const int rc = ctl_hold(&hold, granted);
    if (rc == 0)
        return EXIT_OK;
    return rc == -ESTALE ? EXIT_REFUSED : fail_connection(session, rc);
}

static int run_method(struct session *session, const char *name, char **words)
{
    struct ps_msg_writer params;
    struct ctl_answer answer = { 0 };

    int status = learn_api(session);
    if (status != EXIT_OK)
        return status;
    const struct ps_msg_value *method = find_method(session, name);
    if (method == NULL)
        return EXIT_USAGE;
    ps_msg_writer_init(&params, PS_MSG_BYTES_MAX);
    status = put_params(&params, method, words, session->hold);
    if (status == EXIT_OK)
        status = call(session, name, &params, &answer);
    if (status == EXIT_OK)
        show(session, stdout, method, answer.result, NULL);
    if (status == EXIT_OK && session->hold)
        status = hold_lease(session, &params, words, answer.result);
    ctl_answer_fini(&answer);
    ps_msg_writer_fini(&params);
    return status;
}

/* The cards first; --json stays what the method gives. */
static int run_devices(struct session *session, char **words)
{
    char *none = NULL;
    int status = learn_api(session);

    if (status == EXIT_OK && !session->json &&
        ctl_find_method(session->api.result, "cards") != NULL) {
        fputs("cards:\n", stdout);
        status = run_method(session, "cards", &none);
        fputs("\ncompute units:\n", stdout);
    }
    return status == EXIT_OK ? run_method(session, "devices", words) : status;
}

/* `peers opt-out PEER` is peers.opt_out peer=PEER. */
static int run_peers(struct session *session, char **words)
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

static int run_nic(struct session *session)
{
    struct ctl_answer answer = { 0 };
    const int status = call(session, "nic.show", NULL, &answer);

    if (status == EXIT_OK && session->json)
        ctl_json_write(stdout, answer.result);
    else if (status == EXIT_OK)
        ctl_nic_write(stdout, answer.result);
    ctl_answer_fini(&answer);
    return status;
}

/* MEDIA and PROFILE may go without their names; --json stays what the method gives. */
static int run_curves(struct session *session, char **words)
{
    static const char *const bare[] = { "media", "profile" };
    struct ps_msg_writer params;
    struct ctl_answer answer = { 0 };
    size_t named = 0;
    int status = learn_api(session);

    if (status != EXIT_OK)
        return status;
    const struct ps_msg_value *method = find_method(session, "demand.curves");
    if (method == NULL)
        return EXIT_USAGE;
    ps_msg_writer_init(&params, PS_MSG_BYTES_MAX);
    ps_msg_open_map(&params);
    for (; *words != NULL && named < PS_ARRAY_LEN(bare) && strchr(*words, '=') == NULL; words++)
        ps_msg_pair_str(&params, bare[named++], *words);
    status = put_pairs(&params, method, words, false);
    ps_msg_close(&params);
    if (status == EXIT_OK)
        status = call(session, "demand.curves", &params, &answer);
    if (status == EXIT_OK && session->json)
        ctl_json_write(stdout, answer.result);
    else if (status == EXIT_OK)
        ctl_curves_write(stdout, answer.result);
    ctl_answer_fini(&answer);
    ps_msg_writer_fini(&params);
    return status;
}

/* predictions --why [MEDIA [PROFILE]] */
static int run_why(struct session *session, char **words)
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
    const int status = call(session, "predictions.why", &params, &answer);
    if (status == EXIT_OK && session->json)
        ctl_json_write(stdout, answer.result);
    else if (status == EXIT_OK)
        ctl_why_write(stdout, answer.result);
    ctl_answer_fini(&answer);
    ps_msg_writer_fini(&params);
    return status;
}

static int run_call(struct session *session, char **words)
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
        status = call(session, words[0], words[1] == NULL ? NULL : &params, &answer);
    if (status == EXIT_OK)
        ctl_json_write(stdout, answer.result);
    ctl_answer_fini(&answer);
    ps_msg_writer_fini(&params);
    return status;
}

static int run_api(struct session *session)
{
    const int status = learn_api(session);

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

/* What the daemon says of one method; usage alone when there is no daemon to ask. */
static int run_help(struct session *session, const char *name)
{
    static const char *const parts[] = { "params", "errors", "fields" };

    fputs(usage, stdout);
    const int fd = ctl_connect(session->socket);
    if (fd < 0)
        return EXIT_OK;
    session->fd = fd;
    if (learn_api(session) != EXIT_OK)
        return EXIT_OK;
    const struct ps_msg_value *method = ctl_find_method(session->api.result, name);
    if (method == NULL)
        return EXIT_OK;
    fprintf(stdout, "\n%s: ", name);
    ctl_put_text(stdout, ps_msg_get(method, "help"));
    fputs("\n", stdout);
    for (size_t p = 0; p < PS_ARRAY_LEN(parts); p++) {
        const struct ps_msg_value *rows = rows_of(method, parts[p]);
        if (rows == NULL || ps_msg_count(rows) == 0)
            continue;
        fprintf(stdout, "\n%s:\n", parts[p]);
        for (uint32_t i = 0; i < ps_msg_count(rows); i++) {
            const struct ps_msg_value *row = ps_msg_at(rows, i);
            const struct ps_msg_value *label = ps_msg_get(row, p == 2 ? "path" : "name");
            fputs("  ", stdout);
            ctl_put_text(stdout, label != NULL ? label : ps_msg_get(row, "code"));
            fputs("  ", stdout);
            ctl_put_text(stdout, ps_msg_get(row, "help"));
            fputs("\n", stdout);
        }
    }
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
    struct session *session = arg;
    int status = learn_api(session);

    fprintf(out, "prestage at %s (q quits)\n\n", session->socket);
    for (size_t p = 0; status == EXIT_OK && p < PS_ARRAY_LEN(pages); p++) {
        struct ctl_answer answer = { 0 };
        const struct ps_msg_value *method = ctl_find_method(session->api.result, pages[p].method);
        if (p > 0)
            fprintf(out, "\n%s:\n", pages[p].method);
        status = call(session, pages[p].method, NULL, &answer);
        if (status == EXIT_OK)
            show(session, out, method, answer.result, pages[p].only);
        ctl_answer_fini(&answer);
    }
    if (status != EXIT_OK)
        fputs("the daemon does not answer; waiting for it\n", out);
    return status;
}

static int run(struct session *session, char **words, bool help)
{
    const char *command = words[0];

    if (command == NULL && help) {
        fputs(usage, stdout);
        return EXIT_OK;
    }
    if (command == NULL) {
        fputs(usage, stderr);
        return EXIT_USAGE;
    }
    if (session->hold && strcmp(command, "pool.reserve") != 0) {
        fputs("prestagectl: --hold goes with pool.reserve only\n", stderr);
        return EXIT_USAGE;
    }
    if (session->why && strcmp(command, "predictions") != 0) {
        fputs("prestagectl: --why goes with predictions only\n", stderr);
        return EXIT_USAGE;
    }
    if (help)
        return run_help(session, strcmp(command, "api") == 0      ? "api.describe"
                                 : strcmp(command, "curves") == 0 ? "demand.curves"
                                                                  : command);
    if (strcmp(command, "api") == 0)
        return run_api(session);
    if (strcmp(command, "call") == 0)
        return run_call(session, words + 1);
    if (strcmp(command, "devices") == 0)
        return run_devices(session, words + 1);
    if (strcmp(command, "curves") == 0)
        return run_curves(session, words + 1);
    if (strcmp(command, "peers") == 0)
        return run_peers(session, words + 1);
    if (strcmp(command, "nic") == 0 && words[1] == NULL)
        return run_nic(session);
    if (session->why)
        return run_why(session, words + 1);
    if (strcmp(command, "top") == 0)
        return ctl_top(draw_top, session, session->count);
    return run_method(session, command, words + 1);
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        { "socket", required_argument, NULL, 's' },
        { "json", no_argument, NULL, 'j' },
        { "count", required_argument, NULL, 'n' },
        { "hold", no_argument, NULL, 'o' },
        { "why", no_argument, NULL, 'w' },
        { "help", no_argument, NULL, 'h' },
        { 0 },
    };
    struct session session = { .socket = SOCKET_DEFAULT, .fd = -1 };
    bool help = false;
    int option;

    while ((option = getopt_long(argc, argv, "s:jn:h", options, NULL)) != -1) {
        if (option == 's')
            session.socket = optarg;
        else if (option == 'j')
            session.json = true;
        else if (option == 'n')
            session.count = (unsigned)strtoul(optarg, NULL, 10);
        else if (option == 'o')
            session.hold = true;
        else if (option == 'w')
            session.why = true;
        else if (option == 'h')
            help = true;
        else
            return EXIT_USAGE;
    }
    const int status = run(&session, argv + optind, help);
    ctl_answer_fini(&session.api);
    if (session.fd >= 0)
        close(session.fd);
    return fflush(stdout) == 0 ? status : EXIT_NO_DAEMON;
}
