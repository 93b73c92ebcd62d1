"""Tests of teecam.py against a real writer. Run from anywhere: python3 -m unittest test_teecam (in this folder).

Needs the built project: rings are made by the addon (through Node), written by build/Release/teecam-test-writer.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import uuid

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
BUILD = HERE.parents[1] / "build" / "Release"
sys.path.insert(0, str(HERE))
import teecam  # noqa: E402

KEY = 1

# Makes the ring, then obeys: close, republish, readers.
OWNER = """
const native = require(process.argv[1]);
const [path, options] = JSON.parse(process.argv[2]);
const ring = native.createRing(path, options);
console.log('ready');
require('node:readline').createInterface(process.stdin)
  .on('line', (verb) => console.log(JSON.stringify(ring[verb]() ?? null)))
  .on('close', () => ring.close());
"""


class Child:
    def __init__(self, *args):
        self.process = subprocess.Popen(args, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        answer = self.process.stdout.readline().strip()
        if answer != "ready":
            raise RuntimeError(answer)

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().strip()
        if answer.startswith("error"):
            raise RuntimeError(f"{line}: {answer}")
        return json.loads(answer)

    def end(self):
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()


class RingCase(unittest.TestCase):
    raw = False

    def setUp(self):
        self.instance = "t" + uuid.uuid4().hex[:8]
        self.path = f"/dev/shm/teecam.{self.instance}.front.main"
        self.geometry = (
            {"frameCount": 16, "slotCount": 4, "slotSize": 16384, "arenaSize": 65536}
            if self.raw
            else {"frameCount": 16, "slotCount": 0, "slotSize": 0, "arenaSize": 16384}
        )
        self.owner = self.make_owner()
        self.addCleanup(self.owner.end)
        self.writer = self.make_writer()

    def make_owner(self):
        options = {"geometry": self.geometry, "instance": self.instance, "camera": "front", "stream": "main",
                   "mode": 0o600, "gid": None}
        return Child("node", "-e", OWNER, str(BUILD / "teecam.node"), json.dumps([self.path, options]))

    def make_writer(self):
        writer = Child(str(BUILD / "teecam-test-writer"), self.path)
        self.addCleanup(writer.end)
        return writer

    def open(self, **options):
        ring = teecam.open("front", "main", instance=self.instance, **{"timeout": 10, **options})
        self.addCleanup(ring.close)
        return ring


class Reading(RingCase):
    def test_frames_in_order_from_a_key_frame_on(self):
        self.writer.ask("format H264 640 360")
        self.writer.ask(f"text {KEY} old")
        ring = self.open()
        self.writer.ask("text 0 undecodable")
        self.writer.ask(f"text {KEY} first")
        self.writer.ask("text 0 second")
        frame = next(ring)
        self.assertEqual((bytes(frame.array), frame.key, frame.seq), (b"first", True, 3))
        self.assertEqual(bytes(next(ring).data), b"second")
        self.assertEqual((ring.missed, ring.fourcc, ring.size), (0, "H264", (640, 360)))
        self.assertTrue(frame.valid)
        self.assertTrue(0 <= frame.age_ms < 5000, frame.age_ms)

    def test_a_waiting_reader_is_woken(self):
        ring = self.open()
        threading.Timer(0.05, self.writer.ask, [f"text {KEY} hello"]).start()
        began = time.monotonic()
        self.assertEqual(bytes(ring.latest().data), b"hello")
        self.assertLess(time.monotonic() - began, 0.4)  # the net below the futex is 0.5 s

    def test_what_was_missed_adds_up(self):
        ring = self.open()
        self.writer.ask(f"text {KEY} 1")
        next(ring)
        self.writer.ask("count 100 0")
        read = [bytes(next(ring).data) for _ in range(16)]
        self.assertEqual(read[-1], b"frame 100")
        self.assertEqual(ring.missed, 84)
        self.writer.ask("count 3 0")
        self.assertEqual(bytes(ring.latest().data), b"frame 3")
        self.assertEqual(ring.missed, 86)

    def test_presence_is_seen_and_dropped(self):
        ring = self.open()
        self.assertEqual(self.owner.ask("readers"), 1)
        self.writer.ask(f"text {KEY} x")
        frame = next(ring)
        ring.close()
        self.assertEqual(self.owner.ask("readers"), 0)
        self.assertEqual(bytes(frame.data), b"x")  # views outlive the ring
        with self.assertRaises(teecam.RingError):
            next(ring)

    def test_the_presence_of_a_killed_reader_is_dropped(self):
        program = f"import sys, time; sys.path.insert(0, {str(HERE)!r}); import teecam; " \
                  f"r = teecam.open('front', 'main', instance={self.instance!r}); print('ready', flush=True); next(r)"
        child = Child(sys.executable, "-c", program)
        self.assertEqual(self.owner.ask("readers"), 1)
        child.process.kill()
        child.end()
        self.assertEqual(self.owner.ask("readers"), 0)

    def test_a_ring_that_lost_its_name_is_followed(self):
        ring = self.open()
        self.writer.ask(f"text {KEY} one")
        next(ring)
        os.unlink(self.path)
        self.assertTrue(self.owner.ask("republish"))
        self.writer.ask(f"text {KEY} two")
        self.assertEqual(bytes(next(ring).data), b"two")
        self.assertEqual((ring.reopened, ring.missed), (1, 0))

    def test_a_ring_under_the_same_name_may_lie_behind_or_begin_anew(self):
        ring = self.open(timeout=5)
        self.writer.ask(f"text {KEY} one")
        self.writer.ask(f"text {KEY} two")
        self.assertEqual(ring.latest().seq, 2)
        os.unlink(self.path)
        self.owner.ask("republish")
        with open(self.path, "r+b") as file:  # as if the second frame had come between the copy of the head and the name
            file.seek(256)
            file.write(b"\1")
        self.writer.ask(f"text {KEY} three")
        self.assertEqual((next(ring).seq, ring.missed, ring.reopened), (3, 0, 1))

        self.writer.process.kill()
        self.writer.process.wait()
        self.writer.process.stdout.close()
        os.unlink(self.path)
        self.addCleanup(self.make_owner().end)
        self.writer = self.make_writer()
        self.writer.ask(f"text {KEY} one")
        self.assertEqual((next(ring).seq, ring.missed, ring.reopened), (1, 0, 2))

    def test_the_end(self):
        ring = self.open()
        self.writer.ask(f"text {KEY} last")
        self.owner.ask("close")
        self.assertEqual([bytes(frame.data) for frame in ring], [b"last"])
        self.assertEqual(ring.state, "ended")

    def test_state_and_timeout(self):
        self.writer.ask("state slate no-device")
        ring = self.open(timeout=0.05)
        self.assertEqual((ring.state, ring.reason), ("slate", "no-device"))
        with self.assertRaises(TimeoutError):
            next(ring)

    def test_no_ring_and_no_ring_yet(self):
        with self.assertRaisesRegex(teecam.RingError, "is Teecam running"):
            teecam.open("front", "nothing", instance=self.instance)
        with self.assertRaises(TimeoutError):
            teecam.open("front", "nothing", instance=self.instance, wait=True, timeout=0.2)
        self.open(wait=True)

    def test_damaged_files_are_refused(self):
        with open(self.path, "rb") as file:
            good = file.read(4096)
        for offset, value in ((0, b"X"), (8, b"\2"), (24, b"\3"), (40, b"\0\0\1"), (48, b"\1\1\1\1")):
            with tempfile.NamedTemporaryFile() as file:
                file.write(good[:offset] + value + good[offset + len(value):])
                file.flush()
                with self.assertRaises(teecam.RingError):
                    teecam.Ring(file.name)


class Pictures(RingCase):
    raw = True
    width, height = 64, 48

    def publish(self, fourcc, planes):
        """Planes of the picture as arrays of bytes, rows padded by 64."""
        self.writer.ask(f"format {fourcc} {self.width} {self.height}")
        data, layout = b"", []
        for plane in planes:
            rows = plane.reshape(plane.shape[0], -1)
            stride = rows.shape[1] + self.padding
            layout.append(f"{len(data)}:{stride}")
            padded = np.full((rows.shape[0], stride), 0xEE, np.uint8)
            padded[:, : rows.shape[1]] = rows
            data += padded.tobytes()
        with tempfile.NamedTemporaryFile() as file:
            file.write(data)
            file.flush()
            self.writer.ask(f"file {KEY} {','.join(layout)} {file.name}")

    def check_all(self):
        w, h = self.width, self.height
        y = np.full((h, w), 81, np.uint8)  # pure red in BT.601, limited range
        u, v = np.full((h // 2, w // 2), 90, np.uint8), np.full((h // 2, w // 2), 240, np.uint8)
        yuyv = np.empty((h, w, 2), np.uint8)
        yuyv[:, :, 0], yuyv[:, 0::2, 1], yuyv[:, 1::2, 1] = 81, 90, 240
        rgb = np.zeros((h, w, 3), np.uint8)
        rgb[:, :, 0] = 254
        pictures = {
            "NV12": [y, np.stack([u, v], axis=2)],
            "YU12": [y, u, v],
            "YUYV": [yuyv],
            "BG24": [rgb],
            "RG24": [rgb[:, :, ::-1]],
        }
        ring = self.open()
        for fourcc, planes in pictures.items():
            with self.subTest(fourcc):
                self.publish(fourcc, planes)
                frame = next(ring)
                for seen, wanted in zip(frame.planes, planes):
                    np.testing.assert_array_equal(seen, wanted)
                image = frame.bgr()
                self.assertEqual(image.shape, (h, w, 3))
                self.assertLess(np.abs(image.astype(int) - (0, 0, 254)).max(), 3)
                if self.padding == 0 or len(planes) == 1:
                    self.assertEqual(frame.array.size, sum(plane.size for plane in planes))
                else:
                    with self.assertRaises(teecam.RingError):
                        frame.array
        self.publish("R8", [y])
        np.testing.assert_array_equal(next(ring).bgr(), np.full((h, w, 3), 81))

    def test_pictures_with_padded_rows(self):
        self.padding = 64
        self.check_all()

    def test_pictures_without_padding(self):
        self.padding = 0
        self.check_all()

    def test_a_frame_whose_memory_was_taken_is_not_valid(self):
        self.padding = 0
        ring = self.open()
        for _ in range(4):
            self.publish("R8", [np.zeros((48, 64), np.uint8)])
        frame = next(ring)
        self.assertTrue(frame.valid)
        for _ in range(4):
            self.writer.ask("take")
        self.assertFalse(frame.valid)
        with self.assertRaises(teecam.Torn):
            frame.bgr()

    def test_a_copy_stays_what_it_was(self):
        self.padding = 0
        ring = self.open()
        planes = [np.full((48, 64, 3), 200, np.uint8)]
        self.publish("BG24", planes)
        copy = next(ring).copy()
        for _ in range(4):
            self.publish("BG24", [np.zeros((48, 64, 3), np.uint8)])
        self.assertTrue(copy.valid)
        for same in (copy, copy.copy()):
            np.testing.assert_array_equal(same.bgr(), planes[0])


if __name__ == "__main__":
    unittest.main()
