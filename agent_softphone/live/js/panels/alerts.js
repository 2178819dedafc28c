// Customers who are tense now: a banner for supervisors, on top of everything.

import { announce, h, keyed, setText } from "../dom.js";
import { t } from "../i18n.js";
import { agentName, queueName } from "../names.js";
import { setSince } from "../time.js";

/** `open(id)` shows what is said on the contact. */
export function alertsBanner({ me }, open) {
  const section = h("ul", { class: "alerts", id: "alerts", hidden: true });
  let known = new Set();

  const make = (row) => h("li", { class: "alert" },
    h("span", { class: "sign", "aria-hidden": "true" }, "⚠"),
    h("span", { class: "what" }), h("span", { class: "because" }), h("time"),
    h("button", { type: "button", class: "small", "data-open": row.contact_id,
      onclick: () => open(row.contact_id) }));

  function update(element, row, state) {
    const contact = state.contacts[row.contact_id];
    setText(element.querySelector(".what"), sentence(contact, state));
    setText(element.querySelector(".because"),
      row.reasons.map((code) => t(`reason.voice.${code}`)).join(t("list.comma")));
    setSince(element.querySelector("time"), row.tense_since);
    setText(element.querySelector("button"), t("alert.open"));
    element.querySelector("button").setAttribute("aria-label",
      `${t("alert.open")}: ${contact.customer || t("anonymous")}`);
  }

  const sentence = (contact, state) => t("alert", {
    customer: contact.customer || t("anonymous"), agent: agentName(state, contact.agent_id) || "–",
    queue: queueName(state, contact.queue) || "–",
  });

  return {
    section,
    render(state) {
      if (!me.roles.includes("supervisor")) return;
      const tense = Object.values(state.heard)
        .filter((row) => row.tense && state.contacts[row.contact_id] &&
          state.contacts[row.contact_id].stage !== "wrap_up")
        .sort((a, b) => a.tense_since - b.tense_since);
      section.hidden = tense.length === 0;
      keyed(section, tense, (row) => row.contact_id, make, (e, row) => update(e, row, state));
      for (const row of tense) {
        if (!known.has(row.contact_id)) announce(sentence(state.contacts[row.contact_id], state));
      }
      for (const id of known) {
        const contact = state.contacts[id];
        const still = tense.some((row) => row.contact_id === id);
        if (!still && contact) announce(t("alert.calm", { customer: contact.customer }));
      }
      known = new Set(tense.map((row) => row.contact_id));
    },
  };
}
