#!/usr/bin/env python3
"""Golden files of AdaTape: a reference implementation in double precision, and the maker of more files.

    python3 make_golden.py check FILE...            recompute every file and print the worst errors
    python3 make_golden.py make OUT_DIR [--all]     write the extra files (CASES below; --all: the large ones too)

Written from the equations page alone ("What AdaTape computes"); the section names below are that page's. It is meant
to be compared with, so it favours the plainest form: one sample at a time, autograd for every gradient, no batching.
Needs Python 3, NumPy and PyTorch (Debian: apt-get install python3-numpy python3-torch).
"""
import json
import math
import os
import struct
import sys

import numpy as np
import torch

torch.set_num_threads(1)
HERE = os.path.dirname(os.path.abspath(__file__))


# ---------------------------------------------------------------------------------------------------------------------
# safetensors: 8 bytes little-endian header length, JSON header, raw row-major data
# ---------------------------------------------------------------------------------------------------------------------
DTYPES = {"F64": np.dtype("<f8"), "I64": np.dtype("<i8")}


def read_safetensors(path):
    """-> (metadata, {name: array}) in the file's order."""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = file.read()
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        tensors[name] = np.frombuffer(data[begin:end], DTYPES[entry["dtype"]]).reshape(entry["shape"])
    return metadata, tensors


def write_safetensors(path, metadata, tensors):
    header, offset = {"__metadata__": metadata}, 0
    for name, array in tensors.items():
        kind = "I64" if array.dtype.kind == "i" else "F64"
        assert array.dtype == DTYPES[kind], name
        header[name] = {"dtype": kind, "shape": list(array.shape), "data_offsets": [offset, offset + array.nbytes]}
        offset += array.nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # the data starts at a multiple of 8 bytes
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for array in tensors.values():
            file.write(np.ascontiguousarray(array).tobytes())


# ---------------------------------------------------------------------------------------------------------------------
# Primitives. P is {checkpoint name: tensor}; `at` is the name of a layer in it.
# ---------------------------------------------------------------------------------------------------------------------
def ordered_sum(terms, axis):
    """Sum in index order (a running sum's last entry), whatever the other axes are: equal rows give bit-equal sums."""
    return terms.cumsum(axis).select(axis, -1)


def dense(P, at, x):
    """x . kernel + bias, x [n, in] or [in]; q, k and v may have no bias"""
    kernel = P[at + "/kernel"]
    kernel = kernel.reshape(x.shape[-1], -1)
    y = ordered_sum(x.unsqueeze(-1) * kernel, -2)
    return y + P[at + "/bias"].reshape(-1) if at + "/bias" in P else y


def layer_norm(P, at, x, epsilon=1e-6):
    """(x - mean) / sqrt(var + epsilon) * scale + bias, biased variance"""
    D = x.shape[-1]
    centred = x - (ordered_sum(x, -1) / D).unsqueeze(-1)
    var = (ordered_sum(centred * centred, -1) / D).unsqueeze(-1)
    return centred / torch.sqrt(var + epsilon) * P[at + "/scale"] + P[at + "/bias"]


def gelu(x, form):
    if form == "erf":
        return 0.5 * x * (1 + torch.erf(x / math.sqrt(2)))
    return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


def ffn_gelu(P, at, x, form):
    return dense(P, at + "/Dense_1", gelu(dense(P, at + "/Dense_0", x), form))


def ffn_glu(P, at, x):
    a, b = dense(P, at + "/Dense_0", x).chunk(2, -1)  # GLU(a, b) = a sigmoid(b), a the first half
    return dense(P, at + "/Dense_1", a * torch.sigmoid(b))


def reduced(image, n):
    """[H, W, C] -> [H // n, W // n, C]: the mean over blocks of n x n pixels, a rest smaller than a block dropped."""
    if n == 1:
        return image
    rows, cols = image.shape[0] // n, image.shape[1] // n
    return sum(image[i : rows * n : n, j : cols * n : n] for i in range(n) for j in range(n)) / (n * n)


def patches(image, p):
    """[H, W, C] -> [n, p*p*C]: patches row-major, a rest smaller than a patch dropped; inside row, column, channel."""
    H, W, C = image.shape
    rows, cols = H // p, W // p
    grid = image[: rows * p, : cols * p].reshape(rows, p, cols, p, C)
    return grid.permute(0, 2, 1, 3, 4).reshape(rows * cols, p * p * C)


# ---------------------------------------------------------------------------------------------------------------------
# Encoder block (pre-LN)
# ---------------------------------------------------------------------------------------------------------------------
def attention(P, at, x, heads):
    n, D = x.shape
    q, k, v = (dense(P, f"{at}/{part}", x).reshape(n, heads, D // heads) for part in ("query", "key", "value"))
    weights = torch.softmax(torch.einsum("ihd,jhd->hij", q, k) / math.sqrt(D // heads), -1)
    return dense(P, at + "/out", torch.einsum("hij,jhd->ihd", weights, v).reshape(n, D))


def epsilon_of(cfg):
    """of the LayerNorms of blocks and of encoder_norm; bank_norm has 1e-6"""
    return cfg.get("layer_norm_epsilon", 1e-6)


def gamma(P, at, branch, cfg):
    """LayerScale: 1 where the model has none"""
    return P[f"{at}/LayerScale_{branch}/gamma"] if cfg.get("layer_scale") else 1


def encoder_block(P, at, x, cfg, n_own=None):
    """x += gamma_0 MHA(LN_0(x)); x += gamma_1 FFN(LN_1(x)); rows from n_own on are tape tokens with their own FFN (None: none)."""
    y = layer_norm(P, at + "/LayerNorm_0", x, epsilon_of(cfg))
    x = x + gamma(P, at, 0, cfg) * attention(P, at + "/MultiHeadDotProductAttention_0", y, cfg["num_heads"])
    y = layer_norm(P, at + "/LayerNorm_1", x, epsilon_of(cfg))
    if n_own is None:
        return x + gamma(P, at, 1, cfg) * ffn_gelu(P, at + "/MlpBlock_0", y, cfg["gelu"])
    own = ffn_gelu(P, at + "/MlpBlock_0", y[:n_own], cfg["gelu"])
    tape = ffn_glu(P, at + "/tape_mlp", y[n_own:])
    return x + gamma(P, at, 1, cfg) * torch.cat([own, tape])


# ---------------------------------------------------------------------------------------------------------------------
# Tokens and tape bank
# ---------------------------------------------------------------------------------------------------------------------
def prefix_tokens(cfg):
    """-> the names of the tensors that stand in front of the tokens: cls, dist, registers"""
    has = {"cls": cfg["classifier"] == "token" or cfg.get("class_token"), "dist": cfg.get("distillation"), "registers": cfg.get("registers")}
    return [name for name in has if has[name]]


def sincos_positions(rows, cols, D):
    """[rows * cols, D]: of the patch in row y and column x sin(x w), cos(x w), sin(y w), cos(y w) for all w_k = 10000^-(k / (D/4 - 1))"""
    omega = [10000.0 ** -(k / (D // 4 - 1)) for k in range(D // 4)]
    parts = lambda x, y: [f(c * w) for c in (x, y) for f in (math.sin, math.cos) for w in omega]
    return torch.tensor([parts(x, y) for y in range(rows) for x in range(cols)], dtype=torch.float64)


def tokens(P, image, cfg):
    prefix = [P[name][0] for name in prefix_tokens(cfg)]
    if cfg.get("input") == "tokens":  # a sample is its own tokens and its bank; no position embedding
        given, _ = image
        return torch.cat([*prefix, dense(P, "embedding", given) if cfg["token_width"] else given])
    if cfg["model"] == "parity":  # the whole sequence is one token, symbol-major; no position embedding
        x = dense(P, "embedding", image.reshape(1, -1))
    else:
        x = dense(P, "embedding", patches(reduced(image, cfg.get("image_reduction", 1)), cfg["patch_size"]))
    if cfg.get("positions") == "sincos2d":  # fixed, of the patches only
        side = [pixels // cfg.get("image_reduction", 1) // cfg["patch_size"] for pixels in cfg["image"][:2]]
        return torch.cat([*prefix, x + sincos_positions(*side, x.shape[1]).to(x.dtype)])
    x = torch.cat([*prefix, x])
    if cfg["model"] == "vit":
        x = x + P["posembed_input/pos_embedding"][0]
    elif cfg["model"] in ("act", "pondernet"):
        x = x + P["Transformer/posembed_input/pos_embedding"][0]
    return x


def tape_bank(P, image, cfg, read):
    """-> bank [K, D], and the rows it was computed from: equal there means equal tokens"""
    if cfg["bank_type"] == "learn":
        bank = P[f"Transformer/AddTapeToken_{read}/TapeBank_0/tape_tokens"]
        return bank, bank
    if cfg["bank_type"] == "given":
        _, given = image
        return dense(P, "pre_bank", given) if cfg["bank_width"] else given, given
    if cfg["model"] == "parity":
        return dense(P, "pre_bank", image), image
    cut, position = patches(image, cfg["patch_bank_size"]), P["posembed_input_bank/pos_embedding"][0]
    return dense(P, "pre_bank", dense(P, "embedding_bank", cut) + position), torch.cat([cut, position], 1)


# ---------------------------------------------------------------------------------------------------------------------
# Adaptive tape reading (ATR)
# ---------------------------------------------------------------------------------------------------------------------
def tokens_per_step(cfg):
    """k = floor(T / tau + 1e-9); 1 in the fixed variant"""
    return 1 if cfg["dynamic"] is None else math.floor(cfg["num_tape_tokens"] / cfg["dynamic"]["threshold"] + 1e-9)


class Margins:
    """How close the discrete decisions were: the smallest relative gap of neighbouring scores (unequal tokens), the
    smallest distance of a halting value from its threshold, and how many of the decisions were exact ties."""

    def __init__(self):
        self.score, self.halt, self.ties, self.false_ties = math.inf, math.inf, 0, 0

    def __str__(self):
        return f"scores {self.score:.1e}, halting {self.halt:.1e}, exact ties {self.ties}"

    def selection(self, ranked, scores, source, count):
        scale = max(abs(s) for s in scores.values())
        for a, b in zip(ranked[:count], ranked[1 : count + 1]):  # the order inside matters, and the first one left out
            gap = scores[a] - scores[b]
            if torch.equal(source[a], source[b]):
                self.ties += 1
                self.false_ties += gap != 0  # equal tokens must score bit-equal
            else:
                self.score = min(self.score, gap / scale)

    def halting(self, h, threshold, saturated=False):
        if not saturated:
            self.halt = min(self.halt, abs(h - threshold))


def largest(s, unread, count, source, margins):
    """The `count` largest scores, largest first; of equal scores the lower index first."""
    scores = {i: s[i].item() for i in unread}
    ranked = sorted(unread, key=lambda i: (-scores[i], i))
    margins.selection(ranked, scores, source, count)
    return ranked[:count]


def read_tape(P, x, bank, source, cfg, read, margins):
    """-> tape [n, D], ponder, selected indices and weights of each tape token"""
    at, T, exact = f"Transformer/AddTapeToken_{read}", cfg["num_tape_tokens"], cfg.get("exact_tape_tokens", 0)
    T = exact or cfg.get("max_tape_tokens", 0) or T  # limits of the call
    dk = x.shape[1] // cfg["split_tt"]
    norm = at + "/TapeBank_0/bank_norm"
    q = layer_norm(P, norm, x[0] if cfg["query_type"] == "token" else x.mean(0))[:dk]
    z = layer_norm(P, norm, bank)
    score = lambda query: ordered_sum(z[:, :dk] * query, -1)
    unread = list(range(len(z)))
    ponder = z.new_zeros(())

    if cfg["dynamic"] is None:  # fixed variant: the T largest scores of one step, each z_i itself a tape token
        chosen = largest(score(q).detach(), unread, T, source, margins)
        tape, indices, weights = z[chosen], [[i] for i in chosen], [z.new_ones(1)] * T
    else:
        tau, k = cfg["dynamic"]["threshold"], tokens_per_step(cfg)
        tape, indices, weights = [], [], []
        h = 0.0  # a Python float: double, no gradient
        while (not tape or exact or h < tau - 1e-6) and len(tape) < T and unread:
            s = score(q)
            sel = largest(s.detach(), unread, min(k, len(unread)), source, margins)
            w = torch.softmax(s[sel] / math.sqrt(dk), 0)
            token = (w.unsqueeze(1) * z[sel]).sum(0)
            ponder = ponder + (1 - (w * w).sum() if cfg["dynamic"]["loss_type"] == "entropy" else 1 - w[0])
            h += w[0].item()
            tape.append(token), indices.append(sel), weights.append(w)
            unread = [i for i in unread if i not in sel]
            if len(tape) < T and unread and not exact:  # else reading ends whatever h is; weights of exactly 1 give h = ceil(tau)
                margins.halting(h, tau - 1e-6, saturated=0 <= tau - h < 1e-8)
            q = (q + token[:dk]) / 2 if cfg["dynamic"]["complex_query"] else token[:dk]
        tape = torch.stack(tape) if tape else z.new_zeros((0, x.shape[1]))  # a given bank may be empty
    if cfg["tt_mlp_dim"] > 0:
        tape = ffn_glu(P, at + "/MlpBlock_0", tape)
    return tape, ponder, indices, weights


# ---------------------------------------------------------------------------------------------------------------------
# The models: one sample -> (tokens after the blocks, ponder, facts about the sample)
# ---------------------------------------------------------------------------------------------------------------------
def encode(P, image, cfg, margins):
    x, facts = tokens(P, image, cfg), []
    ponder = x.new_zeros(())
    reads, n_own = cfg["add_tape_token_to_layers"], len(x)
    for layer in range(cfg["num_layers"]):
        if layer in reads:
            read = reads.index(layer)
            bank, source = tape_bank(P, image, cfg, read)
            tape, p, indices, weights = read_tape(P, x, bank, source.detach(), cfg, read, margins)
            x, ponder = torch.cat([x, tape]), ponder + p
            facts.append((indices, weights))
        own_ffn = cfg["enc_tt_mlp_dim"] > 0 and len(x) > n_own
        x = encoder_block(P, f"Transformer/encoderblock_{layer}", x, cfg, n_own if own_ffn else None)
    return x, ponder, facts


def encode_act(P, image, cfg, margins):
    """Adaptive computation time: `units` halting units, the sample's tokens or the sample itself"""
    state = tokens(P, image, cfg)
    per_example = cfg["act_level"] == "per_example"
    units = state.new_zeros(1 if per_example else len(state))
    h, R, N, out = units, units, units, torch.zeros_like(state)
    threshold = 1 - cfg["act_epsilon"]
    for step in range(cfg["act_max_steps"]):
        run = h.detach() < 1
        if not run.any():
            break
        p = torch.sigmoid(dense(P, "Transformer/act/step_halting_prob", state)[:, 0])
        if per_example:
            p = p.mean(0, keepdim=True)
        for value in (h + p)[run].tolist():
            margins.halting(value, threshold)
        halts = run & ((h + p).detach() > threshold)
        goes_on = run & ~halts
        h = torch.where(goes_on, h + p, h)
        R = torch.where(halts, R + (1 - h), R)
        h = torch.where(halts, h + R, h)
        N = N + run
        weight = torch.where(goes_on, p, torch.where(halts, R, torch.zeros_like(p))).unsqueeze(1)
        name = "encoderblock" if cfg["share_parameters"] else f"encoderblock_{step}"
        state = encoder_block(P, "Transformer/" + name, state, cfg)
        out = out + state * weight if cfg["act_type"] == "accumulated" else state * weight + out * (1 - weight)
    return out, (N + R).sum(), (N, R)


def encode_pondernet(P, image, cfg, margins):
    """PonderNet: -> the states behind all steps, KL(p || prior), p"""
    state, states, halting = tokens(P, image, cfg), [], []
    for step in range(cfg["act_max_steps"]):
        name = "encoderblock" if cfg["share_parameters"] else f"encoderblock_{step}"
        state = encoder_block(P, "Transformer/" + name, state, cfg)
        states.append(state)
        halting.append(torch.sigmoid(dense(P, "Transformer/act/step_halting_prob", state)).mean())
    halting[-1] = torch.ones_like(halting[-1])  # the last step always halts
    reached, p, prior = torch.ones_like(halting[-1]), [], []
    for step, probability in enumerate(halting):
        last, rest = step == len(halting) - 1, (1 - cfg["lambda_p"]) ** step
        p.append(reached * probability), prior.append(rest if last else rest * cfg["lambda_p"])
        reached = reached * (1 - probability)
    p, prior = torch.stack(p), torch.tensor(prior, dtype=state.dtype)
    for value in p.detach().cumsum(0)[:-1].tolist():
        margins.halting(value, 0.5)
    return states, (p * torch.log(p / prior)).sum(), p


# ---------------------------------------------------------------------------------------------------------------------
# Head and losses
# ---------------------------------------------------------------------------------------------------------------------
def head(P, x, cfg):
    if not cfg.get("fc_norm"):
        x = layer_norm(P, "Transformer/encoder_norm", x, epsilon_of(cfg))
    if cfg.get("distillation"):  # cls and dist have a head each
        return (dense(P, "output_projection", x[0]) + dense(P, "head_dist", x[1])) / 2
    prefix = sum(len(P[name][0]) for name in prefix_tokens(cfg))
    pooled = {"token": lambda: x[0], "gap": lambda: x.mean(0), "gap_without_prefix": lambda: x[prefix:].mean(0)}[cfg["classifier"]]()
    if cfg.get("fc_norm"):
        pooled = layer_norm(P, "fc_norm", pooled, epsilon_of(cfg))
    if cfg.get("representation_size"):
        pooled = torch.tanh(dense(P, "pre_logits", pooled))
    return dense(P, "output_projection", pooled)


def classification_loss(logits, target, cfg):
    """target: a label, or a row of probabilities"""
    classes, s = len(logits), cfg["label_smoothing"]
    t = torch.full_like(logits, s / classes)
    if np.ndim(target):
        t = t + (1 - s) * torch.tensor(target, dtype=logits.dtype)
    else:
        t[int(target)] += 1 - s
    if cfg["loss"] == "softmax":
        return -(t * torch.log_softmax(logits, 0)).sum()
    log_sigmoid = torch.nn.functional.logsigmoid
    return -(t * log_sigmoid(logits) + (1 - t) * log_sigmoid(-logits)).sum()


def forward(P, images, targets, weights, cfg, margins):
    """-> total loss (weighted mean over the samples of loss + ponder_weight * ponder), and every output of the golden files"""
    steps = cfg["model"] == "pondernet"  # a prediction behind every step; the loss is its expectation over the steps
    model = encode_pondernet if steps else encode_act if cfg["model"] == "act" else encode
    total, logits, ponders, facts = 0, [], [], []
    for image, target, weight in zip(images, targets, weights):
        x, ponder, fact = model(P, image, cfg, margins)
        logits.append(torch.stack([head(P, state, cfg) for state in x]) if steps else head(P, x, cfg))
        ponders.append(ponder), facts.append(fact)
        if weight:
            if steps:
                of_sample = sum(p * classification_loss(y, target, cfg) for y, p in zip(logits[-1], fact))
            else:
                of_sample = classification_loss(logits[-1], target, cfg)
            total = total + float(weight) * (of_sample + cfg["ponder_weight"] * ponder)
    loss = total / float(sum(weights))

    array = lambda rows: torch.stack(rows).detach().numpy()
    outputs = {"logits": array(logits), "loss": loss.detach().reshape(1).numpy()}
    if cfg["model"] == "act":
        outputs["act_updates"] = array([N for N, _ in facts])
        outputs["act_remainders"] = array([R for _, R in facts])
    elif steps:
        outputs["probabilities"] = array(facts)
        outputs["median_step"] = (outputs["probabilities"].cumsum(1) >= 0.5).argmax(1)  # the first step where it holds
    elif cfg["add_tape_token_to_layers"]:
        shape = (len(facts), len(facts[0]), cfg["num_tape_tokens"], tokens_per_step(cfg))
        length = np.zeros(shape[:2], "<i8")
        indices, weights = np.full(shape, -1, "<i8"), np.zeros(shape)  # -1 and 0 where nothing was read
        for b, reads in enumerate(facts):
            for r, (sel, w) in enumerate(reads):
                length[b, r] = len(sel)
                for n, (chosen, values) in enumerate(zip(sel, w)):
                    indices[b, r, n, : len(chosen)] = chosen
                    weights[b, r, n, : len(chosen)] = values.detach().numpy()
        outputs.update(tape_length=length, tape_indices=indices, tape_weights=weights)
    if len(outputs) > 2:
        outputs["ponder"] = array(ponders)
    return loss, outputs


INPUTS = ("input", "bank")


def split(tensors, dtype=torch.float64):
    """-> params and inputs (leaves, by name), samples, labels or rows of probabilities, weights of the samples"""
    leaf = lambda array: torch.tensor(array, dtype=dtype, requires_grad=True)
    P = {name[7:]: leaf(a) for name, a in tensors.items() if name.startswith("params/")}
    inputs = {name: leaf(tensors[name]) for name in INPUTS if name in tensors}
    samples = inputs["input"]
    if "bank" in inputs:  # rows of all samples: those of sample b are [offsets[b], offsets[b + 1])
        rows = {name: torch.tensor_split(inputs[name], tensors[name + "_offsets"][1:-1].tolist()) for name in INPUTS}
        samples = list(zip(rows["input"], rows["bank"]))
    targets = tensors.get("target", tensors["label"])
    weights = tensors.get("sample_weight", tensors.get("sample_mask", np.ones(len(targets))))
    return P, inputs, samples, targets, weights


def gradients(loss, leaves):
    grads = torch.autograd.grad(loss, leaves, allow_unused=True)
    return [torch.zeros_like(x) if g is None else g for g, x in zip(grads, leaves)]


def evaluate(cfg, tensors, margins):
    """-> outputs and grads of a golden file, by name"""
    P, inputs, samples, targets, weights = split(tensors)
    loss, results = forward(P, samples, targets, weights, cfg, margins)
    grads = gradients(loss, list(P.values()) + list(inputs.values()))
    for name, grad in zip(list(P) + list(inputs), grads):
        results["grads/" + name] = grad.numpy()
    return results


# ---------------------------------------------------------------------------------------------------------------------
# train_*: full-batch AdamW steps
# ---------------------------------------------------------------------------------------------------------------------
def learning_rate(step, run):
    warm = min(1, step / run["warmup"])
    done = min(1, max(0, step - run["warmup"]) / (run["total"] - run["warmup"]))  # stays at the end value
    return run["base_lr"] * warm * 0.5 * (1 + math.cos(math.pi * done))


def rule(name, run):
    """-> whether the parameter is trained, its decay, the factor of its rate"""
    rules, last = run.get("rules", {}), name.split("/")[-1]
    decays = rules.get("no_decay") != "vectors" or not (last in ("bias", "scale", "gamma", "cls") or "pos_embed" in name)
    trained = "frozen" not in rules or rules["frozen"] not in name
    scale = rules["rate_scale"] if rules.get("rate_scale_of", "") in name and "rate_scale" in rules else 1.0
    return trained, run["weight_decay"] if decays else 0.0, scale


def average_decay(update, average):
    """Of the moving average after update number 1, 2, ... (timm, ModelEmaV3)"""
    n = update - average["start"] - 1
    if n <= 0:
        return 0.0
    return min(average["decay"], 1 - (1 + n) ** (-2 / 3)) if average["warm_up"] else average["decay"]


def train(cfg, run, tensors, margins):
    P, _, samples, targets, weights = split(tensors)
    m = {name: torch.zeros_like(p) for name, p in P.items()}
    v = {name: torch.zeros_like(p) for name, p in P.items()}
    averaged = {name: p.detach().clone() for name, p in P.items()}
    losses, norms, rates = [], [], []
    for step in range(run["steps"]):
        loss, _ = forward(P, samples, targets, weights, cfg, margins)
        grads = gradients(loss, list(P.values()))
        grads = [g if rule(name, run)[0] else torch.zeros_like(g) for name, g in zip(P, grads)]
        norm = math.sqrt(sum((g * g).sum().item() for g in grads))
        rate, t = learning_rate(step, run), step + 1
        losses.append(loss.item()), norms.append(norm), rates.append(rate)
        with torch.no_grad():
            for (name, p), g in zip(P.items(), grads):
                trained, decay, scale = rule(name, run)
                if not trained:
                    continue
                g = g * min(1, run["max_norm"] / norm)
                m[name] = 0.9 * m[name] + 0.1 * g
                v[name] = 0.999 * v[name] + 0.001 * g * g
                m_hat, v_hat = m[name] / (1 - 0.9**t), v[name] / (1 - 0.999**t)
                p -= scale * rate * (m_hat / (torch.sqrt(v_hat) + 1e-8) + decay * p)
            if "average" in run:
                share = 1 - average_decay(t, run["average"])
                averaged = {name: a + share * (P[name] - a) for name, a in averaged.items()}
    results = {"losses": np.array(losses), "grad_norms": np.array(norms), "learning_rates": np.array(rates)}
    results.update({"trained/" + name: p.detach().numpy() for name, p in P.items()})
    if "average" in run:
        results.update({"averaged/" + name: a.detach().numpy() for name, a in averaged.items()})
    return results


def recompute(metadata, tensors, margins):
    cfg = json.loads(metadata["config"])
    if "train" in metadata:
        return train(cfg, json.loads(metadata["train"]), tensors, margins)
    return evaluate(cfg, tensors, margins)


# ---------------------------------------------------------------------------------------------------------------------
# check: error = max|a - b| / max(max|b|, 1e-4 * the largest |value| in the group); groups grads, trained, each output
# ---------------------------------------------------------------------------------------------------------------------
def errors(results, golden):
    group = lambda name: name.split("/")[0]
    largest_in = {}
    for name in results:
        largest_in[group(name)] = max(largest_in.get(group(name), 0), np.abs(golden[name]).max())
    found = {}
    for name, a in results.items():
        b = golden[name]
        assert a.shape == b.shape, f"{name}: shape {a.shape}, the file has {b.shape}"
        if b.dtype.kind == "i":
            found[name] = 0.0 if np.array_equal(a, b) else math.inf
        else:
            difference = np.abs(a - b).max()
            found[name] = difference / max(np.abs(b).max(), 1e-4 * largest_in[group(name)]) if difference else 0.0
        if math.isnan(found[name]):  # no comparison with NaN holds, so it would pass
            found[name] = math.inf
    return found


def check(paths):
    failed = False
    for path in paths:
        metadata, golden = read_safetensors(path)
        margins = Margins()
        results = recompute(metadata, golden, margins)
        given = {name for name in golden if not name.startswith("params/")} - {
            "input", "input_offsets", "bank", "bank_offsets", "label", "target", "sample_mask", "sample_weight"}
        assert given == set(results), f"{path}: other tensors than expected: {given ^ set(results)}"
        found = errors(results, golden)
        # the true gradient of key/bias is zero, AdamW amplifies its rounding: judged apart
        noise = {n: e for n, e in found.items() if n.startswith(("trained/", "averaged/")) and n.endswith("key/bias")}
        parts = {}
        for name, error in found.items():
            part = "trained key/bias" if name in noise else name.split("/")[0]
            parts[part] = max(parts.get(part, 0), error)
        worst = max((e, n) for n, e in found.items() if n not in noise)
        bad = worst[0] > 1e-11 or any(e > 1e-9 for e in noise.values()) or margins.false_ties
        failed |= bad
        print(f"{'BAD' if bad else 'ok '} {os.path.basename(path)}: worst {worst[0]:.1e} {worst[1]}")
        print("      " + "  ".join(f"{part} {error:.1e}" for part, error in parts.items()))
        if margins.score < math.inf or margins.halt < math.inf:
            print(f"      closest decision: {margins}")
    return failed


# ---------------------------------------------------------------------------------------------------------------------
# make: new weights, inputs and labels for the configuration of a given file
# ---------------------------------------------------------------------------------------------------------------------
def draw_params(rng, cfg, shapes, sharpness):
    """Scales as in the given files: kernels 1/sqrt(fan in), LN scales 1 +- 0.2, biases +- 0.1, embeddings +- 0.7, gammas around layer_scale.
    `sharpness` multiplies scale and bias of bank_norm, so the scores go with its square."""
    P = {}
    for name, shape in shapes.items():
        noise, leaf = rng.standard_normal(shape), name.split("/")[-1]
        if leaf == "scale":
            value = 1 + 0.2 * noise
        elif leaf == "gamma":
            value = cfg["layer_scale"] * (1 + 0.5 * noise)
        elif leaf == "bias":
            value = 0.1 * noise
        elif leaf == "kernel":
            is_qkv = name.split("/")[-2] in ("query", "key", "value")
            value = noise / math.sqrt(shape[0] if is_qkv else np.prod(shape[:-1]))
        else:
            value = 0.7 * noise
        if "bank_norm" in name:
            value = value * sharpness
        if "step_halting_prob" in name:
            scale, bias = cfg.get("halting_scale", 1.0), np.full(shape, float(cfg["halting_bias"]))
            value = value * scale if leaf == "kernel" else bias
        P[name] = value
    return P


def shapes_of(cfg):
    """The parameters of a model for which there is no given file: of given tokens and banks, of a reduced image, with options of blocks or of other ends."""
    D, heads, shapes = cfg["hidden_size"], cfg["num_heads"], {}

    def add_dense(at, *kernel, bias=None):
        shapes[at + "/kernel"], shapes[at + "/bias"] = kernel, bias or kernel[-1:]

    def add_gamma(at):
        if cfg.get("layer_scale"):
            shapes[at + "/gamma"] = (D,)

    def add_norm(at):
        shapes[at + "/scale"], shapes[at + "/bias"] = (D,), (D,)

    def add_ffn(at, hidden, gates=1):
        add_dense(at + "/Dense_0", D, gates * hidden), add_dense(at + "/Dense_1", hidden, D)

    if "image" in cfg:
        (H, W, C), n, p, b = cfg["image"], cfg.get("image_reduction", 1), cfg["patch_size"], cfg.get("patch_bank_size")
        add_dense("embedding", p, p, C, D)
        count = {"cls": 1, "dist": 1, "registers": cfg.get("registers")}
        own = (H // n // p) * (W // n // p) + sum(count[name] for name in prefix_tokens(cfg))
        if b:
            add_dense("embedding_bank", b, b, C, D), add_dense("pre_bank", D, D)
        if cfg.get("positions") != "sincos2d":
            shapes["posembed_input/pos_embedding"] = (1, own, D)
        if b:
            shapes["posembed_input_bank/pos_embedding"] = (1, (H // b) * (W // b), D)
    elif cfg["token_width"]:
        add_dense("embedding", cfg["token_width"], D)
    for name in prefix_tokens(cfg):
        shapes[name] = (1, cfg["registers"] if name == "registers" else 1, D)
    if cfg.get("bank_width"):
        add_dense("pre_bank", cfg["bank_width"], D)
    for read in range(len(cfg["add_tape_token_to_layers"])):
        add_norm(f"Transformer/AddTapeToken_{read}/TapeBank_0/bank_norm")
        if cfg["tt_mlp_dim"]:
            add_ffn(f"Transformer/AddTapeToken_{read}/MlpBlock_0", cfg["tt_mlp_dim"], 2)
    for layer in range(cfg["num_layers"]):
        at = f"Transformer/encoderblock_{layer}"
        add_norm(at + "/LayerNorm_0"), add_norm(at + "/LayerNorm_1")
        for part in ("query", "key", "value"):
            add_dense(f"{at}/MultiHeadDotProductAttention_0/{part}", D, heads, D // heads, bias=(heads, D // heads))
            if not cfg.get("qkv_bias", True):
                del shapes[f"{at}/MultiHeadDotProductAttention_0/{part}/bias"]
        add_dense(at + "/MultiHeadDotProductAttention_0/out", heads, D // heads, D)
        add_gamma(at + "/LayerScale_0")
        add_ffn(at + "/MlpBlock_0", cfg["mlp_dim"])
        if cfg["enc_tt_mlp_dim"] and layer >= cfg["add_tape_token_to_layers"][0]:
            add_ffn(at + "/tape_mlp", cfg["enc_tt_mlp_dim"], 2)
        add_gamma(at + "/LayerScale_1")
    add_norm("fc_norm" if cfg.get("fc_norm") else "Transformer/encoder_norm")
    features = cfg.get("representation_size") or D
    if cfg.get("representation_size"):
        add_dense("pre_logits", D, features)
    add_dense("output_projection", features, cfg["num_classes"])
    if cfg.get("distillation"):
        add_dense("head_dist", D, cfg["num_classes"])
    return shapes


def draw_given_input(rng, cfg, case):
    """Own tokens and bank tokens of every sample: case["own"] and case["banks"] are how many."""
    tensors = {}
    for name, counts, width in (("input", case["own"], "token_width"), ("bank", case["banks"], "bank_width")):
        tensors[name] = rng.standard_normal((sum(counts), cfg[width] or cfg["hidden_size"]))
        tensors[name + "_offsets"] = np.cumsum([0, *counts])
    return tensors


def draw_case(rng, cfg, given, case):
    elastic = cfg.get("input") == "tokens"
    shapes = {name[7:]: a.shape for name, a in given.items() if name.startswith("params/")} if given else shapes_of(cfg)
    P = draw_params(rng, cfg, shapes, case.get("sharpness", 1.0))
    B = case["batch"]
    if elastic:
        images = None
    elif cfg["model"] == "parity":
        images = np.eye(3)[rng.integers(0, 3, (B, cfg["seq_len"]))]
    else:
        images = np.tanh(0.6 * rng.standard_normal((B, *cfg["image"])))
    if case.get("tied"):  # few distinct bank tokens, so that equal scores decide what is read
        distinct = case["tied"]
        if cfg["bank_type"] == "learn":
            for name in P:
                if name.endswith("tape_tokens"):
                    P[name] = P[name][rng.integers(0, distinct, len(P[name]))]
        else:  # images of few distinct bank patches, one position embedding for all of them
            p = cfg["patch_bank_size"]
            for image in images:
                pieces = rng.uniform(-1, 1, (distinct, p, p, image.shape[2]))
                for r in range(image.shape[0] // p):
                    for c in range(image.shape[1] // p):
                        image[r * p : (r + 1) * p, c * p : (c + 1) * p] = pieces[rng.integers(distinct)]
            P["posembed_input_bank/pos_embedding"][:] = P["posembed_input_bank/pos_embedding"][:, :1]
    tensors = draw_given_input(rng, cfg, case) if elastic else {"input": images}
    tensors["label"] = rng.integers(0, cfg["num_classes"], B)
    if case.get("live"):
        tensors["sample_mask"] = np.isin(np.arange(B), rng.permutation(B)[: case["live"]]).astype("<i8")
    if case.get("soft"):
        tensors["target"] = rng.dirichlet(np.full(cfg["num_classes"], 0.5), B)
    if case.get("weighted"):
        tensors["sample_weight"] = rng.uniform(0.5, 2, B)
    tensors.update({"params/" + name: value for name, value in P.items()})
    return tensors


def decisions(cfg, tensors, dtype, margins):
    P, _, samples, targets, weights = split(tensors, dtype)
    with torch.no_grad():
        _, outputs = forward(P, samples, targets, weights, cfg, margins)
    return {name: outputs[name] for name in ("tape_length", "tape_indices", "act_updates", "median_step") if name in outputs}


def refusal(cfg, run, tensors, case):
    """Why this draw is not taken, or None. No decision may hang on rounding: neighbouring scores of unequal tokens are
    at least 3e-5 apart (relative), halting values 1e-4 from their threshold; float32 must decide the same."""
    margins = Margins()
    facts = decisions(cfg, tensors, torch.float64, margins)
    if margins.score < 3e-5 or margins.halt < 1e-4:
        return "near tie"
    assert margins.false_ties == 0, "equal tokens must score bit-equal"
    if "want" in case and not case["want"](facts):
        return "not the case asked for"
    if case.get("tied") and margins.ties < 5:
        return "too few ties"
    single = decisions(cfg, tensors, torch.float32, Margins())
    if any(not np.array_equal(facts[name], single[name]) for name in facts):
        return "float32 decides differently"
    if run:
        margins = Margins()
        train(cfg, run, tensors, margins)
        if margins.score < 3e-4 or margins.halt < 1e-3:  # weights drift apart in training: a wider margin
            return "near tie in training"
    return None


def make_case(out_dir, name, case):
    if "config" in case:
        metadata, given, cfg = {}, {}, dict(case["config"])
    else:
        metadata, given = read_safetensors(os.path.join(HERE, case.get("base", name.split("__")[0]) + ".safetensors"))
        cfg = json.loads(metadata["config"])
    cfg.update(case.get("limits", {}))
    if case.get("live"):
        cfg["sample_mask"] = True
    run = {**(json.loads(metadata["train"]) if "train" in metadata else {}), **case.get("run", {})}
    for seed in range(case["seed"], case["seed"] + 5000):
        tensors = draw_case(np.random.default_rng(seed), cfg, given, case)
        if refusal(cfg, run, tensors, case) is None:
            break
    else:
        raise RuntimeError(f"{name}: no seed will do")
    new = {"name": name, "seed": str(seed), "config": json.dumps(cfg)}
    if run:
        new["train"] = json.dumps(run)
    margins = Margins()
    results = recompute(new, tensors, margins)
    # the given files' order: outputs stand before the params, training results after them
    everything = {**tensors, **results}
    outputs = [] if run else ["logits", "loss", "target", "sample_mask", "sample_weight"] + [key for key in results if "/" not in key]
    order = dict.fromkeys(["input", "input_offsets", "bank", "bank_offsets", "label"] + outputs + list(everything))
    ordered = {key: everything[key] for key in order if key in everything}
    path = os.path.join(out_dir, name + ".safetensors")
    write_safetensors(path, new, ordered)
    steps = results.get("tape_length", results.get("act_updates", results.get("median_step", np.zeros(0)))).astype(int).tolist()
    print(f"{name}: seed {seed}, {os.path.getsize(path)} bytes, {margins}, lengths {steps}", flush=True)


def lengths(test):
    return lambda facts: test(facts["tape_length"])


def updates(test):
    return lambda facts: test(facts["act_updates"])


def medians(test):
    return lambda facts: test(facts["median_step"])


# What is hard about them. peaked: scores so far apart that some samples halt after ceil(tau) tape tokens (one more
# where tau is an integer) while others read on. saturated: w_0 is 1 up to rounding and h is tau itself (why the
# threshold is tau - 1e-6). flat: scores nearly equal, reading goes on to T. tied: few distinct bank tokens, equal scores
# decide what is read.
# masked: most samples masked. input_short_bank and parity: the bank runs out. Batches of 1, 2, 3 and 9.
# soft: rows of probabilities as targets. weighted: samples of unlike weight. rules: decay, rate and freezing by name, and a
# moving average. accumulated: the library takes the batch in parts of so many samples; the mathematics is that of one batch.
# `want` is asked of the tape lengths, ACT updates or median steps of a draw; `large` ones are made with --all only.
# given: own tokens and banks of unlike numbers, an empty bank and one that runs out too; the dense layers and cls with and without.
# input_reduced: own tokens from the mean over blocks of pixels, where image, blocks and patches leave rests.
# limited, exact: a largest and an exact number of tape tokens for the call.
# vit_epsilon, vit_no_qkv_bias, vit_layer_scale, input_of_blocks: each option of blocks, and all of them with an input bank and a separate FFN for tape tokens.
# pondernet: its parameters are those of the ACT model of the given file `base`.
GIVEN = {"model": "vit", "input": "tokens", "token_width": 10, "hidden_size": 24, "num_heads": 3, "mlp_dim": 48, "num_layers": 3,
         "num_classes": 7, "classifier": "gap", "gelu": "tanh", "loss": "softmax", "label_smoothing": 0.1,
         "add_tape_token_to_layers": [0, 2], "bank_type": "given", "bank_width": 14, "num_tape_tokens": 6, "split_tt": 3,
         "query_type": "gap", "tt_mlp_dim": 32, "enc_tt_mlp_dim": 0, "ponder_weight": 0.01,
         "dynamic": {"threshold": 1.5, "loss_type": "entropy", "complex_query": True}}
GIVEN_RAW = {**GIVEN, "token_width": 0, "bank_width": 0, "classifier": "token", "query_type": "token", "tt_mlp_dim": 0,
             "enc_tt_mlp_dim": 16, "add_tape_token_to_layers": [1], "num_tape_tokens": 5, "loss": "sigmoid", "label_smoothing": 0.0,
             "dynamic": {"threshold": 2.0, "loss_type": "max", "complex_query": False}}
REDUCED = {**{key: value for key, value in GIVEN.items() if key not in ("input", "token_width", "bank_width")}, "image": [25, 26, 2],
           "image_reduction": 2, "patch_size": 4, "patch_bank_size": 5, "bank_type": "input", "add_tape_token_to_layers": [1]}
VIT = {"model": "vit", "image": [8, 8, 2], "patch_size": 4, "hidden_size": 12, "num_heads": 3, "mlp_dim": 20, "num_layers": 2, "num_classes": 4,
       "classifier": "token", "gelu": "erf", "loss": "softmax", "label_smoothing": 0.1, "add_tape_token_to_layers": [], "enc_tt_mlp_dim": 0,
       "ponder_weight": 0.01, "dynamic": {"threshold": 1.5, "loss_type": "entropy", "complex_query": True}}
OF_BLOCKS = {"layer_norm_epsilon": 0.001, "qkv_bias": False, "layer_scale": 0.1}
INPUT_OF_BLOCKS = {**VIT, **OF_BLOCKS, "classifier": "gap", "gelu": "tanh", "add_tape_token_to_layers": [1], "bank_type": "input", "patch_bank_size": 2,
                   "num_tape_tokens": 4, "split_tt": 3, "query_type": "gap", "tt_mlp_dim": 8, "enc_tt_mlp_dim": 10}
ONE_BLOCK_VIT = {key: GIVEN[key] for key in ("model", "hidden_size", "num_heads", "mlp_dim", "num_classes", "gelu", "loss", "label_smoothing", "ponder_weight")}
ONE_BLOCK_VIT.update({"image": [12, 12, 3], "patch_size": 4, "num_layers": 1, "add_tape_token_to_layers": [], "enc_tt_mlp_dim": 0, "dynamic": None})
INPUT_REGISTERS = {**{key: value for key, value in REDUCED.items() if key != "image_reduction"}, "image": [12, 12, 3], "num_layers": 2, "patch_bank_size": 3,
                   "num_tape_tokens": 5, "dynamic": {"threshold": 2.0, "loss_type": "entropy", "complex_query": True}, "class_token": True,
                   "registers": 2, "classifier": "gap_without_prefix", "fc_norm": True, "representation_size": 10}
PONDERNET = {"model": "pondernet", "lambda_p": 0.2, "ponder_weight": 0.1}
PONDERNET_UNSHARED = {**PONDERNET, "lambda_p": 0.35, "act_level": "per_example"}
TRAIN = {"steps": 6, "warmup": 3, "total": 12, "base_lr": 0.005, "weight_decay": 0.05, "max_norm": 1.0}
CASES = {
    "input_reduced__batch3": dict(seed=5400, batch=3, config=REDUCED, sharpness=1.8, want=lengths(lambda n: len(set(n.flat)) >= 2)),
    "vit_epsilon__batch3": dict(seed=7000, batch=3, config={**VIT, "layer_norm_epsilon": OF_BLOCKS["layer_norm_epsilon"]}),
    "vit_no_qkv_bias__batch3": dict(seed=7100, batch=3, config={**VIT, "qkv_bias": False}),
    "vit_layer_scale__batch3": dict(seed=7200, batch=3, config={**VIT, "layer_scale": OF_BLOCKS["layer_scale"]}),
    "input_of_blocks__batch3": dict(seed=7300, batch=3, config=INPUT_OF_BLOCKS, sharpness=1.8, want=lengths(lambda n: len(set(n.flat)) >= 2)),
    "train_input_of_blocks__rules": dict(seed=7400, batch=3, config=INPUT_OF_BLOCKS, run={**TRAIN, "rules": {"no_decay": "vectors"}}),
    "given_tokens__ragged": dict(seed=5000, batch=5, config=GIVEN, own=[3, 1, 6, 2, 4], banks=[20, 3, 0, 35, 9], sharpness=1.6,
        want=lengths(lambda n: n[2].max() == 0 and len(set(n.flat)) >= 4)),
    "given_tokens__batch1": dict(seed=5050, batch=1, config=GIVEN, own=[5], banks=[17]),
    "given_raw__ragged": dict(seed=5100, batch=4, config=GIVEN_RAW, own=[1, 7, 2, 3], banks=[1, 30, 12, 4], sharpness=1.3,
        want=lengths(lambda n: len(set(n.flat)) >= 3)),
    "learn_gap__limited": dict(seed=5200, batch=3, sharpness=1.9, limits={"max_tape_tokens": 3},
        want=lengths(lambda n: n.min() == 2 and n.max() == 3)),
    "learn_gap__exact": dict(seed=5300, batch=3, sharpness=1.9, limits={"exact_tape_tokens": 4}),
    "learn_gap__peaked": dict(seed=2000, batch=9, sharpness=1.9,
        want=lengths(lambda n: n.min() == 2 and len(set(n.flat)) >= 4)),
    "learn_gap__flat_tied": dict(seed=2100, batch=3, sharpness=0.15, tied=9, want=lengths(lambda n: (n == 6).all())),
    "learn_two_reads__masked": dict(seed=2200, batch=3, live=1, sharpness=1.8,
        want=lengths(lambda n: n.min() == 3 and n.max() >= 5)),
    "fixed_learn__tied": dict(seed=2300, batch=2, tied=12),
    "input_short_bank__peaked": dict(seed=2400, batch=3, sharpness=2.2,
        want=lengths(lambda n: n.min() == 2 and n.max() == 4)),
    "input_short_bank__tied_masked": dict(seed=2500, batch=9, live=2, tied=3, want=lengths(lambda n: n.max() == 4)),
    "parity_gap__batch9": dict(seed=2600, batch=9),
    "parity_token__peaked": dict(seed=2700, batch=3, sharpness=4.0, want=lengths(lambda n: len(set(n.flat)) == 2)),
    "vit_token__batch1": dict(seed=2800, batch=1),
    "act_basic__batch9": dict(seed=2900, batch=9, want=updates(lambda n: len(set(n.flat)) >= 2)),
    "act_mixed__masked": dict(seed=3000, batch=9, live=1, want=updates(lambda n: len(set(n.flat)) >= 3)),
    "act_mixed__batch2": dict(seed=3050, batch=2, want=updates(lambda n: len(set(n.flat)) == 2)),
    "act_accumulated__batch1": dict(seed=3100, batch=1, want=updates(lambda n: len(set(n.flat)) >= 3)),
    "pondernet_shared__batch9": dict(seed=6000, batch=9, base="act_basic", limits=PONDERNET, want=medians(lambda n: len(set(n.flat)) >= 3)),
    "pondernet_shared__masked": dict(seed=6100, batch=3, live=2, base="act_basic", limits={**PONDERNET, "loss": "softmax"}),
    "pondernet_unshared__soft": dict(seed=6200, batch=3, soft=True, weighted=True, base="act_accumulated", limits=PONDERNET_UNSHARED),
    "pondernet_unshared__batch1": dict(seed=6300, batch=1, base="act_accumulated", limits=PONDERNET_UNSHARED),
    "train_pondernet_shared__batch3": dict(seed=6400, batch=3, base="act_basic", limits=PONDERNET, run=TRAIN),
    "train_pondernet_unshared__accumulated": dict(seed=6500, batch=3, soft=True, weighted=True, base="act_accumulated", limits=PONDERNET_UNSHARED,
        run={**TRAIN, "accumulate": [2, 1]}),
    "train_learn_gap__batch2": dict(seed=3200, batch=2),
    "learn_gap__soft": dict(seed=4400, batch=3, soft=True, weighted=True),
    "vit_token__soft": dict(seed=4500, batch=3, soft=True),
    "train_learn_gap__rules": dict(seed=4600, batch=3, run={"rules": {"no_decay": "vectors", "frozen": "Dense_0", "rate_scale": 0.3,
        "rate_scale_of": "encoderblock_1"}, "average": {"decay": 0.7, "warm_up": True, "start": 1}}),
    "train_learn_gap__accumulated": dict(seed=4700, batch=3, soft=True, weighted=True, run={"accumulate": [2, 1]}),
    "vit_fc_norm__batch3": dict(seed=7000, batch=3, config={**ONE_BLOCK_VIT, "class_token": True, "classifier": "gap_without_prefix", "fc_norm": True}),
    "vit_registers__batch2": dict(seed=7100, batch=2, config={**ONE_BLOCK_VIT, "registers": 3, "classifier": "token"}),
    "vit_distilled__batch3": dict(seed=7200, batch=3, config={**ONE_BLOCK_VIT, "distillation": True, "classifier": "token"}),
    "vit_sincos__batch3": dict(seed=7300, batch=3, config={**ONE_BLOCK_VIT, "image": [12, 16, 3], "positions": "sincos2d", "classifier": "gap",
        "representation_size": 10}),
    "vit_patch14__batch2": dict(seed=7400, batch=2, config={**ONE_BLOCK_VIT, "image": [30, 28, 1], "patch_size": 14, "hidden_size": 16, "num_heads": 2, "mlp_dim": 20,
        "classifier": "gap"}),
    "input_registers__batch2": dict(seed=7600, batch=2, config=INPUT_REGISTERS, sharpness=1.6, want=lengths(lambda n: len(set(n.flat)) == 2)),
    "train_input_registers__batch3": dict(seed=7500, batch=3, config=INPUT_REGISTERS, sharpness=1.6, run=TRAIN),
    "learn_gap__batch1": dict(seed=3300, batch=1, large=True),
    "learn_two_reads__tied": dict(seed=3400, batch=2, tied=6, large=True),
    "fixed_input__tied": dict(seed=3500, batch=3, tied=12, large=True),
    "input_gap__tied": dict(seed=3600, batch=2, tied=4, large=True),
    "input_gap__peaked": dict(seed=3700, batch=9, sharpness=2.0, large=True,
        want=lengths(lambda n: n.min() == 3 and n.max() >= 6)),
    "input_token_two_ffn__peaked": dict(seed=3800, batch=3, sharpness=1.8, large=True,
        want=lengths(lambda n: len(set(n.flat)) == 3)),
    "input_two_reads__flat": dict(seed=3900, batch=1, sharpness=0.15, large=True,
        want=lengths(lambda n: (n == 4).all())),
    "input_two_reads__saturated": dict(seed=4000, batch=2, sharpness=12.0, large=True,
        want=lengths(lambda n: n.min() == 1)),
    "learn_token_two_ffn__peaked": dict(seed=4100, batch=3, sharpness=1.5, large=True,
        want=lengths(lambda n: n.min() == 3 and n.max() >= 5)),
    "learn_token_two_ffn__flat": dict(seed=4200, batch=2, sharpness=0.15, large=True,
        want=lengths(lambda n: (n == 6).all())),
    "train_input_token_two_ffn__batch3": dict(seed=4300, batch=3, large=True),
}


def main(arguments):
    if len(arguments) >= 2 and arguments[0] == "check":
        return check(arguments[1:])
    if len(arguments) in (2, 3) and arguments[0] == "make" and arguments[2:] in ([], ["--all"]):
        os.makedirs(arguments[1], exist_ok=True)
        for name, case in CASES.items():
            if "--all" in arguments or not case.get("large"):
                make_case(arguments[1], name, case)
        return False
    print(__doc__)
    return True


if __name__ == "__main__":
    sys.exit(1 if main(sys.argv[1:]) else 0)
