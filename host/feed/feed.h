/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/feed/feed.h - everything that says what was asked for, gathered into demand samples.
 *
 * Sources: the stream of prestage-nic (dpdk/abi/demand_stream.h) over a unix socket or a TCP port
 * that we listen on (the port with TLS and a shared key only), the delivery log handed in by the
 * loop, and a log of earlier requests imported from a file. Each server address has exactly one
 * source in the config, so nothing is counted twice: when our own listener's source is `nic`, what
 * the delivery log says counts as log_only and is not demand.
 *
 * Threads: the loop thread only; nothing blocks.
 */
#ifndef PS_HOST_FEED_FEED_H
#define PS_HOST_FEED_FEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/feed/keys.h"
#include "host/feed/view.h"
#include "host/plan/demand.h"
#include "host/plan/media_facts.h"
#include "host/request/logged.h"

#define PS_FEED_NIC_CONNECTIONS_MAX 16u
#define PS_FEED_IMPORT_BATCH_MAX    4096u /* samples handed to an import's sink at once */
#define PS_FEED_IMPORT_LATE_S_MAX   3600u
#define PS_FEED_IMPORT_TWICE_LINES  8192u
#define PS_FEED_GREETING_S_MAX      5u    /* from a connection to its HELLO, in real time */
#define PS_FEED_TOP_MEDIA           1024u /* media whose requests of the last minute are kept */
#define PS_FEED_TOP_OTHERS          128u  /* and claims, and TLS names */

struct ps_feed;

struct ps_feed_config {
    const char *nic_socket;              /* path to listen on (0660), or NULL */
    const char *nic_listen;              /* numeric ADDRESS:PORT or [ADDRESS]:PORT, or NULL */
    const struct ps_feed_keys *nic_keys; /* for that port, copied; who connects has one of them */
    enum ps_demand_source own_server; /* PS_DEMAND_NIC or PS_DEMAND_LOG: who counts our listener */
    uint32_t nic_connections_max;     /* 1..PS_FEED_NIC_CONNECTIONS_MAX */
    /*
     * Our listener as streams name it: (IPv4 address << 16) | port, host order; 0 unknown. With
     * own_server LOG, a stream that watches our listener, does not say what it watches, or may
     * watch it for all we know, has its totals counted but is not demand.
     */
    uint64_t own_server_v4;
    /* Whether a resource is in the catalogue; NULL: all are. */
    bool (*known)(void *arg, const struct ps_resource *resource);
    /*
     * Told of each stream that was refused, and why: -EACCES (another user, or not the key),
     * -EPROTO, -EPROTONOSUPPORT (another version), -EBADMSG (a breach of the format), -ETIMEDOUT
     * (no greeting), -EMFILE (too many: who showed no key yet gave way). Not to be logged each:
     * strangers can make many. May be NULL.
     */
    void (*refused)(void *arg, const char *from, int error);
    void *arg;
};

struct ps_feed_status {
    bool nic_connected;
    uint64_t nic_connects, nic_refused; /* refused: see ps_feed_config */
    uint64_t nic_epochs;
    uint64_t nic_packets, nic_media_requests, nic_dups, nic_unseen, nic_shed, nic_port_missed;
    uint64_t nic_epochs_again;               /* sent a second time after a reconnect; not counted */
    uint64_t nic_only_requests;              /* seen by the NIC, but the log counts them */
    uint64_t nic_last_ns;                    /* when the last epoch came; 0 never */
    uint64_t log_requests;                   /* seen by the delivery log */
    uint64_t samples[PS_DEMAND_HISTORY + 1]; /* handed on, by source */
    uint64_t unknown;                        /* records of media or profiles not in the catalogue */
    uint64_t history_lines, history_bad_lines;
};

/**
 * Takes all its memory (about 5 MiB, and 400 KiB for each stream), but for what GnuTLS takes for
 * a TLS session.
 * @return 0, -EINVAL (nic_listen without a key among them), -ENOMEM, -EADDRINUSE (somebody listens
 *         there), -EEXIST (what is there is not a socket), -ENAMETOOLONG, or what the system says
 *         of the path or address.
 */
int ps_feed_create(struct ps_feed **ret_feed, const struct ps_feed_config *cfg);
/** Removes the socket. NULL is allowed. */
void ps_feed_destroy(struct ps_feed *feed);

/** epoll fd; readable when ps_feed_poll() has work. */
int ps_feed_fd(const struct ps_feed *feed);
void ps_feed_poll(struct ps_feed *feed, uint64_t now_ns);

/** One request from our own delivery log. is_start: a media playlist, else a segment. */
void ps_feed_log(struct ps_feed *feed, const struct ps_resource *resource,
                 const struct ps_peer_class *peer, uint64_t peer_key, bool is_start,
                 uint64_t now_ns);

/** What is gathered of this peer since the last drain is nobody's from now on. */
void ps_feed_forget_peer(struct ps_feed *feed, uint64_t peer_key);

/* A log of earlier requests, and whom it is told to. */
struct ps_feed_import {
    const char *path;
    enum ps_logged_format format; /* PS_LOGGED_AUTO: the first line decides */
    uint64_t until_ns;            /* a later line is bad; 0: none is */
    /* Samples in batches, with a batch's last time; a batch ends with its minute, as turns would
     * end it. */
    void (*sink)(void *arg, const struct ps_demand *demand, uint64_t time_ns);
    /* Fill in what is known of a client address, host name or user: place and peer_key. NULL:
     * nothing. */
    void (*identify)(void *arg, const char *who, size_t length, struct ps_demand_sample *sample);
    /* What the log says of a media that is known(), before the request is handed on: born_ns (as
     * struct ps_logged) and category; one of them at least. May be NULL. */
    void (*describe)(void *arg, uint64_t media_key, const struct ps_media_facts *facts);
    /* Every few thousand lines; share: of the file, 0 when not known. May be NULL. */
    void (*progress)(void *arg, uint64_t lines, double share);
    void *arg;
};

struct ps_feed_imported {
    enum ps_logged_format format;       /* as it was read */
    uint64_t lines;                     /* all of the file */
    uint64_t requests;                  /* for media, starts and segments; of them ... */
    uint64_t unknown;                   /* ... for media or profiles not in the catalogue */
    uint64_t late_lines;                /* ... older than one before */
    uint64_t bad_lines, first_bad_line; /* first_bad_line: from 1 */
    uint64_t duplicate_lines;
};

/**
 * Import earlier requests, oldest first, from lines as host/request/logged.h says.
 *
 * A line up to PS_FEED_IMPORT_LATE_S_MAX older than the newest before it counts as of that one;
 * what is later still, or not of the format, is bad: counted and skipped. In the common format a
 * line that is among the last PS_FEED_IMPORT_TWICE_LINES, more or less, is the same request written
 * twice; in others equal lines are as many requests. Resources that are not known() are skipped.
 *
 * @param ret_imported  Written in every case.
 * @return 0, -ENOENT, -EACCES, -EIO, -ENOMEM or -EINVAL (no line is a request).
 */
int ps_feed_import(struct ps_feed *feed, const struct ps_feed_import *cfg,
                   struct ps_feed_imported *ret_imported);

/** Move what gathered since the last call into @p ret_demand (count set, capacity respected). */
void ps_feed_drain(struct ps_feed *feed, struct ps_demand *ret_demand);

void ps_feed_status(const struct ps_feed *feed, struct ps_feed_status *ret_status);

/** What stream @p idx, 0..PS_FEED_NIC_CONNECTIONS_MAX - 1, last said; NULL: none is connected
 * there. Good until the next ps_feed_poll(). */
const struct ps_nic_view *ps_feed_nic(const struct ps_feed *feed, uint32_t idx);

#endif
