// The command's root.

import ArgumentParser

@main
struct Gilctl: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gilctl", abstract: "Controls a running gild daemon through its Unix socket.")
}
