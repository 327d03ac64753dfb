/* The header is compiled as C11 with every build; and its text is kept, for `gild plugin new`. */
#include "gild_plugin.h"
#include "gild_plugin_text.h"

#pragma clang diagnostic ignored "-Wc23-extensions"
static const char header[] = {
#embed "include/gild_plugin.h"
    , 0};

const char *gild_plugin_header(void) { return header; }
