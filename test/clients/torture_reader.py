"""One reader of teecam-ring-torture (native/test/torture): torture_reader.py RING SEED

Reads at random speeds until the ring ends, and prints "READ TORN MISSED"; a fault ends it with 3.
"""

import os
import random
import sys
import time

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "clients", "python"))
import teecam  # noqa: E402

STALL_S = 20
PLACES = np.arange(4096, dtype=np.uint32)


def describes(data, tag):
    words = 16 + (tag * 40503 & 0xFFFFFFFF) % 4081
    first = (tag & 0xFFFFFFFF) * 2654435761 + (tag >> 32) & 0xFFFFFFFF
    return len(data) == words * 4 and np.array_equal(data.view("<u4"), PLACES[:words] + np.uint32(first))


def fault(what, frame):
    print(f"fault: Python reader {os.getpid()}: {what}, frame {frame}", file=sys.stderr)
    sys.exit(3)


def open_ring(path):
    while True:
        try:
            return teecam.Ring(path, timeout=STALL_S)
        except teecam.RingError:
            if os.path.exists(path):
                raise
            # between two files


def main(path, seed):
    draw = random.Random(int(seed))
    slow = draw.random() < 0.5
    read = torn = first = last = last_capture = 0
    with open_ring(path) as ring:
        while True:
            missed = ring.missed
            frame = ring.latest() if draw.random() < 0.125 else next(ring, None)
            if frame is None:
                break
            if slow and draw.random() < 0.05:
                time.sleep(draw.random() * 0.01)
            whole = describes(frame.data, frame.capture_ns)
            if frame.valid:
                if not whole:
                    fault("a torn frame passed for a whole one", frame.seq)
            else:
                torn += 1
            if first == 0:
                first = frame.seq
            elif frame.seq <= last or frame.capture_ns <= last_capture:
                fault(f"numbers or times went back from {last}", frame.seq)
            elif ring.missed - missed != frame.seq - last - 1:
                fault(f"what was missed since {last} does not add up", frame.seq)
            last, last_capture = frame.seq, frame.capture_ns
            read += 1
        if first != 0 and read + ring.missed != last - first + 1:
            fault("read and missed frames are not all", last)
        print(read, torn, ring.missed)


if __name__ == "__main__":
    main(*sys.argv[1:])
