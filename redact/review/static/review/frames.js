/** Pictures of the clip by the number of their frame, kept and fetched ahead both ways. */

import { send } from "../api.js";

const MOST = 48;
const AHEAD = 8;
const BEHIND = 4;
const AT_ONCE = 3;

export class Frames {
  /** @param {(index: number) => string} addressOf */
  constructor(addressOf) {
    this.addressOf = addressOf;
    /** @type {Map<number, ImageBitmap>} */
    this.kept = new Map();
    /** @type {Map<number, Promise<ImageBitmap>>} */
    this.coming = new Map();
    this.last = 0;
    this.count = 1;
    this.generation = 0;
    /** @type {ImageBitmap | null} the picture on the screen, which is not let go of */
    this.pinned = null;
  }

  /** Forget every picture: they would be others now. */
  clear() {
    this.generation += 1;
    for (const picture of this.kept.values()) this.drop(picture);
    this.kept.clear();
    this.coming.clear();
  }

  /**
   * Give the picture of frame INDEX if it is here.
   * @param {number} index
   * @returns {ImageBitmap | undefined}
   */
  here(index) {
    const known = this.kept.get(index);
    if (known) {
      this.kept.delete(index);
      this.kept.set(index, known);
    }
    return known;
  }

  /**
   * Give the picture of frame INDEX, and fetch what is likely to be wanted next.
   * @param {number} index
   * @returns {Promise<ImageBitmap>}
   */
  async at(index) {
    const forwards = index >= this.last;
    this.last = index;
    const picture = await (this.here(index) ?? this.fetched(index));
    if (this.last === index) this.prefetch(index, forwards);
    return picture;
  }

  /**
   * @param {number} index
   * @param {boolean} forwards
   */
  prefetch(index, forwards) {
    const ahead = Array.from({ length: forwards ? AHEAD : BEHIND }, (_, step) => index + step + 1);
    const behind = Array.from({ length: forwards ? BEHIND : AHEAD }, (_, step) => index - step - 1);
    const wanted = (forwards ? [...ahead, ...behind] : [...behind, ...ahead]).filter(
      (one) => one >= 0 && one < this.count && !this.kept.has(one) && !this.coming.has(one),
    );
    for (const one of wanted.slice(0, Math.max(0, AT_ONCE - this.coming.size))) {
      this.fetched(one).then(
        () => this.last === index && this.prefetch(index, forwards),
        () => undefined,
      );
    }
  }

  /**
   * @param {number} index
   * @returns {Promise<ImageBitmap>}
   */
  fetched(index) {
    const known = this.coming.get(index);
    if (known) return known;
    const generation = this.generation;
    const coming = this.load(index)
      .then((picture) => {
        if (generation === this.generation) this.keep(index, picture);
        return picture;
      })
      .finally(() => {
        if (this.coming.get(index) === coming) this.coming.delete(index);
      });
    this.coming.set(index, coming);
    return coming;
  }

  /**
   * @param {number} index
   * @returns {Promise<ImageBitmap>}
   */
  async load(index) {
    const response = await send(this.addressOf(index));
    const stated = response.headers.get("X-Frame");
    if (stated !== null && Number(stated) !== index) throw new Error(`frame ${stated} came in the place of ${index}`);
    return createImageBitmap(await response.blob());
  }

  /**
   * @param {number} index
   * @param {ImageBitmap} picture
   */
  keep(index, picture) {
    this.kept.set(index, picture);
    for (const oldest of this.kept.keys()) {
      if (this.kept.size <= MOST) break;
      if (Math.abs(oldest - this.last) < 2) continue;
      this.drop(this.kept.get(oldest));
      this.kept.delete(oldest);
    }
  }

  /**
   * Put PICTURE on the screen, and let go of the one before if it is not kept.
   * @param {ImageBitmap} picture
   */
  pin(picture) {
    const before = this.pinned;
    this.pinned = picture;
    if (before && before !== picture && ![...this.kept.values()].includes(before)) before.close();
  }

  /** @param {ImageBitmap | undefined} picture */
  drop(picture) {
    if (picture && picture !== this.pinned) picture.close();
  }
}
