//! What simulated years show: of one number ([`numbers`]), and of a whole service ([`services`]), which is the deployed one
//! as far as texts go ([`likeness`]).

mod likeness;
mod numbers;
mod services;
