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

# Pictures as each library makes them. torchvision's are bilinear, and a picture of another size shows it.
expect 0 'fit timm with crop share 0.875, bilinear$' "${import[@]}" "$work/torchvision.safetensors"
says "$work/out.safetensors" >"$work/bilinear"
expect 0 'pictures: mean 0.485, .*fit timm with crop share 0.875$' "${import[@]}" "$work/torchvision.safetensors" --interpolation bicubic
says "$work/out.safetensors" | cmp -s - "$work/bilinear" && fail '--interpolation changes nothing'
expect 0 'fit stretch-crop with crop share 0.875$' "${import[@]}" "$work/torchvision.safetensors" --fit stretch-crop
expect 2 'interpolation: --fit scenic has no bicubic' "${import[@]}" "$work/timm.safetensors" --fit scenic --interpolation bicubic
seq 10 | sed 's/^/name /' >"$work/names"
expect 0 'with names of classes$' "${import[@]}" "$work/torchvision.safetensors" --classes "$work/names"
says "$work/out.safetensors" | grep -q '"name":"name [0-9]*"' || fail 'no names of classes from a file'
head -9 "$work/names" >"$work/nine"
expect 2 'classes: adatape-colour-tiny has 10 classes, found 9 names' "${import[@]}" "$work/torchvision.safetensors" --classes "$work/nine"
sed -i '3s/.*//' "$work/nine"
expect 1 'nine: line 3: wanted the name of a class, found an empty text' "${import[@]}" "$work/torchvision.safetensors" --classes "$work/nine"
expect 2 'class-names excludes --classes' "${import[@]}" "$work/torchvision.safetensors" --classes "$work/names" --class-names a,b

# The files that Hugging Face has beside weights: they say how pictures are made, and what the classes are called.
hf=("${import[@]}" "$work/hf/model.safetensors")
warns() { grep -qx "warning: $1" "$work/errors" || fail "no line 'warning: $1': $(cat "$work/errors")"; }
expect 0 'pictures: mean 0.5, 0.5, 0.5, deviation 0.5, 0.5, 0.5, fit stretch$' "${hf[@]}"
processor() { echo "$1" >"$work/hf/preprocessor_config.json"; }
processor '{"do_resize": true, "size": 40, "resample": 3, "do_center_crop": true, "crop_size": 32, "image_mean": [0.485, 0.456, 0.406], "image_std": [0.25, 0.5, 1]}'
python3 -c 'import json; print(json.dumps({"id2label": {str(i): f"kind {i}" for i in range(10)}}))' >"$work/hf/config.json"
expect 0 'mean 0.485, 0.456, 0.406, deviation 0.25, 0.5, 1, fit stretch-crop with crop share 0.8, bicubic; with names of classes$' "${hf[@]}"
! grep -v '^warning: the model has ' "$work/errors" || fail 'warnings where nothing contradicts'  # those tell of GELU and epsilon
says "$work/out.safetensors" | grep -q '"name":"kind [0-9]"' || fail 'no names of classes from config.json'
expect 0 'fit timm with crop share 0.8, bilinear; with' "${hf[@]}" --fit timm --interpolation bilinear --normalise half --classes "$work/names"
warns 'the flags say otherwise than preprocessor_config.json: fit timm with crop share 0.8, bilinear, there stretch-crop with crop share 0.8, bicubic; mean 0.5 0.5 0.5, there 0.485 0.456 0.406; deviation .*'
warns 'the flags give other names of classes than config.json'
expect 0 'mean 0.485.*fit stretch-crop with crop share 0.8, bicubic$' "${hf[@]}" --fresh-head
processor '{"size": {"height": 384, "width": 384}, "resample": 2}'
echo '{"id2label": {"0": "LABEL_0", "1": "LABEL_1"}}' >"$work/hf/config.json"
expect 0 'mean 0.5, 0.5, 0.5, deviation 0.5, 0.5, 0.5, fit stretch$' "${hf[@]}"
warns 'preprocessor_config.json makes images of 384 x 384, the model takes 32 x 32'
processor '{"size": {"shortest_edge": 40}, "do_center_crop": true, "crop_size": {"height": 32, "width": 32}, "resample": 3, "do_rescale": true, "rescale_factor": 0.00784313725490196, "image_mean": [1, 1, 1], "image_std": [1, 1, 1]}'
echo '{"id2label": {"0": "cat", "1": "dog"}}' >"$work/hf/config.json"
expect 0 'mean 0.5, 0.5, 0.5, deviation 0.5, 0.5, 0.5, fit timm with crop share 0.8$' "${hf[@]}"
warns 'config.json has names of 2 classes, the model has 10: none are recorded'
processor '{"size": 32, "resample": 1}'
expect 0 'fit stretch$' "${hf[@]}"
warns '.*preprocessor_config.json: "resample": 1 is not offered, bilinear is taken'

# The file that timm has beside weights on Hugging Face's hub, in its two forms.
mkdir -p "$work/hub"
cp "$work/timm.safetensors" "$work/hub/model.safetensors"
hub=("${import[@]}" "$work/hub/model.safetensors")
config() { echo "$1" >"$work/hub/config.json"; }
config '{"architecture": "deit_tiny", "num_classes": 10, "pretrained_cfg": {"input_size": [3, 32, 32], "interpolation": "bilinear", "crop_pct": 0.8,
  "crop_mode": "center", "mean": [0.485, 0.456, 0.406], "std": [0.25, 0.5, 1], "label_names": ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"]}}'
expect 0 'mean 0.485, 0.456, 0.406, deviation 0.25, 0.5, 1, fit timm with crop share 0.8, bilinear; with names of classes$' "${hub[@]}"
! grep -v '^warning: the model has ' "$work/errors" || fail 'warnings where nothing contradicts config.json of timm'
says "$work/out.safetensors" | grep -q '"name":"[a-j]"' || fail 'no names of classes from config.json of timm'
expect 0 'mean 0.5, 0.5, 0.5, .*fit timm with crop share 0.8, bilinear' "${hub[@]}" --normalise half
warns 'the flags say otherwise than config.json: mean 0.5 0.5 0.5, there 0.485 0.456 0.406; deviation .*'
config '{"architecture": "vit_tiny", "num_classes": 10, "input_size": [3, 384, 384], "mean": [0.5], "std": [0.5], "crop_mode": "squash",
  "interpolation": "random"}'
expect 0 'mean 0.5, 0.5, 0.5, deviation 0.5, 0.5, 0.5, fit stretch-crop with crop share 0.875, bicubic$' "${hub[@]}"
warns 'config.json makes images of 384 x 384, the model takes 32 x 32'
warns '.*config.json: "interpolation": "random" is not offered, bicubic is taken'
config '{"architecture": "vit_tiny", "pretrained_cfg": {"crop_mode": "border"}, "label_names": {"0": "a", "2": "c"}}'
expect 0 'mean 0.485, 0.456, 0.406, deviation 0.229, 0.224, 0.225, fit timm with crop share 0.875$' "${hub[@]}"
warns '.*config.json: "crop_mode": "border" is not offered, "center" is taken'
config '{"architecture": "vit_tiny", "pretrained_cfg": {"input_size": [3, 32, 64]}}'
expect 0 'mean 0.485, .*fit timm with crop share 0.9$' "${hub[@]}"
warns '.*config.json: a crop that is no square is not offered, so pictures are made as the family has it'
config '{"model_type": "vit", "architectures": ["ViTForImageClassification"]}'
expect 0 'mean 0.5, 0.5, 0.5, deviation 0.5, 0.5, 0.5, fit timm with crop share 0.9$' "${hub[@]}"
for wrong in '"mean": [0.5, 0.5]|"mean": wanted 1 or 3 numbers, found an array of 2' '"std": [0]|"std": wanted a number from' \
  '"crop_pct": 2|"crop_pct": wanted a number from 0.1 to 1, found 2' \
  '"crop_mode": "round"|"crop_mode": wanted "center" or "squash" or "border", found "round"' \
  '"input_size": [3, 0, 32]|"input_size": wanted an integer from 1 to 32768, found 0' \
  '"input_size": 32|"input_size": wanted channels, height and width, found 32' \
  '"interpolation": 3|"interpolation": wanted a string, found 3' '"label_names": 3|"label_names": wanted an array or an object of names, found 3' \
  '"label_names": [""]|"label_names": wanted the name of a class, found an empty text'; do
  config "{\"architecture\": \"vit_tiny\", \"pretrained_cfg\": {${wrong%%|*}}}"
  rm -f "$work/out.safetensors"
  expect 1 "config.json: ${wrong#*|}" "${hub[@]}"
  [[ ! -e $work/out.safetensors ]] || fail "a file was written though config.json has ${wrong%%|*}"
done

# What does not fit, and what is damaged: nothing is written.
cp -r "$work/hf" "$work/damaged"
damaged() { # FILE TEXT PATTERN
  cp "$work/hf"/*.json "$work/damaged"
  printf '%s' "$2" >"$work/damaged/$1"
  rm -f "$work/out.safetensors"
  expect 1 "$1: $3" "${import[@]}" "$work/damaged/model.safetensors"
  [[ ! -e $work/out.safetensors ]] || fail "a file was written though $1 is damaged"
}
damaged preprocessor_config.json '{' 'not valid JSON'
damaged preprocessor_config.json '[]' 'wanted a JSON object, found an array of 0'
damaged preprocessor_config.json '{"size": 0}' '"size": wanted an integer from 1 to 32768, found 0'
damaged preprocessor_config.json '{"size": {"height": 32}}' 'key "width" is missing'
damaged preprocessor_config.json '{"size": 1000, "do_center_crop": true, "crop_size": 32}' '"crop_size": wanted at least a tenth of "size", found 32 of 1000'
damaged preprocessor_config.json '{"size": 32, "image_mean": [0.5, 0.5]}' '"image_mean": wanted 3 numbers, found an array of 2'
damaged preprocessor_config.json '{"size": 32, "image_std": [0, 1, 1]}' '"image_std": wanted a number from '
damaged preprocessor_config.json '{"size": 32, "do_resize": 1}' '"do_resize": wanted true or false, found 1'
damaged config.json '{"id2label": {"1": "one"}}' '"id2label": key "0" is missing'
damaged config.json '{"id2label": [1]}' '"id2label": wanted an object, found an array of 1'
damaged config.json '{"id2label": {"0": ""}}' '"id2label": wanted the name of a class, found an empty text'
expect 0 . "${import[@]}" "$work/timm.safetensors"
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
expect 0 . "${import[@]}" "$work/timm.safetensors" --threads 1
expect 1 'no/such/out: ' adatape-import "$work/no-such-file" --to adatape-colour-tiny --out "$work/no/such/out"
expect 2 'SOURCE is required' "${import[@]}"
expect 2 'to is required' adatape-import "$work/timm.safetensors" --out "$work/none"
expect 2 'from.*jax' "${import[@]}" "$work/timm.safetensors" --from jax
expect 2 'positions' "${import[@]}" "$work/timm.safetensors" --positions nearest
expect 2 'crop-share' "${import[@]}" "$work/timm.safetensors" --crop-share 2
expect 2 'class-names: adatape-colour-tiny has 10 classes, found 2 names' "${import[@]}" "$work/timm.safetensors" --class-names a,b
expect 2 'out: wanted another file than .*timm.safetensors, which is read' adatape-import "$work/timm.safetensors" --to adatape-colour-tiny --out "$work/./timm.safetensors"
expect 2 'wanted one of --storage, --as and --onnx, found none' adatape-export "$work/first" --out "$work/none"
expect 2 'storage' adatape-export "$work/first" --storage f32 --as timm --out "$work/none"
# A tape has no place in another library.
expect 1 'none: cannot write "embedding_bank/kernel": timm has no place for it' adatape-export "$work/first" --as timm --out "$work/none"
[[ ! -e $work/none ]] || fail 'a file was written where it should not'

finish
