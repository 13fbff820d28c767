/* SPDX-License-Identifier: BSD-2-Clause */
/* What the sources find, before anything is digested: plain values by component. A source knows
 * only this header and system.h. */
#ifndef HWFP_EVIDENCE_H
#define HWFP_EVIDENCE_H

#include "hwfp.h"
#include "system.h"

#define EVIDENCE_VALUE_MAX 512 /* bytes of one value; a longer one is cut */
#define EVIDENCE_UUID_SIZE 37  /* a UUID as text, with its final NUL */

struct evidence_values {
    bool unreadable; /* at least one item could not be read */
    size_t n;
    char **values;
};

struct evidence {
    struct evidence_values component[HWFP_COMPONENTS];
    bool virtual_machine; /* known from the first source on */
    bool container;       /* known before all sources */
    bool nics_of_a_pod;   /* KubeVirt makes the addresses anew with each pod that runs the guest */
    bool no_memory;       /* sticky: set by the functions below, checked once by hardware.c */
};

/* Adds one item. Empty and NULL values are ignored (absent). The value is kept as it was read,
 * trimmed; hardware.c normalises it. */
void evidence_add(struct evidence *e, enum hwfp_component c, const char *value);

/* The source is there and cannot be read: EACCES, EIO. */
void evidence_unreadable(struct evidence *e, enum hwfp_component c);

/* For a failed read: ENOENT, ENOTDIR, ENODEV, ENXIO and EOPNOTSUPP mean absent and add nothing,
 * anything else is unreadable. */
void evidence_failed(struct evidence *e, enum hwfp_component c, int negative_errno);

/* True for the errors that evidence_failed() takes for "there is none". */
bool evidence_is_absent(int negative_errno);

/* Firmware before SMBIOS 2.6, some firmware after it, and kernels disagree on the byte order of the
 * first three fields of a UUID. Whatever was stored, this gives the lower of the two readings. */
void evidence_canonical_uuid(const uint8_t stored[16], char ret_text[EVIDENCE_UUID_SIZE]);

void evidence_clear(struct evidence *e);

/* The sources, one file each: source_NAME.c. Each adds what it finds, and returns nothing. */
void source_platform(const struct hwfp_system *system, struct evidence *e);
void source_smbios(const struct hwfp_system *system, struct evidence *e);
void source_uuid(const struct hwfp_system *system, struct evidence *e);
void source_firmware(const struct hwfp_system *system, struct evidence *e);
void source_devicetree(const struct hwfp_system *system, struct evidence *e);
void source_cpu(const struct hwfp_system *system, struct evidence *e);
void source_disk(const struct hwfp_system *system, struct evidence *e);
void source_nic(const struct hwfp_system *system, struct evidence *e);
void source_os(const struct hwfp_system *system, struct evidence *e);
void source_place(const struct hwfp_system *system, struct evidence *e);

/* The serial number of a system on chip; `cpuinfo_serial` is the one of /proc/cpuinfo, or NULL.
 * Part of source_cpu(); defined in source_soc.c. */
void source_soc(const struct hwfp_system *system, const char *cpuinfo_serial, struct evidence *e);

/* What the SMBIOS table says of the platform: sets virtual_machine and nics_of_a_pod, or leaves
 * them as they are. Part of source_platform(); defined in source_smbios.c. */
void source_smbios_platform(const struct hwfp_system *system, struct evidence *e);

/* What the firmware of a virtual machine says now, while sysfs keeps what it said at boot: QEMU's
 * own copy of the SMBIOS table. Defined in source_smbios.c. */
void source_smbios_firmware_copy(const struct hwfp_system *system, struct evidence *e);

/* The generation id of a virtual machine, which a hypervisor changes when it restores a snapshot;
 * in the byte order of the firmware. 0, or a negative errno. Defined in source_generation.c. */
#define GENERATION_ID_SIZE 16
int source_generation_id(const struct hwfp_system *system, uint8_t ret[GENERATION_ID_SIZE]);

/* The counter that changes likewise, in the VM clock device. 0, or a negative errno: -ENOENT where
 * the hypervisor keeps none, -EAGAIN while it writes. Defined in source_generation.c. */
int source_generation_counter(const struct hwfp_system *system, uint64_t *ret);

/* True if a path of sysfs leads over a USB bus. Defined in source_disk.c. */
bool source_behind_usb(const char *path);

/* True inside a container (Docker, Podman, LXC, systemd-nspawn), whose SMBIOS and disks are the
 * host's. Defined in source_os.c. */
bool source_os_in_container(const struct hwfp_system *system);

#endif
