// The state of the wall. The server sends it whole once, then [table, id, row] for
// each row that changed; a row of null is gone. Nothing is computed that could drift.

const EVENTS = 40;

export const empty = () => ({
  contacts: {}, heard: {}, agents: {}, offers: {}, queues: {}, events: [],
});

export function reduce(state, message) {
  if (message.type === "state") return message.state;
  const next = { ...state };
  for (const [table, id, row] of message.changes) {
    if (next[table] === state[table]) next[table] = { ...state[table] };
    if (row === null) delete next[table][id];
    else next[table][id] = row;
  }
  if (message.events.length) next.events = [...state.events, ...message.events].slice(-EVENTS);
  return next;
}
