#!/usr/bin/env python3
"""read_events.py FILE: checks every record of a TensorBoard event file and prints "EPOCH TAG VALUE" for every scalar. Its own decoding; standard library
only. Exit code 1, with a line on standard error, for a file that is not as it should be."""
import struct
import sys

TABLE = []
for byte in range(256):
    for _ in range(8):
        byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
    TABLE.append(byte)


def crc32c(data):
    total = 0xFFFFFFFF
    for byte in data:
        total = TABLE[(total ^ byte) & 255] ^ total >> 8
    return total ^ 0xFFFFFFFF


def masked(data):
    total = crc32c(data)
    return ((total >> 15 | total << 17) + 0xA282EAD8) & 0xFFFFFFFF


def records(content):
    at = 0
    while at < len(content):
        (length,) = struct.unpack_from("<Q", content, at)
        assert struct.unpack_from("<I", content, at + 8)[0] == masked(content[at:at + 8]), "the checksum of a length is wrong"
        data = content[at + 12:at + 12 + length]
        assert len(data) == length, "a record is cut short"
        assert struct.unpack_from("<I", content, at + 12 + length)[0] == masked(data), "the checksum of a record is wrong"
        yield data
        at += 16 + length


def varint(data, at):
    value = shift = 0
    while True:
        value |= (data[at] & 127) << shift
        at, shift = at + 1, shift + 7
        if data[at - 1] < 128:
            return value, at


def fields(data):
    """(field, value) of a message of Protocol Buffers: int, float or bytes."""
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        wire = key & 7
        if wire == 0:
            value, at = varint(data, at)
        elif wire == 2:
            length, at = varint(data, at)
            value, at = data[at:at + length], at + length
            assert len(value) == length, "a field is cut short"
        else:
            size, form = {1: (8, "<d"), 5: (4, "<f")}[wire]
            value, at = struct.unpack_from(form, data, at)[0], at + size
        yield key >> 3, value


def main():
    assert crc32c(b"123456789") == 0xE3069283
    with open(sys.argv[1], "rb") as file:
        events = [dict(fields(record)) for record in records(file.read())]
    assert events and events[0].get(3) == b"brain.Event:2" and 5 not in events[0], "the first record is not the version"
    for before, event in zip(events, events[1:]):
        assert 1.6e9 < before[1] <= event[1] < 1e11, "wall times are not in order"
    for event in events[1:]:
        for field, value in fields(event[5]):
            assert field == 1, "a summary holds something else than values"
            scalar = dict(fields(value))
            print(event[2], scalar[1].decode(), f"{scalar[2]:.6g}")


try:
    main()
except (AssertionError, struct.error, IndexError, KeyError) as error:
    sys.exit(f"{sys.argv[1]}: {error!r}")
