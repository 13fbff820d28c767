/* SPDX-License-Identifier: BSD-2-Clause */
/* Random numbers for tests: the same ones on every machine and in every run, so that a failure can
 * be repeated. */
#ifndef PRNG_H
#define PRNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct prng {
    uint64_t state; /* the seed; never 0 */
};

uint64_t prng_next(struct prng *prng);

/* 0 to n - 1. */
size_t prng_below(struct prng *prng, size_t n);

/* True in so many of 100 cases. */
bool prng_chance(struct prng *prng, unsigned percent);

#endif
