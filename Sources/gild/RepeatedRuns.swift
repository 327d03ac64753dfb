// What gild compare and gild sweep share: a script that is run again and again, each time in a process of its own, and figures at the end.

import ArgumentParser
import GildComparison
import GildReport
import Glibc

func validateRuns(of script: String, repetitions: Int, timeLimit: DurationArgument) throws {
    if script == "-" { throw ValidationError("a script from standard input can be read only once: give a FILE") }
    if !(1...1000).contains(repetitions) { throw ValidationError("--repeat must be between 1 and 1000") }
    if timeLimit.nanoseconds == 0 { throw ValidationError("--time-limit must be longer than 0") }
}

/// Figures of many runs.
protocol Findings {
    func table(width: Int?, isColoured: Bool) -> String
    func json() -> String
}

extension Comparison: Findings {}
extension Sweep: Findings {}

/// What runs now, on one line of a terminal that is wiped at the end; nothing where there is no terminal.
private struct Progress {
    private let isShown = isatty(STDERR_FILENO) == 1
    private let width = Output.terminalWidth(STDERR_FILENO) ?? 80

    func show(_ text: String) {
        if isShown { Output.write("\r\u{1B}[K" + shortened(escaped(text), to: width - 1), to: STDERR_FILENO) }
    }

    func clear() {
        if isShown { Output.write("\r\u{1B}[K", to: STDERR_FILENO) }
    }
}

extension Output {
    /// Runs `body`, which tells what it is at. Throws the exit status if there are no results.
    static func showingProgress<Result>(_ body: (@escaping (String) -> Void) throws(ComparisonError) -> Result) throws -> Result {
        let progress = Progress()
        do throws(ComparisonError) {
            let result = try body(progress.show)
            progress.clear()
            return result
        } catch {
            progress.clear()
            throw fail(error)
        }
    }

    /// Prints the table, unless standard output is for the JSON, and writes JSON and page where they are wanted.
    static func write(_ findings: some Findings, json: String?, to jsonDescriptor: Int32?, page: (descriptor: Int32, text: String)? = nil) throws {
        var isWritten = true
        if json != "-" {
            isWritten = write(findings.table(width: terminalWidth(STDOUT_FILENO), isColoured: wantsColour(STDOUT_FILENO)), to: STDOUT_FILENO)
        }
        if let jsonDescriptor { isWritten = write(findings.json(), to: jsonDescriptor) && isWritten }
        if let page { isWritten = write(page.text, to: page.descriptor) && isWritten }
        if !isWritten {
            write("gild: cannot write the results: \(lastError())\n", to: STDERR_FILENO)
            throw ExitCode(1)
        }
    }

    /// Prints why there are no results; ends the process by the signal that broke it off.
    static func fail(_ error: ComparisonError) -> ExitCode {
        switch error.code {
        case .interrupted(let number): dieOfSignal(number)
        case .notPython, .cannotStart: write("gild: \(error.message)\n", to: STDERR_FILENO)
        }
        return ExitCode(error.code == .cannotStart ? 1 : 2)
    }
}
