// Checkpoints in JavaScript: a safetensors file of one buffer, and the weights that the module of engine.mjs takes from it.

const sums = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let bit = 0; bit < 8; ++bit) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n;
});
// CRC-32 as in gzip; before: that of the bytes before these.
const crc32 = (bytes, before = 0) => ~bytes.reduce((sum, byte) => sums[(sum ^ byte) & 255] ^ (sum >>> 8), ~before) >>> 0;

const demand = (right, text) => { if (!right) throw new Error(`checkpoint: ${text}`); };
const parse = (text, what) => {
  try { return JSON.parse(text); } catch { throw new Error(`checkpoint: ${what} is no JSON`); }
};

// adatape/io/checksum.hpp says what the sums are of.
function checkMetadata(metadata, sum) {
  const encoder = new TextEncoder();
  let found = 0;
  for (const key of Object.keys(metadata).sort())
    for (const text of [key, metadata[key]].map((value) => encoder.encode(value))) found = crc32(text, crc32(encoder.encode(`${text.length}:`), found));
  demand(found === sum, 'the metadata are damaged: their checksum is another one');
}

// buffer: ArrayBuffer with the whole file. The result has the metadata, a text for each key, and tensors: { name: { shape, values } }. values is a copy, a
// Float32Array, or null where the type is not F32. Throws an Error where the file is damaged.
export function readCheckpoint(buffer) {
  demand(buffer.byteLength >= 8, `wanted a safetensors file, found ${buffer.byteLength} bytes`);
  const length = Number(new DataView(buffer).getBigUint64(0, true)), start = 8 + length;
  demand(start <= buffer.byteLength, `wanted a header of ${length} bytes, found ${buffer.byteLength - 8}`);
  const header = parse(new TextDecoder().decode(new Uint8Array(buffer, 8, length)), 'the header');
  demand(header !== null && typeof header === 'object', 'wanted a JSON object as header');
  const { __metadata__: { 'adatape.crc32': listed, ...metadata } = {}, ...entries } = header;
  const checksums = listed === undefined ? null : parse(listed, 'the list of checksums');
  if (checksums) checkMetadata(metadata, checksums.__metadata__);
  const tensors = {};
  for (const [name, { dtype, shape, data_offsets }] of Object.entries(entries)) {
    demand(Array.isArray(shape) && Array.isArray(data_offsets), `${name}: wanted a shape and data_offsets`);
    const [begin, end] = data_offsets;
    demand(0 <= begin && begin <= end && start + end <= buffer.byteLength, `${name}: wanted the bytes ${begin} to ${end}, found ${buffer.byteLength - start}`);
    const bytes = buffer.slice(start + begin, start + end);
    demand(!checksums || checksums[name] === crc32(new Uint8Array(bytes)), `${name} is damaged: its checksum is another one`);
    demand(dtype !== 'F32' || bytes.byteLength === 4 * shape.reduce((product, size) => product * size, 1), `${name}: wanted as many bytes as [${shape}] has`);
    tensors[name] = { shape, values: dtype === 'F32' ? new Float32Array(bytes) : null };
  }
  return { metadata, tensors };
}

// Settings that a description has only where they differ from their default (adatape/io/configuration.hpp): a file that has one more is of another model.
const leftOut = ['input', 'image_reduction', 'symbol_count', 'layer_norm_epsilon', 'qkv_bias', 'layer_scale', 'class_token', 'registers', 'distillation',
  'positions', 'fc_norm', 'representation_size'];

// Paths of the settings that differ. A file may have settings that say nothing of parameters, and its threshold is the one that it was trained with.
function differences(wanted, found, path = '') {
  return Object.entries(wanted).flatMap(([key, value]) => {
    if (path + key === 'dynamic.threshold') return [];
    if (value && typeof value === 'object' && !Array.isArray(value)) return differences(value, found?.[key] ?? {}, `${path}${key}.`);
    return JSON.stringify(value) === JSON.stringify(found?.[key]) ? [] : [path + key];
  });
}

// What Engine.load takes: the tensors of a checkpoint, as the engine's module has them in memory. Of a run that keeps a moving average of its weights, these
// are the averaged ones. Throws an Error where the checkpoint is of another model.
export function weightsOf(checkpoint, engine) {
  const { config, tensors, weights: count } = engine.description();
  const found = parse(checkpoint.metadata.config ?? '{}', 'the configuration');
  const other = [...differences(config, found), ...leftOut.filter((key) => key in found && !(key in config))];
  demand(other.length === 0, `its configuration is not that of the module: ${other.join(', ')}`);
  const weights = new Float32Array(count);
  const prefix = Object.keys(checkpoint.tensors).some((name) => name.startsWith('average/')) ? 'average/' : '';
  for (const { name, shape, first } of tensors) {
    const tensor = checkpoint.tensors[prefix + name];
    demand(tensor?.values, `wanted the tensor ${name} in F32, found ${tensor ? 'another type' : 'none'}`);
    demand(`${tensor.shape}` === `${shape}`, `${name}: wanted [${shape}], found [${tensor.shape}]`);
    weights.set(tensor.values, first);
  }
  return weights;
}
