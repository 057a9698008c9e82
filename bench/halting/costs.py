"""What reading costs, from the record of measure.py. Every time is the least of the rounds: other programs and other guests only add to it."""
import json
import statistics

BANKS = {"learned": (64, 196, 784, 10000), "input": (64, 196, 784)}
PAPER_BANKS = (("learned", 10000), ("input", 784))
TAPE_TOKENS, BATCHES = (4, 10, 32), (1, 8, 64)


class Read:
    """One bank, T, tau and batch. Times are in us an image."""

    def __init__(self, early, late, vit):
        self.early, self.late, self.vit = min(early["us"]), min(late["us"]), vit
        self.k, self.least, self.most = early["k"], early["tape"], late["tape"]
        #: the time of one more step; none where early and late halting read the same number of tokens
        self.step = (self.late - self.early) / (self.most - self.least) if self.most > self.least else None
        self.start = self.early - self.least * self.step if self.step else None

    def share(self, us):
        return us / self.vit


class Costs:
    def __init__(self, path):
        self.record = json.loads(path.read_text())
        self.reads = {(one["learned"], one["bank"], one["T"], one["tau"], one["batch"], one["early"]): one for one in self.record["reads"]}
        self.passes = {(one["bank"], one["batch"], one["read"]): min(one["us"]) for one in self.record["passes"]}

    def vit(self, batch):
        """us an image of a plain ViT-S/16"""
        return min(self.passes[bank, batch, 0] for bank in ("learn", "input"))

    def read(self, kind, bank, T=10, tau=2, batch=8):
        early, late = (self.reads[int(kind == "learned"), bank, T, tau, batch, early] for early in (1, 0))
        return Read(early, late, self.vit(batch))

    def forward(self, kind, batch):
        """{tape tokens: us an image} of AdaTape S/16"""
        bank = "learn" if kind == "learned" else "input"
        return {read: us for (name, size, read), us in sorted(self.passes.items()) if (name, size) == (bank, batch) and read > 0}

    def token(self, kind, batch):
        """(us of one more tape token in the whole model, us of the bank and of what else does not depend on the tape), by least squares"""
        lengths, times = zip(*self.forward(kind, batch).items())
        x, y = statistics.mean(lengths), statistics.mean(times)
        slope = sum((n - x) * (t - y) for n, t in zip(lengths, times)) / sum((n - x) ** 2 for n in lengths)
        return slope, y - slope * x - self.vit(batch)

    def spread(self, name):
        """(median, largest) over the measurements: by what part the median of the rounds is above the least"""
        parts = [statistics.median(one["us"]) / min(one["us"]) - 1 for one in self.record[name]]
        return statistics.median(parts), max(parts)
