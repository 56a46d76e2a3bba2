"""What the owner wants done: need type, services, rights, purposes, kinds of provider and what is a must."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from matching.brief.cues import Cue, cue_table
from matching.brief.scope import Scope

_SURE, _LIKELY, _IMPLIED = 0.92, 0.75, 0.6
_FALLBACK = "?"
_PATENT_LIKE = ("patent", "utility_model")
_REGISTERED = (
    "trademark",
    "design",
    "plant_variety",
    "gi",
    "copyright",
    "layout",
    "domain",
    "database",
    "spc",
    "related",
)
_HANDS_ON = frozenset(
    {"OPPO", "LITI", "ADMENF", "CUST", "ONLN", "ADR", "LIC", "TRAN", "VAL", "FIN", "TRADE", "COMM", "PORT"}
)
"""Services about rights that exist already: where they are held is where the work is."""
_PURPOSED = frozenset({"VAL", "FIN", "TRADE"})

_PURPOSE_SERVICES = {
    "sale": frozenset({"VAL", "TRADE"}),
    "licence": frozenset({"VAL", "TRADE"}),
    "damages": frozenset({"VAL"}),
    "reporting": frozenset({"VAL"}),
    "contribution": frozenset({"VAL"}),
}


@dataclass(slots=True)
class Wants:
    """What was read, each code with the cue it was read from and how sure that is.

    `entered_from` are the offices whose application enters a national phase: no work is asked for there.
    `practice` is the general work of a patent or trade mark practice, named as a whole.
    """

    services: dict[str, tuple[Cue, float]] = field(default_factory=dict)
    rights: dict[str, tuple[Cue, float]] = field(default_factory=dict)
    need_type: tuple[str, Cue, float] | None = None
    purposes: dict[str, tuple[Cue, float]] = field(default_factory=dict)
    kinds: dict[str, tuple[Cue, float]] = field(default_factory=dict)
    national_phase: bool = False
    entered_from: tuple[str, ...] = ()
    practice: bool = False

    @property
    def concerns_existing_rights(self) -> bool:
        """Whether the services are about rights that are held already."""
        return bool(_HANDS_ON & set(self.services))


def read_rights(scope: Scope) -> dict[str, tuple[Cue, float]]:
    """The rights the matter is about; what the owner only has already counts where nothing else is named."""
    cues = scope.live(_heads(scope.text, cue_table("rights").find(scope.text)))
    named = [cue for cue in cues if not cue.code.endswith(_FALLBACK)]
    current = [cue for cue in named if not scope.is_finished(cue.start, cue.end)]
    chosen = {cue.code: (cue, _SURE) for cue in reversed(current or named)}
    if not chosen:
        chosen = {cue.code.rstrip(_FALLBACK): (cue, _IMPLIED) for cue in reversed(cues)}
    if "spc" in chosen and current:
        chosen.pop("patent", None)  # the patent that is to be extended
    return _in_order(chosen)


def read_wants(scope: Scope, *, places_named: bool) -> Wants:
    """Everything a text says about what is to be done.

    Parameters
    ----------
    scope : Scope
        The folded text and what it takes back.
    places_named : bool
        Whether the text names a place of work: then a right alone ("trade marks in Poland") is to be filed.
    """
    rights = read_rights(scope)
    table = _live_by_code(scope, "services")
    types = _live_by_code(scope, "need_types")
    wants = Wants(rights=rights)
    if "unsure" in types:
        wants.need_type = ("unsure", types["unsure"][0], _SURE)
        return wants
    if not places_named:
        table.pop("BARE", None)
    wants.services = _services(scope, table, rights, wants)
    if "insure" in types and "FIN" in wants.services:
        for code in ("LITI", "TRADE"):  # the suit that is insured against, the insurance broker
            wants.services.pop(code, None)
    wants.need_type = _need_type(types, wants)
    if (
        wants.national_phase
        and "PORT" not in wants.services
        and wants.need_type
        and wants.need_type[0] == "protect"
    ):
        wants.need_type = ("go_abroad", *wants.need_type[1:])
    wants.kinds = {code: (found[0], _SURE) for code, found in _live_by_code(scope, "kinds").items()}
    if _PURPOSED & set(wants.services):
        wants.purposes = {
            code: (found[0], _SURE)
            for code, found in _live_by_code(scope, "purposes").items()
            if _PURPOSE_SERVICES.get(code, _PURPOSED) & set(wants.services)
        }
    return wants


def _live_by_code(scope: Scope, table: str) -> dict[str, list[Cue]]:
    grouped: dict[str, list[Cue]] = {}
    for cue in scope.live(cue_table(table).find(scope.text)):
        grouped.setdefault(cue.code, []).append(cue)
    return grouped


_JOINED = re.compile(r"(?: and | or | ?[&/,] ?|[和与及或、])$")


def _heads(text: str, cues: Sequence[Cue]) -> list[Cue]:
    """The cues that are no last word of a longer one: a "design patent" is no patent (unless "and" joins)."""
    return [
        cue
        for cue in cues
        if not any(
            other.start < cue.start
            and cue.end == other.end
            and other.code != cue.code
            and not _JOINED.search(text, other.start, cue.start)
            for other in cues
        )
    ]


def _in_order(chosen: Mapping[str, tuple[Cue, float]]) -> dict[str, tuple[Cue, float]]:
    return dict(sorted(chosen.items(), key=lambda item: item[1][0].start))


def _services(
    scope: Scope, table: Mapping[str, list[Cue]], rights: Mapping[str, tuple[Cue, float]], wants: Wants
) -> dict[str, tuple[Cue, float]]:
    chosen: dict[str, tuple[Cue, float]] = {
        code: (cues[0], _SURE)
        for code, cues in table.items()
        if not code.endswith(_FALLBACK) and code not in ("FILE", "FILE~", "FIRM", "BARE", "ENTRY", "DRAFT")
    }
    filing = [cue for cue in table.get("FILE", ()) if not scope.is_finished(cue.start, cue.end)]
    entry = table.get("ENTRY", [])
    wants.national_phase = bool(entry)
    if entry:
        validates = any(_VALIDATES.search(scope.text[cue.start : cue.end]) for cue in entry)
        wants.entered_from = ("WO", "EP") if validates else ("WO",)
    if not set(chosen) - _BESIDE_PRACTICE:
        filing = filing or table.get("FIRM", [])
        wants.practice = bool(table.get("FIRM"))
    if not filing and not _HANDS_ON & set(chosen):
        filing = [cue for cue in table.get("FILE~", ()) if not scope.is_finished(cue.start, cue.end)]
    if entry:
        chosen.setdefault("PROS", (entry[0], _SURE))
    if filing:
        chosen.update(_filed(filing[0], _LIKELY if chosen else _SURE, rights, drafted=not entry))
    if "DRAFT" in table and (set(_PATENT_LIKE) & set(rights) or not rights):
        chosen["DRAFT"] = (table["DRAFT"][0], _SURE)
    elif _taken_back(scope, "DRAFT") or _WRITTEN.search(scope.text):
        chosen.pop("DRAFT", None)
    _drop_topics(chosen, scope)
    _drop_purposes(chosen, table, scope)
    if {"ADR", "LITI"} & set(chosen) and "LIC" in chosen:
        start, end = scope.sentence(chosen["LIC"][0].start)
        if _DISPUTE.search(scope.text[start:end]) or _ABOUT.search(
            scope.text[start : chosen["LIC"][0].start]
        ):
            del chosen["LIC"]
    if "ADR" in chosen and all(
        _ACCUSED.search(scope.text[cue.start : cue.end]) for cue in table.get("LITI", ())
    ):
        chosen.pop("LITI", None)
    _drop_implied(chosen, table, scope)
    if not chosen and "LITI?" in table:
        chosen["LITI"] = (table["LITI?"][0], _IMPLIED)
    for fallback in ("FILE?", "BARE"):
        if not chosen and fallback in table:
            chosen.update(_filed(table[fallback][0], _IMPLIED, rights, drafted=True))
    if "FIN" in chosen and not {"VAL"} & set(chosen) and not _taken_back(scope, "VAL"):
        backed = next((cue for cue in table["FIN"] if _BACKED.search(scope.text[cue.start : cue.end])), None)
        if backed:
            chosen["VAL"] = (backed, _IMPLIED)
    return _in_order(chosen)


_VALIDATES = re.compile(r"validat|生效|验证")
_BESIDE_PRACTICE = frozenset({"COMM", "STRAT", "PORT", "PROS", "SRCH"})
"""Services that a general practice gives too: named beside one, they do not say that this is all."""
_WRITTEN = re.compile(
    r"(?:text|draft|specification|application|claims)s? (?:is|are) (?:already )?(?:ready|written|"
    r"drafted|finished|done)|(?:文件|说明书|文本|文稿)(?:都|均)?(?:已(?:经)?)?(?:写好|准备好|齐备|备好|撰写完)"
)
_ABOUT = re.compile(r"(?:over|about|concerning|under|regarding) (?:[a-z]+ ){0,4}$")
_ACCUSED = re.compile(r"infring|侵|accus|alleg|claim")
_DISPUTE = re.compile(r"争议|纠纷|disput|breach|违约")
_BACKED = re.compile(
    r"pledg|collateral|loan|borrow|securiti|asset backed|abs|质押|贷款|借款|证券化|资产支持|质权"
)


def _filed(
    cue: Cue, confidence: float, rights: Collection[str], *, drafted: bool
) -> dict[str, tuple[Cue, float]]:
    """What filing means by the right: drafting and filing a patent or utility model, else registering."""
    services = {"PROS": (cue, confidence)}
    if drafted and (not rights or set(_PATENT_LIKE) & set(rights)):
        services = {"DRAFT": (cue, confidence), **services}
    return (
        services if not rights or set(rights) - {"trade_secret", "publicity", "traditional_knowledge"} else {}
    )


def _taken_back(scope: Scope, code: str) -> bool:
    """Whether the text names the service only to exclude it or to say that it is done."""
    return any(cue.code == code and not scope.is_live(cue) for cue in cue_table("services").find(scope.text))


_PURPOSE_OF = re.compile(
    r"(?:for|before|ahead of|after|in|during|support\w*|towards?|following|negotiating|as part "
    r"of)(?: [a-z]+){0,3} $|(?:用于|作为?|供|为了?|给|因|后的?|前的?|拟|在|after |目的(?:是|为|:)?|"
    r"purpose ?(?:is|是|:)? ?)[^,。;]{0,8}$"
)


def _drop_purposes(
    chosen: dict[str, tuple[Cue, float]], table: Mapping[str, list[Cue]], scope: Scope
) -> None:
    """Take out what a valuation or record is made for: "value it for a licence" asks for none."""
    for code in ("LIC", "TRADE", "TRAN", "LITI", "FIN") if {"VAL", "PORT"} & set(chosen) else ():
        cues = table.get(code, ())
        if code in chosen and all(
            _PURPOSE_OF.search(scope.text[scope.clause(cue.start)[0] : cue.start]) for cue in cues
        ):
            del chosen[code]


_TOPICS = frozenset({"SRCH", "DRAFT", "PROS", "OPPO", "LITI", "LIC", "VAL", "PORT", "CUST"})


def _drop_topics(chosen: dict[str, tuple[Cue, float]], scope: Scope) -> None:
    """Take out services that are only what a training or a text to translate is about."""
    for code in ("TRAIN", "TRANS"):
        if code not in chosen:
            continue
        around = scope.sentence if code == "TRAIN" else scope.clause
        start, end = around(chosen[code][0].start)
        within = [
            topic for topic, (cue, _) in chosen.items() if topic in _TOPICS and start <= cue.start < end
        ]
        for topic in within:
            del chosen[topic]


def _drop_implied(chosen: dict[str, tuple[Cue, float]], table: Mapping[str, list[Cue]], scope: Scope) -> None:
    """Take out services whose words only belong to another one that is asked for."""

    def inside(code: str, other: str) -> bool:
        return all(
            any(wide.start <= cue.start and cue.end <= wide.end for wide in table.get(other, ()))
            for cue in table.get(code, ())
        )

    for code, others in _PARTS.items():
        for other in others:
            if code in chosen and other in chosen and inside(code, other):
                del chosen[code]


_PARTS: Mapping[str, tuple[str, ...]] = {
    "OPPO": ("SRCH", "PORT"),
    "LITI": ("ONLN", "ADMENF", "FIN", "SRCH", "CUST"),
    "LIC": ("COMM",),
    "VAL": ("SRCH", "FIN"),
    "SRCH": ("PORT", "STRAT"),
    "FIN": ("VAL", "TRADE"),
    "TRADE": ("TRAN", "PORT", "LIC"),
    "TRAN": ("PORT",),
    "STRAT": ("TRAN", "SRCH"),
    "PORT": ("FIN", "STRAT"),
}
"""Services whose words may be only part of the words for another: "opposition watch" is no opposition."""


def _need_type(types: Mapping[str, list[Cue]], wants: Wants) -> tuple[str, Cue, float] | None:
    """The need type: the first of `_RULES` whose words and services are there."""
    services = set(wants.services)
    if (
        "OPPO" in services
        and services <= {"OPPO", "SRCH"}
        and "defend" not in types
        and set(wants.rights) == {"patent"}
    ):
        return "freedom", wants.services["OPPO"][0], _LIKELY
    if services == {"ADR"} and "domain" in wants.rights:
        return "enforce", wants.services["ADR"][0], _LIKELY
    if "OPPO" in services and services <= {"OPPO", "PROS"} and "refused" in types:
        return "protect", types["refused"][0], _LIKELY
    general_care = "PROS" in services and {"SRCH", "PORT"} & services and services <= _CARE
    general_care = general_care or wants.practice
    if general_care and not {"defend", "cut_cost", "go_abroad"} & set(types):
        return "protect", types.get("protect", [wants.services["PROS"][0]])[0], _LIKELY
    for code, needed, unless in _RULES:
        cue = types[code][0] if code in types else None
        if code == "commercialise" and "COMM" in services:
            cue = cue or wants.services["COMM"][0]
        if cue is not None and (not needed or needed & services) and not unless & services:
            return code, cue, _SURE if code not in ("protect", "portfolio") else _LIKELY
    for service, code in _BY_SERVICE:
        if service in services:
            return code, wants.services[service][0], _IMPLIED
    return None


_CARE = frozenset({"SRCH", "DRAFT", "PROS", "OPPO", "PORT", "STRAT"})
"""Services that together are the ordinary care for a portfolio: "oppositions" among them mean no fight."""
_NONE: frozenset[str] = frozenset()
_RULES: tuple[tuple[str, frozenset[str], frozenset[str]], ...] = (
    ("securitise", frozenset({"FIN"}), _NONE),
    ("insure", frozenset({"FIN"}), _NONE),
    ("finance", frozenset({"FIN"}), _NONE),
    ("raise", frozenset({"TRAN", "STRAT", "VAL", "PORT", "COMM"}), frozenset({"DRAFT", "OPPO", "LITI"})),
    ("settle", frozenset({"ADR"}), frozenset({"LITI"})),
    ("defend", frozenset({"OPPO", "LITI", "ADR", "PROS", "SRCH", "ADMENF"}), _NONE),
    ("enforce", frozenset({"LITI", "ADMENF", "CUST", "ONLN", "OPPO", "ADR"}), _NONE),
    ("value", frozenset({"VAL"}), _NONE),
    ("standards", _NONE, frozenset({"LITI"})),
    ("capability", frozenset({"TRAIN", "STRAT"}), frozenset({"PORT", "DRAFT"})),
    ("cut_cost", frozenset({"PORT", "STRAT"}), _NONE),
    ("commercialise", frozenset({"COMM", "LIC", "TRADE"}), _NONE),
    ("trade", frozenset({"TRADE", "LIC", "TRAN"}), frozenset({"DRAFT", "PROS"})),
    ("freedom", frozenset({"SRCH"}), frozenset({"PROS", "DRAFT"})),
    ("go_abroad", frozenset({"PROS", "DRAFT"}), frozenset({"PORT"})),
    ("protect", frozenset({"PROS", "DRAFT"}), _NONE),
    ("portfolio", frozenset({"PORT", "STRAT"}), _NONE),
)
"""(need type, services of which one is asked for, services that rule it out): the first that holds."""

_BY_SERVICE = tuple(
    (service, code)
    for code, services in (
        ("enforce", "LITI ADMENF CUST ONLN OPPO"),
        ("settle", "ADR"),
        ("finance", "FIN"),
        ("value", "VAL"),
        ("commercialise", "COMM"),
        ("trade", "TRADE LIC TRAN"),
        ("portfolio", "PORT"),
        ("protect", "DRAFT PROS"),
        ("capability", "TRAIN"),
        ("freedom", "SRCH"),
    )
    for service in services.split()
)
"""What a service alone says of the need type."""


def read_must(scope: Scope, spans: Iterable[tuple[str, int, int]]) -> list[tuple[str, Cue]]:
    """The keys of a brief whose values the text calls a must.

    Parameters
    ----------
    spans : iterable of (key, start, end)
        The values that were read, with their folded spans.
    """
    cues = scope.live(cue_table("must").find(scope.text))
    found: dict[str, Cue] = {}
    spans = list(spans)
    for key, start, end in spans:
        for cue in cues:
            clause_start, clause_end = scope.clause(cue.start)
            if not scope.text.startswith(("is", "are", "essential", "硬性", "必备", "必要"), cue.start):
                clause_start = (
                    cue.start
                )  # "who speaks Japanese and must be admitted in the US": what follows is the must
            if clause_start <= start and end <= clause_end and key not in found:
                found[key] = cue
    if len(found) > 1:
        found.pop("kinds", None)  # "the lawyer must speak German": the lawyer is only whom it is asked of
    return list(found.items())
