/** Approval and release: who has to approve, who did, and what is sent to the recipient. */

import { get, ofRequest, wording } from "../api.js";
import { byId, button, fill, h, said } from "../dom.js";
import { startJob } from "../jobs.js";
import { moment } from "../times.js";

const base = ofRequest(said("reference"));

/**
 * Show how far approval and release are.
 * @param {any} facts
 * @param {() => Promise<void>} again
 */
export async function leaving(facts, again) {
  const place = byId("leaving");
  const released = (facts.releases ?? []).filter((/** @type {any} */ one) => one.state === "released");
  if (released.length) return fill(place, ...released.map(package_), key());
  if (facts.state !== "open") return fill(place, h("p", { class: "empty" }, "Nothing was released."));
  const parcel = await get(`${base}/parcel`).catch((problem) => problem);
  if (parcel instanceof Error) return fill(place, h("p", {}, "A second person approves what is to leave, and then it is released. It is not that far yet:"), h("p", {}, wording(parcel)));
  const { approved } = parcel;
  const page = h("a", { class: "button", href: `${location.pathname}/approve` }, "Look at what would leave");
  if (!approved) {
    const who = parcel.may_approve.map((/** @type {any} */ one) => one.name).join(", ");
    return fill(place, h("p", {}, `A second person has to approve it: somebody who neither decided nor made the copy${who ? `, such as ${who}` : ""}. They sign in as themselves and open this request.`), page);
  }
  const release = button("Release it", async () => {
    release.disabled = true;
    if (!(await startJob(`${base}/release`, { native: Boolean(parcel.native) }))) release.disabled = false;
    else await again();
  }, { class: "primary", id: "release" });
  fill(place, h("p", { class: "good" }, `Approved by ${approved.name}${approved.at ? `, ${moment(approved.at)}` : ""}.`), h("div", { class: "actions" }, release, page));
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
