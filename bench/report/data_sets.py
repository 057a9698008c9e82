"""Large data sets: the index of the files (bench_file_index), and the recipe of ImageNet at full size (imagenet/run.sh)."""
from table import table


def file_index_table(rows):
    one = rows[0]
    files, folders = (f"{one[name]:,}".replace(",", " ") for name in ("files", "folders"))
    return table([f"{files} files in {folders} folders", "seconds"],
                 [["without an index, which is written", f"{one['listed_seconds']:.2f}"], [f"with one, of {one['index_MB']:.0f} MB", f"{one['read_seconds']:.2f}"]])


def imagenet_table(rows):
    one = rows[0]
    return table(["what", "figure"], [
        [f"one epoch, {one['steps']} steps", f"{one['seconds']:.0f} s, {one['images_per_second']:.1f} images/s"],
        ["multiply-accumulates of a test image", f"{one['macs'] / 1e9:.1f} thousand million"],
        ["waiting for pictures (decode, crop, RandAugment, Mixup)", f"{100 * one['waiting']:.1f} % of the time"],
        ["the whole run, with its test and its report", f"{one['run_seconds']:.0f} s"],
        ["memory", f"{one['MiB']:.0f} MiB at most"],
        ["`kill -9` after the first save, then `--resume`", "`last.safetensors` and `best.safetensors` have the bytes of the run that was not killed"],
        ["B/8: 784 own tokens and a tape of 10, 3 steps of 8 images in 4 parts", f"{one['b8_MiB']:.0f} MiB at most"],
    ])
