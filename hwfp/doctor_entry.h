/* SPDX-License-Identifier: BSD-2-Clause */
/* hwfp doctor: who comes in on a machine that is refused, and how they can be root there. */
#ifndef HWFP_DOCTOR_ENTRY_H
#define HWFP_DOCTOR_ENTRY_H

#include "account.h"
#include "doctor.h"

struct entry {
    struct doctor *d;
    struct accounts accounts;
    struct doctor_ssh ssh;
    bool terminal;  /* there is a getty */
    unsigned codes; /* that are left */
    bool perhaps;   /* some way may be open, which cannot be told */
};

/* ---- doctor_rise.c ---- */

struct rise {
    enum { RISES_NEVER, RISES_PERHAPS, RISES_BY_CODE, RISES_FREELY } how; /* from worst to best */
    const char *by; /* sudo or su; NULL for root himself */
};

struct rise doctor_rise(const struct doctor *d, const struct accounts *accounts,
                        const struct account *account);

/* ---- doctor_who.c ---- */

/* Comes in by this way, as far as the way is open. */
typedef bool comes_function(const struct entry *e, const struct account *a);
comes_function comes_by_ssh, comes_at_terminal, comes_by_screen;
comes_function gives_code_by_ssh, gives_code_at_terminal;

/* What it takes: a password, an SSH key, or either. */
const char *comes_by_what(const struct entry *e, const struct account *a);

struct someone {
    const struct account *account; /* NULL: nobody comes in */
    struct rise rise;
};

/* The one with the fewest obstacles. */
struct someone find_someone(const struct entry *e, comes_function *comes);

/* `way` is a sentence of how someone comes in, without an end. Shut: nothing was said. */
enum way { WAY_SHUT, WAY_PERHAPS, WAY_OPEN };
enum way tell_way(struct entry *e, const struct someone *who, const char *way);

/* In another mode nobody is refused: what the ways lack is of interest to whoever thinks of deny.
 */
enum doctor_level entry_doubt(const struct entry *e);

/* ---- doctor_exempt.c: true where someone can be root by one of them. ---- */

bool doctor_exempt_users(struct entry *e);
bool doctor_exempt_services(struct entry *e);

#endif
