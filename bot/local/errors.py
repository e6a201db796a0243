"""What is said when a store is not there. Of what runs stores here, only this is needed in production."""

from domain.errors import StoreError


class StoreUnavailable(StoreError):
    """A store cannot be reached, or an embedded one cannot run here: one line that says why and what to do."""
