//! Where the program is reached, and by which names.

use std::net::IpAddr;

use shared::http::Origins;

/// Where the program is reached.
pub(crate) struct Addresses {
    pub(crate) bind: IpAddr,
    pub(crate) site: u16,
    pub(crate) inbox: u16,
}

impl Addresses {
    pub(crate) fn site_url(&self) -> String {
        format!("http://{}:{}", self.name(), self.site)
    }

    pub(crate) fn inbox_url(&self) -> String {
        format!("http://{}:{}", self.name(), self.inbox)
    }

    /// The name that a browser on this machine uses.
    fn name(&self) -> String {
        let usual = [IpAddr::from([127, 0, 0, 1]), IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1])];
        if self.bind.is_unspecified() || usual.contains(&self.bind) { "localhost".to_owned() } else { host(self.bind) }
    }

    /// The origins of the program's own pages, by each name that a browser may know them, and `more`.
    pub(crate) fn origins(&self, more: &[String]) -> String {
        let names = ["localhost".to_owned(), "127.0.0.1".to_owned(), "[::1]".to_owned(), host(self.bind)];
        let own = names.map(|name| format!("http://{name}:{}", self.site));
        own.iter().chain(more).map(String::as_str).collect::<Vec<_>>().join(",")
    }
}

/// The names in listed origins, which a request may call this machine by.
pub(crate) fn names(origins: &Origins) -> Vec<String> {
    let Origins::Listed(origins) = origins else { return Vec::new() };
    let name = |origin: &String| origin.parse::<http::Uri>().ok()?.host().map(str::to_owned);
    origins.iter().filter_map(name).collect()
}

/// An address as it stands in a URL.
fn host(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("[{address}]"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(bind: &str) -> Addresses {
        Addresses { bind: bind.parse().unwrap(), site: 8080, inbox: 8081 }
    }

    #[test]
    fn a_loopback_address_is_called_localhost() {
        for bind in ["127.0.0.1", "::1", "0.0.0.0", "::"] {
            assert_eq!(addresses(bind).site_url(), "http://localhost:8080", "{bind}");
        }
        assert_eq!(addresses("192.0.2.7").inbox_url(), "http://192.0.2.7:8081");
        assert_eq!(addresses("2001:db8::1").inbox_url(), "http://[2001:db8::1]:8081");
    }

    #[test]
    fn pages_are_allowed_by_each_name_of_this_machine_and_those_that_are_given() {
        let more = ["https://a.example".to_owned(), "http://localhost:5173".to_owned()];
        let origins = addresses("192.0.2.7").origins(&more);
        let own = "http://localhost:8080,http://127.0.0.1:8080,http://[::1]:8080,http://192.0.2.7:8080";
        assert_eq!(origins, format!("{own},https://a.example,http://localhost:5173"));
        let origins = Origins::parse(&origins).unwrap();
        assert_eq!(names(&origins), ["localhost", "127.0.0.1", "[::1]", "192.0.2.7", "a.example", "localhost"]);
        assert!(Origins::parse(&addresses("127.0.0.1").origins(&[])).is_ok());
    }
}
