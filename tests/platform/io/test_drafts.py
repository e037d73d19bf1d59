"""Results appear whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from chizheng.kernel.errors import BadInput
from chizheng.platform.io.drafts import STDOUT, check_outputs, draft


def test_a_fault_leaves_the_earlier_file_and_no_litter(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    path.write_text("earlier")
    with pytest.raises(KeyboardInterrupt), draft(path) as out:
        out.write(b"half")
        raise KeyboardInterrupt
    assert path.read_text() == "earlier"
    assert os.listdir(tmp_path) == ["out.csv"]


def test_what_is_whole_replaces_it_with_the_usual_permissions(tmp_path: Path) -> None:
    path, plain = tmp_path / "out.csv", tmp_path / "plain"
    plain.touch()
    path.write_text("earlier and longer")
    with draft(path) as out:
        out.write(b"now")
    assert path.read_bytes() == b"now"
    assert path.stat().st_mode == plain.stat().st_mode


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("earlier")
    (tmp_path / "link").symlink_to("real")
    with draft(tmp_path / "link") as out:
        out.write(b"now")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"now"


def test_a_dash_is_the_standard_output(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    with draft(STDOUT) as out:
        out.write(b"now")
    assert capfdbinary.readouterr().out == b"now"


def test_refused_before_any_work(tmp_path: Path) -> None:
    given = tmp_path / "in.csv"
    given.touch()
    for outputs, code in (
        ([tmp_path], "output_is_folder"),
        ([tmp_path / "none" / "o.csv"], "no_such_folder"),
        ([given], "output_is_input"),
        ([tmp_path / "o.csv", tmp_path / "." / "o.csv"], "output_twice"),
    ):
        with pytest.raises(BadInput) as refused:
            check_outputs(outputs, inputs=[given])
        assert refused.value.code == code
    check_outputs([tmp_path / "o.csv", STDOUT], inputs=[given])
