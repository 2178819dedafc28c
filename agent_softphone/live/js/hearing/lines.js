// The words of both sides, one under the other: the customer left, the agent right.

import { h, keyed, setAttribute, setText } from "../dom.js";
import { t } from "../i18n.js";
import { clock } from "../time.js";
import { reasonsOf } from "./mood.js";
import { inOrder } from "./talk.js";

const NEAR = 60; // px from the end within which one reads along
const HIDDEN = /(•[• -]*•|•)/;

/** `judge(event)` gives the buttons of an alert, or nothing. */
export function talkLines(judge = () => null) {
  const list = h("ol", { class: "talk-lines" });
  const view = h("div", { class: "talk-view", tabindex: 0, role: "group" }, list);
  const newest = h("button", { type: "button", class: "small newest", hidden: true,
    onclick: toEnd });
  const element = h("div", { class: "talk" }, view, newest);
  let follows = true;

  view.addEventListener("scroll", () => {
    follows = view.scrollHeight - view.scrollTop - view.clientHeight < NEAR;
    newest.hidden = follows;
  });
  function toEnd() {
    view.scrollTop = view.scrollHeight;
  }

  function make(item) {
    if (item.kind === "note") {
      return h("li", { class: "note" }, h("span", { class: "what" }),
        h("span", { class: "because" }), judge(item.event));
    }
    return h("li", { class: "said" }, h("span", { class: "head" },
      h("span", { class: "who" }), h("time")), h("p", { class: "words" }));
  }

  function update(element, item) {
    if (item.kind === "note") return note(element, item);
    element.dataset.leg = item.leg;
    if (element.dataset.state !== item.state) element.dataset.state = item.state;
    setText(element.querySelector(".who"), t(`heard.${item.leg}`));
    setText(element.querySelector("time"), clock(item.at));
    words(element.querySelector(".words"), item);
  }

  /** What is not sure yet is grey, what was hidden stands out. */
  function words(place, item) {
    const text = item.state === "deferred" ? t("heard.deferred") : item.text;
    const sure = item.state === "partial" && text.startsWith(item.sure) ? item.sure.length : 0;
    const wanted = `${item.state}|${sure}|${text}`;
    if (place.dataset.shown === wanted) return;
    place.dataset.shown = wanted;
    setAttribute(place, "lang", item.language ?? null);
    const parts = item.state === "partial" && sure
      ? [h("span", { class: "sure" }, ...hidden(text.slice(0, sure))), ...hidden(text.slice(sure))]
      : hidden(text);
    place.replaceChildren(...parts);
  }

  const hidden = (text) => text.split(HIDDEN).filter(Boolean).map((part) =>
    part.startsWith("•")
      ? h("span", { class: "hidden-number", title: t("heard.hidden") }, part) : part);

  function note(element, { type, event }) {
    element.dataset.type = type;
    const kinds = (event.data.kinds ?? []).map((kind) => t(`fact.${kind}`)).join(", ");
    setText(element.querySelector(".what"),
      `${clock(event.data.at)} · ${t(`note.${type}`, { kinds })}`);
    setText(element.querySelector(".because"),
      type === "emotion.crossed" ? reasonsOf(event.data) : "");
  }

  return {
    element,
    render(talk) {
      setAttribute(view, "aria-label", t("heard.words"));
      setText(newest, `↓ ${t("heard.newest")}`);
      keyed(list, inOrder(talk), (item) => item.key, make, update);
      if (follows) toEnd();
    },
    reset() {
      list.replaceChildren();
      follows = true;
      newest.hidden = true;
    },
  };
}
