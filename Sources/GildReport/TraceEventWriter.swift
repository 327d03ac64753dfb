// Writes the Trace Event Format, which Perfetto (https://ui.perfetto.dev) and chrome://tracing open.
//
// One JSON object: metadata, then an array of events in ascending order of time, one a line. Times are microseconds with
// three decimals, so that no nanosecond is lost. What the phases mean:
//
//     M    metadata: the name of a process or thread, and its place in the list
//     X    a complete slice: ts, dur
//     s f  the ends of a flow arrow, bound by cat, name and id. An end belongs to the slice of its thread that encloses its
//          time; `"bp":"e"` says so for `f`, which would else belong to the next slice
//     C    a counter's value from here on
//
// A text that ends in a backslash ends in `\u005c` here: Perfetto looks for the closing quote by hand, takes that of `\\"` for an escaped one, and
// refuses the file (v52). It calls a counter by name and series together.
//
// Source: Trace Event Format, N. Duca and D. Sinclair, 2016 (the document that Perfetto's documentation refers to).

/// Renders the events of one process. The caller hands them over in the order in which they are to stand.
public struct TraceEventWriter {
    /// Takes a piece of the text; false: it could not, and nothing more is handed to it.
    private let sink: (UnsafeRawBufferPointer) -> Bool
    private var buffer: [UInt8] = []
    private var isFirst = true
    private var hasFailed = false

    private static let process = 1
    private static let pieceSize = 1 << 16

    /// - Parameter metadata: members of `otherData`, in this order; the values are JSON.
    public init(metadata: [(key: String, json: String)], sink: @escaping (UnsafeRawBufferPointer) -> Bool) {
        self.sink = sink
        buffer.reserveCapacity(Self.pieceSize + 1024)
        put("{\n\"displayTimeUnit\": \"ns\",\n\"otherData\": {")
        put(metadata.map { "\(quoted($0.key)): \($0.json)" }.joined(separator: ", "))
        put("},\n\"traceEvents\": [\n")
    }

    public mutating func process(name: String) {
        event("M", "process_name", thread: 0)
        put(",\"args\":{\"name\":")
        put(text(name))
        put("}}")
    }

    /// - Parameter order: place among the threads, from the top.
    public mutating func thread(_ number: UInt32, name: String, order: Int) {
        event("M", "thread_name", thread: number)
        put(",\"args\":{\"name\":")
        put(text(name))
        put("}}")
        event("M", "thread_sort_index", thread: number)
        put(",\"args\":{\"sort_index\":\(order)}}")
    }

    /// Times in nanoseconds. `argument` is shown with the slice; its value is text.
    public mutating func slice(_ name: String, thread: UInt32, begin: UInt64, duration: UInt64, argument: (key: String, value: String)? = nil) {
        event("X", name, thread: thread)
        put(",\"cat\":\"lock\",\"ts\":")
        putMicroseconds(begin)
        put(",\"dur\":")
        putMicroseconds(duration)
        if let argument {
            put(",\"args\":{")
            put(text(argument.key))
            put(":")
            put(text(argument.value))
            put("}")
        }
        put("}")
    }

    /// The beginning of arrow `number`, in the slice that encloses `time`; the end, in the slice of another thread.
    public mutating func flow(_ name: String, number: UInt64, thread: UInt32, at time: UInt64, isEnd: Bool) {
        event(isEnd ? "f" : "s", name, thread: thread)
        put(isEnd ? ",\"bp\":\"e\",\"cat\":\"handoff\",\"id\":" : ",\"cat\":\"handoff\",\"id\":")
        put(decimal: number)
        put(",\"ts\":")
        putMicroseconds(time)
        put("}")
    }

    public mutating func counter(_ name: String, series: String, value: Int, at time: UInt64) {
        event("C", name, thread: 0)
        put(",\"ts\":")
        putMicroseconds(time)
        put(",\"args\":{")
        put(text(series))
        put(":\(value)}}")
    }

    /// The end of the text. False: some of it could not be written.
    public mutating func finish() -> Bool {
        put("\n]\n}\n")
        flush()
        return !hasFailed
    }

    // MARK: Text

    /// An event's first members; the rest follows, then `}`.
    private mutating func event(_ phase: String, _ name: String, thread: UInt32) {
        if buffer.count >= Self.pieceSize { flush() }
        put(isFirst ? "{\"ph\":\"" : ",\n{\"ph\":\"")
        isFirst = false
        put(phase)
        put("\",\"name\":")
        put(text(name))
        put(",\"pid\":\(Self.process),\"tid\":")
        put(decimal: UInt64(thread))
    }

    private func text(_ text: String) -> String {
        let encoded = quoted(text)
        return text.utf8.last == UInt8(ascii: "\\") ? encoded.dropLast(3) + "\\u005c\"" : encoded
    }

    private mutating func put(_ text: String) { buffer.append(contentsOf: text.utf8) }

    private mutating func put(decimal value: UInt64) {
        var divisor: UInt64 = 1
        while value / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            buffer.append(UInt8(ascii: "0") + UInt8(value / divisor % 10))
            divisor /= 10
        }
    }

    private mutating func putMicroseconds(_ nanoseconds: UInt64) {
        put(decimal: nanoseconds / 1000)
        buffer.append(UInt8(ascii: "."))
        for divisor: UInt64 in [100, 10, 1] { buffer.append(UInt8(ascii: "0") + UInt8(nanoseconds / divisor % 10)) }
    }

    private mutating func flush() {
        if !hasFailed && !buffer.isEmpty { hasFailed = !buffer.withUnsafeBytes(sink) }
        buffer.removeAll(keepingCapacity: true)
    }
}
