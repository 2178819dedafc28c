// The HTTP API. The session is an HttpOnly cookie: this script never sees a token.

export class ApiError extends Error {
  constructor(status, body) {
    super(body.message);
    this.status = status;
    this.code = body.code;
    this.hint = body.hint;
    this.data = body.data ?? {};
  }
}

async function call(method, path, body) {
  const options = { method, credentials: "same-origin", headers: {} };
  if (body !== undefined) {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new ApiError(0, { code: "unreachable", message: "", hint: "" });
  }
  if (response.status === 204) return null;
  const answer = await response.json().catch(() => null);
  if (response.ok) return answer;
  throw new ApiError(response.status, answer ?? { code: "internal", message: "", hint: "" });
}

const part = encodeURIComponent;

export const api = {
  welcome: () => call("GET", "/api/welcome"),
  me: () => call("GET", "/api/session"),
  signIn: (agent_id, password) =>
    call("POST", "/api/session", { agent_id, password, cookie: true }),
  signOut: () => call("DELETE", "/api/session"),
  codes: () => call("GET", "/api/codes"),
  agent: (id, verb, body) => call("POST", `/api/agents/${part(id)}/${verb}`, body),
  contact: (id, verb, body) => call("POST", `/api/contacts/${part(id)}/${verb}`, body),
  offer: (id, verb, body) => call("POST", `/api/offers/${part(id)}/${verb}`, body),
  why: (id, language) => call("GET", `/api/contacts/${part(id)}/why?language=${part(language)}`),
  transcript: (id) => call("GET", `/api/contacts/${part(id)}/transcript`),
  transcripts: (query, before, limit) => {
    const asked = { q: query, limit };
    if (before !== null) asked.before = new Date(before * 1000).toISOString();
    return call("GET", `/api/transcripts?${new URLSearchParams(asked)}`);
  },
  emotion: (id) => call("GET", `/api/contacts/${part(id)}/emotion`),
  missed: (id) => call("POST", `/api/contacts/${part(id)}/emotion/missed`),
  verdict: (id, mark, verdict) =>
    call("POST", `/api/contacts/${part(id)}/emotion/${part(mark)}/verdict`, { verdict }),
  recordings: (asked) => call("GET", `/api/recordings?${new URLSearchParams(asked)}`),
  peaks: (id, points) => call("GET", `/api/recordings/${part(id)}/peaks?points=${points}`),
  recordingCheck: (id) => call("GET", `/api/recordings/${part(id)}/check`),
  legalHold: (id) => call("GET", `/api/contacts/${part(id)}/legal-hold`),
  late: (id, body) => call("POST", `/api/history/${part(id)}/disposition`, body),
};
