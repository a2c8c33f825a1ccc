/** Playing: a small film made for it, whose every picture is told by its time in the film's own table. */

import { get, post, send } from "../api.js";
import { note } from "../live.js";
import { indexAt } from "../times.js";
import { base, go, store, timeline } from "./desk.js";

const video = document.createElement("video");
video.muted = true;
video.playsInline = true;
video.preload = "auto";

/** @type {number[]} */
let table = [];
/** @type {Promise<boolean> | null} */
let coming = null;
let speed = 1;
/** @type {(picture: CanvasImageSource, frame: number) => void} */
let shown = () => undefined;
/** @type {ReturnType<typeof setInterval> | undefined} */
let backwards;

/**
 * Have SHOW handed each picture that is played, with its frame.
 * @param {(picture: CanvasImageSource, frame: number) => void} show
 */
export function shows(show) {
  shown = show;
}

/**
 * Get ready to play.
 * @returns {Promise<boolean>} whether there is anything to play
 */
export function ready() {
  coming ??= fetched().finally(() => (coming = null)); // once for all who ask: another source would end what plays
  return coming;
}

/** @returns {Promise<boolean>} */
async function fetched() {
  if (table.length) return true;
  try {
    await send(`${base}/proxy`, { headers: { Range: "bytes=0-0" } });
    const answer = await get(`${base}/proxy/table`);
    table = answer.times_us.map((/** @type {number} */ at) => at / 1e6);
    video.src = `${base}/proxy?of=master`;
    return true;
  } catch {
    return false;
  }
}

/** Play or pause. */
export async function toggle() {
  if (store.now.playing) return pause();
  return play(1);
}

/**
 * Play from the frame that is shown, at SPEED times the clip's own.
 * @param {number} faster
 */
export async function play(faster) {
  if (!table.length && !(await ready())) {
    note("The footage is being made ready to be played. Step through the frames meanwhile.");
    await post(`${base}/proxy`).catch(() => undefined);
    return;
  }
  stopBackwards();
  speed = faster;
  video.playbackRate = speed;
  const last = store.now.frame >= timeline.frames - 1;
  const start = last ? 0 : store.now.frame;
  video.currentTime = (table[start] ?? 0) + 0.001;
  store.set({ playing: true, frame: start });
  await video.play().catch(() => store.set({ playing: false }));
  video.requestVideoFrameCallback(follow);
}

/** Play faster with each call, up to four times. */
export function faster() {
  return play(store.now.playing ? Math.min(4, speed * 2) : 1);
}

/** Step backwards, some eight frames a second, until paused. */
export function reverse() {
  if (backwards) return;
  pause();
  store.set({ playing: true });
  backwards = setInterval(() => (store.now.frame > 0 ? go(store.now.frame - 1) : pause()), 120);
}

function stopBackwards() {
  clearInterval(backwards);
  backwards = undefined;
}

/** Stop; the exact frame is shown. */
export function pause() {
  stopBackwards();
  video.pause();
  if (store.now.playing) store.set({ playing: false });
}

/** Whether the film's pictures are shown, and not frames by number. @returns {boolean} */
export function filming() {
  return store.now.playing && !backwards;
}

/**
 * @param {number} _now
 * @param {VideoFrameCallbackMetadata} facts
 */
function follow(_now, facts) {
  if (!filming()) return;
  // the film may be at a later picture by now than the one that is told of: taken out of it, a picture has its own time
  const picture = "VideoFrame" in window ? new VideoFrame(video) : null;
  const frame = indexAt(table, (picture ? picture.timestamp / 1e6 : facts.mediaTime) + 0.0005);
  store.set({ frame });
  shown(picture ?? video, frame);
  picture?.close();
  if (video.ended || frame >= table.length - 1) return pause();
  video.requestVideoFrameCallback(follow);
}

video.addEventListener("ended", () => pause());
