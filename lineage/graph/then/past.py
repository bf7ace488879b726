"""What is asked of one cut, each thing once?"""

from lineage.graph.cut import Cut
from lineage.graph.then.effective import EffectiveThen
from lineage.graph.then.evidence import Counting
from lineage.graph.then.explicit import ExplicitThen
from lineage.graph.then.names import NamesThen


class Past:
    """All that is asked of one cut, each thing once."""

    def __init__(self, cut: Cut) -> None:
        self.counting = Counting(cut)
        self.effective = EffectiveThen(self.counting)
        self.explicit = ExplicitThen(self.counting, self.effective)
        self.names = NamesThen(self.counting)
