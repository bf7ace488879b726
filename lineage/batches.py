"""What does one transaction do with the events of a batch?

Raw events first, then evidence and folds. What the projection cannot take stays stored,
marked as not applied.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from django.db import connection

from lineage import bodies, openlineage
from lineage.applying import apply, store_unapplied
from lineage.authorization import UNBOUNDED, Verdict, authorize
from lineage.conformance import Conformance, Refused
from lineage.models import Event, ProjectionState
from lineage.projection.admission import Admitted, inert_hash
from lineage.projection.registry import next_ids
from lineage.projection.rows import fetch, spell, transpose
from lineage.replaying import reapply
from lineage.writing import Writer, writing
from policies.signing_in import tokens
from policies.signing_in.credentials import Credential

SYSTEM = 0  # Acceptance.principal_id of what the system itself takes in

# By the unique index on digest.
FIND_EVENTS = """
SELECT id, digest, recorded_at FROM lineage_event WHERE digest = ANY(%s::bytea[])
"""
# By primary key.
BELIEVED = "SELECT id FROM lineage_event WHERE id = ANY(%s) AND status IN (0, 1)"
# By primary key.
FIND_ACCEPTANCES = """
SELECT event_id, principal_id, inert_hash, inert FROM lineage_acceptance
WHERE event_id = ANY(%s)
"""
ADD_RAW = (
    "COPY lineage_rawevent (event_id, recorded_at, body) FROM STDIN (FORMAT BINARY)"
)
ADD_ACCEPTANCES = """
INSERT INTO lineage_acceptance (event_id, principal_id, inert_hash, inert, recorded_at)
SELECT event_id, principal_id, inert_hash, inert::text[], recorded_at
FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::timestamptz[])
  AS w(event_id, principal_id, inert_hash, inert, recorded_at)
"""


@dataclass(frozen=True, slots=True)
class Offer:
    """One event at the door. `credential=None` is the system itself."""

    body: bytes
    event: openlineage.Event
    credential: Credential | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one offer: 201 is durable, also for one that was known already."""

    status: int
    code: str = ""
    reason: str = ""
    pointer: str = ""
    retriable: bool = False


STORED = Outcome(201)


def refusal(refused: Refused) -> Outcome:
    return Outcome(refused.status, refused.code, refused.detail, refused.pointer or "")


def commit(offers: Sequence[Offer]) -> list[Outcome]:
    """Write a batch in one transaction; returns when it is durable.

    Raises what `applying.is_passing` where nothing was written.
    """
    with writing() as writer:
        return _Batch(writer, offers).write()


@dataclass(frozen=True, slots=True)
class _Acceptance:
    principal: int
    inert: tuple[str, ...]


class _Batch:
    """One transaction's worth of offers."""

    def __init__(self, writer: Writer, offers: Sequence[Offer]) -> None:
        self.writer = writer
        self.cursor = writer.cursor
        self.offers = offers
        self.outcomes = [STORED] * len(offers)
        # By digest: the first offer, who sent it, and the warnings of the sendings.
        self.first: dict[bytes, Offer] = {}
        self.accepted: dict[bytes, dict[_Acceptance, tuple[Conformance, ...]]] = (
            defaultdict(dict)
        )

    def write(self) -> list[Outcome]:
        self._authorize()
        if not self.first:
            return self.outcomes
        found, spare = self.cursor.fetch_all(
            (FIND_EVENTS, (list(self.first),)),
            next_ids("lineage_event_id_seq", len(self.first)),
        )
        known = {bytes(digest): (i, at) for i, digest, at in found}
        self._write_new(
            [d for d in self.first if d not in known], sorted(i for (i,) in spare)
        )
        repeated = {known[d][0]: d for d in self.first if d in known}
        if repeated:
            self._accept_again(repeated)
        return self.outcomes

    def _authorize(self) -> None:
        """Judge each offer by what its credential is worth in this transaction."""
        asked = {o.credential.key_id: o.credential for o in self.offers if o.credential}
        worth = tokens.confirm(asked.values(), connection) if asked else {}
        for index, offer in enumerate(self.offers):
            try:
                principal, verdict = self._judge(offer, worth)
            except Refused as refused:
                self.outcomes[index] = refusal(refused)
                continue
            digest = sha256(offer.body).digest()
            self.first.setdefault(digest, offer)
            acceptance = _Acceptance(principal, verdict.inert)
            self.accepted[digest][acceptance] = verdict.warnings

    def _judge(
        self, offer: Offer, worth: Mapping[str, Credential]
    ) -> tuple[int, Verdict]:
        if offer.credential is None:
            return SYSTEM, UNBOUNDED
        credential = worth.get(offer.credential.key_id)
        if credential is None:
            raise Refused(
                401, "token_refused", "", "The token was revoked, or has expired."
            )
        return credential.principal_id or SYSTEM, authorize(
            offer.event, credential.ingest
        )

    def _write_new(self, digests: list[bytes], ids: list[int]) -> None:
        if not digests:
            return
        admitted = [
            self._admitted(digest, i, recorded_at)
            for digest, i, recorded_at in zip(
                digests,
                ids[: len(digests)],
                self.writer.stamps(len(digests)),
                strict=True,
            )
        ]
        self.cursor.copy(
            ADD_RAW,
            ["int8", "timestamptz", "bytea"],
            (
                (
                    one.id,
                    one.recorded_at,
                    bodies.seal(self.first[one.digest].body, one.digest),
                )
                for one in admitted
            ),
        )
        self._write_acceptances(
            (one.id, one.recorded_at, acceptance)
            for one in admitted
            for acceptance in self.accepted[one.digest]
        )
        if self.writer.mode == ProjectionState.Mode.REBUILDING:
            for one in admitted:
                store_unapplied(self.writer, one, Event.Status.PENDING, "")
        else:
            apply(self.writer, admitted)

    def _admitted(self, digest: bytes, i: int, recorded_at: object) -> Admitted:
        offer = self.first[digest]
        inert = frozenset.intersection(
            *(frozenset(each.inert) for each in self.accepted[digest])
        )
        # What one sender may alter, nobody needs to be warned of.
        first, *others = self.accepted[digest].values()
        warnings = [w for w in first if all(w in other for other in others)]
        return Admitted(
            i,
            digest,
            offer.event,
            recorded_at,  # type: ignore[arg-type]
            len(offer.body),
            inert,
            tuple(warnings),
        )

    def _write_acceptances(
        self, rows: Iterable[tuple[int, object, _Acceptance]]
    ) -> None:
        written = [
            (
                event,
                acceptance.principal,
                inert_hash(acceptance.inert),
                spell(acceptance.inert) if acceptance.inert else None,
                recorded_at,
            )
            for event, recorded_at, acceptance in rows
        ]
        self.cursor.write(ADD_ACCEPTANCES, *transpose(written, 5))

    def _accept_again(self, repeated: dict[int, bytes]) -> None:
        """Note who else sent an event; a wider scope lets more of it count."""
        before: dict[int, list[frozenset[str]]] = defaultdict(list)
        held = set()
        for event, principal, hash_, inert in fetch(
            self.cursor, FIND_ACCEPTANCES, list(repeated)
        ):
            before[event].append(frozenset(inert or ()))
            held.add((event, principal, hash_))
        new = [
            (event, self.writer.recorded_at, acceptance)
            for event, digest in sorted(repeated.items())
            for acceptance in self.accepted[digest]
            if (event, acceptance.principal, inert_hash(acceptance.inert)) not in held
        ]
        if not new:
            return
        self._write_acceptances(new)
        if self.writer.mode == ProjectionState.Mode.REBUILDING:
            return  # the rebuild settles it
        now = {event: list(sets) for event, sets in before.items()}
        for event, _, acceptance in new:
            now.setdefault(event, []).append(frozenset(acceptance.inert))
        widened = [
            event
            for event, sets in before.items()
            if frozenset.intersection(*now[event]) < frozenset.intersection(*sets)
        ]
        if widened:
            believed = [i for (i,) in fetch(self.cursor, BELIEVED, widened)]
            if believed:
                reapply(self.writer, believed)
