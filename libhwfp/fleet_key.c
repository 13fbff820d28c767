/* SPDX-License-Identifier: BSD-2-Clause */
/* The key that the machines of a fleet have in common: under it the digests of equal hardware are
 * equal on all of them. */
#include "hwfp.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <string.h>
#include <sys/stat.h>

#include "digest.h"
#include "system.h"
#include "util.h"

#define SECRET_MIN 32
#define SECRET_MAX 4096

/* So that the key is of use to nothing else that may have the same secret. */
static const char purpose[] = "hwfp fleet key 1";

static int check_safe(const struct hwfp_system *system, const char *path, int fd, char **ret_error)
{
    struct stat st;

    if (fstat(fd, &st) < 0)
        return fail(ret_error, -errno, "%s: %s", path, strerrordesc_np(errno));
    if (!S_ISREG(st.st_mode))
        return fail(ret_error, -EPERM, "%s is not a regular file", path);
    if (st.st_uid != 0 && (system->live || st.st_uid != geteuid()))
        return fail(ret_error, -EPERM, "%s is owned by user %u; expected root", path,
                    (unsigned)st.st_uid);
    if (st.st_mode & (S_IRWXG | S_IRWXO))
        return fail(ret_error, -EPERM, "%s has mode %04o; expected 0600: it is a secret", path,
                    (unsigned)st.st_mode & 07777U);
    return 0;
}

static int open_secret(const struct hwfp_system *system, const char *path, char **ret_error)
{
    int fd = system_open(system, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK), r;

    if (fd == -ELOOP)
        return fail(ret_error, -EPERM, "%s is a symbolic link", path);
    if (fd < 0)
        return fail(ret_error, fd, "fleet_key_file: %s cannot be opened: %s", path,
                    strerrordesc_np(-fd));
    r = check_safe(system, path, fd, ret_error);
    if (r == 0)
        return fd;
    (void)close(fd);
    return r;
}

/* Any secret will do, whoever made it: base64, hex digits, a long sentence. */
static int derive(char *text, const char *path, struct hwfp_key *ret, char **ret_error)
{
    const char *secret = trim(text);
    size_t size = strlen(secret);

    if (size < SECRET_MIN)
        return fail(ret_error, -EINVAL,
                    "%s is too short for a secret: %zu bytes; expected %d to %d (openssl rand "
                    "-base64 48)",
                    path, size, SECRET_MIN, SECRET_MAX);
    digest_plain(purpose, sizeof(purpose), secret, size, ret->bytes);
    return 0;
}

int hwfp_fleet_key_read(const struct hwfp_system *system, const struct hwfp_config *config,
                        struct hwfp_key *ret, char **ret_error)
{
    const char *path = config->fleet_key_file;
    CLEANUP_CLOSE int fd = -1;
    char text[SECRET_MAX + 2] = "";
    ssize_t n;
    int r;

    if (!path)
        return -ENOENT;
    fd = open_secret(system, path, ret_error);
    if (fd < 0)
        return fd;
    n = read(fd, text, sizeof(text) - 1);
    if (n < 0)
        r = fail(ret_error, -errno, "%s cannot be read: %s", path, strerrordesc_np(errno));
    else if (n > SECRET_MAX)
        r = fail(ret_error, -EINVAL, "%s is larger than %d bytes", path, SECRET_MAX);
    else
        r = derive(text, path, ret, ret_error);
    OPENSSL_cleanse(text, sizeof(text));
    return r;
}
