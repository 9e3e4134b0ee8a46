"""A mail server of this machine: speaks SMTP line by line, strict about its order, and fails where it is told to.

`faults` maps a phase ("greeting", "EHLO", "AUTH", "MAIL", "RCPT", "DATA", "dot") to the next thing that happens there:
a whole answer such as "450 later", "hangup" (the connection ends), or "lost" (taken, and the connection ends unheard).
"""

from __future__ import annotations

import base64
import socketserver
import ssl
import threading
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any, Self

_LONGEST_LINE = 1000  # with its end, as the standard says


class MailDouble:
    """`arrived` is (sender, mailbox, the mail as it was read) of each message."""

    def __init__(
        self,
        *,
        login: tuple[str, str] | None = None,
        starttls: ssl.SSLContext | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.login = login
        self.starttls = starttls
        self.tls = tls
        self.arrived: list[tuple[str, str, EmailMessage]] = []
        self.faults: dict[str, str] = {}
        self.broken_rules: list[str] = []

    def __enter__(self) -> Self:
        double = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                _Conversation(double, self).hold()

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True

            def handle_error(self, request: Any, client_address: Any) -> None:
                """A caller that hangs up is a caller's affair."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _HangUpError(Exception):
    pass


class _Conversation:
    def __init__(self, double: MailDouble, handler: socketserver.StreamRequestHandler) -> None:
        self.double = double
        self.read, self.write = handler.rfile, handler.wfile
        self.handler = handler
        self.is_encrypted = self.is_known = False
        self.encrypted: ssl.SSLSocket | None = None
        self.sender = self.mailbox = ""

    def hold(self) -> None:
        try:
            if self.double.tls is not None:
                self._encrypt(self.double.tls)
            self._reply("greeting", "220 mail.example ESMTP")
            while line := self.read.readline(_LONGEST_LINE + 1):
                self._obey(line.decode("ascii").rstrip("\r\n"))
        except (_HangUpError, OSError, ssl.SSLError):
            return
        finally:
            if self.encrypted is not None:
                self.encrypted.close()

    def _obey(self, line: str) -> None:
        word = line.split(" ", 1)[0].upper()
        command = {
            "EHLO": self._ehlo, "STARTTLS": self._starttls, "AUTH": self._auth, "MAIL": self._mail, "RCPT": self._rcpt,
            "DATA": self._data, "QUIT": self._quit,
        }.get(word)  # fmt: skip
        if command is None:
            self._say("502 unknown")
        else:
            command(line)

    def _ehlo(self, line: str) -> None:
        offers = ["mail.example"]
        if self.double.starttls is not None and not self.is_encrypted:
            offers.append("STARTTLS")
        if self.double.login is not None:
            offers.append("AUTH PLAIN")
        offers.append("SIZE 30000000")
        self._reply("EHLO", "\r\n".join([f"250-{one}" for one in offers[:-1]] + [f"250 {offers[-1]}"]))

    def _starttls(self, line: str) -> None:
        if self.double.starttls is None:
            return self._say("454 no")
        self._say("220 go on")
        self._encrypt(self.double.starttls)
        return None

    def _auth(self, line: str) -> None:
        self.is_known = base64.b64decode(line.rsplit(maxsplit=1)[-1]).decode().split("\0")[1:] == list(
            self.double.login or ()
        )
        self._reply("AUTH", "235 welcome" if self.is_known else "535 no")

    def _mail(self, line: str) -> None:
        if self.double.login is not None and not self.is_known:
            return self._say("530 who are you")
        self.sender = line.partition("<")[2].partition(">")[0]
        return self._reply("MAIL", "250 ok")

    def _rcpt(self, line: str) -> None:
        self.mailbox = line.partition("<")[2].partition(">")[0]
        self._reply("RCPT", "250 ok" if self.sender else "503 MAIL first")

    def _data(self, line: str) -> None:
        self._reply("DATA", "354 go on")
        lines = []
        while (line_ := self.read.readline(_LONGEST_LINE + 1)) != b".\r\n":
            if not line_:
                raise _HangUpError
            if len(line_) > _LONGEST_LINE or not line_.endswith(b"\r\n") or not line_.isascii():
                self.double.broken_rules.append("a line that is too long, not ended or not plain")
            lines.append(line_.removeprefix(b".") if line_.startswith(b"..") else line_)
        fault = self.double.faults.get("dot", "")
        if fault in {"", "lost"}:
            mail = message_from_bytes(b"".join(lines), policy=default)
            self.double.arrived.append((self.sender, self.mailbox, mail))
        self._reply("dot", "250 taken")

    def _quit(self, line: str) -> None:
        self._say("221 bye")
        raise _HangUpError

    def _encrypt(self, context: ssl.SSLContext) -> None:
        connection = context.wrap_socket(self.handler.connection, server_side=True)
        self.encrypted = connection
        self.read, self.write = connection.makefile("rb"), connection.makefile("wb")
        self.is_encrypted = True

    def _reply(self, phase: str, usual: str) -> None:
        fault = self.double.faults.pop(phase, usual)
        if fault in {"hangup", "lost"}:
            raise _HangUpError
        self._say(fault)
        if fault.startswith("421"):
            raise _HangUpError

    def _say(self, line: str) -> None:
        self.write.write(f"{line}\r\n".encode())
        self.write.flush()
