"""ddp.py MODEL BATCH WARM STEPS: training steps of PyTorch's DistributedDataParallel over gloo, in as many processes as WORLD_SIZE says. This one is
RANK. run.sh starts them. Process 0 prints one line of JSON, as steps.cpp does."""
import json
import os
import pathlib
import resource
import statistics
import sys
import time

import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "peers" / "torch"))
from vit import ViT

SIZES = {"vit-ti16": "Ti", "vit-s16": "S"}


def wire_bytes():
    """What the network devices of this machine, or of its namespace, have sent."""
    return sum(int(line.split(":")[1].split()[8]) for line in pathlib.Path("/proc/net/dev").read_text().splitlines() if ":" in line)


def main():
    name, (batch, warm, steps) = sys.argv[1], map(int, sys.argv[2:])
    torch.set_num_threads(1)
    dist.init_process_group("gloo")
    process, processes = dist.get_rank(), dist.get_world_size()
    torch.manual_seed(0)
    model = ViT(SIZES[name])
    parallel = DistributedDataParallel(model) if processes > 1 else model
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.05)
    first, end = (batch * part // processes for part in (process, process + 1))
    images = torch.randn(batch, 3, 224, 224)[first:end].clone()
    labels = torch.arange(first, end) % 1000
    loss = torch.nn.CrossEntropyLoss(reduction="sum")

    def step():
        optimizer.zero_grad(set_to_none=True)
        (loss(parallel(images), labels) * (processes / batch)).backward()  # the mean over processes is that over the batch
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1)
        optimizer.step()

    for _ in range(warm):
        step()
    dist.barrier()
    start, seconds = wire_bytes(), []
    for _ in range(steps):
        begin = time.perf_counter()
        step()
        seconds.append(time.perf_counter() - begin)
    mine = {"seconds": seconds, "wire_MB": 1e-6 * (wire_bytes() - start) / steps, "peak_MiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}
    everyone = [None] * processes
    dist.all_gather_object(everyone, mine)
    if process == 0:
        print(json.dumps({"software": "PyTorch DDP", "model": name, "parameters": sum(one.numel() for one in model.parameters()), "processes": processes,
                          "batch": batch, "ms": 1000 * statistics.median(map(max, zip(*(one["seconds"] for one in everyone)))),
                          **{key: [one[key] for one in everyone] for key in ("wire_MB", "peak_MiB")}}))


main()
