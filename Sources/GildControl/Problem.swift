/// Something that is wrong in a text: a configuration, a definition, a script, or the parameters of a method. The type
/// `Problem` of every interface that has one.
public struct Problem: Codable, Sendable, Equatable {
    /// Name of the text, a path where it is a file; the method's name for a parameter.
    public var file: String
    /// Counts from 1.
    public var line: Int?
    /// Counts from 1.
    public var column: Int?
    /// Where in the configuration, such as `workloads[2].threads`, or the parameter's name.
    public var path: String?
    /// What is wrong, and what is allowed instead.
    public var message: String

    public init(file: String, line: Int? = nil, column: Int? = nil, path: String? = nil, message: String) {
        self.file = file
        self.line = line
        self.column = column
        self.path = path
        self.message = message
    }
}
