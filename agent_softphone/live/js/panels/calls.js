// Contacts in progress that do not wait: in self-service, talking, on hold, in wrap-up.

import { api } from "../api.js";
import { h, setText } from "../dom.js";
import { t } from "../i18n.js";
import { agentName, queueName, shortId } from "../names.js";
import { setSince } from "../time.js";
import { toast } from "../toast.js";
import { setChip, tablePanel } from "./table.js";

const MODES = ["listen", "whisper", "barge"];
const SYMBOLS = { listen: "◉", whisper: "◖", barge: "◈" };

export function callsPanel({ me }) {
  const supervises = me.roles.includes("supervisor") && me.extension;
  const table = tablePanel(
    "calls",
    [["customer"], ["queue"], ["agent"], ["stage"], ["elapsed", "time"], ["total", "time"]],
    {
      keyOf: (contact) => contact.id,
      actions: supervises && ((contact) => MODES.map((mode) => button(contact.id, mode))),
      fill(cells, contact, state, row) {
        setText(cells.customer, contact.customer || t("anonymous"));
        cells.customer.title = shortId(contact.id);
        setText(cells.queue, queueName(state, contact.queue) || "–");
        setText(cells.agent, agentName(state, contact.agent_id) || "–");
        setChip(cells.stage, contact.stage, t(`stage.${contact.stage}`));
        setSince(cells.elapsed, contact.stage_since);
        setSince(cells.total, contact.created_at);
        const live = contact.state === "connected" || contact.state === "held";
        for (const one of row.querySelectorAll("button")) {
          one.hidden = !live || contact.agent_id === me.id;
          one.title = t(`supervise.${one.dataset.mode}`);
          one.setAttribute("aria-label", `${one.title}: ${agentName(state, contact.agent_id)}`);
        }
      },
    },
  );

  function button(id, mode) {
    const press = () =>
      api.contact(id, "supervise", { mode }).then(
        () => toast(t("supervise.ringing")),
        (error) => toast(error),
      );
    return h("button", { type: "button", class: "small", "data-mode": mode, onclick: press },
      SYMBOLS[mode]);
  }

  return {
    section: table.section,
    render(state) {
      const going = Object.values(state.contacts)
        .filter((c) => c.state !== "queued" && c.state !== "offered")
        .sort((a, b) => a.created_at - b.created_at);
      table.render(going, state);
    },
  };
}
