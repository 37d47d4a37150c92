/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/feed/scripted_nic.c - see scripted_nic.h. */
#include "tests/unit/host/feed/scripted_nic.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

struct ps_feed *feed;
char path[64];
struct ps_demand demand;
struct ps_demand_sample samples[PS_DEMAND_SAMPLES_MAX];

bool feed_only_media_one(void *arg, const struct ps_resource *resource)
{
    (void)arg;
    return resource->media_key == 1;
}

struct ps_feed_config feed_config(enum ps_demand_source own_server)
{
    return (struct ps_feed_config){ .nic_socket = path,
                                    .own_server = own_server,
                                    .nic_connections_max = 2,
                                    .own_server_v4 = OWN_SERVER };
}

void feed_set_up_with(const struct ps_feed_config *cfg)
{
    demand = (struct ps_demand){ .samples = samples, .capacity = PS_DEMAND_SAMPLES_MAX };
    PS_REQUIRE(ps_feed_create(&feed, cfg) == 0);
}

void feed_set_up(enum ps_demand_source own_server)
{
    const struct ps_feed_config cfg = feed_config(own_server);

    feed_set_up_with(&cfg);
}

struct ps_feed_status feed_status(void)
{
    struct ps_feed_status now;

    ps_feed_status(feed, &now);
    return now;
}

int nic_dial(void)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    PS_REQUIRE(fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
    ps_feed_poll(feed, 1000);
    return fd;
}

bool nic_is_closed(int fd)
{
    char byte;

    return recv(fd, &byte, 1, MSG_DONTWAIT) == 0 || errno == ECONNRESET;
}

void nic_send_all(int fd, const void *bytes, size_t count, uint64_t now_ns)
{
    const char *at = bytes;

    while (count > 0) {
        const ssize_t sent = send(fd, at, count, MSG_DONTWAIT | MSG_NOSIGNAL);

        if (sent > 0) {
            at += sent;
            count -= (size_t)sent;
        } else if (errno != EAGAIN) {
            return;
        }
        ps_feed_poll(feed, now_ns);
    }
    for (int i = 0; i < 4; i++)
        ps_feed_poll(feed, now_ns);
}

size_t nic_frame(uint8_t *at, uint16_t type, const void *body, size_t body_bytes)
{
    const struct psd_frame_header header = { .type = type, .body_bytes = (uint32_t)body_bytes };

    memcpy(at, &header, sizeof(header));
    memcpy(at + sizeof(header), body, body_bytes);
    return sizeof(header) + body_bytes;
}

size_t nic_hello(uint8_t *at, uint64_t boot_id, uint64_t server_v4)
{
    const struct psd_hello body = {
        .magic = PSD_MAGIC, .version = PSD_VERSION, .boot_id = boot_id, .server_v4 = server_v4
    };

    return nic_frame(at, PSD_HELLO, &body, sizeof(body));
}

size_t nic_epoch_part(uint8_t *at, uint64_t number, uint32_t part, uint32_t record_count,
                      uint64_t first)
{
    static uint8_t body[PSD_BODY_BYTES_MAX];
    const struct psd_epoch head = { .epoch = number,
                                    .start_ns = 5,
                                    .end_ns = 6,
                                    .packets = 1000,
                                    .media_requests = 10,
                                    .dups = 3,
                                    .unseen = 2,
                                    .shed_records = 1,
                                    .port_missed = 4,
                                    .record_count = record_count,
                                    .part = part };

    memcpy(body, &head, sizeof(head));
    for (uint32_t i = 0; i < record_count; i++) {
        const struct psd_record record = { .media_key = first + i,
                                           .profile_key = 2,
                                           .region = 3,
                                           .device = 4,
                                           .access = 5,
                                           .starts = 6,
                                           .segments = 7 };
        memcpy(body + sizeof(head) + i * sizeof(record), &record, sizeof(record));
    }
    return nic_frame(at, PSD_EPOCH, body, sizeof(head) + record_count * sizeof(struct psd_record));
}

size_t nic_list(uint8_t *at, uint16_t type, uint64_t number, uint32_t part, const void *items,
                uint32_t count, size_t item_bytes)
{
    static uint8_t body[PSD_BODY_BYTES_MAX];
    const struct psd_list head = { .epoch = number, .count = count, .part = part };

    memcpy(body, &head, sizeof(head));
    memcpy(body + sizeof(head), items, count * item_bytes);
    return nic_frame(at, type, body, sizeof(head) + count * item_bytes);
}

size_t nic_counters(uint8_t *at, uint64_t number, uint64_t media_requests)
{
    const struct psd_counter all[] = { { "media_requests", media_requests },
                                       { "a_name_that_fills_24_byt", number } };

    return nic_list(at, PSD_COUNTERS, number, 0, all, 2, sizeof(all[0]));
}

size_t nic_epoch(uint8_t *at, uint64_t number, uint32_t record_count, uint64_t first)
{
    const size_t used = nic_epoch_part(at, number, 0, record_count, first);

    return used + nic_counters(at + used, number, number * 10);
}

uint32_t nic_read_acks(int fd, uint64_t *ret_last)
{
    struct {
        struct psd_frame_header header;
        struct psd_ack ack;
    } heard;
    uint32_t count = 0;

    while (recv(fd, &heard, sizeof(heard), MSG_DONTWAIT) == sizeof(heard)) {
        CU_ASSERT_TRUE(heard.header.type == PSD_ACK && heard.header.reserved == 0 &&
                       heard.header.body_bytes == sizeof(heard.ack));
        *ret_last = heard.ack.epoch;
        count++;
    }
    return count;
}

size_t nic_name(uint8_t *at, uint64_t key, const char *text)
{
    uint8_t body[sizeof(struct psd_name) + 256];
    const struct psd_name head = { .key = key,
                                   .kind = PSD_NAME_MEDIA,
                                   .name_bytes = (uint16_t)strlen(text) };

    memcpy(body, &head, sizeof(head));
    memcpy(body + sizeof(head), text, strlen(text));
    return nic_frame(at, PSD_NAME, body, sizeof(head) + strlen(text));
}

void nic_expect_refused(const uint8_t *bytes, size_t used, bool with_hello)
{
    uint8_t greeting[64];
    const uint64_t refused = feed_status().nic_refused;
    const int fd = nic_dial();

    if (with_hello)
        nic_send_all(fd, greeting, nic_hello(greeting, 77, 0), 1000);
    nic_send_all(fd, bytes, used, 1000);
    CU_ASSERT_TRUE(nic_is_closed(fd));
    CU_ASSERT_EQUAL(feed_status().nic_refused, refused + 1);
    close(fd);
}

int feed_test_run(const char *suite, const struct ps_test *tests, size_t count)
{
    char folder[] = "/tmp/ps-feed-XXXXXX";

    if (mkdtemp(folder) == NULL || chmod(folder, 0755) != 0)
        return EXIT_FAILURE;
    snprintf(path, sizeof(path), "%s/nic.sock", folder);
    const int rc = ps_test_run(suite, tests, count);
    rmdir(folder);
    return rc;
}
