// Transfer: to a queue at once; to an agent or a number at once, or after asking them.

import { api } from "../api.js";
import { h } from "../dom.js";
import { label, t } from "../i18n.js";
import { problem } from "../problems.js";

export function transferDialog(state, me, contact) {
  const queues = Object.values(state.queues).map((q) => ["queue", q.name, label(q.label, q.name)]);
  const agents = Object.values(state.agents)
    .filter((a) => a.id !== me.id && a.state === "ready")
    .map((a) => ["agent", a.id, label(a.name, a.id)]);
  const error = h("p", { class: "error", role: "alert" });
  const first = h("input", { type: "checkbox", id: "first" });
  const number = h("input", {
    type: "tel", id: "number", pattern: "\\+?[0-9]{2,20}", autocomplete: "off",
  });
  const dialog = h("dialog", { class: "transfer", "aria-labelledby": "transfer-title" },
    h("h2", { id: "transfer-title" }, t("transfer")),
    group("transfer.queues", queues),
    h("label", { class: "first", for: "first" }, first, t("transfer.first")),
    group("transfer.agents", agents),
    h("form", { class: "number", onsubmit: dial },
      h("label", { for: "number" }, t("transfer.number")),
      h("div", { class: "line" }, number, h("button", { type: "submit" }, t("transfer.go")))),
    error,
    h("div", { class: "buttons" },
      h("button", { type: "button", class: "quiet", onclick: () => dialog.close() },
        t("cancel"))));

  function group(key, choices) {
    const buttons = choices.map(([kind, id, name]) =>
      h("button", { type: "button", "data-to": `${kind}:${id}`, onclick: () => send(kind, id) },
        name));
    return h("fieldset", {}, h("legend", {}, t(key)),
      buttons.length ? h("div", { class: "buttons" }, buttons)
        : h("p", { class: "none" }, t("transfer.none")));
  }

  async function send(kind, id) {
    const verb = first.checked && kind !== "queue" ? "consult" : "transfer";
    try {
      await api.contact(contact.id, verb, { [kind]: id });
      dialog.close();
    } catch (failure) {
      error.textContent = problem(failure);
    }
  }
  function dial(event) {
    event.preventDefault();
    if (number.value) send("number", number.value);
  }

  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
