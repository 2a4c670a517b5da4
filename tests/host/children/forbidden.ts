/**
 * Follows a stream without the permission to, and prints what comes of it.
 *
 * @module
 */

import { EventSource } from "../../../mod.ts";

const source = new EventSource("http://localhost:8000/");
source.onerror = ({ reason, willReconnect }) => console.log(reason, willReconnect);
