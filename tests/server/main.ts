/**
 * The scripted server in a process of its own. Its first line is JSON: where the tests find it.
 *
 * @module
 */

import { startScriptedServer } from "./scripted_server.ts";

const { url, otherUrl } = await startScriptedServer();
console.log(JSON.stringify({ server: url, otherServer: otherUrl }));
