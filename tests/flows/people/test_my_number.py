"""Who carries the money of my number, as it is heard: by whoever kept it and changed the network."""

from dataclasses import replace

import pytest

from bot.app import App
from domain.treasury.providers import provider_for
from tests.people import Village
from tests.phone import Transcript

pytestmark = pytest.mark.chats("telegram", "whatsapp")


def two_networks(app: App) -> None:
    """MTN, and Airtel."""
    momo = [replace(each, network="mtn", title="MTN MoMo", numbers=("+25677",)) for each in app.store.providers]
    airtel = [
        replace(each, name="airtel", network="airtel", title="Airtel Money", numbers=("+25670",)) for each in momo
    ]
    app.store.providers = [*momo, *airtel]


def test_a_member_says_which_network_has_their_number(app: App, converse: Transcript, village: Village) -> None:
    two_networks(app)
    converse("""
        > *384*7*new_phone#
        < CON My number
        < 1. New phone number
        < 2. Who carries its money
        < 0 Back
        > 2
        < CON Where is the mobile money of +256772000101?
        < 1. MTN MoMo
        < 2. Airtel Money
        < 0 Back  00 Home
        > 2
        < CON +256772000101 pays by Airtel Money. Your PIN?
        < 0 Back  00 Home
        > 2581
        < END From now on, money goes from and to +256772000101 by Airtel Money.
    """)
    assert provider_for(app.store, "in", "UGX", village.akello.phone) == "airtel"
    assert provider_for(app.store, "in", "UGX", village.okot.phone) == "momo"


@pytest.mark.chats("telegram", "whatsapp", "sms")
def test_where_there_is_one_network_a_new_number_is_all_there_is(converse: Transcript, village: Village) -> None:
    converse("""
        > *384*7*new_phone#
        < CON What is the new number? We send a code there.
        < 0 Back
    """)
