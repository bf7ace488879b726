"""What is a refusal, before it becomes an answer?"""

from collections.abc import Mapping
from http import HTTPStatus


class Problem(Exception):
    """A request that cannot be answered as asked (RFC 9457).

    `code` is the machine's word for the kind (`token_missing`), also the anchor of its
    explanation in the documentation. `detail` is a sentence for a person, with the
    remedy. `pointer` is an RFC 6901 pointer into the body that was sent; "" is the
    whole body and None means that the body is not at fault. `extra` adds members to the
    answer.
    """

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        pointer: str | None = None,
        title: str | None = None,
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.pointer = pointer
        self.title = title or HTTPStatus(status).phrase
        self.headers = dict(headers or {})
        self.extra = dict(extra or {})
