"""How the order is made, published: what counts and how much, who is eligible, and what never counts."""

from __future__ import annotations

from dataclasses import asdict

from flask import Blueprint, jsonify, render_template
from flask_babel import gettext as _

from directory import taxonomy
from directory.i18n import N_, both
from directory.rules.permissions import Access
from matching.features import FAMILIES, FEATURES
from matching.features.evidence import THRESHOLDS
from matching.registry import METHODOLOGY, POLICY

blueprint = Blueprint("methodology", __name__)

ACCESS = {"methodology.show": Access.PUBLIC, "methodology.as_json": Access.PUBLIC}

SOURCES = {
    "provider": N_("the provider's own word"),
    "administrator": N_("checked by an administrator"),
    "client": N_("clients, engagement verified"),
    "register": N_("official registers"),
    "platform": N_("measured by this directory"),
}

RULES = {
    "not_published": N_("The provider is not published."),
    "suspended": N_("Every service line is out, one of them suspended."),
    "restricted": N_("Every service line is out, one of them restricted after a complaint."),
    "removed": N_("Every service line is out, one of them removed."),
    "under_review": N_("Every service line is out, one of them under review."),
    "vetting_lapsed": N_("Every service line is out, one because its vetting has lapsed."),
    "not_vetted": N_("No service line was vetted. A need may say that “verified” is enough."),
    "service_not_offered": N_("No service line offers a service that is asked for."),
    "not_entitled_right": N_(
        "A lawyer does the reserved work at the office, but for other rights, and is not entitled here."
    ),
    "right_not_offered": N_("No service line is for a right that is asked for."),
    "office_not_covered": N_("No such service line names an office that is asked for."),
    "not_instructable": N_("The credentials for the reserved work exist, but their holders take no clients."),
    "credential_not_active": N_("The credentials for the reserved work exist, but none is active."),
    "not_authorised": N_("There is no credential, checked against its register, for the reserved work."),
    "kind_not_wanted": N_("The need names kinds of provider, and this is none of them."),
    "language_not_shared": N_("The need names languages, and none is shared."),
    "budget_firm": N_("The budget is firm, and the lowest fee known is above it."),
    "not_accepting": N_("The provider takes no new work at present."),
}
"""The table of eligibility in words, in its order; once a step leaves no service line, its reason stands."""

NEVER = (
    N_("payment of any kind, and whether a profile is sponsored"),
    N_("how often a profile was seen, clicked or searched for"),
    N_("how big or how old a firm is, and how many people it has"),
    N_("how many filings, matters or clients it has: what counts is how they ended"),
    N_("fame, awards and rankings elsewhere"),
    N_("anything personal: sex, age, nationality, photograph, or what a name suggests"),
    N_("conflicts of interest: the provider checks them after you invite him, and no owner learns of them"),
)


@blueprint.get("/methodology")
def show():
    """The methodology for people."""
    return render_template(
        "matching/methodology.html",
        families=[
            {
                "name": family.name,
                "label": _(family.label),
                "points": family.points,
                "features": [
                    {
                        "label": _(feature.label),
                        "weight": feature.weight,
                        "neutral": feature.neutral,
                        "unit": _(feature.unit),
                        "source": _(SOURCES[feature.source]),
                    }
                    for feature in FEATURES
                    if feature.family == family.name
                ],
            }
            for family in FAMILIES
        ],
        rules=[
            {"code": code, "step": entry.extra["step"], "text": _(RULES[code])}
            for code, entry in taxonomy.entries("reason").items()
        ],
        never=[_(text) for text in NEVER],
        thresholds=THRESHOLDS,
        version=METHODOLOGY,
        model=POLICY,
    )


@blueprint.get("/methodology.json")
def as_json():
    """The same for programs: numbers as they are used, texts in both languages."""
    return jsonify(
        version=METHODOLOGY,
        model={"name": POLICY.name, "version": POLICY.version},
        families=[asdict(family) | {"label": both(family.label)} for family in FAMILIES],
        features=[
            asdict(feature) | {"label": both(feature.label), "unit": both(feature.unit)}
            for feature in FEATURES
        ],
        evidence=asdict(THRESHOLDS),
        eligibility=[
            {
                "step": int(entry.extra["step"]),
                "reason": code,
                "label": {"en": entry.label_en, "zh-Hans": entry.label_zh},
                "text": both(RULES[code]),
            }
            for code, entry in taxonomy.entries("reason").items()
        ],
        never_counts=[both(text) for text in NEVER],
        ties="hash(need, provider)",
        payment_is_an_input=False,
    )
