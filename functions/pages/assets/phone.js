// How a number looks while it is typed: which country it is of, and how it is written there. Nothing here says that a
// number is right or wrong; the service reads what was typed. This is for the eye, to find a slip before a message goes
// to somebody else's phone.
//
// The data comes from the service, for the countries that it serves: functions/pages/src/numbers.rs.

import { plainText } from "./typed.js";

/** E.164 allows no more. */
const MOST_DIGITS = 15;

/** What most of the world dials before a calling code. */
const USUAL_PREFIX = "00";

/** The end of a pattern that looks at the first digits alone. */
const ANY_DIGITS = ")\\d*";

/** A group at the start of a line would look like a number of its own. */
const NO_BREAK_SPACE = "\u00a0";

let served = [];
let codes = {};

/** The service writes the data here, where it sends the script with it. */
const DATA = "{numbers}";
if (typeof DATA === "object") use(DATA);

/** Takes the data of the service, once. */
export function use(data) {
  served = data.countries.map(([code, callingCode, abroad, home, length, example]) =>
    ({ code, callingCode: String(callingCode), abroad, home, length, example }));
  codes = data.codes;
}

/** The served countries, each with its calling code and an example of its numbers that is nobody's. */
export function countries() {
  return served.map(({ code, callingCode, example }) => ({ code, callingCode, example }));
}

/**
 * `{ country, shown }` for a number that begins as one of a served country does: its own country, which need not be
 * served, and the number as it is written for callers from abroad. `null` for anything else, and while nothing can be told
 * yet. `country` is the one that the person chose.
 */
export function describe(typed, country) {
  const plain = digitsOf(typed);
  if (plain === null) return null;
  const home = served.find(({ code }) => code === country);
  const abroad = (digits) => fromAbroad(digits, home);
  if (plain.startsWith("+")) return abroad(plain.slice(1));
  const usual = () => plain.startsWith(USUAL_PREFIX) ? abroad(plain.slice(USUAL_PREFIX.length)) : null;
  if (home === undefined) return usual();
  const prefix = home.abroad && new RegExp(`^(?:${home.abroad})(?=[1-9])`).exec(plain)?.[0];
  return (prefix && abroad(plain.slice(prefix.length))) || fromHome(plain, home) || usual();
}

/** ASCII digits, with a plus sign before them where one was typed; `null` where there is anything that is not of a number. */
function digitsOf(typed) {
  const text = plainText(typed).replace(/^\s*(?:tel|sms):/i, "").replace(/\(0\)/, "")
    .replace(/[\s().\/~·_ー\[\]\p{Dash}\u20e3\u2800]/gu, "");
  return /^\+?[0-9]+$/.test(text) && text.length <= MOST_DIGITS + USUAL_PREFIX.length * 2 ? text : null;
}

/** Digits that begin with a calling code. */
function fromAbroad(digits, home) {
  if (digits.length > MOST_DIGITS) return null;
  const plan = served.find(({ callingCode }) => digits.startsWith(callingCode));
  return plan === undefined ? null : described(plan, digits.slice(plan.callingCode.length), home);
}

/** Digits as they are dialled at home. */
function fromHome(digits, home) {
  const hasPrefix = home.home !== "" && digits.startsWith(home.home);
  const rest = hasPrefix ? digits.slice(home.home.length) : digits;
  if (formatted(home, rest) !== null) return described(home, rest, home);
  if (hasPrefix && digits.length === home.length && formatted(home, digits) !== null) return described(home, digits, home);
  if (digits.startsWith(home.callingCode) && digits.length > home.length) return fromAbroad(digits, home);
  // Two prefixes may become one that leads abroad.
  const mayGoOn = rest !== "" && rest.length <= home.length && !(hasPrefix && rest.startsWith(home.home));
  return mayGoOn ? described(home, rest, home) : null;
}

function described(plan, national, home) {
  const country = countryOf(plan, national, home);
  return country === null ? null : { country, shown: written(plan, national) };
}

/** Some countries share a calling code, and some of these are told apart by whole numbers alone: until then it is `home`. */
function countryOf({ callingCode, length }, national, home) {
  const [main, others] = codes[callingCode];
  const other = others.find(([, pattern]) => new RegExp(`^(?:${pattern})$`).test(national));
  if (other !== undefined) return other[0];
  const mayBeAnother = national.length < length && others.some(([, pattern]) => !pattern.endsWith(ANY_DIGITS));
  if (!mayBeAnother) return main;
  return home?.callingCode === callingCode ? home.code : null;
}

/** A number for callers from abroad, also while its last digits are missing. */
function written(plan, national) {
  const missing = Math.max(0, plan.length - national.length);
  const whole = formatted(plan, national) ?? formatted(plan, national + "0".repeat(missing)) ?? national;
  return `+${plan.callingCode} ${firstDigits(whole, national.length)}`.trim().replaceAll(" ", NO_BREAK_SPACE);
}

/** A whole number in its groups; `null` where it fits none. */
function formatted({ callingCode }, national) {
  for (const [pattern, leading, format] of codes[callingCode][2]) {
    if (!new RegExp(`^(?:${leading})`).test(national)) continue;
    const groups = new RegExp(`^(?:${pattern})$`);
    if (groups.test(national)) return national.replace(groups, format);
  }
  return null;
}

/** The beginning of `text` that has so many digits. */
function firstDigits(text, count) {
  let end = 0;
  for (let left = count; left > 0 && end < text.length; end += 1) {
    if (/[0-9]/.test(text[end])) left -= 1;
  }
  return text.slice(0, end);
}
