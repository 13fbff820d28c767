/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * audit_fields FILE
 * An audit log as auparse(3) reads it, a line each record: its type, then all its fields in their
 * order, tabs between them. What a value could forge would stand here as a field of its own.
 */
#include <auparse.h>
#include <stdio.h>

static void print_record(auparse_state_t *log)
{
    const char *type = auparse_get_type_name(log);

    (void)printf("%s", type ? type : "?");
    do {
        const char *name = auparse_get_field_name(log);
        const char *value = auparse_get_field_str(log);

        (void)printf("\t%s=%s", name ? name : "", value ? value : "");
    } while (auparse_next_field(log) > 0);
    (void)putchar('\n');
}

int main(int argc, char **argv)
{
    auparse_state_t *log = argc == 2 ? auparse_init(AUSOURCE_FILE, argv[1]) : NULL;

    if (!log) {
        (void)fprintf(stderr, "usage: audit_fields FILE\n");
        return 2;
    }
    while (auparse_next_event(log) > 0) {
        (void)auparse_first_record(log);
        do
            print_record(log);
        while (auparse_next_record(log) > 0);
    }
    auparse_destroy(log);
    return 0;
}
