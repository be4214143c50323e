// Text as it comes from keyboards and clipboards.

/** Full-width and other scripts' digits become ASCII ones; invisible signs, which pasted text brings along, go. */
export function plainText(typed) {
  return typed.normalize("NFKC").replace(/[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu, "").replace(/\p{Nd}/gu, asciiDigit);
}

/** A script's ten digits follow one another, so a digit's value is the number of digits before it. */
function asciiDigit(digit) {
  let value = 0;
  while (value < 9 && /\p{Nd}/u.test(String.fromCodePoint(digit.codePointAt(0) - value - 1))) value += 1;
  return String(value);
}

/** The digits of a code that was typed with spaces or hyphens, or null when there is anything else. */
export function typedCode(text) {
  const code = plainText(text).replace(/[\s\p{Dash}ー]/gu, "");
  return /^\d+$/.test(code) ? code : null;
}

/** The last line of a message, which is for browsers: `@login.example.com #123456`. */
const LAST_LINE = /@\S+ #(\d{6,8})(?!\d)/;

/** Six to eight digits, in groups or not, that do not belong to a longer number or to an address. */
const CODE = /(?<![\d#@+.,\/-])\d(?:[ \p{Pd}]?\d){5,7}(?![\d.,\/]?\d)/gu;

/** The code in a text: the whole message, a part of it, or the code alone. Null when there is none, or more than one. */
export function codeIn(text) {
  const plain = plainText(text);
  const whole = typedCode(text);
  if (whole) return isWhole(whole) ? whole : null;
  const [, last] = LAST_LINE.exec(plain) ?? [];
  if (last) return last;
  const codes = new Set((plain.match(CODE) ?? []).map(typedCode));
  return codes.size === 1 ? [...codes][0] : null;
}

/** Whether it may be a whole code. */
export function isWhole(code) {
  return code.length >= 6 && code.length <= 8;
}
