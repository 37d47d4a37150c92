/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/bench/bench_predict.h - what the predictor's benchmark is compared with.
 *
 * The plain way to count who asks for what: GLib's hash table, a struct for each resource, media
 * and peer with as many decayed counts as the predictor keeps, each decayed by exp() when it is
 * read. It predicts nothing. Threads: one.
 */
#ifndef PS_TESTS_BENCH_BENCH_PREDICT_H
#define PS_TESTS_BENCH_BENCH_PREDICT_H

#include "host/plan/demand.h"

struct plain;

/** NULL when the benchmark was built without GLib. */
struct plain *plain_create(void);
void plain_destroy(struct plain *plain);
void plain_learn(struct plain *plain, const struct ps_demand *demand);
/** Starts of one resource in about the last hour, so that nothing counted is optimised away. */
double plain_read(const struct plain *plain, const struct ps_resource *resource, uint64_t now_ns);

#endif
