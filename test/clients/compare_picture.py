"""The same moment as ring frame and as JPEG, compared as a person would: how far apart are the pictures?

compare_picture.py CAMERA RING_STREAM INSTANCE MJPEG_ADDRESS   prints the mean difference of colours as JSON
Frames are paired by capture time, which both ways out carry; the larger picture is brought to the smaller one's size.
"""

import json
import sys
import threading
import urllib.request
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "clients" / "python"))
import teecam  # noqa: E402

PAIRS = 10
SAME_S = 0.002  # two stamps of one capture
OTHER_S = 0.2  # a picture this much older is another one

camera, stream, instance, address = sys.argv[1:]


class Pictures(threading.Thread):
    """The MJPEG parts as they come, by capture time; kept as they are, so that reading keeps up."""

    def __init__(self, body):
        super().__init__(daemon=True)
        self.parts = {}
        self._body = body

    def run(self):
        head = {}
        while line := self._body.readline():
            if line.strip():
                name, _, value = line.decode("latin-1").partition(":")
                head[name.strip().lower()] = value.strip()
            elif "content-length" in head:
                self.parts[float(head["x-timestamp"])] = self._body.read(int(head["content-length"]))
                head = {}


def difference(frame, data):
    """Mean difference of blue, green and red, the frame brought to the JPEG picture's size."""
    jpeg = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    height, width = jpeg.shape[:2]
    small = cv2.resize(frame.bgr(), (width, height), interpolation=cv2.INTER_AREA)
    return float(np.abs(small.astype(int) - jpeg).mean())


def seconds(frame):
    return frame.capture_realtime_ns / 1e9


with teecam.open(camera, stream, instance=instance) as ring, urllib.request.urlopen(address, timeout=10) as body:
    pictures = Pictures(body)
    pictures.start()
    frames, same, other = [], [], []
    while len(same) < PAIRS:
        try:
            frames.append(ring.latest().copy())
        except teecam.Torn:  # this program was not scheduled in time; the next frame will do
            continue
        frames = frames[-30:]
        for when in sorted(pictures.parts):
            now = next((each for each in frames if abs(seconds(each) - when) < SAME_S), None)
            before = next((each for each in frames if seconds(each) < when - OTHER_S), None)
            if now is None or before is None:
                continue
            data = pictures.parts.pop(when)
            same.append(difference(now, data))
            other.append(difference(before, data))
            break  # the ring has gone on meanwhile

print(json.dumps({"pairs": len(same), "sameFrame": np.mean(same), "otherFrame": np.mean(other)}))
