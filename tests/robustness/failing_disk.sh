#!/usr/bin/env bash
# failing_disk.sh BIN WORK LIBRARY [long]: the n-th system call that writes fails, for every n until a run has fewer: an error (EIO), a full disk (ENOSPC),
# a short write. First a program that saves one checkpoint, then adatape-train (each n with long, else one in 23). After each failure: exit 1 and one line,
# no temporary, and what was saved before is whole: a checkpoint is the old or the new one, byte by byte; a training run goes on to the same end; a run that
# --overwrite replaces is there, or the new one goes on.
source "$(dirname "${BASH_SOURCE[0]}")/../programs/expect.sh" "$1" "$2"
library=$3
step=23
[[ ${4:-} == long ]] && step=1

# failing KIND N PROGRAM ARGUMENT...: runs with the N-th call failing; true if the run had as many calls. The exit code is left in $code.
failing() {
  local kind=$1 n=$2
  shift 2
  rm -f "$work/reached"
  env LD_PRELOAD="$library" FAIL_AT="$n" FAIL_KIND="$kind" FAIL_REACHED="$work/reached" "$@" >"$work/output" 2>"$work/errors"
  code=$?
  [[ -f $work/reached ]]
}

# No message but one line, and no temporary in folder $2.
check_end() {
  local what=$1 folder=$2 left
  if ((code != 0)); then
    ((code == 1)) || fail "$what: exit code $code, wanted 1; $(head -c 300 "$work/errors")"
    (($(wc -l <"$work/errors") == 1)) || fail "$what: wanted one line on standard error, found '$(head -c 300 "$work/errors")'"
  fi
  left=$(find "$folder" -name '*.tmp-*')
  [[ -z $left ]] || fail "$what: left $left"
}

mkdir "$work/saves"
"$bin/checkpoint_tool" save "$work/old" 1 && "$bin/checkpoint_tool" save "$work/new" 2 || fail "checkpoint_tool"
[[ $("$bin/checkpoint_tool" check "$work/old") == 1 && $("$bin/checkpoint_tool" check "$work/new") == 2 ]] || fail "checkpoint_tool check"
runs=0
for kind in error full short; do
  for before in old none; do
    stride=1
    ((step > 1)) && { [[ $kind$before == errorold ]] && stride=2 || stride=7; }
    for ((n = 1; ; n += stride)); do
      rm -f "$work/saves/a.safetensors"
      [[ $before == none ]] || cp "$work/old" "$work/saves/a.safetensors"
      failing $kind $n "$bin/checkpoint_tool" save "$work/saves/a.safetensors" 2 || break
      ((++runs))
      what="$kind at call $n of a save over $before"
      check_end "$what" "$work/saves"
      if cmp -s "$work/new" "$work/saves/a.safetensors"; then
        continue # the call that failed came after the file was whole: exit code 0 or 1
      fi
      ((code == 1)) || fail "$what: exit code $code, but the checkpoint is not the new one"
      if [[ $before == old ]]; then
        cmp -s "$work/old" "$work/saves/a.safetensors" || fail "$what: the old checkpoint is not whole"
      else
        [[ ! -e $work/saves/a.safetensors ]] || fail "$what: left a file"
      fi
    done
    ((n > 20)) || fail "$kind: only $n calls; is the library loaded?"
    ((code == 0)) || fail "$kind: a run without a failure: exit code $code; $(cat "$work/errors")"
    cmp -s "$work/new" "$work/saves/a.safetensors" || fail "$kind: a run without a failure: other bytes"
  done
done
echo "checkpoint_tool: $runs saves"

[[ -x $bin/adatape-train ]] || finish
recipe=(--model adatape-fashion-tiny --batch-size 100 --lr 0.01 --seed 3 --threads 1 --epochs 2 --data "$work/data")
train() { "$bin/adatape-train" "${recipe[@]}" "$@" >"$work/output" 2>"$work/errors"; }
train --out "$work/whole" || fail "adatape-train: $(cat "$work/errors")"
train --out "$work/part" --stop-after 1 || fail "adatape-train --stop-after 1: $(cat "$work/errors")"
runs=0
for kind in error full; do
  for ((n = 1 + step / 3; ; n += step)); do
    rm -rf "$work/run"
    cp -r "$work/part" "$work/run"
    failing $kind $n "$bin/adatape-train" "${recipe[@]}" --out "$work/run" --resume || break
    ((++runs))
    what="$kind at call $n of adatape-train"
    check_end "$what" "$work/run"
    if ((code != 0)); then
      train --out "$work/run" --resume || fail "$what: cannot go on: $(cat "$work/errors")"
    fi
    for name in last best; do
      cmp -s "$work/whole/$name.safetensors" "$work/run/$name.safetensors" || fail "$what (exit code $code): $name.safetensors is another one"
    done
    (($(wc -l <"$work/run/log.jsonl") == 2)) || fail "$what: wanted 2 lines in log.jsonl"
  done
  ((code == 0)) || fail "$kind: adatape-train without a failure: exit code $code; $(cat "$work/errors")"
done
echo "adatape-train: $runs runs"

# --overwrite: a run with other settings is there whole, or the new one goes on, and nothing of the other is left then.
train --dropout 0.1 --out "$work/other" || fail "adatape-train --dropout 0.1: $(cat "$work/errors")"
echo '{}' >"$work/other/result.json"
runs=0
overwritten() { # KIND N: true if the run had as many calls. $kept: 1 where the other run is there.
  rm -rf "$work/run"
  cp -r "$work/other" "$work/run"
  failing "$1" "$2" "$bin/adatape-train" "${recipe[@]}" --out "$work/run" --overwrite || return
  ((++runs))
  local what="$1 at call $2 of adatape-train --overwrite" name
  check_end "$what" "$work/run"
  kept=0
  if cmp -s "$work/other/last.safetensors" "$work/run/last.safetensors"; then
    kept=1
    diff -r "$work/other" "$work/run" || fail "$what (exit code $code): the run that was there is not whole"
    return 0
  fi
  ((code == 0)) || train --out "$work/run" --resume || fail "$what: cannot go on: $(cat "$work/errors")"
  for name in last best; do
    cmp -s "$work/whole/$name.safetensors" "$work/run/$name.safetensors" || fail "$what (exit code $code): $name.safetensors is another one"
  done
  (($(wc -l <"$work/run/log.jsonl") == 2)) || fail "$what: wanted 2 lines in log.jsonl"
  [[ ! -e $work/run/result.json ]] || fail "$what: left result.json"
}
for kind in error full; do
  before=0 after=0
  for ((n = 1 + step / 3; ; n += 2 * step)); do
    overwritten $kind $n || break
    ((kept)) && before=$n || { ((after)) || after=$n; }
  done
  ((code == 0)) || fail "$kind: adatape-train --overwrite without a failure: exit code $code; $(cat "$work/errors")"
  ((before && after)) || fail "$kind: adatape-train --overwrite: the last failure that left the other run was at call $before, the first that did not at $after"
  # The calls at which the new run takes the place of the other.
  while ((after - before > 1)); do
    overwritten $kind $(((before + after) / 2))
    ((kept)) && before=$(((before + after) / 2)) || after=$(((before + after) / 2))
  done
done
echo "adatape-train --overwrite: $runs runs"
finish
