// "Did you mean …?": the closest candidate to a name that was not found.
//
// Distance is Levenshtein's with CPython's costs (Python/suggestions.c): 2 for an insertion, deletion or substitution, 1 for
// a change of ASCII case. A candidate counts when no more than a third of the characters involved change, and wins when it is
// strictly closer than every one before it; the order of candidates decides ties. Work is bounded: names over 40 bytes (after
// common ends are cut off) and lists of 750 candidates or more give nothing.

enum Suggestions {
    static let maximumCandidates = 750
    static let maximumNameBytes = 40
    private static let moveCost = 2
    private static let caseCost = 1

    /// The closest candidate, or nil.
    static func closest(to name: String, among candidates: [String]) -> String? {
        if candidates.count >= maximumCandidates { return nil }
        let wanted = Array(name.utf8)
        var best: String?
        var bestDistance = Int.max
        for candidate in candidates {
            let bytes = Array(candidate.utf8)
            if bytes == wanted { continue }
            let limit = min((wanted.count + bytes.count + 3) * moveCost / 6, bestDistance - 1)
            let current = distance(wanted, bytes, limit: limit)
            if current > limit { continue }
            best = candidate
            bestDistance = current
        }
        return best
    }

    /// Distance of two names, or something over `limit` when it is greater than that.
    static func distance(_ first: [UInt8], _ second: [UInt8], limit: Int) -> Int {
        var a = first[...]
        var b = second[...]
        while let x = a.first, let y = b.first, x == y {
            a.removeFirst()
            b.removeFirst()
        }
        while let x = a.last, let y = b.last, x == y {
            a.removeLast()
            b.removeLast()
        }
        if a.isEmpty || b.isEmpty { return (a.count + b.count) * moveCost }
        if a.count > maximumNameBytes || b.count > maximumNameBytes { return limit + 1 }
        if b.count < a.count { swap(&a, &b) }
        if (b.count - a.count) * moveCost > limit { return limit + 1 }

        // One row of the matrix, updated in place: row[i] is the distance of b's prefix to a's first i + 1 bytes.
        var row = (1...a.count).map { $0 * moveCost }
        var result = 0
        for (i, byte) in b.enumerated() {
            var distance = i * moveCost
            result = distance
            var minimum = Int.max
            for (j, other) in a.enumerated() {
                let substitution = distance + substitutionCost(byte, other)
                distance = row[j]
                result = min(min(result, distance) + moveCost, substitution)
                row[j] = result
                minimum = min(minimum, result)
            }
            if minimum > limit { return limit + 1 }
        }
        return result
    }

    private static func substitutionCost(_ a: UInt8, _ b: UInt8) -> Int {
        if a == b { return 0 }
        func lowered(_ c: UInt8) -> UInt8 { c >= 0x41 && c <= 0x5A ? c + 32 : c }
        return lowered(a) == lowered(b) ? caseCost : moveCost
    }

    /// Whether Python's standard library has a top-level module of this name (`sys.stdlib_module_names` of 3.13).
    static func isStandardModule(_ name: String) -> Bool { standardModules.contains(name) }

    private static let standardModules = Set(
        """
        __future__ _abc _aix_support _android_support _ast _asyncio _bisect _blake2 _bz2 _codecs _codecs_cn
        _codecs_hk _codecs_iso2022 _codecs_jp _codecs_kr _codecs_tw _collections _collections_abc _colorize
        _compat_pickle _compression _contextvars _csv _ctypes _curses _curses_panel _datetime _dbm _decimal
        _elementtree _frozen_importlib _frozen_importlib_external _functools _gdbm _hashlib _heapq _imp
        _interpchannels _interpqueues _interpreters _io _ios_support _json _locale _lsprof _lzma _markupbase _md5
        _multibytecodec _multiprocessing _opcode _opcode_metadata _operator _osx_support _overlapped _pickle
        _posixshmem _posixsubprocess _py_abc _pydatetime _pydecimal _pyio _pylong _pyrepl _queue _random _scproxy
        _sha1 _sha2 _sha3 _signal _sitebuiltins _socket _sqlite3 _sre _ssl _stat _statistics _string _strptime
        _struct _suggestions _symtable _sysconfig _thread _threading_local _tkinter _tokenize _tracemalloc _typing
        _uuid _warnings _weakref _weakrefset _winapi _wmi _zoneinfo abc antigravity argparse array ast asyncio atexit
        base64 bdb binascii bisect builtins bz2 cProfile calendar cmath cmd code codecs codeop collections colorsys
        compileall concurrent configparser contextlib contextvars copy copyreg csv ctypes curses dataclasses datetime
        dbm decimal difflib dis doctest email encodings ensurepip enum errno faulthandler fcntl filecmp fileinput
        fnmatch fractions ftplib functools gc genericpath getopt getpass gettext glob graphlib grp gzip hashlib heapq
        hmac html http idlelib imaplib importlib inspect io ipaddress itertools json keyword linecache locale logging
        lzma mailbox marshal math mimetypes mmap modulefinder msvcrt multiprocessing netrc nt ntpath nturl2path
        numbers opcode operator optparse os pathlib pdb pickle pickletools pkgutil platform plistlib poplib posix
        posixpath pprint profile pstats pty pwd py_compile pyclbr pydoc pydoc_data pyexpat queue quopri random re
        readline reprlib resource rlcompleter runpy sched secrets select selectors shelve shlex shutil signal site
        smtplib socket socketserver sqlite3 sre_compile sre_constants sre_parse ssl stat statistics string stringprep
        struct subprocess symtable sys sysconfig syslog tabnanny tarfile tempfile termios textwrap this threading
        time timeit tkinter token tokenize tomllib trace traceback tracemalloc tty turtle turtledemo types typing
        unicodedata unittest urllib uuid venv warnings wave weakref webbrowser winreg winsound wsgiref xml xmlrpc
        zipapp zipfile zipimport zlib zoneinfo
        """.split(whereSeparator: { $0 == " " || $0 == "\n" }).map(String.init))
}
