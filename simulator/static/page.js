/** What every part of the page uses: HTTP, elements, amounts, times. */

/** The simulator said no, or nothing; `status` is HTTP's, 0 when it could not be reached. */
export class Refused extends Error {
  constructor(message, status = 0) {
    super(message);
    this.status = status;
  }
}

/** GET an address; parameters are escaped, so that a phone's "+" survives. */
export function get(path, parameters = {}) {
  const query = new URLSearchParams(parameters).toString();
  return ask(query ? `${path}?${query}` : path, {});
}

export function post(path, body = {}) {
  return ask(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
}

async function ask(path, options) {
  let answer;
  try {
    answer = await fetch(path, { cache: "no-store", ...options });
  } catch {
    throw new Refused("The simulator does not answer");
  }
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refused(spoken(said.error) ?? `HTTP ${answer.status}`, answer.status);
  return said;
}

/** The simulator's errors are a text, the bot's {code, message}. */
export function spoken(error) {
  return error?.message ?? error;
}

/** An element with properties and children; texts become text nodes, never markup. */
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  const { data = {}, ...others } = properties;
  Object.assign(element.dataset, data);
  Object.assign(element, others);
  element.append(...children);
  return element;
}

/** "UGX 5,500" without its currency. */
export const figures = (amount) => amount.slice(amount.indexOf(" ") + 1);

const decimals = (amount) => amount.split(".")[1]?.length ?? 0;
const minor = (amount) => Number(figures(amount).replace(/[^\d-]/g, ""));

/** Amounts of one currency, added up in whole minor units: which stay far below 2^53. */
export function sum(amounts) {
  return shown(amounts.reduce((total, each) => total + minor(each), 0), amounts[0]);
}

/** By how much an amount has changed, signed: "+5,500"; empty when it has not. */
export function change(before, after) {
  const difference = minor(after) - minor(before);
  if (!difference) return "";
  return (difference > 0 ? "+" : "−") + figures(shown(Math.abs(difference), after));
}

function shown(units, like) {
  const digits = decimals(like);
  const number = (units / 10 ** digits).toLocaleString("en", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return `${like.slice(0, like.indexOf(" "))} ${number}`;
}

const CLOCK = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });

/** "09:30" today, "12 Oct" before. */
export function when(at) {
  const date = new Date(at);
  return (date.toDateString() === new Date().toDateString() ? CLOCK : DAY).format(date);
}

export const clock = () => CLOCK.format(new Date());

/** Say something in passing. */
export function toast(title, text) {
  const lines = [el("strong", { textContent: title }), el("span", { textContent: text })];
  const note = el("div", { className: "toast" }, ...lines);
  document.querySelector("#toasts").append(note);
  setTimeout(() => note.remove(), 6_000);
}
