// The WebSocket: connects again by itself, with growing pauses, for ever.

import { api } from "./api.js";
import { empty, reduce } from "./store.js";
import { setServerTime } from "./time.js";

const PAUSES = [0.3, 1, 2, 4, 8];
const SIGNED_OUT = 4401;

/**
 * Follow the wall. `on.state(state)` for each change, `on.connection(name)` with
 * connecting, live or lost, `on.signedOut()` when the session is over.
 * Returns a function that ends it.
 */
export function follow(on) {
  let socket = null;
  let failures = 0;
  let over = false;
  let timer = null;
  let state = empty();
  let seq = null;

  function connect() {
    on.connection(failures ? "lost" : "connecting");
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    socket = new WebSocket(`${scheme}//${location.host}/api/live`);
    socket.onmessage = (event) => {
      const message = JSON.parse(event.data);
      setServerTime(message.now);
      // A hole in the count would mean that a change is missing: ask for everything.
      if (message.type === "change" && message.seq !== seq + 1) return socket.close();
      seq = message.seq;
      failures = 0;
      state = reduce(state, message);
      on.connection("live");
      on.state(state, message);
    };
    socket.onclose = (event) => lost(event.code);
  }

  async function lost(code) {
    if (over) return;
    on.connection("lost");
    if (code === SIGNED_OUT || failures % 3 === 2) {
      const me = await api.me().catch(() => undefined); // undefined: it cannot be said
      if (over) return;
      if (me === null) return on.signedOut();
    }
    const pause = PAUSES[Math.min(failures, PAUSES.length - 1)];
    failures += 1;
    timer = setTimeout(connect, pause * 1000 * (0.75 + Math.random() / 2));
  }

  // A laptop that slept, or a network that came back, does not wait for the pause.
  const hurry = () => {
    if (over || !timer || socket.readyState <= WebSocket.OPEN) return;
    clearTimeout(timer);
    timer = null;
    connect();
  };
  addEventListener("online", hurry);
  addEventListener("visibilitychange", hurry);
  connect();
  return () => {
    over = true;
    clearTimeout(timer);
    removeEventListener("online", hurry);
    removeEventListener("visibilitychange", hurry);
    socket.close();
  };
}
