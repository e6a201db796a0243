/** M-Pesa's own menu, Lipa na M-Pesa, Pay Bill: what somebody pays without being asked to. */

export class Paybill {
  #form;
  #onPay;
  #field; // the one that the phone's keys write into

  /** `onPay({business, account, amount, pin})` hears of it once all is typed. */
  constructor(form, onPay) {
    this.#form = form;
    this.#onPay = onPay;
    form.addEventListener("focusin", ({ target }) => {
      if (this.#fields.includes(target)) this.#field = target;
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.pay();
    });
  }

  /** On somebody's phone nothing is typed yet, but for the number of our business. */
  clear(business) {
    for (const each of this.#fields) each.value = "";
    this.#form.elements.business.value = business;
    this.#field = undefined;
    this.complain("");
  }

  /** Where typing goes on: the field in use, or the first empty one. */
  get field() {
    return this.#field ?? this.#empty ?? this.#fields[0];
  }

  /** Show it, or what is over it. */
  set shown(shown) {
    this.#form.hidden = !shown;
  }

  pay() {
    if (this.#empty) return this.#empty.focus();
    const typed = Object.fromEntries(this.#fields.map(({ name, value }) => [name, value.trim()]));
    this.#form.elements.pin.value = "";
    this.#field = undefined;
    this.complain("");
    this.#onPay(typed);
  }

  complain(text) {
    this.#form.querySelector(".wrong").textContent = text;
  }

  get #empty() {
    return this.#fields.find(({ value }) => !value.trim());
  }

  get #fields() {
    return [...this.#form.querySelectorAll("input")];
  }
}
