/** The boxes of every frame as they are now, asked for in stretches and kept until something changes. */

import { Refused, get, wording } from "../api.js";
import { base, store, timeline } from "./desk.js";

const STRETCH = 60;

/** @typedef {import("../types.js").PlanBox} PlanBox */

/** @type {Map<number, Map<number, PlanBox[]>>} */
let stretches = new Map();
/** @type {Set<number>} */
let asked = new Set();
let known = -1;

/** Nothing of what is known holds any more; what is shown stays until the new is there. */
function fresh() {
  if (known === store.now.plan) return;
  known = store.now.plan;
  asked = new Set();
}

/**
 * Give the boxes of frame INDEX, or undefined where they are still to come.
 * @param {number} index
 * @returns {PlanBox[] | undefined}
 */
export function boxesOf(index) {
  fresh();
  const stretch = Math.floor(index / STRETCH);
  want(stretch);
  if (index % STRETCH > STRETCH / 2) want(stretch + 1);
  else want(stretch - 1);
  const there = stretches.get(stretch);
  return there ? (there.get(index) ?? []) : undefined;
}

/** @param {number} stretch */
function want(stretch) {
  const from = stretch * STRETCH;
  if (stretch < 0 || from >= timeline.frames || asked.has(stretch)) return;
  asked.add(stretch);
  const plan = store.now.plan;
  const to = Math.min(timeline.frames, from + STRETCH);
  get(`${base}/plan?from=${from}&to=${to - 1}`).then(
    (/** @type {import("../types.js").Plan} */ answer) => {
      if (plan !== store.now.plan) return;
      stretches.set(stretch, new Map(answer.frames.map((frame) => [frame.i, frame.boxes])));
      store.set({ here: store.now.here + 1 });
    },
    (problem) => {
      if (problem instanceof Refused) store.set({ trouble: wording(problem) });
      else asked.delete(stretch);
    },
  );
}

/** Forget everything. */
export function forget() {
  stretches = new Map();
  known = -1;
}
