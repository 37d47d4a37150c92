/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/host/pipeline/fake_accel.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "host/base/hash.h"
#include "kernels/abi/kernels.h"
#include "kernels/h264enc/h264enc.h"
#include "kernels/mark/mark.h"
#include "kernels/scale/scale.h"

struct ps_accel_buf {
    size_t size_bytes;
    uint8_t *data;
};

struct ps_accel {
    uint32_t kernel[8], cu_count;
    struct ps_accel_run pending[8];
    bool busy[8];
    int event_fd;
    uint32_t fail_after, fail_count, refuse_after, refuse_count;
    int fail_status, refuse_status;
    struct fake_damage damage; /* kernel 0: none */
    uint64_t limit_bytes, used_bytes;
    uint32_t buffers;
};

struct ps_accel *fake_accel_create(const uint32_t *kernels, uint32_t cu_count)
{
    struct ps_accel *accel = calloc(1, sizeof(*accel));

    memcpy(accel->kernel, kernels, cu_count * sizeof(*kernels));
    accel->cu_count = cu_count;
    accel->limit_bytes = UINT64_MAX;
    accel->event_fd = eventfd(0, EFD_NONBLOCK);
    return accel;
}

void fake_accel_fail(struct ps_accel *accel, uint32_t after, uint32_t count, int status)
{
    accel->fail_after = after;
    accel->fail_count = count;
    accel->fail_status = status;
}

void fake_accel_damage(struct ps_accel *accel, const struct fake_damage *damage)
{
    accel->damage = *damage;
}

void fake_accel_refuse(struct ps_accel *accel, uint32_t after, uint32_t count, int status)
{
    accel->refuse_after = after;
    accel->refuse_count = count;
    accel->refuse_status = status;
}

void fake_accel_limit(struct ps_accel *accel, uint64_t bytes)
{
    accel->limit_bytes = bytes;
}

uint32_t fake_accel_buffers(const struct ps_accel *accel)
{
    return accel->buffers;
}

void ps_accel_destroy(struct ps_accel *accel)
{
    if (accel == NULL)
        return;
    close(accel->event_fd);
    free(accel);
}

int ps_accel_buf_take(struct ps_accel *accel, size_t size_bytes, struct ps_accel_buf **ret_buf)
{
    struct ps_accel_buf *buf;

    if (accel->used_bytes + size_bytes > accel->limit_bytes)
        return -ENOSPC;
    buf = calloc(1, sizeof(*buf));
    buf->size_bytes = size_bytes;
    buf->data = calloc(1, size_bytes);
    accel->used_bytes += size_bytes;
    accel->buffers++;
    *ret_buf = buf;
    return 0;
}

void ps_accel_buf_give(struct ps_accel *accel, struct ps_accel_buf *buf)
{
    if (buf == NULL)
        return;
    accel->used_bytes -= buf->size_bytes;
    accel->buffers--;
    free(buf->data);
    free(buf);
}

void *ps_accel_buf_map(struct ps_accel_buf *buf)
{
    return buf->data;
}

size_t ps_accel_buf_size(const struct ps_accel_buf *buf)
{
    return buf->size_bytes;
}

int ps_accel_submit(struct ps_accel *accel, const struct ps_accel_run *run)
{
    const uint64_t one = 1;

    if (accel->busy[run->cu])
        return -EBUSY;
    if (accel->refuse_count > 0 && accel->refuse_after == 0) {
        accel->refuse_count--;
        return accel->refuse_status;
    }
    if (accel->refuse_after > 0)
        accel->refuse_after--;
    accel->busy[run->cu] = true;
    accel->pending[run->cu] = *run;
    return write(accel->event_fd, &one, sizeof(one)) == sizeof(one) ? 0 : -EIO;
}

int ps_accel_fd(const struct ps_accel *accel)
{
    return accel->event_fd;
}

static void run_scaler(const struct ps_accel_arg *a)
{
    psk_scale(a[0].buf->data, a[1].buf->data, a[2].buf->data, a[3].buf->data, a[4].buf->data,
              a[5].buf->data, a[6].buf->data, a[7].scalar, a[8].scalar, a[9].scalar, a[10].scalar,
              a[11].scalar, a[12].scalar, a[13].scalar, a[14].scalar, a[15].scalar, a[16].scalar,
              a[17].scalar, (void *)a[18].buf->data);
}

static void run_encoder(const struct ps_accel_arg *a)
{
    psk_h264enc(a[0].buf->data, a[1].buf->data, (void *)a[2].buf->data, a[3].buf->data,
                (void *)a[4].buf->data, a[5].scalar, a[6].scalar, a[7].scalar, a[8].scalar,
                a[9].scalar, a[10].scalar, a[11].scalar, a[12].scalar, (void *)a[13].buf->data);
}

/* The runs of the kernel are counted before each run. */
static bool is_damaged(struct ps_accel *accel, uint32_t kernel)
{
    return accel->damage.kernel == kernel && accel->damage.after-- == 0;
}

static void damage(struct ps_accel *accel, const struct ps_accel_run *run)
{
    const struct fake_damage *d = &accel->damage;
    uint8_t *bytes = run->args[d->arg].buf->data;

    bytes[d->byte] ^= 0x80;
    if (d->forge) {
        struct psk_enc_report *report = (void *)run->args[4].buf->data;

        report->bits_crc32c = ps_crc32c(0, bytes, report->bytes);
    }
    accel->damage.kernel = 0;
}

static void run_kernel(struct ps_accel *accel, const struct ps_accel_run *run)
{
    const struct ps_accel_arg *a = run->args;

    switch (accel->kernel[run->cu]) {
    case PSK_KERNEL_SCALE:
        run_scaler(a);
        break;
    case PSK_KERNEL_MARK:
        psk_mark(a[0].buf->data, a[1].buf->data, a[2].buf->data, a[3].scalar, a[4].scalar,
                 a[5].scalar, a[6].scalar, a[7].scalar, a[8].scalar, a[9].scalar, a[10].scalar,
                 (void *)a[11].buf->data);
        break;
    default:
        run_encoder(a);
    }
}

static void run_and_damage(struct ps_accel *accel, const struct ps_accel_run *run)
{
    const bool damaged = is_damaged(accel, accel->kernel[run->cu]);

    if (damaged && accel->damage.before_run)
        damage(accel, run);
    run_kernel(accel, run);
    if (damaged && accel->damage.kernel != 0)
        damage(accel, run);
}

static int next_status(struct ps_accel *accel)
{
    if (accel->fail_count == 0)
        return 0;
    if (accel->fail_after > 0) {
        accel->fail_after--;
        return 0;
    }
    accel->fail_count--;
    return accel->fail_status;
}

uint32_t ps_accel_reap(struct ps_accel *accel, struct ps_accel_done *ret_done, uint32_t max)
{
    uint64_t events;
    uint32_t count = 0;

    if (read(accel->event_fd, &events, sizeof(events)) < 0 && errno != EAGAIN)
        abort();
    for (uint32_t cu = 0; cu < accel->cu_count && count < max; cu++) {
        if (!accel->busy[cu])
            continue;
        accel->busy[cu] = false;
        const int status = next_status(accel);
        if (status == 0)
            run_and_damage(accel, &accel->pending[cu]);
        ret_done[count++] = (struct ps_accel_done){
            .tag = accel->pending[cu].tag, .cu = cu, .status = status, .busy_ns = 1000
        };
    }
    return count;
}
