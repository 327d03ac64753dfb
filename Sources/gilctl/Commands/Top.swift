// gilctl top: the full screen.
//
// One loop waits for keys, for frames and for the end of a resize (SIGWINCH interrupts the poll), and draws the whole picture
// with one write: home, every line followed by "erase to its end", then "erase below". Nothing is erased before it is drawn
// again, so nothing flickers. The alternate screen keeps what was on the terminal; `RawTerminal` brings it back on every way out.

import ArgumentParser
import GildControl
import GildReport
import Glibc

struct Top: DaemonCommand {
    static let configuration = CommandConfiguration(
        commandName: "top",
        abstract: "Watch runtimes, locks and workloads on the whole screen.",
        discussion: """
            Refreshes every second, or every --interval; h explains the keys and columns. Without a terminal on standard \
            output it prints one picture, with the figures since the start of each runtime.
            """)

    @OptionGroup var connection: ConnectionOptions

    @Option(
        name: .shortAndLong, help: ArgumentHelp("Time between two pictures. (default: 1s)", valueName: "duration"),
        transform: { try DurationArgument($0) })
    var interval: DurationArgument?

    func validate() throws {
        if let interval, !TopScreen.intervals.contains(interval.count) {
            throw ValidationError("--interval must be between 100ms and 1m")
        }
    }

    func run(_ daemon: Daemon) throws {
        var choices = TopChoices()
        if let interval { choices.intervalNanoseconds = interval.count }
        if daemon.options.isJSON {
            let parameters = MetricsInterface.Subscribe.Parameters(intervalNanoseconds: choices.intervalNanoseconds)
            try daemon.stream(MetricsInterface.Subscribe.self, parameters) { reply in
                try daemon.printJSON(reply, isLine: true)
                return true
            }
            return
        }
        let frame = try TopFeed.once(daemon)
        guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1 else {
            let view = TopView(
                frame: frame, choices: choices, style: Page.standard.style, columns: Page.standard.width ?? 160, rows: nil)
            return Output.print(view.lines())
        }
        var screen = try TopScreen(frame: frame, choices: choices, path: connection.path)
        try screen.run()
    }
}

struct TopScreen {
    static let intervals = 100_000_000...60_000_000_000
    private static let steps = [100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000].map { $0 * 1_000_000 }

    private var frame: TopFrame
    private var choices: TopChoices
    private let path: String
    private let mailbox: Mailbox
    private var failure: String?
    private var decoder = KeyDecoder()

    init(frame: TopFrame, choices: TopChoices, path: String) throws {
        self.frame = frame
        self.choices = choices
        self.path = path
        mailbox = try Mailbox()
    }

    /// Until the user leaves.
    mutating func run() throws {
        RawTerminal.setFarewell("\u{1B}[?25h\u{1B}[?1049l")
        guard RawTerminal.enter() else { throw Failure("cannot set up the terminal: \(Output.lastError())") }
        defer { RawTerminal.leave() }
        // The handler does nothing; it is there to interrupt the poll.
        signal(SIGWINCH) { _ in }
        // Ctrl-Z would leave a raw terminal behind.
        signal(SIGTSTP, SIG_IGN)
        Output.print("\u{1B}[?1049h\u{1B}[?25l")
        TopFeed.start(path: path, intervalNanoseconds: choices.intervalNanoseconds, mailbox: mailbox)
        draw()
        while true {
            var ready = [
                pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0),
                pollfd(fd: mailbox.descriptor, events: Int16(POLLIN), revents: 0),
            ]
            let count = poll(&ready, 2, decoder.isIncomplete ? 50 : -1)
            if count > 0 && ready[1].revents != 0 {
                let news = mailbox.take()
                failure = news.failure
                if let frame = news.frame, !choices.isPaused { self.frame = frame }
            }
            if count > 0 && ready[0].revents != 0 {
                guard let bytes = RawTerminal.read(timeoutMilliseconds: 0) else { return }
                decoder.add(bytes)
            }
            while let key = decoder.next(isFinal: count == 0) {
                if !press(key) { return }
            }
            draw()
        }
    }

    /// False to leave.
    private mutating func press(_ key: Key) -> Bool {
        if choices.isHelpShown {
            choices.isHelpShown = false
            return key != .interrupt
        }
        let columns = TopChoices.Column.allCases
        func column(_ step: Int) -> TopChoices.Column {
            columns[(choices.sort.rawValue + step + columns.count) % columns.count]
        }
        switch key {
        case .interrupt, .endOfInput, .character("q"), .character("Q"): return false
        case .character("s"): choices.sort = column(1)
        case .character("S"): choices.sort = column(-1)
        case .character("r"): choices.isReversed.toggle()
        case .character("p"), .character(" "): choices.isPaused.toggle()
        case .character("h"), .character("?"): choices.isHelpShown = true
        case .character("+"): setInterval(Self.steps.first { $0 > choices.intervalNanoseconds })
        case .character("-"): setInterval(Self.steps.last { $0 < choices.intervalNanoseconds })
        case .tab: choices.runtime = (choices.runtime + 1) % max(1, frame.runtimes.count)
        case .up: choices.offset = max(0, choices.offset - 1)
        case .down: choices.offset = min(max(0, frame.workloads.count - 1), choices.offset + 1)
        default: break
        }
        return true
    }

    private mutating func setInterval(_ nanoseconds: Int?) {
        guard let nanoseconds else { return }
        choices.intervalNanoseconds = nanoseconds
        TopFeed.start(path: path, intervalNanoseconds: nanoseconds, mailbox: mailbox)
    }

    private func draw() {
        let size = Output.terminalSize(STDOUT_FILENO) ?? (80, 24)
        let view = TopView(
            frame: frame, choices: choices, style: Page.standard.style, columns: size.columns, rows: size.rows,
            failure: failure)
        Output.print("\u{1B}[H" + view.lines().map { $0 + "\u{1B}[K" }.joined(separator: "\r\n") + "\u{1B}[J")
    }
}
