// run.mjs MODULE FOLDER: whether the WebAssembly module computes, bit for bit, what native_runs wrote into the folder; what it says of wrong use; and the
// milliseconds of an image. Exit code 1, with a line, where not.
import { readFileSync } from 'node:fs';
import { Engine } from '../../examples/web/engine.mjs';

const [module, folder] = process.argv.slice(2);
const bytes = (name) => { const buffer = readFileSync(name); return buffer.buffer.slice(buffer.byteOffset, buffer.byteOffset + buffer.length); };
const fail = (text) => { console.error(text); process.exit(1); };
const sameBits = (x, y) => Buffer.compare(Buffer.from(x.buffer, x.byteOffset, x.byteLength), Buffer.from(y.buffer, y.byteOffset, y.byteLength)) === 0;

const engine = await Engine.of(bytes(module));
const weights = new Float32Array(bytes(folder + '/weights.f32')), images = new Float32Array(bytes(folder + '/images.f32'));
const size = engine.exports.adatape_input_size(), classes = engine.exports.adatape_classes();
const image = (number) => images.subarray(number * size, (number + 1) * size);

const complaint = async (use) => {
  const other = await Engine.of(bytes(module));
  try { use(other); } catch (error) { return error.message; }
  return 'no error';
};
const wrong = [
  [(other) => other.run(image(0), 1), 'adatape_run: wanted weights, which adatape_load takes, found none'],
  [(other) => { other.load(weights); other.run(image(0), 11); }, /tau.* 10.*found 11/],
  [(other) => { other.load(weights); other.run(image(0), NaN); }, /^settings: tau must be a finite number that is not negative, found nan$/],
  [(other) => other.load(weights.subarray(1)), /^weights: wanted \d+ values, found \d+$/],
];
for (const [use, wanted] of wrong) {
  const found = await complaint(use);
  if (typeof wanted === 'string' ? found !== wanted : !wanted.test(found)) fail(`wanted the error '${wanted}', found '${found}'`);
}

engine.load(weights);
const runs = new DataView(bytes(folder + '/runs.bin')), lengths = new Set();
let at = 0, count = 0, least = Infinity, most = -Infinity;
const next = (kind, bytesOfOne) => { const value = runs[`get${kind}`](at, true); at += bytesOfOne; return value; };
const nextArray = (Type, length) => { const values = new Type(runs.buffer.slice(at, at + 4 * length)); at += 4 * length; return values; };
while (at < runs.byteLength) {
  const tau = next('Float64', 8), macs = next('Float64', 8), number = next('Int32', 4), length = next('Int32', 4), slots = next('Int32', 4);
  const where = `image ${number}, tau ${tau}`, found = engine.run(image(number), tau);
  const logits = nextArray(Float32Array, classes), tokens = nextArray(Int32Array, length * slots), merge = nextArray(Float32Array, length * slots);
  if (!logits.every(Number.isFinite)) fail(`${where}: logits that are not finite compare nothing`);
  if (!sameBits(found.logits, logits)) fail(`${where}: wanted the logits ${logits}, found ${found.logits}`);
  if (found.steps.length !== length) fail(`${where}: wanted ${length} tape tokens, found ${found.steps.length}`);
  if (found.macs !== macs) fail(`${where}: wanted ${macs} multiply-accumulates, found ${found.macs}`);
  found.steps.forEach((step, n) => {
    const used = step.tokens.length;
    if (!sameBits(step.tokens, tokens.slice(n * slots, n * slots + used)) || (used < slots && tokens[n * slots + used] !== -1))
      fail(`${where}, step ${n}: wanted the bank tokens ${tokens.slice(n * slots, (n + 1) * slots)}, found ${step.tokens}`);
    if (!sameBits(step.weights, merge.slice(n * slots, n * slots + used))) fail(`${where}, step ${n}: other merge weights`);
  });
  lengths.add(length), ++count;
  for (const logit of logits) least = Math.min(least, logit), most = Math.max(most, logit);
}
if (count < 50 || lengths.size < 4 || most - least < 1)
  fail(`too few runs (${count}), tape lengths (${[...lengths]}) or logits (${least} to ${most}) to compare`);

let best = Infinity;
for (let round = 0; round < 120; ++round) {
  const start = performance.now();
  engine.run(image(Math.floor(round / 10)), 1);
  best = Math.min(best, performance.now() - start);
}
console.log(`${count} runs have the bits of native code; tape lengths ${[...lengths].sort((a, b) => a - b).join(' ')}; ` +
  `logits ${least.toFixed(2)} to ${most.toFixed(2)}`);
console.log(`WebAssembly: ${best.toFixed(3)} ms an image`);
