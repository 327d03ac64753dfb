// One child process, from its start to its end, with a deadline.
//
//   1. SIGCHLD and the signals that end a program are blocked and waited for: nothing polls. The clock is read right before the start and
//      right after that wait.
//   2. The kernel sends SIGCHLD to any thread of the process that does not block it, so it could be lost to another one. A second thread
//      therefore sleeps until the child has ended (waitid, which leaves it to be reaped) and then sends SIGCHLD to this thread.
//   3. The child gets a process group of its own (its threads and whatever it started go with it when it is killed), an unblocked mask,
//      standard input from /dev/null, and unlinked files for its output: nobody has to read two pipes at once, and what it writes costs
//      the same whatever is done with it.
//   4. A SIGCHLD can stand for anything, so each one is followed by a look at this child; wait4 also says what CPU time it took. The
//      second thread is joined before the next child is started: a process number that is used again is never waited for by mistake.
//   5. At the deadline, and when this process is told to end, the group is killed and the child is reaped: none outlives the command.

import Glibc

/// How a child ended and what it left.
struct ChildResult {
    enum End: Equatable {
        case status(Int32)
        case signal(Int32)
        case deadline
    }

    var end: End
    /// From before its start to after its end.
    var wallNanoseconds: Int
    var cpuNanoseconds: Int
    var standardOutput: ScratchFile
    var standardError: ScratchFile
}

/// Why a child could not be started, or that this process was told to end while it ran.
enum ChildError: Error, Equatable {
    case cannotStart(String)
    /// By this signal.
    case interrupted(Int32)
}

/// - Parameters:
///   - arguments: element 0 is what the program sees as its name.
///   - extra: is descriptor 3 of the child.
///   - deadlineNanoseconds: after which the child is killed.
func runChild(
    _ executable: String, _ arguments: [String], extra: ScratchFile? = nil, deadlineNanoseconds: UInt64
) throws(ChildError) -> ChildResult {
    let output: ScratchFile
    let errors: ScratchFile
    do throws(ScratchError) {
        output = try ScratchFile()
        errors = try ScratchFile()
    } catch {
        throw .cannotStart(error.message)
    }
    var waited = sigset_t()
    sigemptyset(&waited)
    for number in [SIGCHLD, SIGINT, SIGTERM, SIGHUP] { sigaddset(&waited, number) }
    var before = sigset_t()
    pthread_sigmask(SIG_BLOCK, &waited, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }

    let started = monotonicNanoseconds()
    let process = try spawn(executable, arguments, output: output, errors: errors, extra: extra)
    let watcher = EndWatcher(process: process)
    defer { watcher.join() }
    var isExpired = false
    while true {
        let passed = monotonicNanoseconds() - started
        let left = isExpired ? 1_000_000_000 : deadlineNanoseconds - min(passed, deadlineNanoseconds)
        var limit = timespec(tv_sec: Int(left / 1_000_000_000), tv_nsec: Int(left % 1_000_000_000))
        let number = sigtimedwait(&waited, nil, &limit)
        let ended = monotonicNanoseconds()
        if [SIGINT, SIGTERM, SIGHUP].contains(number) {
            kill(-process, SIGKILL)
            var status: Int32 = 0
            while waitpid(process, &status, 0) < 0 && errno == EINTR {}
            throw .interrupted(number)
        }
        var status: Int32 = 0
        var usage = rusage()
        if wait4(process, &status, WNOHANG, &usage) == process {
            kill(-process, SIGKILL)  // what it started and did not wait for
            let signal = status & 0x7F
            return ChildResult(
                end: isExpired ? .deadline : signal == 0 ? .status((status >> 8) & 0xFF) : .signal(signal), wallNanoseconds: Int(ended - started),
                cpuNanoseconds: nanoseconds(usage.ru_utime) + nanoseconds(usage.ru_stime), standardOutput: output, standardError: errors)
        }
        if !isExpired && ended - started >= deadlineNanoseconds {
            isExpired = true
            kill(-process, SIGKILL)
        }
    }
}

/// A thread that sends SIGCHLD to the one that made it when a child has ended.
private final class EndWatcher {
    private let process: pid_t
    private let waiter = pthread_self()
    private var thread = pthread_t()
    private var isStarted = false

    init(process: pid_t) {
        self.process = process
        let own = Unmanaged.passRetained(self)
        let failure = pthread_create(&thread, nil, { argument in
            let watcher = Unmanaged<EndWatcher>.fromOpaque(argument.unsafelyUnwrapped).takeRetainedValue()
            var information = siginfo_t()
            while waitid(P_PID, id_t(watcher.process), &information, WEXITED | WNOWAIT) < 0 && errno == EINTR {}
            pthread_kill(watcher.waiter, SIGCHLD)
            return nil
        }, own.toOpaque())
        isStarted = failure == 0
        // Without a thread the kernel's own SIGCHLD remains, and the deadline.
        if !isStarted { own.release() }
    }

    /// After the child was reaped.
    func join() {
        if isStarted { pthread_join(thread, nil) }
    }
}

private func spawn(
    _ executable: String, _ arguments: [String], output: ScratchFile, errors: ScratchFile, extra: ScratchFile?
) throws(ChildError) -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, output.descriptor, STDOUT_FILENO)
    posix_spawn_file_actions_adddup2(&actions, errors.descriptor, STDERR_FILENO)
    // dup2 of a descriptor to itself also clears its close-on-exec flag (POSIX.1-2024; glibc 2.29).
    if let extra { posix_spawn_file_actions_adddup2(&actions, extra.descriptor, 3) }

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    var defaults = sigset_t()
    sigemptyset(&defaults)
    for number in [SIGINT, SIGTERM, SIGHUP, SIGPIPE] { sigaddset(&defaults, number) }
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &defaults)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))

    let pointers = arguments.map { strdup($0) } + [nil]
    defer { pointers.forEach { free($0) } }
    var process: pid_t = 0
    let failure = posix_spawn(&process, executable, &actions, &attributes, pointers, environ)
    if failure != 0 { throw .cannotStart(String(cString: strerror(failure))) }
    return process
}

func monotonicNanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

private func nanoseconds(_ time: timeval) -> Int { Int(time.tv_sec) * 1_000_000_000 + Int(time.tv_usec) * 1_000 }
