/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/control/test_control.c - real sockets: pipelines, floods, deaf and dead peers. */
#include "host/base/mem.h"
#include "host/control/control.h"
#include "tests/support/ps_test.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define STATUS       "\x94\x00\x07\xa6status\x90"
#define STATUS_BYTES (sizeof(STATUS) - 1)
#define SHUTDOWN     "\x94\x00\x07\xa8shutdown\x90"
#define LEDGER       "\x94\x00\x07\xa6ledger\x90"
#define NOW          1000000000ull

static char dir[] = "/tmp/ps-control-XXXXXX";
static char path[64];
static struct ps_control *control;
static unsigned shutdowns;
static uint64_t last_caller; /* whose status was answered last */
static uint64_t closed_ids;  /* bit n: connection n was told to have ended */
static unsigned closed_count;

static int answer_status(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *result)
{
    (void)arg;
    (void)params;
    last_caller = ps_control_caller(control);
    ps_msg_put_u64(result, 5);
    return 0;
}

static int answer_shutdown(void *arg, const struct ps_msg_value *params,
                           struct ps_msg_writer *result)
{
    (void)arg;
    (void)params;
    shutdowns++;
    ps_msg_put_bool(result, true);
    return 0;
}

/* About 100 KB: ten of them are more than what may wait. */
static int answer_ledger(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *result)
{
    (void)arg;
    (void)params;
    ps_msg_open_array(result);
    for (unsigned i = 0; i < 5000; i++)
        ps_msg_put_str(result, "twenty letters, yes!");
    ps_msg_close(result);
    return 0;
}

static void note_closed(void *arg, uint64_t caller)
{
    CU_ASSERT_PTR_EQUAL(arg, &closed_ids);
    PS_REQUIRE(caller < 64);
    closed_ids |= 1ull << caller;
    closed_count++;
}

static const struct ps_control_handlers handlers = {
    .status = answer_status,
    .shutdown = answer_shutdown,
    .ledger = answer_ledger,
};
static const struct ps_control_config config = {
    .path = path,
    .handlers = &handlers,
    .version = "t",
    .closed = note_closed,
    .arg = &closed_ids,
};

static void set_up(void)
{
    closed_ids = 0;
    closed_count = 0;
    PS_REQUIRE(ps_control_create(&control, &config) == 0);
}

static void tear_down(void)
{
    ps_control_destroy(control);
    control = NULL;
    CU_ASSERT_NOT_EQUAL(access(path, F_OK), 0); /* nothing stays behind */
}

static int dial(void)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

    PS_REQUIRE(fd >= 0);
    memcpy(address.sun_path, path, strlen(path) + 1);
    PS_REQUIRE(connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0);
    return fd;
}

/* As long as the server has something to do. */
static void pump(void)
{
    struct pollfd ready = { .fd = ps_control_fd(control), .events = POLLIN };

    for (unsigned i = 0; i < 10000 && poll(&ready, 1, 0) == 1; i++)
        ps_control_poll(control, NOW);
}

static size_t count_answers(int fd)
{
    static char bytes[1 << 20];
    const ssize_t size = recv(fd, bytes, sizeof(bytes), 0);
    size_t answers = 0, at = 0;

    while (size > 0 && at < (size_t)size) {
        struct ps_msg_framer framer = { 0 };
        const ssize_t one = ps_msg_frame(&framer, bytes + at, (size_t)size - at);
        if (one <= 0)
            break;
        at += (size_t)one;
        answers++;
    }
    return answers;
}

static bool is_closed(int fd)
{
    char byte;
    const ssize_t n = recv(fd, &byte, 1, 0);

    return n == 0 || (n < 0 && errno == ECONNRESET);
}

static uint64_t clients_now(void)
{
    struct ps_control_status status;

    ps_control_status(control, &status);
    return status.clients;
}

static void pipelined_requests_are_all_answered(void)
{
    char requests[100 * STATUS_BYTES];
    size_t answers = 0;

    for (unsigned i = 0; i < 100; i++)
        memcpy(requests + i * STATUS_BYTES, STATUS, STATUS_BYTES);
    set_up();
    const int fd = dial();
    CU_ASSERT_EQUAL(send(fd, requests, sizeof(requests), 0), (ssize_t)sizeof(requests));
    for (unsigned round = 0; round < 100 && answers < 100; round++) {
        pump(); /* stops when the socket is full enough, until we read */
        answers += count_answers(fd);
    }
    CU_ASSERT_EQUAL(answers, 100);
    close(fd);
    pump();
    CU_ASSERT_EQUAL(clients_now(), 0);
    tear_down();
}

static uint64_t call_as(int fd)
{
    last_caller = 0;
    CU_ASSERT_EQUAL(send(fd, STATUS, STATUS_BYTES, 0), (ssize_t)STATUS_BYTES);
    pump();
    return last_caller;
}

static void handlers_know_the_connection_and_are_told_of_its_end(void)
{
    set_up();
    const int a = dial(), b = dial();
    const uint64_t id_a = call_as(a), id_b = call_as(b);
    CU_ASSERT_TRUE(id_a != 0 && id_b != 0 && id_a != id_b);
    CU_ASSERT_EQUAL(call_as(a), id_a);
    close(a);
    pump();
    CU_ASSERT_EQUAL(closed_ids, 1ull << id_a);
    const int c = dial(); /* takes the place of a, not its number */
    const uint64_t id_c = call_as(c);
    CU_ASSERT_TRUE(id_c != id_a && id_c != id_b);
    CU_ASSERT_EQUAL(send(c, "GET / HTTP/1.1\r\n", 16, 0), 16); /* we hang up */
    pump();
    CU_ASSERT_EQUAL(closed_ids, 1ull << id_a | 1ull << id_c);
    tear_down(); /* b is still there: our end is not its */
    CU_ASSERT_EQUAL(closed_count, 2);
    close(b);
    close(c);
}

static void a_request_in_single_bytes_is_answered(void)
{
    set_up();
    const int fd = dial();
    for (size_t i = 0; i < STATUS_BYTES; i++) {
        CU_ASSERT_EQUAL(count_answers(fd), 0);
        CU_ASSERT_EQUAL(send(fd, STATUS + i, 1, 0), 1);
        pump();
    }
    CU_ASSERT_EQUAL(count_answers(fd), 1);
    close(fd);
    tear_down();
}

static void a_peer_that_stops_sending_still_gets_its_answers(void)
{
    set_up();
    const int fd = dial();
    for (unsigned i = 0; i < 40; i++)
        CU_ASSERT_EQUAL(send(fd, STATUS, STATUS_BYTES, 0), (ssize_t)STATUS_BYTES);
    shutdown(fd, SHUT_WR);
    pump();
    CU_ASSERT_EQUAL(count_answers(fd), 40);
    pump();
    CU_ASSERT_TRUE(is_closed(fd));
    close(fd);
    tear_down();
}

static void huge_and_broken_messages_end_the_connection(void)
{
    struct ps_control_status status;

    set_up();
    const int huge = dial(), bomb = dial(), broken = dial(), good = dial();
    CU_ASSERT_EQUAL(send(huge, "\x94\x00\x07\xdb\x00\x01\x00\x00", 8, 0), 8);
    CU_ASSERT_EQUAL(send(bomb, "\xdd\xff\xff\xff\xff", 5, 0), 5);
    CU_ASSERT_EQUAL(send(broken, "GET / HTTP/1.1\r\n", 16, 0), 16);
    CU_ASSERT_EQUAL(send(good, STATUS, STATUS_BYTES, 0), (ssize_t)STATUS_BYTES);
    pump();
    CU_ASSERT_TRUE(is_closed(huge));
    CU_ASSERT_TRUE(is_closed(bomb));
    CU_ASSERT_TRUE(is_closed(broken));
    CU_ASSERT_EQUAL(count_answers(good), 1);
    ps_control_status(control, &status);
    CU_ASSERT_EQUAL(status.dropped_clients, 3);
    CU_ASSERT_EQUAL(status.clients, 1);
    close(huge);
    close(bomb);
    close(broken);
    close(good);
    tear_down();
}

static void a_peer_that_does_not_read_is_not_listened_to_and_then_dropped(void)
{
    struct ps_control_status status;
    unsigned sent = 0;

    set_up();
    const int deaf = dial(), good = dial();
    while (sent < 200000 && send(deaf, LEDGER, sizeof(LEDGER) - 1, 0) > 0) {
        sent++;
        if (sent % 64 == 0)
            ps_control_poll(control, NOW);
    }
    pump();
    ps_control_status(control, &status);
    CU_ASSERT_TRUE(status.requests < sent); /* the rest waits in the socket */
    CU_ASSERT_EQUAL(send(good, STATUS, STATUS_BYTES, 0), (ssize_t)STATUS_BYTES);
    pump();
    CU_ASSERT_EQUAL(count_answers(good), 1);
    CU_ASSERT_EQUAL(clients_now(), 2);
    ps_control_poll(control, NOW + PS_CONTROL_STALL_NS + 1);
    ps_control_status(control, &status);
    CU_ASSERT_EQUAL(status.clients, 1);
    CU_ASSERT_EQUAL(status.dropped_clients, 1);
    close(deaf);
    close(good);
    tear_down();
}

static void a_slow_reader_gets_everything_in_the_end(void)
{
    unsigned answers = 0;
    size_t got = 0;
    static char bytes[4 << 20];

    set_up();
    const int slow = dial();
    for (unsigned i = 0; i < 30; i++)
        CU_ASSERT_TRUE(send(slow, LEDGER, sizeof(LEDGER) - 1, 0) > 0);
    for (unsigned round = 0; round < 100000 && answers < 30; round++) {
        ps_control_poll(control, NOW);
        const ssize_t n = recv(slow, bytes + got, 50000, 0);
        got += n > 0 ? (size_t)n : 0;
        struct ps_msg_framer framer = { 0 };
        const ssize_t one = ps_msg_frame(&framer, bytes, got);
        if (one > 0) {
            answers++;
            got -= (size_t)one;
            memmove(bytes, bytes + one, got);
        }
    }
    CU_ASSERT_EQUAL(answers, 30);
    close(slow);
    tear_down();
}

static void clients_beyond_the_limit_are_turned_away(void)
{
    int fds[PS_CONTROL_CLIENTS_MAX + 1];
    struct ps_control_status status;

    set_up();
    for (unsigned i = 0; i <= PS_CONTROL_CLIENTS_MAX; i++) {
        fds[i] = dial();
        pump();
    }
    CU_ASSERT_TRUE(is_closed(fds[PS_CONTROL_CLIENTS_MAX]));
    ps_control_status(control, &status);
    CU_ASSERT_EQUAL(status.clients, PS_CONTROL_CLIENTS_MAX);
    CU_ASSERT_EQUAL(status.refused_clients, 1);
    close(fds[0]);
    pump();
    close(fds[PS_CONTROL_CLIENTS_MAX]);
    const int next = dial();
    CU_ASSERT_EQUAL(send(next, STATUS, STATUS_BYTES, 0), (ssize_t)STATUS_BYTES);
    pump();
    CU_ASSERT_EQUAL(count_answers(next), 1);
    close(next);
    for (unsigned i = 1; i < PS_CONTROL_CLIENTS_MAX; i++)
        close(fds[i]);
    tear_down();
}

static void a_dead_daemons_socket_is_replaced_a_living_ones_is_not(void)
{
    struct ps_control *second = NULL;
    struct sockaddr_un address = { .sun_family = AF_UNIX };

    const int dead = socket(AF_UNIX, SOCK_STREAM, 0);
    memcpy(address.sun_path, path, strlen(path) + 1);
    PS_REQUIRE(bind(dead, (const struct sockaddr *)&address, sizeof(address)) == 0);
    close(dead);
    set_up();
    CU_ASSERT_EQUAL(ps_control_create(&second, &config), -EADDRINUSE);
    CU_ASSERT_PTR_NULL(second);
    const int fd = dial(); /* the first is unharmed */
    CU_ASSERT_EQUAL(send(fd, STATUS, STATUS_BYTES, 0), (ssize_t)STATUS_BYTES);
    pump();
    CU_ASSERT_EQUAL(count_answers(fd), 1);
    close(fd);
    tear_down();
}

static void paths_that_cannot_be_had_say_why(void)
{
    struct ps_control_config bad = config;
    char too_long[200];

    memset(too_long, 'x', sizeof(too_long) - 1);
    too_long[sizeof(too_long) - 1] = '\0';
    bad.path = too_long;
    CU_ASSERT_EQUAL(ps_control_create(&control, &bad), -ENAMETOOLONG);
    bad.path = "/nowhere/at/all";
    CU_ASSERT_EQUAL(ps_control_create(&control, &bad), -ENOENT);
    bad.path = dir;
    CU_ASSERT_EQUAL(ps_control_create(&control, &bad), -EEXIST);
    CU_ASSERT_PTR_NULL(control);
}

static void only_the_socket_that_is_ours_is_removed(void)
{
    struct stat info;

    set_up();
    PS_REQUIRE(unlink(path) == 0);
    const int other = open(path, O_CREAT | O_EXCL | O_WRONLY, 0600);
    PS_REQUIRE(other >= 0);
    close(other);
    ps_control_destroy(control);
    control = NULL;
    CU_ASSERT_EQUAL(lstat(path, &info), 0);
    unlink(path);
}

static void the_socket_is_for_owner_and_group(void)
{
    struct stat info;
    const mode_t before = umask(077);

    set_up();
    CU_ASSERT_EQUAL(lstat(path, &info), 0);
    CU_ASSERT_EQUAL(info.st_mode & 07777, 0660);
    tear_down();
    umask(before);
}

/* In a process of another user that the socket's mode lets in only through a further group. */
static void reader_process(void)
{
    static const char expected[] = "denied";
    const gid_t own = getegid();
    char answer[256];

    if (setgroups(1, &own) != 0 || setgid(65534) != 0 || setuid(65534) != 0)
        _exit(2);
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    memcpy(address.sun_path, path, strlen(path) + 1);
    if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0)
        _exit(3);
    if (send(fd, SHUTDOWN, sizeof(SHUTDOWN) - 1, 0) < 0)
        _exit(4);
    const ssize_t n = recv(fd, answer, sizeof(answer), 0);
    _exit(n > 0 && memmem(answer, (size_t)n, expected, strlen(expected)) != NULL ? 0 : 5);
}

static void another_user_may_not_shut_down(void)
{
    int status = -1;

    if (geteuid() != 0)
        return; /* nobody else to be */
    PS_REQUIRE(chmod(dir, 0755) == 0);
    set_up();
    shutdowns = 0;
    const pid_t child = fork();
    if (child == 0)
        reader_process();
    PS_REQUIRE(child > 0);
    struct pollfd ready = { .fd = ps_control_fd(control), .events = POLLIN };
    for (unsigned i = 0; i < 1000 && waitpid(child, &status, WNOHANG) == 0; i++) {
        if (poll(&ready, 1, 10) == 1)
            ps_control_poll(control, NOW);
    }
    CU_ASSERT_EQUAL(status, 0);
    CU_ASSERT_EQUAL(shutdowns, 0);
    const int fd = dial();
    CU_ASSERT_EQUAL(send(fd, SHUTDOWN, sizeof(SHUTDOWN) - 1, 0), (ssize_t)sizeof(SHUTDOWN) - 1);
    pump();
    CU_ASSERT_EQUAL(count_answers(fd), 1);
    CU_ASSERT_EQUAL(shutdowns, 1);
    close(fd);
    tear_down();
}

static void creation_survives_each_failed_allocation(void)
{
    unsigned failed_at = 0;

    for (;; failed_at++) {
        ps_fail_alloc_after(failed_at);
        const int rc = ps_control_create(&control, &config);
        ps_fail_alloc_never();
        if (rc == 0)
            break;
        PS_REQUIRE(rc == -ENOMEM && control == NULL);
    }
    CU_ASSERT_EQUAL(failed_at, 2); /* itself and its path */
    tear_down();
}

static void serving_survives_each_failed_allocation(void)
{
    for (unsigned failed_at = 0; failed_at < 8; failed_at++) {
        set_up();
        const int fd = dial();
        CU_ASSERT_EQUAL(send(fd, STATUS, STATUS_BYTES, 0), (ssize_t)STATUS_BYTES);
        ps_fail_alloc_after(failed_at);
        pump();
        ps_fail_alloc_never();
        const int next = dial();
        CU_ASSERT_EQUAL(send(next, STATUS, STATUS_BYTES, 0), (ssize_t)STATUS_BYTES);
        pump();
        CU_ASSERT_EQUAL(count_answers(next), 1);
        close(next);
        close(fd);
        tear_down();
    }
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(pipelined_requests_are_all_answered),
        PS_TEST(handlers_know_the_connection_and_are_told_of_its_end),
        PS_TEST(a_request_in_single_bytes_is_answered),
        PS_TEST(a_peer_that_stops_sending_still_gets_its_answers),
        PS_TEST(huge_and_broken_messages_end_the_connection),
        PS_TEST(a_peer_that_does_not_read_is_not_listened_to_and_then_dropped),
        PS_TEST(a_slow_reader_gets_everything_in_the_end),
        PS_TEST(clients_beyond_the_limit_are_turned_away),
        PS_TEST(a_dead_daemons_socket_is_replaced_a_living_ones_is_not),
        PS_TEST(paths_that_cannot_be_had_say_why),
        PS_TEST(only_the_socket_that_is_ours_is_removed),
        PS_TEST(the_socket_is_for_owner_and_group),
        PS_TEST(another_user_may_not_shut_down),
        PS_TEST(creation_survives_each_failed_allocation),
        PS_TEST(serving_survives_each_failed_allocation),
    };

    if (mkdtemp(dir) == NULL)
        return EXIT_FAILURE;
    snprintf(path, sizeof(path), "%s/control.sock", dir);
    const int status = ps_test_run("host/control", tests, PS_ARRAY_LEN(tests));
    rmdir(dir);
    return status;
}
