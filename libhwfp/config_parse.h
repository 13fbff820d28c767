/* SPDX-License-Identifier: BSD-2-Clause */
/* The lines of a configuration file, without the file: config.c opens it and judges it. */
#ifndef HWFP_CONFIG_PARSE_H
#define HWFP_CONFIG_PARSE_H

#include <stdbool.h>
#include <stddef.h>

#include "hwfp.h"

/* What was read so far. Errors are all counted, and the first is told. */
struct config_parse {
    struct hwfp_config *config;
    const char *file; /* the name for people of the file that is being read */
    int result;       /* of the first error, or 0 */
    unsigned errors;
    char *sentence;       /* the first error's */
    bool error_unknown;   /* a line that was meant to set what an error leads to is bad */
    bool console_unknown; /* the same for the console exemption */
    bool unsafe;          /* a file could not be read, or not be trusted */
};

/* Reads `size` bytes of text, which a NUL follows and none is in, into p->config. */
void config_parse_text(struct config_parse *p, const char *text, size_t size);

/* A file as a whole is bad: nothing that was read elsewhere may then permit anything. */
void config_parse_file_error(struct config_parse *p, int negative_errno, const char *what);

#endif
