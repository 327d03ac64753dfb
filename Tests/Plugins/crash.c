/* A plugin that ends the process: one function for each way to crash. Built with -DCRASH_AT_START it does so in gild_plugin_init. */
#include "gild_plugin.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* Volatile, so that no compiler sees what is going to happen. */
static volatile int *volatile nowhere;
static volatile int one = 1, zero;
static char *volatile no_text;

#define ARGUMENTS gild_context *context, void *data, const gild_handle *arguments, size_t count, gild_handle *result
#define UNUSED (void)context, (void)data, (void)arguments, (void)count, (void)result

static gild_status null(ARGUMENTS) {
    UNUSED;
    *nowhere = 1;
    return GILD_OK;
}

static gild_status divide(ARGUMENTS) {
    UNUSED;
    zero = one / zero;
    return GILD_OK;
}

static gild_status trap(ARGUMENTS) {
    UNUSED;
    __builtin_trap();
}

static gild_status give_up(ARGUMENTS) {
    UNUSED;
    abort();
}

static int deeper(volatile char *above) {
    volatile char room[4096];
    room[0] = above[0];
    return deeper(room) + room[0];
}

static gild_status overflow(ARGUMENTS) {
    UNUSED;
    volatile char first = 1;
    return deeper(&first);
}

/* Not in the plugin's own code. */
static gild_status outside(ARGUMENTS) {
    UNUSED;
    return strlen(no_text) > 1 ? GILD_OK : GILD_RAISED;
}

static void *elsewhere(void *unused) {
    *nowhere = 1;
    return unused;
}

/* On a thread of the plugin's own, which no function of it is called on. */
static gild_status thread(ARGUMENTS) {
    UNUSED;
    pthread_t other;
    gild_leave(context);
    pthread_create(&other, NULL, elsewhere, NULL);
    pthread_join(other, NULL);
    return gild_enter(context);
}

/* Calls its argument, which may call the plugin again. */
static gild_status through(ARGUMENTS) {
    UNUSED;
    return gild_call(context, arguments[0], NULL, 0, result);
}

static gild_status run(gild_context *context, void *state, size_t index) {
    (void)context, (void)state, (void)index;
    *nowhere = 1;
    return GILD_OK;
}

gild_status gild_plugin_init(const gild_host *host, gild_plugin *plugin) {
#ifdef CRASH_AT_START
    *nowhere = 1;
#endif
    gild_status status = gild_describe(host, plugin, "crash", "1.0.0");
    static const struct { const char *name; gild_function call; int32_t count; } functions[] = {
        {"null", null, 0}, {"divide", divide, 0}, {"trap", trap, 0}, {"give_up", give_up, 0}, {"overflow", overflow, 0},
        {"outside", outside, 0}, {"thread", thread, 0}, {"through", through, 1},
    };
    for (size_t i = 0; i < sizeof functions / sizeof functions[0] && status >= GILD_OK; i++) {
        gild_function_definition definition = {
            sizeof definition, functions[i].name, NULL, functions[i].call, NULL, functions[i].count, functions[i].count};
        status = gild_register_function(host, plugin, &definition);
    }
    gild_workload_definition workload = {.size = sizeof workload, .name = "run", .run = run};
    return status < GILD_OK ? status : gild_register_workload(host, plugin, &workload);
}
