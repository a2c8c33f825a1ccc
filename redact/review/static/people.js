/** Whose keys are on record: inviting, putting on record, and letting a key count no more. */

import { get, post, wording } from "./api.js";
import { button, byId, fill, h, said } from "./dom.js";
import { note } from "./live.js";
import "./shell.js";
import { ROLES } from "./words.js";

/** @type {string[]} */
let may = [];

async function show() {
  may = (await get("/api/me")).may;
  const people = /** @type {any[]} */ (await get("/api/people"));
  fill(byId("people"), ...people.map(card));
}

/** @param {any} one */
function card(one) {
  const on = Boolean(one.key);
  const self = one.account === said("account");
  const place = h("div", { class: "actions tight" });
  const put = h(
    "section",
    { class: `clip-card ${on ? "done" : "todo"}` },
    h("h3", {}, `${one.name || one.account}${self ? " (you)" : ""}`),
    h("p", { class: "small" }, `Account ${one.account}. ${(one.roles ?? []).map((/** @type {string} */ role) => ROLES[role] ?? role).join("; ")}`),
    h("p", { class: on ? "good" : "warn" }, on ? `Key on record: ${one.key.fingerprint.slice(0, 19)}` : waits(one)),
    place,
  );
  if (may.includes("enrol") && !self) fill(place, ...(on ? [revoke(one)] : [...(one.waits ? [enrol(one)] : []), invite(one)]));
  return put;
}

/** @param {any} one @returns {string} */
function waits(one) {
  if (one.waits) return "They chose a passphrase. Have them read out what their page shows, and type it here.";
  return one.invited_until ? "Invited, and has not chosen a passphrase yet." : "No key on record yet: they cannot sign in.";
}

/** @param {any} one */
function invite(one) {
  const out = h("p", { hidden: true });
  const make = button(one.waits || one.invited_until ? "Invite anew" : "Invite", async () => {
    try {
      const { path } = await post(`/api/people/${encodeURIComponent(one.account)}/invitation`);
      out.hidden = false;
      fill(out, "Give them this link. It works once: ", h("code", { class: "path", "data-invitation": one.account }, new URL(path, location.href).href));
    } catch (problem) {
      note(wording(problem), "bad");
    }
  });
  return h("div", {}, make, out);
}

/** @param {any} one */
function enrol(one) {
  const id = `fp-${one.account}`;
  const input = h("input", { id, autocomplete: "off", spellcheck: "false", placeholder: "xxxx xxxx xxxx xxxx", size: 24 });
  const form = h("form", { class: "fields" }, h("label", { for: id }, "What they read out to you"), input, h("div", { class: "actions tight" }, h("button", { class: "primary" }, "Put on record")));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      await post(`/api/people/${encodeURIComponent(one.account)}/enrolment`, { fingerprint: input.value.replace(/\s/g, "") });
      note(`The key of ${one.name} is on record. They can sign in.`, "good");
      await show();
    } catch (problem) {
      note(wording(problem), "bad");
      input.focus();
    }
  });
  return form;
}

/** @param {any} one */
function revoke(one) {
  const id = `why-${one.account}`;
  const input = h("input", { id, autocomplete: "off" });
  const form = h("form", { class: "fields" }, h("label", { for: id }, "Why their key is to count no more"), input, h("div", { class: "actions tight" }, h("button", { class: "danger" }, "Let it count no more")));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      await post(`/api/people/${encodeURIComponent(one.account)}/revocation`, { reason: input.value.trim() });
      note(`The key of ${one.name} counts no more.`, "good");
      await show();
    } catch (problem) {
      note(wording(problem), "bad");
    }
  });
  return h("details", {}, h("summary", {}, "They left, or their key may be in other hands"), form);
}

function adding() {
  const form = /** @type {HTMLFormElement | null} */ (document.getElementById("add-form"));
  form?.addEventListener("submit", async (event) => {
    event.preventDefault();
    const given = new FormData(form);
    const [account, name] = [String(given.get("account")).trim(), String(given.get("name")).trim()];
    try {
      await post("/api/people", { account, name, roles: given.getAll("role") });
      form.reset();
      fill(byId("add-problem"));
      note(`${name} is added. Now invite them.`, "good");
      await show();
    } catch (problem) {
      fill(byId("add-problem"), wording(problem));
    }
  });
}

adding();
show().catch((problem) => fill(byId("people"), h("p", { class: "problem" }, wording(problem))));
