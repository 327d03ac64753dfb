"""Headless Chromium: for a page that is loaded once, and for a page that a test talks to.

`once` starts it, lets it load one file and ends with it: a picture or the document, and what the console wrote.

A `Browser` stays, and the test tells it what to do in the Chrome DevTools Protocol: JSON messages, each ended by a zero byte, which Chromium
reads from its descriptor 3 and writes to its descriptor 4. A request has a number, which its answer repeats; a message without one is an event.
A session names the target that a message is about: the page, or a worker of it.
"""

import base64
import fcntl
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time


def program():
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if shutil.which(name):
            return shutil.which(name)
    test = os.path.splitext(os.path.basename(sys.argv[0]))[0]
    sys.exit(test + ": no chromium on PATH (scripts/install-dependencies --browser)")


def options(folder, width, height):
    return [
        "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--hide-scrollbars",
        "--disable-background-networking", "--user-data-dir=" + os.path.join(folder, "profile"), "--window-size=%d,%d" % (width, height)]


def once(folder, path, *more, dark=False, width=1000, height=2400):
    """(standard output, lines that the page's console wrote)."""
    command = [program(), *options(folder, width, height), "--enable-logging=stderr",
               "--blink-settings=preferredColorScheme=%d" % (0 if dark else 1), *more, "file://" + path]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
    if done.returncode != 0:
        raise RuntimeError("chromium ended with %d: %s" % (done.returncode, done.stderr.decode(errors="replace")[-2000:]))
    # [pid:tid:date:INFO:CONSOLE:12] "text", source: file:///…
    console = [line for line in done.stderr.decode(errors="replace").splitlines() if "CONSOLE" in line]
    return done.stdout.decode(), console


class Failed(Exception):
    """Chromium refused, did not answer in time, or is gone; or a script in the page threw."""


class Browser:
    """One Chromium with one page. It reaches no host but 127.0.0.1: no other name is resolved."""

    def __init__(self, width=1400, height=1000):
        self.folder = tempfile.TemporaryDirectory(prefix="gild-browser-", ignore_cleanup_errors=True)
        self.stderr = os.path.join(self.folder.name, "stderr")
        self.received = b""
        self.number = 0
        # What went wrong in the page and its workers: exceptions that nobody caught, and the console's errors as (source, text, address):
        # `console` for what a script wrote, `network` for what could not be loaded, others for Chromium's own opinions.
        self.exceptions = []
        self.errors = []
        self.start(width, height)
        try:
            target = self.call("Target.createTarget", url="about:blank")["targetId"]
            self.page = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
            self.watch(self.page)
            self.tell("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        except BaseException:
            self.close()
            raise

    def start(self, width, height):
        command = [program(), *options(self.folder.name, width, height), "--remote-debugging-pipe",
                   "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "about:blank"]
        its_input, self.writing = os.pipe()
        self.reading, its_output = os.pipe()
        # The shell moves them to 3 and 4. From 10 on, neither stands where the other one goes.
        high = [fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (its_input, its_output)]
        with open(self.stderr, "wb") as errors:
            self.process = subprocess.Popen(
                ["bash", "-c", 'exec "$@" 3<&%d- 4>&%d-' % tuple(high), "bash", *command], pass_fds=high, start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors)
        for end in (its_input, its_output, *high):
            os.close(end)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Chromium ends when its descriptor 3 does; what does not is killed."""
        for end in (self.reading, self.writing):
            os.close(end)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            pass
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        self.folder.cleanup()

    # What a test does with the page

    def open(self, url):
        result = self.tell("Page.navigate", url=url)
        if result.get("errorText"):
            raise Failed("%s: %s" % (url, result["errorText"]))

    def evaluate(self, expression, within=60):
        """The value of a JavaScript expression in the page; of a promise, what it resolves to."""
        result = self.tell("Runtime.evaluate", within, expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in result:
            raise Failed("%s: %s" % (expression, described(result["exceptionDetails"])))
        return result["result"].get("value")

    def until(self, expression, within):
        """Waits for a true value. An expression that throws is not true yet; an exception in the page that nobody catches ends the wait."""
        deadline = time.monotonic() + within
        before = len(self.exceptions)
        last = None
        while time.monotonic() < deadline:
            try:
                last = self.evaluate(expression, max(1, deadline - time.monotonic()))
                if last:
                    return last
            except Failed as failure:
                if self.process.poll() is not None:
                    raise
                last = failure
            if len(self.exceptions) > before:
                raise Failed("waiting for %s: %s" % (expression, "; ".join(self.exceptions[before:])))
            time.sleep(0.1)
        raise Failed("not within %g s: %s; at last %s" % (within, expression, last))

    def click(self, x, y):
        for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
            self.tell("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="none" if kind == "mouseMoved" else "left", clickCount=1)

    def picture(self):
        """The page as it looks now, as PNG."""
        return base64.b64decode(self.tell("Page.captureScreenshot", format="png")["data"])

    # The protocol

    def tell(self, method, within=60, **parameters):
        return self.call(method, self.page, within, **parameters)

    def call(self, method, session=None, within=60, **parameters):
        """The answer to a request; events that come before it are noted."""
        number = self.send(method, session, parameters)
        deadline = time.monotonic() + within
        while True:
            message = self.receive(deadline, method)
            if "method" in message:
                self.note(message["method"], message["params"])
            elif message["id"] == number:
                if "error" in message:
                    raise Failed("%s: %s" % (method, message["error"]["message"]))
                return message["result"]

    def send(self, method, session, parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        data = json.dumps(message).encode() + b"\0"
        try:
            while data:
                data = data[os.write(self.writing, data):]
        except BrokenPipeError:
            raise Failed("%s: chromium is gone. %s" % (method, self.said()))
        return self.number

    def receive(self, deadline, awaited):
        while b"\0" not in self.received:
            ready, _, _ = select.select([self.reading], [], [], max(0, deadline - time.monotonic()))
            if not ready:
                raise Failed("%s: no answer in time. %s" % (awaited, self.said()))
            piece = os.read(self.reading, 1 << 16)
            if not piece:
                raise Failed("%s: chromium is gone. %s" % (awaited, self.said()))
            self.received += piece
        text, _, self.received = self.received.partition(b"\0")
        return json.loads(text)

    def said(self):
        with open(self.stderr, "rb") as source:
            return source.read()[-2000:].decode(errors="replace")

    def watch(self, session):
        """The console and the exceptions of a page or worker, and of the workers that it starts, which wait until they are watched."""
        for method, parameters in (
                ("Runtime.enable", {}), ("Log.enable", {}),
                ("Target.setAutoAttach", {"autoAttach": True, "waitForDebuggerOnStart": True, "flatten": True}),
                ("Runtime.runIfWaitingForDebugger", {})):
            self.send(method, session, parameters)

    def note(self, method, event):
        if method == "Target.attachedToTarget" and event["targetInfo"]["type"] != "page":
            self.watch(event["sessionId"])
        elif method == "Runtime.exceptionThrown":
            self.exceptions.append(described(event["exceptionDetails"]))
        elif method == "Runtime.consoleAPICalled" and event["type"] in ("error", "assert"):
            self.errors.append(("console", " ".join(str(part.get("value", part.get("description"))) for part in event["args"]), ""))
        elif method == "Log.entryAdded" and event["entry"]["level"] == "error":
            self.errors.append((event["entry"]["source"], event["entry"]["text"], event["entry"].get("url", "")))


def described(details):
    thrown = details.get("exception", {})
    return str(thrown.get("description", thrown.get("value", details["text"])))
