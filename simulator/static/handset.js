/** A feature phone: dialling, the USSD dialog, news of messages, and the mobile-money prompt over its screen. */

import { clock, el, get, post, Refused } from "./page.js";
import { failure } from "./failures.js";
import { places } from "./gsm.js";
import { Paybill } from "./paybill.js";

const KEYS = [
  ["1", ""], ["2", "abc"], ["3", "def"],
  ["4", "ghi"], ["5", "jkl"], ["6", "mno"],
  ["7", "pqrs"], ["8", "tuv"], ["9", "wxyz"],
  ["*", "", "star"], ["0", "+", "0"], ["#", "", "hash"],
];
const DIALLED_MAX = 40;
const NETWORKS = { 64110: "MTN Uganda", 64101: "Airtel Uganda", 63902: "Safaricom", 62401: "MTN Cameroon" };

// A keyboard that slides over the page is worse than a tap: only a mouse's page focuses fields by itself.
const HAS_KEYBOARD = matchMedia("(pointer: fine)").matches;

/**
 * The screen is in one of five states: "idle", "busy" (the network is asked), "open" (an answer is awaited),
 * "closed" (the last text stays until OK), "paying" (M-Pesa's menu). `tell(what, detail)` hears "dialled",
 * "answered", "ended", "dropped", "asked", "paid", "unpaid", "unasked" (paid from that menu); "prompts" whenever the
 * first that waits may be another; "reading" when the messages are wanted.
 */
export class Handset {
  #root;
  #tell;
  #paybill;
  #person;
  #service = "";
  #profile = { menu_max: 160, input_max: 80 };
  #state = "idle";
  #text = "";
  #note = ""; // what else there is to say, under the text
  #kind = ""; // "service" for a screen of the service, "failed" for the operator's own
  #dialled = "";
  #call = null; // {session}; another call, or none, is another object: a late answer is then nobody's
  #prompts = [];
  #unread = [];
  #news = false; // a message came since the last call began
  #answering = "";
  #wrong = "";

  constructor(root, tell) {
    this.#root = root;
    this.#tell = tell;
    this.#makeKeys();
    this.#paybill = new Paybill(this.#find(".paybill"), (typed) => this.#payBill(typed));
    const on = (selector, kind, act) => this.#find(selector).addEventListener(kind, act);
    on(".dialog", "submit", (event) => this.#submit(event, () => this.#press("Enter")));
    on(".prompt", "submit", (event) => this.#submit(event, () => this.#answerPrompt("approve")));
    on(".cancel", "click", () => this.hangUp());
    on(".ok", "click", () => this.#backToIdle());
    on(".reject", "click", () => this.#answerPrompt("reject"));
    on(".unasked", "click", () => this.#openPaybill());
    on(".leave", "click", () => this.#backToIdle());
    on(".notice", "click", () => this.#tell("reading"));
    this.#handset.addEventListener("keydown", (event) => this.#keyDown(event));
    setInterval(() => this.#showClock(), 10_000);
  }

  /** The prompt that waits to be answered, if there is one: {amount, payee, …}. */
  get prompt() {
    return this.#prompts[0];
  }

  get inUse() {
    return this.#state === "busy" || this.#state === "open";
  }

  /** Become this person's phone; a call of the one before is dropped. */
  async show(person, service) {
    if (this.inUse) this.hangUp();
    this.#person = person;
    this.#service = service;
    this.#prompts = [];
    this.#dialled = this.#wrong = this.#answering = "";
    this.#find(".answer").value = this.#find(".momo-pin").value = "";
    this.#paybill.clear(person.paybill);
    this.#handset.setAttribute("aria-label", `${person.name}’s phone`);
    this.#set("idle", "");
    const profile = await get("/sim/ussd/profile", { phone: person.phone });
    if (person === this.#person) this.#profile = profile;
    this.#find(".answer").maxLength = this.#profile.input_max;
    await this.refreshPrompts();
  }

  async dial(code = this.#dialled) {
    if (this.inUse || !code) return;
    this.#dialled = "";
    this.#news = false;
    this.#tell("dialled");
    await this.#hop("/sim/ussd/dial", { phone: this.#person.phone, code }, {}, "USSD code running …");
  }

  /** The red key. What was on its way is not heard of again. */
  hangUp() {
    if (!this.inUse) return this.#backToIdle();
    const { session } = this.#call;
    if (session) this.#drop(session);
    this.#close("Call ended");
    this.#tell("dropped");
  }

  /** The network says that a call is over: a person took too long, or dialled somewhere else. */
  networkEnded(session) {
    if (this.#state === "open" && this.#call.session === session) {
      const rule = `Calls end after ${this.#profile.idle_s} s without an answer.`;
      this.#close("The network ended the call.", rule);
      this.#tell("dropped");
    }
  }

  async refreshPrompts() {
    const person = this.#person;
    const { prompts } = await get("/sim/prompts", { phone: person.phone });
    if (person !== this.#person) return;
    const had = this.#shownPrompt();
    this.#prompts = prompts;
    this.#render();
    if (!had && this.#shownPrompt()) this.#promptAppeared();
  }

  /** A prompt ended, by a person's answer or because it waited too long. */
  promptDone({ reference, reason }) {
    if (reference === this.#answering || !this.#prompts.some((each) => each.reference === reference)) return;
    this.#forget(reference);
    if (!this.inUse) this.#close(failure(reason));
  }

  /** The messages nobody has read, oldest first: an envelope, and in words when one has just come. */
  showUnread(messages) {
    const had = this.#unread.length;
    this.#unread = messages;
    if (messages.length > had) {
      this.#news = true;
      this.#say(`New message: ${messages.at(-1).text}`);
    }
    this.#renderMessages();
    this.#renderRoom();
  }

  #makeKeys() {
    const keys = this.#find(".keys");
    const add = (className, label, name, face, press) => {
      const key = el("button", { type: "button", className, data: { testid: name } }, ...face);
      if (label) key.setAttribute("aria-label", label);
      key.addEventListener("click", press);
      keys.append(key);
    };
    add("call", "Call, or send", "key-call", ["Call"], () => this.#press("Enter"));
    add("clear", "C, delete", "key-clear", ["C"], () => this.#press("Backspace"));
    add("end", "End the call", "key-end", ["End"], () => this.#press("Escape"));
    for (const [digit, letters, name = digit] of KEYS) {
      const face = [el("b", { textContent: digit }), " ", el("small", { textContent: letters })];
      add("digit", "", `key-${name}`, face, () => this.#press(digit));
    }
  }

  #keyDown(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { key, target } = event;
    const typing = target.matches("input");
    if (key === "Escape") this.#press(key);
    else if (typing || (key === "Enter" && target.matches("button"))) return;
    else if (key === "Enter" || key === "Backspace" || /^[\d*#]$/.test(key)) this.#press(key);
    else return;
    event.preventDefault();
  }

  /** A key of the phone: a character, or "Enter", "Backspace", "Escape". */
  #press(key) {
    const prompt = this.#shownPrompt();
    if (key === "Escape") return prompt ? this.#answerPrompt("reject") : this.hangUp();
    if (key === "Enter") {
      if (prompt) return this.#answerPrompt("approve");
      if (this.#state === "paying") return this.#paybill.pay();
      if (this.#state === "open") return this.#reply();
      return this.#state === "closed" && !this.#dialled ? this.#backToIdle() : this.dial();
    }
    if (this.#state === "busy") return;
    const field = prompt ? this.#find(".momo-pin") : this.#field;
    const edit = (text, most) => (key === "Backspace" ? text.slice(0, -1) : (text + key).slice(0, most));
    if (field) {
      field.value = edit(field.value, field.maxLength);
    } else {
      this.#state = "idle";
      this.#dialled = edit(this.#dialled, DIALLED_MAX);
      this.#render();
    }
  }

  /** Where the keys write, if not into the number to dial. */
  get #field() {
    if (this.#state === "paying") return this.#paybill.field;
    return this.#state === "open" ? this.#find(".answer") : null;
  }

  async #reply() {
    const field = this.#find(".answer");
    const text = field.value;
    if (!text) return field.focus();
    field.value = "";
    this.#tell("answered");
    const call = this.#call;
    await this.#hop("/sim/ussd/reply", { session: call.session, text }, call, "Sending …");
  }

  /** One turn of a call: what was typed goes out, the next screen comes back. */
  async #hop(path, body, call, waiting) {
    this.#call = call;
    this.#set("busy", waiting);
    let answer;
    try {
      answer = await post(path, body);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (call === this.#call) this.#fail(error);
      return;
    }
    if (call !== this.#call) return this.#drop(answer.session);
    call.session = answer.session;
    if (!answer.open) this.#call = null;
    this.#set(answer.open ? "open" : "closed", answer.text, "", "service");
    this.#tell(answer.open ? "screen" : "ended");
    this.#focus(answer.open ? ".answer" : ".ok");
    if (this.#shownPrompt()) this.#promptAppeared();
  }

  #drop(session) {
    post("/sim/ussd/hangup", { session }).catch(() => {}); // it ends by itself when nobody answers
  }

  /** What an operator shows for everything that goes wrong, and under it what did. */
  #fail({ message, status }) {
    const operators = "Connection problem or invalid MMI code.";
    const lost = status === 404 ? "No service has this code." : "The line was lost on the way.";
    this.#close(operators, message === operators ? lost : message, "failed");
    this.#tell("failed");
  }

  #close(text, note = "", kind = "") {
    this.#call = null;
    this.#set("closed", text, note, kind);
    if (this.#shownPrompt()) this.#promptAppeared();
    else this.#focus(".ok");
  }

  #backToIdle() {
    this.#set("idle", "");
    this.#focus("");
  }

  #set(state, text, note = "", kind = "") {
    this.#state = state;
    this.#text = text;
    this.#note = note;
    this.#kind = kind;
    this.#render();
    this.#say(note ? `${text} ${note}` : text);
  }

  #shownPrompt() {
    return this.inUse ? undefined : this.prompt;
  }

  /** Somebody comes from elsewhere to answer it. */
  attend() {
    this.#handset.focus({ preventScroll: true });
    this.#focus(this.#shownPrompt() ? ".momo-pin" : "");
  }

  #promptAppeared() {
    const { amount, payee } = this.#shownPrompt();
    this.#say(`Pay ${amount} to ${payee}? Enter MoMo PIN`);
    this.#focus(".momo-pin");
    this.#tell("asked", amount);
  }

  async #answerPrompt(action) {
    const prompt = this.#shownPrompt();
    if (!prompt || this.#answering) return;
    const person = this.#person;
    const field = this.#find(".momo-pin");
    const pin = field.value;
    if (action === "approve" && !pin) return field.focus();
    field.value = "";
    this.#answering = prompt.reference;
    this.#wrong = "";
    this.#render();
    try {
      const body = action === "approve" ? { action, pin } : { action };
      const path = `/sim/prompts/${encodeURIComponent(prompt.reference)}`;
      const { status, reason } = await post(path, body);
      if (person !== this.#person) return;
      const paid = status === "SUCCESSFUL";
      this.#forget(prompt.reference);
      this.#close(paid ? `You paid ${prompt.amount} to ${prompt.payee}.` : failure(reason));
      this.#tell(paid ? "paid" : "unpaid", prompt.amount);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (person !== this.#person) return;
      this.#answering = "";
      this.#wrong = error.status === 403 ? "Wrong PIN. Try again." : `${error.message}.`;
      if (error.status === 404) {
        this.#forget(prompt.reference);
        this.#close(failure());
      } else this.#render();
      this.#focus(".momo-pin");
    }
  }

  #openPaybill() {
    this.#set("paying", "");
    this.#say("M-PESA: Pay Bill");
    this.#focusField();
  }

  async #payBill(typed) {
    const call = (this.#call = {});
    this.#set("busy", "Sending …");
    try {
      const { status, reason } = await post("/sim/daraja/paybill", { phone: this.#person.phone, ...typed });
      if (call !== this.#call) return;
      const paid = status === "SUCCESSFUL";
      this.#close(paid ? "Sent. M-PESA confirms it by SMS." : failure(reason));
      this.#tell(paid ? "unasked" : "unpaid", `KES ${typed.amount}`);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (call !== this.#call) return;
      this.#call = null;
      this.#set("paying", "");
      this.#paybill.complain(error.status === 403 ? "Wrong PIN. Try again." : `${error.message}.`);
      this.#focusField();
    }
  }

  #focusField() {
    if (HAS_KEYBOARD) this.#paybill.field.focus({ preventScroll: true });
  }

  #forget(reference) {
    this.#answering = this.#wrong = "";
    this.#prompts = this.#prompts.filter((each) => each.reference !== reference);
    this.#render();
  }

  #render() {
    const state = this.#state;
    const prompt = this.#shownPrompt();
    this.#handset.dataset.state = state;
    this.#showClock();
    this.#put(".network", NETWORKS[this.#person.network] ?? this.#person.network);
    this.#put(".owner-name", this.#person.name);
    this.#put(".number", this.#person.phone);
    this.#put(".dialled", this.#dialled);
    this.#put(".hint", this.#dialled ? "Press Call" : `Dial ${this.#service}`);
    this.#find(".idle").hidden = state !== "idle";
    this.#find(".unasked").hidden = !this.#person.paybill;
    this.#paybill.shown = state === "paying" && !prompt;
    this.#renderMessages();

    const text = this.#find(".text");
    text.textContent = this.#text;
    text.classList.toggle("failed", this.#kind === "failed");
    text.scrollTop = 0;
    this.#find(".dialog").hidden = state === "idle" || state === "paying";
    this.#find(".answer").hidden = state !== "open";
    this.#find(".send").hidden = state !== "open";
    this.#find(".cancel").hidden = !this.inUse;
    this.#find(".ok").hidden = state !== "closed";
    this.#renderRoom();

    this.#find(".prompt").hidden = !prompt;
    this.#tell("prompts");
    if (prompt) {
      this.#put(".ask", `Pay ${prompt.amount} to ${prompt.payee}? Enter MoMo PIN`);
      this.#put(".for", prompt.message);
    }
    this.#put(".prompt .wrong", this.#wrong);
    for (const button of this.#root.querySelectorAll(".prompt button")) {
      button.disabled = Boolean(this.#answering);
    }
    const dial = this.#find(".dial");
    dial.textContent = `Dial ${this.#service}`;
    dial.disabled = this.inUse || Boolean(prompt);
  }

  #renderMessages() {
    const count = this.#unread.length;
    this.#put(".envelope", count ? `\u2709\ufe0e ${count}` : ""); // \ufe0e: as text, not as a picture
    this.#find(".envelope").title = count ? "Messages nobody has read" : "";
    this.#find(".notice").hidden = !count || !this.#news || this.inUse;
    this.#put(".notice", count ? `New message: ${this.#unread.at(-1).text}` : "");
  }

  /** How full the screen is, of what the network carries; and what there is to say under it. */
  #renderRoom() {
    const used = places(this.#text);
    const most = this.#profile.menu_max;
    const theirs = this.#kind === "service";
    const room = this.#find(".room");
    room.textContent = theirs ? `${used}/${most}` : "";
    room.title = theirs ? `${used} of the ${most} characters a screen may hold` : "";
    room.classList.toggle("over", used > most);
    const text = this.#find(".text");
    const waiting = this.inUse && this.#prompts.length ? "A payment is waiting" : "";
    this.#put(".after", this.#note || waiting);
    const more = text.scrollHeight > text.clientHeight;
    text.tabIndex = more ? 0 : -1;
    if (more) this.#put(".after", "▼ There is more: scroll");
  }

  #showClock() {
    this.#put(".clock", clock());
  }

  /** For those who hear the page: always there, so that every change of it is read out. */
  #say(text) {
    this.#put(".aloud", text);
  }

  #focus(selector) {
    const here = document.activeElement;
    if (!HAS_KEYBOARD || !(here === document.body || this.#root.contains(here))) return;
    (selector ? this.#find(selector) : this.#handset).focus({ preventScroll: true });
  }

  #submit(event, act) {
    event.preventDefault();
    act();
  }

  get #handset() {
    return this.#find(".handset");
  }

  #find(selector) {
    return this.#root.querySelector(selector);
  }

  #put(selector, text) {
    this.#find(selector).textContent = text;
  }
}
