"""Why a provider stands where it stands, in both languages: each part with its fact, source and date."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from directory.i18n import N_, format_date, format_money, gettext, listed, noted
from directory.taxonomy import label, seat
from directory.types import LANGUAGES, Brief
from matching.features import FAMILIES, FEATURES
from matching.types import Candidate, Fact, Measured

Say: TypeAlias = Callable[[Mapping[str, Any], str], dict[str, object]]
"""Makes the values of a sentence's placeholders, in a language, out of a fact's values."""

_BY_NAME = {feature.name: feature for feature in FEATURES}
_FAMILY_LABELS = {family.name: family.label for family in FAMILIES}
_IN_FAMILY = {
    family.name: [feature.name for feature in FEATURES if feature.family == family.name]
    for family in FAMILIES
}


def _labels(name: str, key: str = "codes") -> Say:
    return lambda values, language: {
        key: listed((label(name, code, language) for code in values[key]), language)
    }


def _plain(values: Mapping[str, Any], language: str) -> dict[str, object]:
    return dict(values)


def _matter(values: Mapping[str, Any], language: str) -> dict[str, object]:
    return {"title": values["title"], "symbols": ", ".join(values["symbols"])}


def _fees(values: Mapping[str, Any], language: str) -> dict[str, object]:
    return {
        "minimum": format_money(values["minimum"], "CNY", language),
        "maximum": format_money(values["maximum"], "CNY", language),
    }


def _services(values: Mapping[str, Any], language: str) -> dict[str, object]:
    return {
        "codes": listed((label("service", code, language) for code in values["codes"]), language),
        "missing": listed((label("service", code, language) for code in values["missing"]), language),
    }


def _tier(values: Mapping[str, Any], language: str) -> dict[str, object]:
    return {
        "state": label("vetting_state", values["state"], language),
        "until": format_date(dt.date.fromisoformat(values["until"]), language) if values["until"] else "",
    }


def _outcomes(values: Mapping[str, Any], language: str) -> dict[str, object]:
    return {
        "measure": label("outcome_measure", values["measure"], language),
        "successes": values["successes"],
        "n": values["n"],
    }


def _seat(values: Mapping[str, Any], language: str) -> dict[str, object]:
    return {"place": seat(values["city"], values["country"], language)}


def _office_matter(values: Mapping[str, Any], language: str) -> dict[str, object]:
    return {"title": values["title"], "office": label("office", values["office"], language)}


def _admission(values: Mapping[str, Any], language: str) -> dict[str, object]:
    return {
        "register": label("register", values["register"], language),
        "day": format_date(dt.date.fromisoformat(values["day"]), language),
    }


def _levels(values: Mapping[str, Any], language: str) -> dict[str, object]:
    spoken = (
        noted(label("language", code, language), label("level", level, language), language)
        for code, level in values["levels"].items()
    )
    return {"levels": listed(spoken, language)}


_SENTENCES: Mapping[str, tuple[str, Say]] = {
    "line_fields": (N_("Offers this in %(codes)s, which you name."), _labels("field")),
    "line_fields_other": (N_("Offers this in other fields, such as %(codes)s."), _labels("field")),
    "line_nice": (N_("Offers this for classes you name: %(codes)s."), _labels("nice")),
    "line_nice_other": (N_("Offers this for other classes, such as %(codes)s."), _labels("nice")),
    "line_field_unknown": (N_("Its fields are not stated."), _plain),
    "matter_field": (N_("Nearest matter: “%(title)s” (%(symbols)s)."), _matter),
    "matters_elsewhere": (N_("None of its matters is near your field."), _plain),
    "no_coded_matters": (N_("No matters with a field are on file."), _plain),
    "industries": (N_("Serves %(codes)s."), _labels("industry")),
    "industries_other": (N_("Serves other industries, such as %(codes)s."), _labels("industry")),
    "industries_unknown": (N_("Its industries are not stated."), _plain),
    "words": (
        N_("Words of yours in its profile: %(words)s."),
        lambda values, language: {"words": listed(values["words"], language)},
    ),
    "no_text": (N_("Its profile has no text."), _plain),
    "services": (N_("Covers %(codes)s, as you ask."), _services),
    "services_part": (N_("Covers %(codes)s; not %(missing)s, which another has to take."), _services),
    "other_purpose": (N_("Its service is for another purpose than yours: %(codes)s."), _labels("purpose")),
    "offices": (N_("Acts at %(codes)s."), _labels("office")),
    "rights": (N_("Right: %(codes)s."), _labels("right")),
    "tier": (N_("%(state)s, until %(until)s."), _tier),
    "tier_open": (N_("%(state)s."), _tier),
    "not_vetted_now": (N_("No current vetting."), _plain),
    "outcomes_rate": (N_("%(measure)s: %(successes)s of %(n)s."), _outcomes),
    "outcomes_few": (N_("%(measure)s: %(successes)s of %(n)s, not enough data for a rate."), _outcomes),
    "no_outcomes": (N_("No outcomes with enough cases are on file."), _plain),
    "references": (N_("%(n)s client references, %(mean)s of 10 on average."), _plain),
    "few_references": (N_("Client references on file: %(n)s, too few for a mean."), _plain),
    "seat": (N_("Seated in %(place)s, where the right has effect."), _seat),
    "seat_elsewhere": (N_("Seated elsewhere, in %(place)s."), _seat),
    "office_matter": (N_("Last matter at %(office)s: “%(title)s”."), _office_matter),
    "no_matter_there": (N_("No matter at this office is on file."), _plain),
    "no_placed_matters": (N_("No matters with an office are on file."), _plain),
    "admission": (N_("Entry in %(register)s, checked on %(day)s."), _admission),
    "no_register": (N_("No register could be checked for this work at this office."), _plain),
    "fees_within": (N_("Fees of %(minimum)s to %(maximum)s, within your budget."), _fees),
    "fees_upper_above": (
        N_("Fees of %(minimum)s to %(maximum)s; the upper end is above your budget."),
        _fees,
    ),
    "fees_above": (N_("Fees of %(minimum)s to %(maximum)s, above your budget."), _fees),
    "fees_unknown": (N_("Its fees are not known."), _plain),
    "reply": (
        N_("First reply after %(hours)s hours (median of %(n)s)."),
        lambda values, language: {"hours": f"{values['hours']:g}", "n": values["n"]},
    ),
    "reply_unknown": (N_("Its time to a first reply is not known."), _plain),
    "languages": (N_("Works in %(levels)s."), _levels),
}  # fmt: skip

_NOT_ASKED: Mapping[str, str] = {
    "field_fit": N_("You name no technology, class or industry, so everybody gets the middle."),
    "service_right_fit": N_("You name no service, right or office, so everybody gets the middle."),
    "budget_fit": N_("You name no budget, so everybody gets the middle."),
    "language": N_("You name no language, so everybody gets the middle."),
}
_UNKNOWN = N_("Nothing is known; the usual value is taken.")

_WOULD_CHANGE: Mapping[str, str] = {
    "line_field": N_("Naming this field for its service would add up to %(points)s points."),
    "matter_field": N_("A matter of its own in this field would add up to %(points)s points."),
    "industry": N_("Work for this industry, once stated, would add up to %(points)s points."),
    "words": N_("A description of this very technology would add up to %(points)s points."),
    "services": N_("Covering the other services too would add up to %(points)s points."),
    "offices": N_("Covering the other offices too would add up to %(points)s points."),
    "rights": N_("Covering the other rights too would add up to %(points)s points."),
    "tier": N_("Vetting with outcome evidence would add up to %(points)s points."),
    "outcomes": N_("Outcomes above the mean, with enough cases, would add up to %(points)s points."),
    "references": N_("Three or more good client references would add up to %(points)s points."),
    "seat": N_("A seat where the right has effect would add up to %(points)s points."),
    "office_matter": N_("A recent matter at this office would add up to %(points)s points."),
    "admission": N_("A fresh check of the register would add up to %(points)s points."),
    "budget": N_("Fees that are known and within your budget would add up to %(points)s points."),
    "reply": N_("Quicker first replies, on record, would add up to %(points)s points."),
    "languages": N_("A higher level in your languages would add up to %(points)s points."),
}


def sentence(fact: Fact, language: str) -> str:
    """What a fact says, in a language; "" when it has nothing to say."""
    said = fact.said
    if said == "services" and fact.values["missing"]:
        said = "services_part"
    elif said == "tier" and not fact.values["until"]:
        said = "tier_open"
    elif said == "outcomes":
        # below 5 an outcome is not shown, below 20 no rate is made of it (features.evidence.THRESHOLDS)
        n = fact.values["n"]
        said = "outcomes_rate" if n >= 20 else "outcomes_few" if n >= 5 else "no_outcomes"
    if said not in _SENTENCES or ("levels" in fact.values and not fact.values["levels"]):
        return ""
    message, values = _SENTENCES[said]
    return gettext(message, language, **values(fact.values, language))


def parts(candidate: Candidate, of: Mapping[str, float]) -> list[dict[str, Any]]:
    """The parts of the score as the exchange format has them, in the order of the families.

    Parameters
    ----------
    of : mapping of str to float
        The most a family can add, as shown.
    """
    return [
        {
            "feature": family.name,
            "points": candidate.points[family.name],
            "of": of[family.name],
            "reason": _reason(candidate, family.name),
            **_source(candidate, family.name),
        }
        for family in FAMILIES
    ]


def _reason(candidate: Candidate, family: str) -> dict[str, str]:
    measured = [candidate.measured[name] for name in _IN_FAMILY[family]]
    asked = [each for each in measured if each.asked]
    texts: dict[str, str] = {}
    for language in LANGUAGES:
        said = [text for each in asked if (text := sentence(each.fact, language))]
        if not said:
            unsaid = _UNKNOWN if asked else _NOT_ASKED.get(family, _UNKNOWN)
            said = [gettext(unsaid, language)]
        texts[language] = ("" if language.startswith("zh") else " ").join(said)
    return texts


def _source(candidate: Candidate, family: str) -> dict[str, str | None]:
    """Source and date of the family's weightiest fact that has them."""
    facts = [
        candidate.measured[name].fact
        for name in sorted(_IN_FAMILY[family], key=lambda name: -_BY_NAME[name].weight)
        if candidate.measured[name].fact.source
    ]
    dated = next((fact for fact in facts if fact.date), facts[0] if facts else None)
    return {"source": dated.source if dated else None, "date": dated.date if dated else None}


def unknown(candidate: Candidate) -> list[str]:
    """What the need asks about and nothing is known of, by name; the weightiest features first."""
    asked = [name for name in _NEVER_KNOWN if name != "deadline" or candidate.case.brief.deadline]
    return [*unknown_features(candidate.measured), *asked]


def unknown_features(measured: Mapping[str, Measured]) -> list[str]:
    """The features that the need asks about and nothing is known of, weightiest first."""
    names = [name for name, each in measured.items() if each.asked and math.isnan(each.value)]
    return sorted(names, key=lambda name: (-_BY_NAME[name].weight, name))


_NEVER_KNOWN: Mapping[str, str] = {
    "conflicts": N_("conflicts of interest, which the provider checks when it is invited"),
    "deadline": N_("whether your deadline can be met"),
}
"""What no record can say; named with every match, so that nobody takes silence for a yes."""


def feature_label(name: str, language: str) -> str:
    """What people read for a name in the list of what is unknown."""
    return gettext(_NEVER_KNOWN[name] if name in _NEVER_KNOWN else _BY_NAME[name].label, language)


def family_label(name: str, language: str) -> str:
    """What people read for a part of the score."""
    return gettext(_FAMILY_LABELS[name], language)


def would_change(candidate: Candidate, weights: Mapping[str, float]) -> dict[str, str]:
    """What would raise the score most: an unknown fact if there is one, else the weakest known one."""
    lacking = unknown_features(candidate.measured) or [
        name for name, each in candidate.measured.items() if each.asked and each.value < 1
    ]
    if not lacking:
        return {language: gettext(N_("Nothing that is measured."), language) for language in LANGUAGES}

    def gain(name: str) -> float:
        value = candidate.measured[name].value
        return weights[name] * (1 - (_BY_NAME[name].neutral if math.isnan(value) else value))

    most = max(lacking, key=lambda name: (gain(name), name))
    points = f"{gain(most):.1f}"
    return {language: gettext(_WOULD_CHANGE[most], language, points=points) for language in LANGUAGES}


_LIFTS: Mapping[str, str] = {
    "vetting_lapsed": N_("Its vetting lapsed on %(day)s; a renewal would lift this."),
    "vetting_lapsed_undated": N_("Its vetting has lapsed; a renewal would lift this."),
    "not_vetted": N_("A vetting of this service would lift this."),
    "service_not_offered": N_("Offering %(services)s would lift this."),
    "not_entitled_right": N_("An entry in a register that entitles to %(rights)s would lift this."),
    "right_not_offered": N_("Offering the service for %(rights)s would lift this."),
    "office_not_covered": N_("Acting at %(offices)s would lift this."),
    "not_instructable": N_("A registered person who can be instructed would lift this."),
    "credential_not_active": N_("An active entry in the register would lift this."),
    "not_authorised": N_("A checked entry in a register for %(offices)s would lift this."),
    "kind_not_wanted": N_("It is a %(kind)s; asking for that kind too would lift this."),
    "language_not_shared": N_("It works in %(languages)s; taking one of them would lift this."),
    "language_unknown": N_("Its languages are not stated; one of yours would lift this."),
    "budget_firm": N_("A budget that is not firm, or reaches its lowest fee, would lift this."),
    "not_accepting": N_("It takes no new work at present."),
}


def lift(candidate: Candidate, reason: str, brief: Brief) -> dict[str, str]:
    """The smallest change that would make a near miss eligible, in both languages."""
    record = candidate.case.record
    lapsed = [
        line.vetting.until
        for line in (record.service_lines[position] for position in candidate.case.verdict.lines)
        if line.vetting and line.vetting.until and line.vetting.until < candidate.case.today
    ]
    said = reason
    if reason == "vetting_lapsed" and not lapsed:
        said = "vetting_lapsed_undated"
    elif reason == "language_not_shared" and not record.languages:
        said = "language_unknown"
    texts: dict[str, str] = {}
    for language in LANGUAGES:
        values = {
            "day": format_date(max(lapsed), language) if lapsed else "",
            "services": listed((label("service", code, language) for code in brief.services), language),
            "rights": listed((label("right", code, language) for code in brief.rights), language),
            "offices": listed((label("office", code, language) for code in brief.offices), language),
            "kind": label("kind", record.kind, language),
            "languages": listed((label("language", s.code, language) for s in record.languages), language),
        }
        texts[language] = gettext(_LIFTS[said], language, **values)
    return texts
