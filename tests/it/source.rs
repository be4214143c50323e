//! Rules that no compiler checks: who may know what (docs/architecture.md), and how files are written.

use std::collections::BTreeMap;

use crate::files::{File, sources};
use crate::resources::FUNCTIONS;

/// The parts of `shared` that hold the domain, and what it stands on.
const DOMAIN: [&str; 12] = [
    "login/",
    "sending/",
    "text/",
    "brand/",
    "error.rs",
    "keys/",
    "phone/",
    "root_secret.rs",
    "test_numbers.rs",
    "time.rs",
    "token.rs",
    "random.rs",
];

/// Lines of a file without its unit tests. Most have a third of them.
const LONGEST_FILE: usize = 330;

/// Fails with every line of `files` in which `rule` finds something.
fn no_line(files: impl IntoIterator<Item = File>, what: &str, rule: impl Fn(&str) -> bool) {
    let mut found = Vec::new();
    let mut looked_at = 0;
    for file in files {
        looked_at += 1;
        for (number, line) in file.code() {
            if rule(line) {
                found.push(format!("{}:{number}: {}", file.path, line.trim()));
            }
        }
    }
    assert!(looked_at > 0, "no file was looked at for: {what}");
    assert!(found.is_empty(), "{what}:\n{}", found.join("\n"));
}

fn of(beginning: &str) -> Vec<File> {
    sources().into_iter().filter(|file| file.path.starts_with(beginning)).collect()
}

/// The files of `shared` and of the functions but for those whose path holds one of `edges`.
fn deployed_but_for(edges: &[&str]) -> Vec<File> {
    let deployed =
        sources().into_iter().filter(|file| file.path.starts_with("shared/") || file.path.starts_with("functions/"));
    deployed.filter(|file| !edges.iter().any(|edge| file.path.contains(edge))).collect()
}

#[test]
fn the_wiring_of_a_function_is_at_most_twenty_lines() {
    for (_, function) in FUNCTIONS {
        let files = of(&format!("functions/{function}/src/main.rs"));
        let [main] = files.as_slice() else { panic!("no main.rs of {function}") };
        let lines = main.code().filter(|(_, line)| !line.trim().is_empty()).count();
        assert!(lines <= 20, "{} has {lines} lines", main.path);
    }
}

#[test]
fn no_function_knows_another() {
    for (_, function) in FUNCTIONS {
        for (_, other) in FUNCTIONS.into_iter().filter(|(_, other)| *other != function) {
            let crate_name = format!("{}::", other.replace('-', "_"));
            // `session` is also a file of `shared`.
            let uses = |line: &str| line.replace("shared::login::session::", "").contains(&format!("use {crate_name}"));
            no_line(of(&format!("functions/{function}/src")), &format!("{function} uses {other}"), uses);
            let manifest = crate::files::manifest(&format!("functions/{function}"));
            let depends = manifest
                .lines()
                .any(|line| line.starts_with(&format!("{other}.")) || line.starts_with(&format!("{other} ")));
            assert!(!depends, "{function} depends on {other}");
        }
    }
}

#[test]
fn nothing_depends_on_the_tests_or_on_the_local_program() {
    for member in FUNCTIONS
        .map(|(_, function)| format!("functions/{function}"))
        .iter()
        .map(String::as_str)
        .chain(["shared", "infra/local"])
    {
        let manifest = crate::files::manifest(member);
        let named = |name: &str| {
            manifest.lines().any(|line| line.starts_with(&format!("{name}.")) || line.starts_with(&format!("{name} ")))
        };
        assert!(!named("tests"), "{member} depends on the tests");
        assert!(!named("local"), "{member} depends on the local program");
    }
}

#[test]
fn only_the_table_names_dynamodb() {
    let rule = |line: &str| line.contains("aws_sdk_dynamodb") || line.contains("serde_dynamo");
    // All clients are set up in `aws.rs`.
    let edges = ["shared/src/store/", "shared/src/settings/mod.rs", "shared/src/aws.rs"];
    no_line(deployed_but_for(&edges), "names DynamoDB", rule);
}

/// How a counter is spread over items is a matter of the table: decisions are made on its sum. A proof carries where
/// its text was counted, for the table alone.
#[test]
fn only_the_table_knows_of_shards() {
    let rule = |line: &str| line.to_lowercase().contains("shard");
    no_line(deployed_but_for(&["shared/src/store/", "shared/src/login/proof.rs"]), "knows of shards", rule);
}

/// Requirement P-03.
#[test]
fn only_sms_names_sns() {
    let rule = |line: &str| line.contains("aws_sdk_sns");
    no_line(deployed_but_for(&["shared/src/sms/", "shared/src/settings/mod.rs"]), "names SNS", rule);
}

#[test]
fn only_http_names_statuses_cookies_and_headers() {
    let words = ["StatusCode", "SET_COOKIE", "set-cookie", "__Host-", "HeaderName", "HeaderMap", "HeaderValue"];
    let rule = |line: &str| words.iter().any(|word| line.contains(word));
    // The pages are HTML over HTTP and nothing else: they have headers of their own.
    no_line(deployed_but_for(&["shared/src/http/", "functions/pages/"]), "names HTTP", rule);
}

/// What a person sees or does stays in no cache: one function alone may have answers kept, and one place says how
/// (C-13).
#[test]
fn only_pages_may_have_an_answer_kept() {
    let words = ["kept_for_a_year", "CACHE_CONTROL", "cache-control", "max-age"];
    let rule = |line: &str| words.iter().any(|word| line.contains(word));
    let edges = ["shared/src/http/headers.rs", "shared/src/http/mod.rs", "functions/pages/src/"];
    no_line(deployed_but_for(&edges), "says how long an answer is kept", rule);
}

/// The sentences of all pages are in the program of one function alone: `json` is linked where it is called.
#[test]
fn only_pages_carries_the_sentences_of_pages() {
    let rule = |line: &str| line.contains(".json()") || line.contains("Language::json");
    // The log is written as JSON.
    let edges = ["functions/pages/", "shared/src/telemetry.rs"];
    no_line(deployed_but_for(&edges), "reads the file of a language", rule);
}

#[test]
fn the_domain_knows_no_aws_no_http_no_clock_and_no_environment() {
    let words = [
        "aws_",
        "lambda_",
        "http::",
        "reqwest",
        "hyper",
        "tokio",
        "std::env",
        "env::var",
        "std::fs",
        "std::net::Tcp",
        "Instant::",
        "println!",
        "eprintln!",
        "async fn",
        ".await",
    ];
    let rule = |line: &str| words.iter().any(|word| line.contains(word));
    for name in DOMAIN {
        no_line(of(&format!("shared/src/{name}")), &format!("{name} is not pure"), rule);
    }
}

/// What is random comes from one source, that of the operating system (K-04).
#[test]
fn clock_randomness_and_environment_are_read_at_the_edge() {
    let clock = ["Timestamp::now", "SystemTime", "Instant::", "Utc::now"];
    let edges = [
        "shared/src/time.rs",
        "/src/main.rs",
        "shared/src/random.rs",
        "shared/src/settings/environment.rs",
        "shared/src/telemetry.rs",
    ];
    let reads = |words: &'static [&str]| move |line: &str| words.iter().any(|word| line.contains(word));
    no_line(deployed_but_for(&edges), "reads the clock", move |line| clock.iter().any(|word| line.contains(word)));
    let random = [
        "random::source",
        "SysRng",
        "OsRng",
        "thread_rng",
        "rand::rng(",
        "StdRng",
        "SmallRng",
        "seed_from_u64",
        "fastrand",
    ];
    no_line(deployed_but_for(&edges), "makes randomness", move |line| random.iter().any(|word| line.contains(word)));
    no_line(deployed_but_for(&edges), "reads the environment", reads(&["env::var", "std::env", "option_env!"]));
}

/// What is deployed is what is tested: no feature, no setting of the build and no part that only tests have (F-11).
#[test]
fn what_is_deployed_has_no_switch_for_tests() {
    let words = ["cfg(feature", "cfg!(", "cfg_attr(", "cfg(not(", "cfg(any(", "cfg(all(", "debug_assertions"];
    no_line(deployed_but_for(&[]), "is built in more than one way", |line| {
        words.iter().any(|word| line.contains(word))
    });
    for member in
        FUNCTIONS.map(|(_, function)| format!("functions/{function}")).iter().map(String::as_str).chain(["shared"])
    {
        assert!(!crate::files::manifest(member).contains("[features]"), "{member} has features");
    }
}

/// The type that a line defines. An associated type, which is indented, is none.
fn defined_type(line: &str) -> Option<&str> {
    let words: Vec<_> = line.split_whitespace().filter(|word| !word.starts_with("pub")).collect();
    let [kind, name, ..] = words.as_slice() else { return None };
    let is_definition = match *kind {
        "struct" | "enum" | "trait" | "union" => true,
        "type" => !line.starts_with(' '),
        _ => false,
    };
    name.split(|sign: char| !sign.is_alphanumeric()).next().filter(|name| is_definition && !name.is_empty())
}

/// Files of `files` that define a type of a name that another one, or an earlier line, defines too.
fn types_of_one_name(files: &[File]) -> Vec<String> {
    let mut places: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for file in files {
        for name in file.code().filter_map(|(_, line)| defined_type(line)) {
            places.entry(name).or_default().push(&file.path);
        }
    }
    assert!(!places.is_empty(), "no type was found");
    let twice = places.into_iter().filter(|(_, files)| files.len() > 1);
    twice.map(|(name, files)| format!("{name}: {}", files.join(", "))).collect()
}

/// One word is one thing, also where no two files meet in one scope.
#[test]
fn no_two_types_of_one_name() {
    let files: Vec<_> = ["shared/", "functions/", "infra/"].into_iter().flat_map(of).collect();
    assert_eq!(types_of_one_name(&files), Vec::<String>::new());

    let file = |path: &str, text: &str| File { path: path.to_owned(), text: text.to_owned() };
    let one = || file("a.rs", "pub struct Answer(u8);\npub(crate) trait Counter {\n    type Error = ();\n}\n");
    for second in
        ["enum Answer {", "    pub(crate) struct Answer<'a> {", "pub type Answer = u8;", "pub trait Counter: Send {"]
    {
        assert_eq!(types_of_one_name(&[one(), file("b.rs", second)]).len(), 1, "{second}");
    }
    for other in ["    type Error = u8;", "struct Answers;", "// struct Answer;", "use a::Answer;"] {
        let files = [one(), file("b.rs", other)];
        assert_eq!(types_of_one_name(&files), Vec::<String>::new(), "{other}");
    }
}

#[test]
fn every_file_says_what_it_is_about() {
    for file in sources() {
        assert!(file.text.starts_with("//! "), "{} does not begin with //!", file.path);
    }
}

#[test]
fn nothing_is_left_over() {
    // The words are put together here, so that this file does not hold them.
    let words = [
        ("dbg", "!("),
        ("todo", "!("),
        ("unimplemented", "!("),
        ("TO", "DO"),
        ("FIX", "ME"),
        ("X", "XX"),
        ("#[allow", "("),
    ];
    let words: Vec<_> = words.iter().map(|(one, two)| format!("{one}{two}")).collect();
    for file in sources() {
        for (number, line) in file.text.lines().enumerate() {
            let word = words.iter().find(|word| line.contains(*word));
            assert!(word.is_none(), "{}:{}: {line}", file.path, number + 1);
        }
    }
}

#[test]
fn no_test_sleeps_waits_for_the_clock_or_is_left_out() {
    let words =
        [("#[ign", "ore"), ("thread::sle", "ep"), ("time::sle", "ep"), ("Instant::n", "ow"), ("time::time", "out(")];
    let words: Vec<_> = words.iter().map(|(one, two)| format!("{one}{two}")).collect();
    let tests: Vec<_> = of("tests/it/").into_iter().chain(of("tests/src/")).collect();
    no_line(tests, "sleeps, or is left out", |line| words.iter().any(|word| line.contains(word)));
    let everywhere = &words[0];
    for file in sources() {
        assert!(!file.text.contains(everywhere.as_str()), "{}", file.path);
    }
}

#[test]
fn files_are_short() {
    for file in sources() {
        let lines = file.lines();
        assert!(
            lines <= LONGEST_FILE,
            "{} has {lines} lines, more than {LONGEST_FILE}: give it one subject",
            file.path
        );
    }
}

/// Digests are compared in a time that does not depend on where they differ (K-03).
#[test]
fn secrets_are_compared_in_constant_time() {
    let rule = |line: &str| (line.contains("matches(") || line.contains("secret")) && line.contains("==");
    for file in ["shared/src/login/code.rs", "shared/src/http/proxy.rs"] {
        no_line(of(file), "compares a digest with ==", rule);
        assert!(of(file)[0].text.contains("ct_eq"), "{file}: no compare in constant time");
    }
}
