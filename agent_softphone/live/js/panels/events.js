// The last things that happened, newest first.

import { h, keyed, panel, setText } from "../dom.js";
import { has, t } from "../i18n.js";
import { agentName, queueName, reasonName, shortId } from "../names.js";
import { timeOfDay } from "../time.js";

const MOST = 24;

export function eventsPanel({ codes }) {
  const { section, heading, body } = panel("events");
  const list = h("ol", { class: "events" });
  body.append(list);

  const make = () => h("li", {}, h("time"), h("span", { class: "dot" }), h("span"));

  function sentence(event, state) {
    const key = `event.${event.type}`;
    const ends = event.type === "contact.ended" ? `end.${event.reason}` : "";
    const values = {
      contact: shortId(event.contact_id),
      agent: agentName(state, event.agent_id),
      queue: queueName(state, event.queue),
      priority: event.priority,
      reason: ends && has(ends) ? t(ends) : reasonName(codes, event.reason),
    };
    return has(key) ? t(key, values) : `${event.type} ${values.agent || values.contact}`;
  }

  return {
    section,
    render(state) {
      setText(heading, t("events"));
      const known = state.events.filter((e) => !has(`event.${e.type}`) || t(`event.${e.type}`));
      keyed(list, known.slice(-MOST).reverse(), (e) => e.id, make, (row, event) => {
        setText(row.children[0], timeOfDay(event.at));
        row.dataset.kind = event.type;
        setText(row.children[2], sentence(event, state));
      });
    },
  };
}
