// The WebAssembly module of module.hpp. Used by the page, and by tests under Node.

// Functions of WASI that the C++ library imports. None is needed: there are no files, and no program ends. 52 is ENOSYS.
const wasiFunctions = (module) =>
  Object.fromEntries(WebAssembly.Module.imports(module).filter((entry) => entry.module === 'wasi_snapshot_preview1').map((entry) => [entry.name, () => 52]));

export class Engine {
  // bytes: the module. Rejects where there is no SIMD.
  static async of(bytes) {
    const engine = new Engine();
    const module = await WebAssembly.compile(bytes);
    const instance = await WebAssembly.instantiate(module, {
      wasi_snapshot_preview1: wasiFunctions(module),
      adatape: { fail: (text) => { throw new Error(engine.textAt(text)); } },
    });
    engine.exports = instance.exports;
    engine.exports._initialize();
    return engine;
  }

  // The model: { config, weights, tensors: [{ name, shape, first }] } (module.hpp).
  description() { return JSON.parse(this.textAt(this.exports.adatape_description())); }

  // weights: Float32Array, a model's parameters as they lie in memory.
  load(weights) {
    const wanted = this.exports.adatape_weight_count();
    if (weights.length !== wanted) throw new Error(`weights: wanted ${wanted} values, found ${weights.length}`);
    this.floats(this.exports.adatape_weights(), wanted).set(weights);
    this.exports.adatape_load();
  }

  // pixels: Float32Array, normalised. The result is a copy: logits; steps, each with bank tokens and merge weights; multiply-accumulates.
  run(pixels, tau) {
    const call = this.exports, wanted = call.adatape_input_size();
    if (pixels.length !== wanted) throw new Error(`image: wanted ${wanted} values, found ${pixels.length}`);
    this.floats(call.adatape_input(), wanted).set(pixels);
    call.adatape_run(tau);
    const length = call.adatape_tape_length(), slots = call.adatape_tokens_per_step();
    const tokens = new Int32Array(call.memory.buffer, call.adatape_indices(), length * slots);
    const weights = this.floats(call.adatape_merge_weights(), length * slots);
    const steps = [];
    for (let n = 0; n < length; ++n) {
      const of = tokens.slice(n * slots, (n + 1) * slots), used = of.includes(-1) ? of.indexOf(-1) : slots;
      steps.push({ tokens: of.subarray(0, used), weights: weights.slice(n * slots, n * slots + used) });
    }
    return { logits: this.floats(call.adatape_logits(), call.adatape_classes()).slice(), steps, macs: call.adatape_macs() };
  }

  // A view, until the memory grows.
  floats(at, count) { return new Float32Array(this.exports.memory.buffer, at, count); }
  textAt(at) {
    const bytes = new Uint8Array(this.exports.memory.buffer, at);
    return new TextDecoder().decode(bytes.slice(0, bytes.indexOf(0)));
  }
}
