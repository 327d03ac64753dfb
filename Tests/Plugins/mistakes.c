/* Plugins whose gild_plugin_init is wrong; MISTAKE says how. */

#include "gild_plugin.h"

static gild_status nothing(gild_context *context, void *data, const gild_handle *arguments, size_t count, gild_handle *result) {
    (void)context, (void)data, (void)arguments, (void)count, (void)result;
    return GILD_OK;
}

#if MISTAKE != 1
gild_status gild_plugin_init(const gild_host *host, gild_plugin *plugin) {
    gild_function_definition function = {sizeof function, "nothing", 0, nothing, 0, 0, 0};
#if MISTAKE == 2
    (void)host, (void)plugin, (void)function;
    return GILD_OK;
#elif MISTAKE == 3
    (void)function;
    return host->describe(plugin, 2, sizeof(gild_host), "mistakes", "1");
#elif MISTAKE == 4
    (void)function;
    return host->describe(plugin, GILD_ABI, sizeof(gild_host) + 8, "mistakes", "1");
#elif MISTAKE == 5
    return gild_register_function(host, plugin, &function);
#else
    gild_status status = gild_describe(host, plugin, MISTAKE == 6 ? "no-identifier" : MISTAKE == 7 ? "sys" : "mistakes", "1");
    if (status < GILD_OK) return status;
#if MISTAKE == 8
    gild_register_function(host, plugin, &function);
#elif MISTAKE == 9
    function.maximum = -2;
#elif MISTAKE == 10
    return GILD_BAD_ARGUMENT;
#elif MISTAKE == 11
    function.size = 8;
#elif MISTAKE == 12
    gild_metric *metric;
    gild_register_metric(host, plugin, &(gild_metric_definition){sizeof(gild_metric_definition), "Bad Name", "help", GILD_COUNTER}, &metric);
#elif MISTAKE == 13
    gild_register_workload(host, plugin, &(gild_workload_definition){sizeof(gild_workload_definition), "w", 0, 0, 0, 0});
#endif
    /* What is wrong is remembered, whatever the plugin does with the status. */
    gild_register_function(host, plugin, &function);
    return GILD_OK;
#endif
}
#else
int unrelated(gild_context *context) { return nothing(context, 0, 0, 0, 0); }
#endif
