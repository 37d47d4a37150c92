/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dpdk/tls.h - the server's name in a TLS ClientHello, as far as one packet shows it.
 *
 * RFC 8446, 4.1.2 (TLS 1.0 to 1.3 all begin so) and RFC 6066, 3. Nothing is put together: a hello
 * that goes on in another packet or record is read up to there. Where the hello is encrypted (ECH)
 * the name outside is that of the front, not of the server. Bytes come from outside: every length
 * is checked, none beyond the payload is read. Threads: any; no state.
 */
#ifndef PS_DPDK_TLS_H
#define PS_DPDK_TLS_H

#include <stdint.h>

#include "dpdk/abi/demand_stream.h"
#include "dpdk/payload.h"

enum nic_hello {
    NIC_HELLO_NONE,    /* not a ClientHello, or a damaged one */
    NIC_HELLO_NAMED,   /* has a name, and the packet shows it */
    NIC_HELLO_UNNAMED, /* seen to its end: no name, or none that a host can have */
    NIC_HELLO_CUT,     /* goes on elsewhere, and no name up to there */
};

/* Letters (lower case), digits, hyphens and dots; not NUL-terminated. */
struct nic_tls_name {
    uint32_t bytes; /* 1..PSD_NAME_BYTES_MAX */
    char text[PSD_NAME_BYTES_MAX];
};

/** @param ret_name  Holds a name when the hello is named. */
enum nic_hello nic_tls_hello(const struct nic_payload *payload, struct nic_tls_name *ret_name);

#endif
