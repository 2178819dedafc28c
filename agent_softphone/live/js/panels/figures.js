// The few figures one sees from across the room.

import { h, setText } from "../dom.js";
import { t } from "../i18n.js";
import { setSince } from "../time.js";

const NAMES = ["waiting", "longest", "talking", "ready", "level"];

export function figures() {
  const values = {};
  const labels = {};
  const cells = NAMES.map((name) => {
    values[name] = h(name === "longest" ? "time" : "span", { class: "value" });
    labels[name] = h("span", { class: "label", id: `figure-${name}` });
    return h("div", { class: "figure", role: "group", "aria-labelledby": `figure-${name}`,
      "data-figure": name }, values[name], labels[name]);
  });
  const section = h("section", { class: "figures", id: "figures" }, cells);

  function render(state) {
    for (const name of NAMES) setText(labels[name], t(`figure.${name}`));
    section.setAttribute("aria-label", t("figures"));
    const contacts = Object.values(state.contacts);
    const waiting = contacts.filter((c) => ["queued", "offered"].includes(c.state));
    const talking = contacts.filter((c) => ["connected", "held"].includes(c.state));
    const agents = Object.values(state.agents);
    const room = (a) => a.capacity.used < a.capacity.total;
    const ready = agents.filter((a) => a.presence === "ready" && room(a)).length;
    const here = agents.filter((a) => a.state !== "logged_out").length;
    setText(values.waiting, waiting.length);
    setSince(values.longest, waiting.length
      ? Math.min(...waiting.map((c) => c.enqueued_at ?? c.created_at)) : null);
    setText(values.talking, talking.length);
    values.ready.replaceChildren(String(ready), h("small", {}, ` / ${here}`));
    setText(values.level, levelOf(Object.values(state.queues)));
    section.querySelector('[data-figure="waiting"]').classList.toggle("calm", !waiting.length);
  }

  function levelOf(queues) {
    let answered = 0;
    let within = 0;
    for (const { today } of queues) {
      const counted = today.answered + today.abandoned;
      answered += counted;
      within += counted * (today.service_level ?? 0);
    }
    return answered ? `${Math.round((100 * within) / answered)} %` : "–";
  }
  return { section, render };
}
