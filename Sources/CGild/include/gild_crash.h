/* The last record of a process that crashes while it hosts plugins: which signal, which plugin, which function, where.
 *
 * A plugin shares the memory of the process, so its crash is the process's. A handler of the fatal signals writes one record and lets the
 * signal do what it did before: the process ends by it, a core is written, a service manager starts the daemon again.
 *
 *     fault ──▶ handler, on the thread's alternate stack (the fault may be the end of the usual one)
 *         another thread is at it already?      stand still; the process ends soon
 *         program counter in a plugin's library?  that plugin, and the offset in its file
 *         a plugin's call under way here?         its plugin and function
 *         one record, written with one call
 *         the action of before, then back to the instruction that faults again (or the signal once more, if it was sent)
 *
 * What the handler reads was written before: names in a table of libraries, and, through a variable of the thread, the word in which the
 * thread's context keeps its innermost call (GildRuntime, PluginContext.swift). It allocates nothing, takes no lock and calls only what
 * signal-safety(7) allows; the text is made by hand in static memory.
 *
 * A handler that was there already (a sanitizer's, that of Swift's backtraces) has its turn after the record. A signal that another process sent
 * is said to have come from there, and no plugin is named. */
#ifndef GILD_CRASH_H
#define GILD_CRASH_H

#include <stdint.h>
#include <stdbool.h>
#include <stddef.h>
#include <signal.h>

#pragma clang assume_nonnull begin

/* Where the record goes and how it looks: a line for people on standard error, the daemon's two kinds of lines, the journal. */
enum { GILD_CRASH_LINE, GILD_CRASH_TEXT, GILD_CRASH_JSON, GILD_CRASH_JOURNAL };

/* Whose call a frame is; begins every PluginFunction. Printable ASCII without quotes and backslashes, zero-terminated, never freed. */
typedef struct {
    const char *plugin, *function;
} gild_crash_names;

/* Handle SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP and SIGABRT from now on. `message_id` and `journal` (a socket's path) may be null where `form`
 * has no use for them; they are copied. The first call decides, later ones do nothing. Any thread. */
void gild_crash_watch(int form, const char *_Nullable message_id, const char *_Nullable journal);

/* The calling thread is going to call plugins: `innermost` is the word that points to the innermost call's frame, whose first word points to
 * gild_crash_names, or is null below the outermost call. Gives the thread an alternate signal stack if it has none. */
void gild_crash_enter_thread(const void *innermost);
/* It calls no more plugins; does nothing unless `innermost` is the calling thread's. */
void gild_crash_leave_thread(const void *innermost);

/* The addresses [base, end) belong to the plugin in the file of this name. Returns a number for the calls below; −1: the table is full, and
 * crashes in this library are told without the place. Any thread. */
int gild_crash_add_library(uintptr_t base, uintptr_t end, const char *file);
/* The plugin in that library calls itself so. */
void gild_crash_name_library(int library, const char *plugin);
void gild_crash_remove_library(int library);

/* Every signal but those of faults, which must end the process where they happen: what threads block that take no signals. */
void gild_asynchronous_signals(sigset_t *set);

#pragma clang assume_nonnull end
#endif
