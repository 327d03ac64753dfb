/* channel-bench: the classic benchmark of a lock, as a workload and as a module.
 *
 * Every thread repeats: work with the lock held for `hold` microseconds, then either
 *     yield    come to a checkpoint, and keep the lock unless somebody wants it
 *     leave    give the lock up for `away` microseconds
 * until it has done so `turns` times. A lock is judged by how the turns are shared out: the figures are the number of turns
 * of each thread, and the longest time that a thread had to wait for its next one.
 *
 *     import channel_bench
 *     channel_bench.run(turns, hold, away)   one thread's share; returns (turns, longest wait in microseconds)
 *
 * Parameters of the workload `turns`: turns, hold, away (microseconds; away 0: yield). */

#include "gild_plugin.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

static const gild_host *host;
static gild_metric *turn_count;

static int64_t microseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void work_until(int64_t end) {
    while (microseconds() < end) { }
}

static void sleep_for(int64_t duration) {
    struct timespec rest = {duration / 1000000, duration % 1000000 * 1000};
    nanosleep(&rest, NULL);
}

/* One thread's turns. `stop` may be null. */
static gild_status take_turns(
    gild_context *context, int64_t turns, int64_t hold, int64_t away, const atomic_int *stop, int64_t *done, int64_t *longest_wait) {
    *done = 0;
    *longest_wait = 0;
    while (*done < turns && (stop == NULL || !atomic_load(stop))) {
        work_until(microseconds() + hold);
        *done += 1;
        gild_metric_add(host, turn_count, 1);
        int64_t asked = microseconds();
        gild_status status;
        if (away > 0) {
            status = gild_leave(context);
            if (status < GILD_OK) return status;
            sleep_for(away);
            asked = microseconds();
            status = gild_enter(context);
            if (status < GILD_OK) return status;
        }
        status = gild_checkpoint(context);
        if (status < GILD_OK) return status;
        int64_t waited = microseconds() - asked;
        if (waited > *longest_wait) *longest_wait = waited;
    }
    return GILD_OK;
}

/* ---- The module ---- */

static gild_status run_function(gild_context *context, void *unused, const gild_handle *arguments, size_t count, gild_handle *result) {
    (void)unused, (void)count;
    int64_t numbers[3], done, longest_wait;
    for (int i = 0; i < 3; i++) {
        gild_status status = gild_int_get(context, arguments[i], &numbers[i]);
        if (status < GILD_OK) return status;
        if (numbers[i] < 0) return gild_raise(context, GILD_VALUE_ERROR, "run() takes numbers that are not negative");
    }
    gild_status status = take_turns(context, numbers[0], numbers[1], numbers[2], NULL, &done, &longest_wait);
    if (status < GILD_OK) return status;
    gild_handle items[2];
    status = gild_int_new(context, done, &items[0]);
    if (status < GILD_OK) return status;
    status = gild_int_new(context, longest_wait, &items[1]);
    if (status >= GILD_OK) {
        status = gild_tuple_new(context, items, 2, result);
        gild_close(context, items[1]);
    }
    gild_close(context, items[0]);
    return status;
}

/* ---- The workload ---- */

typedef struct bench {
    int64_t turns, hold, away;
    atomic_int stop;
} bench;

/* A parameter that is a number; -1 and an exception when it is none. */
static int64_t number(gild_context *context, const gild_parameters *parameters, const char *name, int64_t otherwise) {
    const char *text;
    if (gild_parameter(host, parameters, name, &text) != GILD_OK) return otherwise;
    char *end;
    long long value = strtoll(text, &end, 10);
    if (*text == '\0' || *end != '\0' || value < 0) {
        gild_raise(context, GILD_VALUE_ERROR, "the parameters turns, hold and away are numbers that are not negative");
        return -1;
    }
    return value;
}

static gild_status prepare(gild_context *context, const gild_parameters *parameters, void **state) {
    bench *b = calloc(1, sizeof *b);
    if (b == NULL) return gild_raise(context, GILD_MEMORY_ERROR, "no memory for the benchmark");
    if ((b->turns = number(context, parameters, "turns", 1000)) < 0 || (b->hold = number(context, parameters, "hold", 100)) < 0
        || (b->away = number(context, parameters, "away", 0)) < 0) {
        free(b);
        return GILD_RAISED;
    }
    *state = b;
    return GILD_OK;
}

static gild_status run(gild_context *context, void *state, size_t thread_index) {
    (void)thread_index;
    bench *b = state;
    int64_t done, longest_wait;
    return take_turns(context, b->turns, b->hold, b->away, &b->stop, &done, &longest_wait);
}

static void stop(void *state) { atomic_store(&((bench *)state)->stop, 1); }

static void finish(void *state) { free(state); }

gild_status gild_plugin_init(const gild_host *given_host, gild_plugin *plugin) {
    host = given_host;
    gild_status status = gild_describe(host, plugin, "channel_bench", "1.0.0");
    if (status < GILD_OK) return status;
    status = gild_register_function(
        host, plugin,
        &(gild_function_definition){
            sizeof(gild_function_definition), "run", "run(turns, hold, away): (turns done, longest wait in microseconds).", run_function, NULL, 3, 3});
    if (status < GILD_OK) return status;
    status = gild_register_workload(
        host, plugin, &(gild_workload_definition){sizeof(gild_workload_definition), "turns", prepare, run, stop, finish});
    if (status < GILD_OK) return status;
    return gild_register_metric(
        host, plugin, &(gild_metric_definition){sizeof(gild_metric_definition), "turns", "Turns that threads have done.", GILD_COUNTER}, &turn_count);
}
