/* SPDX-License-Identifier: BSD-2-Clause */
/* hwfp doctor: who may write, and who may read, hwfp's own files. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "doctor.h"
#include "system.h"
#include "util.h"

struct place {
    const char *path;
    mode_t mode; /* what it should be; its type, too */
};

static const struct place places[] = {
    {"etc/hwfp", S_IFDIR | 0755},
    {"etc/hwfp/hwfp.conf", S_IFREG | 0644},
    {"etc/hwfp/hwfp.conf.d", S_IFDIR | 0755},
    {"var/lib/hwfp", S_IFDIR | 0700},
    {"var/lib/hwfp/vault", S_IFREG | 0600},
    {"var/lib/hwfp/vault.old", S_IFREG | 0600},
    {"var/lib/hwfp/key", S_IFREG | 0600},
    {"var/lib/hwfp/recovery", S_IFREG | 0600},
    {"var/lib/hwfp/ticket", S_IFREG | 0600},
    {"run/hwfp", S_IFDIR | 0755},
    {"run/hwfp/verdict", S_IFREG | 0644},
};

static bool owner_is_right(const struct doctor *d, const struct stat *st)
{
    return st->st_uid == 0 || (!d->system->live && st->st_uid == geteuid());
}

/* Bits beyond those that it should have let others in; bits of reading and searching that it lacks
 * keep those out who need it: programs that ask for a login as an ordinary user. */
static void check_mode(struct doctor *d, const struct place *p, const struct stat *st)
{
    const mode_t right = p->mode & 07777, now = st->st_mode & 07777;

    if (now & ~right & (S_IRWXG | S_IRWXO)) {
        doctor_say(d, DOCTOR_PROBLEM, "%s/%s has mode %04o: others have too much access", d->root,
                   p->path, (unsigned)now);
        doctor_mend(d, "chmod %04o %s/%s", (unsigned)right, d->root, p->path);
    } else if (~now & right & (S_IROTH | S_IXOTH | S_IRUSR | S_IXUSR)) {
        doctor_say(d, DOCTOR_WARNING, "%s/%s has mode %04o: it cannot be read by all who need it",
                   d->root, p->path, (unsigned)now);
        doctor_mend(d, "chmod %04o %s/%s", (unsigned)right, d->root, p->path);
    }
}

static void check_place(struct doctor *d, const struct place *p)
{
    struct stat st;
    int r = doctor_stat(d, p->path, &st);

    if (r == -ENOENT)
        return;
    if (r < 0) {
        doctor_say(d, DOCTOR_PROBLEM, "%s/%s cannot be looked at: %s", d->root, p->path,
                   strerror(-r));
    } else if ((st.st_mode & S_IFMT) != (p->mode & S_IFMT)) {
        doctor_say(d, DOCTOR_PROBLEM, "%s/%s is not a %s", d->root, p->path,
                   S_ISDIR(p->mode) ? "folder" : "regular file");
        doctor_mend(d, "put one there in its place");
    } else if (!owner_is_right(d, &st)) {
        doctor_say(d, DOCTOR_PROBLEM, "%s/%s belongs to user %u, not to root", d->root, p->path,
                   (unsigned)st.st_uid);
        doctor_mend(d, "chown root:root %s/%s", d->root, p->path);
    } else {
        check_mode(d, p, &st);
    }
}

static void check_drop_ins(struct doctor *d)
{
    CLEANUP_CLOSEDIR DIR *dir = system_opendir(d->system, "etc/hwfp/hwfp.conf.d");
    const struct dirent *entry;

    while (dir && (entry = readdir(dir))) {
        char path[PATH_MAX];
        const struct place p = {.path = path, .mode = S_IFREG | 0644};
        size_t n = strlen(entry->d_name);

        if (n <= 5 || entry->d_name[0] == '.' || strcmp(entry->d_name + n - 5, ".conf") != 0)
            continue;
        (void)snprintf(path, sizeof(path), "etc/hwfp/hwfp.conf.d/%s", entry->d_name);
        check_place(d, &p);
    }
}

void doctor_files(struct doctor *d)
{
    unsigned before = doctor_wrong(d);

    for (size_t i = 0; i < ARRAY_SIZE(places); i++)
        check_place(d, &places[i]);
    check_drop_ins(d);
    if (doctor_wrong(d) == before)
        doctor_say(d, DOCTOR_OK,
                   "the configuration, the vault and the published verdict belong to "
                   "root, with the modes they should have");
}
