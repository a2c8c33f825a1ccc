/** The token that shows that a call comes from this page. */

let token = document.querySelector('meta[name="csrf-token"]')?.getAttribute("content") ?? "";

/** @returns {string} */
export function csrf() {
  return token;
}

/**
 * Take another token, after somebody signed in again.
 * @param {string} other
 */
export function renew(other) {
  token = other;
}
