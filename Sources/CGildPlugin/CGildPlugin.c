/* The header has everything; a target needs a source. Compiled as C11, so the header is checked with every build. */
#include "gild_plugin.h"
