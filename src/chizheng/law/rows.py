"""Strict rows: the mappings of a YAML file, every key taken once, every fault with its place and remedy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import yaml

from chizheng.kernel.errors import LawDataFault
from chizheng.kernel.periods import Period
from chizheng.kernel.wording import Wording

_FAULT = Wording(
    zh="法规数据 {file} 第 {row} 条（{name}），键“{key}”：{fault_zh}。处理：{remedy_zh}",
    en="Law data {file}, row {row} ({name}), key '{key}': {fault_en}. Remedy: {remedy_en}",
)

_BaseLoader: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_BaseLoader):  # type: ignore[misc]  # the base is chosen at run time
    """The safe loader that refuses a key written twice, which YAML would silently drop."""


def _mapping(loader: Any, node: yaml.MappingNode) -> dict[object, object]:
    found: dict[object, object] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if key in found:
            raise yaml.constructor.ConstructorError(
                None, None, f"the key {key!r} is written twice", key_node.start_mark
            )
        found[key] = loader.construct_object(value_node, deep=True)
    return found


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)


@dataclass(slots=True)
class Row:
    """One mapping of a file under strict reading: every key is taken once, what is left over is a fault."""

    file: str
    number: int
    raw: Mapping[str, object]
    taken: set[str] = field(default_factory=set)

    def fault(self, key: str, zh: str, en: str, remedy_zh: str, remedy_en: str) -> LawDataFault:
        name = next((str(self.raw[k]) for k in ("name", "code", "key", "regime") if k in self.raw), "-")
        return LawDataFault(
            "law_data_fault", _FAULT, file=self.file, row=self.number, name=name, key=key,
            fault_zh=zh, fault_en=en, remedy_zh=remedy_zh, remedy_en=remedy_en,
        )  # fmt: skip

    def wrong_kind(self, key: str, zh: str, en: str) -> LawDataFault:
        return self.fault(
            key, f"值 {self.raw.get(key)!r} 不是{zh}", f"the value {self.raw.get(key)!r} is not {en}",
            f"改为{zh}", f"write {en}",
        )  # fmt: skip

    def get(self, key: str, default: object = None) -> object:
        self.taken.add(key)
        return self.raw.get(key, default)

    def need(self, key: str) -> object:
        if key not in self.raw:
            raise self.fault(key, "缺少此键", "the key is missing", "补上此键", "add the key")
        return self.get(key)

    def text(self, key: str, default: str | None = None) -> str:
        value = self.need(key) if default is None else self.get(key, default)
        if not isinstance(value, str):
            raise self.wrong_kind(key, "文字（代码请加引号）", "text (quote codes)")
        return value

    def flag(self, key: str) -> bool:
        value = self.need(key)
        if not isinstance(value, bool):
            raise self.wrong_kind(key, " true 或 false", "true or false")
        return value

    def whole(self, key: str) -> int | None:
        value = self.get(key)
        if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
            raise self.wrong_kind(key, "整数或 null", "a whole number or null")
        return value

    def day(self, key: str, *, required: bool = False) -> date | None:
        value = self.need(key) if required else self.get(key)
        if value is None and not required:
            return None
        if type(value) is not date:
            raise self.wrong_kind(key, "日期 YYYY-MM-DD", "a date YYYY-MM-DD")
        return value

    def period(self) -> Period:
        start = self.day("from", required=True)
        assert start is not None
        end = self.day("to")
        if end is not None and end <= start:
            raise self.fault(
                "to", f"终止日 {end} 不晚于起始日 {start}", f"the end {end} is not after the start {start}",
                "终止日是不再适用的第一天，须晚于起始日", "'to' is the first day it no longer holds",
            )  # fmt: skip
        return Period(start, end)

    def place(self) -> str:
        value = self.text("place", "")
        if value and not (value.isdigit() and len(value) in (2, 4, 6)):
            raise self.wrong_kind(
                "place", "2、4 或 6 位行政区划代码（加引号）", "a quoted code of 2, 4 or 6 digits"
            )
        return value

    def texts(self, key: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        value = self.need(key) if default is None else self.get(key, list(default))
        if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
            raise self.wrong_kind(key, "文字列表", "a list of texts")
        return tuple(value)

    def rows(self, key: str) -> list[Row]:
        value = self.need(key)
        if not isinstance(value, list) or not value:
            raise self.wrong_kind(key, "非空列表", "a list with at least one row")
        return [self.sub(key, number, item) for number, item in enumerate(value, 1)]

    def sub(self, key: str, number: int, item: object) -> Row:
        if not isinstance(item, dict):
            raise self.fault(
                key, f"第 {number} 项不是键值对", f"item {number} is not a mapping",
                "写成“键: 值”", "write 'key: value' pairs",
            )  # fmt: skip
        return Row(self.file, self.number, {str(k): v for k, v in item.items()})

    def choice(self, key: str, value: object, known: Iterable[str]) -> str:
        options = sorted(known)
        if not isinstance(value, str) or value not in options:
            raise self.fault(
                key, f"不认识的代码 {value!r}", f"unknown code {value!r}",
                f"可用：{'、'.join(options)}", f"use one of {', '.join(options)}",
            )  # fmt: skip
        return value

    def wording(self) -> Wording:
        return Wording(zh=self.text("zh"), en=self.text("en"))

    def finish(self) -> None:
        left = sorted(set(self.raw) - self.taken)
        if left:
            raise self.fault(
                left[0], "不认识此键", "the key is not known here",
                f"删除或更正；可用的键：{'、'.join(sorted(self.taken))}",
                f"remove or correct it; keys known here: {', '.join(sorted(self.taken))}",
            )  # fmt: skip


def rows_of(name: str, text: str) -> list[Row]:
    """The rows of one file: a list of mappings, or one mapping for a table; raises LawDataFault."""
    try:
        content = yaml.load(text, _Loader)  # noqa: S506  # a subclass of the safe loader
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a date such as 2001-02-30
        raise Row(name, 0, {}).fault(
            "-", f"不是有效的 YAML：{error}", f"not valid YAML: {error}",
            "按提示的行列更正", "correct the place it names",
        ) from error  # fmt: skip
    if content is None:
        return []
    if isinstance(content, dict) and name.startswith("tables/"):
        content = [content]
    if not isinstance(content, list):
        raise Row(name, 0, {}).fault(
            "-", "文件应是一个列表", "the file is not a list", "每条以“- ”开头", "begin each row with '- '"
        )
    head = Row(name, 0, {})
    rows = []
    for number, item in enumerate(content, 1):
        row = head.sub("-", number, item)
        row.number = number
        rows.append(row)
    return rows
