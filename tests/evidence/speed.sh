#!/usr/bin/env bash
# speed.sh PYTHON SOURCE WORK: the tables of speed are those of the records in docs/results/speed. Made-up measurements (the folder speed) fill every table of a
# copy, and copies of that with another number on one side are refused.
set -euo pipefail
python=$1 source=$2 work=$3
measured=$(dirname "${BASH_SOURCE[0]}")/speed
export PYTHONDONTWRITEBYTECODE=1

"$python" "$source/bench/report" --check

source "$(dirname "${BASH_SOURCE[0]}")/altered.sh"
paths=(CMakeLists.txt README.md docs/performance.md docs/pictures.md docs/fewshot.md docs/recipes.md docs/onnx.md docs/distributed.md docs/results bench/pages.py
  bench/machine.py bench/halting bench/report bench/distributed)
filled=$work-filled
rm -rf "$filled"
for path in "${paths[@]}"; do
  mkdir -p "$filled/$(dirname "$path")"
  cp -r "$source/$path" "$filled/$path"
done
rm -rf "$filled/docs/results/speed"
"$python" "$filled/bench/report"
tables=$(cat "$filled"/{README.md,docs/*.md} | grep -c '^<!-- speed: ') empty=$(cat "$filled"/{README.md,docs/*.md} | grep -c '^Not measured yet (')
if ((empty != tables - 2)); then echo "without records: wanted no numbers in all tables but goals and runs, found $empty of $tables empty" >&2; exit 1; fi
"$python" "$filled/bench/report" "$measured" products gemm >"$work-said"
grep -q '^recorded: products, gemm$' "$work-said"
"$python" "$filled/bench/report" "$measured" >"$work-said"
grep -q 'recorded: products, models, one_leaf, narrow_products, narrow_models, gemm, model, stored, tape_lengths, training, training_bf16, input_bank, adamw, ridge, stored_two, start,' "$work-said"
grep -q 'start, file_index, compile, pictures, imagenet, onnx, distributed, distributed_link, narrow_products_vnni, narrow_models_vnni, stored_vnni, stored_two_vnni$' "$work-said"
"$python" "$filled/bench/report" --check
if grep -q '^Not measured yet (' -r "$filled/docs" "$filled/README.md"; then echo "a table has no record although all parts were measured" >&2; exit 1; fi
if "$python" "$filled/bench/report" "$measured" nothing 2>/dev/null; then echo "an unknown part passed" >&2; exit 1; fi
if "$python" "$filled/bench/report" "$filled" start 2>/dev/null; then echo "a part without a file passed" >&2; exit 1; fi

refused() { refused_copy "$1" "$2" "$3" "$filled" "${paths[@]}" -- "$python" "$work/bench/report" --check; }
page=docs/performance.md
refused 'other numbers' $page 's/^| 196, 384, 1152 | 1 | 271 /| 196, 384, 1152 | 1 | 272 /'                   # products
refused 'other numbers' $page 's/^| infer S | 8 | 1 | 302.50 /| infer S | 8 | 1 | 303.50 /'                   # models
refused 'other numbers' $page 's/^| 196, 384, 1152 | 1 | 139 /| 196, 384, 1152 | 1 | 138 /'                   # narrow-products
refused 'other numbers' $page 's/^| infer S | 8 | 1 | bf16 | 101.0 /| infer S | 8 | 1 | bf16 | 102.0 /'             # narrow-models
refused 'other numbers' $page 's/^| train S | 8 | 1 | bf16 | 610.0 /| train S | 8 | 1 | bf16 | 611.0 /'
refused 'other numbers' $page 's/^| product 196, 384, 1152 | 1 | 1.810 | 3.16 /| product 196, 384, 1152 | 1 | 1.810 | 3.17 /' # stored
refused 'other numbers' $page 's/^| ViT S\/16 | 8 | 24.4 /| ViT S\/16 | 8 | 24.5 /'                           # forward
refused 'other numbers' $page 's/| 205 | 1.083 |/| 205 | 1.084 |/'                                            # tape-lengths
refused 'other numbers' $page 's/| 421.0 | 424.4 |/| 421.0 | 424.5 |/'                                        # mixed
refused 'other numbers' $page 's/^| ViT S\/16 | 8 | 7.2 | 198 /| ViT S\/16 | 8 | 7.2 | 199 /'                 # training
refused 'other numbers' $page 's/^| g++ 12 | 8.4 /| g++ 12 | 8.5 /'                                           # compiling
refused 'other numbers' $page 's/^| in all | 1.505 /| in all | 1.506 /'                                       # pictures
refused 'other numbers' $page 's/within 0.3%/within 0.4%/'                                                    # goals
refused 'other numbers' $page 's/^The FMA peak of one core was 268 /The FMA peak of one core was 269 /'       # peak
refused 'other numbers' $page 's/^| infer S | 8 | 1 | oneDNN C++ | 234 /| infer S | 8 | 1 | oneDNN C++ | 235 /' # goals-and-peak
refused 'other numbers' $page 's/they are 0.36 times/they are 0.35 times/'                                    # least-memory
refused 'other numbers' $page 's/^| train S | 8 | 1 | 1089.0 /| train S | 8 | 1 | 1088.0 /'                   # one-leaf
refused 'other numbers' $page 's/^| products, bf16 | fp32 | >= 1.9 | 7.15;/| products, bf16 | fp32 | >= 1.9 | 7.16;/' # narrow-goals
refused 'other numbers' $page 's/^| products, int8 | fp32 | >= 3.3 | 3.96;/| products, int8 | fp32 | >= 3.3 | 3.97;/' # vnni-goals
refused 'other numbers' $page 's/^| 196, 384, 1152 | 1 | 139 | 138 /| 196, 384, 1152 | 1 | 139 | 139 /'       # vnni-products
refused 'other numbers' $page 's/^| infer S | 8 | 1 | int8 | 128.0 /| infer S | 8 | 1 | int8 | 127.0 /'       # vnni-models
refused 'other numbers' $page 's/^| AdaTape B\/8, input bank, batch 1 | 2 | 1000.000 | 0.99 /| AdaTape B\/8, input bank, batch 1 | 2 | 1000.000 | 0.98 /' # vnni-stored
refused 'other numbers' $page 's/^| ViT S\/16, batch 8 | 2189 /| ViT S\/16, batch 8 | 2188 /'                 # bf16-steps
refused 'other numbers' $page 's/^| 196, 384, 384 | 2.99 /| 196, 384, 384 | 2.98 /'                           # bf16-layers
refused 'other numbers' $page 's/^| AdaTape S\/16 | 8 | 8.88 | 4300 /| AdaTape S\/16 | 8 | 8.88 | 4301 /'     # input-bank
refused 'other numbers' $page 's/^| ViT S\/16 | bf16 | packed | 88.2 /| ViT S\/16 | bf16 | packed | 44.2 /'   # start
refused 'other numbers' $page 's/^| subnormal | 0.742 /| subnormal | 0.841 /'                                 # adamw
refused 'other numbers' docs/pictures.md 's/^| with one, of 49 MB | 0.10 /| with one, of 49 MB | 0.01 /'      # file-index
refused 'other numbers' docs/fewshot.md 's/^| a regression on 10 000 images, one l2 | 90 /| a regression on 10 000 images, one l2 | 9 /' # ridge
refused 'other numbers' docs/onnx.md 's/^| ViT S\/16 | 1 | 1 | 66.6 /| ViT S\/16 | 1 | 1 | 66.5 /'                  # onnx
refused 'other numbers' docs/recipes.md 's/172 s, 5.8 images/171 s, 5.8 images/'                              # imagenet
page=docs/distributed.md
refused 'other numbers' $page 's/^| ViT S\/16 | strong | 16 | 2 | 2049 /| ViT S\/16 | strong | 16 | 2 | 2048 /'  # processes
refused 'other numbers' $page 's/^| strong | 256 | 2 | 75 | 1.41 /| strong | 256 | 2 | 75 | 1.40 /'               # deal
refused 'other numbers' $page 's/^| ViT S\/16 | 16 | 2 | 422 | 84.0 /| ViT S\/16 | 16 | 2 | 422 | 83.0 /'         # processes-memory
refused 'other numbers' $page 's/^| ViT S\/16 | strong | 16 | 2 | 2477 /| ViT S\/16 | strong | 16 | 2 | 2476 /'  # link
refused 'other numbers' $page 's/^| ViT S\/16 | 2 | 88.20 | 88.37 /| ViT S\/16 | 2 | 88.20 | 88.20 /'             # wire
refused 'other numbers' $page 's/ reach | 86% |/ reach | 87% |/'                                              # fit
refused 'other numbers' $page 's/^| ViT S\/16 | 1024 | 10 Gbit\/s | 174 | 125 | 161 /| ViT S\/16 | 1024 | 10 Gbit\/s | 174 | 125 | 160 /' # plan
page=docs/performance.md
refused 'other numbers' docs/results/speed/start.json '0,/"wall_ms": 304.0/s/"wall_ms": 304.0/"wall_ms": 204.0/'
refused 'other numbers' $page 's/^\(| products | .* | \)0.1.0 /\10.2.0 /'                                     # runs
refused 'other numbers' $page 's/`SECS=1 bash/`SECS=2 bash/'
refused 'other numbers' README.md 's/^\(| forward pass of ViT-S.16, batch 8, one core | \)302 ms/\1301 ms/'   # peers
refused 'other numbers' docs/results/speed/models.json '0,/"ms": 302.5/s/"ms": 302.5/"ms": 309.5/'
refused 'wanted a marker' $page 's/<!-- speed: goals -->//'
