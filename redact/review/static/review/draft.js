/** A correction that is being made, before it is recorded: its boxes on key frames, and what lies between them. */

import { Store } from "../store.js";

/**
 * @typedef {import("../types.js").Box} Box
 * @typedef {object} Draft
 * @property {"hide" | "hide-but" | "nobody" | "extend"} kind
 * @property {[number, Box][]} keys key frames, in order
 * @property {number} from first frame
 * @property {number} to last frame
 * @property {string} told what is to be known of it
 */

export const drafts = new Store(/** @type {{ draft: Draft | null }} */ ({ draft: null }));

/**
 * Where DRAFT has its box on FRAME; null outside its frames.
 * @param {Draft} draft
 * @param {number} frame
 * @returns {Box | null}
 */
export function boxOn(draft, frame) {
  if (frame < draft.from || frame > draft.to || !draft.keys.length) return null;
  const after = draft.keys.findIndex(([key]) => key >= frame);
  if (after < 0) return /** @type {[number, Box]} */ (draft.keys[draft.keys.length - 1])[1];
  const [high, last] = /** @type {[number, Box]} */ (draft.keys[after]);
  if (high === frame || after === 0) return last;
  const [low, first] = /** @type {[number, Box]} */ (draft.keys[after - 1]);
  const share = (frame - low) / (high - low);
  return /** @type {Box} */ (first.map((edge, side) => edge + ((last[side] ?? edge) - edge) * share));
}

/**
 * DRAFT with BOX on FRAME.
 * @param {Draft} draft
 * @param {number} frame
 * @param {Box} box
 * @returns {Draft}
 */
export function withKey(draft, frame, box) {
  const others = draft.keys.filter(([key]) => key !== frame);
  const keys = /** @type {[number, Box][]} */ ([...others, [frame, box]].sort((a, b) => Number(a[0]) - Number(b[0])));
  return { ...draft, keys, from: Math.min(draft.from, frame), to: Math.max(draft.to, frame) };
}

/**
 * DRAFT without its box on FRAME, which is not its only one.
 * @param {Draft} draft
 * @param {number} frame
 * @returns {Draft}
 */
export function withoutKey(draft, frame) {
  const keys = draft.keys.filter(([key]) => key !== frame);
  return keys.length ? { ...draft, keys } : draft;
}

/**
 * A box from two corners, in whole px, at least four across.
 * @param {[number, number]} one
 * @param {[number, number]} other
 * @returns {Box}
 */
export function between(one, other) {
  const [x0, x1] = [Math.min(one[0], other[0]), Math.max(one[0], other[0])];
  const [y0, y1] = [Math.min(one[1], other[1]), Math.max(one[1], other[1])];
  return [Math.floor(x0), Math.floor(y0), Math.max(Math.ceil(x1), Math.floor(x0) + 4), Math.max(Math.ceil(y1), Math.floor(y0) + 4)];
}
