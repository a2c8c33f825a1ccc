/** Whose keys are on record: inviting, putting on record, and letting a key count no more. */

import { Refused, get, post, wording } from "./api.js";
import { button, byId, fill, h, said } from "./dom.js";
import { note } from "./live.js";
import "./shell.js";
import { ROLES } from "./words.js";

/** @type {string[]} */
let may = [];
/** Whether somebody was invited, and has not chosen a passphrase yet. */
let waiting = false;
let known = "";

async function show() {
  may = (await get("/api/me")).may;
  const people = /** @type {any[]} */ (await get("/api/people"));
  waiting = people.some((one) => !one.key && !one.waits && one.invited_until);
  known = states(people);
  fill(byId("people"), ...people.map(card));
}

/** How far everybody is. @param {any[]} people @returns {string} */
function states(people) {
  return people.map((one) => `${one.account} ${Boolean(one.key)} ${one.waits}`).join();
}

/** Look whether whoever was invited has chosen a passphrase; what is typed here stays until then. */
async function look() {
  if (!waiting || document.hidden) return;
  const people = /** @type {any[]} */ (await get("/api/people"));
  if (states(people) !== known) await show();
}

setInterval(() => void look().catch(() => undefined), 4000);

/** @param {any} one */
function card(one) {
  const on = Boolean(one.key);
  const self = one.account === said("account");
  const place = h("div", { class: "actions tight" });
  const put = h(
    "section",
    { class: `clip-card ${on ? "done" : "todo"}` },
    h("h2", {}, `${one.name || one.account}${self ? " (you)" : ""}`),
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
  const out = h("div", { hidden: true });
  const make = button(one.waits || one.invited_until ? "Invite anew" : "Invite", async () => {
    try {
      const { path } = await post(`/api/people/${encodeURIComponent(one.account)}/invitation`);
      const link = new URL(path, location.href).href;
      out.hidden = false;
      waiting = true;
      fill(
        out,
        h("p", {}, "Give them this link. It works once, for a week. They open it on this computer, in a window of their own or once you signed out."),
        h("code", { class: "path", "data-invitation": one.account }, link),
        button("Copy the link", () => void navigator.clipboard.writeText(link).then(() => note("Copied.")), { class: "link" }),
      );
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
  const problem = h("p", { class: "problem", role: "alert", id: `${id}-problem` });
  const form = h("form", { class: "fields" }, h("label", { for: id }, "What they read out to you"), problem, input, h("div", { class: "actions tight" }, h("button", { class: "primary" }, "Put on record")));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      await post(`/api/people/${encodeURIComponent(one.account)}/enrolment`, { fingerprint: input.value.replace(/\s/g, "") });
      note(`The key of ${one.name} is on record. They can sign in.`, "good");
      await show();
    } catch (wrong) {
      const known = wrong instanceof Refused && wrong.status === 400;
      fill(problem, known ? "These are not the letters and digits that their page shows. Have them read out again. If they still differ, do not go on: somebody else may have used the link." : wording(wrong));
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
