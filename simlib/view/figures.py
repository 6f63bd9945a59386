"""A chart's specification as a figure for an offline page: an inline SVG, and the spec beside it.

The SVG needs no script, prints, and is read aloud; when scripts run the page replaces it by the live chart.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import tempfile
from base64 import b64encode
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import vl_convert

from simlib.view.blocks import Block, escaped
from simlib.view.spoken import spoken

VEGA_LITE = "6.4"
"""Version of Vega-Lite that draws, here and in the page."""

SNIPPET = "window.vegaEmbed=vegaEmbed;"

_PANEL = re.compile(""" aria-label="Title text '[^"]*'\"""")
"""What vega says in English before the name of a panel, which is text itself."""
_UNSEEN = re.compile(r'<path class="(?:fore|back)ground" aria-hidden="true" d="(?:" display="none"|[^"]+")/>')
_DRAWN = re.compile(r' (?:d|transform|x2|y2|width|height)="[^"]*"')
_LONG = re.compile(r"-?\d+\.\d{3,}(?:e-\d+)?")

_MARK = re.compile(r"<(path|rect|circle|line)((?:\s[^<>]*?)?)(?:/>|></\1>)")


def figure(spec: dict[str, Any]) -> Block:
    """The figure of a Vega-Lite spec; its title becomes the caption, its description the text alternative.

    `usermeta.claim` names the question it answers (`data-claim`); the data beside it name their columns."""
    title, about = _title(spec.get("title")), str(spec.get("description", ""))
    claim = escaped(spec.get("usermeta", {}).get("claim", "chart"))
    drawn = _lean(spoken({key: part for key, part in spec.items() if key not in ("title", "usermeta")}))
    text = _json(drawn)
    mark = "f" + hashlib.sha256(text.encode()).hexdigest()[:10]
    svg = _spoken(
        _own_ids(_slim(vl_convert.vegalite_to_svg(drawn, vl_version=VEGA_LITE)), mark), title, about
    )
    packed = drawn | {"datasets": {name: _columns(rows) for name, rows in drawn.get("datasets", {}).items()}}
    page_safe = _json(packed).replace("<", "\\u003c")
    return Block(
        f'<figure class="chart" data-claim="{claim}"><figcaption>{escaped(title)}</figcaption>'
        f'<div class="drawing" tabindex="0" role="group" aria-label="{escaped(title)}">{svg}</div>'
        f'<script type="application/json" class="spec">{page_safe}</script></figure>',
        f"[{title}] {about}",
    )


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def _lean(spec: dict[str, Any]) -> dict[str, Any]:
    """The spec with only the columns it names and cells that hold something, numbers to six digits."""
    rest = _json({key: part for key, part in spec.items() if key != "datasets"})
    lean = {
        name: [
            {key: _six_digits(cell) for key, cell in row.items() if key in rest and cell is not None}
            for row in rows
        ]
        for name, rows in spec.get("datasets", {}).items()
    }
    return spec | {"datasets": lean}


def _columns(rows: list[dict[str, Any]]) -> dict[str, list[Any]]:
    """Rows as columns: what a column holds, each value once, then which of them stands in each row.

    -1: nothing stands there. The page's script makes rows of them again.
    """
    columns: dict[str, list[Any]] = {}
    for key in dict.fromkeys(key for row in rows for key in row):
        values = list(dict.fromkeys(row[key] for row in rows if key in row))
        place = {value: at for at, value in enumerate(values)}
        columns[key] = [values, [place[row[key]] if key in row else -1 for row in rows]]
    return columns


def _six_digits(value: Any) -> Any:
    return float(f"{value:.6g}") if isinstance(value, float) else value


def _slim(svg: str) -> str:
    """The SVG without paths nobody sees and what every mark repeats: the font, roles in English.

    Places are kept to a hundredth of a pixel.
    """
    fonts = re.findall(r' font-family="([^"]*)"', svg)
    svg = re.sub(r' font-family="[^"]*"', "", svg)
    svg = re.sub(r' (?:aria-roledescription|role)="[^"]*"| opacity="1"| pointer-events="none"', "", svg)
    svg = _PANEL.sub("", svg)
    svg = _UNSEEN.sub("", svg)
    svg = _DRAWN.sub(lambda found: _LONG.sub(_hundredths, found[0]), svg)
    font = f' font-family="{fonts[0]}"' if fonts else ""
    return svg.replace("<svg ", f'<svg role="img"{font} ', 1)


def _hundredths(found: re.Match[str]) -> str:
    return f"{float(found[0]):.2f}".rstrip("0").rstrip(".")


def _title(title: Any) -> str:
    text = title.get("text", "") if isinstance(title, dict) else title or ""
    return " ".join(text) if isinstance(text, list) else str(text)


def _own_ids(svg: str, mark: str) -> str:
    """Clips and gradients carry running numbers; each SVG of a page needs its own, always the same."""
    for place, name in enumerate(dict.fromkeys(re.findall(r'\bid="([^"]+)"', svg))):
        own = f"{mark}-{place}"
        svg = svg.replace(f'id="{name}"', f'id="{own}"').replace(f"url(#{name})", f"url(#{own})")
        svg = svg.replace(f'href="#{name}"', f'href="#{own}"')
    return svg


def _spoken(svg: str, title: str, about: str) -> str:
    """A title and description for the whole; each mark's label as its <title>: tooltips without script."""

    def titled(found: re.Match[str]) -> str:
        tag, attributes = found.group(1), found.group(2)
        label = re.search(r' aria-label="([^"]*)"', attributes)
        if label is None:
            return found.group(0)
        kept = attributes.replace(label.group(0), "")
        return f"<{tag}{kept}><title>{label.group(1)}</title></{tag}>"

    head = f"<title>{escaped(title)}</title><desc>{escaped(about)}</desc>"
    return re.sub(r"<svg\b[^>]*>", lambda found: found.group(0) + head, _MARK.sub(titled, svg), count=1)


@cache
def bundle() -> str:
    """Vega, Vega-Lite and Vega-Embed as one script, gzipped, in base64; built once a version and cached."""
    kept = _cache_folder() / f"vega-{metadata.version('vl-convert-python')}-{VEGA_LITE}.js.gz"
    try:
        packed = kept.read_bytes()
        gzip.decompress(packed)
    except (OSError, EOFError):
        script: str = vl_convert.javascript_bundle(SNIPPET, vl_version=VEGA_LITE)
        packed = gzip.compress(script.encode(), 9, mtime=0)
        _keep(kept, packed)
    return b64encode(packed).decode("ascii")


def _keep(path: Path, packed: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as part:
            part.write(packed)
        Path(part.name).replace(path)
    except OSError:
        return  # A cache that cannot be written only costs the second of building it again.


def _cache_folder() -> Path:
    home = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    return (Path(home) if home else Path.home() / ".cache") / "simlib"
