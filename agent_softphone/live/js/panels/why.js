// Why a contact waits, or why it went where it went; supervisors may act on it here.

import { api } from "../api.js";
import { h, setText } from "../dom.js";
import { label, language, onLanguage, t } from "../i18n.js";
import { agentName, queueName, shortId } from "../names.js";
import { problem } from "../problems.js";
import { timeOfDay } from "../time.js";

const LOOK_AGAIN = 3000; // ms, while it waits

/** `current()` gives the state of the wall. Opens the dialogue of contact `id`. */
export function whyDialog(current, me, id) {
  const supervises = me.roles.includes("supervisor");
  const title = h("h2", { id: "why-title" });
  const summary = h("p", { class: "summary" });
  const facts = h("ul", { class: "why-facts" });
  const before = h("ol", { class: "why-before" });
  const agents = h("table", { class: "why-agents" });
  const steps = h("ol", { class: "why-steps" });
  const heads = { before: h("h3"), agents: h("h3"), steps: h("h3") };
  const error = h("p", { class: "error", role: "alert" });
  const close = h("button", {
    type: "button", class: "quiet", autofocus: true, onclick: () => dialog.close(),
  });
  const acts = supervises ? actions() : null;
  const dialog = h("dialog", { class: "why", id: "why", "aria-labelledby": "why-title" },
    title, summary, facts,
    h("section", {}, heads.before, before),
    h("section", { class: "scroll" }, heads.agents, agents),
    h("section", {}, heads.steps, steps),
    acts?.element, error, h("div", { class: "buttons" }, close));

  async function load() {
    try {
      show(await api.why(id, language()));
      setText(error, "");
    } catch (failure) {
      setText(error, problem(failure));
    }
  }

  function show(why) {
    const state = current();
    const where = queueName(state, why.queue);
    setText(title, [t("why.title"), shortId(id), where].filter(Boolean).join(" · "));
    setText(close, t("close"));
    setText(summary, why.summary);
    const waits = why.waits;
    const lines = waits ? [...waits.asked_text, waits.score_text, waits.place_text] : [];
    facts.replaceChildren(...lines.map((line) => h("li", {}, line)));
    setText(heads.before, waits?.before.length ? t("why.before") : "");
    before.replaceChildren(...(waits?.before ?? []).map((one) => h("li", {},
      [shortId(one.contact_id), queueName(state, one.queue), one.because].join(" · "))));
    setText(heads.agents, waits ? t("why.agents") : "");
    agents.replaceChildren(...(waits ? rows(waits, state) : []));
    setText(heads.steps, why.steps.length ? t("why.steps") : "");
    steps.replaceChildren(...why.steps.map((step) => h("li", {},
      h("time", {}, timeOfDay(step.at)), h("span", {}, step.text))));
    acts?.show(Boolean(waits), state);
  }

  function rows(waits, state) {
    const away = (one) => one.obstacles.includes("logged_out");
    const rank = (one) => (one.free ? 0 : !one.able ? 3 : away(one) ? 2 : 1);
    return [...waits.agents].sort((a, b) => rank(a) - rank(b)).map((one) =>
      h("tr", { class: ["free", "able", "able", "unfit"][rank(one)] },
        h("th", { scope: "row" }, agentName(state, one.agent_id)), h("td", {}, one.text)));
  }

  function actions() {
    const priority = h("input", {
      type: "number", id: "why-priority", min: -1000, max: 1000, step: 1, required: true,
    });
    const queue = h("select", { id: "why-queue" });
    const agent = h("select", { id: "why-agent" });
    const weigh = h("button", { type: "submit" });
    const texts = h("label", { for: "why-priority" });
    const element = h("form", { class: "why-actions", onsubmit: prioritise },
      h("div", { class: "line" }, texts, priority, weigh), h("div", { class: "line" },
        queue, agent));
    queue.addEventListener("change", () => choose(queue, "move", "queue"));
    agent.addEventListener("change", () => choose(agent, "assign", "agent"));

    async function act(verb, body) {
      try {
        await api.contact(id, verb, body);
        await load();
      } catch (failure) {
        setText(error, problem(failure));
      }
    }
    function prioritise(event) {
      event.preventDefault();
      return act("prioritise", { priority: Number(priority.value) });
    }
    function choose(select, verb, name) {
      const chosen = select.value;
      select.value = "";
      if (chosen) act(verb, { [name]: chosen });
    }
    function fill(select, first, choices) {
      const options = [["", first], ...choices];
      const wanted = JSON.stringify(options);
      if (select.dataset.options === wanted) return;
      select.dataset.options = wanted;
      select.replaceChildren(...options.map(([value, text]) => h("option", { value }, text)));
      select.setAttribute("aria-label", first);
    }
    return {
      element,
      show(waits, state) {
        const contact = state.contacts[id];
        element.hidden = !waits || !contact;
        if (element.hidden) return;
        setText(texts, t("priority"));
        setText(weigh, t("why.prioritise"));
        if (document.activeElement !== priority) priority.value = contact.priority;
        fill(queue, t("why.move"), Object.values(state.queues)
          .filter((q) => q.name !== contact.queue).map((q) => [q.name, label(q.label, q.name)]));
        fill(agent, t("why.assign"), Object.values(state.agents)
          .filter((a) => a.presence === "ready").map((a) => [a.id, label(a.name, a.id)]));
      },
    };
  }

  const again = setInterval(() => {
    if (current().contacts[id]) load();
  }, LOOK_AGAIN);
  const stop = onLanguage(load);
  dialog.addEventListener("close", () => {
    clearInterval(again);
    stop();
    dialog.remove();
  });
  document.body.append(dialog);
  dialog.showModal();
  load();
}

/** A button that asks why; `state()` as above. */
export function whyButton(current, me, id) {
  return h("button", {
    type: "button", class: "small why-button", "data-why": id,
    onclick: () => whyDialog(current, me, id),
  }, "?");
}

/** Its words, in the language of the moment. */
export function nameWhy(row, contact) {
  const button = row.querySelector(".why-button");
  if (!button) return;
  button.title = t("why");
  button.setAttribute("aria-label", `${t("why")} ${shortId(contact.id)}`);
}
