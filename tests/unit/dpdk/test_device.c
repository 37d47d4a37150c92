/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/dpdk/test_device.c - devices as users write them and as DPDK is told. */
#include "dpdk/device.h"

#include <errno.h>
#include <string.h>

#include "dpdk/mem.h"
#include "tests/support/ps_test.h"

static struct nic_device device;

static int parse(const char *text)
{
    const char *wanted = NULL;
    const int rc = nic_device_parse(text, strlen(text), &device, &wanted);

    if (rc != 0)
        CU_ASSERT_PTR_NOT_NULL(wanted);
    return rc;
}

static void each_form_becomes_what_dpdk_understands(void)
{
    static const struct {
        const char *text, *port, *argument;
        enum nic_device_kind kind;
    } forms[] = {
        { "eth0.100", "net_af_packet1",
          "--vdev=net_af_packet1,iface=eth0.100,qpairs=2,framecnt=4096,framesz=2048,blocksz=65536",
          NIC_DEVICE_INTERFACE },
        { "af_xdp:eth0", "net_af_xdp1", "--vdev=net_af_xdp1,iface=eth0,start_queue=0,queue_count=2",
          NIC_DEVICE_AF_XDP },
        { "0000:3b:00.0", "0000:3b:00.0", "--allow=0000:3b:00.0", NIC_DEVICE_PCI },
        { "3b:00.1", "0000:3b:00.1", "--allow=0000:3b:00.1", NIC_DEVICE_PCI },
        { "tap:media0", "net_tap1", "--vdev=net_tap1,iface=media0", NIC_DEVICE_TAP },
        { "memif:/run/m.sock", "net_memif1",
          "--vdev=net_memif1,socket=/run/m.sock,socket-abstract=no,id=0,role=client",
          NIC_DEVICE_MEMIF },
        { "memif:/run/m.sock,role=server,id=7", "net_memif1",
          "--vdev=net_memif1,socket=/run/m.sock,socket-abstract=no,id=7,role=server",
          NIC_DEVICE_MEMIF },
        { "vdev:net_null0", "net_null0", "--vdev=net_null0", NIC_DEVICE_VDEV },
        { "vdev:net_null0,size=64,copy=1", "net_null0", "--vdev=net_null0,size=64,copy=1",
          NIC_DEVICE_VDEV },
    };

    for (size_t i = 0; i < NIC_ARRAY_LEN(forms); i++) {
        char text[512];

        CU_ASSERT_EQUAL(parse(forms[i].text), 0);
        CU_ASSERT_EQUAL(device.kind, forms[i].kind);
        CU_ASSERT_STRING_EQUAL(device.text, forms[i].text);
        nic_device_port_name(&device, 1, text, sizeof(text));
        CU_ASSERT_STRING_EQUAL(text, forms[i].port);
        nic_device_eal_argument(&device, 1, 2, 2048, text, sizeof(text));
        CU_ASSERT_STRING_EQUAL(text, forms[i].argument);
        CU_ASSERT_PTR_NOT_NULL(nic_device_package(&device));
    }
}

static void what_eal_would_misread_is_refused(void)
{
    static const char *const bad[] = {
        "",
        "eth0,eth1",
        "eth0,mode=x",
        "eth0 ",
        "eth[0]",
        "eth0=1",
        "an-interface-too-long",
        ".",
        "..",
        "af_xdp:",
        "af_xdp:eth0,queue_count=4",
        "af_packet:eth0",
        "tap:",
        "tap:a/b",
        "memif:",
        "memif:relative",
        "memif:/run/m.sock,",
        "memif:/run/m.sock,,id=1",
        "memif:/run/m.sock,id=65536",
        "memif:/run/m.sock,id=-1",
        "memif:/run/m.sock,role=master",
        "memif:/run/m.sock,secret=x",
        "memif:/run/m.sock,zero-copy=yes",
        "memif:/run/\"m\"",
        "vdev:",
        "vdev:null0",
        "vdev:net_null",
        "vdev:net_null0,size",
        "vdev:net_null0,=64",
        "vdev:net_null0,size=",
        "vdev:net_null0,size=[1,2]",
        "vdev:net_null0,size=(1)",
        "vdev:net_null0 --vdev=x",
        "vdev:net_af_packet0,iface=eth0",
        "vdev:net_af_xdp0",
        "vdev:net_tap0",
        "vdev:net_memif0",
        "vdev:net_pcap0,rx_pcap=f",
        "vdev:crypto_null0",
        "vdev:net_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa0",
        "0000:3b:00.8",
        "0000:3b:20.0",
        "0000:3b:00",
        "0000:3b:00.0,representor=1",
        "0000:3b:00.0x",
        ":",
    };

    for (size_t i = 0; i < NIC_ARRAY_LEN(bad); i++)
        if (parse(bad[i]) != -EINVAL)
            CU_FAIL(bad[i]);
}

static void a_device_has_a_limit(void)
{
    char text[NIC_DEVICE_BYTES_MAX + 16] = "memif:/";

    memset(text + 7, 'a', NIC_DEVICE_BYTES_MAX - 7);
    CU_ASSERT_EQUAL(parse(text), -EINVAL);
    text[NIC_DEVICE_BYTES_MAX - 1] = '\0';
    CU_ASSERT_EQUAL(parse(text), 0);
}

static void a_list_is_cut_where_a_device_ends(void)
{
    CU_ASSERT_EQUAL(nic_device_span("eth0"), 4);
    CU_ASSERT_EQUAL(nic_device_span("eth0,eth1"), 4);
    CU_ASSERT_EQUAL(nic_device_span("memif:/a,id=1,role=server,eth1"), 25);
    CU_ASSERT_EQUAL(nic_device_span("memif:/a,memif:/b,id=1"), 8);
    CU_ASSERT_EQUAL(nic_device_span(",eth1"), 0);
    CU_ASSERT_EQUAL(nic_device_span("eth0,"), 4);
    CU_ASSERT_EQUAL(nic_device_span(""), 0);
}

static bool same(const char *a, const char *b)
{
    struct nic_device first;

    PS_REQUIRE(parse(a) == 0);
    first = device;
    PS_REQUIRE(parse(b) == 0);
    return nic_device_is_same(&first, &device);
}

static void the_same_thing_is_known_however_written(void)
{
    CU_ASSERT_TRUE(same("eth0", "af_xdp:eth0"));
    CU_ASSERT_TRUE(same("3b:00.0", "0000:3b:00.0"));
    CU_ASSERT_TRUE(same("memif:/a", "memif:/a,id=0"));
    CU_ASSERT_FALSE(same("memif:/a", "memif:/a,id=1"));
    CU_ASSERT_FALSE(same("eth0", "eth1"));
    CU_ASSERT_FALSE(same("eth0", "tap:eth0"));
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(each_form_becomes_what_dpdk_understands),
        PS_TEST(what_eal_would_misread_is_refused),
        PS_TEST(a_device_has_a_limit),
        PS_TEST(a_list_is_cut_where_a_device_ends),
        PS_TEST(the_same_thing_is_known_however_written),
    };

    return ps_test_run("dpdk/device", tests, NIC_ARRAY_LEN(tests));
}
