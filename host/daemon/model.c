/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/daemon/model.c - the predictor's state over restarts: taken over, saved, and rebuilt when
 * what was saved cannot be used; and with it what became of bets taught about it.
 *
 * The loop makes the bytes, because the model must not change meanwhile; how long that took is in
 * `status`. Writing them, which waits for the disk, is the saver's.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/log.h"
#include "host/base/mem.h"
#include "host/daemon/daemon_priv.h"
#include "host/daemon/state_file.h"

#define MODEL_FILE    "model.bin"
#define FEEDBACK_FILE "feedback.bin"
#define SAVE_NS       (600 * PS_NS_PER_SEC)

/* A file that is refused would be refused again, and overwritten before anybody looked at it. */
static void set_aside(const char *dir, const char *name)
{
    const int rc = ps_state_file_set_aside(dir, name);

    if (rc != 0)
        ps_warn("predict", "not_set_aside", "dir=%s file=%s status=\"%s\"", dir, name,
                strerror(-rc));
}

static void refuse(struct ps_daemon *d, int error)
{
    const char *dir = d->config->tier.state_dir;
    const bool rebuilds = d->config->demand.history != NULL;

    d->model.origin = PS_MODEL_REFUSED;
    ps_warn("predict", "model_refused", "dir=%s status=\"%s\" kept_as=%s.refused begins_from=%s",
            dir, strerror(-error), MODEL_FILE, rebuilds ? "history" : "nothing");
    set_aside(dir, MODEL_FILE);
}

static void load(struct ps_daemon *d)
{
    void *data = NULL;
    size_t size_bytes = 0;
    int rc = ps_state_file_read(d->config->tier.state_dir, MODEL_FILE, &data, &size_bytes);

    if (rc == 0)
        rc = ps_predict_load(d->predict, data, size_bytes);
    if (rc == 0)
        d->model.origin = PS_MODEL_LOADED;
    else if (rc != -ENOENT)
        refuse(d, rc);
    free(data);
}

/* What is about another model is no fault: it is written over. */
static void load_feedback(struct ps_daemon *d)
{
    const char *dir = d->config->tier.state_dir;
    struct ps_feedback feedback;
    void *data = NULL;
    size_t size_bytes = 0;
    int rc = ps_state_file_read(dir, FEEDBACK_FILE, &data, &size_bytes);

    if (rc == 0)
        rc = ps_feedback_load(&feedback, PS_PREDICT_MODEL_VERSION, data, size_bytes);
    if (rc == 0) {
        ps_ledger_take_feedback(d->ledger, &feedback);
    } else if (rc != -ENOENT && rc != -ESTALE) {
        ps_warn("predict", "feedback_refused", "dir=%s status=\"%s\" kept_as=%s.refused", dir,
                strerror(-rc), FEEDBACK_FILE);
        set_aside(dir, FEEDBACK_FILE);
    }
    free(data);
}

int ps_daemon_learn_the_past(struct ps_daemon *d)
{
    const uint64_t now_ns = ps_clock_now_ns(&d->clock);
    struct ps_predict_status status;
    int rc = 0;

    if (d->config->tier.state_dir != NULL) {
        rc = ps_saver_create(&d->model.saver, d->config->tier.state_dir);
        if (rc != 0)
            return rc;
        load(d);
        load_feedback(d);
    }
    ps_predict_status(d->predict, &status);
    if (status.starts == 0 && d->config->demand.history != NULL)
        rc = ps_daemon_import_history(d);
    for (uint32_t i = 0; i < ps_catalogue_count(d->catalogue); i++)
        ps_daemon_know_media(d, ps_catalogue_at(d->catalogue, i), now_ns);
    d->model.begun_ns = now_ns;
    return rc;
}

static void save_feedback(struct ps_daemon *d)
{
    void *data = ps_zalloc(1, PS_FEEDBACK_SAVED_BYTES);

    if (data == NULL)
        return; /* the next save comes in ten minutes */
    ps_feedback_save(ps_ledger_feedback(d->ledger), PS_PREDICT_MODEL_VERSION, data);
    if (ps_saver_write(d->model.saver, FEEDBACK_FILE, data, PS_FEEDBACK_SAVED_BYTES) == 0)
        d->model.is_feedback = true;
    else
        free(data);
}

/*
 * The model's file is followed by that of the feedback, in one go. Failing is said when it begins
 * and when it is over, not every ten minutes.
 */
static void take_result(struct ps_daemon *d, bool wait)
{
    const bool is_feedback = d->model.is_feedback;
    int rc = 0;

    if (d->model.saver == NULL || !ps_saver_take(d->model.saver, wait, &rc))
        return;
    d->model.is_feedback = false;
    if (rc == 0 && !is_feedback) {
        d->model.saves++;
        d->model.saved_ns = d->model.begun_ns;
        save_feedback(d);
    } else if (rc != 0) {
        d->model.save_errors++;
    }
    if (rc != 0 && d->model.error != rc)
        ps_warn("predict", "model_not_saved", "dir=%s status=\"%s\"", d->config->tier.state_dir,
                strerror(-rc));
    if (rc == 0 && d->model.error != 0)
        ps_info("predict", "model_saved_again", "dir=%s", d->config->tier.state_dir);
    d->model.error = rc;
}

static void begin_save(struct ps_daemon *d)
{
    const uint64_t start_ns = ps_clock_mono_ns();
    void *data = NULL;
    size_t size_bytes = 0;
    int rc = ps_predict_save(d->predict, &data, &size_bytes);

    d->model.begun_ns = ps_clock_now_ns(&d->clock);
    d->model.serialise_us = (ps_clock_mono_ns() - start_ns) / 1000;
    if (rc == 0)
        rc = ps_saver_write(d->model.saver, MODEL_FILE, data, size_bytes);
    if (rc != 0) {
        d->model.save_errors++;
        ps_warn("predict", "model_not_saved", "dir=%s status=\"%s\"", d->config->tier.state_dir,
                strerror(-rc));
        free(data);
        return;
    }
    d->model.size_bytes = size_bytes;
}

void ps_daemon_keep_model(struct ps_daemon *d, uint64_t now_ns)
{
    take_result(d, false);
    if (d->model.saver != NULL && now_ns - d->model.begun_ns >= SAVE_NS &&
        now_ns > d->model.begun_ns)
        begin_save(d);
}

int ps_daemon_save_model(struct ps_daemon *d)
{
    if (d->model.saver == NULL)
        return 0;
    take_result(d, true); /* of a model, and then ... */
    take_result(d, true); /* ... of its feedback, if one was under way */
    const uint64_t errors = d->model.save_errors;
    begin_save(d);
    take_result(d, true);
    take_result(d, true);
    return d->model.save_errors == errors ? 0 : -EIO;
}

void ps_daemon_leave_model(struct ps_daemon *d)
{
    if (d->turn_count > 0)
        ps_daemon_save_model(d);
    ps_saver_destroy(d->model.saver);
    d->model.saver = NULL;
}
