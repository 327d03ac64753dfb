#ifndef GILD_PLUGIN_TEXT_H
#define GILD_PLUGIN_TEXT_H

/* The text of gild_plugin.h, ended by a zero. */
const char *_Nonnull gild_plugin_header(void);

#endif
