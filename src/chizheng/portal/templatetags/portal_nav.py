"""Menus for templates."""

from __future__ import annotations

from django import template

from chizheng.platform.menu import MenuEntry
from chizheng.platform.roles import Role
from chizheng.portal.menu import menu_of

register = template.Library()


@register.simple_tag
def desk_menu(role: str) -> list[MenuEntry]:
    """Links of the signed-in desk."""
    return menu_of(role)


@register.simple_tag
def public_nav() -> list[MenuEntry]:
    """Links that everybody sees in the head of the page."""
    return menu_of(Role.PUBLIC)
