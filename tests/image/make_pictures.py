"""Makes the pictures that decode_test.cpp reads, and the table of what Pillow reads from them.

    /usr/bin/python3 tests/image/make_pictures.py

writes tests/image/pictures/* with Pillow 9.4, and chunk by chunk what Pillow cannot write, then tests/image/pictures/expected.txt. A line of the table:

    name  width height rgb grey  width height rgb grey

The first four are of the stored picture, the last four of the picture that is turned as its EXIF data ask (ImageOps.exif_transpose). rgb is the FNV-1a hash
(64 bits) of the bytes of convert("RGB"). grey is that of convert("L") over white; a minus where the library and Pillow need not agree. Pillow itself clips
16-bit grey, and does not find the transparent level of grey with fewer than 8 bits. The reference of these is computed here, from the pixels that were written.
The table damaged.txt has lines of the same form: of JPEG files with missing or wrong data before their end, which Pillow reads without a word.
"""
import io
import os
import struct
import zlib

import numpy as np
from PIL import Image, ImageOps

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "pictures")
W, H = 23, 17  # no multiples of 8
table, damaged = [], []


def fnv(data):
    value = 0xcbf29ce484222325
    for byte in data:
        value = ((value ^ byte) * 0x100000001b3) & (2**64 - 1)
    return f"{value:016x}"


def over_white(image):
    """Grey levels over white, [height, width]."""
    white = Image.new("RGBA", image.size, (255, 255, 255, 255))
    return np.asarray(Image.alpha_composite(white, image.convert("RGBA")).convert("L"))


def write(name, data):
    with open(os.path.join(FOLDER, name), "wb") as file:
        file.write(data)


def add(name, data, grey=None, to=table):
    """A picture that both can read. grey: the levels [height, width] where Pillow is no reference; False for none."""
    write(name, data)
    stored = Image.open(io.BytesIO(data))
    turned = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    columns = [name]
    for image in (stored, turned):
        transparent = image.mode in ("LA", "RGBA") or "transparency" in image.info
        if grey is False:
            levels = "-"
        elif grey is not None:
            levels = fnv(grey.astype(np.uint8).tobytes())
        else:
            levels = fnv((over_white(image) if transparent else np.asarray(image.convert("L"))).tobytes())
        columns += [str(image.width), str(image.height), fnv(image.convert("RGB").tobytes()), levels]
    to.append(" ".join(columns))


def encoded(image, kind, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


# PNG, chunk by chunk.
def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def packed(samples, depth):
    """One row of samples as the bytes of a file."""
    if depth == 16:
        return b"".join(struct.pack(">H", v) for v in samples)
    if depth == 8:
        return bytes(samples)
    per_byte = 8 // depth
    padded = list(samples) + [0] * (-len(samples) % per_byte)
    return bytes(sum(v << (8 - depth * (i + 1)) for i, v in enumerate(padded[x:x + per_byte])) for x in range(0, len(padded), per_byte))


def png(values, colour, depth, extra=b"", interlaced=False):
    """values: [height, width, channels]."""
    height, width, _ = values.shape
    rows = bytearray()
    passes = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)) if interlaced else ((0, 0, 1, 1),)
    for x0, y0, dx, dy in passes:
        part = values[y0::dy, x0::dx]
        if part.size == 0:
            continue
        for row in part:
            rows += b"\0" + packed([int(v) for v in row.reshape(-1)], depth)
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, int(interlaced)))
    return b"\x89PNG\r\n\x1a\n" + header + extra + chunk(b"IDAT", zlib.compress(bytes(rows), 9)) + chunk(b"IEND", b"")


def noise(channels, top, seed):
    return np.random.RandomState(seed).randint(0, top + 1, size=(H, W, channels))


def to_8(values):
    """16 bits as 8, rounded."""
    return (values * 255 + 32767) // 65535


def pillow_grey(values):
    """Levels of 8-bit values [height, width, 1 to 4] over white."""
    array = values.astype(np.uint8)
    return over_white(Image.fromarray(array[:, :, 0] if array.shape[2] == 1 else array, {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}[array.shape[2]]))


def add_pngs():
    for interlaced in (False, True):
        mark = "-interlaced" if interlaced else ""
        for depth in (1, 2, 4, 8):
            values = noise(1, 2**depth - 1, depth)
            levels = values[:, :, 0] * (255 // (2**depth - 1))
            add(f"grey{depth}{mark}.png", png(values, 0, depth, interlaced=interlaced), levels)
            if not interlaced:
                clear = 0 if depth == 1 else 1
                add(f"grey{depth}-clear.png", png(values, 0, depth, chunk(b"tRNS", struct.pack(">H", clear))), np.where(values[:, :, 0] == clear, 255, levels))
            # Two colours fewer than indices where there is room, so that the last indices have no colour in the file.
            for count in sorted({2**depth, max(2, 2**depth - 2)}):
                if interlaced and count != 2**depth:
                    continue
                palette = chunk(b"PLTE", np.random.RandomState(depth + 50).randint(0, 256, 3 * count).astype(np.uint8).tobytes())
                short = "" if count == 2**depth else "-short"
                add(f"palette{depth}{short}{mark}.png", png(values, 3, depth, palette, interlaced), False if short else None)
                if not short and not interlaced:
                    alphas = bytes(i * 37 % 256 for i in range(count))
                    add(f"palette{depth}-clear.png", png(values, 3, depth, palette + chunk(b"tRNS", alphas)))
        # Levels up to 400, so that some are not clipped.
        values = noise(1, 400, 16)
        values[0, :6, 0] = (0, 255, 256, 300, 32768, 65535)
        add(f"grey16{mark}.png", png(values, 0, 16, interlaced=interlaced), to_8(values[:, :, 0]))
        if not interlaced:
            add("grey16-clear.png", png(values, 0, 16, chunk(b"tRNS", struct.pack(">H", 300))), np.where(values[:, :, 0] == 300, 255, to_8(values[:, :, 0])))
        for colour, channels, name in ((2, 3, "rgb"), (4, 2, "grey-alpha"), (6, 4, "rgba")):
            values = noise(channels, 255, channels)
            add(f"{name}8{mark}.png", png(values, colour, 8, interlaced=interlaced))
            values = noise(channels, 65535, channels)
            values[0, :3] = ((300,) * channels, (255,) * channels, (65535,) * channels)
            add(f"{name}16{mark}.png", png(values, colour, 16, interlaced=interlaced), pillow_grey(to_8(values)))

    values = noise(3, 255, 70)
    clear = struct.pack(">3H", *(int(v) for v in values[3, 4]))
    add("rgb8-clear.png", png(values, 2, 8, chunk(b"tRNS", clear)))
    extra = chunk(b"gAMA", struct.pack(">I", 100000)) + chunk(b"sBIT", bytes((5, 6, 5))) + chunk(b"bKGD", struct.pack(">3H", 9, 99, 200))
    add("rgb8-gamma.png", png(values, 2, 8, extra + chunk(b"tEXt", b"Comment\0none")))
    values = noise(3, 65535, 71)
    clear = struct.pack(">3H", *(int(v) for v in values[3, 4]))
    add("rgb16-clear.png", png(values, 2, 16, chunk(b"tRNS", clear)), False)
    add("small1x1.png", png(noise(3, 255, 72)[:1, :1], 2, 8, interlaced=True))
    add("small1x17.png", png(noise(1, 1, 73)[:, :1], 0, 1))
    add("behind.png", png(noise(1, 255, 74), 0, 8) + b"bytes behind the end")
    add("png-inside.jpg", png(noise(3, 255, 75), 2, 8))
    add("pillow.png", encoded(colours(), "PNG"))  # with filters


def colours():
    """Smooth colours with an edge and a little noise."""
    y, x = np.mgrid[0:H, 0:W]
    values = np.stack((x * 11 % 256, y * 15 % 256, (x + y) * 6 % 256), axis=2) + np.random.RandomState(5).randint(-20, 21, (H, W, 3))
    values[5:9, 7:15] = (250, 20, 30)
    return Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))


def without_marker(jpeg, marker):
    at = jpeg.index(marker)
    return jpeg[:at] + jpeg[at + 2 + struct.unpack(">H", jpeg[at + 2:at + 4])[0]:]


def add_jpegs():
    rgb, grey = colours(), colours().convert("L")
    for name, subsampling in (("444", 0), ("422", 1), ("420", 2)):
        add(f"rgb-{name}.jpg", encoded(rgb, "JPEG", quality=90, subsampling=subsampling))
        add(f"rgb-{name}-progressive.jpg", encoded(rgb, "JPEG", quality=70, subsampling=subsampling, progressive=True))
    full = encoded(rgb, "JPEG", quality=90, subsampling=0)
    adobe = b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0"
    jfif = without_marker(full, b"\xff\xe0")
    add("rgb-adobe.jpg", jfif[:2] + adobe + b"\0" + jfif[2:])  # three components that are red, green, blue
    add("ycc-adobe.jpg", jfif[:2] + adobe + b"\1" + jfif[2:])
    add("rgb-bare.jpg", jfif)
    add("grey.jpg", encoded(grey, "JPEG", quality=90))
    add("grey-progressive.jpg", encoded(grey, "JPEG", quality=90, progressive=True))
    inks = Image.merge("CMYK", (*rgb.split(), grey.transpose(Image.ROTATE_180)))
    for progressive in (False, True):
        mark = "-progressive" if progressive else ""
        cmyk = encoded(inks, "JPEG", quality=90, progressive=progressive)
        at = cmyk.index(b"Adobe")
        add(f"cmyk{mark}.jpg", cmyk)
        add(f"ycck{mark}.jpg", cmyk[:at + 11] + b"\2" + cmyk[at + 12:])
    add("cmyk-bare.jpg", without_marker(encoded(inks, "JPEG", quality=90), b"\xff\xee"))
    add("small1x1.jpg", encoded(rgb.crop((7, 5, 8, 6)), "JPEG"))
    add("small9x1.jpg", encoded(rgb.crop((2, 3, 11, 4)), "JPEG"))
    add("profile.jpg", encoded(rgb, "JPEG", icc_profile=bytes(range(200)), dpi=(72, 72)))
    usual = encoded(rgb, "JPEG", quality=60)
    add("stray.jpg", usual[:-2] + b"\x00\x11\x22\x33" + usual[-2:])
    add("behind.jpg", usual + b"bytes behind the end")
    at = usual.index(b"JFIF\0") + 5
    add("jfif2.jpg", usual[:at] + b"\2\0" + usual[at + 2:])
    add("jpeg-inside.png", usual)
    out = io.BytesIO()
    rgb.save(out, "MPO", save_all=True, append_images=[grey.convert("RGB")], quality=60)
    add("behind-second-picture.jpg", out.getvalue())


def add_damaged():
    rgb = colours()
    inks = Image.merge("CMYK", (*rgb.split(), rgb.convert("L").transpose(Image.ROTATE_180)))
    for name, image, progressive in (("rgb", rgb, False), ("progressive", rgb, True), ("grey", rgb.convert("L"), False), ("cmyk", inks, False)):
        whole = encoded(image, "JPEG", quality=90, progressive=progressive)
        scan = whole.rindex(b"\xff\xda")
        # Ends in the middle of the last scan, with the marker of the end.
        add(f"damaged-missing-{name}.jpg", whole[:(scan + len(whole)) // 2] + b"\xff\xd9", to=damaged)
    whole = encoded(rgb, "JPEG", quality=90)
    at = (whole.index(b"\xff\xda") + len(whole)) // 2
    add("damaged-marker.jpg", whole[:at] + b"\xff\xd3" + whole[at + 2:], to=damaged)  # a restart marker where there is none
    add("damaged-ones.jpg", whole[:at] + b"\xff\0" * 9 + whole[at + 18:], to=damaged)  # no code


def add_orientations():
    rgb = colours()
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        exif[0x010f] = "maker"
        add(f"turn{orientation}.jpg", encoded(rgb, "JPEG", quality=60, exif=exif.tobytes()))
        add(f"turn{orientation}.png", encoded(rgb.convert("L") if orientation % 2 else rgb, "PNG", exif=exif.tobytes()))
    usual = encoded(rgb, "JPEG", quality=60)

    def with_exif(tiff):
        body = b"Exif\0\0" + tiff
        return usual[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + usual[2:]

    def entries(order, *rows):
        head = b"II*\0" if order == "<" else b"MM\0*"
        return head + struct.pack(order + "IH", 8, len(rows)) + b"".join(rows) + bytes(4)

    add("turn-little-end.jpg", with_exif(entries("<", struct.pack("<HHIHH", 0x0112, 3, 1, 6, 0))))
    add("turn-32-bits.jpg", with_exif(entries(">", struct.pack(">HHII", 0x0112, 4, 1, 8))))
    add("turn-twice.jpg", with_exif(entries("<", *(struct.pack("<HHIHH", 0x0112, 3, 1, v, 0) for v in (3, 5)))))
    add("turn-bytes.jpg", with_exif(entries("<", struct.pack("<HHIBBH", 0x0112, 1, 1, 6, 0, 0))))
    add("turn9.jpg", with_exif(entries("<", struct.pack("<HHIHH", 0x0112, 3, 1, 9, 0))))
    # Two segments: the first counts.
    first, second = (with_exif(entries("<", struct.pack("<HHIHH", 0x0112, 3, 1, v, 0))) for v in (7, 2))
    end = first.index(b"\xff\xe0")
    add("turn-segments.jpg", first[:end] + second[2:end] + first[end:])


def write_foreign():
    """Formats that the library names and does not read."""
    tiny = colours().crop((0, 0, 2, 2))
    for name, kind in (("bmp", "BMP"), ("gif", "GIF"), ("webp", "WEBP"), ("tiff", "TIFF"), ("ppm", "PPM")):
        write(f"foreign.{name}", encoded(tiny, kind))


os.makedirs(FOLDER, exist_ok=True)
for old in os.listdir(FOLDER):
    os.remove(os.path.join(FOLDER, old))
add_pngs()
add_jpegs()
add_damaged()
add_orientations()
write_foreign()
write("expected.txt", ("\n".join(table) + "\n").encode())
write("damaged.txt", ("\n".join(damaged) + "\n").encode())
print(len(table) + len(damaged), "pictures,", sum(os.path.getsize(os.path.join(FOLDER, name)) for name in os.listdir(FOLDER)), "bytes")
