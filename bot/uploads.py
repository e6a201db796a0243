"""
Where files are sent to us, which may be larger than anything else that comes: who may, how large, and how slowly.

A body is held in memory until it is whole. So whoever sends one has to be somebody who may, which is asked before
the first of it is read, and a process takes two at a time.
"""

from typing import Final

# The same addresses show the list of what was sent before: who may not see that sends nothing.
UPLOAD_PATHS: Final = frozenset({"/api/imports", "/operator/imports"})
UPLOAD_BYTES_MAX: Final = 16_000_000  # of all files together: 3,000 groups of 25 are half of it
BODY_OF_UPLOAD_MAX: Final = UPLOAD_BYTES_MAX + 100_000  # with what is around the files
UPLOAD_SECONDS: Final = 180.0  # for all of it: as slow as 90 kB a second
UPLOADS_AT_ONCE: Final = 2
