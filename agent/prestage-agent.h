/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * agent/prestage-agent.h - tell a prestage edge what this peer will want, before it asks.
 *
 * An application or a small program (prestage-agent) feeds an agent with what it knows: a queue, a
 * calendar, what was played, what it means to play. The agent works out what will be wanted in the
 * next hour and how likely that is, judged by how often what it said before came true, and sends
 * forward looks: datagrams of a title's id, a window of time and a probability, signed with the
 * peer's key. It sends nothing else: no user names, no names of files, nothing that the lists do
 * not give an id of; and nothing at all without consent. docs/agents.md says what an edge learns.
 *
 * All times are Unix time and are passed in; there is no clock, no thread and no global in here.
 * Calls do not block. Memory is taken by prestage_agent_create() only. Local time (habits, floating
 * times of calendars) is what localtime(3) and mktime(3) say.
 *
 * Functions that can fail return 0 or a negative errno. Threads: one at a time per agent.
 * This header is C99.
 */
#ifndef PRESTAGE_AGENT_H
#define PRESTAGE_AGENT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PRESTAGE_AGENT_MEDIA_MAX 128        /* characters of a title's id: A-Z a-z 0-9 . _ ~ - */
#define PRESTAGE_AGENT_TEXT_MAX  (1u << 20) /* bytes of a list */
#define PRESTAGE_AGENT_AHEAD_S   3600       /* looks are sent so long before, or later */

struct prestage_agent;

/* Where a look comes from; each has a record of its own. */
enum prestage_agent_kind {
    PRESTAGE_AGENT_TOLD,     /* prestage_agent_tell() */
    PRESTAGE_AGENT_QUEUE,    /* prestage_agent_queue() */
    PRESTAGE_AGENT_CALENDAR, /* prestage_agent_calendar() */
    PRESTAGE_AGENT_EPG,      /* prestage_agent_epg() */
    PRESTAGE_AGENT_HABIT,    /* what was played at this hour of the week before */
    PRESTAGE_AGENT_SEQUEL,   /* what was played after this title before */
    PRESTAGE_AGENT_KINDS
};

enum prestage_agent_device {
    PRESTAGE_AGENT_UNKNOWN,
    PRESTAGE_AGENT_PHONE,
    PRESTAGE_AGENT_TABLET,
    PRESTAGE_AGENT_TELEVISION,
    PRESTAGE_AGENT_COMPUTER
};

/* What is sent, in words. */
struct prestage_agent_look {
    char media[PRESTAGE_AGENT_MEDIA_MAX + 1];
    int64_t from_s, to_s;          /* when it will be asked for: in this window */
    double probability;            /* in (0, 1] */
    enum prestage_agent_kind kind; /* not sent */
};

struct prestage_agent_config {
    const char *edge;  /* ADDRESS:PORT, or [ADDRESS]:PORT; NULL only with dry_run */
    const char *key;   /* KEYID:KEY, as `prestagectl agents enrol` prints it; likewise */
    int consent;       /* not 0: who uses this peer agreed; else nothing is sent */
    int dry_run;       /* not 0: only call said() */
    double rate_per_s; /* looks a second at most; 0: 1 */
    unsigned jitter_s; /* a look waits for a random part of this before it is sent */
    double least;      /* looks less probable are not sent; 0: 0.1 */
    enum prestage_agent_device device; /* told to the edge */
    unsigned region; /* told to the edge; 0: not told, the edge goes by the address */
    /* Called for each look when it is sent, or would be. May be NULL. Not to call back. */
    void (*said)(void *arg, const struct prestage_agent_look *look);
    void *arg;
};

struct prestage_agent_status {
    uint64_t said;                         /* looks sent, or with dry_run said */
    uint64_t send_errors;                  /* that the network refused */
    uint64_t came, missed;                 /* of those, what came true and what did not */
    uint64_t full;                         /* that were not kept for want of room */
    uint64_t unknown;                      /* names in lists that there is no id of */
    uint64_t not_understood;               /* lines and entries of lists */
    unsigned waiting;                      /* looks to be sent later */
    unsigned queued, events, plays, names; /* held of each list */
    double trust[PRESTAGE_AGENT_KINDS];    /* what came true for each that was claimed */
};

/**
 * @param ret_agent  Written on success only; see prestage_agent_destroy().
 * @param config  Copied, what it points to as well but for `arg`.
 * @return 0, -EINVAL (a field), -EADDRNOTAVAIL (no such address here), or another of socket(2).
 */
int prestage_agent_create(struct prestage_agent **ret_agent,
                          const struct prestage_agent_config *config);
/** The key is overwritten. NULL is allowed. */
void prestage_agent_destroy(struct prestage_agent *agent);

/*
 * Lists. Each takes the place of the one of its kind before; texts are not kept. Lines and entries
 * that are not understood are left out and counted. @return 0 or -EMSGSIZE (the text is too long).
 */

/**
 * What local names mean: lines `ID LOCAL NAME...`. With such a list nothing is ever sent that is
 * not in it. Local names are kept as hashes. First of all lists.
 */
int prestage_agent_names(struct prestage_agent *agent, const char *text, size_t bytes);
/**
 * What is to be played, in order: M3U (a title by `#PRESTAGE-MEDIA:ID`, else by its path or its
 * name in the list of names), or lines `ID [SECONDS]`.
 */
int prestage_agent_queue(struct prestage_agent *agent, const char *text, size_t bytes,
                         uint64_t now_ms);
/** iCalendar (RFC 5545), the parts that docs/agents.md lists. */
int prestage_agent_calendar(struct prestage_agent *agent, const char *text, size_t bytes,
                            uint64_t now_ms);
/** XMLTV: programmes whose title is in the list of names. */
int prestage_agent_epg(struct prestage_agent *agent, const char *text, size_t bytes,
                       uint64_t now_ms);
/** What was played: lines `UNIXSECONDS ID`, oldest first. Adds what is later than what is known. */
int prestage_agent_history(struct prestage_agent *agent, const char *text, size_t bytes);

/* Events. */

/** A title begins to be played. @return 0, -EINVAL (not an id) or -ENOENT (not in the names). */
int prestage_agent_played(struct prestage_agent *agent, const char *media, uint64_t now_ms);
/**
 * A title will be wanted in @p in_s seconds, with this probability.
 * @return 0, -EINVAL, -ENOENT (not in the names), -ERANGE (over a day ahead) or -ENOSPC.
 */
int prestage_agent_tell(struct prestage_agent *agent, const char *media, double in_s,
                        double probability, uint64_t now_ms);
/**
 * The same, as a line of text: `ID in SECONDS [PROBABILITY]`, or `ID played`.
 * @return Also -EBADMSG (not such a line).
 */
int prestage_agent_tell_line(struct prestage_agent *agent, const char *line, size_t bytes,
                             uint64_t now_ms);

/* Working. */

/** Send what is due, judge what is past. @return Milliseconds until it is to be called again. */
int prestage_agent_work(struct prestage_agent *agent, uint64_t now_ms);

/* Looking. */

void prestage_agent_status(const struct prestage_agent *agent,
                           struct prestage_agent_status *ret_status);
/** `told`, `queue`, ... */
const char *prestage_agent_kind_name(enum prestage_agent_kind kind);
/** Everything that is known and foreseen, as lines for people; a line is valid during its call. */
void prestage_agent_show(struct prestage_agent *agent, uint64_t now_ms,
                         void (*line)(void *arg, const char *text), void *arg);

/** The record by kind, as text with its NUL, to be kept over a restart. @return Its length, or
 * -ENOSPC. */
int prestage_agent_save(const struct prestage_agent *agent, char *ret_text, size_t room_bytes);
/** @return 0 or -EINVAL (not such a text; nothing changed). */
int prestage_agent_load(struct prestage_agent *agent, const char *text, size_t bytes);

#ifdef __cplusplus
}
#endif

#endif
