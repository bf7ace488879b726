"""A world as it would be had nobody sent what refers to hidden things.

Neither to hidden assets, nor to hidden columns of visible ones.
"""

from dataclasses import replace

from tests.noninterference.worlds import Use, World, shown


def without_hidden(world):
    """The world as if events had been sent without references to hidden assets.

    What a hidden job reports of a visible asset is that asset's: it goes on being sent,
    by a job of its own for each asset, which nothing else is known of.
    """
    events, stand_ins = [], {}
    for sent in world.events:
        if sent.thing is not None:
            if not sent.thing.is_hidden:
                events.append(replace(sent, thing=sent.thing.bare))
            continue
        if not sent.use.job.is_hidden:
            events.append(replace(sent, use=_visible_part(sent.use)))
            continue
        for use in _stand_ins(sent.use, stand_ins):
            events.append(replace(sent, use=use))
    edges = [
        replace(edge, source=edge.source.bare, target=edge.target.bare)
        for edge in world.edges
        if not edge.is_hidden
    ]
    things = shown(world.things)
    removed = {thing for thing in world.things if thing.is_hidden}
    return World(
        world.viewer, [*things, *stand_ins.values()], events, edges, removed=removed
    )


def _visible_part(use):
    return replace(
        use,
        reads=shown(use.reads),
        writes=shown(use.writes),
        # Facets stay, and lists in them, without what refers to something hidden.
        derives=tuple(
            _visible_way(*derived)
            for derived in use.derives
            if not derived[0].is_hidden
        ),
        parent=None if use.parent and use.parent.is_hidden else use.parent,
        aliases=tuple(
            (own.bare, None if other.is_hidden else other.bare)
            for own, other in use.aliases
        ),
        renamed=tuple(pair for pair in use.renamed if not pair[1].is_hidden),
    )


def _visible_way(to, column, source, its_column):
    if to.hides(column):
        return to.bare, None, None, ""
    return (
        to.bare,
        column,
        None if source.hides(its_column) else source.bare,
        its_column,
    )


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
