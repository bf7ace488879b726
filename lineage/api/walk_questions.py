"""Which walk does a query ask for?"""

from collections.abc import Collection, Sequence

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from catalog.curation.filtering import TEXT_MAX
from lineage.api.base import invalid, not_found, number
from lineage.api.times import AS_OF, RECORDED_AT, cut
from lineage.graph.links import EFFECTIVE
from lineage.graph.question import (
    DEFAULT_HOPS,
    DEFAULT_NODES,
    MAX_HOPS,
    MAX_NODES,
    Direction,
    Kind,
    Level,
    Question,
)
from lineage.models import Edge
from lineage.nodeids import Node, UnknownNode
from lineage.reader import Reader
from lineage.walks.answers import Wish
from lineage.walks.choosing import Filter
from lineage.walks.completeness import OLD_DAYS
from lineage.walks.starting import resolve
from policies.asked import is_asked

STATUSES = {status.name.lower(): status for status in Edge.Status}
STANDING = [str(Edge.Status(status).name).lower() for status in EFFECTIVE]
KINDS = ("dataset", "job")
TRANSFORMATIONS = ("all", "direct")
MAX_WORDS = 50
MAX_IN_FILE = 10_000_000  # nodes
MAX_DAYS = 100_000


def _words(name: str, description: str, words: Sequence[str] = ()) -> OpenApiParameter:
    """A parameter of several words, by commas or repeated."""
    return OpenApiParameter(
        name,
        OpenApiTypes.STR,
        many=True,
        style="form",
        explode=False,
        enum=words or None,
        description=description,
    )


PARAMETERS = [
    OpenApiParameter(
        "nodeId", description="Where to start. Required, unless `open` says it."
    ),
    OpenApiParameter(
        "open", description="Instead of `nodeId`: one hop around this node."
    ),
    OpenApiParameter("direction", enum=[*Direction], default=Direction.BOTH),
    OpenApiParameter(
        "level",
        enum=[*Level],
        description="`dataset` unless told, and `column` from a `datasetField`.",
    ),
    AS_OF,
    RECORDED_AT,
    OpenApiParameter(
        "maxHops",
        OpenApiTypes.INT,
        default=DEFAULT_HOPS,
        description=f"Up to {MAX_HOPS}, which is the default of NDJSON.",
    ),
    OpenApiParameter(
        "maxNodes",
        OpenApiTypes.INT,
        default=DEFAULT_NODES,
        description=f"Up to {MAX_NODES}, or {MAX_IN_FILE} as NDJSON.",
    ),
    OpenApiParameter("format", enum=["json", "ndjson"], default="json"),
    _words("assertedBy", "Go along edges that any of these assert.", [*Kind]),
    _words(
        "status", f"Go along these; {', '.join(STANDING)} unless told.", [*STATUSES]
    ),
    OpenApiParameter("transformations", enum=TRANSFORMATIONS, default="all"),
    OpenApiParameter(
        "unmasked", OpenApiTypes.BOOL, description="Go along no edge that masks."
    ),
    _words("kind", "Show these alone.", KINDS),
    OpenApiParameter(
        "namespace",
        many=True,
        description="Show what is in these; `*` stands for anything, as in `s3://*`.",
    ),
    OpenApiParameter("domain", description="Show what belongs to it."),
    OpenApiParameter("tag", description="Show what people tagged with it."),
    _words("jobType", "Of jobs show these: words of the facet `jobType`."),
    OpenApiParameter(
        "controlFlow", OpenApiTypes.BOOL, description="Tell which jobs wait for which."
    ),
    OpenApiParameter("oldDays", OpenApiTypes.INT, default=OLD_DAYS),
]


def question(request: Request, node: Node, *, is_file: bool = False) -> Question:
    """What a walk from a node is to answer. Raises Problem (400)."""
    level = _level(request, node)
    opens = bool(request.query_params.get("open"))
    hops, nodes, most = DEFAULT_HOPS, DEFAULT_NODES, MAX_NODES
    if is_file:
        hops, nodes, most = MAX_HOPS, MAX_IN_FILE, MAX_IN_FILE
    statuses = _chosen(request, "status", STATUSES) or STANDING
    if level is Level.COLUMN and request.query_params.get("status"):
        raise invalid("status", "status is asked of level=dataset.")
    how = one_of(request, "transformations", TRANSFORMATIONS, "all")
    direction = one_of(request, "direction", [*Direction], Direction.BOTH)
    return Question(
        direction=Direction(direction),
        level=level,
        cut=cut(request),
        max_hops=number(request, "maxHops", 1 if opens else hops, most=MAX_HOPS),
        max_nodes=number(request, "maxNodes", nodes, most=most),
        statuses=frozenset(int(STATUSES[word]) for word in statuses),
        kinds=frozenset(map(Kind, _chosen(request, "assertedBy", [*Kind]) or [*Kind])),
        is_direct=how == "direct",
        is_unmasked=is_asked(request, "unmasked"),
    )


def wish(request: Request) -> Wish:
    """What of the answer is to be told. Raises Problem (400)."""
    return Wish(
        Filter(
            namespaces=tuple(_repeated(request, "namespace")),
            domain=_text(request, "domain"),
            tag=_text(request, "tag"),
            kinds=frozenset(_chosen(request, "kind", KINDS)),
            job_types=frozenset(w.lower() for w in _listed(request, "jobType")),
        ),
        number(request, "oldDays", OLD_DAYS, most=MAX_DAYS),
        is_asked(request, "controlFlow"),
    )


def start(request: Request, reader: Reader) -> Node:
    """The node that a walk starts at. Raises Problem (400, 404)."""
    asked = request.query_params.get
    node_id = asked("open") or asked("nodeId")
    if not node_id:
        raise invalid("nodeId", "nodeId names the job, dataset or column to start at.")
    of_columns = node_id.startswith("datasetField:") or asked("level") == Level.COLUMN
    try:
        node = resolve(node_id, reader, cut(request), of_columns=of_columns)
    except UnknownNode:
        raise not_found("node") from None
    if node.version is not None:
        raise not_found("node")
    return node


def one_of(request: Request, name: str, words: Sequence[str], default: str) -> str:
    """One of some words out of the query. Raises Problem (400)."""
    word = request.query_params.get(name) or default
    if word not in words:
        raise invalid(name, f"{name} is one of {', '.join(words)}.")
    return word


def _level(request: Request, node: Node) -> Level:
    default = Level.DATASET if node.field is None else Level.COLUMN
    level = Level(one_of(request, "level", [*Level], default))
    if node.field is not None and level is not Level.COLUMN:
        raise invalid("level", "A column is walked from at level=column.")
    return level


def _text(request: Request, name: str) -> str:
    text = request.query_params.get(name, "").strip()
    if "\0" in text or len(text) > TEXT_MAX:
        raise invalid(name, f"{name} is a name of up to {TEXT_MAX} letters.")
    return text


def _listed(request: Request, name: str) -> list[str]:
    """The words of a parameter, by commas or repeated. Raises Problem (400)."""
    return [w for text in _repeated(request, name) for w in text.split(",") if w]


def _repeated(request: Request, name: str) -> list[str]:
    """The texts of a repeated parameter. Raises Problem (400)."""
    words = [text.strip() for text in request.query_params.getlist(name)]
    if len(words) > MAX_WORDS or "\0" in "".join(words):
        raise invalid(name, f"{name} takes up to {MAX_WORDS} words.")
    return [word for word in words if word]


def _chosen(request: Request, name: str, words: Collection[str]) -> list[str]:
    listed = _listed(request, name)
    if not set(listed) <= set(words):
        raise invalid(name, f"{name} takes words out of {', '.join(words)}.")
    return listed
