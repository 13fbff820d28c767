/* SPDX-License-Identifier: BSD-2-Clause */
#include "evidence.h"

#include <errno.h>
#include <string.h>
#include <uuid/uuid.h>

#include "util.h"

/* Room is made at each power of two, so that ten thousand NICs cost fourteen reallocations. */
static bool make_room(struct evidence_values *v)
{
    size_t room = v->n ? 2 * v->n : 1;
    char **larger;

    if (v->n & (v->n - 1))
        return true;
    larger = realloc(v->values, room * sizeof(*larger));
    if (!larger)
        return false;
    v->values = larger;
    return true;
}

void evidence_add(struct evidence *e, enum hwfp_component c, const char *value)
{
    struct evidence_values *v = &e->component[c];
    char kept[EVIDENCE_VALUE_MAX + 1], *copy;
    const char *text;

    if (!value)
        return;
    copy_text(kept, sizeof(kept), value);
    text = trim(kept);
    if (!*text)
        return;
    copy = strdup(text);
    if (!copy || !make_room(v)) {
        free(copy);
        e->no_memory = true;
        return;
    }
    v->values[v->n++] = copy;
}

void evidence_unreadable(struct evidence *e, enum hwfp_component c)
{
    e->component[c].unreadable = true;
}

bool evidence_is_absent(int negative_errno)
{
    switch (-negative_errno) {
    case ENOENT:
    case ENOTDIR:
    case ENODEV:
    case ENXIO:
    case EOPNOTSUPP:
        return true;
    default:
        return false;
    }
}

void evidence_failed(struct evidence *e, enum hwfp_component c, int negative_errno)
{
    if (negative_errno == -ENOMEM)
        e->no_memory = true;
    else if (!evidence_is_absent(negative_errno))
        evidence_unreadable(e, c);
}

void evidence_canonical_uuid(const uint8_t stored[16], char ret_text[EVIDENCE_UUID_SIZE])
{
    static const uint8_t order[16] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
    uuid_t plain = {0}, swapped = {0};

    for (size_t i = 0; i < sizeof(plain); i++) {
        plain[i] = stored[i];
        swapped[i] = stored[order[i]];
    }
    uuid_unparse_lower(memcmp(plain, swapped, sizeof(plain)) <= 0 ? plain : swapped, ret_text);
}

void evidence_clear(struct evidence *e)
{
    for (size_t c = 0; c < HWFP_COMPONENTS; c++) {
        struct evidence_values *v = &e->component[c];

        for (size_t i = 0; i < v->n; i++)
            free(v->values[i]);
        free(v->values);
    }
    *e = (struct evidence){0};
}
