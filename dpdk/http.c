/* SPDX-License-Identifier: BSD-3-Clause */
#include "dpdk/http.h"

#include <errno.h>
#include <string.h>

enum state {
    BEGIN,       /* a request line may begin here; blank lines before it are skipped */
    METHOD_GET,  /* matching "GET " */
    METHOD_HEAD, /* matching "HEAD " */
    TARGET,      /* its first byte */
    SCHEME,      /* matching "http://" */
    AUTHORITY,   /* up to the path of an absolute URL */
    PATH,        /* the template, then what is kept */
    PERCENT,     /* the first digit after '%' */
    PERCENT2,    /* the second */
    QUERY,       /* skipped, however long */
    VERSION,     /* matching "HTTP/1." and a digit */
    LINE_END,    /* CR, LF or CRLF's LF */
    LINE_FEED,   /* the LF of CRLF */
    SKIP_BAD,    /* the rest of a line below the template that is malformed */
    SKIP_LINE,   /* the rest of a line that does not matter */
    LINE_BEGIN,  /* of a header line: an empty one ends the header */
    LINE_CR,     /* the LF of an empty line */
};

static const char get_text[] = "GET ";
static const char head_text[] = "HEAD ";
static const char scheme_text[] = "http://";
static const char version_text[] = "HTTP/1.";
static const char version_end[] = " HTTP/1."; /* of a target */

int nic_template_parse(const char *text, struct nic_template *ret_template)
{
    const size_t bytes = strlen(text);

    if (bytes == 0 || bytes > NIC_TEMPLATE_BYTES_MAX || text[0] != '/' || text[bytes - 1] != '/')
        return -EINVAL;
    for (size_t i = 0; i < bytes; i++)
        if (text[i] <= ' ' || text[i] > '~' || strchr("%?#", text[i]) != NULL)
            return -EINVAL;
    *ret_template = (struct nic_template){ .bytes = (uint32_t)bytes };
    memcpy(ret_template->text, text, bytes);
    return 0;
}

void nic_http_init(struct nic_http *http)
{
    http->position = 0;
    http->line_at = 0;
    http->matched = 0;
    http->path_bytes = 0;
    http->slash_count = 0;
    http->state = BEGIN;
    http->hex = 0;
}

bool nic_http_is_within_line(const struct nic_http *http)
{
    return http->state >= METHOD_GET && http->state <= LINE_FEED;
}

/* What a byte may be in a path that is not encoded: the alphabet of ids, a slash, or an end. */
enum path_byte { PATH_END, PATH_NAME, PATH_SLASH };

__extension__ static const uint8_t path_bytes[256] = {
    ['A' ... 'Z'] = PATH_NAME, ['a' ... 'z'] = PATH_NAME, ['0' ... '9'] = PATH_NAME,
    ['.'] = PATH_NAME,         ['_'] = PATH_NAME,         ['~'] = PATH_NAME,
    ['-'] = PATH_NAME,         ['/'] = PATH_SLASH,
};

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* One byte of a fixed text; the next state when it is complete. */
static enum state match(struct nic_http *h, const char *text, size_t text_bytes, uint8_t c,
                        enum state stay, enum state next)
{
    if (c != (uint8_t)text[h->matched])
        return SKIP_LINE;
    if (++h->matched < text_bytes)
        return stay;
    h->matched = 0;
    return next;
}

static enum state begin(struct nic_http *h, uint8_t c)
{
    h->line_at = h->position;
    h->matched = 1;
    h->path_bytes = 0;
    h->slash_count = 0;
    if (c == 'G')
        return METHOD_GET;
    if (c == 'H')
        return METHOD_HEAD;
    return c == '\r' || c == '\n' ? BEGIN : SKIP_LINE;
}

static void keep_slash(struct nic_http *h, size_t at)
{
    if (h->slash_count < 2)
        h->slashes[h->slash_count] = (uint16_t)at;
    h->slash_count++;
}

/* One decoded byte of the path: first the template must match, then names are kept. */
static enum state keep(struct nic_http *h, const struct nic_template *t, uint8_t c, bool encoded)
{
    if (h->matched < t->bytes) {
        if (c != (uint8_t)t->text[h->matched] || (c == '/' && encoded))
            return SKIP_LINE;
        h->matched++;
        return PATH;
    }
    if (path_bytes[c] == PATH_END || (c == '/' && encoded) || h->path_bytes == NIC_PATH_BYTES_MAX)
        return SKIP_BAD;
    if (c == '/')
        keep_slash(h, h->path_bytes);
    h->path[h->path_bytes++] = (char)c;
    return PATH;
}

static enum state target(struct nic_http *h, const struct nic_template *t, uint8_t c)
{
    h->matched = 0;
    if (c == '/')
        return keep(h, t, c, false);
    h->matched = 1;
    return c == 'h' || c == 'H' ? SCHEME : SKIP_LINE;
}

static enum state authority(struct nic_http *h, const struct nic_template *t, uint8_t c)
{
    if (c == '/' && h->matched > 0) {
        h->matched = 0;
        return keep(h, t, c, false);
    }
    if (c <= ' ' || c > '~' || strchr("/?#%", c) != NULL || h->matched == NIC_AUTHORITY_BYTES_MAX)
        return SKIP_LINE;
    h->matched++;
    return AUTHORITY;
}

static enum state path(struct nic_http *h, const struct nic_template *t, uint8_t c)
{
    const bool ours = h->matched == t->bytes;

    switch (c) {
    case '%':
        return PERCENT;
    case ' ':
        h->matched = 0;
        return ours ? VERSION : SKIP_LINE;
    case '?':
        return ours ? QUERY : SKIP_LINE;
    default:
        return keep(h, t, c, false);
    }
}

static enum state percent(struct nic_http *h, const struct nic_template *t, uint8_t c)
{
    const int digit = hex_digit(c);

    if (digit < 0)
        return h->matched == t->bytes ? SKIP_BAD : SKIP_LINE;
    if (h->state == PERCENT) {
        h->hex = (uint8_t)digit;
        return PERCENT2;
    }
    return keep(h, t, (uint8_t)(h->hex << 4 | digit), true);
}

static enum state query(struct nic_http *h, uint8_t c)
{
    if (c == ' ') {
        h->matched = 0;
        return VERSION;
    }
    return c < ' ' || c == 0x7f ? SKIP_BAD : QUERY;
}

static enum state version(struct nic_http *h, uint8_t c)
{
    if (h->matched == sizeof(version_text) - 1)
        return c >= '0' && c <= '9' ? LINE_END : SKIP_BAD;
    if (c != (uint8_t)version_text[h->matched])
        return SKIP_BAD;
    h->matched++;
    return VERSION;
}

static enum state step(struct nic_http *h, const struct nic_template *t, uint8_t c)
{
    switch ((enum state)h->state) {
    case BEGIN:
        return begin(h, c);
    case METHOD_GET:
        return match(h, get_text, sizeof(get_text) - 1, c, METHOD_GET, TARGET);
    case METHOD_HEAD:
        return match(h, head_text, sizeof(head_text) - 1, c, METHOD_HEAD, TARGET);
    case TARGET:
        return target(h, t, c);
    case SCHEME: /* case does not matter in a scheme; the bit leaves ':' and '/' as they are */
        return match(h, scheme_text, sizeof(scheme_text) - 1, c | 0x20, SCHEME, AUTHORITY);
    case AUTHORITY:
        return authority(h, t, c);
    case PATH:
        return path(h, t, c);
    case PERCENT:
    case PERCENT2:
        return percent(h, t, c);
    case QUERY:
        return query(h, c);
    case VERSION:
        return version(h, c);
    case LINE_END:
        return c == '\r' ? LINE_FEED : SKIP_BAD;
    case LINE_FEED:
    case SKIP_BAD:
    case SKIP_LINE:
        return h->state == LINE_FEED ? SKIP_BAD : (enum state)h->state;
    case LINE_BEGIN:
        return c == '\r' ? LINE_CR : SKIP_LINE;
    case LINE_CR:
        return SKIP_LINE;
    }
    return SKIP_LINE;
}

static bool name_is(const char *at, size_t bytes, const char *name)
{
    return bytes == strlen(name) && memcmp(at, name, bytes) == 0;
}

static enum nic_request_kind kind_of(const char *file, size_t bytes)
{
    static const char suffix[] = ".m4s";
    const size_t suffix_bytes = sizeof(suffix) - 1;

    if (name_is(file, bytes, "index.m3u8"))
        return NIC_REQUEST_START;
    if (bytes <= suffix_bytes || memcmp(file + bytes - suffix_bytes, suffix, suffix_bytes) != 0)
        return NIC_REQUEST_OTHER;
    for (size_t i = 0; i < bytes - suffix_bytes; i++)
        if (file[i] < '0' || file[i] > '9')
            return NIC_REQUEST_OTHER;
    return NIC_REQUEST_SEGMENT;
}

/* MEDIA/FILE or MEDIA/PROFILE/FILE, each name within its limit. */
static bool split(const struct nic_http *h, struct nic_request *ret_request)
{
    const char *file = h->path + h->slashes[h->slash_count == 2] + 1;
    struct nic_request r = { .kind = NIC_REQUEST_OTHER, .media = h->path };

    if (h->slash_count < 1 || h->slash_count > 2 || file == h->path + h->path_bytes)
        return false;
    r.media_bytes = h->slashes[0];
    if (h->slash_count == 2) {
        r.profile = h->path + h->slashes[0] + 1;
        r.profile_bytes = h->slashes[1] - h->slashes[0] - 1u;
        r.kind = kind_of(file, (size_t)(h->path + h->path_bytes - file));
        if (r.profile_bytes == 0)
            return false;
    }
    if (r.media_bytes == 0 || r.media_bytes > PSD_NAME_BYTES_MAX ||
        r.profile_bytes > PSD_NAME_BYTES_MAX)
        return false;
    *ret_request = r;
    return true;
}

/* What a line feed means depends only on the line it ends. */
static enum nic_http_event end_line(struct nic_http *h, struct nic_request *ret_request)
{
    const enum state was = (enum state)h->state;

    h->state = was == BEGIN || was == LINE_BEGIN || was == LINE_CR ? BEGIN : LINE_BEGIN;
    if (was == LINE_END || was == LINE_FEED)
        return split(h, ret_request) ? NIC_HTTP_REQUEST : NIC_HTTP_MALFORMED;
    /* A line that ends in the middle of what could have been a media path. */
    if (was == SKIP_BAD || was == QUERY || was == VERSION)
        return NIC_HTTP_MALFORMED;
    return NIC_HTTP_MORE;
}

/*
 * Most requests lie in one segment, in the plainest form. The two leaps below take what step()
 * would take byte by byte, to the same end; wherever there is any doubt they take nothing. Each
 * returns how many bytes it took.
 */
static size_t path_length(struct nic_http *h, const uint8_t *at, size_t count)
{
    size_t i;

    for (i = 0; i < count && path_bytes[at[i]] != PATH_END; i++)
        if (at[i] == '/')
            keep_slash(h, i);
    return i;
}

static size_t query_length(const uint8_t *at, size_t count)
{
    size_t i = 0;

    if (count == 0 || at[0] != '?')
        return 0;
    while (i < count && at[i] > ' ' && at[i] != 0x7f)
        i++;
    return i;
}

static bool is_line_end(const uint8_t *at)
{
    return memcmp(at, version_end, sizeof(version_end) - 1) == 0 && at[8] >= '0' && at[8] <= '9' &&
           at[9] == '\r' && at[10] == '\n';
}
#define LINE_END_BYTES 11u

/* A whole GET line of a path below the template. */
static size_t leap_line(struct nic_http *h, const struct nic_template *t, const uint8_t *at,
                        size_t count, enum nic_http_event *ret_event,
                        struct nic_request *ret_request)
{
    const size_t path_at = sizeof(get_text) - 1 + t->bytes;
    size_t bytes, end;

    if (count < path_at + LINE_END_BYTES || memcmp(at, get_text, sizeof(get_text) - 1) != 0 ||
        memcmp(at + sizeof(get_text) - 1, t->text, t->bytes) != 0)
        return 0;
    h->slash_count = 0;
    bytes = path_length(h, at + path_at, count - path_at);
    end = path_at + bytes;
    end += query_length(at + end, count - end);
    if (bytes > NIC_PATH_BYTES_MAX || count - end < LINE_END_BYTES || !is_line_end(at + end))
        return 0;
    h->line_at = h->position;
    h->path_bytes = (uint16_t)bytes;
    memcpy(h->path, at + path_at, bytes);
    h->state = LINE_BEGIN;
    *ret_event = split(h, ret_request) ? NIC_HTTP_REQUEST : NIC_HTTP_MALFORMED;
    return end + LINE_END_BYTES;
}

/* The header's lines from within one of them on, the empty one too if it is here whole. */
static size_t leap_header(struct nic_http *h, const uint8_t *at, size_t count)
{
    size_t i = 0;

    for (;;) {
        const uint8_t *feed = memchr(at + i, '\n', count - i);

        if (feed == NULL) {
            h->state = SKIP_LINE;
            return count;
        }
        i = (size_t)(feed - at) + 1;
        h->state = LINE_BEGIN;
        if (count - i >= 2 && at[i] == '\r' && at[i + 1] == '\n') {
            h->state = BEGIN;
            return i + 2;
        }
        if (i == count || at[i] == '\r' || at[i] == '\n')
            return i;
    }
}

static size_t leap(struct nic_http *h, const struct nic_template *t, const uint8_t *at,
                   size_t count, enum nic_http_event *ret_event, struct nic_request *ret_request)
{
    if (h->state == BEGIN)
        return leap_line(h, t, at, count, ret_event, ret_request);
    if (h->state == SKIP_LINE || (h->state == LINE_BEGIN && at[0] != '\r' && at[0] != '\n'))
        return leap_header(h, at, count);
    return 0;
}

size_t nic_http_feed(struct nic_http *http, const struct nic_template *media_template,
                     const uint8_t *bytes, size_t count, enum nic_http_event *ret_event,
                     struct nic_request *ret_request)
{
    size_t i = 0;

    *ret_event = NIC_HTTP_MORE;
    while (i < count && *ret_event == NIC_HTTP_MORE) {
        size_t taken = leap(http, media_template, bytes + i, count - i, ret_event, ret_request);

        if (taken == 0) {
            taken = 1;
            if (bytes[i] == '\n')
                *ret_event = end_line(http, ret_request);
            else
                http->state = (uint8_t)step(http, media_template, bytes[i]);
        }
        http->position += (uint32_t)taken;
        i += taken;
    }
    return i;
}
