/* SPDX-License-Identifier: BSD-3-Clause */
/* host/daemon/tokens.c - see tokens.h: keys, revocations, figures. */
#include "host/daemon/tokens.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "host/base/log.h"
#include "host/daemon/daemon_priv.h"
#include "host/daemon/metrics_priv.h"
#include "host/daemon/state_file.h"

#define KEY_FILE     "token.key"
#define REVOKED_FILE "tokens.bin"

uint64_t ps_daemon_wall_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * PS_NS_PER_SEC + (uint64_t)now.tv_nsec;
}

int ps_daemon_check_token(void *arg, const char *text, size_t length, const struct sockaddr *from,
                          struct ps_grant *ret_grant)
{
    struct ps_daemon *d = arg;

    return ps_tokens_check(d->tokens, text, length, from, ps_daemon_wall_ns(), ret_grant, NULL);
}

int ps_daemon_grant_holds(void *arg, const struct ps_grant *grant)
{
    const struct ps_token_want whatever = { .action = (enum ps_action)PS_MAY_ALL,
                                            .region = PS_GRANT_ANY_REGION,
                                            .tenant = PS_GRANT_ANY_TENANT };
    struct ps_daemon *d = arg;

    return ps_tokens_allow(d->tokens, grant, &whatever, ps_daemon_wall_ns(), NULL);
}

/* ---- life ---- */

static uint32_t tenant_of(void *arg, const char *name)
{
    const struct ps_daemon *d = arg;

    for (uint32_t t = 0; t < d->config->tenant_count; t++)
        if (strcmp(d->config->tenants[t].name, name) == 0)
            return t;
    return UINT32_MAX;
}

/* One of our own is drawn when there is none yet. @return 0 or what was logged. */
static int find_own_key(const struct ps_daemon *d, char *ret_path, size_t path_bytes)
{
    const char *dir = d->config->tier.state_dir;
    char line[PS_TOKEN_KEY_LINE_BYTES];

    if (snprintf(ret_path, path_bytes, "%s/" KEY_FILE, dir) >= (int)path_bytes)
        return -ENAMETOOLONG;
    if (access(ret_path, F_OK) == 0 || errno != ENOENT)
        return 0;
    ps_token_draw_key(line);
    const int rc = ps_state_file_write(dir, KEY_FILE, line, strlen(line));
    explicit_bzero(line, sizeof(line));
    if (rc != 0)
        ps_error("token", "key_not_kept", "dir=%s file=" KEY_FILE " status=\"%s\"", dir,
                 strerror(-rc));
    return rc;
}

/* The file of keys; "" when there is none, and keys die with the process. */
static int find_keys(const struct ps_daemon *d, char *ret_path, size_t path_bytes)
{
    ret_path[0] = '\0';
    if (d->config->tokens.key_file != NULL)
        return snprintf(ret_path, path_bytes, "%s", d->config->tokens.key_file) >= (int)path_bytes
                   ? -ENAMETOOLONG
                   : 0;
    if (d->config->tier.state_dir != NULL)
        return find_own_key(d, ret_path, path_bytes);
    return 0;
}

static void load_revoked(struct ps_daemon *d)
{
    const char *dir = d->config->tier.state_dir;
    void *data = NULL;
    size_t size_bytes = 0;

    if (dir == NULL)
        return;
    int rc = ps_state_file_read(dir, REVOKED_FILE, &data, &size_bytes);
    if (rc == 0)
        rc = ps_tokens_load_revoked(d->tokens, data, size_bytes, ps_daemon_wall_ns());
    free(data);
    if (rc == 0 || rc == -ENOENT)
        return;
    ps_warn("token", "revocations_refused",
            "dir=%s file=" REVOKED_FILE " kept_as=" REVOKED_FILE ".refused status=\"%s\"", dir,
            strerror(-rc));
    ps_state_file_set_aside(dir, REVOKED_FILE);
}

int ps_daemon_create_tokens(struct ps_daemon *d)
{
    char path[PATH_MAX], why[512] = "";
    const struct ps_tokens_config cfg = {
        .key_file = path,
        .audience = d->config->tokens.audience,
        .wall_ns = ps_daemon_wall_ns(),
        .tenant_of = tenant_of,
        .arg = d,
    };
    struct ps_tokens_config drawn = cfg;
    int rc = find_keys(d, path, sizeof(path));

    if (rc != 0)
        return rc;
    drawn.key_file = NULL;
    rc = ps_tokens_create(&d->tokens, path[0] == '\0' ? &drawn : &cfg, why, sizeof(why));
    if (rc != 0) {
        ps_error("token", "keys_refused", "why=\"%s\"", why[0] == '\0' ? strerror(-rc) : why);
        return rc;
    }
    load_revoked(d);
    return 0;
}

/* ---- what changes ---- */

static int save_revoked(const struct ps_daemon *d)
{
    const char *dir = d->config->tier.state_dir;
    void *data = NULL;
    size_t size_bytes = 0;

    if (dir == NULL)
        return 0;
    int rc = ps_tokens_save_revoked(d->tokens, &data, &size_bytes);
    if (rc == 0)
        rc = ps_state_file_write(dir, REVOKED_FILE, data, size_bytes);
    free(data);
    if (rc != 0)
        ps_warn("token", "revocations_not_saved", "dir=%s status=\"%s\"", dir, strerror(-rc));
    return rc == 0 ? 0 : -EIO;
}

int ps_tokens_method_revoke(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *w)
{
    struct ps_daemon *d = arg;
    const uint64_t now_ns = ps_daemon_wall_ns();
    /* Longer than any token lives that is good now. */
    const uint64_t until_ns = now_ns + PS_TOKEN_LIFE_NS_MAX + 2 * PS_TOKEN_LEEWAY_NS;
    char id[PS_TOKEN_ID_MAX + 1];
    struct ps_token_status status;

    if (ps_msg_as_name(ps_msg_get(params, "id"), id, sizeof(id)) != 0)
        return -EINVAL;
    int rc = ps_tokens_revoke(d->tokens, id, now_ns, until_ns);
    if (rc == 0)
        rc = save_revoked(d);
    if (rc != 0)
        return rc;
    ps_tokens_status(d->tokens, &status);
    ps_msg_open_map(w);
    ps_msg_pair_u64(w, "revoked", status.revoked);
    ps_msg_close(w);
    return 0;
}

int ps_tokens_method_reload(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *w)
{
    struct ps_daemon *d = arg;
    char path[PATH_MAX], why[512] = "";
    int rc = find_keys(d, path, sizeof(path));

    if (rc != 0)
        return -EIO;
    if (path[0] == '\0')
        return -ENOTSUP;
    rc = ps_tokens_read_keys(d->tokens, path, why, sizeof(why));
    if (rc != 0) {
        ps_warn("token", "keys_refused", "why=\"%s\"", why);
        return rc == -EINVAL ? rc : -EIO;
    }
    ps_info("token", "keys_read", "path=%s", path);
    return ps_tokens_method_keys(d, params, w);
}

/* ---- figures ---- */

int ps_tokens_method_keys(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *w)
{
    const struct ps_daemon *d = arg;
    struct ps_token_status status;

    (void)params;
    ps_tokens_status(d->tokens, &status);
    ps_msg_open_map(w);
    ps_msg_pair_str(w, "audience", d->config->tokens.audience);
    ps_msg_pair_array(w, "keys");
    for (uint32_t i = 0; i < status.keys; i++) {
        const char *kid, *algorithm;
        bool signs;

        ps_tokens_key(d->tokens, i, &kid, &algorithm, &signs);
        ps_msg_open_map(w);
        ps_msg_pair_str(w, "kid", kid);
        ps_msg_pair_str(w, "algorithm", algorithm);
        ps_msg_pair_bool(w, "signs", signs);
        ps_msg_close(w);
    }
    ps_msg_close(w);
    ps_msg_close(w);
    return 0;
}

static uint64_t refused(const struct ps_token_status *status)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < PS_TOKEN_REFUSAL_COUNT; i++)
        sum += status->refused[i];
    return sum;
}

void ps_tokens_put_status(struct ps_msg_writer *w, const struct ps_daemon *d)
{
    struct ps_token_status status;

    ps_tokens_status(d->tokens, &status);
    ps_msg_pair_map(w, "tokens");
    ps_msg_pair_u64(w, "keys", status.keys);
    ps_msg_pair_u64(w, "issued", status.issued);
    ps_msg_pair_u64(w, "accepted", status.accepted);
    ps_msg_pair_u64(w, "refused", refused(&status));
    ps_msg_pair_u64(w, "once_remembered", status.once_remembered);
    ps_msg_pair_u64(w, "revoked", status.revoked);
    ps_msg_close(w);
}

void ps_tokens_put_metrics(struct ps_metrics *m, const struct ps_daemon *d)
{
    struct ps_token_status s;

    ps_tokens_status(d->tokens, &s);
    ps_metrics_put_plain(m, PS_METRIC_tokens_issued_total, (double)s.issued);
    ps_metrics_put(m, PS_METRIC_tokens_accepted_total, (double)(s.accepted - s.cached),
                   PS_LABELS("signature"));
    ps_metrics_put(m, PS_METRIC_tokens_accepted_total, (double)s.cached, PS_LABELS("cache"));
    for (unsigned i = 0; i < PS_TOKEN_REFUSAL_COUNT; i++)
        ps_metrics_put(m, PS_METRIC_tokens_refused_total, (double)s.refused[i],
                       PS_LABELS(ps_token_refusal_name((enum ps_token_refusal)i)));
    ps_metrics_put_plain(m, PS_METRIC_tokens_once, s.once_remembered);
    ps_metrics_put_plain(m, PS_METRIC_tokens_revoked, s.revoked);
    ps_metrics_put_plain(m, PS_METRIC_tokens_keys, s.keys);
}
