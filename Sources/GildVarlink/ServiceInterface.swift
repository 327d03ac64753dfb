// org.varlink.service, which every Varlink service answers by itself (https://varlink.org/Service).

/// Who a service is, as GetInfo tells it.
public struct ServiceDescription: Sendable, Equatable {
    public var vendor: String
    public var product: String
    public var version: String
    public var url: String

    public init(vendor: String, product: String, version: String, url: String) {
        self.vendor = vendor
        self.product = product
        self.version = version
        self.url = url
    }
}

/// Names of the errors of org.varlink.service.
public enum VarlinkServiceError {
    public static let interfaceNotFound = "org.varlink.service.InterfaceNotFound"
    public static let methodNotFound = "org.varlink.service.MethodNotFound"
    public static let methodNotImplemented = "org.varlink.service.MethodNotImplemented"
    public static let invalidParameter = "org.varlink.service.InvalidParameter"
}

/// Names of the errors that a server answers on its own account, outside of org.varlink.service. An interface of the service
/// should describe them.
public struct VarlinkErrorNames: Sendable, Equatable {
    /// A limit is reached; parameters: `limit: string`, the limit's name, and `maximum: int`. The server closes the connection
    /// after it, except for a reply that was too long.
    public var limitExceeded: String
    /// What came is no call; parameters: `message: string`. The server closes the connection after it.
    public var malformedMessage: String
    /// A handler let go of a call without an answer; no parameters.
    public var internalError: String

    public init(limitExceeded: String, malformedMessage: String, internalError: String) {
        self.limitExceeded = limitExceeded
        self.malformedMessage = malformedMessage
        self.internalError = internalError
    }

    /// `LimitExceeded`, `MalformedMessage` and `InternalError` of `interface`.
    public init(interface: String = "varlink.server") {
        self.init(
            limitExceeded: interface + ".LimitExceeded", malformedMessage: interface + ".MalformedMessage",
            internalError: interface + ".InternalError")
    }
}

extension VarlinkInterface {
    /// The description of org.varlink.service.
    public static let service: VarlinkInterface = {
        do {
            return try VarlinkInterface(parsing: serviceText)
        } catch {
            fatalError("the description of org.varlink.service: \(error)")
        }
    }()

    private static let serviceText = """
        # What every Varlink service offers: who it is, and the descriptions of its interfaces.
        interface org.varlink.service

        # Who the service is, and the names of its interfaces.
        method GetInfo() -> (
          vendor: string,
          product: string,
          version: string,
          url: string,
          interfaces: []string
        )

        # The description of one interface, as text.
        method GetInterfaceDescription(interface: string) -> (description: string)

        # The service does not have this interface.
        error InterfaceNotFound (interface: string)

        # The interface does not have this method.
        error MethodNotFound (method: string)

        # The interface has this method, the service does not.
        error MethodNotImplemented (method: string)

        # This parameter is missing, unknown, or not what it must be.
        error InvalidParameter (parameter: string)
        """
}

/// The interfaces of a service, and the answers to org.varlink.service.
struct ServiceInterfaces: Sendable {
    private let byName: [String: (interface: VarlinkInterface, methods: [String: VarlinkInterface.Method], text: String)]
    private let information: JSONValue

    init(_ service: ServiceDescription, _ interfaces: [VarlinkInterface]) {
        let all = [VarlinkInterface.service] + interfaces
        byName = Dictionary(
            all.map { interface in
                let methods = Dictionary(interface.methods.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
                return (interface.name, (interface, methods, interface.formatted()))
            },
            uniquingKeysWith: { first, _ in first })
        information = [
            "vendor": .string(service.vendor), "product": .string(service.product), "version": .string(service.version),
            "url": .string(service.url), "interfaces": .array(all.map { .string($0.name) }),
        ]
    }

    enum Resolution {
        /// A method of the service's own interfaces, with valid parameters.
        case method(interface: String, name: String)
        /// The answer is known already.
        case reply(JSONValue)
        case failure(String, JSONValue)
    }

    func resolve(_ method: String, _ parameters: JSONValue) -> Resolution {
        guard let dot = method.lastIndex(of: ".") else {
            return .failure(VarlinkServiceError.interfaceNotFound, ["interface": .string(method)])
        }
        let interfaceName = String(method[..<dot])
        let methodName = String(method[method.index(after: dot)...])
        guard let entry = byName[interfaceName] else {
            return .failure(VarlinkServiceError.interfaceNotFound, ["interface": .string(interfaceName)])
        }
        guard let description = entry.methods[methodName] else {
            return .failure(VarlinkServiceError.methodNotFound, ["method": .string(method)])
        }
        do throws(VarlinkParameterError) {
            try entry.interface.validate(parameters, against: description.input)
        } catch {
            return .failure(VarlinkServiceError.invalidParameter, ["parameter": .string(error.parameter)])
        }
        guard interfaceName == VarlinkInterface.service.name else { return .method(interface: interfaceName, name: methodName) }
        if methodName == "GetInfo" { return .reply(information) }
        let wanted = parameters["interface"]?.stringValue ?? ""
        guard let entry = byName[wanted] else {
            return .failure(VarlinkServiceError.interfaceNotFound, ["interface": .string(wanted)])
        }
        return .reply(["description": .string(entry.text)])
    }
}
