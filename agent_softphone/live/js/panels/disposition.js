// How it went: a code and a note, while talking or in wrap-up.

import { api } from "../api.js";
import { h, setAttribute, setText } from "../dom.js";
import { label, t } from "../i18n.js";
import { toast } from "../toast.js";

export function dispositionForm(codes) {
  const select = h("select", { id: "disposition", required: true });
  const selectLabel = h("label", { for: "disposition" });
  const note = h("textarea", { id: "note", rows: 2, maxlength: 2000 });
  const button = h("button", { type: "submit" });
  const saved = h("span", { class: "saved" });
  const element = h("form", { class: "disposition", onsubmit: save }, selectLabel, select, note,
    h("div", { class: "buttons" }, button, saved));
  let contact = null;

  async function save(event) {
    event.preventDefault();
    const { id } = contact;
    const body = { code: select.value, note: note.value };
    try {
      await api.contact(id, "disposition", body).catch((error) => {
        // Wrap-up ended a moment ago: the history takes it too.
        if (error.code !== "contact_not_found") throw error;
        return api.late(id, body);
      });
      setText(saved, t("desk.saved"));
    } catch (error) {
      toast(error);
    }
  }

  function show(next, state) {
    const changed = next?.id !== contact?.id;
    contact = next;
    element.hidden = !contact || !["busy", "wrap_up"].includes(state);
    if (!contact) return;
    if (changed) {
      note.value = "";
      setText(saved, "");
    }
    setText(selectLabel, t("desk.disposition"));
    setText(button, t("desk.save"));
    setAttribute(note, "placeholder", t("desk.note"));
    setAttribute(note, "aria-label", t("desk.note"));
    const fitting = codes.dispositions.filter(
      (d) => !d.queues.length || d.queues.includes(contact.queue));
    const options = [["", "–"], ...fitting.map((d) => [d.code, label(d.label, d.code)])];
    const wanted = JSON.stringify(options);
    if (select.dataset.options !== wanted || changed) {
      const chosen = changed ? (contact.disposition ?? "") : select.value;
      select.dataset.options = wanted;
      select.replaceChildren(...options.map(([value, text]) => h("option", { value }, text)));
      select.value = chosen;
    }
  }
  return { element, show };
}
