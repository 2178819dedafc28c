// Who waits, the longest first.

import { setText } from "../dom.js";
import { t } from "../i18n.js";
import { agentName, languageName, queueName, shortId } from "../names.js";
import { setSince } from "../time.js";
import { setChip, tablePanel } from "./table.js";

const since = (contact) => contact.enqueued_at ?? contact.created_at;

export function waitingPanel() {
  const table = tablePanel(
    "waiting",
    [["customer"], ["queue"], ["language"], ["stage"], ["agent"], ["waited", "time"]],
    {
      keyOf: (contact) => contact.id,
      fill(cells, contact, state) {
        setText(cells.customer, contact.customer || t("anonymous"));
        cells.customer.title = shortId(contact.id);
        setText(cells.queue, queueName(state, contact.queue));
        setText(cells.language, languageName(contact.language));
        setChip(cells.stage, contact.stage, t(`stage.${contact.stage}`));
        setText(cells.agent, contact.state === "offered" ? agentName(state, contact.agent_id) : "");
        cells.waited.dataset.target = state.queues[contact.queue]?.target_seconds ?? 20;
        setSince(cells.waited, since(contact));
      },
    },
  );
  return {
    section: table.section,
    render(state) {
      const waiting = Object.values(state.contacts)
        .filter((c) => c.state === "queued" || c.state === "offered")
        .sort((a, b) => b.priority - a.priority || since(a) - since(b));
      table.render(waiting, state);
    },
  };
}
