/** The page of one clip: why it is looked at, the search for people, and then the desk at which it is decided. */

import { get, named, ofRequest, post, whenReasonNeeded, wording } from "../api.js";
import { byId, button, field, fill, h, refill, said } from "../dom.js";
import { note, say } from "../live.js";
import { banner } from "../shell.js";
import { onJob, startJob } from "../jobs.js";
import { tabs } from "./tabs.js";
import { base, beginning, called, frameAt, go, open, reference, store } from "./desk.js";
import { long, read } from "../times.js";
import { openCopy } from "./copy.js";

/** @typedef {import("../types.js").ClipFacts} ClipFacts */

/** @type {ClipFacts} */
let facts;
/** The request that the clip belongs to. @type {any} */
let request;
let opened = false;
/** What the desk begins with, asked for at once where it may be shown. */
let asked = said("ready") ? beginning() : null;
/** The reason that was given last. */
let given = `To answer the request ${reference}`;

async function begin() {
  try {
    await (asked ? desk() : gate());
  } catch (problem) {
    fill(byId("gate"), h("h2", {}, "This clip cannot be opened"), h("p", {}, wording(problem)), back());
  }
}

/** Let whoever comes in as far as they may: a reason first, then the search, then the desk. */
async function gate() {
  facts = await get(base);
  if (!facts.sitting) return reason();
  if (!facts.scan.done) return search();
  await desk();
}

function back() {
  return h("p", {}, h("a", { href: `/requests/${named(reference)}` }, "Back to the request"));
}

/** Ask why the footage is looked at. */
function reason() {
  const input = h("input", { id: "why", autocomplete: "off", "aria-describedby": "why-problem" });
  const problem = h("p", { id: "why-problem", class: "problem", role: "alert" });
  const form = h(
    "form",
    { class: "fields" },
    h("h2", {}, "Why do you look at this footage?"),
    h("p", {}, "It shows people who may not know of it. Your reason is recorded with your name and the time, once for each sitting."),
    h("div", { class: "chips" }, ...[`To answer the request ${reference}`, "To check a copy before it leaves"].map((text) => button(text, () => { input.value = text; open_.focus(); }, { class: "chip" }))),
    h("label", { for: "why" }, "Reason"),
    input,
    problem,
  );
  const open_ = h("button", { class: "primary" }, "Look at it");
  form.append(h("div", { class: "actions" }, open_));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      given = input.value.trim();
      await post(`${base}/sittings`, { why: given });
      await gate();
    } catch (refused) {
      fill(problem, wording(refused));
      input.focus();
    }
  });
  fill(byId("gate"), form, back());
  input.focus();
}

/** Offer to search for people, and show how far that is. */
function search() {
  const place = byId("gate");
  const start = button("Find everyone in it", () => void startJob(`${base}/scan`, {}), { class: "primary" });
  const title = h("h2", {}, "Nobody was looked for yet");
  const progress = h("progress", { max: 1, "aria-label": "How far the search is" });
  const told = h("p", { role: "status" }, "");
  const working = h("div", { hidden: true }, told, progress);
  fill(
    place,
    title,
    h("p", {}, "The program looks at the whole clip once and finds everyone in it. That takes some minutes; you can leave this page meanwhile."),
    h("div", { class: "actions" }, start),
    working,
    back(),
  );
  onJob((job) => {
    if (job.clip !== said("clip") || job.kind !== "scan") return;
    const busy = job.state === "running" || job.state === "waiting";
    start.hidden = busy;
    title.textContent = busy ? "Everyone in it is being found" : "Nobody was looked for yet";
    working.hidden = !busy;
    if (job.share) progress.value = job.share;
    told.textContent = job.state === "waiting" ? "Waiting for other work to end." : `${job.words}${job.left_s ? `, about ${long(job.left_s)} left` : ""}`;
    if (job.state === "done" && !opened) void gate();
    if (job.state === "failed" && job.error) fill(working, h("p", { class: "problem" }, `${job.error.message} ${job.error.remedy}`)), (working.hidden = false);
  });
}

/** Ask for the reason once more, over the page as it stands: whoever signs in anew begins another sitting. */
function again() {
  const dialog = /** @type {HTMLDialogElement} */ (byId("reason-dialog"));
  const input = field("reason-again");
  input.value = given;
  dialog.oncancel = (event) => event.preventDefault();
  dialog.showModal();
  return new Promise((/** @type {(value: void) => void} */ done) => {
    /** @type {HTMLFormElement} */ (byId("reason-form")).onsubmit = async (event) => {
      event.preventDefault();
      try {
        await post(`${base}/sittings`, { why: input.value.trim() });
        dialog.close();
        done();
      } catch (problem) {
        fill(byId("reason-problem"), wording(problem));
      }
    };
  });
}

/** Go to the time that the address names, such as one that a warning told of. */
function toNamed() {
  const at = read(location.hash.slice(1));
  if (at !== null) go(frameAt(at));
}

/** Open the desk. */
async function desk() {
  if (opened) return;
  opened = true;
  whenReasonNeeded(again);
  byId("gate").hidden = true;
  byId("desk").hidden = false;
  const grounds = get("/api/grounds");
  const [view, people, covered, decide, questions, worklist, correct, sound, rows, keys, player] = await Promise.all([
    import("./view.js"),
    import("./people.js"),
    import("./covered.js"),
    import("./decide.js"),
    import("./questions.js"),
    import("./worklist.js"),
    import("./correct.js"),
    import("./sound.js"),
    import("./rows.js"),
    import("./keys.js"),
    import("./player.js"),
    open(asked ?? beginning()),
  ]);
  decide.ready(await grounds); // before anybody can open it: a form that nobody listens to leaves the page
  asked = null;
  const coming = get(ofRequest(reference));
  tabs(/** @type {HTMLElement} */ (document.querySelector('[role="tablist"]')));
  const first = store.now.subjects.find((one) => one.needs) ?? store.now.subjects[0];
  if (first) store.set({ frame: first.frame });
  toNamed();
  addEventListener("hashchange", toNamed);
  view.ready();
  people.ready();
  covered.ready();
  correct.ready();
  sound.ready();
  let counted = false;
  const counting = Promise.all([
    rows.ready(),
    questions.ready((count) => ((byId("count-questions").textContent = count ? String(count) : ""), next())),
    worklist.ready((looked, total) => ((byId("count-worklist").textContent = total ? `${looked}/${total}` : ""), next())),
  ]);
  byId("people-decide").addEventListener("click", () => decide.ask({ who: decide.those() }));
  byId("people-undo").addEventListener("click", () => decide.undo(decide.those()));
  byId("back").addEventListener("click", () => (player.pause(), store.set({ frame: Math.max(0, store.now.frame - 1) })));
  byId("on").addEventListener("click", () => (player.pause(), go(store.now.frame + 1)));
  byId("play").addEventListener("click", () => void player.toggle());
  onJob((job) => job.kind === "proxy" && job.state === "done" && job.clip === said("clip") && (void view.film(), sound.heard()));
  store.on(["playing"], ({ playing }) => (byId("play").textContent = playing ? "Stop" : "Play"));
  keys.ready();
  store.on(["subjects"], next);
  store.on(["trouble"], ({ trouble }) => banner(trouble && `What would leave cannot be shown as things are: ${trouble} Take back what was decided or answered last.`));
  request = await coming;
  next();
  await counting;
  counted = true;
  next();
  void view.film();
  say("Ready.");

  /** Say who is shown. */
  function shown() {
    const seen = store.now.subjects.filter((one) => one.verdict === "visible" && one.ground !== "nobody");
    const names = [...new Set(seen.map((one) => called(one.id)))];
    if (!names.length) return "Everyone is hidden";
    return names.length > 2 ? `${names.length} people are shown` : `${names.join(" and ")} ${names.length > 1 ? "are" : "is"} shown`;
  }

  /** Say the one thing that comes next. */
  function next() {
    if (!request) return;
    const place = byId("next");
    const requester = store.now.subjects.find((one) => one.ground === "data-subject" && one.verdict === "visible");
    const early = !store.now.subjects.length || (!requester && request.request.kind === "sar");
    if (!early && !counted && request.state === "open") return; // what comes next depends on what is left to be done
    const open_ = questions.waiting();
    const left = worklist.left();
    const key = [requester?.id, open_, left].join();
    if (place.dataset.key === key) return;
    place.dataset.key = key;
    if (request.state !== "open") return refill(place, h("strong", {}, "This request has ended: nothing is decided for it any more."), h("span", { class: "grow" }), h("a", { class: "button", href: `/requests/${named(reference)}` }, "Back to the request"));
    const released = request.releases.some((/** @type {any} */ one) => one.state === "released");
    const copy = button("Make the copy… (C)", openCopy, { id: "make-copy", class: (requester || request.request.kind !== "sar") && !open_ && !left ? "primary" : "" });
    const show = (/** @type {string} */ id) => () => byId(id).click();
    if (!store.now.subjects.length) refill(place, h("strong", {}, "Nobody was found in this clip."), h("span", {}, "Look through it. If there is somebody, draw a box over them."), h("span", { class: "grow" }), copy);
    else if (!requester && request.request.kind === "sar") refill(place, h("strong", {}, "Click the person who asked, in the picture or in the list."), h("span", {}, "Everyone else stays hidden."), h("span", { class: "grow" }), copy);
    else if (open_) refill(place, h("strong", {}, open_ === 1 ? "One question: is it the same person?" : `${open_} questions: is it the same person?`), button("Answer", show("tab-questions"), { class: "primary" }), h("span", { class: "grow" }), copy);
    else if (left) refill(place, h("strong", {}, left === 1 ? "Look at one more moment." : `Look at ${left} moments where somebody may have been missed.`), button("Next moment (N)", () => (byId("tab-worklist").click(), worklist.step(1)), { class: "primary" }), h("span", { class: "grow" }), copy);
    else refill(place, h("strong", {}, `${shown()}, and all was looked at. Make the copy.`), h("span", {}, released ? "A copy was released already: what you change from now on needs a new one." : ""), h("span", { class: "grow" }), copy);
  }
}

addEventListener("unhandledrejection", (event) => {
  if (event.reason?.name === "AbortError") return;
  note(wording(event.reason), "bad");
});

void begin();
