#ifndef GILD_PLUGIN_H
#define GILD_PLUGIN_H

/* gild_plugin.h: the binary interface between gild and its plugins, ABI 1. C11, no other dependency.
 *
 * A plugin is a shared library that exports `gild_plugin_init`. gild loads it, calls that function once, and from then on
 * calls the functions and workloads that it registered, on threads of scripts.
 *
 * THE LOCK. Whenever gild calls a plugin's function, workload or finisher, the calling thread holds the lock of its heap.
 * It may give the lock up with gild_leave around long or blocking work, must then touch nothing of the heap, and takes it
 * again with gild_enter. Every call below says whether it needs the lock. Without it such a call changes nothing and returns
 * GILD_DETACHED.
 *
 * HANDLES. A plugin never sees an object, only handles: numbers that mean something during one call, on one thread.
 *   - Arguments are borrowed: they are valid until the function returns, and the plugin must not close them.
 *   - A handle that a call below gives out belongs to the plugin, which closes it, returns it as its result, or leaks it.
 *   - A handle is never valid in another call, on another thread or after it was closed: such a use is GILD_BAD_HANDLE.
 *   - GILD_NONE, GILD_TRUE, GILD_FALSE are valid everywhere and for ever; closing them does nothing.
 *   - What is to outlive a call is kept with gild_keep and opened again with gild_open.
 *
 * ERRORS. Every call returns a gild_status: GILD_OK or more when it did what it says, less when it did not. Nothing ever jumps.
 *   - GILD_RAISED means that an exception of the script language is set. The plugin returns GILD_RAISED soon, or clears it.
 *   - The others mean that the plugin broke a rule; gild_message has a sentence about it.
 *   - With an exception set, only gild_close, gild_raised, gild_clear, gild_message, gild_leave and gild_enter may be called.
 * Where a call fails it gives nothing out: `*result` is GILD_NULL.
 *
 * CHECKS. `gild run --check-plugins` watches the rules and turns every break of one into an exception that names plugin,
 * function and place. Without it a break is a returned status, or, where finding it would cost time, not found.
 *
 * VERSIONS. The table of host functions only ever grows at its end, and no slot ever changes: a plugin that was built with an
 * older header runs on a newer gild. gild_describe tells gild which table the plugin was built for; a gild with a shorter one
 * refuses the plugin with a message. Structures that a plugin fills begin with their size for the same reason.
 *
 * No call may be made from a signal handler, or from a thread that gild did not call the plugin on, unless it says so. */

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__clang__)
/* With -Wpedantic clang warns of its own _Nullable, which is here for Swift. */
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wnullability-extension"
#pragma clang assume_nonnull begin
#define GILD_NULLABLE _Nullable
#define GILD_NONNULL _Nonnull
#else
#define GILD_NULLABLE
#define GILD_NONNULL
#endif

/* The version of this interface. A gild refuses plugins of another one. */
#define GILD_ABI 1u

/* What a call says about itself. */
typedef int32_t gild_status;
#define GILD_OK 0           /* Done. */
#define GILD_END 1          /* Done, and there was nothing (more): gild_dict_get, gild_dict_next, gild_parameter. */
#define GILD_RAISED (-1)    /* An exception is set. */
#define GILD_BAD_HANDLE (-2)   /* A handle or reference that is closed, of another call or thread, or never was one. */
#define GILD_BAD_ARGUMENT (-3) /* A null pointer where something must be, a number out of range, a borrowed handle closed. */
#define GILD_DETACHED (-4)     /* The call needs the lock, and the thread does not have it. */
#define GILD_UNBALANCED (-5)   /* Leave without enter, enter without leave, or a critical section's end without its begin. */
#define GILD_PENDING (-6)      /* The call may not be made while an exception is set. */
#define GILD_BAD_ABI (-7)      /* This gild cannot serve a plugin built with this header. */

/* A handle: eight bytes, compared with nothing but GILD_NULL. */
typedef struct gild_handle {
    uint64_t bits;
} gild_handle;

/* A kept object: valid until it is dropped or the run that kept it ends, in all calls of that run. */
typedef struct gild_reference {
    uint64_t bits;
} gild_reference;

/* No handle. */
static const gild_handle GILD_NULL = {0};
/* The constants of the language; valid in every call. */
static const gild_handle GILD_NONE = {1};
static const gild_handle GILD_FALSE = {2};
static const gild_handle GILD_TRUE = {3};

/* What an object is. Subclasses count as what they derive from. */
#define GILD_KIND_OTHER 0   /* None of the others: functions, classes, instances, sets and so on. */
#define GILD_KIND_NONE 1
#define GILD_KIND_BOOL 2
#define GILD_KIND_INT 3
#define GILD_KIND_FLOAT 4
#define GILD_KIND_STR 5
#define GILD_KIND_BYTES 6
#define GILD_KIND_LIST 7
#define GILD_KIND_TUPLE 8
#define GILD_KIND_DICT 9
#define GILD_KIND_OPAQUE 10 /* Made by gild_opaque_new. */

/* Classes of exceptions: those of the language by the same name. */
#define GILD_EXCEPTION 0
#define GILD_TYPE_ERROR 1
#define GILD_VALUE_ERROR 2
#define GILD_INDEX_ERROR 3
#define GILD_KEY_ERROR 4
#define GILD_OVERFLOW_ERROR 5
#define GILD_ZERO_DIVISION_ERROR 6
#define GILD_RUNTIME_ERROR 7
#define GILD_NOT_IMPLEMENTED_ERROR 8
#define GILD_OS_ERROR 9
#define GILD_TIMEOUT_ERROR 10
#define GILD_MEMORY_ERROR 11
#define GILD_ARITHMETIC_ERROR 12
#define GILD_LOOKUP_ERROR 13
#define GILD_BUFFER_ERROR 14
#define GILD_SYSTEM_ERROR 15

/* Levels of gild_log. */
#define GILD_DEBUG 0
#define GILD_INFO 1
#define GILD_WARNING 2
#define GILD_ERROR 3

/* Kinds of metrics. */
#define GILD_COUNTER 0 /* Only grows. */
#define GILD_GAUGE 1   /* A level. */

struct gild_host;

/* A thread's way to gild, passed to everything that gild calls. Valid until that call returns, on that thread. */
typedef struct gild_context {
    /* The table of host functions for this heap's regime. */
    const struct gild_host *host;
    /* The rest is gild's. */
} gild_context;

/* A plugin while it is loaded. Opaque. */
typedef struct gild_plugin gild_plugin;
/* A registered metric; valid as long as the plugin is loaded. Opaque. */
typedef struct gild_metric gild_metric;

/* A function that scripts call. Borrows `arguments`, of which there are `count`. On success it stores a handle that it owns, or
 * one of the constants, in `*result` and returns GILD_OK; left as it is, `*result` is None. Otherwise it returns GILD_RAISED with
 * an exception set. `data` is the definition's. */
typedef gild_status (*gild_function)(
    gild_context *context, void *GILD_NULLABLE data, const gild_handle *arguments, size_t count, gild_handle *result);

/* A function of the plugin's module. Copied by gild_register_function; the texts, too. */
typedef struct gild_function_definition {
    /* sizeof(gild_function_definition). */
    size_t size;
    /* An identifier; unique in the plugin. UTF-8. */
    const char *name;
    /* What help shows; may be null. UTF-8. */
    const char *GILD_NULLABLE documentation;
    gild_function call;
    /* Passed to every call; the plugin keeps it alive. */
    void *GILD_NULLABLE data;
    /* Numbers of arguments; maximum -1: any number. gild checks them before it calls. Keywords are refused. */
    int32_t minimum;
    int32_t maximum;
} gild_function_definition;

/* The parameters of a workload or plugin: texts by name. Valid during the call that gets it. Opaque. */
typedef struct gild_parameters gild_parameters;

/* A workload: native code that gild starts on as many threads as its definition asks for. */
typedef struct gild_workload_definition {
    /* sizeof(gild_workload_definition). */
    size_t size;
    /* Unique in the plugin. UTF-8. */
    const char *name;
    /* Called once, on the main thread of the run, with the lock. Stores what the other three get in `*state`. May be null. */
    gild_status (*GILD_NULLABLE prepare)(gild_context *context, const gild_parameters *parameters, void *GILD_NULLABLE *GILD_NONNULL state);
    /* Called once on each thread, with the lock and the thread's index, from 0. */
    gild_status (*run)(gild_context *context, void *GILD_NULLABLE state, size_t thread_index);
    /* Asks the threads in `run` to return soon. Called on any thread, with or without the lock, any number of times, possibly before
     * `run`; it must not block and has no context. May be null: checkpoints raise anyway. */
    void (*GILD_NULLABLE stop)(void *GILD_NULLABLE state);
    /* Called once when no thread is in `run` any more, if `prepare` succeeded; frees `state`. With the lock; no context. May be null. */
    void (*GILD_NULLABLE finish)(void *GILD_NULLABLE state);
} gild_workload_definition;

/* A metric. Copied by gild_register_metric; the texts, too. */
typedef struct gild_metric_definition {
    /* sizeof(gild_metric_definition). */
    size_t size;
    /* Lower-case letters, digits and underscores; a letter first; unique in the plugin. */
    const char *name;
    /* One line: what is counted. UTF-8. */
    const char *help;
    /* GILD_COUNTER or GILD_GAUGE. */
    int32_t kind;
} gild_metric_definition;

/* A type of opaque objects. Must stay at its address as long as the plugin is loaded: the address is the identity. */
typedef struct gild_opaque_type {
    /* sizeof(gild_opaque_type). */
    size_t size;
    /* What scripts see as the type's name. UTF-8. */
    const char *name;
    /* Frees `data` when the object's last reference is gone. On any thread, with the lock; it has no context, must not block, and is
     * called exactly once. May be null. */
    void (*GILD_NULLABLE destroy)(void *GILD_NULLABLE data);
} gild_opaque_type;

/* The host's functions. Use the inline functions below; they say what each does. Slots are only ever added, at the end. */
typedef struct gild_host {
    /* GILD_ABI of the host. */
    uint32_t abi;
    /* Bytes of the host's table: slots beyond it do not exist. */
    uint32_t size;
    /* 0 */ gild_status (*describe)(gild_plugin *, uint32_t abi, uint32_t size, const char *GILD_NULLABLE name, const char *GILD_NULLABLE version);
    /* 1 */ gild_status (*register_function)(gild_plugin *, const gild_function_definition *GILD_NULLABLE);
    /* 2 */ gild_status (*register_workload)(gild_plugin *, const gild_workload_definition *GILD_NULLABLE);
    /* 3 */ gild_status (*register_metric)(gild_plugin *, const gild_metric_definition *GILD_NULLABLE, gild_metric *GILD_NULLABLE *GILD_NULLABLE);
    /* 4 */ const gild_parameters *GILD_NONNULL (*GILD_NONNULL plugin_parameters)(gild_plugin *);
    /* 5 */ gild_status (*parameter)(const gild_parameters *, const char *GILD_NULLABLE, const char *GILD_NULLABLE *GILD_NULLABLE);
    /* 6 */ gild_status (*metric_add)(gild_metric *GILD_NULLABLE, int64_t);
    /* 7 */ gild_status (*metric_set)(gild_metric *GILD_NULLABLE, int64_t);
    /* 8 */ const char *GILD_NONNULL (*GILD_NONNULL message)(gild_context *);
    /* 9 */ gild_status (*log)(gild_context *, int32_t, const char *GILD_NULLABLE, size_t);
    /* 10 */ gild_status (*leave)(gild_context *);
    /* 11 */ gild_status (*enter)(gild_context *);
    /* 12 */ gild_status (*checkpoint)(gild_context *);
    /* 13 */ int32_t (*interrupted)(gild_context *);
    /* 14 */ gild_status (*section_begin)(gild_context *, gild_handle);
    /* 15 */ gild_status (*section_begin_two)(gild_context *, gild_handle, gild_handle);
    /* 16 */ gild_status (*section_end)(gild_context *);
    /* 17 */ gild_status (*dup)(gild_context *, gild_handle, gild_handle *GILD_NULLABLE);
    /* 18 */ gild_status (*close)(gild_context *, gild_handle);
    /* 19 */ gild_status (*keep)(gild_context *, gild_handle, gild_reference *GILD_NULLABLE);
    /* 20 */ gild_status (*open)(gild_context *, gild_reference, gild_handle *GILD_NULLABLE);
    /* 21 */ gild_status (*drop)(gild_context *, gild_reference);
    /* 22 */ gild_status (*kind)(gild_context *, gild_handle, int32_t *GILD_NULLABLE);
    /* 23 */ gild_status (*same)(gild_context *, gild_handle, gild_handle, int32_t *GILD_NULLABLE);
    /* 24 */ gild_status (*truth)(gild_context *, gild_handle, int32_t *GILD_NULLABLE);
    /* 25 */ gild_status (*length)(gild_context *, gild_handle, size_t *GILD_NULLABLE);
    /* 26 */ gild_status (*int_new)(gild_context *, int64_t, gild_handle *GILD_NULLABLE);
    /* 27 */ gild_status (*int_get)(gild_context *, gild_handle, int64_t *GILD_NULLABLE);
    /* 28 */ gild_status (*float_new)(gild_context *, double, gild_handle *GILD_NULLABLE);
    /* 29 */ gild_status (*float_get)(gild_context *, gild_handle, double *GILD_NULLABLE);
    /* 30 */ gild_status (*str_new)(gild_context *, const char *GILD_NULLABLE, size_t, gild_handle *GILD_NULLABLE);
    /* 31 */ gild_status (*str_get)(gild_context *, gild_handle, char *GILD_NULLABLE, size_t, size_t *GILD_NULLABLE);
    /* 32 */ gild_status (*bytes_new)(gild_context *, const void *GILD_NULLABLE, size_t, gild_handle *GILD_NULLABLE);
    /* 33 */ gild_status (*bytes_get)(gild_context *, gild_handle, const uint8_t *GILD_NULLABLE *GILD_NULLABLE, size_t *GILD_NULLABLE);
    /* 34 */ gild_status (*list_new)(gild_context *, gild_handle *GILD_NULLABLE);
    /* 35 */ gild_status (*list_append)(gild_context *, gild_handle, gild_handle);
    /* 36 */ gild_status (*list_get)(gild_context *, gild_handle, size_t, gild_handle *GILD_NULLABLE);
    /* 37 */ gild_status (*list_set)(gild_context *, gild_handle, size_t, gild_handle);
    /* 38 */ gild_status (*tuple_new)(gild_context *, const gild_handle *GILD_NULLABLE, size_t, gild_handle *GILD_NULLABLE);
    /* 39 */ gild_status (*tuple_get)(gild_context *, gild_handle, size_t, gild_handle *GILD_NULLABLE);
    /* 40 */ gild_status (*dict_new)(gild_context *, gild_handle *GILD_NULLABLE);
    /* 41 */ gild_status (*dict_get)(gild_context *, gild_handle, gild_handle, gild_handle *GILD_NULLABLE);
    /* 42 */ gild_status (*dict_set)(gild_context *, gild_handle, gild_handle, gild_handle);
    /* 43 */ gild_status (*dict_delete)(gild_context *, gild_handle, gild_handle);
    /* 44 */ gild_status (*dict_next)(gild_context *, gild_handle, size_t *GILD_NULLABLE, gild_handle *GILD_NULLABLE, gild_handle *GILD_NULLABLE);
    /* 45 */ gild_status (*opaque_new)(gild_context *, const gild_opaque_type *GILD_NULLABLE, void *GILD_NULLABLE, gild_handle *GILD_NULLABLE);
    /* 46 */ gild_status (*opaque_get)(gild_context *, gild_handle, const gild_opaque_type *GILD_NULLABLE, void *GILD_NULLABLE *GILD_NULLABLE);
    /* 47 */ gild_status (*call)(gild_context *, gild_handle, const gild_handle *GILD_NULLABLE, size_t, gild_handle *GILD_NULLABLE);
    /* 48 */ gild_status (*raise)(gild_context *, int32_t, const char *GILD_NULLABLE);
    /* 49 */ gild_status (*raised)(gild_context *, int32_t, int32_t *GILD_NULLABLE);
    /* 50 */ gild_status (*clear)(gild_context *);
} gild_host;

/* What a plugin exports. Called once, after loading, on any thread, without a lock and before anything else: only gild_describe, the
 * registrations and the parameters may be used. Any status but GILD_OK means that the plugin is not loaded. `host` stays valid as
 * long as the plugin is loaded. */
#if defined(__GNUC__)
__attribute__((visibility("default")))
#endif
gild_status gild_plugin_init(const gild_host *host, gild_plugin *plugin);

/* ---- Registration: in gild_plugin_init only ---- */

/* Say who this is. First of all. `name` is the module's name, an identifier; `version` is compared with the version that a
 * configuration expects. Both are copied. GILD_BAD_ABI: return it. */
static inline gild_status gild_describe(const gild_host *host, gild_plugin *plugin, const char *name, const char *version) {
    return host->describe(plugin, GILD_ABI, (uint32_t)sizeof(gild_host), name, version);
}
/* Scripts that import the module see the function. */
static inline gild_status gild_register_function(const gild_host *host, gild_plugin *plugin, const gild_function_definition *definition) {
    return host->register_function(plugin, definition);
}
/* Configurations can name the workload. */
static inline gild_status gild_register_workload(const gild_host *host, gild_plugin *plugin, const gild_workload_definition *definition) {
    return host->register_workload(plugin, definition);
}
/* The metric appears in reports, logs and OpenMetrics as gild_plugin_<plugin>_<name>. Its value starts at 0. */
static inline gild_status gild_register_metric(
    const gild_host *host, gild_plugin *plugin, const gild_metric_definition *definition, gild_metric *GILD_NULLABLE *GILD_NONNULL metric) {
    return host->register_metric(plugin, definition, metric);
}
/* The parameters that the plugin was loaded with; valid as long as it is loaded. */
static inline const gild_parameters *gild_plugin_parameters(const gild_host *host, gild_plugin *plugin) { return host->plugin_parameters(plugin); }
/* A parameter's text, UTF-8 and ended by a zero, or GILD_END and a null pointer. On any thread. */
static inline gild_status gild_parameter(
    const gild_host *host, const gild_parameters *parameters, const char *name, const char *GILD_NULLABLE *GILD_NONNULL value) {
    return host->parameter(parameters, name, value);
}

/* ---- Metrics: on any thread of the process, with or without the lock ---- */

/* Add to a counter (`amount` >= 0) or a gauge. Atomic. */
static inline gild_status gild_metric_add(const gild_host *host, gild_metric *metric, int64_t amount) { return host->metric_add(metric, amount); }
/* Set a gauge. Atomic. */
static inline gild_status gild_metric_set(const gild_host *host, gild_metric *metric, int64_t value) { return host->metric_set(metric, value); }

/* ---- The thread and its lock ---- */

/* What the last call of this thread that broke a rule has to say; valid until the next one does. Does not need the lock. */
static inline const char *gild_message(gild_context *context) { return context->host->message(context); }
/* Hand a message to whoever hosts the run, as gild.log does. UTF-8, `length` bytes. Needs the lock. */
static inline gild_status gild_log(gild_context *context, int32_t level, const char *text, size_t length) {
    return context->host->log(context, level, text, length);
}
/* Give the lock up: other threads run until gild_enter. CPython's Py_BEGIN_ALLOW_THREADS. Needs the lock; ends critical sections'
 * protection until gild_enter. Bytes from gild_bytes_get stay readable. */
static inline gild_status gild_leave(gild_context *context) { return context->host->leave(context); }
/* Take the lock again; waits for it. Only after gild_leave. */
static inline gild_status gild_enter(gild_context *context) { return context->host->enter(context); }
/* Let another thread have its turn if one waits, and answer signals and time limits: GILD_RAISED then. Needs the lock. Call it often in
 * long loops that keep the lock. */
static inline gild_status gild_checkpoint(gild_context *context) { return context->host->checkpoint(context); }
/* 1 when the next gild_checkpoint has a signal or a time limit to answer. Does not need the lock, only the context's thread: ask in loops
 * between gild_leave and gild_enter. */
static inline int32_t gild_interrupted(gild_context *context) { return context->host->interrupted(context); }
/* Nobody else changes this object until gild_section_end. Sections nest and end in reverse order. Under a regime with one lock the lock
 * does it, and this only counts. Needs the lock. */
static inline gild_status gild_section_begin(gild_context *context, gild_handle object) { return context->host->section_begin(context, object); }
/* The same for two objects at once, which cannot deadlock with another thread's two. */
static inline gild_status gild_section_begin_two(gild_context *context, gild_handle one, gild_handle other) {
    return context->host->section_begin_two(context, one, other);
}
/* End the innermost section. Needs the lock. */
static inline gild_status gild_section_end(gild_context *context) { return context->host->section_end(context); }

/* ---- Handles: all need the lock ---- */

/* Another handle for the same object. */
static inline gild_status gild_dup(gild_context *context, gild_handle object, gild_handle *result) { return context->host->dup(context, object, result); }
/* Close a handle that the plugin owns. Allowed with an exception set. */
static inline gild_status gild_close(gild_context *context, gild_handle object) { return context->host->close(context, object); }
/* Keep an object beyond this call. */
static inline gild_status gild_keep(gild_context *context, gild_handle object, gild_reference *result) {
    return context->host->keep(context, object, result);
}
/* A handle for a kept object, which stays kept. Only in the run that kept it. */
static inline gild_status gild_open(gild_context *context, gild_reference kept, gild_handle *result) {
    return context->host->open(context, kept, result);
}
/* Keep it no longer. */
static inline gild_status gild_drop(gild_context *context, gild_reference kept) { return context->host->drop(context, kept); }
/* One of GILD_KIND_. */
static inline gild_status gild_kind(gild_context *context, gild_handle object, int32_t *kind) { return context->host->kind(context, object, kind); }
/* `one is other`: 1 or 0. */
static inline gild_status gild_same(gild_context *context, gild_handle one, gild_handle other, int32_t *answer) {
    return context->host->same(context, one, other, answer);
}
/* `bool(object)`: 1 or 0. May run code of the script. */
static inline gild_status gild_truth(gild_context *context, gild_handle object, int32_t *answer) { return context->host->truth(context, object, answer); }
/* `len(object)`; TypeError where there is none. Code points of a str. May run code of the script. */
static inline gild_status gild_length(gild_context *context, gild_handle object, size_t *length) { return context->host->length(context, object, length); }

/* ---- Values: all need the lock. `*result` is a handle that the plugin owns. Of the wrong type: TypeError ---- */

/* An int. */
static inline gild_status gild_int_new(gild_context *context, int64_t value, gild_handle *result) { return context->host->int_new(context, value, result); }
/* An int's (or bool's) value; OverflowError beyond 64 bits. */
static inline gild_status gild_int_get(gild_context *context, gild_handle object, int64_t *value) { return context->host->int_get(context, object, value); }
/* A float. */
static inline gild_status gild_float_new(gild_context *context, double value, gild_handle *result) {
    return context->host->float_new(context, value, result);
}
/* A float's or int's value; OverflowError for an int beyond the floats. */
static inline gild_status gild_float_get(gild_context *context, gild_handle object, double *value) {
    return context->host->float_get(context, object, value);
}
/* A str from `length` bytes of UTF-8; ValueError where they are none. Copied. */
static inline gild_status gild_str_new(gild_context *context, const char *text, size_t length, gild_handle *result) {
    return context->host->str_new(context, text, length, result);
}
/* A str as UTF-8: at most `capacity` bytes are stored (whole code points), no zero at the end; `*length` is how many the whole has. With
 * capacity 0 `text` may be null. UnicodeEncodeError for lone surrogates. */
static inline gild_status gild_str_get(gild_context *context, gild_handle object, char *GILD_NULLABLE text, size_t capacity, size_t *length) {
    return context->host->str_get(context, object, text, capacity, length);
}
/* A bytes object. Copied; `data` may be null when `length` is 0. */
static inline gild_status gild_bytes_new(gild_context *context, const void *GILD_NULLABLE data, size_t length, gild_handle *result) {
    return context->host->bytes_new(context, data, length, result);
}
/* The bytes themselves: borrowed, never changed, readable as long as the handle is open, also between gild_leave and gild_enter. */
static inline gild_status gild_bytes_get(gild_context *context, gild_handle object, const uint8_t *GILD_NULLABLE *GILD_NONNULL data, size_t *length) {
    return context->host->bytes_get(context, object, data, length);
}
/* An empty list. */
static inline gild_status gild_list_new(gild_context *context, gild_handle *result) { return context->host->list_new(context, result); }
/* `list.append(item)`. The list takes a reference of its own. */
static inline gild_status gild_list_append(gild_context *context, gild_handle list, gild_handle item) {
    return context->host->list_append(context, list, item);
}
/* `list[index]`; IndexError beyond the end. */
static inline gild_status gild_list_get(gild_context *context, gild_handle list, size_t index, gild_handle *result) {
    return context->host->list_get(context, list, index, result);
}
/* `list[index] = item`; IndexError beyond the end. */
static inline gild_status gild_list_set(gild_context *context, gild_handle list, size_t index, gild_handle item) {
    return context->host->list_set(context, list, index, item);
}
/* A tuple of `count` items, which stay the plugin's handles. */
static inline gild_status gild_tuple_new(gild_context *context, const gild_handle *GILD_NULLABLE items, size_t count, gild_handle *result) {
    return context->host->tuple_new(context, items, count, result);
}
/* `tuple[index]`; IndexError beyond the end. */
static inline gild_status gild_tuple_get(gild_context *context, gild_handle tuple, size_t index, gild_handle *result) {
    return context->host->tuple_get(context, tuple, index, result);
}
/* An empty dict. */
static inline gild_status gild_dict_new(gild_context *context, gild_handle *result) { return context->host->dict_new(context, result); }
/* `dict[key]`, or GILD_END and GILD_NULL where there is none. May run code of the script (__hash__, __eq__), as the next two. */
static inline gild_status gild_dict_get(gild_context *context, gild_handle dict, gild_handle key, gild_handle *result) {
    return context->host->dict_get(context, dict, key, result);
}
/* `dict[key] = value`. */
static inline gild_status gild_dict_set(gild_context *context, gild_handle dict, gild_handle key, gild_handle value) {
    return context->host->dict_set(context, dict, key, value);
}
/* `del dict[key]`; GILD_END where there is none. */
static inline gild_status gild_dict_delete(gild_context *context, gild_handle dict, gild_handle key) {
    return context->host->dict_delete(context, dict, key);
}
/* The next entry from `*position` on (start with 0), in order of insertion; GILD_END after the last. Two handles. Nothing may be added or
 * deleted meanwhile, or entries may come twice or not at all. */
static inline gild_status gild_dict_next(gild_context *context, gild_handle dict, size_t *position, gild_handle *key, gild_handle *value) {
    return context->host->dict_next(context, dict, position, key, value);
}
/* An object that scripts can hold and pass but not look into. gild owns `data` from now on, unless this fails. */
static inline gild_status gild_opaque_new(gild_context *context, const gild_opaque_type *type, void *GILD_NULLABLE data, gild_handle *result) {
    return context->host->opaque_new(context, type, data, result);
}
/* The data of an opaque object of exactly this type; borrowed, valid as long as the handle is open. TypeError for anything else. */
static inline gild_status gild_opaque_get(
    gild_context *context, gild_handle object, const gild_opaque_type *type, void *GILD_NULLABLE *GILD_NONNULL data) {
    return context->host->opaque_get(context, object, type, data);
}
/* `callable(*arguments)`. Runs code of the script, which may come back to this plugin. */
static inline gild_status gild_call(
    gild_context *context, gild_handle callable, const gild_handle *GILD_NULLABLE arguments, size_t count, gild_handle *result) {
    return context->host->call(context, callable, arguments, count, result);
}

/* ---- Exceptions: need the lock ---- */

/* Set an exception of one of the classes above with a message (UTF-8, ended by a zero). Always returns less than GILD_OK: write
 * `return gild_raise(…)`. */
static inline gild_status gild_raise(gild_context *context, int32_t exception, const char *message) {
    return context->host->raise(context, exception, message);
}
/* Whether an exception is set, and is an instance of the class: 1 or 0. -1 for any class. */
static inline gild_status gild_raised(gild_context *context, int32_t exception, int32_t *answer) {
    return context->host->raised(context, exception, answer);
}
/* Forget the exception. A run that is being stopped cannot be saved so: the next checkpoint raises again. */
static inline gild_status gild_clear(gild_context *context) { return context->host->clear(context); }

#if defined(__clang__)
#pragma clang assume_nonnull end
#pragma clang diagnostic pop
#endif

#ifdef __cplusplus
}
#endif
#endif
