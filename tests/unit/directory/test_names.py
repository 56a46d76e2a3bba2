"""Spellings of one name become equal, and different names stay different."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.names import core_name, fold, fold_name, pinyin


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("  PUDONG\tChip  IP ", "pudong chip ip"),
        ("Ｆｕｌｌ　Ｗｉｄｔｈ", "full width"),
        ("浦東芯片知識產權", "浦东芯片知识产权"),
        ("Müller Straße Łódź Ægir Søn", "muller strasse lodz aegir son"),
        ("Hà Nội", "ha noi"),
        ("“O’Neil” – rights", '"o\'neil" - rights'),
        ("Пример", "пример"),
        ("侵权，诉讼。", "侵权,诉讼."),
        ("soft\u00adhyphen\u200b", "softhyphen"),
        ("bad \ud800 half", "bad half"),
        ("", ""),
    ],
)
def test_fold(text, folded):
    assert fold(text) == folded


@given(st.text())
def test_fold_is_stable_and_never_fails(text):
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("FISH & EXAMPLE P.C.", "Fish and Example, PC"),
        ("J. R. R. Example", "JRR Example"),
        ("O'Example", "OExample"),
        ("Example-Muster", "example muster"),
        ("示例（上海）知识产权", "示例 上海 知識產權"),
    ],
)
def test_fold_name_makes_spellings_equal(one, other):
    assert fold_name(one) == fold_name(other) != ""


def test_fold_name_keeps_different_names_apart():
    assert fold_name("Example North") != fold_name("Example South")


@pytest.mark.parametrize(
    ("name", "core"),
    [
        ("Isar Photonics Patentanwälte PartG mbB", "isar photonics"),
        ("Patentanwälte Isar Photonics", "isar photonics"),
        ("Straße GmbH & Co. KG", "strasse"),
        ("Example Pty Ltd", "example"),
        ("Example & Muster LLP", "example and muster"),
        ("Example Law Firm, P.C.", "example"),
        ("Łódź IP Sp. z o.o.", "lodz ip"),
        ("浦东芯片知识产权代理有限公司", "浦东芯片"),
        ("浦東芯片知識產權代理有限公司", "浦东芯片"),
        ("北京示例律师事务所（特殊普通合伙）", "北京示例"),
        ("特許業務法人 例示国際特許事務所", "例示"),
        ("株式会社例示", "例示"),
    ],
)
def test_core_name_drops_company_forms(name, core):
    assert core_name(name) == core


@pytest.mark.parametrize("name", ["有限公司", "律师事务所", "Patentanwälte", "Ltd", "P.C."])
def test_core_name_of_a_bare_form_is_not_empty(name):
    assert core_name(name)


def test_core_name_of_nothing_is_nothing():
    assert core_name(" (!) ") == ""


@pytest.mark.parametrize("name", ["a." * 50_000, "(" * 50_000, "and " * 20_000, "有限公司" * 20_000])
def test_hostile_names_are_taken(name):
    assert isinstance(core_name(name), str)


@given(st.text(max_size=60))
def test_core_name_never_fails(name):
    assert len(core_name(name)) <= len(fold_name(name))


@pytest.mark.parametrize(
    ("name", "spellings"),
    [
        ("張偉", ("zhang wei", "zhangwei")),
        ("浦东芯片", ("pu dong xin pian", "pudongxinpian")),
        ("Example", ()),
        ("", ()),
    ],
)
def test_pinyin(name, spellings):
    assert pinyin(name) == spellings


@pytest.mark.parametrize(
    ("name", "spelling"),
    [
        ("单示例", "shan shi li"),
        ("单示例", "dan shi li"),
        ("曾示", "zengshi"),
        ("吕示", "lu shi"),
        ("吕示", "lvshi"),
        ("吕示", "lyu shi"),
        ("上海IP", "shang hai ip"),
    ],
)
def test_pinyin_variants(name, spelling):
    assert spelling in pinyin(name)
