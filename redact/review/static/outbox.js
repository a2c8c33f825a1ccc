/**
 * What somebody changed, on its way to the record. Each change is sent at once, one after the other; where the network is
 * lost it waits and is sent again. Nothing is dropped unless the server refuses it, and then that is shown.
 */

import { NoNetwork, Refused, post } from "./api.js";

/**
 * @typedef {object} Change
 * @property {string} key 32 hex digits, made once: sent twice it is recorded once.
 * @property {string} path
 * @property {string} method
 * @property {Record<string, unknown>} body
 * @property {string} what in words
 * @property {string[]} about whom it is about, by id
 *
 * @typedef {object} Heard
 * @property {(change: Change, answer: any) => Promise<void>} sent the next one waits for it
 * @property {(change: Change, problem: Refused) => void} refused
 * @property {(waiting: number, offline: boolean) => void} state
 */

const FIRST_MS = 1000;
const LONGEST_MS = 15000;

export class Outbox {
  /**
   * @param {string} name under which what waits is kept while this tab lives
   * @param {Heard} heard
   */
  constructor(name, heard) {
    this.name = `outbox ${name}`;
    this.heard = heard;
    /** @type {Change[]} */
    this.changes = restored(this.name);
    this.busy = false;
    this.offline = false;
    this.pause = FIRST_MS;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    addEventListener("online", () => this.send());
    addEventListener("beforeunload", (event) => {
      if (this.changes.length) event.preventDefault();
    });
    if (this.changes.length) queueMicrotask(() => this.send());
  }

  /**
   * Send a change, now or as soon as it can be.
   * @param {string} what
   * @param {string} path
   * @param {Record<string, unknown>} body
   * @param {string[]} [about]
   * @param {string} [method]
   */
  add(what, path, body, about = [], method = "POST") {
    const key = crypto.randomUUID().replaceAll("-", "");
    this.changes.push({ key, path, method, body: { ...body, key }, what, about });
    this.keep();
    void this.send();
  }

  /**
   * Send CHANGE again, as one that knows of REVISION.
   * @param {Change} change
   * @param {number} revision
   */
  again(change, revision) {
    this.add(change.what, change.path, { ...change.body, seen: revision }, change.about, change.method);
  }

  /** Send whatever waits, in order. */
  async send() {
    if (this.busy) return;
    this.busy = true;
    clearTimeout(this.timer);
    try {
      while (this.changes.length) {
        const change = /** @type {Change} */ (this.changes[0]);
        const answer = await this.one(change);
        if (answer === undefined) return;
      }
    } finally {
      this.busy = false;
      this.tell();
    }
  }

  /**
   * @param {Change} change
   * @returns {Promise<unknown>} undefined where it has to wait
   */
  async one(change) {
    try {
      this.tell();
      const answer = await post(change.path, change.body, change.method);
      this.settled();
      await this.heard.sent(change, answer);
      return answer ?? null;
    } catch (problem) {
      if (problem instanceof NoNetwork || (problem instanceof Refused && [429, 502, 503, 504].includes(problem.status))) {
        this.offline = true;
        this.timer = setTimeout(() => this.send(), this.pause);
        this.pause = Math.min(LONGEST_MS, this.pause * 2);
        return undefined;
      }
      const refused = problem instanceof Refused ? problem : new Refused(0, { message: String(problem) });
      this.settled();
      this.heard.refused(change, refused);
      return null;
    }
  }

  settled() {
    this.offline = false;
    this.pause = FIRST_MS;
    this.changes.shift();
    this.keep();
  }

  keep() {
    sessionStorage.setItem(this.name, JSON.stringify(this.changes));
    this.tell();
  }

  tell() {
    this.heard.state(this.changes.length, this.offline);
  }
}

/**
 * @param {string} name
 * @returns {Change[]}
 */
function restored(name) {
  try {
    const kept = JSON.parse(sessionStorage.getItem(name) ?? "[]");
    return Array.isArray(kept) ? kept : [];
  } catch {
    return [];
  }
}
