"""One connection of ZMTP 3 (https://rfc.zeromq.org/spec/37/) with CURVE (spec/26), spoken by hand: what no library would send."""

import ctypes
import os
import socket
import struct

SODIUM = ctypes.CDLL("libsodium.so.23")  # which libzmq brings
BOX_BYTES = 16
MORE, LONG, COMMAND = 1, 2, 4


def keypair():
    public, secret = ctypes.create_string_buffer(32), ctypes.create_string_buffer(32)
    SODIUM.crypto_box_keypair(public, secret)
    return public.raw, secret.raw


def box(message, nonce, public, secret):
    out = ctypes.create_string_buffer(len(message) + BOX_BYTES)
    assert SODIUM.crypto_box_easy(out, message, ctypes.c_ulonglong(len(message)), nonce, public, secret) == 0
    return out.raw


def unbox(sealed, nonce, public, secret):
    out = ctypes.create_string_buffer(len(sealed) - BOX_BYTES)
    assert SODIUM.crypto_box_open_easy(out, sealed, ctypes.c_ulonglong(len(sealed)), nonce, public, secret) == 0
    return out.raw


def greeting(mechanism=b"CURVE"):
    return b"\xff" + bytes(8) + b"\x7f\x03\x01" + mechanism.ljust(20, b"\0") + bytes(32)


def frame(body, flags=0):
    size = bytes([flags, len(body)]) if len(body) < 256 else bytes([flags | LONG]) + struct.pack(">Q", len(body))
    return size + body


def short_nonce(number):
    return struct.pack(">Q", number)


class Connection:
    """As a client whose keys are bytes; the handshake is done when it is made."""

    def __init__(self, port, kind, server_key, keys):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.nonce = 2
        public, secret = keys
        own, self.secret = keypair()
        self.socket.sendall(greeting())
        self._read(64)
        signature = box(bytes(64), b"CurveZMQHELLO---" + short_nonce(1), server_key, self.secret)
        self._command(b"\x05HELLO\x01\x00" + bytes(72) + own + short_nonce(1) + signature)
        welcome = self._read_frame()
        assert welcome.startswith(b"\x07WELCOME"), welcome[:16]
        opened = unbox(welcome[24:], b"WELCOME-" + welcome[8:24], server_key, self.secret)
        self.server, cookie = opened[:32], opened[32:]
        vouch_nonce = os.urandom(16)
        vouch = box(own + server_key, b"VOUCH---" + vouch_nonce, self.server, secret)
        metadata = b"\x0bSocket-Type" + struct.pack(">I", len(kind)) + kind
        initiate = box(public + vouch_nonce + vouch + metadata, b"CurveZMQINITIATE" + short_nonce(2), self.server, self.secret)
        self._command(b"\x08INITIATE" + cookie + short_nonce(2) + initiate)
        ready = self._read_frame()
        assert ready.startswith(b"\x05READY"), ready[:16]

    def send(self, body, more=False):
        self.nonce += 1
        sealed = box(bytes([more]) + body, b"CurveZMQMESSAGEC" + short_nonce(self.nonce), self.server, self.secret)
        self.socket.sendall(frame(b"\x07MESSAGE" + short_nonce(self.nonce) + sealed))

    def close(self):
        self.socket.close()

    def _command(self, body):
        self.socket.sendall(frame(body, COMMAND))

    def _read(self, count):
        got = b""
        while len(got) < count:
            part = self.socket.recv(count - len(got))
            if not part:
                raise ConnectionError("closed")
            got += part
        return got

    def _read_frame(self):
        flags = self._read(1)[0]
        return self._read(struct.unpack(">Q", self._read(8))[0] if flags & LONG else self._read(1)[0])
