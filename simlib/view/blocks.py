"""Blocks: pieces of a page as safe HTML, which a notebook shows and the report keeps."""

from __future__ import annotations

import html
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from simlib.view.names import Names


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a page: HTML for the reader, plain text for a terminal."""

    html: str
    text: str

    def _repr_mimebundle_(self, **_asked: Any) -> dict[str, str]:
        return {"text/html": self.html, "text/plain": self.text}


def escaped(text: object) -> str:
    """A text that can stand anywhere in HTML."""
    return html.escape(str(text), quote=True)


def section(key: str, names: Names) -> Block:
    """A heading with the sentence that says what is shown under it: `view.section.<key>` and `….about`."""
    title, about = names.say(f"view.section.{key}"), names.say(f"view.section.{key}.about")
    claim = f' data-claim="words:{escaped(key)}"'
    return Block(
        f'<h2 id="{escaped(key)}">{escaped(title)}</h2><p class="about"{claim}>{escaped(about)}</p>', title
    )


def bullets(lines: Iterable[str], *, kind: str = "answer", claim: str = "") -> Block:
    """Sentences as a list. claim: what their numbers are told by (default: the kind); see `claims`."""
    kept = tuple(lines)
    items = "".join(f"<li>{escaped(line)}</li>" for line in kept)
    return Block(
        f'<ul class="{escaped(kind)}" data-claim="{escaped(claim or kind)}">{items}</ul>', "\n".join(kept)
    )


def paragraph(text: str, *, kind: str = "note", claim: str = "") -> Block:
    """One paragraph. claim: what its numbers are told by (default: the kind); see `claims`."""
    told = escaped(claim or kind)
    return Block(f'<p class="{escaped(kind)}" data-claim="{told}">{escaped(text)}</p>', text)
