/* SPDX-License-Identifier: BSD-2-Clause */
/* The device tree's serial number and model: of Arm, RISC-V and POWER boards. */
#include "evidence.h"
#include "util.h"

/* One property: the first place that has it is used, so that a machine has one value. Where none
 * has, source_cpu.c takes the copy in /proc/cpuinfo, which it reads anyway. */
struct property {
    enum hwfp_component component;
    const char *paths[2];
};

static const struct property properties[] = {
    {HWFP_DEVICETREE_SERIAL,
     {"sys/firmware/devicetree/base/serial-number", "proc/device-tree/serial-number"}},
    {HWFP_DEVICETREE_MODEL, {"sys/firmware/devicetree/base/model", "proc/device-tree/model"}},
};

/* A place that has it and keeps it to itself ends the search, too: another place may spell it
 * differently, and unknown is better than wrong. */
static void add_from_files(const struct hwfp_system *system, const struct property *p,
                           struct evidence *e)
{
    char value[EVIDENCE_VALUE_MAX];

    for (size_t i = 0; i < ARRAY_SIZE(p->paths); i++) {
        ssize_t n = system_read_text(system, p->paths[i], value, sizeof(value));

        if (n > 0)
            evidence_add(e, p->component, value);
        else if (n < 0 && !evidence_is_absent((int)n))
            evidence_failed(e, p->component, (int)n);
        else
            continue;
        return;
    }
}

void source_devicetree(const struct hwfp_system *system, struct evidence *e)
{
    for (size_t i = 0; i < ARRAY_SIZE(properties); i++)
        add_from_files(system, &properties[i], e);
}
