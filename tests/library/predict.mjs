// predict.mjs MODULE MODEL TAU IDX COUNT: the lines of predict.c without logits, by the WebAssembly module, for the first images of an IDX file.
import { readFileSync } from 'node:fs';
import { readCheckpoint, weightsOf } from '../../examples/web/checkpoint.mjs';
import { Engine } from '../../examples/web/engine.mjs';

const [module, model, tau, idx, count] = process.argv.slice(2);
const bytes = (name) => { const buffer = readFileSync(name); return buffer.buffer.slice(buffer.byteOffset, buffer.byteOffset + buffer.length); };
try {
  const engine = await Engine.of(bytes(module)), checkpoint = readCheckpoint(bytes(model));
  engine.load(weightsOf(checkpoint, engine));
  const { mean, deviation } = JSON.parse(checkpoint.metadata.pixels), classes = JSON.parse(checkpoint.metadata.classes);
  const { threshold } = JSON.parse(checkpoint.metadata.config).dynamic, size = engine.exports.adatape_input_size();
  for (let i = 0; i < Number(count); ++i) {
    const pixels = new Uint8Array(bytes(idx), 16 + i * size, size);
    const { logits, steps } = engine.run(Float32Array.from(pixels, (level) => (level / 255 - mean) / deviation), Number(tau) || threshold);
    const best = logits.indexOf(Math.max(...logits));
    console.log(`${classes[best] ?? best}; ${steps.length};${steps.flatMap(({ tokens }) => [...tokens]).map((token) => ` ${token}`).join('')}`);
  }
} catch (error) {
  console.error(`error: ${error.message}`);
  process.exitCode = 1;
}
