"""`chizheng ads vet` on files as offices send them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import xlsxwriter

from chizheng.access.core.ads.ad import Ad
from chizheng.access.io.ads import read_ads
from chizheng.cli import main
from chizheng.kernel.errors import BadInput

ROWS = [
    ("A-1", "电焊工", "招3名，男，20-35岁", "无名山示例机械有限公司"),
    ("A-2", "文员", "大专以上", "无名山示例机械有限公司"),
]
HEADER = ("编号", "标题", "正文", "用人单位")


def csv(path: Path, encoding: str, header: tuple[str, ...] = HEADER) -> Path:
    lines = [",".join(f'"{c}"' for c in row) for row in (header, *ROWS)]
    path.write_bytes("\r\n".join(lines).encode(encoding))
    return path


def xlsx(path: Path) -> Path:
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for n, row in enumerate((HEADER, *ROWS)):
            sheet.write_row(n, 0, row)
    return path


def jsonl(path: Path, encoding: str = "utf-8") -> Path:
    rows = [dict(zip(("id", "title", "text", "employer"), r, strict=True)) for r in ROWS]
    path.write_bytes("\n".join(json.dumps(r, ensure_ascii=False) for r in rows).encode(encoding))
    return path


EXPECTED = [Ad(*row) for row in ROWS]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_in_every_encoding(tmp_path: Path, encoding: str) -> None:
    assert list(read_ads(csv(tmp_path / "ads.csv", encoding))) == EXPECTED


def test_english_header(tmp_path: Path) -> None:
    assert list(read_ads(csv(tmp_path / "ads.csv", "utf-8", ("id", "title", "text", "employer")))) == EXPECTED


def test_excel(tmp_path: Path) -> None:
    assert list(read_ads(xlsx(tmp_path / "ads.xlsx"))) == EXPECTED


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_json_lines(tmp_path: Path, encoding: str) -> None:
    assert list(read_ads(jsonl(tmp_path / "ads.jsonl", encoding))) == EXPECTED


def test_an_ad_without_an_id_gets_its_line(tmp_path: Path) -> None:
    path = tmp_path / "ads.jsonl"
    path.write_text('{"title": "焊工"}\n\n{"标题": "车工", "正文": "2名"}\n', encoding="utf-8")
    assert list(read_ads(path)) == [Ad("1", "焊工"), Ad("3", "车工", "2名")]


def test_the_line_an_ad(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    assert (
        main(["ads", "vet", str(jsonl(tmp_path / "a.jsonl")), "--on", "2014-06-01", "--out", str(out)]) == 1
    )
    first, second = (json.loads(line) for line in out.read_text(encoding="utf-8").splitlines())
    assert list(first) == ["id", "posts", "gated", "certificate", "findings"]
    assert first["gated"] == ["焊工"] and first["certificate"] == "none"
    [post] = first["posts"]
    assert list(post) == ["occupation", "level", "role", "span", "confidence"]
    assert post["span"] == {"field": "title", "start": 0, "end": 3}
    codes = {f["code"] for f in first["findings"]}
    assert codes == {"qualification_not_stated", "sex_discrimination", "age_discrimination"}
    for finding in first["findings"]:
        assert list(finding) == ["code", "severity", "citation", "message", "fix"]
        assert all(finding.values())
    assert second == {"id": "A-2", "posts": [], "gated": [], "certificate": "none", "findings": []}


def test_no_findings_is_0_and_stdout_is_the_result(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"id": 7, "title": "文员", "employer": "无名山示例机械有限公司"}', encoding="utf-8")
    assert main(["ads", "vet", str(path), "--on", "2014-06-01"]) == 0
    assert json.loads(capfdbinary.readouterr().out)["id"] == "7"


def test_messages_in_english(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["ads", "vet", str(jsonl(tmp_path / "a.jsonl")), "--on", "2014-06-01", "--lang", "en"]) == 1
    first = json.loads(capfdbinary.readouterr().out.splitlines()[0])
    assert "does not state the certificate" in first["findings"][0]["message"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "空"),
        (b"{\"title\": \"\xe7\x84\x8a\xe5\xb7\xa5\"}\nnot json\n", "第 2 行"),
        (b"{\"wage\": 1}\n", "第 1 行"),
        ("甲,乙\n1,2\n".encode(), "标题"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_said(
    tmp_path: Path, content: bytes, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "ads.txt"
    path.write_bytes(content)
    out = tmp_path / "out.jsonl"
    assert main(["ads", "vet", str(path), "--on", "2014-06-01", "--out", str(out)]) == 2
    assert says in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["nothing.csv", "--on", "2014-06-01"],
        ["a.jsonl", "--on", "1.6.2014"],
        ["a.jsonl", "--on", "2014-06-01", "--place", "合肥"],
    ],
)
def test_misuse_is_2(tmp_path: Path, arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    jsonl(tmp_path / "a.jsonl")
    assert main(["ads", "vet", *arguments]) == 2


def test_the_output_may_not_be_the_input(tmp_path: Path) -> None:
    path = jsonl(tmp_path / "a.jsonl")
    before = path.read_bytes()
    assert main(["ads", "vet", str(path), "--on", "2014-06-01", "--out", str(path)]) == 2
    assert path.read_bytes() == before


def test_a_missing_file_names_itself() -> None:
    with pytest.raises(BadInput, match=r"nothing\.csv"):
        list(read_ads(Path("nothing.csv")))


def test_a_fault_half_way_leaves_the_earlier_result_and_no_half_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ads, out = tmp_path / "ads.jsonl", tmp_path / "out.jsonl"
    ads.write_text('{"id":1,"title":"文员"}\n' * 600 + "{broken\n", encoding="utf-8")
    out.write_text("earlier\n")
    assert main(["ads", "vet", str(ads), "--on", "2010-06-01", "--out", str(out)]) == 2
    assert "第 601 行" in capsys.readouterr().err
    assert out.read_text() == "earlier\n"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["ads.jsonl", "out.jsonl"]


def test_a_dash_is_the_standard_output(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    ads = jsonl(tmp_path / "ads.jsonl")
    assert main(["ads", "vet", str(ads), "--on", "2010-06-01", "--out", "-"]) == 1
    assert [json.loads(line)["id"] for line in capfd.readouterr().out.splitlines()] == ["A-1", "A-2"]
