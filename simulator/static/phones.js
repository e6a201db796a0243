/** The page: a phone of the village, the books of a group beside it. Its address says whose phone. */

import { Books } from "./books.js";
import { Faults } from "./faults.js";
import { Guide } from "./guide.js";
import { Handset } from "./handset.js";
import { Inbox } from "./inbox.js";
import { el, get } from "./page.js";

const RETRY_MS = 2_000;

const guide = new Guide();
const faults = new Faults();
const books = new Books(({ postings }) => {
  if (postings.some(({ member }) => member === phone?.person.name)) guide.happened("entry");
});
let phone = null;

/** One phone on the page, with its inbox and wallet; it may be anybody's. */
class Phone {
  #root;
  #village;
  #handset;
  #inbox;
  #events = null;

  constructor(village) {
    this.#village = village;
    this.#root = document.getElementById("phone").content.firstElementChild.cloneNode(true);
    document.getElementById("phones").append(this.#root);
    this.#handset = new Handset(this.#root, (what, detail) => this.#told(what, detail));
    this.#inbox = new Inbox(this.#root.querySelector(".inbox"));
    const { people, service } = village;
    const select = this.#root.querySelector(".person");
    select.append(...choices(people));
    select.addEventListener("change", () => this.show(people.find((each) => each.phone === select.value)));
    this.#root.querySelector(".dial").addEventListener("click", () => this.#handset.dial(service));
  }

  async show(person) {
    const { service, groups, people } = this.#village;
    this.person = person;
    history.replaceState(null, "", `#${person.phone}`);
    this.#root.querySelector(".person").value = person.phone;
    this.#showWallet(person.wallet);
    this.#showPins(person);
    const group = groupOf(person, groups);
    const chair = people.find((each) => each.role === "chairperson" && each.groups.includes(group?.name));
    guide.show(person, service, group, chair);
    faults.show(person.phone);
    if (group) books.show(group.code);
    this.#listen(person.phone);
    await quietly(Promise.all([this.#handset.show(person, service), this.#inbox.show(person.phone)]));
  }

  #listen(phone) {
    this.#events?.close();
    const events = (this.#events = new EventSource(`/sim/events?${new URLSearchParams({ phone })}`));
    const on = (kind, act) => events.addEventListener(kind, ({ data }) => act(JSON.parse(data)));
    on("sms", (message) => {
      this.#inbox.receive(message);
      guide.happened("sms");
    });
    on("prompt", () => quietly(this.#handset.refreshPrompts()));
    on("prompt_done", (done) => this.#handset.promptDone(done));
    on("wallet", ({ wallet }) => this.#showWallet(wallet, true));
    on("ledger", () => books.refresh());
    on("ussd", ({ session, open }) => open || this.#handset.networkEnded(session));
    events.onopen = () => {
      showTrouble("");
      quietly(Promise.all([this.#handset.refreshPrompts(), this.#inbox.refresh(), this.#refreshWallet()]));
    };
    events.onerror = () => {
      showTrouble("The simulator does not answer. Trying again …");
      // A browser gives up for good after an HTTP error; the simulator may yet come back.
      if (events.readyState !== EventSource.CLOSED) return;
      setTimeout(() => events === this.#events && this.#listen(phone), RETRY_MS);
    };
  }

  async #refreshWallet() {
    const { phone } = this.person;
    const { people } = await get("/sim/people");
    if (phone === this.person.phone) this.#showWallet(people.find((each) => each.phone === phone).wallet);
  }

  #showWallet(amount, changed = false) {
    this.person.wallet = amount;
    const purse = this.#root.querySelector(".purse");
    purse.querySelector("output").textContent = amount;
    purse.classList.toggle("moved", changed);
  }

  #showPins({ pin, momo_pin: momoPin }) {
    const shown = Object.entries({ PIN: pin || "none yet", "MoMo PIN": momoPin });
    const row = ([name, value]) =>
      el("div", {}, el("dt", { textContent: name }), el("dd", { textContent: value }));
    this.#root.querySelector(".pins").replaceChildren(...shown.map(row));
  }

  #told(what, detail) {
    guide.happened(what);
    const { name } = this.person;
    const sentences = {
      asked: `${detail} is asked of ${name}’s wallet. Nothing is written until the provider has it.`,
      paid: `${name} approved ${detail}. The service asks the provider whether it is there …`,
      unpaid: "It was not paid, so nothing is written.",
    };
    if (what in sentences) books.say(sentences[what]);
  }
}

/** A member's first group; for somebody in none, one that their wallet can pay into. */
function groupOf({ groups: [first], wallet }, groups) {
  const theirs = first ? ({ name }) => name === first : ({ currency }) => wallet.startsWith(currency);
  return groups.find(theirs) ?? groups[0];
}

/** The people by their first group, and those who are in none. */
function choices(people) {
  const byGroup = Map.groupBy(people, ({ groups }) => groups[0] ?? "In no group yet");
  return [...byGroup].map(([label, members]) =>
    el(
      "optgroup",
      { label },
      ...members.map((each) => el("option", { value: each.phone, textContent: described(each) })),
    ),
  );
}

function described({ name, role, groups }) {
  const more = groups.length > 1 ? `, in ${groups.length} groups` : "";
  return role === "newcomer" && name.toLowerCase().includes(role) ? name : `${name} · ${role}${more}`;
}

function showTrouble(text) {
  const trouble = document.getElementById("trouble");
  trouble.hidden = !text;
  trouble.textContent = text;
}

/** What failed to load is loaded again when the event stream is back, which says so itself. */
async function quietly(loading) {
  await loading.catch((error) => showTrouble(`${error.message}. Trying again …`));
}

/** The people, the service's code, and the groups: none when the bot lets nobody read its books. */
async function load() {
  try {
    const { people, service_code: service } = await get("/sim/people");
    const { groups } = await get("/sim/groups").catch((error) => {
      if ([401, 404].includes(error.status)) return { groups: [] };
      throw error;
    });
    return { people, service, groups };
  } catch (error) {
    showTrouble(`${error.message}. Trying again …`);
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    return load();
  }
}

const village = await load();
showTrouble("");
books.offer(village.groups);
const wanted = decodeURIComponent(location.hash.slice(1));
const member = village.people.find((each) => each.role === "member") ?? village.people[0];
if (member) {
  phone = new Phone(village);
  await phone.show(village.people.find((each) => each.phone === wanted) ?? member);
} else {
  showTrouble("The simulator was started without people: its config file names them.");
}
