// The parts of the page where they are drawn, and the tabs that open the screens among them.

const FRAMES = 600; // after so many frames, a tab that does not open is given up

/** @typedef {Record<string, any>} Part what the module of a part returned: a screen has `main`, `asks`, `show`, `point` */

export class Screens {
  /** @type {Record<string, Part>} */
  parts = {};
  /** @type {Record<string, string>} of the tabs */
  titles = {};
  /** @type {Record<string, HTMLElement>} where the parts are drawn */
  #roots = {};

  /** @param {string} name @param {HTMLElement} root @param {Part} part */
  add(name, root, part) {
    this.#roots[name] = root;
    this.parts[name] = part;
  }

  /** Calls `appeared` when a screen comes into sight, or its size changes. @param {string} name @param {() => void} appeared */
  watch(name, appeared) {
    const root = this.#roots[name];
    new ResizeObserver(() => root.offsetParent && appeared()).observe(root);
  }

  inSight() {
    const isOpen = (/** @type {string} */ name) => this.#roots[name].isConnected && this.#roots[name].offsetParent;
    return Object.keys(this.parts).find((name) => this.parts[name]?.main && isOpen(name)) ?? null;
  }

  /** @param {string} tab */
  open(tab) {
    for (const button of document.querySelectorAll('#tabs button[role=tab]')) {
      const { offsetParent, textContent } = /** @type {HTMLElement} */ (button);
      if (textContent?.trim() === this.titles[tab] && offsetParent) /** @type {HTMLElement} */ (button).click();
    }
  }

  /** Opens a tab until its screen is there: Gradio draws it when it is first opened. @param {string} tab */
  async openFully(tab) {
    this.open(tab);
    for (let frames = 0; frames < FRAMES && this.inSight() !== tab; frames++) await frame();
  }

  /** Calls `visited` when the visitor presses a tab, not when the page itself does. @param {(tab: string) => void} visited */
  onVisit(visited) {
    const hear = (/** @type {Event} */ { target, isTrusted }) => {
      const button = target instanceof Element && target.closest('#tabs button[role=tab]');
      const title = button && button.textContent?.trim();
      const tab = Object.keys(this.titles).find((one) => this.titles[one] === title);
      if (tab && isTrusted) visited(tab);
    };
    document.addEventListener('click', hear, true);
  }
}

export function frame() {
  return new Promise(requestAnimationFrame);
}

/** The titles of the tabs, by their keys. @param {{ key: string, choices: [string, string][] }[]} fields */
export function titlesOf(fields) {
  const tab = fields.find(({ key }) => key === 'tab');
  return Object.fromEntries(tab?.choices.map(([title, key]) => [key, title]) ?? []);
}
