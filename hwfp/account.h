/* SPDX-License-Identifier: BSD-2-Clause */
/* The users of the system that is looked at, by its own files: what an image's users can do is not
 * for this system's name services to say. */
#ifndef HWFP_ACCOUNT_H
#define HWFP_ACCOUNT_H

#include "hwfp.h"

struct account {
    char *name, *groups; /* groups: "|sudo|adm|", the one of its gid, too */
    unsigned long uid, gid;
    bool shell;    /* one that can be worked with: neither nologin nor false */
    bool password; /* one that can be given: /etc/shadow has no "*" or "!" */
    bool key;      /* an authorized_keys of some size in the home's .ssh */
};

struct accounts {
    size_t n;
    struct account *of;
};

/* Those of /etc/passwd, in its order. Zero-initialise; clear. Errors: -ENOENT, of reading. */
int accounts_read(const struct hwfp_system *system, struct accounts *ret);
void accounts_clear(struct accounts *accounts);

/* NULL: there is none. */
const struct account *accounts_find(const struct accounts *accounts, const char *name);

bool account_is_in(const struct account *account, const char *group);

#endif
