"""Matrix products beside other libraries: the tables of peers/gemm/run.sh, and the shares of the FMA peak that bench_gemm saw."""
import re
import statistics

from table import span, table

LIBRARIES = {"adatape packed": "adatape, weights packed", "adatape": "adatape, read in place", "oneDNN matmul prepack": "oneDNN, weights packed",
             "libxsmm JIT": "libxsmm", "OpenBLAS-pthread": "OpenBLAS", "Eigen/gcc": "Eigen"}


NARROW = {"adatape packed": "fp32", "adatape bf16": "bf16", "oneDNN bf16 prepack": "oneDNN bf16", "adatape int8": "int8", "oneDNN u8s8 prepack": "oneDNN u8s8"}


def read_cells(path):
    """(M, K, N), threads, and name -> {p95, median} of every row."""
    threads, names = None, None
    for line in open(path):
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if found := re.match(r"== threads=(\d+)", line):
            threads = int(found[1])
        elif cells[0] == "shape":
            names = cells[2:]
        elif names and len(cells) == len(names) + 2 and cells[1][0].isdigit():
            rates = {name: re.match(r"([\d.]+) \(([\d.]+)\)", cell) for name, cell in zip(names, cells[2:])}
            yield tuple(map(int, cells[1].split(","))), threads, {name: {"p95": float(rate[1]), "median": float(rate[2])} for name, rate in rates.items() if rate}


def read_rates(path):
    """One entry a shape and number of threads: GFLOP/s of every library that computes in float, as 95th percentile and median of the samples."""
    for mkn, threads, rates in read_cells(path):
        rates = {name: rate for name, rate in rates.items() if "u8s8" not in name}
        ratio = rates["adatape packed"]["median"] / rates["oneDNN matmul prepack"]["median"]
        yield {"mkn": mkn, "threads": threads, "rates": rates, "ratio": ratio}


def read_narrow(path):
    """The same for products with narrow factors, beside those of float."""
    return ({"mkn": mkn, "threads": threads, "rates": {name: rates[name] for name in NARROW}} for mkn, threads, rates in read_cells(path))


def narrow_products_table(rows):
    def cells(row):
        rate = {name: row["rates"][name]["p95"] for name in NARROW}
        return [", ".join(map(str, row["mkn"])), row["threads"], *(f"{rate[name]:.0f}" for name in NARROW), f"{rate['adatape bf16'] / rate['adatape packed']:.1f}",
                f"{rate['adatape bf16'] / rate['oneDNN bf16 prepack']:.2f}", f"{rate['adatape int8'] / rate['adatape packed']:.1f}",
                f"{rate['adatape int8'] / rate['oneDNN u8s8 prepack']:.2f}"]

    return table(["M, K, N", "threads", *NARROW.values(), "bf16 / fp32", "bf16 / oneDNN", "int8 / fp32", "int8 / oneDNN"], map(cells, rows))


def shares_of_peak(benchmarks, packed=True):
    """(m, k, n) -> share, with packed weights or with weights that are read in place"""
    found = (re.match(rf"product/m:(\d+)/k:(\d+)/n:(\d+)/packed:{int(packed)}\b", one["name"]) for one in benchmarks)
    return {tuple(map(int, match.groups())): one["share"] for match, one in zip(found, benchmarks) if match}


def peaks(benchmarks):
    """GFLOP/s of fused multiply-adds in registers, beside each product"""
    return [one["peak"] for one in benchmarks]


def peak_line(gemm):
    return (f"The FMA peak of one core was {span(peaks(gemm), '{:.0f}')} GFLOP/s, and {statistics.median(peaks(gemm)):.0f} in the median, as `bench_gemm` measured it "
            "around each product.\n")


def products_table(rows, gemm):
    shares = [shares_of_peak(gemm, packed) for packed in (True, False)]

    def rate(row, name):
        return f"{row['rates'][name]['p95']:.0f} ({row['rates'][name]['median']:.0f})" if name in row["rates"] else "-"

    def share(row, of):
        return f"{of[tuple(row['mkn'])]:.0%}" if row["threads"] == 1 and tuple(row["mkn"]) in of else ""

    def cells(row):
        return [", ".join(map(str, row["mkn"])), row["threads"], *(rate(row, name) for name in LIBRARIES), f"{row['ratio']:.2f}", *(share(row, of) for of in shares)]

    header = ["M, K, N", "threads", *LIBRARIES.values(), "packed: adatape / oneDNN", "packed: share of peak", "in place: share of peak"]
    return table(header, map(cells, rows))
