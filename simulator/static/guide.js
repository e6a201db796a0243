/** A journey of one minute, for whoever's phone it is; the steps tick themselves off. */

import { el } from "./page.js";

export class Guide {
  #steps = document.getElementById("steps");
  #done = 0;
  #marks = [];

  /** Somebody who is in no group yet joins `group`, of which `chair` is the chairperson. */
  show(person, service, group, chair) {
    const journey = person.groups.length ? saving(person, service) : joining(person, service, group, chair);
    this.#done = 0;
    this.#marks = journey.map(([, mark]) => mark);
    this.#steps.replaceChildren(...journey.map(([text]) => el("li", { textContent: text })));
    this.#render();
  }

  /**
   * Something happened on the phone or in the books: the step that waited for it is done, and those before.
   * A new call begins the journey anew.
   */
  happened(what) {
    if (what === "dialled") this.#done = 0;
    const at = this.#marks.indexOf(what, this.#done);
    if (at < 0) return;
    this.#done = at + 1;
    this.#render();
  }

  #render() {
    [...this.#steps.children].forEach((step, at) => {
      step.classList.toggle("done", at < this.#done);
      if (at === this.#done) step.setAttribute("aria-current", "step");
      else step.removeAttribute("aria-current");
    });
  }
}

function saving({ pin, momo_pin: momoPin, groups }, service) {
  const which = groups.length > 1 ? " 1 again for the group," : "";
  return [
    [`Dial ${service}: the button does it, or the keys.`, "dialled"],
    ["Type 1 and Send: put money in.", "answered"],
    [`Type${which} 1 for the amount that is due, or any other amount, then the PIN ${pin}.`, "ended"],
    [`Five seconds later the phone asks for the money. Approve with ${momoPin}.`, "paid"],
    ["Watch the books move. A receipt comes by SMS.", "entry"],
  ];
}

function joining({ name, role, pin }, service, group, chair) {
  const asks = chair
    ? `Change to ${chair.name}’s phone, dial, and “Approve members” with PIN ${chair.pin}.`
    : "Change to an officer’s phone, dial, and “Approve members”.";
  if (role === "applicant") {
    return [
      [`Dial ${service}: ${name} waits to be let in. PIN ${pin}.`, "dialled"],
      ["End the call with the red key.", "dropped"],
      [asks, ""],
      ["Come back to this phone: an SMS says welcome.", "sms"],
    ];
  }
  return [
    [`Dial ${service}: the service does not know this number yet.`, "dialled"],
    ["Choose a language, type a name.", "answered"],
    ["Choose a PIN of four digits, twice.", ""],
    [`Type the group’s code ${group?.code ?? ""}: ${group?.name ?? "a group"} is asked.`, "ended"],
    [asks, "sms"],
  ];
}
