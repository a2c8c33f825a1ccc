/** Approval and release: who has to approve, who did, and what is sent to the recipient. */

import { get, ofRequest, wording } from "../api.js";
import { byId, button, fill, h, refill, said } from "../dom.js";
import { startJob } from "../jobs.js";
import { moment } from "../times.js";

const base = ofRequest(said("reference"));

/**
 * Show how far approval and release are.
 * @param {any} facts
 * @param {() => Promise<void>} again
 * @returns {Promise<any>} what would leave; null where that cannot be said
 */
export async function leaving(facts, again) {
  const place = byId("leaving");
  const released = (facts.releases ?? []).filter((/** @type {any} */ one) => one.state === "released");
  if (released.length) return void refill(place, ...released.map(package_), key());
  if (facts.state !== "open") return void fill(place, h("p", { class: "empty" }, "Nothing was released."));
  const far = facts.next.some((/** @type {any} */ step) => ["approve", "release"].includes(step.task));
  const parcel = far ? await get(`${base}/parcel`).catch((problem) => problem) : null;
  if (!parcel) return void fill(place, h("p", {}, "A second person approves what is to leave, and then it is released. It is not that far yet."));
  if (parcel instanceof Error) return void fill(place, h("p", {}, wording(parcel)));
  const { approved } = parcel;
  const page = h("a", { class: "button", href: `${location.pathname}/approve` }, "Look at what would leave");
  if (!approved) {
    const who = parcel.may_approve.map((/** @type {any} */ one) => one.name).join(", ");
    fill(place, h("p", {}, `A second person has to approve it: somebody who neither decided nor made the copy${who ? `, such as ${who}` : ""}. They sign in as themselves and open this request.`), page);
    return parcel;
  }
  const files = parcel.exhibits.length === 1 ? "1 file" : `${parcel.exhibits.length} files`;
  let asked = false;
  const release = button("Release it", async () => {
    if (!asked) {
      asked = true;
      release.textContent = `Yes, make the signed release of ${files} for ${parcel.recipient}`;
      return;
    }
    release.disabled = true;
    if (!(await startJob(`${base}/release`, { native: Boolean(parcel.native) }))) release.disabled = false;
    else await again();
    document.getElementById("jobs-section")?.scrollIntoView({ block: "nearest" });
  }, { class: "primary", id: "release" });
  refill(place, h("p", { class: "good" }, `Approved by ${approved.name}${approved.at ? `, ${moment(approved.at)}` : ""}.`), h("div", { class: "actions" }, release, page));
  return parcel;
}

/** @param {any} one */
function package_(one) {
  return h(
    "div",
    { class: "clip-card done" },
    h("h3", {}, `Copy ${one.copy_number ?? one.number ?? 1} for ${one.recipient ?? "the recipient"}`),
    h("p", { class: "small" }, `Released ${moment(one.at)}`),
    one.purged_at ? h("p", {}, "Deleted since.") : h("div", { class: "actions tight" }, h("a", { class: "button primary", href: `${base}/package`, download: "" }, "Download the package")),
    h("p", { class: "small" }, "Send it to the recipient. With it goes a report and a letter; whoever has the key below can check that nothing was changed."),
  );
}

function key() {
  return h("p", {}, h("a", { href: "/api/key", download: "redact-key.pem" }, "Download the organisation's public key"), ": hand it to the recipient by another way than the package.");
}
