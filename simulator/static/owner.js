/** Whose phones these are: one person of the village, with the PINs and the wallet. */

import { el } from "./page.js";

export class Owner {
  #root = document.getElementById("owner");

  /** `onChange(person)` hears whose phones are wanted. */
  constructor(people, onChange) {
    const select = this.#root.querySelector(".person");
    select.append(...choices(people));
    select.addEventListener("change", () => onChange(people.find((each) => each.phone === select.value)));
  }

  show({ phone, pin, momo_pin: momoPin, wallet }) {
    this.#root.querySelector(".person").value = phone;
    const shown = Object.entries({ PIN: pin || "none yet", "MoMo PIN": momoPin });
    const row = ([name, value]) =>
      el("div", {}, el("dt", { textContent: name }), el("dd", { textContent: value }));
    this.#root.querySelector(".pins").replaceChildren(...shown.map(row));
    this.showWallet(wallet, false);
  }

  showWallet(amount, changed) {
    const purse = this.#root.querySelector(".purse");
    purse.querySelector("output").textContent = amount;
    purse.classList.toggle("moved", changed);
  }
}

/** The people by their first group, and those who are in none. */
function choices(people) {
  const byGroup = Map.groupBy(people, ({ groups }) => groups[0] ?? "In no group yet");
  return [...byGroup].map(([label, members]) =>
    el(
      "optgroup",
      { label },
      ...members.map((each) => el("option", { value: each.phone, textContent: described(each) })),
    ),
  );
}

function described({ name, role, groups }) {
  const more = groups.length > 1 ? `, in ${groups.length} groups` : "";
  return role === "newcomer" && name.toLowerCase().includes(role) ? name : `${name} · ${role}${more}`;
}
