#!/usr/bin/env bash
# The layouts of ImageNet, Oxford-IIIT Pets and of folders with classes: what is read, what is refused and with which line; the index of the files that a
# run keeps; Fashion-MNIST in colour as PNG, as JPEG and as CIFAR's files.
source "$(dirname "${BASH_SOURCE[0]}")/expect.sh"
make() { "${emulator[@]}" "$bin/make_picture_sets" "$@" || exit 1; }
make imagenet "$work/imagenet" --train 6 --val 3
make imagenet "$work/flat" --train 6 --val 3 --flat
make pets "$work/pets" --train 2 --val 1
recipe=(--model adatape-colour-tiny --batch-size 16 --lr 0.01 --seed 7)

same() {
  cmp "$work/$1" "$work/$2" || fail "$1 and $2 differ"
}
# trains PATTERN NAME FLAG...: two steps on the set $work/NAME.
trains() {
  local pattern=$1 name=$2
  shift 2
  expect 0 "$pattern" adatape-train "${recipe[@]}" --data "$work/$name" --out "$work/${name}_out" --overwrite --stop-after 2 "$@"
  grep -q 'stopped .* after step 2,' "$work/output" || fail "$name: no two steps: $(cat "$work/output" "$work/errors")"
}
# refused PATTERN NAME FLAG...: one line, and no checkpoint.
refused() {
  local pattern=$1 name=$2
  shift 2
  rm -rf "$work/refused"
  expect 1 "$pattern" adatape-train "${recipe[@]}" --data "$work/$name" --out "$work/refused" --stop-after 2 "$@"
  [[ ! -e $work/refused/last.safetensors ]] || fail "$name: a checkpoint was written"
}
# copy NAME: $work/copy is that set again.
copy() {
  rm -rf "$work/copy"
  cp -r "$work/$1" "$work/copy"
}

# ImageNet: val with folders, val with a list, a list elsewhere, and the same folders read as a folder of classes all train the same weights.
imagenet=("${recipe[@]}" --epochs 3)
expect 0 '60 training and 30 test images' adatape-train "${imagenet[@]}" --data "$work/imagenet" --out "$work/run"
grep -aq 'n01440764.*n01441988' "$work/run/last.safetensors" || fail 'the WNIDs are not the names of the classes in the checkpoint'
expect 0 '60 training and 30 test images' adatape-train "${imagenet[@]}" --data "$work/flat" --out "$work/run_flat"
expect 0 '60 training and 30 test images' adatape-train "${imagenet[@]}" --data "$work/imagenet" --out "$work/run_folder" --format folder
mv "$work/flat/val.txt" "$work/list of val.txt"
cd "$work" || exit 1
expect 0 'test images' adatape-train "${imagenet[@]}" --data flat --out run_list --val-list 'list of val.txt' --format imagenet
for other in flat folder list; do
  same run/last.safetensors run_$other/last.safetensors
  same run/best.safetensors run_$other/best.safetensors
done
expect 0 ' of 60 training images and of 30 test images, 10 classes$' adatape-fewshot "$work/run/last.safetensors" --data "$work/flat" --shots 2 \
  --val-list "$work/list of val.txt"
refused 'flat/val: wanted val/WNID/\*.JPEG, or .*val.txt with lines "file WNID", found pictures and no list' flat
seq 30 >"$work/flat/ILSVRC2012_validation_ground_truth.txt"
refused 'ground_truth.txt: its numbers are IDs of the development kit, which are not in the order of the WNIDs' flat
refused 'ground_truth.txt: its numbers are IDs of the development kit' flat --val-list "$work/flat/ILSVRC2012_validation_ground_truth.txt"
cp "$work/flat/ILSVRC2012_validation_ground_truth.txt" "$work/flat/val.txt"
refused 'val.txt: its numbers are IDs of the development kit' flat
cut -d' ' -f1 "$work/list of val.txt" >"$work/flat/val.txt"
refused 'val.txt: line 1: wanted "file WNID", found "ILSVRC2012_val_00000001.JPEG"' flat
head -29 "$work/list of val.txt" >"$work/flat/val.txt"
refused 'val.txt: wanted a line for each of the 30 pictures, found none for "ILSVRC2012_val_00000030.JPEG"' flat
sed 's/ n01440764$/ n09999999/' "$work/list of val.txt" >"$work/flat/val.txt"
refused 'val.txt: found the class "n09999999", which is not one of the 10 given classes' flat
refused 'no list.txt: cannot inspect: No such file' flat --val-list "$work/no list.txt"
refused 'imagenet/val: wanted pictures directly inside, which .*list of val.txt lists, found the folder "n01440764"' imagenet --val-list "$work/list of val.txt"
expect 2 'val-list: only ImageNet has a list of val; the format of .*pets is pets' adatape-train --model adatape-colour-tiny --data "$work/pets" \
  --out "$work/refused" --val-list x
expect 2 'val-list: .* is folder' adatape-train --model adatape-colour-tiny --data "$work/imagenet" --out "$work/refused" --val-list x --format folder
expect 2 'val-list: .* is idx' adatape-fewshot "$work/run/last.safetensors" --data "$work/data" --val-list x
expect 2 'class-names.*names of their own' adatape-train "${recipe[@]}" --data "$work/imagenet" --out "$work/refused" --class-names a,b
copy imagenet
mv "$work/copy/val/n01440764" "$work/copy/val/n09999999"
refused 'copy/val: found the class "n09999999", which is not one of the 10 given classes' copy
rm -r "$work/copy/val/n09999999"
trains '60 training and 27 test images' copy # a class of train without pictures in val
mkdir "$work/copy/train/n09999999"
refused 'copy/train/n09999999: wanted pictures of a class, found none' copy
rmdir "$work/copy/train/n09999999"
touch "$work/copy/train/n09999999.tar"
refused 'n09999999.tar: wanted a folder for each class, found an archive: unpack' copy
rm "$work/copy/train/n09999999.tar"
mv "$work/copy/train/n01440764" "$work/copy/train/tench"
refused 'copy/train/tench: wanted a folder called by a WNID' copy --format imagenet
mv "$work/copy/train/tench" "$work/copy/train/n01440764"
rm -r "$work/copy/val"
refused 'copy/val: cannot inspect: No such file' copy --format imagenet
mkdir "$work/copy/val"
refused 'copy/val: .*found an empty folder' copy

# Pets. The tiny model has outputs for 10 classes; a few-shot evaluation takes any number.
refused 'pets: wanted at most 10 classes, for which adatape-colour-tiny has outputs, found 37$' pets
expect 0 ' of 74 training images and of 37 test images, 37 classes$' adatape-fewshot "$work/run/last.safetensors" --data "$work/pets" --shots 1
said >"$work/found"
expect 0 . adatape-fewshot "$work/run/last.safetensors" --data "$work/pets" --shots 1 --format pets
[[ $(said) == "$(<"$work/found")" ]] || fail '--format pets and --format auto differ'
copy pets
echo 'not a picture' | tee "$work/copy/images/Abyssinian_100.mat" >"$work/copy/images/._Abyssinian_1.jpg"
expect 0 ' of 74 training images' adatape-fewshot "$work/run/last.safetensors" --data "$work/copy" --shots 1
rm "$work/copy/images/pug_1.jpg"
refused 'trainval.txt: line 51: wanted .*images/pug_1.jpg, found no such file' copy
cp "$work/pets/images/pug_1.jpg" "$work/copy/images"
head -1 "$work/pets/annotations/trainval.txt" >>"$work/copy/annotations/trainval.txt"
refused 'trainval.txt: line 75: the picture "Abyssinian_1" is there twice' copy
echo 'Abyssinian_1 1 1' >"$work/copy/annotations/trainval.txt"
refused 'trainval.txt: line 1: wanted "ID CLASS SPECIES BREED", found "Abyssinian_1 1 1"' copy
grep -v ' 37 ' "$work/pets/annotations/trainval.txt" >"$work/copy/annotations/trainval.txt"
refused 'trainval.txt: wanted pictures of 37 classes, found none of class 37' copy
cp "$work/pets/annotations/trainval.txt" "$work/copy/annotations"
rm "$work/copy/annotations/test.txt"
refused 'annotations/test.txt: cannot' copy
refused 'imagenet/annotations/trainval.txt: cannot inspect: No such file' imagenet --format pets
refused 'pets/train: cannot inspect: No such file' pets --format imagenet
refused 'pets: wanted the folder train and one of val' pets --format folder

# Folders of classes. Names may have blanks, quotes, line ends, a dash first and bytes that are not UTF-8; links are followed; other files do not count.
make imagenet "$work/plain" --classes 3 --train 6 --val 2
for split in train val; do
  mv "$work/plain/$split/n01440764" "$work/plain/$split/Äpfel und 'Birnen'"
  mv "$work/plain/$split/n01440900" "$work/plain/$split/-dash"
  mv "$work/plain/$split/n01441036" "$work/plain/$split/猫"
done
trains '18 training and 6 test images' plain
grep -aq "\-dash.*Äpfel und 'Birnen'.*猫" "$work/plain_out/last.safetensors" || fail 'the names of the classes are not in the checkpoint'
copy plain
dash=$work/copy/train/-dash
mv "$dash/n01440900_0.JPEG" "$dash/line"$'\n'"end.JpEg"
mv "$dash/n01440900_1.JPEG" "$dash/byte "$'\xff'".jpg"
mkdir -p "$dash/folder.png" "$work/elsewhere"
echo x | tee "$dash/notes.txt" "$dash/.hidden.jpg" >"$work/copy/train/read me.jpg"
mv "$dash/n01440900_2.JPEG" "$work/elsewhere/2.JPEG"
ln -s "$work/elsewhere/2.JPEG" "$dash"
mv "$work/copy/train/猫" "$work/elsewhere"
ln -s "$work/elsewhere/猫" "$work/copy/train"
trains '18 training and 6 test images' copy --format folder
ln -s "$work/none" "$dash/leads nowhere.jpg"
refused '-dash/leads nowhere.jpg: wanted a file or a folder, found a link that leads nowhere' copy
rm "$dash/leads nowhere.jpg"
ln -s "$work/none" "$work/copy/train/dog"
refused 'copy/train/dog: wanted a file or a folder, found a link that leads nowhere' copy
rm "$work/copy/train/dog"
ln -s self.jpg "$dash/self.jpg"
refused '-dash/self.jpg: .*(leads nowhere|Too many levels)' copy
rm "$dash/self.jpg"
ln -s .. "$dash/up"
refused '-dash/up.*: wanted a folder of pictures, found a link to a folder above it' copy
rm "$dash/up"
mkfifo "$dash/pipe.jpg"
refused '-dash/pipe.jpg: wanted a file or a folder, found a pipe, socket or device' copy
rm "$dash/pipe.jpg"
echo 'II*' >"$dash/picture.tif"
refused '-dash/picture.tif: wanted a JPEG or PNG' copy
trains 'leaving out 1 training images' copy --skip-broken
rm "$dash/picture.tif"
: >"$dash/empty.jpg"
refused '-dash/empty.jpg: ' copy
rm "$dash/empty.jpg"
head -c 900 "$work/plain/train/-dash/n01440900_0.JPEG" >"$dash/cut.jpg"
refused '-dash/cut.jpg: damaged JPEG' copy
rm "$dash/cut.jpg"
# A picture of the test split: found out at the end of the epoch, which is after the steps.
echo 'no picture' >"$work/copy/val/-dash/broken.jpg"
expect 1 'val/-dash/broken.jpg: wanted a JPEG or PNG' adatape-train "${recipe[@]}" --data "$work/copy" --out "$work/refused_later" --epochs 1
rm -r "$work/copy/train"
echo x >"$work/copy/train"
refused 'copy: wanted a data set, found neither' copy
refused 'copy: wanted the folder train .*found no folder train' copy --format folder
# What belongs to another user. Root may read everything, so root looks as nobody.
copy plain
chmod 000 "$work/copy/train/-dash/n01440900_0.JPEG"
unprivileged=()
((EUID == 0)) && unprivileged=(setpriv --reuid 65534 --regid 65534 --clear-groups)
mkdir -m 777 "$work/of_all"
if "${unprivileged[@]}" test -x "$bin/adatape-train" -a -r "$work/copy/val" -a -w "$work/of_all" 2>/dev/null; then
  emulator=("${unprivileged[@]}" "${emulator[@]}")
  theirs=(adatape-train "${recipe[@]}" --data "$work/copy" --out "$work/of_all/out" --stop-after 2)
  expect 1 'n01440900_0.JPEG: .*Permission denied' "${theirs[@]}"
  expect 0 'leaving out 1 training images.*Permission denied' "${theirs[@]}" --skip-broken
  chmod 000 "$work/copy/train/-dash"
  expect 1 'train/-dash: cannot read the folder: Permission denied' "${theirs[@]}" --overwrite
  chmod 000 "$work/copy"
  expect 1 'Permission denied|no such folder|wanted a data set' "${theirs[@]}" --overwrite
  emulator=("${emulator[@]:${#unprivileged[@]}}")
else
  echo 'SKIPPED: files of another user: they cannot be had here'
fi
chmod -R u+rwX "$work/copy"

# The index. It is kept beside the run, is no run, is used while the folders stay as they are, and outlives --overwrite.
copy plain
find "$work/copy" -exec touch -h -d '1 hour ago' {} +
find "$work/copy" | sort >"$work/before"
index=(adatape-train "${recipe[@]}" --stop-after 2 --out "$work/index")
same_data=("${index[@]}" --data "$work/copy")
mkdir "$work/index"
expect 0 '18 training and 6 test images' "${same_data[@]}"
! grep -q 'listed anew' "$work/output" || fail "a first index is nothing to speak of: $(cat "$work/output")"
[[ -s $work/index/train.index && -s $work/index/test.index ]] || fail "no index beside the run: $(ls "$work/index")"
find "$work/copy" | sort | cmp - "$work/before" || fail 'something was written to the data'
cp -r "$work/index" "$work/first"
expect 2 'holds a run' "${same_data[@]}"
rm "$work/index"/{last.safetensors,best.safetensors,log.jsonl,run.lock}
expect 0 '18 training' "${same_data[@]}"
same index/train.index first/train.index
same index/last.safetensors first/last.safetensors
expect 0 '18 training' "${same_data[@]}" --overwrite
expect 0 'stopped' adatape-train --data "$work/copy" --out "$work/index" --resume --stop-after 3
! grep -q 'listed anew' "$work/output" || fail "a good index is not used: $(cat "$work/output")"
same index/train.index first/train.index # a new scan would have another time in it
same index/test.index first/test.index
cp "$work/plain/train/-dash/n01440900_0.JPEG" "$work/copy/train/-dash/more.jpg"
expect 0 '19 training and 6 test images' "${same_data[@]}" --overwrite
(($(grep -c '^the training pictures were listed anew: .*copy/train/-dash: has changed since it was scanned$' "$work/output") == 1)) ||
  fail "not a word of the new list: $(cat "$work/output")"
truncate -s 100 "$work/index/test.index"
expect 0 'listed anew: the cache has another size than it states' "${same_data[@]}" --overwrite
expect 0 '6 test' "${same_data[@]}" --overwrite
! grep -q 'another size' "$work/output" || fail 'a damaged index was not replaced'
expect 0 'listed anew: the cache is of another folder or of other options' "${index[@]}" --overwrite --data "$work/imagenet"
echo 'my thesis' >"$work/index/train.index"
expect 1 'index/train.index: wanted the cache of an index or no file, found another file' "${same_data[@]}" --overwrite
[[ $(cat "$work/index/train.index") == 'my thesis' ]] || fail 'a file that is no index was overwritten'
rm "$work/index/train.index"
mkdir "$work/index/train.index"
expect 1 'index/train.index: wanted a file, found a directory' "${same_data[@]}" --overwrite
for inside in . out train/out train/-dash/out; do
  expect 2 'out: wanted a folder outside of the data, found ' adatape-train "${recipe[@]}" --data "$work/copy" --out "$work/copy/$inside"
  cd "$work/copy" || exit 1
  expect 2 'out: wanted a folder outside of the data, found ' adatape-train "${recipe[@]}" --data . --out "$inside"
  cd "$work" || exit 1
done
rm "$work/copy/train/-dash/more.jpg"
find "$work/copy" | sort | cmp - "$work/before" || fail 'something was written to the data'
ln -s "$work/copy" "$work/link"
expect 2 'out: wanted a folder outside of the data, found ' adatape-train "${recipe[@]}" --data "$work/copy" --out "$work/link/out"

# CIFAR, drawn: 10 classes train; an index is for files only.
make cifar10 "$work/cifar" --train 4 --val 2
trains '40 training and 20 test images' cifar
[[ ! -e $work/cifar_out/train.index ]] || fail 'CIFAR has an index'
make cifar100 "$work/cifar100" --train 1 --val 1
refused 'wanted at most 10 classes, .*found 100$' cifar100

# Fashion-MNIST in colour. PNG files and CIFAR's files have the same pixels in the same order, so they train the same weights; JPEG has other pixels.
if [[ -f /usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz ]]; then
  make fashion "$work/fashion" --train 1200 --val 300
  for kind in png jpeg cifar; do
    expect 0 '1200 training and 300 test images' adatape-train "${recipe[@]}" --data "$work/fashion/$kind" --out "$work/fashion_$kind" --epochs 4
    awk '/^test accuracy/ {exit !($3 > 45)}' "$work/output" || fail "Fashion-MNIST, $kind: $(grep '^test accuracy' "$work/output")"
  done
  same fashion_png/last.safetensors fashion_cifar/last.safetensors
  same fashion_png/best.safetensors fashion_cifar/best.safetensors
  ! cmp -s "$work/fashion_png/last.safetensors" "$work/fashion_jpeg/last.safetensors" || fail 'JPEG and PNG train the same weights'
else
  echo 'SKIPPED: Fashion-MNIST in colour: dataset-fashion-mnist is not installed'
fi
finish
