/**
 * What the documentation of eventsource 1.x and 2.x shows, with nothing but the import line
 * changed, in CommonJS. The arguments are which of its options to use, the URL and the
 * proxy.
 */

const process = require("node:process");
const { EventSource } = require("@x/eventsource");

const [way = "", url = "", proxy = ""] = process.argv.slice(2);

const inits = {
  cookie: { headers: { Cookie: "test=test" } },
  "last event id": { headers: { "Last-Event-ID": "41" } },
  lenient: { https: { rejectUnauthorized: false } },
  strict: {},
  status: {},
  proxy: { proxy },
};

const es = new EventSource(url, inits[way]);
es.onmessage = function (event) {
  console.log("message " + event.lastEventId + " " + event.data);
  es.close();
};
es.onerror = function (err) {
  if (err) {
    if (err.status === 401 || err.status === 403) {
      console.log("not authorized");
    } else {
      console.log("error");
    }
  }
  es.close();
};
