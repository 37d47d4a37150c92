/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/clock.h"
#include "host/base/hash.h"
#include "host/watermark/key.h"
#include "host/watermark/reader.h"
#include "tools/mark/command.h"

#define TELL_EVERY_NS 2000000000ull
#define RATE_TERM_MAX 1000000u

const char mark_key_help[] =
    "  --key HEX              the title's key, up to 16 hexadecimal digits; or, as prestaged "
    "does:\n"
    "  --secret-file FILE     the deployment's secret (mark.secret in tier.state_dir), and\n"
    "  --media ID             the title's id\n";

void mark_say(const char *format, ...)
{
    va_list args;

    fputs("prestage-mark: ", stderr);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
}

int mark_key_of(const struct mark_key_options *options, uint64_t *ret_key)
{
    uint64_t secret = 0;
    int rc;

    if (options->key != NULL && options->secret_file == NULL && options->media == NULL) {
        rc = ps_mark_key_parse(options->key, ret_key);
        if (rc != 0)
            mark_say("--key %s: give 1 to 16 hexadecimal digits", options->key);
        return rc;
    }
    if (options->key != NULL || options->secret_file == NULL || options->media == NULL) {
        mark_say("give either --key, or --secret-file and --media");
        return -EINVAL;
    }
    rc = ps_mark_secret_load(options->secret_file, &secret);
    if (rc != 0)
        mark_say("%s: %s", options->secret_file,
                 rc == -EINVAL ? "not a secret: it has 8 bytes" : strerror(-rc));
    else
        *ret_key = ps_mark_key(secret, ps_hash64_name(options->media));
    return rc;
}

bool mark_number(const char *option, const char *text, uint64_t min, uint64_t max,
                 uint64_t *ret_number)
{
    char *end;
    unsigned long long number;

    errno = 0;
    number = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || number < min ||
        number > max) {
        mark_say("%s %s: give a whole number from %llu to %llu", option, text,
                 (unsigned long long)min, (unsigned long long)max);
        return false;
    }
    *ret_number = number;
    return true;
}

bool mark_seconds(const char *option, const char *text, uint64_t *ret_ns)
{
    char *end;
    const double seconds = strtod(text, &end);

    if (end == text || *end != '\0' || !(seconds >= (double)PS_MARK_SEGMENT_NS_MIN / 1e9) ||
        seconds > (double)PS_MARK_SEGMENT_NS_MAX / 1e9) {
        mark_say("%s %s: give seconds from %g to %g", option, text,
                 (double)PS_MARK_SEGMENT_NS_MIN / 1e9, (double)PS_MARK_SEGMENT_NS_MAX / 1e9);
        return false;
    }
    *ret_ns = (uint64_t)(seconds * 1e9 + 0.5);
    return true;
}

bool mark_rate(const char *option, const char *text, uint32_t *ret_num, uint32_t *ret_den)
{
    char *end;
    unsigned long num, den = 1;

    num = strtoul(text, &end, 10);
    if (end != text && *end == '/') {
        text = end + 1;
        den = strtoul(text, &end, 10);
    }
    if (end == text || *end != '\0' || num < 1 || den < 1 || num > RATE_TERM_MAX ||
        den > RATE_TERM_MAX) {
        mark_say("%s: give frames a second as 25 or 30000/1001", option);
        return false;
    }
    *ret_num = (uint32_t)num;
    *ret_den = (uint32_t)den;
    return true;
}

void mark_tell(struct mark_progress *progress, const char *what, double done, double all,
               const char *unit)
{
    const uint64_t now_ns = ps_clock_mono_ns();

    if (progress->told_ns == 0)
        progress->told_ns = now_ns;
    if (progress->is_quiet || now_ns - progress->told_ns < TELL_EVERY_NS)
        return;
    progress->told_ns = now_ns;
    if (all > 0)
        mark_say("%s: %.0f of %.0f %s", what, done, all, unit);
    else
        mark_say("%s: %.0f %s", what, done, unit);
}

uint64_t mark_whole_frames(uint64_t asked_ns, uint32_t fps_num, uint32_t fps_den)
{
    const double frame_ns = 1e9 * fps_den / fps_num;
    const uint64_t frames = (uint64_t)((double)asked_ns / frame_ns + 1 - 1e-6);

    return (uint64_t)((double)frames * frame_ns + 0.5);
}

int mark_parse(const struct mark_command_line *line, void *options, int argc, char **argv)
{
    int option;

    optind = 1;
    while ((option = getopt_long(argc, argv, "", line->options, NULL)) != -1) {
        if (option == line->help) {
            line->print_usage(stdout);
            return 1;
        }
        if (!line->set(options, option))
            return -EINVAL;
    }
    return 0;
}
