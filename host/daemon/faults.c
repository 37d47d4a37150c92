/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/daemon/faults.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/log.h"
#include "host/daemon/daemon_priv.h"
#include "host/daemon/state_file.h"

#define SPEC_FILE  "faults"
#define STATS_FILE "faults-fired"

static bool is_enabled(const struct ps_config *config)
{
    return config->card.fault_dir != NULL && config->card.emulation_dir != NULL;
}

static int set_path(const char *variable, const char *dir, const char *name)
{
    char path[PATH_MAX];

    if (snprintf(path, sizeof(path), "%s/%s", dir, name) >= (int)sizeof(path))
        return -ENAMETOOLONG;
    return setenv(variable, path, 1) == 0 ? 0 : -ENOMEM;
}

int ps_faults_prepare(const struct ps_config *config)
{
    const char *dir = config->card.fault_dir;
    int rc;

    if (!is_enabled(config))
        return 0;
    rc = ps_state_file_write(dir, SPEC_FILE, "", 0);
    if (rc == 0)
        rc = set_path("PS_EMU_FAULTS_FILE", dir, SPEC_FILE);
    if (rc == 0)
        rc = set_path("PS_EMU_STATS", dir, STATS_FILE);
    if (rc != 0)
        ps_error("card", "no_fault_injection", "dir=%s status=\"%s\"", dir, strerror(-rc));
    return rc;
}

/* "fault_NAME=COUNT" lines as a map of counts; what the driver has not written yet is empty. */
static void put_fired(struct ps_msg_writer *w, const char *text, size_t size_bytes)
{
    const char *const end = text + size_bytes;

    ps_msg_pair_array(w, "fired");
    for (const char *line = text; line < end;) {
        const char *stop = memchr(line, '\n', (size_t)(end - line));
        char kind[32];
        unsigned long long count;

        if (stop == NULL) /* every line is whole: the file is renamed into place */
            break;
        if (sscanf(line, "fault_%31[a-z_]=%llu", kind, &count) == 2 && count > 0) {
            ps_msg_open_map(w);
            ps_msg_pair_str(w, "kind", kind);
            ps_msg_pair_u64(w, "count", count);
            ps_msg_close(w);
        }
        line = stop + 1;
    }
    ps_msg_close(w);
}

static int put_state(const char *dir, struct ps_msg_writer *w)
{
    char text[PS_FAULT_SPEC_BYTES_MAX + 1];
    void *spec = NULL, *fired = NULL;
    size_t spec_bytes = 0, fired_bytes = 0;
    int rc = ps_state_file_read(dir, SPEC_FILE, &spec, &spec_bytes);

    if (rc == 0)
        rc = ps_state_file_read(dir, STATS_FILE, &fired, &fired_bytes);
    if (rc == 0 || (rc == -ENOENT && spec != NULL)) { /* nothing has fired yet */
        ps_msg_open_map(w);
        snprintf(text, sizeof(text), "%.*s", (int)spec_bytes, (const char *)spec);
        ps_msg_pair_str(w, "spec", text);
        put_fired(w, fired, fired_bytes);
        ps_msg_close(w);
        rc = 0;
    }
    free(spec);
    free(fired);
    return rc;
}

int ps_faults_show(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *w)
{
    const struct ps_daemon *d = arg;

    (void)params;
    return is_enabled(d->config) ? put_state(d->config->card.fault_dir, w) : -ENOTSUP;
}

int ps_faults_set(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *w)
{
    const struct ps_daemon *d = arg;
    const char *spec;
    size_t size_bytes;
    int rc;

    if (!is_enabled(d->config))
        return -ENOTSUP;
    if (ps_msg_as_bytes(ps_msg_get(params, "spec"), &spec, &size_bytes) != 0)
        return -EINVAL;
    rc = ps_state_file_write(d->config->card.fault_dir, SPEC_FILE, spec, size_bytes);
    if (rc != 0)
        return rc;
    ps_warn("card", "faults_set", "bytes=%zu", size_bytes);
    return put_state(d->config->card.fault_dir, w);
}
