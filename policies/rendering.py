"""How does an answer become JSON, facets spelt as they were sent?"""

from collections.abc import Mapping
from typing import Any

import orjson
from rest_framework.renderers import BaseRenderer

OPTIONS = orjson.OPT_NON_STR_KEYS | orjson.OPT_UTC_Z


class JSONRenderer(BaseRenderer):
    """Writes JSON; an `orjson.Fragment` in the data is spliced in as it stands.

    So a facet keeps its numbers, and is not parsed to be written again.
    """

    media_type = "application/json"
    format = "json"
    charset = None
    render_style = "binary"

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        return b"" if data is None else orjson.dumps(data, default=str, option=OPTIONS)
