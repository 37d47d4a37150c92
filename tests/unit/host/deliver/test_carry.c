/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/deliver/test_carry.c - each link of a playlist carries the token, nothing else.
 */
#include "host/base/mem.h"
#include "host/deliver/deliver_priv.h"
#include "tests/support/ps_test.h"

static void carries(const char *playlist, const char *expected)
{
    char *text = ps_deliver_carry(playlist, "a.b-_");

    PS_REQUIRE(text != NULL);
    CU_ASSERT_STRING_EQUAL(text, expected);
    free(text);
}

static void links_of_a_media_playlist_carry_the_token(void)
{
    carries("#EXTM3U\n#EXT-X-MAP:URI=\"init.mp4\"\n#EXTINF:2.0,\n0.m4s\n#EXTINF:1.0,\n1.m4s\n"
            "#EXT-X-ENDLIST\n",
            "#EXTM3U\n#EXT-X-MAP:URI=\"init.mp4?t=a.b-_\"\n#EXTINF:2.0,\n0.m4s?t=a.b-_\n"
            "#EXTINF:1.0,\n1.m4s?t=a.b-_\n#EXT-X-ENDLIST\n");
}

static void links_of_a_master_playlist_carry_the_token(void)
{
    carries("#EXT-X-MEDIA:TYPE=AUDIO,URI=\"audio/index.m3u8\",NAME=\"x\"\n"
            "#EXT-X-STREAM-INF:CODECS=\"avc1\"\nlow/index.m3u8\n",
            "#EXT-X-MEDIA:TYPE=AUDIO,URI=\"audio/index.m3u8?t=a.b-_\",NAME=\"x\"\n"
            "#EXT-X-STREAM-INF:CODECS=\"avc1\"\nlow/index.m3u8?t=a.b-_\n");
}

static void what_has_no_link_stays_as_it_is(void)
{
    carries("", "");
    carries("\n\n", "\n\n");
    carries("#EXTM3U", "#EXTM3U");
    carries("#X:URI=\"open", "#X:URI=\"open");
    carries("last.m4s", "last.m4s?t=a.b-_");
}

static void a_failed_allocation_is_null(void)
{
    ps_fail_alloc_after(0);
    CU_ASSERT_PTR_NULL(ps_deliver_carry("0.m4s\n", "t"));
    ps_fail_alloc_never();
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(links_of_a_media_playlist_carry_the_token),
        PS_TEST(links_of_a_master_playlist_carry_the_token),
        PS_TEST(what_has_no_link_stays_as_it_is),
        PS_TEST(a_failed_allocation_is_null),
    };

    return ps_test_run(__FILE__, tests, PS_ARRAY_LEN(tests));
}
