// What a conversation amounts to, from the events of its live log. No page in here.

const NOTES = new Set(["emotion.crossed", "emotion.calmed", "sensitive.found"]);
const MOST_READINGS = 120;

export const silence = () => ({
  items: new Map(), // what was said, and notes, by key
  facts: new Map(),
  intent: null,
  mood: null, // the newest reading
  readings: [], // [at, score]
  alert: null, // the crossing that still stands
  legs: new Map(), // leg_id -> leg, those that are listened to
  heard: false, // whether anybody ever was
  failed: null,
  level: 0,
  expects: false, // something secret is being said
});

const lineKey = ({ leg_id, utterance }) => `${leg_id}/${utterance}`;

function line(talk, data) {
  const key = lineKey(data);
  let found = talk.items.get(key);
  if (!found) {
    found = {
      key, kind: "line", leg: data.leg, at: data.start ?? data.at, text: "", sure: "",
      state: "partial", masked: false,
    };
    talk.items.set(key, found);
  }
  return found;
}

const changes = {
  "transcript.partial"(talk, { data }) {
    const said = line(talk, data);
    if (said.state === "partial") said.text = data.text;
  },
  "transcript.committed"(talk, { data }) {
    const said = line(talk, data);
    if (said.state !== "partial") return;
    said.sure = data.text;
    if (!said.text.startsWith(data.text)) said.text = data.text;
  },
  "transcript.final"(talk, { data }) {
    if (!data.text) return void talk.items.delete(lineKey(data));
    Object.assign(line(talk, data), {
      text: data.text, at: data.start, state: "final", language: data.language,
    });
  },
  "transcript.deferred"(talk, { data }) {
    Object.assign(line(talk, data), { text: "", at: data.start, state: "deferred" });
  },
  "transcript.corrected"(talk, { data }) {
    const said = talk.items.get(lineKey(data));
    if (said) said.text = data.text;
  },
  "facts.found"(talk, { data }) {
    for (const fact of data.facts) talk.facts.set(`${fact.kind}:${fact.value}`, fact);
  },
  "intent.recognised"(talk, { data }) {
    talk.intent = data;
  },
  "emotion.read"(talk, event) {
    feel(talk, event);
  },
  "emotion.crossed"(talk, event) {
    feel(talk, event);
    talk.alert = event;
  },
  "emotion.calmed"(talk, event) {
    feel(talk, event);
    talk.alert = null;
  },
  "hearing.started"(talk, { data }) {
    talk.legs.set(data.leg_id, data.leg);
    talk.heard = true;
    talk.failed = null;
  },
  "hearing.stopped"(talk, { data }) {
    talk.legs.delete(data.leg_id);
    if (!talk.legs.size) talk.expects = false;
  },
  "hearing.failed"(talk, { data }) {
    talk.legs.delete(data.leg_id);
    talk.failed = data;
  },
  "hearing.degraded"(talk, { data }) {
    talk.level = data.level;
  },
  "sensitive.expected"(talk) {
    talk.expects = true;
  },
  "sensitive.over"(talk) {
    talk.expects = false;
  },
};

function feel(talk, { data }) {
  if (data.leg === "agent") return;
  talk.mood = data;
  talk.readings.push([data.at, data.score]);
  if (talk.readings.length > MOST_READINGS) talk.readings.shift();
}

/** Take one event into `talk`. */
export function hear(talk, event) {
  changes[event.type]?.(talk, event);
  if (NOTES.has(event.type)) {
    const { n, at } = event.data;
    talk.items.set(`n${n}`, { key: `n${n}`, kind: "note", at, type: event.type, event });
  }
  return talk;
}

/** What was said and noted, in the order of time. */
export const inOrder = (talk) =>
  [...talk.items.values()]
    .filter((item) => item.kind === "note" || item.text || item.state === "deferred")
    .sort((a, b) => a.at - b.at);
