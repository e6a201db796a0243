/** The Telegram phone: an inline keyboard, messages that change and vanish, commands, a number that is shared. */

import { Chat } from "./chat.js";
import { el } from "./page.js";

const FLASH_MS = 4_000;
const ATTACHMENTS = { photo: "A photo", voice: "A voice message", location: "My location", sticker: "A sticker" };

export class Telegram extends Chat {
  #state = { started: true, blocked: false, keyboard: null, commands: [] };
  #flashing = 0;

  constructor(root, tell) {
    super(root, "/sim/telegram", "bot", tell);
    this.offer(ATTACHMENTS);
    const on = (selector, act) => this.find(selector).addEventListener("click", act);
    on(".start", () => (this.#state.blocked ? this.#block(false) : this.#begin()));
    on(".more", () => this.#openMore());
    on(".contact", () => this.#shareNumber());
    on(".commands", () => this.#openCommands());
  }

  /** One event of the simulator: a message, new or changed; one that is gone; a toast; or anything else. */
  hear({ message, deleted, toast }) {
    if (message) this.receive(message);
    else if (deleted) this.remove(deleted);
    else if (toast) this.#flash(toast);
    else this.refresh();
  }

  took(state) {
    const { started, blocked, keyboard, commands } = (this.#state = state);
    const open = started && !blocked;
    this.find(".composer").hidden = !open;
    this.find(".start").hidden = open;
    this.find(".start").textContent = blocked ? "Unblock" : "Start";
    this.find(".more").hidden = !open;
    this.find(".commands").hidden = !commands.length;
    this.find(".contact").hidden = !open || !keyboard;
    this.find(".contact").textContent = keyboard?.contact_text ?? "";
  }

  draw({ id, edited, buttons }) {
    const meta = edited ? [el("span", { textContent: "edited" })] : [];
    const rows = buttons.map((row) =>
      el("div", { className: "buttons" }, ...row.map((each) => this.#button(id, each))),
    );
    return { meta, under: rows };
  }

  #button(message, { text, data }) {
    const button = el("button", { type: "button", data: { testid: "tg-button" }, textContent: text });
    button.addEventListener("click", () => {
      if (this.busy) return;
      this.tell("tapped");
      this.act("tap", { message, data });
    });
    return button;
  }

  #begin() {
    this.tell("started");
    return this.act("start", { payload: "" });
  }

  #block(blocked) {
    return this.act("block", { blocked });
  }

  #shareNumber() {
    this.tell("contact");
    return this.act("contact");
  }

  #openMore() {
    const rows = [{ title: "Block the bot", testid: "tg-block", take: () => this.#block(true) }];
    this.sheet.open("Community Savings", rows, this.find(".more"));
  }

  #openCommands() {
    const rows = this.#state.commands.map(({ command, description }) => ({
      title: `/${command}`,
      description,
      take: () => this.say(`/${command}`),
    }));
    this.sheet.open("Commands", rows, this.find(".commands"));
  }

  #flash(text) {
    const flash = this.find(".flash");
    flash.hidden = false;
    flash.textContent = text;
    clearTimeout(this.#flashing);
    this.#flashing = setTimeout(() => (flash.hidden = true), FLASH_MS);
  }
}
