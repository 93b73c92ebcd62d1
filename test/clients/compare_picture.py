"""The same moment as ring frame and as JPEG, compared as a person would: how far apart are the pictures?

compare_picture.py CAMERA RING_STREAM INSTANCE MJPEG_ADDRESS   prints the mean difference of luma as JSON
Frames are paired by capture time, which both ways out carry; the larger picture is brought to the smaller one's size.
"""

import json
import sys
import urllib.request
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "clients" / "python"))
import teecam  # noqa: E402

camera, stream, instance, address = sys.argv[1:]


def jpeg_parts(body):
    """(capture time in seconds, luma) of each part."""
    while True:
        head = {}
        line = body.readline()
        if not line:
            return
        while line.strip():
            name, _, value = line.decode("latin-1").partition(":")
            head[name.strip().lower()] = value.strip()
            line = body.readline()
        if "content-length" in head:
            data = np.frombuffer(body.read(int(head["content-length"])), np.uint8)
            yield float(head["x-timestamp"]), cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)


def difference(frame, jpeg):
    """Mean difference of luma, the frame brought to the JPEG picture's size."""
    height, width = jpeg.shape
    grey = cv2.cvtColor(frame.bgr(), cv2.COLOR_BGR2GRAY)
    small = cv2.resize(grey, (width, height), interpolation=cv2.INTER_AREA)
    return float(np.abs(small.astype(int) - jpeg).mean())


with teecam.open(camera, stream, instance=instance) as ring, urllib.request.urlopen(address, timeout=10) as body:
    raw, pairs = [], []
    parts = jpeg_parts(body)
    for frame in ring:
        try:
            raw.append(frame.copy())
        except teecam.Torn:  # this program was not scheduled in time; the next frame will do
            continue
        raw = raw[-15:]
        if len(raw) < 5:
            continue
        when, jpeg = next(parts)
        nearest = min(raw, key=lambda entry: abs(entry.capture_realtime_ns / 1e9 - when))
        if abs(nearest.capture_realtime_ns / 1e9 - when) < 0.002:
            pairs.append((difference(nearest, jpeg), difference(raw[0], jpeg)))
        if len(pairs) == 10:
            break

same, other = np.array(pairs).mean(axis=0)
print(json.dumps({"pairs": len(pairs), "sameFrame": same, "otherFrame": other}))
