"""Whose object is it? For every address with an identifier, somebody of the right role from elsewhere gets nothing.

A new route needs one line in `ROUTES` (what its identifier names, from `tests/factories/objects.py`) or, where
anybody may open it, one in `OPEN` with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from pytest_django.plugin import DjangoDbBlocker

from chizheng.platform.access import Access
from chizheng.portal.api import api
from tests.factories.objects import World, world

ROUTES: dict[str, str] = {
    "assessment:session": "session",
    "assessment:do": "session",
    "assessment:roster": "session",
    "assessment:attendance": "session",
    "assessment:panel": "session",
    "assessment:withdraw": "registration",
    "assessment:enrolment": "session",
    "assessment:enrolment_sheet": "session",
    "assessment:upload": "upload",
    "assessment:advance": "upload",
    "assessment:returned": "upload",
    "assessment:marks": "session",
    "assessment:marks_sheet": "session",
    "assessment:ticket": "registration",
    "quality:report": "report",
    "quality:item": "item",
    "quality:answers": "report",
    "quality:assessor_marks": "report",
    "quality:flag": "flag",
    "quality:hold": "hold",
    "quality:sample": "hold",
    "quality:dispatch": "dispatch",
    "quality:task": "task",
    "quality:demand": "task",
    "quality:photograph": "photograph",
    "quality:answer": "follow_up",
    "quality:site_report": "task",
    "quality:recuse": "task",
    "quality:evaluate": "evaluation",
    "quality:case_of_flag": "flag",
    "quality:case": "quality_case",
    "quality:case_step": "quality_case",
    "quality:exhibit": "quality_case",
    "quality:hand_over": "exhibit",
    "quality:exhibit_file": "exhibit",
    "certificates:list_batch": "session",
    "certificates:batch": "batch",
    "certificates:review": "batch",
    "certificates:approve": "batch",
    "certificates:return": "batch",
    "certificates:release": "batch",
    "certificates:batch_pdf": "batch",
    "certificates:certificate": "certificate",
    "certificates:pdf": "certificate",
    "certificates:credentials": "certificate",
    "certificates:proof": "certificate",
    "certificates:ask_turn": "certificate",
    "certificates:decide": "turn",
    "access:withdraw_overlay": "overlay",
    "access:decide_word": "doubt",
    "access:ad": "ad",
    "access:vacancy": "vacancy",
    "access:close_vacancy": "vacancy",
    "access:refer": "vacancy",
    "access:referral_letter": "referral",
    "access:outcome": "referral",
    "access:guidance": "guidance",
    "access:guidance_letter": "guidance",
    "access:check": "check",
    "access:check_pdf": "check",
    "access:left": "checked",
    "access:replace": "checked",
    "access:leave_post": "member",
    "access:exception": "exception",
    "access:exception_file": "exception",
    "inspection:upload": "filing_upload",
    "inspection:upload_advance": "filing_upload",
    "inspection:returned": "filing_upload",
    "inspection:screening": "screening",
    "inspection:screening_advance": "screening",
    "inspection:screening_delta": "screening",
    "inspection:plan": "screening",
    "inspection:open_campaign": "screening",
    "inspection:visits": "plan",
    "inspection:note_visit": "visit",
    "inspection:campaign": "campaign",
    "inspection:rematch": "campaign",
    "inspection:check_paper": "answer",
    "inspection:answer_file": "answer",
    "inspection:letter": "letter",
    "inspection:answer": "letter",
    "inspection:letter_pdf": "letter",
    "inspection:case": "inspection_case",
    "inspection:case_move": "case_act",
    "inspection:recuse": "inspection_case",
    "inspection:join": "inspection_case",
    "inspection:case_beside": "inspection_case",
    "inspection:evidence": "inspection_case",
    "inspection:paper_new": "case_paper",
    "inspection:paper_pdf": "document",
    "inspection:complaint_reply": "complaint",
    "inspection:keeper": "complaint",
    "inspection:reporter": "complaint",
    "inspection:repair": "grade",
    "inspection:decide_repair": "repair",
    "access:unstate": "experience",
    "assessment:evidence": "session",
    "assessment:markings": "session",
    "assessment:see": "registration",
    "certificates:annulment": "annulment",
    "certificates:ask_annulment": "annulled_session",
    "certificates:blank": "blank",
    "certificates:blanks_destroyed": "destruction",
    "certificates:conflict": "conflict",
    "certificates:correct": "certificate",
    "certificates:letter": "certificate",
    "certificates:reissue": "certificate",
    "certificates:sheet": "sheet",
    "certificates:sheet_advance": "sheet",
    "certificates:sheet_answer": "answered_sheet",
    "certificates:sheet_forget": "sheet",
    "certificates:use_one": "certificate",
    "certificates:watch": "own_watch",
    "certificates:watch_answer": "asked_watch",
    "certificates:watch_end": "own_watch",
    "certificates:watch_secret": "own_watch",
    "quality:advance_calibration": "calibration",
    "quality:calibrate": "paper",
    "quality:calibration": "calibration",
    "quality:enter_panel": "paper",
    "quality:look_alike": "look_alike",
    "quality:panel": "panel",
    "quality:panel_template": "panel_sheet",
    "quality:paper": "paper",
    "quality:parameters": "calibration",
    "quality:retrain": "assessor",
    "quality:retrained": "retraining",
    "quality:station": "station",
    "quality:suspension": "suspension",
    "api:GET /access/registrations/{uuid}": "check",
}

OPEN: dict[str, str] = {
    "people:set_active": "accounts are kept by the administrator of the whole installation",
    "access:client_active": "asking systems are kept by the administrator of the whole installation",
    "access:confirm": "the token is the right; 256 random bits",
    "access:unsubscribe": "the token is the right; 256 random bits",
    "certificates:roster_notice": "the token is the right; 256 random bits",
    "certificates:bucket": "public padded buckets: neither asker nor person",
    "certificates:log_heads": "public heads of the log, by their sizes",
    "certificates:log_file": "public log tiles: salted digests only",
    "certificates:list_template": "an empty form, the same for all",
    "certificates:public": "public files by a fixed list of names",
    "certificates:status_list": "public: states by slot, no person",
    "quality:bulletin": "public figures",
    "quality:figures": "public figures",
}

SENT: dict[str, Callable[[World], dict[str, object]]] = {
    "inspection:answer": lambda w: {"remedy": "upload"},
    "access:refer": lambda w: {"person": w.insiders["candidate"].person.uuid},
}
"""What the owner has to send along where an empty form names nobody."""

OWED: dict[str, str] = {}
"""Known faults that somebody is mending: the test expects them, and fails once they are mended."""

FRUITLESS: dict[str, str] = {
    "quality:retrain": "its owner needs an assessor with a year of marks; test_raters and test_scales have them",
}
"""Where only the refusals are tried here."""

REFUSED = (403, 404, 405)


def _routes(resolver: URLResolver | None = None, space: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            if pattern.app_name != "ninja":
                yield from _routes(pattern, f"{pattern.namespace}:" if pattern.namespace else space)
        elif pattern.pattern.converters:
            yield f"{space}{pattern.name}", pattern


def _operations() -> Iterator[str]:
    for prefix, router in api._routers:
        for path, view in router.path_operations.items():
            if "{" in path:
                for operation in view.operations:
                    for method in operation.methods:
                        yield f"api:{method} {prefix}{path}"


PAGES = dict(_routes())


def test_every_address_with_an_identifier_is_in_the_matrix() -> None:
    addressed = {*PAGES, *_operations()}
    assert addressed - {*ROUTES, *OPEN} == set(), "add a line to ROUTES, or to OPEN with the reason"
    assert {*ROUTES, *OPEN} - addressed == set(), "these routes are gone"


@pytest.fixture(scope="module")
def the_world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    """Made once for the module, gone with it."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield world()
        transaction.set_rollback(True)


@pytest.fixture
def there(the_world: World, db: None) -> World:
    """The world; what a test does to it is undone."""
    return the_world


def _stored() -> dict[str, str]:
    """A digest of every table but sessions, and accounts: signing in notes the hour."""
    with connection.cursor() as cursor:
        found = {}
        for table in connection.introspection.table_names(cursor):
            if table.startswith(("django_", "procrastinate_", "people_account")):
                continue
            cursor.execute(
                f"select md5(coalesce(string_agg(t::text, chr(10) order by t::text), '')) from \"{table}\" t"
            )
            found[table] = cursor.fetchone()[0]
    return found


def _client(account: object = None, **headers: str) -> Client:
    client = Client(headers={"accept": "text/html", **headers}, raise_request_exception=False)
    if account is not None:
        client.force_login(account)  # type: ignore[arg-type]
    return client


@pytest.mark.django_db
@pytest.mark.parametrize(
    "name",
    [
        pytest.param(n, marks=[pytest.mark.xfail(strict=True, reason=OWED[n])] if n in OWED else [])
        for n in sorted(ROUTES)
        if n in PAGES
    ],
)
def test_only_its_own_people_reach_an_object(name: str, there: World) -> None:
    access: Access = PAGES[name].callback.access
    where = reverse(name, kwargs=there.things[ROUTES[name]])
    strangers = [(role, a) for role in sorted(access.roles) for a in there.strangers[role]]
    assert strangers, "a public page belongs into OPEN"
    before = _stored()
    for role, account in strangers:
        client = _client(account)
        said = {method: getattr(client, method)(where).status_code for method in ("get", "post")}
        assert set(said.values()) <= set(REFUSED), (
            f"a {role} of {account.region or account.industry!r}: {said}"
        )
        assert set(said.values()) != {405}
    assert _client().get(where).status_code in (302, 405)
    assert _stored() == before, "a refusal wrote something"

    if name in FRUITLESS:
        return
    reached = {}
    for role in sorted(access.roles):
        client = _client(there.insiders[role])
        answer = client.get(where)
        if answer.status_code == 405:
            answer = client.post(where, SENT[name](there) if name in SENT else {})
        reached[role] = answer.status_code
    assert any(status not in REFUSED and status < 500 for status in reached.values()), (
        f"nobody reaches it: {reached}"
    )
    assert all(status < 500 for status in reached.values()), reached


@pytest.mark.django_db
def test_an_answer_of_the_api_is_for_the_system_that_asked(there: World) -> None:
    where = f"/api/v1/access/registrations/{there.things['check']['uuid']}"
    asked, other = there.client_keys
    before = _stored()
    assert _client(authorization=f"Bearer {other}").get(where).status_code == 404
    assert _client(authorization="Bearer wrong").get(where).status_code == 401
    assert _client().get(where).status_code == 401
    assert _stored() == before
    assert _client(authorization=f"Bearer {asked}").get(where).status_code == 200
