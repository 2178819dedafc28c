// Pause and resume of one's own recording, and how it stands.

import { h, setAttribute, setText } from "../dom.js";
import { t } from "../i18n.js";

/** `run(verb)` asks for it. The contact says how it is: null, on, paused (by the agent) or
 * secret (paused by itself while a number is asked for or keyed). */
export function pauseButton(run) {
  let paused = false;
  const button = h("button", { type: "button", id: "pause-recording",
    onclick: () => run(paused ? "recording/resume" : "recording/pause") });
  return {
    element: button,
    show(contact, serving) {
      const how = contact?.recording ?? null;
      button.hidden = !serving || how === null || !["connected", "held"].includes(contact.state);
      if (button.hidden) return;
      paused = how === "paused";
      setText(button, t(`recording.${paused ? "resume" : "pause"}`));
      setAttribute(button, "data-recording", how);
      setAttribute(button, "title", t(`recording.is.${how}`));
    },
  };
}
