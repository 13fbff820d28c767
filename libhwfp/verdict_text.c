/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The published verdict as text: lines of name=value, in the manner of os-release(5), so that a
 * unit's EnvironmentFile= can read them too.
 */
#include "verdict_text.h"

#include <errno.h>
#include <ini.h>
#include <string.h>
#include <uuid/uuid.h>

#include "util.h"

/* libinih's lines hold 200 bytes, with the name and the line's end. */
#define REASON_MAX 150
#define CHANGED_MAX 180
#define FIELDS_LEAST 12 /* with fewer it was cut off */

/* ---- Writing. ---- */

/* One line: what a firmware or a path may have put into a reason must not start another. */
static void one_line(const char *from, char ret[REASON_MAX])
{
    copy_text(ret, REASON_MAX, from);
    for (char *p = ret; *p; p++)
        if ((unsigned char)*p < ' ' || *p == ';')
            *p = ',';
}

static int format_boot(const struct hwfp_boot_facts *facts, char *to, size_t size)
{
    int n = snprintf(to, size,
                     "boot_key=%s\nboot_generation_id=%s\nboot_generation_counter=%s\n"
                     "boot_smbios=%s\n",
                     facts->key, facts->generation_id, facts->generation_counter, facts->smbios);

    for (size_t i = 0; n >= 0 && (size_t)n < size && i < facts->n_disks; i++) {
        int m = snprintf(to + n, size - (size_t)n, "boot_disk=%s\n", facts->disk[i]);

        n = m < 0 ? m : n + m;
    }
    return n < 0 || (size_t)n >= size ? -EOVERFLOW : n;
}

/* The names of some components, with commas between them. */
static void name_components(uint32_t which, char ret[CHANGED_MAX])
{
    ret[0] = '\0';
    for (unsigned c = 0; c < HWFP_COMPONENTS; c++) {
        size_t used = strlen(ret);

        if (which & 1U << c)
            (void)snprintf(ret + used, CHANGED_MAX - used, "%s%s", used ? "," : "",
                           hwfp_component_name((enum hwfp_component)c));
    }
}

/* Two lines, because one might not fit into libinih's. */
static void name_changed(uint32_t changed, char ret[CHANGED_MAX], char ret_model[CHANGED_MAX])
{
    uint32_t models = 0;

    for (unsigned c = 0; c < HWFP_COMPONENTS; c++)
        if (hwfp_component_class((enum hwfp_component)c) == HWFP_MODEL)
            models |= 1U << c;
    name_components(changed & ~models, ret);
    name_components(changed & models, ret_model);
}

int verdict_format(const struct hwfp_published *p, const char *boot_id, char ret[VERDICT_SIZE_MAX])
{
    char reason[REASON_MAX], changed[CHANGED_MAX], changed_model[CHANGED_MAX];
    int n, more;

    one_line(p->reason, reason);
    name_changed(p->changed, changed, changed_model);
    n = snprintf(ret, VERDICT_SIZE_MAX,
                 "boot_id=%s\nverdict=%s\nsimilarity=%d\nthreshold=%d\nstrength=%s\nmode=%s\n"
                 "policy=%s\nfingerprint=%s\nprevious_fingerprint=%s\nrotated=%s\nenrolled=%s\n"
                 "unsaved=%s\nevidence=%s\nreason=%s\nchanged=%s\nchanged_model=%s\n",
                 boot_id, hwfp_verdict_name(p->verdict), p->similarity, p->threshold,
                 hwfp_strength_name(p->strength), hwfp_mode_name(p->mode),
                 hwfp_policy_name(p->policy), p->fingerprint, p->previous_fingerprint,
                 p->rotated ? "yes" : "no", p->enrolled ? "yes" : "no", p->unsaved ? "yes" : "no",
                 p->evidence, reason, changed, changed_model);
    if (n < 0 || n >= VERDICT_SIZE_MAX)
        return -EOVERFLOW;
    more = format_boot(&p->boot, ret + n, VERDICT_SIZE_MAX - (size_t)n);
    return more < 0 ? more : n + more;
}

/* ---- Reading. ---- */

struct reader {
    struct hwfp_published published;
    char boot_id[VERDICT_BOOT_ID_SIZE];
    unsigned seen;
    bool bad;
};

static bool read_number(const char *value, int least, int most, int *ret)
{
    char *end = NULL;
    long number;

    errno = 0;
    number = strtol(value, &end, 10);
    if (errno != 0 || end == value || *end || number < least || number > most)
        return false;
    *ret = (int)number;
    return true;
}

static bool read_fingerprint(const char *value, char ret[HWFP_FINGERPRINT_SIZE])
{
    uuid_t uuid;

    if (*value && (strlen(value) != HWFP_FINGERPRINT_SIZE - 1 || uuid_parse(value, uuid) < 0))
        return false;
    copy_text(ret, HWFP_FINGERPRINT_SIZE, value);
    return true;
}

static bool read_fact(const char *value, char ret[HWFP_BOOT_FACT_SIZE])
{
    uint8_t digest[HWFP_DIGEST_SIZE];

    if (*value && hex_decode(value, digest, sizeof(digest)) < 0)
        return false;
    copy_text(ret, HWFP_BOOT_FACT_SIZE, value);
    return true;
}

/* A field that this version does not know is passed over. */
static bool read_boot(struct hwfp_boot_facts *facts, const char *name, const char *value)
{
    if (strcmp(name, "boot_key") == 0)
        return read_fact(value, facts->key);
    if (strcmp(name, "boot_generation_id") == 0)
        return read_fact(value, facts->generation_id);
    if (strcmp(name, "boot_generation_counter") == 0)
        return read_fact(value, facts->generation_counter);
    if (strcmp(name, "boot_smbios") == 0)
        return read_fact(value, facts->smbios);
    if (strcmp(name, "boot_disk") == 0) {
        if (facts->n_disks >= HWFP_BOOT_DISKS_MAX)
            return false;
        return read_fact(value, facts->disk[facts->n_disks++]);
    }
    return true;
}

static bool read_components(const char *value, uint32_t *which)
{
    CLEANUP_FREE char *copy = strdup(value);
    char *rest = copy, *name;

    while (rest && (name = strsep(&rest, ",")) != NULL) {
        enum hwfp_component c;

        if (*name && hwfp_component_parse(name, &c) < 0)
            return false;
        if (*name)
            *which |= 1U << c;
    }
    return copy != NULL;
}

static bool read_field(struct reader *reader, const char *name, const char *value)
{
    struct hwfp_published *p = &reader->published;

    if (strcmp(name, "boot_id") == 0)
        copy_text(reader->boot_id, sizeof(reader->boot_id), value);
    else if (strcmp(name, "verdict") == 0)
        return hwfp_verdict_parse(value, &p->verdict) == 0;
    else if (strcmp(name, "similarity") == 0)
        return read_number(value, 0, 100, &p->similarity);
    else if (strcmp(name, "threshold") == 0)
        return read_number(value, HWFP_THRESHOLD_OFF, 100, &p->threshold);
    else if (strcmp(name, "strength") == 0)
        return hwfp_strength_parse(value, &p->strength) == 0;
    else if (strcmp(name, "mode") == 0)
        return hwfp_mode_parse(value, &p->mode) == 0;
    else if (strcmp(name, "policy") == 0)
        return hwfp_policy_parse(value, &p->policy) == 0;
    else if (strcmp(name, "fingerprint") == 0)
        return read_fingerprint(value, p->fingerprint);
    else if (strcmp(name, "previous_fingerprint") == 0)
        return read_fingerprint(value, p->previous_fingerprint);
    else if (strcmp(name, "rotated") == 0)
        p->rotated = strcmp(value, "yes") == 0;
    else if (strcmp(name, "enrolled") == 0)
        p->enrolled = strcmp(value, "yes") == 0;
    else if (strcmp(name, "unsaved") == 0)
        p->unsaved = strcmp(value, "yes") == 0;
    else if (strcmp(name, "evidence") == 0)
        copy_text(p->evidence, sizeof(p->evidence), value);
    else if (strcmp(name, "changed") == 0 || strcmp(name, "changed_model") == 0)
        return read_components(value, &p->changed);
    else if (strcmp(name, "reason") == 0)
        copy_text(p->reason, sizeof(p->reason), value);
    else
        return read_boot(&p->boot, name, value);
    return true;
}

static int handle_line(void *user, const char *section, const char *name, const char *value)
{
    struct reader *reader = user;

    reader->seen++;
    reader->bad = reader->bad || *section || !read_field(reader, name, value);
    return 1;
}

int verdict_parse(const char *text, struct hwfp_published *ret,
                  char ret_boot_id[VERDICT_BOOT_ID_SIZE])
{
    struct reader reader = {.published.verdict = HWFP_ERROR}; /* should it be left out */
    int line = ini_parse_string(text, handle_line, &reader);

    if (line != 0 || reader.bad || reader.seen < FIELDS_LEAST)
        return -EBADMSG;
    *ret = reader.published;
    copy_text(ret_boot_id, VERDICT_BOOT_ID_SIZE, reader.boot_id);
    return 0;
}
