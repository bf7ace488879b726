"""Keys of rows, in templates."""

from django import template

from policies.row_keys import key_of

register = template.Library()
register.filter("row_key", key_of)
