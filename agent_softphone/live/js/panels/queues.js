// Queues: who waits, for how long, who could help, and how the day has gone.

import { h, keyed, panel, setAttribute, setText } from "../dom.js";
import { label, t } from "../i18n.js";
import { clock, setSince } from "../time.js";

export function queuesPanel() {
  const { section, heading, body } = panel("queues");
  body.classList.add("cards");

  function make() {
    const fact = (name, tag = "span") =>
      h("div", { class: "fact" }, h(tag, { class: name }), h("span", { class: `${name}-label` }));
    return h("article", { class: "queue-card" },
      h("h3"),
      h("div", { class: "big" }, h("span", { class: "waiting" }),
        h("span", { class: "waiting-label" })),
      h("div", { class: "facts" }, fact("oldest", "time"), fact("expected"), fact("ready"),
        fact("today")),
      h("div", { class: "level", role: "meter", "aria-valuemin": 0, "aria-valuemax": 100 },
        h("div", { class: "bar" }), h("div", { class: "tick" })),
      h("div", { class: "level-text" }));
  }

  function update(card, queue) {
    const part = (name) => card.querySelector(`.${name}`);
    setText(card.querySelector("h3"), label(queue.label, queue.name));
    setText(part("waiting"), queue.waiting);
    setText(part("waiting-label"), queue.call_backs
      ? t("queue.waiting.call_backs", { count: queue.call_backs }) : t("queue.waiting"));
    const oldest = part("oldest");
    oldest.dataset.target = queue.target_seconds;
    setSince(oldest, queue.oldest_at);
    setText(part("oldest-label"), t("queue.longest"));
    setText(part("expected"), queue.expected_wait === null ? "–" : clock(queue.expected_wait));
    setText(part("expected-label"), t("queue.expected"));
    setText(part("ready"), `${queue.ready} / ${queue.agents}`);
    setText(part("ready-label"), t("queue.ready"));
    setText(part("today"), queue.today.answered);
    setText(part("today-label"), t("queue.answered"));
    card.classList.toggle("alone", queue.waiting > 0 && queue.ready === 0);
    card.classList.toggle("calm", queue.waiting === 0);
    const level = queue.today.service_level;
    const percent = level === null ? null : Math.round(level * 100);
    const meter = part("level");
    meter.style.setProperty("--level", `${percent ?? 0}%`);
    meter.style.setProperty("--target", `${queue.target_percent}%`);
    meter.dataset.met = percent === null ? "none" : percent >= queue.target_percent ? "yes" : "no";
    setAttribute(meter, "aria-valuenow", percent ?? 0);
    const key = percent === null ? "queue.level.none" : "queue.level";
    const values = { percent, target: queue.target_percent, seconds: queue.target_seconds };
    setAttribute(meter, "aria-label", t(`${key}.long`, values));
    setText(part("level-text"), t(key, values));
  }

  return {
    section,
    render(state) {
      setText(heading, t("queues"));
      keyed(body, Object.values(state.queues), (q) => q.name, make, update);
    },
  };
}
