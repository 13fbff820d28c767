/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <string.h>
#include <uuid/uuid.h>

#include "duplicates.h"
#include "report.h"
#include "util.h"

#define STATUS_UNSURE 3 /* nothing was found, but there were lines that could not be read */

static void uuid_text(const uint8_t bytes[DUPLICATES_UUID_SIZE], char ret[HWFP_FINGERPRINT_SIZE])
{
    ret[0] = '\0';
    if (duplicates_known(bytes, DUPLICATES_UUID_SIZE))
        uuid_unparse_lower(bytes, ret);
}

static void time_text(int64_t t, char ret[32])
{
    ret[0] = '\0';
    if (t > 0)
        time_encode((time_t)t, ret);
}

static void components_text(uint32_t components, char *text, size_t size)
{
    size_t n = 0;

    text[0] = '\0';
    for (enum hwfp_component c = 0; c < HWFP_COMPONENTS; c++)
        if (components >> c & 1 && n < size)
            n +=
                (size_t)snprintf(text + n, size - n, "%s%s", n ? ", " : "", hwfp_component_name(c));
}

/* ---- For people. ---- */

static void print_members(const struct session *session, const struct duplicates *d,
                          const struct duplicates_group *group, char **files)
{
    struct table table = {.columns = 4, .heading = true};

    table_add(&table, STYLE_HEADING, "  HOST");
    table_add(&table, STYLE_HEADING, group->components ? "FINGERPRINT" : "UP SINCE");
    table_add(&table, STYLE_HEADING, "LAST TOLD");
    table_add(&table, STYLE_HEADING, "LINE");
    for (uint32_t i = 0; i < group->n; i++) {
        const struct duplicates_line *line = &d->lines[d->members[group->first + i]];
        char fingerprint[HWFP_FINGERPRINT_SIZE], booted[32], when[32];

        uuid_text(line->fingerprint, fingerprint);
        time_text(line->booted, booted);
        time_text(line->time, when);
        table_add(&table, STYLE_PLAIN, "  %s", line->host);
        table_add(&table, STYLE_PLAIN, "%s", group->components ? fingerprint : booted);
        table_add(&table, STYLE_PLAIN, "%s", when);
        table_add(&table, STYLE_FAINT, "%s:%u", duplicates_file_name(files[line->file]),
                  line->number);
    }
    table_print(&table, &session->screen);
}

static void print_group(const struct session *session, const struct duplicates *d,
                        const struct duplicates_group *group, char **files)
{
    char what[512];

    if (group->components) {
        components_text(group->components, what, sizeof(what));
        screen_line(&session->screen, STYLE_BAD, "%u machines share %s:", group->n, what);
    } else {
        uuid_text(d->lines[d->members[group->first]].fingerprint, what);
        screen_line(&session->screen, STYLE_BAD, "%u machines have the fingerprint %s: %s",
                    group->n, what,
                    group->by_time ? "they were up at the same time" : "their hardware differs");
    }
    print_members(session, d, group, files);
    screen_line(&session->screen, STYLE_PLAIN, "%s", "");
}

/* "1 line", "2 lines". */
struct counted {
    char text[64];
};
static const char *count(struct counted *c, uint64_t n, const char *noun)
{
    (void)snprintf(c->text, sizeof(c->text), "%llu %s%s", (unsigned long long)n, noun,
                   n == 1 ? "" : "s");
    return c->text;
}

static void print_notes(const struct session *session, const struct duplicates *d)
{
    const struct screen *screen = &session->screen;
    uint64_t bare = d->n_lines - d->keyed;
    struct counted c = {0};

    if (d->restarts)
        screen_line(screen, STYLE_FAINT,
                    "%s in several boots, never two at once: restarts, as it seems.",
                    count(&c, d->restarts, "fingerprint"));
    if (d->moved)
        screen_line(screen, STYLE_FAINT,
                    "%s under several fingerprints, never two at once: moved, or renamed.",
                    count(&c, d->moved, "part"));
    if (bare)
        screen_line(screen, STYLE_FAINT,
                    "%llu of %s %s no digests of hardware: see fleet_key_file in hwfp.conf(5).",
                    (unsigned long long)bare, count(&c, d->n_lines, "line"),
                    bare == 1 ? "has" : "have");
}

static void print_counts(const struct session *session, const struct duplicates *d)
{
    struct counted lines = {0}, machines = {0}, fingerprints = {0}, groups = {0};

    screen_line(&session->screen, STYLE_PLAIN,
                "%s, %llu of them bad; %s; %s %s shared, and hardware in %s.",
                count(&lines, d->read, "line"), (unsigned long long)d->bad,
                count(&machines, d->machines, "machine"),
                count(&fingerprints, d->n_fingerprints, "fingerprint"),
                d->n_fingerprints == 1 ? "is" : "are",
                count(&groups, d->n_groups - d->n_fingerprints, "group"));
}

static void print_text(const struct session *session, const struct duplicates *d, char **files)
{
    for (size_t i = 0; i < d->n_groups; i++)
        print_group(session, d, &d->groups[i], files);
    print_counts(session, d);
    print_notes(session, d);
}

/* ---- For programs. ---- */

static bool add_uuid(cJSON *object, const char *name, const uint8_t bytes[DUPLICATES_UUID_SIZE])
{
    char text[HWFP_FINGERPRINT_SIZE];

    uuid_text(bytes, text);
    return report_add_text(object, name, text);
}

static bool add_time(cJSON *object, const char *name, int64_t t)
{
    char text[32];

    time_text(t, text);
    return report_add_text(object, name, text);
}

static bool add_number(cJSON *object, const char *name, double number)
{
    return cJSON_AddNumberToObject(object, name, number) != NULL;
}

static bool add_member(cJSON *array, const struct duplicates_line *line, char **files)
{
    cJSON *object = cJSON_CreateObject();

    return cJSON_AddItemToArray(array, object) && report_add_text(object, "hostname", line->host) &&
           add_uuid(object, "fingerprint", line->fingerprint) &&
           add_uuid(object, "boot_id", line->boot) && add_time(object, "booted", line->booted) &&
           add_time(object, "time", line->time) &&
           report_add_text(object, "file", files[line->file]) &&
           add_number(object, "line", line->number);
}

static bool add_components(cJSON *object, uint32_t components)
{
    cJSON *list = cJSON_AddArrayToObject(object, "components");
    bool whole = list != NULL;

    for (enum hwfp_component c = 0; whole && c < HWFP_COMPONENTS; c++)
        if (components >> c & 1)
            whole = cJSON_AddItemToArray(list, cJSON_CreateString(hwfp_component_name(c)));
    return whole;
}

static bool add_what(cJSON *object, const struct duplicates *d,
                     const struct duplicates_group *group)
{
    if (group->components)
        return add_components(object, group->components);
    return add_uuid(object, "fingerprint", d->lines[d->members[group->first]].fingerprint) &&
           report_add_text(object, "told_apart_by", group->by_time ? "time" : "hardware");
}

static cJSON *group_object(const struct duplicates *d, const struct duplicates_group *group,
                           char **files)
{
    cJSON *object = cJSON_CreateObject(), *members = NULL;
    bool whole = object && add_what(object, d, group);

    if (whole)
        members = cJSON_AddArrayToObject(object, "machines");
    whole = members != NULL;
    for (uint32_t i = 0; whole && i < group->n; i++)
        whole = add_member(members, &d->lines[d->members[group->first + i]], files);
    if (whole)
        return object;
    cJSON_Delete(object);
    return NULL;
}

static bool print_groups(const char *name, const struct duplicates *d, size_t from, size_t to,
                         char **files)
{
    (void)printf(",\"%s\":[", name);
    for (size_t i = from; i < to; i++) {
        cJSON *object = group_object(d, &d->groups[i], files);
        CLEANUP_FREE char *text = object ? cJSON_PrintUnformatted(object) : NULL;

        cJSON_Delete(object);
        if (!text)
            return false;
        (void)printf("%s%s", i > from ? "," : "", text);
    }
    (void)putchar(']');
    return true;
}

static char *counts_text(const struct duplicates *d)
{
    cJSON *object = session_new_json(NULL);
    char *text = NULL;

    if (object && add_number(object, "lines", (double)d->read) &&
        add_number(object, "bad_lines", (double)d->bad) &&
        add_number(object, "machines", (double)d->machines) &&
        add_number(object, "restarts", (double)d->restarts) &&
        add_number(object, "moved", (double)d->moved))
        text = cJSON_PrintUnformatted(object);
    cJSON_Delete(object);
    return text;
}

/* One object, of which one group at a time is in memory. */
static int print_json(const struct session *session, const struct duplicates *d, char **files)
{
    CLEANUP_FREE char *counts = counts_text(d);

    if (session->quiet)
        return STATUS_OK;
    if (counts) {
        (void)printf("%.*s", (int)strlen(counts) - 1, counts);
        if (print_groups("fingerprints", d, 0, d->n_fingerprints, files) &&
            print_groups("hardware", d, d->n_fingerprints, d->n_groups, files)) {
            (void)puts("}");
            return STATUS_OK;
        }
    }
    screen_error(&session->screen, "no memory");
    return STATUS_ERROR;
}

int duplicates_show(const struct session *session, const struct duplicates *d, char **files)
{
    int status = STATUS_OK;

    if (session->json)
        status = print_json(session, d, files);
    else
        print_text(session, d, files);
    if (status != STATUS_OK)
        return status;
    if (d->n_groups > 0)
        return STATUS_REFUSED;
    return d->bad > 0 ? STATUS_UNSURE : STATUS_OK;
}
