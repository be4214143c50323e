//! One login, the whole way, over HTTP, against a Doorcode that already runs, wherever that is.
//!
//! The same tests for every stack: the functions in one process, each in a process of its own, or deployed. They know
//! nothing of what is behind the address but what a browser knows. Where they go is in the environment:
//!
//! | variable | |
//! | --- | --- |
//! | `DOORCODE_STACK_URL` | where the stack answers, `http://127.0.0.1:8080` say; a path in it comes before every path |
//! | `DOORCODE_STACK_TEXTS` | where the texts are read: `inbox`, `ministack` or `moto`, a space, and a URL that answers JSON |
//! | `DOORCODE_STACK_HOST` | optional: the host to name in requests when it is not the URL's. The pages are then at `https://` and this host without its port; otherwise at the URL |
//!
//! The texts: `inbox http://127.0.0.1:8081/messages`, `ministack http://127.0.0.1:4566/_ministack/sns/sms-messages`,
//! `moto http://127.0.0.1:5555/moto-api/data.json`. The scripts in `tests/stacks/` set all this.

#![expect(clippy::expect_used, reason = "a test fails where it cannot go on")]

mod login;
mod person;
mod refusals;
mod target;
mod texts;
