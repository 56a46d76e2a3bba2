"""What an invented provider offers, where, for how much, how it was vetted, and how it did.

Every share and sum here is invented to look likely; none is a statistic.
"""

from __future__ import annotations

from random import Random

from directory import taxonomy
from directory.demo.profile import Profile, Record, day
from directory.demo.vocabulary import Home, Vocabulary, Weighted

_LINE_COUNT = Weighted(range(1, 10), (6, 12, 19, 25, 17, 10, 6, 3, 2))

_STATES = Weighted(
    ("vetted", "vetted_outcomes", "expired", "listed", "claimed", "verified", "under_review", "restricted",
     "suspended", "removed"),
    (50, 11, 7, 12, 6.5, 8.5, 2, 1.2, 1, 0.8),
)  # fmt: skip

_OTHER_STATES = {
    "vetted": ("verified", "claimed", "expired", "vetted_outcomes", "under_review", "restricted"),
    "vetted_outcomes": ("vetted", "vetted", "vetted", "verified", "expired"),
    "expired": ("vetted", "verified", "claimed"),
    "restricted": ("vetted", "expired", "suspended"),
    "suspended": ("restricted", "expired", "vetted"),
    "removed": ("listed", "claimed"),
}
_EARLY_STATES = ("listed", "claimed", "verified", "under_review")

_FEES_CNY = {  # lowest and highest usual fee of one matter in China
    "SRCH": (4_000, 30_000), "DRAFT": (8_000, 30_000), "PROS": (3_000, 25_000), "OPPO": (18_000, 90_000),
    "LITI": (70_000, 420_000), "ADMENF": (12_000, 60_000), "CUST": (4_000, 25_000), "ONLN": (3_000, 20_000),
    "ADR": (25_000, 160_000), "LIC": (20_000, 120_000), "TRAN": (25_000, 220_000), "VAL": (20_000, 130_000),
    "FIN": (25_000, 260_000), "TRADE": (20_000, 120_000), "COMM": (20_000, 130_000),
    "STRAT": (18_000, 150_000), "PORT": (2_500, 20_000), "TRANS": (3_000, 24_000),
    "POL": (10_000, 60_000), "TRAIN": (6_000, 45_000),
}  # fmt: skip
_UNITS = {
    "hourly": ("hour", 0.06),
    "blended": ("hour", 0.05),
    "retainer": ("year", 2.5),
    "per_unit": ("item", 0.12),
}
_RATES_PERCENT = {"commission": (2, 15), "royalty": (1, 8), "success": (5, 30), "equity": (1, 8)}

_MEASURES = {
    ("PROS", "patent"): (("granted", 0.72), ("granted_scope_kept", 0.68)),
    ("PROS", "utility_model"): (("granted", 0.9),),
    ("PROS", ""): (("registered", 0.86),),
    ("DRAFT", ""): (("granted_scope_kept", 0.66),),
    ("OPPO", "patent"): (("invalidation_survived", 0.6), ("invalidation_won", 0.48), ("opposition_won", 0.5)),
    ("OPPO", ""): (("opposition_won", 0.58),),
    ("LITI", ""): (("won_or_settled", 0.64),),
    ("ADR", ""): (("settled", 0.66),),
    ("ADMENF", ""): (("raids_upheld", 0.84),),
    ("CUST", ""): (("seizures_upheld", 0.82),),
    ("ONLN", ""): (("takedowns_completed", 0.88),),
    ("LIC", ""): (("licences_signed", 0.36),),
    ("TRADE", ""): (("deals_closed", 0.3),),
    ("COMM", ""): (("products_marketed", 0.2), ("licences_signed", 0.3)),
    ("VAL", ""): (
        ("loan_granted_on_report", 0.8),
        ("realised_within_25pct", 0.62),
        ("accepted_by_auditor", 0.9),
    ),
    ("TRAN", ""): (("listing_passed", 0.74),),
    ("SRCH", ""): (("search_confirmed", 0.85),),
    ("TRAIN", ""): (("course_rated_good", 0.85),),
    ("PORT", ""): (("renewals_on_time", 0.998), ("deadlines_met", 0.997)),
    ("TRANS", ""): (("delivered_without_correction", 0.9),),
}
_UNMEASURED = frozenset({"STRAT", "POL"})  # no measure of outcomes fits them
_FINANCE_MEASURES = {
    "pledge": ("loans_completed", 0.7),
    "guarantee": ("loans_performing", 0.95),
    "lease": ("loans_performing", 0.93),
    "abs": ("abs_tranches_no_default", 0.97),
    "insurance": ("claims_paid", 0.8),
    "fund": ("won_or_settled", 0.6),
}
_PURPOSES = {
    "VAL": frozenset(
        {"pledge", "abs", "insurance", "reporting", "damages", "contribution", "licence", "sale"}
    ),
    "FIN": frozenset(_FINANCE_MEASURES),
    "TRADE": frozenset({"sale", "licence"}),
}
_OFFICES_BEYOND = ("EP", "EM", "WO", "EA", "BX", "AP", "OA", "GC", "QZ")
_SPECIAL_RIGHTS = frozenset({"utility_model", "layout", "spc"})
_TECHNICAL_RIGHTS = frozenset({"patent", "utility_model", "trade_secret", "layout", "spc"})
_MARKS = frozenset({"trademark", "gi"})


class Reach:
    """Where a provider works: at home, beyond it, and before the European offices when it may."""

    def __init__(self, profile: Profile, words: Vocabulary, registers: frozenset[str]) -> None:
        random, home = profile.rng.random, profile.home
        self.home = home
        self.registers = registers
        self.european = home.office in taxonomy.covers("EM")
        scope = profile.sub_kind.scope
        self.everywhere = (*_OFFICES_BEYOND[:3], *words.homes, *_OFFICES_BEYOND[3:])
        known: tuple[str, ...] = ()
        if scope == "world":
            known = self.everywhere[: 12 + int(random() ** 1.5 * 53)]
        elif scope == "wide":
            known = (*home.neighbours, *home.wider, *self.everywhere[: int(random() ** 2 * 14)])
        elif scope != "home" and random() < 0.5:
            near = home.neighbours + home.wider
            known = near[: 1 + int(random() * len(near))] if near else ()
        self.open = tuple(dict.fromkeys((home.office, *known)))

    def may(self, service: str, right: str) -> bool:
        """Whether the registers the provider is on, if any is asked for, let it do this work at home."""
        if not taxonomy.is_reserved(service, right):
            return True
        asked = taxonomy.entitling_registers(service, right, self.home.office)
        return not asked or bool(asked & self.registers)

    def offices(self, service: str, right: str, rng: Random) -> list[str]:
        """The offices of one line: for reserved work those where somebody of the provider may act."""
        if not taxonomy.is_reserved(service, right):
            return list(self.open)
        home = self.home.office
        offices = [home]
        if service == "LITI":
            return ["X-UPC"] if "UPC_REP" in self.registers and right in {"patent", "spc"} else offices
        if right == "patent" and "EPO_LIST" in self.registers:
            offices.insert(0, "EP")
        elif right in {"trademark", "design"} and self.registers & {"EUIPO", "DPMA", "DE_BAR"}:
            offices.append("EM")
        elif right == "plant_variety" and self.european:
            offices.append("QZ")
        draw = rng.random()
        if draw < 0.2 and service == "PROS" and right in {"patent", "trademark"}:
            offices.append("WO")
        elif draw > 0.9:
            near = self.home.neighbours + self.home.wider
            offices.extend(office for office in near[: int(rng.random() * 3)] if office not in offices)
        return offices


def service_lines(profile: Profile, reach: Reach) -> list[Record]:
    """What the provider offers, one line for each service and right."""
    random = profile.rng.random
    state = _STATES.pick(profile.rng)
    until_days = 8 + int(random() * 722)
    model = profile.sub_kind.fee_models[int(random() * len(profile.sub_kind.fee_models))]
    level = random()  # how dear the provider is between the lowest and the highest usual fee
    fields = [field.code for field in profile.fields]
    narrow = profile.sub_kind.kind == "lawyer" or random() < 0.6
    lines = []
    for service, right, purposes in _offers(profile, reach):
        line: Record = {
            "service": service,
            "right": right,
            "offices": reach.offices(service, right, profile.rng),
        }
        if right in _TECHNICAL_RIGHTS and narrow:
            line["fields"] = fields if random() < 0.8 else fields[: 1 + len(fields) // 2]
        if right in _MARKS:
            line["nice"] = list(profile.nice)
        if random() < 0.12:
            model = profile.sub_kind.fee_models[int(random() * len(profile.sub_kind.fee_models))]
        line["fee_model"] = model
        line.update(_fee(service, model, profile.home, level, random()))
        if purposes:
            line["purposes"] = purposes
        line["vetting"] = _vetting(profile, service, state, until_days)
        lines.append(line)
    return lines


def _offers(profile: Profile, reach: Reach) -> list[tuple[str, str, list[str]]]:
    """Service, right and purposes of each line, each pair once, the usual ones first."""
    random = profile.rng.random
    wanted = _LINE_COUNT.pick(profile.rng)
    special = profile.home.special_rights
    possible = {
        line: sub_kind
        for sub_kind in reversed(profile.sub_kinds)
        for line in sub_kind.lines
        if line[1] not in _SPECIAL_RIGHTS or line[1] in special
    }
    ordered = [line for sub_kind in profile.sub_kinds for line in sub_kind.lines if line in possible]
    chosen: dict[tuple[str, str], None] = {}
    for line in ordered + ordered:  # what is skipped once may come in the second round
        if len(chosen) == wanted:
            break
        if line not in chosen and random() < (0.72 if reach.may(*line) else 0.08):
            chosen[line] = None
    chosen = chosen or {ordered[0]: None}
    offers = []
    for service, right in chosen:
        sensible = _PURPOSES.get(service, frozenset())
        usual = [purpose for purpose in possible[service, right].purposes if purpose in sensible]
        purposes = [purpose for purpose in usual if random() < 0.6] or usual[:1]
        offers.append((service, right, purposes))
    return offers


def _fee(service: str, model: str, home: Home, level: float, spread: float) -> Record:
    """The fee of a line in the home's currency; about a fifth say nothing of it."""
    if model in _RATES_PERCENT:
        low, high = _RATES_PERCENT[model]
        return {} if spread < 0.25 else {"rate_percent": round(low + level * (high - low), 1)}
    if spread < 0.18 or model == "pro_bono":
        return {}
    unit, share = _UNITS.get(model, ("matter", 1.0))
    low, high = _FEES_CNY[service]
    lowest = (low + level * level * (high - low)) * share * home.price / _cny_per_unit(home.currency)
    minor = 10 ** taxonomy.minor_digits(home.currency)
    fee: Record = {"fee_min_minor": _two_digits(lowest) * minor}
    if spread < 0.85:
        fee["fee_max_minor"] = _two_digits(lowest * (1.4 + 2 * spread)) * minor
    if unit != "matter":
        fee["fee_unit"] = unit
    fee["currency"] = home.currency
    return fee


def _cny_per_unit(currency: str) -> float:
    return taxonomy.reference_rates()[currency].cny_per_unit


def _two_digits(amount: float) -> int:
    """A price as people write it: two digits that count, then zeros."""
    whole = max(int(amount), 10)
    unit: int = 10 ** (len(str(whole)) - 2)
    return whole // unit * unit


def _vetting(profile: Profile, service: str, state: str, until_days: int) -> Record:
    """The vetting of a line: mostly as the provider's other lines, sometimes behind or ahead."""
    random = profile.rng.random
    if random() < 0.1:
        others = _OTHER_STATES.get(state, _EARLY_STATES)
        state = others[int(random() * len(others))]
    if state == "vetted_outcomes" and service in _UNMEASURED:
        state = "vetted"
    if state in {"vetted", "vetted_outcomes"}:
        # a few have run out and no step has marked them yet
        days = -1 - int(random() * 60) if random() < 0.03 else until_days
        return {"state": state, "until": day(profile.as_of, days)}
    if state == "expired":
        return {"state": state, "until": day(profile.as_of, -1 - int(random() * 540))}
    return {"state": state}


def outcomes(profile: Profile, lines: list[Record]) -> list[Record]:
    """Results of vetted lines; those vetted with outcomes have enough of them and good ones."""
    random = profile.rng.random
    window = f"{profile.as_of.year - 3}/{profile.as_of.year - 1}"
    found = []
    for line in lines:
        state = line["vetting"]["state"]
        proven = state == "vetted_outcomes"
        if not proven and (state not in {"vetted", "expired", "restricted"} or random() > 0.3):
            continue
        service, right = line["service"], line["right"]
        measures = _MEASURES.get((service, right)) or _MEASURES.get((service, ""), ())
        if service == "FIN" and line.get("purposes"):
            measures = (_FINANCE_MEASURES[line["purposes"][0]],)
        if not measures:
            continue
        measure, mean = measures[int(random() * len(measures))]
        n = 24 + int(random() ** 2 * 160) if proven else 1 + int(random() ** 2 * 60)
        if service == "PORT":
            n *= 40
        rate = (
            mean + (1 - mean) * (0.45 + 0.4 * random())
            if proven
            else mean + 0.5 * (random() - 0.5) * (1 - mean)
        )
        found.append(
            {
                "service": service,
                "right": right,
                "measure": measure,
                "successes": min(n, round(n * rate)),
                "n": n,
                "window": window,
                "source": "administrator",
            }
        )
    return found


def references(profile: Profile, lines: list[Record]) -> list[Record]:
    """What earlier clients said in the last thirty months of providers that were vetted."""
    if lines[0]["vetting"]["state"] not in {"vetted", "vetted_outcomes", "expired", "restricted"}:
        return []
    random = profile.rng.random
    found = []
    for _ in range(int(random() * 6)):
        line = lines[int(random() * len(lines))]
        found.append(
            {
                "service": line["service"],
                "score": 10 - int(random() ** 2 * 6),
                "scale": 10,
                "month": day(profile.as_of, -20 - int(random() * 880))[:7],
                "engagement_verified": random() < 0.8,
            }
        )
    return found
