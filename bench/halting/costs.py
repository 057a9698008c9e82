"""What reading costs, from the record of measure.py. Every time is the least of the rounds: other programs and other guests only add to it."""
import json
import math
import statistics

BANKS = {"learned": (64, 196, 784, 10000), "input": (64, 196, 784)}
PAPER_BANKS = (("learned", 10000), ("input", 784))
NAMES = {"learned": "learn", "input": "input"}  # of the library's BankType
TAPE_TOKENS, BATCHES = (4, 10, 32), (1, 8, 64)


class Read:
    """One bank, T, tau and batch. Times are in us an image."""

    def __init__(self, early, late, vit):
        self.early, self.late, self.vit = min(early["us"]), min(late["us"]), vit
        self.k, self.least, self.most = early["k"], early["tape"], late["tape"]
        #: the time of one more step; none where early and late halting read the same number of tokens, or where noise hides the difference
        self.step = (self.late - self.early) / (self.most - self.least) if self.most > self.least and self.late > self.early else None
        self.start = self.early - self.least * self.step if self.step else None

    def share(self, us):
        return us / self.vit


class Costs:
    def __init__(self, path):
        self.record = json.loads(path.read_text())
        self.reads = {(one["learned"], one["bank"], one["T"], one["tau"], one["batch"], one["early"]): one for one in self.record["reads"]}
        self.passes = {(one["bank"], one["batch"], one["read"]): min(one["us"]) for one in self.record["passes"]}

    def vit(self, batch, kind=None):
        """us an image of a plain ViT-S/16: in the rounds of the model with this kind of bank, or in all"""
        return min(self.passes[NAMES[name], batch, 0] for name in ([kind] if kind else NAMES))

    def read(self, kind, bank, T=10, tau=2, batch=8):
        early, late = (self.reads[int(kind == "learned"), bank, T, tau, batch, early] for early in (1, 0))
        return Read(early, late, self.vit(batch))

    def forward(self, kind, batch):
        """{tape tokens: us an image} of AdaTape S/16"""
        return {read: us for (name, size, read), us in sorted(self.passes.items()) if (name, size) == (NAMES[kind], batch) and read > 0}

    def median(self, kind, batch):
        """{tape tokens: us an image}, the median of the rounds"""
        return {one["read"]: statistics.median(one["us"]) for one in self.record["passes"] if (one["bank"], one["batch"]) == (NAMES[kind], batch) and one["read"] > 0}

    def token(self, kind, batch):
        """The line of least squares through the times of the whole model over the tape length: ((slope, standard error), (its value at 0 less the ViT, standard
        error)) in us. The ViT is taken to have the error of one of the times."""
        lengths, times = zip(*self.forward(kind, batch).items())
        x, y, count = statistics.mean(lengths), statistics.mean(times), len(lengths)
        squares = sum((n - x) ** 2 for n in lengths)
        slope = sum((n - x) * (t - y) for n, t in zip(lengths, times)) / squares
        error = math.sqrt(sum((t - y - slope * (n - x)) ** 2 for n, t in zip(lengths, times)) / (count - 2))
        return (slope, error / math.sqrt(squares)), (y - slope * x - self.vit(batch, kind), error * math.sqrt(1 + 1 / count + x**2 / squares))

    def spread(self, name):
        """(median, largest) over the measurements: by what part the median of the rounds is above the least"""
        parts = [statistics.median(one["us"]) / min(one["us"]) - 1 for one in self.record[name]]
        return statistics.median(parts), max(parts)
