// The select of the countries that the service sends codes to. Without one, where there is only one, the service takes
// its own country.

import { element } from "./form.js";
import { countries } from "./phone.js";
import { byName, countryName, told } from "./words.js";

/** Shows it, where there is a choice. `chosen` is what was chosen in this tab before. */
export function offerCountries(chosen) {
  const all = countries();
  if (all.length < 2) return;
  const options = all.map(({ code, callingCode }) => ({ code, name: `${countryName(code)} (+${callingCode})` }));
  options.sort(byName);
  element("country").replaceChildren(...options.map(({ code, name }) => new Option(name, code)));
  const preset = [chosen, regionOfTheBrowser(), told.country].find((code) => all.some((one) => one.code === code));
  element("country").value = preset ?? options[0].code;
  element("country-part").hidden = false;
}

/** The country whose form a number has without a `+`: its code, or undefined where there is no choice. */
export function chosenCountry() {
  return element("country").value || undefined;
}

/** A number of the chosen country that nobody has. */
export function exampleNumber() {
  const code = chosenCountry() ?? told.country;
  return countries().find((one) => one.code === code)?.example;
}

function regionOfTheBrowser() {
  try {
    return new Intl.Locale(navigator.language).region;
  } catch {
    return undefined;
  }
}
