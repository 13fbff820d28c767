/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libhwfp: is this operating system still running on the machine it was enrolled on?
 *
 * Conventions of every function here:
 *  - int returns are 0, or a negative errno; outputs are named ret_* and are untouched on failure,
 *    unless the comment says otherwise.
 *  - char **ret_error receives, on failure only, one sentence for people that names the file, the
 *    field and what was expected; the caller frees it. It may be NULL. It may stay NULL when there
 *    is no memory for it.
 *  - *_free() functions accept NULL and return NULL, so that `p = x_free(p)` is safe.
 *  - Nothing logs, prints, forks, starts a thread, or changes the process: see the three faces.
 *  - Nothing is global: two threads may use two contexts at once.
 */
#ifndef HWFP_H
#define HWFP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HWFP_FINGERPRINT_SIZE 37 /* a UUID as text (RFC 9562, version 4), with its final NUL */
#define HWFP_DIGEST_SIZE 16      /* bytes kept of an item's HMAC-SHA-256: 128 bits */
#define HWFP_LABEL_SIZE 3        /* at most two characters of a value, and a NUL */
#define HWFP_MACHINES_MAX 64     /* machines in a vault */
#define HWFP_THRESHOLD_DEFAULT 40
#define HWFP_THRESHOLD_OFF (-1)

/* The values are the exit status of `hwfp check` and `hwfp status` (2 is kept for usage errors). */
enum hwfp_verdict {
    HWFP_SAME = 0,
    HWFP_DIFFERENT = 1,
    HWFP_UNCERTAIN = 3,
    HWFP_UNENROLLED = 4,
    HWFP_ERROR = 5,
};

enum hwfp_mode { HWFP_MODE_OFF, HWFP_MODE_FLAG, HWFP_MODE_DENY };
enum hwfp_policy { HWFP_POLICY_HARDWARE, HWFP_POLICY_SSM };
enum hwfp_strength {
    HWFP_STRENGTH_NONE,
    HWFP_STRENGTH_WEAK,
    HWFP_STRENGTH_FAIR,
    HWFP_STRENGTH_STRONG
};

/* What a component can prove. Only the first three count; image travels with a copied disk. */
enum hwfp_class { HWFP_CHASSIS, HWFP_PART, HWFP_MODEL, HWFP_IMAGE, HWFP_PLACE };

/* Absent, placeholder and unreadable never count as a match; unreadable means unknown. */
enum hwfp_status { HWFP_ABSENT, HWFP_PLACEHOLDER, HWFP_UNREADABLE, HWFP_USABLE };

/* How a component of the current hash fits the recorded one. */
enum hwfp_match {
    HWFP_MATCH_UNKNOWN, /* not usable on both sides: neither for nor against */
    HWFP_MATCH_NONE,    /* usable on both sides, nothing in common */
    HWFP_MATCH_SOME,    /* something in common, and something that is not */
    HWFP_MATCH_ALL,     /* the recorded and the current items are the same set */
};

/* In the order in which reports print them. hardware.c has the table of names and classes. */
enum hwfp_component {
    HWFP_SYSTEM_UUID,
    HWFP_SYSTEM_SERIAL,
    HWFP_BOARD_SERIAL,
    HWFP_CHASSIS_SERIAL,
    HWFP_DEVICETREE_SERIAL,
    HWFP_SOC_SERIAL,
    HWFP_OEM_KEY,
    HWFP_CLOUD_INSTANCE,
    HWFP_ASSET_TAG,
    HWFP_DISK_SERIAL,
    HWFP_NIC_MAC,      /* built in, and globally administered; a virtual machine's: all */
    HWFP_NIC_MAC_SOFT, /* made up by software, or of a USB adapter */
    HWFP_DIMM_SERIAL,
    HWFP_CPU_SERIAL,
    HWFP_EFI_TOKEN,
    HWFP_SYSTEM_MODEL,
    HWFP_BOARD_MODEL,
    HWFP_DEVICETREE_MODEL,
    HWFP_BIOS_VERSION,
    HWFP_CPU_MODEL,
    HWFP_MEMORY_LAYOUT,
    HWFP_MACHINE_ID,
    HWFP_HOSTNAME,
    HWFP_FILESYSTEM_UUID,
    HWFP_IP_ADDRESS,
    HWFP_COMPONENTS /* their number */
};

/* ---- Words: names of the enums above, as they stand in configuration, JSON and reports. ---- */

const char *hwfp_verdict_name(enum hwfp_verdict v);
const char *hwfp_mode_name(enum hwfp_mode m);
const char *hwfp_policy_name(enum hwfp_policy p);
const char *hwfp_strength_name(enum hwfp_strength s);
const char *hwfp_class_name(enum hwfp_class c);
const char *hwfp_status_name(enum hwfp_status s);
const char *hwfp_match_name(enum hwfp_match m);
const char *hwfp_component_name(enum hwfp_component c);
enum hwfp_class hwfp_component_class(enum hwfp_component c);

/* The other way: 0, or -EINVAL when `name` is not one of the names (exact, lower case). */
int hwfp_verdict_parse(const char *name, enum hwfp_verdict *ret);
int hwfp_mode_parse(const char *name, enum hwfp_mode *ret);
int hwfp_policy_parse(const char *name, enum hwfp_policy *ret);
int hwfp_strength_parse(const char *name, enum hwfp_strength *ret);
int hwfp_component_parse(const char *name, enum hwfp_component *ret);

/* ---- The system that is looked at. ---- */

struct hwfp_system;

/*
 * Opens the file system tree that everything is read below: NULL or "/" is the running system;
 * another folder is an image mounted elsewhere or a captured tree, and nothing outside it is read:
 * symbolic links are resolved inside it (openat2(2), RESOLVE_IN_ROOT).
 * Errors: -ENOENT, -ENOTDIR, -EACCES, -ENOMEM.
 */
int hwfp_system_open(const char *root, struct hwfp_system **ret_system, char **ret_error);
struct hwfp_system *hwfp_system_free(struct hwfp_system *system);

/* True for the running system, false below a --root. */
bool hwfp_system_is_live(const struct hwfp_system *system);

/* ---- The key and the hardware hash. ---- */

#define HWFP_KEY_SIZE 32 /* bytes: HMAC-SHA-256, RFC 2104 */

struct hwfp_key {
    uint8_t bytes[HWFP_KEY_SIZE];
};

/* One item of a component: the digest of its value under the vault's key, and at most the last two
 * characters of the value so that people can tell two disks apart. */
struct hwfp_item {
    uint8_t digest[HWFP_DIGEST_SIZE];
    char label[HWFP_LABEL_SIZE];
    uint8_t within; /* 0, or 1 + the enum hwfp_component whose number this address is a part of: a
                       system UUID made of a NIC's address */
};

struct hwfp_items {
    enum hwfp_status status;
    bool incomplete; /* usable, but at least one more item was unreadable */
    bool unnamed;    /* usable, but at least one more item was a placeholder */
    bool derived; /* the same number as another component's, or made of it, or it of this one: the
                     two are one witness */
    enum hwfp_component derived_from; /* that component, where `derived` */
    size_t n;
    struct hwfp_item *items; /* n of them, ascending by digest, none twice; NULL when n is 0 */
};

/* All components of one machine at one moment. Zero-initialise; hwfp_hash_clear() when done. */
#define HWFP_COLLECTOR 2 /* what hwfp 0.2.0 collects; 1: hwfp 0.1.0 */
struct hwfp_hash {
    struct hwfp_items component[HWFP_COMPONENTS];
    unsigned collector; /* the rules under which it was collected: HWFP_COLLECTOR, or older ones */
    bool virtual_machine; /* the firmware or the CPU says so */
    bool container;       /* the host's SMBIOS and disks were left out */
};

/*
 * Runs every source below `system` and digests what they find under `key`. Sources that fail make
 * their components absent or unreadable; that is no error here. Components in `ignore` (bit
 * 1 << enum hwfp_component) are left out as absent.
 * Costs some 40 to 100 small reads; waits for nothing. Errors: -ENOMEM.
 */
int hwfp_hash_collect(const struct hwfp_system *system, const struct hwfp_key *key, uint32_t ignore,
                      struct hwfp_hash *ret_hash);
int hwfp_hash_copy(const struct hwfp_hash *from, struct hwfp_hash *ret_hash);
void hwfp_hash_clear(struct hwfp_hash *hash);

/* What hwfp_compare() says of the two nearest copies of this machine, which have all that a model
 * and software make: this image on another unit, and this disk moved there. Strong: both are
 * different. Fair: neither is the same, one is different. Weak: otherwise. None: there is nothing
 * to be known by.
 */
enum hwfp_strength hwfp_hash_strength(const struct hwfp_hash *hash);

/* ---- The similarity. ---- */

struct hwfp_comparison {
    enum hwfp_verdict verdict; /* same, uncertain or different; never another */
    int similarity;            /* 0 to 100: the sum of the bits as a chance */
    int bits;                  /* the sum, in tenths of a bit, as the guards leave it */
    int sum;                   /* the sum before them */
    int hidden;                /* of it: chassis evidence is on record, and none is to be seen */
    int kind_changed;          /* of it: bare metal became virtual, or the other way round */
    const char *reason;        /* one sentence, static */
    struct {
        enum hwfp_match match;
        uint32_t recorded, current, common; /* items on each side, and on both */
        int bits; /* its share of the sum, in tenths of a bit; 0: not compared, or said already */
    } component[HWFP_COMPONENTS];
};

/*
 * Compares the current hardware hash with a recorded one. `threshold` is 1 to 100, or
 * HWFP_THRESHOLD_OFF. Pure: opens nothing, allocates nothing. The table of bits and the guards are
 * in hwfp-similarity(7); the ssm policy's rules are amazon-ssm-agent's
 * (agent/managedInstances/fingerprint), and it has no bits.
 */
void hwfp_compare(const struct hwfp_hash *recorded, const struct hwfp_hash *current,
                  enum hwfp_policy policy, int threshold, struct hwfp_comparison *ret);

/* A hardware hash as the agent has it: values by name, empty when not to be had. */
struct hwfp_ssm_value {
    const char *name, *value;
};

/*
 * The agent's own rule on two of its maps, to the letter: threshold -1 is similar; an empty map is
 * not; another machine-id is not; an equal ipaddress-info is; otherwise the count of equal values
 * by the number of current ones, in percent as float32, must reach the threshold. *ret_percent (may
 * be NULL) receives that percentage whichever rule decided.
 */
bool hwfp_ssm_similar(const struct hwfp_ssm_value *saved, size_t n_saved,
                      const struct hwfp_ssm_value *current, size_t n_current, int threshold,
                      float *ret_percent);

/* ---- The vault. ---- */

enum hwfp_trust { HWFP_TRUSTED, HWFP_QUARANTINED };

struct hwfp_machine {
    char fingerprint[HWFP_FINGERPRINT_SIZE];
    enum hwfp_trust trust;
    time_t added;   /* seconds since the epoch */
    time_t updated; /* when its hash last followed a drift */
    struct hwfp_hash hash;
};

/* One line of the vault's history. Texts are owned by the vault. */
struct hwfp_event {
    time_t when;
    char *what;        /* enroll, rotate, accept, adopt, forget, drift, threshold, evict, return */
    char *fingerprint; /* the machine concerned, or NULL */
    char *detail; /* for people, or NULL: why it rotated, what drifted, old and new threshold */
};

/* A vault in memory. Made by hwfp_vault_load() or hwfp_enroll(); hwfp_vault_free() when done. */
struct hwfp_vault {
    struct hwfp_key key;
    uint64_t generation;
    int threshold;
    char current[HWFP_FINGERPRINT_SIZE];  /* the fingerprint in force; "" before the first */
    char previous[HWFP_FINGERPRINT_SIZE]; /* the one before it; "" when there was none */
    size_t n_machines, n_events;
    struct hwfp_machine *machines;
    struct hwfp_event *events;
    char *damage; /* NULL, or why the previous generation stands here, as one sentence */
};

/*
 * Reads the vault below `system`, without a lock. Where it is damaged its previous generation is
 * used and `damage` says so. Errors, each with its own sentence:
 *  -ENOENT  there is none (unenrolled)
 *  -EACCES  not permitted to read it (not root)
 *  -EPERM   unsafe: owner, mode, or not a regular file
 *  -EBADMSG damaged, and there is no whole previous generation
 *  -EPROTO  written by a newer version of hwfp
 *  -ENOKEY  the key is missing, damaged, or another vault's
 */
int hwfp_vault_load(const struct hwfp_system *system, struct hwfp_vault **ret_vault,
                    char **ret_error);
struct hwfp_vault *hwfp_vault_free(struct hwfp_vault *vault);

/* The machine with this fingerprint (any case), or NULL. Owned by the vault. */
struct hwfp_machine *hwfp_vault_find(const struct hwfp_vault *vault, const char *fingerprint);

/* ---- The configuration. ---- */

struct hwfp_config {
    enum hwfp_mode mode;
    enum hwfp_policy policy;
    enum hwfp_mode uncertain;  /* in deny mode: HWFP_MODE_FLAG (default) or HWFP_MODE_DENY */
    enum hwfp_mode unenrolled; /* in deny mode: HWFP_MODE_DENY (default) or HWFP_MODE_FLAG */
    enum hwfp_mode error;      /* in deny mode: HWFP_MODE_DENY (default) or HWFP_MODE_FLAG */
    enum hwfp_mode console;    /* in deny mode: HWFP_MODE_FLAG (default) or HWFP_MODE_DENY */
    enum hwfp_strength min_strength;
    unsigned settle; /* seconds that hwfp-boot may wait, 0 to 600 */
    uint32_t ignore; /* bits 1 << enum hwfp_component */
    size_t n_exempt_users, n_exempt_services;
    char **exempt_users, **exempt_services;
    size_t n_console_services, n_console_lines;
    char **console_services; /* beside "login" */
    char **console_lines;    /* beside the virtual terminals, without "/dev/" */
    char *fleet_key_file;    /* an absolute path, or NULL */
    const char *mode_from;   /* static: where the mode was set, for logs */
};

/*
 * Reads the configuration: /etc/hwfp/hwfp.conf below `system`, where a missing file is no error;
 * or, if `path` is not NULL, that file as the caller names it, which must exist. Then, in both
 * cases, the drop-in folder (the path + ".d", *.conf in the order of their names). Every file must
 * be a regular one, of root (or of the caller, below a --root), not writable by others, of at most
 * 64 KiB, and no symbolic link.
 * On a bad line *ret_config holds what the good lines say, so that `mode =` and `error =` can be
 * obeyed: the mode is that of the last good line, or flag where there is none, or where a bad mode
 * line follows `mode = off`. Where a file is unsafe or cannot be read, the mode is HWFP_MODE_DENY
 * and the rest as without a configuration. In all cases hwfp_config_clear() it.
 * Errors: -EINVAL (a line), -EPERM (unsafe), -EIO and others from reading.
 */
int hwfp_config_load(const struct hwfp_system *system, const char *path,
                     struct hwfp_config *ret_config, char **ret_error);
void hwfp_config_clear(struct hwfp_config *config);

/*
 * Obeys hwfp.mode=off|flag|deny of /proc/cmdline below `system` (the last one wins).
 * 1 when it set the mode, 0 when there is none, -EINVAL with a sentence for a value it does not
 * know.
 */
int hwfp_config_apply_cmdline(const struct hwfp_system *system, struct hwfp_config *config,
                              char **ret_error);

/* What a verdict leads to under a configuration: the one place where this is decided. */
enum hwfp_action { HWFP_ALLOW, HWFP_ALLOW_FLAGGED, HWFP_REFUSE };
enum hwfp_action hwfp_config_action(const struct hwfp_config *config, enum hwfp_verdict verdict);

/* True if this user or this PAM service is exempt (either may be NULL). */
bool hwfp_config_exempt(const struct hwfp_config *config, const char *user, const char *service);

/*
 * True if this is a login at the machine's own console, and the configuration exempts it: the
 * service is "login" or a listed one (never cron, su, sudo and their like), the terminal a virtual
 * one (tty1 to tty63) or a listed line, with or without "/dev/", and there is no remote host.
 * The texts are PAM_SERVICE, PAM_TTY and PAM_RHOST; each may be NULL, and only rhost may be empty.
 */
bool hwfp_config_exempt_console(const struct hwfp_config *config, const char *service,
                                const char *tty, const char *rhost);

/*
 * Reads the key that the machines of a fleet have in common, from config->fleet_key_file below
 * `system`: a regular file of root's (below a --root: or the caller's) that nobody else may read,
 * with a secret of at least 32 bytes; blanks and newlines around it do not count.
 * Wipe it after use. -ENOENT: none is configured (without a sentence), or the file is missing;
 * -EACCES: not permitted to read it; -EPERM: unsafe; -EINVAL: too short, or larger than 4 KiB.
 */
int hwfp_fleet_key_read(const struct hwfp_system *system, const struct hwfp_config *config,
                        struct hwfp_key *ret, char **ret_error);

/* ---- The gate. ---- */

/* What the gate found. Zero-initialise; hwfp_result_clear() when done. */
struct hwfp_result {
    enum hwfp_verdict verdict;
    int similarity; /* to the most similar trusted machine; 0 when there is none */
    int threshold;  /* -1, or 1 to 100; 0: not known, for there is no vault that can be used */
    enum hwfp_mode mode;
    enum hwfp_policy policy;
    enum hwfp_strength strength;
    char fingerprint[HWFP_FINGERPRINT_SIZE];          /* of this machine; "" when it has none */
    char previous_fingerprint[HWFP_FINGERPRINT_SIZE]; /* the one before, or "" */
    bool rotated;                                     /* this run made the fingerprint */
    bool enrolled;       /* this run made the vault, by the one-use ticket */
    bool unsaved;        /* it could not be written to the vault: it lives under /run/hwfp */
    bool drifted;        /* this run recorded changes of a machine */
    bool from_published; /* hwfp-boot's verdict, because this caller may not read the hardware */
    bool could_settle; /* evidence on record is not there (yet): waiting might change the verdict */
    bool awaits_enrolment; /* unenrolled, and a one-use ticket lets the next boot enrol */
    char *reason;          /* one sentence */
    char *problem; /* NULL, or what went wrong beside the verdict, sentences joined by "; " */
    struct hwfp_hash hash;             /* the current hardware hash, empty when from_published */
    struct hwfp_comparison comparison; /* with the most similar trusted machine */
    char compared_with[HWFP_FINGERPRINT_SIZE]; /* that machine's fingerprint, or "" */
    size_t n_trusted, n_quarantined;           /* machines in the vault */
};
void hwfp_result_clear(struct hwfp_result *result);

enum hwfp_gate_flags {
    HWFP_GATE_READ_ONLY = 1 << 0, /* neither rotate, nor follow drift, nor publish */
    HWFP_GATE_NO_ROTATE = 1 << 1, /* follow drift, but rotate nothing */
    HWFP_GATE_PUBLISH = 1 << 2,   /* publish the verdict even if nothing changed (hwfp-boot) */
    HWFP_GATE_ENROLL_TICKET =
        1 << 3 /* enrol if there is no vault but a one-use ticket (hwfp-boot) */
};

/*
 * Collect, load, compare, rotate. Always fills *ret_result, whose verdict is HWFP_ERROR with a
 * reason where the question cannot be answered; returns 0, or -ENOMEM. A write that fails changes
 * no verdict: it is told in `problem`. Waits at most a second, and only for the vault's lock.
 * A caller who is not root gets the verdict that root published in this boot.
 */
int hwfp_gate(const struct hwfp_system *system, const struct hwfp_config *config, unsigned flags,
              struct hwfp_result *ret_result);

/* ---- What an administrator does to the vault. Each takes the lock, writes whole or not at all,
 *      and adds to the history. -EWOULDBLOCK: another process held the lock for too long. ---- */

/* Makes the vault, with this machine as its first and trusted one. -EEXIST: there is one already
 * (unless `again`: the machines start afresh, fingerprints and history stay on record).
 * -ERANGE: the identity is weaker than the configuration's min_strength. */
int hwfp_enroll(const struct hwfp_system *system, const struct hwfp_config *config, bool again,
                char ret_fingerprint[HWFP_FINGERPRINT_SIZE], char **ret_error);

/* Trusts a machine: `fingerprint`, or, when NULL, the one this is; an uncertain one's evidence is
 * added to the trusted machine that it resembles, and what is absent now leaves the record where it
 * would be uncertain still. -ENXIO: no machine on record has it; -ENODATA: there is nothing to know
 * it by; -ERANGE: as for hwfp_enroll(). */
int hwfp_accept(const struct hwfp_system *system, const struct hwfp_config *config,
                const char *fingerprint, char ret_fingerprint[HWFP_FINGERPRINT_SIZE],
                char **ret_error);

/* Gives the machine that this is a new fingerprint; the old one stays in the history. -EBUSY: it is
 * uncertain which one this is. */
int hwfp_rotate(const struct hwfp_system *system, const struct hwfp_config *config,
                char ret_fingerprint[HWFP_FINGERPRINT_SIZE], char **ret_error);

/*
 * Gives this machine a fingerprint and the vault a threshold that amazon-ssm-agent made. It must be
 * a trusted machine on record, or there must be no vault: then it is enrolled as the first one.
 * -EINVAL: not a UUID, or not a threshold (the agent's fault of saving 0); -ENOENT: this is not a
 * trusted machine; -EEXIST: another machine has that fingerprint; -ERANGE: as for hwfp_enroll().
 */
int hwfp_adopt(const struct hwfp_system *system, const struct hwfp_config *config,
               const char *fingerprint, int threshold, char **ret_error);

/* Takes a machine out of the vault, and publishes what the verdict is without it: whoever is
 * forgotten while it is current has no fingerprint until the next check rotates. -EBUSY: it is the
 * only trusted one; -ENXIO: no machine on record has it. */
int hwfp_forget(const struct hwfp_system *system, const struct hwfp_config *config,
                const char *fingerprint, char **ret_error);

/* Sets the similarity threshold: -1, or 1 to 100; else -EINVAL. Publishes what the verdict is now.
 */
int hwfp_set_threshold(const struct hwfp_system *system, const struct hwfp_config *config,
                       int threshold, char **ret_error);

/*
 * Makes a template of the system: removes the vault with its key, its earlier generations, what was
 * put aside as damaged, and the published verdict, and leaves the one-use ticket by which the first
 * boot of each copy enrols. A vault that cannot be loaded is removed, too. Interrupted, it leaves
 * the vault as it was or none without a ticket, and can be done again.
 */
int hwfp_seal(const struct hwfp_system *system, char **ret_error);

/* ---- Recovery codes: one-time ways in where the gate refuses. Each change under the vault's lock,
 *      and written whole or not at all. Errors beside those named: as hwfp_vault_load(),
 *      -EWOULDBLOCK, -ENOSPC, -EROFS. ---- */

#define HWFP_RECOVERY_CODES 10
#define HWFP_RECOVERY_CODE_SIZE 22 /* 3-9F0K-7QXM-T2VA-B4HD, with its final NUL */

struct hwfp_recovery {
    unsigned left;       /* codes */
    unsigned failures;   /* wrong codes in a row */
    bool locked;         /* after too many of them no code is taken, */
    time_t locked_until; /* until then */
    time_t made;
};

/* Makes a new set, of which only scrypt digests are kept. -EEXIST: there are codes left already,
 * unless `again`. -ENOENT: there is no vault. Takes a second or two, and 32 MiB. */
int hwfp_recovery_make(const struct hwfp_system *system, bool again,
                       char ret_codes[HWFP_RECOVERY_CODES][HWFP_RECOVERY_CODE_SIZE],
                       char **ret_error);

/* 0: the code was right, and is spent. -EKEYREJECTED: it was wrong, and is counted. -EBUSY: locked.
 * What could not be written is another error, and never 0. Takes 0.1 to 0.2 s, and 32 MiB. */
int hwfp_recovery_use(const struct hwfp_system *system, const char *code,
                      struct hwfp_recovery *ret_recovery, char **ret_error);

/* -ENOENT: there are none. Takes no lock. */
int hwfp_recovery_status(const struct hwfp_system *system, struct hwfp_recovery *ret_recovery,
                         char **ret_error);
int hwfp_recovery_remove(const struct hwfp_system *system, char **ret_error);

/* Who logs in, as PAM knows it; any may be NULL. */
struct hwfp_login {
    const char *user, *service, *rhost;
};

/*
 * That a recovery code let this login in, for its later phases, which may run in other processes: a
 * marker under /run/hwfp/recovered, root's alone, for this boot, this kernel session (getsid(2)),
 * user, service and remote host, good for two minutes.
 */
int hwfp_recovered_mark(const struct hwfp_system *system, const struct hwfp_login *login,
                        char **ret_error);
/*
 * 0 where that can be done, before a code is spent for it. -ENOENT where this boot or this session
 * cannot be told from others: getsid(2) is 0 in a PID namespace whose session began outside of it.
 */
int hwfp_recovered_can_mark(const struct hwfp_system *system, const struct hwfp_login *login,
                            char **ret_error);
/* True while no session was opened by it. */
bool hwfp_recovered(const struct hwfp_system *system, const struct hwfp_login *login);
/* Opens the session: true for one caller only. */
bool hwfp_recovered_open(const struct hwfp_system *system, const struct hwfp_login *login);
/* True before and after, as credentials are set on either side of the session's opening. */
bool hwfp_recovered_credentials(const struct hwfp_system *system, const struct hwfp_login *login);

/*
 * That the log has said `text` of this login, for a later phase of it that need not say so again: a
 * marker under /run/hwfp/said, as above. hwfp_said() takes it: true once.
 */
int hwfp_said_mark(const struct hwfp_system *system, const struct hwfp_login *login,
                   const char *text, char **ret_error);
bool hwfp_said(const struct hwfp_system *system, const struct hwfp_login *login, const char *text);

/* ---- Units of systemd that wait for the verdict. ---- */

#define HWFP_UNIT_NAME_SIZE 256 /* systemd's own limit, with the final NUL */

/*
 * Writes or removes the drop-in /etc/systemd/system/UNIT.d/50-hwfp.conf, by which UNIT requires
 * hwfp-verified.target. A name without a dot is a service's. ret_unit receives the whole name.
 * -EINVAL: not a unit's name, or one of hwfp's own; -ENOENT (ungate): there is no such drop-in.
 * systemd has to be told: `systemctl daemon-reload`.
 */
int hwfp_gate_unit(const struct hwfp_system *system, const char *unit,
                   char ret_unit[HWFP_UNIT_NAME_SIZE], char **ret_error);
int hwfp_ungate_unit(const struct hwfp_system *system, const char *unit,
                     char ret_unit[HWFP_UNIT_NAME_SIZE], char **ret_error);

/* ---- The published verdict: /run/hwfp/verdict. ---- */

#define HWFP_BOOT_DISKS_MAX 32
#define HWFP_BOOT_FACT_SIZE (2 * HWFP_DIGEST_SIZE + 1) /* hexadecimal, with its final NUL */

/*
 * What stays as it is while a system runs, and does not where a memory snapshot is restored on
 * another machine: digests under the vault's key, "" (no disks: 0) for what is not known.
 */
struct hwfp_boot_facts {
    char key[HWFP_BOOT_FACT_SIZE];                /* tells under which key the others are */
    char generation_id[HWFP_BOOT_FACT_SIZE];      /* of the virtual machine */
    char generation_counter[HWFP_BOOT_FACT_SIZE]; /* of its clock device */
    char smbios[HWFP_BOOT_FACT_SIZE]; /* the chassis evidence in the firmware's own copy */
    size_t n_disks;                   /* all of them, or 0 */
    char disk[HWFP_BOOT_DISKS_MAX][HWFP_BOOT_FACT_SIZE];
};

struct hwfp_published {
    enum hwfp_verdict verdict;
    enum hwfp_mode mode;
    enum hwfp_policy policy;
    enum hwfp_strength strength;
    int similarity, threshold; /* as in struct hwfp_result */
    char fingerprint[HWFP_FINGERPRINT_SIZE];
    char previous_fingerprint[HWFP_FINGERPRINT_SIZE];
    bool rotated, enrolled, unsaved; /* as in struct hwfp_result, by the run that published */
    uint32_t changed;                /* bits 1 << enum hwfp_component: chassis, part and model */
    char evidence[2 * HWFP_DIGEST_SIZE + 1]; /* digest of the hash it was made for, or "" */
    struct hwfp_boot_facts boot;             /* as first seen in this boot */
    char reason[256];
};

/*
 * Reads it. -ENOENT: none was published; -EPERM: not root's own, or writable by others;
 * -ESTALE: of another boot; -EBADMSG: not as hwfp writes it.
 */
int hwfp_published_read(const struct hwfp_system *system, struct hwfp_published *ret,
                        char **ret_error);

/*
 * Adds to the published verdict the facts of this boot that were not known when it was written: a
 * kernel module that was loaded later, a disk that was late. What is known stays, and nothing is
 * added where it has changed. Only for root. 1: added some; 0: nothing to add. Errors: those of
 * hwfp_published_read() and hwfp_vault_load(), and of writing.
 */
int hwfp_published_complete(const struct hwfp_system *system, const struct hwfp_config *config,
                            char **ret_error);

/*
 * Writes /run/hwfp/audit/auditd.conf: a copy of /etc/audit/auditd.conf whose node name is the
 * published fingerprint, and beside it `options`, which sets HWFP_AUDITD_OPTIONS for a unit's
 * EnvironmentFile=. On failure neither is there. -ENODATA: the machine has no fingerprint; -ENOENT:
 * there is no configuration of auditd; and those of hwfp_published_read().
 */
int hwfp_audit_node(const struct hwfp_system *system, char **ret_error);

/* ---- Reports. ---- */

/* The result as one JSON object (see hwfp(8), JSON). The caller frees the text. NULL: no memory. */
char *hwfp_report_json(const struct hwfp_result *result);

/* One line of key=value pairs for a log, never with a serial number or an address in it, without a
 * newline: "verdict=... similarity=... ... reason=\"...\"" (see hwfp(8), LOG). The caller frees it.
 * NULL: no memory. */
char *hwfp_report_line(const struct hwfp_result *result);

/* When things happened, in seconds since the epoch; 0 where it is not known. */
struct hwfp_moments {
    time_t checked; /* the hardware was looked at */
    time_t drifted; /* the machine's record last followed a change */
};

/* The result in Prometheus' text format, with HELP and TYPE and without timestamps, see
 * hwfp-export(8). Nothing in it was read from the hardware. The caller frees it. NULL: no memory.
 */
char *hwfp_report_metrics(const struct hwfp_result *result, const struct hwfp_moments *moments);

/* The chassis, part and model components that do not match what is on record, as bits 1 << enum
 * hwfp_component. */
uint32_t hwfp_result_changed(const struct hwfp_result *result);

/* What is put on record in the audit log: see hwfp(8), AUDIT. */
enum hwfp_audit_event {
    HWFP_AUDIT_BOOT,
    HWFP_AUDIT_LOGIN,
    HWFP_AUDIT_RECOVERY,
    HWFP_AUDIT_OVERRIDE,
    HWFP_AUDIT_ENROLL,
    HWFP_AUDIT_ROTATE,
    HWFP_AUDIT_ACCEPT,
    HWFP_AUDIT_FORGET,
    HWFP_AUDIT_ADOPT,
    HWFP_AUDIT_SEAL,
    HWFP_AUDIT_THRESHOLD,
};

/* One record. Texts may be NULL, which is recorded as "?"; which fields an event has is fixed. */
struct hwfp_audit {
    enum hwfp_audit_event event;
    const struct hwfp_result *result; /* boot, login, recovery: never NULL there */
    const char *outcome;              /* login: refused, flagged or exempt; a word, not encoded */
    const char *override;             /* kernel, module, or NULL for none; likewise */
    enum hwfp_mode mode, old_mode;    /* override: the one in force, and the configured one */
    const char *fingerprint, *old_fingerprint; /* what a change made of it, or was asked for */
    int threshold, old_threshold;              /* adopt, threshold; 0: not known */
};

/* The record's type: a number of <linux/audit.h>'s user space ranges. */
int hwfp_audit_type(enum hwfp_audit_event event);

/*
 * The record's text, "op=... field=value ...", to which libaudit adds who (acct, exe, terminal) and
 * res. Each value is a word of hwfp's, a number, a fingerprint, or else encoded as
 * audit_encode_nv_string(3) does, so that none can pass for another field. The caller frees it.
 * NULL: no memory.
 */
char *hwfp_report_audit(const struct hwfp_audit *audit);

#ifdef __cplusplus
}
#endif
#endif
