/* See gild_crash.h. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* REG_RIP */
#endif
#include "gild_crash.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

static const int fatal_signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT};
enum { FATAL_COUNT = sizeof fatal_signals / sizeof fatal_signals[0] };

void gild_asynchronous_signals(sigset_t *set) {
    sigfillset(set);
    for (int i = 0; i < FATAL_COUNT; i++) sigdelset(set, fatal_signals[i]);
}

/* ---- What the handler finds ---- */

/* Written once, before the handlers are there. */
static struct {
    int form;
    char message_id[33];
    struct sockaddr_un journal;
    int socket;
} target;

enum { FREE, TAKEN, READY };

/* `state` is released when the rest is written, and acquired before it is read. */
typedef struct {
    _Atomic int state;
    uintptr_t base, end;
    char file[96];
    /* Empty until the plugin has said its name. */
    char plugin[96];
} library;

static library libraries[64];

/* What the signals did before: does their work after the record. */
static struct sigaction before[FATAL_COUNT];

static _Thread_local const void *const *volatile innermost_call;
static _Thread_local void *alternate_stack;

static size_t alternate_size(void) {
    size_t least = (size_t)getauxval(51 /* AT_MINSIGSTKSZ */);
    return ((least > 8192 ? least : 8192) + 32768 + 4095) & ~(size_t)4095;
}

/* ---- Text ---- */

static char text[4096];
static size_t length;

static void put(const char *s) {
    while (*s && length < sizeof text) text[length++] = *s++;
}

static void put_number(uint64_t number, unsigned base, int digits) {
    char buffer[24];
    int count = 0;
    do {
        buffer[count++] = "0123456789abcdef"[number % base];
        number /= base;
    } while (number || count < digits);
    while (count > 0 && length < sizeof text) text[length++] = buffer[--count];
}

/* 2026-01-31T23:59:59.123Z; the calendar is Howard Hinnant's days-from-civil, the other way round. */
static void put_time(struct timespec now) {
    int64_t days = now.tv_sec / 86400 + 719468, seconds = now.tv_sec % 86400;
    int64_t era = days / 146097, day_of_era = days - era * 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * day_of_year + 2) / 153, day = day_of_year - (153 * month + 2) / 5 + 1;
    month = month < 10 ? month + 3 : month - 9;
    put_number((uint64_t)(year_of_era + era * 400 + (month <= 2)), 10, 4);
    put("-"), put_number((uint64_t)month, 10, 2);
    put("-"), put_number((uint64_t)day, 10, 2);
    put("T"), put_number((uint64_t)(seconds / 3600), 10, 2);
    put(":"), put_number((uint64_t)(seconds / 60 % 60), 10, 2);
    put(":"), put_number((uint64_t)(seconds % 60), 10, 2);
    put("."), put_number((uint64_t)(now.tv_nsec / 1000000), 10, 3);
    put("Z");
}

static const char *signal_name(int number) {
    switch (number) {
    case SIGSEGV: return "SIGSEGV";
    case SIGBUS: return "SIGBUS";
    case SIGFPE: return "SIGFPE";
    case SIGILL: return "SIGILL";
    case SIGTRAP: return "SIGTRAP";
    default: return "SIGABRT";
    }
}

/* ---- The crash ---- */

typedef struct {
    int number;
    /* Another process sent it: its number; 0: the fault is this process's own. */
    pid_t sender;
    /* The address that was touched; with SIGFPE and SIGILL that of the instruction. */
    uintptr_t address;
    bool has_address;
    const char *plugin, *function;
    /* The library in which the program counter stood, and how far in. */
    const library *library;
    uintptr_t offset;
} crash;

static uintptr_t program_counter(const void *context) {
    const ucontext_t *machine = context;
#if defined(__x86_64__)
    return (uintptr_t)machine->uc_mcontext.gregs[REG_RIP];
#elif defined(__aarch64__)
    return (uintptr_t)machine->uc_mcontext.pc;
#else
    (void)machine;
    return 0;
#endif
}

static crash find_out(int number, const siginfo_t *information, const void *context) {
    crash c = {.number = number};
    if (information->si_code <= 0) {
        if (information->si_pid != getpid()) {
            c.sender = information->si_pid;
            return c;
        }
    } else {
        c.address = (uintptr_t)information->si_addr;
        c.has_address = true;
    }
    uintptr_t counter = program_counter(context);
    for (size_t i = 0; i < sizeof libraries / sizeof libraries[0]; i++) {
        const library *candidate = &libraries[i];
        if (atomic_load_explicit(&candidate->state, memory_order_acquire) != READY || counter < candidate->base || counter >= candidate->end) continue;
        c.library = candidate;
        c.offset = counter - candidate->base;
        c.plugin = candidate->plugin[0] ? candidate->plugin : candidate->file;
    }
    const void *const *word = innermost_call;
    const gild_crash_names *const *frame = word ? *word : NULL;
    const gild_crash_names *names = frame ? *frame : NULL;
    /* In another plugin's library than that of the call: the function says nothing about it. */
    if (names && (!c.plugin || strcmp(c.plugin, names->plugin) == 0)) {
        c.plugin = names->plugin;
        c.function = names->function;
    }
    return c;
}

static void put_place(const crash *c) {
    put(c->library->file), put("+0x"), put_number(c->offset, 16, 1);
}

static void put_message(const crash *c) {
    if (c->sender) {
        put("ended by "), put(signal_name(c->number)), put(" from process "), put_number((uint64_t)c->sender, 10, 1);
        return;
    }
    put("crashed with "), put(signal_name(c->number));
    if (c->has_address) put(" at address 0x"), put_number(c->address, 16, 1);
    if (!c->plugin) {
        put(", in no plugin");
        return;
    }
    put(" in plugin '"), put(c->plugin), put("'");
    if (c->function) put(", function '"), put(c->function), put("'");
    if (c->library) put(", at "), put_place(c);
    else put(", in code that it called");
}

/* The fields: name, equals or colon, value. */
static void put_fields(const crash *c, void (*field)(const char *name), const char *quote) {
    field("signal"), put(quote), put(signal_name(c->number)), put(quote);
    if (c->sender) field("sender"), put_number((uint64_t)c->sender, 10, 1);
    if (c->has_address) field("address"), put(quote), put("0x"), put_number(c->address, 16, 1), put(quote);
    if (c->plugin) field("plugin"), put(quote), put(c->plugin), put(quote);
    if (c->function) field("function"), put(quote), put(c->function), put(quote);
    if (c->library) field("place"), put(quote), put_place(c), put(quote);
    field("thread"), put_number((uint64_t)syscall(SYS_gettid), 10, 1);
}

static void text_field(const char *name) { put(" "), put(name), put("="); }

static void json_field(const char *name) { put(text[length - 1] == '{' ? "\"" : ",\""), put(name), put("\":"); }

static void journal_field(const char *name) {
    put("\nGILD_");
    for (; *name; name++) {
        if (length < sizeof text) text[length++] = (char)(*name >= 'a' && *name <= 'z' ? *name - 32 : *name);
    }
    put("=");
}

static void write_record(const crash *c) {
    struct timespec real, monotonic;
    clock_gettime(CLOCK_REALTIME, &real);
    clock_gettime(CLOCK_MONOTONIC, &monotonic);
    uint64_t nanoseconds = (uint64_t)monotonic.tv_sec * 1000000000u + (uint64_t)monotonic.tv_nsec;
    switch (target.form) {
    case GILD_CRASH_LINE: put("gild: "), put_message(c), put("\n"); break;
    case GILD_CRASH_TEXT:
        put_time(real), put(" critical "), put_message(c);
        put_fields(c, text_field, ""), put("\n");
        break;
    case GILD_CRASH_JSON:
        put("{\"time\":\""), put_time(real), put("\",\"level\":\"critical\",\"event\":\"crashed\",\"message\":\"");
        put_message(c), put("\",\"monotonic_ns\":"), put_number(nanoseconds, 10, 1);
        put(",\"message_id\":\""), put(target.message_id), put("\",\"fields\":{"), put_fields(c, json_field, "\""), put("}}\n");
        break;
    default:
        put("MESSAGE="), put_message(c);
        put("\nMESSAGE_ID="), put(target.message_id), put("\nPRIORITY=2\nSYSLOG_IDENTIFIER=gild\nGILD_EVENT=crashed\nGILD_TIME="), put_time(real);
        put("\nGILD_MONOTONIC_NS="), put_number(nanoseconds, 10, 1);
        put_fields(c, journal_field, ""), put("\n");
        if (sendto(target.socket, text, length, MSG_NOSIGNAL | MSG_DONTWAIT, (struct sockaddr *)&target.journal, sizeof target.journal) >= 0) return;
        /* No journal: the service manager still reads standard error. */
        length = 0;
        put("gild: "), put_message(c), put("\n");
    }
    for (size_t sent = 0; sent < length;) {
        ssize_t count = write(STDERR_FILENO, text + sent, length - sent);
        if (count > 0) sent += (size_t)count;
        else if (errno != EINTR) return;
    }
}

static _Atomic int64_t crashing_thread;

static void handle(int number, siginfo_t *information, void *context) {
    int64_t self = syscall(SYS_gettid), nobody = 0;
    if (atomic_compare_exchange_strong(&crashing_thread, &nobody, self)) {
        crash c = find_out(number, information, context);
        write_record(&c);
    } else if (nobody != self) {
        for (;;) pause();
    }
    for (int i = 0; i < FATAL_COUNT; i++) {
        if (fatal_signals[i] == number) sigaction(number, &before[i], NULL);
    }
    /* A fault comes again when its instruction does; what was sent does not, and a breakpoint is passed already. */
    if (information->si_code <= 0 || number == SIGTRAP) syscall(SYS_tgkill, getpid(), (pid_t)self, number);
}

/* ---- Preparations ---- */

void gild_crash_watch(int form, const char *message_id, const char *journal) {
    static _Atomic int is_watching;
    if (atomic_exchange(&is_watching, 1)) return;
    target.form = form;
    target.socket = -1;
    if (message_id) strncpy(target.message_id, message_id, sizeof target.message_id - 1);
    if (journal) {
        target.journal.sun_family = AF_UNIX;
        strncpy(target.journal.sun_path, journal, sizeof target.journal.sun_path - 1);
        target.socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    }
    for (int i = 0; i < FATAL_COUNT; i++) {
        struct sigaction action = {0};
        action.sa_sigaction = handle;
        action.sa_flags = SA_SIGINFO | SA_ONSTACK;
        /* Nothing else interrupts it but a fault of its own, which ends the process. */
        gild_asynchronous_signals(&action.sa_mask);
        sigaction(fatal_signals[i], NULL, &before[i]);
        sigaction(fatal_signals[i], &action, NULL);
    }
}

void gild_crash_enter_thread(const void *innermost) {
    innermost_call = innermost;
    stack_t now;
    if (alternate_stack || sigaltstack(NULL, &now) != 0 || !(now.ss_flags & SS_DISABLE)) return;
    size_t size = alternate_size();
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return;
    stack_t stack = {.ss_sp = memory, .ss_size = size};
    if (sigaltstack(&stack, NULL) != 0) munmap(memory, size);
    else alternate_stack = memory;
}

void gild_crash_leave_thread(const void *innermost) {
    if ((const void *)innermost_call != innermost) return;
    innermost_call = NULL;
    if (!alternate_stack) return;
    stack_t none = {.ss_flags = SS_DISABLE};
    sigaltstack(&none, NULL);
    munmap(alternate_stack, alternate_size());
    alternate_stack = NULL;
}

static void copy(char *target_text, size_t capacity, const char *source) {
    size_t i = 0;
    for (; source[i] && i < capacity - 1; i++) {
        char byte = source[i];
        target_text[i] = byte < ' ' || byte > '~' || byte == '"' || byte == '\\' || byte == '\'' ? '?' : byte;
    }
    target_text[i] = 0;
}

int gild_crash_add_library(uintptr_t base, uintptr_t end, const char *file) {
    for (size_t i = 0; i < sizeof libraries / sizeof libraries[0]; i++) {
        int expected = FREE;
        if (!atomic_compare_exchange_strong(&libraries[i].state, &expected, TAKEN)) continue;
        libraries[i].base = base;
        libraries[i].end = end;
        libraries[i].plugin[0] = 0;
        copy(libraries[i].file, sizeof libraries[i].file, file);
        atomic_store_explicit(&libraries[i].state, READY, memory_order_release);
        return (int)i;
    }
    return -1;
}

void gild_crash_name_library(int number, const char *plugin) {
    if (number < 0) return;
    atomic_store_explicit(&libraries[number].state, TAKEN, memory_order_release);
    copy(libraries[number].plugin, sizeof libraries[number].plugin, plugin);
    atomic_store_explicit(&libraries[number].state, READY, memory_order_release);
}

void gild_crash_remove_library(int number) {
    if (number >= 0) atomic_store_explicit(&libraries[number].state, FREE, memory_order_release);
}
