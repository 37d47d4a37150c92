/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/integration/dpdk/offload_vdevs.c - what DPDK's virtual devices say when they are asked to
 * count: all rules stay with software, each with its reason, and nothing else changes.
 *
 * Arguments: a --vdev each. Prints one line for each port. Exit status 0, 1 when a port took a rule
 * or gave no reason, 77 when EAL cannot start here.
 */
#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dpdk/mem.h"
#include "dpdk/offload.h"
#include "dpdk/offload_flow.h"
#include "dpdk/runtime_dir.h"

#define ARGS_MAX    16
#define EXIT_SKIP   77
#define DESCRIPTORS 256u
#define TURNS       100u
#define MEDIA       4u

static char text[ARGS_MAX][256] = {
    "offload-vdevs", "--no-huge", "--no-shconf",        "--no-pci", "--no-telemetry", "-m", "64",
    "--lcores",      "0@0",       "--log-level=*:alert"
};

static int start_eal(int argc, char **argv)
{
    char *args[ARGS_MAX + 1] = { 0 };
    int count = 0;
    int rc;

    while (text[count][0] != '\0')
        count++;
    snprintf(text[count++], sizeof(text[0]), "--file-prefix=offload%d", getpid());
    for (int i = 1; i < argc && count < ARGS_MAX; i++)
        snprintf(text[count++], sizeof(text[0]), "--vdev=%s", argv[i]);
    for (int i = 0; i < count; i++)
        args[i] = text[i];
    rc = rte_eal_init(count, args);
    if (rc >= 0)
        nic_runtime_dir_remove(rte_eal_get_runtime_dir()); /* EAL leaves it */
    return rc;
}

static int start_port(uint16_t port, struct rte_mempool *pool)
{
    const struct rte_eth_conf conf = { 0 };
    int rc = rte_eth_dev_configure(port, 1, 1, &conf);

    if (rc == 0)
        rc = rte_eth_rx_queue_setup(port, 0, DESCRIPTORS, 0, NULL, pool);
    if (rc == 0)
        rc = rte_eth_tx_queue_setup(port, 0, DESCRIPTORS, 0, NULL);
    return rc == 0 ? rte_eth_dev_start(port) : rc;
}

static int check_port(uint16_t port)
{
    static const struct nic_servers servers = { .count = 1,
                                                .list = { { .port = 80, .any = true } } };
    const struct nic_offload_config cfg = { .ops = &nic_offload_rte_flow,
                                            .ports = &port,
                                            .port_count = 1,
                                            .worker_count = 1,
                                            .servers = &servers,
                                            .media_max = 4,
                                            .claims_max = MEDIA };
    struct nic_offload_status s;
    struct nic_offload *offload;
    struct nic_batch *batch;
    char name[RTE_ETH_NAME_MAX_LEN];

    if (nic_offload_create(&offload, &cfg) != 0 || nic_batch_create(&batch, 1024) != 0)
        return -1;
    for (uint32_t i = 0; i < TURNS; i++) {
        nic_batch_clear(batch);
        for (uint64_t key = 1; key <= MEDIA; key++)
            nic_batch_add_claim(batch, &(struct psd_claim){ .media_key = key, .count = 1 });
        nic_offload_turn(offload, batch);
    }
    nic_batch_destroy(batch);
    nic_offload_status(offload, 0, &s);
    rte_eth_dev_get_name_by_port(port, name);
    printf("device=%s hardware=%u software=%u why=%s\n", name, s.hardware, s.software,
           strerrorname_np(-s.why));
    nic_offload_destroy(offload);
    return s.hardware == 0 && s.software > 0 && s.why != 0 ? 0 : -1;
}

int main(int argc, char **argv)
{
    struct rte_mempool *pool;
    int status = EXIT_SUCCESS;

    if (start_eal(argc, argv) < 0)
        return EXIT_SKIP;
    pool = rte_pktmbuf_pool_create("frames", 2047, 32, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
    for (uint16_t port = 0; port < rte_eth_dev_count_avail(); port++)
        if (pool == NULL || start_port(port, pool) != 0 || check_port(port) != 0)
            status = EXIT_FAILURE;
    rte_eal_cleanup();
    return status;
}
