#pragma once
/// How the report looks, and how keys move in it.

namespace adatape::examples {

/// Text and background differ by a contrast of 4.5 and more in both schemes, lines and marks by 3 and more (WCAG 2.2, 1.4.3 and 1.4.11).
inline constexpr const char* kPageStyle = R"css(
:root {
  color-scheme: light dark;
  --page: #f6f5f1; --card: #ffffff; --ink: #1c2230; --soft: #575f70; --rule: #dedcd5; --grid: #e9e7e0; --axis: #8b909c;
  --first: #2459a9; --second: #b0500c; --accent: #2459a9; --heat: 36 89 169; --right: #1d6b3c; --wrong: #a62525; --tip: #1c2230; --tip-ink: #ffffff;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #12151b; --card: #1a1e26; --ink: #e7e9ef; --soft: #a2a9b8; --rule: #2e3440; --grid: #272c36; --axis: #737b8c;
    --first: #82b1ff; --second: #ffb470; --accent: #82b1ff; --heat: 66 122 214; --right: #7fd6a0; --wrong: #ff9c94; --tip: #e7e9ef; --tip-ink: #12151b;
  }
}
* { box-sizing: border-box; }
html { scroll-behavior: smooth; -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
header, main { max-width: 1120px; margin: 0 auto; padding: 0 24px; }
header { padding-top: 48px; }
main { padding-bottom: 72px; }
main:focus { outline: none; }
h1 { margin: 0; font-size: 2.1rem; line-height: 1.2; letter-spacing: -0.02em; overflow-wrap: anywhere; }
h2 { margin: 56px 0 8px; font-size: 1.3rem; letter-spacing: -0.01em; }
h3 { margin: 0; font-size: 1rem; }
h3.after { margin-top: 20px; }
p { margin: 0; }
a { color: var(--accent); text-underline-offset: 0.2em; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
.skip { position: absolute; left: 16px; top: -80px; z-index: 9; padding: 8px 16px; background: var(--card); border-radius: 8px; }
.skip:focus { top: 12px; }
.kind { color: var(--soft); font-size: 0.85rem; letter-spacing: 0.02em; }
.subtitle, .lead { color: var(--soft); max-width: 46em; overflow-wrap: anywhere; }
.subtitle { margin-top: 4px; }
.lead { margin-bottom: 16px; }
nav ul { display: flex; flex-wrap: wrap; gap: 4px 20px; margin: 16px 0 0; padding: 0; list-style: none; font-size: 0.92rem; }
.card, .scroll, .tiles > div { background: var(--card); border: 1px solid var(--rule); border-radius: 12px; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(158px, 1fr)); gap: 12px; margin: 32px 0 0; }
.tiles > div { padding: 14px 18px; }
.tiles dt { color: var(--soft); font-size: 0.85rem; }
.tiles dd { margin: 0; font-size: 1.5rem; font-weight: 600; letter-spacing: -0.02em; font-variant-numeric: tabular-nums; }
.tiles dd small { display: block; color: var(--soft); font-size: 0.8rem; font-weight: 400; letter-spacing: 0; }
.charts { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 20px; align-items: start; }
.card { margin: 0; padding: 18px 20px 12px; min-width: 0; }
.legend { display: flex; flex-wrap: wrap; gap: 0 16px; color: var(--soft); font-size: 0.85rem; }
.unit { margin-left: auto; }
.key::before { content: ""; display: inline-block; width: 18px; margin-right: 6px; vertical-align: 0.28em; border-top: 2.5px solid var(--first); }
.key.second::before { border-top: 2.5px dashed var(--second); }
.key.mean::before { border-top: 3px dotted var(--second); }
.key.own::before { width: 11px; height: 11px; border: 2.5px solid var(--second); border-radius: 50%; vertical-align: -0.08em; }
.plot { position: relative; margin-top: 6px; }
.plot svg { display: block; width: 100%; height: auto; }
.plot text { fill: var(--soft); font-size: 12px; font-variant-numeric: tabular-nums; }
.plot text.name { fill: var(--ink); font-weight: 600; }
.grid { stroke: var(--grid); } .axis { stroke: var(--axis); }
.curve { fill: none; stroke-width: 2.2; stroke-linejoin: round; stroke-linecap: round; }
.curve.first { stroke: var(--first); } .curve.second { stroke: var(--second); stroke-dasharray: 6 5; }
.mark { stroke: var(--card); stroke-width: 1.2; }
.mark.first { fill: var(--first); } .mark.second { fill: var(--second); } .mark.own { fill: var(--card); stroke: var(--second); stroke-width: 3; }
.bar { fill: var(--first); } .mean { stroke: var(--second); stroke-width: 2; stroke-dasharray: 2 4; stroke-linecap: round; }
.points { position: absolute; inset: 0; }
.point { position: absolute; }
.point:focus-visible { outline-offset: -1px; z-index: 3; }
.point:hover { z-index: 4; }
.strip { top: 4%; bottom: 15%; }
.strip:hover::before, .strip:focus::before { content: ""; position: absolute; left: calc(50% - 0.5px); top: 0; bottom: 0; border-left: 1px solid var(--axis); }
.spot { width: 24px; height: 24px; margin: -12px 0 0 -12px; }
.spot:focus-visible { border-radius: 50%; }
.tip { display: none; position: absolute; top: 0; left: calc(50% + 10px); width: max-content; max-width: min(230px, 42vw); padding: 5px 10px; border-radius: 8px;
  background: var(--tip); color: var(--tip-ink); font-size: 0.82rem; line-height: 1.35; pointer-events: none; font-variant-numeric: tabular-nums; }
.before .tip { left: auto; right: calc(50% + 10px); }
.spot .tip { top: 14px; }
.point:hover .tip, .point:focus .tip { display: block; }
.quiet .point .tip { display: none; }
.points:has(.point:hover) .point:focus:not(:hover) .tip { display: none; }
details { margin-top: 8px; font-size: 0.88rem; }
summary { display: inline-block; color: var(--soft); cursor: pointer; }
summary::before { content: "+ "; } details[open] summary::before { content: "- "; }
details .scroll { margin: 8px 0; max-height: 320px; }
.scroll { overflow: auto; }
table { border-collapse: collapse; width: 100%; font-size: 0.88rem; font-variant-numeric: tabular-nums; }
caption { padding: 12px 16px; text-align: left; color: var(--soft); }
th, td { padding: 5px 12px; border-top: 1px solid var(--rule); text-align: right; }
th[scope="row"], thead th:first-child { text-align: left; }
thead th { color: var(--soft); font-weight: 500; vertical-align: bottom; }
tbody th { font-weight: 500; }
.matrix { width: calc(100% - 16px); margin: 0 8px 8px; }
.matrix caption { padding: 14px 8px; max-width: min(56em, calc(100vw - 66px)); }
.matrix th, .matrix td { border: 0; }
.matrix td { min-width: 50px; padding: 7px 6px; text-align: center; border: 2px solid var(--card); border-radius: 8px; background: rgb(var(--heat) / var(--share, 0)); }
.matrix td.none { color: var(--soft); }
.matrix td.right { font-weight: 700; box-shadow: inset 0 0 0 1.5px var(--first); }
.matrix td.share { color: var(--soft); padding-left: 14px; white-space: nowrap; }
.matrix .up { padding: 4px; text-align: center; }
.matrix .up span { display: inline-block; writing-mode: vertical-rl; transform: rotate(180deg); max-height: 11em; overflow: hidden; }
.matrix tbody th { max-width: 15em; overflow-wrap: anywhere; }
.examples { display: grid; grid-template-columns: repeat(auto-fill, minmax(158px, 1fr)); gap: 16px; }
.example { margin: 0; background: var(--card); border: 1px solid var(--rule); border-radius: 12px; overflow: hidden; }
.example svg { display: block; width: 100%; height: auto; }
.example image { image-rendering: pixelated; }
.example figcaption { padding: 8px 12px 10px; font-size: 0.84rem; line-height: 1.4; overflow-wrap: anywhere; }
.example .verdict { display: block; color: var(--right); }
.wrong .verdict { color: var(--wrong); }
.facts { display: block; color: var(--soft); font-variant-numeric: tabular-nums; }
rect.read { fill: hsl(var(--hue) 95% 55% / calc(0.3 * var(--strength))); stroke: hsl(var(--hue) 95% 62% / var(--strength)); stroke-width: 0.14; }
text.read { fill: #fff; stroke: rgb(0 0 0 / 0.75); stroke-width: 0.28; paint-order: stroke; font-weight: 700; text-anchor: middle; }
.settings { columns: 3 240px; column-gap: 32px; margin: 0; padding: 16px 20px; }
.settings div { display: flex; justify-content: space-between; gap: 16px; break-inside: avoid; padding: 3px 0; font-size: 0.9rem; }
.settings dt { color: var(--soft); }
.settings dd { margin: 0; text-align: right; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
pre { margin: 12px 0 0; padding: 14px 20px; white-space: pre-wrap; overflow-wrap: anywhere; font: 0.85rem/1.5 ui-monospace, "DejaVu Sans Mono", monospace; }
@media (max-width: 760px) {
  .charts { grid-template-columns: minmax(0, 1fr); }
  header, main { padding-left: 16px; padding-right: 16px; }
  .card { padding: 14px 12px 10px; }
  .plot text { font-size: 15px; }
}
@media (max-width: 440px) { .examples { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 12px; } }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
@media print { .skip, nav, details { display: none; } .card, .example { break-inside: avoid; } }
)css";

/// One stop of the Tab key for each chart; arrow keys, Home and End go on from there, Escape hides what a point shows. Without scripts every point is a stop.
inline constexpr const char* kPageScript = R"js(
for (const group of document.querySelectorAll('.points')) {
  const points = [...group.children];
  points.forEach((point, i) => { point.tabIndex = i === 0 ? 0 : -1; });
  const go = (to) => {
    for (const point of points) point.tabIndex = -1;
    points[to].tabIndex = 0;
    points[to].focus();
  };
  group.addEventListener('focusin', () => group.classList.remove('quiet'));
  group.addEventListener('pointerover', () => group.classList.remove('quiet'));
  group.addEventListener('keydown', (event) => {
    const at = points.indexOf(document.activeElement), last = points.length - 1;
    const to = { ArrowRight: Math.min(at + 1, last), ArrowLeft: Math.max(at - 1, 0), ArrowDown: Math.min(at + 1, last), ArrowUp: Math.max(at - 1, 0),
      Home: 0, End: last }[event.key];
    if (event.key === 'Escape') group.classList.add('quiet');
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    go(to);
  });
}
)js";

}  // namespace adatape::examples
