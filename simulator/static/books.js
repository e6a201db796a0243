/** A group's books, live: balances in two columns, newest entries, and what just happened in a sentence. */

import { change, el, figures, spoken, sum, when } from "./page.js";

const POLL_MS = 1_000;
const FEW = 3;
const HIGHLIGHT_MS = 8_000;

// Where a group's money is: an entry that debits one of these brought money in.
const ARRIVED = {
  "Cash box": ["was handed over in cash", "by"],
  "Social-fund cash": ["was handed over in cash", "by"],
  "Mobile-money wallet": ["arrived by mobile money", "from"],
  "Social-fund wallet": ["arrived by mobile money", "from"],
  Bank: ["arrived in the bank", "from"],
};
const FOR = {
  "Shares at par": "in shares",
  "Social fund": "for the social fund",
  "Member deposits": "as a deposit",
  "Member credit": "as credit",
  "Rotation pot": "for the pot",
  "Unidentified receipts": "whose owner is not known",
};

export class Books {
  #find = (id) => document.getElementById(id);
  #onEntry;
  #group = "";
  #etag = "";
  #book = null;
  #moved = new Map(); // account -> {by, until}
  #fresh = new Map(); // seq of an entry -> until when it is new
  #all = false;
  #asking = false;

  /** `onEntry(entry, sentence)` hears of each entry that comes in while the page looks. */
  constructor(onEntry) {
    this.#onEntry = onEntry;
    this.#find("group").addEventListener("change", (event) => this.show(event.target.value));
    this.#find("older").addEventListener("click", () => {
      this.#all = !this.#all;
      this.#render();
    });
    document.addEventListener("visibilitychange", () => this.refresh());
    setInterval(() => this.refresh(), POLL_MS);
  }

  /** The groups there are to choose from. */
  offer(groups) {
    const options = groups.map(({ code, name }) => el("option", { value: code, textContent: name }));
    this.#find("group").replaceChildren(...options);
  }

  show(code) {
    if (code === this.#group) return;
    this.#group = code;
    this.#find("group").value = code;
    this.#book = null;
    this.#etag = "";
    this.#moved.clear();
    this.#fresh.clear();
    this.#all = false;
    this.#render();
    this.refresh();
  }

  /** What happens before money moves, until the next entry. */
  say(sentence) {
    this.#tell(sentence, false);
  }

  async refresh() {
    if (document.hidden || !this.#group || this.#asking) return;
    this.#asking = true;
    const group = this.#group;
    try {
      const headers = this.#etag ? { "If-None-Match": this.#etag } : {};
      const path = `/sim/book?${new URLSearchParams({ group })}`;
      const answer = await fetch(path, { headers, cache: "no-store" });
      if (answer.status !== 304) {
        const said = await answer.json();
        if (!answer.ok) throw new Error(spoken(said.error));
        if (group === this.#group) this.#take(read(said.data), answer.headers.get("ETag") ?? "");
      }
      this.#trouble("");
    } catch (error) {
      this.#trouble(error instanceof TypeError ? "The simulator does not answer" : error.message);
    } finally {
      this.#asking = false;
    }
    this.#cool();
  }

  #take(book, etag) {
    const before = this.#book;
    this.#book = book;
    this.#etag = etag;
    if (before) this.#notice(before, book);
    else if (book.entries.length) this.#tell(`Last: ${sentence(book.entries[0])}`, false);
    else this.#tell("Nothing has been saved yet. The first contribution opens this book.", false);
    this.#render();
  }

  #notice(before, book) {
    const until = Date.now() + HIGHLIGHT_MS;
    const nothing = `${book.currency} 0`;
    for (const { account, amount } of book.balances) {
      const had = before.balances.find((each) => each.account === account)?.amount ?? nothing;
      const by = change(had, amount);
      if (by) this.#moved.set(account, { by, until });
    }
    const fresh = book.entries.filter((each) => each.seq > before.version).reverse();
    for (const entry of fresh) {
      this.#fresh.set(entry.seq, until);
      this.#tell(sentence(entry), true);
      this.#onEntry(entry);
    }
  }

  /** What was new a while ago no longer is. */
  #cool() {
    const now = Date.now();
    let changed = false;
    for (const [key, { until }] of this.#moved) if (until < now) changed = this.#moved.delete(key);
    for (const [key, until] of this.#fresh) if (until < now) changed = this.#fresh.delete(key);
    if (changed) this.#render();
  }

  #tell(text, happened) {
    const story = this.#find("story");
    story.textContent = text.replace(/(?<=[A-Z]{3}) (?=\d)/g, "\u00a0"); // an amount stays on one line
    story.classList.toggle("happened", happened);
  }

  #trouble(text) {
    const note = this.#find("books-note");
    note.hidden = !text;
    note.textContent = text && `${text.replace(/\.$/, "")}. Trying again …`;
    this.#find("books").classList.toggle("stale", Boolean(text));
  }

  #render() {
    const { balances = [], total = "", entries = [], currency = "" } = this.#book ?? {};
    const heads = this.#find("books").querySelectorAll("thead th");
    heads[0].textContent = currency ? `Account, in ${currency}` : "Account";
    this.#find("balances").replaceChildren(
      ...(balances.length ? balances.map((each) => this.#balance(each)) : [empty("No balance yet")]),
    );
    this.#find("totals").replaceChildren(
      el(
        "tr",
        { hidden: !balances.length },
        el("th", { scope: "row", textContent: "Both sides are equal" }),
        el("td", { textContent: figures(total), data: { testid: "book-total-debit" } }),
        el("td", { textContent: figures(total), data: { testid: "book-total-credit" } }),
      ),
    );
    const shown = this.#all ? entries : entries.slice(0, FEW);
    const items = shown.map((each) => this.#entry(each));
    if (!items.length) items.push(el("li", { className: "empty", textContent: "No entry yet" }));
    this.#find("entries").replaceChildren(...items);
    const older = this.#find("older");
    older.hidden = entries.length <= FEW;
    older.textContent = this.#all ? "Only the newest" : `Show ${entries.length - FEW} more`;
  }

  #balance({ account, name, side, amount }) {
    const moved = this.#moved.get(account);
    const shown = el("span", { textContent: figures(amount), data: { testid: `book-balance-${account}` } });
    const cell = el("td", {}, shown);
    if (moved) cell.prepend(el("ins", { textContent: moved.by }), " ");
    const code = el("span", { className: "code", textContent: account });
    const head = el("th", { scope: "row" }, code, " ", name);
    const cells = side === "debit" ? [cell, el("td")] : [el("td"), cell];
    return el("tr", { className: moved ? "moved" : "" }, head, ...cells);
  }

  #entry({ seq, at, text, hash, postings }) {
    const rows = postings.map(({ account, name, member, debit, credit }) => {
      // Only a member whom the entry does not name already.
      const whose = text.includes(member) ? name : `${name}, ${member}`;
      const code = el("span", { className: "code", textContent: account });
      return el(
        "tr",
        { className: debit ? "" : "credit" },
        el("th", { scope: "row" }, code, " ", whose),
        el("td", { textContent: debit && figures(debit) }),
        el("td", { textContent: credit && figures(credit) }),
      );
    });
    const seal = "The beginning of this entry’s hash, which seals all before it";
    const head = el(
      "p",
      {},
      el("span", { className: "code", textContent: `#${seq}` }),
      el("strong", { textContent: text }),
      el("time", { dateTime: at, textContent: when(at) }),
      el("code", { textContent: hash, title: seal }),
    );
    const className = this.#fresh.has(seq) ? "moved" : "";
    const table = el("table", {}, el("tbody", {}, ...rows));
    return el("li", { className, data: { testid: "book-entry" } }, head, table);
  }
}

const empty = (text) => el("tr", {}, el("td", { className: "empty", colSpan: 3, textContent: text }));

/** An entry as one would tell it: "UGX 5,500 arrived by mobile money from Akello Grace: …". */
export function sentence({ text, postings }) {
  const debits = postings.filter((each) => each.debit);
  const credits = postings.filter((each) => each.credit);
  const amount = sum(debits.map((each) => each.debit));
  if (text.startsWith("reversal")) return `${amount} was put back: an earlier entry is reversed.`;
  const arrived = ARRIVED[debits[0].name];
  const member = postings.find((each) => each.member)?.member;
  if (arrived && !(credits[0].name in ARRIVED)) {
    const [how, word] = arrived;
    const who = member ? ` ${word} ${member}` : "";
    const parts = credits.toSorted(sharesFirst).map(
      (each) => `${each.credit} ${FOR[each.name] ?? `to ${each.name.toLowerCase()}`}`,
    );
    return `${amount} ${how}${who}: ${list(parts)}.`;
  }
  const names = (side) => list([...new Set(side.map((each) => each.name.toLowerCase()))]);
  return `${amount} moved from ${names(credits)} to ${names(debits)}.`;
}

const sharesFirst = (a, b) => b.account - a.account;

function list(parts) {
  const last = parts.at(-1);
  return parts.length < 2 ? last : `${parts.slice(0, -1).join(", ")} and ${last}`;
}

/** A book as it is shown, from the answer of the API. */
function read({ name, currency, seq, balances, total, newest }) {
  return {
    name,
    currency,
    version: seq,
    balances: balances.map((each) => ({ ...each, amount: each.amount.printed })),
    total: total.printed,
    entries: newest.map(({ hash, postings, text, ...entry }) => ({
      ...entry,
      hash: hash.slice(0, 8),
      text: [text, ...new Set(postings.map((leg) => leg.member).filter(Boolean))].join(" · "),
      postings: postings.map(({ side, amount, ...leg }) => ({ ...leg, debit: "", credit: "", [side]: amount.printed })),
    })),
  };
}
