/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dpdk/options.h - what the user asked for: command line and configuration file.
 *
 * The file has the long options without dashes, one `name = value` a line, # comments; what stands
 * later wins, options that repeat add up. DPDK's own arguments stay ours.
 *
 * Threads: before others start.
 */
#ifndef PS_DPDK_OPTIONS_H
#define PS_DPDK_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "dpdk/classify.h"
#include "dpdk/device.h"
#include "dpdk/epoch.h"
#include "dpdk/http.h"
#include "dpdk/log.h"
#include "dpdk/region.h"

#define NIC_FILE_NAME_MAX  4096u
#define NIC_USER_BYTES_MAX 64u
#define NIC_DEVICES_MAX    2u

#define NIC_FRAME_BYTES_MERGED  16384u
#define NIC_FRAME_BYTES_WIRE    2048u
#define NIC_FRAME_BYTES_XDP_MAX 2048u

enum nic_action { NIC_ACTION_RUN, NIC_ACTION_HELP, NIC_ACTION_VERSION };

enum nic_mode {
    NIC_MODE_NONE,
    NIC_MODE_MIRROR,
    NIC_MODE_INLINE,
    NIC_MODE_EXCEPTION, /* inline between a device and a tap of the kernel's */
    NIC_MODE_PCAP,
};

/* What a worker does when its ports bring nothing. */
enum nic_poll { NIC_POLL_AUTO, NIC_POLL_BUSY, NIC_POLL_BACKOFF, NIC_POLL_INTERRUPT };

struct nic_options {
    enum nic_action action;
    enum nic_mode mode;
    struct nic_device devices[NIC_DEVICES_MAX];
    uint32_t device_count;           /* 0 for a file, 1 mirroring, else 2 */
    char capture[NIC_FILE_NAME_MAX]; /* the pcap file */
    char tap[NIC_USER_BYTES_MAX];    /* the tap's name; exception only */
    struct nic_servers servers;
    struct nic_template media_template;
    struct nic_regions regions;             /* sealed */
    char to[NIC_DEVICE_BYTES_MAX];          /* "": do not send; as it was given, and: */
    char socket_path[NIC_DEVICE_BYTES_MAX]; /* of unix:, or "" */
    struct nic_endpoint tls_server;         /* of tls: */
    char psk_file[NIC_FILE_NAME_MAX];       /* for tls:, or "" */
    bool print;
    bool sni;
    uint32_t epoch_ms;
    uint32_t cpus[NIC_WORKERS_MAX]; /* one worker on each */
    uint32_t cpu_count;             /* 0: one worker on any CPU */
    uint32_t mem_mb;
    uint32_t frame_bytes; /* 0: what suits the mode */
    uint32_t keys;
    enum nic_poll poll;
    bool hugepages;
    bool debug_capture;
    bool telemetry;
    bool offload;
    uint32_t offload_media;       /* 0..NIC_OFFLOAD_MEDIA_MAX */
    uint16_t rtp_first, rtp_last; /* 0 and 0: not given */
    bool verbose;
    char stats_file[NIC_FILE_NAME_MAX];  /* "": none */
    char config_file[NIC_FILE_NAME_MAX]; /* the last one; "": none */
    char user[NIC_USER_BYTES_MAX];       /* to become; "": stay */
};

/**
 * Defaults, then the arguments. Allocates the options, which are too large for a stack.
 * @return 0, -EINVAL or -ENOENT, -EACCES, -EIO (configuration file), -ENOMEM; @p ret_problem says
 * what, where and what to do.
 */
int nic_options_parse(struct nic_options **ret_options, int argc, char **argv,
                      struct nic_problem *ret_problem);

void nic_options_destroy(struct nic_options *options);

/** How many workers, and so queues on each port. */
uint32_t nic_options_workers(const struct nic_options *options);

/** The longest frame kept whole, what suits the mode where nothing was said. */
uint32_t nic_options_frame_bytes(const struct nic_options *options);

#endif
