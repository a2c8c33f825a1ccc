/** Why a moment is to be looked at, as an officer says it. */

/** What the list of risks says, and what that means. @type {[string, string][]} */
const WORDS = [
  ["Found by the second look only", "The check of the copy found somebody here"],
  ["Overlapping someone who is shown", "Somebody hidden passes close to the person shown: is the right one shown?"],
  ["Something moved that nobody was found in", "Something moved in which nobody was found: is it a person?"],
  ["Seen on one frame only", "Somebody was found for an instant only"],
  ["Never found with confidence", "Somebody was found faintly only"],
  ["Far in time from any sighting", "Somebody was not found for a while: are they still where it is hidden?"],
  ["At the same time", "Many people at once"],
  ["Moving fast", "Somebody moves fast"],
  ["Decoded damaged", "The footage is damaged here"],
  ["Another scene begins", "The scene changes here"],
  ["Looked at in several ways", "It is in doubt which way up the picture is"],
  ["At the edge of the picture", "Somebody is at the edge of the picture"],
];
const ENDS = "A beginning or an end in the middle of the picture";

/**
 * Say REASON in plain words.
 * @param {string} reason
 * @returns {string}
 */
export function plain(reason) {
  if (reason.startsWith(ENDS)) {
    const who = reason.includes("someone shown") ? "The person shown" : "Somebody";
    return `${who} appears or disappears in the middle of the picture`;
  }
  return WORDS.find(([said]) => reason.startsWith(said))?.[1] ?? reason;
}
