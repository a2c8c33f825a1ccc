/** Times as people read and say them. */

/**
 * Spell SECONDS as 00:12.4 or 1:02:03.4.
 * @param {number} seconds
 * @param {number} [digits]
 * @returns {string}
 */
export function spelt(seconds, digits = 1) {
  const unit = 10 ** digits;
  const all = Math.floor(Math.max(0, seconds) * unit + 1e-6);
  const rest = ((all % (60 * unit)) / unit).toFixed(digits).padStart(digits ? 3 + digits : 2, "0");
  const minutes = Math.floor(all / unit / 60);
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  return minutes < 60 ? `${two(minutes)}:${rest}` : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${rest}`;
}

/**
 * Read a time such as 75, 1:15 or 00:01:15.5; gives seconds, or null where it is none.
 * @param {string} text
 * @returns {number | null}
 */
export function read(text) {
  const parts = text.trim().split(":");
  if (!parts.length || parts.length > 3 || !parts.every((part) => /^\d+(\.\d+)?$/.test(part))) return null;
  return parts.reduce((sum, part) => sum * 60 + Number(part), 0);
}

/**
 * Spell a stretch of SECONDS in words.
 * @param {number} seconds
 * @returns {string}
 */
export function long(seconds) {
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min`;
  return `${Math.floor(seconds / 3600)} h ${Math.round((seconds % 3600) / 60)} min`;
}

/**
 * Spell the day of an ISO date for people.
 * @param {string | null | undefined} iso
 * @returns {string}
 */
export function day(iso) {
  if (!iso) return "";
  const date = new Date(iso.length === 10 ? `${iso}T12:00:00` : iso);
  return Number.isNaN(date.getTime())
    ? iso
    : date.toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric" });
}

/**
 * Spell day and time of an ISO moment for people.
 * @param {string | null | undefined} iso
 * @returns {string}
 */
export function moment(iso) {
  if (!iso) return "";
  const date = new Date(iso);
  const time = date.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  return Number.isNaN(date.getTime()) ? iso : `${day(iso)}, ${time}`;
}

/**
 * The index of the last of TIMES that is not after T; times rise.
 * @param {ArrayLike<number>} times
 * @param {number} t
 * @returns {number}
 */
export function indexAt(times, t) {
  let low = 0;
  let high = times.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((times[middle] ?? 0) <= t) low = middle;
    else high = middle - 1;
  }
  return low;
}
