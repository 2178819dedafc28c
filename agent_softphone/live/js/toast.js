// A short message at the edge of the page: that something was done, or why not.

import { h } from "./dom.js";
import { problem } from "./problems.js";

let box = null;

export function toast(what) {
  const failed = what instanceof Error;
  if (!box?.isConnected) {
    box = h("div", { class: "toasts" });
    document.body.append(box);
  }
  const note = h("div", { class: failed ? "toast failed" : "toast", role: "alert" },
    failed ? problem(what) : what);
  box.append(note);
  setTimeout(() => note.remove(), failed ? 8000 : 4000);
}
