#!/usr/bin/env python3
"""Opens report pages in headless Chromium: no fault on the console, no request for anything but the file
itself, the page's numbers equal to report.json's, pictures at three widths, in the dark and in print.

  check_page.py FOLDER PICTURES [--chromium PROGRAM]      FOLDER holds report.html and report.json

Speaks the browser's own protocol (https://chromedevtools.github.io/devtools-protocol/) over pipes, so it needs no other
package. Ends with 1 and a line that begins with FAILED for each difference.
"""
import argparse
import base64
import itertools
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.parse
from pathlib import Path

WIDTHS = [("phone", 390, False), ("tablet", 820, False), ("desktop", 1280, False), ("dark", 1280, True)]
# A picture taller than this is cut: textures of software rendering end at 16,384 pixels.
MAXIMUM_HEIGHT = 16_000
MAXIMUM_PRINTED_PAGES = 15
TIME_LIMIT_SECONDS = 180


class Browser:
    """A headless Chromium with one page, spoken to through file descriptors 3 and 4."""

    def __init__(self, program):
        self.profile = tempfile.mkdtemp(prefix="check-page-")
        from_us, self.to_browser = os.pipe()
        self.from_browser, to_us = os.pipe()

        def arrange():
            # Out of the way first: one of the two may be 3 or 4 itself.
            first, second = os.dup(from_us), os.dup(to_us)
            spare = [os.dup2(first, 30), os.dup2(second, 31)]
            os.dup2(spare[0], 3)
            os.dup2(spare[1], 4)

        self.process = subprocess.Popen(
            [program, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--remote-debugging-pipe",
             "--disable-background-networking", "--no-first-run", f"--user-data-dir={self.profile}", "about:blank"],
            preexec_fn=arrange, close_fds=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(from_us)
        os.close(to_us)
        self.buffer = b""
        self.numbers = itertools.count(1)
        self.events = []
        self.session = None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]

    def read(self):
        while b"\0" not in self.buffer:
            block = os.read(self.from_browser, 1 << 20)
            if not block:
                raise RuntimeError("the browser ended")
            self.buffer += block
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, **parameters):
        number = next(self.numbers)
        message = {"id": number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.to_browser, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.read()
            if answer.get("id") == number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer["result"]
            self.events.append(answer)

    def wait(self, event):
        while not any(seen.get("method") == event for seen in self.events):
            self.events.append(self.read())

    def evaluate(self, expression):
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"]["text"])
        return answer["result"].get("value")

    def close(self):
        self.process.terminate()
        self.process.wait(timeout=20)
        shutil.rmtree(self.profile, ignore_errors=True)


def count(value):
    return f"{value:,}"


class Check:
    def __init__(self):
        self.failed = 0
        self.compared = 0

    def expect(self, is_true, what):
        self.compared += 1
        if not is_true:
            self.failed += 1
            print(f"FAILED  {what}")


def tables(browser):
    """All tables of the page: section, head, rows of texts."""
    return browser.evaluate("""[...document.querySelectorAll('table')].map(table => ({
      section: table.closest('section').querySelector('h2').id,
      head: [...table.tHead.rows[0].cells].map(cell => cell.textContent),
      rows: [...table.tBodies[0].rows].map(row => [...row.cells].map(cell => cell.textContent))}))""")


def compare_numbers(check, browser, report):
    """What the page says against what report.json says."""
    facts = browser.evaluate("[...document.querySelectorAll('.ledger dd:nth-of-type(1)')].map(d => d.textContent)")
    ledger = report["ledger"]
    if report["kind"] == "run":
        removed = sum(ledger["removed"].values())
        expected = [count(n) for n in (ledger["kept"], removed, ledger["quarantined"], ledger["read"])]
        check.expect(facts == expected, f"ledger: page {facts}, report.json {expected}")
        check.expect(ledger["read"] == ledger["kept"] + removed + ledger["quarantined"], "report.json: unbalanced ledger")
    found = tables(browser)
    by_section = {}
    for table in found:
        by_section.setdefault(table["section"], []).append(table)
    languages = sorted(report["languages"], key=lambda language: (-language["bytes_kept"], language["code"]))
    table = by_section["languages"][0]
    check.expect(len(table["rows"]) == len(languages), "languages: rows of the table")
    keys = {"Documents read": "read", "Documents": "read", "Kept": "kept", "Characters": "characters",
            "Words": "words", "Tokens": "tokens"}
    for row, language in zip(table["rows"], languages):
        for head, cell in zip(table["head"], row):
            if head in keys:
                check.expect(cell == count(language[keys[head]]), f"{language['code']}, {head}: page {cell}, "
                             f"report.json {language[keys[head]]}")
    if report.get("stages"):
        for row, stage in zip(by_section["stages"][0]["rows"], report["stages"]):
            check.expect(row[2:4] == [count(stage["documents_in"]), count(stage["documents_out"])],
                         f"stage {stage['name']}: {row}")
    funnels = [language for language in languages if language.get("funnel") and language["read"]]
    if funnels:
        for row, language in zip(by_section["stages"][1]["rows"], funnels):
            check.expect(row[1:1 + len(language["funnel"])] == [count(step["documents"]) for step in language["funnel"]],
                         f"funnel of {language['code']}: {row}")
    # Each column of a histogram names its count; together they are the histogram.
    charts = browser.evaluate("""[...document.querySelectorAll('#lengths ~ .multiples figure')].map(figure =>
      [...figure.querySelectorAll('rect title')].map(title => title.textContent))""")
    with_lengths = [language for language in languages if any(language["length_histogram"])]
    check.expect(len(charts) == len(with_lengths), "lengths: number of charts")
    for chart, language in zip(charts, with_lengths):
        shown = [int(re.search(r": ([\d,]+) documents$", title)[1].replace(",", "")) for title in chart]
        check.expect(shown == [n for n in language["length_histogram"] if n], f"lengths of {language['code']}")
    content = report.get("content")
    if content:
        lines = [entry for language in content["languages"] for entry in language["lines"]["entries"][:8]]
        lines = sorted((entry["count"] for entry in lines), reverse=True)[:40]
        shown = [row[0] for table in by_section["content"] for row in table["rows"] if table["head"][0] == "Times"]
        check.expect(shown == [count(n) for n in lines], "lines met most often: counts")
        phrases = browser.evaluate("[...document.querySelectorAll('.phrases li span')].map(s => s.textContent)")
        expected = [count(entry["count"]) for language in
                    [language for language in content["languages"] if language["phrases"]["entries"]][:24]
                    for entry in language["phrases"]["entries"][:10]]
        check.expect(phrases == expected, "phrases met most often: counts")
    # Every picture says in words what it shows.
    silent = browser.evaluate("""[...document.querySelectorAll('svg[role=img]')].filter(svg =>
      !(svg.getAttribute('aria-label') || '').trim()).length""")
    check.expect(silent == 0, f"{silent} pictures without words")


def compare_faults(check, browser, url):
    for event in browser.events:
        method, parameters = event.get("method"), event.get("params", {})
        if method == "Network.requestWillBeSent":
            check.expect(parameters["request"]["url"] == url, f"requested {parameters['request']['url'][:200]}")
        elif method == "Runtime.exceptionThrown":
            check.expect(False, f"exception: {parameters['exceptionDetails'].get('text')}")
        elif method == "Runtime.consoleAPICalled":
            check.expect(False, f"console.{parameters['type']}")
        elif method == "Log.entryAdded":
            check.expect(False, f"console: {parameters['entry']['text'][:200]}")
    scripts = browser.evaluate("document.querySelectorAll('script, iframe, object, embed, link, img, form').length")
    check.expect(scripts == 0, f"{scripts} elements that load or run something")
    handlers = browser.evaluate("""[...document.querySelectorAll('*')].filter(element =>
      [...element.attributes].some(attribute => attribute.name.startsWith('on') ||
        /^\\s*javascript:/i.test(attribute.value))).length""")
    check.expect(handlers == 0, f"{handlers} elements with handlers")


def compare_reach(check, browser):
    """What a keyboard needs: whatever scrolls sideways takes the focus, and contents lead somewhere."""
    stuck = browser.evaluate("[...document.querySelectorAll('.scroll')].filter(e => e.tabIndex < 0).length")
    check.expect(stuck == 0, f"{stuck} wide tables that a keyboard cannot scroll")
    lost = browser.evaluate("[...document.querySelectorAll('nav a')].filter(a => !document.querySelector(a.hash)).length")
    check.expect(lost == 0, f"{lost} contents that lead nowhere")


def compare_looks(check, browser, name):
    """At the width and in the colours that are on: words of the treemap stand in their cells, and text is legible."""
    cut = browser.evaluate("""[...document.querySelectorAll('.treemap text')].filter(text => {
      const cell = text.parentNode.getBoundingClientRect(), words = text.getBoundingClientRect()
      return words.width > 0 && (words.right > cell.right + 1 || words.bottom > cell.bottom + 1)})
      .map(text => text.textContent)""")
    check.expect(not cut, f"{name}: cut in the treemap: {cut[:5]}")
    named, cells = browser.evaluate("""(() => {
      const cells = [...document.querySelectorAll('.treemap > svg')].filter(svg => svg.getBoundingClientRect().width > 0)
      return [cells.filter(svg => [...svg.querySelectorAll('text')].some(text =>
        text.getBoundingClientRect().width > 0)).length, cells.length]})()""")
    check.expect(named * 10 >= cells * 8, f"{name}: only {named} of {cells} cells of the treemap have a name")
    faint = browser.evaluate("""(() => {
      const light = colour => colour.match(/[\\d.]+/g).slice(0, 3).map(v => v / 255).map(v =>
        v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4).reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0)
      const ratio = (a, b) => (Math.max(a, b) + .05) / (Math.min(a, b) + .05)
      const paper = light(getComputedStyle(document.body).backgroundColor)
      return ['body', '.note', '.kind', 'nav a', 'td', 'thead th', '.row-value', 'summary'].filter(selector => {
        const element = document.querySelector(selector)
        return element && ratio(light(getComputedStyle(element).color), paper) < 4.5}).concat(
        [...document.querySelectorAll('.treemap > svg')].filter(svg => {
          const text = svg.querySelector('text'), rect = svg.querySelector('rect')
          return text && ratio(light(getComputedStyle(text).fill), light(getComputedStyle(rect).fill)) < 4.5}).map(svg =>
            svg.querySelector('title').textContent))})()""")
    check.expect(not faint, f"{name}: contrast below 4.5: {faint[:5]}")


def take_pictures(check, browser, folder):
    for name, width, is_dark in WIDTHS:
        browser.call("Emulation.setEmulatedMedia", media="screen",
                     features=[{"name": "prefers-color-scheme", "value": "dark" if is_dark else "light"}])
        browser.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1,
                     mobile=name == "phone")
        wide = browser.evaluate("document.documentElement.scrollWidth")
        check.expect(wide <= width, f"{name}: the page is {wide} pixels wide, the screen {width}")
        background = browser.evaluate("getComputedStyle(document.body).backgroundColor")
        light = sum(int(part) for part in re.findall(r"\d+", background)[:3]) > 3 * 128
        check.expect(light != is_dark, f"{name}: the paper is {background}")
        compare_looks(check, browser, name)
        height = min(browser.evaluate("document.documentElement.scrollHeight"), MAXIMUM_HEIGHT)
        picture = browser.call("Page.captureScreenshot", format="png", captureBeyondViewport=True,
                               clip={"x": 0, "y": 0, "width": width, "height": height, "scale": 1})
        (folder / f"{name}.png").write_bytes(base64.b64decode(picture["data"]))
    # As a printer sees it, and not as the last screen did.
    browser.call("Emulation.setEmulatedMedia", media="", features=[])
    browser.call("Emulation.clearDeviceMetricsOverride")
    printed = browser.call("Page.printToPDF", printBackground=True, paperWidth=8.27, paperHeight=11.69,
                           preferCSSPageSize=True)
    pdf = base64.b64decode(printed["data"])
    check.expect(pdf.startswith(b"%PDF"), "print: no PDF")
    pages = len(re.findall(rb"/Type\s*/Page\b", pdf))
    check.expect(1 <= pages <= MAXIMUM_PRINTED_PAGES, f"print: {pages} pages, expected 1 to {MAXIMUM_PRINTED_PAGES}")
    (folder / "print.pdf").write_bytes(pdf)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("pictures", type=Path)
    parser.add_argument("--chromium", default=shutil.which("chromium") or shutil.which("google-chrome"))
    arguments = parser.parse_args()
    if not arguments.chromium:
        print("FAILED  there is no chromium; `apt-get install chromium` brings it")
        return 1
    # A browser that hangs must not hang the checks.
    signal.alarm(TIME_LIMIT_SECONDS)
    arguments.pictures.mkdir(parents=True, exist_ok=True)
    page = (arguments.folder / "report.html").resolve()
    report = json.loads((arguments.folder / "report.json").read_bytes())
    url = "file://" + urllib.parse.quote(str(page))
    check = Check()
    browser = Browser(arguments.chromium)
    try:
        for domain in ("Page", "Network", "Runtime", "Log"):
            browser.call(domain + ".enable")
        browser.call("Page.navigate", url=url)
        browser.wait("Page.loadEventFired")
        compare_numbers(check, browser, report)
        compare_reach(check, browser)
        take_pictures(check, browser, arguments.pictures)
        compare_faults(check, browser, url)
    finally:
        browser.close()
    if not check.failed:
        print(f"ok      {page.parent.name}: {check.compared} texts of the page as they should be, {len(WIDTHS)} pictures")
    return 1 if check.failed else 0


if __name__ == "__main__":
    sys.exit(main())
