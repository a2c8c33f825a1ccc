/** Words for what the server calls by a code. */

/** Who asks, in a word or two. @type {Record<string, string>} */
export const KINDS = {
  sar: "Subject access request",
  "third-party": "Third party",
  police: "Police",
  statutory: "Authority",
  foi: "Freedom of information",
  "tenant-access": "Tenants' access scheme",
  complaint: "Complaint",
};

/** What a request waits for. @type {Record<string, string>} */
export const WAITS = {
  identity: "proof of who the requester is",
  fee: "the fee",
  clarification: "the requester's answer on which footage is meant",
};

/** What somebody is here to do. @type {Record<string, string>} */
export const ROLES = {
  operator: "operator: takes requests, makes copies, releases",
  reviewer: "reviewer: decides who is shown",
  approver: "approver: the second pair of eyes",
  dpo: "Data Protection Officer",
};

/**
 * When something is due, for a tag.
 * @param {{ due: string | null, days_left: number | null, overdue: boolean, waiting_for: string | null }} clock
 * @returns {{ text: string, look: string }}
 */
export function dueTag(clock) {
  const left = clock.days_left;
  if (clock.overdue) return { text: `${-(left ?? 0)} ${left === -1 ? "day" : "days"} overdue`, look: "bad" };
  if (clock.waiting_for) return { text: `waits for ${WAITS[clock.waiting_for] ?? clock.waiting_for}`, look: "" };
  if (left === null || !clock.due) return { text: "no day set", look: "" };
  if (left === 0) return { text: "due today", look: "bad" };
  return { text: left === 1 ? "1 day left" : `${left} days left`, look: left <= 7 ? "warn" : "good" };
}

/**
 * Until when footage can be exported, for a tag; nothing where it is here, or none is asked for.
 * @param {{ export: string, export_by: string | null, export_days: number | null }} row
 * @returns {{ text: string, look: string } | null}
 */
export function exportTag({ export: standing, export_days: left }) {
  if (standing === "passed") return { text: "footage may be written over: try at once", look: "bad" };
  if (standing === "unknown") return { text: "footage may be written over any day", look: "bad" };
  if (standing !== "runs" || left === null) return null;
  if (left === 0) return { text: "export the footage today", look: "bad" };
  return { text: `export the footage: ${left === 1 ? "1 day" : `${left} days`} left`, look: left <= 7 ? "bad" : "warn" };
}

/** Bytes as people read them. @param {number} bytes @returns {string} */
export function sized(bytes) {
  if (bytes < 1e6) return `${Math.max(1, Math.round(bytes / 1e3))} kB`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
}

/** What happened, by what the record calls it. @type {Record<string, string>} */
export const HAPPENED = {
  "request-opened": "Request recorded",
  "request-changed": "Request corrected",
  "identity-asked": "Proof of identity asked for",
  "identity-satisfied": "Identity proved",
  "clarification-asked": "Asked which footage is meant",
  "clarification-answered": "That was answered",
  "fee-quoted": "Fee quoted",
  "fee-invoiced": "Fee invoiced",
  "fee-asked": "Fee asked for",
  "fee-paid": "Fee paid",
  "fee-waived": "Fee waived",
  "complaint-acknowledged": "Complaint acknowledged",
  "complaint-looked-into": "Complaint looked into",
  "package-uploaded": "Package uploaded",
  extended: "Time extended",
  searched: "Search made",
  "request-refused": "Request refused",
  "request-closed": "Request closed",
  "clip-imported": "Footage taken in",
  "clip-attached": "Footage added to the request",
  "clip-detached": "Footage taken off the request",
  "companion-kept": "What came with footage kept",
  "clip-described": "Footage described",
  "footage-viewed": "Footage looked at",
  "clip-scanned": "Everyone in the footage found",
  "decision-made": "Decided",
  "decision-withdrawn": "Decision taken back",
  "correction-made": "Corrected by hand",
  "correction-withdrawn": "Correction taken back",
  "question-answered": "Question answered",
  "places-looked-at": "Moments looked at",
  "copy-made": "Copy made",
  "release-approved": "Approved",
  "release-begun": "Release begun",
  "release-made": "Released",
  "release-abandoned": "Release not made",
  "hold-placed": "Kept for an incident",
  "hold-lifted": "No longer kept for the incident",
  "purge-begun": "Deletion begun",
  purged: "Deleted",
  "organisation-configured": "The organisation's file changed",
  "key-created": "The organisation's key made",
  "key-rotated": "The organisation's key renewed",
  "clock-set-back": "The computer's clock was set back",
  "person-key-enrolled": "Somebody's key put on record",
  "person-key-revoked": "Somebody's key counts no more",
  "ledger-recovered": "The record was mended",
  "ledger-checkpoint": "The record was signed",
  "action-denied": "Not permitted, and refused",
};

/** An event's kind in words. @param {string} kind @returns {string} */
export function happened(kind) {
  return HAPPENED[kind] ?? `${kind[0]?.toUpperCase() ?? ""}${kind.slice(1).replaceAll("-", " ")}`;
}
