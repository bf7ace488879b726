"""Random worlds of lineage in plain data, of which a viewer may see a part."""

from dataclasses import dataclass, field, replace
from random import Random

# How the viewer comes to see a part of the world only.
VIEWERS = (
    *("glob", "tag", "domain", "shares", "owner", "condition", "steward", "group"),
    "columns",  # as "tag", and single columns of visible datasets have the tag, too
)
BY_NAMESPACE = ("glob", "steward")
FIELDS = ("id", "email", "total")
WORDS = ("harbour", "ledger", "voyage", "cargo", "tide")
OTHER_WORDS = ("quarry", "saffron", "meridian")  # that nothing visible is called by
# Columns that may be hidden: some that are visible elsewhere, one with another in it.
SECRETS = (*FIELDS, "pin", "home")
INNER = {"home": "home.city", "ward": "ward.street"}
OTHER_SECRETS = ("passport", "ward", "salary", "badge")


@dataclass(frozen=True, order=True)
class Thing:
    """A dataset or job, by its name in a world."""

    kind: str
    namespace: str
    name: str
    is_hidden: bool
    columns: tuple[str, ...] = FIELDS
    secrets: tuple[str, ...] = ()  # those of its columns that are hidden
    tells_tags: bool = False  # whether producers always say what tags it has

    @property
    def key(self):
        return {"namespace": self.namespace, "name": self.name}

    @property
    def told_secrets(self):
        """Those that producers tag; people do the others."""
        first = sum(map(ord, self.name)) % 2
        return self.secrets[first::2]

    def hides(self, column):
        return self.is_hidden or column.partition(".")[0] in self.secrets

    @property
    def bare(self):
        """The same without what is hidden of it."""
        left = tuple(c for c in self.columns if c not in self.secrets)
        return replace(self, columns=left, secrets=())


@dataclass(frozen=True)
class Use:
    """A job reads some datasets and writes some, with what is said of their columns."""

    job: Thing
    reads: tuple[Thing, ...]
    writes: tuple[Thing, ...]
    # (written, its column or "", read, its column): how columns are derived
    derives: tuple[tuple[Thing, str, Thing, str], ...] = ()
    parent: Thing | None = None
    aliases: tuple[tuple[Thing, Thing], ...] = ()  # (written, another name of it)
    renamed: tuple[tuple[Thing, Thing], ...] = ()  # (written, what it was called)


@dataclass(frozen=True)
class Sent:
    """One event, `at` a minute: of a use's run in some state, or of an asset alone."""

    at: float
    state: str = ""
    use: Use | None = None
    run: int = 0
    thing: Thing | None = None
    flavour: int = 0  # what else its facets say


@dataclass(frozen=True)
class Edge:
    """An edge that people declare."""

    source: Thing
    target: Thing
    columns: tuple[str, str] = ("", "")

    @property
    def is_hidden(self):
        source, target = self.columns
        return self.source.hides(source) or self.target.hides(target)


@dataclass
class World:
    viewer: str
    things: list[Thing]
    events: list[Sent]
    edges: list[Edge]
    flavour: int = 0  # of what people say of hidden assets
    removed: set[Thing] = field(default_factory=set)

    def visible(self, kind):
        return [t for t in self.things if t.kind == kind and not t.is_hidden]

    def hidden(self, kind):
        return [t for t in self.things if t.kind == kind and t.is_hidden]


def make_world(seed, size=6):
    """A random world of some datasets and jobs; the same for the same seed."""
    random = Random(seed)
    viewer = VIEWERS[seed // 2 % len(VIEWERS)]
    datasets = [_thing(random, viewer, "dataset", number) for number in range(size)]
    jobs = [_thing(random, viewer, "job", number) for number in range(size)]
    uses = [_use(random, job, datasets, jobs) for job in jobs]
    # What is seen first makes the namespaces, for the viewer as for everybody.
    events = [Sent(0, thing=datasets[0]), Sent(1, thing=jobs[0])]
    minute = 1
    for run in range(2):
        for use in random.sample(uses, len(uses)):
            if run and random.random() < 0.5:
                continue
            minute += 1
            flavour = random.randrange(8)
            is_whole = random.random() < 0.8
            if is_whole:
                events.append(Sent(minute, "START", use, run, flavour=flavour))
            # Of a hidden job the connections shall not depend on how it ended.
            ends = ["COMPLETE"] * 4 + ["FAIL"] * (not use.job.is_hidden)
            end = random.choice(ends)
            events.append(Sent(minute + 1, end, use, run, flavour=flavour))
            minute += 2
    for thing in random.sample([*datasets, *jobs], 3):
        minute += 1
        events.append(Sent(minute, thing=thing, flavour=random.randrange(8)))
    edges = [_edge(random, datasets, jobs) for _ in range(random.randrange(3))]
    edges = [edge for edge in edges if edge.source != edge.target]
    return World(viewer, [*datasets, *jobs], events, edges)


def _thing(random, viewer, kind, number):
    # The first two of each kind make sure that there is something of each sort.
    is_hidden = number == 1 or (number > 1 and random.random() < 0.4)
    if viewer in BY_NAMESPACE:
        home = "dark" if is_hidden else "open"
    else:
        home = "dark" if is_hidden and random.random() < 0.3 else "shared"
    space = f"{home}.{'jobs' if kind == 'job' else 'db'}"
    thing = Thing(kind, space, f"{kind[0]}{number}_{random.choice(WORDS)}", is_hidden)
    if viewer == "columns" and kind == "dataset" and not is_hidden:
        return _with_secrets(random, thing, number)
    return thing


def _with_secrets(random, thing, number):
    secrets = tuple(random.sample(SECRETS, random.choice([1, 1, 2])))
    if number and random.random() < 0.3:
        return thing
    columns = tuple(dict.fromkeys([*FIELDS, *secrets]))
    return replace(thing, columns=columns, secrets=secrets, tells_tags=True)


def _column(random, thing):
    column = random.choice(thing.columns)
    return random.choice([column, INNER[column]]) if column in INNER else column


def _use(random, job, datasets, jobs):
    reads = tuple(random.sample(datasets, random.randint(0, 2)))
    rest = [one for one in datasets if one not in reads]
    writes = tuple(random.sample(rest, random.randint(1, 2)))
    derives = tuple(
        (written, column, read, _column(random, read))
        for written in writes
        for column in (*written.columns, "")
        for read in reads
        if random.random() < (0.5 if column else 0.15)
    )
    parent = random.choice([None, None, *(one for one in jobs if one != job)])
    aliases, renamed = (), ()
    if random.random() < 0.2:
        # Who may see a dataset may see all of its names.
        written = writes[0]
        aliases = ((written, replace(written, name=f"{written.name}_alias")),)
    return Use(job, reads, writes, derives, parent, aliases, renamed)


def _edge(random, datasets, jobs):
    source = random.choice(datasets)
    target = random.choice([*datasets, *jobs])
    if source.tells_tags and target.kind == "dataset" and random.random() < 0.7:
        return Edge(source, target, (_column(random, source), _column(random, target)))
    return Edge(source, target)


def shown(things):
    """Those that are not hidden, without what is hidden of them."""
    return tuple(thing.bare for thing in things if not thing.is_hidden)
