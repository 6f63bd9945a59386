"""Bytes to text: UTF-8 (with or without mark) and GB18030 told apart; anything else is refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from simlib.places.complaints import Complaints
from simlib.yamlfile import shown_path

MAX_FILE_BYTES = 64 << 20
"""No table of a place comes near this; 38,000 townships are about 10 MB."""

_FORMATS = (
    (b"PK\x03\x04", "Excel (.xlsx)"),
    (b"\xd0\xcf\x11\xe0", "Excel 97 (.xls)"),
    (b"%PDF", "PDF"),
    (b"\x1f\x8b", "gzip"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)


def file_bytes(path: Path, complaints: Complaints) -> bytes | None:
    """The bytes of a file; None after a complaint (missing, unreadable, too large, empty)."""
    name = shown_path(path)
    try:
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            complaints.add("too_large", name, mb=size >> 20, most=MAX_FILE_BYTES >> 20)
            return None
        content = path.read_bytes()
    except FileNotFoundError:
        complaints.add("missing_file", name)
        return None
    except OSError as error:
        complaints.add("unreadable", name, why=error.strerror or type(error).__name__)
        return None
    if not content.strip(b" \t\r\n\xef\xbb\xbf"):
        complaints.add("empty_file", name)
        return None
    return content


def text_of(content: bytes, name: str, complaints: Complaints) -> str | None:
    """The text of a CSV file in UTF-8 or GB18030; None after a complaint."""
    for mark, form in _FORMATS:
        if content.startswith(mark):
            complaints.add("wrong_format", name, form=form)
            return None
    if b"\x00" in content:
        complaints.add("binary", name, content.count(b"\n", 0, content.index(b"\x00")) + 1)
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    return None if _spoiled(content, name, complaints) else content.decode("gb18030")


def _spoiled(content: bytes, name: str, complaints: Complaints) -> bool:
    """Whether cells are of different encodings or of none; the odd rows are complained of."""
    chinese: list[int] = []
    other: list[int] = []
    neither: list[int] = []
    for row, line in enumerate(content.split(b"\n"), start=1):
        for cell in _cells(line):
            if not cell.isascii():
                (chinese if _is_chinese_utf8(cell) else other if _is_gb18030(cell) else neither).append(row)
    for row in sorted(set(neither)):
        complaints.add("encoding", name, row)
    if neither or not chinese or not other:
        return bool(neither)
    few, odd, most = other, "GB18030", "UTF-8"
    if len(chinese) < len(other):
        few, odd, most = chinese, "UTF-8", "GB18030"
    for row in sorted(set(few)):
        complaints.add("mixed_encoding", name, row, odd=odd, most=most)
    return True


def _cells(line: bytes) -> Iterator[bytes]:
    for cell in line.rstrip(b"\r").split(b","):
        yield cell.strip(b'"')


def _is_gb18030(cell: bytes) -> bool:
    try:
        cell.decode("gb18030")
    except UnicodeDecodeError:
        return False
    return True


def _is_chinese_utf8(cell: bytes) -> bool:
    """Whether these bytes read as UTF-8 give Chinese: GB18030 read so gives errors, or Latin and Greek."""
    try:
        text = cell.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    foreign = [letter for letter in text if ord(letter) >= 0x80]
    return any("\u3400" <= letter <= "\u9fff" for letter in foreign) and all(ord(x) > 0x7FF for x in foreign)
