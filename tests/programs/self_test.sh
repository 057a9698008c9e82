#!/usr/bin/env bash
# The self-test in every file that adatape-export and adatape-import write, and what adatape-predict says of files that deviate or whose record is damaged.
source "$(dirname "${BASH_SOURCE[0]}")/expect.sh"
expect 0 '^test accuracy' adatape-train --data "$work/data" --model adatape-fashion-tiny --batch-size 50 --out "$work/run" --epochs 4 --lr 0.01
model=$work/run/last.safetensors
passed='self-test passed with kernels in'
# tested STORAGE FILE FLAG...: on the machine that wrote the file the difference is 0.
tested() { expect 0 "$passed $1: largest difference of a logit 0, bound [0-9.e-]+, tape length [0-9]+ as recorded$" adatape-predict "$2" --self-test "${@:3}"; }
for storage in f32 bf16 int8; do
  expect 0 . adatape-export "$model" --storage $storage --out "$work/$storage.safetensors"
  expect 0 . adatape-export "$model" --storage $storage --packed --out "$work/$storage.packed"
  tested $storage "$work/$storage.safetensors" --threads 1
  tested $storage "$work/$storage.packed" --check
done
# A file that is made of one with a record gets its own.
expect 0 . adatape-export "$work/bf16.safetensors" --storage int8 --out "$work/again.safetensors"
tested int8 "$work/again.safetensors"
cp "$work/f32.safetensors" "$work/first.safetensors"
expect 0 . adatape-export "$model" --storage f32 --out "$work/f32.safetensors"
cmp "$work/f32.safetensors" "$work/first.safetensors" || fail 'equal exports give different files'
expect 0 . adatape-export "$model" --onnx --out "$work/whole.onnx"
expect 0 . adatape-export "$model" --onnx --tau 1 --max-tape-tokens 3 --out "$work/half.onnx"
for file in whole half; do grep -aq 'adatape.self_test' "$work/$file.onnx" || fail "$file.onnx holds no self-test"; done

# Files without a record, and flags.
expect 1 'last.safetensors: it holds no self-test; adatape-export writes files that do' adatape-predict "$model" --self-test
expect 2 'IMAGE is required' adatape-predict "$model"
expect 2 'excludes --self-test' adatape-predict "$work/f32.safetensors" "$work/data/three.png" --self-test
expect 2 'excludes' adatape-predict "$work/f32.safetensors" --self-test --tau 1
expect 2 'excludes' adatape-predict "$work/f32.safetensors" --self-test --storage bf16

# Every instruction set of programs that hold several: logits within the bound, the same tape.
best=$("${emulator[@]}" "$bin/adatape-predict" --version)
if [[ $best != $(ADATAPE_INSTRUCTION_SET=sse2 "${emulator[@]}" "$bin/adatape-predict" --version 2>&1) ]]; then
  for set in sse2 avx2 avx2_vnni avx512 avx512_vnni avx512_bf16 avx512_amx; do
    ADATAPE_INSTRUCTION_SET=$set "${emulator[@]}" "$bin/adatape-predict" --version >"$work/output" 2>&1 || continue
    for storage in f32 bf16 int8; do
      ADATAPE_INSTRUCTION_SET=$set expect 0 "$passed $storage" adatape-predict "$work/$storage.safetensors" --self-test
      echo "$set: $(sed 's/.*self-test/self-test/' "$work/output")"
    done
  done
fi

if command -v python3 >/dev/null; then
  here=$(dirname "${BASH_SOURCE[0]}")
  python3 "$here/make_weights.py" "$work" || exit 1
  # The warning tells of GELU, which timm has in another form.
  expect 0 . adatape-import "$work/timm.safetensors" --to adatape-colour-tiny --out "$work/imported.safetensors"
  tested f32 "$work/imported.safetensors"
  for file in f32 int8 imported; do python3 "$here/check_self_test.py" "$work/$file.safetensors" || fail "$file.safetensors: another picture than the described one"; done

  edit() { python3 "$here/edit_checkpoint.py" "$work/f32.safetensors" "$work/bad.safetensors" "$@"; }
  refused() { expect 1 "bad.safetensors: $1" adatape-predict "$work/bad.safetensors" --self-test; }
  # A file that deviates: other weights, another record, other pictures.
  edit scale 1.01
  refused 'the self-test failed: '
  edit scale 1e25
  refused 'the self-test failed: the logits are not finite'
  edit metadata pixels '{"mean": 0.25, "deviation": 0.5}'
  refused 'the self-test failed: wanted a picture with the checksum '
  edit set self_test input_crc32 7
  refused 'the self-test failed: wanted a picture with the checksum 7, found '
  edit set self_test logits '[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]'
  refused 'the self-test failed: largest difference of a logit [0-9.]+, wanted at most 0.0001'
  # A record that is damaged.
  record() {
    edit set self_test "$1" "$2"
    refused "metadata \"self_test\": $3"
  }
  record logits none 'key "logits" is missing'
  record logits '[1, 2]' '"logits": wanted 10 numbers, found an array of 2'
  record logits '[null, 2, 3, 4, 5, 6, 7, 8, 9, 10]' '"logits": wanted a number from .* found null'
  record logits '[NaN, 2, 3, 4, 5, 6, 7, 8, 9, 10]' 'not valid JSON'
  record logits '[1e39, 2, 3, 4, 5, 6, 7, 8, 9, 10]' '"logits": wanted a number from '
  record logits '[1e999, 2, 3, 4, 5, 6, 7, 8, 9, 10]' 'a number is too large'
  record logits '{}' '"logits": wanted 10 numbers, found an object'
  record seed -1 '"seed": wanted an integer from 0 to 4294967295, found -1'
  record seed 1.5 '"seed": wanted an integer'
  record input_crc32 '"7"' '"input_crc32": wanted an integer'
  record storage '"bf16"' '"storage": wanted "f32", as the file stores kernels, found "bf16"'
  record length 1000000 '"length": wanted an integer from 0 to '
  record length 0 '"tape": wanted 0 tape tokens, found an array of '
  record tape '[[-1]]' '"tape": wanted '
  record tape 7 '"tape": wanted [0-9]+ tape tokens, found 7'
  edit metadata self_test deep
  refused 'metadata "self_test": JSON is nested more than'
  edit metadata self_test 7
  refused 'metadata "self_test": wanted a JSON object, found 7'
  # One bank token that is another: the tape is compared token by token.
  python3 - "$work/f32.safetensors" >"$work/tape" <<'END'
import json, struct, sys
with open(sys.argv[1], "rb") as file:
    header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
tape = json.loads(header["__metadata__"]["self_test"])["tape"]
tape[-1][-1] = (tape[-1][-1] + 1) % 16
print(json.dumps(tape))
END
  edit set self_test tape "$(cat "$work/tape")"
  refused 'the self-test failed: tape token [0-9]+ is read from other bank tokens$'
  # Weights whose logits are not finite are written without a record, and a line says so.
  edit scale 1e25
  expect 0 . adatape-export "$work/bad.safetensors" --storage f32 --out "$work/large.safetensors"
  grep -q 'warning: .*large.safetensors: the file has no self-test, because the logits of this model are not finite$' "$work/errors" || fail "$(cat "$work/errors")"
  expect 1 'it holds no self-test' adatape-predict "$work/large.safetensors" --self-test
else
  echo 'SKIPPED: imported weights, files that deviate, damaged records: no python3'
fi

# ONNX Runtime, where tests/onnx has it.
modules=${ADATAPE_ONNX_RUNTIME:-$work/../../onnx/node_modules}
if command -v node >/dev/null && [[ -d $modules/onnxruntime-node ]]; then
  node "$(dirname "${BASH_SOURCE[0]}")/../onnx/self_test.js" "$modules" "$work/whole.onnx" "$work/half.onnx" || fail 'ONNX Runtime does not pass the self-test of a file'
else
  echo 'SKIPPED: ONNX Runtime is not here (tests/onnx/runtime.sh fetches it)'
fi
finish
