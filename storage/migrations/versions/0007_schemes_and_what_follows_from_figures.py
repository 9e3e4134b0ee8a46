"""schemes and what follows from figures."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_DIGESTED = (
    "scope", "unit_code", "period", "indicator", "numerator", "denominator", "value", "origin", "recorded_at",
    "recorded_by", "corrected_at", "corrected_by", "evidence", "approved_at", "approved_by",
)  # fmt: skip
_READING_CHECKS = {
    "origin": "origin in ('auto', 'imported', 'typed')",
    "correction_is_whole": "(corrected_at is null) = (corrected_by is null)",
    "approval_is_whole": "(approved_at is null) = (approved_by is null)",
}
_CARD_CHECKS = {
    "rank_in_interval": "rank_low <= rank and rank <= rank_high",
    "band": "band in ('upper', 'middle', 'lower')",
    "days_in_period": "days between 1 and of_days",
}
_OPEN_OBJECTIONS = (
    ("uq_objection_open_indicator", ["unit_code", "period", "indicator"], "state = 'open' and indicator is not null"),
    ("uq_objection_open_whole", ["unit_code", "period"], "state = 'open' and indicator is null"),
)


def upgrade() -> None:
    op.create_table(
        "words_prompt",
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("chat", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("words", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("channel", "chat", name=op.f("pk_words_prompt")),
    )
    op.create_table(
        "workday_exception",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("is_workday", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_workday_exception")),
    )
    op.create_table(
        "alert",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("unit_code", sa.String(length=40), nullable=False),
        sa.Column("indicator", sa.String(length=40), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_by", sa.String(length=40), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("reason_by", sa.String(length=40), nullable=True),
        sa.Column("reason_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind in ('change', 'range', 'feed')", name=op.f("ck_alert_kind")),
        sa.CheckConstraint(
            "(reason is null) = (reason_by is null) and (reason is null) = (reason_at is null)",
            name=op.f("ck_alert_reason_is_whole"),
        ),
        sa.ForeignKeyConstraint(["reason_by"], ["person.id"], name=op.f("fk_alert_reason_by_person")),
        sa.ForeignKeyConstraint(["seen_by"], ["person.id"], name=op.f("fk_alert_seen_by_person")),
        sa.ForeignKeyConstraint(["unit_code"], ["unit.code"], name=op.f("fk_alert_unit_code_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
        sa.UniqueConstraint(
            "kind", "unit_code", "indicator", "period", name=op.f("uq_alert_kind_unit_code_indicator_period")
        ),
    )
    op.create_table(
        "late_reading",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("counted_in", sa.String(length=7), nullable=False),
        sa.Column("unit_code", sa.String(length=40), nullable=False),
        sa.Column("indicator", sa.String(length=40), nullable=False),
        sa.Column("numerator", sa.Text(), nullable=True),
        sa.Column("denominator", sa.Text(), nullable=True),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("origin", sa.String(length=10), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(length=80), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.CheckConstraint("origin in ('auto', 'imported', 'typed')", name=op.f("ck_late_reading_origin")),
        sa.CheckConstraint("(numerator is null) = (denominator is null)", name=op.f("ck_late_reading_both_or_neither")),
        sa.CheckConstraint("counted_in > period", name=op.f("ck_late_reading_counted_later")),
        sa.ForeignKeyConstraint(["unit_code"], ["unit.code"], name=op.f("fk_late_reading_unit_code_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_late_reading")),
        sa.UniqueConstraint(
            "period", "unit_code", "indicator", name=op.f("uq_late_reading_period_unit_code_indicator")
        ),
    )
    op.create_table(
        "objection",
        sa.Column("number", sa.String(length=12), nullable=False),
        sa.Column("unit_code", sa.String(length=40), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("indicator", sa.String(length=40), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("raised_by", sa.String(length=40), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("is_provisional", sa.Boolean(), nullable=False),
        sa.Column("decided_by", sa.String(length=40), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("remedy", sa.String(length=10), nullable=True),
        sa.CheckConstraint("(state = 'open') = (decided_at is null)", name=op.f("ck_objection_decision_is_whole")),
        sa.CheckConstraint(
            "(state in ('upheld', 'rejected')) = (answer is not null)", name=op.f("ck_objection_decision_has_answer")
        ),
        sa.CheckConstraint("(state = 'upheld') = (remedy is not null)", name=op.f("ck_objection_upheld_has_remedy")),
        sa.CheckConstraint("remedy in ('figures', 'scheme', 'none')", name=op.f("ck_objection_remedy")),
        sa.CheckConstraint("state in ('open', 'upheld', 'rejected', 'withdrawn')", name=op.f("ck_objection_state")),
        sa.CheckConstraint(
            "(decided_at is null) = (decided_by is null)", name=op.f("ck_objection_decided_by_somebody")
        ),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_objection_decided_by_person")),
        sa.ForeignKeyConstraint(["raised_by"], ["person.id"], name=op.f("fk_objection_raised_by_person")),
        sa.ForeignKeyConstraint(["unit_code"], ["unit.code"], name=op.f("fk_objection_unit_code_unit")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_objection")),
    )
    with op.batch_alter_table("objection", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_objection_unit_code"), ["unit_code"], unique=False)
        for name, columns, condition in _OPEN_OBJECTIONS:
            batch_op.create_index(
                name, columns, unique=True, sqlite_where=sa.text(condition), postgresql_where=sa.text(condition)
            )

    op.create_table(
        "scheme_draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("based_year", sa.Integer(), nullable=False),
        sa.Column("based_version", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("made_by", sa.String(length=40), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["based_year", "based_version"],
            ["scheme_version.year", "scheme_version.version"],
            name=op.f("fk_scheme_draft_based_year_based_version_scheme_version"),
        ),
        sa.ForeignKeyConstraint(["made_by"], ["person.id"], name=op.f("fk_scheme_draft_made_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scheme_draft")),
    )
    op.create_table(
        "veto",
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("unit_code", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.String(length=40), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.String(length=40), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by", sa.String(length=40), nullable=True),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_why", sa.Text(), nullable=True),
        sa.CheckConstraint("(decided_at is null) = (state = 'proposed')", name=op.f("ck_veto_decision_is_whole")),
        sa.CheckConstraint("(lifted_at is null) = (state <> 'lifted')", name=op.f("ck_veto_lifting_is_whole")),
        sa.CheckConstraint("state in ('proposed', 'in_force', 'refused', 'lifted')", name=op.f("ck_veto_state")),
        sa.CheckConstraint("proposed_by <> decided_by", name=op.f("ck_veto_decided_by_another")),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_veto_decided_by_person")),
        sa.ForeignKeyConstraint(["lifted_by"], ["person.id"], name=op.f("fk_veto_lifted_by_person")),
        sa.ForeignKeyConstraint(["proposed_by"], ["person.id"], name=op.f("fk_veto_proposed_by_person")),
        sa.ForeignKeyConstraint(["unit_code"], ["unit.code"], name=op.f("fk_veto_unit_code_unit")),
        sa.PrimaryKeyConstraint("period", "unit_code", name=op.f("pk_veto")),
    )
    op.create_table(
        "written_explanation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_code", sa.String(length=40), nullable=False),
        sa.Column("indicator", sa.String(length=40), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("low", sa.Text(), nullable=False),
        sa.Column("high", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("is_provisional", sa.Boolean(), nullable=False),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("given_by", sa.String(length=40), nullable=True),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(length=40), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(state = 'asked') = (given_at is null)", name=op.f("ck_written_explanation_given_is_whole")
        ),
        sa.CheckConstraint(
            "(state in ('accepted', 'returned')) = (decided_at is not null)",
            name=op.f("ck_written_explanation_decision_is_whole"),
        ),
        sa.CheckConstraint(
            "state in ('asked', 'given', 'accepted', 'returned')", name=op.f("ck_written_explanation_state")
        ),
        sa.CheckConstraint(
            "(given_at is null) = (words is null)", name=op.f("ck_written_explanation_words_when_given")
        ),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_written_explanation_decided_by_person")),
        sa.ForeignKeyConstraint(["given_by"], ["person.id"], name=op.f("fk_written_explanation_given_by_person")),
        sa.ForeignKeyConstraint(["unit_code"], ["unit.code"], name=op.f("fk_written_explanation_unit_code_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_written_explanation")),
        sa.UniqueConstraint(
            "unit_code", "indicator", "period", name=op.f("uq_written_explanation_unit_code_indicator_period")
        ),
    )
    op.create_table(
        "year_note",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("subject", sa.String(length=90), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("written_by", sa.String(length=40), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["written_by"], ["person.id"], name=op.f("fk_year_note_written_by_person")),
        sa.PrimaryKeyConstraint("year", "subject", name=op.f("pk_year_note")),
    )
    op.create_table(
        "superseded_settlement",
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("previous_digest", sa.String(length=64), nullable=True),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("objection", sa.String(length=12), nullable=True),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("superseded_by", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(
            ["objection"], ["objection.number"], name=op.f("fk_superseded_settlement_objection_objection")
        ),
        sa.PrimaryKeyConstraint("period", "revision", name=op.f("pk_superseded_settlement")),
        sa.UniqueConstraint("sequence", name=op.f("uq_superseded_settlement_sequence")),
    )
    op.create_table(
        "reading_import",
        sa.Column("id", sa.String(length=43), nullable=False),
        sa.Column("file_digest", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=80), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("expires_at > created_at", name=op.f("ck_reading_import_lifetime")),
        sa.CheckConstraint(
            "(content is null) = (imported_at is not null)", name=op.f("ck_reading_import_forgotten_when_imported")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reading_import")),
    )
    op.create_table(
        "reading_stratum",
        sa.Column("reading_id", sa.Integer(), nullable=False),
        sa.Column("stratum", sa.String(length=40), nullable=False),
        sa.Column("numerator", sa.Text(), nullable=True),
        sa.Column("denominator", sa.Text(), nullable=True),
        sa.Column("value", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["reading_id"], ["reading.id"], name=op.f("fk_reading_stratum_reading_id_reading"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("reading_id", "stratum", name=op.f("pk_reading_stratum")),
    )
    with op.batch_alter_table("installation", schema=None) as batch_op:
        batch_op.add_column(sa.Column("workdays_until", sa.Date(), nullable=True))

    with op.batch_alter_table("reading", schema=None) as batch_op:
        batch_op.add_column(sa.Column("corrected_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("corrected_by", sa.String(length=80), nullable=True))
        batch_op.add_column(sa.Column("evidence", sa.String(length=43), nullable=True))
        batch_op.add_column(sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("approved_by", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("digest", sa.String(length=64), nullable=False, server_default=""))
        batch_op.drop_constraint(op.f("ck_reading_origin"), type_="check")
        for name, condition in _READING_CHECKS.items():
            batch_op.create_check_constraint(op.f(f"ck_reading_{name}"), condition)
        batch_op.create_foreign_key(batch_op.f("fk_reading_approved_by_person"), "person", ["approved_by"], ["id"])
        batch_op.create_foreign_key(
            batch_op.f("fk_reading_evidence_evidence_file"), "evidence_file", ["evidence"], ["id"]
        )

    with op.batch_alter_table("scheme_version", schema=None) as batch_op:
        batch_op.add_column(sa.Column("effective", sa.String(length=7), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("state", sa.String(length=10), nullable=False, server_default="in_force"))
        batch_op.create_check_constraint(
            op.f("ck_scheme_version_state"), "state in ('planned', 'in_force', 'evaluated', 'revised')"
        )

    with op.batch_alter_table("score_line", schema=None) as batch_op:
        batch_op.add_column(sa.Column("curve", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("reference", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("is_bonus", sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column("origin", sa.String(length=10), nullable=True))
        batch_op.drop_constraint(op.f("ck_score_line_points_or_reason"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_score_line_points_or_reason"), "points is not null or reason is not null"
        )

    with op.batch_alter_table("scorecard", schema=None) as batch_op:
        batch_op.add_column(sa.Column("rank_low", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("rank_high", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("band", sa.String(length=10), nullable=True))
        batch_op.add_column(sa.Column("total_low", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("total_high", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("days", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("of_days", sa.Integer(), nullable=True))
        for name, condition in _CARD_CHECKS.items():
            batch_op.create_check_constraint(op.f(f"ck_scorecard_{name}"), condition)

    with op.batch_alter_table("settlement", schema=None) as batch_op:
        batch_op.add_column(sa.Column("readings_digest", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("revision", sa.Integer(), nullable=False, server_default="1"))

    with op.batch_alter_table("unit", schema=None) as batch_op:
        batch_op.add_column(sa.Column("joined_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("left_on", sa.Date(), nullable=True))
    _fill()


def _fill() -> None:
    """What stands already: every version counts from January on, and every reading gets its digest."""
    connection = op.get_bind()
    connection.execute(sa.text("update scheme_version set effective = year || '-01'"))
    names = ", ".join(_DIGESTED)
    moments = {name: sa.DateTime(timezone=True) for name in _DIGESTED if name.endswith("_at")}
    rows = connection.execute(sa.text(f"select id, {names} from reading").columns(**moments)).mappings().all()  # noqa: S608 - names of ours
    for row in rows:
        digest = hashlib.sha256(_canonical([_plain(row[name]) for name in _DIGESTED]).encode()).hexdigest()
        connection.execute(
            sa.text("update reading set digest = :digest where id = :id"), {"digest": digest, "id": row["id"]}
        )


def _plain(value: object) -> object:
    """A moment as both databases give it back, in UTC; everything else as it is stored."""
    if not isinstance(value, datetime):
        return value
    return (value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)).isoformat()


def _canonical(values: list[object]) -> str:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))


def downgrade() -> None:
    with op.batch_alter_table("unit", schema=None) as batch_op:
        batch_op.drop_column("left_on")
        batch_op.drop_column("joined_on")

    with op.batch_alter_table("settlement", schema=None) as batch_op:
        batch_op.drop_column("revision")
        batch_op.drop_column("readings_digest")

    with op.batch_alter_table("scorecard", schema=None) as batch_op:
        for name in _CARD_CHECKS:
            batch_op.drop_constraint(op.f(f"ck_scorecard_{name}"), type_="check")
        batch_op.drop_column("of_days")
        batch_op.drop_column("days")
        batch_op.drop_column("total_high")
        batch_op.drop_column("total_low")
        batch_op.drop_column("band")
        batch_op.drop_column("rank_high")
        batch_op.drop_column("rank_low")

    with op.batch_alter_table("score_line", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_score_line_points_or_reason"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_score_line_points_or_reason"), "(points is null) = (reason is not null)"
        )
        batch_op.drop_column("origin")
        batch_op.drop_column("is_bonus")
        batch_op.drop_column("reference")
        batch_op.drop_column("curve")

    with op.batch_alter_table("scheme_version", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_scheme_version_state"), type_="check")
        batch_op.drop_column("state")
        batch_op.drop_column("effective")

    with op.batch_alter_table("reading", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_reading_evidence_evidence_file"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_reading_approved_by_person"), type_="foreignkey")
        for name in _READING_CHECKS:
            batch_op.drop_constraint(op.f(f"ck_reading_{name}"), type_="check")
        batch_op.create_check_constraint(op.f("ck_reading_origin"), "origin in ('imported')")
        batch_op.drop_column("digest")
        batch_op.drop_column("approved_by")
        batch_op.drop_column("approved_at")
        batch_op.drop_column("evidence")
        batch_op.drop_column("corrected_by")
        batch_op.drop_column("corrected_at")

    with op.batch_alter_table("installation", schema=None) as batch_op:
        batch_op.drop_column("workdays_until")

    op.drop_table("reading_stratum")
    op.drop_table("reading_import")
    op.drop_table("superseded_settlement")
    op.drop_table("year_note")
    op.drop_table("written_explanation")
    op.drop_table("veto")
    op.drop_table("scheme_draft")
    with op.batch_alter_table("objection", schema=None) as batch_op:
        for name, _, condition in _OPEN_OBJECTIONS:
            batch_op.drop_index(name, sqlite_where=sa.text(condition), postgresql_where=sa.text(condition))
        batch_op.drop_index(batch_op.f("ix_objection_unit_code"))

    op.drop_table("objection")
    op.drop_table("late_reading")
    op.drop_table("alert")
    op.drop_table("workday_exception")
    op.drop_table("words_prompt")
