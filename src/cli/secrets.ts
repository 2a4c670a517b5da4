/**
 * Which header fields let others in: their values are shown nowhere.
 *
 * @module
 */

const SECRET =
  /authorization|authentication|\bauth\b|cookie|token|secret|passw|credential|session|signature|key\b|jwt|assertion/i;

/** Whether a field's value is a secret, by the field's name. */
export function isSecret(name: string): boolean {
  return SECRET.test(name);
}
