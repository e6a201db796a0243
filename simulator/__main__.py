"""`python -m simulator`: the providers on one address, until interrupted."""

import argparse
import json
import signal
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import Final

from simulator.server import Simulator
from simulator.world import Config

HEAR_SECONDS: Final = 0.5

ABOUT = """
Stand-ins for Africa's Talking (USSD and SMS), Twilio (WhatsApp), Telegram, SendGrid, MTN Mobile Money,
Safaricom Daraja, Airtel Money and pawaPay, and a page with the phones.

  /                     the page
  /version1/messaging   Africa's Talking's SMS API
  /twilio/...           Twilio's API: messages, content
  /telegram/bot.../...  Telegram's Bot API
  /sendgrid/v3/...      SendGrid's API: e-mail
  /momo/collection/...  MTN MoMo Collections
  /momo/disbursement/.. MTN MoMo Disbursements
  /daraja/...           Safaricom Daraja: M-Pesa
  /airtel/...           Airtel Money
  /pawapay/v2/...       pawaPay: deposits, payouts, refunds, statements
  /sim/...              dial, write, tap, read SMS and e-mail, approve payments, switch faults on

The bot is called at bot_url/hooks/at/{ussd,ussd-events,dlr,inbound,optout}/<hook_secret>, at
bot_url/hooks/twilio/whatsapp, and at the webhook that it gave Telegram.
"""

EXAMPLE = """
The config file is JSON, every name optional:

  {"port": 9100, "bot_url": "http://127.0.0.1:8000", "hook_secret": "dev", "service_code": "*384*7#",
   "people": [{"name": "Akello Grace", "phone": "+256772000101", "pin": "2580", "network": "64110",
               "wallet": {"minor": 200000, "currency": "UGX"}, "momo_pin": "12345"}]}
"""


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m simulator",
        description=ABOUT,
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--config", type=Path, metavar="FILE.json", help="people, bot and keys")
    parser.add_argument("--port", type=int, help="instead of the config's; 0 takes a free one")
    options = parser.parse_args()
    try:
        config = Config.from_json(json.loads(options.config.read_text())) if options.config else Config()
    except (OSError, ValueError, TypeError, KeyError) as problem:
        parser.error(f"{options.config}: {problem}")
    if options.port is not None:
        config = replace(config, port=options.port)

    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    simulator = Simulator(config)
    simulator.start()
    sys.stdout.write(f"The phones are at {simulator.url}\n")
    sys.stdout.flush()
    while not stop.wait(HEAR_SECONDS):
        pass  # a signal that another thread got is handled when this one runs
    simulator.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
