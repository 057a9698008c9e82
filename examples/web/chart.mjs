// A chart of accuracy against compute, as SVG.
const svg = (name, attributes, text = '') => {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.textContent = text;
  return element;
};

const nice = (span, count) => {
  const raw = span / count, power = 10 ** Math.floor(Math.log10(raw));
  return [1, 2, 5, 10].find((f) => f * power >= raw) * power;
};

// points: of one tau each, in order: { tau, share, macs }. The one of tau `now` stands out.
function drawPoints(box, points, now) {
  const width = 520, height = 330, left = 58, right = 16, top = 20, bottom = 46;
  const text = (attributes, content) => box.append(svg('text', attributes, content));
  box.setAttribute('viewBox', `0 0 ${width} ${height}`);
  box.replaceChildren();
  if (points.length > 0) {
    const range = (values, least) => {
      const low = Math.min(...values), high = Math.max(...values), room = Math.max(0.12 * (high - low), least);
      return { from: Math.max(0, low - room), to: high + room };
    };
    const macs = range(points.map((point) => point.macs), 1e5), shares = range(points.map((point) => point.share), 0.04);
    shares.to = Math.min(1, shares.to);
    const x = (value) => left + (width - left - right) * (value - macs.from) / (macs.to - macs.from);
    const y = (value) => top + (height - top - bottom) * (shares.to - value) / (shares.to - shares.from);
    for (let step = nice(shares.to - shares.from, 5), value = Math.ceil(shares.from / step) * step; value <= shares.to + 1e-9; value += step) {
      box.append(svg('line', { class: 'grid', x1: left, x2: width - right, y1: y(value), y2: y(value) }));
      text({ x: left - 8, y: y(value) + 4, 'text-anchor': 'end' }, `${Number((100 * value).toFixed(1))} %`);
    }
    for (let step = nice(macs.to - macs.from, 5), value = Math.ceil(macs.from / step) * step; value <= macs.to; value += step)
      text({ x: x(value), y: height - bottom + 17, 'text-anchor': 'middle' }, String(Number((value / 1e6).toFixed(2))));
    box.append(svg('polyline', { class: 'line', points: points.map((point) => `${x(point.macs)},${y(point.share)}`).join(' ') }));
    for (const point of points) {
      const chosen = point.tau === now;
      box.append(svg('circle', { class: `dot${chosen ? ' now' : ''}`, cx: x(point.macs), cy: y(point.share), r: chosen ? 7 : 4.5 }));
      text({ class: chosen ? 'strong' : '', x: x(point.macs), y: y(point.share) - 10, 'text-anchor': 'middle' },
        chosen ? `τ = ${point.tau}` : String(point.tau));
    }
  }
  box.append(svg('line', { class: 'axis', x1: left, x2: width - right, y1: height - bottom, y2: height - bottom }));
  text({ x: (left + width - right) / 2, y: height - 8, 'text-anchor': 'middle' }, 'million multiply-accumulates a picture');
  text({ x: left - 48, y: 12 }, 'pictures answered rightly');
}
