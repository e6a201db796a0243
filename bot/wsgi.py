"""What the web server imports in each of its processes."""

from bot.app import build
from bot.config import load
from bot.logs import set_up
from bot.web import wsgi

_settings = load()
set_up(_settings, role="web")
# A member waits for what is asked here, and a turn has to end within seconds.
application = wsgi(build(_settings, timeout_seconds=4))
