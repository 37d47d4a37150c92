/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/dpdk/test_tls.c - the server's name in a ClientHello, and no byte beyond the packet.
 */
#include "dpdk/tls.h"

#include <stdlib.h>
#include <string.h>

#include "dpdk/mem.h"
#include "tests/support/ps_test.h"

#define RECORD_BYTES    5u  /* the record's header */
#define FIXED_BYTES     78u /* up to the extensions' length, which is the last of them */
#define EXTENSIONS_AT   78u
#define HELLO_BYTES_MAX 1024u

/* A hello with one extension before the name and one behind it. */
struct hello {
    uint8_t at[HELLO_BYTES_MAX];
    uint32_t bytes;
    uint32_t name_at;
};

static void put16(uint8_t *at, size_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void append(struct hello *h, const void *bytes, size_t count)
{
    PS_REQUIRE(h->bytes + count <= sizeof(h->at));
    memcpy(h->at + h->bytes, bytes, count);
    h->bytes += (uint32_t)count;
}

static void set_lengths(struct hello *h)
{
    put16(h->at + 3, h->bytes - RECORD_BYTES);
    put16(h->at + 7, h->bytes - RECORD_BYTES - 4);
    put16(h->at + FIXED_BYTES - 2, h->bytes - FIXED_BYTES);
}

static struct hello make(const char *name)
{
    static const uint8_t fixed[FIXED_BYTES] = { 22,       3, 1,    0, 0,         1, 0, 0, 0,
                                                3,        3, 7,    7, [43] = 24, 1, 2, 3, 4,
                                                [68] = 0, 4, 0x13, 1, 0x13,      2, 1, 0 };
    static const uint8_t before[] = { 0, 10, 0, 4, 0, 2, 0, 29 };
    static const uint8_t behind[] = { 0, 43, 0, 3, 2, 3, 4 };
    const size_t bytes = strlen(name);
    uint8_t head[9] = { 0 };
    struct hello h = { .bytes = 0 };

    append(&h, fixed, sizeof(fixed));
    append(&h, before, sizeof(before));
    put16(head + 2, bytes + 5);
    put16(head + 4, bytes + 3);
    put16(head + 7, bytes);
    append(&h, head, sizeof(head));
    h.name_at = h.bytes;
    append(&h, name, bytes);
    append(&h, behind, sizeof(behind));
    set_lengths(&h);
    return h;
}

static enum nic_hello read_bytes(const struct hello *h, uint32_t bytes, struct nic_tls_name *name)
{
    const struct nic_payload payload = { .at = h->at, .bytes = bytes, .real_bytes = h->bytes };

    return nic_tls_hello(&payload, name);
}

static enum nic_hello read_hello(const struct hello *h)
{
    struct nic_tls_name name;

    return read_bytes(h, h->bytes, &name);
}

static bool is_name(const struct nic_tls_name *name, const char *text)
{
    return name->bytes == strlen(text) && memcmp(name->text, text, name->bytes) == 0;
}

static void the_name_is_read_in_lower_case(void)
{
    const struct hello h = make("Media-1.Example.ORG");
    struct nic_tls_name name;

    CU_ASSERT_EQUAL(read_bytes(&h, h.bytes, &name), NIC_HELLO_NAMED);
    CU_ASSERT_TRUE(is_name(&name, "media-1.example.org"));
}

static void the_rest_may_be_missing_once_the_name_is_there(void)
{
    const struct hello h = make("a.example");
    const uint32_t name_ends = h.name_at + 9;
    struct nic_tls_name name;

    for (uint32_t bytes = 0; bytes < 6; bytes++)
        CU_ASSERT_EQUAL(read_bytes(&h, bytes, &name), NIC_HELLO_NONE);
    for (uint32_t bytes = 6; bytes < name_ends; bytes++)
        CU_ASSERT_EQUAL(read_bytes(&h, bytes, &name), NIC_HELLO_CUT);
    for (uint32_t bytes = name_ends; bytes <= h.bytes; bytes++) {
        memset(&name, 0, sizeof(name));
        CU_ASSERT_EQUAL(read_bytes(&h, bytes, &name), NIC_HELLO_NAMED);
        CU_ASSERT_TRUE(is_name(&name, "a.example"));
    }
}

static void a_hello_in_two_records_is_read_to_the_end_of_the_first(void)
{
    struct hello h = make("a.example");

    put16(h.at + 3, h.name_at + 9 - RECORD_BYTES);
    CU_ASSERT_EQUAL(read_hello(&h), NIC_HELLO_NAMED);
    put16(h.at + 3, h.name_at + 8 - RECORD_BYTES);
    CU_ASSERT_EQUAL(read_hello(&h), NIC_HELLO_CUT);
    put16(h.at + 3, 1);
    CU_ASSERT_EQUAL(read_hello(&h), NIC_HELLO_CUT);
}

static void what_follows_the_hello_is_not_read(void)
{
    struct hello h = make("a.example");
    struct nic_tls_name name;

    append(&h, "\x14\x03\x03\x00\x01\x01", 6);
    CU_ASSERT_EQUAL(read_bytes(&h, h.bytes, &name), NIC_HELLO_NAMED);
    CU_ASSERT_TRUE(is_name(&name, "a.example"));
}

static void a_hello_may_have_no_name(void)
{
    struct hello h = make("a.example");

    h.at[h.name_at - 8] = 99; /* another extension */
    CU_ASSERT_EQUAL(read_hello(&h), NIC_HELLO_UNNAMED);
    h.bytes = EXTENSIONS_AT; /* none at all */
    set_lengths(&h);
    CU_ASSERT_EQUAL(read_hello(&h), NIC_HELLO_UNNAMED);
    h.bytes = EXTENSIONS_AT - 2; /* nor room for any, as before RFC 3546 */
    put16(h.at + 3, h.bytes - RECORD_BYTES);
    put16(h.at + 7, h.bytes - RECORD_BYTES - 4);
    CU_ASSERT_EQUAL(read_hello(&h), NIC_HELLO_UNNAMED);
}

static void names_that_no_host_has_are_left_out(void)
{
    static const char *const bad[] = { "",           ".example",        "a..example",
                                       "a.example.", "a b.org",         "a/b",
                                       "a_b.org",    "caf\xc3\xa9.org", "a\nb" };
    char label[] = "0123456789012345678901234567890123456789012345678901234567890123.org";
    char longest[PSD_NAME_BYTES_MAX + 2];
    struct hello h;

    for (size_t i = 0; i < NIC_ARRAY_LEN(bad); i++) {
        h = make(bad[i]);
        CU_ASSERT_EQUAL(read_hello(&h), NIC_HELLO_UNNAMED);
    }
    h = make(label); /* of 64 */
    CU_ASSERT_EQUAL(read_hello(&h), NIC_HELLO_UNNAMED);
    h = make(label + 1);
    CU_ASSERT_EQUAL(read_hello(&h), NIC_HELLO_NAMED);
    for (size_t i = 0; i < sizeof(longest); i++)
        longest[i] = i % 50 == 49 ? '.' : 'x';
    longest[PSD_NAME_BYTES_MAX + 1] = '\0';
    h = make(longest);
    CU_ASSERT_EQUAL(read_hello(&h), NIC_HELLO_UNNAMED);
    longest[PSD_NAME_BYTES_MAX] = '\0';
    h = make(longest);
    CU_ASSERT_EQUAL(read_hello(&h), NIC_HELLO_NAMED);
}

static void what_contradicts_itself_is_no_hello(void)
{
    static const struct {
        uint32_t at;
        uint8_t value;
    } changes[] = {
        { 0, 23 },                 /* application data */
        { 1, 2 },                  /* not TLS */
        { 2, 5 },                  /* of no version there is */
        { 3, 0x50 },               /* a record too long */
        { 5, 2 },                  /* a ServerHello */
        { 9, 2 },                  /* the hello's own version */
        { 43, 33 },                /* a session longer than may be */
        { 69, 3 },                 /* half a cipher suite */
        { FIXED_BYTES - 1, 0xff }, /* extensions beyond the hello */
        { FIXED_BYTES + 3, 0xff }, /* an extension beyond them */
    };
    const struct hello good = make("a.example");

    for (size_t i = 0; i < NIC_ARRAY_LEN(changes); i++) {
        struct hello h = good;

        h.at[changes[i].at] = changes[i].value;
        CU_ASSERT_EQUAL(read_hello(&h), NIC_HELLO_NONE);
    }
    for (uint32_t back = 1; back <= 5; back += 2) { /* the name, its list, its extension */
        struct hello h = good;

        h.at[h.name_at - back]++;
        CU_ASSERT_NOT_EQUAL(read_hello(&h), NIC_HELLO_NAMED);
    }
}

/* The name's extension behind @p count others without a body. */
static enum nic_hello read_behind(uint32_t count)
{
    const struct hello named = make("a.example");
    const uint32_t name_ends = named.name_at + 9;
    struct hello h = named;

    h.bytes = EXTENSIONS_AT;
    for (uint32_t i = 0; i < count; i++)
        append(&h, "\x00\x63\x00\x00", 4);
    append(&h, named.at + named.name_at - 9, name_ends - (named.name_at - 9));
    set_lengths(&h);
    return read_hello(&h);
}

static void extensions_without_end_are_not_looked_at(void)
{
    CU_ASSERT_EQUAL(read_behind(0), NIC_HELLO_NAMED);
    CU_ASSERT_EQUAL(read_behind(63), NIC_HELLO_NAMED);
    CU_ASSERT_EQUAL(read_behind(64), NIC_HELLO_UNNAMED);
    CU_ASSERT_EQUAL(read_behind(200), NIC_HELLO_UNNAMED);
}

/* In memory of just that size, so that a sanitizer sees a step beyond. */
static void read_copy(const struct hello *h, uint32_t bytes, uint32_t changed_at, uint8_t value)
{
    uint8_t *copy = malloc(bytes > 0 ? bytes : 1);
    struct nic_tls_name name;

    PS_REQUIRE(copy != NULL);
    memcpy(copy, h->at, bytes);
    if (changed_at < bytes)
        copy[changed_at] = value;
    if (nic_tls_hello(&(struct nic_payload){ .at = copy, .bytes = bytes, .real_bytes = bytes },
                      &name) == NIC_HELLO_NAMED)
        CU_ASSERT_TRUE(name.bytes >= 1 && name.bytes <= PSD_NAME_BYTES_MAX);
    free(copy);
}

static void no_hello_is_read_beyond_its_end(void)
{
    const struct hello h = make("media.example.org");

    for (uint32_t bytes = 0; bytes <= h.bytes; bytes++)
        read_copy(&h, bytes, bytes, 0);
    for (uint32_t at = 0; at < h.bytes; at++)
        for (unsigned value = 0; value < 256; value++)
            read_copy(&h, h.bytes, at, (uint8_t)value);
    for (uint32_t at = 0; at < h.bytes; at++)
        read_copy(&h, h.name_at + 4, at, 0xff);
    CU_PASS("no step beyond");
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(the_name_is_read_in_lower_case),
        PS_TEST(the_rest_may_be_missing_once_the_name_is_there),
        PS_TEST(a_hello_in_two_records_is_read_to_the_end_of_the_first),
        PS_TEST(what_follows_the_hello_is_not_read),
        PS_TEST(a_hello_may_have_no_name),
        PS_TEST(names_that_no_host_has_are_left_out),
        PS_TEST(what_contradicts_itself_is_no_hello),
        PS_TEST(extensions_without_end_are_not_looked_at),
        PS_TEST(no_hello_is_read_beyond_its_end),
    };

    return ps_test_run("dpdk/tls", tests, NIC_ARRAY_LEN(tests));
}
