"""Compute a settled period again from its export: `python3 replay.py FOLDER`. Needs Python 3.11 or newer, nothing else.

FOLDER was written by `tongping export PERIOD --output FOLDER`. From what came in (inputs.csv) and scheme.json shares,
points, totals and ranks are computed, exactly, and held against lines.csv and scorecards.csv. Exit 1: they differ.
"""

import csv
import hashlib
import json
import sys
from fractions import Fraction
from pathlib import Path
from statistics import median

NONE, ALL, HALF = Fraction(0), Fraction(1), Fraction(1, 2)
FULL, SPANS = {"percent": Fraction(100), "share": ALL}, {"month": 1, "quarter": 3, "year": 12}
WORTHLESS = {"not_approved", "bonus_paid"}  # there, but waiting for approval, or paid earlier in the year
TAKEN_OVER = {"mean_of_months", "by_version"}  # points put together from settled parts of the period


def table(folder, name, kinds):
    """The rows of a file; numbers are exact, an empty cell is None, an apostrophe only keeps spreadsheets quiet."""
    readers = {"number": Fraction, "whole": int, "json": json.loads}
    with (folder / f"{name}.csv").open(encoding="utf-8-sig", newline="") as lines:
        rows = [{column: text.removeprefix("'") for column, text in row.items()} for row in csv.DictReader(lines)]
    return [{c: readers.get(kinds.get(c), str)(text) if text else None for c, text in row.items()} for row in rows]


def straight(value, floor, target):
    """Nothing at `floor`, everything at `target`, straight between; a target below the floor counts downwards."""
    return min(max((value - floor) / (target - floor), NONE), ALL)


def curve_of(indicator, line):
    """The curve in a tier: the line's ends in place of the indicator's, and what goes without saying."""
    curve = {"curve": "linear", "by": "value"} | indicator | line
    curve |= {end: Fraction(str(curve[end])) for end in ("floor", "target", "ceiling") if end in curve}
    if curve["curve"] == "checklist" or curve["by"] == "share" or curve["direction"] == "qualitative":
        return curve | {"floor": NONE, "target": FULL[curve["unit"]]}
    starts_at_zero = curve["curve"] == "linear" and curve["direction"] == "up" and curve.get("definition") != "nps"
    return {"floor": NONE} | curve if starts_at_zero else curve


def share_of(curve, value, reference, months):
    """The share of the points that a value earns, 0 to 1."""
    kind, is_down, floor, target = curve["curve"], curve["direction"] == "down", curve.get("floor"), curve.get("target")
    if kind == "count":
        return straight(value, NONE, target * months / SPANS[curve.get("per", "month")])
    if kind == "band":
        low, high = (Fraction(str(edge)) for edge in curve["band"])
        end, edge = (floor, low) if value < low else (curve.get("ceiling"), high)
        return ALL if low <= value <= high else NONE if end is None else straight(value, Fraction(end), edge)
    if kind == "steps":
        steps = [(Fraction(str(limit)), Fraction(str(share))) for limit, share in curve["steps"]]
        return max((share for limit, share in steps if (value <= limit if is_down else value >= limit)), default=NONE)
    if kind == "relative":
        value, target = value - reference, target or NONE
        if floor is None:
            return Fraction(value <= target if is_down else value >= target)
    return straight(value, floor, target)


class Tier:
    """A tier: its table in the scheme, its units with their months as members, and the figures that came in."""

    def __init__(self, scheme, code, months, given):
        self.indicators, self.lines = scheme["indicators"], scheme["tiers"][code]["indicators"]
        self.months, self.given = months, given

    def value(self, unit, code):
        """A figure that came in or is made of others; None where there is none."""
        indicator, kind = self.indicators[code], self.indicators[code].get("input")
        if kind not in {"mean", "complement"}:
            return self.given.get((unit, code), {}).get("value")
        full, by_share = FULL.get(str(indicator["unit"])), indicator.get("by") == "share"
        parts = [self.share(unit, part) if by_share else self.value(unit, part) for part in indicator["of"]]
        known = [full * part if by_share else part for part in parts if part is not None]
        mean = sum(known, NONE) / len(known) if known else None
        return full - mean if kind == "complement" and known else mean

    def reference(self, unit, code, against):
        """What a relative curve is measured against."""
        if against != "tier_median":
            return self.given.get(("*", code), {}).get("value") if against == "region" else self.value(unit, against)
        counted = [each for each in self.months if self.given.get((each, code), {}).get("reason") not in WORTHLESS]
        return median([value for each in counted if (value := self.value(each, code)) is not None] or [None])

    def share(self, unit, code):
        """What the figure earns; None where there is no figure, nothing to earn or nothing to measure against."""
        value, curve = self.value(unit, code), curve_of(self.indicators[code], self.lines.get(code, {}))
        if value is None or curve["direction"] == "watch":
            return None
        if self.given.get((unit, code), {}).get("reason") in WORTHLESS:
            return NONE
        reference = self.reference(unit, code, curve["against"]) if curve["curve"] == "relative" else NONE
        return None if reference is None else share_of(curve, value, reference, self.months[unit])


def digest(manifest, tables):
    """The digest that the bulletin prints: SHA-256 over everything frozen, in one fixed form."""
    content = {name: manifest[name] for name in ("period", "scheme", "previous", "readings") if name in manifest}
    for name, rows in tables.items():
        kept = [{c: v for c, v in row.items() if v is not None or c not in manifest["optional"]} for row in rows]
        kept.sort(key=lambda row: (row["unit_code"], row.get("indicator", "")))
        content[name] = [{"period": manifest["period"]} | row for row in kept]
    written = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(written.encode()).hexdigest()


def replay(folder):
    """Compute everything, print each unit with its rank, total and dimensions, and return what differs."""
    manifest, scheme = (json.loads((folder / f"{name}.json").read_bytes()) for name in ("manifest", "scheme"))
    names = ("units", "inputs", "lines", "scorecards")
    units, inputs, lines, cards = (table(folder, name, manifest["kinds"]) for name in names)
    found = [f for f, sha in manifest["files"].items() if hashlib.sha256((folder / f).read_bytes()).hexdigest() != sha]
    given, settled = ({(row["unit_code"], row["indicator"]): row for row in rows} for rows in (inputs, lines))
    whole = {"cards": cards, "lines": [given[place] | row for place, row in settled.items()]}
    found += ["digest"] if manifest["is_exact"] and digest(manifest, whole) != manifest["digest"] else []
    totals, sums = {}, {}
    for unit, code in ((card["unit_code"], card["tier"]) for card in cards):
        months = {row["unit_code"]: row["months"] for row in units if row["tier"] == code}
        tier, available, sums[unit] = Tier(scheme, code, months, given), NONE, {}
        for name, row in ((name, row) for (owner, name), row in settled.items() if owner == unit):
            share, worth = tier.share(unit, name), Fraction(str(tier.lines.get(name, {"points": 0})["points"]))
            free = NONE if share is None or tier.indicators[name].get("bonus") else worth
            made = None if share is None or name not in tier.lines else share * worth, free
            if given[unit, name]["reason"] in TAKEN_OVER:
                made = row["points"], row["available"]
            elif made != (row["points"], row["available"]):
                found.append(f"{unit} {name}: settled {row['points']}, computed {made[0]}")
            sums[unit][row["dimension"]] = sums[unit].get(row["dimension"], NONE) + (made[0] or NONE)
            available += made[1]
        totals[unit] = min(100 * sum(sums[unit].values()) / available, Fraction(100)) if available else None
    for card in sorted(cards, key=lambda card: (card["tier"], card["rank"] or len(cards))):
        unit, total = card["unit_code"], None if card["unranked_reason"] == "vetoed" else totals[card["unit_code"]]
        rivals = [c["unit_code"] for c in cards if c["tier"] == card["tier"] and c["unranked_reason"] is None]
        rank = 1 + sum((totals[each] or NONE) > (total or NONE) for each in rivals) if unit in rivals else None
        if (total, rank) != (card["total"], card["rank"]):
            found.append(f"{unit}: settled {card['total']}, rank {card['rank']}; computed {total}, rank {rank}")
        factor = (total or NONE) / (sum(sums[unit].values()) or ALL)
        shown = {"total": total or NONE} | {name: points * factor for name, points in sums[unit].items()}
        print(card["tier"], rank or "-", unit, *(f"{n} {int(100 * v + HALF) / 100:.2f}" for n, v in shown.items()))
    return found


if __name__ == "__main__":
    differences = replay(Path(sys.argv[1]))
    print("\n".join(differences) or "everything agrees")
    sys.exit(bool(differences))
