"""a panel of experts with its evidence files."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "panel",
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("criteria", sa.Text(), nullable=False),
        sa.Column("minimums", sa.Text(), nullable=False),
        sa.Column("tables", sa.Text(), nullable=False),
        sa.Column("token_key", sa.String(length=64), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ballots_counted", sa.Integer(), nullable=True),
        sa.Column("ballots_void", sa.Integer(), nullable=True),
        sa.Column("root", sa.String(length=64), nullable=True),
        sa.Column("receipts", sa.Text(), nullable=True),
        sa.CheckConstraint("state in ('open', 'closed', 'counted', 'erased')", name=op.f("ck_panel_state")),
        sa.PrimaryKeyConstraint("period", name=op.f("pk_panel")),
    )
    op.create_index(
        "uq_panel_open",
        "panel",
        ["state"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "evidence_file",
        sa.Column("id", sa.String(length=43), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("unit_code", sa.String(length=40), nullable=False),
        sa.Column("indicator", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=4), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("handed_in_by", sa.String(length=40), nullable=False),
        sa.Column("handed_in_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind in ('pdf', 'png', 'jpg', 'xlsx', 'docx')", name=op.f("ck_evidence_file_kind")),
        sa.CheckConstraint("size > 0", name=op.f("ck_evidence_file_size_positive")),
        sa.ForeignKeyConstraint(["handed_in_by"], ["person.id"], name=op.f("fk_evidence_file_handed_in_by_person")),
        sa.ForeignKeyConstraint(["unit_code"], ["unit.code"], name=op.f("fk_evidence_file_unit_code_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence_file")),
        sa.UniqueConstraint(
            "period",
            "unit_code",
            "indicator",
            "digest",
            name=op.f("uq_evidence_file_period_unit_code_indicator_digest"),
        ),
    )
    with op.batch_alter_table("evidence_file", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_evidence_file_period"), ["period"], unique=False)

    op.create_table(
        "panel_result",
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("unit_code", sa.String(length=40), nullable=False),
        sa.Column("indicator", sa.String(length=40), nullable=False),
        sa.Column("mark", sa.Text(), nullable=True),
        sa.Column("reach", sa.String(length=10), nullable=True),
        sa.Column("score", sa.Text(), nullable=True),
        sa.CheckConstraint("reach in ('less', 'exactly', 'more')", name=op.f("ck_panel_result_reach")),
        sa.CheckConstraint(
            "(mark is null) = (score is null) and (mark is null) = (reach is null)", name=op.f("ck_panel_result_whole")
        ),
        sa.ForeignKeyConstraint(["period"], ["panel.period"], name=op.f("fk_panel_result_period_panel")),
        sa.ForeignKeyConstraint(["unit_code"], ["unit.code"], name=op.f("fk_panel_result_unit_code_unit")),
        sa.PrimaryKeyConstraint("period", "unit_code", "indicator", name=op.f("pk_panel_result")),
    )
    op.create_table(
        "panel_task",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("unit_code", sa.String(length=40), nullable=False),
        sa.Column("casts", sa.Integer(), nullable=False),
        sa.CheckConstraint("casts >= 0", name=op.f("ck_panel_task_casts_counted")),
        sa.ForeignKeyConstraint(["period"], ["panel.period"], name=op.f("fk_panel_task_period_panel")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_panel_task_person_id_person")),
        sa.ForeignKeyConstraint(["unit_code"], ["unit.code"], name=op.f("fk_panel_task_unit_code_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_panel_task")),
        sa.UniqueConstraint("period", "person_id", "unit_code", name=op.f("uq_panel_task_period_person_id_unit_code")),
    )


def downgrade() -> None:
    op.drop_table("panel_task")
    op.drop_table("panel_result")
    with op.batch_alter_table("evidence_file", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_evidence_file_period"))

    op.drop_table("evidence_file")
    op.drop_table("panel")
