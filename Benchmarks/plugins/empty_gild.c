/* A module with one function that does nothing, for gild. */
#include "gild_plugin.h"

static gild_status nothing(gild_context *context, void *data, const gild_handle *arguments, size_t count, gild_handle *result) {
    (void)context, (void)data, (void)arguments, (void)count, (void)result;
    return GILD_OK;
}

gild_status gild_plugin_init(const gild_host *host, gild_plugin *plugin) {
    gild_status status = gild_describe(host, plugin, "empty", "1");
    if (status < GILD_OK) return status;
    gild_function_definition definition = {sizeof definition, "nothing", NULL, nothing, NULL, 0, -1};
    return gild_register_function(host, plugin, &definition);
}
