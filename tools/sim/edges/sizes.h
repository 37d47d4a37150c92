/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/sim/edges/sizes.h - bytes of what goes over the lines, headers and subjects included.
 *
 * By the records of host/cluster and the protocol of nats-server 2.9.10, rounded up.
 *
 * Threads: any; no state.
 */
#ifndef PS_TOOLS_SIM_EDGES_SIZES_H
#define PS_TOOLS_SIM_EDGES_SIZES_H

#define EDGES_MESSAGE_OVERHEAD 120.0   /* subject, reply, protocol line, share of TCP/IP */
#define EDGES_HTTP_OVERHEAD    16000.0 /* request, headers, and 3 % of TCP/IP */
#define EDGES_SAMPLE_BYTES     28.0    /* one resource and peer class in a report of demand */
#define EDGES_CLAIM_BYTES      300.0   /* a claim with its headers */
#define EDGES_BEAT_BYTES       250.0
#define EDGES_PULL_BYTES       250.0 /* also of the word that there is nothing */
#define EDGES_KEY_BYTES        200.0 /* in the bucket, for each claim */
#define EDGES_INTEREST_BYTES   300.0 /* in a server's memory, for each subscription of a leaf */
#define EDGES_SERVER_BYTES     25e6  /* a server with nothing to do */

#endif
