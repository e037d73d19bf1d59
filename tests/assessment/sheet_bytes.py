"""Enrolment sheets in every format stations send, made in memory."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

FORMATS = ("xls", "xlsx", "csv-utf8", "csv-gb18030")

HEADERS_2015 = (
    "姓名*", "证件类型*", "身份证号", "性别*", "民族*", "文化程度*", "手机*", "申报条件*", "考生来源*", "工作单位",
    "通讯地址*", "本职业工作年限", "邮箱", "原证书号", "原职业(工种)", "理论（新考|补考）", "实操（新考|补考）",
    "综合（新考|补考）", "外语（新考|补考）", "照片*",
)  # fmt: skip
HEADERS_2026 = (
    "序号", "职业工种名称", "认定等级", "申报条件", "证件类型", "证件号码", "姓名", "性别", "出生日期", "手机号码",
    "是否有职业资格证书", "证书等级", "证书编号", "文化程度", "所在省（市）区", "考生来源", "所在单位", "报名单位",
    "认定分类(初次|晋级)", "专业", "考试类型(正考|补考)", "民族", "参加工作时间", "电子邮箱", "专业年限", "户籍所在地",
    "政治面貌", "学历证书编号", "简要经历", "通讯地址", "证书领取方式", "邮政编码", "邮寄地址",
)  # fmt: skip


def line(headers: Sequence[str], **cells: str) -> list[str]:
    """A row under `headers`; keys are the beginnings of headers."""
    row = [""] * len(headers)
    for key, value in cells.items():
        row[next(i for i, h in enumerate(headers) if h.startswith(key))] = value
    return row


def sheet(form: str, headers: Sequence[str], rows: Sequence[Sequence[str]]) -> tuple[str, bytes]:
    """(file name, bytes) of a sheet."""
    if form == "xlsx":
        import xlsxwriter

        out = io.BytesIO()
        book = xlsxwriter.Workbook(out, {"in_memory": True})
        page = book.add_worksheet("报名表")
        for at, row in enumerate([headers, *rows]):
            for column, cell in enumerate(row):
                page.write_string(at, column, cell)
        book.close()
        return "报名表.xlsx", out.getvalue()
    if form == "xls":
        import xlwt

        old = xlwt.Workbook(encoding="utf-8")
        leaf = old.add_sheet("报名表")
        for at, row in enumerate([headers, *rows]):
            for column, cell in enumerate(row):
                leaf.write(at, column, cell)
        out = io.BytesIO()
        old.save(out)
        return "报名表.xls", out.getvalue()
    text = io.StringIO(newline="")
    csv.writer(text).writerows([headers, *rows])
    return "报名表.csv", text.getvalue().encode("utf-8" if form == "csv-utf8" else "gb18030")
