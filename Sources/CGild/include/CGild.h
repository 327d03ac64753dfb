#ifndef CGILD_H
#define CGILD_H

/* What Swift cannot say: values and thread references that cross C function pointers, C11 atomics on raw memory,
 * futex (syscall() is variadic), the thread pointer. Everything is inline but the handler of crashes. */

#include <stdint.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <linux/futex.h>

#include "gild_crash.h"
#include "gild_image.h"
#include "gild_service.h"

/* Inlined into the functions that Swift makes for C to call, too, where the compiler does not do so by itself. */
#define GILD_INLINE static inline __attribute__((always_inline))

#pragma clang assume_nonnull begin

/* A tagged 64-bit word; the encoding is described in GildRuntime/Value.swift. */
typedef struct gild_value { uint64_t bits; } gild_value;

/* A reference to a runtime thread's state, passed to every native function. */
typedef struct gild_thread_ref { void *state; } gild_thread_ref;

/* A native function: borrowed arguments, keyword names as a tuple (or the undefined value); returns a new reference,
 * or the undefined value with the thread's exception set. The values of keyword arguments follow the positional ones
 * in `arguments`; `count` counts the positional ones only. */
typedef gild_value (*gild_native)(gild_thread_ref thread, gild_value *arguments, intptr_t count, gild_value keyword_names);

/* Atomics on raw memory. */
GILD_INLINE uint32_t gild_load_relaxed_32(const uint32_t *p) { return __atomic_load_n(p, __ATOMIC_RELAXED); }
GILD_INLINE uint32_t gild_load_acquire_32(const uint32_t *p) { return __atomic_load_n(p, __ATOMIC_ACQUIRE); }
GILD_INLINE void gild_store_relaxed_32(uint32_t *p, uint32_t v) { __atomic_store_n(p, v, __ATOMIC_RELAXED); }
GILD_INLINE void gild_store_release_32(uint32_t *p, uint32_t v) { __atomic_store_n(p, v, __ATOMIC_RELEASE); }
GILD_INLINE uint32_t gild_exchange_32(uint32_t *p, uint32_t v) { return __atomic_exchange_n(p, v, __ATOMIC_ACQ_REL); }
GILD_INLINE uint32_t gild_fetch_or_32(uint32_t *p, uint32_t v) { return __atomic_fetch_or(p, v, __ATOMIC_ACQ_REL); }
GILD_INLINE uint32_t gild_fetch_and_32(uint32_t *p, uint32_t v) { return __atomic_fetch_and(p, v, __ATOMIC_ACQ_REL); }
GILD_INLINE uint32_t gild_fetch_add_32(uint32_t *p, uint32_t v) { return __atomic_fetch_add(p, v, __ATOMIC_ACQ_REL); }
GILD_INLINE bool gild_compare_exchange_32(uint32_t *p, uint32_t expected, uint32_t desired) {
    return __atomic_compare_exchange_n(p, &expected, desired, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}
GILD_INLINE uint64_t gild_load_relaxed_64(const uint64_t *p) { return __atomic_load_n(p, __ATOMIC_RELAXED); }
GILD_INLINE uint64_t gild_load_acquire_64(const uint64_t *p) { return __atomic_load_n(p, __ATOMIC_ACQUIRE); }
GILD_INLINE void gild_store_relaxed_64(uint64_t *p, uint64_t v) { __atomic_store_n(p, v, __ATOMIC_RELAXED); }
GILD_INLINE void gild_store_release_64(uint64_t *p, uint64_t v) { __atomic_store_n(p, v, __ATOMIC_RELEASE); }
GILD_INLINE uint64_t gild_fetch_add_64(uint64_t *p, uint64_t v) { return __atomic_fetch_add(p, v, __ATOMIC_ACQ_REL); }

GILD_INLINE uint64_t gild_exchange_64(uint64_t *p, uint64_t v) { return __atomic_exchange_n(p, v, __ATOMIC_ACQ_REL); }
GILD_INLINE bool gild_compare_exchange_64(uint64_t *p, uint64_t expected, uint64_t desired) {
    return __atomic_compare_exchange_n(p, &expected, desired, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}
/* For counts: who holds a reference may make another without ordering anything. */
GILD_INLINE void gild_increment_relaxed_32(uint32_t *p) { (void)__atomic_fetch_add(p, 1, __ATOMIC_RELAXED); }
GILD_INLINE uint32_t gild_fetch_sub_32(uint32_t *p, uint32_t v) { return __atomic_fetch_sub(p, v, __ATOMIC_ACQ_REL); }
GILD_INLINE void gild_add_relaxed_32(uint32_t *p, uint32_t v) { (void)__atomic_fetch_add(p, v, __ATOMIC_RELAXED); }
GILD_INLINE uint16_t gild_load_relaxed_16(const uint16_t *p) { return __atomic_load_n(p, __ATOMIC_RELAXED); }
GILD_INLINE void gild_store_relaxed_16(uint16_t *p, uint16_t v) { __atomic_store_n(p, v, __ATOMIC_RELAXED); }
GILD_INLINE uint8_t gild_load_relaxed_8(const uint8_t *p) { return __atomic_load_n(p, __ATOMIC_RELAXED); }
GILD_INLINE uint8_t gild_load_acquire_8(const uint8_t *p) { return __atomic_load_n(p, __ATOMIC_ACQUIRE); }
GILD_INLINE void gild_store_relaxed_8(uint8_t *p, uint8_t v) { __atomic_store_n(p, v, __ATOMIC_RELAXED); }
GILD_INLINE void gild_store_release_8(uint8_t *p, uint8_t v) { __atomic_store_n(p, v, __ATOMIC_RELEASE); }
GILD_INLINE uint16_t gild_load_acquire_16(const uint16_t *p) { return __atomic_load_n(p, __ATOMIC_ACQUIRE); }
GILD_INLINE void gild_store_release_16(uint16_t *p, uint16_t v) { __atomic_store_n(p, v, __ATOMIC_RELEASE); }
GILD_INLINE uint8_t gild_exchange_8(uint8_t *p, uint8_t v) { return __atomic_exchange_n(p, v, __ATOMIC_ACQ_REL); }
GILD_INLINE uint8_t gild_fetch_or_8(uint8_t *p, uint8_t v) { return __atomic_fetch_or(p, v, __ATOMIC_ACQ_REL); }
GILD_INLINE uint8_t gild_fetch_and_8(uint8_t *p, uint8_t v) { return __atomic_fetch_and(p, v, __ATOMIC_ACQ_REL); }
GILD_INLINE bool gild_compare_exchange_8(uint8_t *p, uint8_t expected, uint8_t desired) {
    return __atomic_compare_exchange_n(p, &expected, desired, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

/* memcmp without a detour. */
GILD_INLINE bool gild_memory_equal(const void *a, const void *b, intptr_t bytes) { return memcmp(a, b, (size_t)bytes) == 0; }

/* First place of `needle` in `text`, or null. (memmem is declared here because <string.h> hides it without _GNU_SOURCE.) */
extern void *_Nullable memmem(const void *text, size_t text_bytes, const void *needle, size_t needle_bytes);
GILD_INLINE void *_Nullable gild_memory_find(const void *text, intptr_t text_bytes, const void *needle, intptr_t needle_bytes) {
    return memmem(text, (size_t)text_bytes, needle, (size_t)needle_bytes);
}

/* Processors that the calling thread may run on; 1 where the kernel does not say. (sched_getaffinity is hidden without
 * _GNU_SOURCE; the mask holds as many as CONFIG_NR_CPUS can be, 8192.) */
GILD_INLINE int32_t gild_usable_processors(void) {
    unsigned long mask[8192 / (8 * sizeof(unsigned long))] = {0};
    long bytes = syscall(SYS_sched_getaffinity, 0, sizeof mask, mask);
    int32_t count = 0;
    for (long i = 0; i < bytes / (long)sizeof mask[0]; i++) count += __builtin_popcountl(mask[i]);
    return count > 0 ? count : 1;
}

/* The processor that the calling thread runs on, or -1. It may be another one at any moment. (sched_getcpu is hidden without _GNU_SOURCE; glibc reads it from
 * the thread's rseq area, without a system call.) */
extern int sched_getcpu(void);
GILD_INLINE int32_t gild_current_processor(void) { return sched_getcpu(); }

/* Moves the calling thread to a processor; afterwards it may run where it might before. False: it may not run there, or the kernel refuses. A cpuset that is
 * widened later does not widen the set of a thread that was moved: the kernel takes what is written back as the thread's own wish. */
GILD_INLINE bool gild_move_to_processor(int32_t processor) {
    enum { bits = 8 * sizeof(unsigned long) };
    unsigned long usable[8192 / bits] = {0}, one[8192 / bits] = {0};
    if (processor < 0 || processor >= 8192) return false;
    long bytes = syscall(SYS_sched_getaffinity, 0, sizeof usable, usable);
    if (bytes <= 0 || !(usable[processor / bits] >> (processor % bits) & 1)) return false;
    one[processor / bits] = 1ul << (processor % bits);
    if (syscall(SYS_sched_setaffinity, 0, (size_t)bytes, one) != 0) return false;
    syscall(SYS_sched_setaffinity, 0, (size_t)bytes, usable);
    return true;
}

/* Ask for time slices of `ns` nanoseconds for the calling thread, without a change of its policy and its niceness: a thread that wakes up preempts one with
 * such slices sooner. Linux 6.12 and later; earlier ones ignore it. False: refused. (struct sched_attr is declared here because older libc headers have none.) */
GILD_INLINE bool gild_request_time_slice(uint64_t ns) {
    struct {
        uint32_t size, policy;
        uint64_t flags;
        int32_t nice;
        uint32_t priority;
        uint64_t runtime, deadline, period;
    } attributes;
    memset(&attributes, 0, sizeof attributes);
    if (syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0) != 0 || attributes.policy != 0) return false;
    attributes.size = sizeof attributes;
    attributes.runtime = ns;
    return syscall(SYS_sched_setattr, 0, &attributes, 0) == 0;
}

/* Atomics on figures that are Swift's Int: bytes, numbers, cached hashes. */
GILD_INLINE intptr_t gild_load_relaxed_int(const intptr_t *p) { return __atomic_load_n(p, __ATOMIC_RELAXED); }
GILD_INLINE void gild_store_relaxed_int(intptr_t *p, intptr_t v) { __atomic_store_n(p, v, __ATOMIC_RELAXED); }
GILD_INLINE intptr_t gild_load_acquire_int(const intptr_t *p) { return __atomic_load_n(p, __ATOMIC_ACQUIRE); }
GILD_INLINE void gild_store_release_int(intptr_t *p, intptr_t v) { __atomic_store_n(p, v, __ATOMIC_RELEASE); }
GILD_INLINE intptr_t gild_fetch_add_int(intptr_t *p, intptr_t v) { return __atomic_fetch_add(p, v, __ATOMIC_ACQ_REL); }
GILD_INLINE bool gild_compare_exchange_int(intptr_t *p, intptr_t expected, intptr_t desired) {
    return __atomic_compare_exchange_n(p, &expected, desired, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

/* Monotonic clock, nanoseconds. */
GILD_INLINE uint64_t gild_monotonic_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* A counter that grows at a constant rate, read in a fraction of the time that the clock takes; the same on every core of
 * a machine whose kernel trusts it. Its rate is found by comparing it with the clock. */
GILD_INLINE uint64_t gild_ticks(void) {
#if defined(__x86_64__)
    return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
    uint64_t t;
    __asm__ volatile("mrs %0, cntvct_el0" : "=r"(t));
    return t;
#else
    return gild_monotonic_ns();
#endif
}

/* CPU time of the process and of the calling thread, nanoseconds. */
GILD_INLINE uint64_t gild_process_cpu_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}
GILD_INLINE uint64_t gild_thread_cpu_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Sleep while *word == expected; absolute CLOCK_MONOTONIC deadline in ns, 0 = for ever.
 * Returns 0 (woken), or EAGAIN (the word differs), EINTR, ETIMEDOUT. */
GILD_INLINE int gild_futex_wait(uint32_t *word, uint32_t expected, uint64_t deadline_ns) {
    struct timespec t = { (time_t)(deadline_ns / 1000000000u), (long)(deadline_ns % 1000000000u) };
    long r = syscall(SYS_futex, word, FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, expected, deadline_ns ? &t : NULL, NULL, FUTEX_BITSET_MATCH_ANY);
    return r == 0 ? 0 : errno;
}
GILD_INLINE int gild_futex_wake(uint32_t *word, int count) {
    return (int)syscall(SYS_futex, word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, count, NULL, NULL, 0);
}
/* Never returns and touches no memory but its own stack: where a thread stays that wants a lock which nobody may take any
 * more. Signals go to the threads that still work. */
GILD_INLINE _Noreturn void gild_park_forever(void) {
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
    for (;;) pause();
}
/* Inside a loop that waits for another processor's store. */
GILD_INLINE void gild_spin_pause(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}
/* Kernel thread id. */
GILD_INLINE int32_t gild_thread_id(void) { return (int32_t)syscall(SYS_gettid); }
/* Send a signal to one thread of this process by its kernel id; a thread that has ended is no error. Async-signal-safe. */
GILD_INLINE void gild_thread_signal(int32_t thread, int signal_number) { syscall(SYS_tgkill, getpid(), thread, signal_number); }

/* Whether a thread of this process sent the signal to the receiving thread. Async-signal-safe. */
GILD_INLINE bool gild_signal_is_from_own_thread(const siginfo_t *information) {
    return information->si_code == SI_TKILL && information->si_pid == getpid();
}

#pragma clang assume_nonnull end
#endif
