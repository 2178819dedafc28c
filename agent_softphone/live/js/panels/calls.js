// Contacts in progress that do not wait: in self-service, talking, on hold, in wrap-up.

import { api } from "../api.js";
import { h, setText } from "../dom.js";
import { fillMoodCell } from "../hearing/mood.js";
import { t } from "../i18n.js";
import {
  agentName, isCall, partnerName, queueName, shortId, stageName, wayName,
} from "../names.js";
import { setSince } from "../time.js";
import { toast } from "../toast.js";
import { setChip, tablePanel } from "./table.js";
import { nameWhy, whyButton } from "./why.js";

const MODES = ["listen", "whisper", "barge"];
const SYMBOLS = { listen: "◉", whisper: "◖", barge: "◈" };

/** `listenTo(id)` shows what is said on a contact. */
export function callsPanel({ me }, listenTo) {
  let state = null;
  const supervises = me.roles.includes("supervisor");
  const table = tablePanel(
    "calls",
    [["customer"], ["queue"], ["medium"], ["agent"], ["stage"], ["mood"],
      ["elapsed", "time"], ["total", "time"]],
    {
      keyOf: (contact) => contact.id,
      actions: supervises && ((contact) => [
        wordsButton(contact.id),
        ...(me.extension ? MODES.map((mode) => button(contact.id, mode)) : []),
        whyButton(() => state, me, contact.id)]),
      fill(cells, contact, now, row) {
        setText(cells.customer, partnerName(now, contact));
        cells.customer.title = shortId(contact.id);
        setText(cells.queue, queueName(now, contact.queue) || "–");
        setText(cells.medium, wayName(contact));
        setText(cells.agent, agentName(now, contact.agent_id) || "–");
        setChip(cells.stage, contact.stage, stageName(contact));
        const heard = now.heard[contact.id];
        fillMoodCell(cells.mood, heard);
        row.classList.toggle("tense", Boolean(heard?.tense));
        nameWords(row, contact, heard);
        setSince(cells.elapsed, contact.stage_since);
        setSince(cells.total, contact.created_at);
        const live = contact.state === "connected" || contact.state === "held";
        for (const one of row.querySelectorAll("button[data-mode]")) {
          one.hidden = !live || !isCall(contact.medium) || contact.agent_id === me.id;
          one.title = t(`supervise.${one.dataset.mode}`);
          one.setAttribute("aria-label", `${one.title}: ${agentName(now, contact.agent_id)}`);
        }
        nameWhy(row, contact);
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

  function wordsButton(id) {
    return h("button", { type: "button", class: "small words-button", "data-words": id,
      onclick: () => listenTo(id) }, "❝");
  }

  function nameWords(row, contact, heard) {
    const button = row.querySelector(".words-button");
    if (!button) return;
    button.hidden = !isCall(contact.medium) || (!heard && contact.stage !== "talking");
    button.title = t("heard.open");
    button.setAttribute("aria-label", `${t("heard.open")}: ${contact.customer || t("anonymous")}`);
  }

  return {
    section: table.section,
    render(next) {
      state = next;
      const going = Object.values(state.contacts)
        .filter((c) => c.state !== "queued" && c.state !== "offered")
        .sort((a, b) => a.created_at - b.created_at);
      table.render(going, state);
    },
  };
}
