// One's own desk: state, the present contact and what one can do with it.

import { api } from "../api.js";
import { announce, h, panel, setAttribute, setText } from "../dom.js";
import { label, t } from "../i18n.js";
import {
  agentName, isCall, languageName, mediumName, partnerName, queueName, reasonName, stageName, wayName,
} from "../names.js";
import { setSince, setUntil } from "../time.js";
import { toast } from "../toast.js";
import { dispositionForm } from "./disposition.js";
import { handsOf } from "./hands.js";
import { setChip } from "./table.js";
import { pauseButton } from "../recordings/pause.js";
import { transferDialog } from "./transfer.js";
import { whyDialog } from "./why.js";

export function deskPanel({ me, codes }) {
  const { section, heading, body } = panel("desk");
  const chip = h("span", { class: "chip" });
  const reason = h("span", { class: "reason" });
  const since = h("time");
  const wish = h("p", { class: "wish" });
  const button = (id, press, classes = "") =>
    h("button", { type: "button", id, class: classes, onclick: press });
  const run = (work) => () => work().catch(toast);
  const mine = (verb, body) => run(() => api.agent("me", verb, body));

  const start = button("start", mine("log-in", { ready: true }), "main");
  const ready = button("ready", mine("ready"), "main");
  const reasons = h("select", { id: "not-ready", onchange: notReady });
  const end = button("end", mine("log-out"), "quiet");
  const of = () => (part()?.state === "wrap_up" ? { contact_id: part().contact_id } : {});
  const done = button("done", run(() => api.agent("me", "wrap-up/done", of())), "main");
  const more = button("more",
    run(() => api.agent("me", "wrap-up/extend", { seconds: 30, ...of() })));
  const countdown = h("time", { class: "countdown" });

  let state = null;
  let contact = null;
  let chosen = null; // whom of several the agent wants to look at
  let shownId = null; // ...and does
  const hands = handsOf((id) => {
    chosen = id;
    renderContact(state.agents[me.id]);
  });
  const part = () => state?.agents[me.id]?.assignments.find((a) => a.contact_id === shownId);
  const offer = () => state.offers[part()?.offer_id];
  const answer = (verb) => run(() => api.offer(offer().id, verb,
    verb === "accept" ? { version: offer().version } : undefined));
  const accept = button("accept", answer("accept"), "main");
  const reject = button("reject", answer("reject"));
  const park = button("park", run(() => api.contact(contact.id, "park")));
  const why = button("why-mine", () => whyDialog(() => state, me, contact.id), "quiet");
  const verb = (name, body) => run(() => api.contact(contact.id, name, body));
  const hold = button("hold", verb("hold"));
  const resume = button("resume", verb("resume"), "main");
  const transfer = button("transfer", () => transferDialog(state, me, contact));
  const hangUp = button("hang-up", verb("hang-up"), "danger");
  const complete = button("complete", verb("consult/complete"), "main");
  const cancel = button("cancel", verb("consult/cancel"));
  const pause = pauseButton((name) => verb(name)());
  const customer = h("span", { class: "customer" });
  const facts = h("span", { class: "details" });
  const stage = h("span", { class: "chip" });
  const talked = h("time");
  const form = dispositionForm(codes);
  const card = h("div", { class: "contact", hidden: true },
    h("div", { class: "line" }, customer, stage, talked), facts,
    h("div", { class: "buttons" }, accept, reject, complete, cancel, hold, resume, park,
      pause.element, transfer, hangUp, why),
    form.element);
  body.append(
    h("div", { class: "line state" }, chip, reason, since), wish,
    h("div", { class: "buttons" }, start, ready, done, more, countdown, reasons, end),
    hands.element, card);

  async function notReady() {
    const chosen = reasons.value;
    reasons.value = "";
    if (chosen) await api.agent("me", "not-ready", { reason: chosen }).catch(toast);
  }

  function texts() {
    setText(heading, t("desk"));
    setText(start, t("desk.start"));
    setText(ready, t("desk.ready"));
    setText(end, t("desk.end"));
    setText(done, t("desk.done"));
    setText(more, t("desk.more"));
    setText(hold, t("desk.hold"));
    setText(resume, t("desk.resume"));
    setText(transfer, t("desk.transfer"));
    setText(hangUp, t("desk.hangup"));
    setText(complete, t("desk.complete"));
    setText(cancel, t("desk.cancel"));
    setText(accept, t("desk.accept"));
    setText(reject, t("desk.reject"));
    setText(park, t("desk.park"));
    setText(why, t("why"));
    const options = [["", t("desk.not_ready")],
      ...codes.not_ready_reasons.map((r) => [r.code, label(r.label, r.code)])];
    const wanted = JSON.stringify(options);
    if (reasons.dataset.options !== wanted) {
      reasons.dataset.options = wanted;
      reasons.replaceChildren(...options.map(([value, text]) => h("option", { value }, text)));
    }
    setAttribute(reasons, "aria-label", t("desk.not_ready"));
  }

  let before = null;
  return {
    section,
    render(next) {
      state = next;
      texts();
      const agent = state.agents[me.id];
      if (!agent) return;
      const is = agent.state;
      section.dataset.state = is;
      setChip(chip, is, t(`state.${is}`));
      setText(reason, is === "not_ready" ? reasonName(codes, agent.reason) : "");
      setSince(since, is === "logged_out" ? null : agent.since);
      const then = agent.next_reason && reasonName(codes, agent.next_reason);
      setText(wish, then ? t("agent.then", { reason: then }) : "");
      wish.hidden = !then;
      start.hidden = is !== "logged_out";
      ready.hidden = is !== "not_ready" && !(is === "busy" && then);
      reasons.hidden = is === "logged_out";
      end.hidden = is === "logged_out";
      renderContact(agent);
      const rings = agent.assignments.filter((one) => one.state === "offered").at(-1);
      if (rings && rings.offer_id !== before) {
        const { medium } = rings;
        announce(t(isCall(medium) ? "desk.ringing" : "desk.offer", { medium: mediumName(medium) }));
      }
      before = rings?.offer_id ?? null;
    },
  };

  function renderContact(agent) {
    const has = agent.assignments;
    const rings = has.find((one) => one.state === "offered");
    shownId = has.some((one) => one.contact_id === chosen)
      ? chosen : (rings?.contact_id ?? agent.contact_id);
    hands.show(has, shownId, state);
    contact = state.contacts[shownId] ?? null;
    card.hidden = contact === null;
    const how = part()?.state;
    const wraps = how === "wrap_up" || (agent.state === "wrap_up" && !contact);
    done.hidden = more.hidden = countdown.hidden = !wraps;
    setUntil(countdown, part()?.until ?? agent.wrap_up_until);
    form.show(contact, how === "active" || how === "parked" ? "busy" : how);
    if (contact === null) return;
    const written = !isCall(contact.medium);
    const serving = contact.agent_id === agent.id;
    setText(customer, contact.peer_agent_id === agent.id
      ? agentName(state, contact.agent_id) || queueName(state, contact.queue) || "–"
      : partnerName(state, contact));
    setText(facts, [wayName(contact), queueName(state, contact.queue),
      languageName(contact.language)]
      .filter(Boolean).join(" · "));
    const shown = serving ? contact.stage : agent.state;
    setChip(stage, shown, serving ? stageName(contact) : t(`state.${shown}`));
    setSince(talked, contact.stage_since);
    accept.hidden = reject.hidden = how !== "offered" || !written || !offer();
    park.hidden = !serving || !written || !["connected", "held"].includes(contact.state);
    why.hidden = !serving;
    hold.hidden = !serving || contact.state !== "connected";
    const consults = contact.stage === "consult";
    complete.hidden = cancel.hidden = !serving || !consults;
    resume.hidden = !serving || contact.state !== "held" || consults;
    hangUp.hidden = !serving || !["dialling", "connected", "held"].includes(contact.state);
    transfer.hidden = hangUp.hidden || consults || contact.state === "dialling";
    pause.show(contact, serving);
  }
}
