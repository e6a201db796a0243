/** What the chats share: bubbles in their order, a line to write in, things to attach, words for what fails. */

import { el, get, post, Refused, when } from "./page.js";
import { Sheet } from "./sheet.js";

const NEAR_PX = 90; // whoever is no further from the end of a chat follows it
const CALM = matchMedia("(prefers-reduced-motion: reduce)");
const RISING = { opacity: [0, 1], translate: ["0 0.8rem", "0"] };
const CHANGED = [{ background: "#f8dfa0", offset: 0 }];
const VANISHING = { opacity: 0, scale: 0.7 };

/**
 * A channel makes it its own with `draw(message)`, which gives {meta, under}: what stands beside a message's time,
 * and under its bubble; and with `took(state)`, which hears the whole chat whenever it was read.
 * `tell(what)` hears "sent", "shared" and "received".
 */
export class Chat {
  sheet;
  tell;
  #root;
  #path;
  #presence;
  #phone = "";
  #shown = new Map(); // id -> the message's element
  #heard = 0; // how often something was heard: a state that was asked for before that is old
  #waiting = 0;

  /** `path` is the provider's on the simulator; `presence` stands under the service's name while it is silent. */
  constructor(root, path, presence, tell) {
    this.#root = root;
    this.#path = path;
    this.#presence = presence;
    this.tell = tell;
    this.sheet = new Sheet(root.querySelector(".smartphone"));
    this.find(".composer").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#write();
    });
    this.#wait(0);
  }

  /** Become another person's chat. What was said before is shown, and not read out. */
  async show(phone) {
    this.#phone = phone;
    this.#shown.clear();
    this.#log.replaceChildren();
    this.#log.ariaBusy = "true";
    this.sheet.close();
    this.find(".line").value = "";
    this.find(".number").textContent = phone;
    this.#complain("");
    await this.refresh();
    this.#log.ariaBusy = "false";
  }

  /** Read the whole chat; once more when something was heard in the meantime. */
  async refresh() {
    const phone = this.#phone;
    let heard, state;
    try {
      do {
        heard = this.#heard;
        state = await get(this.#path, { phone });
        if (phone !== this.#phone) return;
      } while (heard !== this.#heard);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (phone === this.#phone) this.#complain(`The messages cannot be read. ${error.message}.`);
      return;
    }
    const kept = new Set(state.messages.map(({ id }) => id));
    for (const id of [...this.#shown.keys()]) if (!kept.has(id)) this.#forget(id);
    const wanted = state.messages.map((each) => this.#put(each));
    const there = [...this.#log.children].filter(({ inert }) => !inert);
    if (wanted.some((each, at) => each !== there[at])) this.#log.append(...wanted); // one was missed
    this.took(state);
  }

  /** A message that is new, or has changed. */
  receive(message) {
    this.#heard += 1;
    this.#put(message);
    if (!message.mine) this.tell("received");
  }

  /** A message that is gone, for both sides. */
  remove(id) {
    this.#heard += 1;
    this.#forget(id);
  }

  /** Do something on this phone. What goes wrong is said under the messages, and false is given back. */
  async act(name, body = {}) {
    const phone = this.#phone;
    let refusal = "";
    this.#wait(+1);
    try {
      await post(`${this.#path}/${name}`, { phone, ...body });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      refusal = `${error.message}.`;
    } finally {
      this.#wait(-1);
    }
    if (phone !== this.#phone) return false;
    await this.refresh();
    this.#complain(refusal);
    return !refusal;
  }

  say(text) {
    this.tell("sent");
    return this.act("send", { text });
  }

  /** `kinds` {the provider's word: what a person calls it}. */
  offer(kinds) {
    const attach = this.find(".attach");
    const share = (kind) => {
      this.tell("shared");
      this.act("share", { kind });
    };
    const rows = Object.entries(kinds).map(([kind, title]) => ({ title, take: () => share(kind) }));
    attach.addEventListener("click", () => this.sheet.open("Attach", rows, attach));
  }

  get busy() {
    return this.#waiting > 0;
  }

  find(selector) {
    return this.#root.querySelector(selector);
  }

  get #log() {
    return this.find(".log");
  }

  #write() {
    const line = this.find(".line");
    const text = line.value.trim();
    line.value = "";
    line.focus();
    if (text) this.say(text);
  }

  #wait(more) {
    this.#waiting += more;
    this.#root.classList.toggle("busy", this.busy);
    this.find(".presence").textContent = this.busy ? "typing …" : this.#presence;
  }

  #complain(text) {
    const complaint = this.find(".complaint");
    complaint.hidden = !text;
    complaint.textContent = text;
  }

  #put(message) {
    const log = this.#log;
    const had = this.#shown.get(message.id);
    const drawn = this.#draw(message);
    if (had?.isEqualNode(drawn)) return had;
    const follows = message.mine || log.scrollHeight - log.clientHeight - log.scrollTop < NEAR_PX;
    this.#shown.set(message.id, drawn);
    if (had) replace(had, drawn);
    else log.append(drawn);
    const toEnd = () => {
      log.scrollTop = log.scrollHeight;
    };
    if (follows) toEnd();
    // A picture has no height before it is there.
    if (follows) for (const picture of drawn.querySelectorAll("img")) picture.addEventListener("load", toEnd);
    if (!had) move(drawn, RISING, 200);
    else if (message.edited) move(drawn.firstElementChild, CHANGED, 1_600);
    return drawn;
  }

  async #forget(id) {
    const message = this.#shown.get(id);
    if (!message) return;
    this.#shown.delete(id);
    message.inert = true;
    await move(message, VANISHING, 300);
    message.remove();
  }

  /** A file opens beside the page, as a phone opens it beside the chat. */
  #file({ id, document, picture, text }) {
    const href = `${this.#path}/document?${new URLSearchParams({ phone: this.#phone, message: id })}`;
    const data = { testid: "document" };
    const to = { className: "file", href, target: "_blank", rel: "noopener", data };
    const shown = picture ? el("a", to, el("img", { src: href, alt: document })) : el("a", { ...to, textContent: document });
    return el("div", {}, el("p", {}, shown), ...(text ? [el("p", { textContent: text })] : []));
  }

  #draw(message) {
    const { meta, under } = this.draw(message);
    const time = el("time", { dateTime: message.at, textContent: when(message.at) });
    const said = message.document ? this.#file(message) : el("p", { textContent: message.text });
    const bubble = el(
      "div",
      { className: "bubble" },
      said,
      el("p", { className: "meta" }, ...meta, time),
    );
    return el("div", { className: message.mine ? "message mine" : "message" }, bubble, ...under);
  }
}

/** A button that had the focus passes it on to the first one of what takes its place. */
function replace(old, drawn) {
  const focused = old.contains(document.activeElement);
  old.replaceWith(drawn);
  if (focused) (drawn.querySelector("button") ?? drawn.parentElement).focus({ preventScroll: true });
}

function move(element, frames, duration) {
  return CALM.matches ? Promise.resolve() : element.animate(frames, duration).finished;
}
