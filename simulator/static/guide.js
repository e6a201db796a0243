/** A few journeys of a minute each, for whoever's phones they are; the steps tick themselves off. */

import { el } from "./page.js";

export class Guide {
  #names = document.getElementById("journeys");
  #steps = document.getElementById("steps");
  #journeys = []; // {name, steps: [[text, mark]]}
  #at = 0;
  #done = 0; // steps of the journey that is shown
  #ended = new Set(); // the journeys that were gone through to their end

  show(journeys) {
    this.#journeys = journeys;
    this.#ended.clear();
    const buttons = journeys.map(({ name }, at) => {
      const button = el("button", { type: "button", textContent: name });
      button.addEventListener("click", () => this.#begin(at));
      return button;
    });
    this.#names.replaceChildren(...buttons);
    this.#begin(0);
  }

  /**
   * Something happened on a phone or in the books: the step that waited for it is done, and those before.
   * What begins a journey begins it anew; another one than is shown, when none is under way.
   */
  happened(what) {
    const begins = ({ steps: [[, mark]] }) => mark === what;
    const underWay = this.#done > 0 && this.#done < this.#marks.length;
    const other = underWay || begins(this.#journeys[this.#at]) ? -1 : this.#journeys.findIndex(begins);
    if (other >= 0) this.#begin(other);
    else if (what === "dialled" && this.#marks[0] === what) this.#done = 0;
    const at = this.#marks.indexOf(what, this.#done);
    if (at < 0) return;
    this.#done = at + 1;
    if (this.#done === this.#marks.length) this.#ended.add(this.#at);
    this.#render();
  }

  get #marks() {
    return this.#journeys[this.#at].steps.map(([, mark]) => mark);
  }

  #begin(at) {
    this.#at = at;
    this.#done = 0;
    const { steps } = this.#journeys[at];
    const item = ([text], place) =>
      el("li", { textContent: text, data: { step: place + 1, place: `${place + 1}/${steps.length}` } });
    this.#steps.replaceChildren(...steps.map(item));
    this.#render();
  }

  #render() {
    const ended = this.#done === this.#marks.length;
    const next = ended ? this.#journeys.findIndex((_, at) => !this.#ended.has(at)) : -1;
    [...this.#names.children].forEach((button, at) => {
      button.ariaPressed = String(at === this.#at);
      button.classList.toggle("done", this.#ended.has(at));
      button.classList.toggle("next", at === next);
    });
    const last = this.#steps.children.length - 1;
    [...this.#steps.children].forEach((step, at) => {
      step.classList.toggle("done", at < this.#done);
      // On a small screen only this one is shown: the last stays when all is done.
      step.classList.toggle("shown", at === Math.min(this.#done, last));
      if (at === this.#done) step.setAttribute("aria-current", "step");
      else step.removeAttribute("aria-current");
    });
  }
}
