/* SPDX-License-Identifier: BSD-2-Clause */
/* One inventory line. Whoever wrote it, nothing in it is believed before it is looked at. */
#include <string.h>
#include <uuid/uuid.h>

#include "duplicates.h"
#include "util.h"

/* NULL for a name that is missing, too. */
static const char *text_of(const cJSON *object, const char *name)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
}

/* True where it is null, or missing; else it has to be read. */
static bool is_unknown(const cJSON *object, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

    return !item || cJSON_IsNull(item);
}

static bool read_uuid(const cJSON *object, const char *name, uint8_t ret[DUPLICATES_UUID_SIZE])
{
    const char *text = text_of(object, name);

    return is_unknown(object, name) ||
           (text && strlen(text) == HWFP_FINGERPRINT_SIZE - 1 && uuid_parse(text, ret) == 0);
}

static bool read_hex(const cJSON *object, const char *name, uint8_t *ret, size_t size)
{
    const char *text = text_of(object, name);

    return is_unknown(object, name) || (text && hex_decode(text, ret, size) == 0);
}

static bool read_time(const cJSON *object, const char *name, int64_t *ret)
{
    const char *text = text_of(object, name);
    time_t t = 0;

    if (is_unknown(object, name))
        return true;
    if (!text || time_decode(text, &t) < 0)
        return false;
    *ret = t;
    return true;
}

static bool read_digests(const cJSON *list, enum hwfp_component c, struct duplicates_item *items,
                         size_t *n)
{
    const cJSON *digest;

    cJSON_ArrayForEach(digest, list)
    {
        const char *text = cJSON_GetStringValue(digest);

        if (*n == DUPLICATES_ITEMS_MAX || !text ||
            hex_decode(text, items[*n].digest, HWFP_DIGEST_SIZE) < 0)
            return false;
        items[(*n)++].component = (uint8_t)c;
    }
    return cJSON_IsArray(list);
}

/* A component of a later version is passed over. */
static bool read_evidence(const cJSON *object, struct duplicates_line *line,
                          struct duplicates_item *items, size_t *n)
{
    const cJSON *evidence = cJSON_GetObjectItemCaseSensitive(object, "evidence"), *list;
    enum hwfp_component c;

    if (!evidence || cJSON_IsNull(evidence))
        return true;
    if (!cJSON_IsObject(evidence)) /* what stands in an array has no name */
        return false;
    cJSON_ArrayForEach(list, evidence)
    {
        size_t before = *n;

        if (hwfp_component_parse(list->string, &c) < 0)
            continue;
        if (!read_digests(list, c, items, n))
            return false;
        if (*n > before)
            line->components |= UINT32_C(1) << c;
    }
    return true;
}

static const char *read_names(const cJSON *object, struct duplicates_line *line)
{
    const char *host = text_of(object, "hostname");

    if (!read_uuid(object, "fingerprint", line->fingerprint))
        return "fingerprint is neither a UUID nor null";
    if (!read_uuid(object, "boot_id", line->boot))
        return "boot_id is neither a UUID nor null";
    if (!host && !is_unknown(object, "hostname"))
        return "hostname is neither text nor null";
    copy_text(line->host, sizeof(line->host), host ? host : "");
    return NULL;
}

static const char *read_times(const cJSON *object, struct duplicates_line *line)
{
    if (is_unknown(object, "time") || !read_time(object, "time", &line->time))
        return "time is not a time as 2026-11-22T20:35:11Z";
    return read_time(object, "booted", &line->booted) ? NULL : "booted is neither a time nor null";
}

static const char *read_keyed(const cJSON *object, struct duplicates_line *line,
                              struct duplicates_item *items, size_t *n)
{
    if (!read_hex(object, "key", line->key, sizeof(line->key)))
        return "key is neither 16 hexadecimal digits nor null";
    if (!read_hex(object, "instance", line->instance, sizeof(line->instance)))
        return "instance is neither a digest nor null";
    if (!read_evidence(object, line, items, n))
        return "evidence is neither lists of digests by component nor null";
    if (*n > 0 && (is_unknown(object, "key") || is_unknown(object, "instance")))
        return "there is evidence without a key and an instance";
    return NULL;
}

static const char *read_object(const cJSON *object, struct duplicates_line *line,
                               struct duplicates_item *items, size_t *n)
{
    const cJSON *schema = cJSON_GetObjectItemCaseSensitive(object, "schema");
    const char *type = text_of(object, "type"), *wrong;

    if (!cJSON_IsObject(object) || !type || strcmp(type, "hwfp-inventory") != 0)
        return "this is not an object of type hwfp-inventory";
    if (!cJSON_IsNumber(schema) || schema->valueint != 1)
        return "schema is not 1: it is of another version of hwfp";
    wrong = read_names(object, line);
    if (!wrong)
        wrong = read_times(object, line);
    return wrong ? wrong : read_keyed(object, line, items, n);
}

const char *duplicates_parse(const char *text, struct duplicates_line *line,
                             struct duplicates_item *items, size_t *ret_n_items)
{
    cJSON *object = cJSON_ParseWithOpts(text, NULL, true);
    const char *wrong = "this is not JSON";

    *line = (struct duplicates_line){0};
    *ret_n_items = 0;
    if (object)
        wrong = read_object(object, line, items, ret_n_items);
    cJSON_Delete(object);
    return wrong;
}
