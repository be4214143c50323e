// What every page does, and the start of the page that this is.

import { account } from "./account.js";
import { code } from "./code.js";
import { letLanguageBeChosen } from "./cookies.js";
import { login } from "./login.js";
import { register } from "./register.js";

letLanguageBeChosen();
({ login, code, register, account })[document.body.dataset.page]();
