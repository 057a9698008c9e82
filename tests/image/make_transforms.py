#!/usr/bin/python3
"""make_transforms.py: writes expected_transforms.hpp, hashes of what the transforms of pictures must give. Equal runs give equal bytes.

Operations of Pillow are done by Pillow itself, 9.4.0, the version that the table was made with. Operations of TensorFlow and the draws are stated here again, in
NumPy, from TensorFlow's and scenic's definitions and not from the C++ code. Needs python3-pil and python3-numpy."""
import math
import pathlib

import numpy as np
from PIL import Image, ImageEnhance, ImageOps

f32 = np.float32
table = {}


def fnv(data, value):
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return value


def expect(name, array):
    """Adds a result to the hash `name`: the sizes of a picture, and the bytes."""
    shape = np.array(array.shape, "<i4").tobytes() if array.dtype == np.uint8 else b""
    table[name] = fnv(shape + np.ascontiguousarray(array).tobytes(), table.get(name, 0xCBF29CE484222325))


def pattern(kind, height, width, channels):
    """noise: bytes of a linear congruential generator. smooth: gradients and a little noise. narrow: 100 to 131. flat: 77. two: 0 and 255."""
    state, out = 1, np.zeros((height, width, channels), np.uint8)
    for y in range(height):
        for x in range(width):
            for c in range(channels):
                state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
                noise = state >> 24
                out[y, x, c] = {"noise": noise, "smooth": x * 150 // width + y * 60 // height + 20 * c + (noise >> 6), "narrow": 100 + (noise >> 3),
                                "flat": 77, "two": 255 if noise > 127 else 0}[kind]
    return out


def to_pil(a):
    return Image.fromarray(a if a.shape[2] == 3 else a[:, :, 0])


def from_pil(p):
    a = np.array(p)
    return a if a.ndim == 3 else a[:, :, None]


# --- draws: Philox4x32-10 (Salmon et al. 2011) ----------------------------------------------------------------------------------------------------------
class Draws:
    def __init__(self, seed, step, sample):
        self.key, self.counter, self.next = (seed & 0xFFFFFFFF, seed >> 32), (sample, step, 7), 0

    def words(self):
        c, k = [self.next, *self.counter], list(self.key)
        self.next += 1
        for _ in range(10):
            a, b = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
            c = [(b >> 32) ^ c[1] ^ k[0], b & 0xFFFFFFFF, (a >> 32) ^ c[3] ^ k[1], a & 0xFFFFFFFF]
            k = [(k[0] + 0x9E3779B9) & 0xFFFFFFFF, (k[1] + 0xBB67AE85) & 0xFFFFFFFF]
        return c

    def uniform(self, low=0.0, high=1.0):
        return low + (high - low) * ((self.words()[0] + 0.5) / 2**32)

    def below(self, bound):
        w = self.words()
        return (w[0] * bound + (w[1] * bound >> 32)) >> 32

    def normal(self):
        u, v = [(w + 0.5) / 2**32 for w in self.words()[:2]]
        return math.sqrt(-2 * math.log(u)) * math.cos(2 * math.pi * v)


# --- TensorFlow -----------------------------------------------------------------------------------------------------------------------------------------
def tf_between(size_in, size_out):
    at = (np.arange(size_out, dtype=f32) + f32(0.5)) * (f32(size_in) / f32(size_out)) - f32(0.5)
    low = np.floor(at)
    return np.maximum(low, 0).astype(int), np.minimum(np.ceil(at), size_in - 1).astype(int), at - low


def tf_bilinear(a, height, width):
    a = a.astype(f32)
    y0, y1, wy = tf_between(a.shape[0], height)
    x0, x1, wx = tf_between(a.shape[1], width)
    wy, wx = wy[:, None, None], wx[None, :, None]
    top = a[y0][:, x0] + (a[y0][:, x1] - a[y0][:, x0]) * wx
    bottom = a[y1][:, x0] + (a[y1][:, x1] - a[y1][:, x0]) * wx
    return (top + (bottom - top) * wy).astype(np.uint8)


def tf_area(a, height, width):
    sy, sx = f32(a.shape[0]) / f32(height), f32(a.shape[1]) / f32(width)
    out = np.zeros((height, width, a.shape[2]), np.uint8)

    def cover(i, scale):
        begin, end, parts = f32(i) * scale, f32(i + 1) * scale, []
        for j in range(math.floor(begin), math.ceil(end)):
            if f32(j) < begin:
                parts.append((j, scale if f32(j + 1) > end else f32(j + 1) - begin))
            else:
                parts.append((j, end - f32(j) if f32(j + 1) > end else f32(1)))
        return parts

    for y in range(height):
        for x in range(width):
            total = np.zeros(a.shape[2], f32)
            for j, wy in cover(y, sy):
                across = np.zeros(a.shape[2], f32)
                for i, wx in cover(x, sx):
                    across = across + a[min(j, a.shape[0] - 1), min(i, a.shape[1] - 1)].astype(f32) * wx
                total = total + across * wy
            out[y, x] = (total * (f32(1) / (sy * sx))).astype(np.uint8)
    return out


def tf_small(a, size):
    factor = f32(size) / f32(min(a.shape[:2]))
    return tf_area(a, *[int(np.round(f32(side) * factor)) for side in a.shape[:2]])


def tf_blend(a, b, factor):
    factor = f32(factor)
    if factor == 0:
        return a
    if factor == 1:
        return b
    mixed = a.astype(f32) + factor * (b.astype(f32) - a.astype(f32))
    return (mixed if 0 < factor < 1 else np.clip(mixed, f32(0), f32(255))).astype(np.uint8)


def tf_grey(a):
    real = a.astype(f32) * f32(1 / 255)
    value = real[..., 0] * f32(0.2989) + real[..., 1] * f32(0.587) + real[..., 2] * f32(0.114)
    return np.repeat((value * f32(255.5)).astype(np.uint8)[..., None], 3, 2)


def tf_contrast(a, factor):
    histogram = np.bincount(tf_grey(a)[..., 0].ravel(), minlength=256)
    mean = f32(histogram.sum()) / f32(256)
    return tf_blend(np.full_like(a, np.uint8(np.clip(mean, 0, 255))), a, factor)


def tf_sharpness(a, factor):
    kernel = np.array([[1, 1, 1], [1, 5, 1], [1, 1, 1]], f32) / f32(13)
    real, smooth = a.astype(f32), a.copy()
    rows = []
    for i in range(3):  # a row of the kernel at a time, as the C++ code says
        parts = [real[i:a.shape[0] - 2 + i, j:a.shape[1] - 2 + j] * kernel[i, j] for j in range(3)]
        rows.append(parts)
    total = rows[0][0] + rows[0][1] + rows[0][2]
    for parts in rows[1:]:
        for part in parts:
            total = total + part
    smooth[1:-1, 1:-1] = np.clip(total, 0, 255).astype(np.uint8)
    return tf_blend(smooth, a, factor)


def tf_autocontrast(a):
    out = a.copy()
    for c in range(a.shape[2]):
        lo, hi = f32(a[..., c].min()), f32(a[..., c].max())
        if hi > lo:
            scale = f32(255) / (hi - lo)
            out[..., c] = np.clip(a[..., c].astype(f32) * scale + -lo * scale, f32(0), f32(255)).astype(np.uint8)
    return out


def tf_equalize(a):
    out = a.copy()
    for c in range(a.shape[2]):
        counts = np.bincount(a[..., c].ravel(), minlength=256)
        darker = np.cumsum(counts) - counts  # pixels below each level
        pixels_a_level = darker[np.flatnonzero(counts)[-1]] // 255  # those of the brightest level do not count
        if pixels_a_level > 0:
            out[..., c] = np.minimum((darker + pixels_a_level // 2) // pixels_a_level, 255)[a[..., c]]
    return out


def tf_posterize(a, bits):
    return (a.astype(int) >> (8 - bits) << (8 - bits)).astype(np.uint8)


def tf_solarize(a, threshold):
    return np.where(a < threshold, a, 255 - a).astype(np.uint8)


def tf_solarize_add(a, addition):
    return np.where(a < 128, np.clip(a.astype(int) + addition, 0, 255), a).astype(np.uint8)


def tf_cutout(a, row, column, half):
    out = a.copy()
    out[max(0, row - half):max(0, row + half), max(0, column - half):max(0, column + half)] = 128
    return out


def tf_transform(a, m):
    """Pixel by pixel, after tensorflow_addons' image_projective_transform_op."""
    m, out = [f32(v) for v in m], np.full_like(a, 128)
    for y in range(a.shape[0]):
        for x in range(a.shape[1]):
            k = m[6] * f32(x) + m[7] * f32(y) + f32(1)
            sx, sy = (m[0] * f32(x) + m[1] * f32(y) + m[2]) / k, (m[3] * f32(x) + m[4] * f32(y) + m[5]) / k
            sx, sy = [int(math.copysign(math.floor(abs(float(v)) + 0.5), float(v))) for v in (sx, sy)]
            if 0 <= sx < a.shape[1] and 0 <= sy < a.shape[0]:
                out[y, x] = a[sy, sx]
    return out


def tf_rotate(a, degrees):
    t = f32(degrees) * f32(math.pi / 180)
    c, s, right, bottom = f32(math.cos(t)), f32(math.sin(t)), f32(a.shape[1] - 1), f32(a.shape[0] - 1)
    return tf_transform(a, [c, -s, (right - (c * right - s * bottom)) / f32(2), s, c, (bottom - (s * right + c * bottom)) / f32(2), 0, 0])


SCENIC = ["auto_contrast", "equalize", "invert", "rotate", "posterize", "solarize", "color", "contrast", "brightness", "sharpness", "shear_x", "shear_y",
          "translate_x", "translate_y", "cutout", "solarize_add"]


def scenic_operation(name, a, level, draws):
    u = level / 10
    sign = lambda v: -v if draws.uniform() < 0.5 else v
    if name == "cutout":
        row = draws.below(a.shape[0])
        return tf_cutout(a, row, draws.below(a.shape[1]), int(u * 40))
    return {
        "auto_contrast": lambda: tf_autocontrast(a),
        "equalize": lambda: tf_equalize(a),
        "invert": lambda: 255 - a,
        "rotate": lambda: tf_rotate(a, sign(u * 30)),
        "posterize": lambda: tf_posterize(a, int(u * 4)),
        "solarize": lambda: tf_solarize(a, np.array(int(u * 256)).astype(np.uint8)),
        "solarize_add": lambda: tf_solarize_add(a, int(u * 110)),
        "color": lambda: tf_blend(tf_grey(a), a, u * 1.8 + 0.1),
        "contrast": lambda: tf_contrast(a, u * 1.8 + 0.1),
        "brightness": lambda: tf_blend(np.zeros_like(a), a, u * 1.8 + 0.1),
        "sharpness": lambda: tf_sharpness(a, u * 1.8 + 0.1),
        "shear_x": lambda: tf_transform(a, [1, sign(u * 0.3), 0, 0, 1, 0, 0, 0]),
        "shear_y": lambda: tf_transform(a, [1, 0, 0, sign(u * 0.3), 1, 0, 0, 0]),
        "translate_x": lambda: tf_transform(a, [1, 0, sign(u * 100), 0, 1, 0, 0, 0]),
        "translate_y": lambda: tf_transform(a, [1, 0, 0, 0, 1, sign(u * 100), 0, 0]),
    }[name]()


def scenic_randaugment(a, layers, magnitude, draws):
    for _ in range(layers):
        a = scenic_operation(SCENIC[draws.below(16)], a, magnitude, draws)
    return a


def inception_box(height, width, draws):
    least, most = f32(0.05) * f32(width) * f32(height), f32(1) * f32(width) * f32(height)
    nearest = lambda v: int(np.round(v))
    for _ in range(100):
        r = f32(draws.uniform()) * (f32(1.33) - f32(0.75)) + f32(0.75)
        h, top = nearest(np.sqrt(least / r)), nearest(np.sqrt(most / r))
        if nearest(f32(top) * r) > width:
            top = int((width + 0.5 - float(f32(1e-7))) / float(r))
            if nearest(f32(top) * r) > width:
                top -= 1
        top = min(top, height)
        h = top if h >= top else h + draws.below(top - h + 1)
        w = nearest(f32(h) * r)
        if f32(w * h) < least:
            h += 1
            w = nearest(f32(h) * r)
        if f32(w * h) > most:
            h -= 1
            w = nearest(f32(h) * r)
        if least <= f32(w * h) <= most and 0 < w <= width and 0 < h <= height:
            y = draws.below(height - h) if h < height else 0
            return y, draws.below(width - w) if w < width else 0, h, w
    return 0, 0, height, width


# --- torchvision and timm --------------------------------------------------------------------------------------------------------------------------------
def resized_crop_box(height, width, draws):
    for _ in range(10):
        area = draws.uniform(0.08, 1) * (height * width)
        ratio = math.exp(draws.uniform(math.log(3 / 4), math.log(4 / 3)))
        w, h = int(round(math.sqrt(area * ratio))), int(round(math.sqrt(area / ratio)))
        if 0 < w <= width and 0 < h <= height:
            top = draws.below(height - h + 1)
            return top, draws.below(width - w + 1), h, w
    w, h = width, height
    if width / height < 3 / 4:
        h = int(round(width / (3 / 4)))
    elif width / height > 4 / 3:
        w = int(round(height * (4 / 3)))
    return (height - h) // 2, (width - w) // 2, h, w


FILL = (124, 116, 104)
TIMM = ["auto_contrast", "equalize", "invert", "rotate", "posterize", "solarize", "solarize_add", "color", "contrast", "brightness", "sharpness", "shear_x",
        "shear_y", "translate_x", "translate_y"]
ENHANCE = {"color": ImageEnhance.Color, "contrast": ImageEnhance.Contrast, "brightness": ImageEnhance.Brightness, "sharpness": ImageEnhance.Sharpness}


def timm_operation(name, p, level, increasing, filters, draws):
    u = level / 10
    sign = lambda v: -v if draws.uniform() > 0.5 else v

    def affine(matrix):
        return p.transform(p.size, Image.Transform.AFFINE, matrix, resample=filters[draws.below(2)], fillcolor=FILL)

    if name == "auto_contrast":
        return ImageOps.autocontrast(p)
    if name == "equalize":
        return ImageOps.equalize(p)
    if name == "invert":
        return ImageOps.invert(p)
    if name == "rotate":
        degrees = sign(u * 30)
        return p.rotate(degrees, resample=filters[draws.below(2)], fillcolor=FILL)
    if name == "posterize":
        bits = 4 - int(u * 4) if increasing else int(u * 4)
        return p if bits >= 8 else ImageOps.posterize(p, bits)
    if name == "solarize":
        threshold = min(256, int(u * 256))
        return ImageOps.solarize(p, 256 - threshold if increasing else threshold)
    if name == "solarize_add":
        lut = [min(255, i + min(128, int(u * 110))) if i < 128 else i for i in range(256)]
        return p.point(lut * 3)
    if name in ENHANCE:
        return ENHANCE[name](p).enhance(max(0.1, 1.0 + sign(u * 0.9)) if increasing else u * 1.8 + 0.1)
    if name == "shear_x":
        return affine((1, sign(u * 0.3), 0, 0, 1, 0))
    if name == "shear_y":
        return affine((1, 0, 0, sign(u * 0.3), 1, 0))
    if name == "translate_x":
        return affine((1, 0, sign(u * 0.45) * p.size[0], 0, 1, 0))
    return affine((1, 0, 0, 0, 1, sign(u * 0.45) * p.size[1]))


def timm_randaugment(p, filters, draws):
    for _ in range(2):
        name = TIMM[draws.below(15)]
        if draws.uniform() > 0.5:
            continue
        level = max(0.0, min(10.0, 9 + 0.5 * draws.normal()))
        p = timm_operation(name, p, level, True, filters, draws)
    return p


# --- cases: the names say how the C++ tests make them again ------------------------------------------------------------------------------------------------
FILTERS = {"nearest": Image.Resampling.NEAREST, "bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}
KINDS = ["noise", "smooth"]

SIZES = [(37, 53, 20, 31), (37, 53, 90, 77), (37, 53, 37, 20), (37, 53, 20, 53), (37, 53, 37, 53), (37, 53, 1, 1), (1, 1, 5, 7), (3, 200, 50, 3),
         (48, 64, 47, 65), (64, 48, 7, 11), (100, 75, 33, 25)]
for height, width, h, w in SIZES + [(375, 500, 224, 224)]:
    for channels in (1, 3) if height < 300 else (3,):
        for kind in KINDS:
            a = pattern(kind, height, width, channels)
            name = f"{height} {width} to {h} {w}"
            for label in ("bilinear", "bicubic"):
                expect(f"resize {label} {name}", from_pil(to_pil(a).resize((w, h), FILTERS[label])))
                if height == 37:
                    cropped = to_pil(a).crop((7, 5, 37, 25))  # left, top, right, bottom
                    expect(f"crop and resize {label} {name}", from_pil(cropped.resize((w, h), FILTERS[label])))
            expect(f"tf bilinear {name}", tf_bilinear(a, h, w))
            if height < 300:
                expect(f"tf area {name}", tf_area(a, h, w))
for height, width in [(40, 61), (61, 40), (50, 50), (33, 47)]:
    expect(f"resize_small {height} {width}", tf_small(pattern("noise", height, width, 3), 32))
    s, l = 32, int(32 * max(height, width) / min(height, width))
    p = to_pil(pattern("noise", height, width, 3))
    expect(f"resize_shorter {height} {width}", from_pil(p.resize((l, s) if height <= width else (s, l), FILTERS["bicubic"])))

MATRICES = {
    "identity": (1, 0, 0, 0, 1, 0), "shift": (1, 0, 3.25, 0, 1, -7.6), "whole shift": (1, 0, -11, 0, 1, 4), "shear": (1, 0.27, 0, 0, 1, 0),
    "shear y": (1, 0, 0, -0.27, 1, 0), "thirds": (1 / 3, 0, 2, 0, 1 / 3, 1), "large": (900.5, 3, -20000.25, 2, 900, -19000), "mirror": (-1, 0, 53, 0, -1, 37),
    "any": (0.8, -0.33, 5.5, 0.41, 1.2, -8.75), "small": (0.1, 0.02, 20, -0.02, 0.1, 15), "far": (1, 0.1, 1e6, 0.1, 1, 1e6)}
ANGLES = [0, 27, -27, 45, 90, 180, 270, -90, 360, 12.3456, 400, -0.001, 179.5, 30]
for channels in (1, 3):
    for kind in KINDS:
        p = to_pil(pattern(kind, 37, 53, channels))
        square = to_pil(pattern(kind, 32, 32, channels))
        fill = FILL if channels == 3 else FILL[0]
        for label, resample in FILTERS.items():
            for name, matrix in MATRICES.items():
                expect(f"affine {label} {name}",
                       from_pil(p.transform(p.size, Image.Transform.AFFINE, matrix, resample=resample, fillcolor=fill)))
            for i, angle in enumerate(ANGLES):
                expect(f"rotate {label} {i}", from_pil(p.rotate(angle, resample=resample, fillcolor=fill)))
                expect(f"rotate square {label} {i}", from_pil(square.rotate(angle, resample=resample, fillcolor=fill)))
        for i, m in enumerate([(1, 0, 0, 0, 1, 0, 0, 0), (0.9, 0.1, 3.5, -0.2, 1.1, 2.5, 0, 0), (1, 0, 0, 0, 1, 0, 0.001, -0.002), (0.5, 0, 0.5, 0, 0.5, -0.5, 0, 0)]):
            expect(f"tf transform {i}", tf_transform(pattern(kind, 37, 53, channels), m))

FACTORS = [0.0, 0.1, 0.19, 0.5, 0.9, 1.0, 1.1, 1.81, 1.9, 2.8, -0.5]
for channels in (1, 3):
    for kind in KINDS + ["narrow", "flat", "two"]:
        a = pattern(kind, 37, 53, channels)
        p, name = to_pil(a), kind
        expect(f"pillow autocontrast {name}", from_pil(ImageOps.autocontrast(p)))
        expect(f"tf autocontrast {name}", tf_autocontrast(a))
        expect(f"equalize {name}", from_pil(ImageOps.equalize(p)))
        assert (from_pil(ImageOps.equalize(p)) == tf_equalize(a)).all()
        expect(f"invert {name}", from_pil(ImageOps.invert(p)))
        for bits in range(9):
            if bits:
                assert (from_pil(ImageOps.posterize(p, bits)) == tf_posterize(a, bits)).all()
            expect(f"posterize {name}", tf_posterize(a, bits))
        for threshold in (0, 1, 128, 255, 256):
            assert (from_pil(ImageOps.solarize(p, threshold)) == tf_solarize(a, threshold)).all()
            expect(f"solarize {name}", from_pil(ImageOps.solarize(p, threshold)))
        for addition in (-300, -20, 0, 110, 165, 300):
            expect(f"solarize_add {name}", tf_solarize_add(a, addition))
        for i, factor in enumerate(FACTORS):
            for label, enhance in ENHANCE.items():
                expect(f"pillow {label} {name}", from_pil(enhance(p).enhance(factor)))
            expect(f"tf brightness {name}", tf_blend(np.zeros_like(a), a, factor))
            expect(f"tf sharpness {name}", tf_sharpness(a, factor))
            if channels == 3:
                expect(f"tf color {name}", tf_blend(tf_grey(a), a, factor))
                expect(f"tf contrast {name}", tf_contrast(a, factor))
for row, column, half in [(0, 0, 4), (36, 52, 10), (18, 20, 7), (5, 30, 0), (20, 20, 100)]:
    expect("cutout", tf_cutout(pattern("noise", 37, 53, 3), row, column, half))
expect("tf contrast large", tf_contrast(pattern("smooth", 224, 224, 3), 2.8))  # the constant is 196

a = pattern("smooth", 37, 53, 3)
p = to_pil(a)
for level in (0, 3, 9, 10, 15, 20):
    for i, name in enumerate(SCENIC):
        for sample in range(4):
            expect(f"scenic {name}", scenic_operation(name, a, level, Draws(5, 2, sample)))
for sample in range(40):
    expect("scenic randaugment", scenic_randaugment(a, 2, 15, Draws(0x123456789, 3, sample)))
for increasing in (0, 1):
    for level in (0, 5.5, 9, 10, 14):
        for i, name in enumerate(TIMM):
            for sample in range(4):
                if increasing and level > 10 and name == "posterize":
                    continue  # below 0 bits: Pillow has no meaning for it
                filters = [FILTERS["bilinear"], FILTERS["bicubic"]]
                expect(f"timm {increasing} {name}", from_pil(timm_operation(name, p, level, increasing, filters, Draws(5, 2, sample))))
for sample in range(60):
    expect("timm randaugment", from_pil(timm_randaugment(p, [FILTERS["bicubic"]] * 2, Draws(0x123456789, 3, sample))))

for height, width in [(375, 500), (500, 375), (224, 224), (1, 1), (3, 200), (200, 3), (7, 5), (1000, 999)]:
    for label, box in (("inception", inception_box), ("resized", resized_crop_box)):
        boxes = [box(height, width, Draws(11, 1, sample)) for sample in range(200)]
        expect(f"{label} box {height} {width}", np.array(boxes, "<i4"))

a = pattern("noise", 16, 16, 3)
expect("normalise range", (a.astype(f32) / f32(255)) * f32(2) + f32(-1))
mean, deviation = np.array([0.485, 0.456, 0.406], f32), np.array([0.229, 0.224, 0.225], f32)
expect("normalise imagenet", (a.astype(f32) / f32(255) - mean) / deviation)

lines = ['    {"%s", 0x%016xu},\n' % item for item in table.items()]
pathlib.Path(__file__).with_name("expected_transforms.hpp").write_text(
    "#pragma once\n/// Written by make_transforms.py: FNV-1a hashes of results, one after the other: of the shape of a picture (int32) and of the bytes.\n#include <cstdint>\n\n"
    "namespace adatape::testing {\n\nstruct ExpectedHash {\n  const char* name;\n  std::uint64_t hash;\n};\n\n// clang-format off\n"
    "inline constexpr ExpectedHash expected_transforms[] = {\n" + "".join(lines) + "};\n// clang-format on\n\n}  // namespace adatape::testing\n")
print(len(table), "hashes")
