"""Calls a running Doorcode as infra/openapi.yaml says: each answer that can be had, then many odd requests.

Each answer is checked against the file. At the end, no answer of the file may be left that was not seen, but for the
few that need something to break.
"""

import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import requests
import schemathesis
from schemathesis.checks import load_all_checks, not_a_server_error
from schemathesis.specs.openapi import checks as openapi

HERE = Path(__file__).parent
FILE = HERE.parent.parent / "infra" / "openapi.yaml"
URL, INBOX = sys.argv[1:]
JSON = {"Origin": URL, "Content-Type": "application/json"}
CHECKS = [
    not_a_server_error,
    openapi.status_code_conformance,
    openapi.content_type_conformance,
    openapi.response_headers_conformance,
    openapi.response_schema_conformance,
]
# What needs a failure of AWS, a bug, API Gateway itself, a registration that is closed, or a login of twenty minutes ago.
# Tests in Rust make these but for the gateway's.
NOT_HERE = re.compile(r"urn:doorcode:problem:(unavailable|internal|registration-closed|sign-in-again)|gateway")
# How long a text may take. The program looks for work ten times a second.
TEXT_WITHIN = 20
# The retry delay before a login may resend, and a second more.
RESEND_AFTER = 31

load_all_checks()
schema = schemathesis.openapi.from_path(FILE)
seen: set[tuple[str, str, str]] = set()
number = 0


def main() -> None:
    """The whole test, in the order in which it costs least time."""
    resend, requested_at = start(), time.monotonic()
    again = call("POST", "/auth/login", 202, cookies=resend, json={"phone": phone(again=True)})
    assert not again.json()["requested"] and not set_cookies(again), again.text
    session = whole_logins()
    problems_of_a_login()
    problems_of_every_call()
    odd_requests(session)
    time.sleep(max(0, requested_at + RESEND_AFTER - time.monotonic()))
    call("POST", "/auth/login/resend", 202, cookies=resend, json={})
    over_the_ip_rate_limit()
    missing = promised() - seen
    assert not missing, f"in the file, but not seen: {sorted(missing)}"
    print(f"Each of the {len(seen)} answers of infra/openapi.yaml was seen and is as it says.")


def whole_logins() -> dict[str, str]:
    """Registers and signs in, with every example of every body. Returns the cookies of a session that is left."""
    for example in examples("/auth/login", "POST"):
        call("POST", "/auth/login", 202, json=example)
    for registration in examples("/auth/register", "POST"):
        cookies = start()
        code = newest_code()
        call("POST", "/auth/code", 200, cookies=cookies, json={"code": code}, example="register")
        call("POST", "/auth/register", 400, "invalid-name", cookies=cookies, json={"name": "\n"})
        answer = call("POST", "/auth/register", 201, cookies=cookies, json=registration)
        session = set_cookies(answer)
        assert set(session) == {"__Host-session", "__Host-device"}, session
        call("GET", "/auth/session", 200, cookies=session)
        without = {name: value for name, value in session.items() if name != "__Host-device"}
        call("POST", "/auth/lock", 403, "unrecognized-browser", cookies=without, json={})
        call("POST", "/auth/lock", 204, cookies=session, json={})
        call("POST", "/auth/unlock", 204, cookies=session, json={})
        call("DELETE", "/auth/session", 204, cookies=session)
        call("GET", "/auth/session", 401, "no-session", cookies=session)
    # The same number again, from a browser that has signed in before.
    cookies = start(again=True, cookies=session)
    code = newest_code()
    answer = call("POST", "/auth/code", 200, cookies=cookies, json={"code": f"{code[:3]}-{code[3:]}"}, example="account")
    return set_cookies(answer)


def problems_of_a_login() -> None:
    """What goes wrong when people mistype, wait too long or come back too late."""
    call("POST", "/auth/login", 400, "invalid-phone", json={"phone": "070-174"})
    call("POST", "/auth/login", 400, "invalid-phone", json={"phone": "070-174 06 05, 070-174 06 06"})
    call("POST", "/auth/login", 422, "unsupported-number", json={"phone": "+46 8 123 456 78"})
    call("POST", "/auth/login/resend", 404, "no-login-request", json={})
    call("POST", "/auth/register", 403, "not-verified", json={})
    call("DELETE", "/auth/session", 401, "no-session")
    call("POST", "/auth/lock", 401, "no-session", json={})
    call("POST", "/auth/unlock", 401, "no-session", json={})
    cookies = start()
    answer = call("POST", "/auth/login/resend", 429, "too-many-requests", cookies=cookies, json={})
    assert answer.headers["retry-after"] == str(answer.json()["retry_after"]), answer.headers
    code = newest_code()
    call("POST", "/auth/code", 400, "invalid-code", cookies=cookies, json={"code": "12345"})
    for attempts_left in (2, 1, 0):
        wrong = f"{(int(code) + 1 + attempts_left) % 1_000_000:06}"
        answer = call("POST", "/auth/code", 401, "wrong-code", cookies=cookies, json={"code": wrong})
        assert answer.json()["attempts_left"] == attempts_left, answer.text
    for path, body in (("/auth/code", {"code": code}), ("/auth/login/resend", {})):
        body = {**body, "login": "a-page-of-before"}
        call("POST", path, 409, "login-request-replaced", cookies=cookies, json=body)
    call("POST", "/auth/code", 410, "login-request-over", cookies=cookies, json={"code": code})
    for example in examples("/auth/code", "POST"):
        call("POST", "/auth/code", 410, "login-request-over", json=example)


def problems_of_every_call() -> None:
    """What goes wrong when a caller does not keep to the form."""
    for path, method in operations():
        call(method, path, 400, "invalid-request", query="?a=1", json={})
        # A path has one answer for all wrong methods, so each of its operations has seen it.
        call("PUT", path, 405, "method-not-allowed", of=method)
        if method == "GET":
            continue
        call(method, path, 403, "forbidden-origin", headers={**JSON, "Origin": "https://elsewhere.example"}, json={})
        call(method, path, 403, "forbidden-origin", headers={**JSON, "Sec-Fetch-Site": "cross-site"}, json={})
        call(method, path, 403, "forbidden-origin", headers={"Content-Type": "application/json"}, json={})
        call(method, path, 413, "body-too-large", data=b"{" + b" " * 2048)
        call(method, path, 400, "invalid-request", json={"unknown": 1})
        if method == "POST":
            call(method, path, 415, "unsupported-media-type", headers={"Origin": URL}, data=b"{}")


def odd_requests(session: dict[str, str]) -> None:
    """Requests that schemathesis makes from the file, valid and invalid ones; openapi.toml says how many and which."""
    ticket = start()
    call("POST", "/auth/code", 200, cookies=ticket, json={"code": newest_code()}, example="register")
    environment = {
        "ORIGIN": URL,
        "SESSION_COOKIES": cookie_header(session),
        "TICKET_COOKIES": cookie_header(ticket),
        "LOGIN_COOKIES": cookie_header(start()),
        "RESEND_COOKIES": cookie_header(start()),
    }
    program = Path(sys.executable).with_name("schemathesis")
    command = [program, "--config-file", HERE / "openapi.toml", "run", FILE, "--url", URL, "--no-color"]
    done = subprocess.run(command, env={**os.environ, **environment, "PYTHONPATH": str(HERE)}, check=False)
    if done.returncode != 0:
        sys.exit("The API and infra/openapi.yaml differ: see above.")


def over_the_ip_rate_limit() -> None:
    """Starts logins until this address has started too many. No other start can follow.

    It may start 20 in a quarter of an hour; the quarter may end once on the way, and counting begins anew.
    """
    for _ in range(41):
        answer = send("POST", "/auth/login", json={"phone": phone()})
        if answer.status_code == 429:
            break
    check("POST", "/auth/login", answer, 429, "too-many-requests")


def start(again: bool = False, cookies: dict[str, str] | None = None) -> dict[str, str]:
    """A login that has begun, as the cookies of its browser."""
    answer = call("POST", "/auth/login", 202, cookies=cookies, json={"phone": phone(again)})
    return {**(cookies or {}), **set_cookies(answer)}


def newest_code() -> str:
    """The code in the newest text to the number that was used last; asks until it is there."""
    to, until = phone(again=True), time.monotonic() + TEXT_WITHIN
    while time.monotonic() < until:
        texts = requests.get(f"{INBOX}/messages", params={"to": to}, timeout=10).json()
        if len(texts) > texts_read.get(to, 0):
            texts_read[to] = len(texts)
            return texts[-1]["text"].rpartition("#")[2]
        time.sleep(0.1)
    raise AssertionError(f"no text within {TEXT_WITHIN} s")


texts_read: dict[str, int] = {}


def phone(again: bool = False) -> str:
    """A number that was not used before, or the last one again."""
    global number
    number += 0 if again else 1
    return f"+4670174{number:04}"


def call(method: str, path: str, status: int, problem: str = "", of: str = "", example: str = "", **request: Any):
    """One request, whose answer must have this status and problem and be as the file says."""
    answer = send(method, path, **request)
    check(of or method, path, answer, status, problem, example)
    return answer


def send(method: str, path: str, query: str = "", headers: dict[str, str] | None = None, cookies=None, **request: Any):
    headers = {**(JSON if headers is None else headers)}
    if cookies:
        # By hand: the cookies are for TLS only, and a library that keeps to that would not send them here.
        headers["Cookie"] = cookie_header(cookies)
    return requests.request(method, URL + path + query, headers=headers, timeout=10, **request)


def check(method: str, path: str, answer: requests.Response, status: int, problem: str, example: str = "") -> None:
    """Checks an answer against what is expected and against the file, and writes down that it was seen."""
    assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text}, not {status} {problem}"
    schema[path][method].Case().validate_response(answer, checks=CHECKS)
    documented = responses(path, method)[str(status)]
    media_type = answer.headers.get("content-type", "")
    if problem:
        body = answer.json()
        assert body["type"] == f"urn:doorcode:problem:{problem}", f"{method} {path}: {answer.text}"
        known = [entry["value"] for entry in documented["content"][media_type]["examples"].values()]
        assert any(told(body) == told(entry) for entry in known), f"{method} {path}: no example is like {answer.text}"
        # These answers may also come from API Gateway, so the file cannot require their headers.
        assert answer.headers["cache-control"] == "no-store", answer.headers
    elif example:
        known = documented["content"][media_type]["examples"][example]["value"]
        assert answer.json().keys() == known.keys(), f"{method} {path}: {answer.text} is not like {known}"
    name = f"urn:doorcode:problem:{problem}" if problem else example
    seen.add((f"{method} {path}", str(status), name))


def told(problem: dict[str, Any]) -> dict[str, Any]:
    """A problem without what differs from answer to answer."""
    varies = ("attempts_left", "retry_after")
    return {member: "a number" if member in varies else value for member, value in problem.items()}


def promised() -> set[tuple[str, str, str]]:
    """Every answer of the file: the operation, the status, and the problem, or the kind of success where there are two."""
    answers = set()
    for path, method in operations():
        for status, response in responses(path, method).items():
            kinds: list[str] = []
            for media_type, content in response.get("content", {}).items():
                if media_type == "application/problem+json":
                    kinds += content["schema"]["allOf"][1]["properties"]["type"]["enum"]
                elif path == "/auth/code" or "gateway" in content["examples"]:
                    kinds += content["examples"]
            answers |= {(f"{method} {path}", status, kind) for kind in kinds or [""]}
    return {answer for answer in answers if not NOT_HERE.match(answer[2])}


def operations() -> list[tuple[str, str]]:
    return [(path, method.upper()) for path, item in schema.raw_schema["paths"].items() for method in item]


def responses(path: str, method: str) -> dict[str, Any]:
    """The answers of an operation, with the shared ones put in their places."""
    return {status: resolved(response) for status, response in operation(path, method)["responses"].items()}


def examples(path: str, method: str) -> list[Any]:
    content = operation(path, method)["requestBody"]["content"]["application/json"]
    return [example["value"] for example in content["examples"].values()]


def operation(path: str, method: str) -> dict[str, Any]:
    return schema.raw_schema["paths"][path][method.lower()]


def resolved(node: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in node:
        return node
    *_, section, name = node["$ref"].split("/")
    return schema.raw_schema["components"][section][name]


def set_cookies(answer: requests.Response) -> dict[str, str]:
    """The cookies that an answer sets; those that it clears are left out."""
    lines = answer.raw.headers.getlist("set-cookie")
    pairs = [line.split(";")[0].split("=", 1) for line in lines]
    return {name: value for name, value in pairs if value}


def cookie_header(cookies: dict[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in cookies.items())


if __name__ == "__main__":
    main()
