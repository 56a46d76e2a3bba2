"""The adverse parties a text names, aliases in brackets as parties of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator

from matching.brief.cues import plain_terms
from matching.brief.folding import FoldedText
from matching.brief.scope import Scope

_NAME_WORD = r"[A-ZÀ-Þ][A-Za-zÀ-ɏ0-9&.'’\-]*"
_NAME = rf"(?:{_NAME_WORD}(?: (?:(?:of|and|und|de|&|der|van|von|the) )?(?:{_NAME_WORD}|\d+\b)){{0,6}})"
_ENGLISH = tuple(
    re.compile(pattern.replace("NAME", _NAME))
    for pattern in (
        r"(?i:competitors?|rivals?|opponents?|adverse part(?:y|ies)|defendants?|respondents?|"
        r"plaintiffs?|claimants?|infringers?|counterpart(?:y|ies)|opposing party|the other side|"
        r"conflict part(?:y|ies)|imitator|copycat|counterfeiter|squatter|troll)(?i:,? (?:is|are|"
        r"called|named|here is|being|would be))?(?:(?<=s)|:|,)?:? ?(?i:a company called |a firm "
        r"called |the company |the firm )?(?P<name>NAME(?:(?:, | and | & )NAME){0,4})(?P<alias> "
        r"?\([^()]{2,60}\))?",
        r"(?i:against|versus|vs\.?|sue|suing|dispute with|conflict with|fight with|infringed by|"
        r"copied by|accused by|sued by|opposed by|attacked by|challenged by|letter from|letter "
        r"\([^()]{2,40}\) from|complaint from|demand from|notice from|threatened by|quarrel with|"
        r"arbitration with|mediation with|lawsuit with|settle with|case with|owned by our "
        r"competitor)(?i: a company called| the company| a firm called| competitor| rival|(?: our| a|"
        r" the| my)(?: former| ex| old| current| main| biggest| local)? (?:competitor|rival|"
        r"distributor|licensee|licensor|partner|supplier|agent|employee|co ?founder|customer|client|"
        r"contractor|manufacturer|reseller|dealer|franchisee))?,? (?P<name>NAME(?:(?:, | and "
        r")NAME){0,4})(?P<alias> ?\([^()]{2,60}\))?",
        r"(?P<name>NAME)(?P<alias> ?\([^()]{2,60}\))?,? (?i:(?:has |have |is |are |had |just "
        r")?(?:sued|suing|sues|accuses|accused|accusing|opposed|opposes|opposing|copied|copies|"
        r"copying|infringes|infringed|infringing|threatens|threatened|threatening|attacked|"
        r"challenges|challenged|invalidating|stole|ripped off|knocked off|claims? that we|says we|"
        r"alleges|registered our|wrote to us|sent us a (?:cease|warning|demand|letter)|filed (?:an? "
        r")?(?:opposition|invalidation|cancellation|revocation|nullity|petition|suit|lawsuit)|is "
        r"selling copies|sells copies|sells fakes))",
        r"(?i:oppos(?:e|ing)|challeng(?:e|ing)|invalidat(?:e|ing)|revok(?:e|ing)|cancel(?:ling)?|"
        r"knock out|attack(?:ing)?) (?P<name>NAME)(?P<alias> ?\([^()]{2,60}\))?(?:'s|’s)",
        r"(?i:(?:mark|patent|registration|application|design)s?(?: \S+){0,2}? (?:of|owned by|held by|"
        r"belonging to|filed by|registered by|by)) (?P<name>NAME)(?P<alias> ?\([^()]{2,60}\))?",
    )
)
_MIXED = (
    re.compile(
        rf"(?:竞争对手|对手|被告|被申请人|对方|友商|抢注人|侵权方|原告)(?:是|为|:|叫|公司)?\s?"
        rf"(?P<name>{_NAME})(?P<alias> ?\([^()]{{2,60}}\))?"
    ),
    re.compile(
        r"(?i:competitor|rival|opponent|defendant|against|sue|infringer|plaintiff|adverse "
        r"party)s?(?: is| are|:)?\s(?P<name>[\u4e00-\u9fff]{2,14}?)(?=[\s,.;:()的]|$|在)(?P<alias> "
        r"?\([^()]{2,60}\))?"
    ),
)
_BY_FORMER_PARTNER = re.compile(
    rf"(?i:by|from|with) (?i:a|an|our|the|my)(?i: former| ex| old)?(?i: [a-z]+)?(?i: supplier| "
    rf"distributor| partner| agent| employee| competitor| licensee| trader| reseller| dealer| "
    rf"manufacturer),? (?i:called |named )?(?P<name>{_NAME})(?P<alias> ?\([^()]{{2,60}}\))?"
)
_SUED_BY = re.compile(
    rf"被\s?(?P<name>{_NAME})(?P<alias> ?\([^()]{{2,60}}\))?"
    rf"(?=[^,。;]{{0,30}}(?:起诉|告|指控|异议|无效|投诉|警告|发函|侵权|sued|oppos|invalid))"
)
_MIXED_PARTNER = re.compile(
    r"(?:with|from|by) (?:[a-z]+ ){0,4}?(?P<name>[\u4e00-\u9fff]{2,14}?)(?=[\s,.;:()]|$)(?P<alias> "
    r"?\([^()]{2,60}\))?",
    re.IGNORECASE,
)
_OPPOSING_ONLY = 4  # the last pattern names an owner, who is adverse only where his right is attacked
_NO_NAME = frozenset(word for _, word in plain_terms("no_names"))

_ZH_STOP = r"「」『』《》,。;:!?()\[\]{}\"'“”‘’、\n\s"
_ZH_END = (
    r"(?=[,。;:!?()、\n\"」』》]|$|的|在|于|已|对|起诉|侵|抄|仿|向|就|提|和我|告|发|拥有|持有|正|也|了|把"
    r"|申请|注册|恶意|抢注|名下|旗下|主张|要求|最近|去年|今年|无效|异议|商标|专利|打|进行)"
)
_CHINESE = tuple(
    re.compile(
        pattern.replace("END", _ZH_END)
        .replace("N1", rf"[「『《\"]?(?P<name>[^{_ZH_STOP}]{{2,24}}?)")
        .replace("ALIAS", r"[」』》\"]?(?P<alias>\([^()]{2,60}\))?")
    )
    for pattern in (
        r"(?:竞争对手|对手|竞品公司|竞品(?=[“「『\x22])|被告|被申请人|被请求人|被异议人|原告|请求人|异议人|申请人对方|侵权方|侵权人|侵权公司|对方公司|"
        r"对方(?!对|能|可)|相对方|冲突方|利益冲突方|利益冲突|友商|仿冒者|抄袭者|抢注人|抢注方|反方)(?:当事人|名单)?(?:是|为|叫|名叫|名称是|名称为|:|即|系|"
        r"有)(?:一家叫|一家|名为|叫)?\s?N1ALIASEND",
        r"(?:竞争对手|对手|被告|友商|竞品(?=[\"「『“]))(?![对就向针把提起在的给已来发找想要会也说还])N1ALIASEND",
        r"(?:被|遭)(?:一家叫|名为)?N1ALIAS(?=起诉|告了|告|指控|投诉|抄|仿|抢注|提|异议|无效|警告|发函|侵权)",
        r"(?:针对|起诉|状告|告|异议|应对|诉)N1ALIAS(?=的?(?:商标|专利|侵权|注册|外观|案))",
        r"(?:跟|与|和|同)N1ALIAS(?=(?:之间)?的?(?:专利|商标|侵权|合同|版权|域名|许可)?(?:诉讼|官司|纠纷|争议|仲裁|案件|打官司|调解|和解))",
        r"(?:收到|接到)(?:了)?N1ALIAS(?:发来|寄来|发出)?(?:的)?(?=(?:律师|警告|侵权)(?:函|信)|起诉|投诉|传票)",
        r"(?:^|[,。;\n])(?:最近|近期|去年|今年|上个月|目前|现在|因为|由于|发现)?N1ALIAS(?=(?:公司)?(?:起诉|状告|告|抄袭|仿冒|抢注|山寨|盗用|"
        r"侵犯|侵权|指控|警告|投诉)(?:了)?(?:我们|我司|我公司|本公司|我方|我的))",
        r"(?:^|[,。;\n])(?:最近|近期|去年|今年|上个月|目前|现在|因为|由于|发现)?N1ALIAS(?=(?:对|针对|就|向)(?:我们|我司|我公司|本公司|"
        r"我方)(?:的)?[^,。;]{0,12}(?:提|发|起诉|异议|无效|主张|索赔))",
        r"(?:想|要|准备|打算|拟|已|希望|决定|能不能)?(?:起诉|状告)(?:了)?(?!我|法院|方|侵权|他|对方|书|状)N1ALIASEND",
    )
)
_ZH_NOT_NAME = re.compile(
    r"^(?:我|他|她|它|你|对方|别人|他人|同行|某|有人|一家|竞争|两家|几家|一个|这|那|第三|其他|国|外|美国|日本|德国|韩国|中国|欧洲|当地|海关|法院|网|电商|淘宝|"
    r"平台|工厂|厂家|很多|多家|不|是|已|人|方|也|侵权|假货|恶意|公司$|要求|赔偿|停止|仿|侵|抄|盗|冒|另|还|包括|共|约定|等|并|或|以及|客户|供应商|前员工|离职|"
    r"员工|方面|比较|主要|可能|没|都|暂|还|合作方|之前|在|专利|商标|请|该|其|发现|上海|深圳|北京)"
)
_ZH_TITLE = re.compile(r"(?:我们的)?(?:竞争对手|对手|友商|同行|被告|一家叫|名为)(?=..)")
_ZH_FIRM = re.compile(
    r"(?:公司|集团|科技|股份|有限|半导体|电子|药业|生物|光电|实业|工业|材料|食品|服饰|机械|传媒|网络|医疗|器械|能源|精工|电气|化工|茶业|集成|微电子|制药|通信|汽车|"
    r"智能|软件|品牌|商贸|贸易|厂)$"
)
_ALSO_KNOWN = re.compile(
    r"^(?:aka|a\.k\.a\.|also known as|also trading as|trading as|formerly|又名|又称|也叫|即|"
    r"英文名|英文名为|英文|简称|曾用名|下称|以下简称)[::]?\s*",
    re.IGNORECASE,
)
_ALSO_AFTER = re.compile(
    rf"^,? ?(?:aka|a\.k\.a\.|also known as|also trading as|trading as|formerly) (?P<name>{_NAME})|"
    rf"^[,，]?(?:又名|又称|也叫|英文名(?:为|是)?)(?P<zh>[^{_ZH_STOP}，。；]{{2,40}})"
)


def read_parties(folded: FoldedText, scope: Scope, *, attacking: bool) -> list[tuple[str, int, int, float]]:
    """(name as written, folded start, folded end, confidence) of each adverse party, in order of the text."""
    found: dict[str, tuple[str, int, int, float]] = {}
    for name, start, end in sorted(_candidates(folded, attacking=attacking), key=lambda item: item[1]):
        if scope.ignored.cover(start, end):
            continue
        key = name.casefold()
        if not any(key in other and start < found[other][2] for other in found):
            found.setdefault(key, (name, start, end, 0.85))
    return list(found.values())


def _candidates(folded: FoldedText, *, attacking: bool) -> Iterator[tuple[str, int, int]]:
    for pattern in _CHINESE:
        for match in pattern.finditer(folded.text):
            start, end = match.span("name")
            if not attacking and match.group().startswith(("对方", "相对方")):
                continue
            prefix = _ZH_TITLE.match(match["name"])
            start += prefix.end() if prefix else 0
            name = folded.words(start, end)
            if (
                _ZH_NOT_NAME.match(match["name"])
                or (match["name"].isascii() and not name[:1].isupper())
                or not _looks_like_name(match["name"])
            ):
                continue
            yield name, start, end
            yield from _aliases(folded, match.span("alias"), end)
    written = _as_written(folded)
    for number, pattern in enumerate(
        (*_ENGLISH, *_MIXED, _SUED_BY, *([_MIXED_PARTNER, _BY_FORMER_PARTNER] if attacking else []))
    ):
        if number == _OPPOSING_ONLY and not attacking:
            continue
        for match in pattern.finditer(written):
            if not attacking and match.group().startswith("对方"):
                continue
            begin = match.start("name")
            for part in re.split(r", | and (?=[A-Z])", match["name"]):
                clean = _without_common(part)
                at = written.find(clean, begin) if clean else -1
                if at >= 0:
                    yield clean, at, at + len(clean)
            yield from _aliases(folded, match.span("alias"), match.end("name"))


def _looks_like_name(name: str) -> bool:
    """A Chinese name without a company word must be short; a sentence part is none."""
    if re.search(r"[几多某一两]家|发现|一批|请求|[在的]|宣$|工厂$|店铺?$|有人|^同", name):
        return False
    return bool(_ZH_FIRM.search(name)) or len(name) <= 10


def _as_written(folded: FoldedText) -> str:
    """The folded text in its original case, position for position."""
    original = folded.original
    return "".join(
        original[start]
        if len(character) == 1
        and original[start : start + 1].isascii()
        and original[start].lower() == character
        else character
        for character, start in zip(folded.text, folded.starts, strict=True)
    )


def _without_common(name: str) -> str:
    words = name.rstrip(".'’").removesuffix("'s").split()
    while words and words[0].rstrip(".,") in _NO_NAME:
        words.pop(0)
    while words and words[-1].rstrip(".,") in (_NO_NAME - {"The"}) and len(words) > 1:
        words.pop()
    if len(words) == 1 and words[0].rstrip(".,") in _NO_NAME:
        return ""
    return " ".join(words)


def _aliases(folded: FoldedText, span: tuple[int, int], end: int) -> Iterator[tuple[str, int, int]]:
    start, stop = span
    if start >= 0:
        written = folded.words(start + 1, stop - 1).strip(" ()（）")
        for part in re.split(r"[,，;；/、]| or ", written):
            name = _ALSO_KNOWN.sub("", part.strip()).strip(" \"“”'")
            if len(name) > 1 and not re.match(
                r"(?i:a |an |the |in |based|see|our|from|一家|位于|总部|上市|以下|德国|美国|日本)", name
            ):
                yield name, start, stop
        end = stop
    rest = folded.words(end, min(end + 60, len(folded.text)))
    match = _ALSO_AFTER.match(rest)
    if match:
        yield (match["name"] or match["zh"]).strip(), end, min(end + match.end(), len(folded.text))
