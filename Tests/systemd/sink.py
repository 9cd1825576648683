#!/usr/bin/env python3
"""Takes mail by SMTP and messages by HTTP, and writes them down.

    sink.py SMTP-PORT HTTP-PORT FILE
"""

import http.server
import socketserver
import sys
import threading

smtp_port, http_port, path = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]


def note(kind, text):
    with open(path, "a", encoding="utf-8") as file:
        file.write(f"{kind}\n{text}\n")


class Mail(socketserver.StreamRequestHandler):
    def say(self, words):
        self.wfile.write(f"{words}\r\n".encode())

    def handle(self):
        self.say("220 sink")
        while line := self.rfile.readline():
            word = line[:4].upper()
            if word == b"DATA":
                self.say("354 go on")
                lines = []
                while (line := self.rfile.readline()) not in (b".\r\n", b""):
                    lines.append(line.decode())
                note("mail", "".join(lines).replace("\r\n", "\n"))
            self.say("221 bye" if word == b"QUIT" else "250 sink")


class Push(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        note("push " + self.path, self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.send_response(200)
        self.end_headers()


socketserver.ThreadingTCPServer.allow_reuse_address = True
mail = socketserver.ThreadingTCPServer(("127.0.0.1", smtp_port), Mail)
threading.Thread(target=mail.serve_forever, daemon=True).start()
http.server.HTTPServer(("127.0.0.1", http_port), Push).serve_forever()
