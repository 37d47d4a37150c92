/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/replay/drive.h - a trace and its hints drive a predictor, by the trace's clock.
 *
 * Requests become samples with all that the trace says of who asked; what it says of the media is
 * told right after each of its requests, never before the first. Hints become forward looks when
 * they were said; what is said in the moment of a request comes before it. A hint for a medium
 * without a profile, in a trace that has profiles, is for whichever. Threads: none.
 */
#ifndef PS_TOOLS_REPLAY_DRIVE_H
#define PS_TOOLS_REPLAY_DRIVE_H

#include <stdint.h>

#include "host/predict/predict.h"
#include "tools/replay/hints.h"
#include "tools/replay/trace.h"

struct replay_drive {
    struct ps_predict *predict;
    const struct replay_trace *trace;
    const struct replay_hints *hints; /* or NULL */
    uint32_t next_request;            /* all before it were learned */
    uint32_t next_hint;
    uint64_t looks_taken, looks_refused;
};

/**
 * Make a predictor that has seen nothing yet.
 *
 * @param trace, hints  Kept; must outlive the drive. Hints may be NULL.
 * @param cfg  Copied; where its sizes are 0, there is room for all that is in trace and hints.
 * @return 0 or ps_predict_create()'s; fini in every case.
 */
int replay_drive_init(struct replay_drive *drive, const struct replay_trace *trace,
                      const struct replay_hints *hints, const struct ps_predict_config *cfg);
void replay_drive_fini(struct replay_drive *drive);

/** The next request, and the hints before it. There must be one. */
void replay_drive_request(struct replay_drive *drive);

/** All hints up to and with @p now_ns. */
void replay_drive_hints(struct replay_drive *drive, uint64_t now_ns);

/** All requests and hints up to and with @p now_ns, which is then the predictor's time. */
void replay_drive_until(struct replay_drive *drive, uint64_t now_ns);

#endif
