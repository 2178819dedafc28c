// What an agent has in hand, one button each: to look from one contact to another.

import { h, keyed, setAttribute, setText } from "../dom.js";
import { t } from "../i18n.js";
import { mediumName } from "../names.js";

/** `choose(id)` is called with the contact that was pressed. */
export function handsOf(choose) {
  const element = h("div", { class: "hands", role: "group", hidden: true });

  const make = (one) => h("button", { type: "button", "data-contact": one.contact_id,
    onclick: () => choose(one.contact_id) });

  return {
    element,
    /** One alone needs no choice. */
    show(assignments, chosen, state) {
      element.hidden = assignments.length < 2;
      setAttribute(element, "aria-label", t("desk.has"));
      keyed(element, assignments, (one) => one.contact_id, make, (button, one) => {
        const contact = state.contacts[one.contact_id];
        const how = one.state === "active" ? "" : t(`assignment.${one.state}`);
        setText(button, [mediumName(one.medium), contact?.customer, how]
          .filter(Boolean).join(" · "));
        setAttribute(button, "aria-pressed", String(one.contact_id === chosen));
      });
    },
  };
}
