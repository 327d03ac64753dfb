// HTML and SVG text, put together so that no name can become markup.
//
// Names of threads, files and interpreters, and what scripts print, are anybody's. There is one way for a name into a page: `html(_:)`,
// which shows control characters as escapes (as on a terminal) and turns the five characters that HTML gives a meaning into references,
// so that it holds in text and in a quoted attribute. Everything else in a page is a literal or a number.

/// `text` as text or attribute value of HTML.
func html(_ text: String) -> String {
    var result = ""
    for character in escaped(text).unicodeScalars {
        switch character {
        case "&": result += "&amp;"
        case "<": result += "&lt;"
        case ">": result += "&gt;"
        case "\"": result += "&quot;"
        case "'": result += "&#39;"
        default: result.unicodeScalars.append(character)
        }
    }
    return result
}

/// A coordinate with at most one decimal.
func coordinate(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    let sign = tenths < 0 ? "-" : ""
    return tenths % 10 == 0 ? "\(tenths / 10)" : "\(sign)\(tenths.magnitude / 10).\(tenths.magnitude % 10)"
}

/// A drawing: elements are collected, the size is known at the end.
struct Drawing {
    static let width = 800.0

    let id: String
    let title: String
    let description: String
    var height: Double
    private var body = ""

    init(id: String, title: String, description: String, height: Double) {
        self.id = id
        self.title = title
        self.description = description
        self.height = height
    }

    mutating func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ kind: String) {
        body += #"<line class="\#(kind)" x1="\#(coordinate(x1))" y1="\#(coordinate(y1))" x2="\#(coordinate(x2))" y2="\#(coordinate(y2))"/>"# + "\n"
    }

    /// - Parameter anchor: `start`, `middle` or `end`.
    mutating func text(_ x: Double, _ y: Double, _ text: String, anchor: String = "start", _ kind: String = "label") {
        body += #"<text class="\#(kind)" x="\#(coordinate(x))" y="\#(coordinate(y))" text-anchor="\#(anchor)">\#(html(text))</text>"# + "\n"
    }

    /// Anybody's name, shortened to so many columns of a font in which each takes 7.3 units at most; the pointer shows it whole.
    mutating func name(_ x: Double, _ y: Double, _ name: String, columns: Int, anchor: String = "start") {
        body +=
            #"<text class="label name" x="\#(coordinate(x))" y="\#(coordinate(y))" text-anchor="\#(anchor)">"#
            + "\(html(shortened(escaped(name), to: columns)))<title>\(html(name))</title></text>\n"
    }

    /// - Parameter title: what the pointer shows.
    mutating func bar(_ x: Double, _ y: Double, width: Double, height: Double, _ kind: String, title: String) {
        body +=
            #"<rect class="\#(kind)" x="\#(coordinate(x))" y="\#(coordinate(y))" width="\#(coordinate(width))" height="\#(coordinate(height))">"#
            + "<title>\(html(title))</title></rect>\n"
    }

    mutating func polyline(_ points: [(x: Double, y: Double)], _ kind: String) {
        let list = points.map { "\(coordinate($0.x)),\(coordinate($0.y))" }.joined(separator: " ")
        body += #"<polyline class="\#(kind)" points="\#(list)"/>"# + "\n"
    }

    mutating func dot(_ x: Double, _ y: Double, _ kind: String, title: String) {
        body += #"<circle class="\#(kind)" cx="\#(coordinate(x))" cy="\#(coordinate(y))" r="4"><title>\#(html(title))</title></circle>"# + "\n"
    }

    /// An `svg` element that a screen reader announces by title and description.
    var element: String {
        let size = "\(coordinate(Self.width)) \(coordinate(height))"
        return #"<svg id="\#(id)" class="chart" role="img" aria-labelledby="\#(id)-title \#(id)-desc" viewBox="0 0 \#(size)">"# + "\n"
            + #"<title id="\#(id)-title">\#(html(title))</title>"# + "\n" + #"<desc id="\#(id)-desc">\#(html(description))</desc>"# + "\n" + body + "</svg>\n"
    }
}

/// A table with a caption and headings that are tied to their cells.
struct HTMLTable {
    let caption: String
    let headings: [String]
    /// Leading columns that name the row.
    var rowHeadings = 1
    private var rows = ""

    init(caption: String, headings: [String], rowHeadings: Int = 1) {
        self.caption = caption
        self.headings = headings
        self.rowHeadings = rowHeadings
    }

    mutating func add(_ cells: [String]) {
        rows += "<tr>"
        for (index, cell) in cells.enumerated() {
            rows += index < rowHeadings ? #"<th scope="row">\#(html(cell))</th>"# : "<td>\(html(cell))</td>"
        }
        rows += "</tr>\n"
    }

    var element: String {
        let head = headings.map { #"<th scope="col">\#(html($0))</th>"# }.joined()
        return "<div class=\"scroll\"><table>\n<caption>\(html(caption))</caption>\n<thead><tr>\(head)</tr></thead>\n<tbody>\n\(rows)</tbody>\n</table></div>\n"
    }
}
