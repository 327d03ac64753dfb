/// Where the daemon listens unless it is told otherwise.
public enum ControlSocket {
    public static let defaultPath = "/run/gild/gild.sock"
    /// Environment variable that names another one for clients.
    public static let environmentVariable = "GILD_SOCKET"
}
