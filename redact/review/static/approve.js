/** What would leave, for the second pair of eyes: watched frame by frame or played, and approved. */

import { get, named, ofClip, ofRequest, post, wording } from "./api.js";
import { byId, button, counted, field, fill, h, said } from "./dom.js";
import { note, say } from "./live.js";
import { buttonFor, linked } from "./moments.js";
import { Frames } from "./review/frames.js";
import { Stage } from "./review/stage.js";
import "./shell.js";
import { indexAt, long, spelt } from "./times.js";

const reference = said("reference");

/** @type {any} */
let parcel = null;
/** @type {any} */
let timeline = null;
/** @type {Frames | null} */
let frames = null;
let frame = 0;
/** Frames of the master at which what leaves begins and ends. */
let [first, last] = [0, 0];
/** @type {number[]} */
let table = [];
/** @type {Map<string, Set<number>>} */
const watched = new Map();
let exhibit = "";
/** Those of which every second was on the screen. @type {Set<string>} */
const whole = new Set();
/** Those whose end was on the screen. @type {Set<string>} */
const ended = new Set();
let speed = 1;

const stage = new Stage(/** @type {HTMLCanvasElement} */ (byId("picture")));
const video = document.createElement("video");
video.muted = true;
video.playsInline = true;

async function load() {
  parcel = await get(`${ofRequest(reference)}/parcel`);
  const exhibits = /** @type {any[]} */ (parcel.exhibits);
  fill(
    byId("parcel"),
    h("dl", { class: "facts" }, ...facts(exhibits)),
    parcel.warnings?.length ? h("div", {}, h("h2", {}, "To think about"), h("ul", {}, ...ofAll(exhibits), ...exhibits.flatMap(warned))) : null,
  );
  paper();
  await looked();
  const mine = parcel.may_approve.some((/** @type {any} */ one) => one.account === said("account"));
  if (!mine && !parcel.approved) {
    const who = parcel.may_approve.map((/** @type {any} */ one) => one.name).join(" or ") || "somebody else with the role approver";
    fill(byId("decision"), h("h2", {}, "Approval"), h("p", {}, `You cannot approve this: you decided on it or made it, or have another role. ${who} has to. They sign in as themselves and open this page.`));
    fill(byId("role"), "This is what would leave. You can watch it; somebody else approves it.");
  }
  if (parcel.approved) {
    byId("decision").hidden = true;
    note(`This was approved already, by ${parcel.approved.name}.`);
  }
  byId("watch").hidden = !exhibits.length;
  fill(byId("exhibits"), ...exhibits.filter((one) => !one.companion).map((one) => button(one.name, () => void choose(one), { class: "chip", "data-clip": one.clip })));
  if (exhibits[0]) await choose(exhibits[0]);
}

/** What is to be known of all of them, and stands with none of EXHIBITS. @param {any[]} exhibits @returns {HTMLElement[]} */
function ofAll(exhibits) {
  const theirs = new Set(exhibits.flatMap((one) => one.warnings));
  return parcel.warnings.filter((/** @type {string} */ line) => !theirs.has(line)).map((/** @type {string} */ line) => h("li", {}, line));
}

/** What is to be known of ONE, each time in it a way to that moment of what leaves. @param {any} one @returns {HTMLElement[]} */
function warned(one) {
  const there = buttonFor((at_) => void shownAt(one, at_));
  return one.warnings.map((/** @type {string} */ line) => h("li", {}, ...linked(line, there)));
}

/**
 * Show what leaves at SECONDS of its recording, once it may be watched.
 * @param {any} one
 * @param {number} seconds
 */
async function shownAt(one, seconds) {
  if (exhibit !== one.clip || !timeline) await choose(one);
  video.pause();
  if (timeline && !byId("watch-desk").hidden) await go(indexAt(timeline.times_us, seconds * 1e6));
  byId("watch").scrollIntoView({ block: "start" });
}

/** @param {any[]} exhibits */
function facts(exhibits) {
  const lines = {
    Request: reference,
    Recipient: parcel.recipient ?? "",
    Files: exhibits.map((one) => one.name).join(", "),
    "Who is shown": parcel.native ? "everyone: the recording itself leaves" : [...new Set(parcel.shown.map((/** @type {any} */ one) => `${one.name || "Somebody"} ${one.words}. ${one.reason} (${one.by})`))].join("; ") || "nobody",
    "Decided or made by": parcel.makers.join(", "),
  };
  return Object.entries(lines).filter(([, value]) => value).flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]);
}

/** The letter as it would leave. */
function paper() {
  fill(byId("paper"), h("pre", { class: "letter", tabindex: "0" }, parcel.letter), h("p", {}, h("a", { href: `${ofRequest(reference)}/draft?what=report`, download: "" }, "Get the report to read")));
}

async function looked() {
  const rows = (await Promise.all(parcel.exhibits.map((/** @type {any} */ one) => (one.companion ? Promise.resolve([]) : get(`${ofClip(reference, one.clip)}/looked`)).catch(() => [])))).flat();
  fill(byId("looked"), ...(rows.length
    ? [h("ul", {}, ...rows.map((one) => h("li", {}, `${one.name}: ${counted(one.items, "moment")} looked at, ${long(one.seconds)} in all`)))]
    : [h("p", { class: "empty" }, "It is not on record that anybody looked at the list of moments where somebody may have been missed.")]));
}

/** @param {any} one */
async function choose(one) {
  const clip = one.clip ?? one.sha256;
  exhibit = clip;
  const base = ofClip(reference, clip);
  const clipFacts = await get(base);
  if (!clipFacts.sitting) return reason(one, base);
  byId("watch-desk").hidden = false;
  fill(byId("watch-gate"));
  const of = parcel.native ? "master" : "copy";
  timeline = await get(`${base}/timeline`);
  const playing = await get(`${base}/proxy/table?of=${of}`).catch(() => null);
  first = playing?.first ?? 0;
  table = playing ? playing.times_us.map((/** @type {number} */ at) => at / 1e6) : [];
  last = playing ? first + table.length - 1 : timeline.frames - 1;
  frames = new Frames((index) => `${base}/frames/${index}?of=${of}&width=1280`);
  frames.count = timeline.frames;
  stage.width = timeline.width;
  stage.height = timeline.height;
  field("seek").min = String(first);
  field("seek").max = String(last);
  if (table.length) video.src = `${base}/proxy?of=${of}`;
  await go(first);
}

/**
 * @param {any} one
 * @param {string} base
 */
function reason(one, base) {
  const input = h("input", { id: "why", value: `To approve what leaves for ${reference}` });
  const problem = h("p", { class: "problem", role: "alert" });
  const form = h("form", { class: "fields" }, h("label", { for: "why" }, "Why do you look at it? It is recorded."), input, problem, h("div", { class: "actions tight" }, h("button", { class: "primary" }, "Watch it")));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      await post(`${base}/sittings`, { why: input.value.trim() });
      await choose(one);
    } catch (refused) {
      fill(problem, wording(refused));
    }
  });
  byId("watch-desk").hidden = true;
  fill(byId("watch-gate"), form);
}

/** @param {number} to */
async function go(to) {
  if (!frames) return;
  frame = Math.max(first, Math.min(last, to));
  const asked = frame;
  try {
    const picture = await frames.at(frame);
    if (asked !== frame) return;
    frames.pin(picture);
    shown(picture, picture.width / picture.height, !table.length);
  } catch (problem) {
    note(wording(problem), "bad");
  }
}

/**
 * @param {CanvasImageSource} picture
 * @param {number} ratio
 * @param {boolean} counts whether it was watched: played, or stepped through where it cannot be
 */
function shown(picture, ratio, counts) {
  stage.height = stage.width / ratio;
  stage.redraw = () => stage.draw(picture, [], false);
  stage.redraw();
  byId("picture").dataset.frame = String(frame);
  field("seek").value = String(frame);
  byId("clock").textContent = `${spelt(at(frame) - at(first), 2)} of ${spelt(at(last) - at(first))}`;
  const seen = watched.get(exhibit) ?? new Set();
  if (counts) seen.add(Math.floor(at(frame) - at(first)));
  watched.set(exhibit, seen);
  const all = Math.floor(at(last) - at(first)) + 1;
  if (counts && (frame >= last || video.ended)) ended.add(exhibit);
  if (seen.size >= all && ended.has(exhibit)) whole.add(exhibit);
  byId("watched").textContent = whole.has(exhibit) ? "You have watched all of it." : `You have watched ${seen.size} of ${all} seconds. All of them are watched before it is approved, to the end.`;
  const tick = /** @type {HTMLInputElement | null} */ (document.getElementById("watched-all"));
  if (tick) tick.disabled = parcel.exhibits.some((/** @type {any} */ one) => !whole.has(one.clip));
}

/** Seconds of FRAME. @param {number} index @returns {number} */
function at(index) {
  return (timeline.times_us[index] ?? 0) / 1e6;
}

function follow() {
  if (video.paused) return;
  video.requestVideoFrameCallback((_now, told) => {
    frame = first + indexAt(table, told.mediaTime + 0.0005);
    shown(video, video.videoWidth / video.videoHeight, true);
    follow();
  });
}

byId("play").addEventListener("click", async () => {
  if (!table.length) return note("It cannot be played yet. Step through the frames meanwhile.");
  if (!video.paused) return video.pause();
  video.currentTime = (table[frame >= last ? 0 : frame - first] ?? 0) + 0.001;
  video.playbackRate = speed;
  await video.play();
  follow();
});
video.addEventListener("play", () => (byId("play").textContent = "Stop"));
video.addEventListener("pause", () => {
  byId("play").textContent = "Play";
  if (video.ended) {
    frame = last;
    ended.add(exhibit);
  }
  void go(frame);
});
byId("faster").addEventListener("click", () => {
  speed = speed >= 4 ? 1 : speed * 2;
  video.playbackRate = speed;
  byId("faster").textContent = `Speed ${speed}`;
});
byId("back").addEventListener("click", () => (video.pause(), void go(frame - 1)));
byId("on").addEventListener("click", () => (video.pause(), void go(frame + 1)));
byId("seek").addEventListener("input", () => (video.pause(), void go(Number(field("seek").value))));
document.addEventListener("keydown", (event) => {
  if (/** @type {HTMLElement} */ (event.target).matches("input, button, a, select, summary") || document.querySelector("dialog[open]")) return;
  const act = { ArrowLeft: () => go(frame - 1), ArrowRight: () => go(frame + 1), " ": () => byId("play").click() }[event.key];
  if (!act) return;
  event.preventDefault();
  void act();
});
byId("approve-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const all = field("watched-all");
  if (!all.checked) {
    fill(byId("problem"), all.disabled ? "Watch all of it first: every second of every file, also at a higher speed." : "Tick that you have watched it, once you have.");
    return (all.disabled ? byId("play") : all).focus();
  }
  try {
    await post(`${ofRequest(reference)}/approval`, { watched: true, native: parcel.native, digest: parcel.digest });
    say("Approved.");
    location.assign(`/requests/${named(reference)}`);
  } catch (problem) {
    fill(byId("problem"), wording(problem));
  }
});

byId("approve-form").inert = false;
load().catch((problem) => {
  fill(byId("parcel"), h("p", {}, h("strong", {}, "There is nothing to approve yet. "), wording(problem)));
  byId("decision").hidden = true;
});
