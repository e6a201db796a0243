"""What a channel or a payment provider declares is mounted as it is, and each kind of event is carried out."""

from dataclasses import replace

from werkzeug.test import Client

from bot.app import App
from channels.errors import Forged
from channels.port import Blocked, Callback, Request, Stopped
from tests.people import Village
from tests.web import wsgi


def calling(app: App, callback: Callback) -> Client:
    return Client(wsgi(replace(app, callbacks={callback.path: callback})))


def test_a_new_callback_needs_no_more_than_to_be_declared(app: App, village: Village) -> None:
    akello = village.akello
    heard: list[Request] = []

    def read(request: Request) -> Stopped | None:
        heard.append(request)
        return Stopped(akello.phone, True) if request.body else None

    web = calling(app, Callback("/hooks/new/hook/", read, methods=("PUT",), status=202))
    assert web.put("/hooks/new/hook/report?since=1", headers={"X-Signed": "yes"}).status_code == 202
    assert not app.store.people.get(akello.id).messages_stopped
    (request,) = heard
    assert (request.rest, request.url) == ("report", f"{app.settings.public_url}/hooks/new/hook/report?since=1")
    assert (request.headers["x-signed"], request.body) == ("yes", b"")

    assert web.put("/hooks/new/hook/report", data=b"stop").status_code == 202
    assert app.store.people.get(akello.id).messages_stopped


def test_an_address_that_is_not_declared_is_not_there(app: App) -> None:
    one, parts = Callback("/hooks/one", lambda _: None), Callback("/hooks/parts/", lambda _: None)
    web = Client(wsgi(replace(app, callbacks={one.path: one, parts.path: parts})))
    for path, status in {
        "/hooks/one": 200,
        "/hooks/one/": 404,
        "/hooks/one/x": 404,
        "/hooks/on": 404,
        "/hooks/parts/x": 200,
        "/hooks/parts/": 404,
        "/hooks/parts": 404,
        "/hooks/parts/x/": 404,
        "/hooks/parts/x/y": 404,
        "/hooks/": 404,
    }.items():
        assert (path, web.post(path).status_code) == (path, status)
    refused = web.get("/hooks/one")
    assert (refused.status_code, refused.headers["Allow"]) == (405, "POST")


def test_what_is_forged_is_not_carried_out(app: App, village: Village) -> None:
    def read(_: Request) -> Blocked:
        raise Forged("signed by nobody")

    answer = calling(app, Callback("/hooks/signed", read)).post("/hooks/signed")
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (403, "forged")
