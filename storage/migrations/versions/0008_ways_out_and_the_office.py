"""ways out and the office's own work."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_UNIT_ROLES = "(role in ('representative', 'staff', 'head')) = (unit_code is not null)"
_UNIT_ROLES_BEFORE = "(role in ('representative', 'staff')) = (unit_code is not null)"


def upgrade() -> None:
    op.create_table(
        "channel",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel")),
    )
    op.create_table(
        "poll",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("choices", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=6), nullable=False),
        sa.Column("opened_by", sa.String(length=80), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'closed') = (closed_at is not null)", name=op.f("ck_poll_closed_at_the_end")),
        sa.CheckConstraint("(state = 'closed') = (result is not null)", name=op.f("ck_poll_counted_when_closed")),
        sa.CheckConstraint("kind in ('scheme', 'honour')", name=op.f("ck_poll_kind")),
        sa.CheckConstraint("state in ('open', 'closed')", name=op.f("ck_poll_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_poll")),
    )
    with op.batch_alter_table("poll", schema=None) as batch_op:
        batch_op.create_index(
            "uq_poll_open",
            ["kind", "subject"],
            unique=True,
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )

    op.create_table(
        "scheme_vote",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("draft_id", sa.Integer(), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("electorate", sa.String(length=10), nullable=False),
        sa.Column("comments_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("poll_id", sa.Integer(), nullable=True),
        sa.Column("opened_by", sa.String(length=80), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("electorate in ('units', 'committee')", name=op.f("ck_scheme_vote_electorate")),
        sa.ForeignKeyConstraint(["poll_id"], ["poll.id"], name=op.f("fk_scheme_vote_poll_id_poll")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scheme_vote")),
        sa.UniqueConstraint("poll_id", name=op.f("uq_scheme_vote_poll_id")),
    )
    op.create_table(
        "scheme_comment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("vote_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_scheme_comment_person_id_person")),
        sa.ForeignKeyConstraint(["vote_id"], ["scheme_vote.id"], name=op.f("fk_scheme_comment_vote_id_scheme_vote")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scheme_comment")),
    )
    with op.batch_alter_table("scheme_comment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_scheme_comment_vote_id"), ["vote_id"], unique=False)

    op.create_table(
        "action",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("unit_code", sa.String(length=40), nullable=False),
        sa.Column("indicator", sa.String(length=40), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("origin", sa.String(length=6), nullable=False),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("owner_id", sa.String(length=40), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("recheck_period", sa.String(length=7), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("rounds", sa.Integer(), nullable=False),
        sa.Column("opened_by", sa.String(length=80), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_words", sa.Text(), nullable=True),
        sa.Column("done_by", sa.String(length=40), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'open') or (done_words is not null)", name=op.f("ck_action_done_in_words")),
        sa.CheckConstraint(
            "(state in ('closed', 'cancelled')) = (closed_at is not null)", name=op.f("ck_action_closed_at_the_end")
        ),
        sa.CheckConstraint("origin in ('red', 'manual')", name=op.f("ck_action_origin")),
        sa.CheckConstraint("state in ('open', 'done', 'closed', 'cancelled')", name=op.f("ck_action_state")),
        sa.CheckConstraint("rounds > 0", name=op.f("ck_action_rounds_positive")),
        sa.ForeignKeyConstraint(["done_by"], ["person.id"], name=op.f("fk_action_done_by_person")),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_action_owner_id_person")),
        sa.ForeignKeyConstraint(["unit_code"], ["unit.code"], name=op.f("fk_action_unit_code_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_action")),
        sa.UniqueConstraint("number", name=op.f("uq_action_number")),
    )
    with op.batch_alter_table("action", schema=None) as batch_op:
        batch_op.create_index(
            "uq_action_standing",
            ["unit_code", "indicator"],
            unique=True,
            sqlite_where=sa.text("state in ('open', 'done')"),
            postgresql_where=sa.text("state in ('open', 'done')"),
        )

    op.create_table(
        "duty",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("party", sa.String(length=20), nullable=False),
        sa.Column("owner_id", sa.String(length=40), nullable=True),
        sa.Column("unit_code", sa.String(length=40), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_duty_owner_id_person")),
        sa.ForeignKeyConstraint(["unit_code"], ["unit.code"], name=op.f("fk_duty_unit_code_unit")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_duty")),
    )
    op.create_table(
        "honour",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("goes_to", sa.String(length=6), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("gate", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("opened_by", sa.String(length=80), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("nominate_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("vote_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("poll_id", sa.Integer(), nullable=True),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'decided') = (result is not null)", name=op.f("ck_honour_decided_with_a_result")),
        sa.CheckConstraint("goes_to in ('unit', 'person')", name=op.f("ck_honour_goes_to")),
        sa.CheckConstraint("state in ('nominating', 'voting', 'decided', 'cancelled')", name=op.f("ck_honour_state")),
        sa.CheckConstraint(
            "state not in ('voting', 'decided') or poll_id is not null", name=op.f("ck_honour_voting_has_a_poll")
        ),
        sa.CheckConstraint("places > 0", name=op.f("ck_honour_places_positive")),
        sa.ForeignKeyConstraint(["poll_id"], ["poll.id"], name=op.f("fk_honour_poll_id_poll")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_honour")),
        sa.UniqueConstraint("code", "period", name=op.f("uq_honour_code_period")),
    )
    op.create_table(
        "office_act",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("command", sa.String(length=20), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("arguments", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("proposed_by", sa.String(length=40), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.String(length=40), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'proposed') = (decided_by is null) and (decided_by is null) = (decided_at is null)",
            name=op.f("ck_office_act_decision_is_whole"),
        ),
        sa.CheckConstraint("state <> 'done' or proposed_by <> decided_by", name=op.f("ck_office_act_done_by_another")),
        sa.CheckConstraint("state in ('proposed', 'done', 'refused', 'withdrawn')", name=op.f("ck_office_act_state")),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_office_act_decided_by_person")),
        sa.ForeignKeyConstraint(["proposed_by"], ["person.id"], name=op.f("fk_office_act_proposed_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_office_act")),
    )
    with op.batch_alter_table("office_act", schema=None) as batch_op:
        batch_op.create_index(
            "uq_office_act_standing",
            ["command", "subject"],
            unique=True,
            sqlite_where=sa.text("state = 'proposed'"),
            postgresql_where=sa.text("state = 'proposed'"),
        )

    op.create_table(
        "on_duty",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("noted_by", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_on_duty_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_on_duty")),
    )
    op.create_table(
        "poll_slip",
        sa.Column("poll_id", sa.Integer(), nullable=False),
        sa.Column("slip", sa.String(length=32), nullable=False),
        sa.Column("choice", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(["poll_id"], ["poll.id"], name=op.f("fk_poll_slip_poll_id_poll")),
        sa.PrimaryKeyConstraint("poll_id", "slip", name=op.f("pk_poll_slip")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "poll_voter",
        sa.Column("poll_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("has_voted", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_poll_voter_person_id_person")),
        sa.ForeignKeyConstraint(["poll_id"], ["poll.id"], name=op.f("fk_poll_voter_poll_id_poll")),
        sa.PrimaryKeyConstraint("poll_id", "person_id", name=op.f("pk_poll_voter")),
    )
    op.create_table(
        "story",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("teller", sa.String(length=8), nullable=False),
        sa.Column("unit_code", sa.String(length=40), nullable=True),
        sa.Column("person_id", sa.String(length=40), nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("byline", sa.String(length=80), nullable=True),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("consent", sa.String(length=12), nullable=False),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("receipt_hash", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=True),
        sa.Column("decided_by", sa.String(length=40), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'withdrawn') = (words is null)", name=op.f("ck_story_withdrawn_without_words")),
        sa.CheckConstraint("state <> 'chosen' or period is not null", name=op.f("ck_story_chosen_for_a_month")),
        sa.CheckConstraint("state in ('offered', 'chosen', 'declined', 'withdrawn')", name=op.f("ck_story_state")),
        sa.CheckConstraint("teller = 'doctor' or person_id is null", name=op.f("ck_story_patients_are_not_known")),
        sa.CheckConstraint("teller in ('doctor', 'patient')", name=op.f("ck_story_teller")),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_story_decided_by_person")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_story_person_id_person")),
        sa.ForeignKeyConstraint(["unit_code"], ["unit.code"], name=op.f("fk_story_unit_code_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_story")),
        sa.UniqueConstraint("receipt_hash", name=op.f("uq_story_receipt_hash")),
    )
    op.create_table(
        "duty_evidence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("duty_code", sa.String(length=40), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("given_by", sa.String(length=40), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["duty_code"], ["duty.code"], name=op.f("fk_duty_evidence_duty_code_duty")),
        sa.ForeignKeyConstraint(["given_by"], ["person.id"], name=op.f("fk_duty_evidence_given_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_evidence")),
    )
    with op.batch_alter_table("duty_evidence", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_duty_evidence_duty_code"), ["duty_code"], unique=False)

    op.create_table(
        "nomination",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("honour_id", sa.Integer(), nullable=False),
        sa.Column("unit_code", sa.String(length=40), nullable=False),
        sa.Column("candidate", sa.String(length=80), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("nominated_by", sa.String(length=40), nullable=False),
        sa.Column("nominated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("bar", sa.String(length=40), nullable=True),
        sa.CheckConstraint("(state = 'barred') = (bar is not null)", name=op.f("ck_nomination_barred_for_a_reason")),
        sa.CheckConstraint("state in ('eligible', 'barred', 'withdrawn')", name=op.f("ck_nomination_state")),
        sa.ForeignKeyConstraint(["honour_id"], ["honour.id"], name=op.f("fk_nomination_honour_id_honour")),
        sa.ForeignKeyConstraint(["nominated_by"], ["person.id"], name=op.f("fk_nomination_nominated_by_person")),
        sa.ForeignKeyConstraint(["unit_code"], ["unit.code"], name=op.f("fk_nomination_unit_code_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nomination")),
        sa.UniqueConstraint(
            "honour_id", "unit_code", "candidate", name=op.f("uq_nomination_honour_id_unit_code_candidate")
        ),
    )
    op.create_table(
        "result_approval",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("asked_why", sa.Text(), nullable=True),
        sa.Column("quorum", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("opened_by", sa.String(length=80), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("minutes", sa.Text(), nullable=True),
        sa.Column("closed_by", sa.String(length=40), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(number = 1) = (asked_why is null)", name=op.f("ck_result_approval_asked_again_for_a_reason")
        ),
        sa.CheckConstraint("number > 0", name=op.f("ck_result_approval_number_positive")),
        sa.CheckConstraint("(state = 'open') = (closed_at is null)", name=op.f("ck_result_approval_closed_at_the_end")),
        sa.CheckConstraint("(state = 'open') = (minutes is null)", name=op.f("ck_result_approval_minutes_at_the_end")),
        sa.CheckConstraint("state in ('open', 'approved', 'returned')", name=op.f("ck_result_approval_state")),
        sa.CheckConstraint("quorum > 0", name=op.f("ck_result_approval_quorum_positive")),
        sa.ForeignKeyConstraint(["closed_by"], ["person.id"], name=op.f("fk_result_approval_closed_by_person")),
        sa.ForeignKeyConstraint(["period"], ["settlement.period"], name=op.f("fk_result_approval_period_settlement")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_result_approval")),
        sa.UniqueConstraint("period", "digest", "number", name=op.f("uq_result_approval_period_digest_number")),
    )
    op.create_table(
        "signature",
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["period"], ["settlement.period"], name=op.f("fk_signature_period_settlement")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_signature_person_id_person")),
        sa.PrimaryKeyConstraint("period", "digest", name=op.f("pk_signature")),
    )
    op.create_table(
        "approval_voice",
        sa.Column("approval_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("says", sa.String(length=8), nullable=False),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "says = 'approve' or words is not null", name=op.f("ck_approval_voice_returned_with_a_reason")
        ),
        sa.CheckConstraint("says in ('approve', 'return')", name=op.f("ck_approval_voice_says")),
        sa.ForeignKeyConstraint(
            ["approval_id"], ["result_approval.id"], name=op.f("fk_approval_voice_approval_id_result_approval")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_approval_voice_person_id_person")),
        sa.PrimaryKeyConstraint("approval_id", "person_id", name=op.f("pk_approval_voice")),
    )
    op.create_table(
        "rendering",
        sa.Column("bulletin_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("form", sa.String(length=3), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.CheckConstraint("form in ('png', 'svg', 'pdf')", name=op.f("ck_rendering_form")),
        sa.CheckConstraint(
            "kind in ('ranking', 'history', 'trends', 'heat', 'edition')", name=op.f("ck_rendering_kind")
        ),
        sa.ForeignKeyConstraint(["bulletin_id"], ["bulletin.id"], name=op.f("fk_rendering_bulletin_id_bulletin")),
        sa.PrimaryKeyConstraint("bulletin_id", "language", "kind", "form", name=op.f("pk_rendering")),
    )
    op.create_table(
        "retraction",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("bulletin_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("proposed_by", sa.String(length=40), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agreed_by", sa.String(length=40), nullable=True),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'done') = (agreed_by is not null) and (agreed_by is null) = (agreed_at is null)",
            name=op.f("ck_retraction_agreement_is_whole"),
        ),
        sa.CheckConstraint("state in ('proposed', 'done', 'withdrawn')", name=op.f("ck_retraction_state")),
        sa.CheckConstraint("proposed_by <> agreed_by", name=op.f("ck_retraction_agreed_by_another")),
        sa.ForeignKeyConstraint(["agreed_by"], ["person.id"], name=op.f("fk_retraction_agreed_by_person")),
        sa.ForeignKeyConstraint(["bulletin_id"], ["bulletin.id"], name=op.f("fk_retraction_bulletin_id_bulletin")),
        sa.ForeignKeyConstraint(["proposed_by"], ["person.id"], name=op.f("fk_retraction_proposed_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retraction")),
    )
    with op.batch_alter_table("retraction", schema=None) as batch_op:
        batch_op.create_index(
            "uq_retraction_standing",
            ["bulletin_id"],
            unique=True,
            sqlite_where=sa.text("state <> 'withdrawn'"),
            postgresql_where=sa.text("state <> 'withdrawn'"),
        )

    op.drop_table("bulletin_picture")
    with op.batch_alter_table("role", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_role_unit_role_has_unit"), type_="check")
        batch_op.create_check_constraint(op.f("ck_role_unit_role_has_unit"), _UNIT_ROLES)

    with op.batch_alter_table("chat", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_chat_purpose"), type_="check")
        batch_op.create_check_constraint(op.f("ck_chat_purpose"), "purpose in ('bulletin', 'unit', 'office')")
        batch_op.alter_column(
            "address", existing_type=sa.String(length=64), type_=sa.String(length=255), existing_nullable=False
        )

    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.add_column(sa.Column("edits_id", sa.Integer(), nullable=True))
        batch_op.create_check_constraint(op.f("ck_delivery_not_of_itself"), "edits_id <> id")
        batch_op.create_index(batch_op.f("ix_delivery_edits_id"), ["edits_id"], unique=False)
        batch_op.create_foreign_key(batch_op.f("fk_delivery_edits_id_delivery"), "delivery", ["edits_id"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_delivery_not_of_itself"), type_="check")
        batch_op.drop_constraint(batch_op.f("fk_delivery_edits_id_delivery"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_delivery_edits_id"))
        batch_op.drop_column("edits_id")

    with op.batch_alter_table("role", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_role_unit_role_has_unit"), type_="check")
        batch_op.create_check_constraint(op.f("ck_role_unit_role_has_unit"), _UNIT_ROLES_BEFORE)

    with op.batch_alter_table("chat", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_chat_purpose"), type_="check")
        batch_op.create_check_constraint(op.f("ck_chat_purpose"), "purpose in ('bulletin', 'unit')")
        batch_op.alter_column(
            "address", existing_type=sa.String(length=255), type_=sa.String(length=64), existing_nullable=False
        )

    op.create_table(
        "bulletin_picture",
        sa.Column("bulletin_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("png", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.CheckConstraint("kind in ('ranking', 'history')", name=op.f("ck_bulletin_picture_kind")),
        sa.ForeignKeyConstraint(
            ["bulletin_id"], ["bulletin.id"], name=op.f("fk_bulletin_picture_bulletin_id_bulletin")
        ),
        sa.PrimaryKeyConstraint("bulletin_id", "language", "kind", name=op.f("pk_bulletin_picture")),
    )
    with op.batch_alter_table("retraction", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_retraction_standing",
            sqlite_where=sa.text("state <> 'withdrawn'"),
            postgresql_where=sa.text("state <> 'withdrawn'"),
        )

    op.drop_table("retraction")
    op.drop_table("rendering")
    op.drop_table("approval_voice")
    op.drop_table("signature")
    op.drop_table("result_approval")
    op.drop_table("nomination")
    with op.batch_alter_table("duty_evidence", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_duty_evidence_duty_code"))

    op.drop_table("duty_evidence")
    op.drop_table("story")
    op.drop_table("poll_voter")
    op.drop_table("poll_slip")
    op.drop_table("on_duty")
    with op.batch_alter_table("office_act", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_office_act_standing",
            sqlite_where=sa.text("state = 'proposed'"),
            postgresql_where=sa.text("state = 'proposed'"),
        )

    op.drop_table("office_act")
    op.drop_table("honour")
    op.drop_table("duty")
    with op.batch_alter_table("action", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_action_standing",
            sqlite_where=sa.text("state in ('open', 'done')"),
            postgresql_where=sa.text("state in ('open', 'done')"),
        )

    op.drop_table("action")
    with op.batch_alter_table("poll", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_poll_open", sqlite_where=sa.text("state = 'open'"), postgresql_where=sa.text("state = 'open'")
        )

    with op.batch_alter_table("scheme_comment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_scheme_comment_vote_id"))

    op.drop_table("scheme_comment")
    op.drop_table("scheme_vote")
    op.drop_table("poll")
    op.drop_table("channel")
