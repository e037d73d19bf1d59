import io
import json
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from chizheng.certificates.core.lookup import HeldCertificates, Row
from chizheng.certificates.core.verification import Question, Status
from chizheng.certificates.io import pdf, qr, trust_file
from chizheng.cli import main
from tests.certificates.io.printed import sheet
from tests.certificates.made import (
    LIMITS,
    NOW,
    claims,
    issuer_key,
    signed,
    trust,
)

DAY = NOW.date().isoformat()


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.delenv("CHIZHENG_TRUST", raising=False)
    monkeypatch.setenv("CHIZHENG_LANG", "zh")
    monkeypatch.chdir(tmp_path)
    write_trust(tmp_path)
    return tmp_path


def write_trust(folder, statuses=None):
    view = trust()
    data = trust_file.dump(
        [issuer_key()], view.logs.values(), view.institutions, {2026: statuses or {}}, view.as_of
    )
    (folder / "trust.json").write_bytes(data)


def verify(*words, at=DAY):
    return main(["verify", "--trust", "trust.json", "--at", at, *map(str, words)])


def test_text_picture_pdf_and_credential(place, capsys):
    made = signed()
    (place / "c.txt").write_text(made.qr + "\n")
    (place / "c.png").write_bytes(qr.draw(made.qr).png())
    (place / "c.pdf").write_bytes(pdf.render([sheet()], at=NOW))
    (place / "c.json").write_bytes(made.credential)
    for given in (made.qr, made.credential.decode(), "c.txt", "c.png", "c.pdf", "c.json"):
        assert verify(given, "--name", "甄示例") == 0
        out = capsys.readouterr().out
        assert "✔ 有效" in out
        assert "焊工" in out


def test_several_at_once_as_json(place, capsys):
    assert verify(signed().qr, signed().qr, "--json") == 0
    answers = json.loads(capsys.readouterr().out)
    assert [a["verdict"] for a in answers] == ["valid", "valid"]
    assert verify(signed().qr, "--json", "--name", "甄冒名") == 1
    answer = json.loads(capsys.readouterr().out)
    assert (answer["verdict"], answer["colour"]) == ("name_mismatch", "red")


def test_every_other_verdict_is_one(place, capsys):
    write_trust(place, {claims().status: Status.REVOKED})
    assert verify(signed().qr) == 1
    assert "已撤销" in capsys.readouterr().out
    write_trust(place)
    assert verify(signed().qr, at="2027-06-01") == 1  # stale data are amber
    assert "●" in capsys.readouterr().out
    assert verify(signed().qr[:-9] + "AAAAAAAAA") == 1
    assert "不真实" in capsys.readouterr().out


def test_by_number_against_the_certificates_at_hand(place, capsys):
    (place / "held.txt").write_text(f"{signed().qr}\n\nnot a certificate\nCZ1:BROKEN\n")
    number = claims().number
    assert verify(number, "--name", "甄示例", "--register", "held.txt") == 0
    assert verify(number, "--name", "甄冒名", "--register", "held.txt") == 1
    assert "甄示例" not in capsys.readouterr().out.split("姓名不符")[-1]
    assert verify("2699012003400017", "--name", "甄示例", "--register", "held.txt") == 1
    assert "无法识别" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "没有给出"),
        (["none.pdf"], "找不到文件"),
        (["hello world"], "认不出"),
        (["2610012003400017", "--name", "甄示例"], "注册库"),
        (["CZ1:X", "--at", "soon"], "不是日期"),
        (["CZ1:X", "--sheet", "a.xlsx"], "一起使用"),
        (["trust.json", "--online", "http://example.cn"], "https"),
    ],
)
def test_misuse_is_two_with_a_remedy(place, capsys, words, says):
    assert verify(*words) == 2
    captured = capsys.readouterr()
    assert says in captured.err
    assert captured.out == ""


def test_without_a_trust_file(place, capsys):
    assert main(["verify", signed().qr]) == 2
    assert "--trust" in capsys.readouterr().err
    (place / "empty.png").write_bytes(b"\x89PNG rubbish")
    assert verify("empty.png") == 2
    (place / "trust.json").write_text("{}")
    assert verify(signed().qr) == 2


def workbook(rows, header=("姓名", "证书编号", "校验码", "备注")) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        page = book.add_worksheet("名册")
        for y, row in enumerate([header, *rows]):
            for x, cell in enumerate(row):
                page.write_string(y, x, cell)
    return out.getvalue()


def test_an_employers_workbook_comes_back_with_verdicts(place, capsys):
    (place / "held.txt").write_text(signed().qr)
    number, code = claims().number, claims().check_code
    rows = [
        ("甄示例", number, code, "=1+1"),
        ("甄冒名", number, "", ""),
        ("甄示例", "2610012003400999", "", ""),
        ("甄示例", "2699012003400001", "", ""),
        ("甄示例", "", "", "无编号"),
    ]
    (place / "in.xlsx").write_bytes(workbook(rows))
    assert verify("--sheet", "in.xlsx", "--out", "out.xlsx", "--register", "held.txt", "--json") == 1
    summary = json.loads(capsys.readouterr().out)
    assert summary["rows"] == 5
    table = CalamineWorkbook.from_path(place / "out.xlsx").get_sheet_by_index(0).to_python()
    assert table[0][:4] == ["姓名", "证书编号", "校验码", "备注"]
    assert [row[4] for row in table[1:]] == ["有效", "姓名不符", "未查到", "发证机构无法识别", "无法核验"]
    assert table[1][3] == "=1+1"  # text stays text
    assert "甄示例" not in str(table[2][4:])


def test_a_sheet_of_codes_needs_no_register(place, capsys):
    rows = [(signed(claims(number=f"26100120034{n:05d}")).qr,) for n in range(1, 4)]
    (place / "in.xlsx").write_bytes(workbook(rows, header=("二维码", "备注")))
    assert verify("--sheet", "in.xlsx", "--out", "out.xlsx") == 0
    assert "valid 3" in capsys.readouterr().out


def test_sheets_that_cannot_be_asked(place, capsys):
    (place / "in.xlsx").write_bytes(workbook([("甄示例", "x")], header=("姓名", "工号")))
    assert verify("--sheet", "in.xlsx", "--out", "out.xlsx") == 2
    assert "证书编号" in capsys.readouterr().err
    (place / "in.xlsx").write_bytes(b"PK\x03\x04 rubbish")
    assert verify("--sheet", "in.xlsx", "--out", "out.xlsx") == 2


# -- a server ----------------------------------------------------------------------------------------


class _Server(BaseHTTPRequestHandler):
    broken = False

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        held = HeldCertificates.of([signed().qr], trust(), now=NOW, limits=LIMITS)
        rows = [
            Row(
                Question(r.get("number", ""), r.get("name", ""), r.get("check_code", "")),
                r.get("presented", ""),
            )
            for r in asked["rows"]
        ]
        body = (
            b'{"answers": []}'
            if self.broken
            else json.dumps({"answers": held.answer(rows, asked["lang"])}).encode()
        )
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@pytest.fixture
def server():
    made = HTTPServer(("127.0.0.1", 0), _Server)
    thread = threading.Thread(target=made.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{made.server_port}"
    made.shutdown()
    made.server_close()
    thread.join()


def test_online_says_what_offline_says(place, capsys, server, monkeypatch):
    assert main(["verify", signed().qr, "--online", server, "--json"]) == 0
    online = json.loads(capsys.readouterr().out)
    assert verify(signed().qr, "--json") == 0
    assert json.loads(capsys.readouterr().out) == online
    assert main(["verify", claims().number, "--name", "甄示例", "--online", server]) == 0
    monkeypatch.setattr(_Server, "broken", True)
    assert main(["verify", signed().qr, "--online", server]) == 2
    assert "联网核验失败" in capsys.readouterr().err


def test_a_server_that_is_not_there(place, capsys):
    assert main(["verify", signed().qr, "--online", "http://127.0.0.1:9"]) == 2
    assert "联网核验失败" in capsys.readouterr().err


def second():
    return signed(claims(number="2610012003400025", name="甄二号"))


def forged(made):
    return made.qr[:-9] + ("A" if made.qr[-9] != "A" else "B") + made.qr[-8:]


@pytest.mark.parametrize(
    "written",
    [
        lambda one, other: f"{one.qr}\n{other.qr}\n".encode(),
        lambda one, other: f"{one.qr}\r\n\r\n{other.qr}".encode("utf-16"),
        lambda one, other: one.credential + b"\n" + other.credential + b"\n",
        lambda one, other: b"[" + one.credential + b",\n" + other.credential + b"]",
        lambda one, other: json.dumps([one.qr, other.qr]).encode(),
    ],
)
def test_every_certificate_in_a_file_is_checked(place, capsys, written):
    """A file of several is neither one forgery nor one certificate."""
    (place / "many").write_bytes(written(signed(), second()))
    assert verify("many") == 0
    out = capsys.readouterr().out
    assert out.count("✔ 有效") == 2 and "甄示例" in out and "甄二号" in out


def test_one_forgery_in_a_file_shows(place, capsys):
    (place / "many.txt").write_text(f"{signed().qr}\n{forged(second())}\nrubbish\n")
    assert verify("many.txt", "--json") == 1
    assert [a["verdict"] for a in json.loads(capsys.readouterr().out)] == ["valid", "forged", "unreadable"]


def test_every_page_of_a_pdf_is_checked_against_its_own_print(place, capsys):
    """A genuine first page vouches for no other."""
    good = sheet(1)
    (place / "two.pdf").write_bytes(pdf.render([good, sheet(2)], at=NOW))
    assert verify("two.pdf", "--json") == 0
    assert len(json.loads(capsys.readouterr().out)) == 2
    pasted = replace(good, claims=replace(good.claims, number="2610012003400099", name="甄冒名"))
    (place / "pasted.pdf").write_bytes(pdf.render([good, pasted], at=NOW))
    assert verify("pasted.pdf", "--json") == 1
    answers = json.loads(capsys.readouterr().out)
    assert [a["verdict"] for a in answers] == ["valid", "forged"]
    assert answers[1]["reasons"][0]["code"] == "print_differs"


def test_a_pdf_is_never_checked_in_part(place, capsys, monkeypatch):
    (place / "three.pdf").write_bytes(pdf.render([sheet(n) for n in range(1, 4)], at=NOW))
    monkeypatch.setattr(qr, "MAX_PAGES", 2)
    assert verify("three.pdf") == 2
    assert "3 页" in capsys.readouterr().err


def test_a_laid_out_credential_is_one(place, capsys):
    (place / "c.json").write_text(json.dumps(json.loads(signed().credential), indent=2, ensure_ascii=False))
    assert verify("c.json") == 0
    (place / "empty.txt").write_text("\n")
    assert verify("empty.txt") == 2
    assert "没有内容" in capsys.readouterr().err
