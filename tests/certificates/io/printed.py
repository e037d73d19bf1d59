"""Sheets to print, made from the factories."""

from __future__ import annotations

from functools import cache

from chizheng.certificates.io.pdf import Sheet
from tests.certificates.made import claims, signed


@cache
def sheet(serial: int = 17, **changes: object) -> Sheet:
    c = claims(number=f"26100120034{serial:05d}")
    given: dict[str, object] = {
        "claims": c,
        "qr": signed(c).qr,
        "document": "1101051990****002X",
        "level": "四级／中级工",
        "level_en": "Level 4",
        "occupation_en": "Welder",
        "institution": "示例省职业技能鉴定指导中心",
        "authority": "示例省人力资源和社会保障厅",
        "blank": f"{serial:08d}",
    }
    return Sheet(**{**given, **changes})  # type: ignore[arg-type]
