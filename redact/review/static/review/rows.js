/** The timeline: a row for each person, the risk above, cuts, what was corrected; two canvases, of which one only moves. */

import { get } from "../api.js";
import { byId } from "../dom.js";
import { say } from "../live.js";
import { read, spelt } from "../times.js";
import { whenSettled } from "./changes.js";
import { base, called, frameAt, go, seconds, store, subject, timeline } from "./desk.js";
import { look } from "./people.js";

/** @typedef {import("../types.js").Rows} Rows */

const HEAD = 34;
const LEFT = 110;
const ROW = 12;
const COLOURS = { shown: "#3ddc97", hidden: "#ffb000", undecided: "#c9b27c", drawn: "#e58fff" };
const RISKS = ["#1e2b38", "#4d5a3a", "#8a7a2f", "#c98a1e", "#f2662b"];

const still = /** @type {HTMLCanvasElement} */ (byId("rows"));
const moving = /** @type {HTMLCanvasElement} */ (byId("playhead"));
const box = byId("timeline");

/** @type {Rows} */
let rows = { covered: [], subjects: [], corrections: [], cuts: [], risk: [] };
/** @typedef {{ id: string, runs: import("../types.js").Run[], name?: string }} Row what was drawn has a name of its own */
/** @type {Row[]} */
let ordered = [];
let first = 0;
let length = 1;
let top = 0;
let due = false;
/** @type {Map<string, { one: import("../types.js").Subject | undefined, text: string }>} */
const labels = new Map();

/** Get the timeline ready. */
export async function ready() {
  length = timeline.duration_us / 1e6;
  new ResizeObserver(resized).observe(box);
  box.addEventListener("wheel", wheel, { passive: false });
  box.addEventListener("pointerdown", grab);
  byId("time-in").addEventListener("click", () => zoom(0.5));
  byId("time-out").addEventListener("click", () => zoom(2));
  byId("time-all").addEventListener("click", () => zoom(1e9));
  const slider = /** @type {HTMLInputElement} */ (byId("seek"));
  slider.max = String(timeline.frames - 1);
  slider.addEventListener("input", () => go(Number(slider.value)));
  whenSettled(() => void load());
  store.on(["subjects", "current", "selected", "corrections"], order);
  store.on(["frame"], () => {
    slider.value = String(store.now.frame);
    slider.setAttribute("aria-valuetext", `${spelt(seconds(store.now.frame), 2)}, frame ${store.now.frame + 1}`);
    follow();
    drawHead();
  });
  await load();
}

async function load() {
  rows = await get(`${base}/rows`).catch(() => rows); // where that cannot be had, the banner says why
  store.set({ covered: rows.covered ?? [] });
  order();
}

function order() {
  const place = new Map(store.now.subjects.map((one) => [one.id, one]));
  const rank = (/** @type {string} */ id) => (place.get(id)?.verdict === "visible" ? 0 : id === store.now.current ? 1 : 2);
  const people = [...rows.subjects].sort((a, b) => rank(a.id) - rank(b.id) || (place.get(a.id)?.first ?? 0) - (place.get(b.id)?.first ?? 0));
  ordered = [...rows.corrections.filter((one) => one.what !== "mute").map(drawn), ...people];
  schedule();
}

/** What was drawn, as a row; sound that is muted stands above. @param {Rows["corrections"][number]} one @returns {Row} */
function drawn(one) {
  const name = { hide: "Drawn: hidden", "hide-but": "Drawn: all but", nobody: "Nobody", extend: "Longer" }[one.what] ?? "Drawn";
  return { id: one.id, name: one.subject ? `${name}: ${called(one.subject)}` : name, runs: [[one.first, one.last, "drawn"]] };
}

function resized() {
  const ratio = devicePixelRatio || 1;
  for (const canvas of [still, moving]) {
    canvas.width = Math.max(1, Math.round(box.clientWidth * ratio));
    canvas.height = Math.max(1, Math.round(box.clientHeight * ratio));
  }
  schedule();
}

/** Draw with the next picture of the screen, once. */
export function schedule() {
  if (due) return;
  due = true;
  requestAnimationFrame(() => {
    due = false;
    draw();
    drawHead();
  });
}

/** @param {number} at seconds @returns {number} px from the left */
function x(at) {
  return LEFT + ((at - first) / length) * (box.clientWidth - LEFT);
}

/** Draw everything that does not move with the picture. */
export function draw() {
  const context = /** @type {CanvasRenderingContext2D} */ (still.getContext("2d"));
  const ratio = devicePixelRatio || 1;
  const [width, height] = [box.clientWidth, box.clientHeight];
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.fillStyle = "#0f1822";
  context.fillRect(0, 0, width, height);
  risk(context);
  const begin = Math.max(0, Math.floor((top) / ROW));
  const end = Math.min(ordered.length, Math.ceil((top + height - HEAD) / ROW));
  context.save();
  context.beginPath();
  context.rect(0, HEAD, width, height - HEAD);
  context.clip();
  context.font = "10px system-ui, sans-serif";
  context.textBaseline = "middle";
  for (let place = begin; place < end; place += 1) {
    const row = /** @type {Row} */ (ordered[place]);
    const y = HEAD + place * ROW - top;
    const one = subject(row.id);
    const strong = row.id === store.now.current || store.now.selected.has(row.id);
    if (strong) {
      context.fillStyle = "#2b3d50";
      context.fillRect(0, y, width, ROW);
    }
    runs(context, row.runs, y, one?.verdict === "visible" ? COLOURS.shown : one?.verdict ? COLOURS.hidden : COLOURS.undecided);
    context.fillStyle = strong ? "#fff" : "#b8c4d0";
    context.fillText(row.name ? shortened(row.name) : labelOf(row.id, one), 4, y + ROW / 2);
  }
  context.restore();
  cuts(context, height);
}

/** @param {string} name @returns {string} */
function shortened(name) {
  return name.length > 17 ? `${name.slice(0, 16)}…` : name;
}

/**
 * How a row is called, short enough for its place.
 * @param {string} id
 * @param {import("../types.js").Subject | undefined} one
 * @returns {string}
 */
function labelOf(id, one) {
  const known = labels.get(id);
  if (known && known.one === one) return known.text;
  const text = shortened(called(id));
  labels.set(id, { one, text });
  return text;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {import("../types.js").Run[]} some
 * @param {number} y
 * @param {string} colour
 */
function runs(context, some, y, colour) {
  for (const [start, last, kind] of some) {
    const left = Math.max(LEFT, x(seconds(start)));
    const right = x(seconds(Math.min(timeline.frames - 1, last + 1)));
    if (right < LEFT || left > box.clientWidth) continue;
    context.fillStyle = kind === "drawn" ? COLOURS.drawn : colour;
    const thin = kind === "extended" || kind === "filled";
    context.fillRect(left, thin ? y + ROW / 2 - 1 : y + 2, Math.max(1, right - left), thin ? 2 : ROW - 4);
  }
}

/** @param {CanvasRenderingContext2D} context */
function risk(context) {
  const most = Math.max(1e-9, ...rows.risk);
  const from = Math.max(0, Math.floor(first));
  const to = Math.min(rows.risk.length, Math.ceil(first + length));
  const stride = Math.max(1, Math.floor(length / Math.max(1, box.clientWidth - LEFT)));
  for (let second = from; second < to; second += stride) {
    const share = Math.max(...rows.risk.slice(second, second + stride)) / most;
    const left = Math.max(LEFT, x(second));
    const tall = 2 + share * 12;
    context.fillStyle = RISKS[Math.min(4, Math.floor(share * 5))] ?? "#1e2b38";
    context.fillRect(left, 16 - tall, Math.max(1, x(second + stride) - left - (length < 120 ? 1 : 0)), tall);
  }
  context.fillStyle = "#b8c4d0";
  context.font = "10px system-ui, sans-serif";
  context.textBaseline = "middle";
  context.fillText("Where to look", 4, 9);
  const step = [1, 2, 5, 10, 30, 60, 120, 300, 600, 1800].find((one) => (one / length) * (box.clientWidth - LEFT) > 70) ?? 3600;
  for (let at = Math.ceil(first / step) * step; at < first + length; at += step) {
    context.fillText(spelt(at, 0), x(at) + 3, 25);
    context.fillRect(x(at), 18, 1, 14);
  }
  const mute = store.now.corrections.filter((one) => one.kind === "mute");
  context.fillStyle = COLOURS.drawn;
  for (const one of mute) {
    const [left, right] = [Math.max(LEFT, x(read(one.from ?? "") ?? 0)), x(read(one.to ?? "") ?? timeline.duration_us / 1e6)];
    for (let at = left; at < right; at += 5) context.fillRect(at, 30, Math.min(3, right - at), 3);
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} height
 */
function cuts(context, height) {
  context.fillStyle = "#7cc7ff88";
  for (const cut of rows.cuts) {
    const at = x(seconds(cut));
    if (at >= LEFT) for (let y = HEAD; y < height; y += 6) context.fillRect(at, y, 1, 3);
  }
}

/** Draw where the picture is, alone. */
function drawHead() {
  const context = /** @type {CanvasRenderingContext2D} */ (moving.getContext("2d"));
  const ratio = devicePixelRatio || 1;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, box.clientWidth, box.clientHeight);
  const at = x(seconds(store.now.frame));
  if (at < LEFT) return;
  context.fillStyle = "#fff";
  context.fillRect(at - 1, 0, 2, box.clientHeight);
}

/** Keep the picture's place in sight. */
function follow() {
  const at = seconds(store.now.frame);
  if (at >= first && at <= first + length) return;
  first = Math.max(0, Math.min(timeline.duration_us / 1e6 - length, at - length * 0.1));
  schedule();
}

/** @param {number} times */
export function zoom(times) {
  const whole = timeline.duration_us / 1e6;
  const middle = seconds(store.now.frame);
  length = Math.min(whole, Math.max(1, length * times));
  first = Math.max(0, Math.min(whole - length, middle - length / 2));
  say(`Timeline shows ${spelt(first, 0)} to ${spelt(first + length, 0)}`);
  schedule();
}

/** Scroll the rows by so many px. @param {number} px */
export function scroll(px) {
  const most = Math.max(0, ordered.length * ROW - (box.clientHeight - HEAD));
  top = Math.max(0, Math.min(most, top + px));
  schedule();
}

/** @param {WheelEvent} event */
function wheel(event) {
  event.preventDefault();
  if (event.ctrlKey) return zoom(event.deltaY < 0 ? 0.8 : 1.25);
  if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
    const move = ((event.deltaX || event.deltaY) / box.clientWidth) * length;
    first = Math.max(0, Math.min(timeline.duration_us / 1e6 - length, first + move));
    return schedule();
  }
  scroll(event.deltaY);
}

/** @param {PointerEvent} event */
function grab(event) {
  const edge = box.getBoundingClientRect();
  const [left, y] = [event.clientX - edge.left, event.clientY - edge.top];
  const row = y > HEAD ? ordered[Math.floor((y - HEAD + top) / ROW)] : undefined;
  if (row?.name && left < LEFT) go(row.runs[0]?.[0] ?? 0);
  else if (row) look(row.id, left < LEFT);
  if (left < LEFT) return;
  const to = (/** @type {PointerEvent} */ moved) =>
    go(frameAt(first + ((moved.clientX - edge.left - LEFT) / (edge.width - LEFT)) * length));
  to(event);
  box.setPointerCapture(event.pointerId);
  box.addEventListener("pointermove", to);
  box.addEventListener("pointerup", () => box.removeEventListener("pointermove", to), { once: true });
}
