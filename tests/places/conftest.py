"""A small sound place, to be spoiled in one way at a time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

TOWNSHIPS = """\
area_code,area,county_code,county,villages,population,dibao_rural_households,dibao_rural_persons,dibao_spending_yuan
511102004,大佛街道,511102,市中区,17,59131,270,486,100
511102007,通江街道,511102,市中区,11,102382,0,0,200
511111100,沙湾镇,511111,沙湾区,20,30000,300,540,300
"""
COUNTIES = """\
county_code,county,posts_payroll,dibao_spending_yuan
511102,市中区,4,300
511111,沙湾区,5,300
"""
PLACE = """\
id: small
title: {zh: 小地方, en: Small}
province: 四川省
wage_region: other
source: 测试
"""

Put = Callable[..., Path]


@pytest.fixture
def put(tmp_path: Path) -> Put:
    """Writes a place and answers its folder; bytes are written as they are, None leaves a file out."""

    def writes(
        townships: str | bytes | None = TOWNSHIPS,
        counties: str | bytes | None = COUNTIES,
        place: str | bytes | None = PLACE,
    ) -> Path:
        files = {"townships.csv": townships, "counties.csv": counties, "place.yaml": place}
        for name, content in files.items():
            if content is not None:
                (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
        return tmp_path

    return writes
