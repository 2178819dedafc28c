// Who waits, in the order in which they are served.

import { setText } from "../dom.js";
import { t } from "../i18n.js";
import { agentName, languageName, mediumName, queueName, shortId } from "../names.js";
import { clock, serverNow, setSince } from "../time.js";
import { setChip, tablePanel } from "./table.js";
import { nameWhy, whyButton } from "./why.js";

const since = (contact) => contact.enqueued_at ?? contact.created_at;

/** Priority plus the points for waiting: the highest is served first. */
const score = (contact, now) =>
  contact.priority + contact.slope * Math.max(0, now - since(contact));

export function waitingPanel({ me }) {
  let state = null;
  const supervises = me.roles.includes("supervisor");
  const table = tablePanel(
    "waiting",
    [["customer"], ["queue"], ["medium"], ["language"], ["priority"], ["stage"], ["agent"],
      ["waited", "time"]],
    {
      keyOf: (contact) => contact.id,
      actions: supervises && ((contact) => [whyButton(() => state, me, contact.id)]),
      heading: "column.why",
      fill(cells, contact, now, row) {
        setText(cells.customer, contact.customer || t("anonymous"));
        cells.customer.title = shortId(contact.id);
        setText(cells.queue, queueName(now, contact.queue));
        setText(cells.medium, mediumName(contact.medium));
        setText(cells.language, languageName(contact.language));
        priority(cells.priority, contact);
        stage(cells.stage, contact);
        setText(cells.agent, whom(contact, now));
        cells.waited.dataset.target = now.queues[contact.queue]?.target_seconds ?? 20;
        setSince(cells.waited, since(contact));
        nameWhy(row, contact);
      },
    },
  );

  function priority(cell, contact) {
    cell.className = contact.priority > 0 ? "weight up" : contact.priority < 0 ? "weight down" : "";
    setText(cell, contact.priority > 0 ? `▲ ${contact.priority}`
      : contact.priority < 0 ? `▼ ${-contact.priority}` : "–");
    cell.title = t("score", { score: score(contact, serverNow()).toFixed(1) });
  }

  function stage(cell, contact) {
    if (contact.state === "offered" || !contact.call_back) {
      return setChip(cell, contact.stage, t(`stage.${contact.stage}`));
    }
    const later = contact.not_before && contact.not_before > serverNow();
    setChip(cell, "call_back", later
      ? t("call_back.later", { left: clock(contact.not_before - serverNow()) })
      : t("call_back", { attempts: contact.call_back.attempts }));
  }

  /** Whom it rings, or for whom it is kept. */
  function whom(contact, now) {
    if (contact.state === "offered") return agentName(now, contact.agent_id);
    const wish = contact.preferred.find((one) => one.until > serverNow());
    return wish ? t("reserved", { agent: agentName(now, wish.agent_id) }) : "";
  }

  return {
    section: table.section,
    render(next) {
      state = next;
      const now = serverNow();
      const waiting = Object.values(state.contacts)
        .filter((c) => c.state === "queued" || c.state === "offered")
        .sort((a, b) => score(b, now) - score(a, now) || since(a) - since(b) ||
          (a.id < b.id ? -1 : 1));
      table.render(waiting, state);
    },
  };
}
