#ifndef GILD_IMAGE_H
#define GILD_IMAGE_H

/* Shared libraries: what <dlfcn.h> and <execinfo.h> hide without _GNU_SOURCE. Everything is static inline. */

#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/* Dl_info of <dlfcn.h>. */
typedef struct gild_symbol_information {
    const char *_Nullable file_name;
    void *_Nullable base;
    const char *_Nullable symbol_name;
    void *_Nullable symbol_address;
} gild_symbol_information;

extern int gild_dladdr_(const void *address, gild_symbol_information *information) __asm__("dladdr");
extern int gild_backtrace_(void *_Nullable *_Nonnull buffer, int capacity) __asm__("backtrace");

/* Where the library lies that holds this address; null: none does. */
static inline void *_Nullable gild_library_base(const void *address) {
    gild_symbol_information information = {0};
    return gild_dladdr_(address, &information) ? information.base : NULL;
}

/* The first return address on the caller's stack that lies in [start, end); 0: none does. */
static inline uintptr_t gild_call_site(uintptr_t start, uintptr_t end) {
    void *frames[64];
    int count = gild_backtrace_(frames, 64);
    for (int i = 0; i < count; i++) {
        uintptr_t address = (uintptr_t)frames[i];
        if (address > start && address <= end) return address;
    }
    return 0;
}

#pragma clang assume_nonnull end
#endif
