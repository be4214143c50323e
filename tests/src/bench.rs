//! How a benchmark is asked for: `cargo bench -p tests --bench NAME -- --option value`.

use std::env;

/// The options of a benchmark.
pub struct Options(Vec<String>);

impl Options {
    /// Those of this process. None when cargo is testing all targets, which wants no benchmark.
    #[must_use]
    pub fn read() -> Option<Self> {
        let arguments: Vec<_> = env::args().collect();
        arguments.iter().any(|argument| argument == "--bench").then_some(Self(arguments))
    }

    /// What stands behind an option, each time it is given.
    pub fn each(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.windows(2).filter(move |pair| pair[0] == name).map(|pair| pair[1].as_str())
    }

    /// The numbers behind an option (`128,512`); without it, `usual`.
    #[must_use]
    pub fn numbers(&self, name: &str, usual: &[u32]) -> Vec<u32> {
        self.each(name).last().map_or_else(
            || usual.to_vec(),
            |list| list.split(',').map(|number| number.parse().expect("numbers with commas between them")).collect(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_is_what_stands_behind_its_name() {
        let words = ["bench", "--memory", "128,512", "--env", "A=1", "--env", "B=2", "--bench"];
        let options = Options(words.map(str::to_owned).to_vec());
        assert_eq!(options.numbers("--memory", &[1]), [128, 512]);
        assert_eq!(options.numbers("--users", &[1, 2]), [1, 2]);
        assert_eq!(options.each("--env").collect::<Vec<_>>(), ["A=1", "B=2"]);
    }
}
