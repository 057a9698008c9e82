
// The page: what a picture and a threshold give, drawn. Engine and drawPoints are those of engine.mjs and chart.mjs, which stand before this in the page.
const facts = JSON.parse(document.getElementById('facts').textContent);
const side = facts.side, pixels = side * side, columns = side / facts.bankPatch;
const taus = [...new Set([0.5, 1, 1.5, 2, 2.5, 3, 4, 5, 7, 10, facts.tau])].filter((tau) => tau <= facts.longest).sort((a, b) => a - b);
const at = (id) => document.getElementById(id);
const html = (name, className, text = '') => Object.assign(document.createElement(name), { className, textContent: text });
const percent = (share) => `${(100 * share).toFixed(1)} %`;
const millions = (value) => (value / 1e6).toFixed(2);
const hue = (step) => 45 + 170 * step / Math.max(1, facts.longest - 1); // early steps are warm, late ones cool

async function unpacked(text) {
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))).arrayBuffer();
}

const normalised = (levels) => Float32Array.from(levels, (level) => (level / 255 - facts.mean) / facts.deviation);

function probabilities(logits) {
  const used = [...logits].slice(0, facts.classes.length);
  if (!facts.softmax) return used.map((logit) => 1 / (1 + Math.exp(-logit)));
  const most = Math.max(...used), powers = used.map((logit) => Math.exp(logit - most)), sum = powers.reduce((a, b) => a + b);
  return powers.map((power) => power / sum);
}
const largest = (values) => values.indexOf(Math.max(...values));

// The state: levels is the picture shown; drawn: whether it is the user's; alone: the step that is shown alone, or none.
const state = { number: 0, tau: taus.indexOf(facts.tau), levels: null, drawn: false, alone: null };
const sweep = new Map(); // from tau to what all built-in pictures give
let engine, images, last;

const tau = () => taus[state.tau];
const built = (number) => images.subarray(number * pixels, (number + 1) * pixels);
const builtIn = () => images.length / pixels;

function runPicture() {
  const input = normalised(state.levels), start = performance.now();
  const result = engine.run(input, tau());
  last = { ...result, time: performance.now() - start, shares: probabilities(result.logits) };
  if (state.alone !== null && state.alone >= result.steps.length) state.alone = null;
}

function drawPicture() {
  const canvas = at('picture'), context = canvas.getContext('2d'), data = context.createImageData(side, side);
  state.levels.forEach((level, i) => data.data.set([level, level, level, 255], 4 * i));
  context.putImageData(data, 0, 0);
  const marks = at('marks'), size = facts.bankPatch;
  marks.replaceChildren();
  last.steps.forEach((step, n) => step.tokens.forEach((token) => {
    const x = token % columns * size, y = Math.floor(token / columns) * size, away = state.alone !== null && state.alone !== n ? ' away' : '';
    const box = { x: x + 0.22, y: y + 0.22, width: size - 0.44, height: size - 0.44, style: `--hue: ${hue(n)}` };
    marks.append(svg('rect', { ...box, class: 'under' + away }), svg('rect', { ...box, class: 'over' + away }),
      svg('text', { x: x + size / 2, y: y + size * 0.7, class: 'read' + away,
        style: `--hue: ${hue(n)}; font-size: ${size * (n < 9 ? 0.52 : 0.42)}px` }, String(n + 1)));
  }));
  const legend = at('legend'), focused = [...legend.children].indexOf(document.activeElement);
  legend.replaceChildren(...last.steps.map((_, n) => {
    const button = html('button', '', `step ${n + 1}`);
    button.type = 'button';
    button.style.setProperty('--hue', hue(n));
    button.setAttribute('aria-pressed', String(state.alone === n));
    button.addEventListener('click', () => { state.alone = state.alone === n ? null : n; drawPicture(); });
    return button;
  }));
  if (focused >= 0) legend.children[Math.min(focused, last.steps.length - 1)].focus();
  const name = state.drawn ? 'Your own picture.' : `Test picture ${state.number + 1}: ${facts.classes[facts.labels[state.number]]}.`;
  const each = Math.max(...last.steps.map((step) => step.tokens.length));
  at('picture-text').textContent = `${name} A frame is a fine patch of ${size} by ${size} pixels that was read, and its colour and number say in which step. ` +
    `Each step reads ${each} ${each > 1 ? 'patches' : 'patch'}, the integer part of ${facts.longest} / τ.`;
}

function drawAnswer() {
  const best = largest(last.shares), label = state.drawn ? -1 : facts.labels[state.number], verdict = at('verdict');
  verdict.replaceChildren(`${facts.classes[best]}, ${percent(last.shares[best])}`);
  if (label >= 0) verdict.append(': ', html('span', best === label ? 'right' : 'wrong', best === label ? 'right' : `wrong, it is ${facts.classes[label]}`));
  at('bars').replaceChildren(...last.shares.map((share, c) => {
    const row = html('div', `row${c === best ? ' most' : ''}${c === label ? ' label' : ''}`), track = html('div', 'track'), fill = html('div', 'fill');
    row.setAttribute('role', 'listitem');
    fill.style.width = `${100 * share}%`;
    track.append(fill);
    row.append(html('span', 'name', facts.classes[c]), track, html('span', 'share', percent(share)));
    return row;
  }));
  const patches = new Set(last.steps.flatMap((step) => [...step.tokens])).size;
  const tile = (id, value, unit) => at(id).replaceChildren(value, ' ', html('small', '', unit));
  tile('steps', String(last.steps.length), `of ${facts.longest}`);
  tile('patches', String(patches), `of ${columns * columns}`);
  tile('macs', millions(last.macs), 'million');
  tile('time', last.time.toFixed(1), 'ms');
}

function drawScore() {
  const sums = [];
  for (const step of last.steps) sums.push((sums.at(-1) ?? 0) + step.weights[0]);
  const score = sums.at(-1), width = 480, height = 64, top = Math.max(tau(), score) * 1.04, x = (value) => width * value / top, box = at('score');
  box.setAttribute('viewBox', `0 0 ${width} ${height}`);
  box.replaceChildren(svg('rect', { class: 'track', x: 0, y: 24, width, height: 22, rx: 4 }));
  sums.forEach((sum, n) => {
    const from = n > 0 ? sums[n - 1] : 0;
    box.append(svg('rect', { class: 'step', x: x(from), y: 24, width: x(sum - from), height: 22, style: `--hue: ${hue(n)}` }));
  });
  const goal = x(tau());
  box.append(svg('line', { class: 'goal', x1: goal, x2: goal, y1: 18, y2: 52 }),
    svg('text', { class: 'strong', x: Math.min(goal, width - 24), y: 13, 'text-anchor': 'middle' }, `τ = ${tau()}`), svg('text', { x: 0, y: 61 }, '0'));
  const added = `Each step adds the weight of its best patch to the score. ` +
    `After ${last.steps.length} ${last.steps.length > 1 ? 'steps' : 'step'} it is ${score.toFixed(2)}`;
  at('score-text').textContent = score >= tau() - 1e-6 ? `${added}: τ is reached.`
    : `${added}, below τ, but ${last.steps.length === facts.longest ? `${facts.longest} steps are the most` : 'every patch has been read'}.`;
}

function drawCurve() {
  const done = [...sweep.entries()].sort((a, b) => a[0] - b[0]), share = (entry) => entry.right / builtIn();
  drawPoints(at('curve'), done.map(([value, entry]) => ({ tau: value, share: share(entry), macs: entry.macs })), tau());
  const now = sweep.get(tau());
  const said = now ? `At τ = ${tau()} the model answers ${now.right} of ${builtIn()} built-in pictures rightly, with ${now.steps.toFixed(1)} steps and ` +
    `${millions(now.macs)} million multiply-accumulates a picture on average.` : `τ = ${tau()} is still being measured.`;
  const rest = taus.length - sweep.size;
  at('curve-text').textContent = `${said} A point is a τ${rest > 0 ? `; ${rest} of ${taus.length} are still being computed` : ''}. ` +
    `The model was trained with τ = ${facts.tau}. ` +
    (now ? `Of so few pictures the share has a standard error of ${(100 * Math.sqrt(share(now) * (1 - share(now)) / builtIn())).toFixed(1)} %.` : '');
  at('rows').replaceChildren(...done.map(([value, entry]) => {
    const row = html('tr', value === tau() ? 'now' : ''), head = html('th', '', String(value));
    head.scope = 'row';
    row.append(head, ...[percent(share(entry)), millions(entry.macs), entry.steps.toFixed(2)].map((cell) => html('td', '', cell)));
    return row;
  }));
}

const sheet = { columns: 20, cell: side + 4 };
function drawSheet() {
  const canvas = at('sheet'), rows = Math.ceil(builtIn() / sheet.columns), context = canvas.getContext('2d'), { cell } = sheet;
  canvas.width = sheet.columns * cell, canvas.height = rows * cell;
  const wrong = sweep.get(tau())?.wrong;
  for (let i = 0; i < builtIn(); ++i) {
    const x = i % sheet.columns * cell, y = Math.floor(i / sheet.columns) * cell, data = context.createImageData(side, side);
    built(i).forEach((level, p) => data.data.set([level, level, level, 255], 4 * p));
    context.putImageData(data, x + 2, y + 2);
    const shown = i === state.number && !state.drawn;
    if (!shown && !wrong?.[i]) continue;
    context.strokeStyle = shown ? '#ffd23f' : '#ff5a4d', context.lineWidth = shown ? 4 : 2.5;
    context.strokeRect(x + 1.5, y + 1.5, cell - 3, cell - 3);
  }
  at('sheet-text').textContent = `The ${builtIn()} built-in pictures: the first of Fashion-MNIST's test images, none left out. ` +
    `Red frames: answered wrongly at τ = ${tau()}. ` +
    'Yellow frame: the picture shown. Click on another one.';
}

function show() {
  runPicture();
  at('image').value = state.number + 1;
  at('image-value').textContent = state.drawn ? 'your own' : `${state.number + 1} of ${builtIn()}`;
  at('tau').value = state.tau;
  at('tau').setAttribute('aria-valuetext', String(tau()));
  at('tau-value').textContent = tau();
  drawPicture(), drawAnswer(), drawScore();
}
function showAll() { show(), drawCurve(), drawSheet(); }

function choose(number) {
  state.number = Math.min(Math.max(number, 0), builtIn() - 1);
  state.drawn = false;
  state.levels = built(state.number).slice();
  show(), drawSheet();
}
function chooseTau(place) {
  state.tau = Math.min(Math.max(place, 0), taus.length - 1);
  showAll();
}

// All built-in pictures with every tau, in slices of time short enough not to be felt. The model's own tau comes first.
async function measure() {
  for (const value of [...taus].sort((a, b) => Math.abs(a - facts.tau) - Math.abs(b - facts.tau))) {
    const entry = { right: 0, macs: 0, steps: 0, wrong: new Uint8Array(builtIn()) };
    let slice = performance.now();
    for (let i = 0; i < builtIn(); ++i) {
      const result = engine.run(normalised(built(i)), value);
      const good = largest(probabilities(result.logits)) === facts.labels[i];
      entry.right += good, entry.wrong[i] = !good, entry.macs += result.macs / builtIn(), entry.steps += result.steps.length / builtIn();
      if (performance.now() - slice > 25) await new Promise((resume) => setTimeout(resume)), slice = performance.now();
    }
    sweep.set(value, entry);
    drawCurve();
    if (value === tau()) drawSheet();
  }
  document.documentElement.dataset.measured = 'all';
}

// Ink of a soft round pen; with the shift key, or the right button, it is taken away.
function paint(event) {
  const canvas = at('picture'), box = canvas.getBoundingClientRect();
  const x = (event.clientX - box.left) / box.width * side - 0.5, y = (event.clientY - box.top) / box.height * side - 0.5;
  const away = event.shiftKey || event.buttons === 2;
  for (let i = 0; i < pixels; ++i) {
    const distance = Math.hypot(i % side - x, Math.floor(i / side) - y), ink = Math.round(230 * Math.min(1, Math.max(0, 1.9 - distance)));
    state.levels[i] = away ? Math.min(state.levels[i], 255 - ink) : Math.max(state.levels[i], ink);
  }
  if (!state.drawn) state.drawn = true, drawSheet();
  show();
}

function listen() {
  const canvas = at('picture');
  canvas.addEventListener('pointerdown', (event) => { canvas.setPointerCapture(event.pointerId), paint(event); });
  canvas.addEventListener('pointermove', (event) => { if (event.buttons) paint(event); });
  canvas.addEventListener('contextmenu', (event) => event.preventDefault());
  at('image').addEventListener('input', () => choose(Number(at('image').value) - 1));
  at('tau').addEventListener('input', () => chooseTau(Number(at('tau').value)));
  at('empty').addEventListener('click', () => { state.levels.fill(0), state.drawn = true, show(), drawSheet(); });
  at('restore').addEventListener('click', () => choose(state.number));
  at('sheet').addEventListener('click', (event) => {
    const scale = at('sheet').width / at('sheet').clientWidth / sheet.cell;
    choose(Math.floor(event.offsetY * scale) * sheet.columns + Math.floor(event.offsetX * scale));
  });
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const moves = { ArrowLeft: () => choose(state.number - 1), ArrowRight: () => choose(state.number + 1), ArrowUp: () => chooseTau(state.tau + 1),
      ArrowDown: () => chooseTau(state.tau - 1) };
    if (!moves[event.key]) return;
    event.preventDefault();
    moves[event.key]();
  });
}

try {
  const [module, weights, levels] = await Promise.all([facts.module, facts.weights, facts.images].map(unpacked));
  engine = await Engine.of(module);
  engine.load(new Float32Array(weights));
  images = new Uint8Array(levels);
  at('own-count').textContent = (side / facts.patch) ** 2;
  at('bank-count').textContent = columns ** 2;
  at('picture').width = at('picture').height = side;
  at('marks').setAttribute('viewBox', `0 0 ${side} ${side}`);
  at('image').max = builtIn();
  at('tau').max = taus.length - 1;
  at('foot').textContent = `${facts.model}: ${facts.parameters} parameters, in WebAssembly with SIMD of 128 bits. ` +
    `The frames show what was read, not why an answer was given.`;
  listen();
  choose(0); // slower than the next ones: the browser is still compiling
  choose(0);
  drawCurve();
  document.documentElement.dataset.ready = 'yes';
  await measure();
} catch (error) {
  at('problem').hidden = false;
  at('problem').textContent = `The model cannot run in this browser: ${error.message}. ` +
    `It needs WebAssembly with SIMD (Chromium 91, Firefox 113, Safari 16.4, or later).`;
}
