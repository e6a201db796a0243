"""Who asks, over HTTP: by an access token, a machine's token or a cookie; and all that is none of these."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import jwt
from flask import Flask
from flask.testing import FlaskClient

from bot import signed_in
from bot.app import App
from bot.served import attach
from domain.access.sign_in import SignedIn, close_session, send_sign_in_code, sign_in_by_code
from domain.access.tokens import make_api_token
from domain.records.session import PAGE_IDLE, SessionKind
from tests.conftest import Clock
from tests.people import Village

SECRET: Final = "another-secret-0123456789-0123456789"


def signed(app: App, village: Village, kind: SessionKind = "api") -> SignedIn:
    phone = village.nakato.phone
    send_sign_in_code(app.store, phone)
    (notice,) = app.store.notices.find(kind="sign_in_code")
    found = sign_in_by_code(app.store, phone, str(notice.values["code"]), kind=kind)
    app.store.database["notices"].delete_many({})
    app.store.database["codes"].delete_many({})
    return found


def site(app: App, enters: SignedIn) -> Flask:
    """A page that says who asks, one that signs them in, and one that signs them out."""
    flask = Flask("site")
    flask.config.update(signed_in.cookie_settings(app.settings))
    attach(flask, app)

    @flask.get("/who")
    def who() -> str:
        return f"{signed_in.caller().key} {signed_in.where()} {signed_in.device()}"

    @flask.get("/in")
    def enter() -> str:
        signed_in.keep_signed_in(enters)
        return who()

    @flask.get("/out")
    def leave() -> str:
        signed_in.forget_signed_in()
        return str(signed_in.caller_if_any())

    return flask


def asked(client: FlaskClient, token: str, scheme: str = "Bearer", **headers: str) -> int:
    return client.get("/who", headers={"Authorization": f"{scheme} {token}", **headers}).status_code


def with_claims(token: str, secret: str, changes: Mapping[str, Any], kid: str = "") -> str:
    """The same token with some claims changed, None for one that is left out, signed again."""
    claims = jwt.decode(token, options={"verify_signature": False})
    claims = {name: value for name, value in {**claims, **changes}.items() if value is not None}
    return jwt.encode(claims, secret, "HS256", {"kid": kid or signed_in.key_id(secret)})


def test_an_access_token_is_good_while_its_session_stands(app: App, village: Village, clock: Clock) -> None:
    found, secret = signed(app, village), app.settings.jwt_secret
    flask = site(app, found)
    with flask.app_context():
        token = signed_in.access_token(found)
    client = flask.test_client()
    answer = client.get("/who", headers={"Authorization": f"bearer {token}", "User-Agent": "curl/8.5.0"})
    assert answer.text == f"person:{village.nakato.id} 127.0.0.1 curl"
    assert with_claims(token, secret, {}) == token
    now = int(clock.timestamp())
    wrong_claims: list[Mapping[str, Any]] = [
        *({name: None} for name in ("iss", "aud", "sub", "sid", "jti", "iat", "exp")),
        {"iss": "other"},
        {"aud": "pages"},
        {"sub": f"person:{village.akello.id}"},
        {"sub": f"account:{village.nakato.id}"},
        {"sid": "other"},
        {"exp": now},
        {"exp": "never"},
    ]
    for changes in wrong_claims:
        assert asked(client, with_claims(token, secret, changes)) == 401, changes
    forged = with_claims(token, SECRET, {})
    for wrong in (
        "",
        "x",
        "a.b.c",
        token[:-2],
        f"{token}x",
        forged,
        with_claims(token, SECRET, {}, kid=signed_in.key_id(secret)),
        with_claims(token, secret, {}, kid="other"),
        jwt.encode(jwt.decode(token, options={"verify_signature": False}), "", "none"),
        found.refresh_token,
    ):
        assert asked(client, wrong) == 401, wrong
    assert asked(client, token, "Basic") == 401
    refused = client.get("/who")
    assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, "Bearer")
    # The same moment it is closed elsewhere, it is good for nothing, whatever it says of its time.
    assert asked(client, token) == 200
    assert close_session(app.store, "person", village.nakato.id, found.session.id)
    assert asked(client, token) == 401


def test_it_is_short_and_keys_are_replaced_without_signing_anybody_out(
    app: App, village: Village, clock: Clock
) -> None:
    found = signed(app, village)
    with site(app, found).app_context():
        token = signed_in.access_token(found)
    before = app.settings.jwt_secret
    rotated = replace(app, settings=replace(app.settings, jwt_secret=SECRET, jwt_secret_previous=before))
    client = site(rotated, found).test_client()
    assert asked(client, token) == 200
    with site(rotated, found).app_context():
        newer = signed_in.access_token(found)
    assert jwt.get_unverified_header(newer)["kid"] == signed_in.key_id(SECRET)
    assert asked(client, newer) == 200
    later = replace(app, settings=replace(app.settings, jwt_secret=SECRET))
    assert asked(site(later, found).test_client(), token) == 401
    clock.forward(seconds=app.settings.access_valid.total_seconds())
    assert asked(client, newer) == 401
    assert app.settings.access_valid <= timedelta(hours=1)


def test_a_machine_is_known_by_its_token_from_its_addresses(app: App, village: Village) -> None:
    token, kept = make_api_token(
        app.store, "m", ["exports"], timedelta(days=1), everywhere=True, addresses=["127.0.0.0/8"]
    )
    elsewhere, _ = make_api_token(
        app.store, "m", ["exports"], timedelta(days=1), everywhere=True, addresses=["203.0.113.0/24"]
    )
    client = site(app, signed(app, village)).test_client()
    assert client.get("/who", headers={"Authorization": f"Bearer {token}"}).text.startswith(f"token:{kept.shown} ")
    assert asked(client, elsewhere) == 401
    # What a client says of where it is, without a proxy of ours, is not believed.
    assert asked(client, elsewhere, **{"X-Forwarded-For": "203.0.113.7"}) == 401
    behind = replace(app, settings=replace(app.settings, proxies=1))
    client = site(behind, signed(app, village)).test_client()
    assert asked(client, elsewhere, **{"X-Forwarded-For": "203.0.113.7"}) == 200


def test_a_cookie_is_signed_hidden_from_scripts_and_good_for_pages_alone(
    app: App, village: Village, clock: Clock
) -> None:
    page, api = signed(app, village, "page"), signed(app, village)
    client = site(app, page).test_client()
    assert client.get("/who").status_code == 401
    answer = client.get("/in")
    assert answer.text.startswith(f"person:{village.nakato.id} ")
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie, "nobody could sign in on a laptop"
    live = replace(app.settings, app_env="production")
    assert signed_in.cookie_settings(live)["SESSION_COOKIE_SECURE"] is True
    assert client.get("/who").status_code == 200
    # A header that is not good is not made good by a cookie.
    assert asked(client, "x") == 401
    assert client.get("/out").text == "None"
    assert client.get("/who").status_code == 401
    client.get("/in")
    clock.forward(seconds=PAGE_IDLE.total_seconds() + 1)
    assert client.get("/who").status_code == 401
    for wrong in (api, replace(page, refresh_token="x"), replace(page, refresh_token="é.0.x")):
        assert site(app, wrong).test_client().get("/in").status_code == 401
    other = replace(app, settings=replace(app.settings, session_secret=SECRET))
    client = site(other, page).test_client()
    client.set_cookie("session", cookie.split("=", 1)[1].split(";")[0])
    assert client.get("/who").status_code == 401, "signed by nobody we know"


def test_in_production_the_cookie_is_of_this_host_alone(app: App, village: Village) -> None:
    """As its name says: by TLS, for every path, of no domain; a browser drops one that is not so."""
    live = replace(app, settings=replace(app.settings, app_env="production"))
    client = site(live, signed(app, village, "page")).test_client()
    name, *said = client.get("/in", base_url="https://bot.example.org").headers["Set-Cookie"].split("; ")
    assert name.startswith("__Host-session=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(said)
    assert not any(each.startswith("Domain") for each in said)
    assert client.get("/who", base_url="https://bot.example.org").status_code == 200
