"""The shipped catalogue and the law name the same things."""

from __future__ import annotations

import pytest

from chizheng.catalogue.core.classification import CODE
from chizheng.catalogue.core.occupation import Occupation
from chizheng.catalogue.io.shelf import catalogue
from chizheng.kernel.errors import NotFound
from chizheng.kernel.names import canonical
from chizheng.law.io.shelf import law


def test_everything_the_law_gates_or_renames_is_in_the_catalogue() -> None:
    named = law().gated_names | {n for s in law().successions for n in (s.old, s.new)}
    assert named - set(catalogue().by_name) == set()


def test_names_and_codes_are_unique_and_codes_well_formed() -> None:
    names = [canonical(o.name) for o in catalogue().occupations]
    assert len(names) == len(set(names))
    codes = [o.code for o in catalogue().occupations if o.code]
    assert len(codes) == len(set(codes))
    assert all(CODE.fullmatch(c) for c in codes)


def test_an_alias_leads_to_one_official_name() -> None:
    written = [canonical(a) for o in catalogue().occupations for a in o.aliases]
    assert len(written) == len(set(written))
    assert set(written).isdisjoint(catalogue().by_name)
    assert catalogue().get("电焊").name == "焊工"


def test_an_unknown_name_is_answered_with_its_neighbours() -> None:
    with pytest.raises(NotFound) as error:
        catalogue().get("中式烹饪师")
    assert "中式烹调师" in error.value.say()


def test_an_imported_classification_is_laid_over_the_shipped_one() -> None:
    over = catalogue().merged([Occupation("焊工", levels=frozenset({5})), Occupation("新职业员")])
    assert over.get("焊工").levels == {5}
    assert len(over.occupations) == len(catalogue().occupations) + 1
