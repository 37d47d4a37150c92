/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/fuzz/fuzz_feed.c - whatever connects and says what it likes: refused or taken, never harm.
 *
 * Input: a byte of options, one that seeds the cuts, then connections, each 16 bits of length and
 * its bytes. One feed gets each connection's bytes at once, another in pieces with a poll after
 * each; both must have made the same of it, samples and what is shown. Through the socket, as
 * prestage-nic comes.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "dpdk/abi/demand_stream.h"
#include "host/feed/feed.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/pool.h"

#define CONNECTIONS_MAX 8u
#define PIECE_BYTES_MAX 48u
#define SETTLE_POLLS    4u
#define TOP_MAX         10u
#define OWN_SERVER      ((UINT64_C(0x0a4d0001) << 16) | 80)

enum options { OWN_LOG = 1, SOME_UNKNOWN = 2 };

/* What is left of a run. */
struct made {
    uint64_t shown; /* a hash of the last view of each connection */
    struct ps_feed_status status;
    struct ps_demand demand;
    struct ps_demand_sample samples[PS_DEMAND_SAMPLES_MAX];
};

static char folder[] = "/tmp/fuzz-feed-XXXXXX";
static char path[sizeof(folder) + 8];

static void remove_folder(void)
{
    unlink(path);
    rmdir(folder);
}

static void make_folder(void)
{
    if (path[0] != '\0')
        return;
    FUZZ_REQUIRE(mkdtemp(folder) != NULL);
    snprintf(path, sizeof(path), "%s/nic", folder);
    atexit(remove_folder);
}

static bool has_even_key(void *arg, const struct ps_resource *resource)
{
    (void)arg;
    return resource->media_key % 2 == 0;
}

static struct ps_feed *create(uint8_t options)
{
    const struct ps_feed_config cfg = {
        .nic_socket = path,
        .own_server = (options & OWN_LOG) != 0 ? PS_DEMAND_LOG : PS_DEMAND_NIC,
        .nic_connections_max = 1,
        .own_server_v4 = OWN_SERVER,
        .known = (options & SOME_UNKNOWN) != 0 ? has_even_key : NULL,
    };
    struct ps_feed *feed;

    FUZZ_REQUIRE(ps_feed_create(&feed, &cfg) == 0);
    return feed;
}

static int connect_to(void)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    FUZZ_REQUIRE(fd >= 0);
    memcpy(address.sun_path, path, sizeof(path));
    FUZZ_REQUIRE(connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0);
    return fd;
}

/* All that the reader may say is which epochs it took, each later than the one before. */
static void hear_acks(int fd)
{
    struct {
        struct psd_frame_header header;
        struct psd_ack ack;
    } frame;
    uint64_t last = 0;

    while (recv(fd, &frame, sizeof(frame), MSG_DONTWAIT) == (ssize_t)sizeof(frame)) {
        FUZZ_REQUIRE(frame.header.type == PSD_ACK && frame.header.reserved == 0);
        FUZZ_REQUIRE(frame.header.body_bytes == sizeof(frame.ack));
        FUZZ_REQUIRE(frame.ack.epoch > last);
        last = frame.ack.epoch;
    }
}

/* A reader that hung up takes no more; what it had is what counts. */
static bool say(int fd, const uint8_t *bytes, size_t count)
{
    const ssize_t sent = send(fd, bytes, count, MSG_NOSIGNAL | MSG_DONTWAIT);

    FUZZ_REQUIRE(sent == (ssize_t)count || (sent < 0 && (errno == EPIPE || errno == ECONNRESET)));
    return sent >= 0;
}

static void say_in_pieces(struct ps_feed *feed, int fd, const uint8_t *bytes, size_t count,
                          uint32_t *random, uint64_t now_ns)
{
    const uint32_t longest = 1 + fuzz_random(random) % PIECE_BYTES_MAX;

    while (count > 0) {
        const size_t wanted = 1 + fuzz_random(random) % longest;
        const size_t piece = wanted < count ? wanted : count;

        if (!say(fd, bytes, piece))
            return;
        ps_feed_poll(feed, now_ns);
        bytes += piece;
        count -= piece;
    }
}

/* FNV-1a (Fowler, Noll, Vo). */
static void mix(uint64_t *hash, const void *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        *hash = (*hash ^ ((const uint8_t *)bytes)[i]) * 0x100000001b3u;
}

/* Printable, then NULs: it is shown on terminals. */
static void require_text(const char *field, size_t size_bytes)
{
    const size_t length = strnlen(field, size_bytes);

    for (size_t i = 0; i < size_bytes; i++)
        FUZZ_REQUIRE(i < length ? field[i] >= ' ' && field[i] < 0x7f : field[i] == '\0');
}

static void look_at_top(uint64_t *hash, const struct ps_top *top, uint64_t now_ns)
{
    struct ps_top_item best[TOP_MAX];
    const uint32_t count = ps_top_best(top, now_ns, best, TOP_MAX);

    for (uint32_t i = 0; i < count; i++) {
        FUZZ_REQUIRE(best[i].count > 0 && (i == 0 || best[i].count <= best[i - 1].count));
        FUZZ_REQUIRE(best[i].entry->name_bytes <= PS_TOP_NAME_BYTES_MAX);
        mix(hash, &best[i].entry->key, sizeof(best[i].entry->key));
        mix(hash, &best[i].count, sizeof(best[i].count));
        mix(hash, best[i].entry->name, best[i].entry->name_bytes);
    }
}

static void look_at_lists(uint64_t *hash, const struct ps_nic_view *view)
{
    FUZZ_REQUIRE(view->port_count <= PSD_PORTS_MAX && view->rule_count <= PSD_RULES_MAX);
    FUZZ_REQUIRE(view->counter_count <= PSD_COUNTERS_MAX);
    for (uint32_t i = 0; i < view->port_count; i++) {
        require_text(view->ports[i].name, sizeof(view->ports[i].name));
        require_text(view->ports[i].driver, sizeof(view->ports[i].driver));
    }
    for (uint32_t i = 0; i < view->rule_count; i++) {
        require_text(view->rules[i].name, sizeof(view->rules[i].name));
        FUZZ_REQUIRE(view->rules[i].place <= PSD_RULE_HARDWARE);
        FUZZ_REQUIRE(view->rules[i].error <= 0 && -view->rules[i].error >= 0);
    }
    for (uint32_t i = 0; i < view->counter_count; i++)
        require_text(view->counters[i].name, sizeof(view->counters[i].name));
    mix(hash, view->ports, view->port_count * sizeof(view->ports[0]));
    mix(hash, view->rules, view->rule_count * sizeof(view->rules[0]));
    mix(hash, view->counters, view->counter_count * sizeof(view->counters[0]));
    mix(hash, view->counters_before, view->counter_count * sizeof(view->counters_before[0]));
}

/* What whoever is connected last said, as `prestagectl nic` would show it. */
static void look(struct ps_feed *feed, uint64_t *hash, uint64_t now_ns)
{
    const struct ps_nic_view *view = ps_feed_nic(feed, 0);

    if (view == NULL)
        return;
    FUZZ_REQUIRE(strcmp(view->from, "unix") == 0 && view->since_ns == now_ns);
    mix(hash, &view->epoch, sizeof(view->epoch));
    mix(hash, &view->interval_ns, sizeof(view->interval_ns));
    mix(hash, &view->requests_before, sizeof(view->requests_before));
    mix(hash, &view->requests_received, sizeof(view->requests_received));
    mix(hash, &view->unwatched_ns, sizeof(view->unwatched_ns));
    look_at_lists(hash, view);
    look_at_top(hash, &view->media, now_ns);
    look_at_top(hash, &view->claims, now_ns);
    look_at_top(hash, &view->tls_names, now_ns);
}

/* @param random  NULL: all of it at once. */
static void converse(struct ps_feed *feed, const uint8_t *bytes, size_t count, uint32_t *random,
                     uint64_t now_ns, uint64_t *shown)
{
    const int fd = connect_to();

    ps_feed_poll(feed, now_ns);
    if (random != NULL)
        say_in_pieces(feed, fd, bytes, count, random, now_ns);
    else if (count > 0)
        say(fd, bytes, count);
    ps_feed_poll(feed, now_ns);
    look(feed, shown, now_ns);
    shutdown(fd, SHUT_WR);
    for (unsigned i = 0; i < SETTLE_POLLS; i++)
        ps_feed_poll(feed, now_ns);
    hear_acks(fd);
    close(fd);
}

static void run(struct fuzz_input input, uint32_t *random, struct made *ret_made)
{
    const uint8_t options = fuzz_take_u8(&input);
    struct ps_feed *feed = create(options);

    fuzz_take_u8(&input); /* the seed */
    ret_made->shown = 0;
    for (uint64_t i = 1; i <= CONNECTIONS_MAX && input.left > 0; i++) {
        const uint16_t wanted = fuzz_take_u16(&input);
        size_t count;
        const uint8_t *bytes = fuzz_take(&input, wanted, &count);

        converse(feed, bytes, count, random, i * 1000000000u, &ret_made->shown);
    }
    ret_made->demand = (struct ps_demand){
        .samples = ret_made->samples,
        .capacity = PS_DEMAND_SAMPLES_MAX,
    };
    ps_feed_drain(feed, &ret_made->demand);
    ps_feed_status(feed, &ret_made->status);
    ps_feed_destroy(feed);
    fuzz_pool_require_free();
}

static void require_same(const struct made *a, const struct made *b)
{
    const struct ps_feed_status *x = &a->status;
    const struct ps_feed_status *y = &b->status;

    FUZZ_REQUIRE(a->shown == b->shown);
    FUZZ_REQUIRE(!x->nic_connected && !y->nic_connected);
    FUZZ_REQUIRE(x->nic_connects == y->nic_connects + fuzz_breaks);
    FUZZ_REQUIRE(x->nic_refused == y->nic_refused);
    FUZZ_REQUIRE(x->nic_epochs == y->nic_epochs && x->nic_epochs_again == y->nic_epochs_again);
    FUZZ_REQUIRE(x->nic_packets == y->nic_packets && x->unknown == y->unknown);
    FUZZ_REQUIRE(x->nic_media_requests == y->nic_media_requests);
    FUZZ_REQUIRE(x->nic_only_requests == y->nic_only_requests);
    FUZZ_REQUIRE(a->demand.count == b->demand.count && a->demand.shed == b->demand.shed);
    FUZZ_REQUIRE(memcmp(a->samples, b->samples, a->demand.count * sizeof(a->samples[0])) == 0);
}

static void require_sense(const struct made *made, uint8_t options)
{
    for (uint32_t i = 0; i < made->demand.count; i++) {
        const struct ps_demand_sample *s = &made->samples[i];

        FUZZ_REQUIRE(s->source == PS_DEMAND_NIC && s->start_ns <= s->end_ns);
        FUZZ_REQUIRE(s->starts > 0 || s->segments > 0);
        FUZZ_REQUIRE((options & SOME_UNKNOWN) == 0 || s->resource.media_key % 2 == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct made at_once, in_pieces;
    const struct fuzz_input input = { data, size };
    uint32_t random = size > 1 ? data[1] + 1u : 1u;

    make_folder();
    run(input, NULL, &at_once);
    run(input, &random, &in_pieces);
    require_same(&at_once, &in_pieces);
    require_sense(&at_once, size > 0 ? data[0] : 0);
    return 0;
}
