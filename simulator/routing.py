"""How Flask keeps the addresses of the stand-ins."""

from typing import Any

from werkzeug.routing import Rule


class LateRule(Rule):
    """
    An address that is made ready for links to it when a link is asked for, and none is.

    Werkzeug compiles two functions for that, by each rule: of the 30 ms that a start of all stand-ins took, 24.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Any:
        ready = super()._compile_builder
        return lambda rule, **values: ready(append_unknown)(rule, **values)
