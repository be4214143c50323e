"""A check that schemathesis does not have: openapi.toml names this file, and schemathesis loads it."""

import schemathesis
from schemathesis import CheckContext
from schemathesis.core.parameters import ParameterLocation


@schemathesis.check
def an_invalid_body_is_called_so(ctx: CheckContext, response: schemathesis.Response, case: schemathesis.Case) -> None:
    """A body that the file does not allow is refused for itself, not because a login or a session is over.

    Without this, 403 would do for `POST /auth/register`: once the ticket is used, everything is `not-verified`.
    """
    negated = case.meta is not None and case.meta.is_negative_at(ParameterLocation.BODY)
    if negated and response.status_code in (401, 403, 404, 410):
        body = response.json()
        assert body["type"] == "urn:doorcode:problem:forbidden-origin", f"not refused as invalid: {body}"
