#!/usr/bin/env python3
"""runs.py SOURCE WORK: run.py trains a run once, goes on where it was interrupted, and takes no result of other flags for that of the study. A stand-in trains."""
import pathlib
import shutil
import sys

source, work = (pathlib.Path(argument).resolve() for argument in sys.argv[1:])
sys.path.insert(0, str(source / "bench" / "evidence"))
import run

shutil.rmtree(work, ignore_errors=True)
(work / "programs").mkdir(parents=True)
program = work / "programs" / "adatape-recall"
# Says how it was called. The first time it is interrupted behind its first save.
program.write_text(f"""#!{sys.executable}
import json, pathlib, sys
flags = sys.argv[1:]
place = pathlib.Path(flags[flags.index("--out") + 1])
print(" ".join(flags), flush=True)
place.mkdir(exist_ok=True)
if not (place / "last.safetensors").exists():
    (place / "last.safetensors").touch()
    sys.exit(130)
(place / "result.json").write_text(json.dumps({{"results": [{{"correct": 1, "samples": 2}}]}}))
""")
program.chmod(0o755)
place = work / "recall-model-0"


def train(rate):
    """The result, or what stands in the way."""
    study = {"program": "adatape-recall", "flags": ["--lr", "0.1"]}
    try:
        return run.train(study, {"flags": ["--lr", rate]}, 0, place, 1, work / "programs")
    except RuntimeError as error:
        return str(error)


def calls():
    return [line.split(" --out")[0] for line in pathlib.Path(f"{place}.log").read_text().splitlines()]


assert "ended with 130" in train("0.2") and calls() == ["--lr 0.2 --seed 0 --overwrite"], calls()
assert "trained by another command" in train("0.3") and len(calls()) == 1, "a run that was interrupted is continued with other flags"
assert train("0.2")["command"] == "adatape-recall --lr 0.2 --seed 0" and calls()[1:] == ["--resume"], calls()
assert train("0.2")["results"] and len(calls()) == 2, "a finished run is trained again"
assert "trained by another command" in train("0.3") and len(calls()) == 2, "the result of other flags is taken for that of the study"
assert [path.name for path in place.iterdir() if path.suffix == ".part"] == []
