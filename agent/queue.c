/* SPDX-License-Identifier: BSD-3-Clause */
/* agent/queue.c - see queue_priv.h. */
#include "agent/queue_priv.h"

#include <string.h>

#define LENGTH_S       1800 /* of a title that nobody says the length of */
#define LENGTH_S_MAX   86400
#define NEXT           0.8   /* a queue is mostly played on */
#define BEGIN          0.5   /* and often begun soon after it is made */
#define RECENT_S       14400 /* what was played longer ago is not being played */
#define BEGIN_WITHIN_S 1800

/* What an M3U says of the entry that comes. */
struct ahead {
    struct psa_text media, title;
    uint32_t length_s;
};

/* `#EXTINF:SECONDS[ attributes],Title`; a length below 0 is not known. */
static void read_extinf(struct ahead *ahead, struct psa_text text)
{
    const char *comma = text.bytes == 0 ? NULL : memchr(text.at, ',', text.bytes);
    struct psa_text length = text;
    double seconds = 0.0;

    if (comma != NULL) {
        length.bytes = (size_t)(comma - text.at);
        ahead->title = (struct psa_text){ comma + 1, text.bytes - length.bytes - 1 };
    }
    if (psa_text_word(&length, &text) && psa_text_f64(text, &seconds) && seconds <= LENGTH_S_MAX)
        ahead->length_s = (uint32_t)seconds;
}

static bool find_id(const struct psa_names *names, const struct ahead *ahead, struct psa_text path,
                    struct psa_id *ret_id)
{
    if (ahead->media.bytes > 0)
        return psa_names_take(names, ahead->media, ret_id);
    return psa_names_find(names, path, ret_id) || psa_names_find(names, ahead->title, ret_id);
}

static uint32_t read_m3u(struct psa_queue *queue, const struct psa_names *names,
                         struct psa_text text)
{
    struct ahead ahead = { .length_s = 0 };
    struct psa_text line;
    uint32_t left_out = 0;

    while (psa_text_line(&text, &line)) {
        line = psa_text_trim(line);
        if (psa_text_skip(&line, "#EXTINF:")) {
            read_extinf(&ahead, line);
        } else if (psa_text_skip(&line, "#PRESTAGE-MEDIA:")) {
            ahead.media = line;
        } else if (line.bytes > 0 && line.at[0] != '#') {
            if (queue->count == PSA_QUEUE_MAX)
                return left_out + 1;
            struct psa_queued *queued = &queue->list[queue->count++];
            *queued = (struct psa_queued){ .length_s = ahead.length_s };
            queued->has_id = find_id(names, &ahead, line, &queued->id);
            left_out += !queued->has_id;
            ahead = (struct ahead){ .length_s = 0 };
        }
    }
    return left_out;
}

static uint32_t read_lines(struct psa_queue *queue, const struct psa_names *names,
                           struct psa_text text)
{
    struct psa_text line, id, length;
    uint32_t left_out = 0;

    while (psa_text_line(&text, &line)) {
        uint64_t seconds = 0;

        if (!psa_text_word(&line, &id) || id.at[0] == '#')
            continue;
        if (queue->count == PSA_QUEUE_MAX)
            return left_out + 1;
        struct psa_queued *queued = &queue->list[queue->count];
        *queued = (struct psa_queued){ .has_id = true };
        if ((psa_text_word(&line, &length) &&
             (!psa_text_u64(length, &seconds) || seconds > LENGTH_S_MAX)) ||
            !psa_names_take(names, id, &queued->id)) {
            left_out++;
            continue;
        }
        queued->length_s = (uint32_t)seconds;
        queue->count++;
    }
    return left_out;
}

uint32_t psa_queue_read(struct psa_queue *queue, const struct psa_names *names,
                        struct psa_text text)
{
    struct psa_text peek = text;

    queue->count = 0;
    psa_text_skip(&peek, "\xef\xbb\xbf"); /* a byte order mark */
    return psa_text_skip(&peek, "#EXTM3U") ? read_m3u(queue, names, text)
                                           : read_lines(queue, names, text);
}

static uint32_t place_of(const struct psa_queue *queue, const struct psa_play *last, int64_t now_s)
{
    if (last == NULL || now_s - last->at_s > RECENT_S)
        return queue->count;
    for (uint32_t i = 0; i < queue->count; i++)
        if (queue->list[i].has_id && strcmp(queue->list[i].id.text, last->id.text) == 0)
            return i;
    return queue->count;
}

uint32_t psa_queue_guess(const struct psa_queue *queue, const struct psa_play *last, int64_t now_s,
                         struct psa_guess ret_guesses[PSA_GUESSES_MAX])
{
    const uint32_t playing = place_of(queue, last, now_s);
    uint32_t next = playing < queue->count ? playing + 1 : 0;
    int64_t from_s = queue->read_s, slack_s = BEGIN_WITHIN_S;
    double probability = BEGIN;
    uint32_t count = 0;

    if (playing < queue->count) {
        const uint32_t length_s = queue->list[playing].length_s;

        from_s = last->at_s + (length_s == 0 ? 0 : length_s);
        slack_s = length_s == 0 ? LENGTH_S : length_s / 4 + 60;
        probability = NEXT;
    }
    for (; next < queue->count && count < PSA_QUEUE_AHEAD; next++) {
        const struct psa_queued *queued = &queue->list[next];

        if (queued->has_id && from_s + slack_s >= now_s)
            ret_guesses[count++] = (struct psa_guess){ .id = queued->id,
                                                       .from_s = from_s,
                                                       .to_s = from_s + slack_s,
                                                       .probability = probability };
        from_s += queued->length_s;
        slack_s += queued->length_s == 0 ? LENGTH_S : queued->length_s / 4;
        probability *= NEXT;
    }
    return count;
}
