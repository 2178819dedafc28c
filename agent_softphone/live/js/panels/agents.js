// Agents: what each does and for how long. Supervisors may put somebody elsewhere.

import { api } from "../api.js";
import { h, keyed, panel, setAttribute, setText } from "../dom.js";
import { label, t } from "../i18n.js";
import { initials, mediumName, queueName, reasonName } from "../names.js";
import { setSince } from "../time.js";
import { toast } from "../toast.js";
import { setChip } from "./table.js";

const ORDER = ["ready", "offered", "busy", "wrap_up", "not_ready", "logged_out"];

export function agentsPanel({ me, codes }) {
  const { section, heading, count, body } = panel("agents");
  const list = h("ul", { class: "agents" });
  body.append(list);
  const supervises = me.roles.includes("supervisor");

  function make(agent) {
    return h("li", { class: "agent-row" },
      h("span", { class: "face", "aria-hidden": "true" }),
      h("span", { class: "who" }, h("span", { class: "name" }), h("span", { class: "note" }),
        h("span", { class: "capacity", role: "meter", "aria-valuemin": 0 },
          h("span", { class: "bar" }))),
      h("span", { class: "chip" }),
      h("time"),
      supervises ? menu(agent.id) : null);
  }

  function menu(id) {
    const select = h("select", { class: "force", onchange: force });
    async function force() {
      const [verb, reason] = select.value.split(":");
      select.value = "";
      try {
        await api.agent(id, verb, reason ? { reason } : undefined);
      } catch (error) {
        toast(error);
      }
    }
    return select;
  }

  function fillMenu(select, agent) {
    const allowed = agent.state === "logged_out"
      ? [["log-in", t("desk.start")]]
      : [
          ["ready", t("state.ready")],
          ...codes.not_ready_reasons.map((r) => [
            `not-ready:${r.code}`, `${t("state.not_ready")} · ${label(r.label, r.code)}`]),
          ["log-out", t("desk.end")],
        ];
    const options = [["", "⋯"], ...allowed];
    const wanted = JSON.stringify(options);
    if (select.dataset.options !== wanted) {
      select.dataset.options = wanted;
      select.replaceChildren(...options.map(([value, text]) => h("option", { value }, text)));
    }
    setAttribute(select, "aria-label", t("agent.force", { name: label(agent.name, agent.id) }));
  }

  function update(row, agent, state) {
    const name = label(agent.name, agent.id) || agent.id;
    row.dataset.state = agent.state;
    row.classList.toggle("me", agent.id === me.id);
    setText(row.querySelector(".face"), initials(name));
    setText(row.querySelector(".name"), name);
    setText(row.querySelector(".note"), note(agent, state));
    setChip(row.querySelector(".chip"), agent.state, t(`state.${agent.state}`));
    fillCapacity(row.querySelector(".capacity"), agent, name);
    const time = row.querySelector("time");
    setSince(time, agent.state === "logged_out" ? null : agent.since);
    const select = row.querySelector("select");
    if (select) fillMenu(select, agent);
  }

  function fillCapacity(meter, agent, name) {
    const { used, total } = agent.capacity;
    meter.hidden = agent.state === "logged_out";
    meter.style.setProperty("--used", `${total ? Math.min(100, (100 * used) / total) : 0}%`);
    meter.dataset.full = used >= total ? "yes" : "no";
    const text = t("agent.capacity", { name, used, total });
    setAttribute(meter, "aria-valuemax", total);
    setAttribute(meter, "aria-valuenow", used);
    setAttribute(meter, "aria-label", text);
    setAttribute(meter, "title", text);
  }

  /** What the agent has in hand: "Phone", "2 × Chat", "E-mail (parked)". */
  function hand(agent) {
    const counted = new Map();
    for (const { medium, state } of agent.assignments) {
      const suffix = state === "active" ? "" : ` (${t(`assignment.${state}`)})`;
      const key = mediumName(medium) + suffix;
      counted.set(key, (counted.get(key) ?? 0) + 1);
    }
    return [...counted].map(([what, count]) => (count > 1 ? `${count} × ${what}` : what));
  }

  function note(agent, state) {
    if (agent.state === "not_ready") return reasonName(codes, agent.reason);
    const parts = [hand(agent).join(", "),
      agent.assignments.length === 1
        ? queueName(state, state.contacts[agent.contact_id]?.queue) : ""];
    if (agent.next_reason) {
      parts.push(t("agent.then", { reason: reasonName(codes, agent.next_reason) }));
    }
    return parts.filter(Boolean).join(" · ") || agent.extension;
  }

  return {
    section,
    render(state) {
      setText(heading, t("agents"));
      const agents = Object.values(state.agents).sort(
        (a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state) ||
          (a.since ?? 0) - (b.since ?? 0) || a.id.localeCompare(b.id));
      setText(count, agents.filter((a) => a.state !== "logged_out").length);
      keyed(list, agents, (a) => a.id, make, (row, agent) => update(row, agent, state));
    },
  };
}
