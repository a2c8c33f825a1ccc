/** Calls of the server: each says who calls, waits where the page is locked, and fails in plain words. */

import { unlocked } from "./lock.js";
import { said } from "./dom.js";
import { csrf } from "./token.js";

/** @type {(() => Promise<void>) | null} */
let askReason = null;
/** @type {Promise<void> | null} */
let asking = null;

/**
 * Have ACT called where the server wants to know why footage is looked at, once for all that waits for it.
 * @param {() => Promise<void>} act
 */
export function whenReasonNeeded(act) {
  askReason = act;
}

/** The server refused, and said why. */
export class Refused extends Error {
  /**
   * @param {number} status
   * @param {{ message?: string, remedy?: string, code?: string, [key: string]: unknown }} answer
   */
  constructor(status, answer) {
    super(answer.message || `The server answered with ${status}.`);
    this.status = status;
    this.remedy = answer.remedy ?? "";
    this.code = answer.code ?? "";
    this.answer = answer;
  }
}

/** The server could not be reached. */
export class NoNetwork extends Error {
  constructor() {
    super("The server cannot be reached. Is it still running, and is the computer connected?");
    this.remedy = "";
  }
}

/**
 * Say what went wrong, for people.
 * @param {unknown} problem
 * @returns {string}
 */
export function wording(problem) {
  if (problem instanceof Refused || problem instanceof NoNetwork) return `${problem.message} ${problem.remedy}`.trim();
  return problem instanceof Error ? problem.message : String(problem);
}

/**
 * Send a request, and wait for the passphrase where the page was locked meanwhile.
 * @param {string} path
 * @param {RequestInit} [how]
 * @returns {Promise<Response>}
 */
export async function send(path, how = {}) {
  for (;;) {
    const response = await once(path, how);
    if (response.status === 401 && !said("open")) {
      await unlocked();
      continue;
    }
    if (response.status === 428 && askReason) {
      await (asking ??= askReason().finally(() => (asking = null)));
      continue;
    }
    if (!response.ok) throw new Refused(response.status, await answerOf(response));
    return response;
  }
}

/**
 * @param {string} path
 * @param {RequestInit} how
 * @returns {Promise<Response>}
 */
async function once(path, how) {
  const headers = new Headers(how.headers);
  if (how.method && how.method !== "GET") headers.set("X-CSRF-Token", csrf());
  try {
    return await fetch(path, { ...how, headers, credentials: "same-origin", redirect: "error" });
  } catch (problem) {
    if (problem instanceof DOMException && problem.name === "AbortError") throw problem;
    throw new NoNetwork();
  }
}

/**
 * @param {Response} response
 * @returns {Promise<Record<string, any>>}
 */
async function answerOf(response) {
  try {
    const answer = await response.json();
    return answer && typeof answer === "object" ? answer : {};
  } catch {
    return {};
  }
}

/**
 * Ask for what is at PATH.
 * @param {string} path
 * @param {RequestInit} [how]
 * @returns {Promise<any>}
 */
export async function get(path, how) {
  return (await send(path, how)).json();
}

/**
 * Send BODY to PATH.
 * @param {string} path
 * @param {unknown} [body]
 * @param {string} [method]
 * @param {RequestInit} [how]
 * @returns {Promise<any>}
 */
export async function post(path, body = {}, method = "POST", how = {}) {
  const headers = { "Content-Type": "application/json" };
  const response = await send(path, { ...how, method, headers, body: JSON.stringify(body) });
  return response.status === 204 ? null : response.json().catch(() => null);
}

/**
 * The path of the calls about the request REFERENCE.
 * @param {string} reference
 * @returns {string}
 */
export function ofRequest(reference) {
  return `/api/requests/${named(reference)}`;
}

/**
 * The path of the calls about a CLIP of the request REFERENCE.
 * @param {string} reference
 * @param {string} clip
 * @returns {string}
 */
export function ofClip(reference, clip) {
  return `${ofRequest(reference)}/clips/${clip}`;
}

/**
 * REFERENCE as it stands in an address.
 * @param {string} reference
 * @returns {string}
 */
export function named(reference) {
  return encodeURIComponent(reference.replaceAll("/", "~"));
}
