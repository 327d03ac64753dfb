"""A Varlink client on a Unix socket, as small as the protocol: JSON objects that end with a NUL byte.

Source: https://varlink.org/Wire-Protocol. It holds no opinion about what it sends, so that tests can send what is wrong.
"""

import json
import socket


class Refused(Exception):
    """An error reply: its name and parameters."""

    def __init__(self, error, parameters):
        super().__init__("%s %s" % (error, json.dumps(parameters)))
        self.error = error
        self.parameters = parameters


class Connection:
    def __init__(self, path, timeout=10.0):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(timeout)
        try:
            self.socket.connect(path)
        except BaseException:
            self.socket.close()
            raise
        self.buffer = bytearray()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def send_bytes(self, data):
        self.socket.sendall(data)

    def send(self, method, parameters=None, more=False, oneway=False):
        message = {"method": method}
        if parameters is not None:
            message["parameters"] = parameters
        if more:
            message["more"] = True
        if oneway:
            message["oneway"] = True
        self.send_bytes(json.dumps(message).encode() + b"\0")

    def receive(self):
        """The next message; EOFError where the peer has closed."""
        while True:
            end = self.buffer.find(0)
            if end >= 0:
                message = bytes(self.buffer[:end])
                del self.buffer[:end + 1]
                return json.loads(message)
            data = self.socket.recv(65536)
            if not data:
                raise EOFError("closed by the peer")
            self.buffer += data

    def result(self):
        reply = self.receive()
        if "error" in reply:
            raise Refused(reply["error"], reply.get("parameters", {}))
        return reply

    def call(self, method, parameters=None):
        """The parameters of the one reply."""
        self.send(method, parameters)
        return self.result().get("parameters", {})

    def stream(self, method, parameters=None):
        """The parameters of each reply, until the last one."""
        self.send(method, parameters, more=True)
        while True:
            reply = self.result()
            yield reply.get("parameters", {})
            if not reply.get("continues"):
                return


def call(path, method, parameters=None, timeout=10.0):
    """One call on a connection of its own."""
    with Connection(path, timeout) as connection:
        return connection.call(method, parameters)
