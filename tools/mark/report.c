/* SPDX-License-Identifier: BSD-3-Clause */
#include "tools/mark/report.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>

/* A bit worth the name; less is printed, with a question mark. */
#define CONFIDENT 0.99

static const char notice[] =
    "a candidate with evidence, for a human to review: a score speaks about a code word, "
    "not about what a person did";

/* Where nothing stands out there is no mark to be confident of. */
static double strength_of(const struct report *report)
{
    return report->found->is_sure ? ps_mark_strength(report->bits, report->bit_count) : 0;
}

static void print_alignment(FILE *file, const struct report *report)
{
    const struct ps_mark_found *found = report->found;

    if (!found->is_sure) {
        fprintf(file,
                "aligned=no tries=%llu: nothing stands out; bits below are as if whole "
                "pictures began with segment %u\n",
                (unsigned long long)found->tries, found->start);
        return;
    }
    fprintf(file,
            "aligned=yes tries=%llu first_segment=%u missing=%.3f s left=%.4f top=%.4f "
            "width=%.4f height=%.4f\n",
            (unsigned long long)found->tries, found->start,
            (double)report->segment_ns * found->phase / PS_MARK_PHASES / 1e9, found->view.left,
            found->view.top, found->view.width, found->view.height);
}

static void print_suspects(FILE *file, const struct suspects *suspects)
{
    fprintf(file,
            "viewers=%u segments_used=%u threshold=%.2f: of that many innocent viewers any has "
            "such a score\nwith a probability of at most %.0e (Markov's inequality on a "
            "likelihood ratio; total, not each)\n",
            suspects->viewer_count, suspects->segments_used, suspects->threshold,
            PS_ACCUSE_FALSE_MAX);
    fprintf(file, "candidates=%u\n", suspects->candidate_count);
    for (uint32_t i = 0; i < suspects->count; i++) {
        const struct suspect *s = &suspects->suspect[i];

        if (s->score < suspects->threshold && i >= 3)
            break;
        fprintf(file,
                "%s viewer=%s score=%.2f threshold=%.2f false_accusation_bound=%.1e "
                "symmetric=%.1f\n",
                s->score >= suspects->threshold ? "candidate" : "below_threshold", s->id, s->score,
                suspects->threshold, s->bound, s->symmetric);
    }
    if (suspects->candidate_count > 0)
        fprintf(file, "%s\n", notice);
}

void report_print(FILE *file, const struct report *report)
{
    const double strength = strength_of(report);

    print_alignment(file, report);
    for (uint32_t i = 0; i < report->bit_count; i++) {
        const struct ps_mark_bit *bit = &report->bits[i];
        const double confidence = ps_mark_confidence(bit->z, strength);

        fprintf(file, "segment=%u bit=%c%s z=%.2f confidence=%.4f frames=%u\n", bit->segment,
                bit->z > 0 ? 'A' : 'B', confidence < CONFIDENT ? "?" : "", bit->z, confidence,
                bit->frame_count);
    }
    fprintf(file, "segments=%u strength=%.2f damaged=%u\n", report->bit_count, strength,
            report->damaged);
    if (report->suspects != NULL)
        print_suspects(file, report->suspects);
}

static json_t *json_of_bits(const struct report *report)
{
    const double strength = strength_of(report);
    json_t *array = json_array();

    for (uint32_t i = 0; array != NULL && i < report->bit_count; i++) {
        const struct ps_mark_bit *bit = &report->bits[i];

        json_array_append_new(array, json_pack("{s:I, s:s, s:f, s:f, s:I}", "segment",
                                               (json_int_t)bit->segment, "bit",
                                               bit->z > 0 ? "A" : "B", "z", bit->z, "confidence",
                                               ps_mark_confidence(bit->z, strength), "frames",
                                               (json_int_t)bit->frame_count));
    }
    return array;
}

static json_t *json_of_suspects(const struct suspects *suspects)
{
    json_t *array = json_array();

    for (uint32_t i = 0; array != NULL && i < suspects->count; i++) {
        const struct suspect *s = &suspects->suspect[i];

        json_array_append_new(array, json_pack("{s:s, s:b, s:f, s:f, s:f}", "viewer", s->id,
                                               "candidate", s->score >= suspects->threshold,
                                               "score", s->score, "false_accusation_bound",
                                               s->bound, "symmetric", s->symmetric));
    }
    return json_pack("{s:I, s:I, s:f, s:f, s:I, s:s, s:o}", "viewers",
                     (json_int_t)suspects->viewer_count, "segments_used",
                     (json_int_t)suspects->segments_used, "threshold", suspects->threshold,
                     "false_accusation_max", PS_ACCUSE_FALSE_MAX, "candidates",
                     (json_int_t)suspects->candidate_count, "notice", notice, "highest", array);
}

int report_print_json(FILE *file, const struct report *report)
{
    const struct ps_mark_found *found = report->found;
    json_t *root =
        json_pack("{s:s, s:f, s:I, s:{s:b, s:I, s:I, s:f, s:f, s:f, s:f, s:f}, s:f, s:o}", "file",
                  report->file, "segment_s", (double)report->segment_ns / 1e9, "damaged",
                  (json_int_t)report->damaged, "alignment", "sure", (int)found->is_sure, "tries",
                  (json_int_t)found->tries, "first_segment", (json_int_t)found->start, "missing_s",
                  (double)report->segment_ns * found->phase / PS_MARK_PHASES / 1e9, "left",
                  found->view.left, "top", found->view.top, "width", found->view.width, "height",
                  found->view.height, "strength", ps_mark_strength(report->bits, report->bit_count),
                  "segments", json_of_bits(report));
    int rc = -ENOMEM;

    if (root != NULL && report->suspects != NULL)
        json_object_set_new(root, "suspects", json_of_suspects(report->suspects));
    if (root != NULL && json_dumpf(root, file, JSON_INDENT(1) | JSON_REAL_PRECISION(9)) == 0) {
        fputc('\n', file);
        rc = 0;
    }
    json_decref(root);
    return rc;
}
