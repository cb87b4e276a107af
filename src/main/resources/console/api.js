// Requests to the API of the node that served this page. The token goes in a header and nowhere else.
import { session } from "./session.js";
import { has, t } from "./words.js";

const LIMIT_MILLIS = 15000;
const MOST_TRIES = 3;
const LONGEST_WAIT_SECONDS = 3;

/** A refusal [RFC 9457], or that there was no answer (status 0). */
export class Problem extends Error {
  constructor(status, body = {}) {
    super(body.detail || body.title || `HTTP ${status}`);
    this.status = status;
    this.name = String(body.type || "").replace("urn:mooring:problem:", "") || (status ? "unknown" : "unreachable");
    this.detail = body.detail || "";
    this.field = body.field || "";
    this.errors = body.errors || [];
    this.usedBy = body.usedBy || [];
  }

  /** What a person may read: what it means in their language, and the node's own words. */
  words() {
    const known = [`problem.${this.name}.${this.field}`, `problem.${this.name}`].find(has);
    if (!known) {
      return `${t("problem.other", { status: this.status })} ${this.detail}`;
    }
    return this.detail ? `${t(known)} (${this.detail})` : t(known);
  }
}

async function problem(response) {
  let body = {};
  try {
    body = await response.json();
  } catch {
    // Not ours: something between us and the node.
  }
  return new Problem(response.status, body);
}

export function headers(more = {}) {
  return { Authorization: `Bearer ${session.token}`, ...more };
}

async function once(method, path, body, more) {
  const token = session.token;
  let response;
  try {
    response = await fetch(`/v1${path}`, {
      method,
      headers: headers(body === undefined ? more : { "Content-Type": "application/json", ...more }),
      body: body === undefined ? undefined : JSON.stringify(body),
      cache: "no-store",
      signal: AbortSignal.timeout(LIMIT_MILLIS),
    });
  } catch {
    throw new Problem(0);
  }
  if (response.ok) {
    return { etag: response.headers.get("ETag") || "", json: response.status === 204 ? {} : await response.json() };
  }
  if (response.status === 401 && session.me) {
    session.expired(token);
  }
  const refused = await problem(response);
  refused.retrySeconds = Number(response.headers.get("Retry-After")) || 0;
  throw refused;
}

/** One operation; what only reads is tried again when the node asks for a moment. */
export async function call(method, path, body, more = {}) {
  for (let tries = 1; ; tries++) {
    try {
      return await once(method, path, body, more);
    } catch (refused) {
      const wait = refused.retrySeconds;
      if (method !== "GET" || !wait || wait > LONGEST_WAIT_SECONDS || tries >= MOST_TRIES) {
        throw refused;
      }
      await new Promise((done) => setTimeout(done, wait * 1000));
    }
  }
}

export async function get(path) {
  return (await call("GET", path)).json;
}

/** All pages of a list, up to {@code most} entries. */
export async function all(path, most = 5000) {
  const items = [];
  for (let cursor = ""; ;) {
    const page = await get(`${path}${path.includes("?") ? "&" : "?"}limit=1000${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
    items.push(...page.items);
    if (!page.next || items.length >= most) {
      return items;
    }
    cursor = page.next;
  }
}

/** Path below the tenant. */
export function tenant(path = "") {
  return `/tenants/${encodeURIComponent(session.tenant)}${path}`;
}

export { problem as problemOf };
