/** A sheet that rises over a phone's screen with things to choose from: one is taken, or Escape puts it away. */

import { el } from "./page.js";

export class Sheet {
  #sheet;
  #behind;
  #opener = null;

  /** `screen` is a phone's screen: one of its parts is the sheet, the others rest while it is up. */
  constructor(screen) {
    this.#sheet = screen.querySelector(".sheet");
    this.#behind = [...screen.children].filter((each) => each !== this.#sheet);
    this.#sheet.addEventListener("keydown", (event) => this.#keyDown(event));
    this.#sheet.addEventListener("click", ({ target }) => target === this.#sheet && this.close());
  }

  /** Each row is {title, description, testid, take}; `opener` is the button that gets the focus back. */
  open(title, rows, opener) {
    this.#opener = opener;
    const close = el("button", { type: "button", className: "close", ariaLabel: "Close", textContent: "✕" });
    close.addEventListener("click", () => this.close());
    const items = rows.map((row) => el("li", {}, this.#row(row)));
    const head = el("header", {}, el("strong", { textContent: title }), close);
    this.#sheet.replaceChildren(el("div", {}, head, el("ul", {}, ...items)));
    this.#sheet.ariaLabel = title;
    this.#show(true);
    this.#rows[0]?.focus({ preventScroll: true }); // it is still rising
  }

  close() {
    if (this.#sheet.hidden) return;
    const held = this.#sheet.contains(document.activeElement);
    this.#show(false);
    if (held) this.#opener?.focus();
  }

  #row({ title, description = "", testid, take }) {
    const texts = [el("span", { textContent: title })];
    if (description) texts.push(el("small", { textContent: description }));
    const row = el("button", { type: "button", className: "row", data: testid ? { testid } : {} }, ...texts);
    row.addEventListener("click", () => {
      this.close();
      take();
    });
    return row;
  }

  #show(up) {
    this.#sheet.hidden = !up;
    for (const each of this.#behind) each.inert = up;
  }

  #keyDown(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape") this.close();
    else if (step) this.#rows.at((this.#rows.indexOf(document.activeElement) + step) % this.#rows.length)?.focus();
    else return;
    event.preventDefault();
  }

  get #rows() {
    return [...this.#sheet.querySelectorAll(".row")];
  }
}
