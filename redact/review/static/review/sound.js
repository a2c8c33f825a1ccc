/** The sound: its waveform, where somebody speaks, what is muted, and how it sounds before and after. */

import { Refused, get, post, wording } from "../api.js";
import { byId, button, field, fill, h } from "../dom.js";
import { note } from "../live.js";
import { read, spelt } from "../times.js";
import { record } from "./changes.js";
import { base, frameAt, go, seconds, store, timeline } from "./desk.js";

/** @type {[number, number][]} */
let peaks = [];
/** @type {{ from: number, to: number }[]} */
let speech = [];
let from = 0;
let to = 1;
/** @type {[number, number] | null} */
let chosen = null;
let asked = 0;
let opened = false;

const canvas = /** @type {HTMLCanvasElement} */ (byId("wave"));
const player = new Audio();

/** Get the sound ready; it is asked for when the panel is opened first. */
export function ready() {
  to = timeline.duration_us / 1e6;
  byId("tab-sound").addEventListener("click", () => void open());
  byId("sound-in").addEventListener("click", () => stretch(0.5));
  byId("sound-out").addEventListener("click", () => stretch(2));
  byId("listen-before").addEventListener("click", () => listen(0));
  byId("listen-after").addEventListener("click", () => listen(1));
  byId("sound-form").addEventListener("submit", (event) => {
    event.preventDefault();
    mute();
  });
  for (const id of ["mute-from", "mute-to"]) field(id).addEventListener("change", typed);
  dragging();
  new ResizeObserver(() => opened && void load().catch(told)).observe(canvas);
  store.on(["frame", "corrections"], () => opened && draw());
  store.on(["corrections"], list);
  player.addEventListener("ended", () => byId("listening").hidden = true);
  byId("listening").addEventListener("click", () => (player.pause(), (byId("listening").hidden = true)));
}

async function open() {
  if (opened) return;
  opened = true;
  try {
    await load();
    const heard = await get(`${base}/sound/speech`);
    speech = heard.spans.map(span);
    draw();
  } catch (problem) {
    opened = false; // it is asked again when the panel is opened again
    told(problem);
    if (problem instanceof Refused && problem.code === "no-sound-yet") await post(`${base}/proxy`).catch(() => undefined);
  }
}

/** The sound was looked through: show it, where somebody waits for it. */
export function heard() {
  if (byId("tab-sound").getAttribute("aria-selected") === "true") void open();
}

/** @param {unknown} problem */
function told(problem) {
  byId("sound-told").textContent = wording(problem);
}

/** @param {any} one @returns {{ from: number, to: number }} */
function span(one) {
  return { from: one.from_us / 1e6, to: one.to_us / 1e6 };
}

async function load() {
  const mine = ++asked;
  const ratio = devicePixelRatio || 1;
  canvas.width = Math.max(1, Math.round(canvas.clientWidth * ratio));
  canvas.height = Math.max(1, Math.round(canvas.clientHeight * ratio));
  const buckets = Math.min(2000, canvas.width);
  const answer = await get(`${base}/sound/peaks?from=${from.toFixed(3)}&to=${to.toFixed(3)}&buckets=${buckets}`);
  if (mine !== asked) return;
  peaks = answer.buckets ?? [];
  byId("sound-told").textContent = peaks.length
    ? "Drag over what is to be muted, or type two times. Copies are made without any sound unless you choose to keep it."
    : "This clip has no sound.";
  draw();
}

/** @returns {{ from: number, to: number }[]} */
function muted() {
  return store.now.corrections
    .filter((one) => one.kind === "mute")
    .map((one) => ({ from: read(one.from ?? "") ?? 0, to: read(one.to ?? "") ?? timeline.duration_us / 1e6 }));
}

function draw() {
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const { width, height } = canvas;
  const x = (/** @type {number} */ at) => ((at - from) / (to - from)) * width;
  context.fillStyle = "#0b1118";
  context.fillRect(0, 0, width, height);
  context.fillStyle = "#24435c";
  for (const one of speech) context.fillRect(x(one.from), 0, Math.max(1, x(one.to) - x(one.from)), height);
  context.fillStyle = "#9fd3ff";
  peaks.forEach(([low, high], place) => {
    const left = (place / peaks.length) * width;
    context.fillRect(left, (1 - high) * height * 0.5, Math.max(1, width / peaks.length), Math.max(1, (high - low) * height * 0.5));
  });
  for (const one of muted()) hatch(context, x(one.from), x(one.to), height);
  if (chosen) {
    context.fillStyle = "#ffd54a55";
    context.fillRect(x(chosen[0]), 0, x(chosen[1]) - x(chosen[0]), height);
  }
  context.fillStyle = "#fff";
  context.fillRect(x(seconds(store.now.frame)), 0, 2, height);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} left
 * @param {number} right
 * @param {number} height
 */
function hatch(context, left, right, height) {
  context.save();
  context.beginPath();
  context.rect(left, 0, right - left, height);
  context.clip();
  context.fillStyle = "#0b1118cc";
  context.fillRect(left, 0, right - left, height);
  context.strokeStyle = "#ffb000";
  context.lineWidth = 2;
  for (let at = left - height; at < right; at += 9) {
    context.beginPath();
    context.moveTo(at, height);
    context.lineTo(at + height, 0);
    context.stroke();
  }
  context.restore();
}

function dragging() {
  let start = -1;
  const at = (/** @type {PointerEvent} */ event) => {
    const edge = canvas.getBoundingClientRect();
    return from + Math.max(0, Math.min(1, (event.clientX - edge.left) / edge.width)) * (to - from);
  };
  canvas.addEventListener("pointerdown", (event) => {
    start = at(event);
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (start >= 0) choose(Math.min(start, at(event)), Math.max(start, at(event)));
  });
  canvas.addEventListener("pointerup", (event) => {
    if (start >= 0 && Math.abs(at(event) - start) < (to - from) * 0.005) go(frameAt(start));
    start = -1;
  });
}

/**
 * @param {number} first
 * @param {number} last
 */
function choose(first, last) {
  chosen = [first, last];
  field("mute-from").value = spelt(first, 2);
  field("mute-to").value = spelt(last, 2);
  draw();
}

/** @returns {[number, number] | null} */
function stated() {
  const [first, last] = [read(field("mute-from").value), read(field("mute-to").value)];
  return first === null || last === null || last <= first ? null : [first, last];
}

function typed() {
  const both = stated();
  if (!both) return;
  chosen = both;
  draw();
}

/** @param {number} times */
function stretch(times) {
  const whole = timeline.duration_us / 1e6;
  const middle = chosen ? (chosen[0] + chosen[1]) / 2 : seconds(store.now.frame);
  const length = Math.min(whole, Math.max(0.5, (to - from) * times));
  from = Math.max(0, Math.min(whole - length, middle - length / 2));
  to = from + length;
  void load().catch(told);
}

/** @param {0 | 1} after */
function listen(after) {
  const [first, last] = stated() ?? [seconds(store.now.frame), seconds(store.now.frame) + 5];
  const [start, end] = [Math.max(0, first - 1), Math.min(timeline.duration_us / 1e6, last + 1)];
  player.src = `${base}/sound/listen?from=${start.toFixed(3)}&to=${end.toFixed(3)}&after=${after}`;
  byId("listening").hidden = false;
  player.play().catch((problem) => note(`It cannot be played: ${wording(problem)}`, "bad"));
}

function mute() {
  const both = stated();
  const reason = field("mute-reason").value.trim();
  const twice = both && muted().some((one) => Math.abs(one.from - both[0]) < 0.02 && Math.abs(one.to - both[1]) < 0.02);
  const wrong = twice ? "That is muted already." : !both ? "Give two times such as 00:12.4, the second after the first." : reason.length < 8 ? "Say why, in a few words: at least eight letters." : "";
  fill(byId("mute-problem"), wrong);
  if (wrong || !both) return;
  record(`Sound muted from ${spelt(both[0])} to ${spelt(both[1])}`, "/corrections", { kind: "mute", from: spelt(both[0], 2), to: spelt(both[1], 2), reason });
  chosen = null;
  for (const id of ["mute-from", "mute-to", "mute-reason"]) field(id).value = "";
}

/** List what is muted, each with its way back. */
function list() {
  const all = store.now.corrections.filter((one) => one.kind === "mute");
  fill(byId("muted"), ...(all.length ? all.map(line) : [h("li", { class: "empty" }, "Nothing is muted yet.")]));
}

/** @param {import("../types.js").Correction} one */
function line(one) {
  return h(
    "li",
    {},
    `${one.from} to ${one.to}: ${one.reason} `,
    button("Undo", () => record("sound no longer muted", `/corrections/${one.id}`, { reason: "Undone on the page" }, [], "DELETE"), { class: "link", "aria-label": `Undo: muted from ${one.from} to ${one.to}` }),
  );
}
