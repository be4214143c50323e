// The cookies of the pages themselves: the language, and the one that shows whether there can be any.

const YEAR = 365 * 24 * 60 * 60;

/** Whether the browser keeps cookies here: without them a code could not be used, so no text should be paid for. */
export function keepsCookies() {
  try {
    set("__Host-probe", "1", 60);
    const kept = document.cookie.includes("__Host-probe=1");
    set("__Host-probe", "", 0);
    return kept;
  } catch {
    return false;
  }
}

/** The page is loaded again in the language; what was typed in it stays, since `login-request.js` keeps it. */
export function letLanguageBeChosen() {
  const select = document.getElementById("language");
  if (!select) return;
  select.hidden = false;
  select.addEventListener("change", () => {
    set("__Host-language", select.value, YEAR);
    location.reload();
  });
}

function set(name, value, seconds) {
  document.cookie = `${name}=${value}; Path=/; Secure; SameSite=Lax; Max-Age=${seconds}`;
}
