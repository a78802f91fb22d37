//! Who asks: this machine, another one, or a page of the web through somebody's browser.

use std::net::IpAddr;

use axum::http::{HeaderMap, header};

/// Whom a connection comes from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) IpAddr);

impl Peer {
    /// True for a program on this machine that calls the server by an address or as `localhost`: a name could be anybody's
    /// who has it lead here.
    pub(crate) fn works_here(self, headers: &HeaderMap) -> bool {
        self.0.is_loopback() && is_own_name(headers) && !is_from_a_page(headers)
    }

    /// True for such a program, and for one of another machine: the operator let the server listen for those.
    pub(crate) fn may_use_doors(self, headers: &HeaderMap) -> bool {
        self.works_here(headers) || !self.0.is_loopback() && !is_from_a_page(headers)
    }
}

/// True if a browser asks for a page of somebody else.
fn is_from_a_page(headers: &HeaderMap) -> bool {
    let site = headers.get("sec-fetch-site");
    headers.contains_key(header::ORIGIN) || site.is_some_and(|site| site != "none" && site != "same-origin")
}

/// True if the server is called by an address, or as `localhost`.
fn is_own_name(headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_page_of_another_comes_in_and_no_borrowed_name() {
        let here = Peer([127, 0, 0, 1].into());
        let elsewhere = Peer([10, 0, 0, 7].into());
        for (headers, from_here, from_elsewhere) in [
            (vec![("host", "127.0.0.1:8080")], true, true),
            (vec![("host", "localhost")], true, true),
            (vec![("host", "[::1]:8080")], true, true),
            (vec![("host", "rebound.example:8080")], false, true),
            (vec![("host", "localhost"), ("origin", "https://evil.example")], false, false),
            (vec![("host", "localhost"), ("origin", "null")], false, false),
            (vec![("host", "localhost"), ("sec-fetch-site", "cross-site")], false, false),
        ] {
            let mut map = HeaderMap::new();
            for (name, value) in &headers {
                let _ = map.insert(*name, value.parse().expect("a header"));
            }
            assert_eq!(here.may_use_doors(&map), from_here, "{headers:?}");
            assert_eq!(elsewhere.may_use_doors(&map), from_elsewhere, "{headers:?}");
            assert!(!elsewhere.works_here(&map), "{headers:?}");
        }
    }
}
