#!/usr/bin/env bash
# What adatape-predict says about pictures and IDX files, and its own picture.
source "$(dirname "${BASH_SOURCE[0]}")/expect.sh"
expect 0 '^test accuracy' adatape-train --data "$work/data" --out "$work/run" --model adatape-fashion-tiny --epochs 30 --batch-size 50 --lr 0.01 \
  --warmup-epochs 1 --class-names zero,one,two,three,four,five,six,seven,eight,nine
model=$work/run/last.safetensors
test_images=$work/data/t10k-images-idx3-ubyte

expect 0 'three.png: three [0-9.]+ %, tape length [0-9]+: [0-9]+ ' adatape-predict "$model" "$work/data/three.png"
expect 0 'three.jpg: three ' adatape-predict "$model" "$work/data/three.jpg"
expect 0 '"class":3,"name":"three","probability":0\.[0-9]+,"length":[0-9]+,"macs":[0-9.]+,"tape":\[\[[0-9]+,' adatape-predict "$model" \
  "$work/data/three.png" --json
expect 0 '^accuracy (9[0-9]|100).* on 70 images' adatape-predict "$model" "$test_images" --labels "$work/data/t10k-labels-idx1-ubyte"
(($(wc -l <"$work/output") == 71)) || fail "wanted 70 images and a summary"

# A file may be packed; a lower tau reads less; the limit limits.
gzip -k "$test_images"
expect 0 '#4: four ' adatape-predict "$model" "$test_images.gz" --limit 5
(($(wc -l <"$work/output") == 6)) || fail "--limit 5: wanted 5 images and a summary"
expect 0 'tape length 1:' adatape-predict "$model" "$work/data/three.png" --tau 0.01
expect 2 'tau' adatape-predict "$model" "$work/data/three.png" --tau 10.5

expect 0 . adatape-predict "$model" "$test_images" "$work/data/three.jpg" --picture "$work/tapes.png"
expect 0 tapes.png adatape-predict "$model" "$work/tapes.png" --invert

echo 'no image' >"$work/text"
expect 1 'text: wanted a PNG' adatape-predict "$model" "$work/text"
expect 1 'none: cannot open' adatape-predict "$model" "$work/none"
expect 1 't10k-labels.*dimensions' adatape-predict "$model" "$work/data/t10k-labels-idx1-ubyte"
head -c 400 "$work/data/three.png" >"$work/short.png"
expect 1 'short.png: damaged PNG' adatape-predict "$model" "$work/short.png"
head -c 900 "$work/data/three.jpg" >"$work/short.jpg"
expect 1 'short.jpg: damaged' adatape-predict "$model" "$work/short.jpg"
expect 1 'no/such/tapes.png' adatape-predict "$model" "$work/data/three.png" --picture "$work/no/such/tapes.png"
finish
