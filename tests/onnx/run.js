// node run.js MODULES GOLDEN.safetensors MODEL.onnx ...: runs each model in ONNX Runtime on the input of its golden file, as one batch and sample by sample.
// Logits must be within 1e-5 of the golden ones, relative to the largest, tape lengths and indices equal. MODULES is a folder node_modules with onnxruntime-node.
// Prints one line a model. Exit code 1: one of them differs.
const fs = require('fs'), path = require('path');
const ort = require(path.join(process.argv[2], 'onnxruntime-node'));

// A file of safetensors: shapes and numbers by name.
function read(file) {
  const bytes = fs.readFileSync(file), header = Number(bytes.readBigUInt64LE(0)), tensors = JSON.parse(bytes.toString('utf8', 8, 8 + header));
  const types = { F64: Float64Array, F32: Float32Array, I64: BigInt64Array };
  return name => {
    const tensor = tensors[name];
    if (!tensor) return null;
    const [from, to] = tensor.data_offsets.map(offset => 8 + header + offset);
    return { shape: tensor.shape, values: Array.from(new types[tensor.dtype](bytes.buffer.slice(bytes.byteOffset + from, bytes.byteOffset + to)), Number) };
  };
}
const size = shape => shape.reduce((product, side) => product * side, 1);
const largest = values => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

// The outputs for samples first to end - 1.
async function run(session, input, first, end) {
  const one = size(input.shape) / input.shape[0];
  const batch = new ort.Tensor('float32', Float32Array.from(input.values.slice(first * one, end * one)), [end - first, ...input.shape.slice(1)]);
  const outputs = await session.run({ input: batch });
  return name => (outputs[name] ? { shape: outputs[name].dims, values: Array.from(outputs[name].data, Number) } : null);
}

// Compares the outputs of samples first to end - 1 with the golden file; returns the largest difference of logits and what else differs.
function compare(golden, found, first, end, check_indices) {
  const rows = (tensor, from, to) => tensor.values.slice(from * size(tensor.shape) / tensor.shape[0], to * size(tensor.shape) / tensor.shape[0]);
  const logits = rows(golden('logits'), first, end), faults = [];
  const difference = largest(found('logits').values.map((value, i) => value - logits[i])) / largest(golden('logits').values);
  const lengths = golden('tape_length');
  if (lengths) {
    if (String(rows(lengths, first, end)) !== String(found('tape_length').values)) faults.push(`tape lengths ${found('tape_length').values}, wanted ${rows(lengths, first, end)}`);
    const reads = lengths.shape[1], indices = golden('tape_indices'), weights = golden('tape_weights');
    const [steps, k] = indices.shape.slice(2);
    for (let r = 0; r < reads; ++r) {
      const got = found('tape_indices_' + r), got_weights = found('tape_weights_' + r);
      for (let b = first; b < end; ++b)
        for (let t = 0; t < lengths.values[b * reads + r]; ++t)
          for (let j = 0; j < got.shape[2]; ++j) {
            const wanted = ((b * reads + r) * steps + t) * k + j, at = ((b - first) * got.shape[1] + t) * got.shape[2] + j;
            if (j < k && check_indices && got.values[at] !== indices.values[wanted]) faults.push(`sample ${b} step ${t}: index ${got.values[at]}, wanted ${indices.values[wanted]}`);
            if (j < k && !(Math.abs(got_weights.values[at] - weights.values[wanted]) <= 1e-4)) faults.push(`sample ${b} step ${t}: weight ${got_weights.values[at]}, wanted ${weights.values[wanted]}`);
          }
    }
  }
  return { difference, faults };
}

(async () => {
  let failures = 0;
  for (let i = 3; i + 1 < process.argv.length; i += 2) {
    const golden = read(process.argv[i]), session = await ort.InferenceSession.create(process.argv[i + 1], { executionProviders: ['cpu'] });
    const input = golden('input'), samples = input.shape[0], name = path.basename(process.argv[i], '.safetensors');
    // Equal bank tokens (sequences have them, and the files called tied) may get unequal scores, so another of them may be read.
    const check_indices = !/parity|tied/.test(name);
    const all = compare(golden, await run(session, input, 0, samples), 0, samples, check_indices);
    let difference = all.difference, faults = all.faults;
    for (let b = 0; b < samples; ++b) {
      const one = compare(golden, await run(session, input, b, b + 1), b, b + 1, check_indices);
      difference = Math.max(difference, one.difference);
      faults = faults.concat(one.faults);
    }
    if (!(difference <= 1e-5)) faults.push('logits differ');
    if (faults.length > 0) ++failures;
    console.log(`${name}: ${samples} samples, logits within ${difference.toExponential(1)}${faults.length > 0 ? ', FAILED: ' + faults.slice(0, 3).join('; ') : ''}`);
  }
  process.exit(failures > 0 ? 1 : 0);
})();
