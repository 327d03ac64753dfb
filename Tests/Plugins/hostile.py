# Runs every case of hostile.c and says of each whether it was found and named. Lines that begin with MISSED are what the test looks for.
# Arguments: "rules"; "hold" for the rule that is about time; "unchecked": only that the process lives, which is all that is promised
# without --check-plugins.
import hostile
import sys
import threading

words = {
    "closed": ["was closed", "was dropped"],
    "another call": ["belongs to another call", "was kept by another run"],
    "another thread": ["belongs to another thread", "was kept by another run", "was never kept"],
    "null handle": ["is GILD_NULL", "is none"],
    "number": ["belongs to another thread", "is not a handle", "was kept by another run"],
    "null pointer": ["got a null pointer"],
    "detached": ["without the lock"],
    "pending": ["while an exception is set"],
    "leak": ["left a handle open"],
}


def named(text, rule, slot):
    if "plugin 'hostile', function 'probe', at try_" + slot + "+" not in text:
        return False
    if rule != "leak" and "gild_" + slot + " " not in text:
        return False
    for word in words[rule]:
        if word in text:
            return True
    return False


def probes():
    count = 0
    elsewhere = 0
    for rule, slot, position in hostile.cases():
        if rule == "elsewhere":
            # On a thread that is not the context's there is no call to end: it is told on standard error.
            hostile.probe(rule, slot, position, len)
            elsewhere += 1
            continue
        count += 1
        try:
            hostile.probe(rule, slot, position, lambda x: x)
            print("MISSED", rule, slot, position)
        except SystemError as error:
            if not named(str(error), rule, slot):
                print("MISSED", rule, slot, position, error)
    print(count, "probes,", elsewhere, "elsewhere")


ends = [
    ("left", "returned between gild_leave and gild_enter"),
    ("leave twice", "gild_leave was called twice"),
    ("enter", "gild_enter was called with the lock held"),
    ("section end", "gild_section_end ends a critical section that was not begun"),
    ("in section", "returned within 1 critical section"),
    ("exception set", "returned success with an exception set"),
    ("no exception", "returned GILD_RAISED without setting an exception"),
    ("status", "returned status -77"),
    ("bad result", "returned a bad handle: the result was closed"),
    ("borrowed result", "returned a handle that it does not own"),
    ("close borrowed", "closed an argument, which is borrowed"),
    ("level", "gild_log got the level 9"),
    ("exception class", "gild_raise got 99"),
]


def forbidden_ends():
    for how, expected in ends:
        try:
            hostile.end(how)
            print("MISSED", how)
        except SystemError as error:
            if expected not in str(error) or "plugin 'hostile', function 'end'" not in str(error):
                print("MISSED", how, error)
    print(len(ends), "ends")


def holds():
    for how, limit in [("checkpoint", "gild_checkpoint"), ("leave", "gild_leave"), ("call", "gild_call"), ("return", "it returned")]:
        try:
            hostile.held(how, 60, lambda: None)
            print("MISSED", how)
        except SystemError as error:
            text = str(error)
            if "plugin 'hostile', function 'held'" not in text or "kept the lock for " not in text or limit not in text:
                print("MISSED", how, text)
    print("holds")


if sys.argv[1] == "rules":
    thread = threading.Thread(target=lambda: hostile.remember(1))
    thread.start()
    thread.join()
    hostile.within(probes)
    forbidden_ends()
    stash = hostile.stash()
    del stash
elif sys.argv[1] == "hold":
    holds()
else:
    for rule, slot, position in hostile.cases():
        if rule != "elsewhere":
            try:
                hostile.probe(rule, slot, position, lambda x: x)
            except SystemError:
                pass
    for how, expected in ends:
        try:
            hostile.end(how)
        except SystemError:
            pass
    stash = hostile.stash()
    del stash
print("alive")
