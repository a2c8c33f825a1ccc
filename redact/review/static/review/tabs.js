/** Panels of which one is open: tabs that arrows move between. */

/**
 * Let the tabs in LIST open their panels.
 * @param {HTMLElement} list
 */
export function tabs(list) {
  const all = /** @type {HTMLElement[]} */ ([...list.querySelectorAll('[role="tab"]')]);
  for (const tab of all) {
    tab.addEventListener("click", () => open(all, tab));
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const next = all[(all.indexOf(tab) + step + all.length) % all.length];
      if (!next) return;
      next.click(); // whatever waits for its panel to be opened is told
      next.focus();
    });
  }
}

/**
 * @param {HTMLElement[]} all
 * @param {HTMLElement} chosen
 */
function open(all, chosen) {
  for (const tab of all) {
    const on = tab === chosen;
    tab.setAttribute("aria-selected", String(on));
    tab.tabIndex = on ? 0 : -1;
    const panel = document.getElementById(tab.getAttribute("aria-controls") ?? "");
    if (panel) panel.hidden = !on;
  }
}
