// node runtime.js MODULES FOLDER MODEL BATCH THREADS SECONDS: the median milliseconds of ONNX Runtime for a batch of FOLDER/input, over so many seconds, and the
// largest difference of its logits from FOLDER/MODEL.logits, over the largest logit.
const fs = require('fs'), path = require('path');
const [modules, folder, model, batch, threads, seconds] = process.argv.slice(2);
const ort = require(path.join(modules, 'onnxruntime-node'));
const floats = name => {
  const bytes = fs.readFileSync(path.join(folder, name));
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
};
(async () => {
  const session = await ort.InferenceSession.create(path.join(folder, model + '.onnx'), {
    intraOpNumThreads: +threads, interOpNumThreads: 1, executionMode: 'sequential', graphOptimizationLevel: 'all', executionProviders: ['cpu'] });
  const image = floats('input'), values = new Float32Array(image.length * batch), wanted = floats(model + '.logits');
  for (let b = 0; b < batch; ++b) values.set(image, b * image.length);
  const feeds = { input: new ort.Tensor('float32', values, [+batch, 224, 224, 3]) };
  const logits = (await session.run(feeds)).logits.data, largest = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  let difference = 0;
  for (let i = 0; i < logits.length; ++i) difference = Math.max(difference, Math.abs(logits[i] - wanted[i % wanted.length]) / largest);
  const times = [];
  for (let sum = 0; sum < 1000 * seconds || times.length < 5; sum += times[times.length - 1]) {
    const start = performance.now();
    await session.run(feeds, ['logits']);
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  console.log(`${times[Math.floor(times.length / 2)].toFixed(3)} ${difference.toExponential(2)}`);
})();
