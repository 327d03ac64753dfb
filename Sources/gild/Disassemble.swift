// gild disassemble: the code objects of a script.

import ArgumentParser
import GildSession
import Glibc

struct Disassemble: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "disassemble",
        abstract: "Print the register bytecode that a script is compiled to.",
        discussion: """
            One block for each code object (the module's body first), one line for each instruction: source line, \
            offset, name, operands and what they stand for. Checkpoints, where a thread can be made to give up the lock, \
            are the calls and the jumps back.
            """)

    @Argument(help: ArgumentHelp("The script; - is standard input.", valueName: "file"))
    var file: String

    func run() throws {
        do {
            Output.write(
                try disassembleScript(file == "-" ? .standardInput : .file(path: file)), to: STDOUT_FILENO)
        } catch {
            throw Output.fail(error)
        }
    }
}
