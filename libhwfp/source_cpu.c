/* SPDX-License-Identifier: BSD-2-Clause */
/* The processors' model, and a board's serial number, from /proc/cpuinfo. Clock, flags, microcode
 * and counts are left out: they change with the kernel, its command line or a firmware update. */
#include <errno.h>
#include <string.h>

#include "cpuinfo.h"
#include "evidence.h"
#include "util.h"

/* Each is taken from the first line of its name. An architecture has only some of them:
 * x86 the first five, s390 vendor_id and machine, others what suits them. */
static const char *const model_fields[] = {
    "vendor_id", "cpu family", "model",     "model name", "stepping", "machine",
    "cpu",       "cpu model",  "mvendorid", "marchid",    "uarch",
};

/* Those of an Arm core; a machine may have several kinds of cores. The last one ends a core. */
static const char *const arm_fields[] = {
    "CPU implementer",
    "CPU variant",
    "CPU part",
    "CPU revision",
};

struct processors {
    const char *model[ARRAY_SIZE(model_fields)];
    const char *arm[ARRAY_SIZE(arm_fields)];
    char last_core[EVIDENCE_VALUE_MAX];
};

static void join(const char *const *values, size_t n, char *ret_text, size_t size)
{
    size_t length = 0;

    ret_text[0] = '\0';
    for (size_t i = 0; i < n && length < size - 1; i++) {
        if (!values[i] || !*values[i])
            continue;
        if (length > 0)
            ret_text[length++] = '|';
        copy_text(ret_text + length, size - length, values[i]);
        length += strlen(ret_text + length);
    }
}

static void add_arm_core(struct processors *p, struct evidence *e)
{
    char core[EVIDENCE_VALUE_MAX];

    join(p->arm, ARRAY_SIZE(p->arm), core, sizeof(core));
    if (strcmp(core, p->last_core) != 0)
        evidence_add(e, HWFP_CPU_MODEL, core);
    copy_text(p->last_core, sizeof(p->last_core), core);
    memset(p->arm, 0, sizeof(p->arm));
}

/* s390: "processor 0: version = FF,  identification = 0133E8,  machine = 2964". */
static const char *s390_machine(const char *name, char *value)
{
    static const char label[] = "machine = ";
    char *machine = strncmp(name, "processor ", 10) == 0 ? strstr(value, label) : NULL;

    return machine ? trim(machine + strlen(label)) : NULL;
}

static void take_line(struct processors *p, const char *name, char *value, struct evidence *e)
{
    const char *machine = s390_machine(name, value);

    if (machine)
        name = "machine";
    for (size_t i = 0; i < ARRAY_SIZE(model_fields); i++)
        if (!p->model[i] && strcmp(name, model_fields[i]) == 0)
            p->model[i] = machine ? machine : value;
    for (size_t i = 0; i < ARRAY_SIZE(arm_fields); i++)
        if (strcmp(name, arm_fields[i]) == 0)
            p->arm[i] = value;
    if (p->arm[ARRAY_SIZE(arm_fields) - 1])
        add_arm_core(p, e);
}

/* Boards whose kernel shows no device tree print its serial number and model here; 64-bit kernels
 * may not. In a container they are the host's. */
static void stand_in(const char *name, const char *value, struct evidence *e)
{
    enum hwfp_component c = strcmp(name, "Serial") == 0  ? HWFP_DEVICETREE_SERIAL
                            : strcmp(name, "Model") == 0 ? HWFP_DEVICETREE_MODEL
                                                         : HWFP_COMPONENTS;

    if (c != HWFP_COMPONENTS && !e->container && e->component[c].n == 0 &&
        !e->component[c].unreadable)
        evidence_add(e, c, value);
}

void source_cpu(const struct hwfp_system *system, struct evidence *e)
{
    CLEANUP_FREE char *text = NULL;
    char model[EVIDENCE_VALUE_MAX], *rest, *name, *value;
    const char *serial = NULL;
    struct processors p = {0};
    int r = cpuinfo_read(system, &text);

    if (r < 0) {
        source_soc(system, NULL, e);
        evidence_failed(e, HWFP_CPU_MODEL, r);
        return;
    }
    rest = text;
    while (cpuinfo_next(&rest, &name, &value)) {
        stand_in(name, value, e);
        take_line(&p, name, value, e);
        if (strcmp(name, "Serial") == 0 && !serial)
            serial = value;
    }
    source_soc(system, serial, e);
    /* A 32-bit Arm kernel prints a "model name", too, that a 64-bit one does not. */
    if (p.last_core[0])
        return;
    join(p.model, ARRAY_SIZE(p.model), model, sizeof(model));
    evidence_add(e, HWFP_CPU_MODEL, model);
}
