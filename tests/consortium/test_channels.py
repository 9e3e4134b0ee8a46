"""Channels of the configuration: every fault named by key, secrets only in files, and what is no longer named is over."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from consortium.application import apply_consortium
from consortium.channel_definitions import address_fault
from consortium.channels import missing_secrets, way_out
from consortium.chats import bulletin_chats, mark_unreachable
from consortium.definition import parse_consortium
from consortium.models import Chat
from consortium.office_models import Channel
from locales.errors import DomainError, explain
from storage.audit import AuditRow
from tests.cast import NOW, consortium_document

ADDRESS = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6"
WECOM = {"id": "staff", "kind": "wecom", "title": "职工群", "url_file": "staff.url"}
FEISHU = {"id": "partners", "kind": "feishu", "url_file": "p.url", "secret_file": "p.secret", "language": "en"}
MAIL = {
    "id": "post", "kind": "email", "host": "smtp.example", "from": "office@group.example",
    "to": ["mei@a.example", "li@b.example"], "user": "office", "password_file": "post.password",
}  # fmt: skip
HOOK = {"id": "board", "kind": "webhook", "url": "https://board.example/in", "secret_file": "board.secret"}


def faults(*channels: Any) -> list[tuple[str, str]]:
    _, findings = parse_consortium(consortium_document(channels=list(channels)), file="consortium.toml")
    assert all(explain(language, one) for one in findings for language in ("zh", "en"))
    return [(one.key, one.code) for one in findings]


def apply(session, *channels: Any, folder: str = "") -> None:
    definition, findings = parse_consortium(consortium_document(channels=list(channels)), file="consortium.toml")
    assert findings == []
    apply_consortium(session, definition=definition, schedule={}, folder=folder, actor="command_line", now=NOW)


def test_channels_of_every_kind_are_read():
    ding = {"id": "d", "kind": "dingtalk", "url_file": "d.url"}
    assert faults(WECOM, FEISHU, MAIL, HOOK, ding, MAIL | {"id": "p2", "to": ["x@y.example"], "tls": "tls"}) == []


@pytest.mark.parametrize(
    ("channel", "found"),
    [
        (WECOM | {"kind": "wechat"}, [("kind", "value_unknown")]),
        ({"id": "a"}, [("kind", "key_missing")]),
        (WECOM | {"id": "Staff!"}, [("id", "channel_id_malformed")]),
        (WECOM | {"url": ADDRESS}, [("url", "key_unknown")]),
        (WECOM | {"secret_file": "x"}, [("secret_file", "key_unknown")]),
        (WECOM | {"url_file": ""}, [("url_file", "file_name_malformed")]),
        (WECOM | {"purpose": "unit"}, [("purpose", "value_unknown")]),
        ({"id": "a", "kind": "dingtalk"}, [("url_file", "key_missing")]),
        ({"id": "a", "kind": "webhook"}, [("url_file", "key_missing")]),
        (HOOK | {"url_file": "x"}, [("url_file", "channel_address_twice")]),
        (HOOK | {"url": "http://board.example/in"}, [("url", "channel_address_insecure")]),
        (HOOK | {"url": "board.example"}, [("url", "channel_address_malformed")]),
        (MAIL | {"to": []}, [("to", "list_length")]),
        (MAIL | {"to": ["mei"]}, [("to[0]", "mailbox_malformed")]),
        (MAIL | {"to": ["a@b.example\nBcc: c@d.example"]}, [("to[0]", "mailbox_malformed")]),
        (MAIL | {"to": ["m" * 64 + "@" + "x" * 60 + ".example"]}, [("to[0]", "mailbox_malformed")]),
        (MAIL | {"host": "smtp example"}, [("host", "channel_host_malformed")]),
        (MAIL | {"port": 0}, [("port", "out_of_range")]),
        (MAIL | {"tls": "ssl"}, [("tls", "value_unknown")]),
        (MAIL | {"tls": "none"}, [("tls", "channel_password_in_clear")]),
        ({k: v for k, v in MAIL.items() if k != "password_file"}, [("password_file", "key_missing")]),
        ({k: v for k, v in MAIL.items() if k != "user"}, [("password_file", "key_unknown")]),
    ],
)  # fmt: skip
def test_fault_is_named_by_its_key(channel, found):
    assert faults(channel) == [(f"channels[0].{key}", code) for key, code in found]


def test_id_and_mailbox_belong_to_one_channel():
    assert faults(WECOM, FEISHU | {"id": "staff"}) == [("channels[1].id", "channel_twice")]
    assert faults(MAIL, MAIL | {"id": "p2", "to": ["MEI@a.example"]}) == [("channels[1].to", "mailbox_twice")]


@pytest.mark.parametrize(
    ("address", "fault"),
    [
        (ADDRESS, None), ("http://127.0.0.1:8080/x", None), ("http://[::1]/x", None), ("http://localhost/x", None),
        ("http://127.0.0.1.evil.example/x", "channel_address_insecure"), ("https://", "channel_address_malformed"),
        ("https://user:pass@h.example/x", "channel_address_malformed"), ("https://h.example/#k", "channel_address_malformed"),
        ("https://h.example/a b", "channel_address_malformed"), ("https://h.example:99999/", "channel_address_malformed"),
        ("https://h.example/\u8bc4", "channel_address_malformed"), ("ftp://h.example/", "channel_address_malformed"),
        ("https://h.example/" + "x" * 2000, "channel_address_malformed"),
    ],
)  # fmt: skip
def test_address_is_whole_and_keeps_its_key_secret(address, fault):
    assert address_fault(address) == fault


def test_files_are_looked_for_and_what_stands_in_them_is_never_told(tmp_path):
    (tmp_path / "staff.url").write_text("not-an-address-693a91f6\n", encoding="utf-8")
    (tmp_path / "p.url").write_text(f"\ufeff{ADDRESS}\r\n", encoding="utf-8")
    (tmp_path / "p.secret").write_text("one\ntwo693a91f6\n", encoding="utf-8")
    (tmp_path / "post.password").mkdir()
    (tmp_path / "board.secret").write_bytes(b"\xff693a91f6")
    definition, _ = parse_consortium(consortium_document(channels=[WECOM, FEISHU, MAIL, HOOK]), file="consortium.toml")
    found = list(missing_secrets(definition.channels, folder=tmp_path, file="consortium.toml"))
    assert [(one.key, one.code) for one in found] == [
        ("channels[0].url_file", "channel_address_malformed"),
        ("channels[1].secret_file", "channel_file_not_one_line"),
        ("channels[2].password_file", "file_unreadable"),
        ("channels[3].secret_file", "file_unreadable"),
    ]
    assert not any("693a91f6" in explain(language, one) for one in found for language in ("zh", "en"))
    (tmp_path / "staff.url").unlink()
    (tmp_path / "p.secret").write_text("x" * 5000, encoding="utf-8")
    again = list(missing_secrets(definition.channels, folder=tmp_path, file="consortium.toml"))
    assert [one.code for one in again[:2]] == ["channel_file_missing", "channel_file_too_large"]


def test_applied_channels_are_chats_that_get_the_bulletin(session, tmp_path):
    apply(session, WECOM, FEISHU, MAIL, HOOK, folder=str(tmp_path))
    chats = [(chat.channel, chat.address, chat.title, chat.language) for chat in bulletin_chats(session)]
    assert sorted(chats) == [
        ("email", "li@b.example", "post", "zh"),
        ("email", "mei@a.example", "post", "zh"),
        ("feishu", "partners", "partners", "en"),
        ("webhook", "board", "board", "zh"),
        ("wecom", "staff", "职工群", "zh"),
    ]
    (tmp_path / "staff.url").write_text(ADDRESS + "\n", encoding="utf-8")
    way = way_out(session, kind="wecom", address="staff")
    assert way is not None
    assert (way.secret("url_file"), way.secret("secret_file")) == (ADDRESS, None)
    post = way_out(session, kind="email", address="li@b.example")
    assert post is not None
    assert (post.id, post.settings["port"], post.settings["tls"]) == ("post", 587, "starttls")
    with pytest.raises(DomainError) as caught:
        post.secret("password_file")
    assert (caught.value.code, caught.value.details) == ("channel_file_missing", {"file": "post.password"})


def test_no_secret_is_stored(session, tmp_path):
    (tmp_path / "staff.url").write_text(ADDRESS, encoding="utf-8")
    apply(session, WECOM, MAIL, folder=str(tmp_path))
    stored = [str(row.settings) for row in session.scalars(select(Channel))]
    stored += [f"{row.subject}{row.details}" for row in session.scalars(select(AuditRow))]
    assert not any("693a91f6" in one or "qyapi" in one for one in stored)


def test_channel_that_is_no_longer_named_is_over_and_may_come_back(session):
    apply(session, WECOM, MAIL)
    apply(session, MAIL | {"to": ["li@b.example"]})
    assert [(chat.channel, chat.address) for chat in bulletin_chats(session)] == [("email", "li@b.example")]
    assert way_out(session, kind="wecom", address="staff") is None
    assert way_out(session, kind="email", address="mei@a.example") is None
    gone = session.scalars(select(Chat).where(Chat.state == "gone").order_by(Chat.address)).all()
    assert [chat.address for chat in gone] == ["mei@a.example", "staff"]
    apply(session, WECOM, MAIL)
    assert len(bulletin_chats(session)) == 3


def test_channel_that_the_platform_refused_is_there_again_when_applied(session):
    apply(session, WECOM)
    mark_unreachable(session, channel="wecom", address="staff", state="gone", now=NOW)
    assert bulletin_chats(session) == []
    apply(session, WECOM)
    assert [chat.address for chat in bulletin_chats(session)] == ["staff"]


def test_applying_twice_is_once_and_changes_are_on_record(session):
    apply(session, WECOM)
    apply(session, WECOM)
    apply(session, WECOM | {"url_file": "other.url"})
    apply(session)
    rows = session.scalars(select(AuditRow).where(AuditRow.action == "apply_channel").order_by(AuditRow.id))
    assert [(row.subject, row.details["active"]) for row in rows] == [
        ("channel:staff", True), ("channel:staff", True), ("channel:staff", False),
    ]  # fmt: skip


def test_channel_may_change_its_kind(session):
    apply(session, WECOM)
    apply(session, FEISHU | {"id": "staff"})
    assert [(chat.channel, chat.address) for chat in bulletin_chats(session)] == [("feishu", "staff")]
