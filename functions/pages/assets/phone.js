// How a typed number is understood, as far as that can be told without the rules of each country. The service decides;
// this is for the eye, to find a slip before a message goes to somebody else's phone.

import { plainText } from "./typed.js";

/** The country calling codes of one and two digits; all others have three. */
const CALLING_CODE = /^(?:1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|\d{3})/;

/** E.164 allows no more. */
const MOST_DIGITS = 15;

/** How many digits to put in each group, by the length of what follows the calling code. */
const GROUPS = { 7: [3, 2, 2], 8: [2, 2, 2, 2], 9: [2, 3, 2, 2], 10: [3, 3, 4], 11: [3, 4, 4] };

/**
 * `null` for nothing typed, else `{ kind, shown, send }`: `send` goes to the service, so that what was shown is
 * what is sent. `kind` is `international`, `national` or `strange` (no number looks like this).
 */
export function understand(typed) {
  const text = plainText(typed).trim();
  if (!/\d/.test(text)) return text === "" || text === "+" ? null : { kind: "strange", send: text };
  const plain = text.replace(/^(?:tel|sms):/i, "").replace(/\(0\)/, "").replace(/[\s().\/\p{Pd}]/gu, "");
  if (!/^\+?[0-9]+$/.test(plain)) return { kind: "strange", send: text };
  const digits = plain.replace(/^(?:\+|00)/, "");
  if (digits === "") return null;
  if (digits.length > MOST_DIGITS) return { kind: "strange", send: text };
  if (digits === plain) return { kind: "national", shown: text, send: text };
  return { kind: "international", shown: grouped(digits), send: `+${digits}` };
}

/** A group at the start of a line would look like a number of its own. */
const NO_BREAK_SPACE = "\u00a0";

function grouped(digits) {
  const [code = digits] = CALLING_CODE.exec(digits) ?? [];
  const rest = digits.slice(code.length);
  const parts = [];
  let from = 0;
  for (const length of GROUPS[rest.length] ?? Array(5).fill(3)) {
    parts.push(rest.slice(from, from + length));
    from += length;
  }
  parts.push(rest.slice(from));
  return [`+${code}`, ...parts].filter((part) => part !== "").join(NO_BREAK_SPACE);
}
