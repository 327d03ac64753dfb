/* hostile: breaks every rule of gild_plugin.h, once for each function of the interface that the rule is about.
 *
 *     hostile.cases()                          all (rule, slot, position), a list of tuples
 *     hostile.probe(rule, slot, position, f)   break it; `f` is something to call
 *     hostile.within(f)                        call f() from a call of its own, whose argument the probes take for one of theirs
 *     hostile.stash()                          an opaque object whose destructor uses the context of this call
 *     hostile.held(how, milliseconds, f)       keep the lock so long, until `how`
 *     hostile.end(how)                         end a call in a way that is forbidden
 *
 * `position` is the number of the handle that is bad, from 1; 0 where the rule is not about handles. Built without sibling calls, so that
 * the function that breaks the rule is on the stack. */

#include "gild_plugin.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct set {
    gild_handle number, real, text, bytes, list, tuple, dict, opaque, callable;
    gild_reference kept;
    /* Which parameter is bad, and what it is. */
    int position;
    gild_handle bad;
    gild_reference bad_reference;
    /* Result pointers are null. */
    int without_results;
    gild_handle out, second;
    gild_reference reference;
    int32_t answer;
    size_t size;
    int64_t integer;
    double floating;
    const uint8_t *data;
    void *pointer;
} set;

static const gild_opaque_type opaque_type = {sizeof opaque_type, "Opaque", NULL};

#define H(number, good) (s->position == (number) ? s->bad : s->good)
#define R(number) (s->position == (number) ? s->bad_reference : s->kept)
#define OUT(field) (s->without_results ? NULL : &s->field)

/* SLOT(name, handles, results, makes handles, allowed without the lock, allowed with an exception, the call) */
#define SLOTS \
    SLOT(log, 0, 0, 0, 0, 0, c->host->log(c, GILD_INFO, "hostile", 7)) \
    SLOT(leave, 0, 0, 0, 1, 1, gild_leave(c)) \
    SLOT(enter, 0, 0, 0, 1, 1, gild_enter(c)) \
    SLOT(checkpoint, 0, 0, 0, 0, 0, gild_checkpoint(c)) \
    SLOT(interrupted, 0, 0, 0, 1, 1, gild_interrupted(c)) \
    SLOT(section_begin, 1, 0, 0, 0, 0, gild_section_begin(c, H(1, list))) \
    SLOT(section_begin_two, 2, 0, 0, 0, 0, gild_section_begin_two(c, H(1, list), H(2, dict))) \
    SLOT(section_end, 0, 0, 0, 0, 1, gild_section_end(c)) \
    SLOT(dup, 1, 1, 1, 0, 0, c->host->dup(c, H(1, list), OUT(out))) \
    SLOT(close, 1, 0, 0, 0, 1, gild_close(c, H(1, list))) \
    SLOT(keep, 1, 1, 0, 0, 0, c->host->keep(c, H(1, list), OUT(reference))) \
    SLOT(open, 1, 1, 1, 0, 0, c->host->open(c, R(1), OUT(out))) \
    SLOT(drop, 1, 0, 0, 0, 0, gild_drop(c, R(1))) \
    SLOT(kind, 1, 1, 0, 0, 0, c->host->kind(c, H(1, list), OUT(answer))) \
    SLOT(same, 2, 1, 0, 0, 0, c->host->same(c, H(1, list), H(2, dict), OUT(answer))) \
    SLOT(truth, 1, 1, 0, 0, 0, c->host->truth(c, H(1, list), OUT(answer))) \
    SLOT(length, 1, 1, 0, 0, 0, c->host->length(c, H(1, list), OUT(size))) \
    SLOT(int_new, 0, 1, 1, 0, 0, c->host->int_new(c, 1, OUT(out))) \
    SLOT(int_get, 1, 1, 0, 0, 0, c->host->int_get(c, H(1, number), OUT(integer))) \
    SLOT(float_new, 0, 1, 1, 0, 0, c->host->float_new(c, 1.5, OUT(out))) \
    SLOT(float_get, 1, 1, 0, 0, 0, c->host->float_get(c, H(1, real), OUT(floating))) \
    SLOT(str_new, 0, 1, 1, 0, 0, c->host->str_new(c, "text", 4, OUT(out))) \
    SLOT(str_get, 1, 1, 0, 0, 0, c->host->str_get(c, H(1, text), NULL, 0, OUT(size))) \
    SLOT(bytes_new, 0, 1, 1, 0, 0, c->host->bytes_new(c, "text", 4, OUT(out))) \
    SLOT(bytes_get, 1, 1, 0, 0, 0, c->host->bytes_get(c, H(1, bytes), OUT(data), OUT(size))) \
    SLOT(list_new, 0, 1, 1, 0, 0, c->host->list_new(c, OUT(out))) \
    SLOT(list_append, 2, 0, 0, 0, 0, gild_list_append(c, H(1, list), H(2, number))) \
    SLOT(list_get, 1, 1, 1, 0, 0, c->host->list_get(c, H(1, list), 0, OUT(out))) \
    SLOT(list_set, 2, 0, 0, 0, 0, gild_list_set(c, H(1, list), 0, H(2, number))) \
    SLOT(tuple_new, 1, 1, 1, 0, 0, c->host->tuple_new(c, (gild_handle[]){H(1, list)}, 1, OUT(out))) \
    SLOT(tuple_get, 1, 1, 1, 0, 0, c->host->tuple_get(c, H(1, tuple), 0, OUT(out))) \
    SLOT(dict_new, 0, 1, 1, 0, 0, c->host->dict_new(c, OUT(out))) \
    SLOT(dict_get, 2, 1, 1, 0, 0, c->host->dict_get(c, H(1, dict), H(2, number), OUT(out))) \
    SLOT(dict_set, 3, 0, 0, 0, 0, gild_dict_set(c, H(1, dict), H(2, number), H(3, text))) \
    SLOT(dict_delete, 2, 0, 0, 0, 0, gild_dict_delete(c, H(1, dict), H(2, number))) \
    SLOT(dict_next, 1, 1, 1, 0, 0, c->host->dict_next(c, H(1, dict), OUT(size), OUT(out), OUT(second))) \
    SLOT(opaque_new, 0, 1, 1, 0, 0, c->host->opaque_new(c, &opaque_type, NULL, OUT(out))) \
    SLOT(opaque_get, 1, 1, 0, 0, 0, c->host->opaque_get(c, H(1, opaque), &opaque_type, OUT(pointer))) \
    SLOT(call, 2, 1, 1, 0, 0, c->host->call(c, H(1, callable), (gild_handle[]){H(2, number)}, 1, OUT(out))) \
    SLOT(raise, 0, 0, 0, 0, 0, gild_raise(c, GILD_VALUE_ERROR, "raised")) \
    SLOT(raised, 0, 1, 0, 0, 1, c->host->raised(c, -1, OUT(answer))) \
    SLOT(clear, 0, 0, 0, 0, 1, gild_clear(c))

#define SLOT(name, handles, results, makes, detached, pending, call) \
    static __attribute__((noinline)) gild_status try_##name(gild_context *c, set *s) { (void)s; return call; }
SLOTS
#undef SLOT

static const struct slot {
    const char *name;
    int handles, has_results, makes_handles, needs_no_lock, may_be_pending;
    gild_status (*try)(gild_context *, set *);
} slots[] = {
#define SLOT(name, handles, results, makes, detached, pending, call) {#name, handles, results, makes, detached, pending, try_##name},
    SLOTS
#undef SLOT
};
#define SLOT_COUNT (sizeof slots / sizeof slots[0])
/* The slots before `message` and `message` itself take no part: they need neither lock nor handle. */
_Static_assert(SLOT_COUNT + 9 == (sizeof(gild_host) - 8) / sizeof(void (*)(void)), "a slot of gild_host is not in this table");

/* Handles of a call around this one, and of another thread. */
static gild_handle earlier;
static gild_handle of_another_thread;

/* What the probe runs; every rule is broken in exactly one place. */
static __attribute__((noinline)) void *on_another_thread(void *argument) {
    void **both = argument;
    ((const struct slot *)both[2])->try((gild_context *)both[0], (set *)both[1]);
    return NULL;
}

static gild_status text_of(gild_context *c, gild_handle handle, char *buffer, size_t capacity) {
    size_t length;
    gild_status status = gild_str_get(c, handle, buffer, capacity - 1, &length);
    buffer[status < GILD_OK ? 0 : length < capacity - 1 ? length : capacity - 1] = '\0';
    return status;
}

static void make_good(gild_context *c, set *s) {
    gild_int_new(c, 1, &s->number);
    gild_float_new(c, 1.5, &s->real);
    gild_str_new(c, "text", 4, &s->text);
    gild_bytes_new(c, "text", 4, &s->bytes);
    gild_list_new(c, &s->list);
    gild_list_append(c, s->list, s->number);
    gild_tuple_new(c, &s->number, 1, &s->tuple);
    gild_dict_new(c, &s->dict);
    gild_dict_set(c, s->dict, s->number, s->text);
    gild_opaque_new(c, &opaque_type, NULL, &s->opaque);
    gild_keep(c, s->list, &s->kept);
}

static void close_good(gild_context *c, set *s) {
    const gild_handle all[] = {s->number, s->real, s->text, s->bytes, s->list, s->tuple, s->dict, s->opaque};
    gild_drop(c, s->kept);
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) gild_close(c, all[i]);
}

static gild_status probe(gild_context *c, void *data, const gild_handle *arguments, size_t count, gild_handle *result) {
    (void)data, (void)count;
    char rule[32], name[32];
    int64_t position;
    if (text_of(c, arguments[0], rule, sizeof rule) < GILD_OK || text_of(c, arguments[1], name, sizeof name) < GILD_OK
        || gild_int_get(c, arguments[2], &position) < GILD_OK) {
        return GILD_RAISED;
    }
    const struct slot *slot = slots;
    while (strcmp(slot->name, name) != 0) slot++;
    set s = {0};
    s.callable = arguments[3];
    make_good(c, &s);
    s.position = (int)position;
    gild_status status = GILD_OK;
    if (strcmp(rule, "closed") == 0) {
        gild_dup(c, s.list, &s.bad);
        gild_close(c, s.bad);
        gild_keep(c, s.list, &s.bad_reference);
        gild_drop(c, s.bad_reference);
        status = slot->try(c, &s);
    } else if (strcmp(rule, "another call") == 0) {
        s.bad = earlier;
        s.bad_reference = (gild_reference){earlier.bits ^ (uint64_t)1 << 60};
        status = slot->try(c, &s);
    } else if (strcmp(rule, "another thread") == 0) {
        s.bad = of_another_thread;
        s.bad_reference = (gild_reference){of_another_thread.bits};
        status = slot->try(c, &s);
    } else if (strcmp(rule, "null handle") == 0) {
        status = slot->try(c, &s);
    } else if (strcmp(rule, "number") == 0) {
        s.bad = (gild_handle){0x123456789abcdef0};
        s.bad_reference = (gild_reference){0x123456789abcdef0};
        status = slot->try(c, &s);
    } else if (strcmp(rule, "null pointer") == 0) {
        s.without_results = 1;
        status = slot->try(c, &s);
    } else if (strcmp(rule, "detached") == 0) {
        gild_leave(c);
        status = slot->try(c, &s);
        gild_enter(c);
    } else if (strcmp(rule, "pending") == 0) {
        gild_raise(c, GILD_VALUE_ERROR, "pending");
        status = slot->try(c, &s);
        gild_clear(c);
    } else if (strcmp(rule, "elsewhere") == 0) {
        void *both[] = {c, &s, (void *)slot};
        pthread_t thread;
        pthread_create(&thread, NULL, on_another_thread, both);
        pthread_join(thread, NULL);
    } else if (strcmp(rule, "leak") == 0) {
        status = slot->try(c, &s);
    }
    (void)status;
    close_good(c, &s);
    (void)result;
    return GILD_OK;
}

/* (rule, slot, position) of every probe. */
static gild_status add_case(gild_context *c, gild_handle list, const char *rule, const char *slot, int position) {
    gild_handle items[3], tuple;
    gild_str_new(c, rule, strlen(rule), &items[0]);
    gild_str_new(c, slot, strlen(slot), &items[1]);
    gild_int_new(c, position, &items[2]);
    gild_status status = gild_tuple_new(c, items, 3, &tuple);
    for (int i = 0; i < 3; i++) gild_close(c, items[i]);
    if (status < GILD_OK) return status;
    status = gild_list_append(c, list, tuple);
    gild_close(c, tuple);
    return status;
}

static gild_status cases(gild_context *c, void *data, const gild_handle *arguments, size_t count, gild_handle *result) {
    (void)data, (void)arguments, (void)count;
    static const char *handle_rules[] = {"closed", "another call", "another thread", "null handle", "number"};
    gild_status status = gild_list_new(c, result);
    for (const struct slot *slot = slots; slot < slots + SLOT_COUNT && status >= GILD_OK; slot++) {
        for (int position = 1; position <= slot->handles; position++) {
            for (size_t rule = 0; rule < 5; rule++) status = add_case(c, *result, handle_rules[rule], slot->name, position);
        }
        if (slot->has_results) status = add_case(c, *result, "null pointer", slot->name, 0);
        if (!slot->needs_no_lock) status = add_case(c, *result, "detached", slot->name, 0);
        if (!slot->may_be_pending) status = add_case(c, *result, "pending", slot->name, 0);
        if (slot->makes_handles) status = add_case(c, *result, "leak", slot->name, 0);
        status = add_case(c, *result, "elsewhere", slot->name, 0);
    }
    return status;
}

/* Remember a handle of this call, for calls of other threads. */
static gild_status remember(gild_context *c, void *data, const gild_handle *arguments, size_t count, gild_handle *result) {
    (void)c, (void)data, (void)count, (void)result;
    of_another_thread = arguments[0];
    return GILD_OK;
}

static gild_status within(gild_context *c, void *data, const gild_handle *arguments, size_t count, gild_handle *result) {
    (void)data, (void)count;
    earlier = arguments[0];
    return gild_call(c, arguments[0], NULL, 0, result);
}

/* ---- The lock kept too long ---- */

static gild_status held(gild_context *c, void *data, const gild_handle *arguments, size_t count, gild_handle *result) {
    (void)data, (void)count;
    char how[32];
    int64_t milliseconds;
    if (text_of(c, arguments[0], how, sizeof how) < GILD_OK || gild_int_get(c, arguments[1], &milliseconds) < GILD_OK) return GILD_RAISED;
    struct timespec now, end;
    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_nsec += milliseconds * 1000000;
    end.tv_sec += end.tv_nsec / 1000000000;
    end.tv_nsec %= 1000000000;
    do clock_gettime(CLOCK_MONOTONIC, &now); while (now.tv_sec < end.tv_sec || (now.tv_sec == end.tv_sec && now.tv_nsec < end.tv_nsec));
    set s = {0};
    if (strcmp(how, "checkpoint") == 0) return try_checkpoint(c, &s);
    if (strcmp(how, "leave") == 0) {
        try_leave(c, &s);
        return gild_enter(c);
    }
    if (strcmp(how, "call") == 0) return gild_call(c, arguments[2], NULL, 0, result);
    return GILD_OK;
}

/* ---- Ends that are forbidden ---- */

static gild_status end(gild_context *c, void *data, const gild_handle *arguments, size_t count, gild_handle *result) {
    (void)data, (void)count;
    char how[32];
    if (text_of(c, arguments[0], how, sizeof how) < GILD_OK) return GILD_RAISED;
    set s = {0};
    if (strcmp(how, "left") == 0) return gild_leave(c);
    if (strcmp(how, "leave twice") == 0) {
        gild_leave(c);
        try_leave(c, &s);
        return gild_enter(c);
    }
    if (strcmp(how, "enter") == 0) try_enter(c, &s);
    if (strcmp(how, "section end") == 0) try_section_end(c, &s);
    if (strcmp(how, "in section") == 0) return gild_section_begin(c, arguments[0]);
    if (strcmp(how, "exception set") == 0) {
        gild_raise(c, GILD_VALUE_ERROR, "left behind");
        return GILD_OK;
    }
    if (strcmp(how, "no exception") == 0) return GILD_RAISED;
    if (strcmp(how, "status") == 0) return -77;
    if (strcmp(how, "bad result") == 0) {
        gild_int_new(c, 1, result);
        return gild_close(c, *result);
    }
    if (strcmp(how, "borrowed result") == 0) *result = arguments[0];
    if (strcmp(how, "close borrowed") == 0) {
        s.position = 1;
        s.bad = arguments[0];
        try_close(c, &s);
    }
    if (strcmp(how, "level") == 0) gild_log(c, 9, "", 0);
    if (strcmp(how, "exception class") == 0) gild_raise(c, 99, "");
    return GILD_OK;
}

/* ---- A context that outlives its call ---- */

static gild_context *stashed;

static void use_stashed(void *unused) {
    (void)unused;
    set s = {0};
    for (const struct slot *slot = slots; slot < slots + SLOT_COUNT; slot++) slot->try(stashed, &s);
}

static const gild_opaque_type stash_type = {sizeof stash_type, "Stash", use_stashed};

static gild_status stash(gild_context *c, void *data, const gild_handle *arguments, size_t count, gild_handle *result) {
    (void)data, (void)arguments, (void)count;
    stashed = c;
    return gild_opaque_new(c, &stash_type, NULL, result);
}

gild_status gild_plugin_init(const gild_host *host, gild_plugin *plugin) {
    gild_status status = gild_describe(host, plugin, "hostile", "1.0.0");
    const gild_function_definition functions[] = {
        {sizeof functions[0], "cases", NULL, cases, NULL, 0, 0},   {sizeof functions[0], "probe", NULL, probe, NULL, 4, 4},
        {sizeof functions[0], "remember", NULL, remember, NULL, 1, 1}, {sizeof functions[0], "held", NULL, held, NULL, 3, 3},
        {sizeof functions[0], "end", NULL, end, NULL, 1, 1},       {sizeof functions[0], "stash", NULL, stash, NULL, 0, 0},
        {sizeof functions[0], "within", NULL, within, NULL, 1, 1},
    };
    for (size_t i = 0; status >= GILD_OK && i < sizeof functions / sizeof functions[0]; i++) status = gild_register_function(host, plugin, &functions[i]);
    return status;
}
