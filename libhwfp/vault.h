/* SPDX-License-Identifier: BSD-2-Clause */
/* The vault as the gate and the administrator's functions change it. */
#ifndef HWFP_VAULT_H
#define HWFP_VAULT_H

#include "digest.h"
#include "hwfp.h"

#define VAULT_DIR "var/lib/hwfp"
#define VAULT_SIZE_MAX ((size_t)16 * 1024 * 1024) /* bytes; a larger file is not read */
#define VAULT_LOCK_MS 1000 /* the longest wait for another process's change */

/*
 * One change of the vault: the folder open, the lock held. Begin, change the vault in memory, save,
 * end. A struct on the stack; vault_end() whatever happened.
 */
struct vault_change {
    int dir, lock;
    bool live;
    bool revokes;             /* takes trust away: the previous generation must not give it back */
    struct hwfp_vault *vault; /* NULL when there is none yet */
};

enum vault_begin_flags {
    VAULT_CREATE = 1 << 0,    /* make the folder; a vault that is missing is no error */
    VAULT_START_OVER = 1 << 1 /* a vault that cannot be used is put aside, with its key */
};

/* What went wrong with a change, in words: those of errno, but for -EUSERS, which is what
 * vault_add_machine() says when it may remove no machine to make room for another. */
const char *vault_strerror(int r);

/* Takes the lock and loads. Errors: those of hwfp_vault_load(), -EWOULDBLOCK, -EROFS, -ENOSPC. */
int vault_begin(const struct hwfp_system *system, unsigned flags, struct vault_change *ret,
                char **ret_error);
int vault_save(struct vault_change *change, char **ret_error);
/* Takes the lock alone: there may be no vault, or one that cannot be loaded. */
int vault_lock(const struct hwfp_system *system, bool create, struct vault_change *ret,
               char **ret_error);
void vault_end(struct vault_change *change);

/* A new, empty vault in memory, under the folder's key, which is made if it is not there yet. */
int vault_new(struct vault_change *change, char **ret_error);

/* The error for a fingerprint that no machine on record has: -ENXIO, and the sentence. */
int vault_unknown(const char *fingerprint, char **ret_error);

/* Changes in memory. */
int vault_add_machine(struct hwfp_vault *vault, const char *fingerprint, enum hwfp_trust trust,
                      const struct hwfp_hash *hash);
void vault_remove_machine(struct hwfp_vault *vault, size_t index);
int vault_add_event(struct hwfp_vault *vault, const char *what, const char *fingerprint,
                    const char *detail);
/* Makes `fingerprint` the one in force; the one that was becomes the previous one. */
void vault_set_current(struct hwfp_vault *vault, const char *fingerprint);
/* A random UUID of version 4, by libuuid. */
void vault_new_fingerprint(char ret[HWFP_FINGERPRINT_SIZE]);

/* The one-use ticket that allows enrolment at boot: a regular file of root's in the vault's folder.
 */
bool vault_has_ticket(const struct hwfp_system *system);
int vault_remove_ticket(const struct vault_change *change);
/* Removes the ticket that an enrolment left when it was interrupted after it had made the vault. */
void vault_use_up_ticket(const struct hwfp_system *system);

/* vault_seal.c: a template's vault, under the lock. Whatever is there, whole or not, goes. */
int vault_empty(const struct vault_change *change, char **ret_error);
int vault_leave_ticket(const struct vault_change *change, char **ret_error);

/* vault.c */
/* 1, of hwfp 0.1.0, is read, too, and becomes 2 when it is written. */
#define VAULT_VERSION 2U
#define VAULT_KEY_ID_SIZE 8 /* bytes of the key's digest by which a vault knows its key */
int vault_load_dir(int dir, bool live, struct hwfp_vault **ret, char **ret_error);
void vault_key_id(const struct hwfp_key *key, uint8_t ret[DIGEST_FULL]);
int vault_checksum(const struct hwfp_key *key, const char *prefix, const char *body,
                   uint8_t ret[DIGEST_FULL]);

/* vault_json.c */
int vault_encode(const struct hwfp_vault *vault, char **ret_text);
int vault_decode(const char *text, struct hwfp_vault *vault, char **ret_error);

/* vault_file.c: files of the vault's folder, checked before use and written whole or not at all. */
int vault_dir_open(const struct hwfp_system *system, bool create, int *ret_fd, char **ret_error);
/* 0: it is there; a negative errno. By what may be done, not by who started the program, as
 * faccessat(2) would have it: in sudo and su the real user is an ordinary one. */
int vault_file_find(int dir, const char *name);
int vault_file_read(int dir, const char *name, bool live, size_t max, char **ret_text,
                    size_t *ret_size, char **ret_error);
int vault_file_write(int dir, const char *name, const char *text, size_t size, char **ret_error);
/* The same, with the file that was there kept as `old`. */
int vault_file_replace(int dir, const char *name, const char *old, const char *text, size_t size,
                       char **ret_error);

/* vault_key.c */
int vault_key_read(int dir, bool live, struct hwfp_key *ret, char **ret_error);
int vault_key_make(int dir, bool live, struct hwfp_key *ret, char **ret_error);

#endif
