/* SPDX-License-Identifier: BSD-2-Clause */
/* hwfp export: what is told about this machine, and the formats in which it is told. */
#ifndef HWFP_EXPORT_H
#define HWFP_EXPORT_H

#include <cjson/cJSON.h>
#include <time.h>

#include "command.h"

#define EXPORT_HOSTNAME_SIZE 256
#define EXPORT_BOOT_ID_SIZE 37
#define EXPORT_KEY_ID_SIZE 8 /* bytes that tell fleet keys apart */

struct export_facts {
    struct hwfp_result result;
    struct hwfp_moments moments;
    time_t now, booted; /* booted is 0 where it is not known */
    char hostname[EXPORT_HOSTNAME_SIZE], boot_id[EXPORT_BOOT_ID_SIZE]; /* or "" */
    bool keyed; /* there is a fleet key, and the hardware could be read */
    char key_id[2 * EXPORT_KEY_ID_SIZE + 1];
    char instance[2 * HWFP_DIGEST_SIZE + 1]; /* the digest of all the evidence below */
    struct hwfp_hash evidence;               /* under the fleet key */
};

/* Asks the gate, and writes nothing. With `with_evidence` the fleet key is read, too, where there
 * is one. STATUS_OK, or the exit status after a message; free in both cases. */
int export_facts_gather(const struct session *session, bool with_evidence,
                        struct export_facts *ret);
void export_facts_clear(struct export_facts *facts);

/* The formats: text that ends in a newline, for the caller to free. NULL: no memory. */
char *export_prometheus(const struct session *session, const struct export_facts *facts);
char *export_ansible(const struct session *session, const struct export_facts *facts);
char *export_facter(const struct session *session, const struct export_facts *facts);
char *export_otel(const struct session *session, const struct export_facts *facts);
char *export_ecs(const struct session *session, const struct export_facts *facts);
char *export_inventory(const struct session *session, const struct export_facts *facts);

/* ---- export_json.c: what the JSON formats share. False: no memory. ---- */

bool export_add_number(cJSON *object, const char *name, double number);
bool export_add_time(cJSON *object, const char *name, time_t t); /* null for 0 */
/* fingerprint, previous_fingerprint, verdict, similarity, ... */
bool export_add_verdict(cJSON *object, const struct export_facts *facts);
/* Prints on one line, and deletes it; `whole` is false where something could not be added. */
char *export_print(cJSON *object, bool whole);

/* What an export is made of as it is on disk: the vault and the published verdict. */
struct export_sources {
    struct {
        uint64_t device, inode;
        struct timespec written;
    } file[2];
};
void export_sources_look(const struct session *session, struct export_sources *ret);
bool export_sources_differ(const struct export_sources *a, const struct export_sources *b);

/* Writes a file whole or not at all, readable by all, over a regular file that may be there. */
int export_write(const char *path, const char *text, char **ret_error);

#endif
