//! The data by which the sign-in page names the country of a number and groups it while it is typed: for each served
//! country what the numbering plans say of its form, as JSON that `phone.js` reads.
//!
//! The page knows no rule by which a number is right or wrong. It shows what is typed; the service reads it.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use shared::phone::{Countries, Plan};

/// The data of the served countries:
///
/// ```json
/// { "default": "SE",
///   "countries": [["SE", 46, "00", "0", 9, "070-174 06 99"]],
///   "codes": { "46": ["SE", [], [["(\\d{2})(\\d{3})(\\d{2})(\\d{2})", "7", "$1 $2 $3 $4"]]] } }
/// ```
///
/// A country has its code, its calling code, its international prefix (a pattern), its national prefix, the digits of a
/// mobile number, and an example as it is written there. A calling code has its main country, the others that share it,
/// each with the pattern of its numbers, and the formats: groups, first digits, and how the groups are written.
#[must_use]
pub fn json(countries: &Countries) -> String {
    let plans: Vec<_> = countries.plans().collect();
    let codes: BTreeMap<_, _> = plans.iter().map(|plan| (plan.calling_code.to_string(), code(plan))).collect();
    let data = json!({
        "default": countries.default_country(),
        "countries": plans.iter().map(country).collect::<Vec<_>>(),
        "codes": codes,
    });
    data.to_string()
}

fn country(plan: &Plan) -> Value {
    json!(
        [plan.country, plan.calling_code, plan.international_prefix, plan.national_prefix, plan.length, plan.example,]
    )
}

fn code(plan: &Plan) -> Value {
    let formats = plan.formats.iter().map(|format| [&*format.pattern, &*format.leading_digits, &*format.format]);
    json!([plan.main, plan.others, formats.collect::<Vec<_>>()])
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::process::{Command, Stdio};

    use super::*;
    use crate::bundle::bundle;

    const MODULES: [(&str, &str); 2] =
        [("phone.js", include_str!("../assets/phone.js")), ("typed.js", include_str!("../assets/typed.js"))];

    /// The example of each country, in E.164, as it is written there, and as it is written abroad.
    const REGIONS: &str = include_str!("../../../shared/src/phone/regions.tsv");

    /// Countries where a number at home has digits before it, or among its own, that no prefix tells: nothing is shown.
    const NOT_SHOWN_AT_HOME: [&str; 2] = ["AR", "BY"];

    fn every() -> Countries {
        Countries::every("SE").unwrap()
    }

    /// What `phone.js` answers to each of these calls; none where there is no node.
    fn described(calls: &[[&str; 2]]) -> Option<Vec<Value>> {
        let node = Command::new("node").arg("--input-type=module").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let Ok(mut node) = node else {
            assert!(std::env::var_os("CI").is_none(), "node is missing");
            return None;
        };
        let calls = json!(calls);
        let program = format!(
            "{}\nuse({});\nconsole.log(JSON.stringify({calls}.map(([typed, country]) => describe(typed, country))));",
            bundle(&MODULES),
            json(&every())
        );
        node.stdin.take().unwrap().write_all(program.as_bytes()).unwrap();
        let output = node.wait_with_output().unwrap();
        Some(serde_json::from_slice(&output.stdout).unwrap())
    }

    fn shown(answer: &Value) -> Option<String> {
        answer["shown"].as_str().map(|shown| shown.replace('\u{a0}', " "))
    }

    /// The page groups numbers as libphonenumber does, and names the same country.
    #[test]
    fn the_page_shows_the_example_of_each_country_as_it_is_written() {
        let rows: Vec<Vec<&str>> = REGIONS.lines().map(|line| line.split('\t').collect()).collect();
        let abroad: Vec<_> = rows.iter().map(|row| [row[1], "SE"]).collect();
        let home: Vec<_> = rows.iter().map(|row| [row[2], row[0]]).collect();
        let (Some(abroad), Some(home)) = (described(&abroad), described(&home)) else { return };
        assert!(rows.len() > 240, "{} countries", rows.len());
        let countries = every();
        for (row, (abroad, home)) in rows.iter().zip(abroad.iter().zip(&home)) {
            let region = row[0];
            assert_eq!(shown(abroad).as_deref(), Some(row[3]), "{region}");
            if NOT_SHOWN_AT_HOME.contains(&region) {
                assert_eq!(*home, Value::Null, "{region}");
            } else {
                assert_eq!(shown(home).as_deref(), Some(row[3]), "{region}");
            }
            if let Ok(phone) = countries.read(row[1]) {
                assert_eq!(abroad["country"], json!(phone.country()), "{region}");
                assert_eq!(shown(abroad).as_deref(), Some(phone.international()), "{region}");
            }
        }
    }

    #[test]
    fn the_page_shows_a_number_while_it_is_typed() {
        let expected = [
            ("", "SE", None),
            ("+", "SE", None),
            ("0", "SE", None),
            ("00", "SE", None),
            ("hello", "SE", None),
            ("070-17", "SE", Some(("SE", "+46 70 17"))),
            ("٠٧٠-١٧٤ ٠٦ ٠٥", "SE", Some(("SE", "+46 70 174 06 05"))),
            ("46701740605", "SE", Some(("SE", "+46 70 174 06 05"))),
            ("0011 354 611 1234", "AU", Some(("IS", "+354 611 1234"))),
            ("00 354 611 1234", "US", Some(("IS", "+354 611 1234"))),
            ("+46 (0)70-174", "US", Some(("SE", "+46 70 174"))),
            ("+44 7797 712345", "SE", Some(("JE", "+44 7797 712345"))),
            ("06 39 98 12 34", "FR", Some(("FR", "+33 6 39 98 12 34"))),
        ];
        let Some(answers) = described(&expected.map(|(typed, country, _)| [typed, country])) else { return };
        for ((typed, country, expected), answer) in expected.iter().zip(&answers) {
            let answer = shown(answer).map(|shown| (answer["country"].as_str().unwrap_or_default().to_owned(), shown));
            let expected = expected.map(|(country, shown)| (country.to_owned(), shown.to_owned()));
            assert_eq!(answer, expected, "{typed:?} in {country}");
        }
    }

    /// It is sent with the page.
    #[test]
    fn the_data_is_small() {
        let few = json(&Countries::parse("SE,US", "SE").unwrap());
        let all = json(&every());
        assert!(few.len() < 2_500, "{} bytes", few.len());
        assert!(all.len() < 56_000, "{} bytes", all.len());
    }
}
