/* SPDX-License-Identifier: BSD-3-Clause */
#include "tools/ctl/rpc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "host/base/mem.h"

#define CALL_ID 1u

int ctl_connect(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    const struct timeval timeout = { .tv_sec = CTL_TIMEOUT_S };

    if (strlen(path) >= sizeof(address.sun_path))
        return -ENAMETOOLONG;
    memcpy(address.sun_path, path, strlen(path) + 1);
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)) == 0 &&
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout)) == 0 &&
        connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
        return fd;
    const int error = errno;
    close(fd);
    return -error;
}

static int send_all(int fd, const char *data, size_t size_bytes)
{
    while (size_bytes > 0) {
        const ssize_t n = send(fd, data, size_bytes, MSG_NOSIGNAL);
        if (n < 0 && errno != EINTR)
            return errno == EAGAIN ? -ETIMEDOUT : -errno;
        data += n > 0 ? n : 0;
        size_bytes -= n > 0 ? (size_t)n : 0;
    }
    return 0;
}

static int send_request(int fd, const char *method, const struct ps_msg_writer *params)
{
    struct ps_msg_writer request;

    ps_msg_writer_init(&request, PS_MSG_BYTES_MAX);
    ps_msg_put_array(&request, 4);
    ps_msg_put_u64(&request, 0);
    ps_msg_put_u64(&request, CALL_ID);
    ps_msg_put_str(&request, method);
    ps_msg_put_array(&request, params == NULL ? 0 : 1);
    if (params != NULL)
        ps_msg_put_raw(&request, params->data, params->size_bytes);
    const int rc =
        request.error != 0 ? request.error : send_all(fd, request.data, request.size_bytes);
    ps_msg_writer_fini(&request);
    return rc;
}

/* @return the message's size, or a negative errno. */
static ssize_t receive(int fd, char *bytes, size_t bytes_max)
{
    struct ps_msg_framer framer = { 0 };
    size_t got = 0;

    for (;;) {
        const ssize_t n = recv(fd, bytes + got, bytes_max - got, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno == EAGAIN ? -ETIMEDOUT : -errno;
        if (n == 0)
            return -ECONNRESET;
        got += (size_t)n;
        const ssize_t size = ps_msg_frame(&framer, bytes, got);
        if (size != 0)
            return size < 0 || (size_t)size != got ? -EPROTO : size;
    }
}

static int open_answer(struct ctl_answer *answer)
{
    const struct ps_msg_value *root = ps_msg_root(answer->msg);

    if (ps_msg_type_of(root) != PS_MSG_ARRAY || ps_msg_count(root) != 4)
        return -EPROTO;
    uint64_t type = 0, id = 0;
    if (ps_msg_as_u64(ps_msg_at(root, 0), &type) != 0 || type != 1 ||
        ps_msg_as_u64(ps_msg_at(root, 1), &id) != 0 || id != CALL_ID)
        return -EPROTO;
    if (ps_msg_type_of(ps_msg_at(root, 2)) != PS_MSG_NIL)
        answer->error = ps_msg_at(root, 2);
    answer->result = ps_msg_at(root, 3);
    return 0;
}

int ctl_call(int fd, const char *method, const struct ps_msg_writer *params,
             struct ctl_answer *ret_answer)
{
    struct ctl_answer answer = { 0 };
    char *bytes = ps_zalloc(PS_MSG_BYTES_MAX, 1);

    if (bytes == NULL)
        return -ENOMEM;
    int rc = send_request(fd, method, params);
    if (rc == 0) {
        const ssize_t size = receive(fd, bytes, PS_MSG_BYTES_MAX);
        rc = size < 0 ? (int)size : ps_msg_read(&answer.msg, bytes, (size_t)size);
    }
    free(bytes);
    if (rc == 0)
        rc = open_answer(&answer);
    if (rc != 0) {
        ctl_answer_fini(&answer);
        return rc;
    }
    *ret_answer = answer;
    return 0;
}

void ctl_answer_fini(struct ctl_answer *answer)
{
    ps_msg_destroy(answer->msg);
    memset(answer, 0, sizeof(*answer));
}
