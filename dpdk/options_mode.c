/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "dpdk/options_priv.h"

static int set_mode(const struct nic_setting *s, enum nic_mode mode)
{
    if (s->options->mode != NIC_MODE_NONE && s->options->mode != mode)
        return nic_setting_refuse(s, "give only one of --mirror, --inline, --exception and --pcap");
    s->options->mode = mode;
    return 0;
}

static int set_device(const struct nic_setting *s, const char *at, size_t bytes)
{
    struct nic_options *o = s->options;
    const char *wanted;

    if (nic_device_parse(at, bytes, &o->devices[o->device_count], &wanted) != 0)
        return nic_setting_refuse(s, wanted);
    o->device_count++;
    return 0;
}

/* The last word wins: a mode given again starts anew. */
static int begin_mode(const struct nic_setting *s, enum nic_mode mode)
{
    s->options->device_count = 0;
    return set_mode(s, mode);
}

int nic_set_mirror(struct nic_setting *s)
{
    const int rc = begin_mode(s, NIC_MODE_MIRROR);

    if (rc == 0 && s->value[nic_device_span(s->value)] != '\0')
        return nic_setting_refuse(s, "give one device; --inline takes two");
    return rc != 0 ? rc : set_device(s, s->value, strlen(s->value));
}

int nic_set_exception(struct nic_setting *s)
{
    const int rc = begin_mode(s, NIC_MODE_EXCEPTION);

    if (rc == 0 && s->value[nic_device_span(s->value)] != '\0')
        return nic_setting_refuse(s, "give one device; --tap names the other end");
    return rc != 0 ? rc : set_device(s, s->value, strlen(s->value));
}

int nic_set_inline(struct nic_setting *s)
{
    const size_t span = nic_device_span(s->value);
    int rc = begin_mode(s, NIC_MODE_INLINE);

    if (rc != 0)
        return rc;
    if (s->value[span] == '\0')
        return nic_setting_refuse(s, "give two devices with a comma between");
    rc = set_device(s, s->value, span);
    if (rc == 0 && s->value[span + 1 + nic_device_span(s->value + span + 1)] != '\0')
        return nic_setting_refuse(s, "give two devices with a comma between");
    if (rc == 0)
        rc = set_device(s, s->value + span + 1, strlen(s->value + span + 1));
    if (rc == 0 && nic_device_is_same(&s->options->devices[0], &s->options->devices[1]))
        return nic_setting_refuse(s, "give two different devices");
    return rc;
}

int nic_set_pcap(struct nic_setting *s)
{
    const int rc = set_mode(s, NIC_MODE_PCAP);

    if (rc != 0)
        return rc;
    if (strchr(s->value, ',') != NULL)
        return nic_setting_refuse(s, "DPDK cannot open a file with a comma in its name; rename it");
    return nic_setting_text(s, s->options->capture, sizeof(s->options->capture));
}

int nic_set_tap(struct nic_setting *s)
{
    return nic_setting_text(s, s->options->tap, sizeof(s->options->tap));
}

/* The tap is the second device. A plain interface's frames would reach the kernel twice. */
static int finish_exception(struct nic_options *o, struct nic_problem *problem)
{
    char text[NIC_USER_BYTES_MAX + 8];
    const char *wanted;

    if (o->mode != NIC_MODE_EXCEPTION)
        return o->tap[0] == '\0'
                   ? 0
                   : nic_problem_set(problem, -EINVAL, "--tap %.50s: goes with --exception only",
                                     o->tap);
    if (o->devices[0].kind == NIC_DEVICE_INTERFACE)
        return nic_problem_set(problem, -EINVAL,
                               "--exception %.50s: the kernel would get each frame twice, from the "
                               "interface itself too; give af_xdp:%.20s or a PCI address",
                               o->devices[0].name, o->devices[0].name);
    snprintf(text, sizeof(text), "tap:%s", o->tap[0] != '\0' ? o->tap : "prestage0");
    if (nic_device_parse(text, strlen(text), &o->devices[1], &wanted) != 0)
        return nic_problem_set(problem, -EINVAL, "--tap %.50s: %s", o->tap, wanted);
    if (nic_device_is_same(&o->devices[0], &o->devices[1]))
        return nic_problem_set(problem, -EINVAL,
                               "--exception %.50s: is the tap at the other end too; give another "
                               "--tap",
                               o->devices[0].text);
    o->device_count = 2;
    return 0;
}

static int check_devices(const struct nic_options *o, struct nic_problem *problem)
{
    if (o->mode == NIC_MODE_PCAP && o->cpu_count > 1)
        return nic_problem_set(problem, -EINVAL,
                               "--pcap: a file is read by one worker; give --lcores one CPU");
    for (uint32_t i = 0; i < o->device_count; i++) {
        if (o->devices[i].kind == NIC_DEVICE_AF_XDP &&
            nic_options_frame_bytes(o) > NIC_FRAME_BYTES_XDP_MAX)
            return nic_problem_set(problem, -EINVAL,
                                   "%.50s: an XDP socket's frame fits a page; --frame-bytes 2048",
                                   o->devices[i].text);
        if (o->devices[i].kind == NIC_DEVICE_TAP && o->mode == NIC_MODE_MIRROR)
            return nic_problem_set(problem, -EINVAL,
                                   "%.50s: a tap has nothing to mirror; give it to --inline or "
                                   "--exception",
                                   o->devices[i].text);
    }
    if (o->debug_capture && !o->hugepages)
        return nic_problem_set(problem, -EINVAL,
                               "--debug-capture needs memory that another process can map: give "
                               "--hugepages too");
    return 0;
}

int nic_mode_finish(struct nic_options *o, struct nic_problem *problem)
{
    const int rc = finish_exception(o, problem);

    return rc != 0 ? rc : check_devices(o, problem);
}
