/**
 * Which header fields let others in: their values are shown nowhere.
 *
 * @module
 */

const SECRET =
  /authorization|authentication|(^|[-_])auth([-_]|$)|cookie|token|secret|passw|credential|session|signature|api[-_]?key|key\b|jwt|assertion/i;

/** Whether a field's value is a secret, by the field's name. */
export function isSecret(name: string): boolean {
  return SECRET.test(name);
}
