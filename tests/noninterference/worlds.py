"""Random worlds of lineage in plain data, of which a viewer may see a part.

`without_hidden` is the same world as it would be had nobody sent what refers to hidden
assets; `otherwise_hidden` is one in which all that is hidden is different, and connects
the same visible assets.
"""

from dataclasses import dataclass, field, replace
from random import Random

# How the viewer comes to see a part of the world only.
VIEWERS = ("glob", "tag", "domain", "shares", "owner", "condition", "steward", "group")
BY_NAMESPACE = ("glob", "steward")
FIELDS = ("id", "email", "total")
WORDS = ("harbour", "ledger", "voyage", "cargo", "tide")
OTHER_WORDS = ("quarry", "saffron", "meridian")  # that nothing visible is called by


@dataclass(frozen=True, order=True)
class Thing:
    """A dataset or job, by its name in a world."""

    kind: str
    namespace: str
    name: str
    is_hidden: bool

    @property
    def key(self):
        return {"namespace": self.namespace, "name": self.name}


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


def make_world(seed):
    """A random world; the same for the same seed."""
    random = Random(seed)
    viewer = VIEWERS[seed // 2 % len(VIEWERS)]
    datasets = [_thing(random, viewer, "dataset", number) for number in range(7)]
    jobs = [_thing(random, viewer, "job", number) for number in range(6)]
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
    return Thing(kind, space, f"{kind[0]}{number}_{random.choice(WORDS)}", is_hidden)


def _use(random, job, datasets, jobs):
    reads = tuple(random.sample(datasets, random.randint(0, 2)))
    rest = [one for one in datasets if one not in reads]
    writes = tuple(random.sample(rest, random.randint(1, 2)))
    derives = tuple(
        (written, column, read, random.choice(FIELDS))
        for written in writes
        for column in (*FIELDS, "")
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
    return Edge(source, target)


# Without what is hidden


def without_hidden(world):
    """The world as if events had been sent without references to hidden assets.

    What a hidden job reports of a visible asset is that asset's: it goes on being sent,
    by a job of its own for each asset, which nothing else is known of.
    """
    events, stand_ins = [], {}
    for sent in world.events:
        if sent.thing is not None:
            if not sent.thing.is_hidden:
                events.append(sent)
            continue
        if not sent.use.job.is_hidden:
            events.append(replace(sent, use=_visible_part(sent.use)))
            continue
        for use in _stand_ins(sent.use, stand_ins):
            events.append(replace(sent, use=use))
    edges = [e for e in world.edges if not (e.source.is_hidden or e.target.is_hidden)]
    things = [thing for thing in world.things if not thing.is_hidden]
    removed = {thing for thing in world.things if thing.is_hidden}
    return World(
        world.viewer, [*things, *stand_ins.values()], events, edges, removed=removed
    )


def _visible_part(use):
    return replace(
        use,
        reads=_shown(use.reads),
        writes=_shown(use.writes),
        # Facets stay, and lists in them, without what refers to something hidden.
        derives=tuple(
            (to, column, None if source.is_hidden else source, its_column)
            for to, column, source, its_column in use.derives
            if not to.is_hidden
        ),
        parent=None if use.parent and use.parent.is_hidden else use.parent,
        aliases=tuple(
            (own, None if other.is_hidden else other) for own, other in use.aliases
        ),
        renamed=tuple(pair for pair in use.renamed if not pair[1].is_hidden),
    )


def _shown(things):
    return tuple(thing for thing in things if not thing.is_hidden)


def _stand_ins(use, made):
    part = _visible_part(use)
    for is_output, things in ((False, part.reads), (True, part.writes)):
        for thing in things:
            key = (use.job, thing, is_output)
            if key not in made:
                name = f"standin{len(made)}"
                made[key] = replace(use.job, name=name)
            yield Use(
                made[key],
                () if is_output else (thing,),
                (thing,) if is_output else (),
                tuple(d for d in part.derives if is_output and d[0] == thing),
                None,
                tuple(pair for pair in part.aliases if is_output and pair[0] == thing),
            )
    if part.parent is not None:
        key = (use.job, part.parent, None)
        made.setdefault(key, replace(use.job, name=f"standin{len(made)}"))
        yield Use(made[key], (), (), parent=part.parent)


# With other hidden assets


def otherwise_hidden(world, seed):
    """The world with all that is hidden made different, but for what it connects."""
    random = Random(seed)
    renamed = {
        thing: replace(thing, name=f"{random.choice(OTHER_WORDS)}_{number}x")
        for number, thing in enumerate(world.things)
        if thing.is_hidden
    }
    new = lambda thing: renamed.get(thing, thing)  # noqa: E731
    uses = {sent.use for sent in world.events if sent.use}
    changed = {use: _with(use, new) for use in uses}
    events = [_other_event(sent, changed, new, random) for sent in world.events]
    things = [new(thing) for thing in world.things]
    edges = [Edge(new(edge.source), new(edge.target)) for edge in world.edges]
    other = World(world.viewer, things, events, edges, random.randrange(1, 9))
    for dataset in other.hidden("dataset"):
        way = random.choice(["", "longer", "dead end", "beside"])
        if way == "longer":
            _lengthen(other, dataset)
        elif way == "dead end":
            _hang_on(other, dataset)
        elif way == "beside":
            _repeat(other, random)
    return other


def _with(use, new):
    both = lambda pairs: tuple((new(a), new(b)) for a, b in pairs)  # noqa: E731
    aliases = tuple(
        (new(a), replace(b, name=f"{b.name}_also") if b.is_hidden else b)
        for a, b in use.aliases
    )
    return Use(
        new(use.job),
        tuple(map(new, use.reads)),
        tuple(map(new, use.writes)),
        tuple((new(a), b, new(c), d) for a, b, c, d in use.derives),
        new(use.parent) if use.parent else None,
        aliases,
        both(use.renamed),
    )


def _other_event(sent, changed, new, random):
    if sent.thing is not None:
        flavour = random.randrange(8) if sent.thing.is_hidden else sent.flavour
        return replace(sent, thing=new(sent.thing), flavour=flavour)
    use = changed[sent.use]
    # What a hidden job says of visible datasets is theirs, and stays as it is.
    is_free = use.job.is_hidden and not _told_of(use)
    more = {"run": sent.run + 8, "flavour": random.randrange(8)} if is_free else {}
    return replace(sent, use=use, **more)


def _told_of(use):
    """What of visible assets the events of a hidden job tell."""
    parents = (use.parent,) if use.parent else ()
    return _shown([*use.reads, *use.writes, *parents])


def _lengthen(world, dataset):
    """Put a job and a dataset before a hidden one: who wrote it writes the new one."""
    before = replace(dataset, name=f"{dataset.name}_before")
    job = replace(world.hidden("job")[0], name=f"pour_{dataset.name}")
    first = lambda thing: before if thing == dataset else thing  # noqa: E731
    written = [s.at for s in world.events if s.use and dataset in s.use.writes]
    if not written:
        return
    world.events = [
        replace(
            sent,
            use=replace(
                sent.use,
                writes=tuple(map(first, sent.use.writes)),
                derives=tuple((first(a), *more) for a, *more in sent.use.derives),
                aliases=tuple((first(a), b) for a, b in sent.use.aliases),
            ),
        )
        if sent.use
        else sent
        for sent in world.events
    ]
    world.edges = [Edge(edge.source, first(edge.target)) for edge in world.edges]
    same = tuple((dataset, name, before, name) for name in FIELDS)
    use = Use(job, (before,), (dataset,), same)
    world.events.append(Sent(max(written) + 0.5, "COMPLETE", use, 3))
    world.things += [before, job]


def _hang_on(world, dataset):
    """Let one more hidden job read a hidden dataset and write one nobody reads."""
    job = replace(world.hidden("job")[0], name=f"end_{dataset.name}")
    end = replace(dataset, name=f"{dataset.name}_end")
    use = Use(job, (dataset,), (end,))
    world.events.append(Sent(2.5, "COMPLETE", use, 4))
    world.things += [end, job]


def _repeat(world, random):
    """Let a hidden job that says nothing of visible datasets run again, and a twin."""
    free = [
        sent
        for sent in world.events
        if sent.use
        and sent.use.job.is_hidden
        and sent.state == "COMPLETE"
        and not _told_of(sent.use)
    ]
    if not free:
        return
    sent = random.choice(free)
    twin = replace(sent.use.job, name=f"{sent.use.job.name}_twin")
    world.events.append(replace(sent, at=sent.at + 0.6, run=9, flavour=3))
    use = replace(sent.use, job=twin)
    world.events.append(replace(sent, at=sent.at + 0.7, use=use, run=5))
    world.things.append(twin)
