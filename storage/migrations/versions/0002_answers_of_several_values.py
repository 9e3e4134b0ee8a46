"""answers of several values, streams, drafts of questionnaires."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from alembic.operations import BatchOperations

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_TALLY_KEY = ["period", "unit_code", "questionnaire_id", "questionnaire_version", "question_id", "option_code"]
_SENT_BEFORE = (
    "(state = 'sent') = (sent_at is not null) and (state = 'sent') = (period is not null)"
    " and (state = 'sent') = (receipt_hash is not null)"
)
_SENT_NOW = (
    "(state <> 'draft') = (sent_at is not null) and (state <> 'draft') = (period is not null)"
    " and (state <> 'draft') = (receipt_hash is not null)"
)


def _change_checks(batch: BatchOperations, table: str, conditions: dict[str, str]) -> None:
    """Other conditions under the same names."""
    for name, condition in conditions.items():
        batch.drop_constraint(op.f(f"ck_{table}_{name}"), type_="check")
        batch.create_check_constraint(op.f(f"ck_{table}_{name}"), condition)


def upgrade() -> None:
    with op.batch_alter_table("questionnaire_version") as batch:
        batch.add_column(sa.Column("is_draft", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("invitation") as batch:
        batch.add_column(sa.Column("stream", sa.String(length=6), nullable=False, server_default="visit"))
        batch.add_column(sa.Column("person_key", sa.String(length=64), nullable=True))
        batch.create_check_constraint(op.f("ck_invitation_stream"), "stream in ('visit', 'poster', 'test')")
        batch.create_index(op.f("ix_invitation_person_key"), ["person_key"])
    with op.batch_alter_table("response") as batch:
        batch.add_column(sa.Column("stream", sa.String(length=6), nullable=False, server_default="visit"))
        batch.add_column(sa.Column("text_consented_at", sa.DateTime(timezone=True), nullable=True))
        batch.alter_column("state", type_=sa.String(length=9), existing_type=sa.String(length=5))
        _change_checks(
            batch, "response", {"state": "state in ('draft', 'sent', 'withdrawn')", "sent_is_whole": _SENT_NOW}
        )
        batch.create_check_constraint(op.f("ck_response_stream"), "stream in ('visit', 'poster', 'test', 'held')")
    with op.batch_alter_table("answer") as batch:
        batch.add_column(sa.Column("place", sa.Integer(), nullable=False, server_default="0"))
        batch.alter_column("question_id", type_=sa.String(length=255), existing_type=sa.String(length=24))
        batch.drop_constraint(op.f("pk_answer"), type_="primary")
        batch.create_primary_key(op.f("pk_answer"), ["response_id", "question_id", "place"])
    with op.batch_alter_table("tally") as batch:
        batch.add_column(sa.Column("stream", sa.String(length=6), nullable=False, server_default="visit"))
        batch.alter_column("question_id", type_=sa.String(length=255), existing_type=sa.String(length=24))
        batch.alter_column("option_code", type_=sa.String(length=255), existing_type=sa.String(length=12))
        _change_checks(batch, "tally", {"count": "count >= 0"})
        batch.create_check_constraint(op.f("ck_tally_stream"), "stream in ('visit', 'poster', 'held')")
        batch.drop_constraint(op.f("pk_tally"), type_="primary")
        batch.create_primary_key(op.f("pk_tally"), ["stream", *_TALLY_KEY])
    with op.batch_alter_table("text_prompt") as batch:
        batch.alter_column("question_id", type_=sa.String(length=255), existing_type=sa.String(length=24))


def downgrade() -> None:
    """Lossy where the older tables had no room: further answers of a question, other streams, what was withdrawn."""
    for statement in (
        "delete from text_prompt where response_id in (select id from response where {gone})",
        "delete from answer where place > 0 or response_id in (select id from response where {gone})",
        "delete from response where {gone}",
        "delete from ticket where invitation_id in (select id from invitation where stream <> 'visit')",
        "delete from invitation where stream <> 'visit'",
        "delete from tally where stream <> 'visit' or count = 0",
    ):
        op.execute(statement.format(gone="stream <> 'visit' or state = 'withdrawn'"))
    with op.batch_alter_table("text_prompt") as batch:
        batch.alter_column("question_id", type_=sa.String(length=24), existing_type=sa.String(length=255))
    with op.batch_alter_table("tally") as batch:
        batch.drop_constraint(op.f("pk_tally"), type_="primary")
        batch.create_primary_key(op.f("pk_tally"), _TALLY_KEY)
        batch.drop_constraint(op.f("ck_tally_stream"), type_="check")
        _change_checks(batch, "tally", {"count": "count > 0"})
        batch.alter_column("option_code", type_=sa.String(length=12), existing_type=sa.String(length=255))
        batch.alter_column("question_id", type_=sa.String(length=24), existing_type=sa.String(length=255))
        batch.drop_column("stream")
    with op.batch_alter_table("answer") as batch:
        batch.drop_constraint(op.f("pk_answer"), type_="primary")
        batch.create_primary_key(op.f("pk_answer"), ["response_id", "question_id"])
        batch.alter_column("question_id", type_=sa.String(length=24), existing_type=sa.String(length=255))
        batch.drop_column("place")
    with op.batch_alter_table("response") as batch:
        batch.drop_constraint(op.f("ck_response_stream"), type_="check")
        _change_checks(batch, "response", {"state": "state in ('draft', 'sent')", "sent_is_whole": _SENT_BEFORE})
        batch.alter_column("state", type_=sa.String(length=5), existing_type=sa.String(length=9))
        batch.drop_column("text_consented_at")
        batch.drop_column("stream")
    with op.batch_alter_table("invitation") as batch:
        batch.drop_constraint(op.f("ck_invitation_stream"), type_="check")
        batch.drop_index(op.f("ix_invitation_person_key"))
        batch.drop_column("person_key")
        batch.drop_column("stream")
    with op.batch_alter_table("questionnaire_version") as batch:
        batch.drop_column("is_draft")
