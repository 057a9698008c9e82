"""pictures.py DIRECTORY DUMP...: writes pictures of every kind with Pillow, reads them with the command DUMP, and compares every grey level."""
import io
import os
import random
import struct
import subprocess
import sys
import zlib

try:
    from PIL import Image, ImageOps
except ImportError:
    print("SKIPPED: the comparison with Pillow: Python has no module PIL (Debian: python3-pil)")
    sys.exit(0)

folder, *dump = sys.argv[1:]
failures = 0


def run(path, *flags):
    return subprocess.run([*dump, *flags, path], capture_output=True, check=False)


def fail(text):
    global failures
    failures += 1
    print("FAILED:", text)


def write(name, data):
    path = os.path.join(folder, name)
    with open(path, "wb") as file:
        file.write(data)
    return path


def same(name, data, wanted, *flags):
    """The file's grey levels are those of the picture `wanted`."""
    result = run(write(name, data), *flags)
    if result.returncode != 0:
        return fail(f"{name} {flags}: {result.stderr.decode().strip()}")
    found = Image.open(io.BytesIO(result.stdout))
    if found.size != wanted.size or found.tobytes() != wanted.convert("L").tobytes():
        worst = max((abs(a - b) for a, b in zip(found.tobytes(), wanted.convert("L").tobytes())), default=0)
        fail(f"{name} {flags}: {found.size} for {wanted.size}, grey levels differ by up to {worst}")


def refused(name, data, sentence, *flags):
    result = run(write(name, data), *flags)
    errors = result.stderr.decode()
    if result.returncode != 1 or sentence not in errors or errors.count("\n") != 1:
        fail(f"{name} {flags}: exit code {result.returncode}, '{errors}' lacks '{sentence}'")


def encoded(image, kind, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def over(image, level):
    rgba = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", image.size, (level, level, level, 255)), rgba).convert("L")


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, depth, colour, rows, interlaced=0, extra=b""):
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


# Two ramps and noise, of sides that are no multiple of 8.
width, height = 61, 43
state = 1
noise = bytearray()
for _ in range(width * height):
    state = (state * 1103515245 + 12345) % 2**31
    noise.append(state >> 16 & 255)
red = Image.frombytes("L", (width, height), bytes(noise))
green = Image.frombytes("L", (width, height), bytes((x * 4) & 255 for y in range(height) for x in range(width)))
blue = Image.frombytes("L", (width, height), bytes((y * 6) & 255 for y in range(height) for x in range(width)))
rgb = Image.merge("RGB", (red, green, blue))
rgba = Image.merge("RGBA", (green, red, blue, red))

# PNG: colour types and depths.
same("grey.png", encoded(red, "PNG"), red)
same("rgb.png", encoded(rgb, "PNG"), rgb)
for name, image in (("rgba", rgba), ("grey_alpha", Image.merge("LA", (green, red)))):
    same(f"{name}.png", encoded(image, "PNG"), over(image, 255))
    same(f"{name}.png", encoded(image, "PNG"), over(image, 0), "--black")
for bits in (1, 2, 4, 8):
    palette = rgb.quantize(2**bits)
    same(f"palette{bits}.png", encoded(palette, "PNG", bits=bits), palette.convert("RGB"))
    transparent = encoded(palette, "PNG", bits=bits, transparency=0)
    same(f"palette{bits}_transparent.png", transparent, over(Image.open(io.BytesIO(transparent)), 255))
    if bits == 8:
        continue
    per_byte, top = 8 // bits, 2**bits - 1
    levels = [value >> (8 - bits) for value in noise]
    rows = bytearray()
    for y in range(height):
        row = levels[y * width:(y + 1) * width] + [0] * (-width % per_byte)
        rows.append(0)
        for x in range(0, len(row), per_byte):
            rows.append(sum(v << (8 - bits * (i + 1)) for i, v in enumerate(row[x:x + per_byte])))
    data = png(width, height, bits, 0, bytes(rows))
    same(f"grey{bits}.png", data, Image.frombytes("L", (width, height), bytes(v * 255 // top for v in levels)))
    same(f"grey{bits}.png", data, Image.open(io.BytesIO(data)))

# 16 bits: the level v of 8 bits is 257 v. Pillow itself clips such files at 255, so the picture of 8 bits is the reference.
sixteen = b"".join(b"\0" + b"".join(bytes((v, v)) for v in noise[y * width:(y + 1) * width]) for y in range(height))
same("grey16.png", png(width, height, 16, 0, sixteen), red)
colours = rgb.tobytes()
sixteen = b"".join(b"\0" + b"".join(bytes((v, v)) for v in colours[3 * y * width:3 * (y + 1) * width]) for y in range(height))
same("rgb16.png", png(width, height, 16, 2, sixteen), rgb)
same("gamma.png", png(width, height, 16, 2, sixteen, extra=chunk(b"gAMA", struct.pack(">I", 100000))), rgb)


def adam7(image):
    """The rows of an interlaced file."""
    data, size, out = image.tobytes(), len(image.getbands()), bytearray()
    for x0, y0, dx, dy in ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)):
        for y in range(y0, image.height, dy):
            out.append(0)
            for x in range(x0, image.width, dx):
                at = (y * image.width + x) * size
                out += data[at:at + size]
    return bytes(out)


same("interlaced.png", png(width, height, 8, 2, adam7(rgb), 1), rgb)
same("interlaced_grey.png", png(width, height, 8, 0, adam7(red), 1), red)
same("interlaced_alpha.png", png(width, height, 8, 6, adam7(rgba), 1), over(rgba, 255))

# JPEG: colour models, subsampling, progressive.
def same_jpeg(name, data, *flags):
    same(name, data, Image.open(io.BytesIO(data)).convert("L"), *flags)


jpeg = encoded(rgb, "JPEG", quality=90)
same_jpeg("rgb.jpg", jpeg)
same_jpeg("grey.jpg", encoded(red, "JPEG"))
same_jpeg("full.jpg", encoded(rgb, "JPEG", subsampling=0))
same_jpeg("progressive.jpg", encoded(rgb, "JPEG", progressive=True))
cmyk = encoded(Image.merge("CMYK", (red, green, blue, green)), "JPEG", quality=95)
same_jpeg("cmyk.jpg", cmyk)
adobe = cmyk.index(b"Adobe")
same_jpeg("ycck.jpg", cmyk[:adobe + 11] + b"\2" + cmyk[adobe + 12:])

# What is odd but not damage, and what is damage.
same("stray.jpg", jpeg[:-2] + b"\x00\x11\x22\x33" + jpeg[-2:], Image.open(io.BytesIO(jpeg)))
same("behind.jpg", jpeg + b"more", Image.open(io.BytesIO(jpeg)))
jfif = jpeg.index(b"JFIF\0") + 5
same("jfif2.jpg", jpeg[:jfif] + b"\2\0" + jpeg[jfif + 2:], Image.open(io.BytesIO(jpeg)))
for part in (3, 200, len(jpeg) // 2, len(jpeg) - 40, len(jpeg) - 2):
    refused("short.jpg", jpeg[:part], "short.jpg: ")
restart = encoded(rgb, "JPEG", quality=90, restart_marker_rows=1) if tuple(map(int, Image.__version__.split(".")[:2])) >= (10, 2) else None
if restart:
    at = restart.index(b"\xff\xd1")
    refused("restart.jpg", restart[:at] + b"\x11" * 9 + restart[at:], "damaged JPEG")
whole = encoded(rgb, "PNG")
for part in (9, 40, len(whole) // 2, len(whole) - 13, len(whole) - 4):
    refused("short.png", whole[:part], "short.png: ")
refused("bit.png", whole[:200] + bytes((whole[200] ^ 4,)) + whole[201:], "damaged PNG")

# EXIF orientation, on request.
for orientation in range(1, 9):
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010f] = "maker"
    for kind, name in (("JPEG", "jpg"), ("PNG", "png")):
        data = encoded(rgb, kind, exif=exif.tobytes())
        image = Image.open(io.BytesIO(data))
        same(f"turned{orientation}.{name}", data, ImageOps.exif_transpose(image), "--exif")
        same(f"turned{orientation}.{name}", data, image)
for end in range(6, 40):  # cut short, or any bytes: no orientation
    body = (b"Exif\0\0MM\0*\0\0\0\x08\0\1\x01\x12\0\3\0\0\0\1\0\6\0\0\0\0\0\0" + bytes(20))[:end]
    same("cut.jpg", jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + jpeg[2:],
         Image.open(io.BytesIO(jpeg)).convert("L").transpose(Image.ROTATE_270) if end >= 28 else Image.open(io.BytesIO(jpeg)), "--exif")

# Sizes are checked at the header.
refused("rgb.png", whole, "wanted at most 2622 pixels (max_pixels), found 61 x 43", "--max-pixels=2622")
same("rgb.png", whole, rgb, "--max-pixels=2623")
refused("rgb.jpg", jpeg, "wanted at most 2622 pixels (max_pixels), found 61 x 43", "--max-pixels=2622")
refused("huge.png", png(60000, 60000, 8, 0, b""), "wanted at most 64000000 pixels")
refused("wide.png", png(2**31 - 1, 1, 8, 0, b""), "not supported")
frame = jpeg.index(b"\xff\xc0")
refused("huge.jpg", jpeg[:frame + 5] + struct.pack(">HH", 65000, 65000) + jpeg[frame + 9:], "wanted at most 64000000 pixels")

# A progressive file may not ask for a pass over all pixels again and again.
data = encoded(red, "JPEG", progressive=True)
scan = data.index(b"\xff\xda")
following = data.index(b"\xff", scan + 2)
while data[following + 1] in (0, 0xff):
    following = data.index(b"\xff", following + 2)
whole_scan = data[scan:scan + 9] + b"\0" + data[scan + 10:following]  # all bits at once, so that libjpeg has no objection to the same again
refused("scans.jpg", data[:scan] + whole_scan * 400 + data[following:], "more than 100 scans")


# How libraries of PyTorch make pictures of another size, written after their sources: torchvision's Resize and CenterCrop, and Hugging Face's processors.
def resize_shorter(image, size, filter):
    short, long = min(image.size), max(image.size)
    other = int(size * long / short)
    return image.resize((size, other) if image.width <= image.height else (other, size), filter)


def centre_crop(image, size):
    left, top = int(round((image.width - size) / 2.0)), int(round((image.height - size) / 2.0))
    return image.crop((left, top, left + size, top + size))


def fitted(name, data, fit, wanted):
    result = run(write(name, data), "--fit=" + fit)
    if result.returncode != 0:
        return fail(f"{name} {fit}: {result.stderr.decode().strip()}")
    found = Image.open(io.BytesIO(result.stdout))
    if found.size != wanted.size or found.tobytes() != wanted.tobytes():
        fail(f"{name} {fit}: {found.size} for {wanted.size}, not the pixels of Pillow")


noise = random.Random(1)
for width, height in ((90, 61), (61, 90), (33, 33), (40, 28)):
    image = Image.frombytes("RGB", (width, height), bytes(noise.randrange(256) for _ in range(width * height * 3)))
    data = encoded(image, "PNG")
    for filter, word in ((Image.BILINEAR, "bilinear"), (Image.BICUBIC, "bicubic")):
        fitted("fit.png", data, f"timm,0.875,{word},28", centre_crop(resize_shorter(image, 32, filter), 28))
        fitted("fit.png", data, f"stretch,1,{word},28", image.resize((28, 28), filter))
        fitted("fit.png", data, f"stretch-crop,0.875,{word},28", centre_crop(image.resize((32, 32), filter), 28))

print(f"{failures} failed" if failures else "all pictures equal Pillow's")
sys.exit(failures > 0)
