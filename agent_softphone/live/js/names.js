// How things are called on the page.

import { has, label, t } from "./i18n.js";

export const agentName = (state, id) => (id ? label(state.agents[id]?.name, id) || id : "");
export const queueName = (state, name) =>
  name ? label(state.queues[name]?.label, name) || name : "";

/** The last characters of a contact's id: enough to tell it from its neighbours. */
export const shortId = (id) => (id ? `#${id.slice(-4)}` : "");

/** A not-ready reason: a configured one, or one of the platform's own. */
export function reasonName(codes, reason) {
  if (!reason) return "";
  const code = codes.not_ready_reasons.find((r) => r.code === reason);
  if (code) return label(code.label, reason);
  return has(`reason.${reason}`) ? t(`reason.${reason}`) : reason;
}

export const mediumName = (medium) => t(`medium.${medium}`);

/** Media in which people hear each other. */
/** Whom a contact is with: the customer, or the colleague who is in their place. */
export const partnerName = (state, contact) =>
  contact.peer_agent_id
    ? agentName(state, contact.peer_agent_id)
    : contact.customer || t("anonymous");

/** The medium, and who began the contact unless a customer did. */
export const wayName = (contact) =>
  contact.direction === "inbound"
    ? mediumName(contact.medium)
    : `${mediumName(contact.medium)} · ${t(`direction.${contact.direction}`)}`;

export const isCall = (medium) => medium === "voice" || medium === "video";

/** The stage of a contact: what is a talk by phone is an exchange elsewhere. */
export function stageName(contact) {
  const written = contact.stage === "talking" && !isCall(contact.medium);
  return t(written ? "stage.serving" : `stage.${contact.stage}`);
}

export function languageName(tag) {
  return has(`lang.${tag}`) ? t(`lang.${tag}`) : tag;
}

/** Two letters (or one Chinese character) for a round picture. */
export function initials(name) {
  const words = name.trim().split(/\s+/);
  if (/[\u3400-\u9fff]/.test(name)) return name.trim().slice(-1);
  return words.map((w) => w[0]).slice(0, 2).join("").toUpperCase();
}

/** What the customer wants: the sample company's intents have names, others as trained. */
export const intentName = (intent) =>
  has(`intent.${intent}`) ? t(`intent.${intent}`) : intent.replaceAll("_", " ");
