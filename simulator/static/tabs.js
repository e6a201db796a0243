/** On a small screen one thing at a time, chosen by tabs; on a wide one everything is there, and no tabs. */

const NARROW = matchMedia("(max-width: 939px)"); // phones.css has the same limit

export class Tabs {
  #root;
  #onChange;
  #chosen;

  /** Each tab has the id of its panel in `aria-controls`; `onChange` is called when another may be shown. */
  constructor(root, onChange) {
    this.#root = root;
    this.#onChange = onChange;
    this.#chosen = this.#tabs[0];
    root.addEventListener("click", ({ target }) => this.#tabs.includes(target) && this.#choose(target));
    root.addEventListener("keydown", (event) => this.#keyDown(event));
    NARROW.addEventListener("change", () => this.#arrange());
    this.#arrange();
  }

  open(name) {
    this.#choose(this.#tab(name));
  }

  shows(name) {
    return !NARROW.matches || this.#tab(name) === this.#chosen;
  }

  /** Something happened there: its tab says so until it is looked at. */
  news(name) {
    if (!this.shows(name)) this.#mark(this.#tab(name), true);
  }

  #choose(tab) {
    this.#chosen = tab;
    this.#arrange();
  }

  #arrange() {
    const narrow = NARROW.matches;
    this.#root.hidden = !narrow;
    for (const tab of this.#tabs) {
      const chosen = tab === this.#chosen;
      const panel = document.getElementById(tab.getAttribute("aria-controls"));
      tab.ariaSelected = String(chosen);
      tab.tabIndex = chosen ? 0 : -1;
      panel.hidden = narrow && !chosen;
      panel.role = narrow ? "tabpanel" : null;
      if (!panel.hidden) this.#mark(tab, false);
    }
    this.#onChange();
  }

  #mark(tab, news) {
    tab.classList.toggle("news", news);
    tab.ariaLabel = news ? `${tab.textContent}, something new` : null;
  }

  #keyDown(event) {
    const tabs = this.#tabs;
    const at = tabs.indexOf(this.#chosen);
    const to = { ArrowLeft: at - 1, ArrowRight: (at + 1) % tabs.length, Home: 0, End: -1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.#choose(tabs.at(to));
    this.#chosen.focus();
  }

  #tab(name) {
    return this.#tabs.find((each) => each.getAttribute("aria-controls") === name);
  }

  get #tabs() {
    return [...this.#root.querySelectorAll("[role=tab]")];
  }
}
