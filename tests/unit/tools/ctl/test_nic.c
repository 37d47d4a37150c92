/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/tools/ctl/test_nic.c - the page fits a terminal, lines up, and harms none. */
#include "tools/ctl/nic.h"

#include <stdlib.h>
#include <string.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"

#define COLUMNS 80

static struct ps_msg_writer w;
static char *page;

/* The page of what was written. */
static const char *show(void)
{
    struct ps_msg *msg;
    size_t bytes;

    PS_REQUIRE(w.error == 0 && ps_msg_read(&msg, w.data, w.size_bytes) == 0);
    FILE *out = open_memstream(&page, &bytes);
    PS_REQUIRE(out != NULL);
    ctl_nic_write(out, ps_msg_root(msg));
    fclose(out);
    ps_msg_destroy(msg);
    ps_msg_writer_fini(&w);
    return page;
}

static void begin(const char *from)
{
    ps_msg_writer_init(&w, PS_MSG_BYTES_MAX);
    ps_msg_open_array(&w);
    ps_msg_open_map(&w);
    ps_msg_pair_str(&w, "from", from);
}

static void end(void)
{
    ps_msg_close(&w);
    ps_msg_close(&w);
}

static void put_port(const char *name, const char *driver, uint64_t mbps)
{
    ps_msg_open_map(&w);
    ps_msg_pair_str(&w, "name", name);
    ps_msg_pair_str(&w, "driver", driver);
    ps_msg_pair_bool(&w, "up", true);
    ps_msg_pair_u64(&w, "speed_mbps", mbps);
    ps_msg_pair_u64(&w, "queues", 16);
    ps_msg_pair_u64(&w, "packets", 987654321098765);
    ps_msg_pair_u64(&w, "missed", 1234567);
    ps_msg_pair_u64(&w, "errors", 12);
    ps_msg_pair_f64(&w, "packets_per_s", 12345678.9);
    ps_msg_pair_f64(&w, "bits_per_s", 98765432109.0);
    ps_msg_close(&w);
}

static void put_counter(const char *name, uint64_t value)
{
    ps_msg_open_map(&w);
    ps_msg_pair_str(&w, "name", name);
    ps_msg_pair_u64(&w, "value", value);
    ps_msg_close(&w);
}

static void put_rule(const char *name, const char *place, const char *why)
{
    ps_msg_open_map(&w);
    ps_msg_pair_str(&w, "name", name);
    ps_msg_pair_str(&w, "place", place);
    ps_msg_pair_u64(&w, "packets", 5);
    ps_msg_pair_str(&w, "why", why);
    ps_msg_close(&w);
}

/* Every line within the columns, and without blanks at its end. */
static void expect_tidy(const char *text)
{
    while (*text != '\0') {
        const size_t length = strcspn(text, "\n");

        CU_ASSERT_TRUE(length <= COLUMNS);
        CU_ASSERT_TRUE(length == 0 || text[length - 1] != ' ');
        if (length > COLUMNS || (length > 0 && text[length - 1] == ' '))
            fprintf(stderr, "untidy: '%.*s'\n", (int)length, text);
        text += length + (text[length] == '\n');
    }
}

static void the_page_of_a_busy_edge_fits_eighty_columns(void)
{
    begin("tls:edge-1@192.0.2.17:51234");
    ps_msg_pair_str(&w, "boot", "0123456789abcdef");
    ps_msg_pair_f64(&w, "connected_s", 1e6);
    ps_msg_pair_u64(&w, "epoch", 1234567);
    ps_msg_pair_f64(&w, "epoch_age_s", 0.4);
    ps_msg_pair_u64(&w, "requests_counted", 98765432109);
    ps_msg_pair_u64(&w, "requests_received", 98765432109);
    ps_msg_pair_array(&w, "ports");
    put_port("0000:03:00.0", "mlx5_pci", 100000);
    put_port("0000:03:00.1", "mlx5_pci", 25000);
    ps_msg_close(&w);
    ps_msg_pair_array(&w, "counters");
    put_counter("packets", 987654321098765);
    put_counter("media_requests", 98765432109);
    put_counter("overflow", 98765432109);
    put_counter("overflow_error", 42);
    put_counter("unseen", 0);
    put_counter("promoted", 0);
    put_counter("tls_hellos_cut", 1234567890123);
    ps_msg_close(&w);
    end();
    const char *text = show();
    expect_tidy(text);
    CU_ASSERT_PTR_NOT_NULL(
        strstr(text, "\n  requests  98765432109 counted, their rate with the next epoch\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, " 0000:03:00.0  mlx5_pci  100 Gb/s "));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, " 988 T  12.3 M  98.8 G  1.23 M      12\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "98765432109 ± 42"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "unseen"));
    CU_ASSERT_PTR_NULL(strstr(text, "promoted")); /* 0, and no news */
    free(page);
}

static void rules_that_one_reason_keeps_in_software_are_one_line(void)
{
    begin("unix");
    ps_msg_pair_array(&w, "rules");
    put_rule("0 tcp4 80 server 1", "software", "the driver takes no rules");
    put_rule("0 udp4 443 quic", "software", "the driver takes no rules");
    ps_msg_close(&w);
    end();
    CU_ASSERT_PTR_NOT_NULL(
        strstr(show(), "rules: all 2 are counted in software: the driver takes no rules\n"));
    free(page);
    begin("unix");
    ps_msg_pair_array(&w, "rules");
    put_rule("0 tcp4 80 server 1", "hardware", NULL);
    put_rule("0 udp4 443 quic", "software", "No space left on device");
    ps_msg_close(&w);
    end();
    const char *text = show();
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "0 tcp4 80 server 1  hardware"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "No space left on device\n"));
    free(page);
}

/* Titles are what viewers asked for, and a viewer may ask for anything. */
static void no_name_is_a_command_to_the_terminal(void)
{
    static const char bad[] = "a\x1b[2J\a\x7f\xc2\x9b"
                              "b";

    begin(bad);
    ps_msg_pair_array(&w, "warnings");
    ps_msg_put_str(&w, bad);
    ps_msg_close(&w);
    ps_msg_pair_array(&w, "media");
    ps_msg_open_map(&w);
    ps_msg_pair_str(&w, "name", bad);
    ps_msg_pair_u64(&w, "requests", 3);
    ps_msg_close(&w);
    ps_msg_close(&w);
    end();
    const char *text = show();
    for (const char *c = text; *c != '\0'; c++)
        CU_ASSERT_TRUE(*c == '\n' || (*c >= ' ' && *c < 0x7f));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "3  a?[2J????b\n"));
    free(page);
}

static void who_sees_nothing_is_told_where_to_look(void)
{
    ps_msg_writer_init(&w, PS_MSG_BYTES_MAX);
    ps_msg_open_array(&w);
    ps_msg_close(&w);
    const char *text = show();
    expect_tidy(text);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "no prestage-nic is connected"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "prestagectl status"));
    free(page);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(the_page_of_a_busy_edge_fits_eighty_columns),
        PS_TEST(rules_that_one_reason_keeps_in_software_are_one_line),
        PS_TEST(no_name_is_a_command_to_the_terminal),
        PS_TEST(who_sees_nothing_is_told_where_to_look),
    };

    return ps_test_run("tools/ctl/nic", tests, PS_ARRAY_LEN(tests));
}
