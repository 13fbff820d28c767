/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The agent keeps its fingerprint in two files: Manifest, a JSON object of paths by key, and the
 * file that it names for the key InstanceFingerprint:
 *     {"fingerprint": UUID, "hardwareHash": {NAME: VALUE, ...}, "similarityThreshold": N}
 */
#include "agent_vault.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <uuid/uuid.h>

#include "system.h"
#include "util.h"

#define FILE_SIZE_MAX ((size_t)1024 * 1024)
#define KEY "InstanceFingerprint"
#define MANIFEST AGENT_VAULT "/Manifest"
#define STORE AGENT_VAULT "/Store/" KEY /* where the agent puts it */

/* What the agent does when it finds its vault in that state. */
#define STARTS_AFRESH "the agent will make a new fingerprint at its next start"
#define SWITCHES_OFF                                                                               \
    STARTS_AFRESH ", and save its threshold as 0, which switches its comparison off"
#define FAILS "the agent fails at every start"

/* ---- Files. ---- */

static int check_safe(const struct hwfp_system *system, int fd, const char *path, char **ret_error)
{
    struct stat st;

    if (fstat(fd, &st) < 0)
        return fail(ret_error, -errno, "/%s: %s", path, strerror(errno));
    if (!S_ISREG(st.st_mode))
        return fail(ret_error, -EPERM, "/%s is not a regular file: the agent would hang or fail",
                    path);
    if (st.st_uid != 0 && (hwfp_system_is_live(system) || st.st_uid != geteuid()))
        return fail(ret_error, -EPERM, "/%s is owned by user %u; expected root", path,
                    (unsigned)st.st_uid);
    if (st.st_mode & (S_IWGRP | S_IWOTH))
        return fail(ret_error, -EPERM, "/%s has mode %04o; expected no write permission for others",
                    path, (unsigned)st.st_mode & 07777U);
    return 0;
}

/* -ENOENT is left without a sentence: the caller knows what it means. */
static int open_safely(const struct hwfp_system *system, const char *path, char **ret_error)
{
    /* Not to hang on a FIFO that stands in the file's place. */
    int fd = system_open(system, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK), r;

    if (fd == -ELOOP)
        return fail(ret_error, -EPERM,
                    "/%s is a symbolic link, which the agent would follow; expected a regular file",
                    path);
    if (fd < 0)
        return fd == -ENOENT ? fd
                             : fail(ret_error, fd, "/%s cannot be opened: %s", path, strerror(-fd));
    r = check_safe(system, fd, path, ret_error);
    if (r == 0)
        return fd;
    (void)close(fd);
    return r;
}

/* Reads a file that holds one JSON object. `consequence`: what the agent does if it does not. */
static int read_object(const struct hwfp_system *system, const char *path, const char *consequence,
                       cJSON **ret, char **ret_error)
{
    CLEANUP_FREE char *text = NULL;
    CLEANUP_CLOSE int fd = open_safely(system, path, ret_error);
    size_t size = 0;
    cJSON *object;
    int r = fd < 0 ? fd : read_all(fd, FILE_SIZE_MAX, &text, &size);

    if (r == -ENOENT)
        return r;
    if (r < 0)
        return fail(ret_error, r, "/%s cannot be read: %s", path, strerror(-r));
    if (size == 0)
        return fail(ret_error, -EBADMSG, "/%s is empty: %s", path, consequence);
    object = strlen(text) == size ? cJSON_ParseWithOpts(text, NULL, true) : NULL;
    if (!cJSON_IsObject(object)) {
        cJSON_Delete(object);
        return fail(ret_error, -EBADMSG, "/%s is not one JSON object (cut short?): %s", path,
                    consequence);
    }
    *ret = object;
    return 0;
}

/* ---- The manifest. ---- */

static int manifest_missing(const struct hwfp_system *system, char **ret_error)
{
    if (system_exists(system, STORE))
        return fail(ret_error, -EBADMSG,
                    "/" MANIFEST " is missing, though /" STORE " is there: " STARTS_AFRESH);
    return fail(ret_error, -ENOENT,
                "amazon-ssm-agent is not installed or not registered: there is no /" MANIFEST);
}

/* The path that the manifest names for the key; the caller frees it. */
static int find_store(const struct hwfp_system *system, char **ret_path, char **ret_error)
{
    cJSON *manifest = NULL;
    const char *path;
    int r = read_object(system, MANIFEST, FAILS, &manifest, ret_error);

    if (r < 0)
        return r == -ENOENT ? manifest_missing(system, ret_error) : r;
    path = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(manifest, KEY));
    if (!path)
        r = fail(ret_error, -EBADMSG,
                 "/" MANIFEST " has no path for the key " KEY ": " STARTS_AFRESH);
    else if (*path != '/')
        r = fail(ret_error, -EBADMSG,
                 "/" MANIFEST " names '%s' for the key " KEY "; expected an absolute path", path);
    else if (!(*ret_path = strdup(path + strspn(path, "/"))))
        r = -ENOMEM;
    cJSON_Delete(manifest);
    return r;
}

/* ---- The fingerprint. ---- */

static int wrong_type(const char *path, const char *name, const char *expected, char **ret_error)
{
    return fail(ret_error, -EBADMSG, "/%s: %s is not %s: " SWITCHES_OFF, path, name, expected);
}

/* What is missing, or null, is Go's zero value. */
static const cJSON *get(const cJSON *object, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

    return cJSON_IsNull(item) ? NULL : item;
}

static int parse_values(const char *path, struct agent_vault *vault, char **ret_error)
{
    const cJSON *map = get(vault->json, "hardwareHash"), *item;

    if (map && !cJSON_IsObject(map))
        return wrong_type(path, "hardwareHash", "an object", ret_error);
    vault->values = calloc((size_t)cJSON_GetArraySize(map) + 1, sizeof(*vault->values));
    if (!vault->values)
        return -ENOMEM;
    cJSON_ArrayForEach(item, map)
    {
        if (!cJSON_IsString(item))
            return wrong_type(path, "a value of hardwareHash", "a string", ret_error);
        vault->values[vault->n_values++] =
            (struct hwfp_ssm_value){.name = item->string, .value = item->valuestring};
    }
    return 0;
}

static int parse_threshold(const char *path, struct agent_vault *vault, char **ret_error)
{
    const cJSON *item = get(vault->json, "similarityThreshold");
    double number = item ? cJSON_GetNumberValue(item) : 0;

    if ((item && !cJSON_IsNumber(item)) || !(number >= -1e6 && number <= 1e6) ||
        number != (double)(int)number)
        return wrong_type(path, "similarityThreshold", "a whole number", ret_error);
    vault->threshold = (int)number;
    return 0;
}

static int parse_fingerprint(const char *path, struct agent_vault *vault, char **ret_error)
{
    const cJSON *item = get(vault->json, "fingerprint");

    if (item && !cJSON_IsString(item))
        return wrong_type(path, "fingerprint", "a string", ret_error);
    if (!item || !*item->valuestring)
        return fail(ret_error, -ENOENT,
                    "/%s holds no fingerprint: the agent's registration was cleared, and "
                    "it will make a fingerprint at its next start",
                    path);
    vault->fingerprint = item->valuestring;
    return 0;
}

int agent_vault_read(const struct hwfp_system *system, struct agent_vault *ret, char **ret_error)
{
    CLEANUP_FREE char *path = NULL;
    struct agent_vault vault = {0};
    int r = find_store(system, &path, ret_error);

    if (r < 0)
        return r;
    r = read_object(system, path, SWITCHES_OFF, &vault.json, ret_error);
    if (r == -ENOENT)
        return fail(ret_error, -EBADMSG,
                    "/%s, which /" MANIFEST " names, is missing: " STARTS_AFRESH, path);
    if (r == 0)
        r = parse_values(path, &vault, ret_error);
    if (r == 0)
        r = parse_threshold(path, &vault, ret_error);
    if (r == 0)
        r = parse_fingerprint(path, &vault, ret_error);
    if (r < 0)
        agent_vault_clear(&vault);
    else
        *ret = vault;
    return r;
}

void agent_vault_clear(struct agent_vault *vault)
{
    free(vault->values);
    cJSON_Delete(vault->json);
    *vault = (struct agent_vault){0};
}

/* ---- */

char *agent_vault_problem(const struct agent_vault *vault)
{
    char *problem = NULL;
    uuid_t uuid;

    if (uuid_parse(vault->fingerprint, uuid) < 0)
        sentence_add(&problem,
                     "the agent's fingerprint '%s' is not a UUID: it was damaged, and the agent, "
                     "which has no checksum, uses it as it is",
                     vault->fingerprint);
    if (vault->threshold == 0)
        sentence_add(&problem,
                     "the agent's threshold is 0, which it refuses to set, but saves by a fault of "
                     "its own after it found its vault damaged: it compares the machine-id only");
    else if (vault->threshold < HWFP_THRESHOLD_OFF || vault->threshold > 100)
        sentence_add(&problem, "the agent's threshold is %d; expected 1 to 100, or -1",
                     vault->threshold);
    if (vault->n_values == 0)
        sentence_add(&problem, "the agent's vault has no hardwareHash, or an empty one");
    return problem;
}
