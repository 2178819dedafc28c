// What is heard of one contact, as it is said: a WebSocket that takes up where it was.

const PAUSES = [0.3, 1, 2, 4, 8];
const FINAL = [4401, 4403]; // signed out, not this person's contact any more

/**
 * Follow contact `id`. `on.event(event, past)` for each event once and in order (`past`:
 * of before we came), `on.hello(message)`, `on.over()` when nothing more will be said,
 * `on.refused()` when we may not listen (any more), `on.lost()` when the line broke.
 * Returns a function that ends it.
 */
export function listen(id, on) {
  let after = 0;
  let failures = 0;
  let socket = null;
  let timer = null;
  let ended = false;

  function connect() {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const path = `/api/contacts/${encodeURIComponent(id)}/listen?after=${after}`;
    socket = new WebSocket(`${scheme}//${location.host}${path}`);
    socket.onmessage = (raw) => take(JSON.parse(raw.data));
    socket.onclose = (event) => {
      if (ended) return;
      if (FINAL.includes(event.code)) {
        ended = true;
        return on.refused();
      }
      on.lost();
      const pause = PAUSES[Math.min(failures, PAUSES.length - 1)];
      failures += 1;
      timer = setTimeout(connect, pause * 1000 * (0.75 + Math.random() / 2));
    };
  }

  function take(message) {
    if (message.type === "hello") {
      failures = 0;
      on.hello(message);
    } else if (message.type === "heard") {
      for (const event of message.events) {
        if (event.data.n <= after) continue;
        after = event.data.n;
        on.event(event);
      }
    } else if (message.type === "over") {
      ended = true;
      on.over();
    }
  }

  connect();
  return () => {
    ended = true;
    clearTimeout(timer);
    socket.close();
  };
}
