// node self_test.js MODULES MODEL.onnx ...: whether ONNX Runtime passes the self-test of each file, which adatape-export recorded in its metadata.
// MODULES is a folder node_modules with onnxruntime-node. Prints one line a model. Exit code 1: one of them fails.
const fs = require('fs'), path = require('path');
const ort = require(path.join(process.argv[2], 'onnxruntime-node'));

// The metadata_props (field 14) of a ModelProto.
function metadata(bytes) {
  function* fields(from, to) {
    const varint = () => {
      let value = 0, factor = 1, byte;
      do { byte = bytes[from++]; value += (byte & 127) * factor; factor *= 128; } while (byte & 128);
      return value;
    };
    while (from < to) {
      const tag = varint();
      const value = varint(), length = tag % 8 === 2 ? value : 0;
      yield { number: tag >>> 3, from, to: from + length };
      from += length;
    }
  }
  const entries = {};
  for (const field of fields(0, bytes.length)) {
    if (field.number !== 14) continue;
    const [key, value] = [...fields(field.from, field.to)].map(part => bytes.toString('utf8', part.from, part.to));
    entries[key] = value;
  }
  return entries;
}

// The picture of a self-test (docs/deployment.md).
function noise(seed, index) {
  let x = (Math.imul(seed, 0x9e3779b9) + index) >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return (x ^ (x >>> 16)) >>> 24;
}
function picture(seed, [height, width, channels], { mean, deviation }) {
  const of = (numbers, c) => (Array.isArray(numbers) ? numbers[c] : numbers), input = new Float32Array(height * width * channels);
  for (let y = 0, i = 0; y < height; ++y)
    for (let x = 0; x < width; ++x)
      for (let c = 0; c < channels; ++c, ++i) {
        const square = noise(seed, ((y >> 2) * width + (x >> 2)) * channels + c), own = noise(seed, 0x80000000 + i);
        input[i] = (((3 * square + own) >> 2) / 255 - of(mean, c)) / of(deviation, c);
      }
  return input;
}
function crc32(bytes) {
  let sum = ~0;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; ++bit) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return ~sum >>> 0;
}

(async () => {
  let failures = 0;
  for (const file of process.argv.slice(3)) {
    const faults = [], entries = metadata(fs.readFileSync(file));
    const test = JSON.parse(entries['adatape.self_test']), shape = JSON.parse(entries['adatape.config']).image;
    const input = picture(test.seed, shape, JSON.parse(entries.pixels));
    if (crc32(new Uint8Array(input.buffer)) !== test.input_crc32) faults.push('another picture');
    const session = await ort.InferenceSession.create(file, { executionProviders: ['cpu'] });
    const outputs = await session.run({ input: new ort.Tensor('float32', input, [1, ...shape]) });
    const values = name => Array.from(outputs[name].data, Number);
    const logits = values('logits'), largest = Math.max(...test.logits.map(Math.abs));
    const difference = Math.max(...test.logits.map((logit, i) => Math.abs(logit - logits[i])));
    if (!(difference <= 1e-5 * largest)) faults.push('logits');
    const tape = [];
    for (let r = 0; outputs['tape_indices_' + r]; ++r) {
      const indices = values('tape_indices_' + r), k = outputs['tape_indices_' + r].dims[2];
      for (let step = 0; step < values('tape_length')[r]; ++step) tape.push(indices.slice(step * k, (step + 1) * k).filter(index => index >= 0));
    }
    const length = outputs.steps ? values('steps')[0] : tape.length;
    if (length !== test.length || JSON.stringify(tape) !== JSON.stringify(test.tape)) faults.push('tape');
    if (faults.length > 0) ++failures;
    console.log(`${path.basename(file)}: seed ${test.seed}, ${length} tape tokens, logits within ${(difference / largest).toExponential(1)}${faults.length > 0 ? ', FAILED: ' + faults.join(', ') : ''}`);
  }
  process.exit(failures > 0 ? 1 : 0);
})();
