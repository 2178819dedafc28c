// What was said, found by a phrase in Chinese or English; a line opens the conversation.

import { api } from "../api.js";
import { h, keyed, panel, setAttribute, setText } from "../dom.js";
import { onLanguage, t } from "../i18n.js";
import { storedDialog } from "../hearing/stored.js";
import { agentName, queueName } from "../names.js";
import { problem } from "../problems.js";
import { dateAndTime } from "../time.js";

const PAGE = 50;

export function transcriptsPanel({ me }) {
  const { section, heading, count, body } = panel("transcripts");
  const field = h("input", {
    type: "search", id: "transcripts-query", maxlength: 200, required: true, autocomplete: "off",
  });
  const button = h("button", { type: "submit" });
  const form = h("form", { class: "line", role: "search", onsubmit: search }, field, button);
  const error = h("p", { class: "error", role: "alert" });
  const list = h("ol", { class: "found" });
  const none = h("p", { class: "none", role: "status" });
  const more = h("button", { type: "button", class: "quiet", hidden: true, onclick: further });
  body.append(form, error, list, none, more);

  let state = null;
  let asked = ""; // what was found is for this
  let found = null;

  async function search(event) {
    event.preventDefault();
    asked = field.value;
    await load(null);
  }

  function further() {
    return load(found.at(-1).at);
  }

  async function load(before) {
    button.disabled = true;
    try {
      const page = await api.transcripts(asked, before, PAGE);
      found = before === null ? page.found : [...found, ...page.found];
      more.hidden = !page.more;
      setText(error, "");
    } catch (failure) {
      if (before === null) found = null;
      more.hidden = true;
      setText(error, problem(failure));
    } finally {
      button.disabled = false;
      show();
    }
  }

  const key = (one) => `${one.contact_id} ${one.at} ${one.leg}`;

  function make(one) {
    return h("li", {},
      h("button", { type: "button", class: "line-found",
        onclick: () => storedDialog(one, () => state, me) },
        h("span", { class: "head" }, h("time"), h("span", { class: "who" })),
        h("span", { class: "words" })));
  }

  function update(row, one) {
    setText(row.querySelector("time"), dateAndTime(one.at));
    const side = t(`heard.${one.leg}`);
    setText(row.querySelector(".who"), [side, one.customer || t("anonymous"),
      queueName(state, one.queue), agentName(state, one.agent_id)].filter(Boolean).join(" · "));
    row.querySelector(".words").replaceChildren(...marked(one));
  }

  function show() {
    if (!state) return;
    setText(heading, t("transcripts"));
    setText(count, found?.length ?? "");
    setAttribute(field, "aria-label", t("transcripts.query"));
    setAttribute(field, "placeholder", t("transcripts.query"));
    setText(button, t("transcripts.search"));
    setText(more, t("transcripts.more"));
    setText(none, found?.length === 0 ? t("transcripts.none", { query: asked }) : "");
    none.hidden = !none.textContent;
    list.hidden = !found?.length;
    keyed(list, found ?? [], key, make, update);
  }

  const stop = onLanguage(show);
  return {
    section,
    render(next) {
      const first = state === null;
      state = next;
      if (first) show();
    },
    close: stop,
  };
}

/** The text with what was looked for marked. Places count characters, not UTF-16 units. */
function marked({ text, marks }) {
  const characters = [...text];
  const parts = [];
  let at = 0;
  for (const [start, end] of marks) {
    if (start < at) continue;
    parts.push(characters.slice(at, start).join(""),
      h("mark", {}, characters.slice(start, end).join("")));
    at = end;
  }
  return [...parts, characters.slice(at).join("")];
}
