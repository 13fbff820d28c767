/* SPDX-License-Identifier: BSD-2-Clause */
/* The device tree's serial number and model: of Arm, RISC-V and POWER boards. */
#include <string.h>

#include "cpuinfo.h"
#include "evidence.h"
#include "util.h"

/* One property: the first place that has it is used, so that a machine has one value, whatever else
 * its kernel prints. The line of /proc/cpuinfo is a copy that 64-bit kernels may lack. */
struct property {
    enum hwfp_component component;
    const char *paths[2];
    const char *cpuinfo;
};

static const struct property properties[] = {
    {HWFP_DEVICETREE_SERIAL,
     {"sys/firmware/devicetree/base/serial-number", "proc/device-tree/serial-number"},
     "Serial"},
    {HWFP_DEVICETREE_MODEL,
     {"sys/firmware/devicetree/base/model", "proc/device-tree/model"},
     "Model"},
};

/* True when a place has the property, or has it and keeps it to itself: then another place may
 * spell it differently, and unknown is better than wrong. */
static bool add_from_files(const struct hwfp_system *system, const struct property *p,
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
        return true;
    }
    return false;
}

/* Adds the first line of each property that is still wanted. */
static void add_from_cpuinfo(const struct hwfp_system *system,
                             bool wanted[static ARRAY_SIZE(properties)], struct evidence *e)
{
    CLEANUP_FREE char *text = NULL;
    char *rest, *name, *value;
    int r = cpuinfo_read(system, &text);

    for (size_t i = 0; r < 0 && i < ARRAY_SIZE(properties); i++)
        if (wanted[i])
            evidence_failed(e, properties[i].component, r);
    rest = text;
    while (cpuinfo_next(&rest, &name, &value)) {
        for (size_t i = 0; i < ARRAY_SIZE(properties); i++) {
            if (!wanted[i] || strcmp(name, properties[i].cpuinfo) != 0)
                continue;
            evidence_add(e, properties[i].component, value);
            wanted[i] = false;
        }
    }
}

void source_devicetree(const struct hwfp_system *system, struct evidence *e)
{
    const struct evidence_values *model = &e->component[HWFP_DEVICETREE_MODEL];
    bool wanted[ARRAY_SIZE(properties)], any = false;

    for (size_t i = 0; i < ARRAY_SIZE(properties); i++) {
        wanted[i] = !add_from_files(system, &properties[i], e);
        any = any || wanted[i];
    }
    if (any)
        add_from_cpuinfo(system, wanted, e);
    /* What QEMU calls the board that exists nowhere else. */
    for (size_t i = 0; i < model->n; i++)
        if (strcmp(model->values[i], "linux,dummy-virt") == 0)
            e->virtual_machine = true;
}
