"""What is said of a request over HTTP that is refused before any rule is asked, by its code in the answer."""

from collections.abc import Mapping
from typing import Final

from flows.words.texts import Text, t

SERVED: Final[Mapping[str, Text]] = {
    "bad_request": t("This request cannot be read."),
    "unauthorized": t("Sign in first."),
    "forbidden": t("This is not for you."),
    "not_found": t("There is nothing here."),
    "method_not_allowed": t("This cannot be done here."),
    "conflict": t("This cannot be done as things are now."),
    "under_way": t("The same request is under way. Ask again in a moment."),
    "precondition_failed": t("It has changed since you saw it. Look at it again."),
    "request_entity_too_large": t("This is too much at once."),
    "unsupported_media_type": t("Send it as JSON."),
    "validation_failed": t("Something in this request is wrong or missing."),
    "key_needed": t("Send an Idempotency-Key: from 1 to 64 letters, digits and signs."),
    "key_used": t("This Idempotency-Key was used for something else."),
    "too_many_requests": t("Too many requests. Please wait."),
    "internal_error": t("Something went wrong here. Please try again later."),
    "unavailable": t("This does not work at the moment. Please try again in a minute."),
}
