"""Mail against servers that fail in every phase: what arrives, what each failure proves, and that no secret is told."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from delivery.limits import Share
from delivery.outgoing import ReadyButton
from delivery.senders import smtp_conversation
from delivery.senders.mail import MailSender
from delivery.senders.mail_words import subject_of
from delivery.senders.smtp_conversation import MailServer
from outbox.outcomes import NotSent, Refused, RetryAt, Sent, Uncertain
from tests.channel_doubles import MailDouble
from tests.delivery.senders.hooked import HOSTILE, PAPER, PIXEL, now, outgoing

FAST = Share(per_second=1000, chat_gap=1, group_limit=1000, group_window=1)
MEI = "mei@hospital.example"


def server(port: int, **more) -> MailServer:
    values = {"id": "post", "host": "127.0.0.1", "port": port, "tls": "none", "sender": "office@group.example"}
    return MailServer(**(values | more))


def send(where, *messages, trust: ssl.SSLContext | None = None) -> list:
    async def find(address: str):
        return where

    async def play() -> list:
        sender = MailSender(find=find, clock=now, share=FAST, trust=trust)
        try:
            return [await sender.send(message) for message in messages]
        finally:
            await sender.close()

    return asyncio.run(play())


def mail(text: str = "十月简报", **more):
    return outgoing(text, address=MEI, **more)


def words(part) -> str:
    """A text part as it is read, whatever its line ends are on the way."""
    return part.get_content().replace("\r\n", "\n").rstrip("\n")


# what arrives


def test_mail_arrives_whole_with_its_pdf():
    text = ".\n..两点\n" + "很长的一行" * 300 + f"\n{HOSTILE}"
    link = ((ReadyButton("看全文", url="https://pingjia.example/jb"),),)
    with MailDouble() as double:
        message = mail(
            text, title="十月协同简报", picture=PIXEL, alt="甲第一", document=PAPER, buttons=link, delivery=7
        )
        assert send(server(double.port), message, message) == [Sent(None)] * 2
    (sender, mailbox, got), (_, _, again) = double.arrived
    assert (sender, mailbox, double.broken_rules) == ("office@group.example", MEI, [])
    assert (got["subject"], got["to"], got["auto-submitted"]) == ("十月协同简报", MEI, "auto-generated")
    assert (got["message-id"], got["message-id"].startswith("<delivery-7.")) == (again["message-id"], True)
    body, picture, paper = got.iter_parts()
    assert words(body) == f"{text}\n看全文 https://pingjia.example/jb\n\n甲第一"
    assert (picture.get_content_type(), picture.get_content()) == ("image/png", PIXEL)
    assert (paper.get_content_type(), paper.get_filename(), paper.get_content()) == (
        "application/pdf", "bulletin.pdf", PAPER,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("title", "text", "subject"),
    [
        ("", "\n\n十月简报\n甲", "十月简报"),
        ("题目\x00\u202e \t题", "x", "题目 题"),
        ("长" * 150, "x", "长" * 99 + "…"),
        ("half \ud83d", "x", "half ?"),
        ("", "", "甲第一"),
    ],
)
def test_subject_is_one_plain_line(title, text, subject):
    assert subject_of(mail(text, title=title, picture=PIXEL, alt="甲第一")) == subject


def test_head_cannot_be_forged_by_what_is_written():
    with MailDouble() as double:
        text = "十月\r\nBcc: all@evil.example\r\n\r\nx"
        assert send(server(double.port), mail(text)) == [Sent(None)]
    [(_, _, got)] = double.arrived
    assert (got["subject"], got["bcc"]) == ("十月", None)
    assert words(got) == text.replace("\r\n", "\n")


def test_mail_server_that_is_not_ours_takes_it():
    class Handler:
        async def handle_DATA(self, server, session, envelope):  # noqa: N802 - the library's name
            got.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
            return "250 OK"

    got: list = []
    controller = Controller(Handler(), hostname="127.0.0.1", port=0)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        controller.port = free.getsockname()[1]
    controller.start()
    try:
        assert send(server(controller.port), mail(".起头的点", document=PAPER)) == [Sent(None)]
    finally:
        controller.stop()
    assert [(one[0], one[1]) for one in got] == [("office@group.example", [MEI])]


# what failures prove


@pytest.mark.parametrize(
    ("phase", "said", "end"),
    [
        ("greeting", "hangup", NotSent("unreachable")),
        ("greeting", "554 go away", NotSent("unreachable")),
        ("greeting", "421 busy", NotSent("unreachable")),
        ("EHLO", "hangup", NotSent("unreachable")),
        ("MAIL", "550 not you", Refused("sender_refused")),
        ("MAIL", "451 later", RetryAt),
        ("MAIL", "hangup", NotSent("unreachable")),
        ("RCPT", "550 nobody", Refused("recipient_refused")),
        ("RCPT", "450 greylisted", RetryAt),
        ("RCPT", "hangup", NotSent("unreachable")),
        ("DATA", "554 no", Refused("content_refused")),
        ("DATA", "451 later", RetryAt),
        ("DATA", "hangup", NotSent("unreachable")),
        ("dot", "554 spam", Refused("content_refused")),
        ("dot", "552 too big", Refused("file_too_large")),
        ("dot", "451 later", RetryAt),
        ("dot", "hangup", Uncertain("no_answer")),
        ("dot", "lost", Uncertain("no_answer")),
        ("dot", "what?", Uncertain),
    ],
)
def test_failure_is_what_its_phase_proves(phase, said, end):
    with MailDouble() as double:
        double.faults[phase] = said
        [found] = send(server(double.port), mail())
    arrived = 1 if said == "lost" else 0
    assert len(double.arrived) == arrived
    if end is RetryAt:
        assert (type(found), found.code) == (RetryAt, "mail_deferred")
        assert timedelta(minutes=4) < found.at - now() <= timedelta(minutes=5)
    elif end is Uncertain:
        assert isinstance(found, Uncertain)
    else:
        assert found == end


def test_refused_mailbox_does_not_harm_the_next():
    with MailDouble() as double:
        double.faults["RCPT"] = "550 nobody"
        ends = send(server(double.port), mail(), mail())
    assert ends == [Refused("recipient_refused"), Sent(None)]


def test_nobody_listening_means_not_sent():
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        assert send(server(bound.getsockname()[1]), mail()) == [NotSent("unreachable")]


def test_silent_server_means_not_sent_in_good_time(monkeypatch):
    monkeypatch.setattr(smtp_conversation, "_ONE_WAIT", 0.2)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        assert send(server(silent.getsockname()[1]), mail()) == [NotSent("unreachable")]


# who we are, and who they are


def test_password_is_asked_for_and_a_wrong_one_leaves_it_owed():
    with MailDouble(login=("office", "correct")) as double:
        right = send(server(double.port, user="office", password="correct"), mail())
        wrong = send(server(double.port, user="office", password="wrong"), mail())
        none = send(server(double.port), mail())
    assert (right, wrong, none) == ([Sent(None)], [NotSent("login_refused")], [Refused("sender_refused")])
    assert len(double.arrived) == 1


def test_password_never_goes_in_the_clear_to_another_machine(monkeypatch):
    monkeypatch.setattr(smtp_conversation, "is_this_machine", lambda host: False)
    with MailDouble(login=("office", "correct")) as double:
        end = send(server(double.port, user="office", password="correct"), mail())
    assert end == [NotSent("no_encryption")]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """(the server's, the one that trusts it)"""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    today = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(today - timedelta(days=1)).not_valid_after(today + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    file: Path = tmp_path_factory.mktemp("tls") / "both.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    theirs = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    theirs.load_cert_chain(file)
    return theirs, ssl.create_default_context(cafile=str(file))


@pytest.mark.parametrize("tls", ["starttls", "tls"])
def test_connection_is_encrypted_and_the_server_proves_who_it_is(certificate, tls):
    theirs, ours = certificate
    with MailDouble(login=("office", "correct"), **{tls: theirs}) as double:
        where = server(double.port, tls=tls, host="localhost", user="office", password="correct")
        trusted = send(where, mail(), trust=ours)
        unknown = send(where, mail())
        other_name = send(replace(where, host="127.0.0.1"), mail(), trust=ours)
    assert (trusted, unknown, other_name) == (
        [Sent(None)], [NotSent("unreachable")], [NotSent("unreachable")],
    )  # fmt: skip
    assert len(double.arrived) == 1


def test_server_without_encryption_gets_nothing_where_it_is_asked_for():
    with MailDouble() as double:
        assert send(server(double.port, tls="starttls"), mail()) == [NotSent("no_encryption")]
    assert double.arrived == []


# limits, turns, secrets


def test_what_cannot_be_mailed_is_refused_at_once():
    ends = send(server(1), mail("评" * 70_000), mail("new", edits="3"), mail(start_by=now()))
    assert ends == [Refused("too_long"), Refused("cannot_edit"), NotSent("lease_lost")]
    assert send(Refused("channel_unknown"), mail()) == [Refused("channel_unknown")]


def test_longest_call_covers_every_wait():
    assert smtp_conversation.LONGEST_CONVERSATION + 2.0 < MailSender.longest_call <= 40


def test_nothing_at_any_level_of_logging_holds_mailbox_password_or_text(caplog, capsys):
    caplog.set_level(logging.DEBUG)
    with MailDouble(login=("office", "s3cret-pass")) as double:
        where = server(double.port, user="office", password="s3cret-pass")
        double.faults["dot"] = "554 your text 绝密 to mei@hospital.example"
        send(where, mail("绝密"), mail("绝密"))
        send(server(double.port, user="office", password="s3cret-pasz"), mail("绝密"))
    said = caplog.text + "".join(capsys.readouterr()) + repr(where)
    assert [word for word in ("s3cret", "绝密", MEI) if word in said] == []
