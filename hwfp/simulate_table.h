/* SPDX-License-Identifier: BSD-2-Clause */
/* What `hwfp simulate` found out, and its table. */
#ifndef HWFP_SIMULATE_TABLE_H
#define HWFP_SIMULATE_TABLE_H

#include "show.h"
#include "simulate.h"

/* A change, and what the two policies make of it. */
struct outcome {
    struct simulate_change change;
    struct hwfp_comparison hardware, ssm;
};

struct simulation {
    struct hwfp_result result; /* the current hash; what the gate says now */
    struct hwfp_vault *vault;
    const struct hwfp_hash *recorded; /* the trusted machine's, or the current one */
    const char *not_on_record;        /* why it is the current one, or NULL */
    int threshold;
    const char *threshold_from;
    uint32_t left_out; /* components of one's own change that are not usable here */
    size_t n;
    struct outcome outcomes[SIMULATE_MAX];
};

/* Components that are unreadable here, wholly or in part. */
uint32_t simulation_unreadable(const struct simulation *simulation);

void simulation_print(const struct session *session, const struct simulation *simulation,
                      bool with_reason);

#endif
