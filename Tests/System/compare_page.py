#!/usr/bin/env python3
"""The page of `gild compare --html` in a real browser: headless Chromium.

usage: compare_page.py BUILD [--screenshots FOLDER]

Promises: the page loads nothing and logs nothing to the console; every chart is drawn, none of its text lies outside of it or on other
text; text has a contrast of 4.5 to 1 with its ground, lines and bars 3 to 1, in light and in dark (WCAG 2.2); a thread that is called
`<script>` is text.

The page forbids scripts. What it looks like is measured by a copy of it with that policy taken out and a script put in, which writes its
findings into the document that Chromium dumps. The console is read from the page as it is.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile

import browser
from tap import Suite

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

# Threads take turns often enough that the timeline has more handoffs than it can keep; one of them has a hostile name.
SCRIPT = """
import sys, threading
count = int(sys.argv[1])
names = ["<script>document.title='owned'</script>", 'a & b "quoted"', "\\u4e3b\\u7ebf\\u7a0b", "plain"]
first, second = threading.Lock(), threading.Lock()
second.acquire()
def left():
    for _ in range(1500):
        first.acquire()
        second.release()
def right():
    for _ in range(1500):
        second.acquire()
        first.release()
def compute():
    total = 0
    for i in range(60000):
        total += i & 3
threads = [threading.Thread(target=left, name=names[0]), threading.Thread(target=right, name=names[1])]
threads += [threading.Thread(target=compute, name=names[i % 4]) for i in range(count)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print("done" if count < 4 else "differs <b>here</b>")
"""

MEASURE = r"""
<script>
addEventListener("load", () => {
  const luminance = ([r, g, b]) => {
    const part = v => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; };
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const numbers = colour => (colour.match(/[\d.]+/g) || []).map(Number);
  const isClear = colour => colour === "none" || colour === "transparent" || (numbers(colour).length === 4 && numbers(colour)[3] === 0);
  const ground = element => {
    for (let e = element; e; e = e.parentElement) {
      const colour = getComputedStyle(e).backgroundColor;
      if (!isClear(colour)) return numbers(colour);
    }
    return [255, 255, 255];
  };
  const contrast = (a, b) => {
    const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
    return (high + 0.05) / (low + 0.05);
  };
  const found = {charts: [], contrast: [], dark: matchMedia("(prefers-color-scheme: dark)").matches, title: document.title,
                 scripts: document.scripts.length, bold: document.querySelectorAll("b").length, tables: document.querySelectorAll("table").length,
                 overflow: document.documentElement.scrollWidth > innerWidth};
  for (const chart of document.querySelectorAll("svg.chart")) {
    const frame = chart.getBoundingClientRect();
    const texts = [...chart.querySelectorAll("text")].map(e => ({text: e.firstChild.data, box: e.getBoundingClientRect()}));
    const outside = texts.filter(t => t.box.left < frame.left - 1 || t.box.right > frame.right + 1 || t.box.top < frame.top - 1 || t.box.bottom > frame.bottom + 1);
    const overlapping = [];
    texts.forEach((a, i) => texts.slice(i + 1).forEach(b => {
      const width = Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left);
      const height = Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top);
      if (width > 1 && height > 5) overlapping.push(a.text + " / " + b.text);
    }));
    const shapes = [...chart.querySelectorAll("rect, circle, polyline")];
    found.charts.push({
      id: chart.id, role: chart.getAttribute("role"), width: frame.width, height: frame.height, texts: texts.map(t => t.text), shapes: shapes.length,
      drawn: shapes.filter(e => { const b = e.getBBox(); return b.width > 0 || b.height > 0; }).length,
      outside: outside.map(t => t.text), overlapping,
      named: (chart.getAttribute("aria-labelledby") || "").split(" ").every(id => document.getElementById(id)?.textContent.length > 5),
      table: chart.nextElementSibling?.querySelectorAll("table tbody tr").length || 0});
  }
  for (const element of document.querySelectorAll("body, h1, h2, h3, p, li, code, pre, caption, th, td, footer, strong"))
    found.contrast.push({what: element.tagName, least: 4.5, is: contrast(numbers(getComputedStyle(element).color), ground(element))});
  for (const element of document.querySelectorAll("svg text"))
    found.contrast.push({what: "text." + element.getAttribute("class"), least: 4.5, is: contrast(numbers(getComputedStyle(element).fill), ground(element))});
  for (const element of document.querySelectorAll("svg .line, svg .ideal, svg .dot, svg rect")) {
    const style = getComputedStyle(element);
    const colour = isClear(style.fill) ? style.stroke : style.fill;
    found.contrast.push({what: element.tagName + "." + element.getAttribute("class"), least: 3, is: contrast(numbers(colour), ground(element))});
  }
  const output = document.createElement("pre");
  output.id = "findings";
  output.textContent = JSON.stringify(found);
  document.body.append(output);
});
</script>
"""


def measured(folder, page, **appearance):
    """What the measuring script finds in a copy of the page."""
    copy = os.path.join(folder, "measured.html")
    text, count = re.subn(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page, count=1)
    assert count == 1, "the page has no policy"
    with open(copy, "w", encoding="utf-8") as target:
        target.write(text.replace("</body>", MEASURE + "</body>"))
    dump, _ = browser.once(folder, copy, "--virtual-time-budget=5000", "--dump-dom", **appearance)
    found = re.search(r'<pre id="findings">(.*?)</pre>', dump, re.DOTALL)
    assert found, "the measuring script did not run: " + dump[-1000:]
    text = found.group(1)
    for entity, character in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        text = text.replace(entity, character)
    return json.loads(text)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--screenshots", help="folder for light.png and dark.png")
    arguments = parser.parse_args()
    gild = os.path.join(arguments.build, "gild")
    browser.program()
    suite = Suite("the page of gild compare in Chromium")
    with tempfile.TemporaryDirectory(prefix="gild-page-", ignore_cleanup_errors=True) as folder:
        script, path = os.path.join(folder, "turns.py"), os.path.join(folder, "page.html")
        with open(script, "w", encoding="utf-8") as target:
            target.write(SCRIPT)
        done = subprocess.run(
            [gild, "compare", script, "--threads", "1,2,4", "--repeat", "2", "--python", sys.executable, "--html", path],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=600, cwd=ROOT)
        # Status 1: with four threads the script prints something else, which the page has to tell.
        suite.check("gild compare writes the page", done.returncode == 1 and os.path.getsize(path) > 10000, done.stderr.decode() + done.stdout.decode())
        with open(path, encoding="utf-8") as source:
            page = source.read()
        suite.check("the page refers to nothing outside of it", not re.search(r"https?://|//[a-z]", page), re.findall(r".{40}//.{40}", page))

        for name, dark in (("light", False), ("dark", True)):
            with suite.section(name):
                picture = os.path.join(arguments.screenshots or folder, name + ".png")
                _, console = browser.once(folder, path, "--screenshot=" + picture, dark=dark, height=4000)
                suite.equal("nothing is logged to the console", console, [])
                suite.check("there is a picture of it", os.path.getsize(picture) > 20000)
                found = measured(folder, page, dark=dark)
                suite.equal("the page follows the reader's scheme", found["dark"], dark)
                charts = {chart["id"]: chart for chart in found["charts"]}
                suite.check("every chart is there", {"speed-up", "waits", "timeline-0"} <= set(charts), list(charts))
                for chart in charts.values():
                    suite.check(
                        "%s is drawn: %d of %d shapes" % (chart["id"], chart["drawn"], chart["shapes"]),
                        chart["shapes"] > 2 and chart["drawn"] == chart["shapes"] and chart["width"] > 600 and chart["height"] > 60, chart)
                    suite.check("%s has a title, a description and a table" % chart["id"], chart["named"] and chart["role"] == "img" and chart["table"] > 0, chart)
                    suite.equal("no text of %s lies outside of it" % chart["id"], chart["outside"], [])
                    suite.equal("no texts of %s lie on one another" % chart["id"], chart["overlapping"], [])
                low = sorted({"%s: %.2f, not %.1f" % (c["what"], c["is"], c["least"]) for c in found["contrast"] if c["is"] < c["least"]})
                suite.equal("everything stands out from its ground (%d measured)" % len(found["contrast"]), low, [])
                suite.check("names are text: no script, no markup of theirs", found["scripts"] == 1 and found["bold"] == 0, found["scripts"])
                suite.equal("the title is the page's own", found["title"], "gild compare: " + script)
                suite.check("the hostile name is shown", any("<script>" in text for text in charts["timeline-0"]["texts"]), charts["timeline-0"]["texts"])

        with suite.section("a narrow window"):
            found = measured(folder, page, width=500, height=1200)
            suite.check("the page is not wider than the window", not found["overflow"])
        suite.check("the timeline says that it is not the whole run", "Not the whole run: the latest 1,024 of" in page)
        suite.check("the differing output is told", "does not print what" in page and "differs &lt;b&gt;here&lt;/b&gt;" in page)
    suite.end()


main()
