//! What simulated years show: of one number ([`numbers`]), of its login requests ([`requests`]), of the failures of its account ([`race`]), and of a whole service ([`services`]), which is the deployed one
//! as far as texts go ([`likeness`]). [`rules`] are those that could take the place of one that it has.

mod likeness;
mod numbers;
mod race;
mod requests;
mod rules;
mod services;
