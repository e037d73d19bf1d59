import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chizheng.certificates.core.verification import Span, Status, examine
from chizheng.certificates.io import trust_file
from chizheng.kernel.errors import BadInput
from tests.certificates.made import ISSUER, LIMITS, LOG_ID, NOW, issuer_key, signed, trust


def file(statuses=None, **key) -> bytes:
    view = trust()
    return trust_file.dump(
        [issuer_key(**key)], view.logs.values(), view.institutions, {2026: statuses or {}}, view.as_of
    )


def test_what_is_written_answers_as_the_view_it_was_made_from():
    spans = (Span(LOG_ID, 0, 900),)
    loaded = trust_file.parse(file({17: Status.REVOKED, 18: Status.SUSPENDED}, spans=spans))
    assert loaded.issuer(ISSUER.key_id) == issuer_key(spans=spans)
    assert loaded.as_of == trust().as_of
    assert [loaded.status(2026, i) for i in (16, 17, 18)] == [Status.VALID, Status.REVOKED, Status.SUSPENDED]
    assert loaded.status(2025, 17) is None
    mine, theirs = (examine(signed().qr, v, now=NOW, limits=LIMITS) for v in (loaded, trust()))
    assert replace(mine, issuer=None) == replace(theirs, issuer=None)


@pytest.mark.parametrize(
    ("alter", "field"),
    [
        (lambda d: d.update(format="other"), "format"),
        (lambda d: d.pop("issuers"), "issuers"),
        (lambda d: d["issuers"][0].update(public="!!"), "issuers"),
        (lambda d: d["issuers"][0].update({"from": "soon"}), "issuers"),
        (lambda d: d["logs"][0].pop("id"), "logs"),
        (lambda d: d["status"].update(as_of="yesterday"), "status"),
        (lambda d: d["status"].update(years={"2026": {"lost": [1]}}), "status"),
    ],
)
def test_a_broken_file_is_named_with_its_field(alter, field):
    whole = json.loads(file())
    alter(whole)
    with pytest.raises(BadInput, match="bad_trust_file") as refused:
        trust_file.parse(json.dumps(whole).encode(), "trust.json")
    assert "trust.json" in refused.value.say()
    assert field in refused.value.say("en")


@given(st.binary(max_size=200))
def test_no_bytes_crash_the_reader(data):
    with pytest.raises(BadInput):
        trust_file.parse(data)


def test_a_missing_file(tmp_path: Path):
    with pytest.raises(BadInput, match="no_file"):
        trust_file.load(tmp_path / "none.json")
    (tmp_path / "trust.json").write_bytes(file())
    assert trust_file.load(tmp_path / "trust.json").issuer(ISSUER.key_id)
