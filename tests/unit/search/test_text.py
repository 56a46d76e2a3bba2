from __future__ import annotations

import pytest

from directory.names import fold
from search.text import bigrams, han_tokens, pieces, pinyin, split


def test_pairs_of_a_run() -> None:
    assert bigrams("芯片厂") == ["芯片", "片厂"]
    assert bigrams("厂") == []


def test_tokens_hold_every_pair_and_the_last_character_of_a_run() -> None:
    tokens = han_tokens(["芯片厂", "商"]).split()
    assert [token for token in tokens if len(token) == 2] == ["芯片", "片厂"]
    assert "厂" in tokens and "商" in tokens


def test_pairs_do_not_reach_over_what_stands_between_runs() -> None:
    assert "片商" not in split(["芯片,商标"])[1].split()
    assert "片商" not in split(["芯片", "商标"])[1].split()


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        (["Power-Electronics, 5G!"], "power electronics 5g"),
        (["snake_case"], "snake case"),
        (["Müller Patentanwälte"], "muller patentanwalte"),
        (["Ｆｕｌｌ ｗｉｄｔｈ"], "full width"),
        (["专利PCT申请"], "pct"),
        (["plain", "芯片 Chip"], "plain chip"),
        ([], ""),
        (["a\x00b \ud800"], "a b"),
    ],
)
def test_words(texts: list[str], words: str) -> None:
    assert split(texts)[0].split() == words.split()


@pytest.mark.parametrize("text", ["專利翻譯", "臺灣商標", "乾燥設備"])
def test_chinese_tokens_of_a_document_are_those_of_a_query(text: str) -> None:
    assert split([text])[1].split() == han_tokens(pieces(fold(text))).split()


def test_pieces_keep_order_and_drop_punctuation() -> None:
    assert pieces("pct申请,5g-芯片") == ["pct", "申请", "5g", "芯片"]


def test_pinyin() -> None:
    assert "beidou" in pinyin("北斗")
