// Opening a file that nobody else can have put there, as sudo does with what it runs.
//
// Loading a plugin runs its code with the rights of the process. So the path must be absolute, and from the root down every
// directory, and the file itself, must belong to root or to the user of the process and be writable for nobody else, neither
// through its group nor through others' rights (an ACL that lets somebody write shows as the group's right). Symbolic links
// are refused: what they point to could be checked, but a path is easier to reason about when it says where it leads.
//
// The path is walked with openat, one name at a time, and each step is checked through the descriptor that it gave; the next
// step starts from that descriptor. So what was checked is what is opened: renaming a directory or file between two steps can
// at most make the walk fail, or lead it to something that passes the same checks. The result is a descriptor, and the library
// is loaded through it, not through the path again.
//
// The walk's descriptors only name what they lead to (O_PATH): a directory need not be readable, and a FIFO or device is refused without having
// been opened, which for some does something. The checked file is then opened through its descriptor.

import Glibc

/// Which <fcntl.h> hides without _GNU_SOURCE; the same on all processors that Linux and Swift share.
private let O_PATH: Int32 = 0o10_000_000

/// A plugin's file, open for reading. Closed by its owner.
struct TrustedFile {
    let descriptor: Int32
    /// As it was given.
    let path: String

    /// - Throws: `unreadable` or `untrusted`, naming the place that is not as it must be.
    static func open(_ path: String) throws(PluginError) -> TrustedFile {
        guard path.hasPrefix("/") else { throw PluginError(.untrusted, "the path must be absolute", place: path) }
        if path.utf8.contains(0) { throw PluginError(.unreadable, "the path contains a zero byte", place: path) }
        let names = path.split(separator: "/").filter { $0 != "." }.map(String.init)
        if names.contains("..") { throw PluginError(.untrusted, "the path must not contain '..'", place: path) }
        if names.isEmpty { throw PluginError(.untrusted, "a directory, not a file", place: path) }
        var current = Glibc.open("/", O_PATH | O_DIRECTORY | O_CLOEXEC)
        if current < 0 { throw unreadable("/", path) }
        var walked = ""
        do throws(PluginError) {
            try check(current, "/", isLast: false, of: path)
            for (i, name) in names.enumerated() {
                let isLast = i == names.count - 1
                walked += "/" + name
                let next = openat(current, name, O_PATH | O_NOFOLLOW | O_CLOEXEC | (isLast ? 0 : O_DIRECTORY))
                if next < 0 {
                    if isSymbolicLink(current, name) { throw symbolicLink(walked, path) }
                    throw unreadable(walked, path)
                }
                close(current)
                current = next
                try check(current, walked, isLast: isLast, of: path)
            }
            let readable = Glibc.open("/proc/self/fd/\(current)", O_RDONLY | O_CLOEXEC)
            if readable < 0 { throw unreadable(walked, path) }
            close(current)
            current = readable
        } catch {
            close(current)
            throw error
        }
        return TrustedFile(descriptor: current, path: path)
    }

    private static func unreadable(_ place: String, _ path: String) -> PluginError {
        PluginError(.unreadable, "cannot open \(place): \(String(cString: strerror(errno)))", place: path)
    }

    private static func symbolicLink(_ place: String, _ path: String) -> PluginError {
        PluginError(.untrusted, "\(place) is a symbolic link; give the path that it leads to", place: path)
    }

    private static func isSymbolicLink(_ directory: Int32, _ name: String) -> Bool {
        let saved = errno
        defer { errno = saved }
        var information = stat()
        return fstatat(directory, name, &information, AT_SYMLINK_NOFOLLOW) == 0 && information.st_mode & S_IFMT == S_IFLNK
    }

    private static func check(_ descriptor: Int32, _ place: String, isLast: Bool, of path: String) throws(PluginError) {
        var information = stat()
        if fstat(descriptor, &information) != 0 { throw unreadable(place, path) }
        let kind = information.st_mode & S_IFMT
        // With O_PATH the last name is opened even if it is one; the others are not, because a link is no directory.
        if kind == S_IFLNK { throw symbolicLink(place, path) }
        if isLast && kind != S_IFREG { throw PluginError(.untrusted, "\(place) is not a regular file", place: path) }
        let user = geteuid()
        if information.st_uid != 0 && information.st_uid != user {
            throw PluginError(
                .untrusted, "\(place) belongs to user \(information.st_uid); it must belong to root or to user \(user), who runs gild", place: path)
        }
        if information.st_mode & (S_IWGRP | S_IWOTH) != 0 {
            let who = information.st_mode & S_IWOTH != 0 ? "everybody" : "its group"
            let right = information.st_mode & S_IWOTH != 0 ? "o-w" : "g-w"
            throw PluginError(.untrusted, "\(place) is writable for \(who) (chmod \(right))", place: path)
        }
    }
}
