/** Footage that is dropped or chosen: sent as it is, with how far it is, and told where it was not taken in. */

import { ofRequest } from "../api.js";
import { byId, button, field, fill, h } from "../dom.js";
import { note, say } from "../live.js";
import { csrf } from "../token.js";
import { sized } from "../words.js";

/**
 * Let footage be dropped for REFERENCE; AGAIN is called once it is there.
 * @param {string} reference
 * @param {() => Promise<void>} again
 */
export function uploads(reference, again) {
  const drop = document.getElementById("drop");
  if (!drop) return;
  const input = field("file");
  const take = async (/** @type {FileList | null} */ files) => {
    for (const file of files ?? []) await one(reference, file, field("at-once").checked);
    input.value = "";
    await again();
  };
  input.addEventListener("change", () => void take(input.files));
  for (const event of ["dragover", "dragenter"]) {
    drop.addEventListener(event, (dragged) => {
      dragged.preventDefault();
      drop.classList.add("over");
    });
  }
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    void take(event.dataTransfer?.files ?? null);
  });
}

/**
 * Send one file.
 * @param {string} reference
 * @param {File} file
 * @param {boolean} wanted whether everyone in it is to be found at once
 * @returns {Promise<void>}
 */
function one(reference, file, wanted) {
  const query = new URLSearchParams();
  if (wanted) query.set("scan", "true");
  const facts = { camera: field("camera").value.trim(), starts: field("starts").value, clock_offset: field("offset").value.trim() };
  for (const [name, value] of Object.entries(facts)) if (value) query.set(name, value);
  const progress = h("progress", { max: file.size || 1, "aria-label": `How much of ${file.name} was sent` });
  const told = h("span", {}, `${file.name}: sending, ${sized(file.size)}`);
  const request = new XMLHttpRequest();
  const line = h("div", { class: "clip-card todo" }, told, progress, button("Stop", () => request.abort(), { class: "link" }));
  byId("uploads").append(line);
  return new Promise((done) => {
    const end = (/** @type {string} */ text, /** @type {boolean} */ good) => {
      if (good) {
        line.remove();
        say(text);
      } else {
        fill(line, h("p", { class: "problem" }, text), button("Close", () => line.remove(), { class: "link" }));
        note(text, "bad");
      }
      done();
    };
    request.upload.onprogress = (event) => (progress.value = event.loaded);
    request.onload = () => {
      const answer = answered(request.responseText);
      if (request.status < 300) return end(`${file.name} was sent, and is being taken in.`, true);
      end(`${file.name} was not taken in. ${answer.message ?? ""} ${answer.remedy ?? ""}`, false);
    };
    request.onerror = () => end(`${file.name} was not sent: the connection was lost. Nothing of it was kept; choose it again.`, false);
    request.onabort = () => end(`${file.name} was not sent: you stopped it. Nothing of it was kept.`, false);
    request.open("PUT", `${ofRequest(reference)}/uploads/${encodeURIComponent(file.name)}?${query}`);
    request.setRequestHeader("X-CSRF-Token", csrf());
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.send(file);
  });
}

/** @param {string} text @returns {any} */
function answered(text) {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}
