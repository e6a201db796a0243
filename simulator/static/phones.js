/** The page: one person's phones, the books of a group beside them. Its address says whose. */

import { Books } from "./books.js";
import { Faults } from "./faults.js";
import { Guide } from "./guide.js";
import { Handset } from "./handset.js";
import { Inbox } from "./inbox.js";
import { journeysOf } from "./journeys.js";
import { Owner } from "./owner.js";
import { get } from "./page.js";
import { Tabs } from "./tabs.js";
import { Telegram } from "./telegram.js";
import { WhatsApp } from "./whatsapp.js";

const RETRY_MS = 2_000;

/** Three phones that are one person's, who may be anybody. */
class Phones {
  #village;
  #person = null;
  #events = null;
  #guide = new Guide();
  #faults = new Faults();
  #asking = document.getElementById("asking");
  #books = new Books((entry) => this.#entered(entry));
  #tabs;
  #owner;
  #handset;
  #inbox;
  #whatsapp;
  #telegram;

  constructor(village) {
    const section = (name) => document.getElementById(name);
    this.#village = village;
    this.#handset = new Handset(section("ussd"), (what, detail) => this.#told(what, detail));
    this.#inbox = new Inbox(section("ussd"), (unread) => this.#handset.showUnread(unread));
    this.#whatsapp = new WhatsApp(section("whatsapp"), (what) => this.#heard("whatsapp", what));
    this.#telegram = new Telegram(section("telegram"), (what) => this.#heard("telegram", what));
    this.#tabs = new Tabs(section("tabs"), () => this.#showAsking());
    this.#owner = new Owner(village.people, (person) => this.show(person));
    this.#books.offer(village.groups);
    section("ussd").querySelector(".dial").addEventListener("click", () => this.#handset.dial(village.service));
    this.#asking.addEventListener("click", () => {
      this.#tabs.open("ussd");
      this.#handset.attend();
    });
  }

  async show(person) {
    const { service, groups, people } = this.#village;
    this.#person = person;
    history.replaceState(null, "", `#${person.phone}`);
    this.#owner.show(person);
    const group = groupOf(person, groups);
    const chair = people.find((each) => each.role === "chairperson" && each.groups.includes(group?.name));
    this.#guide.show(journeysOf(person, service, group, chair));
    this.#faults.show(person.phone);
    if (group) this.#books.show(group.code);
    this.#listen(person.phone);
    await quietly(
      this.#handset.show(person, service),
      this.#inbox.show(person.phone),
      this.#whatsapp.show(person.phone),
      this.#telegram.show(person.phone),
    );
  }

  #listen(phone) {
    this.#events?.close();
    const events = (this.#events = new EventSource(`/sim/events?${new URLSearchParams({ phone })}`));
    const on = (kind, act) => events.addEventListener(kind, ({ data }) => act(JSON.parse(data)));
    on("sms", (message) => {
      this.#received(message);
      this.#guide.happened("sms");
    });
    on("money", (message) => this.#received(message));
    on("whatsapp", (message) => this.#whatsapp.receive(message));
    on("telegram", (event) => this.#telegram.hear(event));
    on("prompt", () => quietly(this.#handset.refreshPrompts()));
    on("prompt_done", (done) => this.#handset.promptDone(done));
    on("wallet", ({ wallet }) => this.#showWallet(wallet, true));
    on("ledger", () => this.#books.refresh());
    on("ussd", ({ session, open }) => open || this.#handset.networkEnded(session));
    events.onopen = () => {
      showTrouble("");
      quietly(
        this.#handset.refreshPrompts(),
        this.#inbox.refresh(),
        this.#whatsapp.refresh(),
        this.#telegram.refresh(),
        this.#refreshWallet(),
      );
    };
    events.onerror = () => {
      showTrouble("The simulator does not answer. Trying again …");
      // A browser gives up for good after an HTTP error; the simulator may yet come back.
      if (events.readyState !== EventSource.CLOSED) return;
      setTimeout(() => events === this.#events && this.#listen(phone), RETRY_MS);
    };
  }

  #received(message) {
    this.#inbox.receive(message);
    this.#heard("ussd", "received");
  }

  async #refreshWallet() {
    const { phone, wallet } = this.#person;
    const { people } = await get("/sim/people");
    // An event that came meanwhile is newer than the answer.
    if (phone !== this.#person.phone || wallet !== this.#person.wallet) return;
    this.#showWallet(people.find((each) => each.phone === phone).wallet, false);
  }

  #showWallet(amount, changed) {
    this.#person.wallet = amount; // the village's own record of the person: shown again when they are
    this.#owner.showWallet(amount, changed);
  }

  /** A small screen that shows another phone says that this one asks for money, and leads to it. */
  #showAsking() {
    const prompt = this.#handset.prompt;
    this.#asking.hidden = !prompt || this.#tabs.shows("ussd");
    this.#asking.textContent = prompt ? `Mobile money asks for ${prompt.amount}` : "";
  }

  #told(what, detail) {
    if (what === "prompts") return this.#showAsking();
    this.#guide.happened(what);
    if (what === "reading") this.#inbox.open();
    const { name } = this.#person;
    const sentences = {
      asked: `${detail} is asked of ${name}’s wallet. Nothing is written until the provider has it.`,
      paid: `${name} approved ${detail}. The service asks the provider whether it is there …`,
      unpaid: "It was not paid, so nothing is written.",
      unasked: `${name} paid ${detail} unasked. Whose it is, the account says …`,
    };
    if (what in sentences) this.#books.say(sentences[what]);
  }

  #heard(channel, what) {
    if (what === "received") this.#tabs.news(channel);
    else this.#guide.happened(`${channel}.${what}`);
  }

  #entered({ postings }) {
    this.#tabs.news("books");
    if (postings.some(({ member }) => member === this.#person.name)) this.#guide.happened("entry");
  }
}

/** A member's first group; for somebody in none, one that their wallet can pay into. */
function groupOf({ groups: [first], wallet }, groups) {
  const theirs = first ? ({ name }) => name === first : ({ currency }) => wallet.startsWith(currency);
  return groups.find(theirs) ?? groups[0];
}

function showTrouble(text) {
  const trouble = document.getElementById("trouble");
  trouble.hidden = !text;
  trouble.textContent = text;
}

/** What failed to load is loaded again when the event stream is back, which says so itself. */
async function quietly(...loading) {
  await Promise.all(loading).catch((error) => showTrouble(`${error.message.replace(/\.$/, "")}. Trying again …`));
}

/** The people, the service's code, and the groups: none when the bot lets nobody read its books. */
async function load() {
  try {
    const { people, service_code: service } = await get("/sim/people");
    const { data: groups } = await get("/sim/groups").catch((error) => {
      if ([401, 404].includes(error.status)) return { data: [] };
      throw error;
    });
    return { people, service, groups };
  } catch (error) {
    showTrouble(`${error.message.replace(/\.$/, "")}. Trying again …`);
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    return load();
  }
}

const village = await load();
showTrouble("");
const wanted = decodeURIComponent(location.hash.slice(1));
const member = village.people.find((each) => each.role === "member") ?? village.people[0];
if (member) {
  await new Phones(village).show(village.people.find((each) => each.phone === wanted) ?? member);
} else {
  showTrouble("The simulator was started without people: its config file names them.");
}
