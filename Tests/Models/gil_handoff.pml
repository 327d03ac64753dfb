/*
 * The handoff of the global interpreter lock, for Spin. scripts/check-models runs it; docs/models.md says how to read it.
 *
 * What it models, by name: takeUnderMutex, waitUntilFree, dropUnderMutex, waitForSwitch, yield, take(until:),
 * beginFinalization and parkIfFinalizing of Sources/GildRuntime/Locks/GlobalInterpreterLock.swift, and the checkpoint
 * that looks at the drop request (Interpreter/Checkpoints.swift). Who changes one of them changes the model with it.
 *
 * N threads compute, block, come back, give up at a deadline and end, in any order and for ever; thread 0 may begin the
 * finalization. Each critical section of the lock's mutex is one `atomic` step, because nothing in it blocks but waiting
 * on a condition variable, which ends the step. Only the drop request is read outside (running:).
 *
 * A thread's place in a condition variable is `place`: signal wakes any one sleeper, broadcast all of them. A woken thread
 * goes on later, when it gets the mutex again. The process `clock` ends a wait by time-out or for no reason at all, at any
 * moment, and lets a wait that was signalled end as a time-out too.
 *
 * The switch number is unbounded and only ever compared with its value at the start of a wait, so it is modelled as
 * `stood_still`: true from the start of the wait until the next switch.
 *
 * With -DPRIORITY, the variant in which a thread that comes back from a blocking call is preferred:
 *
 *     take(T)                                             drop(H)
 *     if T comes back, must wait and the budget allows:   locked = false
 *         T is urgent; ask the holder to drop at once     signal `urgent` if an urgent thread waits, otherwise `freed`
 *     the lock is free for T if it is not locked and
 *         T is urgent, or no urgent thread waits,
 *         or T is the finalizing thread
 *     an urgent thread waits on `urgent`, others on `freed`
 *
 *     The budget: at most BUDGET threads become urgent between two takes of threads that are not. Below it each thread
 *     chooses freely, so that any stricter rule (by time, by thread) is covered.
 *     The finalizing thread is never held back: the urgent thread that it would wait for parks, and signals nobody.
 *
 * Properties (the label in brackets is what scripts/check-models prints):
 *
 *     [exclusion]    at most one thread holds the lock
 *     [wakeup]       while the lock is free and somebody sleeps who could have it, somebody who can take it is awake
 *     [switch]       who sleeps until the lock has changed hands has a reason to: nobody took it yet, and somebody waits
 *     [retake]       a thread that was asked to drop does not take the lock again before another one, as long as one that
 *                    waited when it dropped still does
 *     [request]      a drop request is only pending on the holder
 *     [interval]     nobody is asked for the lock by a thread that has not waited a whole interval on it (or is urgent)
 *     [urgent]       nobody takes the lock before a waiting urgent thread, but another urgent one and the finalizing one
 *     [budget]       at most BUDGET urgent threads take the lock between two others while one that is not urgent waits
 *     [deadlock]     no state without a next step, but the one in which all threads have ended or parked
 *     handover       (LTL, weak fairness, no wakeups for no reason) as long as somebody waits, the lock changes hands again
 *                    and again, even when every holder would compute for ever
 *
 * It is not promised that each waiter gets the lock: neither the mutex nor the condition variables promise an order.
 */

#ifndef N
#define N 3
#endif
#ifndef BUDGET
#define BUDGET 2
#endif

#define NOBODY N

/* Where a thread sleeps. Woken is three more. */
#define AWAKE 0
#define FREED 1
#define URGENT 2
#define TAKEN 3
#define WOKEN 3
#define GAP 7 /* Only of the mutant TEST_THEN_WAIT: decided to sleep on `freed`, not asleep yet. */

#if N == 2
#define ANY(p) (p(0) || p(1))
#elif N == 3
#define ANY(p) (p(0) || p(1) || p(2))
#else
#define ANY(p) (p(0) || p(1) || p(2) || p(3))
#endif

bool locked;
byte holder = NOBODY;
byte last_holder = NOBODY;
byte waiting;
byte switching;
byte finalizing = NOBODY;
bool request[N];
bool stood_still[N];
byte place[N];
bool timed_out[N];

/* PRIORITY */
bool is_urgent[N];
byte urgent_waiting;
byte spent;

/* Always false: they name the property in the message of an assertion that fails. */
bool property_exclusion, property_wakeup, property_switch, property_retake, property_request, property_interval, property_urgent,
    property_budget;

/* Of the properties only. */
byte inside;         /* Threads that believe that they hold the lock. */
bool in_take[N];     /* Counted in `waiting`. */
bool owed[N];        /* Waited when the last holder was forced to drop, and still does; nobody took the lock since. */
byte overtaken;      /* Urgent takes since the last other one, while a thread that is not urgent waits. */
#ifdef PROGRESS
bool turn;           /* Changes with each switch; twice the states where nothing asks for it. */
#endif

#define FREE(t) (!locked && (is_urgent[t] || NONE_URGENT || MAY_IGNORE(t)))
#ifdef MUTANT_URGENT_NOT_COUNTED
#define NONE_URGENT true
#else
#define NONE_URGENT (urgent_waiting == 0)
#endif
#ifdef MUTANT_FINALIZER_HELD_BACK
#define MAY_IGNORE(t) false
#else
#define MAY_IGNORE(t) (finalizing == t)
#endif

#define ASLEEP_ORDINARY(t) (place[t] == FREED)
#define AWAKE_ORDINARY(t) (in_take[t] && !is_urgent[t] && place[t] != FREED && place[t] != GAP)
#define AWAKE_URGENT(t) (in_take[t] && is_urgent[t] && place[t] != URGENT)
#define SWITCH_SLEEPER_WITHOUT_REASON(t) (place[t] == TAKEN && (last_holder != t || waiting == 0))
#define STRAY_REQUEST(t) (request[t] && !(locked && holder == t))
#define OWED(t) owed[t]
#define ORDINARY_WAITER(t) (in_take[t] && !is_urgent[t])
#define FINALIZER_ASLEEP(t) (finalizing == t && place[t] == FREED)

/* What must hold whenever the mutex is free. */
inline check_section() {
    assert(locked || urgent_waiting == 0 || ANY(AWAKE_URGENT) || property_wakeup);
    assert(locked || urgent_waiting > 0 || !ANY(ASLEEP_ORDINARY) || ANY(AWAKE_ORDINARY) || property_wakeup);
    assert(locked || !ANY(FINALIZER_ASLEEP) || property_wakeup);
    assert(!ANY(SWITCH_SLEEPER_WITHOUT_REASON) || property_switch);
    assert(!ANY(STRAY_REQUEST) || property_request)
}

inline signal(condition) {
    if
    :: place[0] == condition -> place[0] = condition + WOKEN
    :: place[1] == condition -> place[1] = condition + WOKEN
#if N > 2
    :: place[2] == condition -> place[2] = condition + WOKEN
#endif
#if N > 3
    :: place[3] == condition -> place[3] = condition + WOKEN
#endif
    :: else
    fi
}

inline broadcast(condition) {
    i = 0;
    do
    :: i < N ->
        if
        :: place[i] == condition -> place[i] = condition + WOKEN
        :: else
        fi;
        i++
    :: else -> break
    od;
    i = 0
}

/* pthread_cond_wait: the section ends and another one begins when the thread was woken and got the mutex. */
inline sleep(condition) {
    timed_out[me] = false;
#ifdef MUTANT_TEST_THEN_WAIT
    place[me] = (condition == FREED -> GAP : condition);
#else
    place[me] = condition;
#endif
    check_section();
    (place[me] > WOKEN && place[me] < GAP);
    place[me] = AWAKE
}

/* What means something only during a wait has one value outside of it, or the same state would be visited many times. */
inline forget_waiter() {
    in_take[me] = false;
    owed[me] = false;
    stood_still[me] = false;
    timed_out[me] = false;
    waiting--;
    urgent_waiting = urgent_waiting - is_urgent[me];
    is_urgent[me] = false
}

/* waitUntilFree. The lock is not free for this thread. */
inline wait_until_free() {
    do
    :: FREE(me) -> break
    :: else ->
        if
        :: has_deadline -> gave_up = true; break
        :: true
        fi;
        stood_still[me] = true;
        if
        :: is_urgent[me] -> sleep(URGENT)
        :: else -> sleep(FREED)
        fi;
        if
        :: finalizing != NOBODY && finalizing != me ->
            forget_waiter();
#ifndef MUTANT_PARK_SILENTLY
            broadcast(TAKEN);
#endif
            check_section();
            goto end_parked
        :: else
        fi;
        if
#ifdef MUTANT_ASK_ANY_HOLDER
        :: locked && timed_out[me] ->
#else
        :: locked && timed_out[me] && stood_still[me] ->
#endif
            assert(stood_still[me] || property_interval);
#ifndef MUTANT_NO_REQUEST
            request[holder] = true
#endif
        :: else
        fi;
#ifdef MUTANT_NO_SECOND_TEST
        break
#endif
    od
}

inline become_urgent() {
    if
#ifdef MUTANT_NO_BUDGET
    :: came_back ->
#else
    :: came_back && spent < BUDGET ->
        spent++;
#endif
        is_urgent[me] = true;
        urgent_waiting++;
        if
        :: locked -> request[holder] = true
        :: else
        fi
    :: true
    fi
}

/* takeUnderMutex. */
inline take() {
    if
    :: finalizing != NOBODY && finalizing != me -> goto end_parked
    :: else
    fi;
    gave_up = false;
    if
    :: FREE(me)
    :: else ->
        waiting++;
        in_take[me] = true;
#ifdef PRIORITY
        become_urgent();
#endif
        wait_until_free();
        was_urgent = is_urgent[me];
        forget_waiter()
    fi;
    if
    :: gave_up -> skip /* takeUnderMutex broadcasts `taken` here; docs/models.md shows that nobody can need it. */
    :: else ->
        inside++;
        assert(inside == 1 || property_exclusion);
        assert(was_urgent || urgent_waiting == 0 || finalizing == me || property_urgent);
        locked = true;
        holder = me;
        if
        :: last_holder == me -> assert(!ANY(OWED) || property_retake)
        :: else ->
            last_holder = me;
#ifdef PROGRESS
            turn = !turn;
#endif
            i = 0;
            do
            :: i < N -> stood_still[i] = false; owed[i] = false; i++
            :: else -> break
            od;
            i = 0;
#ifndef MUTANT_TAKE_SILENTLY
            if
            :: switching > 0 -> broadcast(TAKEN)
            :: else
            fi
#endif
        fi;
        request[me] = false;
#ifdef PRIORITY
        if
        :: was_urgent && ANY(ORDINARY_WAITER) ->
            overtaken++;
            assert(overtaken <= BUDGET || property_budget)
        :: was_urgent -> overtaken = 0
        :: else -> overtaken = 0; spent = 0
        fi
#endif
    fi;
    was_urgent = false;
    came_back = false;
    has_deadline = false;
    check_section()
}

/* dropUnderMutex, with waitForSwitch. */
inline drop(finishes) {
    inside--;
    locked = false;
    holder = NOBODY;
#ifndef MUTANT_NO_SIGNAL
    if
#ifndef MUTANT_URGENT_NOT_SIGNALLED
    :: urgent_waiting > 0 -> signal(URGENT)
    :: urgent_waiting == 0 && waiting > 0 -> signal(FREED)
#else
    :: waiting > 0 -> signal(FREED)
#endif
    :: else
    fi;
#endif
    if
    :: request[me] ->
#ifndef MUTANT_REQUEST_KEPT
        request[me] = false;
#endif
        if
        :: finishes
        :: else ->
            i = 0;
            do
            :: i < N -> owed[i] = in_take[i]; i++
            :: else -> break
            od;
            i = 0;
#ifndef MUTANT_NO_FORCED_SWITCH
            switching++;
            do
#ifdef MUTANT_SWITCH_WITHOUT_WAITERS
            :: last_holder == me -> sleep(TAKEN)
#else
            :: last_holder == me && waiting > 0 -> sleep(TAKEN)
#endif
            :: else -> break
            od;
            switching--
#endif
        fi
    :: else
    fi
}

proctype thread(byte me) {
    byte i;
    bool came_back, has_deadline, gave_up, was_urgent;

outside:
    if
    :: atomic { true -> take() }
    :: atomic { true -> has_deadline = true; take() }
    :: goto end_finished
    fi;
    if
    :: gave_up -> gave_up = false; goto outside
    :: else
    fi;

running:
    if
    :: !request[me] -> goto running /* A checkpoint without a request: it computes on. */
    :: atomic { request[me] -> drop(false); take() } -> goto running /* yield */
    :: atomic { true -> drop(false); check_section() } -> came_back = true; goto outside /* A blocking call. */
    :: atomic { true -> drop(true); check_section() } -> goto end_finished
    :: atomic { me == 0 && finalizing == NOBODY ->
            finalizing = me;
            broadcast(FREED);
            broadcast(URGENT);
            check_section()
        } -> goto running
    fi;

end_parked:
    false;
end_finished:
    skip
}

/* Ends a wait by time-out or for no reason; a wait that was signalled may end as a time-out too. */
#define TIMED(t) (place[t] == FREED || place[t] == URGENT)
#define SIGNALLED(t) (place[t] == FREED + WOKEN || place[t] == URGENT + WOKEN)
#define TIME_OUT(t) :: atomic { TIMED(t) -> timed_out[t] = true; place[t] = place[t] + WOKEN } \
    :: atomic { SIGNALLED(t) && !timed_out[t] -> timed_out[t] = true } \
    :: atomic { place[t] == GAP -> place[t] = FREED }
#ifdef NO_SPURIOUS_WAKEUPS
#define END_WAIT(t) TIME_OUT(t)
#else
#define END_WAIT(t) TIME_OUT(t) :: atomic { TIMED(t) || place[t] == TAKEN -> place[t] = place[t] + WOKEN }
#endif

proctype clock() {
end_idle:
    do
    END_WAIT(0)
    END_WAIT(1)
#if N > 2
    END_WAIT(2)
#endif
#if N > 3
    END_WAIT(3)
#endif
    od
}

init {
    byte n;
    atomic {
        run clock();
        do
        :: n < N -> run thread(n); n++
        :: else -> break
        od
    }
}

#ifdef PROGRESS
ltl handover { ([]<> (waiting == 0)) || (([]<> turn) && ([]<> !turn)) }
#endif
