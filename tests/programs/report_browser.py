#!/usr/bin/env python3
"""report_browser.py REPORT FOLDER: opens report.html in headless Chromium, in the light and the dark scheme, 1280 and 400 pixels wide, and checks what a
reader meets: no message of the browser, no request, headings and names, points that tell their values to the keyboard, no sideways scrolling, contrast.
Screenshots go into FOLDER. Exit code 0: as it should be; 1: not, with a line for each fault. Speaks WebDriver to chromedriver."""
import base64
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

WIDTHS, SCHEMES = (1280, 400), ("light", "dark")
faults = []


def check(right, sentence):
    if not right:
        faults.append(sentence)


class Browser:
    """One session of Chromium."""

    def __init__(self, folder):
        self.log = open(os.path.join(folder, "chromedriver.log"), "w")
        self.driver = subprocess.Popen(["chromedriver", "--port=0"], stdout=subprocess.PIPE, stderr=self.log, text=True)
        port = None
        for line in self.driver.stdout:
            found = re.search(r"started successfully on port (\d+)", line)
            if found:
                port = found.group(1)
                break
        if port is None:
            raise SystemExit("chromedriver did not start")
        self.address = f"http://127.0.0.1:{port}/session"
        arguments = ["--headless=new", "--hide-scrollbars", "--disable-gpu", "--disable-dev-shm-usage", f"--user-data-dir={folder}/profile"]
        if os.geteuid() == 0:
            arguments.append("--no-sandbox")
        options = {"browserName": "chrome", "goog:chromeOptions": {"args": arguments}, "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"}}
        self.address += "/" + self.ask("", {"capabilities": {"alwaysMatch": options}})["sessionId"]

    def ask(self, path, body=None, method=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.address + path, data, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise SystemExit(f"WebDriver {path}: {error.read().decode()[:300]}") from error

    def protocol(self, command, **parameters):
        return self.ask("/goog/cdp/execute", {"cmd": command, "params": parameters})

    def run(self, script):
        return self.ask("/execute/sync", {"script": script, "args": []})

    def messages(self, kind):
        return self.ask("/se/log", {"type": kind})

    def press(self, key):
        actions = [{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]
        self.ask("/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": actions}]})

    def close(self):
        try:
            self.ask("", method="DELETE")
        finally:
            self.driver.terminate()
            self.driver.wait()
            self.log.close()


# The least contrast of every text with what is behind it (WCAG 2.2, 1.4.3). Backgrounds that are not opaque lie over those of their parents.
CONTRAST = r"""
const parse = (text) => {
  const canvas = parse.canvas ??= new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
  canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = text; canvas.fillRect(0, 0, 1, 1);
  const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
  return [r, g, b, a / 255];
};
const over = (top, under) => [0, 1, 2].map((i) => top[i] * top[3] + under[i] * (1 - top[3])).concat(1);
const behind = (element) => {
  const layers = [];
  for (let at = element; at; at = at.parentElement) layers.push(parse(getComputedStyle(at).backgroundColor));
  return layers.reverse().reduce((under, top) => over(top, under), [255, 255, 255, 1]);
};
const light = (colour) => {
  const [r, g, b] = colour.slice(0, 3).map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const contrast = (a, b) => { const [x, y] = [light(a), light(b)].sort((p, q) => q - p); return (x + 0.05) / (y + 0.05); };
const found = [];
const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walk.nextNode()) {
  const element = walk.currentNode.parentElement;
  if (!walk.currentNode.data.trim() || element.closest('script, title, desc, text.read')) continue;
  const style = getComputedStyle(element), svg = element instanceof SVGElement;
  const back = behind(element), ink = over(parse(svg ? style.fill : style.color), back);
  found.push([contrast(ink, back), walk.currentNode.data.trim().slice(0, 30), 4.5]);
}
for (const mark of document.querySelectorAll('.curve, .mark, .bar, .mean')) {
  const style = getComputedStyle(mark), back = behind(mark);
  found.push([Math.max(...[style.fill, style.stroke].map((c) => contrast(over(parse(c), back), back))), mark.getAttribute('class'), 3]);
}
return found.filter(([value, , least]) => value < least).concat([[found.length, 'all', 0]]);
"""

# What a reader of the page's structure meets. Each entry is a fault.
STRUCTURE = r"""
const faults = [];
const say = (wrong, text) => { if (wrong) faults.push(text); };
const named = (element) => element.getAttribute('aria-label') || (element.getAttribute('aria-labelledby') || '').split(' ').filter(Boolean)
  .map((id) => document.getElementById(id)?.textContent ?? '').join(' ').trim();
say(document.documentElement.lang !== 'en', 'no language');
say(document.querySelectorAll('main').length !== 1, 'wanted one main');
say(document.querySelectorAll('h1').length !== 1, 'wanted one h1');
let level = 0;
for (const heading of document.querySelectorAll('h1, h2, h3')) {
  const own = Number(heading.tagName[1]);
  say(own > level + 1, 'a heading of level ' + own + ' below level ' + level + ': ' + heading.textContent);
  level = own;
}
const ids = [...document.querySelectorAll('[id]')].map((element) => element.id);
say(new Set(ids).size !== ids.length, 'an id appears twice');
for (const link of document.querySelectorAll('a[href^="#"]')) say(!document.getElementById(link.hash.slice(1)), 'a link to nowhere: ' + link.hash);
for (const svg of document.querySelectorAll('svg')) {
  say(svg.getAttribute('role') !== 'img' || !svg.querySelector('title')?.textContent || !svg.querySelector('desc')?.textContent, 'an svg without role, title or desc');
  say(!named(svg), 'an svg without a name');
}
for (const table of document.querySelectorAll('table')) {
  say(!table.caption?.textContent, 'a table without a caption');
  for (const head of table.querySelectorAll('th')) say(!head.scope, 'a th without scope: ' + head.textContent);
}
for (const chart of document.querySelectorAll('.plot')) say(!chart.parentElement.querySelector('details table'), 'a chart without its data as a table');
for (const point of document.querySelectorAll('.point')) say(!named(point), 'a point without a name');
for (const image of document.querySelectorAll('image')) say(!image.getAttribute('href').startsWith('data:image/png;base64,iVBOR'), 'a picture that is not in the page');
say(!document.querySelector('.skip')?.hash, 'no skip link');
return faults;
"""

TIP = r"""
const point = document.activeElement, tip = point.querySelector('.tip'), box = tip?.getBoundingClientRect();
const style = getComputedStyle(point);
return { point: point.classList.contains('point'), label: point.getAttribute('aria-label'), text: box && box.width > 0 ? tip.innerText : '',
  outline: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2, left: box?.left, right: box?.right, width: document.documentElement.clientWidth };
"""

TAB, RIGHT, HOME, ESCAPE = "\ue004", "\ue014", "\ue011", "\ue00c"


def check_keyboard(browser, where):
    """The Tab key reaches every chart once; arrow keys reach every point; each shows its value."""
    stops = browser.run("return document.querySelectorAll('.points').length")
    browser.run("document.activeElement.blur(); window.scrollTo(0, 0)")
    browser.press(TAB)
    check(browser.run("return document.activeElement.className + getComputedStyle(document.activeElement).top") == "skip12px", f"{where}: the skip link is not first")
    reached = 0
    for _ in range(400):
        browser.press(TAB)
        state = browser.run("return [document.activeElement === document.body, document.activeElement.classList.contains('point')]")
        if state[0]:
            break
        if not state[1]:
            continue
        reached += 1
        browser.press(HOME)
        count = browser.run("return document.activeElement.parentElement.children.length")
        seen = set()
        for step in range(count):
            tip = browser.run(TIP)
            check(tip["point"] and tip["text"] == tip["label"], f"{where}: a point that is focused shows '{tip['text']}', wanted '{tip['label']}'")
            check(re.search(r"\d", tip["text"]), f"{where}: no number in '{tip['text']}'")
            check(tip["outline"], f"{where}: focus cannot be seen at '{tip['label']}'")
            check(tip["left"] >= 0 and tip["right"] <= tip["width"], f"{where}: '{tip['label']}' is shown outside of the page")
            seen.add(tip["label"])
            browser.press(RIGHT)
        check(len(seen) == count, f"{where}: arrow keys reach {len(seen)} of {count} points")
        browser.press(ESCAPE)
        check(browser.run(TIP)["text"] == "", f"{where}: Escape does not hide a value")
    check(stops > 0 and reached == stops, f"{where}: the Tab key reaches {reached} of {stops} charts")


def check_looks(browser, where, width, scheme):
    """No sideways scrolling, the right scheme, and enough contrast."""
    overflow = browser.run("return [document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    check(overflow[0] <= overflow[1] == width, f"{where}: the page is {overflow[0]} pixels wide")
    dark = browser.run("return getComputedStyle(document.body).backgroundColor.match(/[0-9]+/g).every((level) => level < 90)")
    check(dark == (scheme == "dark"), f"{where}: the page is in the other scheme")
    *weak, total = browser.run(CONTRAST)
    check(total[0] > 50, f"{where}: {total[0]} texts to compare")
    for value, text, least in weak[:10]:
        check(False, f"{where}: contrast {value:.2f} of '{text}', wanted {least}")


def check_messages(browser, where, address, embedded):
    """The browser said nothing, and the page asked for nothing but itself and what stands in it: addresses that begin with one of `embedded`."""
    for message in browser.messages("browser"):
        check(False, f"{where}: {message['level']}: {message['message']}")
    events = [json.loads(entry["message"])["message"] for entry in browser.messages("performance")]
    requests = [event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"]
    check(address in requests, f"{where}: the requests of the page were not seen")
    for url in requests:
        check(url == address or url.startswith(embedded), f"{where}: a request to {url[:100]}")


def in_every_view(visit):
    """Calls visit(browser, scheme, width) for every scheme and width. The exit code: 1 with a line for each fault."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as room:  # processes of Chromium may write for a moment after its end
        browser = Browser(room)
        try:
            for scheme in SCHEMES:
                for width in WIDTHS:
                    visit(browser, scheme, width)
        finally:
            browser.close()
    for fault in faults:
        print("FAILED:", fault)
    return 1 if faults else 0


def check_page(browser, report, folder, width, scheme, wanted):
    where = f"{scheme}, {width} pixels"
    browser.protocol("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
    browser.protocol("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    for kind in ("browser", "performance"):
        browser.messages(kind)
    browser.ask("/url", {"url": report.as_uri()})
    time.sleep(0.3)
    for fault in browser.run(STRUCTURE):
        check(False, f"{where}: {fault}")
    headings = browser.run("return [...document.querySelectorAll('h1, h2, h3')].map((heading) => heading.textContent)")
    for heading in wanted:
        check(heading in headings, f"{where}: no heading '{heading}' in {headings}")
    check_looks(browser, where, width, scheme)
    check_keyboard(browser, where)
    browser.run("document.activeElement.blur(); window.scrollTo(0, 0)")
    height = browser.run("return document.documentElement.scrollHeight")
    browser.protocol("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
    picture = browser.protocol("Page.captureScreenshot", format="png")["data"]
    (folder / f"report_{scheme}_{width}.png").write_bytes(base64.b64decode(picture))
    check_messages(browser, where, report.as_uri(), ("data:",))


def main():
    report, folder, wanted = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]), sys.argv[3:]
    return in_every_view(lambda browser, scheme, width: check_page(browser, report, folder, width, scheme, wanted))


if __name__ == "__main__":
    sys.exit(main())
