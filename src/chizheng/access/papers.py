"""What is put on the papers of the desks: the poster, letters of referral and guidance, answers of registration."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from chizheng.access.core.desk_wording import WHY
from chizheng.access.core.listing import Line, cited
from chizheng.access.core.wording import ACTS, VERDICTS
from chizheng.access.io.papers import Paper, Section, render
from chizheng.access.models import Guidance, Referral, RegistrationCheck
from chizheng.access.queries.gates import Published
from chizheng.access.queries.referral import offers_for, sessions_for
from chizheng.catalogue.queries import region_name
from chizheng.law.io.shelf import law
from chizheng.law.types import GateKind
from chizheng.people.queries import main_document
from chizheng.platform.clock import day_of
from chizheng.platform.faults import language
from chizheng.platform.sealing import mask


def level_name(level: int | None) -> str:
    found = law().level_names.get(level) if level else None
    return found.say(language()) if found else _("不限")


def acts_said(line: Line) -> str:
    return "、".join(ACTS[a.value].say(language()) for a in line.acts)


def poster(published: Published, *, at: datetime) -> bytes:
    """The list as it is hung up 上墙."""
    place = region_name(published.place, on=published.on)
    head = [_("职业（工种）"), _("最低等级"), _("适用行为"), _("依据"), _("起"), _("止（不含）")]
    sections = []
    for title, kinds in (
        (_("须持职业资格证书的职业"), (GateKind.GATE,)),
        (_("须持其他部门核发证件的职业"), (GateKind.LICENCE,)),
        (_("拟调整为准入、目前不作限制的职业"), (GateKind.PENDING,)),
    ):
        rows = _poster_rows(published.of(*kinds))
        if rows:
            sections.append(Section(title, head, [14, 2, 3, 6, 3, 3], rows))
    notes = [_("各条依据施行日期见表；例外情形见所引文件。")]
    if not all(x.verified for x in published.lines):
        notes.append(_("标 * 的条目尚未与原文核对。"))
    if published.known:
        notes.append(_("按 %(day)s 所知编制。") % {"day": published.known.isoformat()})
    paper = Paper(
        form="poster", title=_("就业准入职业名单"),
        subtitle=_("%(place)s · %(day)s") % {"place": place, "day": published.on.isoformat()},
        sections=sections, notes=notes, paragraphs=() if sections else (_("当日当地没有准入职业。"),),
        foot=_("打印于 %(day)s") % {"day": day_of(at).isoformat()},
    )  # fmt: skip
    return render(paper, at=at)


def _poster_rows(listed: Sequence[Line]) -> list[Sequence[str]]:
    """Occupations under one and the same demand share a row, so that ninety fit a wall."""
    alike: dict[tuple[object, ...], list[Line]] = {}
    for x in listed:
        alike.setdefault((*x.terms, x.authority, x.start, x.end), []).append(x)
    rows: list[Sequence[str]] = []
    above = ""
    for group in alike.values():
        line = group[0]
        names = "、".join(
            (x.occupation or _("凡有技术等级的工种")) + ("" if x.verified else "*") for x in group
        )
        more = "；".join(x for x in (line.authority, line.scope) if x)
        cites = "；".join(text for text, _verified in cited(line.citations, language()))
        until = line.end.isoformat() if line.end else "—"
        named = f"{names}（{more}）" if more else names
        if named == above and len(group) > 3:
            named = _("同上 %(n)s 种") % {"n": len(group)}
        else:
            above = named
        rows.append(
            (named, level_name(line.level), acts_said(line), cites,
             line.start.isoformat(), until)
        )  # fmt: skip
    return rows


def referral_letter(referral: Referral, *, at: datetime) -> bytes:
    """推荐信: the seeker takes it to the employer."""
    vacancy, lang = referral.vacancy, language()
    document = main_document(referral.person)
    reasons = referral.gate["reasons_en" if lang == "en" else "reasons"]
    paper = Paper(
        form="letter", title=_("推荐信"), subtitle=_("编号 %(n)s") % {"n": f"{referral.made_at:%Y}-{referral.pk:06d}"},
        facts=[
            (_("用人单位"), vacancy.employer), (_("岗位"), f"{vacancy.title}（{vacancy.occupation}）"),
            (_("求职者"), referral.person.name),
            (_("证件号码"), mask(document.number) if document else "—"),
            (_("工作地点"), region_name(vacancy.region, on=day_of(referral.made_at))),
            (_("到岗日期"), vacancy.start_on.isoformat()),
        ],
        paragraphs=[
            _("兹推荐上述求职者应聘贵单位岗位。推荐时已按当日规定和证书库状态核对其从业资格，结论为“%(verdict)s”。")
            % {"verdict": VERDICTS[referral.gate["verdict"]].say(lang)},
            *(f"· {r['message']}{r['citation'] or ''}" for r in reasons),
            *((_("推荐理由：%(why)s。") % {"why": "、".join(WHY[w].say(lang) for w in referral.reasons)},)
              if referral.reasons else ()),
            _("请在面试后将结果反馈推荐机构。"),
        ],
        notes=[_("证书状态以持证核验页面当日查询为准。")],
        signed=referral.organisation.name, dated=day_of(referral.made_at).isoformat(),
        foot=referral.organisation.name,
    )  # fmt: skip
    return render(paper, at=at)


def guidance_letter(guidance: Guidance, *, at: datetime) -> bytes:
    """培训指导书: what is missing, the nearest way, courses and sittings nearby."""
    lang = language()
    on = day_of(at)
    key = "en" if lang == "en" else "zh"
    advice = guidance.advice
    levels = [advice["via"]] if advice["via"] else []
    levels.append(guidance.level)
    ways = [
        [w[key], "；".join(f[key] for f in w["findings"]), "、".join(w.get(f"bring_{key}", ())),
         _VERDICT[w["verdict"]]()]
        for w in advice["ways"]
    ]  # fmt: skip
    sections = []
    if ways:
        head = [_("条件"), _("对照"), _("报名时带"), _("结论")]
        sections.append(Section(_("申报条件（任选其一，最近的在前）"), head, [5, 5, 3, 2], ways))
    stated = [[s[key], s[f"proof_{key}"]] for s in advice.get("stated", ())]
    if stated:
        head = [_("经历"), _("能出示的证明")]
        sections.append(Section(_("据以判断的本人陈述"), head, [7, 4], stated))
    offers = [
        [o.body, level_name(o.level), o.starts_on.isoformat(), str(o.hours), f"{o.cost_fen / 100:.2f}", o.contact]
        for level in levels for o in offers_for(guidance.occupation, level, region=guidance.region, on=on)
    ]  # fmt: skip
    if offers:
        head = [_("培训机构"), _("等级"), _("开班"), _("学时"), _("费用（元）"), _("联系方式")]
        sections.append(Section(_("附近的培训班"), head, [5, 3, 3, 2, 3, 4], offers))
    sittings = [
        [s.station.name, level_name(s.level), s.exam_date.isoformat(), s.enrolment_close.isoformat()]
        for level in levels for s in sessions_for(guidance.occupation, level, region=guidance.region, on=on)
    ]  # fmt: skip
    if sittings:
        head = [_("鉴定所（站）"), _("等级"), _("考试日期"), _("报名截止")]
        sections.append(Section(_("附近的鉴定批次"), head, [6, 3, 3, 3], sittings))
    lead = _("您希望从事“%(occupation)s”，须取得%(level)s证书。") % {
        "occupation": guidance.occupation, "level": level_name(guidance.level)}  # fmt: skip
    if advice["via"]:
        lead += _("目前尚不符合申报条件，建议先取得%(level)s证书。") % {"level": level_name(advice["via"])}
    elif advice["may_enrol"]:
        lead += _("按现有资料可以报名，所列待证事项在报名时提交证明。")
    paper = Paper(
        form="letter", title=_("培训指导书"),
        subtitle=_("编号 %(n)s") % {"n": f"{guidance.made_at:%Y}-{guidance.pk:06d}"},
        facts=[(_("姓名"), guidance.person.name), (_("目标"), f"{guidance.occupation} {level_name(guidance.level)}")],
        paragraphs=[lead], sections=sections,
        notes=[_("申报条件依据：%(cite)s") % {"cite": advice["citation"]},
               *((_("本人陈述未经核实，报名时以证明材料为准。"),) if stated else ()),
               _("取得证书后本指导自动结案，可直接申请推荐。")],
        signed=guidance.organisation.name if guidance.organisation else "",
        dated=day_of(guidance.made_at).isoformat(), foot=_("打印于 %(day)s") % {"day": on.isoformat()},
    )  # fmt: skip
    return render(paper, at=at)


_VERDICT = {"met": lambda: _("符合"), "unknown": lambda: _("待证明"), "unmet": lambda: _("不符合")}


def check_answer(check: RegistrationCheck, *, at: datetime) -> bytes:
    """开业资格查询答复: for the registration file."""
    lang = language()
    key = "reasons_en" if lang == "en" else "reasons"
    rows = [
        [i["occupation"], VERDICTS[i["verdict"]].say(lang),
         "\n".join(r["message"] for r in i[key]), "\n".join(i["citations"])]
        for i in check.answer["items"]
    ]  # fmt: skip
    notes = [n["en" if lang == "en" else "zh"] for n in check.answer["notes"]]
    if any(i["unverified"] for i in check.answer["items"]):
        notes.append(_("所引部分条目尚未与原文核对，作出不利决定前请先核实。"))
    persons = "、".join(
        f"{p.get_duty_display()} {mask(p.name, 1, 0)} …{p.tail}" for p in check.persons.order_by("pk")
    )
    head = [_("职业（工种）"), _("结论"), _("理由"), _("依据")]
    paper = Paper(
        form="letter", title=_("从业资格查询答复"), subtitle=_("编号 %(n)s") % {"n": check.number},
        facts=[
            (_("字号名称"), check.business), (_("经营范围"), check.scope), (_("人员"), persons),
            (_("登记地"), region_name(check.place, on=check.on)), (_("判断日期"), check.answer["judged_on"]),
            (_("结论"), f"{VERDICTS[check.verdict].say(lang)}（{check.get_state_display()}）"),
        ],
        sections=[Section(_("逐项结论"), head, [3, 2, 7, 6], rows)] if rows else [], notes=notes,
        dated=day_of(check.asked_at).isoformat(),
        foot=_("答复时间 %(at)s") % {"at": f"{check.asked_at.astimezone(at.tzinfo):%Y-%m-%d %H:%M}"},
    )  # fmt: skip
    return render(paper, at=at)
