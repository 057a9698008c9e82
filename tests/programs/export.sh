#!/usr/bin/env bash
# What adatape-export writes: checkpoints with kernels in bf16 or int8, and packed weights; what the other programs make of them; and what is refused.
source "$(dirname "${BASH_SOURCE[0]}")/expect.sh"
train=(adatape-train --data "$work/data" --model adatape-fashion-tiny --batch-size 50)
expect 0 '^test accuracy' "${train[@]}" --out "$work/run" --epochs 10 --lr 0.01 --warmup-epochs 1 --class-names zero,one,two,three,four,five,six,seven,eight,nine
model=$work/run/last.safetensors
images=$work/data/t10k-images-idx3-ubyte
export=(adatape-export "$model")
# says FILE FLAG...: the predictions for all images, in JSON.
says() { "${emulator[@]}" "$bin/adatape-predict" "$1" "$images" --json "${@:2}" || fail "adatape-predict $*: exit code $?"; }

# A checkpoint in fp32 is that of the run without what training needs, and one in bf16 takes less. Engines compute the same from them.
expect 0 'f32.safetensors: adatape-fashion-tiny, kernels in f32, ' "${export[@]}" --storage f32 --out "$work/f32.safetensors"
expect 0 'bf16.safetensors: adatape-fashion-tiny, kernels in bf16, ' "${export[@]}" --storage bf16 --out "$work/bf16.safetensors"
(($(stat -c %s "$work/bf16.safetensors") < $(stat -c %s "$work/f32.safetensors"))) || fail 'a checkpoint with kernels in bf16 is not smaller'
says "$model" >"$work/plain"
says "$model" --storage bf16 >"$work/rounded"
grep -q '"name":"three"' "$work/plain" || fail "no class names: $(head -1 "$work/plain")"
cmp -s "$work/plain" "$work/rounded" && fail '--storage bf16 changes nothing'
says "$work/f32.safetensors" | cmp - "$work/plain" || fail 'f32.safetensors predicts something else'
says "$work/f32.safetensors" --storage bf16 | cmp - "$work/rounded" || fail 'f32.safetensors predicts something else in bf16'
says "$work/bf16.safetensors" | cmp - "$work/rounded" || fail 'bf16.safetensors does not predict in bf16'
says "$work/bf16.safetensors" --storage f32 >"$work/output" && cmp -s "$work/output" "$work/rounded" && fail 'bf16.safetensors predicts in bf16 when told f32'

# The same in int8, which takes less still.
expect 0 'int8.safetensors: adatape-fashion-tiny, kernels in int8, ' "${export[@]}" --storage int8 --out "$work/int8.safetensors"
(($(stat -c %s "$work/int8.safetensors") < $(stat -c %s "$work/bf16.safetensors"))) || fail 'a checkpoint with kernels in int8 is not smaller than one in bf16'
says "$model" --storage int8 >"$work/quantised"
cmp -s "$work/rounded" "$work/quantised" && fail '--storage int8 is --storage bf16'
says "$work/int8.safetensors" | cmp - "$work/quantised" || fail 'int8.safetensors does not predict in int8'
expect 0 'int8.safetensors: taken [0-9]+ of ' "${train[@]}" --out "$work/from-int8" --epochs 1 --init "$work/int8.safetensors"

# Calibration makes int8 no worse where images are like those that it saw, is the same for any number of threads, and packs too. Only int8 has it.
calibrated='calibrated with 40 images: [0-9]+ of [1-9][0-9]* LayerNorms smoothed; error of the int8 products behind them [0-9.]+ % \(most [0-9.]+ %\), before '
calibrate=("${export[@]}" --storage int8 --calibrate "$work/data" --calibration-images 40)
expect 0 "$calibrated" "${calibrate[@]}" --out "$work/calibrated.safetensors" --threads 1
grep -q 'calibrated.safetensors: adatape-fashion-tiny, kernels in int8, ' "$work/output" || fail "nothing is said of the file: $(cat "$work/output")"
expect 0 "$calibrated" "${calibrate[@]}" --out "$work/calibrated-again.safetensors" --threads 2
cmp "$work/calibrated.safetensors" "$work/calibrated-again.safetensors" || fail 'calibration depends on the number of threads'
expect 0 "$calibrated" "${calibrate[@]}" --packed --out "$work/calibrated-packed"
says "$work/calibrated.safetensors" >"$work/wanted"
says "$work/calibrated-packed" | cmp - "$work/wanted" || fail 'calibrated weights predict something else when they are packed'
expect 2 'calibrate: wanted --storage int8, found bf16' "${export[@]}" --storage bf16 --calibrate "$work/data" --out "$work/none"
expect 2 'calibrate requires --storage' "${export[@]}" --onnx --calibrate "$work/data" --out "$work/none"
expect 2 'calibrate requires --storage' "${export[@]}" --as timm --calibrate "$work/data" --out "$work/none"
expect 2 'calibration-images' "${export[@]}" --storage int8 --calibration-images 40 --out "$work/none"
expect 1 'no/such/file' "${calibrate[@]}" --out "$work/no/such/file"
[[ ! -s $work/output ]] || fail "a file that cannot be written is found out behind the calibration: $(cat "$work/output")"
expect 2 'calibration-images' "${export[@]}" --storage int8 --calibrate "$work/data" --calibration-images 0 --out "$work/none"
expect 2 'format' "${export[@]}" --storage int8 --format idx --out "$work/none"
expect 1 'no-such-data: wanted a folder with a data set, found no such folder' "${export[@]}" --storage int8 --calibrate "$work/no-such-data" --out "$work/none"
cp -r "$work/data" "$work/cut-data"
head -c 1000 "$work/data/train-images-idx3-ubyte" >"$work/cut-data/train-images-idx3-ubyte"
expect 1 'cut-data/train-images-idx3-ubyte: ' "${export[@]}" --storage int8 --calibrate "$work/cut-data" --out "$work/none"

# A model as ONNX (tests/onnx runs such files), from any checkpoint. What the model does not take is refused, and nothing is written.
expect 0 'model.onnx: ONNX, ' "${export[@]}" --onnx --out "$work/model.onnx"
expect 0 'half.onnx: ONNX, ' adatape-export "$work/bf16.safetensors" --onnx --tau 1 --max-tape-tokens 3 --out "$work/half.onnx"
grep -aq 'adatape.tau' "$work/model.onnx" && grep -aq '"three"' "$work/model.onnx" || fail 'model.onnx does not say tau and the names of classes'
expect 1 'none: tau must be greater than 0 and at most ' "${export[@]}" --onnx --tau 1000 --out "$work/none"
expect 1 'none: wanted at most [0-9]+ tape tokens, found 1000' "${export[@]}" --onnx --exact-tape-tokens 1000 --out "$work/none"
expect 2 'wanted one of --storage, --as and --onnx, found none' "${export[@]}" --out "$work/none"
expect 2 'storage' "${export[@]}" --onnx --storage f32 --out "$work/none"
expect 2 'onnx' "${export[@]}" --storage f32 --tau 1 --out "$work/none"
expect 2 'out: wanted another file than .*last.safetensors, which is read' "${export[@]}" --onnx --out "$model"
head -c 5000 "$model" >"$work/cut.safetensors"
expect 1 'cut.safetensors' adatape-export "$work/cut.safetensors" --onnx --out "$work/none"
[[ ! -e $work/none ]] || fail 'a refused export has left a file'

# Packed weights give the same as the checkpoint, in the same bits, with any number of threads.
for storage in f32 bf16 int8; do
  expect 0 "packed-$storage: adatape-fashion-tiny, packed, kernels in $storage, " "${export[@]}" --packed --storage $storage --out "$work/packed-$storage"
  says "$model" --storage $storage >"$work/wanted"
  for flags in --threads=1 --threads=2 --check --storage=$storage --tau=0; do
    says "$work/packed-$storage" "$flags" | cmp - "$work/wanted" || fail "packed-$storage $flags predicts something else"
  done
done
expect 0 . "${export[@]}" --packed --storage bf16 --out "$work/again"
cmp "$work/packed-bf16" "$work/again" || fail 'equal weights are not packed in equal bytes'
expect 0 . adatape-export "$work/bf16.safetensors" --packed --storage bf16 --out "$work/again"
says "$work/again" | cmp - "$work/rounded" || fail 'packed from bf16.safetensors, the weights predict something else'
expect 0 . adatape-fewshot "$model" --data "$work/data" --shots 5 --seeds 1
wanted=$(said)
expect 0 . adatape-fewshot "$work/packed-f32" --data "$work/data" --shots 5 --seeds 1 --check
[[ $(said) == "$wanted" ]] || fail "adatape-fewshot says something else of packed weights: $(said)"

# Training starts from weights in bf16. It does not go on from them: what the optimizer had is not there.
expect 0 'bf16.safetensors: taken [0-9]+ of ' "${train[@]}" --out "$work/from" --epochs 1 --init "$work/bf16.safetensors"
cp -r "$work/run" "$work/resumed"
cp "$work/bf16.safetensors" "$work/resumed/last.safetensors"
expect 1 'last.safetensors: the tensors are not those of this model.*missing \("adamw/' adatape-train --data "$work/data" --out "$work/resumed" --epochs 12 --resume
expect 1 'packed-f32: .*is this a safetensors file' "${train[@]}" --out "$work/refused" --epochs 1 --init "$work/packed-f32"

# Flags.
expect 2 'storage' "${export[@]}" --out "$work/none"
expect 2 'storage' "${export[@]}" --storage f16 --out "$work/none"
expect 2 'out' "${export[@]}" --storage f32
expect 2 'out: wanted another file than .*last.safetensors, which is read' "${export[@]}" --storage f32 --out "$work/run/../run/last.safetensors"
expect 2 'no-such-flag' "${export[@]}" --storage f32 --out "$work/none" --no-such-flag
expect 1 'no/such/file' "${export[@]}" --storage f32 --out "$work/no/such/file"
expect 1 'packed-f32: wanted a checkpoint, found packed weights' adatape-export "$work/packed-f32" --storage f32 --out "$work/none"
expect 2 'storage: .*packed-bf16 is packed for bf16' adatape-predict "$work/packed-bf16" "$images" --storage f32
[[ ! -e $work/none ]] || fail 'a file was written where it should not'

# Files that are cut short or damaged.
refused() { expect 1 "bad: .*$1" adatape-predict "$work/bad" "$images" "${@:2}"; }
head -c 16 "$work/packed-f32" >"$work/bad"
refused 'wanted the 24 bytes'
head -c 500 "$work/packed-f32" >"$work/bad"
refused 'header of [0-9]+ bytes is cut short'
head -c 70000 "$work/packed-f32" >"$work/bad"
refused 'is the file cut short'
# put OFFSET BYTES: a copy with other bytes there.
put() {
  cp "$work/packed-f32" "$work/bad"
  printf '%b' "$2" | dd of="$work/bad" bs=1 seek="$1" conv=notrunc status=none
}
put 8 '\xc8'
refused 'wanted format [0-9]+ of packed weights, found 200; export the checkpoint again'
put 15 '\x01'
refused 'header length [0-9]+ is above'
put 40 'x'
refused 'the header is damaged'
put 66000 'xyzw'
expect 0 . adatape-predict "$work/bad" "$images"
refused 'the weights are damaged' --check
expect 1 'bad: .*the weights are damaged' adatape-fewshot "$work/bad" --data "$work/data" --check

# Files that were packed for something else.
if command -v python3 >/dev/null; then
  edit() { python3 "$(dirname "${BASH_SOURCE[0]}")/edit_packed.py" "$work/packed-f32" "$work/bad" "$@"; }
  edit library '"0.0.1"'
  refused 'wanted weights packed by adatape [0-9.]+, found "0.0.1"; export the checkpoint again'
  edit instruction_set '"neon9"'
  refused 'for the instruction set [a-z0-9_]+, found "neon9"; export the checkpoint again'
  edit storage '"int3"'
  refused 'compiled without engines for "int3"'
  edit scalar '"f64"'
  refused 'wanted other weights as f32, found "f64"'
  edit bytes 640
  refused 'bytes of the file belong to nothing'
  edit metadata '{}'
  refused 'metadata "config" is missing'
  edit metadata '{"config": "{}", "pixels": "{\"mean\": 0, \"deviation\": 1}"}'
  refused 'configuration is none'
else
  echo 'SKIPPED: files that were packed for something else: no python3'
fi
# Programs that hold several instruction sets.
if [[ $("${emulator[@]}" "$bin/adatape-predict" --version) != $(ADATAPE_INSTRUCTION_SET=sse2 "${emulator[@]}" "$bin/adatape-predict" --version 2>&1) ]]; then
  ADATAPE_INSTRUCTION_SET=sse2 expect 1 'packed-f32: .*for the instruction set sse2, found ' adatape-predict "$work/packed-f32" "$images"
fi
finish
