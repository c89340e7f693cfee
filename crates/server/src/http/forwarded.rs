//! For whom a proxy asks: `Forwarded` (RFC 7239) and the older `X-Forwarded-…`.
//!
//! Each proxy adds whom it heard from at the end, and what stands before that is only hearsay: so the last address counts
//! that is no proxy of ours. A proxy that writes one of the two headers hands on what its client wrote into the other.
//! Where both stand and differ nobody knows which is true.

use axum::http::{HeaderMap, HeaderValue};
use std::net::{IpAddr, SocketAddr};

/// Longest list that is read, from its end.
const HOPS_MAX: usize = 32;

/// What a proxy says.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) client: Client,
    /// The name under which the proxy was asked.
    pub(super) host: Option<HeaderValue>,
    pub(super) is_https: bool,
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Client {
    Known(IpAddr),
    /// It is said, but not in a way that tells one from another.
    Unclear,
    /// Nothing is said.
    Unsaid,
}

pub(super) fn read(headers: &HeaderMap, is_proxy: impl Fn(IpAddr) -> bool) -> Told {
    let older = list(headers, "x-forwarded-for");
    let forwarded = list(headers, "forwarded");
    let newer = forwarded.iter().map(|hop| member(hop, "for").unwrap_or_default().to_owned()).collect::<Vec<_>>();
    let client = match (last(&older, &is_proxy), last(&newer, &is_proxy)) {
        (Client::Unsaid, one) | (one, Client::Unsaid) => one,
        (one, other) if one == other => one,
        _ => Client::Unclear,
    };
    // The nearest proxy's word.
    let said = |name: &str, older: &str| {
        let newest = forwarded.last().and_then(|hop| member(hop, name)).map(str::to_owned);
        newest.or_else(|| list(headers, older).pop())
    };
    let host = said("host", "x-forwarded-host").and_then(|host| HeaderValue::from_str(&host).ok());
    let is_https = said("proto", "x-forwarded-proto").is_some_and(|proto| proto.eq_ignore_ascii_case("https"));
    Told { client, host, is_https }
}

/// The elements of a list header, in their order.
fn list(headers: &HeaderMap, name: &str) -> Vec<String> {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    let mut all: Vec<String> = values.flat_map(|value| value.split(',')).map(|one| one.trim().to_owned()).collect();
    all.drain(..all.len().saturating_sub(HOPS_MAX));
    all
}

/// A member of an element of `Forwarded`, without its quotation marks.
fn member<'a>(hop: &'a str, name: &str) -> Option<&'a str> {
    let mut pairs = hop.split(';').filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.find(|(one, _)| one.trim().eq_ignore_ascii_case(name))?;
    Some(value.trim().trim_matches('"'))
}

/// The last that is no proxy of ours.
fn last(hops: &[String], is_proxy: &impl Fn(IpAddr) -> bool) -> Client {
    for hop in hops.iter().rev() {
        match address(hop) {
            Some(address) if is_proxy(address) => {}
            Some(address) => return Client::Known(address.to_canonical()),
            None => return Client::Unclear,
        }
    }
    if hops.is_empty() { Client::Unsaid } else { Client::Unclear }
}

/// An address, with or without a port; IPv6 in brackets or bare.
fn address(text: &str) -> Option<IpAddr> {
    let socket = || text.parse::<SocketAddr>().ok().map(|socket| socket.ip());
    let bracketed = || text.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    text.parse().ok().or_else(socket).or_else(bracketed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(headers: &[(&str, &str)]) -> Client {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(axum::http::HeaderName::from_bytes(name.as_bytes()).unwrap(), value.parse().unwrap());
        }
        read(&map, |address| address.to_string().starts_with("10.")).client
    }

    #[test]
    fn the_last_stranger_is_who_asks() {
        let known = |text: &str| Client::Known(text.parse().unwrap());
        let cases: &[(&[(&str, &str)], Client)] = &[
            (&[("x-forwarded-for", "192.0.2.1")], known("192.0.2.1")),
            (&[("x-forwarded-for", "198.51.100.7, 192.0.2.1, 10.0.0.2")], known("192.0.2.1")),
            (&[("x-forwarded-for", "198.51.100.7"), ("x-forwarded-for", "192.0.2.1:4711")], known("192.0.2.1")),
            (&[("x-forwarded-for", "::ffff:192.0.2.1")], known("192.0.2.1")),
            (&[("forwarded", "for=198.51.100.7, for=\"[2001:db8::1]:99\";proto=https")], known("2001:db8::1")),
            (&[("forwarded", "proto=http;For=192.0.2.1"), ("x-forwarded-for", "192.0.2.1")], known("192.0.2.1")),
            // One of the two was written by the client.
            (&[("forwarded", "for=192.0.2.1"), ("x-forwarded-for", "192.0.2.2")], Client::Unclear),
            (&[("x-forwarded-for", "198.51.100.7, unknown")], Client::Unclear),
            (&[("forwarded", "for=_hidden")], Client::Unclear),
            (&[("x-forwarded-for", "10.0.0.1")], Client::Unclear),
            (&[], Client::Unsaid),
        ];
        for (headers, expected) in cases {
            assert_eq!(client(headers), *expected, "{headers:?}");
        }
    }

    #[test]
    fn the_name_and_the_scheme_are_the_nearest_proxys() {
        let mut map = HeaderMap::new();
        map.insert("x-forwarded-host", "giving.example".parse().unwrap());
        map.insert("x-forwarded-proto", "https".parse().unwrap());
        let told = read(&map, |_| false);
        assert_eq!((told.host.unwrap(), told.is_https), (HeaderValue::from_static("giving.example"), true));
        map.insert("forwarded", "for=192.0.2.1;host=\"other.example\";proto=http".parse().unwrap());
        let told = read(&map, |_| false);
        assert_eq!((told.host.unwrap(), told.is_https), (HeaderValue::from_static("other.example"), false));
    }
}
