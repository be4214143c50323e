// Times, waits and masked numbers, as a person says them.

/** `24 seconds`, `4 minutes`, `2 hours`: rounded up, so that nobody comes back too early. */
export function waitInWords(seconds) {
  if (seconds < 100) return plural(Math.max(1, Math.ceil(seconds)), "second");
  if (seconds < 100 * 60) return plural(Math.ceil(seconds / 60), "minute");
  return plural(Math.ceil(seconds / 3600), "hour");
}

/** `0:24`, for a countdown that is looked at. */
export function countdown(seconds) {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

export function plural(count, one, many = `${one}s`) {
  return `${count} ${count === 1 ? one : many}`;
}

/** The pages are English, so their dates are too; the month is a word, so no country reads it wrongly. */
export function dayAndTime(epochSeconds) {
  return new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeStyle: "short" }).format(epochSeconds * 1000);
}

/** A masked number; a screen reader says the digits that are there instead of each bullet. */
export function masked(number) {
  const shown = document.createElement("strong");
  shown.textContent = number;
  const [, start, end] = /^(.*?)•+(.*)$/.exec(number) ?? [];
  if (end) {
    // An image of the number, to a reader: only then may its text be said in other words.
    shown.role = "img";
    shown.ariaLabel = `${start}, ending in ${end.split("").join(" ")}`;
  }
  return shown;
}
