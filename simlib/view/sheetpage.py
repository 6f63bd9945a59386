"""A form as HTML: one table a sheet, for a page of its own and for the pages of a report."""

from __future__ import annotations

from openpyxl.utils import get_column_letter

from simlib.view.blocks import escaped
from simlib.view.sheets import Cell, Figure, Form, Layout, Sheet, layout, shown

_RISKY = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
"""What begins a formula; Excel takes the wide forms too. Source: OWASP, CSV Injection, 2024."""

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_STYLE = """
@page{size:A4 landscape;margin:12mm}
body{font-family:"Noto Serif CJK SC","Source Han Serif SC","SimSun","Songti SC",serif;margin:1.5em;color:#111}
section{margin:0 0 2.5em}
table{border-collapse:collapse;font-size:10.5pt;margin:.3em 0;width:100%}
h2{font-size:14pt;text-align:center;margin:0 0 .4em}
th,td{border:1px solid #808080;padding:.25em .35em;vertical-align:middle;overflow-wrap:anywhere}
thead{display:table-header-group} tr{break-inside:avoid}
td.n[colspan]{text-align:center}
th{background:#e8eef4;font-weight:bold;overflow-wrap:normal}
td.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
td.blank{background:#fff8e1} tr.total td{font-weight:bold;background:#f5f7f9}
p{margin:.2em 0;font-size:10pt} .sign{margin-top:1em;white-space:pre-wrap}
td,th,h2,p{mso-number-format:"\\@"} td.n{mso-number-format:General}
@media screen{thead{position:sticky;top:0;z-index:1}}
@media print{body{margin:0} td.blank{background:none} section+section{break-before:page}
 table,p{font-size:8.5pt}}
"""


def is_risky(text: str) -> bool:
    """Whether a spreadsheet might run a text as a formula."""
    return text[:1] in _RISKY or text.lstrip()[:1] in _RISKY


def inert(cell: Cell) -> str:
    """A cell as text that no spreadsheet runs; Calc runs cells of an HTML page too, whatever their style."""
    text = shown(cell)
    return f"'{text}" if is_risky(text) and not isinstance(cell, Figure) else text


def form_page(form: Form) -> bytes:
    """The form as one page without scripts; cells to be filled in can be typed into."""
    parts = [f"<section>{sheet_html(sheet, is_editable=True)}</section>" for sheet in form.sheets]
    spoken = "zh-CN" if form.lang == "zh" else "en"
    body = (
        f'<!DOCTYPE html>\n<html lang="{spoken}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f"<title>{escaped(form.sheets[0].title)}</title><style>{_STYLE}</style></head>\n<body>\n"
        + "\n".join(parts)
        + "\n</body></html>\n"
    )
    return body.encode()


def sheet_html(sheet: Sheet, *, is_editable: bool = False, in_report: bool = False) -> str:
    """One sheet: title, lines over the table, the table, lines under it, the line to sign.

    is_editable: cells to be filled in can be typed into; in_report: a part of a page, one heading lower, that
    a narrow window can move sideways.
    """
    heading = "h3" if in_report else "h2"
    made = layout(sheet)
    lines = [inert(row[0]) for row in made.cells]
    named = escaped("_".join(sheet.name.split()))
    about = "".join(
        f'<p data-claim="{named}-about">{escaped(line)}</p>' for line in lines[1 : made.head.start]
    )
    under = lines[made.body.stop :]
    last = len(under) - 1 if made.is_signed else len(under)
    foot = "".join(
        f'<p class="{"sign" if at == last else "remark"}" data-claim="{named}-foot">{escaped(line)}</p>'
        for at, line in enumerate(under)
    )
    drawn = _table(made, lines[0], named, is_editable=is_editable)
    if in_report:
        label = escaped(lines[0])
        drawn = f'<div class="table wide" role="region" tabindex="0" aria-label="{label}">{drawn}</div>'
    return f"<{heading}>{escaped(lines[0])}</{heading}>{about}{drawn}{foot}"


def _table(made: Layout, title: str, named: str, *, is_editable: bool) -> str:
    covered, spans = made.covered(), made.spans()

    def row(at: int, tag: str) -> str:
        cells = []
        is_total = at in made.totals
        for column, value in enumerate(made.cells[at]):
            if (at, column) in covered:
                continue
            down, across = spans.get((at, column), (1, 1))
            sizes = (f' rowspan="{down}"' if down > 1 else "") + (
                f' colspan="{across}"' if across > 1 else ""
            )
            kind = _head_kind(across) if tag == "th" else _kind(value, is_blank=is_editable and not is_total)
            cells.append(f"<{tag}{sizes}{kind}>{escaped(inert(value))}</{tag}>")
        mark = ' class="total"' if is_total else ""
        return f"<tr{mark}>{''.join(cells)}</tr>"

    head = "".join(row(at, "th") for at in made.head)
    body = "\n".join(row(at, "td") for at in made.body)
    whole = sum(made.widths)
    wide = "".join(f'<col style="width:{100 * width / whole:.1f}%">' for width in made.widths)
    letters = " ".join(get_column_letter(at + 1) for at in range(len(made.widths)))
    return (
        f'<table aria-label="{escaped(title)}" data-claim="{named}" data-columns="{letters}">'
        f"<colgroup>{wide}</colgroup><thead>{head}</thead>\n"
        f"<tbody>\n{body}\n</tbody></table>"
    )


def _head_kind(across: int) -> str:
    return ' scope="colgroup"' if across > 1 else ' scope="col"'


def _kind(value: Cell, *, is_blank: bool) -> str:
    if isinstance(value, Figure) or value is None:
        return ' class="n"'
    return ' class="blank" contenteditable="true"' if value == "" and is_blank else ""
