/**
 * The certificates of a file, as text that every runtime takes for what it is: some take what they
 * cannot read for no certificate at all, and then trust nobody.
 *
 * @module
 */

import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { UsageError } from "./usage.ts";

const CERTIFICATE = /-----BEGIN (X509 )?CERTIFICATE-----[^-]*-----END \1?CERTIFICATE-----/g;

/**
 * Reads the certificates in a file, whatever stands around them.
 *
 * @throws {UsageError} If there is none, or one is broken.
 */
export function readAuthorities(file: string): string[] {
  const found = readFileSync(file, "latin1").match(CERTIFICATE) ?? [];
  if (found.length === 0) {
    throw new UsageError(
      `--cacert: ${file} holds no certificate in PEM: one begins with -----BEGIN CERTIFICATE-----`,
    );
  }
  for (const certificate of found) {
    try {
      new X509Certificate(certificate);
    } catch {
      throw new UsageError(
        `--cacert: ${file} holds a certificate that cannot be read: get the file anew`,
      );
    }
  }
  // Each on lines of its own: some runtimes want that.
  return found.map((certificate) => `${certificate}\n`);
}
