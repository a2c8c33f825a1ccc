/** What the page of one clip knows, and the calls it makes. */

import { get, ofClip } from "../api.js";
import { said } from "../dom.js";
import { Store } from "../store.js";
import { indexAt } from "../times.js";

/**
 * @typedef {import("../types.js").Subject} Subject
 * @typedef {import("../types.js").Box} Box
 * @typedef {import("../types.js").Correction} Correction
 *
 * @typedef {object} Now
 * @property {number} frame which is shown
 * @property {boolean} playing
 * @property {"master" | "leaving" | "both"} view
 * @property {number} revision how much was recorded about this clip
 * @property {number} plan goes up when boxes have to be asked for again
 * @property {Subject[]} subjects
 * @property {ReadonlySet<string>} selected
 * @property {string} current the person looked at, by id
 * @property {Correction[]} corrections
 * @property {import("../types.js").CoveredRow[]} covered when whoever is shown is covered by others
 * @property {"pick" | "draw"} tool
 * @property {Box | null} drawn the box being drawn
 * @property {string} trouble why it cannot be said what would leave, as things are; empty where it can
 * @property {number} here how many boxes are known to be on the frame
 */

export const reference = said("reference");
export const clip = said("clip");
export const base = ofClip(reference, clip);

/** @type {Now} */
const START = {
  frame: 0,
  playing: false,
  view: "master",
  revision: 0,
  plan: 0,
  subjects: [],
  selected: new Set(),
  current: "",
  corrections: [],
  covered: [],
  tool: "pick",
  drawn: null,
  trouble: "",
  here: 0,
};

export const store = new Store(START);

/** @type {import("../types.js").Timeline} */
export const timeline = { frames: 1, width: 16, height: 9, fps_text: "", times_us: [0], duration_us: 1, pixel_aspect: 1, damaged: [], sound: 1 };

/**
 * What the desk begins with: asked for at once, so that none of it waits for another.
 * @typedef {{ timeline: Promise<any>, people: Promise<any>, corrections: Promise<any> }} Beginning
 */

/** Ask for what the desk begins with. @returns {Beginning} */
export function beginning() {
  const asked = { timeline: get(`${base}/timeline`), people: get(`${base}/subjects`), corrections: get(`${base}/corrections`) };
  for (const one of Object.values(asked)) one.catch(() => undefined); // it is told where it is waited for
  return asked;
}

/** Take in the clip's frames and times, once, and everyone. @param {Beginning} asked */
export async function open(asked) {
  Object.assign(timeline, await asked.timeline);
  taken(await asked.people, await asked.corrections);
}

/**
 * Go to the frame INDEX, or the nearest there is.
 * @param {number} index
 */
export function go(index) {
  store.set({ frame: Math.max(0, Math.min(timeline.frames - 1, Math.round(index))) });
}

/**
 * Seconds of the frame INDEX, as a player shows them.
 * @param {number} index
 * @returns {number}
 */
export function seconds(index) {
  return (timeline.times_us[index] ?? 0) / 1e6;
}

/**
 * The frame that is shown at SECONDS.
 * @param {number} at
 * @returns {number}
 */
export function frameAt(at) {
  return indexAt(timeline.times_us, at * 1e6);
}

/** Ask again for the people, what was decided, and what follows from it. */
export async function refresh() {
  const [people, corrections] = await Promise.all([get(`${base}/subjects`), get(`${base}/corrections`)]);
  taken(people, corrections);
}

/**
 * @param {import("../types.js").Subjects} people
 * @param {import("../types.js").Corrections} corrections
 */
function taken(people, corrections) {
  store.set({
    subjects: people.subjects,
    corrections: corrections.corrections,
    revision: people.revision,
    plan: store.now.plan + 1,
    trouble: "",
  });
}

/** What a subject of each kind is called. @type {Record<string, string>} */
const NOUNS = { person: "Person", face: "Face", plate: "Number plate" };

/** Why there is a box that is nobody's. @type {Record<string, string>} */
const OTHERS = { damaged: "Damaged", moved: "Something that moved", unknown: "Found by the check" };

/**
 * The subject called ID.
 * @param {string} id
 * @returns {Subject | undefined}
 */
export function subject(id) {
  if (indexed !== store.now.subjects) {
    indexed = store.now.subjects;
    index = new Map(indexed.map((one) => [one.id, one]));
  }
  return index.get(id);
}

/** @type {Subject[] | null} */
let indexed = null;
/** @type {Map<string, Subject>} */
let index = new Map();

/**
 * How a subject is called on the page: by the name it was given, or by its number.
 * @param {string} id
 * @returns {string}
 */
export function called(id) {
  const known = subject(id);
  if (known?.name) return known.name;
  const number = Number(id.replace(/\D/g, ""));
  if (!known) return OTHERS[id] ?? (/^s\d+$/.test(id) ? `Person ${number}` : "Drawn");
  if (known.standing === "unclear") return `Unclear ${number}`;
  if (known.standing === "thing?") return `Thing? ${number}`;
  return `${NOUNS[known.kind] ?? "Person"} ${number}`;
}

/**
 * What was decided of somebody, in a word or two.
 * @param {Subject} one
 * @returns {string}
 */
export function standing(one) {
  if (one.verdict === "visible") return one.ground === "nobody" ? "Not a person" : "Shown";
  return one.verdict === "hidden" ? "Hidden" : "Hidden, undecided";
}

/** Where the picture of a subject is. @param {string} id @returns {string} */
export function portrait(id) {
  return `${base}/subjects/${id}/picture`;
}
