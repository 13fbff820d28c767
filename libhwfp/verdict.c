/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * /run/hwfp/verdict: what root found in this boot, for those who may not read the hardware. Lines
 * of name=value, in the manner of os-release(5), so that a unit's EnvironmentFile= can read them
 * too.
 */
#include "verdict.h"

#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <string.h>
#include <sys/stat.h>
#include <uuid/uuid.h>

#include "system.h"
#include "util.h"

#define RUN_DIR "run/hwfp"
#define BOOT_ID_SIZE 40
#define VERDICT_SIZE_MAX 4096
#define LOCK_MS 500
/* libinih's lines hold 200 bytes, with the name and the line's end. */
#define REASON_MAX 150

static void boot_id(const struct hwfp_system *system, char ret[BOOT_ID_SIZE])
{
    if (system_read_text(system, "proc/sys/kernel/random/boot_id", ret, BOOT_ID_SIZE) <= 0)
        copy_text(ret, BOOT_ID_SIZE, "none");
}

/* ---- Writing. ---- */

static int open_run_dir(const struct hwfp_system *system, int *ret_fd, char **ret_error)
{
    CLEANUP_CLOSE int parent = -1;
    int fd;

    if (!system->live && mkdirat(system->root, "run", 0755) < 0 && errno != EEXIST)
        return fail(ret_error, -errno, "/run cannot be made: %s", strerror(errno));
    parent = system_open(system, "run", O_PATH | O_DIRECTORY);
    if (parent < 0)
        return fail(ret_error, parent, "/run cannot be opened: %s", strerror(-parent));
    /* Readable by all, whatever the umask of the program that we are in. */
    if (mkdirat(parent, "hwfp", 0755) == 0 ? fchmodat(parent, "hwfp", 0755, 0) < 0
                                           : errno != EEXIST)
        return fail(ret_error, -errno, "/%s cannot be made: %s", RUN_DIR, strerror(errno));
    fd = openat(parent, "hwfp", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return fail(ret_error, -errno, "/%s cannot be opened: %s", RUN_DIR, strerror(errno));
    *ret_fd = fd;
    return 0;
}

/* One line: what a firmware or a path may have put into a reason must not start another. */
static void one_line(const char *from, char ret[REASON_MAX])
{
    copy_text(ret, REASON_MAX, from);
    for (char *p = ret; *p; p++)
        if ((unsigned char)*p < ' ' || *p == ';')
            *p = ',';
}

static int format(const struct hwfp_system *system, const struct hwfp_published *p,
                  char ret[VERDICT_SIZE_MAX])
{
    char id[BOOT_ID_SIZE], reason[REASON_MAX];
    int n;

    boot_id(system, id);
    one_line(p->reason, reason);
    n = snprintf(ret, VERDICT_SIZE_MAX,
                 "boot_id=%s\nverdict=%s\nsimilarity=%d\nthreshold=%d\nstrength=%s\nmode=%s\n"
                 "policy=%s\nfingerprint=%s\nprevious_fingerprint=%s\nunsaved=%s\nevidence=%s\n"
                 "reason=%s\n",
                 id, hwfp_verdict_name(p->verdict), p->similarity, p->threshold,
                 hwfp_strength_name(p->strength), hwfp_mode_name(p->mode),
                 hwfp_policy_name(p->policy), p->fingerprint, p->previous_fingerprint,
                 p->unsaved ? "yes" : "no", p->evidence, reason);
    return n < 0 || n >= VERDICT_SIZE_MAX ? -EOVERFLOW : n;
}

/* No fsync: /run is memory, and gone with the boot that it speaks of. */
static int write_verdict(const struct hwfp_system *system, int dir, const struct hwfp_published *p)
{
    char text[VERDICT_SIZE_MAX], fresh[64];
    CLEANUP_CLOSE int fd = -1;
    int r = format(system, p, text), n = r;

    if (r < 0)
        return r;
    (void)snprintf(fresh, sizeof(fresh), "verdict.new-%d", (int)getpid());
    (void)unlinkat(dir, fresh, 0);
    fd = openat(dir, fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (fd < 0)
        return -errno;
    r = write_all(fd, text, (size_t)n);
    if (r == 0 && fchmod(fd, 0644) < 0)
        r = -errno;
    if (r == 0 && renameat(dir, fresh, dir, "verdict") < 0)
        r = -errno;
    if (r < 0)
        (void)unlinkat(dir, fresh, 0);
    return r;
}

int verdict_publish(const struct hwfp_system *system, const struct hwfp_published *published,
                    char **ret_error)
{
    CLEANUP_CLOSE int dir = -1;
    char id[BOOT_ID_SIZE];
    int r;

    boot_id(system, id);
    if (!system->live && strcmp(id, "none") == 0)
        return 0;
    r = open_run_dir(system, &dir, ret_error);
    if (r == 0)
        r = write_verdict(system, dir, published);
    return r < 0 ? fail(ret_error, r, "/%s/verdict cannot be written: %s", RUN_DIR, strerror(-r))
                 : 0;
}

int verdict_remove(const struct hwfp_system *system, char **ret_error)
{
    CLEANUP_CLOSE int dir = system_open(system, RUN_DIR, O_PATH | O_DIRECTORY);
    int r = dir;

    if (dir >= 0)
        r = unlinkat(dir, "verdict", 0) < 0 ? -errno : 0;
    return r < 0 && r != -ENOENT
               ? fail(ret_error, r, "/%s/verdict cannot be removed: %s", RUN_DIR, strerror(-r))
               : 0;
}

/* ---- Reading. ---- */

struct reader {
    struct hwfp_published published;
    char boot_id[BOOT_ID_SIZE];
    unsigned seen;
    bool bad;
};

static bool read_number(const char *value, int least, int most, int *ret)
{
    char *end = NULL;
    long number;

    errno = 0;
    number = strtol(value, &end, 10);
    if (errno != 0 || end == value || *end || number < least || number > most)
        return false;
    *ret = (int)number;
    return true;
}

static bool read_fingerprint(const char *value, char ret[HWFP_FINGERPRINT_SIZE])
{
    uuid_t uuid;

    if (*value && (strlen(value) != HWFP_FINGERPRINT_SIZE - 1 || uuid_parse(value, uuid) < 0))
        return false;
    copy_text(ret, HWFP_FINGERPRINT_SIZE, value);
    return true;
}

static bool read_field(struct reader *reader, const char *name, const char *value)
{
    struct hwfp_published *p = &reader->published;

    if (strcmp(name, "boot_id") == 0)
        copy_text(reader->boot_id, sizeof(reader->boot_id), value);
    else if (strcmp(name, "verdict") == 0)
        return hwfp_verdict_parse(value, &p->verdict) == 0;
    else if (strcmp(name, "similarity") == 0)
        return read_number(value, 0, 100, &p->similarity);
    else if (strcmp(name, "threshold") == 0)
        return read_number(value, HWFP_THRESHOLD_OFF, 100, &p->threshold);
    else if (strcmp(name, "strength") == 0)
        return hwfp_strength_parse(value, &p->strength) == 0;
    else if (strcmp(name, "mode") == 0)
        return hwfp_mode_parse(value, &p->mode) == 0;
    else if (strcmp(name, "policy") == 0)
        return hwfp_policy_parse(value, &p->policy) == 0;
    else if (strcmp(name, "fingerprint") == 0)
        return read_fingerprint(value, p->fingerprint);
    else if (strcmp(name, "previous_fingerprint") == 0)
        return read_fingerprint(value, p->previous_fingerprint);
    else if (strcmp(name, "unsaved") == 0)
        p->unsaved = strcmp(value, "yes") == 0;
    else if (strcmp(name, "evidence") == 0)
        copy_text(p->evidence, sizeof(p->evidence), value);
    else if (strcmp(name, "reason") == 0)
        copy_text(p->reason, sizeof(p->reason), value);
    return true;
}

static int handle_line(void *user, const char *section, const char *name, const char *value)
{
    struct reader *reader = user;

    reader->seen++;
    reader->bad = reader->bad || *section || !read_field(reader, name, value);
    return 1;
}

static int parse(const char *text, struct reader *reader, char **ret_error)
{
    int line = ini_parse_string(text, handle_line, reader);

    if (line != 0 || reader->bad || reader->seen < 12)
        return fail(ret_error, -EBADMSG, "/%s/verdict is not as hwfp writes it", RUN_DIR);
    return 0;
}

static int open_verdict(const struct hwfp_system *system, int *ret_fd, char **ret_error)
{
    struct stat st;
    CLEANUP_CLOSE int fd =
        system_open(system, RUN_DIR "/verdict", O_RDONLY | O_NOFOLLOW | O_NONBLOCK);

    if (fd == -ENOENT)
        return fail(ret_error, -ENOENT, "no verdict was published: /%s/verdict is missing",
                    RUN_DIR);
    if (fd < 0)
        return fail(ret_error, fd, "/%s/verdict cannot be opened: %s", RUN_DIR, strerror(-fd));
    if (fstat(fd, &st) < 0)
        return fail(ret_error, -errno, "/%s/verdict: %s", RUN_DIR, strerror(errno));
    if (!S_ISREG(st.st_mode) || (st.st_uid != 0 && (system->live || st.st_uid != geteuid())) ||
        (st.st_mode & (S_IWGRP | S_IWOTH)))
        return fail(ret_error, -EPERM,
                    "/%s/verdict is not to be believed: expected a regular file of root's that "
                    "nobody else may write",
                    RUN_DIR);
    *ret_fd = fd;
    fd = -1;
    return 0;
}

int hwfp_published_read(const struct hwfp_system *system, struct hwfp_published *ret,
                        char **ret_error)
{
    struct reader reader = {0};
    char id[BOOT_ID_SIZE];
    CLEANUP_FREE char *text = NULL;
    CLEANUP_CLOSE int fd = -1;
    size_t size = 0;
    int r = open_verdict(system, &fd, ret_error);

    if (r < 0)
        return r;
    r = read_all(fd, VERDICT_SIZE_MAX, &text, &size);
    if (r < 0)
        return fail(ret_error, r, "/%s/verdict cannot be read: %s", RUN_DIR, strerror(-r));
    r = parse(text, &reader, ret_error);
    if (r < 0)
        return r;
    boot_id(system, id);
    if (strcmp(id, reader.boot_id) != 0)
        return fail(ret_error, -ESTALE, "/%s/verdict is of another boot", RUN_DIR);
    *ret = reader.published;
    return 0;
}

/* ---- Fingerprints that the vault could not take. ---- */

bool verdict_find_unsaved(const struct hwfp_system *system, const char *evidence,
                          char ret_fingerprint[HWFP_FINGERPRINT_SIZE])
{
    struct hwfp_published p = {0};

    if (hwfp_published_read(system, &p, NULL) < 0 || !p.unsaved || !*p.fingerprint ||
        strcmp(p.evidence, evidence) != 0)
        return false;
    copy_text(ret_fingerprint, HWFP_FINGERPRINT_SIZE, p.fingerprint);
    return true;
}

int verdict_claim_unsaved(const struct hwfp_system *system, struct hwfp_published *published,
                          char **ret_error)
{
    CLEANUP_CLOSE int dir = -1;
    int r = open_run_dir(system, &dir, ret_error);

    if (r == 0)
        r = lock_bounded(dir, LOCK_MS);
    if (r < 0)
        return fail(ret_error, r, "/%s cannot be locked: %s", RUN_DIR, strerror(-r));
    if (verdict_find_unsaved(system, published->evidence, published->fingerprint))
        return 0;
    published->unsaved = true;
    r = write_verdict(system, dir, published);
    return r < 0 ? fail(ret_error, r, "/%s/verdict cannot be written: %s", RUN_DIR, strerror(-r))
                 : 0;
}
