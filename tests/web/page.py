#!/usr/bin/env python3
"""page.py PAGE FOLDER: opens the page from disk in headless Chromium, drives it by keyboard and mouse, and checks what a reader meets: results that change, no
message of the browser, no request, names, contrast, no sideways scrolling, in both schemes. Screenshots go into FOLDER. Exit code 0: as it should be; 1: not,
with a line for each fault."""
import base64
import pathlib
import re
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "programs"))
from report_browser import RIGHT, SCHEMES, TAB, WIDTHS, check, check_looks, check_messages, in_every_view  # noqa: E402

LEFT, UP, DOWN = "\ue012", "\ue013", "\ue015"

STATE = r"""
const text = (id) => document.getElementById(id).textContent.trim().replace(/\s+/g, ' ');
return { image: text('image-value'), tau: Number(text('tau-value')), verdict: text('verdict'), steps: parseInt(text('steps')),
  patches: parseInt(text('patches')),
  macs: parseFloat(text('macs')), shares: [...document.querySelectorAll('.share')].map((share) => share.textContent),
  marks: document.querySelectorAll('#marks .over').length,
  caption: text('picture-text'), score: text('score-text'), curve: text('curve-text'),
  problem: document.getElementById('problem').hidden ? '' : text('problem'),
  rows: [...document.querySelectorAll('#rows tr')].map((row) => [...row.cells].map((cell) => parseFloat(cell.textContent))) };
"""

STRUCTURE = r"""
const faults = [], say = (wrong, text) => { if (wrong) faults.push(text); };
const named = (element) => element.getAttribute('aria-label') || element.labels?.[0]?.textContent || element.textContent.trim() ||
  (element.getAttribute('aria-labelledby') || '').split(' ').map((id) => document.getElementById(id)?.textContent ?? '').join(' ').trim();
for (const element of document.querySelectorAll('[role=img], input, button, section, [role=group]'))
  say(!named(element), 'no name: ' + element.outerHTML.slice(0, 80));
for (const svg of document.querySelectorAll('svg')) say(svg.getAttribute('role') !== 'img' && svg.ariaHidden !== 'true', 'an svg without role: ' + svg.id);
const ids = [...document.querySelectorAll('[id]')].map((element) => element.id);
say(new Set(ids).size !== ids.length, 'an id appears twice');
say(document.querySelectorAll('h1').length !== 1 || document.documentElement.lang !== 'en', 'wanted one h1 and a language');
return faults;
"""


def wait_for(browser, mark, seconds):
    end = time.time() + seconds
    while time.time() < end:
        if browser.run(f"return document.documentElement.dataset.{mark} !== undefined"):
            return True
        if browser.run("return !document.getElementById('problem').hidden"):
            break
        time.sleep(0.1)
    check(False, f"the page was not {mark}: {browser.run(STATE)['problem']}")
    return False


def check_results(browser):
    """Keys change picture and tau, and with them what is read and said."""
    start = browser.run(STATE)
    check(start["image"] == "1 of 60" and start["tau"] == 2, f"at first {start['image']}, tau {start['tau']}")
    check("</script>" in browser.run("return document.getElementById('bars').textContent"), "the names of the classes are not whole")
    seen = {}
    for _ in range(4):
        state = browser.run(STATE)
        seen[state["tau"]] = state
        check(state["steps"] >= state["tau"] and state["patches"] >= state["steps"], f"tau {state['tau']}: {state['steps']} steps, {state['patches']} patches")
        check(state["marks"] == state["patches"], f"tau {state['tau']}: {state['marks']} marks for {state['patches']} patches")
        check(sum(float(share.split()[0]) for share in state["shares"]) > 99, f"shares {state['shares']}")
        browser.press(UP)
    check(sorted(seen) == [2, 2.5, 3, 4], f"the up key leads to tau {sorted(seen)}")
    for _ in range(10):
        browser.press(DOWN)
    low = browser.run(STATE)
    for _ in range(10):
        browser.press(UP)
    high = browser.run(STATE)
    check(low["tau"] == 0.5 and high["tau"] == 10, f"tau ends at {low['tau']} and {high['tau']}")
    check(low["macs"] < high["macs"] and low["steps"] < high["steps"], f"tau 0.5 and 10 cost {low['macs']} and {high['macs']} million")
    check(low["shares"] != high["shares"], "tau does not change the probabilities")
    browser.press(RIGHT)
    browser.press(RIGHT)
    other = browser.run(STATE)
    check(other["image"] == "3 of 60" and other["shares"] != high["shares"] and other["caption"] != high["caption"],
          "the right key does not change the picture")
    browser.press(LEFT)
    check(browser.run(STATE)["image"] == "2 of 60", "the left key does not go back")
    stops = []
    for _ in range(25):
        browser.press(TAB)
        stops.append(browser.run("return document.activeElement.id || document.activeElement.textContent"))
    for stop in ("image", "tau", "empty", "restore", "step 1"):
        check(stop in stops, f"the Tab key does not reach {stop}: {stops}")
    check(len(re.findall("right|wrong", browser.run(STATE)["verdict"])) == 1, f"the verdict is '{browser.run(STATE)['verdict']}'")


def check_drawing(browser):
    before = browser.run(STATE)
    browser.run("document.getElementById('empty').click(); window.scrollTo(0, 0)")
    box = browser.run("const box = document.getElementById('picture').getBoundingClientRect(); return [box.left, box.top, box.width]")
    corner = lambda x, y: {"type": "pointerMove", "duration": 30, "x": int(box[0] + x * box[2]), "y": int(box[1] + y * box[2])}
    strokes = [corner(0.3, 0.3), {"type": "pointerDown", "button": 0}, corner(0.7, 0.3), corner(0.7, 0.7), {"type": "pointerUp", "button": 0}]
    empty = browser.run(STATE)
    browser.ask("/actions", {"actions": [{"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": strokes}]})
    drawn = browser.run(STATE)
    check(drawn["image"] == "your own" and drawn["caption"].startswith("Your own"), f"a drawn picture is called '{drawn['image']}'")
    check(not re.search("right|wrong", drawn["verdict"]), f"a drawn picture has no label: '{drawn['verdict']}'")
    check(drawn["shares"] != empty["shares"] and drawn["shares"] != before["shares"], "drawing does not change the probabilities")
    browser.run("document.getElementById('restore').click()")
    check(browser.run(STATE)["shares"] == before["shares"], "the test picture did not come back")


def check_curve(browser):
    if not wait_for(browser, "measured", 120):
        return
    rows = browser.run(STATE)["rows"]
    check([row[0] for row in rows] == [0.5, 1, 1.5, 2, 2.5, 3, 4, 5, 7, 10], f"rows {rows}")
    check(all(0 <= row[1] <= 100 and row[3] >= row[0] - 0.01 for row in rows), f"rows {rows}")
    check(max(row[2] for row in rows) > 1.02 * min(row[2] for row in rows), f"all tau cost the same: {rows}")
    check(all(abs(row[1] * 0.6 - round(row[1] * 0.6)) < 0.1 for row in rows), f"shares of 60 pictures: {rows}")


def open_page(browser, page, width, scheme):
    browser.protocol("Emulation.setDeviceMetricsOverride", width=width, height=1100, deviceScaleFactor=1, mobile=False)
    browser.protocol("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    for kind in ("browser", "performance"):
        browser.messages(kind)
    browser.ask("/url", {"url": page.as_uri()})
    return wait_for(browser, "ready", 60)


def check_view(browser, page, folder, width, scheme):
    where = f"{scheme}, {width} pixels"
    for fault in browser.run(STRUCTURE):
        check(False, f"{where}: {fault}")
    check_looks(browser, where, width, scheme)
    browser.run("document.activeElement.blur(); window.scrollTo(0, 0)")
    height = browser.run("return document.documentElement.scrollHeight")
    browser.protocol("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
    time.sleep(0.2)
    picture = browser.protocol("Page.captureScreenshot", format="png")["data"]
    (folder / f"page_{scheme}_{width}.png").write_bytes(base64.b64decode(picture))
    check_messages(browser, where, page.as_uri(), ("data:", "blob:"))


def main():
    page, folder = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2])

    def visit(browser, scheme, width):
        if not open_page(browser, page, width, scheme):
            return
        if (scheme, width) == (SCHEMES[0], WIDTHS[0]):
            check_results(browser)
            check_drawing(browser)
            check_curve(browser)
        check_view(browser, page, folder, width, scheme)

    return in_every_view(visit)


if __name__ == "__main__":
    sys.exit(main())
