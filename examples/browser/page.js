// The script of examples/browser.html: follows one stream with the browser's own EventSource and with
// the polyfill, and shows what each of them reports.

const URL_OF_EVENTS = "/events";
const STATES = ["Connecting", "Open", "Closed"];
/** The types of the server's events. */
const TYPES = ["message", "wind", "gap"];
/** How many entries a log keeps. */
const KEPT = 100;
/** How often a countdown changes, in milliseconds. */
const TICK = 100;

/** One client: its source, and the section of the page that shows it. */
class Client {
  #section;
  #connect;
  #source;
  #count = 0;
  #lastEventId = "";
  #timer;

  /** `connect` creates a source that resumes after a last event id. */
  constructor(id, connect) {
    this.#section = document.getElementById(id);
    this.#connect = connect;
    this.#find(".close").addEventListener("click", () => this.#close());
    this.#find(".reconnect").addEventListener("click", () => this.#reconnect());
    this.#open();
  }

  #open() {
    const source = this.#source = this.#connect(this.#lastEventId);
    source.onopen = (event) => {
      this.#log("open", event.status === undefined ? "no details" : `status ${event.status}`);
      this.#show();
    };
    source.onerror = (event) => {
      this.#log("error", describe(event));
      this.#show();
      if (event.willReconnect) this.#countDown(event.delay);
    };
    for (const type of TYPES) {
      source.addEventListener(type, ({ data, lastEventId }) => {
        this.#count++;
        this.#lastEventId = lastEventId;
        this.#log(type, `${lastEventId}: ${reading(data)}`);
        this.#show();
      });
    }
    this.#show();
  }

  #close() {
    this.#source.close();
    this.#log("closed", "by the button");
    this.#show();
  }

  #reconnect() {
    this.#log("connect", "by the button");
    const { readyState, reconnect } = this.#source;
    if (reconnect === undefined || readyState === EventSource.CLOSED) {
      this.#source.close();
      this.#open();
    } else {
      this.#source.reconnect();
      this.#show();
    }
  }

  /** Shows how long it is until the next attempt. */
  #countDown(delay) {
    const end = performance.now() + delay;
    const tick = () => {
      const left = end - performance.now();
      this.#showNext(left > 0 ? `again in ${seconds(left)}` : "trying again");
    };
    tick();
    this.#timer = setInterval(tick, TICK);
  }

  #showNext(next) {
    setText(this.#find(".state .next"), next);
  }

  #show() {
    clearInterval(this.#timer);
    this.#showNext("");
    const { readyState } = this.#source;
    this.#find(".state").dataset.state = readyState;
    setText(this.#find(".state .name"), STATES[readyState]);
    setText(this.#find(".id"), this.#lastEventId || "none");
    setText(this.#find(".count"), String(this.#count));
    this.#find(".close").disabled = readyState === EventSource.CLOSED;
  }

  #log(type, text) {
    const entry = document.createElement("li");
    entry.className = type;
    const time = document.createElement("time");
    time.textContent = new Date().toLocaleTimeString([], { hour12: false });
    entry.append(time, span("type", type), span("text", text));
    const log = this.#find(".log");
    log.prepend(entry);
    while (log.children.length > KEPT) log.lastElementChild.remove();
  }

  #find(selector) {
    return this.#section.querySelector(selector);
  }
}

/** A reading of the weather station for people; other data unchanged. */
function reading(data) {
  try {
    const { celsius, speed, from } = JSON.parse(data);
    if (celsius !== undefined) return `${celsius.toFixed(1)} °C`;
    if (speed !== undefined) return `${speed.toFixed(1)} m/s from ${from}`;
  } catch {
    // Not JSON.
  }
  return data;
}

/** The details of an error event; the native one has none. */
function describe({ reason, message, attempt, willReconnect, delay }) {
  if (reason === undefined) return "no details";
  const next = willReconnect ? `retry ${attempt} follows in ${seconds(delay)}` : "no retry";
  return `${reason}: ${message}; ${next}`;
}

function seconds(milliseconds) {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

function span(className, text) {
  const element = document.createElement("span");
  element.className = className;
  element.textContent = text;
  return element;
}

/** Only if it is new: screen readers announce changes. */
function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

new Client("native", () => new EventSource(URL_OF_EVENTS));
new Client("polyfill", (lastEventId) =>
  new EventSourcePolyfill(URL_OF_EVENTS, {
    headers: { Authorization: "Bearer demo" },
    lastEventId,
  }));
