"""Words of the access pages."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext as _

from chizheng.kernel.money import Money

register = template.Library()


@register.filter
def yuan(fen: int) -> str:
    """An amount in fen as yuan."""
    return _("%(amount)s 元") % {"amount": f"{Money(fen).yuan:,.2f}".removesuffix(".00")}
