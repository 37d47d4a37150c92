/* SPDX-License-Identifier: BSD-3-Clause */
#include "dpdk/device.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "dpdk/number.h"

#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-"
#define PATH_CHARACTERS NAME_CHARACTERS "/"
#define KEY_CHARACTERS  "abcdefghijklmnopqrstuvwxyz0123456789_-"
#define MEMIF_ID_MAX    65535u

/* The packet socket's ring; 512 frames, the driver's own default, lose some. */
#define RING_FRAMES      4096u
#define RING_FRAMES_LONG 2048u
#define RING_LONG_BYTES  2048u
#define RING_BLOCK_BYTES 65536u

static const char wanted_interface[] =
    "an interface's name has up to 15 letters, digits, '.', '-' and '_'; rename this one";
static const char wanted_memif[] =
    "give memif: and its socket's absolute path, then perhaps ,id=N (0..65535) and ,role=client or "
    ",role=server";
static const char wanted_vdev[] =
    "give vdev: and a name as net_null0, then perhaps ,key=value of letters, digits, '_', '.', "
    "':', '-' and '/'";
static const char wanted_own_form[] =
    "this driver has a form of its own: eth0, af_xdp:eth0, tap:NAME, memif:SOCKET or --pcap";

static bool has_only(const char *text, const char *characters)
{
    return text[0] != '\0' && text[strspn(text, characters)] == '\0';
}

static bool is_interface_name(const char *name)
{
    return strlen(name) < IFNAMSIZ && has_only(name, NAME_CHARACTERS) && strcmp(name, ".") != 0 &&
           strcmp(name, "..") != 0;
}

size_t nic_device_span(const char *list)
{
    size_t bytes = strcspn(list, ",");

    while (list[bytes] == ',') {
        const char *next = list + bytes + 1;

        if (next[strcspn(next, ",=")] != '=')
            break;
        bytes += 1 + strcspn(next, ",");
    }
    return bytes;
}

static int parse_interface(struct nic_device *d, const char *name, const char **ret_wanted)
{
    *ret_wanted = wanted_interface;
    if (!is_interface_name(name))
        return -EINVAL;
    snprintf(d->name, sizeof(d->name), "%s", name);
    return 0;
}

/* `3b:00.0` and `0000:3b:00.0`; the second is what sysfs and DPDK say. */
static bool parse_pci(struct nic_device *d)
{
    unsigned domain = 0, bus, slot, function;
    int end = 0;

    if (sscanf(d->text, "%4x:%2x:%2x.%1u%n", &domain, &bus, &slot, &function, &end) != 4 &&
        (domain = 0, sscanf(d->text, "%2x:%2x.%1u%n", &bus, &slot, &function, &end) != 3))
        return false;
    if (d->text[end] != '\0' || slot > 31 || function > 7)
        return false;
    snprintf(d->name, sizeof(d->name), "%04x:%02x:%02x.%u", domain, bus, slot, function);
    return true;
}

/* One `key=value` of a memif. @return Whether it is one. */
static bool read_memif_argument(const char *text, uint64_t *id, const char **role)
{
    if (strncmp(text, "id=", 3) == 0)
        return nic_number_parse(text + 3, 0, MEMIF_ID_MAX, id) == 0;
    if (strcmp(text, "role=client") != 0 && strcmp(text, "role=server") != 0)
        return false;
    *role = text + strlen("role=");
    return true;
}

static int parse_memif(struct nic_device *d, char *text, const char **ret_wanted)
{
    const char *role = "client";
    uint64_t id = 0;
    char *state;
    const char *path = strtok_r(text, ",", &state);

    *ret_wanted = wanted_memif;
    if (path == NULL || path[0] != '/' || !has_only(path, PATH_CHARACTERS))
        return -EINVAL;
    for (const char *at; (at = strtok_r(NULL, ",", &state)) != NULL;)
        if (!read_memif_argument(at, &id, &role))
            return -EINVAL;
    snprintf(d->name, sizeof(d->name), "%s", path);
    snprintf(d->args, sizeof(d->args), ",id=%u,role=%s", (unsigned)id, role);
    return 0;
}

/* Drivers that the other forms give what they need. */
static bool has_own_form(const char *name)
{
    static const char *const drivers[] = { "net_af_packet", "net_af_xdp", "net_tap", "net_memif",
                                           "net_pcap" };

    for (size_t i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++)
        if (strncmp(name, drivers[i], strlen(drivers[i])) == 0)
            return true;
    return false;
}

static bool is_argument(char *text)
{
    char *equals = strchr(text, '=');
    bool is_one;

    if (equals == NULL)
        return false;
    *equals = '\0';
    is_one = has_only(text, KEY_CHARACTERS) && has_only(equals + 1, PATH_CHARACTERS ":");
    *equals = '=';
    return is_one;
}

static int parse_vdev(struct nic_device *d, char *text, const char **ret_wanted)
{
    char *state;
    const char *name = strtok_r(text, ",", &state);
    size_t used = 0;

    *ret_wanted = wanted_vdev;
    if (name == NULL || strncmp(name, "net_", 4) != 0 || !has_only(name, KEY_CHARACTERS) ||
        strchr("0123456789", name[strlen(name) - 1]) == NULL || strlen(name) >= 32)
        return -EINVAL;
    if (has_own_form(name)) {
        *ret_wanted = wanted_own_form;
        return -EINVAL;
    }
    for (char *at; (at = strtok_r(NULL, ",", &state)) != NULL;) {
        if (!is_argument(at))
            return -EINVAL;
        used += (size_t)snprintf(d->args + used, sizeof(d->args) - used, ",%s", at);
    }
    snprintf(d->name, sizeof(d->name), "%s", name);
    return 0;
}

/* What stands after `prefix`, or NULL. */
static char *after(char *text, const char *prefix)
{
    const size_t bytes = strlen(prefix);

    return strncmp(text, prefix, bytes) == 0 ? text + bytes : NULL;
}

int nic_device_parse(const char *text, size_t bytes, struct nic_device *ret_device,
                     const char **ret_wanted)
{
    struct nic_device d = { .kind = NIC_DEVICE_INTERFACE };
    char copy[NIC_DEVICE_BYTES_MAX];
    char *rest;
    int rc;

    *ret_wanted = "give an interface's name, a PCI address, or af_xdp:, tap:, memif: or vdev: with "
                  "its name";
    if (bytes == 0 || bytes >= sizeof(copy) || memchr(text, '\0', bytes) != NULL)
        return -EINVAL;
    memcpy(d.text, text, bytes);
    memcpy(copy, d.text, sizeof(copy));
    /* strtok_r() takes two commas for one. */
    if (strstr(copy, ",,") != NULL || copy[bytes - 1] == ',')
        return -EINVAL;
    if ((rest = after(copy, "af_xdp:")) != NULL) {
        d.kind = NIC_DEVICE_AF_XDP;
        rc = parse_interface(&d, rest, ret_wanted);
    } else if ((rest = after(copy, "tap:")) != NULL) {
        d.kind = NIC_DEVICE_TAP;
        rc = parse_interface(&d, rest, ret_wanted);
    } else if ((rest = after(copy, "memif:")) != NULL) {
        d.kind = NIC_DEVICE_MEMIF;
        rc = parse_memif(&d, rest, ret_wanted);
    } else if ((rest = after(copy, "vdev:")) != NULL) {
        d.kind = NIC_DEVICE_VDEV;
        rc = parse_vdev(&d, rest, ret_wanted);
    } else if (strchr(copy, ':') != NULL) {
        d.kind = NIC_DEVICE_PCI;
        rc = parse_pci(&d) ? 0 : -EINVAL;
    } else {
        rc = parse_interface(&d, copy, ret_wanted);
    }
    if (rc == 0)
        *ret_device = d;
    return rc;
}

bool nic_device_is_same(const struct nic_device *a, const struct nic_device *b)
{
    if (nic_device_is_interface(a) && nic_device_is_interface(b))
        return strcmp(a->name, b->name) == 0;
    return a->kind == b->kind && strcmp(a->name, b->name) == 0 &&
           (a->kind != NIC_DEVICE_MEMIF || strcmp(a->args, b->args) == 0);
}

bool nic_device_is_interface(const struct nic_device *device)
{
    return device->kind == NIC_DEVICE_INTERFACE || device->kind == NIC_DEVICE_AF_XDP;
}

void nic_device_port_name(const struct nic_device *device, uint32_t idx, char *ret_name,
                          size_t size_bytes)
{
    static const char *const driver[] = { [NIC_DEVICE_INTERFACE] = "net_af_packet",
                                          [NIC_DEVICE_AF_XDP] = "net_af_xdp",
                                          [NIC_DEVICE_TAP] = "net_tap",
                                          [NIC_DEVICE_MEMIF] = "net_memif" };

    if (device->kind == NIC_DEVICE_PCI || device->kind == NIC_DEVICE_VDEV)
        snprintf(ret_name, size_bytes, "%s", device->name);
    else
        snprintf(ret_name, size_bytes, "%s%u", driver[device->kind], idx);
}

int nic_device_eal_argument(const struct nic_device *d, uint32_t idx, uint32_t queues,
                            uint32_t frame_bytes, char *ret_text, size_t size_bytes)
{
    switch (d->kind) {
    case NIC_DEVICE_PCI:
        return snprintf(ret_text, size_bytes, "--allow=%s", d->name);
    case NIC_DEVICE_AF_XDP:
        return snprintf(ret_text, size_bytes,
                        "--vdev=net_af_xdp%u,iface=%s,start_queue=0,queue_count=%u", idx, d->name,
                        queues);
    case NIC_DEVICE_TAP:
        return snprintf(ret_text, size_bytes, "--vdev=net_tap%u,iface=%s", idx, d->name);
    case NIC_DEVICE_MEMIF:
        return snprintf(ret_text, size_bytes, "--vdev=net_memif%u,socket=%s,socket-abstract=no%s",
                        idx, d->name, d->args);
    case NIC_DEVICE_VDEV:
        return snprintf(ret_text, size_bytes, "--vdev=%s%s", d->name, d->args);
    case NIC_DEVICE_INTERFACE:
    default:
        return snprintf(
            ret_text, size_bytes,
            "--vdev=net_af_packet%u,iface=%s,qpairs=%u,framecnt=%u,framesz=%u,blocksz=%u", idx,
            d->name, queues, frame_bytes > RING_LONG_BYTES ? RING_FRAMES_LONG : RING_FRAMES,
            frame_bytes, RING_BLOCK_BYTES);
    }
}

const char *nic_device_package(const struct nic_device *device)
{
    static const char *const package[] = {
        [NIC_DEVICE_INTERFACE] = "librte-net-af-packet23",
        [NIC_DEVICE_AF_XDP] = "librte-net-af-xdp23",
        [NIC_DEVICE_PCI] = "dpdk (all drivers)",
        [NIC_DEVICE_TAP] = "librte-net-tap23",
        [NIC_DEVICE_MEMIF] = "librte-net-memif23",
        [NIC_DEVICE_VDEV] = "dpdk (all drivers)",
    };

    return package[device->kind];
}
