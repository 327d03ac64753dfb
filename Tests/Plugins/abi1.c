/* The fixture of ABI 1: abi1-x86_64.so is this file as it was built with the first gild_plugin.h, and is never built again. It calls every
 * slot of that table, so that a gild whose table changed anything but its end fails the test.
 *
 *     abi1.exercise(items, function)   a list of what the slots answered
 *
 * Built by: cc -std=c11 -O2 -s -fPIC -shared -fvisibility=hidden -I Sources/CGildPlugin/include -o Tests/Plugins/abi1-x86_64.so Tests/Plugins/abi1.c */

#include "gild_plugin.h"

#include <string.h>

static const gild_host *host;
static gild_metric *calls;
static gild_metric *level;
static int destroyed;

static void destroy(void *data) { destroyed += *(int *)data; }
static const gild_opaque_type type = {sizeof type, "Fixture", destroy};
static int seven = 7;

#define TRY(call) do { gild_status status_ = (call); if (status_ < GILD_OK) return status_; } while (0)

static gild_status add(gild_context *c, gild_handle list, int64_t number) {
    gild_handle item;
    TRY(gild_int_new(c, number, &item));
    gild_status status = gild_list_append(c, list, item);
    gild_close(c, item);
    return status;
}

static gild_status exercise(gild_context *c, void *data, const gild_handle *arguments, size_t count, gild_handle *result) {
    gild_handle list, item, other, tuple, dict;
    gild_reference kept;
    int32_t answer;
    int64_t number;
    double real;
    size_t length, position = 0;
    const uint8_t *bytes;
    void *pointer;
    char text[8];
    TRY(gild_list_new(c, &list));
    TRY(add(c, list, (int64_t)count + *(int *)data));
    TRY(gild_kind(c, arguments[0], &answer)); TRY(add(c, list, answer));
    TRY(gild_length(c, arguments[0], &length)); TRY(add(c, list, (int64_t)length));
    TRY(gild_truth(c, arguments[0], &answer)); TRY(add(c, list, answer));
    TRY(gild_dup(c, arguments[0], &item));
    TRY(gild_same(c, item, arguments[0], &answer)); TRY(add(c, list, answer));
    TRY(gild_keep(c, item, &kept));
    TRY(gild_close(c, item));
    TRY(gild_open(c, kept, &item));
    TRY(gild_drop(c, kept));
    TRY(gild_list_get(c, item, 0, &other));
    TRY(gild_int_get(c, other, &number)); TRY(add(c, list, number));
    TRY(gild_list_set(c, item, 1, other));
    TRY(gild_close(c, other));
    TRY(gild_close(c, item));
    TRY(gild_float_new(c, 2.5, &item));
    TRY(gild_float_get(c, item, &real)); TRY(add(c, list, (int64_t)(real * 10)));
    TRY(gild_close(c, item));
    TRY(gild_str_new(c, "h\xc3\xa9", 3, &item));
    TRY(gild_str_get(c, item, text, sizeof text, &length)); TRY(add(c, list, (int64_t)length + memcmp(text, "h\xc3\xa9", 3)));
    TRY(gild_list_append(c, list, item));
    TRY(gild_dict_new(c, &dict));
    TRY(gild_dict_set(c, dict, item, GILD_TRUE));
    TRY(gild_dict_get(c, dict, item, &other)); TRY(gild_same(c, other, GILD_TRUE, &answer)); TRY(add(c, list, answer));
    TRY(gild_close(c, other));
    TRY(gild_close(c, item));
    TRY(gild_dict_next(c, dict, &position, &item, &other));
    TRY(add(c, list, gild_dict_delete(c, dict, item)));
    TRY(add(c, list, gild_dict_delete(c, dict, item)));
    TRY(gild_close(c, item)); TRY(gild_close(c, other)); TRY(gild_close(c, dict));
    TRY(gild_bytes_new(c, "abc", 3, &item));
    TRY(gild_bytes_get(c, item, &bytes, &length));
    TRY(gild_leave(c));
    int64_t sum = bytes[0] + bytes[1] + bytes[2] + (int64_t)length + gild_interrupted(c);
    TRY(gild_enter(c));
    TRY(gild_checkpoint(c));
    TRY(add(c, list, sum));
    TRY(gild_tuple_new(c, &item, 1, &tuple));
    TRY(gild_tuple_get(c, tuple, 0, &other)); TRY(gild_same(c, item, other, &answer)); TRY(add(c, list, answer));
    TRY(gild_section_begin(c, list)); TRY(gild_section_end(c));
    TRY(gild_section_begin_two(c, list, tuple)); TRY(gild_section_end(c));
    TRY(gild_close(c, other)); TRY(gild_close(c, item)); TRY(gild_close(c, tuple));
    TRY(gild_opaque_new(c, &type, &seven, &item));
    TRY(gild_opaque_get(c, item, &type, &pointer)); TRY(add(c, list, *(int *)pointer));
    TRY(gild_close(c, item)); TRY(add(c, list, destroyed));
    TRY(gild_call(c, arguments[1], arguments, 1, &item));
    TRY(gild_list_append(c, list, item)); TRY(gild_close(c, item));
    (void)gild_raise(c, GILD_KEY_ERROR, "raised");
    TRY(gild_raised(c, GILD_LOOKUP_ERROR, &answer)); TRY(gild_clear(c)); TRY(add(c, list, answer));
    TRY(gild_log(c, GILD_INFO, "exercised", 9));
    TRY(add(c, list, gild_close(c, (gild_handle){12345}) == GILD_BAD_HANDLE && strlen(gild_message(c)) > 0));
    gild_metric_add(host, calls, 1);
    gild_metric_set(host, level, 5);
    *result = list;
    return GILD_OK;
}

static gild_status prepare(gild_context *c, const gild_parameters *parameters, void **state) {
    (void)c, (void)parameters;
    *state = &seven;
    return GILD_OK;
}

static gild_status run(gild_context *c, void *state, size_t thread_index) {
    (void)state, (void)thread_index;
    return gild_checkpoint(c);
}

gild_status gild_plugin_init(const gild_host *given, gild_plugin *plugin) {
    host = given;
    const char *value;
    TRY(gild_describe(host, plugin, "abi1", "1"));
    TRY(gild_register_function(
        host, plugin, &(gild_function_definition){sizeof(gild_function_definition), "exercise", "Call every slot.", exercise, &seven, 2, 2}));
    TRY(gild_register_workload(host, plugin, &(gild_workload_definition){sizeof(gild_workload_definition), "nothing", prepare, run, NULL, NULL}));
    TRY(gild_register_metric(host, plugin, &(gild_metric_definition){sizeof(gild_metric_definition), "calls", "Calls.", GILD_COUNTER}, &calls));
    TRY(gild_register_metric(host, plugin, &(gild_metric_definition){sizeof(gild_metric_definition), "level", "A level.", GILD_GAUGE}, &level));
    return gild_parameter(host, gild_plugin_parameters(host, plugin), "none", &value) == GILD_END ? GILD_OK : GILD_BAD_ARGUMENT;
}
