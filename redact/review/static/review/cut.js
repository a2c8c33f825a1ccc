/** A part of one frame, cut out with some of what is around it, and the place itself outlined. */

import { send } from "../api.js";
import { h } from "../dom.js";
import { base, timeline } from "./desk.js";

/** @typedef {import("../types.js").Box} Box */

const [WIDE, TALL] = [300, 360];

/**
 * Give a picture of PLACE on FRAME, called LABEL; it comes once it is there.
 * @param {number} frame
 * @param {Box} place
 * @param {string} label
 * @returns {HTMLCanvasElement}
 */
export function cut(frame, place, label) {
  const canvas = h("canvas", { role: "img", "aria-label": label, width: WIDE, height: TALL, class: "cut" });
  void draw(canvas, frame, place);
  return canvas;
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {number} frame
 * @param {Box} place
 */
async function draw(canvas, frame, [x0, y0, x1, y1]) {
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  try {
    const picture = await createImageBitmap(await (await send(`${base}/frames/${frame}`)).blob());
    const grown = Math.max((y1 - y0) * 1.3, (x1 - x0) * 1.3 * (TALL / WIDE), 40);
    const size = [grown * (WIDE / TALL), grown];
    const left = (x0 + x1) / 2 - /** @type {number} */ (size[0]) / 2;
    const top = (y0 + y1) / 2 - /** @type {number} */ (size[1]) / 2;
    const scale = TALL / grown;
    context.fillStyle = "#0b1118";
    context.fillRect(0, 0, WIDE, TALL);
    context.setTransform(scale, 0, 0, scale, -left * scale, -top * scale);
    context.drawImage(picture, 0, 0, timeline.width, timeline.height);
    context.setLineDash([8 / scale, 4 / scale]);
    context.lineWidth = 2 / scale;
    context.strokeStyle = "#7cc7ff";
    context.strokeRect(x0, y0, x1 - x0, y1 - y0);
    picture.close();
  } catch {
    context.fillStyle = "#fff";
    context.font = "16px system-ui, sans-serif";
    context.fillText("This frame cannot be shown", 20, TALL / 2);
  }
}
