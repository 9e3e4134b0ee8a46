"""rounds with their own ballots, results with intervals."""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


_SHOW_BANDS = (
    "update peer_result set score = case when raters < 5 then null else score end,"
    " raters = case when raters >= 20 then 20 when raters >= 10 then 10 when raters >= 5 then 5 else 0 end"
)
_THRESHOLDS = '{"raters": 5, "criterion": 8, "comments": 10}'
_RESULT_CHECKS = {
    "raters_as_band": "raters in (0, 5, 10, 20)",
    "score_with_raters": "(score is null) = (raters = 0)",
    "band": "band in ('upper', 'middle', 'lower')",
    "rank_in_interval": "rank_low <= rank and rank <= rank_high",
}


def upgrade() -> None:
    """Ballots of a round under way are of the old form, without the token that shows whose they are: count it first."""
    if op.get_bind().exec_driver_sql("select count(*) from ballot").scalar_one():
        msg = "count and erase the round with the version that took its ballots, then upgrade"
        raise RuntimeError(msg)
    op.create_table(
        "peer_comment",
        sa.Column("id", sa.String(length=43), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("unit_code", sa.String(length=40), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("reworded", sa.Text(), nullable=True),
        sa.Column("reworded_by", sa.String(length=40), nullable=True),
        sa.Column("reworded_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["period"], ["review_round.period"], name=op.f("fk_peer_comment_period_review_round")),
        sa.ForeignKeyConstraint(["reworded_by"], ["person.id"], name=op.f("fk_peer_comment_reworded_by_person")),
        sa.ForeignKeyConstraint(["unit_code"], ["unit.code"], name=op.f("fk_peer_comment_unit_code_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_peer_comment")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "peer_criterion",
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("unit_code", sa.String(length=40), nullable=False),
        sa.Column("criterion", sa.String(length=32), nullable=False),
        sa.Column("score", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["period"], ["review_round.period"], name=op.f("fk_peer_criterion_period_review_round")
        ),
        sa.ForeignKeyConstraint(["unit_code"], ["unit.code"], name=op.f("fk_peer_criterion_unit_code_unit")),
        sa.PrimaryKeyConstraint("period", "unit_code", "criterion", name=op.f("pk_peer_criterion")),
    )
    op.create_table(
        "peer_fit",
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("estimates", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["period"], ["review_round.period"], name=op.f("fk_peer_fit_period_review_round")),
        sa.PrimaryKeyConstraint("period", "part", name=op.f("pk_peer_fit")),
    )
    op.create_table(
        "peer_residue",
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["period"], ["review_round.period"], name=op.f("fk_peer_residue_period_review_round")),
        sa.PrimaryKeyConstraint("period", name=op.f("pk_peer_residue")),
    )
    op.create_table(
        "peer_waiver",
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.String(length=80), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_by", sa.String(length=40), nullable=True),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("second_by", sa.String(length=40), nullable=True),
        sa.Column("second_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(first_by is null) = (first_at is null)", name=op.f("ck_peer_waiver_first_is_whole")),
        sa.CheckConstraint("(second_by is null) = (second_at is null)", name=op.f("ck_peer_waiver_second_is_whole")),
        sa.CheckConstraint("first_by <> second_by", name=op.f("ck_peer_waiver_agreed_by_two")),
        sa.CheckConstraint("second_by is null or first_by is not null", name=op.f("ck_peer_waiver_first_comes_first")),
        sa.ForeignKeyConstraint(["first_by"], ["person.id"], name=op.f("fk_peer_waiver_first_by_person")),
        sa.ForeignKeyConstraint(["second_by"], ["person.id"], name=op.f("fk_peer_waiver_second_by_person")),
        sa.PrimaryKeyConstraint("period", name=op.f("pk_peer_waiver")),
    )
    op.create_table(
        "published_receipts",
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("published", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["period"], ["review_round.period"], name=op.f("fk_published_receipts_period_review_round")
        ),
        sa.PrimaryKeyConstraint("period", name=op.f("pk_published_receipts")),
    )
    op.drop_table("ballot")
    op.execute(_SHOW_BANDS)
    with op.batch_alter_table("peer_result") as batch:
        batch.drop_constraint(op.f("ck_peer_result_raters_counted"), type_="check")
        for name in ("rank", "rank_low", "rank_high"):
            batch.add_column(sa.Column(name, sa.Integer(), nullable=True))
        batch.add_column(sa.Column("band", sa.String(length=10), nullable=True))
        for name, condition in _RESULT_CHECKS.items():
            batch.create_check_constraint(op.f(f"ck_peer_result_{name}"), condition)
    with op.batch_alter_table("review_round") as batch:
        batch.add_column(sa.Column("thresholds", sa.Text(), nullable=False, server_default=_THRESHOLDS))
        batch.add_column(sa.Column("token_key", sa.String(length=64), nullable=True))
        batch.add_column(sa.Column("ballots_void", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("root", sa.String(length=64), nullable=True))
    _prepare_rounds_without_ballots()


def _prepare_rounds_without_ballots() -> None:
    """A round in which nobody has voted yet goes on: with a table of its own, and a key for its tokens."""
    connection = op.get_bind()
    waiting = connection.exec_driver_sql("select period from review_round where state <> 'erased'").scalars().all()
    for period in waiting:
        op.create_table(
            f"ballots_{period.replace('-', '_')}",
            sa.Column("id", sa.String(length=43), primary_key=True),
            sa.Column("sealed", sa.Text(), nullable=False),
            sqlite_with_rowid=False,
        )
        connection.execute(
            sa.text("update review_round set token_key = :key where period = :period"),
            {"key": secrets.token_hex(32), "period": period},
        )


def downgrade() -> None:
    with op.batch_alter_table("review_round") as batch:
        for name in ("root", "ballots_void", "token_key", "thresholds"):
            batch.drop_column(name)
    with op.batch_alter_table("peer_result") as batch:
        for name in _RESULT_CHECKS:
            batch.drop_constraint(op.f(f"ck_peer_result_{name}"), type_="check")
        for name in ("band", "rank_high", "rank_low", "rank"):
            batch.drop_column(name)
        batch.create_check_constraint(op.f("ck_peer_result_raters_counted"), "raters >= 0")
    op.create_table(
        "ballot",
        sa.Column("id", sa.VARCHAR(length=43), nullable=False),
        sa.Column("period", sa.VARCHAR(length=7), nullable=False),
        sa.Column("sealed", sa.TEXT(), nullable=False),
        sa.ForeignKeyConstraint(["period"], ["review_round.period"], name=op.f("fk_ballot_period_review_round")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ballot")),
        sqlite_with_rowid=False,
    )
    op.drop_table("published_receipts")
    op.drop_table("peer_waiver")
    op.drop_table("peer_residue")
    op.drop_table("peer_fit")
    op.drop_table("peer_criterion")
    op.drop_table("peer_comment")
