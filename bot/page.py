"""A page of ours for somebody who followed a link: words and a button, with nothing in it that runs."""

from html import escape
from typing import Final

from flask import Response

_STYLE: Final = (
    "body{font:18px/1.5 system-ui,sans-serif;margin:0 auto;padding:1rem;max-width:32rem;color:#1a1a1a}"
    "h1{font-size:1.4rem}input,button{font:inherit;padding:.6rem;box-sizing:border-box;width:100%;margin:.4rem 0}"
    "button{background:#1b7f4b;color:#fff;border:0;border-radius:6px}"
    ".yes{border-left:6px solid #1b7f4b;padding-left:.8rem}.no{border-left:6px solid #b3261e;padding-left:.8rem}"
)
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex",
}


def page(language: str, title: str, body: str, status: int = 200) -> Response:
    """`body` is HTML, `title` is not yet."""
    html = (
        f'<!doctype html><html lang="{language}"><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style><h1>{escape(title)}</h1>{body}</html>"
    )
    return Response(html, status=status, content_type="text/html; charset=utf-8", headers=_HEADERS)
