// Sentences, times, waits and masked numbers, in the language of the page.

const language = document.documentElement.lang;

/** What the service told with the page: its words, and what it knows of the browser. */
export const told = JSON.parse(document.getElementById("told").textContent);

/** The sentence for a key, with values in its placeholders. */
export function say(key, values = {}) {
  return filled(told.page[key] ?? "", values);
}

/** The sentence for a key that has plural forms. */
export function sayCount(key, count) {
  return filled(form(told.page, key, count), { count: number(count) });
}

/** Shows the sentence for a key; its values may be elements. */
export function show(element, key, values) {
  const parts = told.page[key].split(/\{([a-z]+)\}/);
  element.replaceChildren(...parts.map((part, index) => index % 2 === 1 ? values[part] ?? "" : part));
}

/** The form of a sentence for so many: `key.one`, `key.other`, or others that the language has. */
export function form(words, key, count) {
  return words[`${key}.${new Intl.PluralRules(language).select(count)}`] ?? words[`${key}.other`] ?? "";
}

/** Puts values into placeholders. */
export function filled(sentence, values) {
  return sentence.replace(/\{([a-z]+)\}/g, (all, name) => values[name] ?? all);
}

/** A number as the language writes it. */
export function number(value) {
  return new Intl.NumberFormat(language).format(value);
}

/** `in 24 seconds`, `in 4 minutes`, `in 2 hours`: rounded up, so that nobody comes back too early. */
export function waitInWords(seconds) {
  const words = new Intl.RelativeTimeFormat(language, { numeric: "always" });
  if (seconds < 100) return words.format(Math.max(1, Math.ceil(seconds)), "second");
  if (seconds < 100 * 60) return words.format(Math.ceil(seconds / 60), "minute");
  return words.format(Math.ceil(seconds / 3600), "hour");
}

/** `0:24`, for a countdown that is looked at. */
export function countdown(seconds) {
  const two = new Intl.NumberFormat(language, { minimumIntegerDigits: 2 });
  return `${number(Math.floor(seconds / 60))}:${two.format(seconds % 60)}`;
}

/** The month is a word, so that no country reads it wrongly; and it says in which zone the time is. */
export function dayAndTime(epochSeconds) {
  const parts = { day: "numeric", month: "long", year: "numeric", hour: "numeric", minute: "2-digit", timeZoneName: "short" };
  return new Intl.DateTimeFormat(language, parts).format(epochSeconds * 1000);
}

/** A time of day, `14:32`. */
export function timeOfDay(instant) {
  return new Intl.DateTimeFormat(language, { timeStyle: "short" }).format(instant);
}

/** A country's name. */
export function countryName(code) {
  return new Intl.DisplayNames(language, { type: "region" }).of(code);
}

/** In the order of the language's alphabet. */
export function byName(one, other) {
  return one.name.localeCompare(other.name, language);
}

/** A name in whatever script, which must not turn the sentence around. */
export function isolated(text) {
  const shown = document.createElement("bdi");
  shown.textContent = text;
  return shown;
}

/** A number, whole or masked; of a masked one a screen reader says the digits that are there instead of each bullet. */
export function phoneNumber(text) {
  const shown = document.createElement("strong");
  shown.textContent = text;
  shown.dir = "ltr";
  const [, start, end] = /^(.*?)•+(.*)$/.exec(text) ?? [];
  if (end) {
    // An image of the number, to a reader: only then may its text be said in other words.
    shown.role = "img";
    shown.ariaLabel = say("any.masked", { start, end: end.split("").join(" ") });
  }
  return shown;
}
