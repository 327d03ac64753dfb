/* sections: critical sections of plugins, and what becomes of them while the lock is away.
 *
 *     sections.add(list, rounds, how)      rounds times, within a section of the list: list[0] += 1, in two steps
 *     sections.move(one, other, rounds)    rounds times, within a section of both: one[0] -= 1, other[0] += 1
 *     sections.wait(list, other, how)      within sections: wait, without the lock, until `arrive` has been called; then list[0] += 1
 *     sections.arrive(list, other)         within a section of both: let `wait` go on
 *     sections.call(list, f)               within a section of the list: f()
 *     sections.abandon(how)                sections of objects that only handles have kept alive, which are closed within
 *     sections.lives()                     whether such an object lives until the section ends
 *
 * Built once, it does the same under every regime. */

#include "gild_plugin.h"

#include <stdatomic.h>
#include <string.h>
#include <time.h>

#define TRY(call) do { gild_status tried = (call); if (tried < GILD_OK) return tried; } while (0)

static atomic_int waiting, arrived;

static void sleep_a_little(void) { nanosleep(&(struct timespec){0, 1000000}, NULL); }

static gild_status text_of(gild_context *c, gild_handle handle, char buffer[32]) {
    size_t length;
    TRY(gild_str_get(c, handle, buffer, 31, &length));
    buffer[length < 31 ? length : 31] = '\0';
    return GILD_OK;
}

/* list[0] += change, in steps between which another thread may come, unless a section keeps it out. */
static gild_status change(gild_context *c, gild_handle list, int64_t by) {
    gild_handle item;
    int64_t number;
    TRY(gild_list_get(c, list, 0, &item));
    gild_status status = gild_int_get(c, item, &number);
    gild_close(c, item);
    TRY(status);
    TRY(gild_int_new(c, number + by, &item));
    status = gild_list_set(c, list, 0, item);
    gild_close(c, item);
    return status;
}

static gild_status add(gild_context *c, void *data, const gild_handle *arguments, size_t count, gild_handle *result) {
    (void)data, (void)count, (void)result;
    int64_t rounds;
    char how[32];
    TRY(gild_int_get(c, arguments[1], &rounds));
    TRY(text_of(c, arguments[2], how));
    for (int64_t i = 0; i < rounds; i++) {
        TRY(gild_section_begin(c, arguments[0]));
        if (strcmp(how, "leaving") == 0) {
            TRY(gild_leave(c));
            TRY(gild_enter(c));
        }
        if (strcmp(how, "checkpoint") == 0) TRY(gild_checkpoint(c));
        if (strcmp(how, "nested") == 0) {
            TRY(gild_section_begin_two(c, arguments[1], arguments[0]));
            TRY(change(c, arguments[0], 1));
            TRY(gild_section_end(c));
        } else {
            TRY(change(c, arguments[0], 1));
        }
        TRY(gild_section_end(c));
    }
    return GILD_OK;
}

static gild_status move(gild_context *c, void *data, const gild_handle *arguments, size_t count, gild_handle *result) {
    (void)data, (void)count, (void)result;
    int64_t rounds;
    TRY(gild_int_get(c, arguments[2], &rounds));
    for (int64_t i = 0; i < rounds; i++) {
        TRY(gild_section_begin_two(c, arguments[0], arguments[1]));
        TRY(change(c, arguments[0], -1));
        TRY(change(c, arguments[1], 1));
        TRY(gild_section_end(c));
    }
    return GILD_OK;
}

static gild_status wait(gild_context *c, void *data, const gild_handle *arguments, size_t count, gild_handle *result) {
    (void)data, (void)count, (void)result;
    char how[32];
    TRY(text_of(c, arguments[2], how));
    int is_nested = strcmp(how, "nested") == 0;
    if (strcmp(how, "two") == 0) {
        TRY(gild_section_begin_two(c, arguments[0], arguments[1]));
    } else {
        TRY(gild_section_begin(c, arguments[0]));
    }
    if (is_nested) TRY(gild_section_begin(c, arguments[1]));
    TRY(gild_leave(c));
    atomic_store(&waiting, 1);
    while (atomic_load(&arrived) == 0 && !gild_interrupted(c)) sleep_a_little();
    atomic_store(&arrived, 0);
    TRY(gild_enter(c));
    TRY(gild_checkpoint(c));
    TRY(change(c, arguments[0], 1));
    if (is_nested) TRY(gild_section_end(c));
    return gild_section_end(c);
}

static gild_status arrive(gild_context *c, void *data, const gild_handle *arguments, size_t count, gild_handle *result) {
    (void)data, (void)count, (void)result;
    TRY(gild_leave(c));
    while (atomic_load(&waiting) == 0 && !gild_interrupted(c)) sleep_a_little();
    TRY(gild_enter(c));
    TRY(gild_section_begin_two(c, arguments[1], arguments[0]));
    atomic_store(&waiting, 0);
    atomic_store(&arrived, 1);
    TRY(change(c, arguments[0], 10));
    return gild_section_end(c);
}

static gild_status call(gild_context *c, void *data, const gild_handle *arguments, size_t count, gild_handle *result) {
    (void)data, (void)count;
    TRY(gild_section_begin(c, arguments[0]));
    gild_status status = gild_call(c, arguments[1], NULL, 0, result);
    TRY(gild_section_end(c));
    return status;
}

static gild_status abandon(gild_context *c, void *data, const gild_handle *arguments, size_t count, gild_handle *result) {
    (void)data, (void)count, (void)result;
    char how[32];
    gild_handle one, other;
    TRY(text_of(c, arguments[0], how));
    TRY(gild_list_new(c, &one));
    TRY(gild_list_new(c, &other));
    TRY(gild_section_begin_two(c, one, other));
    TRY(gild_section_begin(c, one));
    TRY(gild_close(c, one));
    TRY(gild_close(c, other));
    if (strcmp(how, "leaving") == 0) {
        TRY(gild_leave(c));
        TRY(gild_enter(c));
    }
    if (strcmp(how, "unended") == 0) return GILD_OK;
    TRY(gild_section_end(c));
    return gild_section_end(c);
}

static atomic_int destroyed;

static void destroy(void *unused) {
    (void)unused;
    atomic_fetch_add(&destroyed, 1);
}

static const gild_opaque_type short_lived = {sizeof short_lived, "ShortLived", destroy};

static gild_status lives(gild_context *c, void *data, const gild_handle *arguments, size_t count, gild_handle *result) {
    (void)data, (void)arguments, (void)count;
    gild_handle object;
    TRY(gild_opaque_new(c, &short_lived, NULL, &object));
    TRY(gild_section_begin(c, object));
    int before = atomic_load(&destroyed);
    TRY(gild_close(c, object));
    int within = atomic_load(&destroyed);
    TRY(gild_section_end(c));
    *result = within == before && atomic_load(&destroyed) == before + 1 ? GILD_TRUE : GILD_FALSE;
    return GILD_OK;
}

gild_status gild_plugin_init(const gild_host *host, gild_plugin *plugin) {
    TRY(gild_describe(host, plugin, "sections", "1.0.0"));
    const gild_function_definition functions[] = {
        {sizeof functions[0], "add", NULL, add, NULL, 3, 3},       {sizeof functions[0], "move", NULL, move, NULL, 3, 3},
        {sizeof functions[0], "wait", NULL, wait, NULL, 3, 3},     {sizeof functions[0], "arrive", NULL, arrive, NULL, 2, 2},
        {sizeof functions[0], "call", NULL, call, NULL, 2, 2},     {sizeof functions[0], "abandon", NULL, abandon, NULL, 1, 1},
        {sizeof functions[0], "lives", NULL, lives, NULL, 0, 0},
    };
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) TRY(gild_register_function(host, plugin, &functions[i]));
    return GILD_OK;
}
