/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dpdk/abi/demand_stream.h - what prestage-nic and prestaged tell each other, as bytes.
 *
 * A stream (unix or TLS, prestage-nic connects) of frames: an 8-byte frame header, then its body.
 * Fixed widths, little endian, no padding. The sender's first frame is HELLO; the reader sends
 * ACKs only. A reader that does not know HELLO's version closes the stream and
 * says so. Any other breach of a limit below closes it too. After a reconnect all names come again;
 * under a flood of new keys a name may come later than its key's first record.
 *
 * An epoch is EPOCH frames (parts 0, 1, 2, ...), then CLAIMS, TLS, PORTS and RULES where there are
 * any, then COUNTERS, which ends it; NAMEs may stand between. The reader answers COUNTERS with an
 * ACK, and only then comes the next epoch: what passes meanwhile is merged into it. An epoch that
 * was not acknowledged when a connection ended comes again in the next one, from part 0 and with
 * the same counts, so a reader that remembers (boot_id, epoch, part) counts each once.
 * Included by both processes; needs nothing else of prestage or DPDK.
 */
#ifndef PS_DPDK_ABI_DEMAND_STREAM_H
#define PS_DPDK_ABI_DEMAND_STREAM_H

#include <stdint.h>

#define PSD_VERSION        2u
#define PSD_MAGIC          0x44535350u /* "PSSD" */
#define PSD_BODY_BYTES_MAX 65536u
#define PSD_NAME_BYTES_MAX 128u
#define PSD_PORTS_MAX      8u
#define PSD_RULES_MAX      256u
#define PSD_COUNTERS_MAX   256u

enum psd_frame_type {
    PSD_HELLO = 1,    /* struct psd_hello; once, first */
    PSD_NAME = 2,     /* struct psd_name, then name_bytes; once per key before its first record */
    PSD_EPOCH = 3,    /* struct psd_epoch, then record_count struct psd_record */
    PSD_CLAIMS = 4,   /* struct psd_list, then count struct psd_claim: never demand */
    PSD_TLS = 5,      /* struct psd_list, then count struct psd_tls_name */
    PSD_COUNTERS = 6, /* struct psd_list, then count struct psd_counter: all of them, since boot */
    PSD_PORTS = 7,    /* struct psd_list, then count struct psd_port: all of them, as they are */
    PSD_RULES = 8,    /* struct psd_list, then count struct psd_rule: all of them, as they are */
    PSD_ACK = 64,     /* struct psd_ack; from the reader, for each epoch it took */
};

struct psd_frame_header {
    uint16_t type;
    uint16_t reserved; /* 0 */
    uint32_t body_bytes;
};

struct psd_hello {
    uint32_t magic;
    uint32_t version;
    uint64_t boot_id;   /* random per process start: a new one means epochs start again */
    uint64_t server_v4; /* 0, or the watched server address and port: (addr << 16) | port */
};

enum psd_name_kind { PSD_NAME_MEDIA = 1, PSD_NAME_PROFILE = 2, PSD_NAME_TLS_SERVER = 3 };

struct psd_name {
    uint64_t key; /* xxh3-64 of the name */
    uint16_t kind;
    uint16_t name_bytes; /* 1..PSD_NAME_BYTES_MAX, not NUL-terminated */
    uint32_t reserved;
};

/*
 * One closed counting interval. Totals are of this epoch alone. An epoch with more records than a
 * body holds comes as several frames with the same number and parts 0, 1, 2, ..., of which the
 * first has the totals and the others have 0. Epochs that passed while nobody read are merged into
 * the last one's number.
 */
struct psd_epoch {
    uint64_t epoch;    /* 1, 2, ... since boot_id */
    uint64_t start_ns; /* CLOCK_REALTIME */
    uint64_t end_ns;
    uint64_t packets; /* seen by the port(s) */
    uint64_t bytes;
    uint64_t media_requests; /* requests whose path matches the template, each counted once */
    uint64_t dups;           /* retransmitted requests not counted again */
    uint64_t cut;            /* requests split across segments: seen the start of */
    uint64_t joined;         /* of those, put together and counted */
    uint64_t unseen;         /* fragments and out-of-order cuts: may hide requests */
    uint64_t shed_records; /* counted in the totals but left out of records: table or queue full */
    uint64_t port_missed;  /* packets the port says it dropped */
    uint32_t record_count;
    uint32_t part;
};

struct psd_record {
    uint64_t media_key;
    uint64_t profile_key; /* 0: the media's master playlist */
    uint16_t region;
    uint8_t device;
    uint8_t access;
    uint32_t starts;   /* media playlists asked for */
    uint32_t segments; /* segments asked for */
    uint32_t other;    /* init segments, master playlists, anything else below the template */
};

/* Of what follows, CLAIMS and TLS are of the epoch named; the others are how it stands after it. */
struct psd_list {
    uint64_t epoch;
    uint32_t count;
    uint32_t part; /* CLAIMS and TLS that need several frames: 0, 1, 2, ...; of the others 0 */
};

/* Peer-demand datagrams that named a media: what was claimed, unverified (peer_demand.h). */
struct psd_claim {
    uint64_t media_key;
    uint16_t region;
    uint8_t device;
    uint8_t access;
    uint32_t count;
};

/* TLS flows that asked for a server by name (SNI), where that is configured. */
struct psd_tls_name {
    uint64_t name_key;
    uint64_t flows;
};

/* Texts below are NUL-padded and may fill their field. */
struct psd_counter {
    char name[24];
    uint64_t value;
};

struct psd_port {
    char name[64];
    char driver[32];
    uint64_t packets; /* by the port's own count, since it was opened */
    uint64_t bytes;
    uint64_t missed;
    uint64_t errors;
    uint32_t speed_mbps; /* 0: not known */
    uint16_t queues;
    uint8_t is_up;
    uint8_t reserved;
};

enum psd_rule_place { PSD_RULE_SOFTWARE, PSD_RULE_HARDWARE };

/* What the NIC itself was asked to count. */
struct psd_rule {
    char name[48];
    uint64_t packets; /* counted by the hardware; 0 where it is not */
    uint64_t bytes;
    int32_t error; /* -4095..0: negative errno, why it is not in hardware; or 0 */
    uint8_t place; /* enum psd_rule_place */
    uint8_t reserved[3];
};

struct psd_ack {
    uint64_t epoch; /* all its parts, and all before it, were taken */
};

_Static_assert(sizeof(struct psd_frame_header) == 8, "wire layout");
_Static_assert(sizeof(struct psd_hello) == 24, "wire layout");
_Static_assert(sizeof(struct psd_name) == 16, "wire layout");
_Static_assert(sizeof(struct psd_epoch) == 104, "wire layout");
_Static_assert(sizeof(struct psd_record) == 32, "wire layout");
_Static_assert(sizeof(struct psd_list) == 16, "wire layout");
_Static_assert(sizeof(struct psd_claim) == 16, "wire layout");
_Static_assert(sizeof(struct psd_tls_name) == 16, "wire layout");
_Static_assert(sizeof(struct psd_counter) == 32, "wire layout");
_Static_assert(sizeof(struct psd_port) == 136, "wire layout");
_Static_assert(sizeof(struct psd_rule) == 72, "wire layout");
_Static_assert(sizeof(struct psd_ack) == 8, "wire layout");

#endif
