/* SPDX-License-Identifier: BSD-2-Clause */
/* The vault's body as JSON, and back: hwfp-vault(5). */
#include <errno.h>
#include <string.h>
#include <uuid/uuid.h>

#include "hash.h"
#include "json.h"
#include "util.h"
#include "vault.h"

#define HEX_SIZE ((size_t)2 * HWFP_DIGEST_SIZE)

/* ---- Encoding. cJSON's adders give NULL without memory; `ok` collects that. ---- */

static bool add_text(cJSON *object, const char *name, const char *text)
{
    return !text || !*text || cJSON_AddStringToObject(object, name, text) != NULL;
}

/* Seconds since the epoch: a calendar would have the C library look at TZ and /etc/localtime. */
static bool add_time(cJSON *object, const char *name, time_t t)
{
    return cJSON_AddNumberToObject(object, name, (double)t) != NULL;
}

/* "DIGEST LABEL", or "DIGEST LABEL COMPONENT" for a part of that component's number, so that a
 * vault of 64 machines stays small. */
static bool add_item(cJSON *array, const struct hwfp_item *item)
{
    char digest[HEX_SIZE + 1], text[HEX_SIZE + HWFP_LABEL_SIZE + 34];
    const char *within =
        item->within ? hwfp_component_name((enum hwfp_component)(item->within - 1)) : "";
    cJSON *string;

    hex_encode(item->digest, HWFP_DIGEST_SIZE, digest);
    (void)snprintf(text, sizeof(text), "%s %s%s%s", digest, item->label, *within ? " " : "",
                   within);
    string = cJSON_CreateString(text);
    return string && cJSON_AddItemToArray(array, string);
}

static bool add_component(cJSON *object, unsigned c, const struct hwfp_items *set)
{
    cJSON *component = cJSON_AddObjectToObject(object, hwfp_component_name((enum hwfp_component)c));
    bool ok = component && add_text(component, "status", hwfp_status_name(set->status));
    cJSON *items;

    if (ok && set->derived)
        ok = add_text(component, "derived", hwfp_component_name(set->derived_from));
    if (!ok || set->n == 0)
        return ok;
    items = cJSON_AddArrayToObject(component, "items");
    for (size_t i = 0; items && ok && i < set->n; i++)
        ok = add_item(items, &set->items[i]);
    return items && ok;
}

static bool add_hash(cJSON *machine, const struct hwfp_hash *hash)
{
    cJSON *components;
    bool ok = cJSON_AddNumberToObject(machine, "collector", hash->collector) &&
              cJSON_AddBoolToObject(machine, "virtual_machine", hash->virtual_machine) &&
              cJSON_AddBoolToObject(machine, "container", hash->container);

    components = ok ? cJSON_AddObjectToObject(machine, "components") : NULL;
    for (unsigned c = 0; components && ok && c < HWFP_COMPONENTS; c++)
        if (hash->component[c].status != HWFP_ABSENT)
            ok = add_component(components, c, &hash->component[c]);
    return components && ok;
}

static bool add_machine(cJSON *array, const struct hwfp_machine *machine)
{
    cJSON *object = cJSON_CreateObject();

    if (!object || !cJSON_AddItemToArray(array, object)) {
        cJSON_Delete(object);
        return false;
    }
    return add_text(object, "fingerprint", machine->fingerprint) &&
           add_text(object, "trust", machine->trust == HWFP_TRUSTED ? "trusted" : "quarantined") &&
           add_time(object, "added", machine->added) &&
           add_time(object, "updated", machine->updated) && add_hash(object, &machine->hash);
}

static bool add_event(cJSON *array, const struct hwfp_event *event)
{
    cJSON *object = cJSON_CreateObject();

    if (!object || !cJSON_AddItemToArray(array, object)) {
        cJSON_Delete(object);
        return false;
    }
    return add_time(object, "time", event->when) && add_text(object, "what", event->what) &&
           add_text(object, "fingerprint", event->fingerprint) &&
           add_text(object, "detail", event->detail);
}

static bool add_vault(cJSON *root, const struct hwfp_vault *vault)
{
    cJSON *machines, *history;
    bool ok = cJSON_AddNumberToObject(root, "generation", (double)vault->generation) &&
              cJSON_AddNumberToObject(root, "threshold", vault->threshold) &&
              add_text(root, "current", vault->current) &&
              add_text(root, "previous", vault->previous);

    machines = ok ? cJSON_AddArrayToObject(root, "machines") : NULL;
    for (size_t i = 0; machines && ok && i < vault->n_machines; i++)
        ok = add_machine(machines, &vault->machines[i]);
    history = machines && ok ? cJSON_AddArrayToObject(root, "history") : NULL;
    for (size_t i = 0; history && ok && i < vault->n_events; i++)
        ok = add_event(history, &vault->events[i]);
    return history && ok;
}

int vault_encode(const struct hwfp_vault *vault, char **ret_text)
{
    cJSON *root = cJSON_CreateObject();
    char *text = root && add_vault(root, vault) ? json_text(root) : NULL;

    cJSON_Delete(root);
    if (!text)
        return -ENOMEM;
    *ret_text = text;
    return 0;
}

/* ---- Decoding. Every field is checked: the keyed checksum tells damage, not sense. ---- */

static int bad(char **ret_error, const char *field, const char *expected)
{
    return fail(ret_error, -EBADMSG, "/%s/vault: field '%s' is not %s", VAULT_DIR, field, expected);
}

static const char *text_of(const cJSON *object, const char *name)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
}

static int decode_number(const cJSON *object, const char *name, double least, double most,
                         double *ret, char **ret_error)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

    if (!cJSON_IsNumber(item) || item->valuedouble < least || item->valuedouble > most ||
        item->valuedouble != (double)(int64_t)item->valuedouble)
        return bad(ret_error, name, "a whole number in its range");
    *ret = item->valuedouble;
    return 0;
}

static int decode_fingerprint(const cJSON *object, const char *name, bool needed,
                              char ret[HWFP_FINGERPRINT_SIZE], char **ret_error)
{
    const char *text = text_of(object, name);
    uuid_t uuid;

    if (!text && !needed)
        return 0;
    if (!text || strlen(text) != HWFP_FINGERPRINT_SIZE - 1 || uuid_parse(text, uuid) < 0)
        return bad(ret_error, name, "a UUID");
    uuid_unparse_lower(uuid, ret);
    return 0;
}

static int decode_time(const cJSON *object, const char *name, time_t *ret, char **ret_error)
{
    double seconds = 0;
    int r = decode_number(object, name, 0, 9e15, &seconds, ret_error);

    *ret = (time_t)seconds;
    return r;
}

static int decode_item(const cJSON *json, struct hwfp_item *ret)
{
    const char *text = cJSON_GetStringValue(json), *label, *within;
    char hex[HEX_SIZE + 1];
    enum hwfp_component c;

    if (!text || strlen(text) <= HEX_SIZE || text[HEX_SIZE] != ' ')
        return -EINVAL;
    label = text + HEX_SIZE + 1;
    within = strchr(label, ' ');
    if ((within ? (size_t)(within - label) : strlen(label)) >= HWFP_LABEL_SIZE)
        return -EINVAL;
    if (within && hwfp_component_parse(within + 1, &c) < 0)
        return -EINVAL;
    ret->within = within ? (uint8_t)(c + 1) : 0;
    copy_text(hex, sizeof(hex), text);
    copy_text(ret->label, within ? (size_t)(within - label) + 1 : sizeof(ret->label), label);
    return hex_decode(hex, ret->digest, sizeof(ret->digest));
}

/* The order is part of the format: comparing relies on it. */
static bool is_ascending(const struct hwfp_items *set)
{
    for (size_t i = 1; i < set->n; i++)
        if (memcmp(set->items[i - 1].digest, set->items[i].digest, HWFP_DIGEST_SIZE) >= 0)
            return false;
    return true;
}

static int decode_items(const cJSON *array, struct hwfp_items *set, char **ret_error)
{
    int n = cJSON_GetArraySize(array);
    const cJSON *json;

    if (!cJSON_IsArray(array) || n < 1)
        return bad(ret_error, "items", "a list of items");
    set->items = calloc((size_t)n, sizeof(*set->items));
    if (!set->items)
        return -ENOMEM;
    cJSON_ArrayForEach(json, array)
    {
        if (decode_item(json, &set->items[set->n]) < 0)
            return bad(ret_error, "items", "a digest and a label");
        set->n++;
    }
    return is_ascending(set) ? 0 : bad(ret_error, "items", "in ascending order");
}

static int decode_component(const cJSON *json, struct hwfp_items *set, char **ret_error)
{
    const cJSON *derived = cJSON_GetObjectItemCaseSensitive(json, "derived");
    const char *status = text_of(json, "status");

    if (!status)
        return bad(ret_error, "status", "a word");
    if (strcmp(status, "usable") == 0)
        set->status = HWFP_USABLE;
    else if (strcmp(status, "placeholder") == 0)
        set->status = HWFP_PLACEHOLDER;
    else if (strcmp(status, "unreadable") == 0)
        set->status = HWFP_UNREADABLE;
    else
        return bad(ret_error, "status", "one of usable, placeholder, unreadable");
    /* hwfp 0.1.0 knew numbers derived from the system UUID alone, and wrote `true`. */
    set->derived = cJSON_IsTrue(derived) || cJSON_IsString(derived);
    if (cJSON_IsString(derived) ? hwfp_component_parse(derived->valuestring, &set->derived_from) < 0
                                : derived && !cJSON_IsBool(derived))
        return bad(ret_error, "derived", "the name of a component");
    if (set->status != HWFP_USABLE)
        return 0;
    return decode_items(cJSON_GetObjectItemCaseSensitive(json, "items"), set, ret_error);
}

static int decode_hash(const cJSON *machine, struct hwfp_hash *hash, char **ret_error)
{
    const cJSON *components = cJSON_GetObjectItemCaseSensitive(machine, "components"), *json;
    double collector = 1;
    int r = cJSON_IsObject(components) ? 0 : bad(ret_error, "components", "an object");

    /* hwfp 0.1.0 did not write it. */
    if (r == 0 && cJSON_GetObjectItemCaseSensitive(machine, "collector"))
        r = decode_number(machine, "collector", 1, HWFP_COLLECTOR, &collector, ret_error);
    hash->collector = (unsigned)collector;
    hash->virtual_machine =
        cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(machine, "virtual_machine"));
    hash->container = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(machine, "container"));
    cJSON_ArrayForEach(json, components)
    {
        enum hwfp_component c = HWFP_SYSTEM_UUID;

        if (r < 0)
            break;
        if (hwfp_component_parse(json->string, &c) < 0 || hash->component[c].n > 0)
            return bad(ret_error, "components", "known by name, each once");
        r = decode_component(json, &hash->component[c], ret_error);
    }
    return r;
}

static int decode_machine(const cJSON *json, struct hwfp_machine *machine, char **ret_error)
{
    const char *trust = text_of(json, "trust");
    int r = decode_fingerprint(json, "fingerprint", true, machine->fingerprint, ret_error);

    if (r == 0 && trust && strcmp(trust, "trusted") == 0)
        machine->trust = HWFP_TRUSTED;
    else if (r == 0 && trust && strcmp(trust, "quarantined") == 0)
        machine->trust = HWFP_QUARANTINED;
    else if (r == 0)
        r = bad(ret_error, "trust", "one of trusted, quarantined");
    if (r == 0)
        r = decode_time(json, "added", &machine->added, ret_error);
    if (r == 0)
        r = decode_time(json, "updated", &machine->updated, ret_error);
    if (r == 0)
        r = decode_hash(json, &machine->hash, ret_error);
    return r;
}

static int decode_machines(const cJSON *root, struct hwfp_vault *vault, char **ret_error)
{
    const cJSON *array = cJSON_GetObjectItemCaseSensitive(root, "machines"), *json;
    int n = cJSON_GetArraySize(array), r = 0;

    if (!cJSON_IsArray(array) || n > HWFP_MACHINES_MAX)
        return bad(ret_error, "machines", "a list of at most 64");
    vault->machines = calloc((size_t)n + 1, sizeof(*vault->machines));
    if (!vault->machines)
        return -ENOMEM;
    cJSON_ArrayForEach(json, array)
    {
        if (r == 0)
            r = decode_machine(json, &vault->machines[vault->n_machines++], ret_error);
    }
    return r;
}

static int decode_event(const cJSON *json, struct hwfp_vault *vault, char **ret_error)
{
    const char *what = text_of(json, "what");
    time_t when = 0;
    int r = decode_time(json, "time", &when, ret_error);

    if (r == 0 && !what)
        r = bad(ret_error, "what", "a word");
    if (r == 0)
        r = vault_add_event(vault, what, text_of(json, "fingerprint"), text_of(json, "detail"));
    if (r == 0)
        vault->events[vault->n_events - 1].when = when;
    return r;
}

static int decode_history(const cJSON *root, struct hwfp_vault *vault, char **ret_error)
{
    const cJSON *array = cJSON_GetObjectItemCaseSensitive(root, "history"), *json;
    int r = cJSON_IsArray(array) ? 0 : bad(ret_error, "history", "a list");

    cJSON_ArrayForEach(json, array)
    {
        if (r == 0)
            r = decode_event(json, vault, ret_error);
    }
    return r;
}

static int decode_numbers(const cJSON *root, struct hwfp_vault *vault, char **ret_error)
{
    double generation = 0, threshold = 0;
    int r = decode_number(root, "generation", 1, 9e15, &generation, ret_error);

    if (r == 0)
        r = decode_number(root, "threshold", HWFP_THRESHOLD_OFF, 100, &threshold, ret_error);
    /* Nought would switch the check off without saying so: the agent's vault once did. */
    if (r == 0 && threshold == 0)
        r = bad(ret_error, "threshold", "-1, or 1 to 100");
    vault->generation = (uint64_t)generation;
    vault->threshold = (int)threshold;
    return r;
}

int vault_decode(const char *text, struct hwfp_vault *vault, char **ret_error)
{
    cJSON *root = cJSON_Parse(text);
    int r = cJSON_IsObject(root)
                ? 0
                : fail(ret_error, -EBADMSG, "/%s/vault: the body is not JSON", VAULT_DIR);

    if (r == 0)
        r = decode_numbers(root, vault, ret_error);
    if (r == 0)
        r = decode_fingerprint(root, "current", false, vault->current, ret_error);
    if (r == 0)
        r = decode_fingerprint(root, "previous", false, vault->previous, ret_error);
    if (r == 0)
        r = decode_machines(root, vault, ret_error);
    if (r == 0)
        r = decode_history(root, vault, ret_error);
    cJSON_Delete(root);
    return r;
}
