/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random machines of seven kinds, what happens to them at home, and how their disks or images come
 * to other machines. What is drawn, and how often, stands in story_rates.c. A machine is plain
 * evidence, as the sources find it; it is digested by hwfp's own code.
 */
#ifndef STORY_H
#define STORY_H

#include "evidence.h"
#include "hwfp.h"
#include "prng.h"

enum story_kind {
    STORY_SERVER,
    STORY_PC,
    STORY_JUNK,
    STORY_PI,
    STORY_BOARD,
    STORY_VM,
    STORY_MICRO,
    STORY_KINDS
};
const char *story_kind_name(enum story_kind kind);

/* ---- The rates. ---- */

/* Where a number comes from. */
enum story_habit {
    HABIT_NONE,      /* the field is empty */
    HABIT_OWN,       /* drawn for the unit */
    HABIT_OF_SERIAL, /* made of the unit's system serial number: Dell's and HPE's UUID, or the same
                        number once more */
    HABIT_OF_MAC,    /* ends in the first network interface's address */
    HABIT_OF_UUID,   /* the UUID once more, as VMware prints it */
    HABIT_JUNK,      /* what the firmware's maker left there, on hwfp's list of such values */
    HABIT_CONSTANT,  /* the same on all units of the model, and on no list */
    HABIT_ENCLOSURE, /* the same on all units in one enclosure */
    HABIT_HOST,      /* the host's, shown in its guests */
};

/* How a machine comes by the addresses of its built-in network interfaces. */
enum story_address {
    ADDRESS_BURNT_IN,
    ADDRESS_LOCAL_FIXED, /* made of the chip's number by the boot loader: locally administered */
    ADDRESS_EACH_BOOT,   /* made up by the boot loader at each boot */
    ADDRESS_IN_IMAGE,    /* software's constant, in the image or the device tree */
    ADDRESS_DEFAULT,     /* the chip maker's default, globally administered, on all boards */
    ADDRESS_GIVEN,       /* by the hypervisor */
};

/* The machines of one maker or hypervisor. */
struct story_maker {
    enum story_kind kind;
    const char *name;
    unsigned share;             /* of its kind, relative to the other rows */
    const char *system, *board; /* as the firmware calls the model, with a number after it */
    enum story_habit uuid, system_serial, board_serial, chassis_serial, devicetree_serial,
        soc_serial, cloud_instance;
    enum story_address address;
    unsigned nics[2], disks[2], dimms[2]; /* least and most */
    /* In percent of the models. */
    unsigned dimm_serials, disk_serials, oem_key, cpu_serial, efi_token, soldered_disk;
    bool management_nic; /* the management controller's, on USB, with one address on all boards */
    bool renews_uuid;    /* the hypervisor makes a new UUID at each power cycle */
    bool container;
};
extern const struct story_maker story_makers[];
extern const size_t story_n_makers;

enum story_event {
    EVENT_DISK_REPLACED,
    EVENT_DISK_ADDED,
    EVENT_DISK_REMOVED,
    EVENT_DISK_TO_USB,
    EVENT_DIMM_REPLACED,
    EVENT_DIMMS_ALL_REPLACED,
    EVENT_NIC_CARD_ADDED,
    EVENT_NIC_CARD_REPLACED,
    EVENT_USB_NIC,
    EVENT_ONBOARD_NIC_LOST,
    EVENT_CPU_REPLACED,
    EVENT_FIRMWARE_UPDATED,
    EVENT_FIRMWARE_NEW_UUID,
    EVENT_FIRMWARE_NEW_SERIAL,
    EVENT_FIRMWARE_LOSES_FIELDS,
    EVENT_FIRMWARE_GAINS_FIELDS,
    EVENT_EFI_TOKEN_LOST,
    EVENT_BOARD_REPLACED_WITH_TAG,
    EVENT_BOARD_REPLACED_WITHOUT_TAG,
    EVENT_ENCLOSURE_REPLACED,
    EVENT_DISKS_LATE,
    EVENT_NIC_LATE,
    EVENT_UNREADABLE,
    EVENT_KERNEL_UPGRADED,
    EVENT_VM_MOVED,
    EVENT_VM_RESIZED,
    EVENT_VM_NEW_MAC,
    EVENT_VM_NEW_DISK_SERIALS,
    EVENT_VM_POWER_CYCLE,
    STORY_EVENTS
};

/* In a thousand machine-years. */
struct story_event_rate {
    const char *name;
    unsigned per_mille[STORY_KINDS];
};
extern const struct story_event_rate story_events[STORY_EVENTS];

enum story_copy {
    COPY_IMAGE_ON_TWIN,
    COPY_DISK_IN_TWIN,
    COPY_ALL_DISKS_IN_TWIN,
    COPY_PARTS_IN_TWIN,
    COPY_IMAGE_ON_OTHER,
    COPY_DISK_IN_OTHER,
    COPY_IN_ENCLOSURE,
    COPY_HIDDEN,
    COPY_OTHER_KIND,
    COPY_VM_NEW_UUID_NEW_MAC,
    COPY_VM_NEW_UUID_KEPT_MAC,
    COPY_VM_KEPT_UUID_NEW_MAC,
    COPY_VM_KEPT_ALL,
    STORY_COPIES
};

/* Relative to the other rows of the column. */
struct story_copy_rate {
    const char *name;
    unsigned share[STORY_KINDS];
};
extern const struct story_copy_rate story_copies[STORY_COPIES];

/* In percent. */
extern const unsigned story_second_repair;      /* another part goes on the same visit */
extern const unsigned story_default_is_unknown; /* a chip maker's default address is on no list */
extern const unsigned story_clone_keeps_disk;   /* a clone's disks keep their serial numbers */

/* ---- Machines. ---- */

enum { STORY_TEXT = 80, STORY_NICS = 10, STORY_DISKS = 12, STORY_DIMMS = 20 };

/* All units of a model have these in common. */
struct story_model {
    const struct story_maker *maker;
    char system[STORY_TEXT], board[STORY_TEXT], cpu[STORY_TEXT], devicetree[STORY_TEXT];
    char uuid[STORY_TEXT], number[STORY_TEXT], address[STORY_TEXT]; /* its constants */
    unsigned nics, dimms, gigabytes;
    bool dimm_serials, disk_serials, oem_key, cpu_serial, efi_token, soldered_disk;
};

enum story_place { PLACE_BUILT_IN, PLACE_CARD, PLACE_USB };

struct story_nic {
    char address[STORY_TEXT];
    enum story_place place;
    bool made_up; /* anew at each boot */
};

struct story_disk {
    char serial[STORY_TEXT]; /* "": blank */
    bool usb, soldered;
};

/* What there is, whether it is to be seen today or not. */
struct story_machine {
    const struct story_model *model;
    char number[HWFP_ASSET_TAG][STORY_TEXT]; /* chassis evidence; "": the field is empty */
    char lost[HWFP_ASSET_TAG][STORY_TEXT];   /* what its firmware could tell, and does not */
    char enclosure[STORY_TEXT], host[STORY_TEXT];
    char cpu[STORY_TEXT], cpu_serial[STORY_TEXT], efi_token[STORY_TEXT], bios[STORY_TEXT];
    struct story_nic nic[STORY_NICS];
    struct story_disk disk[STORY_DISKS];
    char dimm[STORY_DIMMS][STORY_TEXT];
    size_t n_nics, n_disks, n_dimms;
    unsigned gigabytes; /* of each DIMM */
    bool virtual_machine, container;
};

void story_draw_model(struct prng *p, enum story_kind kind, struct story_model *ret);
void story_draw_machine(struct prng *p, const struct story_model *model, struct story_machine *ret);
void story_draw_disk(struct prng *p, const struct story_machine *m, struct story_disk *ret);
void story_draw_dimm(struct prng *p, const struct story_machine *m, char ret[STORY_TEXT]);
void story_draw_address(struct prng *p, bool local, char ret[STORY_TEXT]);
void story_draw_hex(struct prng *p, size_t n, char *ret);
/* Anew, where they come from the number of another field, too. */
void story_draw_numbers(struct prng *p, struct story_machine *m);
void story_draw_uuid(struct prng *p, struct story_machine *m);
/* What a guest shows of its host. */
void story_show_host(struct prng *p, struct story_machine *m);

/* What is to be seen at one moment. */
struct story_look {
    uint32_t absent, unreadable; /* components, as bits */
    size_t late_nics;            /* so many network interfaces are not there yet */
    bool steady;                 /* without what is made up anew at each boot */
};

void story_hash(const struct story_machine *m, const struct story_look *look,
                struct hwfp_hash *ret);

/* ---- What happens to them. ---- */

/* The addresses that are made up at each boot. */
void story_boot(struct prng *p, struct story_machine *m);

/* False where it cannot happen to this machine, which is then as it was. A passing trouble changes
 * the look alone. */
bool story_happens(struct prng *p, enum story_event event, struct story_machine *m,
                   struct story_look *look);

/* The copy as it is first seen: `ret` is another machine with the disk or the image. */
void story_make_copy(struct prng *p, enum story_copy copy, const struct story_machine *original,
                     const struct story_model *twins, const struct story_model *other,
                     struct story_machine *ret, struct story_look *look);

/* ---- What cannot be told. ---- */

/* Why the evidence of a copy is what a machine may have at home, or the other way round. */
enum story_untold {
    UNTOLD_NOT,          /* it can be told */
    UNTOLD_NO_EVIDENCE,  /* nothing on record can be compared */
    UNTOLD_ALL_IS_HERE,  /* copy: nothing that can be compared is another's */
    UNTOLD_ONE_REPAIR,   /* copy: one kind of part is another's, and all else is here */
    UNTOLD_UUID_RENEWED, /* virtual machine: the UUID is another one, and all the rest is here */
    UNTOLD_NOTHING_LEFT, /* home: nothing that can be compared is left */
    UNTOLD_LOOSE_LEFT,   /* home: only disks and addresses that software made are left, which
                            a copy may have, too */
    UNTOLD_TYPED_LEFT,   /* home: those, and serial numbers that a service types */
    UNTOLD_BOARD_WITHOUT_TAG, /* home: a board replaced, or all parts moved to another machine */
    UNTOLD_PARTS_MOVED,       /* copy: the same */
    STORY_UNTOLD
};
const char *story_untold_name(enum story_untold untold);

/* By the evidence on both sides; the judge is not asked. */
enum story_untold story_untold_at_home(const struct hwfp_hash *before, const struct hwfp_hash *now);
enum story_untold story_untold_copy(const struct hwfp_hash *steady, const struct hwfp_hash *copy);

#endif
