/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "command.h"
#include "report.h"

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
    .help =
        "Writes the drop-in /etc/systemd/system/UNIT.d/50-hwfp.conf, by which the unit requires\n"
        "hwfp-verified.target: where hwfp-boot refuses this machine, the unit does not start.\n"
        "A name without a dot is a service's. See hwfp-boot.service(8).\n"
        "\n"
        "Exit status: 0 written, 2 usage (not the name of a unit), 5 error.\n",
};

const struct subcommand cmd_ungate = {
    .run = ungate,
    .min_arguments = 1,
    .max_arguments = 1,
    .help = "Removes the drop-in that hwfp gate wrote.\n"
            "\n"
            "Exit status: 0 removed, 1 the unit is not gated, 2 usage (not the name of a unit),\n"
            "5 error.\n",
};
