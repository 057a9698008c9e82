#!/usr/bin/env python3
"""wire.py MILLISECONDS PERCENT TAP...: a switch between TAP devices that delays each frame and loses some, for kernels without netem.

It says "ready" once it has the devices, which may then move to other network namespaces, and runs until it is ended. The lost frames are drawn from a fixed
seed."""
import fcntl
import heapq
import os
import random
import select
import struct
import sys
import time

TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454CA, 0x0002, 0x1000  # <linux/if_tun.h>


def attach(name):
    tap = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH", name.encode(), IFF_TAP | IFF_NO_PI))
    return tap


def switch(delay, loss, taps):
    draw, poll = random.Random(1), select.poll()
    for tap in taps:
        poll.register(tap, select.POLLIN)
    tap_of, waiting, number = {}, [], 0  # of an address; (time, number, tap, frame)
    while True:
        for tap, _ in poll.poll(max(0, waiting[0][0] - time.monotonic()) * 1000 if waiting else None):
            frame = os.read(tap, 65536)
            to, tap_of[frame[6:12]] = frame[:6], tap
            for other in [tap_of[to]] if to in tap_of else [other for other in taps if other != tap]:
                if draw.random() >= loss:
                    number += 1
                    heapq.heappush(waiting, (time.monotonic() + delay, number, other, frame))
        while waiting and waiting[0][0] <= time.monotonic():
            _, _, tap, frame = heapq.heappop(waiting)
            try:
                os.write(tap, frame)
            except OSError:  # the device is down, or its queue is full
                pass


delay, loss = (float(argument) for argument in sys.argv[1:3])
taps = [attach(name) for name in sys.argv[3:]]
print("ready", flush=True)
switch(delay / 1000, loss / 100, taps)
