// All recordings of a contact, in a dialogue, each with its player.

import { api } from "../api.js";
import { h, setText } from "../dom.js";
import { onLanguage, t } from "../i18n.js";
import { agentName, queueName, shortId } from "../names.js";
import { problem } from "../problems.js";
import { clock, dateAndTime } from "../time.js";
import { marksOf } from "./marks.js";
import { player } from "./player.js";

/** `current()` gives the state of the wall. */
export function recordingsDialog(contactId, current) {
  const title = h("h2", { id: "recordings-title" });
  const hint = h("p", { class: "hint" });
  const list = h("div", { class: "recordings-list" });
  const error = h("p", { class: "error", role: "alert" });
  const close = h("button", { type: "button", class: "quiet", autofocus: true,
    onclick: () => dialog.close() });
  const dialog = h("dialog", { class: "recordings", id: "recordings-dialog",
    "aria-labelledby": "recordings-title" },
  title, hint, list, error, h("div", { class: "buttons" }, close));
  let shown = [];

  async function load() {
    try {
      const [page, holds] = await Promise.all([
        api.recordings({ contact: contactId, limit: 100 }), api.legalHold(contactId)]);
      const rows = page.recordings.slice().reverse();
      shown = rows.map((one) => ({ one, head: h("p", { class: "head" }), marks: h("p"),
        player: one.state === "finished" ? player(one) : null }));
      list.replaceChildren(...shown.map(({ head, marks, player: p }) =>
        h("section", {}, head, marks, p?.element)));
      dialog.dataset.held = holds.held;
    } catch (failure) {
      setText(error, problem(failure));
    }
    show();
  }

  function show() {
    const state = current();
    setText(title, `${t("recordings")} · ${shortId(contactId)}`);
    setText(close, t("close"));
    setText(hint, dialog.dataset.held === "true" ? t("recordings.held") : "");
    for (const { one, head, marks, player: p } of shown) {
      setText(head, [one.started_at && dateAndTime(one.started_at), clock(one.seconds ?? 0),
        queueName(state, one.queue), agentName(state, one.agent_id),
        one.state === "finished" ? "" : t(`recordings.state.${one.state}`)]
        .filter(Boolean).join(" · "));
      setText(marks, marksOf(one).join(" · "));
      p?.texts();
    }
  }

  const stop = onLanguage(show);
  dialog.addEventListener("close", () => {
    stop();
    for (const { player: p } of shown) p?.close();
    dialog.remove();
  });
  document.body.append(dialog);
  dialog.showModal();
  load();
}
