/* SPDX-License-Identifier: BSD-2-Clause */
#include "evidence.h"

#include <errno.h>
#include <string.h>

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
