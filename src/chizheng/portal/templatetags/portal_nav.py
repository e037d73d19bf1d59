"""Menus for templates."""

from __future__ import annotations

from django import template

from chizheng.platform.menu import MenuEntry
from chizheng.platform.roles import Role
from chizheng.portal.menu import MenuGroup, groups_of, menu_of

register = template.Library()

_IN_THE_HEAD = 6
"""The head of a page carries this many links; the home page has them all."""


@register.simple_tag
def desk_menu(role: str) -> list[MenuGroup]:
    """Links of the signed-in desk, by context."""
    return groups_of(role)


@register.simple_tag
def public_nav() -> list[MenuEntry]:
    """What anybody may use, in order."""
    return menu_of(Role.PUBLIC)


@register.simple_tag
def head_nav() -> list[MenuEntry]:
    """Links in the head of the page."""
    return public_nav()[:_IN_THE_HEAD]
