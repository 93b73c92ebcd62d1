"""Reads a ring as a vision program would, for some seconds, and reports as one line of JSON.

read_ring.py CAMERA STREAM INSTANCE SECONDS [--hold MS]   with --hold, keeps every frame that long before it asks for validity
"""

import argparse
import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "clients" / "python"))
import teecam  # noqa: E402

parser = argparse.ArgumentParser()
parser.add_argument("camera")
parser.add_argument("stream")
parser.add_argument("instance")
parser.add_argument("seconds", type=float)
parser.add_argument("--hold", type=float, default=0)
options = parser.parse_args()

sequences, ages, torn, slates, shape, began = [], [], 0, 0, None, None
with teecam.open(options.camera, options.stream, instance=options.instance) as ring:
    for frame in ring:
        now = time.monotonic()
        if began is None:
            began = now
            print("first frame", file=sys.stderr, flush=True)
        ages.append(frame.age_ms)
        shape = list(frame.array.shape)
        # Every page of it, as a program that works on the picture.
        int(frame.array[::16].sum())
        if options.hold:
            time.sleep(options.hold / 1000)
        torn += not frame.valid
        slates += bool(frame.slate)
        sequences.append(frame.seq)
        if now - began >= options.seconds:
            break
    missed = ring.missed

by_age = sorted(ages)
print(
    json.dumps(
        {
            "frames": len(sequences),
            "seconds": now - began,
            "first": sequences[0],
            "last": sequences[-1],
            "gaps": sum(b != a + 1 for a, b in zip(sequences, sequences[1:])),
            "missed": missed,
            "torn": torn,
            "slates": slates,
            "ageP50Ms": by_age[len(ages) // 2],
            "ageMaxMs": by_age[-1],
            "agesMs": ages,
            "shape": shape,
        }
    )
)
