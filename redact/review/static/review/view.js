/** The picture in the middle: which frame, as it is or as it will leave, with whoever is in it; clicked, or drawn on. */

import { get, wording } from "../api.js";
import { byId, button, fill } from "../dom.js";
import { note, say } from "../live.js";
import { spelt } from "../times.js";
import { boxesOf } from "./boxes.js";
import * as correct from "./correct.js";
import { ask } from "./decide.js";
import { base, called, seconds, standing, store, subject, timeline } from "./desk.js";
import { between, boxOn, drafts } from "./draft.js";
import { Frames } from "./frames.js";
import { look } from "./people.js";
import * as player from "./player.js";
import { Stage } from "./stage.js";

/**
 * @typedef {import("../types.js").Box} Box
 * @typedef {import("./stage.js").Mark} Mark
 * @typedef {{ stage: Stage, frames: Frames, canvas: HTMLCanvasElement, leaving: boolean, shown: number, picture: ImageBitmap | null }} Side
 */

const WIDTHS = [640, 960, 1280, 1920];
let width = 960;
let outlines = true;
/** @type {((frame: number) => void)[]} */
const heard = [];
/** @type {Side[]} */
const sides = [];
let planShown = -1;

/** Get both pictures ready. */
export function ready() {
  width = WIDTHS.find((one) => one >= byId("picture-one").clientWidth * (devicePixelRatio || 1)) ?? 1920;
  sides.push(side("picture-one", () => store.now.view === "leaving"), side("picture-two", () => true));
  for (const one of sides) {
    one.stage.redraw = () => paint(one);
    pointing(one);
  }
  store.on(["view"], viewed);
  store.on(["frame", "view", "playing", "plan"], refreshed);
  store.on(["here", "selected", "current", "subjects", "drawn", "tool"], repaint);
  drafts.on(["draft"], repaint);
  for (const radio of document.querySelectorAll('input[name="view"]')) {
    radio.addEventListener("change", () => store.set({ view: /** @type {any} */ (/** @type {HTMLInputElement} */ (radio).value) }));
  }
  byId("outlines").addEventListener("click", () => toggleOutlines());
  byId("nearer").addEventListener("click", () => zoom(2));
  byId("farther").addEventListener("click", () => zoom(0.5));
  player.shows((picture) => filmed(picture));
}

/** Get ready to play, if the footage is. */
export async function film() {
  if (await player.ready()) byId("play").dataset.ready = "yes";
}

/**
 * @param {string} id
 * @param {() => boolean} leaving
 * @returns {Side}
 */
function side(id, leaving) {
  const canvas = /** @type {HTMLCanvasElement} */ (byId(id));
  const stage = new Stage(canvas);
  stage.width = timeline.width;
  stage.height = timeline.height;
  const frames = new Frames((index) => `${base}/${leaving() ? "preview" : "frames"}/${index}?width=${width}`);
  frames.count = timeline.frames;
  const made = { stage, frames, canvas, shown: -1, picture: null };
  return Object.defineProperty(/** @type {any} */ (made), "leaving", { get: leaving });
}

function viewed() {
  const { view } = store.now;
  byId("picture-two").hidden = view !== "both";
  for (const radio of document.querySelectorAll('input[name="view"]')) {
    /** @type {HTMLInputElement} */ (radio).checked = /** @type {HTMLInputElement} */ (radio).value === view;
  }
  sides[0]?.frames.clear();
  for (const one of sides) one.stage.resized();
}

/** Show the frame that is meant, once its picture is there; until then the one before stays, with what belongs to it. */
function refreshed() {
  if (planShown !== store.now.plan) {
    planShown = store.now.plan;
    for (const one of sides) if (one.leaving) one.frames.clear();
  }
  if (player.filming()) return;
  for (const one of sides) if (one === sides[0] || store.now.view === "both") void show(one);
}

/** Show the frame that is meant once more. */
export function again() {
  for (const one of sides) if (one === sides[0] || store.now.view === "both") void show(one);
}

/**
 * Have ACT told of every frame that is on the screen.
 * @param {(frame: number) => void} act
 */
export function whenShown(act) {
  heard.push(act);
}

/** @param {Side} one */
async function show(one) {
  const { frame, view } = store.now;
  try {
    const picture = await one.frames.at(frame);
    if (frame !== store.now.frame || view !== store.now.view || player.filming()) return;
    one.frames.pin(picture);
    one.picture = picture;
    one.shown = frame;
    one.canvas.dataset.frame = String(frame);
    paint(one);
    if (one === sides[0]) byId("clock").textContent = `${spelt(seconds(frame), 2)} · frame ${frame + 1} of ${timeline.frames}`;
    if (one === sides[0]) present();
    if (one === sides[0]) for (const act of heard) act(frame);
  } catch (problem) {
    if (frame === store.now.frame && !store.now.trouble) note(`This frame cannot be shown: ${wording(problem)}`, "bad");
  }
}

/** @param {CanvasImageSource} picture */
function filmed(picture) {
  for (const one of sides) {
    if (one !== sides[0] && store.now.view !== "both") continue;
    one.shown = store.now.frame;
    one.canvas.dataset.frame = String(one.shown);
    one.picture = null;
    one.stage.draw(picture, marks(one.shown, one), one.leaving);
  }
  byId("clock").textContent = `${spelt(seconds(store.now.frame), 2)} · playing`;
}

function repaint() {
  for (const one of sides) if (one.picture) paint(one);
  if (!player.filming()) present();
}

/** @param {Side} one */
function paint(one) {
  if (one.picture) one.stage.draw(one.picture, marks(one.shown, one), false);
}

/**
 * What is drawn on FRAME.
 * @param {number} frame
 * @param {Side} one
 * @returns {Mark[]}
 */
function marks(frame, one) {
  const { current, selected, drawn, tool } = store.now;
  /** @type {Mark[]} */
  const found = [];
  const film = player.filming() && one.leaving;
  const named = new Set();
  for (const [x0, y0, x1, y1, who, origin, , verdict] of boxesOf(frame) ?? []) {
    const strong = who !== "" && (who === current || selected.has(who));
    if (!outlines && !strong && !film) continue;
    if (one.leaving && !strong && !film) continue;
    const kind = verdict === "visible" ? "shown" : origin === "drawn" ? "drawn" : subject(who)?.verdict === "hidden" ? "hidden" : "undecided";
    found.push({ box: [x0, y0, x1, y1], kind, label: who && !named.has(who) ? called(who) : "", strong });
    named.add(who);
  }
  const { draft } = drafts.now;
  const box = draft ? boxOn(draft, frame) : null;
  if (box) found.push({ box, kind: "asked", label: draft?.kind === "hide-but" ? "Only this stays" : "To be hidden", strong: true });
  if (drawn && tool === "draw") found.push({ box: drawn, kind: "asked", label: "To be hidden", strong: true });
  return found;
}

/** Name whoever is on the frame, one button each: what the picture shows, for whoever does not see or point. */
function present() {
  const place = byId("present");
  const boxes = boxesOf(store.now.frame);
  if (!boxes) {
    place.dataset.signature = "";
    return fill(place, "One moment…");
  }
  const here = new Map(boxes.filter((box) => box[4]).map((box) => [box[4], box]));
  const signature = [...here.keys()].map((id) => `${id}${subject(id)?.verdict}${subject(id)?.name}${id === store.now.current}`).join();
  if (place.dataset.signature === `${signature}.`) return;
  place.dataset.signature = `${signature}.`;
  const names = [...here.keys()].slice(0, 40).map((id) => {
    const one = subject(id);
    return button(`${called(id)}: ${one ? standing(one).toLowerCase() : "hidden"}`, () => {
      look(id, false);
      ask({ who: [id] });
    }, { class: `chip${id === store.now.current ? " current" : ""}` });
  });
  fill(place, ...(names.length ? names : ["Nobody was found on this frame."]));
}

/** @param {Side} one */
function pointing(one) {
  /** @type {[number, number] | null} */
  let corner = null;
  one.canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    if (store.now.playing) player.pause();
    if (store.now.tool !== "draw") return;
    corner = one.stage.pointAt(event);
    one.canvas.setPointerCapture(event.pointerId);
  });
  one.canvas.addEventListener("pointermove", (event) => {
    if (corner) store.set({ drawn: between(corner, one.stage.pointAt(event)) });
  });
  one.canvas.addEventListener("pointerup", (event) => {
    const point = one.stage.pointAt(event);
    if (corner) {
      const box = between(corner, point);
      corner = null;
      store.set({ drawn: null });
      if (box[2] - box[0] > 4 || box[3] - box[1] > 4) void correct.drew(box);
    } else if (store.now.tool === "pick" && event.button === 0) void picked(one.shown, point);
  });
  one.canvas.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    one.stage.zoomTo(one.stage.zoom * (event.deltaY < 0 ? 1.25 : 0.8), one.stage.pointAt(event));
  }, { passive: false });
}

/**
 * Ask who is at a point that was clicked.
 * @param {number} frame
 * @param {[number, number]} point
 */
async function picked(frame, [x, y]) {
  try {
    const answer = await get(`${base}/at?frame=${frame}&x=${x}&y=${y}`);
    if (!answer.subject) {
      const [first] = answer.there;
      if (first) look(first, false);
      return note(first ? `It cannot be told who is meant here. ${answer.why ?? ""}` : "Nobody was found here. If there is somebody, press D and draw a box over them.");
    }
    look(answer.subject, false);
    ask({ who: [answer.subject], point: answer.point });
  } catch (problem) {
    note(wording(problem), "bad");
  }
}

/** @param {number} times */
export function zoom(times) {
  const one = subject(store.now.current);
  const box = (boxesOf(store.now.frame) ?? []).find((other) => other[4] === one?.id);
  const about = box ? /** @type {[number, number]} */ ([(box[0] + box[2]) / 2, (box[1] + box[3]) / 2]) : undefined;
  for (const { stage } of sides) stage.zoomTo(stage.zoom * times, about);
  byId("farther").toggleAttribute("disabled", (sides[0]?.stage.zoom ?? 1) <= 1);
}

/** Show the outlines, or not. */
export function toggleOutlines() {
  outlines = !outlines;
  byId("outlines").setAttribute("aria-pressed", String(outlines));
  say(outlines ? "Outlines are shown." : "Outlines are not shown.");
  repaint();
}
