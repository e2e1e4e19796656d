//! Addresses: e-mail and IP.

use super::digits::{Chain, is_invisible};
use std::net::{Ipv4Addr, Ipv6Addr};

/// What the last label of a domain is not: names such as `icon@2x.png` are files.
const FILES: &[&str] = &["png", "jpg", "jpeg", "gif", "webp", "svg", "css", "js", "pdf", "mp3", "mp4"];

/// Where the e-mail address is, from and to, around the `@` at byte `at`: the dot-atom form of RFC 5322 with a domain of RFC 1035.
pub(super) fn email(text: &str, at: usize) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let is_local = |b: &u8| b.is_ascii_alphanumeric() || b"!#$%&'*+/=?^_`{|}~.-".contains(b);
    // RFC 5321, 4.5.3.1: no more than 64 bytes before the @ and 255 after it.
    let before = bytes[..at].iter().rev().take(65).take_while(|b| is_local(b)).count();
    let local = &text[at - before..at];
    if before > 64 {
        return None;
    }
    // What introduces an address is none of it: `mailto=a@b.tn`, `/a@b.tn`, quotation marks.
    let local = local.rsplit(['/', '=', '?', '`', '|', '{', '}', '&', '\'', '*', '!', '#', '$', '~', '^']).next()?;
    let local = local.trim_start_matches(['.', '-', '%', '+']);
    if local.is_empty() || local.ends_with('.') || local.contains("..") {
        return None;
    }
    let is_domain = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-');
    let after = bytes[at + 1..].iter().take(255).take_while(|b| is_domain(b)).count();
    let mut domain = text[at + 1..at + 1 + after].trim_end_matches(['.', '-']);
    // A sentence may go on without a space: `a@b.com.Then`.
    if let Some((head, tail)) = domain.rsplit_once('.')
        && head.contains('.')
        && tail.starts_with(|c: char| c.is_ascii_uppercase())
        && tail.chars().any(|c| c.is_ascii_lowercase())
        && head.bytes().any(|b| b.is_ascii_lowercase())
    {
        domain = head;
    }
    // What follows may be another number or word: `a@b.com-12`.
    while !is_host(domain) {
        domain = &domain[..domain.rfind(['.', '-'])?];
    }
    Some((at - local.len(), at + 1 + domain.len()))
}

/// Whether this is the name of a host under a top level domain of letters.
fn is_host(domain: &str) -> bool {
    let is_label = |l: &str| !l.is_empty() && l.len() <= 63 && !l.starts_with('-') && !l.ends_with('-');
    domain.rsplit_once('.').is_some_and(|(_, top)| {
        let is_top = top.bytes().all(|b| b.is_ascii_alphabetic()) || top.starts_with("xn--");
        let is_file = FILES.iter().any(|file| top.eq_ignore_ascii_case(file));
        top.len() >= 2 && is_top && !is_file && domain.split('.').all(is_label)
    })
}

/// The group after the last of an IPv4 address that begins with group `from`.
pub(super) fn ipv4(text: &str, chain: &Chain, from: usize, public_only: bool) -> Option<usize> {
    let to = from + 4;
    let first = chain.groups.get(from)?;
    let last = chain.groups.get(to - 1)?;
    let address: Ipv4Addr = text[first.start..last.end].parse().ok()?;
    let is_longer = text[last.end..].starts_with(['.', '-'])
        && text[last.end + 1..].starts_with(|c: char| c.is_ascii_digit())
        || from > 0 && first.gap.point && !first.gap.space;
    let before = text[..first.start].trim_end_matches(|c: char| c == ' ' || is_invisible(c));
    let is_version = ["v", "V", "version", "Version", "الإصدار", "إصدار", "النسخة"].iter().any(|w| before.ends_with(w));
    (!is_longer && !is_version && (!public_only || is_public_v4(address))).then_some(to)
}

/// Whether an address may be someone's: none of the IANA IPv4 Special-Purpose Address Registry.
fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let shared = a == 100 && (64..128).contains(&b);
    let benchmark = a == 198 && (b == 18 || b == 19);
    let assignments = (a, b, c) == (192, 0, 0);
    !(a == 0
        || a >= 240
        || shared
        || benchmark
        || assignments
        || address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation())
}

/// Where the IPv6 address is, from and to, around the colon at byte `at`.
pub(super) fn ipv6(text: &str, at: usize, public_only: bool) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let is_part = |b: &&u8| b.is_ascii_hexdigit() || matches!(b, b':' | b'.');
    // The longest one, with four bytes in decimal, has 45 characters.
    let before = bytes[..at].iter().rev().take(46).take_while(is_part).count();
    let after = bytes[at..].iter().take(46).take_while(is_part).count();
    let start = at - before;
    let found = text[start..at + after].trim_end_matches('.');
    let found = if found.ends_with("::") { found } else { found.trim_end_matches(':') };
    let edge = |c: Option<char>| !c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    let end = start + found.len();
    if !edge(text[..start].chars().next_back()) || !edge(text[end..].chars().next()) {
        return None;
    }
    let address: Ipv6Addr = found.parse().ok()?;
    // `a::b` is more often something of a program than an address.
    let groups = found.split(':').filter(|group| !group.is_empty()).count();
    // RFC 4291: global unicast is 2000::/3; RFC 3849: 2001:db8::/32 is for documents.
    let [first, second, ..] = address.segments();
    let is_public = first >> 13 == 1 && (first, second) != (0x2001, 0xdb8);
    (groups >= 3 && (!public_only || is_public)).then_some((start, end))
}
