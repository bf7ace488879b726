"""Whatever is looked for, and wherever: marks are where it is."""

from hypothesis import example, given
from hypothesis import strategies as st

from catalog.search.marking import Marker
from catalog.search.queries import read

WORDS = ("entry", "entries", "Orders", "ORDER", "status", "db1", "v2", "fct", "cities")
text = st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).flatmap(
    lambda words: st.sampled_from((" ", "_", ".", "")).map(lambda s: s.join(words))
)
anything = st.one_of(text, st.text(alphabet="aesiyxü1_. %", min_size=1, max_size=8))


@given(anything, anything)
@example("entries", "entry")
@example("cities", "all_city_names")
@example("müller", "mueller")
@example("_", "a_b")
def test_no_text_is_passed_over_in_which_something_fits(sought, shown):
    marker = Marker.of(read(sought), {})

    marked = marker.mark(shown)

    assert (marked is not None) == bool(marker._ranges(shown))
