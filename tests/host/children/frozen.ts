/**
 * The import, and a source that ends, where the prototypes of the language are frozen, as hardened
 * programs have them. It is made from a stream, as not every runtime's `fetch` works there.
 *
 * @module
 */

for (const { prototype } of [Object, Function, Array, Error, TypeError, Promise, RegExp]) {
  Object.freeze(prototype);
}

const { EventSource } = await import("../../../mod.ts");

const source = EventSource.fromReadableStream(new Blob(["data: a\n\n"]).stream());
source.onmessage = ({ data }) => console.log(`message ${data}`);
source.onerror = ({ error }) => console.log(`${error?.name} ${source.readyState}`);
