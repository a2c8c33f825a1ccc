/** The register: what is due, every request, and what is kept for how long. */

import { get, named, wording } from "./api.js";
import { byId, counted, field, fill, h } from "./dom.js";
import { say } from "./live.js";
import "./shell.js";
import { day } from "./times.js";
import { KINDS, dueTag, exportTag } from "./words.js";

/** @type {ReturnType<typeof setTimeout> | undefined} */
let typing;

/** What is kept. @type {Record<string, string>} */
const KEPT = { footage: "Footage:", working: "Working files of", release: "Release" };

/** @param {string} reference */
function link(reference) {
  return h("a", { href: `/requests/${named(reference)}` }, reference);
}

/**
 * @param {string} caption
 * @param {string[]} heads
 * @param {(string | Node)[][]} rows
 */
function table(caption, heads, rows) {
  return h(
    "div",
    { class: "scroll" },
    h(
      "table",
      {},
      h("caption", { class: "away" }, caption),
      h("thead", {}, h("tr", {}, ...heads.map((head) => h("th", { scope: "col" }, head)))),
      h("tbody", {}, ...rows.map((row) => h("tr", {}, ...row.map((cell) => h("td", {}, cell))))),
    ),
  );
}

async function due() {
  const [rows, open] = /** @type {[any[], any[]]} */ (
    await Promise.all([get("/api/requests/due"), get("/api/requests?state=open&limit=1000")])
  );
  const who = new Map(open.map((row) => [row.reference, row.requester]));
  if (!rows.length) {
    fill(byId("due"), h("p", { class: "empty" }, "No request is open. When one comes in, choose ", h("strong", {}, "New request"), "."));
    return;
  }
  fill(
    byId("due"),
    table("Open requests, the most urgent first", ["Request", "Who asks", "To be answered by", "Time left", "What comes next"], rows.map((row) => {
      const [tag, footage] = [dueTag(row), exportTag(row)];
      return [link(row.reference), who.get(row.reference) || (KINDS[row.kind] ?? row.kind), day(row.due) || "–", h("span", {}, footage ? h("span", { class: `tag ${footage.look}` }, footage.text) : "", footage ? " " : "", h("span", { class: `tag ${tag.look}` }, tag.text)), nextOf(row.reference)];
    })),
  );
}

/** @type {IntersectionObserver} */
const inSight = new IntersectionObserver((seen) => {
  for (const { target, isIntersecting } of seen) {
    if (!isIntersecting) continue;
    inSight.unobserve(target);
    void told(/** @type {HTMLElement} */ (target));
  }
});

/** What comes next for REFERENCE, once somebody looks that far down. @param {string} reference */
function nextOf(reference) {
  const place = h("span", { "data-reference": reference }, "…");
  inSight.observe(place);
  return place;
}

/** @param {HTMLElement} place */
async function told(place) {
  const facts = await get(`/api/requests/${named(place.dataset.reference ?? "")}`).catch(() => ({ next: [] }));
  const next = facts.next[0];
  place.textContent = (next?.what || next?.text || "").replace(`${place.dataset.reference}: `, "");
}

async function all() {
  const query = new URLSearchParams();
  for (const name of ["text", "state", "kind"]) if (field(name).value) query.set(name, field(name).value);
  const rows = /** @type {any[]} */ (await get(`/api/requests?${query}`));
  say(`${counted(rows.length, "request")} listed`);
  if (!rows.length) return fill(byId("all"), h("p", { class: "empty" }, query.size ? "No request is like that. Change what is sifted by." : "Nothing is on the register yet."));
  fill(
    byId("all"),
    table("All requests", ["Request", "Kind", "Requester", "Recipient", "Came in", "State"], rows.map((row) => [
      link(row.reference),
      KINDS[row.kind] ?? row.kind,
      row.requester || "–",
      row.recipient || "–",
      day(row.received),
      row.state === "open" ? (row.due ? `open, due ${day(row.due)}` : "open") : `${row.outcome || row.state} ${day(row.ended_on)}`,
    ])),
  );
}

async function kept() {
  const place = byId("kept");
  try {
    const answer = await get("/api/retention");
    const rows = /** @type {any[]} */ (answer.kept);
    const late = rows.filter((row) => row.due);
    if (!rows.length) return fill(place, h("p", { class: "empty" }, "No footage is kept."));
    const told = late.length
      ? h("p", { class: "bad" }, h("strong", {}, `${counted(late.length, "thing")} past the time for which it may be kept. `), "Have it deleted.")
      : h("p", { class: "good" }, "Nothing is past its time.");
    const shown = (late.length ? late : rows).slice(0, 20);
    fill(place, told, table("What is kept", ["What", "Request", "Kept until", "Why"], shown.map((row) => [`${KEPT[row.what] ?? row.what} ${row.name}`, row.reference ? link(row.reference) : "–", row.until ? day(row.until) : "–", row.reason])));
  } catch (problem) {
    fill(place, h("p", { class: "empty" }, wording(problem)));
  }
}

byId("sift").addEventListener("submit", (event) => event.preventDefault());
for (const name of ["text", "state", "kind"]) {
  byId(name).addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(() => void all(), 200);
  });
}

/** Say what is missing before anything can be released. */
async function ready() {
  const people = /** @type {any[]} */ (await get("/api/people"));
  const second = people.some((one) => one.key && !one.host && one.roles.some((/** @type {string} */ role) => ["approver", "dpo"].includes(role)));
  byId("before").hidden = second;
}

void ready().catch(() => undefined);
for (const part of [due, all, kept]) part().catch((problem) => fill(byId(part.name), h("p", { class: "problem" }, wording(problem))));
