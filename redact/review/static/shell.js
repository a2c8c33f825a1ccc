/** What every page has: signing out, and the lock after a time of rest, whether or not the server was asked anything. */

import { get, post } from "./api.js";
import { byId, said } from "./dom.js";
import { note } from "./live.js";
import { unlocked } from "./lock.js";

let last = performance.now();
let idle = 0;
let locked = false;

/** Begin. */
export async function shell() {
  for (const event of ["pointerdown", "keydown", "wheel"]) {
    addEventListener(event, () => (last = performance.now()), { passive: true, capture: true });
  }
  for (const close of document.querySelectorAll("dialog .close")) {
    close.addEventListener("click", () => /** @type {HTMLDialogElement | null} */ (close.closest("dialog"))?.close());
  }
  document.getElementById("sign-out")?.addEventListener("click", async () => {
    await post("/api/sign-out").catch(() => undefined);
    location.assign("/sign-in");
  });
  if (!said("account")) return;
  const me = /** @type {import("./types.js").Me} */ (await get("/api/me"));
  idle = me.idle_s * 1000;
  for (const text of me.told ?? []) note(text);
  setInterval(rest, 1000);
}

/** Lock where nobody did anything for as long as the server waits, with whatever is shown out of sight. */
async function rest() {
  if (locked || !idle || performance.now() - last < idle) return;
  locked = true;
  await unlocked();
  last = performance.now();
  locked = false;
}

/** Say on top of the page what concerns all of it. @param {string} text */
export function banner(text) {
  const line = byId("banner");
  line.hidden = !text;
  line.textContent = text;
}

void shell();
