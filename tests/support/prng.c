/* SPDX-License-Identifier: BSD-2-Clause */
#include "prng.h"

/* xorshift64* (Vigna, 2014): small, and good enough to choose with. */
uint64_t prng_next(struct prng *prng)
{
    uint64_t x = prng->state;

    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    prng->state = x;
    return x * UINT64_C(0x2545f4914f6cdd1d);
}

size_t prng_below(struct prng *prng, size_t n)
{
    return (size_t)((prng_next(prng) >> 33) % n);
}

bool prng_chance(struct prng *prng, unsigned percent)
{
    return prng_below(prng, 100) < percent;
}
