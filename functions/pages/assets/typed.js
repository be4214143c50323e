// Text as it comes from keyboards and clipboards.

/** Full-width and other scripts' digits become ASCII ones; invisible signs, which pasted numbers bring along, go. */
export function plainText(typed) {
  return typed.normalize("NFKC").replace(/\p{Cf}/gu, "").replace(/\p{Nd}/gu, asciiDigit);
}

/** A script's ten digits follow one another, so a digit's value is the number of digits before it. */
function asciiDigit(digit) {
  let value = 0;
  while (value < 9 && /\p{Nd}/u.test(String.fromCodePoint(digit.codePointAt(0) - value - 1))) value += 1;
  return String(value);
}
