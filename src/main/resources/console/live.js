// What is parked, as it is now: read from the node, and read again with each event of the tenant's stream.
import { get, headers, Problem, problemOf, tenant } from "./api.js";
import { session } from "./session.js";

/** A node says that it is there each 15 s. */
const SILENT_MILLIS = 40000;
const BACKSTOP_MILLIS = 20000;
const DELAYS_MILLIS = [500, 1000, 2000, 4000];
/** Events come in bursts; so many reads a second, at the most. */
const PAUSE_MILLIS = 250;

/** Names of the tenant's things, for people who may read them. */
export const names = { extensions: new Map(), groups: new Map(), tenant: "" };

export const live = new (class extends EventTarget {
  calls = null;
  problem = null;
  /** connecting, live or reconnecting */
  state = "connecting";
  sinceMillis = 0;
  #generation = 0;
  #lastEvent = "";
  #clock = { server: Date.now(), local: performance.now() };
  /** The generation that a read is under way for. */
  #reading = -1;
  #wanted = false;
  #controller = null;
  #backstop = 0;
  #wake = () => {};

  /** The node's clock; the browser's may be wrong. */
  now() {
    return this.#clock.server + performance.now() - this.#clock.local;
  }

  start() {
    this.stop();
    this.#lastEvent = "";
    this.calls = null;
    this.problem = null;
    this.state = "connecting";
    this.#backstop = setInterval(() => this.refresh(), BACKSTOP_MILLIS);
    this.refresh();
    this.#follow(this.#generation);
  }

  stop() {
    this.#generation++;
    clearInterval(this.#backstop);
    this.#controller?.abort();
    this.#wake();
  }

  /** Tries to reach the node now and not after the pause. */
  hurry() {
    this.#wake();
    this.refresh();
  }

  /** Reads what is parked; one read at a time, and one more when something happened meanwhile. */
  async refresh() {
    this.#wanted = true;
    const generation = this.#generation;
    if (this.#reading === generation || !session.token || !session.tenant) {
      return;
    }
    this.#reading = generation;
    while (this.#wanted) {
      this.#wanted = false;
      const asked = performance.now();
      let answer = null;
      let refused = null;
      try {
        answer = await get(tenant("/parked-calls"));
      } catch (problem) {
        refused = problem;
      }
      // Another has signed in, or another tenant was chosen: what comes late is not for them, and they read for themselves.
      if (generation !== this.#generation) {
        return;
      }
      this.problem = refused;
      if (answer) {
        this.#clock = { server: answer.nowMillis, local: (asked + performance.now()) / 2 };
        this.calls = answer.items;
        this.sinceMillis = this.now();
      }
      this.dispatchEvent(new Event("calls"));
      await new Promise((done) => setTimeout(done, PAUSE_MILLIS));
      if (generation !== this.#generation) {
        return;
      }
    }
    this.#reading = -1;
  }

  #become(state) {
    if (this.state !== state) {
      this.state = state;
      this.dispatchEvent(new Event("state"));
    }
  }

  async #follow(generation) {
    const isCurrent = () => generation === this.#generation;
    for (let failures = 0; isCurrent();) {
      try {
        await this.#read(isCurrent, () => {
          failures = 0;
          this.#become("live");
          this.refresh();
        });
      } catch (problem) {
        if (problem instanceof Problem && (problem.status === 401 || problem.status === 403 || problem.status === 404)) {
          this.problem = problem;
          this.dispatchEvent(new Event("calls"));
          return;
        }
      }
      if (!isCurrent()) {
        return;
      }
      this.#become("reconnecting");
      const delay = DELAYS_MILLIS[Math.min(failures++, DELAYS_MILLIS.length - 1)];
      await new Promise((done) => {
        this.#wake = done;
        setTimeout(done, delay + Math.random() * 250);
      });
    }
  }

  /** Reads the stream [WHATWG HTML 9.2.6] until it ends; an EventSource could not send the token. */
  async #read(isCurrent, opened) {
    const controller = new AbortController();
    this.#controller = controller;
    let watch = setTimeout(() => controller.abort(), SILENT_MILLIS);
    try {
      const token = session.token;
      const response = await fetch(`/v1${tenant("/events/stream")}`, {
        headers: headers(this.#lastEvent ? { "Last-Event-ID": this.#lastEvent } : {}),
        cache: "no-store",
        signal: controller.signal,
      });
      if (!response.ok) {
        if (response.status === 401) {
          session.expired(token);
        }
        throw await problemOf(response);
      }
      opened();
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      let rest = "";
      for (;;) {
        const { value, done } = await reader.read();
        if (done || !isCurrent()) {
          return;
        }
        clearTimeout(watch);
        watch = setTimeout(() => controller.abort(), SILENT_MILLIS);
        const blocks = (rest + value).split("\n\n");
        rest = blocks.pop();
        blocks.forEach((block) => this.#take(block));
      }
    } finally {
      clearTimeout(watch);
      controller.abort();
    }
  }

  #take(block) {
    const fields = { data: "" };
    for (const line of block.split("\n")) {
      const colon = line.indexOf(": ");
      if (colon > 0) {
        fields[line.slice(0, colon)] = line.slice(colon + 2);
      }
    }
    if (!fields.event) {
      return;
    }
    if (fields.id) {
      this.#lastEvent = fields.id;
      this.dispatchEvent(new CustomEvent("happened", { detail: JSON.parse(fields.data) }));
    }
    this.refresh();
  }
})();
