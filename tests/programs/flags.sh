#!/usr/bin/env bash
# --help, wrong flags (exit 2), and data or models that are missing or damaged (exit 1): one clear line each.
source "$(dirname "${BASH_SOURCE[0]}")/expect.sh"

expect 0 '--tau .*=0' adatape-train --help
expect 0 '--tau .*=0' adatape-predict --help
expect 0 '^adatape [0-9.]+, batches of [0-9]+ floats, bf16 by (AMX|VDPBF16PS|fp32), int8 by (AMX|VPDPBUSD|SDOT|fp32)$' adatape-train --version
expect 2 'no-such-flag.*--help' adatape-train --no-such-flag
expect 2 'no-such-flag.*--help' adatape-predict model image --no-such-flag
expect 0 '^adatape-fashion +[0-9]+ +[0-9]+ +49 +10 +196$' adatape-train --list-models
expect 2 'model' adatape-train --model no-such-model
expect 2 'epochs' adatape-train --epochs 0
expect 2 'epochs' adatape-train --epochs many
expect 2 'lr' adatape-train --lr -1
expect 2 'dropout' adatape-train --dropout 1
expect 2 'loss' adatape-train --loss hinge
expect 2 'products.*fp16' adatape-train --data "$work/data" --out "$work/out" --products fp16
expect 2 'tau.*11.*out of range' adatape-train --data "$work/data" --out "$work/out" --tau 11
for value in nan inf -inf 1e400 0x1p3 ''; do
  expect 2 'lr.*wanted a number from 0' adatape-train --lr "$value"
done
expect 2 'tau.*wanted a number' adatape-predict model image --tau nan
expect 2 'seed' adatape-train --seed -1
expect 2 'seed' adatape-train --seed 18446744073709551616
expect 2 'epochs' adatape-train --epochs 2000000000000000000
expect 2 'epochs' adatape-train --epochs 0x10
expect 2 'shift' adatape-train --shift 28
expect 2 'threads' adatape-train --threads -1
expect 2 'class-names.*UTF-8' adatape-train --class-names $'caf\xe9,b'
expect 2 'class-names.*10 classes.*11 names' adatape-train --data "$work/data" --out "$work/out" --class-names a,b,c,d,e,f,g,h,i,j,k
expect 1 'model: cannot open' adatape-predict model $'\xff.png'  # a file may have any name; it is the model that is not there
expect 2 'epochs.*decimal.*010' adatape-train --epochs 010  # eight, to a reader of C numbers
expect 0 'saved' adatape-train --data "$work/data" --out "$work/threads" --model adatape-fashion-tiny --stop-after 1 --threads 1000
grep -q -- '--threads 1000: there are [0-9]* cores' "$work/errors" || fail "--threads 1000: no line about it"
expect 2 'MODEL' adatape-predict
expect 2 'tau' adatape-predict model image --tau -1

expect 1 'none such' adatape-train --data "$work/none such" --out "$work/out"
expect 1 'last.safetensors.*No such file' adatape-train --data "$work/data" --out "$work/out" --resume
cp -r "$work/data" "$work/short"
truncate -s 5000 "$work/short/train-images-idx3-ubyte"
expect 1 'train-images.*cut short' adatape-train --data "$work/short" --out "$work/out"
cp -r "$work/data" "$work/mixed"
cp "$work/data/t10k-labels-idx1-ubyte" "$work/mixed/train-labels-idx1-ubyte"
expect 1 'train-labels.*330.*70' adatape-train --data "$work/mixed" --out "$work/out"
touch "$work/file"
expect 1 'file' adatape-train --data "$work/data" --out "$work/file"
mkdir "$work/broken"
printf 'no images' >"$work/broken/train-images-idx3-ubyte"
expect 1 'file/below' adatape-train --data "$work/broken" --out "$work/file/below"  # the folder is tried before the data are read

expect 1 'none.safetensors.*No such file' adatape-predict "$work/none.safetensors" "$work/data/three.png"
expect 1 'empty' adatape-predict "$work/file" "$work/data/three.png"
expect 1 'header' adatape-predict "$work/data/three.png" "$work/data/three.png"
printf '\x02\0\0\0\0\0\0\0{}' >"$work/bare.safetensors"
expect 1 'metadata "config" is missing' adatape-predict "$work/bare.safetensors" "$work/data/three.png"
header='{"__metadata__":{"config":"{\"model\":\"other\"}","pixels":"{\"mean\":0.5,\"deviation\":1}"}}'
printf "\\x$(printf %x ${#header})\\0\\0\\0\\0\\0\\0\\0%s" "$header" >"$work/other.safetensors"
expect 1 'configuration is none' adatape-predict "$work/other.safetensors" "$work/data/three.png"
# What did not reach standard output is not taken for a whole result.
if [[ -c /dev/full ]]; then
  golden=$(dirname "${BASH_SOURCE[0]}")/../golden/vit_gap.safetensors
  mkdir "$work/golden"
  cp "$golden" "$work/golden"
  while read -r program arguments; do
    [[ $program != adatape-verify || -x $bin/adatape-verify ]] || continue
    # shellcheck disable=SC2086
    "${emulator[@]}" "$bin/$program" $arguments >/dev/full 2>"$work/errors"
    code=$?
    ((code == 1)) && (($(wc -l <"$work/errors") == 1)) && grep -q 'standard output: cannot write' "$work/errors" ||
      fail "$program $arguments >/dev/full: exit code $code, $(cat "$work/errors")"
  done <<END
adatape-train --help
adatape-train --version
adatape-train --list-models
adatape-predict --help
adatape-fewshot --help
adatape-export --help
adatape-import --help
adatape-parity --help
adatape-scenes --help
adatape-scenes --list-models
adatape-clutter --help
adatape-clutter --list-models
adatape-recall --help
adatape-verify --help
adatape-verify $work/golden
END
fi

# Threads that wait sleep, unless the user says how they wait. libgomp tells how often they spin, LLVM's library the policy.
if [[ ${#emulator[@]} == 0 ]]; then
  for program in adatape-train adatape-predict adatape-fewshot adatape-export adatape-import adatape-parity adatape-scenes adatape-clutter adatape-recall; do
    env -u OMP_WAIT_POLICY -u GOMP_SPINCOUNT -u KMP_BLOCKTIME OMP_DISPLAY_ENV=VERBOSE "$bin/$program" --version >"$work/output" 2>&1
    grep -q 'OPENMP DISPLAY ENVIRONMENT END' "$work/output" || continue  # built without OpenMP
    # The first report is of the start without a policy, the last of the one that goes on.
    policy=$(grep OMP_WAIT_POLICY "$work/output" | tail -1) spins=$(grep GOMP_SPINCOUNT "$work/output" | tail -1)
    [[ $policy == *"'PASSIVE'"* && (-z $spins || $spins == *"'0'"*) ]] || fail "$program: waiting threads spin: $policy $spins"
    OMP_WAIT_POLICY=ACTIVE OMP_DISPLAY_ENV=VERBOSE "$bin/$program" --version >"$work/output" 2>&1
    policy=$(grep OMP_WAIT_POLICY "$work/output")
    [[ $policy == *"'ACTIVE'"* && $policy != *PASSIVE* ]] || fail "$program: the user's policy is not kept: $policy"
  done
fi
finish
