"""An explanation as people read it, in chat, on a page or in the terminal. PURE: numbers are rounded here, once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction

from consortium.disclosure import mark_text
from evaluation.curve_wording import curve_text
from evaluation.elements import Note, Wording
from evaluation.explanation import ExplainedLine, Explanation, ForeignFigure
from evaluation.explanation_frame import (
    certainty_lines,
    override_lines,
    revision_lines,
    standing_lines,
    sub_score_lines,
)
from evaluation.peer_wording import peer_lines
from evaluation.scoring import TOO_FEW_ANSWERS
from locales.numbers import plain, rounded
from locales.texts import pick, text
from surveys.figure_wording import definition_name
from surveys.structure import OTHER

_BELOW, _BETWEEN = "  ", " · "  # what stands with a figure: on a line of its own, piece by piece


def explanation_text(explanation: Explanation, language: str) -> str:
    """The total, every dimension with its lines and their inputs, the parties, and what the scheme assumes."""
    parts = [
        *_head(explanation, language),
        behind_text(explanation, language),
        *held_lines(explanation, language),
        *waived_lines(explanation, language),
    ]
    for dimension in dict.fromkeys(line.dimension for line in explanation.lines):
        parts += ["", *dimension_lines(explanation, dimension, language)]
    parts += ["", *_parties(explanation, language), *sub_score_lines(explanation, language)]
    parts += [*_peers(explanation, language), *_third_party(explanation, language)]
    parts += ["", *_notes(explanation, language), *override_lines(explanation, language)]
    parts += revision_lines(explanation, language)
    scheme = {"title": pick(explanation.scheme_title, language), "year": explanation.scheme_year}
    version = {"version": explanation.scheme_version, "digest": explanation.digest}
    return "\n".join([*parts, text(language, "evaluation.explain.scheme", **scheme, **version)])


def standing_text(explanation: Explanation, language: str) -> list[str]:
    """The result alone, line by line: total, rank, what it rests on, and the points of each dimension."""
    names, points = explanation.dimension_names, explanation.dimensions
    return [
        *_head(explanation, language),
        behind_text(explanation, language),
        *held_lines(explanation, language),
        *waived_lines(explanation, language),
        *revision_lines(explanation, language)[:1],
        "",
        *(_part("evaluation.explain.dimension", pick(names.get(code, {}), language) or code, points[code], language)
          for code in points),
    ]  # fmt: skip


def _head(explanation: Explanation, language: str) -> list[str]:
    names = {"unit": pick(explanation.unit_name, language), "tier": pick(explanation.tier_name, language)}
    return [
        text(language, "evaluation.explain.head", period=explanation.period, **names),
        *([_total(explanation, language)] if explanation.veto is None else []),
        rank_text(explanation.rank, explanation.rank_of, explanation.unranked_reason, language),
        *certainty_lines(explanation, language),
        *standing_lines(explanation, language),
    ]


def dimension_lines(explanation: Explanation, dimension: str, language: str) -> list[str]:
    """A dimension with its points, and each of its lines with what must be said of its figure."""
    name = pick(explanation.dimension_names.get(dimension, {}), language) or dimension
    told = [_part("evaluation.explain.dimension", name, explanation.dimensions.get(dimension), language)]
    for line in explanation.lines:
        if line.dimension == dimension:
            told.append(line_text(line, language, is_part=explanation.days is not None))
            evidence = survey_parts(line, language)
            told += [_BELOW + _BETWEEN.join(evidence)] if evidence else []
    return told


def line_text(line: ExplainedLine, language: str, *, is_part: bool = False) -> str:
    """One line: the figure and where it comes from, its curve, the points. `is_part`: for a part of the period."""
    name, points = pick(line.name, language), plain(line.scheme_points)
    if line.value is None and line.points is None:
        stream = stream_text(line, language)
        reason = reason_text(line.reason, language) + (f" · {stream}" if stream else "")
        key = "explain.bonus_missing" if line.is_bonus else "evaluation.explain.missing"
        return text(language, key, name=name, reason=reason, points=points)
    if line.points is not None and line.curve is None:  # put together from parts of the period
        told = {"points": rounded(line.points), "scheme_points": rounded(line.scheme_points)}
        return text(language, "explain.line_put_together", name=name, reason=reason_text(line.reason, language), **told)
    assert line.value is not None
    value = figure_text(line.value, line.unit, line.unit_wording, language) + _behind(line, language)
    if line.curve is None:
        return text(language, "evaluation.explain.watched", name=name, value=value)
    curve = curve_text(line.curve, language, reference=line.reference, against=line.against, is_part=is_part)
    if line.share is None or line.points is None:
        shown = text(language, "explain.value_shown", value=value, reason=reason_text(line.reason, language))
        return text(language, "evaluation.explain.missing", name=name, reason=shown, points=points)
    told = {"name": name, "value": value, "curve": curve, "points": rounded(line.points), "scheme_points": points}
    if line.reason is not None:
        return text(language, "explain.line_reason", reason=reason_text(line.reason, language), **told)
    key = "explain.line_bonus" if line.is_bonus else "explain.line"
    return text(language, key, share=rounded(100 * line.share), **told)


def figure_text(value: Fraction, unit: str | None, unit_wording: Wording | None, language: str) -> str:
    """A figure with its unit of measure: `16.2 %`, `8.3 days`."""
    if unit is None:
        return f"{plain(value)} {pick(unit_wording or {}, language)}".rstrip()
    return text(language, f"evaluation.figure.{unit}", value=plain(value))


def rank_text(rank: int | None, rank_of: int, unranked_reason: str | None, language: str) -> str:
    """The rank within the tier, or why there is none."""
    if rank is None:
        return text(language, f"evaluation.unranked.{unranked_reason}")
    return text(language, "evaluation.rank", rank=rank, of=rank_of)


def raters_text(band: str | None, language: str) -> str:
    """How many units rated, as a band."""
    return (
        text(language, "evaluation.raters.few") if band is None else text(language, "evaluation.raters.band", band=band)
    )


def responses_text(responses: int | None, language: str) -> str:
    """How many patients' answers count, or that they are fewer than five."""
    if responses is None:
        return text(language, "evaluation.responses.few")
    return text(language, "evaluation.responses.count", n=responses)


def behind_text(explanation: Explanation, language: str) -> str:
    """How many patients and units stand behind the total."""
    responses = responses_text(explanation.responses, language)
    if explanation.peers_waived is not None:
        return text(language, "evaluation.explain.behind_waived", responses=responses)
    raters = raters_text(explanation.rater_band, language)
    return text(language, "evaluation.explain.behind", responses=responses, raters=raters)


def held_lines(explanation: Explanation, language: str) -> list[str]:
    """How many doubted answers do not count; nothing where it was not noted at settlement."""
    held = explanation.held_out
    if held is None:
        return []
    return [text(language, "evaluation.held.some" if held else "evaluation.held.none", n=held)]


def waived_lines(explanation: Explanation, language: str) -> list[str]:
    """That the month was settled without peers, and why; nothing else."""
    if explanation.peers_waived is None:
        return []
    return [text(language, "peers.waived", reason=explanation.peers_waived)]


def survey_parts(line: ExplainedLine, language: str) -> list[str]:
    """What must be said with a survey's figure besides n: definition, interval, invited, response rate, modes, window.

    Of a third party's: interval and window; its name and definition stand with the figure. Nothing without a figure.
    """
    if line.definition is None or line.value is None:
        return []
    parts = []
    if line.surveyor is None:
        name = definition_name(line.definition, language)
        parts.append(text(language, "evaluation.survey.definition", name=name, id=line.definition))
    if line.low is not None and line.high is not None:
        parts.append(text(language, "figures.interval", low=rounded(line.low), high=rounded(line.high)))
    if line.invited is not None:
        key = "evaluation.survey.invited" if line.response_rate is not None else "evaluation.survey.nobody_invited"
        rate = rounded(100 * line.response_rate) if line.response_rate is not None else ""
        parts.append(text(language, key, invited=line.invited, rate=rate))
    if line.mode_mix:
        modes = text(language, "evaluation.list_separator").join(_modes(line.mode_mix, language))
        parts.append(text(language, "evaluation.survey.modes", modes=modes))
    return [*parts, text(language, "evaluation.survey.window", window=line.window)]


def foreign_text(figure: ForeignFigure, language: str) -> str:
    """One result of a third party, with its source and definition. Rule 97."""
    definition = source_definition(figure.definition, language)
    stream = text(language, "evaluation.stream.third_party", source=figure.source, definition=definition)
    if figure.score is None:
        return text(language, "evaluation.foreign.hidden", stream=stream, reason=reason_text(TOO_FEW_ANSWERS, language))
    told = text(language, "evaluation.foreign.shown", stream=stream, score=rounded(figure.score), n=figure.n)
    if figure.low is None or figure.high is None:
        return told
    return _BETWEEN.join((told, text(language, "figures.interval", low=rounded(figure.low), high=rounded(figure.high))))


def _modes(mix: Mapping[str, int | None], language: str) -> Iterable[str]:
    few = text(language, "evaluation.mode.few")
    return (text(language, f"evaluation.mode.{mode}", n=few if n is None else n) for mode, n in mix.items())


def _third_party(explanation: Explanation, language: str) -> list[str]:
    if not explanation.third_party:
        return []
    lines = [f"· {foreign_text(figure, language)}" for figure in explanation.third_party]
    return ["", text(language, "evaluation.foreign.head"), *lines]


def _peers(explanation: Explanation, language: str) -> list[str]:
    lines = peer_lines(explanation.peer, language)
    comments = [f"· {comment}" for comment in explanation.peer_comments]
    if comments:
        comments.insert(0, text(language, "peers.comments"))
    return ["", *lines, *comments] if lines or comments else []


def reason_text(reason: str | None, language: str) -> str:
    """Why a figure is missing."""
    return text(language, f"evaluation.reason.{reason}")


def _total(explanation: Explanation, language: str) -> str:
    if explanation.total is None:
        return text(language, "evaluation.explain.no_total")
    key = "evaluation.explain.total" if explanation.complete else "evaluation.explain.total_incomplete"
    return text(
        language,
        key,
        total=rounded(explanation.total),
        earned=rounded(explanation.earned),
        available=plain(explanation.available),
    )


def _part(key: str, name: str, points: Fraction | None, language: str) -> str:
    shown = rounded(points) if points is not None else text(language, "evaluation.explain.nothing")
    return text(language, key, name=name, points=shown)


def _behind(line: ExplainedLine, language: str) -> str:
    """The counts, answers, raters or other figures behind a figure."""
    if line.of:
        names = text(language, "evaluation.list_separator").join(pick(name, language) or code for code, name in line.of)
        return text(language, "explain.made_of", names=names)
    if line.numerator is not None and line.denominator is not None:
        counts = {"numerator": plain(line.numerator), "denominator": plain(line.denominator)}
        return text(language, "evaluation.explain.counts", **counts)
    if line.rater_band is not None:
        mark = mark_text(line.value, language) if line.value is not None else ""
        return text(language, "evaluation.explain.raters", mark=mark, raters=raters_text(line.rater_band, language))
    if line.is_marked:
        return text(language, "panel.explained", words=panel_text(line, language))
    stream = stream_text(line, language)
    if stream:
        return text(language, "evaluation.explain.third_party", stream=stream, n=line.n)
    return text(language, "evaluation.explain.answers", n=line.n) if line.n is not None else ""


def panel_text(line: ExplainedLine, language: str) -> str:
    """The experts' mark that a figure stands for, on the scale of 1–5, and how what was pooled is taken."""
    if not line.is_marked or line.low is None or line.high is None or not line.target:
        return ""
    low, high = (plain(1 + 4 * end / line.target) for end in (line.low, line.high))
    if line.low == line.high:
        return text(language, "panel.figure.exactly", mark=low)
    is_top = line.high == line.target
    return text(language, "panel.figure.more" if is_top else "panel.figure.less", mark=low if is_top else high)


def stream_text(line: ExplainedLine, language: str) -> str:
    """Whose survey a figure comes from and by which definition, where it is not our own; else nothing. Rule 97."""
    if line.surveyor is None:
        return ""
    definition = source_definition(line.definition or "", language)
    return text(language, "evaluation.stream.third_party", source=line.surveyor, definition=definition)


def source_definition(definition: str, language: str) -> str:
    """The name of a definition of ours, or the third party's own words."""
    return definition.removeprefix(OTHER) if definition.startswith(OTHER) else definition_name(definition, language)


def _parties(explanation: Explanation, language: str) -> Iterable[str]:
    for party, points in explanation.parties.items():
        name = pick(explanation.party_names.get(party, {}), language) or party
        yield _part("evaluation.explain.party", name, points, language)


def _notes(explanation: Explanation, language: str) -> Iterable[str]:
    """The scheme's remarks and assumptions; what is said alike of several indicators is said once."""
    names: Mapping[str, Wording] = {line.code: line.name for line in explanation.lines}
    about: dict[tuple[bool, str], list[str]] = {}
    for note in explanation.notes:
        grouped = about.setdefault((note.assumed, _note_text(note, language)), [])
        if note.indicator is not None:
            grouped.append(pick(names.get(note.indicator, {}), language) or note.indicator)
    separator = text(language, "evaluation.list_separator")
    for (assumed, words), indicators in about.items():
        key = "evaluation.note.assumed" if assumed else "evaluation.note.remark"
        shown = separator.join(dict.fromkeys(indicators))
        yield text(language, key, about=shown, note=words) if indicators else words


def _note_text(note: Note, language: str) -> str:
    """The note's own words; without them, what is assumed follows from where it stands: in a tier, the points."""
    if note.text is not None:
        return pick(note.text, language)
    return text(language, "evaluation.note.ends" if note.tier is None else "evaluation.note.points")
