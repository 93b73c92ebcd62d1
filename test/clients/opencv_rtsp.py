"""Plays an RTSP address with OpenCV and reports, as one line of JSON, whether the pictures are whole.

opencv_rtsp.py ADDRESS FRAMES   The bars of the test picture stand upright: two rows of its upper part, far from one
another, are alike. Where a decoder lost part of a picture they are not.
"""

import json
import sys

import cv2
import numpy as np

address, wanted = sys.argv[1], int(sys.argv[2])
capture = cv2.VideoCapture(address, cv2.CAP_FFMPEG)
shapes, unlike = set(), []
for _ in range(wanted):
    got, picture = capture.read()
    if not got:
        break
    height = picture.shape[0]
    upper, lower = picture[height // 20].astype(int), picture[height * 7 // 20].astype(int)
    unlike.append(float(np.abs(upper - lower).mean()))
    shapes.add(picture.shape)
capture.release()
print(json.dumps({"frames": len(unlike), "shapes": sorted(shapes), "worst": max(unlike, default=None)}))
