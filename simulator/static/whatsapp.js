/** The WhatsApp phone: reply buttons, a list that opens as a sheet, and the ticks of what a person wrote. */

import { Chat } from "./chat.js";
import { el } from "./page.js";

const ATTACHMENTS = { image: "A photo", audio: "A voice message", location: "My location", contacts: "A contact" };
const MEDIA = { image: "Photo", audio: "Voice message", location: "Location", contacts: "Contact" };
const TICKS = { sent: "✓", delivered: "✓✓", read: "✓✓" };

export class WhatsApp extends Chat {
  constructor(root, tell) {
    super(root, "/sim/whatsapp", "business account", tell);
    this.offer(ATTACHMENTS);
    this.find(".welcome button").addEventListener("click", () => this.say("hi"));
  }

  took() {}

  /** A phone has no message that failed, and no ticks on those it got: the page says the one, not the other. */
  draw({ id, mine, media, buttons, list, status }) {
    const meta = media ? [el("em", { textContent: MEDIA[media] ?? media })] : [];
    if (status === "failed") return { meta: [...meta, el("strong", { textContent: "not delivered" })], under: [] };
    if (mine) meta.push(el("span", { role: "img", ariaLabel: status, title: status, textContent: TICKS[status] }));
    const under = buttons.map((each) => this.#reply(id, each));
    if (list) under.push(this.#opener(id, list));
    return { meta, under };
  }

  #reply(message, { id, title }) {
    const button = el("button", { type: "button", data: { testid: "wa-button" }, textContent: title });
    button.addEventListener("click", () => this.#tap(message, id));
    return button;
  }

  #opener(message, { button: label, items }) {
    const opener = el("button", { type: "button", className: "open-list", textContent: label });
    opener.dataset.testid = "wa-open-list";
    opener.ariaHasPopup = "dialog";
    const rows = items.map(({ id, title, description }) => ({
      title,
      description,
      testid: "wa-row",
      take: () => this.#tap(message, id),
    }));
    opener.addEventListener("click", () => this.sheet.open(label, rows, opener));
    return opener;
  }

  #tap(message, id) {
    if (this.busy) return;
    this.tell("tapped");
    this.act("tap", { message, id });
  }
}
