"""Where a need is to be met: offices, and the owner's country, told apart by what the text says of each place."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cache

from directory import taxonomy
from matching.brief.cues import cue_table
from matching.brief.folding import FoldedText
from matching.brief.scope import Scope
from matching.brief.terms import Hit

EUROPE = "Europe"
_BENELUX = "Benelux"
_VAGUE = frozenset(
    {"Asia", "Asia-Pacific", "ASEAN", "South Asia", "Central Asia", "Western Europe", "Southern Europe", "Eastern Europe", "Balkans", "CIS",
     "Middle East", "Africa", "North Africa", "Sub-Saharan Africa", "Latin America", "Caribbean", "Belt and Road", "BRICS"}
)  # fmt: skip
"""Regions too wide to name offices: the owner is asked instead."""

_UPPER_CODES = re.compile(
    r"(?<![A-Za-z$])(US|EP|EU|UK|CN|JP|KR|DE|FR|AU|CA|NZ|SG|HK|TW|BR|GB|MX|CH|NL|ES|RU|VN|TH|MY|ZA|"
    r"IL)(?![A-Za-z$0-9-])"
)
_ALIAS = {"EU": EUROPE, "UK": "GB"}

_FIRM_EN = (
    "company|companies|start up|startup|scale up|firm|manufacturer|maker|group|university|institute|"
    "sme|smes|team|business|studio|designer|inventor|"
    "bakery|dairy|winery|vineyard|restaurant|hotel|clinic|cafe|brewery|producer|developer|retailer|"
    "college|hospital|brand owner|fashion house|chain|corporation|enterprise|foundation|"
    "subsidiary|charity|cooperative|publisher|label|lab|laboratory|school|museum|breeder|author|"
    "artist|musician|photographer|owner|agency|trust|"
    "spin off|spin out|spinout|distillery|farm|house|family firm|engineering office|ltd|inc|gmbh"
)
_OTHER_EN = (
    "competitor|rival|opponent|infringer|seller|trader|troll|factory|copycat|buyer|investor|client|"
    "customer|partner|parent|distributor|supplier|"
    "licensee|licensor|importer|counterfeiter|giant|player|wholesaler|plaintiff|defendant|party"
)
_PROVIDER_EN = (
    "law firm|patent firm|attorney|lawyer|agent|counsel|solicitor|barrister|representative|court|customs"
)
_NOT_SEAT_EN = "against|by|from|for|to|in|on|at|with|vs|and|or|patent|mark|trademark|application|registration|design|market|right|court|customs|law|office|phase|filing|speaking|language"
_SEAT_EN = re.compile(
    rf"(?: based| born)?(?: (?!(?:{_NOT_SEAT_EN})s?\b)[a-z&/]+){{0,3}}? (?:{_FIRM_EN})s?(?![a-z])(?! "
    rf"(?:attorney|agent|name))"
)
_OTHERS_EN = re.compile(
    rf"(?: based)?(?: (?!(?:{_NOT_SEAT_EN})s?\b)[a-z&/]+){{0,3}}? (?:{_OTHER_EN})s?(?![a-z])"
)
_PROVIDERS_EN = re.compile(rf"(?: based| qualified)?(?: [a-z&/]+){{0,3}}? (?:{_PROVIDER_EN})s?(?![a-z])")
_LED_TO_SEAT_EN = re.compile(
    r"(?:(?:we|i|company|which|that|who)(?: are|'re| am|'m| is) (?:based |located |headquartered |"
    r"established |registered |incorporated )?(?:in|from) (?:the )?"
    r"|(?:based|headquartered|incorporated|located|hq|seat|head office|offices?|our (?:lab|workshop|"
    r"factory|plant|institute|company|studio|team|university|business))(?: is)? (?:here )?(?:in|of|"
    r"at) (?:the |downtown )?"
    r"|universit(?:y|ies) of (?:the )?|bank of |city of )$"
)
_OPENS_WITH_FIRM_EN = re.compile(
    rf"(?:^|we are |we're |i am |i'm |our client is |our client, |as )(?:(?:a|an|the|our|small|"
    rf"young) )*(?:[a-z]+ ){{0,3}}?(?:{_FIRM_EN}) (?:from|in|of) (?:the )?$"
)
_SEAT_OF_OTHER_EN = re.compile(
    r"(?<![a-z])(?:competitor|rival|opponent|infringer|supplier|customer|client|parent|investor|"
    r"buyer|distributor|they|he|she|seller)[^.;]{0,30}(?:based|headquartered|located|incorporated|"
    r"from|of|is|are)(?: in)? (?:the )?$"
)
_ORGANISATION_AFTER = re.compile(r",? university| teaching hospital| city council| institute of technology")

_FIRM_ZH = (
    "公司|企业|集团|工厂|厂家|厂商|厂(?=[,。、;]|$)|大学|学院|研究院|研究所|高校|医院|初创|团队|工作室|实验室|园区|老字号|商家|卖家|酒庄|茶厂|药厂|车企|药企|"
    "sme|科技|个体户|"
    "设计师|发明人|品牌(?=[,。、;]|$)|品牌方|连锁店|biotech|startup|start up|team|company|sme|studio|lab|出版社|博物馆|农场|"
    "合作社|创业者|学校|中心"
)
_OTHER_ZH = "对手|同行|买家|买方|客户|投资人|投资方|投资者|经销商|供应商|合作方|母公司|代理商|进口商|被告|原告|友商|巨头|侵权方"
_PROVIDER_ZH = "律所|律师|代理人|代理师|代理机构|事务所|专利局|法院|海关"
_GAP_ZH = r"(?:(?!市场|专利|商标|法院|海关|申请|注册|知识产权局|授权|优先权|我们|我司|起诉|展会|贷款|打官司|开店|上市|销售)[^,。;:!?\n在向到进于想把遭被]){0,14}?"
_SEAT_ZH = re.compile(rf"{_GAP_ZH}(?:{_FIRM_ZH})(?!名称|注册)")
_OTHERS_ZH = re.compile(rf"{_GAP_ZH}(?:{_OTHER_ZH})")
_PROVIDERS_ZH = re.compile(rf"(?:的|当地|本地)?(?:专利|商标|知识产权)?(?:{_PROVIDER_ZH})")
_ATTACKS = re.compile(
    r"[^,。;]{0,18}?(?:(?:起诉|状告|告|指控|警告|抄袭|抄|仿冒|仿|侵犯|侵权|投诉|抢注|说|声称)(?:了)?(?:我|本公司|咱)|对(?:我|本公司)|向(?:我|"
    r"本公司)|发来|发函)|(?: [a-z]+){0,6}? (?:sued?|sues|accus|claims|copied|copies|copying|threaten|alleg|"
    r"oppos|infring|wrote|sent|says|is suing|has sued|registered our)"
)
_ISSUES = re.compile(r"(?:统一)?(?:颁发|核发|备案|认定|批准|登记在册|许可|印发|发布)")
_TARGET = re.compile(
    r"(?:收购|并购|投资|入股|买下|标的(?:公司)?(?:在|位于|是)|acquir\w+|target(?: company)?(?: is)? in|buying|taking "
    r"over)(?: ?(?:一家|某|了|a|an|the))?\s?$"
)
_PRIORITY_AFTER = re.compile(
    r"(?:的)?(?:在先)?(?:专利|商标|申请|外观)*(?:的)?优先权| (?:(?:patent|trade ?mark|design|application|filing|"
    r"first) )*priority"
)
_PRIORITY_BEFORE = re.compile(
    r"priority (?:from|of|to) (?:a |an |the |our )?$|based on (?:a |an |the |our )?$"
)
_LED_TO = re.compile(
    r"(?:(?:in|to|into|at|for|before|via|and|or|with the),? (?:the )?|[在向到进去往入于、,和及与])$"
)
_COPIES_MADE_THERE = re.compile(
    r"(?:的)?(?:一家|几家|某|有|多家|些|一个|当地)?(?:工厂|小工厂|厂家|作坊|仓库|市场|商户|档口)[^,。;]{0,6}?(?:仿|假|抄|侵权|山寨|盗)"
)
_GOES_TO_ZH = re.compile(r"(?:在|(?<!找)(?<!得)(?<!收)到|进|去|往|进入|于|至|打入|销往|卖到|出口到|拓展到)$")
_LED_TO_SEAT_ZH = re.compile(
    r"(?:(?:总部|注册地|公司|我们|我司|团队|厂|本部|所在地)(?:就|都|设)?(?:在|位于|设在|是)|来自|坐落(?:于|在)|(?:公司|企业|startup|start "
    r"up|company|team|团队|厂|sme|firm) ?\(|位于|地处|总部|设立于|成立于)(?:中国)?$"
)
_SEAT_ENDS_ZH = re.compile(
    r"(?:市|省|本地|这边)?(?:的)?(?:[,。;、()]|$|做|从事|专注|生产|开发|研发|是|主营|一家|经营)"
)

_CJK_RUN_AFTER = re.compile(
    r"(?:(?:两|三|四|五|六|七)?(?:地|国|局|方)|专利|商标|市场|同族|申请|注册|布局|都|均|等|外观|知识产权|[,。;、]|$)"
)


@dataclass(frozen=True, slots=True)
class Mention:
    """A place in a folded text and what the text says of it.

    `role` is live, excluded, finished, owner or other (somebody's seat); `led_to`
    says that a word such as "in" or "进" leads to the place.
    """

    code: str
    start: int
    end: int
    role: str
    confidence: float
    led_to: bool


def mentions(folded: FoldedText, scope: Scope, hits: Iterable[Hit]) -> list[Mention]:
    """Every place of the text with its role; `code` is an office, "Europe" or "Benelux"."""
    text = folded.text
    found: list[Mention] = []
    for start, end, codes, sure in _candidates(folded, hits):
        role = _role(text, start, end, scope)
        led_to = _LED_TO.search(text[max(0, start - 24) : start]) is not None
        found += [Mention(code, start, end, role, sure, led_to) for code in codes]
    return found


def _candidates(folded: FoldedText, hits: Iterable[Hit]) -> list[tuple[int, int, tuple[str, ...], float]]:
    text = folded.text
    found: list[tuple[int, int, tuple[str, ...], float]] = []
    for cue in cue_table("offices").find(text):
        found.append((cue.start, cue.end, tuple(cue.code.split()), 0.9))
    found += _abbreviations(text)
    shouting = folded.original.isupper()
    for match in _UPPER_CODES.finditer(text.upper() if not shouting else ""):
        if folded.words(match.start(), match.end()) == match[1]:
            found.append((match.start(), match.end(), (_ALIAS.get(match[1], match[1]),), 0.9))
    taken = [(start, end) for start, end, _, _ in found]
    for hit in hits:
        codes = _codes(hit)
        if not any(start <= hit.start and hit.end <= end for start, end in taken) and _is_place(folded, hit):
            found.append((hit.start, hit.end, codes, 0.95 if hit.name == "office" else 0.85))
    return [place for place in _longest(found) if place[2]]


def _longest(
    found: list[tuple[int, int, tuple[str, ...], float]],
) -> list[tuple[int, int, tuple[str, ...], float]]:
    """Of overlapping places the longest, e.g. "European patent" over "European"."""
    kept: list[tuple[int, int, tuple[str, ...], float]] = []
    for place in sorted(found, key=lambda item: (item[0] - item[1], item[0])):
        if not any(place[0] < other[1] and other[0] < place[1] for other in kept):
            kept.append(place)
    return sorted(kept)


def _codes(hit: Hit) -> tuple[str, ...]:
    if hit.name == "office":
        if set(hit.codes) & {"EP", "EM", "QZ"} and (
            len(hit.codes) > 1 or hit.term in ("eu", "european union", "欧盟")
        ):
            return (EUROPE,)
        return tuple(code for code in hit.codes if code not in ("WO", "IB"))[:1]
    codes: list[str] = []
    for code in hit.codes[:1]:
        if code in _VAGUE:
            continue
        if code in ("Europe", "European Union"):
            codes.append(EUROPE)
        elif code == _BENELUX:
            codes.append(_BENELUX)
        elif code == "North America":
            codes += ["US", "CA"]
        elif code == "Gulf states":
            codes.append("GC")
        elif code == "Nordic":
            codes += ["SE", "NO", "DK", "FI"]
        else:
            codes += taxonomy.entries("place")[code].extra["offices"].split()
    return tuple(codes)


def _is_place(folded: FoldedText, hit: Hit) -> bool:
    text = folded.text
    before, after = text[max(0, hit.start - 24) : hit.start], text[hit.end : hit.end + 24]
    if hit.term in (
        "us",
        "nice",
        "bath",
        "reading",
        "mobile",
        "cork",
        "split",
        "essen",
        "sfc",
        "sip",
        "sg",
        "tipo",
        "dip",
        "id",
    ):
        if hit.term == "nice" and re.match(r" (?:class|agreement|goods)", after):
            return False
        return (
            folded.words(hit.start, hit.end)[:1].isupper()
            and re.search(r"(?:in|at|from|of) $", before) is not None
        )
    if (
        hit.term.isascii()
        and not folded.words(hit.start, hit.end)[:1].isupper()
        and not folded.original.islower()
    ):
        return hit.name == "office" and len(hit.term) > 4
    if re.match(r"\s?(?:\$|dollars?|元|币|圆|pounds?)", after) or re.match(r"(?:语|文|話|话|菜|料理)", after):
        return False
    if hit.term in ("国内", "海外") and after.startswith("外"):
        return False
    return not _is_language(before, after, hit)


_ADJECTIVES = frozenset(
    "chinese english german french japanese korean spanish portuguese italian dutch russian thai "
    "vietnamese indonesian polish swedish turkish danish finnish norwegian czech greek hungarian "
    "romanian".split()
)


def _is_language(before: str, after: str, hit: Hit) -> bool:
    if hit.term not in _ADJECTIVES:
        return False
    if re.match(
        r" ?(?:[,.;:!?)]|$| (?:and|or|/) (?:%s)(?:[,.;:!?)]|$))" % "|".join(sorted(_ADJECTIVES)), after
    ):
        return True
    if hit.term == "english" and not re.match(r" (?:courts?|patents?|mark|high|judge|market|registr)", after):
        return True
    if re.match(
        r"(?: |-)?(?:speak|language|native|translation|text|documents?|email|and english|or english|"
        r"/english|interpret|version)",
        after,
    ):
        return True
    if re.match(
        r" (?:\w+ )?(?:patent|market|court|customs|trade ?mark|mark|application|registration|law|"
        r"lawyer|company|design|utility|office|agent|attorney|part|side|filing|competitor|factory|"
        r"subsidiary|priority)",
        after,
    ):
        return False
    return (
        re.search(
            r"(?:speaks?|speaking|in|into|from|fluent in|reads?|understands?|knows?|writes?|"
            r"english(?:,| and| or|/)|(?:in|speaks?|into) \w+(?:,| and| or)) ?$",
            before,
        )
        is not None
    )


@cache
def _short_names() -> dict[str, str]:
    return {
        entry.extra["short_zh"]: code
        for code, entry in taxonomy.entries("office").items()
        if len(entry.extra.get("short_zh", "")) == 1 and code not in ("EM", "QZ")
    }


def _abbreviations(text: str) -> list[tuple[int, int, tuple[str, ...], float]]:
    """Runs of one-character names: "中美欧三地", "日韩专利"; one alone means nothing."""
    names = _short_names()
    common = "".join(set(names) & set("中美欧日韩英德法俄加澳印港澳台新"))
    found = []
    for match in re.finditer(rf"(?<![一-龥])?[{common}]{{2,8}}", text):
        run = match.group()
        if run in (
            "中文",
            "中国",
            "日本",
            "中加",
            "中日",
            "英德",
            "新加",
            "德法",
        ) and not _CJK_RUN_AFTER.match(text, match.end()):
            continue
        if len(set(run)) == len(run) and _CJK_RUN_AFTER.match(text, match.end()):
            codes = tuple(
                EUROPE
                if names[c] == "EP"
                else "MO"
                if c == "澳" and "港" in run
                else "AU"
                if c == "澳"
                else names[c]
                for c in run
            )
            found.append((match.start(), match.end(), codes, 0.85))
    return found


def _role(text: str, start: int, end: int, scope: Scope) -> str:
    sentence_start, sentence_end = scope.sentence(start)
    before, after = text[sentence_start:start], text[end:sentence_end]
    if scope.excluded.cover(start, end):
        return "excluded"
    seat = _seat(before, after)
    if seat:
        return seat
    if _PRIORITY_AFTER.match(after) or _PRIORITY_BEFORE.search(before):
        return "finished"
    return "finished" if scope.is_finished(start, end) else "live"


def _seat(before: str, after: str) -> str | None:
    """ "owner" or "other" where the place only says where somebody is."""
    if _ISSUES.match(after):
        return "other"
    if _TARGET.search(before):
        return None
    if _PROVIDERS_EN.match(after) or _PROVIDERS_ZH.match(after):
        return None
    if _SEAT_OF_OTHER_EN.search(before):
        return "other"
    if (
        _OPENS_WITH_FIRM_EN.search(before)
        or _LED_TO_SEAT_EN.search(before)
        or _ORGANISATION_AFTER.match(after)
    ):
        return "owner"
    if _LED_TO_SEAT_ZH.search(before) and _SEAT_ENDS_ZH.match(after):
        return "owner"
    if _OTHERS_EN.match(after) or _OTHERS_ZH.match(after):
        return None if _GOES_TO_ZH.search(before) and not after.startswith("的") else "other"
    if re.search(r"(?:^|[ (])in (?:the |mainland )?$", before):
        return None
    if re.search(r"(?:给|向|与|跟|同|被|由|从|卖|找|和)(?:一家|某|了)?$", before) and _SEAT_ZH.match(after):
        return "other"
    if _COPIES_MADE_THERE.match(after):
        return None
    firm = _SEAT_EN.match(after) or _SEAT_ZH.match(after)
    if not firm or (_GOES_TO_ZH.search(before) and not after.startswith("的")):
        return None
    if _ATTACKS.match(after, firm.end()) or re.search(
        r"(?:对手|竞争对手|被告|对方|competitor|against|告|诉|由)(?:是|为|:| is)?(?:一家|某|an?| the)?\s?$",
        before,
    ):
        return "other"
    return "owner"


def offices_for(code: str, rights: Collection[str], services: Collection[str]) -> tuple[str, ...]:
    """The offices that a place stands for: Europe and Benelux depend on the right."""
    if code == EUROPE:
        offices = []
        if {"patent", "spc", "utility_model"} & set(rights) or not rights:
            offices.append("EP")
        if {"trademark", "design", "gi"} & set(rights) or (
            rights and not {"patent", "spc", "utility_model", "plant_variety"} & set(rights)
        ):
            offices.append("EM")
        if "plant_variety" in rights:
            offices.append("QZ")
        return tuple(offices)
    if code == _BENELUX:
        return ("BX",) if {"trademark", "design"} & set(rights) or not rights else ("NL", "BE", "LU")
    return (code,) if taxonomy.is_code("office", code) else ()
