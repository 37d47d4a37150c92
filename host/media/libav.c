/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <libavutil/error.h>
#include <libavutil/log.h>
#include <pthread.h>

#include "host/base/assert.h"
#include "host/media/libav_priv.h"

static void silence(void)
{
    av_log_set_level(AV_LOG_QUIET);
}

void ps_libav_quiet(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, silence);
}

int ps_libav_errno(int av_error)
{
    ps_assert(av_error < 0);
    switch (av_error) {
    case AVERROR_HTTP_NOT_FOUND:
    case AVERROR(ENOENT):
        return -ENOENT;
    case AVERROR_HTTP_UNAUTHORIZED:
    case AVERROR_HTTP_FORBIDDEN:
    case AVERROR(EACCES):
        return -EACCES;
    case AVERROR(ETIMEDOUT):
        return -ETIMEDOUT;
    case AVERROR(ENOMEM):
        return -ENOMEM;
    default:
        return -EIO;
    }
}
