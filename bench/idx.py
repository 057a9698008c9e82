"""IDX files of bytes, plain or packed by gzip, as MNIST and Fashion-MNIST have them."""
import gzip
import struct


def find(folder, name):
    """The path of the file of that name, which may be packed. Raises FileNotFoundError."""
    for path in (folder / name, folder / f"{name}.gz"):
        if path.exists():
            return path
    raise FileNotFoundError(f"{folder / name}: wanted this file, plain or .gz")


def read(path):
    """(shape, bytes in row-major order)"""
    content = path.read_bytes()
    if path.suffix == ".gz":
        content = gzip.decompress(content)
    rank = content[3]
    return struct.unpack_from(f">{rank}I", content, 4), content[4 + 4 * rank:]
