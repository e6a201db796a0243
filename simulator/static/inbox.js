/** The SMS of one phone and what its mobile money tells it, the newest first. */

import { el, get, when } from "./page.js";

export class Inbox {
  #list;
  #badge;
  #phone = "";
  #messages = [];
  #tell;
  #read = new Set(); // ids, of every phone this page has shown

  /** `tell(unread)` hears of the messages that are not read, whenever that may have changed. */
  constructor(root, tell) {
    this.#tell = tell;
    this.#list = root.querySelector(".messages");
    this.#badge = root.querySelector(".unread");
    this.#badge.addEventListener("click", () => this.#markRead());
    this.#list.addEventListener("click", () => this.#markRead());
  }

  async show(phone) {
    this.#phone = phone;
    this.#messages = [];
    this.#render();
    await this.refresh();
  }

  async refresh() {
    const phone = this.#phone;
    const asked = ["/sim/messages", "/sim/sms"].map((path) => get(path, { phone }));
    const messages = (await Promise.all(asked)).flatMap((answer) => answer.messages);
    if (phone !== this.#phone) return;
    // What came meanwhile may not be in the answer.
    const newer = this.#messages.filter(({ id }) => !messages.some((each) => each.id === id));
    this.#messages = [...messages, ...newer].sort((a, b) => a.at.localeCompare(b.at));
    this.#render();
  }

  receive(message) {
    if (this.#messages.some((each) => each.id === message.id)) return;
    this.#messages.push(message);
    this.#render();
  }

  /** Somebody wants to read them. */
  open() {
    this.#markRead();
    this.#list.focus();
  }

  #markRead() {
    for (const { id } of this.#messages) this.#read.add(id);
    this.#render();
  }

  #render() {
    const unread = this.#messages.filter((each) => !this.#read.has(each.id));
    this.#badge.hidden = !unread.length;
    this.#badge.textContent = `${unread.length} new`;
    this.#badge.setAttribute("aria-label", `${unread.length} new: mark as read`);
    this.#tell(unread);
    const items = this.#messages.toReversed().map((each) => this.#item(each));
    const none = el("li", { className: "empty", textContent: "No SMS yet. Receipts come here." });
    this.#list.replaceChildren(...(items.length ? items : [none]));
  }

  #item({ id, at, from, text }) {
    return el(
      "li",
      { className: this.#read.has(id) ? "" : "new", data: { testid: "sms-item" } },
      el("p", { className: "from", textContent: `${from} · ${when(at)}` }),
      el("p", { textContent: text }),
    );
  }
}
