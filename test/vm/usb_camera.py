"""A USB camera that is plugged into this machine: vhci_hcd's end of USB/IP is the port, this program the device.

usb_camera.py --port N --serial TEXT --format mjpeg|yuyv|h264 --size WxH --rate FPS --frames FOLDER --first N --mode FILE

It shows the files of FOLDER in turn from the Nth on, one a frame. FILE says what it does, read before each frame:
`play`; `hold`, it answers but gives nothing; `deaf`, it does not answer either, so that whoever closes it waits;
`error`, frames are flagged as damaged; `cut`, frames are sent by halves. Its end pulls the plug. Without a serial it
has none. Frames go through a bulk endpoint: dummy_hcd, which one would take first, fails every isochronous transfer,
and the kernel's own gadget for cameras has no other.
"""

import argparse
import select
import socket
import struct
import time
from pathlib import Path

USB_SPEED_HIGH = 3
SUBMIT, UNLINK, SUBMITTED, UNLINKED = 1, 2, 3, 4
STALL, ECONNRESET = -32, -104
VIDEO_IN = 0x81
MAX_PAYLOAD = 16384
FRAME_ID, END_OF_FRAME, DAMAGED, END_OF_HEADER = 0x01, 0x02, 0x40, 0x80
SET_CUR, GET_LEN, GET_INFO = 0x01, 0x85, 0x86
GUID_TAIL = bytes.fromhex("00001000800000aa00389b71")  # behind the four letters of a format


def guid(letters):
    return letters.encode() + GUID_TAIL


def string_descriptor(text):
    body = text.encode("utf-16-le")
    return bytes([2 + len(body), 3]) + body


def descriptors(options):
    """Of the one format and size: what follows the header of the streaming interface."""
    interval = 10_000_000 // options.rate
    size = struct.pack("<HH", options.width, options.height)
    rates = struct.pack("<II", 1_000_000, 100_000_000)
    buffer = struct.pack("<I", options.width * options.height * 2)
    if options.format == "h264":
        described = bytes([28, 0x24, 0x10, 1, 1]) + guid("H264") + bytes([16, 1, 0, 0, 0, 0, 1])
        frame = size + rates + struct.pack("<IBII", interval, 1, 0, interval)
        return described + bytes([30, 0x24, 0x11, 1, 0]) + frame
    frame = size + rates + buffer + struct.pack("<IBI", interval, 1, interval)
    if options.format == "yuyv":
        described = bytes([27, 0x24, 0x04, 1, 1]) + guid("YUY2") + bytes([16, 1, 0, 0, 0, 0])
        return described + bytes([30, 0x24, 0x05, 1, 0]) + frame
    return bytes([11, 0x24, 0x06, 1, 1, 1, 1, 0, 0, 0, 0]) + bytes([30, 0x24, 0x07, 1, 0]) + frame


def configuration(options):
    terminals = bytes([18, 0x24, 0x02, 1, 0x01, 0x02, 0, 0]) + bytes(6) + bytes([3, 0, 0, 0])
    terminals += bytes([9, 0x24, 0x03, 2, 0x01, 0x01, 0, 1, 0])
    control = struct.pack("<BBBHHIBB", 13, 0x24, 0x01, 0x0110, 13 + len(terminals), 48_000_000, 1, 1) + terminals
    formats = descriptors(options)
    header = struct.pack("<BBBBHB", 14, 0x24, 0x01, 1, 14 + len(formats), VIDEO_IN) + bytes([0, 2, 0, 0, 0, 1, 0])
    body = bytes([8, 0x0B, 0, 2, 0x0E, 0x03, 0, 2])
    body += bytes([9, 4, 0, 0, 0, 0x0E, 0x01, 0, 2]) + control
    body += bytes([9, 4, 1, 0, 1, 0x0E, 0x02, 0, 0]) + header + formats
    body += struct.pack("<BBBBHB", 7, 5, VIDEO_IN, 2, 512, 0)
    return struct.pack("<BBHBBBBB", 9, 2, 9 + len(body), 2, 1, 0, 0x80, 50) + body


class Camera:
    def __init__(self, options):
        self.options = options
        self.frames = [path.read_bytes() for path in sorted(options.frames.iterdir())]
        self.shown = options.first
        self.mode = "play"
        self.waiting = []  # numbers of the host's requests for frames
        self.outgoing = []  # payloads of the frame that is on its way
        serial = 3 if options.serial else 0
        self.device = struct.pack("<BBHBBBBHHHBBBB", 18, 1, 0x0200, 0xEF, 2, 1, 64, 0x1209, 0x0001, 0x0100, 1, 2, serial, 1)
        self.configuration = configuration(options)
        self.strings = [b"\x04\x03\x09\x04"]
        self.strings += [string_descriptor(text) for text in ("Teecam", "Test camera", options.serial)]
        self.socket, self.far = socket.socketpair()
        port = f"{options.port} {self.far.fileno()} {options.port + 2} {USB_SPEED_HIGH}"
        Path("/sys/devices/platform/vhci_hcd.0/attach").write_text(port)
        self.far.close()

    def run(self):
        due = time.monotonic()
        while True:
            heard = [] if self.mode == "deaf" else [self.socket]
            ready, _, _ = select.select(heard, [], [], max(0, due - time.monotonic()))
            if ready and not self.receive():
                return
            if time.monotonic() >= due:
                due = max(due + 1 / self.options.rate, time.monotonic())
                self.mode = self.options.mode.read_text().strip()
                if self.mode not in ("hold", "deaf"):
                    self.begin_frame()
            if self.mode != "deaf":
                self.send_payloads()

    def read(self, size):
        data = b""
        while len(data) < size:
            part = self.socket.recv(size - len(data))
            if not part:
                raise EOFError
            data += part
        return data

    def receive(self):
        """One message; False at the end."""
        try:
            head = self.read(48)
        except (EOFError, ConnectionError):
            return False
        command, number, _, inward, endpoint = struct.unpack(">5I", head[:20])
        if command == UNLINK:
            (unlinked,) = struct.unpack(">I", head[20:24])
            known = unlinked in self.waiting
            if known:
                self.waiting.remove(unlinked)
            self.socket.sendall(struct.pack(">5Ii24x", UNLINKED, number, 0, 0, 0, ECONNRESET if known else 0))
            return True
        (length,) = struct.unpack(">i", head[24:28])
        data = self.read(length) if not inward and length > 0 else b""
        if endpoint == VIDEO_IN & 0x0F:
            self.waiting.append(number)
            return True
        reply = self.control(head[40:48])
        if reply is None:
            self.answer(number, STALL, 0)
        elif inward:
            self.answer(number, 0, min(len(reply), length), reply[:length])
        else:
            self.answer(number, 0, len(data))
        return True

    def answer(self, number, status, length, data=b""):
        """`length`: how much of the transfer was done, whoever sent it."""
        self.socket.sendall(struct.pack(">5Iiiiii8x", SUBMITTED, number, 0, 0, 0, status, length, 0, 0, 0) + data)

    def control(self, setup):
        """The reply to a request, or None for one that it does not know."""
        kind, request, value, index, length = struct.unpack("<BBHHH", setup)
        if kind & 0x60 == 0x20:
            return self.video_control(request, value >> 8, index & 0xFF)
        if kind & 0x60:
            return None
        if request == 6:  # GET_DESCRIPTOR
            table = {1: [self.device], 2: [self.configuration], 3: self.strings}.get(value >> 8, [])
            return table[value & 0xFF] if value & 0xFF < len(table) else None
        if request == 1 and kind == 0x02:  # the host has stopped
            self.outgoing.clear()
        # what the host sets has one value each
        return {0: b"\0\0", 8: b"\1", 10: b"\0"}.get(request, b"")

    def video_control(self, request, selector, interface):
        if interface != 1 or selector not in (1, 2):
            return None
        if request == SET_CUR:
            return b""
        if request == GET_LEN:
            return struct.pack("<H", 34)
        if request == GET_INFO:
            return b"\3"
        largest = max(len(frame) for frame in self.frames)
        return struct.pack(
            "<HBBIHHHHHIIIBBBB",
            *(0, 1, 1, 10_000_000 // self.options.rate, 0, 0, 0, 0, 0),
            *(max(largest, self.options.width * self.options.height * 2), MAX_PAYLOAD, 48_000_000, 3, 0, 0, 0),
        )

    def begin_frame(self):
        if not self.waiting or self.outgoing:
            return
        data = self.frames[self.shown % len(self.frames)]
        if self.mode == "cut":
            data = data[: len(data) // 2]
        flags = END_OF_HEADER | (self.shown & FRAME_ID) | (DAMAGED if self.mode == "error" else 0)
        room = MAX_PAYLOAD - 2
        parts = [data[at : at + room] for at in range(0, len(data), room)]
        for i, part in enumerate(parts):
            last = END_OF_FRAME if i + 1 == len(parts) else 0
            self.outgoing.append(bytes([2, flags | last]) + part)
        self.shown += 1

    def send_payloads(self):
        while self.outgoing and self.waiting:
            payload = self.outgoing.pop(0)
            self.answer(self.waiting.pop(0), 0, len(payload), payload)


parser = argparse.ArgumentParser()
parser.add_argument("--port", type=int, default=0)
parser.add_argument("--serial", default="")
parser.add_argument("--format", choices=("mjpeg", "yuyv", "h264"), default="mjpeg")
parser.add_argument("--size", default="320x180")
parser.add_argument("--rate", type=int, default=10)
parser.add_argument("--frames", type=Path, required=True)
parser.add_argument("--first", type=int, default=0)
parser.add_argument("--mode", type=Path, required=True)
arguments = parser.parse_args()
arguments.width, arguments.height = (int(side) for side in arguments.size.split("x"))
Camera(arguments).run()
