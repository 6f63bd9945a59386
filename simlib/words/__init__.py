"""The one catalogue of words: every label and message a person reads, in Chinese and English.

Each room keeps its words in a YAML file of this folder, one entry a line: `key: {zh: …, en: …}`.
A key stands once in the whole catalogue.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib import resources
from typing import Any, Literal

import yaml

Lang = Literal["zh", "en"]
LANGS: tuple[Lang, ...] = ("zh", "en")


def _terminal_lang() -> str:
    asked = os.environ.get("SIMLIB_LANG") or os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    return "zh" if asked.startswith("zh") else "en"


_lang: ContextVar[str | None] = ContextVar("simlib_lang", default=None)


def current_lang() -> str:
    """The language in force: the one set here, else SIMLIB_LANG, else that of the terminal."""
    return _lang.get() or _terminal_lang()


def set_lang(lang: str) -> None:
    """Make `lang` the language in force."""
    if lang not in LANGS:
        raise ValueError(f"language is one of {', '.join(LANGS)}, not {lang!r}")
    _lang.set(lang)


@contextmanager
def speaking(lang: str) -> Iterator[None]:
    """Put `lang` in force for a while."""
    token = _lang.set(lang)
    try:
        yield
    finally:
        _lang.reset(token)


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """Every entry of the catalogue, by key."""
    entries: dict[str, dict[str, str]] = {}
    folder = resources.files(__name__)
    for file in sorted(folder.iterdir(), key=lambda item: item.name):
        if not file.name.endswith(".yaml"):
            continue
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        for key, entry in (yaml.load(file.read_text("utf-8"), Loader=loader) or {}).items():
            if key in entries:
                raise ValueError(f"{file.name}: the word {key!r} stands twice in the catalogue")
            entries[key] = entry
    return entries


def has(key: str) -> bool:
    """Whether the catalogue has this key."""
    return key in catalogue()


def say(key: str, lang: str | None = None, /, **values: Any) -> str:
    """The words for `key` in `lang` (default: the language in force), blanks filled.

    Raises KeyError when the catalogue lacks the key or a blank is not given.

    >>> say("township", "en")
    'Township'
    """
    text = catalogue()[key][lang or current_lang()]
    return text.format(**values)


def pick(text: Mapping[str, str] | str, lang: str | None = None) -> str:
    """The `lang` side of a {zh, en} pair read from a file; a bare string stands for both."""
    if isinstance(text, str):
        return text
    wanted = lang or current_lang()
    return text.get(wanted) or next(iter(text.values()))


def stated(share: float, lang: str | None = None) -> str:
    """A share that somebody set, as texts write it: no decimals it does not have, English with a space.

    >>> stated(0.03, "zh"), stated(0.025, "en")
    ('3%', '2.5 %')
    """
    space = " " if (lang or current_lang()) == "en" else ""
    return f"{round(share * 100, 4):g}{space}%"


_NUMBERS = re.compile(r"\d+(?:[–-]\d+)?(?:, \d+(?:[–-]\d+)?)*")
_SIDES = re.compile(r"(?<=[）。”]) ?/ | / ")
_CHINESE, _LATIN = re.compile(r"[\u4e00-\u9fff]"), re.compile(r"[A-Za-z]{3}")
_PLACES = (
    (rf"\barts?\. ({_NUMBERS.pattern})", r"第\1条"),
    (r"\bannex (\d+)", r"附件\1"),
    (r"\bpart (\d+)", r"第\1部分"),
    (r",? ?\bno\. (\d+)", r"第\1项"),
    (r" ?\((\d+)\) ?", r"（\1）"),
    (r"; ?", "；"),
)


def cited(article: str, lang: str | None = None) -> str:
    """Where in a text something stands, as law files write it, in a language.

    Law files write it as English texts do; numbers alone are articles.

    >>> cited("annex 3 part 3 (1)", "zh"), cited("art. 21", "zh"), cited("art. 21", "en")
    ('附件3 第3部分（1）', '第21条', 'art. 21')
    >>> cited("8, 10", "zh"), cited("20", "zh"), cited("8, 10", "en"), cited("", "zh")
    ('第8、10条', '第20条', 'arts. 8, 10', '')
    """
    article = side(article, lang)
    if _NUMBERS.fullmatch(article):
        article = f"{'art.' if article.isdecimal() else 'arts.'} {article}"
    if (lang or current_lang()) != "zh":
        return article
    for pattern, said in _PLACES:
        article = re.sub(pattern, said, article)
    return re.sub(r"(?<=\d), (?=\d)", "、", article)


def side(text: str, lang: str | None = None) -> str:
    """The side of a text that stands in both languages as "中文 / English"; any other text as it is.

    Several such texts may stand after each other, with a semicolon between.

    >>> side("未见数据 / No figure", "en"), side("转载（某报）/ a reprint", "zh"), side("a / b", "en")
    ('No figure', '转载（某报）', 'a / b')
    >>> told = "推算 / reckoned; 县合计 / county total"
    >>> side(told, "en"), side(told, "zh")
    ('reckoned; county total', '推算；县合计')
    """
    first, *rest = _SIDES.split(text)
    if not rest or not _CHINESE.search(first):
        return text
    chinese, english = [first], []
    for part in rest[:-1]:  # English, then the Chinese of the next: that from where no Latin word stands
        pieces = part.split("; ")
        turn = next((at for at in range(1, len(pieces)) if not _LATIN.search("".join(pieces[at:]))), None)
        english.append("; ".join(pieces[:turn]))
        chinese += ["; ".join(pieces[turn:])] if turn else []
    english.append(rest[-1])
    return "；".join(chinese) if (lang or current_lang()) == "zh" else "; ".join(english)
