/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"
#include "system.h"
#include "util.h"

#include "command.h"

/* ---- What a gated unit may be a mistake for. ---- */

/* systemd.unit(5), UNIT FILE LOAD PATH; a script of init.d is made a unit at boot. */
static bool has_file(const struct hwfp_system *system, const char *unit)
{
    static const char *const folders[] = {
        "etc/systemd/system",        "run/systemd/system",    "usr/local/lib/systemd/system",
        "usr/lib/systemd/system",    "lib/systemd/system",    "etc/systemd/system.control",
        "run/systemd/transient",     "run/systemd/generator", "run/systemd/generator.early",
        "run/systemd/generator.late"};
    char path[PATH_MAX];

    for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", folders[i], unit);
        if (system_exists(system, path))
            return true;
    }
    (void)snprintf(path, sizeof(path), "etc/init.d/%.*s", (int)(strrchr(unit, '.') - unit), unit);
    return system_exists(system, path);
}

/* getty@tty1.service is made of getty@.service. */
static bool has_template(const struct hwfp_system *system, const char *unit)
{
    const char *at = strchr(unit, '@');
    char template[HWFP_UNIT_NAME_SIZE];

    if (!at)
        return false;
    (void)snprintf(template, sizeof(template), "%.*s%s", (int)(at - unit + 1), unit,
                   strrchr(unit, '.'));
    return has_file(system, template);
}

/* The kernel and programs make these as they come. */
static bool has_no_file(const char *unit)
{
    const char *type = strrchr(unit, '.');

    return strcmp(type, ".device") == 0 || strcmp(type, ".scope") == 0;
}

static bool lets_people_in(const char *unit)
{
    static const char *const names[] = {"ssh.service",
                                        "sshd.service",
                                        "ssh.socket",
                                        "sshd.socket",
                                        "getty.target",
                                        "systemd-logind.service",
                                        "systemd-user-sessions.service",
                                        "display-manager.service"};
    static const char *const templates[] = {"ssh@", "sshd@", "getty@", "serial-getty@"};

    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (strcmp(unit, names[i]) == 0)
            return true;
    for (size_t i = 0; i < ARRAY_SIZE(templates); i++)
        if (strncmp(unit, templates[i], strlen(templates[i])) == 0)
            return true;
    return false;
}

static void warn(const struct session *session, const char *unit)
{
    if (!has_no_file(unit) && !has_file(session->system, unit) &&
        !has_template(session->system, unit))
        screen_error(&session->screen, "there is no unit %s yet", unit);
    if (lets_people_in(unit))
        screen_error(&session->screen,
                     "people log in by %s: a refused machine cannot be reached by it", unit);
}

/* ---- */

static int tell(const struct session *session, const char *unit, bool gated)
{
    cJSON *object;

    if (session->json) {
        object = session_new_json(NULL);
        if (object && (!report_add_text(object, "unit", unit) ||
                       !cJSON_AddBoolToObject(object, "gated", gated))) {
            cJSON_Delete(object);
            object = NULL;
        }
        return session_print_json(session, object);
    }
    screen_line(
        &session->screen, STYLE_PLAIN,
        gated ? "%s starts only where hwfp-verified.target is reached." : "%s is not gated.", unit);
    if (hwfp_system_is_live(session->system))
        screen_line(&session->screen, STYLE_PLAIN, "Now run: systemctl daemon-reload");
    return STATUS_OK;
}

static int finish(const struct session *session, int r, const char *unit, bool gated, char *error)
{
    if (r == 0)
        return tell(session, unit, gated);
    if (r != -EINVAL)
        return session_failed(session, r, error);
    (void)session_fail(session, STATUS_USAGE, "%s", error ? error : "not the name of a unit");
    free(error);
    return STATUS_USAGE;
}

static int gate(struct session *session, int argc, char **argv)
{
    char unit[HWFP_UNIT_NAME_SIZE] = "", *error = NULL;
    int r = hwfp_gate_unit(session->system, argv[0], unit, &error);

    (void)argc;
    if (r == 0)
        warn(session, unit);
    return finish(session, r, unit, true, error);
}

static int ungate(struct session *session, int argc, char **argv)
{
    char unit[HWFP_UNIT_NAME_SIZE] = "", *error = NULL;
    int r = hwfp_ungate_unit(session->system, argv[0], unit, &error);

    (void)argc;
    return finish(session, r, unit, false, error);
}

const struct subcommand cmd_gate = {
    .run = gate,
    .min_arguments = 1,
    .max_arguments = 1,
    .help = "Writes the drop-in /etc/systemd/system/UNIT.d/50-hwfp.conf, by which the unit\n"
            "requires hwfp-verified.target: where hwfp-boot refuses this machine, the unit\n"
            "does not start. A name without a dot is a service's. See hwfp-boot.service(8).\n"
            "\n"
            "Exit status: 0 written, 2 usage (not the name of a unit), 5 error.\n",
};

const struct subcommand cmd_ungate = {
    .run = ungate,
    .min_arguments = 1,
    .max_arguments = 1,
    .help = "Removes the drop-in that hwfp gate wrote.\n"
            "\n"
            "Exit status: 0 removed, 1 the unit is not gated, 2 usage (not the name of a\n"
            "unit), 5 error.\n",
};
