/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/feed/feed_priv.h - gathered samples, and the streams of prestage-nic.
 *
 * Threads: the loop thread only.
 */
#ifndef PS_HOST_FEED_FEED_PRIV_H
#define PS_HOST_FEED_FEED_PRIV_H

#include "dpdk/abi/demand_stream.h"
#include "host/feed/feed.h"

#define PS_FEED_FRAME_BYTES_MAX (sizeof(struct psd_frame_header) + PSD_BODY_BYTES_MAX)
#define PS_FEED_BOOTS_MAX       64u /* runs of prestage-nic whose epochs we remember */
#define PS_FEED_READS_MAX       16  /* of one stream in one turn, so that none starves the rest */

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
/** Move all to @p ret_demand; what does not fit is shed. */
void ps_gather_drain(struct ps_gather *gather, struct ps_demand *ret_demand);

/* One process life of prestage-nic: its epochs count up from 1 over all its reconnects. */
struct ps_nic_boot {
    uint64_t id;
    uint64_t last_epoch;
    uint32_t last_part;
    uint64_t last_ns; /* the one longest unheard of is forgotten first */
    bool used;
};

/* One connected prestage-nic. */
struct ps_nic_stream {
    int fd; /* -1: free */
    bool greeted;
    bool is_demand; /* what it counts is nobody else's to count */
    struct ps_nic_boot *boot;
    uint64_t boot_id;
    uint64_t last_ns; /* arrival of its last epoch; 0 none */
    uint8_t *bytes;   /* PS_FEED_FRAME_BYTES_MAX */
    size_t used;
};

struct ps_feed {
    struct ps_feed_config cfg;
    int epoll_fd;
    int listen_fd;
    char *path; /* to be removed */
    struct ps_nic_stream streams[PS_FEED_NIC_CONNECTIONS_MAX];
    struct ps_nic_boot boots[PS_FEED_BOOTS_MAX];
    struct ps_gather gather;
    struct ps_feed_status status;
};

bool ps_feed_knows(struct ps_feed *feed, const struct ps_resource *resource);

/* listen.c */
/** A listening unix socket, 0660; a dead predecessor's is replaced. */
int ps_feed_listen(const char *path, int *ret_fd);
/** Take one waiting connection of our own user or root. @return fd, -EACCES, -EAGAIN or other. */
int ps_feed_accept(int listen_fd);

/* stream.c */
/**
 * Read what has come and take the whole frames. @return 0, or why the stream has to be closed:
 * -ENOTCONN (the peer did), -EBADMSG or -EPROTO (breach of the format), or a read error.
 */
int ps_nic_stream_read(struct ps_feed *feed, struct ps_nic_stream *stream, uint64_t now_ns);

#endif
