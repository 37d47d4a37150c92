/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/replay/hints.h - a file of forward looks: `emit_t,due_t,obj,device,user` under a header.
 *
 * emit_t (when it was said), due_t (when it will be asked for) and obj must be there; device and
 * user may: -1, or empty, is any. Threads: none.
 */
#ifndef PS_TOOLS_REPLAY_HINTS_H
#define PS_TOOLS_REPLAY_HINTS_H

#include <stdint.h>

#include "host/plan/resource.h"
#include "tools/replay/text.h"

#define REPLAY_HINTS_MAX (1u << 24)

struct replay_hint {
    uint64_t emit_ns;
    uint64_t due_ns;
    uint64_t until_ns;   /* 0: about due_ns; files say no more */
    uint64_t source_key; /* of the user's name; 0: any */
    struct ps_resource resource;
    uint32_t line;    /* its place in the file */
    uint16_t region;  /* 0: any */
    uint8_t device;   /* likewise */
    bool has_profile; /* obj was media/profile */
};

struct replay_hints {
    struct replay_hint *items; /* by emit_ns, then as the lines were */
    uint32_t count;
    uint64_t line_count;
    uint64_t bad_lines;
    uint64_t first_bad_line; /* from 1; 0: none */
};

/**
 * Read everything, and put it in order. A file without any hint is none.
 *
 * @return 0, -ENOMSG (line line_count is no header), -EBADMSG (line line_count has a quoted field),
 *         -EFBIG, -EIO or -ENOMEM; fini in every case.
 */
int replay_hints_read(struct replay_hints *ret_hints, struct replay_text *text);
/** The same from a file by name. @return Also open(2)'s errors. */
int replay_hints_open(struct replay_hints *ret_hints, const char *path,
                      struct replay_progress *progress);
/** Room for one more behind those that there are. @param capacity  0 at first. @return 0, -EFBIG or
 * -ENOMEM. */
int replay_hints_room(struct replay_hints *hints, uint32_t *capacity);
/** Put them in order. */
void replay_hints_sort(struct replay_hints *hints);
void replay_hints_fini(struct replay_hints *hints);

/** Say on standard error why @p path was not read, or how many of its lines are bad, if any. */
void replay_hints_complain(const struct replay_hints *hints, const char *path, int rc);

#endif
