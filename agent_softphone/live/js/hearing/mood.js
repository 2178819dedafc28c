// The meter of a customer's tension: 0.7 is where this site's threshold lies.

import { h, setAttribute, setText } from "../dom.js";
import { language, t } from "../i18n.js";

export const THRESHOLD = 0.7;

/** In one word, so that nobody needs to see the colour. */
export const moodName = (score) =>
  score === null || score === undefined ? "none"
    : score >= THRESHOLD ? "tense" : score >= 0.55 ? "raised" : "calm";

/** "zh" or "en", as the texts of readings are keyed. */
export const reasonsOf = (reading) => reading?.text?.[language().split("-")[0]] ?? "";

/** A bar with the threshold marked. */
export function moodMeter(classes = "") {
  return h("span", {
    class: `mood ${classes}`, role: "meter", "aria-valuemin": 0, "aria-valuemax": 100,
  }, h("span", { class: "bar" }), h("span", { class: "tick" }));
}

export function fillMood(meter, score) {
  const percent = Math.round(100 * (score ?? 0));
  const name = moodName(score);
  meter.style.setProperty("--mood", `${percent}%`);
  if (meter.dataset.mood !== name) meter.dataset.mood = name;
  const text = t("mood.long", { percent, name: t(`mood.${name}`) });
  setAttribute(meter, "aria-valuenow", percent);
  setAttribute(meter, "aria-valuetext", text);
  setAttribute(meter, "aria-label", t("mood"));
  setAttribute(meter, "title", text);
}

/** The meter with its word, for a table. */
export function fillMoodCell(cell, row) {
  if (!cell.firstElementChild) {
    cell.append(moodMeter("small"), h("span", { class: "mood-name" }));
  }
  const [meter, word] = cell.children;
  const score = row?.score ?? null;
  meter.hidden = score === null;
  if (score !== null) fillMood(meter, score);
  const off = row && row.hearing !== "on" && row.hearing !== "stopped";
  const name = row?.tense ? t("mood.tense") : off ? t(`heard.state.${row.hearing}`) : "";
  setText(word, score === null && !name ? "–" : name);
  word.dataset.mood = row?.tense ? "tense" : off ? "off" : "";
}
