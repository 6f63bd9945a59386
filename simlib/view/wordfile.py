"""A form as a Word document: WordprocessingML set by hand, since a form needs tables and nothing else.

Source: ECMA-376 part 1, 5th ed., 2016, §17.4 (tables), §17.6 (sections).
"""

from __future__ import annotations

import io
import zipfile
from xml.sax.saxutils import escape

from simlib.view.sheets import Cell, Figure, Form, Layout, layout, shown

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_LINKS = "application/vnd.openxmlformats-package.relationships+xml"
_TEXT_WIDTH = 15_138
"""Width between the margins of A4 lying on its side [1/20 point]."""

_MARGIN = 850
_SMALL, _PLAIN, _TITLE = 16, 18, 28
"""Sizes of type [half point]."""

_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


def word_bytes(form: Form) -> bytes:
    """The form as a .docx file, A4 landscape, headings repeated on every page."""
    pages = [_sheet(layout(sheet), form.lang) for sheet in form.sheets]
    between = '<w:p><w:r><w:br w:type="page"/></w:r></w:p>'
    section = (
        '<w:sectPr><w:pgSz w:w="16838" w:h="11906" w:orient="landscape"/>'
        f'<w:pgMar w:top="{_MARGIN}" w:right="{_MARGIN}" w:bottom="{_MARGIN}" w:left="{_MARGIN}"'
        ' w:header="425" w:footer="425" w:gutter="0"/></w:sectPr>'
    )
    document = (
        f'{_XML}<w:document xmlns:w="{_W}"><w:body>{between.join(pages)}{section}</w:body></w:document>'
    )
    parts = {
        "[Content_Types].xml": (
            f'{_XML}<Types xmlns="{_PACKAGE}/content-types">'
            f'<Default Extension="rels" ContentType="{_LINKS}"/>'
            '<Default Extension="xml" ContentType="application/xml"/>'
            f'<Override PartName="/word/document.xml" ContentType="{_TYPE}"/></Types>'
        ),
        "_rels/.rels": (
            f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">'
            f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="word/document.xml"/>'
            "</Relationships>"
        ),
        "word/document.xml": document,
    }
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as package:
        for name, text in parts.items():
            package.writestr(zipfile.ZipInfo(name), text, zipfile.ZIP_DEFLATED)
    return sink.getvalue()


def _sheet(made: Layout, lang: str) -> str:
    title = _paragraph(shown(made.cells[0][0]), lang, size=_TITLE, bold=True, align="center")
    about = "".join(
        _paragraph(shown(made.cells[at][0]), lang, size=_SMALL) for at in range(1, made.head.start)
    )
    foot = "".join(
        _paragraph(shown(made.cells[at][0]), lang) for at in range(made.body.stop, len(made.cells))
    )
    return f"{title}{about}{_table(made, lang)}{foot or _paragraph('', lang)}"


def _table(made: Layout, lang: str) -> str:
    whole = sum(made.widths)
    widths = [width * _TEXT_WIDTH // whole for width in made.widths]
    edges = "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="808080"/>'
        for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    spans, covered = made.spans(), made.covered()
    below = {
        (row, left): right - left + 1
        for top, left, bottom, right in made.boxes
        for row in range(top + 1, bottom + 1)
    }
    rows = "".join(_row(made, at, widths, spans, covered, below, lang) for at in (*made.head, *made.body))
    return (
        f'<w:tbl><w:tblPr><w:tblW w:w="{_TEXT_WIDTH}" w:type="dxa"/><w:jc w:val="center"/>'
        f'<w:tblBorders>{edges}</w:tblBorders><w:tblLayout w:type="fixed"/>'
        '<w:tblCellMar><w:left w:w="40" w:type="dxa"/><w:right w:w="40" w:type="dxa"/></w:tblCellMar>'
        "</w:tblPr>"
        f"<w:tblGrid>{grid}</w:tblGrid>{rows}</w:tbl>"
    )


def _row(
    made: Layout,
    at: int,
    widths: list[int],
    spans: dict[tuple[int, int], tuple[int, int]],
    covered: set[tuple[int, int]],
    below: dict[tuple[int, int], int],
    lang: str,
) -> str:
    is_head = at in made.head
    cells = []
    for column, value in enumerate(made.cells[at]):
        goes_on = (at, column) in below
        if (at, column) in covered and not goes_on:
            continue
        down, across = (1, below[at, column]) if goes_on else spans.get((at, column), (1, 1))
        merge = "<w:vMerge/>" if goes_on else '<w:vMerge w:val="restart"/>' if down > 1 else ""
        span = f'<w:gridSpan w:val="{across}"/>' if across > 1 else ""
        shade = '<w:shd w:val="clear" w:color="auto" w:fill="E8EEF4"/>' if is_head else ""
        width = sum(widths[column : column + across])
        text = _paragraph(
            "" if goes_on else shown(value),
            lang,
            size=_SMALL,
            bold=is_head or at in made.totals,
            align="center" if is_head else _align(value),
        )
        cells.append(
            f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{span}{merge}{shade}'
            f'<w:vAlign w:val="center"/></w:tcPr>{text}</w:tc>'
        )
    repeated = "<w:tblHeader/>" if is_head else ""
    return f"<w:tr><w:trPr><w:cantSplit/>{repeated}</w:trPr>{''.join(cells)}</w:tr>"


def _align(value: Cell) -> str:
    return "right" if isinstance(value, Figure) or value is None else "left"


def _paragraph(text: str, lang: str, *, size: int = _PLAIN, bold: bool = False, align: str = "left") -> str:
    font = '<w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" w:eastAsia="宋体"/>'
    spoken = '<w:lang w:val="en-US" w:eastAsia="zh-CN"/>' if lang == "zh" else '<w:lang w:val="en-US"/>'
    weight = "<w:b/>" if bold else ""
    look = f'<w:rPr>{font}{weight}<w:sz w:val="{size}"/><w:szCs w:val="{size}"/>{spoken}</w:rPr>'
    run = f'<w:r>{look}<w:t xml:space="preserve">{escape(text)}</w:t></w:r>' if text else ""
    return (
        '<w:p><w:pPr><w:spacing w:before="0" w:after="20" w:line="240" w:lineRule="auto"/>'
        f'<w:jc w:val="{align}"/></w:pPr>{run}</w:p>'
    )
