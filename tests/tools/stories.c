/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random stories: machines of seven kinds live some years at home, and half of them are copied
 * then. No verdict is known beforehand but these: at home nothing is refused, and no copy is let
 * in. Counted apart is what nobody can tell by the evidence. tests/stories/README.md says more.
 *
 *   stories [--seed N] [--count N]    TAP lines, with the limits
 *   stories --table                   the counts by kind of machine
 *   stories --show WHICH              each such story, with its sum
 */
#include <err.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "decide.h"
#include "hash.h"
#include "story.h"
#include "util.h"
#include "vault.h"

#define SEED 20261127
#define COUNT 4000
#define YEARS_MOST 5
#define MONTHS 12

enum outcome { SAME, DOUBTED, REFUSED, OUTCOMES };

struct counts {
    unsigned years[OUTCOMES];  /* at home, by the worst verdict of the year */
    unsigned checks[OUTCOMES]; /* at home, after something happened */
    unsigned lives[OUTCOMES];  /* at home, by the worst verdict of all years */
    unsigned copies[OUTCOMES]; /* SAME: let in */
    unsigned untold_years, untold_copies;
};

struct suite {
    uint64_t seed;
    unsigned count;
    const char *show;
    struct counts kind[STORY_KINDS];
    unsigned untold[STORY_UNTOLD][OUTCOMES];
    unsigned event[STORY_EVENTS][OUTCOMES], copy[STORY_COPIES][OUTCOMES]; /* of what can be told */
};

struct story {
    bool board; /* was replaced without its tag, and nobody has looked at it in peace since */
    struct suite *suite;
    unsigned number;
    struct prng prng;
    enum story_kind kind;
    struct story_model model;
    struct story_machine machine;
    struct hwfp_vault *vault; /* the first machine is this one */
    enum outcome year, life;
    bool untold_year;
};

static enum outcome outcome_of(enum hwfp_verdict verdict)
{
    return verdict == HWFP_SAME ? SAME : verdict == HWFP_UNCERTAIN ? DOUBTED : REFUSED;
}

/* ---- Showing one. ---- */

static void show(const struct story *s, const char *which, const char *what,
                 const struct hwfp_hash *now)
{
    struct hwfp_comparison c;

    if (!s->suite->show || strcmp(which, s->suite->show) != 0)
        return;
    hwfp_compare(&s->vault->machines[0].hash, now, HWFP_POLICY_HARDWARE, HWFP_THRESHOLD_DEFAULT,
                 &c);
    printf("%s: story %u, %s (%s): %s: %s, sum %+.1f, held at %+.1f:", which, s->number,
           story_kind_name(s->kind), s->model.maker->name, what, hwfp_verdict_name(c.verdict),
           c.sum / 10.0, c.bits / 10.0);
    if (c.hidden)
        printf(" hidden %+.1f", c.hidden / 10.0);
    if (c.kind_changed)
        printf(" kind-changed %+.1f", c.kind_changed / 10.0);
    for (unsigned i = 0; i < HWFP_COMPONENTS; i++)
        if (c.component[i].bits)
            printf(" %s %+.1f (%u/%u/%u)", hwfp_component_name((enum hwfp_component)i),
                   c.component[i].bits / 10.0, c.component[i].recorded, c.component[i].common,
                   c.component[i].current);
    printf(": %s\n", c.reason);
}

/* ---- At home. ---- */

static struct decision decide_on(const struct story *s, const struct hwfp_hash *now)
{
    struct decision d;

    if (decide(s->vault, now, HWFP_POLICY_HARDWARE, &d) < 0)
        errx(1, "no memory");
    return d;
}

static bool knows(const struct story *s, const struct hwfp_hash *now)
{
    return decide_on(s, now).verdict == HWFP_SAME;
}

/* As the gate does, and the administrator who was asked. A passing trouble passes. */
static void follow(struct story *s, const struct decision *d, const struct hwfp_hash *now,
                   bool passing)
{
    struct hwfp_hash *record = &s->vault->machines[0].hash;
    int r = 0;

    if (d->verdict == HWFP_SAME) {
        r = d->fits ? drift_follow(record, now) : 0;
    } else if (d->verdict == HWFP_UNCERTAIN && !passing) {
        r = drift_accept(record, now);
        if (r == 0 && !knows(s, now))
            drift_drop(record, now, HWFP_PART);
        if (r == 0 && !knows(s, now))
            drift_drop(record, now, HWFP_CHASSIS);
    } else if (!passing) {
        hwfp_hash_clear(record);
        r = hwfp_hash_copy(now, record);
    }
    if (r < 0)
        errx(1, "no memory");
}

static void boot_at_home(struct story *s, const char *what, bool board, uint32_t events,
                         const struct story_look *look)
{
    bool passing = look->absent || look->unreadable || look->late_nics;
    struct suite *suite = s->suite;
    struct hwfp_hash now = {0};
    enum story_untold untold;
    enum outcome outcome;
    struct decision d;

    story_boot(&s->prng, &s->machine);
    story_hash(&s->machine, look, &now);
    d = decide_on(s, &now);
    outcome = outcome_of(d.verdict);
    untold = story_untold_at_home(&s->vault->machines[0].hash, &now);
    s->board = s->board || board;
    if (s->board)
        untold = UNTOLD_BOARD_WITHOUT_TAG;
    if (untold != UNTOLD_NOT) {
        suite->untold[untold][outcome]++;
        s->untold_year = true;
        show(s, "untold-home", what, &now);
    } else {
        suite->kind[s->kind].checks[outcome]++;
        for (unsigned e = 0; e < STORY_EVENTS; e++)
            suite->event[e][outcome] += (events & UINT32_C(1) << e) != 0;
        s->year = outcome > s->year ? outcome : s->year;
        if (outcome == SAME)
            show(s, "home-same", what, &now);
        else
            show(s, outcome == REFUSED ? "home-refused" : "home-doubted", what, &now);
    }
    /* A board that nobody could look at in peace is judged again, and told no better then. */
    if (!passing)
        s->board = false;
    follow(s, &d, &now, passing);
    hwfp_hash_clear(&now);
}

static void add_name(char *names, size_t size, const char *name)
{
    size_t n = strlen(names);

    (void)snprintf(names + n, size - n, "%s%s", n ? ", " : "", name);
}

/* What happened since the last boot, all of it at once. */
static void live_a_month(struct story *s)
{
    static const enum story_event repairs[] = {EVENT_DISK_REPLACED, EVENT_DIMM_REPLACED,
                                               EVENT_NIC_CARD_REPLACED};
    struct story_look look = {0};
    char names[512] = "";
    uint32_t events = 0;

    for (unsigned i = 0; i < STORY_EVENTS; i++) {
        enum story_event e = (enum story_event)i;

        if (prng_below(&s->prng, MONTHS * 1000) < story_events[e].per_mille[s->kind] &&
            story_happens(&s->prng, e, &s->machine, &look))
            events |= UINT32_C(1) << e;
    }
    if (events & ((UINT32_C(1) << EVENT_FIRMWARE_UPDATED) - 1) &&
        prng_chance(&s->prng, story_second_repair)) {
        enum story_event e = repairs[prng_below(&s->prng, ARRAY_SIZE(repairs))];

        if (story_happens(&s->prng, e, &s->machine, &look))
            events |= UINT32_C(1) << e;
    }
    if (!events)
        return;
    for (unsigned e = 0; e < STORY_EVENTS; e++)
        if (events & UINT32_C(1) << e)
            add_name(names, sizeof(names), story_events[e].name);
    boot_at_home(s, names, (events & UINT32_C(1) << EVENT_BOARD_REPLACED_WITHOUT_TAG) != 0, events,
                 &look);
}

/* ---- Copies. ---- */

static enum story_copy draw_copy(struct prng *p, enum story_kind kind)
{
    unsigned shares = 0;
    size_t at;

    for (unsigned i = 0; i < STORY_COPIES; i++)
        shares += story_copies[i].share[kind];
    at = prng_below(p, shares);
    for (unsigned i = 0; i < STORY_COPIES; i++) {
        if (at < story_copies[i].share[kind])
            return (enum story_copy)i;
        at -= story_copies[i].share[kind];
    }
    errx(1, "no copy of kind %d", (int)kind);
}

static enum story_kind draw_other_kind(struct prng *p, enum story_copy copy, enum story_kind kind)
{
    if (copy == COPY_OTHER_KIND)
        return kind == STORY_VM ? STORY_PC : STORY_VM;
    if (kind == STORY_VM || kind == STORY_MICRO || prng_chance(p, 50))
        return kind;
    return kind == STORY_PI || kind == STORY_BOARD ? (prng_chance(p, 50) ? STORY_PI : STORY_BOARD)
                                                   : (enum story_kind)prng_below(p, STORY_PI);
}

/* The copy's vault goes back with its disk, at times. */
static void go_home(struct story *s, const struct hwfp_hash *copy)
{
    const struct story_look look = {0};

    if (vault_add_machine(s->vault, "a copy", HWFP_QUARANTINED, copy) < 0)
        errx(1, "no memory");
    boot_at_home(s, "home again from where a copy was", false, 0, &look);
}

static void make_copy(struct story *s)
{
    struct suite *suite = s->suite;
    enum story_copy copy = draw_copy(&s->prng, s->kind);
    struct hwfp_hash steady = {0}, now = {0};
    const struct story_look all = {.steady = true};
    struct story_look look = {0};
    struct story_machine machine;
    struct story_model other;
    enum story_untold untold;
    enum outcome outcome;

    story_draw_model(&s->prng, draw_other_kind(&s->prng, copy, s->kind), &other);
    story_make_copy(&s->prng, copy, &s->machine, &s->model, &other, &machine, &look);
    story_hash(&s->machine, &all, &steady);
    story_hash(&machine, &look, &now);
    outcome = outcome_of(decide_on(s, &now).verdict);
    untold = copy == COPY_PARTS_IN_TWIN ? UNTOLD_PARTS_MOVED : story_untold_copy(&steady, &now);
    if (untold != UNTOLD_NOT) {
        suite->untold[untold][outcome]++;
        suite->kind[s->kind].untold_copies++;
        show(s, "untold-copy", story_copies[copy].name, &now);
    } else {
        suite->kind[s->kind].copies[outcome]++;
        suite->copy[copy][outcome]++;
        show(s,
             outcome == SAME      ? "copy-let-in"
             : outcome == DOUBTED ? "copy-doubted"
                                  : "copy-different",
             story_copies[copy].name, &now);
    }
    if (outcome == REFUSED)
        go_home(s, &now);
    hwfp_hash_clear(&steady);
    hwfp_hash_clear(&now);
}

/* ---- A story. ---- */

/* SplitMix64 (Steele and others, 2014), so that a story is the same whatever is told before it. */
static uint64_t mix(uint64_t x)
{
    x += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    x ^= x >> 31;
    return x ? x : 1;
}

static void end_year(struct story *s)
{
    struct counts *counts = &s->suite->kind[s->kind];

    counts->years[s->year]++;
    counts->untold_years += s->untold_year;
    s->life = s->year > s->life ? s->year : s->life;
    s->year = SAME;
    s->untold_year = false;
}

static void tell(struct suite *suite, unsigned number)
{
    struct story s = {.suite = suite,
                      .number = number,
                      .prng = {mix(mix(suite->seed) + number)},
                      .kind = (enum story_kind)(number % STORY_KINDS)};
    const struct story_look look = {0};
    struct hwfp_hash first = {0};
    unsigned years = 1 + (unsigned)prng_below(&s.prng, YEARS_MOST);

    s.vault = calloc(1, sizeof(*s.vault));
    if (!s.vault)
        errx(1, "no memory");
    s.vault->threshold = HWFP_THRESHOLD_DEFAULT;
    story_draw_model(&s.prng, s.kind, &s.model);
    story_draw_machine(&s.prng, &s.model, &s.machine);
    story_hash(&s.machine, &look, &first);
    if (vault_add_machine(s.vault, "this one", HWFP_TRUSTED, &first) < 0)
        errx(1, "no memory");
    hwfp_hash_clear(&first);
    for (unsigned year = 0; year < years; year++) {
        for (unsigned month = 0; month < MONTHS; month++)
            live_a_month(&s);
        if (year + 1 < years)
            end_year(&s);
    }
    if (number / STORY_KINDS % 2 == 1)
        make_copy(&s);
    end_year(&s);
    suite->kind[s.kind].lives[s.life]++;
    hwfp_vault_free(s.vault);
}

/* ---- The counts. ---- */

static unsigned total_of(const unsigned counts[OUTCOMES])
{
    return counts[SAME] + counts[DOUBTED] + counts[REFUSED];
}

static double percent(unsigned part, unsigned all)
{
    return all ? 100.0 * part / all : 0;
}

static void add_counts(struct counts *to, const struct counts *from)
{
    for (unsigned o = 0; o < OUTCOMES; o++) {
        to->years[o] += from->years[o];
        to->checks[o] += from->checks[o];
        to->lives[o] += from->lives[o];
        to->copies[o] += from->copies[o];
    }
    to->untold_years += from->untold_years;
    to->untold_copies += from->untold_copies;
}

static struct counts all_kinds(const struct suite *suite)
{
    struct counts all = {0};

    for (unsigned k = 0; k < STORY_KINDS; k++)
        add_counts(&all, &suite->kind[k]);
    return all;
}

static void print_row(const char *name, const struct counts *c)
{
    printf("| %s | %u | %u | %u | %u | %u | %u | %u | %u |\n", name, c->years[SAME],
           c->years[DOUBTED], c->years[REFUSED], c->untold_years, c->copies[REFUSED],
           c->copies[DOUBTED], c->copies[SAME], c->untold_copies);
}

static void print_outcomes(const char *name, const unsigned counts[OUTCOMES])
{
    printf("| %s | %u | %u | %u |\n", name, counts[SAME], counts[DOUBTED], counts[REFUSED]);
}

static void print_table(const struct suite *suite)
{
    struct counts all = all_kinds(suite);

    printf("%u stories, seed %llu\n\n", suite->count, (unsigned long long)suite->seed);
    printf("| machine | home: same | doubted | refused | cannot be told | copies: different | "
           "doubted | let in | cannot be told |\n"
           "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n");
    for (unsigned k = 0; k < STORY_KINDS; k++)
        print_row(story_kind_name((enum story_kind)k), &suite->kind[k]);
    print_row("all", &all);
    printf("\nHome: machine-years, by the worst verdict of the year; doubted %.2f %%, refused "
           "%.2f %%.\nBy check after something happened: doubted %.3f %% of %u. By machine, in 1 "
           "to %d years: doubted %.2f %% of %u.\n",
           percent(all.years[DOUBTED], total_of(all.years)),
           percent(all.years[REFUSED], total_of(all.years)),
           percent(all.checks[DOUBTED], total_of(all.checks)), total_of(all.checks), YEARS_MOST,
           percent(all.lives[DOUBTED], total_of(all.lives)), total_of(all.lives));
    printf("Copies: doubted %.2f %%, let in %.2f %% of %u.\n",
           percent(all.copies[DOUBTED], total_of(all.copies)),
           percent(all.copies[SAME], total_of(all.copies)), total_of(all.copies));
    printf("\n| cannot be told | same | uncertain | different |\n| --- | ---: | ---: | ---: |\n");
    for (unsigned u = 1; u < STORY_UNTOLD; u++)
        print_outcomes(story_untold_name((enum story_untold)u), suite->untold[u]);
    printf("\n| at home | same | doubted | refused |\n| --- | ---: | ---: | ---: |\n");
    for (unsigned e = 0; e < STORY_EVENTS; e++)
        print_outcomes(story_events[e].name, suite->event[e]);
    printf("\n| copy | let in | doubted | different |\n| --- | ---: | ---: | ---: |\n");
    for (unsigned c = 0; c < STORY_COPIES; c++)
        print_outcomes(story_copies[c].name, suite->copy[c]);
}

/* ---- The limits. ---- */

static unsigned tests, failed;

static void limit(bool holds, const char *what, unsigned found, unsigned of)
{
    failed += !holds;
    printf("%sok %u - %s: %u of %u, %.2f %%\n", holds ? "" : "not ", ++tests, what, found, of,
           percent(found, of));
}

/* Often enough for a run of thousands to have some. A board without its tag is counted apart. */
static bool is_common(const unsigned *rates, unsigned least)
{
    for (unsigned k = 0; k < STORY_KINDS; k++)
        if (rates[k] >= least)
            return true;
    return false;
}

/* Of the events and copies that are not rare. *ret_of: how many these are. */
static unsigned count_missing(const struct suite *suite, unsigned *ret_of)
{
    unsigned missing = 0;

    *ret_of = 0;
    for (unsigned e = 0; e < STORY_EVENTS; e++) {
        if (!is_common(story_events[e].per_mille, 10) || e == EVENT_BOARD_REPLACED_WITHOUT_TAG)
            continue;
        ++*ret_of;
        if (total_of(suite->event[e]) == 0)
            missing += printf("# never: %s\n", story_events[e].name) > 0;
    }
    for (unsigned c = 0; c < STORY_COPIES; c++) {
        if (!is_common(story_copies[c].share, 5) || c == COPY_VM_KEPT_ALL)
            continue;
        ++*ret_of;
        if (total_of(suite->copy[c]) == 0)
            missing += printf("# never: %s\n", story_copies[c].name) > 0;
    }
    return missing;
}

static int check_limits(const struct suite *suite)
{
    struct counts all = all_kinds(suite), known = {0};
    unsigned years, copies, missing, of;

    add_counts(&known, &suite->kind[STORY_SERVER]);
    add_counts(&known, &suite->kind[STORY_PC]);
    years = total_of(all.years);
    copies = total_of(all.copies);
    printf("# seed %llu, %u stories\n", (unsigned long long)suite->seed, suite->count);
    limit(all.years[REFUSED] == 0, "no machine is refused at home (machine-years)",
          all.years[REFUSED], years);
    limit(all.years[DOUBTED] * 100 <= years, "at most 1 % are doubted at home (machine-years)",
          all.years[DOUBTED], years);
    limit(all.copies[SAME] * 1000 <= 3 * copies, "at most 0.3 % of the copies are let in",
          all.copies[SAME], copies);
    limit(all.copies[DOUBTED] * 100 <= 6 * copies, "at most 6 % of the copies are doubted",
          all.copies[DOUBTED], copies);
    limit(known.years[REFUSED] == 0, "no server or desktop with a serial number is refused",
          known.years[REFUSED], total_of(known.years));
    limit(known.copies[SAME] == 0, "no copy of a server or desktop with a serial number is let in",
          known.copies[SAME], total_of(known.copies));
    missing = count_missing(suite, &of);
    limit(missing == 0, "no event and no copy that is not rare is missing", missing, of);
    printf("1..%u\n", tests);
    return failed ? 1 : 0;
}

static unsigned long number_of(const char *text)
{
    char *end;
    unsigned long value = strtoul(text, &end, 0);

    if (!*text || *end)
        errx(2, "invalid number \"%s\"", text);
    return value;
}

static const char *which_of(const char *text)
{
    static const char *const known[] = {"home-same",   "home-doubted", "home-refused",
                                        "copy-let-in", "copy-doubted", "copy-different",
                                        "untold-home", "untold-copy"};

    for (size_t i = 0; i < ARRAY_SIZE(known); i++)
        if (strcmp(text, known[i]) == 0)
            return known[i];
    errx(2,
         "invalid kind of story \"%s\" (expected home-doubted, home-refused, copy-let-in, "
         "copy-doubted, untold-home or untold-copy)",
         text);
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"seed", required_argument, NULL, 's'},
                                            {"count", required_argument, NULL, 'c'},
                                            {"show", required_argument, NULL, 'w'},
                                            {"table", no_argument, NULL, 't'},
                                            {0}};
    static struct suite suite = {.seed = SEED, .count = COUNT};
    bool table = false;
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) >= 0)
        switch (option) {
        case 's':
            suite.seed = number_of(optarg);
            break;
        case 'c':
            suite.count = (unsigned)number_of(optarg);
            break;
        case 'w':
            suite.show = which_of(optarg);
            break;
        case 't':
            table = true;
            break;
        default:
            return 2;
        }
    if (optind < argc)
        errx(2, "unexpected argument \"%s\"", argv[optind]);
    for (unsigned i = 0; i < suite.count; i++)
        tell(&suite, i);
    if (table)
        print_table(&suite);
    return table || suite.show ? 0 : check_limits(&suite);
}
