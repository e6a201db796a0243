/** The switches of the simulated operators: which of the next requests go wrong, and how. */

import { el, get, post, toast } from "./page.js";

const REFRESH_MS = 2_000;
const PROVIDERS = {
  ussd: "USSD",
  momo: "Mobile money, paying in",
  disbursements: "Mobile money, paying out",
  daraja: "M-Pesa, paying in",
  daraja_payouts: "M-Pesa, paying out",
  momo_africa: "MTN’s newer gateway, paying in",
  disbursements_africa: "MTN’s newer gateway, paying out",
  airtel: "Airtel Money",
  pawapay: "pawaPay",
  sms: "SMS",
  whatsapp: "WhatsApp",
  telegram: "Telegram",
  sendgrid: "E-mail",
};
const LABELS = {
  lost_before_bot: "The answer is lost on its way to the service",
  lost_after_bot: "The screen is lost on its way to the phone",
  no_end_event: "Nobody says that the call ended",
  end_event_twice: "The end of the call is said twice",
  drop_after_accept: "Takes the request, then the line drops",
  status_503_before_accept: "503 before taking the request",
  status_500_before_accept: "500 before taking the message",
  status_500_after_accept: "500 after taking it",
  status_503_on_query: "503 when asked how it went",
  status_500_on_query: "500 when asked how it went",
  status_404_on_query: "Does not know it when asked how it went",
  status_408_after_accept: "408 after taking it",
  status_ambiguous: "Cannot say yet when asked how it went",
  refused_with_200: "Refuses, with HTTP 200",
  key_changed: "The key for signatures has changed",
  in_progress_as: "What is not over is",
  callback_hash: "A callback’s hash is made of",
  callback_forged: "A callback’s signature is forged",
  callback_twice: "Every callback comes twice",
  callback_before_settled: "The callback comes before the status",
  callbacks_reordered: "Callbacks overtake each other",
  no_callback: "No callback",
  never_settles: "Stays pending for ever",
  login_failed: "Refuses the login",
  request_rejected: "Refuses the whole request",
  no_report: "No delivery report",
  report_twice: "Delivery reports come twice",
  reports_reordered: "Delivery reports in the wrong order",
  inbound_twice: "An SMS to the service comes twice",
  reason_as: "A failure’s reason comes as",
  status_429: "429, asked too often",
  status_500: "500 instead of taking it",
  no_status: "Nobody says what became of a message",
  status_twice: "Each status comes twice",
  statuses_reordered: "Statuses in the wrong order",
  webhook_twice: "What a person writes comes twice",
  number_hidden: "The number of who writes is hidden",
  signed_with_key: "Signed with the other key",
  update_twice: "Each update comes twice",
  update_lost_answer: "The answer to an update is lost, and it comes again",
  query_too_old: "A tap is too old to be answered",
  not_modified: "An edit is refused: nothing changed",
  bad_token: "Refuses the token",
  callback_before_answer: "The callback comes before the answer",
  duplicate_after_accept: "Takes the request, and says that it had it before",
  error_on_query: "An error when asked how it went",
  in_flight: "Still under way when asked, though it is over",
  msisdn_as: "A payer’s number is shown as",
  no_answer_to_status: "A question is never answered",
  second_result: "A second result says the opposite",
  spike_arrest: "Too much is asked at once",
  timeout_callback: "The queue gives up, though it is done",
  unknown_on_status: "Knows nothing of it when asked",
  conf_fails: "Does not say which networks it reaches",
  predict_fails: "Does not say whose network a number is",
  statement_fails: "Makes no statement",
  in_reconciliation: "Still looks into it when asked how it went",
  not_found: "Does not know it at first when asked how it went",
  signed_with_port: "Signed with the port in the address",
  busy: "Too much is asked at once",
  unauthorized: "Refuses the key",
  validates: "Asks us before money comes to the Paybill",
  validation_timeout: "Does not wait for what we say before a payment",
};
const CHOICES = [[0, "off"], [1, "the next one"], [3, "the next 3"], [-1, "all"]];
const VALUES = {
  reason_as: ["string", "object"],
  msisdn_as: ["digits", "mask", "hash"],
  "daraja.outcomes": ["", "0", "1", "17", "1032", "1037", "2001"],
  "airtel.outcomes": ["", "TS", "TE", "DP00800001007", "DP00800001008", "DP00900001012"],
  users: ["", "barred", "unregistered", "unknown"],
  in_progress_as: ["TIP", "TI", "TA"],
  callback_hash: ["none", "transaction", "body", "forged"],
  "daraja_payouts.outcomes": ["", "0", "1", "8", "2040"],
  "pawapay.outcomes": ["", "COMPLETED", "PAYMENT_NOT_APPROVED", "INSUFFICIENT_BALANCE", "PAYER_LIMIT_REACHED"],
  outcomes: ["", "SUCCESSFUL", "APPROVAL_REJECTED", "NOT_ENOUGH_FUNDS", "EXPIRED", "PAYER_LIMIT_REACHED"],
  undelivered: ["", "UserInBlackList", "DeliveryFailure", "NotNetworkSubscriber"],
  rejects: ["", "UserInBlacklist", "InvalidPhoneNumber", "CouldNotRoute"],
  failures: ["", 63016, 63024, 63049],
};
const FOR_THIS_PHONE = {
  outcomes: "This phone’s payments end as",
  users: "Who has this phone is",
  undelivered: "SMS to this phone are not delivered:",
  rejects: "SMS to this phone are refused:",
  failures: "WhatsApp to this phone fails with",
};

export class Faults {
  #panel = document.getElementById("faults");
  #phone = "";
  #shown = "";

  constructor() {
    this.#panel.addEventListener("toggle", () => this.#refresh());
    document.getElementById("faults-reset").addEventListener("click", () => this.#send("/sim/faults/reset"));
    setInterval(() => this.#refresh(), REFRESH_MS);
  }

  show(phone) {
    this.#phone = phone;
    this.#shown = "";
    this.#refresh();
  }

  async #refresh() {
    if (!this.#panel.open || document.hidden) return;
    this.#render(await get("/sim/faults").catch(() => null));
  }

  async #send(path, body) {
    try {
      this.#render(await post(path, body));
    } catch (error) {
      toast("Not switched", error.message);
      this.#shown = "";
      this.#refresh();
    }
  }

  /** Only what has changed is drawn again: a switch in use stays under the finger. */
  #render(faults) {
    const now = JSON.stringify(faults);
    if (!faults || now === this.#shown) return;
    this.#shown = now;
    const focused = document.activeElement?.id;
    document.getElementById("switches").replaceChildren(
      ...Object.entries(faults).map(([provider, switches]) =>
        el(
          "fieldset",
          {},
          el("legend", { textContent: PROVIDERS[provider] ?? provider }),
          ...Object.entries(switches).flatMap(([name, value]) => this.#switch(provider, name, value)),
        ),
      ),
    );
    if (focused) document.getElementById(focused)?.focus();
  }

  #switch(provider, name, value) {
    const values = VALUES[`${provider}.${name}`] ?? VALUES[name];
    if (name in FOR_THIS_PHONE) {
      const number = name === "outcomes" || name === "users" ? this.#phone.replace("+", "") : this.#phone;
      const change = (chosen) => {
        const { [number]: _, ...others } = value;
        return chosen ? { ...others, [number]: chosen } : others;
      };
      const options = values.map((each) => [each, each || "as usual"]);
      return [this.#select(provider, name, FOR_THIS_PHONE[name], options, value[number] ?? "", change)];
    }
    if (values) {
      const options = values.map((each) => [each, `a ${each}`]);
      return [this.#select(provider, name, LABELS[name], options, value)];
    }
    if (name === "validates") return [this.#select(provider, name, LABELS[name], [[false, "no"], [true, "yes"]], value)];
    // How long things take, and what only goes with another switch, are for tests and not for a finger.
    if (typeof value !== "number" || /_(ms|seconds|after|size)$|^decimals$/.test(name)) return [];
    const known = CHOICES.some(([each]) => each === value);
    const options = known ? CHOICES : [...CHOICES, [value, `the next ${value}`]];
    return [this.#select(provider, name, LABELS[name] ?? name.replaceAll("_", " "), options, value)];
  }

  #select(provider, name, label, options, value, change = (chosen) => chosen) {
    const select = el(
      "select",
      { id: `fault-${provider}-${name}` },
      ...options.map(([each, text]) => el("option", { value: each, textContent: text })),
    );
    select.value = value;
    select.addEventListener("change", () => {
      const [chosen] = options[select.selectedIndex];
      this.#send("/sim/faults", { [provider]: { [name]: change(chosen) } });
    });
    const on = value !== options[0][0];
    return el("label", { className: on ? "on" : "" }, el("span", { textContent: label }), select);
  }
}
