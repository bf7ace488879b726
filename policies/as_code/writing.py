"""How is a policy written as YAML? The same policy in the same bytes, always."""

from typing import Any

import yaml

from policies.as_code.document import Policy

HEADER = """\
# Who may what in this Headwater. `manage.py policy plan FILE` shows what a change of
# this file would do. `base` tells from which state it was made.
"""
WIDTH = 100


class _Dumper(yaml.SafeDumper):
    """Indents lists below their key, and repeats what is equal in full."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    """Quote what has any odd sign, and escape that: readers fold line ends of sorts."""
    style = None if text.isprintable() else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent_text)


def policy_text(policy: Policy) -> str:
    """The policy with its own digest as the base of what is made of it."""
    document = policy.document
    told = {"version": document.pop("version"), "base": policy.digest, **document}
    filled = {name: value for name, value in told.items() if value}
    return HEADER + yaml.dump(
        filled,
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        width=WIDTH,
    )
