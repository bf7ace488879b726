"""A world with all that is hidden made different, connecting what it did connect."""

from dataclasses import replace
from random import Random

from tests.noninterference.worlds import (
    FIELDS,
    OTHER_SECRETS,
    OTHER_WORDS,
    Edge,
    Sent,
    Use,
    World,
    shown,
)


def otherwise_hidden(world, seed):
    """The world with all that is hidden made different, but for what it connects."""
    random = Random(seed)
    renamed = {
        thing: replace(thing, name=f"{random.choice(OTHER_WORDS)}_{number}x")
        for number, thing in enumerate(world.things)
        if thing.is_hidden
    }
    renamed |= {t: _other_secrets(random, t) for t in world.things if t.secrets}
    new = lambda thing: renamed.get(thing, thing)  # noqa: E731
    uses = {sent.use for sent in world.events if sent.use}
    changed = {use: _with(use, new) for use in uses}
    events = [_other_event(sent, changed, new, random) for sent in world.events]
    things = [new(thing) for thing in world.things]
    edges = [_other_edge(edge, new) for edge in world.edges]
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


def _other_secrets(random, thing):
    """A dataset with its hidden columns called otherwise, and perhaps one more."""
    count = len(thing.secrets) + random.randrange(2)
    secrets = tuple(random.sample(OTHER_SECRETS, count))
    called = dict(zip(thing.secrets, secrets, strict=False))
    columns = [called.get(column, column) for column in thing.columns]
    columns = dict.fromkeys([*columns, *secrets])
    return replace(thing, columns=tuple(columns), secrets=secrets)


def _called(thing, column, new):
    """What a column of a dataset is called in the other world."""
    first, _, _ = column.partition(".")
    if first not in thing.secrets or thing.is_hidden:
        return column
    return new(thing).secrets[thing.secrets.index(first)]


def _other_edge(edge, new):
    source, target = edge.source, edge.target
    ends = zip((source, target), edge.columns, strict=True)
    columns = tuple(_called(thing, column, new) for thing, column in ends)
    return Edge(new(source), new(target), columns)


def _more_derived(use, new):
    """What one more hidden column comes from: another that is hidden, if any."""
    for written in use.writes:
        other = new(written)
        if len(other.secrets) > len(written.secrets):
            for read in use.reads:
                if read.secrets:
                    yield other, other.secrets[-1], new(read), new(read).secrets[0]


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
        (
            *(
                (new(a), _called(a, b, new), new(c), _called(c, d, new))
                for a, b, c, d in use.derives
            ),
            *_more_derived(use, new),
        ),
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
    return shown([*use.reads, *use.writes, *parents])


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
    world.edges = [replace(e, target=first(e.target)) for e in world.edges]
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
