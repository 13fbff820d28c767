/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "report.h"
#include "util.h"

static void read_config(struct session *s)
{
    CLEANUP_FREE char *error = NULL;

    int r = hwfp_config_load(s->system, s->config_file, &s->config, &s->config_error);

    if (r < 0 && !s->config_error)
        s->config_error = strdup("no memory to say what is wrong with the configuration");
    /* The mode that the configuration sets stays in force: as strict as it was meant to be. */
    if (hwfp_system_is_live(s->system) &&
        hwfp_config_apply_cmdline(s->system, &s->config, &error) < 0)
        screen_error(&s->screen, "%s", error ? error : "no memory");
}

int session_open(struct session *s)
{
    char *error = NULL;
    int r = hwfp_system_open(s->root, &s->system, &error);

    if (r < 0) {
        (void)session_failed(s, r, error);
        return STATUS_ERROR;
    }
    read_config(s);
    return STATUS_OK;
}

void session_close(struct session *s)
{
    hwfp_config_clear(&s->config);
    free(s->config_error);
    s->config_error = NULL;
    s->system = hwfp_system_free(s->system);
}

cJSON *session_new_json(const char *fingerprint)
{
    cJSON *object = cJSON_CreateObject();

    if (object && cJSON_AddNumberToObject(object, "schema", REPORT_SCHEMA) &&
        (!fingerprint || report_add_text(object, "fingerprint", fingerprint)))
        return object;
    cJSON_Delete(object);
    return NULL;
}

int session_print_json(const struct session *s, cJSON *object)
{
    CLEANUP_FREE char *text = object ? cJSON_PrintUnformatted(object) : NULL;

    cJSON_Delete(object);
    if (!text) {
        screen_error(&s->screen, "no memory");
        return STATUS_ERROR;
    }
    if (!s->quiet)
        (void)puts(text);
    return STATUS_OK;
}

int session_fail(const struct session *s, int status, const char *format, ...)
{
    CLEANUP_FREE char *sentence = NULL;
    cJSON *object;
    va_list args;

    va_start(args, format);
    if (vasprintf(&sentence, format, args) < 0)
        sentence = NULL;
    va_end(args);
    screen_error(&s->screen, "%s", sentence ? sentence : "no memory");
    if (!s->json)
        return status;
    object = session_new_json(NULL);
    if (object && !report_add_text(object, "error", sentence ? sentence : "no memory")) {
        cJSON_Delete(object);
        object = NULL;
    }
    (void)session_print_json(s, object);
    return status;
}

int session_failed(const struct session *s, int negative_errno, char *error)
{
    int status = STATUS_ERROR;

    if (negative_errno == -EBUSY || negative_errno == -EEXIST || negative_errno == -ENOENT ||
        negative_errno == -ERANGE || negative_errno == -EUSERS)
        status = STATUS_REFUSED;
    else if (negative_errno == -ENXIO)
        status = STATUS_USAGE;
    if (negative_errno == -EACCES && geteuid() != 0)
        sentence_add(&error, "%s", "only root may");
    status = session_fail(s, status, "%s", error ? error : strerror(-negative_errno));
    free(error);
    return status;
}

int session_failed_vault(const struct session *s, int negative_errno, char *error)
{
    struct hwfp_vault *vault = NULL;

    if (negative_errno == -ENOENT && hwfp_vault_load(s->system, &vault, NULL) == -ENOENT)
        sentence_add(&error, "%s", "hwfp enroll makes one");
    (void)hwfp_vault_free(vault);
    return session_failed(s, negative_errno, error);
}

int session_need_config(const struct session *s)
{
    return s->config_error ? session_fail(s, STATUS_ERROR, "%s", s->config_error) : STATUS_OK;
}

int session_need_threshold(const struct session *s, const char *text, int *ret_threshold)
{
    char *end = NULL;
    long number;

    errno = 0;
    number = strtol(text, &end, 10);
    /* strtol(3) takes blanks, signs and leading zeros, too. */
    if (errno || *end || !strchr("-123456789", *text) ||
        !(number == HWFP_THRESHOLD_OFF || (number >= 1 && number <= 100)))
        return session_fail(s, STATUS_USAGE,
                            "'%s' is no similarity threshold: it is a number from 1 to 100, or -1 "
                            "for any hardware to be the same",
                            text);
    *ret_threshold = (int)number;
    return STATUS_OK;
}
