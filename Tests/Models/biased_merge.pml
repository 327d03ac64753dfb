/*
 * Biased reference counts: the specification of the merge protocol, and its model for Spin. scripts/check-models runs it;
 * docs/models.md says how to read it. Who implements or changes a step below changes the model with it.
 *
 * Sources: J. Choi, T. Shull, J. Torrellas, "Biased Reference Counting", PACT 2018; PEP 703; CPython 3.13's
 * Objects/object.c (_Py_DecRefShared, _Py_MergeZeroLocalRefcount, _Py_ExplicitMergeRefcount) and Python/brc.c.
 *
 * THE HEADER
 *
 *     local   u32   references counted by the owner. Only the owner's thread reads and writes it, plainly; once the owner has
 *                   ended, only the thread that merges does, under the registry's lock.
 *     shared  u32   a signed 30-bit count << 2 | state. Atomic; changed by compare-and-swap only (`change` below).
 *     owner   u16   number of the owning thread, 0 once merging has begun. Atomic, relaxed: a thread that reads its own number
 *                   there is the owner, because nobody else writes that number and only the owner takes it away.
 *
 *     state:  PRIVATE 0   no optimistic reader may take a reference while the count is 0
 *             READABLE 1  optimistic readers may
 *             QUEUED 2    one reference was handed to the owner's queue, which holds it until the merge. The count may be
 *                         negative from here to the merge
 *             MERGED 3    for good: the shared count is the whole count, and who makes it 0 frees
 *
 * The number of references is local + shared count, always; a reference may be counted on one side and dropped on the other.
 *
 * What Regimes/Biased.swift does is this with -DBORN_READABLE -DREUSE: every object is READABLE from its birth, so that any thread may read it from a place without
 * a lock, and a free block may become another object at once. MERGED is 0 there and READABLE 1, so that the word of free memory is refused; and the owner that is
 * taken away keeps its number beside a bit that no thread's number has.
 *
 * THE STEPS (N: the running thread)
 *
 *  1 incref.      owner = N: local += 1. Otherwise: shared count += 1, relaxed.
 *  2 decref.      owner = N: local -= 1, and at 0 step 3. Otherwise change the shared word, releasing and acquiring:
 *                 a. count 0 and state PRIVATE or READABLE: state QUEUED, the count *stays*; then step 4.
 *                 b. else count -= 1; MERGED with count 0 now: free.
 *  3 merge zero.  The owner, local = 0. Load the shared word, acquiring: 0 (PRIVATE, count 0) means no reference is left
 *                 and none can come: free, without any atomic write. Otherwise owner = 0, then change the state to MERGED,
 *                 releasing and acquiring; the count is 0: free.
 *  4 hand over.   The thread of 2a. Load owner: 0, the owner merges just now: decref again, which is 2b. Otherwise lock the
 *                 registry; if that owner is registered push the object to its queue and set its eval breaker; if not, merge
 *                 here (step 5) under the lock; unlock.
 *  5 merge.       With a reference of the queue in hand: m = local, local = 0, owner = 0, then change the shared word to
 *                 (count + m - 1, MERGED), releasing and acquiring; the result is 0: free.
 *  6 safepoint.   When its eval breaker says so the owner takes its queue, under the lock, and merges each object of it.
 *  7 thread end.  Under the registry's lock: the queue is empty: unregister, done. Otherwise as step 6, and again. A number
 *                 may be given to a new thread, under the same lock: it becomes the owner of what the old one left.
 *  8 read.        Without the container's lock: load the slot. owner = N: local += 1. Otherwise change the shared word:
 *                 count 0 and state PRIVATE or MERGED: refused; else count += 1. Then load the slot again: it holds
 *                 another pointer: decref what was got, and refused. Refused: read under the container's lock, where
 *                 the slot's own reference keeps the object alive; count += 1 and, if PRIVATE, state READABLE in one change.
 *  9 free.        Memory that a reader of step 8 may touch stays an object's header at least until every thread has
 *                 passed a quiescent state (a safepoint, a blocking call, its end) after the free: either the block is not
 *                 used at all until then (the default here), or it may become another object at once, at the same
 *                 address, and only its page is held back (-DREUSE). A new object starts with the shared word 0.
 *
 * WHAT EACH STEP PREVENTS
 *
 *  - *2a, the count stays*: the queue owns a reference. If it were subtracted, another thread's incref and the owner's last
 *    decref could make both counts 0 and free an object that is in the queue.
 *  - *2a, QUEUED once*: two threads at 0 would push the object twice; a queue through a link in the object would break, one
 *    beside it would grow without a bound.
 *  - *3, look at the shared word*: other threads' references keep the object alive after the owner's last one.
 *  - *3 and 5, owner = 0 first*: after the change another thread may free the object; a late write would hit freed memory.
 *  - *3 and 5, one change*: an incref or decref between a load and a store would be lost.
 *  - *4, load owner again*: an object whose owner is gone from it will never be merged from a queue.
 *  - *4 and 7, one lock*: either the pusher sees the owner registered and the owner sees the push, or neither.
 *  - *8, refused at 0*: PRIVATE at 0 may be freed by step 3 without an atomic write; MERGED at 0 is being freed.
 *  - *8, the slot again*: needed where a block is used again at once: the pointer may denote another object by then. Where
 *    blocks wait for quiescence, the object is the one that the slot held at the first load, and the test may be left out.
 *  - *9*: the reader of step 8 looks at the shared word of an object on which it has no reference.
 *
 * THE MODEL
 *
 * One object, one slot of a shared container, N threads that incref, decref, read, take out and put back in any order and for
 * ever, each with at most K references, and at most L counted by the owner. Thread 0 is the owner; it can end, and begin again under its number. When
 * all have ended the slot's reference is dropped. `change` is one atomic step: failed compare-and-swaps write nothing, and
 * the one that succeeds computes the new word from the word that it compared. Memory is sequentially consistent; the orders
 * above are what makes that so on real machines, and ThreadSanitizer's to check. Quiescence is taken at the earliest moment
 * allowed, the end of the last read that was running at the free.
 *
 * Properties (as scripts/check-models prints them):
 *
 *     [alive]    nothing is freed while there is a reference to it, or twice
 *     [use]      nobody uses a freed object, but a reader in step 8, and nobody at all memory that was reclaimed
 *     [balance]  local + shared count = references + decrefs and queue entries under way, after every step
 *     [queue]    an object is in the queue at most once
 *     [count]    a merged count is never negative
 *     [reader]   what a reader got is what the slot held
 *     [leak]     in the end, when all references were dropped and all threads have ended, the object is free
 *     [deadlock] no state without a next step before that end
 *     merged     (LTL, weak fairness) what is queued is merged
 */

#ifndef N
#define N 3
#endif
#ifndef K
#define K 2
#endif

/* Without a bound the owner could count references for ever that others take and drop while it reaches no safepoint. */
#ifndef L
#define L 4
#endif

#define PRIVATE 0
#define READABLE 1
#define QUEUED 2
#define MERGED 3

#define LAST N        /* Number of the thread that drops the slot's reference at the end. */
#define NONE (N + 1)  /* The owner 0 of the specification. */
#define FREE_LOCK (N + 1)

#if N == 2
#define ANY(p) (p(0) || p(1))
#elif N == 3
#define ANY(p) (p(0) || p(1) || p(2))
#else
#define ANY(p) (p(0) || p(1) || p(2) || p(3))
#endif

/* The header. */
short local_count = 1;
short shared_count;
#ifdef BORN_READABLE
byte state = READABLE;
#else
byte state = PRIVATE;
#endif
byte owner = 0;

bool slot;                  /* The slot holds the object, and a reference. */
byte held[N + 1];           /* References of each thread; the owner made the object. */

byte registry = FREE_LOCK;  /* Who holds the registry's lock. */
bool registered = true;     /* Thread 0. */
byte entries;               /* In thread 0's queue. */
byte ended;
bool closing;

bool freed;
bool reborn;                /* REUSE: the block is another object, which the slot never held and which lives for ever. */
bool reading[N + 1];        /* Between the first load of step 8 and its end. */
bool awaited[N + 1];        /* Was reading when the object was freed, and is still. */

/* Always false: they name the property in the message of an assertion that fails. */
bool property_alive, property_use, property_balance, property_queue, property_count, property_reader, property_leak;

/* Of the properties only. */
short references = 1;
short under_way;            /* Decrefs that have begun and are not counted yet; the queue's reference is one of them. */
short carried;              /* What a merge has taken from `local` and not added yet. */

#define AWAITED(t) awaited[t]
#if defined(REUSE)
#define RECLAIMED false
#elif defined(MUTANT_NO_QUIESCENCE)
#define RECLAIMED freed
#else
#define RECLAIMED (freed && !ANY(AWAITED))
#endif

inline use() { assert(!freed || property_use) }
inline touch() { assert(!RECLAIMED || property_use) }
inline check_balance() {
    assert(freed || local_count + carried + shared_count == references + under_way || property_balance);
    assert(state != MERGED || shared_count >= 0 || property_count)
}

/* Step 9. */
inline free() {
    use();
    assert((references == 0 && !slot) || property_alive);
    freed = true;
    awaited[0] = reading[0];
    awaited[1] = reading[1];
#if N > 2
    awaited[2] = reading[2];
#endif
#if N > 3
    awaited[3] = reading[3];
#endif
}

/* Step 1. */
inline incref() {
    use();
    if
    :: owner == me -> local_count++
    :: else -> shared_count++
    fi;
    references++;
    check_balance()
}

/* The shared word of step 2, for who has a reference to give back. Sets `must_queue`. */
inline decref_shared() {
    use();
    if
    :: shared_count == 0 && state != QUEUED && state != MERGED ->
#ifdef MUTANT_QUEUE_WITHOUT_REFERENCE
        shared_count--;
        under_way--;
#endif
#ifndef MUTANT_QUEUE_TWICE
        state = QUEUED;
#endif
        must_queue = true
    :: else ->
        shared_count--;
        under_way--;
        if
        :: state == MERGED && shared_count == 0 -> free()
        :: else
        fi
    fi;
    check_balance()
}

#ifdef MUTANT_QUEUE_WITHOUT_REFERENCE
#define QUEUE_REFERENCE 0
#else
#define QUEUE_REFERENCE 1
#endif

#ifdef MUTANT_OWNER_CLEARED_LATE
#define CLEAR_OWNER_EARLY skip
#define CLEAR_OWNER_LATE atomic { use(); owner = NONE }
#else
#define CLEAR_OWNER_EARLY atomic { use(); owner = NONE }
#define CLEAR_OWNER_LATE skip
#endif

/* One change of the shared word in steps 3 and 5. */
inline merge_shared(reference) {
#ifdef MUTANT_MERGE_TORN
    atomic { use(); old = shared_count };
    atomic {
        use();
        shared_count = old + carried - reference;
#else
    atomic {
        use();
        shared_count = shared_count + carried - reference;
#endif
        under_way = under_way - reference;
        carried = 0;
        state = MERGED;
        check_balance();
        if
        :: shared_count == 0 -> free()
        :: else
        fi;
        old = 0
    };
    CLEAR_OWNER_LATE
}

/* Step 3. */
inline merge_zero() {
    atomic {
        use();
#ifdef MUTANT_FREE_AT_LOCAL_ZERO
        free(); finished = true
#else
        if
        :: shared_count == 0 && state == PRIVATE -> free(); finished = true
        :: else
        fi
#endif
    };
    if
    :: finished -> finished = false
    :: else -> CLEAR_OWNER_EARLY; merge_shared(0)
    fi
}

/* Step 5. */
inline merge() {
    atomic { use(); carried = local_count; local_count = 0 };
    CLEAR_OWNER_EARLY;
    merge_shared(QUEUE_REFERENCE)
}

/* Step 4. */
inline hand_over() {
    atomic { use(); owner_seen = owner };
    if
    :: owner_seen == NONE -> atomic { owner_seen = 0; must_queue = false; decref_shared() }
    :: else ->
        atomic { registry == FREE_LOCK -> registry = me };
        if
#ifdef MUTANT_PUSH_UNREGISTERED
        :: true ->
#else
        :: registered ->
#endif
            atomic { use(); entries++; assert(entries <= 1 || property_queue); registry = FREE_LOCK }
        :: else -> merge(); registry = FREE_LOCK
        fi;
        owner_seen = 0
    fi;
    must_queue = false
}

#ifdef MUTANT_LOCAL_AFTER_MERGE
#define IS_OWNER(t) (t == 0)
#else
#define IS_OWNER(t) (owner == t)
#endif

/* Step 2. */
inline decref() {
    atomic {
        use();
        references--;
        held[me]--;
        under_way++;
        if
        :: IS_OWNER(me) ->
            local_count--;
            under_way--;
            check_balance();
            local_zero = local_count == 0
        :: else
        fi;
        counted = IS_OWNER(me)
    };
    if
    :: counted -> counted = false;
        if
        :: local_zero -> local_zero = false; merge_zero()
        :: else
        fi
    :: else ->
        atomic { decref_shared() };
        if
        :: must_queue -> hand_over()
        :: else
        fi
    fi
}

/* Step 6, with the registry's lock. */
inline drain() {
    atomic { found = entries; entries = 0; registry = FREE_LOCK };
    do
    :: found > 0 -> merge(); found--
    :: else -> break
    od
}

#ifdef MUTANT_TRY_INCREF_ZERO
#define REFUSED (shared_count == 0 && state == MERGED)
#elif defined(MUTANT_TRY_INCREF_DEAD)
#define REFUSED (shared_count == 0 && state == PRIVATE)
#else
#define REFUSED (shared_count == 0 && (state == PRIVATE || state == MERGED))
#endif

inline end_reading() {
    reading[me] = false;
    awaited[me] = false
}

/* Step 8, without the container's lock. */
inline read() {
    atomic {
        touch();
        if
        :: owner == me -> use(); local_count++; references++; got = true
        :: owner != me && !REFUSED -> shared_count++; references++; got = true
        :: else -> end_reading()
        fi
    };
    if
    :: got ->
        atomic {
            got = false;
            touch();
            held[me]++;
            end_reading();
#ifdef MUTANT_NO_SECOND_LOAD
            stale = false
#else
            stale = !slot
#endif
            ;
            if
            :: stale
            :: else -> use(); assert(!reborn || property_reader)
            fi
        };
        if
        :: stale -> stale = false; decref()
        :: else
        fi
    :: else
    fi
}

/* The last half of step 8, under the container's lock. */
inline read_locked() {
    use();
    if
    :: owner == me -> local_count++
    :: else ->
        shared_count++;
        state = (state == PRIVATE -> READABLE : state)
    fi;
    references++;
    held[me]++;
    check_balance()
}

#define MY_LOCALS \
    byte owner_seen, found; \
    short old; \
    bool must_queue, finished, counted, local_zero, got, stale

/* PROMPT: the owner does nothing else when something is queued, as at a checkpoint; the safety checks let it take its time. */
#ifdef PROMPT
#define MAY_GO_ON (me != 0 || entries == 0)
#else
#define MAY_GO_ON true
#endif

#define MAY_INCREF (MAY_GO_ON && held[me] < K && (me != 0 || local_count < L))

proctype thread(byte me) {
    MY_LOCALS;

begin:
    do
    :: atomic { MAY_INCREF && held[me] > 0 -> incref(); held[me]++ }
    :: MAY_GO_ON && held[me] > 0 -> decref()
    :: atomic { MAY_INCREF && slot -> reading[me] = true }; read()
    :: atomic { MAY_INCREF && slot -> read_locked() }
    :: atomic { MAY_GO_ON && held[me] < K && slot -> slot = false; held[me]++ }
    :: atomic { MAY_GO_ON && held[me] > 0 && !slot && !reborn -> slot = true; held[me]-- }
#ifndef MUTANT_NO_SAFEPOINT
    :: atomic { me == 0 && entries > 0 && registry == FREE_LOCK -> registry = me }; drain()
#endif
    :: me == 0 && held[me] == 0 -> /* Step 7. */
        atomic { registry == FREE_LOCK -> registry = me };
        if
#ifdef MUTANT_END_WITHOUT_DRAINING
        :: true ->
#else
        :: entries == 0 ->
#endif
            atomic { registered = false; registry = FREE_LOCK; ended++ };
            break
        :: else -> drain()
        fi
    :: atomic { me != 0 && held[me] == 0 -> ended++ }; break
    od;

end_ended:
    if
    :: atomic { me == 0 && !closing && registry == FREE_LOCK -> registered = true; ended-- } -> goto begin
    :: closing
    fi
}

#ifdef REUSE
/* The block becomes another object: merged with one reference, or owned by a thread beside the model. */
active proctype allocator() {
end_idle:
    atomic {
        freed ->
        freed = false;
        reborn = true;
        references = 1;
        if
        :: owner = NONE; local_count = 0; shared_count = 1; state = MERGED
        :: owner = LAST; local_count = 1; shared_count = 0; state = READABLE
        fi
    }
}
#endif

init {
    byte me;
    MY_LOCALS;
    atomic {
        held[0] = 1;
        do
        :: me < N -> run thread(me); me++
        :: else -> break
        od
    }
    atomic { ended == N -> closing = true };
    if
    :: atomic { slot -> slot = false; held[LAST] = 1 }; decref()
    :: else
    fi;
    assert((reborn && local_count + shared_count == 1) || (!reborn && freed) || property_leak)
}

ltl merged { [] ((entries > 0) -> <> (entries == 0)) }
