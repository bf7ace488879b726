"""How does a steward say that two names are one dataset, or that one stands alone?"""

from django.utils import timezone

from lineage.alias_rules import rename
from lineage.models import AliasRule
from lineage.projection.aliases import ADD_RULED, choose_canonical, current_rules
from lineage.projection.rows import transpose
from lineage.projection.work import Work
from lineage.writing import Writer, writing
from policies import audit
from policies.access import Someone

CHUNK = 5000

# By primary key. All of them, whatever the rule is about: one rule may name what
# another renames.
CANDIDATES = """
SELECT d.id, n.name, d.name, a.alias_id
FROM catalog_dataset d JOIN catalog_namespace n ON n.id = d.namespace_id
LEFT JOIN lineage_datasetalias a ON a.dataset_id = d.id AND a.kind = 4
WHERE d.id > %s ORDER BY d.id LIMIT %s
"""
# By primary key.
DROP_RULED = """
DELETE FROM lineage_datasetalias AS a
USING unnest(%s::bigint[], %s::bigint[]) AS w(dataset_id, alias_id)
WHERE a.dataset_id = w.dataset_id AND a.alias_id = w.alias_id AND a.kind = 4
"""
FIELDS = ("kind", "namespace", "name", "other_namespace", "other_name")
WORDS = {
    "namespace": "a namespace",
    "name": "a name",
    "other_namespace": "the namespace that it becomes",
    "other_name": "the name that it becomes",
}


class RuleSaysNothing(Exception):
    """The rule lacks what its kind needs; the message says what."""


class RuleEnded(Exception):
    """The rule has ended already."""


def make_alias_rule(rule: AliasRule, *, actor: Someone | None) -> AliasRule:
    """Put a rule in force, for the names that are known and for those to come.

    Raises RuleSaysNothing.
    """
    _check(rule)
    with writing() as writer:
        rule.recorded_from, rule.recorded_to = timezone.now(), None
        rule.save(force_insert=True)
        _apply(writer, rule)
        facts = {name: getattr(rule, name) for name in FIELDS}
        audit.record(
            audit.Act.ALIAS_RULE_MADE,
            rule,
            actor=actor,
            changes=facts,
            reason=rule.reason,
        )
    return rule


def end_alias_rule(rule: AliasRule, *, reason: str, actor: Someone | None) -> None:
    """Take a rule back: what it alone held together comes apart again.

    Raises RuleEnded.
    """
    with writing() as writer:
        ended = AliasRule.objects.current().filter(pk=rule.pk)
        if not ended.update(recorded_to=timezone.now()):
            raise RuleEnded(str(rule))
        _apply(writer, rule)
        audit.record(audit.Act.ALIAS_RULE_ENDED, rule, actor=actor, reason=reason)


def _check(rule: AliasRule) -> None:
    kind = AliasRule.Kind
    needed = {
        kind.NAMESPACE: ("namespace", "other_namespace"),
        kind.MERGE: ("namespace", "name", "other_namespace", "other_name"),
        kind.SPLIT: ("namespace", "name"),
    }.get(kind(rule.kind), ())
    missing = [name for name in needed if not getattr(rule, name)]
    if missing:
        words = ", ".join(WORDS[name] for name in missing)
        raise RuleSaysNothing(f"A rule of kind {rule.kind} needs {words}.")
    own, other = (rule.namespace, rule.name), (rule.other_namespace, rule.other_name)
    if kind(rule.kind) in (kind.NAMESPACE, kind.MERGE) and own == other:
        raise RuleSaysNothing("A rule leads from one name to another, not to itself.")
    if not rule.reason.strip():
        raise RuleSaysNothing("A rule needs a reason.")


def _apply(writer: Writer, rule: AliasRule) -> None:
    """Hold all names against the rules in force, now that one came or went."""
    session = writer.cursor
    registry = writer.registry()
    rules = current_rules(session)
    touched: set[int] = set()
    last = 0
    while True:
        rows = session.fetch(CANDIDATES, last, CHUNK)
        if not rows:
            break
        last = rows[-1][0]
        wanted = {
            i: other
            for i, namespace, name, _ in rows
            if (other := rename(namespace, name, rules)) != (namespace, name)
        }
        registry.resolve_datasets(wanted.values())
        held = {(i, alias) for i, _, _, alias in rows if alias is not None}
        now = {(i, registry.dataset(other)) for i, other in wanted.items()}
        session.write(DROP_RULED, *transpose(sorted(held - now), 2))
        session.write(ADD_RULED, *transpose(sorted(now - held), 2))
        touched |= {i for pair in held ^ now for i in pair}
    if rule.kind == AliasRule.Kind.SPLIT:
        registry.resolve_datasets([(rule.namespace, rule.name)])
        touched.add(registry.dataset((rule.namespace, rule.name)))
    writer.learnt_names.append(registry.own)
    if touched:
        choose_canonical(Work(session, registry, writer.known.facts, []), touched)
    session.flush()
