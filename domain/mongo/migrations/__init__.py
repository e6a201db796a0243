"""
How what is stored comes from one version to the next: numbered steps, forward only, while processes of the version
before and of this one run side by side.

A change that both must live with is made in two releases. The first adds what is new, writes both, and reads
either: its step fills in what is missing (expand). The one after it takes away what nobody reads any more
(contract): its step `needs` the schema from which programs do without. `python -m bot migrate` does the steps, one
process at a time.
"""

from typing import Final

from domain.mongo.migrations.as_read import AS_READ
from domain.mongo.migrations.step import Step

STEPS: Final[tuple[Step, ...]] = (AS_READ,)

# What this program knows: the number of the last step.
SCHEMA: Final = len(STEPS)
