/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/agent/test_options.c - a file of lines and options of the same names. */
#include "agent/options_priv.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/agent/agent_texts.h"

static struct psa_options options;
static struct psa_problem problem;

#define READ(...) read_words((char *[]){ (char[]){ "prestage-agent" }, __VA_ARGS__, NULL })
#define W(s)      ((char[]){ s })

static int read_words(char **words)
{
    int count = 0;

    while (words[count] != NULL)
        count++;
    problem.text[0] = '\0';
    return psa_options_read(&options, count, words, &problem);
}

static void options_are_read(void)
{
    CU_ASSERT_EQUAL(READ(W("--edge"), W("127.0.0.1:7700"), W("--rate=0.5"), W("--device"),
                         W("phone"), W("--consent=yes"), W("--dry-run"), W("--region"), W("7")),
                    0);
    CU_ASSERT_STRING_EQUAL(options.edge, "127.0.0.1:7700");
    CU_ASSERT_TRUE(options.rate == 0.5 && options.device == PRESTAGE_AGENT_PHONE);
    CU_ASSERT_TRUE(options.consent && options.dry_run && !options.show && options.region == 7);
    CU_ASSERT_TRUE(options.jitter == 20 && options.least == 0.1);
    CU_ASSERT_STRING_EQUAL(options.queue, "");
}

static void consent_is_not_assumed(void)
{
    CU_ASSERT_EQUAL(READ(W("--show")), 0);
    CU_ASSERT_FALSE(options.consent);
    CU_ASSERT_EQUAL(READ(W("--consent"), W("maybe")), -EINVAL);
    CU_ASSERT_EQUAL(READ(W("--consent"), W("no")), 0);
    CU_ASSERT_FALSE(options.consent);
}

static void what_is_wrong_is_said(void)
{
    CU_ASSERT_EQUAL(READ(W("--colour"), W("red")), -EINVAL);
    CU_ASSERT_PTR_NOT_NULL(strstr(problem.text, "colour"));
    CU_ASSERT_EQUAL(READ(W("--rate"), W("fast")), -EINVAL);
    CU_ASSERT_EQUAL(READ(W("--rate")), -EINVAL);
    CU_ASSERT_EQUAL(READ(W("--region"), W("65536")), -EINVAL);
    CU_ASSERT_EQUAL(READ(W("--device"), W("toaster")), -EINVAL);
    CU_ASSERT_EQUAL(READ(W("queue")), -EINVAL);
    CU_ASSERT_EQUAL(READ(W("--")), -EINVAL);
    CU_ASSERT_EQUAL(READ(W("--queue=")), -EINVAL);
    CU_ASSERT_EQUAL(READ(W("--config"), W("/nonexistent/file")), -EINVAL);
}

static void the_line_goes_before_the_file(void)
{
    char path[] = "/tmp/ps-agent-XXXXXX";
    static const char text[] = "# mine\nconsent yes\r\n\n  queue  /home/me/my queue.m3u \nrate 2\n";
    const int fd = mkstemp(path);

    PS_REQUIRE(fd >= 0 && write(fd, text, sizeof(text) - 1) == (ssize_t)sizeof(text) - 1);
    close(fd);
    CU_ASSERT_EQUAL(READ(W("--rate"), W("3"), W("--config"), path), 0);
    CU_ASSERT_TRUE(options.consent && options.rate == 3);
    CU_ASSERT_STRING_EQUAL(options.queue, "/home/me/my queue.m3u");
    unlink(path);
}

static void take_damaged(struct psa_text damaged)
{
    memset(&options, 0, sizeof(options));
    psa_options_read_text(&options, damaged.at, damaged.bytes, &problem);
    CU_ASSERT_TRUE(memchr(options.queue, '\0', sizeof(options.queue)) != NULL);
}

static void damaged_files_do_no_harm(void)
{
    with_damaged("consent yes\nqueue /home/me/queue.m3u\nrate 2\ndevice phone\n", take_damaged);
}

static void help_names_every_option(void)
{
    psa_options_help(); /* its text is compared with the man page by the style suite */
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(options_are_read),         PS_TEST(consent_is_not_assumed),
        PS_TEST(what_is_wrong_is_said),    PS_TEST(the_line_goes_before_the_file),
        PS_TEST(damaged_files_do_no_harm), PS_TEST(help_names_every_option),
    };

    return ps_test_run("agent/options", tests, COUNT_OF(tests));
}
