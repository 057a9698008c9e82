"""The tables of docs/halting.md."""
from costs import BANKS, BATCHES, PAPER_BANKS, TAPE_TOKENS
from report.table import table


def us(value):
    """Two digits at least; '-' for none"""
    return "-" if value is None else f"{value:.1f}" if abs(value) < 20 else f"{value:.0f}"


def with_error(value, error, unit=""):
    form = "{:.2f}" if unit else "{:.0f}"
    return f"{form.format(value)} ± {form.format(error)}{unit}"


def percent(part):
    return f"{100 * part:.2f} %"


def name_of(kind, bank):
    return f"{kind}, {bank}"


def row(read):
    return [us(read.step), read.least, us(read.early), percent(read.share(read.early)), read.most, us(read.late), percent(read.share(read.late))]


ROW = ["one more step, µs", "early: tokens", "µs an image", "share of the forward pass", "late: tokens", "µs an image", "share of the forward pass"]


def banks(costs):
    sizes = [(kind, bank) for kind in BANKS for bank in BANKS[kind]]
    sizes[4:4] = [("learned", 16384)]
    sizes[3:3] = [("learned", 4096)]
    sizes.append(("input", 4096))
    reads = [(kind, bank, costs.read(kind, bank)) for kind, bank in sizes]
    starts = [read.start if read.start and read.start > 0 else None for _, _, read in reads]
    return table(["bank, tokens", "before the first step, µs", *ROW],
                 ([name_of(kind, bank), us(start), *row(read)] for (kind, bank, read), start in zip(reads, starts)))


def lengths(costs):
    reads = [(kind, bank, T, costs.read(kind, bank, T=T)) for kind, bank in PAPER_BANKS for T in TAPE_TOKENS]
    return table(["bank, tokens", "T", "k", *ROW], ([name_of(kind, bank), T, read.k, *row(read)] for kind, bank, T, read in reads))


def thresholds(costs):
    reads = [(kind, bank, tau, costs.read(kind, bank, tau=tau)) for kind, bank in PAPER_BANKS for tau in (1, 2, 5, 10)]
    return table(["bank, tokens", "tau", "k", *ROW], ([name_of(kind, bank), tau, read.k, *row(read)] for kind, bank, tau, read in reads))


def batches(costs):
    reads = [(kind, bank, batch, costs.read(kind, bank, batch=batch)) for kind, bank in PAPER_BANKS for batch in BATCHES]
    return table(["bank, tokens", "batch", *ROW], ([name_of(kind, bank), batch, *row(read)] for kind, bank, batch, read in reads))


def forward(costs):
    rows = []
    for kind, bank in PAPER_BANKS:
        for batch in BATCHES:
            vit, reading = costs.vit(batch, kind), costs.forward(kind, batch)
            rows.append([name_of(kind, bank), batch, f"{vit / 1e3:.1f}", *(f"{time / 1e3:.1f} ({100 * (time / vit - 1):+.1f} %)" for time in reading.values())])
    return table(["bank, tokens", "batch", "no reading (ViT), ms", *(f"{n} tape tokens, ms" for n in reading)], rows)


def tokens(costs):
    rows = []
    for kind, bank in PAPER_BANKS:
        for batch in BATCHES:
            (token, fixed), percent_of_vit = costs.token(kind, batch), 100 / costs.vit(batch, kind)
            step = costs.read(kind, bank, T=32, batch=batch).step
            shares = (with_error(value * percent_of_vit, error * percent_of_vit, " %") for value, error in (token, fixed))
            rows.append([name_of(kind, bank), batch, with_error(*token), next(shares), us(step), us(token[0] - step if step else None), with_error(*fixed),
                         next(shares)])
    return table(["bank, tokens", "batch", "one more tape token, µs", "share of the ViT", "its step in the reader, µs", "its way through the blocks, µs",
                  "the same for any length, µs", "share of the ViT"], rows)


def everything(costs):
    rows = []
    for kind, sizes in BANKS.items():
        for bank in sizes:
            for T in TAPE_TOKENS:
                reads = [costs.read(kind, bank, T=T, batch=batch) for batch in BATCHES]
                rows.append([name_of(kind, bank), T, f"{reads[0].least} / {reads[0].most}",
                             *(f"{us(read.step)} / {us(read.early)} / {us(read.late)}" for read in reads)])
    return table(["bank, tokens", "T", "tokens, early / late", *(f"batch {batch}: step / early / late, µs" for batch in BATCHES)], rows)


def run(costs):
    record = costs.record
    spread = {name: "{:.1%}, at most {:.0%}".format(*costs.spread(name)).replace("%", " %") for name in ("reads", "passes")}
    loads = record["load_of_the_machine"]
    return table(["what", "value"], [
        ["command of a round", f"`{record['command']}`"],
        ["date", record["date"]],
        ["version", record["version"]],
        ["seeds", record["seeds"]],
        ["processor", f"{record['processor']}, {record['cores']} cores"],
        ["instruction set", record["instruction_set"]],
        ["rounds", record["rounds"]],
        ["load of the machine (5 minutes)", f"{min(loads)} to {max(loads)}"],
        ["reads: median of the rounds above the least", spread["reads"]],
        ["forward passes: median of the rounds above the least", spread["passes"]],
    ])


TABLES = {"banks": banks, "lengths": lengths, "thresholds": thresholds, "batches": batches, "forward": forward, "tokens": tokens, "everything": everything,
          "run": run}
