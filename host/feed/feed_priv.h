/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/feed/feed_priv.h - gathered samples, and the streams of prestage-nic.
 *
 * Threads: the loop thread only.
 */
#ifndef PS_HOST_FEED_FEED_PRIV_H
#define PS_HOST_FEED_FEED_PRIV_H

#include <sys/types.h>

#include "dpdk/abi/demand_stream.h"
#include "host/feed/feed.h"
#include "host/feed/names.h"
#include "host/feed/tls.h"

#define PS_FEED_FRAME_BYTES_MAX (sizeof(struct psd_frame_header) + PSD_BODY_BYTES_MAX)
#define PS_FEED_BOOTS_MAX       64u /* runs of prestage-nic whose epochs we remember */
#define PS_NIC_WHO_BYTES_MAX    (PS_FEED_IDENTITY_BYTES_MAX + 8) /* `unix` or `tls:IDENTITY` */
#define PS_FEED_READS_MAX       16 /* of one stream in one turn, so that none starves the rest */

/* Samples beyond this many are nobody's: a quarter of the room is for those that add up. */
#define PS_GATHER_PEERS_MAX (PS_DEMAND_SAMPLES_MAX / 4 * 3)

/* Samples of one turn; those that differ only in time and counts are added up. */
struct ps_gather {
    struct ps_demand_sample *samples; /* PS_DEMAND_SAMPLES_MAX */
    uint32_t count;
    uint32_t *slots; /* open addressing: index into samples plus one, 0 empty */
    uint64_t shed;   /* since the last drain */
};

int ps_gather_init(struct ps_gather *gather);
void ps_gather_fini(struct ps_gather *gather);
void ps_gather_add(struct ps_gather *gather, const struct ps_demand_sample *sample);
void ps_gather_forget_peer(struct ps_gather *gather, uint64_t peer_key);
/** Move all to @p ret_demand; what does not fit is shed. */
void ps_gather_drain(struct ps_gather *gather, struct ps_demand *ret_demand);

/* Up to where something was taken, over all reconnects: what comes again is not counted again. */
struct ps_nic_mark {
    uint64_t epoch;
    uint32_t part;
};

/* One process life of prestage-nic: its epochs count up from 1 over all its reconnects. */
struct ps_nic_boot {
    uint64_t id;
    uint64_t server_v4;
    char who[PS_NIC_WHO_BYTES_MAX];
    struct ps_nic_mark records, claims, tls_names;
    uint64_t end_ns;         /* of its last epoch, by its own clock */
    uint64_t before_ns;      /* when its predecessor's last epoch ended, by that one's; 0: none */
    uint64_t unwatched_ns;   /* from then to its first epoch */
    uint64_t requests_said;  /* in the totals of the epochs we have */
    uint64_t requests_taken; /* in their records */
    uint64_t requests_before;
    bool knows_before;
    uint64_t last_ns; /* the one longest unheard of is forgotten first */
    bool used;
};

struct ps_nic_ack {
    struct psd_frame_header header;
    struct psd_ack ack;
};
_Static_assert(PS_FEED_BOOTS_MAX > PS_FEED_NIC_CONNECTIONS_MAX, "one is always free");
_Static_assert(sizeof(struct ps_nic_ack) == 16, "sent as it lies");

/* One connected prestage-nic. */
struct ps_nic_stream {
    int fd;                         /* -1: free */
    uint64_t number;                /* of the connections, counted */
    struct gnutls_session_int *tls; /* NULL: it came through the unix socket */
    bool secured;                   /* the handshake is done, or there is none to do */
    bool greeted;
    bool watches_room; /* epoll tells when there is room to write */
    uint32_t silent_s; /* without a greeting */
    char who[PS_NIC_WHO_BYTES_MAX];
    struct ps_nic_boot *boot;
    uint64_t boot_id;
    uint64_t epoch; /* that is coming in; 0 none */
    uint32_t next_part;
    struct ps_nic_ack ack;
    size_t ack_left;   /* bytes of it that are still to be sent */
    uint64_t ack_next; /* an epoch to acknowledge after it; 0 none */
    uint8_t *bytes;    /* PS_FEED_FRAME_BYTES_MAX */
    size_t used;
    struct ps_nic_view *view;
};

struct ps_feed {
    struct ps_feed_config cfg;
    int epoll_fd;
    int listen_fd;     /* unix */
    int tls_listen_fd; /* TCP */
    int spare_fd;      /* given up for who comes when there are no descriptors left */
    int timer_fd;      /* ticks each second while someone has not greeted */
    bool ticks;
    struct ps_feed_tls *tls;
    char *path; /* to be removed */
    struct ps_nic_stream streams[PS_FEED_NIC_CONNECTIONS_MAX];
    struct ps_nic_boot boots[PS_FEED_BOOTS_MAX];
    struct ps_feed_names names;
    struct ps_gather gather;
    struct ps_feed_status status;
};

bool ps_feed_knows(struct ps_feed *feed, const struct ps_resource *resource);

/* listen.c */
struct addrinfo;
/** Numeric ADDRESS:PORT or [ADDRESS]:PORT. @param ret_info  freeaddrinfo() it. @return 0 or
 * -EINVAL. */
int ps_feed_resolve(const char *text, int type, struct addrinfo **ret_info);
/** A listening unix socket, 0660; a dead predecessor's is replaced. */
int ps_feed_listen(const char *path, int *ret_fd);
/** Take one waiting connection of our own user or root. @return fd, -EACCES, -EAGAIN or other. */
int ps_feed_accept(int listen_fd);
/** A listening TCP socket. @return 0, -EINVAL (not numeric ADDRESS:PORT) or what bind() says. */
int ps_feed_listen_tcp(const char *address, int *ret_fd);
/** @param ret_from  ADDRESS:PORT of who connected. @return fd or a negative errno. */
int ps_feed_accept_tcp(int listen_fd, char *ret_from, size_t size_bytes);

/* connection.c */
/** Take one waiting connection, when there is room. */
void ps_nic_stream_accept(struct ps_feed *feed);
void ps_nic_stream_accept_tls(struct ps_feed *feed);
/** Something may be read or written. */
void ps_nic_stream_serve(struct ps_feed *feed, struct ps_nic_stream *stream, uint64_t now_ns);
/** A second passed: whoever does not greet is hung up on. */
void ps_nic_streams_tick(struct ps_feed *feed);
/** Say that this epoch was taken whole. */
void ps_nic_stream_ack(struct ps_nic_stream *stream, uint64_t epoch);
/** As recv(), with a negative errno. */
ssize_t ps_nic_stream_receive(struct ps_nic_stream *stream, void *ret_bytes, size_t count);
void ps_nic_stream_hang_up(struct ps_nic_stream *stream);

/* stream.c */
/**
 * Read what has come and take the whole frames. @return 0, or why the stream has to be closed:
 * -ENOTCONN (the peer did), -EBADMSG, -EPROTO or -EPROTONOSUPPORT (breach of the format), or a
 * read error.
 */
int ps_nic_stream_read(struct ps_feed *feed, struct ps_nic_stream *stream, uint64_t now_ns);
/** Whether this is beyond the mark, which then moves. */
bool ps_nic_mark_pass(struct ps_nic_mark *mark, uint64_t epoch, uint32_t part);

/* lists.c */
/** CLAIMS, TLS, COUNTERS, PORTS or RULES. @return 0 or -EBADMSG. */
int ps_nic_stream_take_list(struct ps_feed *feed, struct ps_nic_stream *stream, uint16_t type,
                            const uint8_t *body, uint32_t body_bytes, uint64_t now_ns);

/* view.c */
struct ps_nic_view *ps_nic_view_create(void);
void ps_nic_view_destroy(struct ps_nic_view *view);
/** As new, its memory kept. */
void ps_nic_view_clear(struct ps_nic_view *view);
/** Count something that was asked for, under its name if that is known. */
void ps_nic_view_count(struct ps_top *top, const struct ps_feed_names *names,
                       enum psd_name_kind kind, uint64_t key, uint64_t count, uint64_t now_ns);

#endif
