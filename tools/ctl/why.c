/* SPDX-License-Identifier: BSD-3-Clause */
#include "tools/ctl/why.h"

#include "host/base/mem.h"
#include "tools/ctl/table.h"

static double number(const struct ps_msg_value *map, const char *key)
{
    double value = 0.0;

    ps_msg_as_f64(ps_msg_get(map, key), &value);
    return value;
}

static void put_text(FILE *out, const struct ps_msg_value *map, const char *key)
{
    const struct ps_msg_value *text = ps_msg_get(map, key);

    if (text == NULL || ps_msg_type_of(text) != PS_MSG_STR)
        fputs("-", out);
    else
        ctl_put_text(out, text);
}

static void write_factors(FILE *out, const struct ps_msg_value *factors)
{
    const uint32_t count =
        factors != NULL && ps_msg_type_of(factors) == PS_MSG_ARRAY ? ps_msg_count(factors) : 0;

    if (count == 0)
        fputs("  no factor stands out\n", out);
    for (uint32_t i = 0; i < count; i++) {
        const struct ps_msg_value *factor = ps_msg_at(factors, i);

        fprintf(out, "  x %-8.3g ", number(factor, "effect"));
        put_text(out, factor, "name");
        fprintf(out, ": %.4g\n", number(factor, "value"));
    }
}

static void write_prediction(FILE *out, const struct ps_msg_value *p)
{
    static const struct {
        const char *when, *expected, *confidence;
    } horizons[] = { { "5 min", "expected_5m", "p_5m" },
                     { "15 min", "expected_15m", "p_15m" },
                     { "60 min", "expected_60m", "p_60m" } };

    put_text(out, p, "media");
    fputs(" in ", out);
    put_text(out, p, "profile");
    fputs(" (reason: ", out);
    put_text(out, p, "reason");
    fputs(", stored: ", out);
    put_text(out, p, "stored");
    fputs(")\n", out);
    for (size_t h = 0; h < PS_ARRAY_LEN(horizons); h++)
        fprintf(out, "  within %-6s  %.3f starts, %.1f %% sure of one\n", horizons[h].when,
                number(p, horizons[h].expected), 100.0 * number(p, horizons[h].confidence));
    write_factors(out, ps_msg_get(p, "factors"));
}

void ctl_why_write(FILE *out, const struct ps_msg_value *predictions)
{
    const uint32_t count =
        ps_msg_type_of(predictions) == PS_MSG_ARRAY ? ps_msg_count(predictions) : 0;

    if (count == 0)
        fputs("nothing is predicted yet\n", out);
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0)
            fputc('\n', out);
        write_prediction(out, ps_msg_at(predictions, i));
    }
}
