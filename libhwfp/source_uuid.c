/* SPDX-License-Identifier: BSD-2-Clause */
/* The UUID of a virtual machine whose hypervisor gives it no usable one by SMBIOS: on POWER, s390x,
 * and Xen without firmware. */
#include <string.h>
#include <uuid/uuid.h>

#include "evidence.h"
#include "placeholder.h"
#include "util.h"

#define SYSINFO_MAX ((size_t)16384)

/* Each holds the UUID as text: KVM and PowerVM on POWER; Xen. */
static const char *const paths[] = {
    "sys/firmware/devicetree/base/vm,uuid",
    "proc/device-tree/vm,uuid",
    "sys/hypervisor/uuid",
};

/* All zeros are no UUID at all: a Xen dom0 has them. */
static bool add_text(struct evidence *e, const char *text)
{
    char canonical[UUID_STR_LEN];
    uuid_t uuid;

    if (uuid_parse(text, uuid) < 0 || uuid_is_null(uuid))
        return false;
    evidence_canonical_uuid(uuid, canonical);
    evidence_add(e, HWFP_SYSTEM_UUID, canonical);
    return true;
}

/* On s390x, "VM00 UUID: ..." is that of the innermost virtual machine, which is this one. */
static void add_from_sysinfo(const struct hwfp_system *system, struct evidence *e)
{
    static const char name[] = "VM00 UUID:";
    CLEANUP_FREE char *text = malloc(SYSINFO_MAX + 1);
    char *rest = text, *line;
    ssize_t n;

    if (!text) {
        e->no_memory = true;
        return;
    }
    n = system_read(system, "proc/sysinfo", text, SYSINFO_MAX);
    if (n < 0) {
        evidence_failed(e, HWFP_SYSTEM_UUID, (int)n);
        return;
    }
    text[n] = '\0';
    while ((line = strsep(&rest, "\n")))
        if (strncmp(line, name, strlen(name)) == 0 && add_text(e, trim(line + strlen(name))))
            return;
}

void source_uuid(const struct hwfp_system *system, struct evidence *e)
{
    const struct evidence_values *known = &e->component[HWFP_SYSTEM_UUID];

    if (known->unreadable)
        return;
    for (size_t i = 0; i < known->n; i++)
        if (!placeholder_value(HWFP_SYSTEM_UUID, known->values[i]))
            return;
    for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
        char text[EVIDENCE_VALUE_MAX];
        ssize_t n = system_read_text(system, paths[i], text, sizeof(text));

        if (n > 0 && add_text(e, text))
            return;
        if (n < 0 && !evidence_is_absent((int)n)) {
            evidence_failed(e, HWFP_SYSTEM_UUID, (int)n);
            return;
        }
    }
    add_from_sysinfo(system, e);
}
