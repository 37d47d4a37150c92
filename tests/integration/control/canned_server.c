/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/integration/control/canned_server.c - the control server with made-up answers.
 *
 * Usage: canned-server SOCKET. Prints `ready`, serves until `shutdown` is called, prints `done`.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "host/base/clock.h"
#include "host/base/name.h"
#include "host/control/control.h"
#include "host/plan/resource.h"

#define POLL_MS       100
#define LIFETIME_MS   60000 /* a test that dies must not leave us behind */
#define NS_PER_MSEC   PS_NS_PER_MSEC
#define HOSTILE_TEXT  "esc\033[2Jape\xff"
#define UNICODE_TITLE "gr\xc3\xbc\xc3\x9f"

static int answer_status(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *w)
{
    (void)arg;
    (void)params;
    ps_msg_open_map(w);
    ps_msg_pair_str(w, "version", "9.9");
    ps_msg_pair_bool(w, "emulated", true);
    ps_msg_pair_str(w, "device", HOSTILE_TEXT);
    ps_msg_pair_f64(w, "uptime_s", 90.5);
    ps_msg_pair_array(w, "degraded");
    ps_msg_put_str(w, "no NIC feed");
    ps_msg_close(w);
    ps_msg_pair_map(w, "tier");
    ps_msg_pair_f64(w, "hit_share", 0.875);
    ps_msg_pair_u64(w, "dram_bytes", 64u << 20);
    ps_msg_close(w);
    ps_msg_pair_u64(w, "extra", 1); /* of a newer daemon */
    ps_msg_close(w);
    return 0;
}

static int answer_why(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *w)
{
    const struct ps_msg_value *media = ps_msg_get(params, "media");

    (void)arg;
    if (media != NULL && !ps_msg_is(media, "title"))
        return -ENOENT;
    ps_msg_open_array(w);
    ps_msg_open_map(w);
    ps_msg_pair_str(w, "media", media == NULL ? HOSTILE_TEXT : "title");
    ps_msg_pair_str(w, "profile", ps_msg_get(params, "profile") == NULL ? "all" : "one");
    ps_msg_pair_f64(w, "expected_15m", 1.25);
    ps_msg_pair_f64(w, "p_15m", 0.5);
    ps_msg_pair_str(w, "reason", "rate");
    ps_msg_pair_array(w, "factors");
    for (unsigned i = 0; i < (media == NULL ? 0u : 1u); i++) {
        ps_msg_open_map(w);
        ps_msg_pair_str(w, "name", "asked for in the last 5 minutes");
        ps_msg_pair_f64(w, "value", 3);
        ps_msg_pair_f64(w, "effect", 2.5);
        ps_msg_close(w);
    }
    ps_msg_close(w);
    ps_msg_close(w);
    ps_msg_close(w);
    return 0;
}

static int answer_predictions(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *w)
{
    const uint64_t limit = ps_msg_u64_or(params, "limit", PS_CONTROL_LIMIT_DEFAULT);

    (void)arg;
    ps_msg_open_array(w);
    for (uint64_t i = 0; i < limit && i < 3; i++) {
        ps_msg_open_map(w);
        ps_msg_pair_u64(w, "rank", i + 1);
        ps_msg_pair_str(w, "media", i == 1 ? UNICODE_TITLE : "title");
        ps_msg_pair_str(w, "profile", "mobile-360p");
        ps_msg_pair_f64(w, "p_5m", 0.5);
        ps_msg_pair_str(w, "reason", NULL);
        ps_msg_close(w);
    }
    ps_msg_close(w);
    return 0;
}

static int answer_queues(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *w)
{
    (void)arg;
    (void)params;
    ps_msg_open_map(w);
    ps_msg_pair_array(w, "jobs");
    ps_msg_close(w);
    ps_msg_close(w);
    return 0;
}

static int answer_cards(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *w)
{
    (void)arg;
    (void)params;
    ps_msg_open_array(w);
    ps_msg_open_map(w);
    ps_msg_pair_str(w, "name", "emu-small");
    ps_msg_pair_bool(w, "emulated", true);
    ps_msg_pair_str(w, "state", "lost");
    ps_msg_close(w);
    ps_msg_close(w);
    return 0;
}

static int answer_devices(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *w)
{
    (void)arg;
    (void)params;
    ps_msg_put_array(w, 0);
    return 0;
}

static int answer_media_add(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *w)
{
    char id[PS_MEDIA_ID_MAX + 1];

    (void)arg;
    ps_msg_as_name(ps_msg_get(params, "id"), id, sizeof(id));
    if (!ps_name_is_valid(id, PS_MEDIA_ID_MAX))
        return -EINVAL;
    ps_msg_open_map(w);
    ps_msg_pair_str(w, "id", id);
    ps_msg_pair_u64(w, "total", 1);
    ps_msg_close(w);
    return 0;
}

static int answer_shutdown(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *w)
{
    bool *stopping = arg;

    (void)params;
    *stopping = true;
    ps_msg_open_map(w);
    ps_msg_pair_bool(w, "stopping", true);
    ps_msg_close(w);
    return 0;
}

int main(int argc, char **argv)
{
    static const struct ps_control_handlers handlers = {
        .status = answer_status,
        .predictions = answer_predictions,
        .predictions_why = answer_why,
        .queues = answer_queues,
        .cards = answer_cards,
        .devices = answer_devices,
        .media_add = answer_media_add,
        .shutdown = answer_shutdown,
    };
    bool stopping = false;
    const struct ps_control_config cfg = {
        .path = argc == 2 ? argv[1] : "", .handlers = &handlers, .arg = &stopping, .version = "9.9"
    };
    struct ps_control *control = NULL;

    if (argc != 2 || ps_control_create(&control, &cfg) != 0)
        return EXIT_FAILURE;
    puts("ready");
    fflush(stdout);
    const uint64_t end_ns = ps_clock_mono_ns() + LIFETIME_MS * NS_PER_MSEC;
    while (!stopping && ps_clock_mono_ns() < end_ns) {
        struct pollfd ready = { .fd = ps_control_fd(control), .events = POLLIN };
        poll(&ready, 1, POLL_MS);
        ps_control_poll(control, ps_clock_mono_ns());
    }
    ps_control_destroy(control);
    puts("done");
    return stopping ? EXIT_SUCCESS : EXIT_FAILURE;
}
