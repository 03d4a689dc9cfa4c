"""Stands in for the filter where a test is not about it: a milter that lets every message pass.

Argument: the port on loopback. Speaks the protocol of Sendmail's libmilter, as Postfix does: length, command, data.
"""

import socketserver
import struct
import sys

# No step of the dialogue before the end of the message needs an answer of ours (SMFIP_NO* of libmilter's mfdef.h).
SKIPPED_STEPS = 0x7F | 0x100 | 0x200
# "Macros" and "abort" want no answer.
SILENT = b"DA"


class Dialogue(socketserver.StreamRequestHandler):
    def handle(self):
        while head := self.rfile.read(5):
            length, command = struct.unpack(">Ic", head)
            self.rfile.read(length - 1)
            if command == b"O":
                self.answer(b"O" + struct.pack(">III", 6, 0, SKIPPED_STEPS))
            elif command == b"Q":
                return
            elif command not in SILENT:
                self.answer(b"c")

    def answer(self, data):
        self.wfile.write(struct.pack(">I", len(data)) + data)


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


with Server(("127.0.0.1", int(sys.argv[1])), Dialogue) as server:
    server.serve_forever()
