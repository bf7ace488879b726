"""Which name does a steward's rule give to a dataset?"""

from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import urlsplit

from lineage.models import AliasRule

Kind = AliasRule.Kind

# Scheme → the port that its namespace may leave out (OpenLineage's naming rules).
DEFAULT_PORTS = {
    "postgres": 5432,
    "postgresql": 5432,
    "redshift": 5439,
    "mysql": 3306,
    "mssql": 1433,
    "sqlserver": 1433,
    "oracle": 1521,
    "db2": 50000,
    "hive": 10000,
    "trino": 8080,
    "cassandra": 9042,
    "teradata": 1025,
    "crate": 5432,
    "oceanbase": 2881,
    "hdfs": 8020,
    "kafka": 9092,
}
QUOTES = str.maketrans("", "", '"`')


class Rule(NamedTuple):
    """The part of an AliasRule that a name is held against."""

    kind: str
    namespace: str
    name: str
    other_namespace: str
    other_name: str


def rename(namespace: str, name: str, rules: Iterable[Rule]) -> tuple[str, str]:
    """Apply each rule once, in the order given. Equal names come out equal."""
    for rule in rules:
        if rule.kind == Kind.MERGE:
            if (namespace, name) == (rule.namespace, rule.name):
                namespace, name = rule.other_namespace, rule.other_name
        elif rule.kind != Kind.SPLIT and rule.namespace in ("", namespace):
            namespace, name = _spell(rule, namespace, name)
    return namespace, name


def _spell(rule: Rule, namespace: str, name: str) -> tuple[str, str]:
    match rule.kind:
        case Kind.NAMESPACE:
            return rule.other_namespace, name
        case Kind.QUOTES:
            return namespace, name.translate(QUOTES) or name
        case Kind.TRAILING_SLASH:
            return namespace.rstrip("/") or namespace, name.rstrip("/") or name
        case Kind.DEFAULT_PORT:
            return without_default_port(namespace), name
    return namespace, name


def without_default_port(namespace: str) -> str:
    """Drop `:5432` from `postgres://host:5432`, and the like."""
    parts = urlsplit(namespace)
    try:
        port = parts.port
    except ValueError:
        return namespace
    if port is not None and port == DEFAULT_PORTS.get(parts.scheme):
        return namespace.replace(f":{port}", "", 1)
    return namespace
