// A conversation as it is kept, in a dialogue: what was said, understood and felt.

import { api } from "../api.js";
import { h, setText } from "../dom.js";
import { onLanguage, t } from "../i18n.js";
import { queueName, shortId } from "../names.js";
import { problem } from "../problems.js";
import { dateAndTime } from "../time.js";
import { talkLines } from "./lines.js";
import { silence } from "./talk.js";
import { understoodChips } from "./understood.js";
import { verdictButtons } from "./verdict.js";

/** `of` is a line that was found: its contact is shown. */
export function storedDialog(of, current, me) {
  const supervises = me.roles.includes("supervisor");
  const title = h("h2", { id: "stored-title" });
  const hint = h("p", { class: "hint" });
  const chips = understoodChips();
  const lines = talkLines((event) =>
    supervises && event.type === "emotion.crossed" ? verdictButtons(event, event.verdict) : null);
  const error = h("p", { class: "error", role: "alert" });
  const close = h("button", { type: "button", class: "quiet", autofocus: true,
    onclick: () => dialog.close() });
  const dialog = h("dialog", { class: "stored", id: "stored", "aria-labelledby": "stored-title" },
    title, hint, chips.element, lines.element, error, h("div", { class: "buttons" }, close));
  let found = null;

  async function load() {
    try {
      found = await api.transcript(of.contact_id);
    } catch (failure) {
      setText(error, problem(failure));
    }
    show();
    const sought = [...dialog.querySelectorAll(".said")].find((one) => one.dataset.key === keyOf(of));
    sought?.classList.add("sought");
    sought?.scrollIntoView({ block: "center" });
  }

  function show() {
    setText(title, [of.customer || t("anonymous"), queueName(current(), of.queue),
      dateAndTime(of.at), shortId(of.contact_id)].filter(Boolean).join(" · "));
    setText(close, t("close"));
    if (!found) return;
    const late = found.lines.some((line) => line.source === "after_call");
    setText(hint, late ? t("stored.after_call") : "");
    const talk = asTalk(found);
    chips.render(talk);
    lines.render(talk);
  }

  const stop = onLanguage(show);
  dialog.addEventListener("close", () => {
    stop();
    dialog.remove();
  });
  document.body.append(dialog);
  dialog.showModal();
  load();
}

const keyOf = ({ at, leg }) => `${at}/${leg}`;

/** What is kept, in the form that the live one has. */
function asTalk({ contact_id, lines, facts, marks }) {
  const talk = silence();
  const begun = lines[0]?.at ?? 0;
  for (const line of lines) {
    const key = keyOf(line);
    talk.items.set(key, { ...line, key, kind: "line", at: line.seconds, sure: "", state: "final" });
  }
  for (const mark of marks) {
    const type = `emotion.${mark.kind}`;
    const at = Math.max(0, mark.at - begun);
    const data = { n: mark.mark, at, text: mark.text };
    talk.items.set(`n${mark.mark}`, { key: `n${mark.mark}`, kind: "note", at, type,
      event: { type, contact_id, verdict: mark.verdict, data } });
  }
  for (const fact of facts) talk.facts.set(`${fact.kind}:${fact.value}`, fact);
  return talk;
}
