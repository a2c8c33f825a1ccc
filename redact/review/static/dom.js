/** Small helpers to build what is seen. Text goes in as text, never as HTML. */

/**
 * @typedef {string | number | Node | null | undefined | false} Child
 * @typedef {Record<string, unknown> & { class?: string, on?: Record<string, (event: any) => void> }} Props
 */

/**
 * Make an element.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Props | null} [props]
 * @param {...(Child | Child[])} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function h(tag, props, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) set(element, name, value);
  append(element, children);
  return element;
}

/**
 * @param {HTMLElement} element
 * @param {string} name
 * @param {unknown} value
 */
function set(element, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name === "on") {
    for (const [event, act] of Object.entries(/** @type {Record<string, EventListener>} */ (value))) {
      element.addEventListener(event, act);
    }
  } else if (name === "class") element.className = String(value);
  else if (name === "value" && "value" in element) /** @type {any} */ (element).value = value;
  else element.setAttribute(name, value === true ? "" : String(value));
}

/**
 * Put CHILDREN into ELEMENT.
 * @param {Node} element
 * @param {(Child | Child[])[]} children
 */
export function append(element, children) {
  for (const child of children.flat()) {
    if (child === null || child === undefined || child === false) continue;
    element.appendChild(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

/**
 * Put CHILDREN in the place of what ELEMENT has.
 * @param {Element} element
 * @param {...(Child | Child[])} children
 */
export function fill(element, ...children) {
  element.replaceChildren();
  append(element, children);
}

/**
 * Put CHILDREN in the place of what ELEMENT has; whoever was at a link or button of it is at the one of the same name.
 * @param {Element} element
 * @param {...(Child | Child[])} children
 */
export function refill(element, ...children) {
  const held = element.contains(document.activeElement) ? document.activeElement : null;
  fill(element, ...children);
  if (!held || !held.matches("a, button")) return;
  const same = [...element.querySelectorAll(held.tagName)].find((one) => one.textContent === held.textContent);
  /** @type {HTMLElement | undefined} */ (same)?.focus({ preventScroll: true });
}

/**
 * Find the element with ID, which the page has.
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found;
}

/**
 * Find the form field with ID.
 * @param {string} id
 * @returns {HTMLInputElement}
 */
export function field(id) {
  return /** @type {HTMLInputElement} */ (byId(id));
}

/**
 * What the server said of this page, under NAME.
 * @param {string} name
 * @returns {string}
 */
export function said(name) {
  return document.body.dataset[name] ?? "";
}

/**
 * Make a button.
 * @param {string} text
 * @param {(event: MouseEvent) => void} act
 * @param {Props} [props]
 * @returns {HTMLButtonElement}
 */
export function button(text, act, props = {}) {
  return h("button", { type: "button", ...props, on: { click: act, ...(props.on ?? {}) } }, text);
}

/**
 * Give 1 with ONE, and any other number with MANY.
 * @param {number} count
 * @param {string} one
 * @param {string} [many]
 * @returns {string}
 */
export function counted(count, one, many = `${one}s`) {
  return `${count} ${count === 1 ? one : many}`;
}
