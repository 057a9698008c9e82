// run_command.mjs MODULE: runs the main of a program for WASI, with its standard output.
import { readFileSync } from 'node:fs';
import { WASI } from 'node:wasi';

const wasi = new WASI({ version: 'preview1' });
const imports = { wasi_snapshot_preview1: wasi.wasiImport, adatape: { fail: () => { throw new Error('the program threw an exception'); } } };
const { instance } = await WebAssembly.instantiate(readFileSync(process.argv[2]), imports);
process.exitCode = wasi.start(instance);
