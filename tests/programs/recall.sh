#!/usr/bin/env bash
# adatape-recall: it learns, a run that was stopped and resumed ends in the same bytes, result.json holds the multiply-accumulates that a count by hand gives,
# the plain transformer takes the same samples, a run starts from the weights of another, keys are pictures too, and bad flags and files are refused.
source "$(dirname "${BASH_SOURCE[0]}")/expect.sh"

expect 0 '^adatape-64-32-2-8 +[0-9]+ parameters, at most [0-9.]+ million' adatape-recall --list-models
resumes_exactly '^final accuracy [0-9.]+ % on 6400 fresh samples, mean tape length' adatape-recall \
  --model adatape-64-32-2-8 --batch-size 16 --steps 30 --warmup-steps 5 --seed 3 --ponder-delay 10 --ponder-ramp 10 --query-noise 0.1

# Enough steps to be far above chance, which is 6.25 %. The last test and the sweep are in result.json.
expect 0 '^8 tape tokens +accuracy' adatape-recall --model adatape-64-32-2-8 --batch-size 64 --steps 300 --warmup-steps 50 --sweep --out "$work/learnt"
expect 0 'mean tape length 0.0' adatape-recall --model transformer-64-32-2 --batch-size 8 --steps 2 --out "$work/plain"
if command -v python3 >/dev/null; then
  python3 - "$work/learnt/result.json" "$work/plain/result.json" <<'PYTHON' || fail "result.json"
import json, sys
result, plain = (json.load(open(path)) for path in sys.argv[1:])
last, *sweep = result["results"]
assert result["model"] == "adatape-64-32-2-8" and result["settings"]["steps"] == 300 and result["config"]["bank_type"] == "given", result["settings"]
assert last["correct"] / last["samples"] > 0.6, last
assert [run["tau"] for run in sweep[:16]] == [n / 2 for n in range(1, 17)] and [run["exact_tape_tokens"] for run in sweep[16:]] == list(range(1, 9))
assert all(run["mean_length"] == run["exact_tape_tokens"] for run in sweep[16:])
assert next(run for run in sweep if run["tau"] == 2)["correct"] == last["correct"], "tau 2 is the model's own threshold"
groups = result["by_difficulty"]
assert [group["difficulty"] for group in groups] == list(range(1, 17))
assert sum(group["samples"] for group in groups) == 6400 and sum(group["correct"] for group in groups) == last["correct"]
D, mlp, classes, rows, questions, k = 32, 64, 16, 64, 4, 4
def blocks(tokens): return 2 * (tokens * (4 * D * D + 2 * D * mlp) + 2 * tokens * tokens * D)
for n, run in enumerate(sweep[16:], 1):
    wanted = n * (rows * D // 2 + k * D) + n * 3 * D * mlp + blocks(questions + n) + D * classes
    assert run["mean_macs"] == wanted, (n, run["mean_macs"], wanted)
assert plain["results"][0]["mean_macs"] == blocks(1 + questions + rows) + D * classes, plain["results"][0]
PYTHON
else
  echo 'SKIPPED: result.json: no python3'
fi

# Questions without noise to one row each.
expect 0 'mean tape length 3.0' adatape-recall --model adatape-64-32-2-8 --batch-size 8 --steps 2 --exact-tape-tokens 3 --matches 1 --noise 0

# 64 of 1000 rows are seen: at most 16 of those match, so one in sixteen is seen, and nearly no question can be answered.
expect 0 'accuracy' adatape-recall --model adatape-64-32-2-8 --rows 1000 --init "$work/learnt/last.safetensors" --batch-size 8 --steps 1 --lr 0 --out "$work/part"
grep -q "^$work/learnt/last.safetensors: " "$work/output" || fail "--init says nothing"
# The weights of the run above, and one step without a rate.
expect 0 'accuracy' adatape-recall --model adatape-64-32-2-8 --init "$work/learnt/last.safetensors" --batch-size 8 --steps 1 --lr 0 --out "$work/again"
# Those weights read the row of the asked key alone. It tells where a chain has one row, and says nothing where it has two.
expect 0 'on 2000 fresh samples' adatape-recall --model adatape-64-32-2-8 --question chain --hops 2 --test-samples 2000 --init "$work/learnt/last.safetensors" \
  --batch-size 8 --steps 1 --lr 0 --out "$work/chain"
fashion=/usr/share/datasets/fashion-mnist
if [[ -d $fashion ]]; then
  expect 0 'accuracy' adatape-recall --model adatape-64-32-2-8 --keys pictures --data "$fashion" --batch-size 8 --steps 2 --out "$work/pictures"
else
  echo "SKIPPED: keys of pictures: no $fashion"
fi
if command -v python3 >/dev/null; then
  python3 - "$work" <<'PYTHON' || fail "accuracy of --init, --rows and --question chain"
import json, sys
results = {run: json.load(open(f"{sys.argv[1]}/{run}/result.json")) for run in ("learnt", "again", "part", "chain")}
learnt, again, part = (results[run]["results"][0] for run in ("learnt", "again", "part"))
assert again["correct"] == learnt["correct"], (again, learnt)
assert part["correct"] / part["samples"] < 0.25, part
one, two = results["chain"]["by_difficulty"]
assert (one["difficulty"], two["difficulty"], one["samples"] + two["samples"]) == (1, 2, 2000), (one, two)
assert one["correct"] / one["samples"] > 0.5 and two["correct"] / two["samples"] < 0.2, (one, two)
PYTHON
fi

expect 1 'wanted more than 196 pictures, found 70' adatape-recall --keys pictures --data "$work/data"
expect 1 'nowhere' adatape-recall --keys pictures --data "$work/nowhere"
expect 1 'nowhere' adatape-recall --init "$work/nowhere/last.safetensors"
expect 2 'rows: wanted at least the 64 rows' adatape-recall --model adatape-64-32-2-8 --rows 63
expect 2 'resume excludes' adatape-recall --resume --out "$work/learnt" --init "$work/learnt/last.safetensors"
expect 2 'keys' adatape-recall --keys words
expect 2 'adatape-9 not in' adatape-recall --model adatape-9
expect 2 'exact-tape-tokens: 9 is out of range' adatape-recall --model adatape-64-32-2-8 --exact-tape-tokens 9
expect 2 'tau: 8.5 is out of range' adatape-recall --model adatape-64-32-2-8 --tau 8.5
expect 2 'exact-tape-tokens: 1 is out of range' adatape-recall --model transformer-64-32-2 --exact-tape-tokens 1
expect 2 'matches' adatape-recall --matches 61
expect 2 'hops' adatape-recall --hops 0
expect 2 'rows: wanted at most the 65536 different keys' adatape-recall --question chain --rows 65537
expect 2 'test-samples' adatape-recall --test-samples 0
expect 2 'noise' adatape-recall --noise -1
finish
