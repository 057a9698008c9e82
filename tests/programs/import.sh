#!/usr/bin/env bash
# What adatape-import makes of weights of other libraries, what the other programs make of that, and what is refused.
source "$(dirname "${BASH_SOURCE[0]}")/expect.sh"
command -v python3 >/dev/null || { echo 'SKIPPED: no python3, which writes the weights'; exit 0; }
python3 "$(dirname "${BASH_SOURCE[0]}")/make_weights.py" "$work" || exit 1
import=(adatape-import --to adatape-colour-tiny --out "$work/out.safetensors")
says() { "${emulator[@]}" "$bin/adatape-predict" "$1" "$work/data/three.png" --json || fail "adatape-predict $*: exit code $?"; }

# The two files hold the same weights in two layouts, so the two checkpoints predict the same. Flax has GELU as the model has it, timm has not.
expect 0 '^a safetensors file of the family timm: taken 39 of [0-9]+ tensors; [0-9]+ fresh \("embedding_bank/kernel", ' "${import[@]}" "$work/timm.safetensors"
grep -qx 'warning: the model has gelu tanh, the weights were trained with erf: logits differ from those of the family' "$work/errors" || fail 'no warning of GELU'
grep -q 'out.safetensors: adatape-colour-tiny; pictures: mean 0.5, 0.5, 0.5, deviation 0.5, 0.5, 0.5, fit timm with crop share 0.9$' "$work/output" || fail "$(cat "$work/output")"
cp "$work/out.safetensors" "$work/from-timm.safetensors"
expect 0 '^a NumPy archive of the family flax: taken 39 of ' "${import[@]}" "$work/flax.npz" --fit timm --crop-share 0.9
[[ ! -s $work/errors ]] || fail "a warning of weights that fit: $(cat "$work/errors")"
says "$work/from-timm.safetensors" >"$work/wanted"
says "$work/out.safetensors" | cmp - "$work/wanted" || fail 'the two layouts predict different things'
cp "$work/out.safetensors" "$work/first"
expect 0 'fit scenic with crop share 0.875' "${import[@]}" "$work/flax.npz"
expect 0 . "${import[@]}" "$work/flax.npz" --fit timm --crop-share 0.9
cmp "$work/out.safetensors" "$work/first" || fail 'equal imports give different files'
expect 0 . "${import[@]}" "$work/flax.npz" --fit timm --crop-share 0.9 --seed 2
cmp -s "$work/out.safetensors" "$work/first" && fail '--seed changes nothing'
expect 0 'pictures: mean 0.485, 0.456, 0.406, ' "${import[@]}" "$work/timm.safetensors" --normalise imagenet --fit stretch --fresh-head --class-names a,b,c,d,e,f,g,h,i,j
says "$work/out.safetensors" | grep -q '"name":"[a-j]"' || fail 'no class names'
grep -q 'imported' "$work/out.safetensors" || fail 'the checkpoint does not say where it is from'

# What does not fit, and what is damaged: nothing is written.
rm "$work/out.safetensors"
expect 1 'timm.safetensors: does not fit this model: "patch_embed.proj.weight": wanted \[16, 1, 7, 7\], found \[16, 3, 8, 8\]' \
  adatape-import "$work/timm.safetensors" --to adatape-fashion-tiny --out "$work/out.safetensors"
expect 1 'flax.npz: wanted weights with the names of timm, found ' "${import[@]}" "$work/flax.npz" --from timm
expect 1 'timm.safetensors: wanted weights with the names of one of ' "${import[@]}" "$work/timm.safetensors" --prefix model.
expect 1 'no-such-file: cannot open' "${import[@]}" "$work/no-such-file"
expect 1 'three.png: wanted weights as safetensors, ' "${import[@]}" "$work/data/three.png"
head -c 9000 "$work/flax.npz" >"$work/cut.npz"
expect 1 'cut.npz: the end of the zip archive is missing' "${import[@]}" "$work/cut.npz"
expect 1 'no model is called "vit"' adatape-import "$work/timm.safetensors" --to vit --out "$work/out.safetensors"
[[ ! -e $work/out.safetensors ]] || fail 'a file was written where it should not'

# Flags.
expect 0 '^adatape-colour-tiny ' adatape-import --list-models
expect 2 'SOURCE is required' "${import[@]}"
expect 2 'to is required' adatape-import "$work/timm.safetensors" --out "$work/none"
expect 2 'from.*jax' "${import[@]}" "$work/timm.safetensors" --from jax
expect 2 'positions' "${import[@]}" "$work/timm.safetensors" --positions nearest
expect 2 'crop-share' "${import[@]}" "$work/timm.safetensors" --crop-share 2
expect 2 'class-names: adatape-colour-tiny has 10 classes, found 2 names' "${import[@]}" "$work/timm.safetensors" --class-names a,b
expect 2 'out: wanted another file than the source' adatape-import "$work/timm.safetensors" --to adatape-colour-tiny --out "$work/./timm.safetensors"
expect 2 'wanted one of --storage, --as and --onnx, found none' adatape-export "$work/first" --out "$work/none"
expect 2 'storage' adatape-export "$work/first" --storage f32 --as timm --out "$work/none"
# A tape has no place in another library.
expect 1 'none: cannot write "embedding_bank/kernel": timm has no place for it' adatape-export "$work/first" --as timm --out "$work/none"
[[ ! -e $work/none ]] || fail 'a file was written where it should not'

finish
